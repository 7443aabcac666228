# SPDX-License-Identifier: MIT
set(RECIPE_TEST_LIBS pregen_recipe PkgConfig::CRYPTO)
pregen_test(test_recipe_yaml unit SOURCES unit/test_recipe_yaml.c LIBS ${RECIPE_TEST_LIBS})
pregen_test(test_recipe_schedule unit SOURCES unit/test_recipe_schedule.c LIBS ${RECIPE_TEST_LIBS})
pregen_test(test_recipe_check unit SOURCES unit/test_recipe_check.c unit/recipe_fixture.c LIBS ${RECIPE_TEST_LIBS})
pregen_test(test_recipe_config unit SOURCES unit/test_recipe_config.c unit/recipe_fixture.c LIBS ${RECIPE_TEST_LIBS})
pregen_test(test_recipe_chains unit SOURCES unit/test_recipe_chains.c unit/recipe_fixture.c LIBS ${RECIPE_TEST_LIBS})
pregen_test(test_recipe_models unit SOURCES unit/test_recipe_models.c unit/recipe_fixture.c LIBS ${RECIPE_TEST_LIBS})
pregen_test(test_recipe_prices unit SOURCES unit/test_recipe_prices.c unit/recipe_fixture.c LIBS ${RECIPE_TEST_LIBS})
pregen_test(test_declared unit SOURCES unit/test_declared.c unit/recipe_fixture.c LIBS ${RECIPE_TEST_LIBS})
pregen_test(test_recipe_schema unit SOURCES unit/test_recipe_schema.c LIBS ${RECIPE_TEST_LIBS})
pregen_test(test_recipe_memory fault SOURCES fault/test_recipe_memory.c unit/recipe_fixture.c LIBS ${RECIPE_TEST_LIBS}
        WRAP ${FAULT_ALLOC})

# The corpus in every test run, cut and changed byte by byte; with libFuzzer in the fuzz preset.
add_executable(fuzz_yaml fuzz/fuzz_yaml.c)
target_link_libraries(fuzz_yaml PRIVATE ${RECIPE_TEST_LIBS})
if(PREGEN_FUZZ)
        target_link_options(fuzz_yaml PRIVATE -fsanitize=fuzzer)
        # What it finds goes to the first directory: never into the source tree.
        file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/corpus/yaml)
        add_test(NAME fuzz_yaml COMMAND fuzz_yaml -runs=20000 -seed=1 ${CMAKE_CURRENT_BINARY_DIR}/corpus/yaml
                ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/yaml)
else()
        target_sources(fuzz_yaml PRIVATE fuzz/corpus_main.c)
        add_test(NAME fuzz_yaml COMMAND fuzz_yaml ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/yaml)
endif()
set_tests_properties(fuzz_yaml PROPERTIES LABELS fuzz TIMEOUT 300)

if(TARGET pregend)
        pregen_script_test(cli_pregend_check cli cli/pregend_check.sh)
endif()
