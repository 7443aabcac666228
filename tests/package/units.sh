#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# units.sh SOURCE BUILD: systemd's own tools read what is installed for it: units, user, directory, catalogue. Nothing of this machine is changed.
set -euo pipefail
source=$1 build=$2
readonly exposure_max=11 # tenths
if ! command -v systemd-analyze >/dev/null; then
        echo 'skipped: no systemd here'
        exit 77
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/pregen-units-XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
fail() {
        printf 'FAILED: %s\n' "$*" >&2
        exit 1
}

DESTDIR=$root cmake --install "$build" >/dev/null
mkdir -p "$root/etc" "$root/var/lib"
! grep -rnE '@[A-Za-z_]+@' "$root/usr/lib/systemd/system" || fail 'a template was not filled in'

# Units of ours among those of this machine, so that what they refer to is there.
units=/usr/lib/systemd/system
[[ -d $units ]] || units=/lib/systemd/system
cp -rn "$units/." "$root/usr/lib/systemd/system/"
# Complaints about other units are none of ours.
systemd-analyze verify --root="$root" --man=no --recursive-errors=no pregend.service pregend.timer >"$work/verify" 2>&1 ||
        fail "systemd-analyze verify: $(cat "$work/verify")"
! grep -E 'pregend?\.' "$work/verify" || fail 'systemd-analyze verify complains'
systemd-analyze security --root="$root" --offline=yes --threshold="$exposure_max" --no-pager pregend.service >"$work/security" 2>&1 ||
        fail "exposure: $(tail -n 1 "$work/security")"
tail -n 1 "$work/security"
systemd-analyze calendar "$(sed -n 's/^OnCalendar=//p' "$root/usr/lib/systemd/system/pregend.timer")" >/dev/null || fail 'OnCalendar='
grep -q '^ExecStartPre=-/usr/bin/pregend check$' "$root/usr/lib/systemd/system/pregend.service" || fail 'no check before the run'
# A call in flight may finish before systemd loses patience.
grace=$(sed -nE 's/.*STOP_GRACE_MS = ([0-9]+) \* 1000.*/\1/p' "$source/daemon/night/state.h")
stop=$(sed -n 's/^TimeoutStopSec=//p' "$root/usr/lib/systemd/system/pregend.service")
[[ $grace -lt $stop ]] || fail "TimeoutStopSec=$stop is not beyond the program's own ${grace}s"

systemd-sysusers --root="$root" "$root/usr/lib/sysusers.d/pregen.conf"
grep -qE '^pregen:[^:]*:[0-9]+:[0-9]+:[^:]*:/var/lib/pregen:(/usr)?/s?bin/nologin$' "$root/etc/passwd" || fail "passwd: $(cat "$root/etc/passwd")"
grep -q '^pregen:' "$root/etc/group" || fail 'no group'
if [[ $EUID -eq 0 ]]; then
        systemd-tmpfiles --root="$root" --create "$root/usr/lib/tmpfiles.d/pregen.conf"
        [[ $(stat -c %a "$root/var/lib/pregen") == 2750 ]] || fail "mode of the library: $(stat -c %a "$root/var/lib/pregen")"
fi
# systemd and tmpfiles.d must not undo each other.
[[ $(sed -n 's/^StateDirectoryMode=//p' "$root/usr/lib/systemd/system/pregend.service") == 2750 ]] || fail 'StateDirectoryMode='

# Every id of the program has its text; every text its id.
journalctl --root="$root" --update-catalog
journalctl --root="$root" --list-catalog >"$work/list"
grep -oE '"[0-9a-f]{32}"' "$source/daemon/night/events.h" | tr -d '"' | sort >"$work/events"
grep ' pregen: ' "$work/list" | cut -d' ' -f1 | sort | diff "$work/events" - >&2 || fail 'events.h and the catalogue differ'
while read -r id; do
        journalctl --root="$root" --dump-catalog "$id" >"$work/text"
        [[ $(grep -c . "$work/text") -ge 4 ]] || fail "no text for $id"
done <"$work/events"
echo "$(wc -l <"$work/events") message ids explained"
