# SPDX-License-Identifier: MIT
# The night as a whole: its pure parts, then real nights of the real programs against the fake provider.
pregen_test(test_retry unit SOURCES unit/test_retry.c LIBS pregen_night pregen_digest PkgConfig::CRYPTO)
add_library(limit_world STATIC support/limit_world.c support/limit_peers.c support/poll_world.c)
target_link_libraries(limit_world PUBLIC test_support pregen_night m)
pregen_test(test_limiter unit SOURCES unit/test_limiter.c LIBS pregen_night pregen_digest PkgConfig::CRYPTO)
pregen_test(test_limiter_nights unit SOURCES unit/test_limiter_nights.c LIBS limit_world pregen_digest PkgConfig::CRYPTO)
pregen_test(test_poll_times unit SOURCES unit/test_poll_times.c LIBS limit_world pregen_digest PkgConfig::CRYPTO)
pregen_test(test_notify unit SOURCES unit/test_notify.c LIBS pregen_night pregen_digest PkgConfig::CRYPTO)
pregen_test(test_reply unit SOURCES unit/test_reply.c LIBS pregen_night pregen_digest PkgConfig::CRYPTO)
pregen_test(test_window unit SOURCES unit/test_window.c LIBS pregen_night)
pregen_script_test(kill_run fault fault/kill_run.sh 42 15)
pregen_script_test(kept_answers fault fault/kept_answers.sh)
pregen_script_test(cli_pregend_jobs cli cli/pregend_jobs.sh)
foreach(group refused wire useless)
        pregen_script_test(night_${group} integration integration/night_replies.sh ${group})
endforeach()
foreach(group blocks money middle keys origins files)
        pregen_script_test(night_${group} integration integration/night_rules.sh ${group})
endforeach()
pregen_script_test(night_rows integration integration/night_rows.sh)
pregen_script_test(night_exec integration integration/night_exec.sh)
pregen_script_test(night_limits integration integration/night_limits.sh)
pregen_script_test(cli_pregend_models cli cli/pregend_models.sh)
pregen_script_test(night_chain integration integration/night_chain.sh)
pregen_script_test(night_operations integration integration/night_operations.sh)
pregen_script_test(night_signals integration integration/night_signals.sh)
pregen_script_test(night_disk fault fault/night_disk.sh)
pregen_script_test(night_locked fault fault/night_locked.sh)
pregen_script_test(night_deaths fault fault/night_deaths.sh)

# What the benchmarks need; they themselves are run by hand.
add_executable(measure bench/measure.c)
target_link_libraries(measure PRIVATE project_options pregen_base)
target_include_directories(measure PRIVATE ${PROJECT_SOURCE_DIR}/libraryd)
add_executable(floor bench/floor.c)
target_link_libraries(floor PRIVATE pregen_net PkgConfig::CURL PkgConfig::CRYPTO)
pregen_script_test(bench_smoke integration bench/smoke.sh)

# Benchmarks in virtual time; tests/bench/README.md says how to run them.
add_executable(limits bench/limits.c)
target_link_libraries(limits PRIVATE limit_world pregen_digest PkgConfig::CRYPTO)
add_executable(polls bench/polls.c)
target_link_libraries(polls PRIVATE limit_world pregen_digest PkgConfig::CRYPTO)

# The model test: nights in a simulated world, whose machine may die at any step.
pregen_test(test_model fault TIMEOUT 600
        SOURCES model/test_model.c model/look.c model/rules.c model/configs.c model/sim_world.c model/sim_provider.c model/sim_driver.c model/crash.c model/crash_vfs.c
        LIBS pregen_night pregen_core pregen_digest PkgConfig::SQLITE PkgConfig::CRYPTO
        WRAP driver_find write unlinkat mkdirat openat64 renameat fsync)
