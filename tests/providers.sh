#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# providers.sh: one row a driver: its lines of C, how many answers its unit tests and its fuzzing begin with, and what nobody could confirm about its wire.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
shopt -s nullglob extglob

lines() { # FILE...: of all of them
        cat /dev/null "$@" | wc -l
}
outcomes() { # FILE...: answers whose outcome is stated
        cat /dev/null "$@" | grep -oE 'OUTCOME_[A-Z]+' | wc -l || true
}

printf '%-14s %10s %22s %13s %18s\n' driver 'lines of C' 'outcome shapes tested' 'fuzz corpus' 'facts unconfirmed'
counted=()
while IFS= read -r stem; do
        name=${stem//_/-}
        own=(daemon/provider/driver_"$stem"@(.c) daemon/provider/"$stem"_*.c)
        tests=(tests/unit/test_"$stem"@(.c) tests/unit/test_"$stem"_*.c)
        corpus=(tests/fuzz/corpus/"$name"/*)
        unconfirmed=$(awk -F '\t' -v name="$name" '$1 == name' tests/data/unconfirmed.tsv | wc -l)
        printf '%-14s %10d %22d %13d %18d\n' "$name" "$(lines "${own[@]}")" "$(outcomes "${tests[@]}")" "${#corpus[@]}" "$unconfirmed"
        counted+=("${own[@]}")
done < <(grep -oE '&driver_[a-z_]+' daemon/provider/registry.c | sed 's/&driver_//' | sort)
mapfile -t shared < <(comm -23 <(printf '%s\n' daemon/provider/*.c | sort) <(printf '%s\n' "${counted[@]}" | sort))
printf '%-14s %10d\n' '(shared)' "$(lines "${shared[@]}")"
array() { # NAME REGEX: rows of an array of the tests of all drivers
        sed -n "/$1\[\] = {/,/^}/p" tests/unit/test_every_driver.c | grep -oE "$2" | wc -l
}
printf 'each driver that speaks HTTP, besides: %d shapes of an error with each of %d statuses\n' "$(array shapes '^        ".*,$')" \
        "$(array meanings '\{[0-9]{3}, OUTCOME')"
if [[ ${1:-} == -v ]]; then
        grep -v '^#' tests/data/unconfirmed.tsv
fi
