# SPDX-License-Identifier: MIT
pregen_test(test_cli unit SOURCES unit/test_cli.c LIBS pregen_base)
pregen_test(test_out unit SOURCES unit/test_out.c LIBS pregen_base)
