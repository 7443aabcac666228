#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# cost.sh BIN [N...]: what one item of a night costs the disk, for nights of N items (100, 1000, 10000): transactions, syncs and bytes written to the database and its
# log, counted by strace. Bounded means: the rows are alike. Pictures of 90 KB, 15 calls at a time, answers after 20-40 ms.
bin=$1
shift
sizes=("${@:-100}")
[ $# -gt 0 ] || sizes=(100 1000 10000)
# shellcheck source=tests/bench/lib.sh
. "$(dirname "$0")/lib.sh"
command -v strace >/dev/null || { echo "skipped: strace is not installed" >&2; exit 77; }

# A line of strace -f -y: PID call(3</path>, ...) = result. Planning and the end of the night are counted in.
count() {
        awk -v n="$1" '
        / fdatasync\(.*library\.db-wal>/ { commits++ }
        / (fsync|fdatasync)\(.*library\.db>/ { checkpoints++ }
        / fsync\(.*\/spool\// { files++ }
        / fsync\(.*\/objects/ { directories++ }
        / pwrite64\(.*library\.db(-wal)?>.* = [0-9]+$/ { bytes += $NF; writes++ }
        END { printf "%7d %12.2f %11.2f %11.2f %12.2f %11.1f %11.3f\n", n, commits / n, files / n, directories / n, writes / n, bytes / n / 1024, checkpoints / n }' "$2"
}

header
printf '%7s %12s %11s %11s %12s %11s %11s\n' items commits file_syncs dir_syncs db_writes db_KiB db_syncs
for n in "${sizes[@]}"; do
        rm -f "$work/fake.log"
        bin=$more fake_start fake --image-bytes 90000 --image-scale 4 --delay-ms 20-40 --seed 7
        bench_config "$n" 15
        strace -f -y -qq -e trace=fsync,fdatasync,pwrite64 -o "$work/trace" "$bin/pregend" run --quiet 2>"$work/err" ||
                { tail -5 "$work/err" >&2; fail "the night of $n ended badly"; }
        fake_stop "$fake_pid"
        count "$n" "$work/trace"
done
