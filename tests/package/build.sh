#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# build.sh SOURCE BUILD: the release build as a package would have it, once for all tests of this directory.
set -euo pipefail
source=$1 build=$2
launcher=()
! command -v ccache >/dev/null || launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache)
cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF -DCMAKE_INSTALL_PREFIX=/usr \
        -DCMAKE_INSTALL_SYSCONFDIR=/etc -DCMAKE_INSTALL_LOCALSTATEDIR=/var "${launcher[@]}" >/dev/null
cmake --build "$build" >"$build/build.log" 2>&1 || {
        tail -n 60 "$build/build.log" >&2
        exit 1
}
