#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# rss.sh BIN [MORE]: the peak resident memory of pregend (itself, without the media workers) while 100 replies of 25 MB are in flight together, beside the same with 1 MB replies. Bodies
# stream to disk, so both must be alike and below TARGET_MIB. MORE: a directory with fake-provider and measure, when BIN has the installed programs only.
bin=$1
more=${2:-$1}
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"

target_mib=48
in_flight=100
image_bytes=25000000
# What pregend itself wants to see free before it buys: FREE_BYTES_MIN + FREE_BYTES_PER_CALL for each (daemon/night/state.h), and half as much again.
need_mib=$(((64 + 64 * in_flight) * 3 / 2))
have_mib=$(($(df --output=avail -k "$work" | tail -1) / 1024))
if [ "$have_mib" -lt "$need_mib" ]; then
        echo "$have_mib MiB free in '$work', $need_mib needed; set TMPDIR to a larger disk" >&2
        exit 77
fi

# peak NAME BYTES: a night of $in_flight pictures of BYTES, all answered at once after two seconds; its peak in KiB is in $peak_kib.
peak() {
        local name=$1 bytes=$2 code=0 most
        rm -rf "${work:?}/library" "${work:?}/etc"
        fake_start "$name" --image-bytes "$bytes" --image-scale 4 --delay-ms 2000
        concurrency=$in_flight timeout=300s small_config "$fake_port" $in_flight
        "$more/measure" "$work/figures" "$bin/pregend" run --quiet 2>"$work/err" || code=$?
        [ "$code" -eq 0 ] || { tail -5 "$work/err" >&2; fail "the night of $name replies ended with $code"; }
        [ "$("$bin/assetlib" query --count)" = "$in_flight" ] || fail "not all of $in_flight assets are there"
        most=$(sed -n 's/.*"in_flight":\([0-9]*\).*/\1/p' "$work/$name.log" | sort -n | tail -1)
        [ "$most" -eq "$in_flight" ] || fail "only $most requests were in flight together"
        read -r peak_kib _ <"$work/figures"
        fake_stop "$fake_pid"
}

mib() {
        awk "BEGIN { printf \"%.1f\", $1 / 1024 }"
}

over=0
for size in 1 25; do
        peak "${size}mb" $((size == 25 ? image_bytes : 1000000))
        echo "peak RSS of pregend, $in_flight x $size MB: $(mib "$peak_kib") MiB (target < $target_mib)"
        [ "$peak_kib" -lt $((target_mib * 1024)) ] || over=1
done
exit $over
