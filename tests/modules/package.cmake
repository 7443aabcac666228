# SPDX-License-Identifier: MIT
# What is installed. One release build, in a directory of its own, serves all of these.
if(TARGET pregend)
        pregen_script_test(package_docs cli package/docs.sh)
        pregen_script_test(cli_pregend_completion cli cli/pregend_completion.sh)
        pregen_script_test(completion_shells cli cli/completion_shells.sh)

        set(package_build ${PROJECT_SOURCE_DIR}/build/package)
        foreach(script build install units boot)
                add_test(NAME package_${script} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/package/${script}.sh ${PROJECT_SOURCE_DIR} ${package_build})
                set_tests_properties(package_${script} PROPERTIES LABELS package SKIP_RETURN_CODE 77 TIMEOUT 600 FIXTURES_REQUIRED package_build)
        endforeach()
        set_tests_properties(package_build PROPERTIES FIXTURES_REQUIRED package_model FIXTURES_SETUP package_build TIMEOUT 1800)

        # Thousands of nights, by what is installed; test_model goes through some of them under the sanitizers.
        add_test(NAME package_model_build COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/package/build.sh ${PROJECT_SOURCE_DIR} ${package_build} model)
        add_test(NAME package_model COMMAND ${package_build}/bin/test_model nights)
        set_tests_properties(package_model_build PROPERTIES LABELS package COST 70 TIMEOUT 1800 FIXTURES_SETUP package_model)
        set_tests_properties(package_model PROPERTIES LABELS package COST 60 TIMEOUT 600 FIXTURES_REQUIRED package_model
                ENVIRONMENT "MODEL_FIRST=1001;MODEL_SEEDS=250")
endif()
