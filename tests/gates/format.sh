#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# clang-format has nothing to change.
source "$(dirname "$0")/lib.sh"

command -v clang-format >/dev/null || { echo "clang-format is not installed" >&2; exit 77; }
mapfile -t files < <(all_code)
clang-format --dry-run -Werror "${files[@]}" || complain "run: clang-format -i on the files above"
verdict
