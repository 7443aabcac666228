#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# keep_kills.sh BIN [SEED [ROUNDS]]: import, gc and backup killed with SIGKILL at random moments, in turns. After each the library verifies
# (what died on its way in is set aside by the next run or by --repair, never listed), and the backup that was complete is whole.
bin=$1
seed=${2:-$RANDOM}
rounds=${3:-12}
set -u -o pipefail
work=$(mktemp -d "${TMPDIR:-/tmp}/pregen-kills-XXXXXX")
trap 'rm -rf "$work"' EXIT
export PREGEN_LIBRARY=$work/library
RANDOM=$seed
echo "seed $seed, $rounds rounds"

fail() {
        echo "FAILED: $1" >&2
        exit 1
}

# killed PROGRAM ARGS...: lets it live for a random while. --foreground waits until it is gone: one that dies within a system call may
# otherwise still make a file.
killed() {
        local status=0 ms=$((RANDOM % 400 + 5))
        timeout --foreground -s KILL "0.$(printf %03d "$ms")" "$@" >"$work/out" 2>"$work/err" || status=$?
        grep -aE 'ERROR: AddressSanitizer|runtime error' "$work/err" && fail "sanitizer report: $*"
        [ "$status" -ne 137 ] || kills=$((kills + 1))
}

"$bin/make_library" "$PREGEN_LIBRARY" || fail make_library
"$bin/assetlib" backup "$work/backup" 2>/dev/null || fail 'the first backup'
kills=0
mkdir "$work/in"
for ((i = 0; i < rounds; i++)); do
        for ((k = 0; k < 20; k++)); do echo "line $i $k" >"$work/in/$i-$k.txt"; done
        killed "$bin/assetlib" import --brand acme --hook urgency --category round "$work/in/$i"-*.txt
        # A death between the file and its row leaves a file nobody lists: the next run, or --repair, sets it aside.
        "$bin/assetlib" verify --repair >"$work/found" 2>/dev/null
        grep -vE 'orphan|spool|DAMAGE' "$work/found" && fail "round $i: import left damage"
        "$bin/assetlib" verify >"$work/found" 2>&1 || { cat "$work/found"; fail "round $i: verify after import"; }
        "$bin/assetlib" import --brand acme --hook urgency --category round "$work/in/$i"-*.txt >/dev/null 2>&1 || fail "round $i: import again"
        mapfile -t ids < <("$bin/assetlib" query category:round --limit 10 --format id)
        "$bin/assetlib" retire "${ids[@]}" >/dev/null 2>&1 || fail "round $i: retire"
        killed "$bin/assetlib" gc --max-size 1 --force
        "$bin/assetlib" verify >"$work/found" 2>&1 || { cat "$work/found"; fail "round $i: verify after gc"; }
        killed "$bin/assetlib" backup "$work/backup"
        "$bin/assetlib" --library "$work/backup" verify --quick >"$work/found" 2>&1 || {
                grep -v orphan "$work/found" | grep -qE '^(missing|size|hash|database)' && { cat "$work/found"; fail "round $i: the backup"; }
        }
        "$bin/assetlib" restore-backup "$work/backup" --library "$work/restored" >"$work/found" 2>&1 || { cat "$work/found"; fail "round $i: restore"; }
        "$bin/assetlib" --library "$work/restored" verify >"$work/found" 2>&1 || { cat "$work/found"; fail "round $i: verify after restore"; }
        rm -rf "$work/restored"
done
"$bin/assetlib" gc --max-size 1 --force >/dev/null 2>&1 || fail 'the last gc'
"$bin/assetlib" verify || fail 'the last verify'
echo "killed $kills times in $((rounds * 3))"
