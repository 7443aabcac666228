# SPDX-License-Identifier: MIT
add_library(media_fixture STATIC support/media_fixture.c)
target_link_libraries(media_fixture PUBLIC test_support pregen_base PRIVATE PkgConfig::AV)

pregen_test(test_media_protocol fault SOURCES unit/test_media_protocol.c LIBS pregen_media_protocol WRAP ${FAULT_ALLOC})
pregen_test(test_media_probe unit SOURCES unit/test_media_probe.c LIBS media_fixture pregen_media_work TIMEOUT 300)
pregen_test(test_media_draw unit SOURCES unit/test_media_draw.c LIBS media_fixture pregen_media_work TIMEOUT 600)
pregen_test(test_media_sandbox unit SOURCES unit/test_media_sandbox.c LIBS media_fixture pregen_media_work)
pregen_test(test_media integration SOURCES integration/test_media.c support/media_pool.c
        LIBS media_fixture pregen_media_client pregen_media_work)
pregen_test(test_media_death integration SOURCES integration/test_media_death.c support/media_pool.c
        LIBS media_fixture pregen_media_client WRAP ${FAULT_ALLOC})
add_dependencies(test_media pregen-media)
add_dependencies(test_media_death pregen-media)
# fontconfig and pango keep caches for the life of the process.
set_tests_properties(test_media_probe test_media_draw test_media_sandbox test_media test_media_death PROPERTIES
        ENVIRONMENT "LSAN_OPTIONS=suppressions=${CMAKE_CURRENT_SOURCE_DIR}/support/lsan.supp:print_suppressions=0")

# Fuzzing: with libFuzzer in the fuzz preset; everywhere else the corpus, cut and changed byte by byte.
add_executable(fuzz_media fuzz/fuzz_media.c)
target_link_libraries(fuzz_media PRIVATE pregen_media_work)
if(PREGEN_FUZZ)
        target_link_options(fuzz_media PRIVATE -fsanitize=fuzzer)
        file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/corpus/media)
        add_test(NAME fuzz_media COMMAND fuzz_media -runs=20000 -seed=1 -rss_limit_mb=4096
                ${CMAKE_CURRENT_BINARY_DIR}/corpus/media ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/media)
else()
        target_sources(fuzz_media PRIVATE fuzz/corpus_main.c)
        add_test(NAME fuzz_media COMMAND fuzz_media ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/media)
endif()
set_tests_properties(fuzz_media PROPERTIES LABELS fuzz TIMEOUT 600)

# Precision and recall of near-duplicates; nothing CTest runs.
add_executable(dupes bench/dupes.c)
target_link_libraries(dupes PRIVATE project_options pregen_media_work)
target_include_directories(dupes PRIVATE ${PROJECT_SOURCE_DIR}/libraryd)
