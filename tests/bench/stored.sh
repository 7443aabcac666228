#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# stored.sh BIN [ITEMS] [CONCURRENCY] [BYTES] [REPEAT]: how many pictures a second a night stores when the provider answers at once, over what `curl --parallel` takes
# down as raw JSON, neither decoded nor hashed nor synced; beside it floor.c, the least that stores durably, and the p-limit pool, which decodes and writes but does not sync. Medians of REPEAT rounds.
bin=$1
items=${2:-1000} concurrency=${3:-15} bytes=${4:-1125000} repeat=${5:-3}
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
clients=(curl floor pregend)
! peers_install || clients+=(pool)

header
for ((k = 0; k < repeat; k++)); do # in turn, so that what else the machine does falls on all
        for name in "${clients[@]}"; do
                client "$name" "$items" "$concurrency" "$bytes" 0-0
                echo "$wall_ms" >>"$work/$name.wall"
                echo $((own_ms + children_ms)) >>"$work/$name.cpu"
                echo "$own_ms" >>"$work/$name.own"
        done
done
base=$(median <"$work/curl.wall")
printf '%-8s %9s %8s %11s %11s\n' client items/s of_curl cpu_s/1000 of_itself
for name in "${clients[@]}"; do
        wall=$(median <"$work/$name.wall")
        printf '%-8s %9.1f %8.3f %11.2f %11.2f\n' "$name" "$(calc %f "$items * 1000 / $wall")" "$(calc %f "$base / $wall")" \
                "$(calc %f "$(median <"$work/$name.cpu") / $items")" "$(calc %f "$(median <"$work/$name.own") / $items")"
done
