#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# night_locked.sh BIN: another program holds the database for longer than any call may take. The night goes on receiving what it paid for and writes it down afterwards: nothing becomes
# unknown, nothing is bought twice. (The default patience of a connection, 30 s, would have every call of this night time out.)
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"

# hold: the write lock, until release.
hold() {
        rm -f "$work/hold" "$work/held"
        mkfifo "$work/hold"
        sqlite3 "$work/library/library.db" <"$work/hold" >"$work/held" &
        holder=$!
        exec 9>"$work/hold"
        printf ".timeout 20000\nBEGIN IMMEDIATE;\nSELECT 'held';\n" >&9
        await "$work/held" held
}

release() {
        exec 9>&-
        wait "$holder"
}

# locked_night NAME: begins a night and holds the database when two requests are out; their answers come one after the other, the second one later than the first can wait. How many requests had
# left when the lock was taken is in $sent: two, or more on a machine too slow to take it in time.
locked_night() {
        name=$1
        fresh
        script_file 'n:1 delay 300' 'n:2 delay 1500'
        fake_start gemini --image-scale 8 --script "$work/script"
        timeout=3s night_config "$fake_port" 2 1
        "$bin/pregend" run >"$work/out" 2>"$work/err" &
        night_pid=$!
        started+=("$night_pid")
        await "$work/gemini.log" '"event":"received".*"seq":2,'
        hold
        sent=$(requests)
        await "$work/gemini.log" '"event":"done".*"seq":2,'
        await "$work/err" 'the ledger is locked by another program'
        read -r -t 4 <> <(:) || true # longer than the timeout of a call
}

finish() {
        code=0
        wait "$night_pid" || code=$?
        unset 'started[-1]'
        check_traces
}

locked_night "locked in the middle of a night"
want "requests while it is locked" "$(requests)" "$sent"
release
finish
want "exit code" "$code" 0
want "attempts" "$(outcomes)" made,made,made,made,made,made
want "requests" "$(requests)" 6
said 'the ledger is free again'
want "told once" "$(grep -c 'locked by another program' "$work/err")" 1
sound
echo "ok: $name"

locked_night "SIGTERM while it is locked"
kill -TERM "$night_pid"
await "$work/err" 'asked to stop'
release
finish
want "exit code" "$code" 0
want "requests" "$(requests)" "$sent"
want "attempts" "$(outcomes)" "$(printf 'made,%.0s' $(seq "$sent") | sed 's/,$//')"
sound
echo "ok: $name"
