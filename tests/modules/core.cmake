# SPDX-License-Identifier: MIT
add_library(core_fixture STATIC db/core_fixture.c)
target_link_libraries(core_fixture PUBLIC test_support pregen_core PkgConfig::CRYPTO PkgConfig::SQLITE)
target_include_directories(core_fixture PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/db)

pregen_test(test_core_words db SOURCES db/test_core_words.c LIBS core_fixture)
pregen_test(test_core_open db SOURCES db/test_core_open.c LIBS core_fixture)
pregen_test(test_core_cells db SOURCES db/test_core_cells.c LIBS core_fixture)
pregen_test(test_core_jobs db SOURCES db/test_core_jobs.c LIBS core_fixture)
pregen_test(test_core_ledger db SOURCES db/test_core_ledger.c LIBS core_fixture)
pregen_test(test_core_operation db SOURCES db/test_core_operation.c LIBS core_fixture)
pregen_test(test_core_learned db SOURCES db/test_core_learned.c LIBS core_fixture m)
pregen_test(test_core_spend db SOURCES db/test_core_spend.c LIBS core_fixture)
pregen_test(test_core_query db SOURCES db/test_core_query.c LIBS core_fixture)
pregen_test(test_core_query_model db SOURCES db/test_core_query_model.c db/query_model.c LIBS core_fixture)
pregen_test(test_core_plan db SOURCES db/test_core_plan.c LIBS core_fixture)
pregen_test(test_core_show db SOURCES db/test_core_show.c LIBS core_fixture)
pregen_test(test_core_alike db SOURCES db/test_core_alike.c LIBS core_fixture)
pregen_test(test_core_gc db SOURCES db/test_core_gc.c LIBS core_fixture)
pregen_test(test_core_backup db SOURCES db/test_core_backup.c LIBS core_fixture)
pregen_test(test_core_take db SOURCES db/test_core_take.c LIBS core_fixture)
pregen_test(test_core_takers db SOURCES db/test_core_takers.c LIBS core_fixture)
pregen_test(test_core_curate db SOURCES db/test_core_curate.c LIBS core_fixture)
pregen_test(test_core_money db SOURCES db/test_core_money.c LIBS core_fixture)
pregen_test(test_core_handout db SOURCES db/test_core_handout.c LIBS core_fixture)
pregen_test(test_core_beside db SOURCES db/test_core_beside.c LIBS core_fixture)
pregen_test(test_core_keep db SOURCES db/test_core_keep.c LIBS core_fixture)
pregen_test(test_core_concurrent db SOURCES db/test_core_concurrent.c LIBS core_fixture)
pregen_test(test_core_take_crash fault SOURCES fault/test_core_take_crash.c LIBS core_fixture)
pregen_test(test_core_take_fault fault SOURCES fault/test_core_take_fault.c LIBS core_fixture
        WRAP ${FAULT_ALLOC} write fsync renameat openat64 sqlite3_step sqlite3_exec)
pregen_test(test_core_crash fault SOURCES fault/test_core_crash.c LIBS core_fixture)
pregen_test(test_core_fault fault SOURCES fault/test_core_fault.c LIBS core_fixture
        WRAP ${FAULT_ALLOC} write fsync renameat openat sqlite3_step sqlite3_exec)
pregen_test(test_core_keep_fault fault SOURCES fault/test_core_keep_fault.c LIBS core_fixture
        WRAP ${FAULT_ALLOC} write fsync renameat openat64 sqlite3_step)
pregen_test(test_core_durable fault SOURCES fault/test_core_durable.c LIBS core_fixture WRAP fsync renameat)

# For tests/bench/; nothing CTest runs.
add_executable(takers bench/takers.c)
target_link_libraries(takers PRIVATE project_options pregen_core PkgConfig::CRYPTO)

# The corpus in every test run, cut and changed byte by byte; with libFuzzer in the fuzz preset.
add_executable(fuzz_query fuzz/fuzz_query.c)
target_link_libraries(fuzz_query PRIVATE pregen_core PkgConfig::CRYPTO)
if(PREGEN_FUZZ)
        target_link_options(fuzz_query PRIVATE -fsanitize=fuzzer)
        file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/corpus/query)
        add_test(NAME fuzz_query COMMAND fuzz_query -runs=20000 -seed=1 ${CMAKE_CURRENT_BINARY_DIR}/corpus/query
                ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/query)
else()
        target_sources(fuzz_query PRIVATE fuzz/corpus_main.c)
        add_test(NAME fuzz_query COMMAND fuzz_query ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/query)
endif()
set_tests_properties(fuzz_query PROPERTIES LABELS fuzz TIMEOUT 300)

# Benchmarks: see bench/README.md. Not built with the rest.
foreach(bench make_shelf query_bench spawn bare)
        add_executable(${bench} EXCLUDE_FROM_ALL bench/${bench}.c)
        target_link_libraries(${bench} PRIVATE pregen_core PkgConfig::SQLITE PkgConfig::CRYPTO m)
endforeach()
target_sources(query_bench PRIVATE bench/join_table.c)
target_include_directories(query_bench PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
