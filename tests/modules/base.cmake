# SPDX-License-Identifier: MIT
pregen_test(test_base_strings unit SOURCES unit/test_base_strings.c)
pregen_test(test_base_parse unit SOURCES unit/test_base_parse.c)
pregen_test(test_base_set16 unit SOURCES unit/test_base_set16.c)
pregen_test(test_base_clock unit SOURCES unit/test_base_clock.c LIBS pregen_digest PkgConfig::CRYPTO)
pregen_test(test_base_fs unit SOURCES unit/test_base_fs.c)
pregen_test(test_base_fs_sandbox unit SOURCES unit/test_base_fs_sandbox.c)
pregen_test(test_base_json unit SOURCES unit/test_base_json.c)
pregen_test(test_base_log unit SOURCES unit/test_base_log.c LIBS pregen_log)
pregen_test(test_db db SOURCES db/test_db.c db/db_fixture.c LIBS PkgConfig::SQLITE)
pregen_test(test_db_turn db SOURCES db/test_db_turn.c db/db_fixture.c)
pregen_test(test_db_group db SOURCES db/test_db_group.c db/db_fixture.c)
pregen_test(test_fault_base fault SOURCES fault/test_fault_base.c db/db_fixture.c LIBS PkgConfig::SQLITE PkgConfig::CJSON
        WRAP ${FAULT_ALLOC} sqlite3_step write fsync openat64 renameat)

# The gates: what must hold for every file. Label `once`: they look at the sources, so one compiler's run is enough.
foreach(gate sql_text banned includes headers shape format needed embed_sql)
        pregen_script_test(gate_${gate} unit gates/${gate}.sh)
        set_tests_properties(gate_${gate} PROPERTIES LABELS "unit;once")
endforeach()
# What a binary links depends on how it was built.
set_tests_properties(gate_needed PROPERTIES LABELS unit)
pregen_test(test_fingerprint unit SOURCES unit/test_fingerprint.c LIBS pregen_base pregen_digest PkgConfig::CRYPTO)
