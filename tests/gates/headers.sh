#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each header compiles alone.
source "$(dirname "$0")/lib.sh"

generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT
cmake -D SQL_DIR="$root/sql" -D OUT_DIR="$generated/core" -P libraryd/cmake/embed_sql.cmake

flags=(-std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Wall -Wextra -Werror -Wno-unused-parameter -fsyntax-only
        -Ilibraryd -Idaemon -Itests -I"$generated")
read -ra packages < <(pkg-config --cflags sqlite3 libcjson yaml-0.1 libcurl libsystemd libcrypto \
        libavformat libavcodec libavutil libswscale cairo pangocairo pangoft2)
# Used twice: a header without its guard shows.
alone() { printf '#include "%s"\n#include "%s"\n' "$1" "$1" | gcc "${flags[@]}" "${packages[@]}" -x c - ; }

while IFS= read -r header; do
        alone "$root/$header" || complain "$header: does not compile alone"
done < <(all_code | grep '\.h$')
verdict
