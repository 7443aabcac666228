#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each header compiles alone.
source "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake -D SQL_DIR="$root/sql" -D OUT_DIR="$work/core" -P libraryd/cmake/embed_sql.cmake

compiler=(gcc)
! command -v ccache >/dev/null || compiler=(ccache gcc)
flags=(-std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Wall -Wextra -Werror -Wno-unused-parameter
        -Ilibraryd -Idaemon -Itests -I"$work")
read -ra packages < <(pkg-config --cflags sqlite3 libcjson yaml-0.1 libcurl libsystemd libcrypto \
        libavformat libavcodec libavutil libswscale cairo pangocairo pangoft2)

# Used twice: a header without its guard shows.
while IFS= read -r header; do
        printf '#include "%s"\n#include "%s"\n' "$root/$header" "$root/$header" >"$work/alone.c"
        "${compiler[@]}" "${flags[@]}" "${packages[@]}" -c -o "$work/alone.o" "$work/alone.c" || complain "$header: does not compile alone"
done < <(all_code | grep '\.h$')
verdict
