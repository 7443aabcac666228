# SPDX-License-Identifier: MIT
# The fake providers: one program on a loopback socket, for every test that needs one. A wire is a file fake/wire_NAME.c and a row in fake/wire.c.
add_executable(fake-provider
        fake/fake_provider.c fake/loop.c fake/conn.c fake/conn_send.c fake/request.c fake/script.c fake/record.c
        fake/wire.c fake/shape.c fake/action.c fake/answer.c fake/picture.c fake/video.c fake/operation.c fake/invoice.c
        fake/google.c fake/google_error.c fake/wire_files.c fake/wire_gemini.c fake/gemini_answer.c fake/gemini_action.c
        fake/wire_batch.c fake/batch_run.c fake/wire_veo.c fake/wire_omni.c
        fake/form.c fake/hosted.c fake/wire_openai.c fake/openai_answer.c fake/wire_runway.c fake/wire_fal.c fake/wire_replicate.c fake/model_lists.c
        fake/wire_local.c fake/wire_control.c fake/wire_sink.c)
target_link_libraries(fake-provider PRIVATE project_options pregen_base pregen_digest PkgConfig::CRYPTO)
# Held to the wire by the vendor's own client.
pregen_script_test(test_vendor_client integration vendor/run.sh)
pregen_script_test(test_vendor_media integration vendor/media.sh)

pregen_test(test_params unit SOURCES unit/test_params.c LIBS pregen_provider PkgConfig::CRYPTO)
pregen_test(test_result unit SOURCES unit/test_result.c LIBS pregen_provider PkgConfig::CRYPTO)
pregen_test(test_local unit SOURCES unit/test_local.c LIBS pregen_provider PkgConfig::CRYPTO)
pregen_test(test_gemini_build unit SOURCES unit/test_gemini_build.c LIBS pregen_provider PkgConfig::CRYPTO)
pregen_test(test_gemini_parse unit SOURCES unit/test_gemini_parse.c LIBS pregen_provider PkgConfig::CRYPTO)
pregen_test(test_gemini_copy unit SOURCES unit/test_gemini_copy.c LIBS pregen_provider PkgConfig::CRYPTO)
pregen_test(test_gemini_error unit SOURCES unit/test_gemini_error.c LIBS pregen_provider PkgConfig::CRYPTO)
pregen_test(test_omni unit SOURCES unit/test_omni.c LIBS pregen_provider PkgConfig::CRYPTO)
pregen_test(test_veo unit SOURCES unit/test_veo.c LIBS pregen_provider PkgConfig::CRYPTO)
pregen_test(test_every_driver unit SOURCES unit/test_every_driver.c LIBS pregen_provider PkgConfig::CRYPTO)
foreach(driver exec http_driver comfyui openai_text openai_image runway fal replicate)
        pregen_test(test_${driver} unit SOURCES unit/test_${driver}.c LIBS pregen_provider PkgConfig::CRYPTO)
endforeach()
pregen_test(test_driver_memory fault SOURCES unit/test_driver_memory.c support/fault.c LIBS pregen_provider PkgConfig::CRYPTO
        WRAP ${FAULT_ALLOC} json_new_object json_new_array json_new_string json_copy json_print json_parse)
pregen_test(test_provider_memory fault SOURCES unit/test_provider_memory.c LIBS pregen_provider PkgConfig::CRYPTO
        WRAP malloc calloc realloc reallocarray strdup strndup vasprintf json_new_object json_new_string json_print json_parse)

# Fuzzing: with libFuzzer in the fuzz preset; everywhere else the corpus, cut and changed byte by byte.
foreach(driver gemini omni veo)
        add_executable(fuzz_${driver} fuzz/fuzz_${driver}.c)
        target_link_libraries(fuzz_${driver} PRIVATE pregen_provider PkgConfig::CRYPTO)
        target_include_directories(fuzz_${driver} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
        if(PREGEN_FUZZ)
                target_link_options(fuzz_${driver} PRIVATE -fsanitize=fuzzer)
                # What it finds goes to the first directory: never into the source tree.
                file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/corpus/${driver})
                add_test(NAME fuzz_${driver} COMMAND fuzz_${driver} -runs=20000 -seed=1 ${CMAKE_CURRENT_BINARY_DIR}/corpus/${driver}
                        ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${driver})
        else()
                target_sources(fuzz_${driver} PRIVATE fuzz/corpus_main.c)
                add_test(NAME fuzz_${driver} COMMAND fuzz_${driver} ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${driver})
        endif()
        set_tests_properties(fuzz_${driver} PROPERTIES LABELS fuzz TIMEOUT 300)
endforeach()

foreach(driver exec http comfyui openai-text openai-image runway fal replicate)
        add_executable(fuzz_${driver} fuzz/fuzz_driver.c)
        target_link_libraries(fuzz_${driver} PRIVATE pregen_provider PkgConfig::CRYPTO)
        target_compile_definitions(fuzz_${driver} PRIVATE FUZZ_DRIVER="${driver}")
        target_include_directories(fuzz_${driver} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
        if(PREGEN_FUZZ)
                target_link_options(fuzz_${driver} PRIVATE -fsanitize=fuzzer)
                file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/corpus/${driver})
                add_test(NAME fuzz_${driver} COMMAND fuzz_${driver} -runs=20000 -seed=1 ${CMAKE_CURRENT_BINARY_DIR}/corpus/${driver}
                        ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${driver})
        else()
                target_sources(fuzz_${driver} PRIVATE fuzz/corpus_main.c)
                add_test(NAME fuzz_${driver} COMMAND fuzz_${driver} ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/corpus/${driver})
        endif()
        set_tests_properties(fuzz_${driver} PROPERTIES LABELS fuzz TIMEOUT 300)
endforeach()

# The driver against the fake, and the fake's own promises.
pregen_test(test_fake_gemini integration SOURCES integration/test_fake_gemini.c support/fake_client.c LIBS pregen_provider PkgConfig::CRYPTO)
add_dependencies(test_fake_gemini fake-provider)
pregen_test(test_fake_veo integration SOURCES integration/test_fake_veo.c support/fake_client.c LIBS pregen_provider PkgConfig::CRYPTO)
add_dependencies(test_fake_veo fake-provider)
pregen_test(test_fake_omni integration SOURCES integration/test_fake_omni.c support/fake_client.c LIBS pregen_provider PkgConfig::CRYPTO)
add_dependencies(test_fake_omni fake-provider)
