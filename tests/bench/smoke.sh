#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# smoke.sh BIN: each benchmark of a night runs and prints its rows, with a handful of small pictures. No figure is looked at.
bin=$1
here=$(cd "$(dirname "$0")" && pwd)
set -euo pipefail
# A sanitizer looks for leaks by tracing, and so does what measures.
export ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0

rows() { # SCRIPT COUNT REGEX ARGS...: so many lines fit
        local script=$1 count=$2 regex=$3 out
        shift 3
        out=$("$here/$script" "$bin" "$@") || { echo "FAILED: $script" >&2; exit 1; }
        [ "$(grep -cE "$regex" <<<"$out")" -eq "$count" ] || { printf 'FAILED: %s printed\n%s\n' "$script" "$out" >&2; exit 1; }
}

number='+[0-9]+\.[0-9]+'
rows night.sh 4 "^(pregend|curl|floor|intents) +6 +2 $number $number $number $number $number $number\$" \
        --items 6 --concurrency 2 --latency 5-9 --bytes 50000 --clients pregend,curl,floor,intents
rows night.sh 1 'left out: longer than 1 s' --items 1000 --concurrency 5 --latency 10-20 --longest 1 --clients curl
rows stored.sh 3 "^(pregend|curl|floor) $number $number $number $number\$" 6 2 50000 1
! command -v strace >/dev/null || rows cost.sh 2 "^ +(6|12) $number $number $number $number $number $number" 6 12
if command -v npm >/dev/null && command -v node >/dev/null; then
        rows night.sh 3 "^(pool|batches|sequential) +4 +2 $number " --items 4 --concurrency 2 --latency 5-9 --bytes 50000 --clients pool,batches,sequential
fi
echo "ok: the benchmarks run"
