# SPDX-License-Identifier: MIT
pregen_test(test_net_base64 unit SOURCES unit/test_net_base64.c LIBS pregen_net PkgConfig::CRYPTO)
pregen_test(test_net_address unit SOURCES unit/test_net_address.c LIBS pregen_net PkgConfig::CRYPTO)
pregen_test(test_net_secret unit SOURCES unit/test_net_secret.c LIBS pregen_net PkgConfig::CRYPTO)
pregen_test(test_net_head unit SOURCES unit/test_net_head.c LIBS pregen_net PkgConfig::CRYPTO)
pregen_test(test_net_body unit SOURCES unit/test_net_body.c LIBS pregen_net PkgConfig::CRYPTO WRAP ${FAULT_ALLOC} write)
pregen_test(test_net_request unit SOURCES unit/test_net_request.c LIBS pregen_net PkgConfig::CRYPTO WRAP ${FAULT_ALLOC})
