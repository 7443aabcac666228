#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every file names its licence first, stays small, and ends its lines plainly.
source "$(dirname "$0")/lib.sh"

readonly lines_max=500
while IFS= read -r file; do
        lines=$(wc -l <"$file")
        [[ $lines -le $lines_max ]] || complain "$file: $lines lines, at most $lines_max; split it by noun"
        head -n1 "$file" | grep -qF '/* SPDX-License-Identifier: MIT */' || complain "$file: the first line is no SPDX tag"
        [[ $file != *.h ]] || sed -n 2p "$file" | grep -qx '#pragma once' || complain "$file: the second line is not '#pragma once'"
        ! grep -nE '[[:space:]]$|'$'\r' "$file" >&2 || complain "$file: blanks at the end of a line"
        ! grep -nE '\b(TODO|FIXME|XXX)\b' "$file" >&2 || complain "$file: unfinished work"
done < <(all_code)
while IFS= read -r file; do
        head -n2 "$file" | grep -qF 'SPDX-License-Identifier: MIT' || complain "$file: no SPDX tag in the first two lines"
done < <(find . -path ./build -prune -o -path ./.git -prune -o -name node_modules -prune -o -type f \
        \( -name '*.sh' -o -name '*.sql' -o -name '*.cmake' -o -name CMakeLists.txt -o -path './.ci/run' \) -print)
verdict
