# SPDX-License-Identifier: MIT
pregen_test(test_cli unit SOURCES unit/test_cli.c LIBS pregen_base)
pregen_test(test_out unit SOURCES unit/test_out.c LIBS pregen_base)

# A library whose every byte is known; the scripts make their own copy with it.
add_executable(make_library support/make_library.c)
target_link_libraries(make_library PRIVATE project_options pregen_core PkgConfig::CRYPTO)

foreach(script query errors curate docs completion links)
        pregen_script_test(assetlib_${script} cli cli/assetlib_${script}.sh)
endforeach()
