# SPDX-License-Identifier: MIT
add_library(core_fixture STATIC db/core_fixture.c)
target_link_libraries(core_fixture PUBLIC test_support pregen_core PkgConfig::CRYPTO PkgConfig::SQLITE)
target_include_directories(core_fixture PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/db)

pregen_test(test_core_words db SOURCES db/test_core_words.c LIBS core_fixture)
pregen_test(test_core_open db SOURCES db/test_core_open.c LIBS core_fixture)
pregen_test(test_core_cells db SOURCES db/test_core_cells.c LIBS core_fixture)
pregen_test(test_core_jobs db SOURCES db/test_core_jobs.c LIBS core_fixture)
pregen_test(test_core_ledger db SOURCES db/test_core_ledger.c LIBS core_fixture)
pregen_test(test_core_query db SOURCES db/test_core_query.c LIBS core_fixture)
pregen_test(test_core_plan db SOURCES db/test_core_plan.c LIBS core_fixture)
pregen_test(test_core_show db SOURCES db/test_core_show.c LIBS core_fixture)
pregen_test(test_core_keep db SOURCES db/test_core_keep.c LIBS core_fixture)
pregen_test(test_core_concurrent db SOURCES db/test_core_concurrent.c LIBS core_fixture)
pregen_test(test_core_crash fault SOURCES fault/test_core_crash.c LIBS core_fixture)
pregen_test(test_core_fault fault SOURCES fault/test_core_fault.c LIBS core_fixture
        WRAP ${FAULT_ALLOC} write fsync renameat openat sqlite3_step sqlite3_exec)
pregen_test(test_core_durable fault SOURCES fault/test_core_durable.c LIBS core_fixture WRAP fsync renameat)
