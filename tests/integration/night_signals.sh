#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# night_signals.sh BIN: SIGTERM and SIGINT in the middle of a night, two nights at once, and a library that cannot be used. Nothing waits by the clock: the fake's log says when.
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"
key=canary-$RANDOM-$RANDOM-never-to-be-seen

# night_of NAME ARGS-OF-THE-FAKE...: six jobs, two at a time.
night_of() {
        name=$1
        shift
        fresh
        fake_start gemini --image-scale 8 "$@"
        night_config "$fake_port" 2 1
}

# begin ARGS...: a night in the background, awaited by finish(). It starts a program of its own process group, with the usual reaction to SIGINT, which a shell would take from it.
begin() {
        setsid "$bin/pregend" run "$@" >"$work/out" 2>"$work/err" &
        night_pid=$!
        started+=("$night_pid")
}

finish() {
        code=0
        wait "$night_pid" || code=$?
        unset 'started[-1]'
        check_traces
}

passed() {
        sound
        echo "ok: $name"
}

stopped() { # SIGNAL CODE: what is in flight is finished, nothing new is sent, the next night makes the rest
        begin
        await "$work/gemini.log" '"event":"received".*"seq":2,'
        kill "-$1" "$night_pid"
        finish
        want "exit code" "$code" "$2"
        want "result" "$(ledger 'SELECT result FROM run ORDER BY id DESC LIMIT 1')" stopped
        want "assets" "$(assets)" "$(requests)"
        want "requests" "$(($(requests) >= 2 && $(requests) < 6))" 1
        said 'calls in flight are finished'
        passed
        name="$name, the next night"
        night
        want "exit code" "$code" 0
        want "assets" "$(assets)" 6
        want "requests" "$(requests)" 6
        passed
}

night_of "SIGTERM" --delay-ms 700
stopped TERM 0

night_of "SIGINT" --delay-ms 700
stopped INT 130

# The second one leaves at once: what was in flight is unknown to the next night, and counted.
script_file '2x * hang'
night_of "SIGINT twice" --script "$work/script"
begin
await "$work/gemini.log" '"event":"received".*"seq":2,'
kill -INT "$night_pid"
await "$work/err" 'once more to leave at once'
kill -INT "$night_pid"
finish
want "exit code" "$code" 130
want "attempts" "$(outcomes)" open,open
name="SIGINT twice, the next night"
night
want "exit code" "$code" 0
want "assets" "$(assets)" 6
want "lost and counted" "$(ledger "SELECT count(*) FROM attempt WHERE outcome = 'unknown' AND billed = reserved")" 2
passed

night_of "two nights at once" --delay-ms 2000
begin
await "$work/gemini.log" '"event":"received"'
code=0
"$bin/pregend" run >"$work/out2" 2>"$work/err2" || code=$?
want "exit code of the second" "$code" 75
grep -q 'another run is in progress' "$work/err2" || fail "$name: nobody was told: $(cat "$work/err2")"
"$bin/pregend" run --wait >"$work/out2" 2>"$work/err2" || fail "$name: the one that waited ended with $?"
grep -q 'waiting for its end' "$work/err2" || fail "$name: it did not say that it waits"
grep -q 'full, nothing to make' "$work/out2" || fail "$name: it did not find the shelf full: $(cat "$work/out2")"
finish
want "exit code of the first" "$code" 0
want "assets" "$(assets)" 6
want "requests" "$(requests)" 6
passed

night_of "a library newer than the program"
night
sqlite3 "$work/library/library.db" 'PRAGMA user_version = 9999'
before=$(requests)
night
want "exit code" "$code" 1
want "requests" "$(requests)" "$before"
said 'newer'
echo "ok: $name"

night_of "no media worker"
PREGEN_MEDIA=/nonexistent/pregen-media night
want "exit code" "$code" 1
want "requests" "$(requests)" 0
said "media worker '/nonexistent/pregen-media'.*No such file"
passed

# As somebody who may read the programs and their data, wherever these lie, and not write the library.
unprivileged=(setpriv --reuid 65534 --regid 65534 --clear-groups)
if [ "$(id -u)" -eq 0 ] && "${unprivileged[@]}" "$bin/pregend" --version >/dev/null 2>&1; then
        night_of "a library directory that is not writable"
        chmod 755 "$work"
        mkdir -m 755 "$work/library" "$work/data"
        install -m 644 "$source"/config/*.yaml "$work/data"
        chown -R 65534 "$work/etc"
        code=0
        PREGEN_DATA=$work/data "${unprivileged[@]}" "$bin/pregend" run >"$work/out" 2>"$work/err" || code=$?
        want "exit code" "$code" 1
        want "requests" "$(requests)" 0
        said "$work/library.*(Permission denied|not writable)"
        echo "ok: $name"
fi
