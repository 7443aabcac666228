#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# take_deaths.sh BIN [SEED [ROUNDS]]: assetlib take with files, killed with SIGKILL at ROUNDS random
# moments. Each time the take is whole or not there, --again gives all of its files, each whole, and
# the library verifies. 200 rounds by hand; a few in CI.
# shellcheck source=tests/cli/assetlib_lib.sh
. "$(dirname "$0")/../cli/assetlib_lib.sh"
seed=${2:-$RANDOM}
rounds=${3:-12}
each=5
RANDOM=$seed
echo "seed $seed, $rounds rounds"

# How long one takes here, to aim the kills into it.
began=$(date +%s%N)
run 0 take --for warm -n $each --exclusive --to "$work/warm" --copy
took=$((($(date +%s%N) - began) / 1000))
run 0 release --for warm

killed=0 whole=0
for ((i = 0; i < rounds; i++)); do
        us=$((RANDOM * 32768 + RANDOM))
        us=$((us % (took + took / 4) + 1))
        code=0
        timeout --foreground -s KILL "$(printf '%d.%06d' $((us / 1000000)) $((us % 1000000)))" \
                "$bin/assetlib" take --for "round-$i" -n $each --exclusive --to "$work/$i" --copy --sidecar \
                >"$work/out" 2>"$work/err" || code=$?
        [[ $code == 124 ]] && code=137 # it ended just when it was to be killed
        grep -aE 'ERROR: AddressSanitizer|runtime error' "$work/err" && fail "sanitizer report in round $i"
        [[ $code == 137 ]] && killed=$((killed + 1))
        [[ $code == 137 || $code == 0 ]] || fail "round $i ended with $code: $(cat "$work/err")"
        has=$("$bin/assetlib" take --again --for "round-$i" --format id 2>/dev/null | wc -l)
        [[ $has == 0 || $has == "$each" ]] || fail "round $i: half a take, $has of $each"
        [[ $code != 0 || $has == "$each" ]] || fail "round $i: told, and not there"
        run 0 verify
        [[ $has == 0 ]] && continue
        whole=$((whole + 1))
        run 0 take --again --for "round-$i" --to "$work/$i" --copy --format jsonl
        [[ $(find "$work/$i" -name '[!.]*.png' -o -name '[!.]*.txt' | wc -l) == "$each" ]] ||
                fail "round $i: not $each files"
        sed -E 's/.*"file":"([^"]*)".*"sha256":"([0-9a-f]*)".*/\2  \1/' "$work/out" | sha256sum -c --quiet ||
                fail "round $i: a file is not whole"
        run 0 release --for "round-$i"
done
run 0 verify
echo "$killed of $rounds killed, $whole takes whole, the others absent"
[[ $killed -gt 0 ]] || fail 'no round was killed in time'
