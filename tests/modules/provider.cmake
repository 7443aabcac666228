# SPDX-License-Identifier: MIT
# The fake Gemini API: a program of its own on a loopback socket, for every test that needs a provider.
add_executable(fake-gemini
        fake/fake_gemini.c fake/loop.c fake/conn.c fake/conn_send.c fake/request.c fake/check.c fake/script.c
        fake/action.c fake/action_error.c fake/answer.c fake/picture.c fake/record.c)
target_link_libraries(fake-gemini PRIVATE project_options pregen_base pregen_digest PkgConfig::CRYPTO)
# Held to the wire by the vendor's own client.
pregen_script_test(test_vendor_client integration vendor/run.sh)
