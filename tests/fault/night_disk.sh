#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# night_disk.sh BIN: a library on a disk that is full, or fills up in the middle of a night. Nothing is bought that could not be kept, no row lies, and after room is made the next night
# goes on from every answer that was kept: what was answered is never more than the ledger accounts for. Needs to mount a tmpfs, in a mount namespace of its own.
bin=$1
if [ -z "${NIGHT_DISK_OWN_MOUNTS:-}" ]; then
        NIGHT_DISK_OWN_MOUNTS=1 unshare --mount true 2>/dev/null || {
                echo "skipped: no mount namespace for '$(id -un)'"
                exit 77
        }
        NIGHT_DISK_OWN_MOUNTS=1 exec unshare --mount "$0" "$@"
fi
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"
trap 'umount -l "$work/library" 2>/dev/null || true; cleanup' EXIT

disk() { # SIZE: an empty disk of that size for the library
        umount -l "$work/library" 2>/dev/null || true
        fresh
        mkdir "$work/library"
        mount -t tmpfs -o "size=$1" night "$work/library" 2>/dev/null || {
                echo "skipped: a tmpfs cannot be mounted"
                exit 77
        }
}

# accounted: every request answered whole belongs to a job that is done, or to an attempt the ledger counts as paid.
accounted() {
        local n paid
        n=$(answered gemini)
        paid=$(ledger "SELECT count(*) FROM attempt WHERE billed > 0")
        [ "$n" -le "$paid" ] || fail "$name: $n answered, the ledger has $paid paid attempts"
}

name="a full disk"
disk 80m
fake_start gemini --image-scale 8
night_config "$fake_port" 4 1
night
want "exit code" "$code" 1
want "requests" "$(requests)" 0
said 'nothing more is bought tonight: [0-9]+ MiB are free in .*free some space and run again'
sound
echo "ok: $name"

name="a disk that fills with the pictures themselves"
disk 200m
fake_start gemini --image-scale 8 --image-bytes 60000000
night_config "$fake_port" 4 1
night
want "exit code" "$code" 1
said 'nothing more is bought tonight'
"$bin/assetlib" verify >"$work/verify" 2>&1 || fail "$name: $(cat "$work/verify")"
mount -o remount,size=1g "$work/library"
night
want "exit code" "$code" 0
want "assets" "$(assets)" 6
accounted
sound
echo "ok: $name: $(answered gemini) answered, $(ledger "SELECT count(*) FROM attempt WHERE outcome IN ('broken', 'unknown')") lost"

# All room but a little is taken away while calls are in flight: then the reply, the picture, the object or the ledger's own page does not fit any more.
for room in 0 24 72 160 400; do
        name="a disk of which $room KiB are left in the middle"
        disk 300m
        fake_start gemini --image-scale 4 --delay-ms 500
        night_config "$fake_port" 3 1
        "$bin/pregend" run >"$work/out" 2>"$work/err" &
        night_pid=$!
        started+=("$night_pid")
        await "$work/gemini.log" '"event":"received".*"seq":3,'
        until free=$(df --output=avail -k "$work/library" | tail -1) && # the night may write in between
                fallocate -l $(((free > room ? free - room : 1) * 1024)) "$work/library/filler" 2>/dev/null; do :; done
        code=0
        wait "$night_pid" || code=$?
        check_traces
        before=$(answered gemini)
        kept=$(ledger "SELECT count(*) FROM attempt WHERE outcome = 'open'")
        [ "$code" -eq 1 ] || [ "$(assets)" -eq 3 ] || want "exit code" "$code" 1
        rm "$work/library/filler"
        night
        want "exit code" "$code" 0
        want "assets" "$(assets)" 6
        accounted
        sound
        lost=$(ledger "SELECT count(*) FROM attempt WHERE outcome IN ('broken', 'unknown')")
        want "bought again" "$(($(answered gemini) - 6))" "$lost"
        echo "ok: $name: $before answered, $kept replies kept, $lost lost"
done
