#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# coverage.sh [FOLDER [MINIMUM [CTEST-ARGS...]]]: which part of the lines of FOLDER (daemon/provider) its tests run, file by file, counted by gcov after
# the tests that CTEST-ARGS name (by default those of the drivers). Fails below MINIMUM per cent (95). Builds the preset coverage.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
folder=${1:-daemon/provider}
minimum=${2:-95}
[ $# -ge 3 ] && shift 2 || set -- -R '^(test_(params|result|local|gemini_.*|omni|veo|exec|http_driver|comfyui|openai_.*|runway|fal|replicate|every_driver|driver_memory|provider_memory|fake_(gemini|veo|omni))|fuzz_(gemini|omni|veo|exec|http|comfyui|openai-.*|runway|fal|replicate))$'
build=build/coverage
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --preset coverage >"$work/log"
mapfile -t tests < <(ctest --test-dir "$build" -N "$@" | sed -nE 's/^ *Test +#[0-9]+: (.*)$/\1/p')
[ ${#tests[@]} -gt 0 ] || { echo "no test fits: $*" >&2; exit 2; }
targets=()
for test in "${tests[@]}"; do
        ninja -C "$build" -t query "$test" >/dev/null 2>&1 && targets+=("$test")
done
cmake --build --preset coverage -j "$(nproc)" ${targets:+--target "${targets[@]}"} >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; exit 1; }
find "$build" -name '*.gcda' -delete
ctest --test-dir "$build" "$@" >"$work/log" 2>&1 || { tail -n 40 "$work/log" >&2; exit 1; }

cd "$work"
for source in "$OLDPWD/$folder"/*.c; do
        data=$(find "$OLDPWD/$build/$folder" -name "${source##*/}.gcno" -print -quit)
        # gcov writes: File 'PATH', then Lines executed:P% of N, or No executable lines (a table)
        { [ -z "$data" ] || gcov -n "$data" 2>/dev/null; } | awk -v source="/$folder/${source##*/}'" -v name="${source##*/}" -v lines="$(wc -l <"$source")" '
                /^No executable/ { seen = 1 }
                /^File / { mine = index($0, source) } # however the compiler was told the path
                mine && /^Lines executed/ { gsub(/.*:|%/, ""); printf "%-28s %6d %7.2f%%\n", name, $3, $1; seen = 1; mine = 0 }
                END { if (!seen) printf "%-28s %6d %7.2f%%\n", name, lines, 0 }'
done | tee rows
awk -v folder="$folder" -v minimum="$minimum" '{ lines += $2; run += $2 * $3 / 100 } END {
        printf "%s: %.2f%% of %d lines, by %s tests\n", folder, 100 * run / lines, lines, tests; exit 100 * run / lines < minimum }' tests="${#tests[@]}" rows
