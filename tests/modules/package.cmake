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
        set_tests_properties(package_build PROPERTIES FIXTURES_REQUIRED "" FIXTURES_SETUP package_build TIMEOUT 1800)
endif()
