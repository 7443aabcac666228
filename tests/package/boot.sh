#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# boot.sh SOURCE: installs the release build into an overlay of this machine's root, boots it under a real systemd, lets the timer fire, and looks at what came of it: the unit's
# result, the journal, the shelf as an unprivileged member of the library's group sees it, the credential, the exposure of the unit, and the manual's command as a provider
# within the unit's walls.
# Needs root, overlayfs and systemd-nspawn; else it is skipped.
set -euo pipefail

source=$1 build=$2
skip() {
        echo "skipped: $*"
        exit 77
}
fail() {
        echo "FAILED: $*" >&2
        [ ! -f "$work/up/results/journal" ] || tail -n 60 "$work/up/results/journal" >&2
        exit 1
}
[ "$(id -u)" = 0 ] || skip "needs root"
command -v systemd-nspawn >/dev/null || skip "needs systemd-container"
[ -d /sys/fs/cgroup ] && mountpoint -q /sys/fs/cgroup || skip "needs control groups"

work=$(mktemp -d "${TMPDIR:-/var/tmp}/pregen-boot-XXXXXX")
cleanup() {
        umount "$work/root" 2>/dev/null || true
        rm -rf "$work"
}
trap cleanup EXIT
mkdir "$work/up" "$work/wk" "$work/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/up,workdir=$work/wk" "$work/root" 2>/dev/null || skip "no overlayfs"
root=$work/root

DESTDIR=$root cmake --install "$build" >/dev/null
journalctl --root="$root" --update-catalog # what installing a package does

# The demo's recipes as the configuration, the timer brought forward, a canary as the key of a provider.
mkdir -p "$root/etc/pregen" "$root/etc/credstore" "$root/results"
cp -r "$source"/config/demo/*.d "$source/config/demo/logos" "$root/etc/pregen/"
cp "$source/config/demo/pregen.yaml" "$root/etc/pregen/pregen.yaml"
sed -i 's|^library:.*|library: /var/lib/pregen|' "$root/etc/pregen/pregen.yaml"
echo canary-3f9a7c >"$root/etc/credstore/gemini-api-key"
chmod 0600 "$root/etc/credstore/gemini-api-key"
# The manual's command as a provider, as it stands there; and one that tries the walls.
block() { # FIRST: the literal block of the manual that begins with this line
        awk -v first="$1" '$0 == "```" { inside = !inside; at = 0; next } inside && ++at == 1 { mine = $0 == first } inside && mine' \
                "$source/daemon/man/pregen.yaml.5.scd"
}
mkdir -p "$root/usr/local/lib/pregen" "$root/srv/photos" "$root/home/studio"
echo secret >"$root/home/studio/plan"
base64 -d >"$root/srv/photos/one.png" <<'PNG'
iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==
PNG
block '#!/bin/sh' >"$root/usr/local/lib/pregen/shelf"
cat >"$root/usr/local/lib/pregen/walls" <<'SH'
#!/bin/sh
touch /usr/local/lib/pregen/mine && echo 'wrote to /usr' >said.txt
cat /home/studio/plan && echo 'read /home' >said.txt
[ "$(id -un)" = pregen ] && [ "$(ulimit -v)" = 1048576 ] && touch /tmp/mine && [ -w . ] || echo 'has less than it should' >said.txt
[ -f said.txt ] || echo '{"variants": ["Within the walls"]}'
SH
chmod 0755 "$root/usr/local/lib/pregen"/*
block '  shelf:' >>"$root/etc/pregen/pregen.yaml"
echo '  walls: {driver: exec, exec: {command: [/usr/local/lib/pregen/walls], environment: [PATH], memory_mib: 1024}}' >>"$root/etc/pregen/pregen.yaml"
for which in shelf:image walls:text; do
        printf '%s\n' 'version: 1' "recipe: ${which%:*}" "kind: ${which#*:}" "provider: ${which%:*}" 'model: shelf' 'prompt: one' 'stock: {target: 1}' \
                'matrix: {brand: acme, hook: urgency, category: lifestyle}' >"$root/etc/pregen/recipes.d/${which%:*}.yaml"
done
echo 'variants: 1' >>"$root/etc/pregen/recipes.d/walls.yaml"
printf '%s\n' 'version: 1' 'prices:' '  - {driver: exec, model: shelf, unit: call, usd: 0, as_of: 2026-11-22, source: own}' >"$root/etc/pregen/prices.yaml"
rm -rf "$root/var/lib/pregen" "$root/var/log/journal" "$root/etc/machine-id"
: >"$root/etc/machine-id" # empty: a machine without a name yet, but no first boot
mkdir -p "$root/var/log/journal"
# Of this machine's own services only what the night needs comes up, and nobody waits for a network that is not there.
for unit in systemd-networkd-wait-online NetworkManager-wait-online networking ifupdown-wait-online; do
        ln -sf /dev/null "$root/etc/systemd/system/$unit.service"
done
cat >"$root/etc/systemd/system/night.target" <<'UNIT'
[Unit]
Requires=sysinit.target dbus.socket pregend.timer
After=sysinit.target dbus.socket
UNIT
mkdir -p "$root/etc/systemd/system/pregend.timer.d" "$root/etc/systemd/system/pregend.service.d"
cat >"$root/etc/systemd/system/pregend.timer.d/now.conf" <<'UNIT'
[Timer]
OnCalendar=
OnBootSec=1s
RandomizedDelaySec=0
AccuracySec=1ms
UNIT
cat >"$root/etc/systemd/system/pregend.service.d/then.conf" <<'UNIT'
[Unit]
OnSuccess=look.service
OnFailure=look.service
UNIT
cat >"$root/etc/systemd/system/look.service" <<'UNIT'
[Unit]
Description=Look at what the night left
[Service]
Type=oneshot
ExecStart=/results/look
ExecStopPost=systemctl exit 0
UNIT
cat >"$root/results/look" <<'LOOK'
#!/bin/bash
cd /results
systemctl show pregend.service -p Result -p ExecMainStatus -p ExecMainCode -p NRestarts >unit
systemctl show pregend.timer -p LastTriggerUSec -p Unit >timer
journalctl --sync; journalctl --no-pager -o short -u pregend.service >journal
journalctl --no-pager -o export -u pregend.service >export
journalctl --no-pager -x -u pregend.service >explained
pregend jobs -n 0 --format json >jobs.json
systemd-analyze security --no-pager pregend.service | tail -n 1 >exposure
groupadd -f pregen; useradd -M -G pregen marketer
setpriv --reuid=marketer --regid=nogroup --init-groups assetlib --library /var/lib/pregen query --format json >query.json 2>query.err
echo $? >query.status
setpriv --reuid=nobody --regid=nogroup --clear-groups assetlib --library /var/lib/pregen query >stranger 2>&1
echo $? >stranger.status
setpriv --reuid=marketer --regid=nogroup --init-groups bash -c 'f=$(assetlib --library /var/lib/pregen query --kind image --limit 1 --format path) && head -c 8 "$f" | od -An -tx1' >bytes 2>&1
ls -la /var/lib/pregen >tree
LOOK
chmod +x "$root/results/look"

timeout 120 systemd-nspawn -q --directory="$root" --boot --register=no --keep-unit --private-network --link-journal=no \
        systemd.unit=night.target >"$work/console" 2>&1 </dev/null || true
r=$root/results
[ -f "$r/unit" ] || { tail -n 200 "$work/console" >&2; fail "the timer did not start the unit"; }

grep -q '^Result=success' "$r/unit" || fail "the unit ended: $(tr '\n' ' ' <"$r/unit")"
grep -q '^ExecMainStatus=0' "$r/unit" || fail "exit status: $(tr '\n' ' ' <"$r/unit")"
grep -Eq '^LastTriggerUSec=.+' "$r/timer" || fail "the timer did not fire"
echo "timer fired, unit succeeded: $(tr '\n' ' ' <"$r/unit")"
[ "$(cat "$r/query.status")" = 0 ] || fail "a member of the group could not query: $(cat "$r/query.err")"
n=$(grep -o '"id":' "$r/query.json" | wc -l)
[ "$n" -ge 24 ] || fail "only $n assets on the shelf"
echo "a member of the library's group sees $n assets"
grep -qi '89 50 4e 47' "$r/bytes" || fail "an asset's file could not be read: $(cat "$r/bytes")"
for recipe in shelf walls; do
        grep -q "made job [0-9a-f]* ($recipe: " "$r/journal" || fail "the command '$recipe' did not do its work: $(grep " $recipe" "$r/journal" | tail -n 3)"
done
echo "commands as providers run within the unit's walls"
jobs=$(grep -oE '"job": ?"[0-9a-f]{16}"' "$r/jobs.json" | grep -oE '[0-9a-f]{16}')
for job in ${jobs:?}; do
        grep -q "made job $job " "$r/journal" || fail "the journal does not tell what became of job $job"
done
echo "the journal tells what became of each of $(wc -w <<<"$jobs") jobs"
[ "$(cat "$r/stranger.status")" = 1 ] || fail "a stranger read the library: $(head -n 3 "$r/stranger")"
grep -q '^PREGEN_RUN=1' "$r/export" || fail "no structured fields in the journal"
grep -q '^MESSAGE_ID=61e4fba6ecb2467e95687f879b645c81' "$r/export" || fail "no message ids in the journal"
grep -q 'pregend report 1' "$r/explained" || fail "the catalogue does not explain the run's end"
! grep -rqa canary-3f9a7c "$r" "$root/var/lib/pregen" "$root/var/log/journal" 2>/dev/null || fail "the key leaked"
exposure=$(grep -Eo '[0-9]+\.[0-9]+' "$r/exposure" | head -n 1)
echo "exposure of pregend.service: $exposure"
awk -v e="$exposure" 'BEGIN { exit !(e <= 1.1) }' || fail "exposure above 1.1"
grep 'run 1 ended' "$r/journal"
