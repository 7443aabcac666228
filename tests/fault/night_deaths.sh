#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# night_deaths.sh BIN: media workers that die or never work, and a night killed while it holds answers. What was paid is kept, and a night ends in any case.
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"
key=canary-$RANDOM-$RANDOM-never-to-be-seen

night_of() {
        name=$1
        shift
        fresh
        fake_start gemini --image-scale 8 "$@"
        night_config "$fake_port" 3 1
}

begin() {
        "$bin/pregend" run "$@" >"$work/out" 2>"$work/err" &
        night_pid=$!
        started+=("$night_pid")
}

finish() {
        code=0
        wait "$night_pid" || code=$?
        unset 'started[-1]'
        check_traces
}

workers() { # SIGNAL: to the media workers of the night, and to nobody else
        local pid
        for pid in $(pgrep -P "$night_pid" pregen-media); do
                kill "-$1" "$pid" 2>/dev/null || true
        done
}

passed() {
        sound
        echo "ok: $name: $(requests) requests"
}

# No worker that works: known before anything is bought.
night_of "a worker that always dies"
printf '#!/bin/sh\nexit 1\n' >"$work/dies"
chmod 755 "$work/dies"
PREGEN_MEDIA=$work/dies night
want "exit code" "$code" 1
said "media worker.*dies"
want "requests" "$(requests)" 0
passed

# It worked when the night began; then it dies, each time. What was in flight is kept, not bought again.
night_of "a worker that begins to die" --delay-ms 700
printf '#!/bin/sh\n[ ! -e "%s/die" ] || exit 1\nexec "%s/pregen-media" "$@"\n' "$work" "$bin" >"$work/dies"
PREGEN_MEDIA=$work/dies begin
await "$work/gemini.log" '"event":"received".*"seq":3,'
touch "$work/die"
workers KILL
finish
want "exit code" "$code" 1
want "requests" "$(($(requests) <= 6))" 1
bought=$(requests)
kept=$(ledger "SELECT count(*) FROM attempt WHERE outcome = 'open'")
lost=$(ledger "SELECT count(*) FROM attempt WHERE outcome = 'broken'")
said 'nothing more is bought tonight'
rm "$work/die"
name="a worker that works again"
night
want "exit code" "$code" 0
want "assets" "$(assets)" 6
want "requests" "$(requests)" $((6 + lost))
want "answers lost" "$lost" 0
echo "ok: $bought bought before, $kept kept, $lost lost"
passed

# All workers killed once: nothing is bought again for it.
night_of "a worker killed once" --delay-ms 300
begin
await "$work/gemini.log" '"event":"received".*"seq":4,'
workers KILL
finish
want "exit code" "$code" 0
want "assets" "$(assets)" 6
want "requests" "$(requests)" 6
passed

# Killed while answers wait for a worker, which is stopped: the next night goes on from them and buys none again.
night_of "killed with answers in the spool" --delay-ms 500
begin
await "$work/gemini.log" '"event":"received".*"seq":3,'
workers STOP
mkfifo "$work/never"
exec 9<>"$work/never"
for ((i = 0; i < 400; i++)); do
        safe=$({
                kept_replies
                ledger "SELECT id FROM attempt WHERE outcome = 'made'"
        } | sort -u | wc -l)
        [ "$safe" -lt 6 ] || break
        read -r -t 0.05 -u 9 || true
done
kill -KILL "$night_pid"
workers KILL
finish 2>/dev/null
want "exit code" "$code" 137
want "attempts that are neither open nor made" "$(ledger "SELECT count(*) FROM attempt WHERE outcome NOT IN ('open', 'made')")" 0
name="the night after it"
night
want "exit code" "$code" 0
want "assets" "$(assets)" 6
want "requests" "$(requests)" 6
want "unknown" "$(ledger "SELECT count(*) FROM attempt WHERE outcome = 'unknown'")" 0
said 'its answer was kept from the last run'
passed
