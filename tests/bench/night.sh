#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# night.sh BIN [--items N,N...] [--concurrency C,C...] [--latency MIN-MAX] [--bytes N] [--clients NAME,...] [--repeat K] [--longest S] [--more DIR]
# How long a night takes over what the provider's latencies alone would take, beside the shapes people write in Node, on the same server. The answers are pictures
# that decode quickly, padded to --bytes (by default 1.5 MB of base64; 120 KB from 10,000 items on). A row whose ideal is longer than --longest seconds is left out.
bin=$1
shift
items=100,1000,10000 concurrency=5,15,100 latency=300-600 bytes='' clients=pregend,floor,intents,pool,batches,sequential repeat=1 longest=120
while [ $# -ge 2 ]; do
        case $1 in
        --items) items=$2 ;;
        --concurrency) concurrency=$2 ;;
        --latency) latency=$2 ;;
        --bytes) bytes=$2 ;;
        --clients) clients=$2 ;;
        --repeat) repeat=$2 ;;
        --longest) longest=$2 ;;
        --more) more=$2 ;;
        *) break ;;
        esac
        shift 2
done
[ $# -eq 0 ] || { echo "night.sh: what is '$1'?" >&2; exit 2; }
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
if ! peers_install; then
        echo "# npm or node is missing: pregend, floor and curl alone" >&2
        clients=$(tr , '\n' <<<"$clients" | grep -xE 'pregend|floor|intents|curl' | paste -sd,)
fi

header
printf '%-11s %6s %4s %8s %9s %8s %11s %11s %9s\n' client items conc ideal_s makespan over_ideal cpu_s/1000 of_children peak_MiB
low=${latency%-*} high=${latency#*-}
[ "$low" -gt 0 ] || { echo "night.sh: without a latency there is no ideal; see stored.sh" >&2; exit 2; }
for c in ${concurrency//,/ }; do
        for n in ${items//,/ }; do
                size=${bytes:-$((n >= 10000 ? 90000 : 1125000))}
                for name in ${clients//,/ }; do
                        width=$c
                        [ "$name" != sequential ] || width=1
                        if [ $((n * (low + high) / 2 / width)) -gt $((longest * 1000)) ]; then
                                printf '%-11s %6d %4d   left out: longer than %d s\n' "$name" "$n" "$c" "$longest"
                                continue
                        fi
                        : >"$work/series"
                        for ((k = 0; k < repeat; k++)); do
                                client "$name" "$n" "$c" "$size" "$latency"
                                printf '%s %s\n' "$(calc %.4f "$wall_ms / $ideal_ms")" "$wall_ms $ideal_ms $own_ms $children_ms $peak_kib" >>"$work/series"
                        done
                        # The run with the median ratio stands for all.
                        sort -n "$work/series" | sed -n "$(((repeat + 1) / 2))p" | {
                                read -r ratio wall_ms ideal_ms own_ms children_ms peak_kib
                                printf '%-11s %6d %4d %8.2f %9.2f %8.3f %11.2f %11.2f %9.1f\n' "$name" "$n" "$c" "$(calc %f "$ideal_ms / 1000")" \
                                        "$(calc %f "$wall_ms / 1000")" "$ratio" "$(calc %f "($own_ms + $children_ms) / $n")" \
                                        "$(calc %f "$children_ms / $n")" "$(calc %f "$peak_kib / 1024")"
                        }
                done
        done
done
