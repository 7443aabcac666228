# SPDX-License-Identifier: MIT
pregen_test(test_net_base64 unit SOURCES unit/test_net_base64.c LIBS pregen_net PkgConfig::CRYPTO)
pregen_test(test_net_address unit SOURCES unit/test_net_address.c LIBS pregen_net PkgConfig::CRYPTO)
pregen_test(test_net_secret unit SOURCES unit/test_net_secret.c LIBS pregen_net PkgConfig::CRYPTO)
pregen_test(test_net_google_token unit SOURCES unit/test_net_google_token.c LIBS pregen_net PkgConfig::CRYPTO WRAP ${FAULT_ALLOC})
pregen_test(test_net_head unit SOURCES unit/test_net_head.c LIBS pregen_net PkgConfig::CRYPTO)
pregen_test(test_net_body unit SOURCES unit/test_net_body.c LIBS pregen_net PkgConfig::CRYPTO WRAP ${FAULT_ALLOC} write)
pregen_test(test_net_request unit SOURCES unit/test_net_request.c LIBS pregen_net PkgConfig::CRYPTO WRAP ${FAULT_ALLOC})

add_library(http_support STATIC support/raw_server.c support/http_fixture.c)
target_link_libraries(http_support PUBLIC test_support pregen_net Threads::Threads PkgConfig::CRYPTO)
pregen_test(test_http integration SOURCES integration/test_http.c LIBS http_support)
pregen_test(test_http_rules integration SOURCES integration/test_http_rules.c LIBS http_support)
pregen_test(test_http_bodies integration SOURCES integration/test_http_bodies.c LIBS http_support)
pregen_test(test_http_loop integration SOURCES integration/test_http_loop.c LIBS http_support
        WRAP ${FAULT_ALLOC} sd_event_source_set_time_relative curl_multi_socket_action)
pregen_test(test_http_thread integration SOURCES integration/test_http_thread.c LIBS http_support
        WRAP ${FAULT_ALLOC} sd_event_dispatch)

foreach(target body google_token)
        add_executable(fuzz_${target} fuzz/fuzz_${target}.c)
        target_link_libraries(fuzz_${target} PRIVATE pregen_net PkgConfig::CRYPTO)
        target_include_directories(fuzz_${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
        if(PREGEN_FUZZ)
                target_link_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
                # What it finds goes to the first directory: never into the source tree.
                file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/corpus/${target})
                add_test(NAME fuzz_${target} COMMAND fuzz_${target} -runs=20000 -seed=1 ${CMAKE_CURRENT_BINARY_DIR}/corpus/${target}
                        ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${target})
        else()
                target_sources(fuzz_${target} PRIVATE fuzz/corpus_main.c)
                add_test(NAME fuzz_${target} COMMAND fuzz_${target} ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${target})
        endif()
        set_tests_properties(fuzz_${target} PROPERTIES LABELS fuzz TIMEOUT 300)
endforeach()
