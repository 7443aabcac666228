#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# assetlib's start-up time is the product: what it makes the dynamic linker load is a closed list.
# (The sanitizers' libraries belong to test builds.)
bin=$1
command -v readelf >/dev/null || exit 77
[[ -x $bin/assetlib ]] || exit 1
sanitizers=
nm -D "$bin/assetlib" | grep -q __asan_ && sanitizers='|libasan|libubsan|libm|libgcc_s|libpthread|libdl|librt|libresolv'
bad=$(readelf -d "$bin/assetlib" | sed -nE 's/.*\(NEEDED\).*\[(.*)\]/\1/p' |
        grep -vE "^(libc|libsqlite3|libcjson$sanitizers)\.so")
[[ -z $bad ]] || {
        printf 'assetlib needs more than libc, libsqlite3 and libcjson: %s\n' "$bad" >&2
        exit 1
}
