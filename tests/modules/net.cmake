# SPDX-License-Identifier: MIT
pregen_test(test_net_base64 unit SOURCES unit/test_net_base64.c LIBS pregen_net PkgConfig::CRYPTO)
pregen_test(test_net_address unit SOURCES unit/test_net_address.c LIBS pregen_net PkgConfig::CRYPTO)
pregen_test(test_net_secret unit SOURCES unit/test_net_secret.c LIBS pregen_net PkgConfig::CRYPTO)
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

add_executable(fuzz_body fuzz/fuzz_body.c)
target_link_libraries(fuzz_body PRIVATE pregen_net PkgConfig::CRYPTO)
if(PREGEN_FUZZ)
        target_link_options(fuzz_body PRIVATE -fsanitize=fuzzer)
        # What it finds goes to the first directory: never into the source tree.
        file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/corpus/body)
        add_test(NAME fuzz_body COMMAND fuzz_body -runs=20000 -seed=1 ${CMAKE_CURRENT_BINARY_DIR}/corpus/body
                ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/body)
else()
        target_sources(fuzz_body PRIVATE fuzz/corpus_main.c)
        add_test(NAME fuzz_body COMMAND fuzz_body ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/body)
endif()
set_tests_properties(fuzz_body PROPERTIES LABELS fuzz TIMEOUT 300)
