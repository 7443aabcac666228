#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# build.sh SOURCE BUILD [model]: the release build as a package would have it, once for all tests of this directory; with `model`, by the same flags, the
# model test, which goes through ten times as many nights a second without sanitizers.
set -euo pipefail
source=$1 build=$2 testing=OFF targets=()
[ $# -lt 3 ] || testing=ON targets=(--target test_model)
launcher=()
! command -v ccache >/dev/null || launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=$testing -DCMAKE_INSTALL_PREFIX=/usr \
        -DCMAKE_INSTALL_SYSCONFDIR=/etc -DCMAKE_INSTALL_LOCALSTATEDIR=/var "${launcher[@]}" >/dev/null
cmake --build "$build" "${targets[@]}" >"$build/build.log" 2>&1 || {
        tail -n 60 "$build/build.log" >&2
        exit 1
}
