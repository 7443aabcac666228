#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# long.sh BIN SECONDS [TARGET...]: fuzzes each target (every driver's, unless some are named) for SECONDS of processor time, counted, so that a busy
# machine does not shorten it nor a stopped one look like a hang, and prints a row a target. BIN: the programs of the fuzz preset. What is found stays in BIN/../found/TARGET. Status 1
# when a target ended by itself.
set -euo pipefail
bin=$1
seconds=$2
shift 2
corpora=$(cd "$(dirname "${BASH_SOURCE[0]}")/corpus" && pwd)
slice=30   # wall seconds between two looks at the clock
at_most=90 # processor seconds that one of them may take, else something hangs
targets=("$@")
[ $# -gt 0 ] || targets=(gemini omni veo google_token openai-text openai-image runway fal replicate comfyui http exec)
TIMEFORMAT='%U %S'
bad=0

printf '%-14s %12s %8s %8s %8s  %s\n' target runs cpu-s edges inputs result
for target in "${targets[@]}"; do
        found=$bin/../found/$target
        mkdir -p "$found"
        : >"$found.cpu"
        runs=0 spent=0 result=clean
        while [ "$spent" -lt "$seconds" ] && [ "$result" = clean ]; do
                { time prlimit --cpu=$at_most "$bin/fuzz_$target" -max_total_time=$slice -print_final_stats=1 -timeout=86400 -report_slow_units=86400 \
                        -rss_limit_mb=2048 -artifact_prefix="$found.crash-" "$found" "$corpora/$target" >"$found.log" 2>&1; } 2>>"$found.cpu" ||
                        result="FOUND $(sed -nE 's/.*Test unit written to //p' "$found.log")"
                ran=$(sed -nE 's/^stat::number_of_executed_units: *//p' "$found.log")
                runs=$((runs + ${ran:-0}))
                spent=$(awk '{ s += $1 + $2 } END { printf "%d", s }' "$found.cpu")
        done
        [ "$result" = clean ] || bad=1
        printf '%-14s %12d %8d %8s %8d  %s\n' "$target" "$runs" "$spent" "$(sed -nE 's/.* cov: ([0-9]+) .*/\1/p' "$found.log" | tail -1)" \
                "$(find "$found" -type f | wc -l)" "$result"
done
exit $bad
