#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# kill_run.sh BIN [SEED [ROUNDS]]: a night of 60 images at concurrency 15 against the fake Gemini, killed with SIGKILL at ROUNDS random moments and started again each time. At the end
# all 60 are there, the library verifies, and nothing was bought twice: every answer belongs to a job, or to an attempt the ledger holds as unknown.
bin=$1
seed=${2:-$RANDOM}
rounds=${3:-20}
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"
echo "seed $seed, $rounds rounds"
RANDOM=$seed

fake_start gemini --delay-ms 300-1000 --seed "$seed"
night_config "$fake_port" 15 10

killed=0
for ((i = 0; i < rounds; i++)); do
        ms=$((RANDOM % 700 + 20))
        status=0
        timeout -s KILL "$((ms / 1000)).$(printf %03d $((ms % 1000)))" "$bin/pregend" run --quiet 2>>"$work/run.err" || status=$?
        [ "$status" -ne 137 ] || killed=$((killed + 1))
        grep -aE 'ERROR: AddressSanitizer|runtime error' "$work/run.err" && fail "sanitizer report in round $i"
        true
done
"$bin/pregend" run --quiet || fail "the last run ended with $?"

expect "assets" "$("$bin/assetlib" query --count)" 60
"$bin/assetlib" verify || fail "verify"
jobs=$(ledger "SELECT count(*) FROM job WHERE state = 'done'")
unknown=$(ledger "SELECT count(*) FROM attempt WHERE outcome = 'unknown'")
open=$(ledger "SELECT count(*) FROM attempt WHERE outcome = 'open'")
n=$(answered gemini)
expect "jobs done" "$jobs" 60
expect "attempts that made a picture" "$(ledger "SELECT count(*) FROM attempt WHERE outcome = 'made'")" 60
expect "answers used twice" "$(ledger "SELECT count(*) - count(DISTINCT request_id) FROM attempt WHERE outcome = 'made'")" 0
expect "attempts left open" "$open" 0
[ "$killed" -gt $((rounds / 2)) ] || fail "only $killed of $rounds rounds were killed in time"
whole=$(grep -c '"event":"done"' "$work/gemini.log" || true)
echo "killed $killed times; $n answered, $whole of them whole, $jobs jobs done, $unknown attempts held as unknown"
[ "$n" -le $((jobs + unknown)) ] || fail "$n requests were answered, the ledger accounts for $((jobs + unknown))"
# An answer that has come whole is lost only between its last byte and its reply's rename: kept replies make that rare.
[ "$whole" -le $((jobs + killed)) ] || fail "$whole whole answers came and only $jobs were used, $killed kills do not explain that"
