# SPDX-License-Identifier: MIT
pregen_test(test_cli unit SOURCES unit/test_cli.c LIBS pregen_base)
pregen_test(test_cli_terminal unit SOURCES unit/test_cli_terminal.c LIBS pregen_base)
pregen_test(test_out unit SOURCES unit/test_out.c LIBS pregen_base)
pregen_test(test_select unit SOURCES unit/test_select.c ${PROJECT_SOURCE_DIR}/libraryd/cli/select.c LIBS pregen_core PkgConfig::CRYPTO)
pregen_test(test_fault_cli fault SOURCES fault/test_fault_cli.c ${PROJECT_SOURCE_DIR}/libraryd/cli/select.c
        ${PROJECT_SOURCE_DIR}/libraryd/cli/asset_text.c LIBS pregen_core PkgConfig::CRYPTO WRAP ${FAULT_ALLOC})
pregen_test(test_export_fault fault SOURCES fault/test_export_fault.c ${PROJECT_SOURCE_DIR}/libraryd/cli/export.c
        ${PROJECT_SOURCE_DIR}/libraryd/cli/asset_out.c LIBS core_fixture
        WRAP ${FAULT_ALLOC} write fsync renameat openat64 sqlite3_step)

# A library whose every byte is known; the scripts make their own copy with it.
add_executable(make_library support/make_library.c)
target_link_libraries(make_library PRIVATE project_options pregen_core PkgConfig::CRYPTO)

foreach(script query errors curate take export bulk money docs completion keep import)
        pregen_script_test(assetlib_${script} cli cli/assetlib_${script}.sh)
endforeach()
pregen_script_test(assetlib_schema cli vendor/schema.sh)
pregen_script_test(keep_kills fault fault/keep_kills.sh 42 4)
pregen_script_test(take_deaths fault fault/take_deaths.sh 42 4)
