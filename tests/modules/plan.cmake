# SPDX-License-Identifier: MIT
pregen_test(test_template unit SOURCES unit/test_template.c LIBS pregen_recipe PkgConfig::CRYPTO)
pregen_test(test_price unit SOURCES unit/test_price.c LIBS pregen_plan PkgConfig::CRYPTO)
pregen_test(test_plan unit SOURCES unit/test_plan.c support/plan_world.c LIBS pregen_plan PkgConfig::CRYPTO)
pregen_test(test_plan_library unit SOURCES unit/test_plan_library.c support/plan_world.c LIBS pregen_plan PkgConfig::CRYPTO)
pregen_test(test_plan_memory fault SOURCES unit/test_plan_memory.c LIBS pregen_plan PkgConfig::CRYPTO
        WRAP malloc calloc realloc reallocarray strdup)
pregen_script_test(cli_plan cli cli/test_plan.sh)
