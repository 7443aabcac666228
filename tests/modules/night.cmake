# SPDX-License-Identifier: MIT
# The night as a whole: its pure parts, then real nights of the real programs against the fake provider.
pregen_test(test_retry unit SOURCES unit/test_retry.c LIBS pregen_night pregen_digest PkgConfig::CRYPTO)
pregen_test(test_reply unit SOURCES unit/test_reply.c LIBS pregen_night pregen_digest PkgConfig::CRYPTO)
pregen_script_test(kill_run fault fault/kill_run.sh 42 20)
pregen_script_test(cli_pregend_jobs cli cli/pregend_jobs.sh)
