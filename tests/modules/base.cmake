# SPDX-License-Identifier: MIT
pregen_test(test_base_strings unit SOURCES unit/test_base_strings.c)
pregen_test(test_base_parse unit SOURCES unit/test_base_parse.c)
pregen_test(test_base_clock unit SOURCES unit/test_base_clock.c LIBS pregen_digest PkgConfig::CRYPTO)
pregen_test(test_base_fs unit SOURCES unit/test_base_fs.c)
pregen_test(test_base_json unit SOURCES unit/test_base_json.c)
pregen_test(test_base_log unit SOURCES unit/test_base_log.c LIBS pregen_log)
pregen_test(test_db db SOURCES db/test_db.c db/db_fixture.c LIBS PkgConfig::SQLITE)
pregen_test(test_db_group db SOURCES db/test_db_group.c db/db_fixture.c)
pregen_test(test_fault_base fault SOURCES fault/test_fault_base.c db/db_fixture.c LIBS PkgConfig::SQLITE PkgConfig::CJSON
        WRAP ${FAULT_ALLOC} sqlite3_step write fsync openat renameat)
