#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# needed.sh BIN: what assetlib links. Its start-up time is the product, so libc, libm and cJSON are all it may load: SQLite and
# SHA-256 are in it.
source "$(dirname "$0")/lib.sh"

tool=$1/assetlib
[[ -x $tool ]] || { echo "$tool is not built" >&2; exit 77; }
allowed='libc|libm|libcjson'
# What the sanitizers of gcc and clang bring along.
if [[ $(nm -D "$tool") == *__asan_init* || $(readelf -d "$tool") == *libasan* ]]; then
        allowed+='|libasan|libubsan|libgcc_s|libpthread|libdl|librt|libresolv|ld-linux-x86-64|ld-linux-aarch64'
fi
while IFS= read -r library; do
        [[ ${library%%.so*} =~ ^($allowed)$ ]] || complain "assetlib needs $library"
done < <(readelf -d "$tool" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
verdict
