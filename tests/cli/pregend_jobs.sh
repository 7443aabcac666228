#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# pregend_jobs.sh BIN: a job whose answer was lost is held, seen, and tried again only by a person's word given twice.
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"

status() { # COMMAND...: its exit status
        local s=0
        "$@" >"$work/out" 2>"$work/err" || s=$?
        echo "$s"
}

echo '* reset' >"$work/script"
fake_start gemini --script "$work/script"
retry_below=0 night_config "$fake_port" 1 1
expect "run with a lost answer" "$(status "$bin/pregend" run)" 7
held=$("$bin/pregend" jobs --state unknown --format csv | tail -n +2 | cut -d, -f1)
expect "jobs held" "$(wc -w <<<"$held")" 1
expect "sent so far" "$(grep -c '"event":"received"' "$work/gemini.log")" 6
expect "the next run" "$(status "$bin/pregend" run)" 7
expect "sent after the next run" "$(grep -c '"event":"received"' "$work/gemini.log")" 6
expect "retry without the word" "$(status "$bin/pregend" retry "$held")" 7
grep -q -- --accept-double-charge "$work/err" || fail "retry does not say how"
expect "retry with it" "$(status "$bin/pregend" retry "${held:0:6}" --accept-double-charge)" 0
expect "the run after that" "$(status "$bin/pregend" run)" 0
expect "sent in the end" "$(grep -c '"event":"received"' "$work/gemini.log")" 7
expect "assets" "$("$bin/assetlib" query --count)" 6
echo '* reset' >"$work/script"
fake_stop "$fake_pid"
fake_start gemini --script "$work/script"
sed -i "s,http://127.0.0.1:[0-9]*,http://127.0.0.1:$fake_port," "$work/etc/pregen.yaml"
sed -i 's/target: 1/target: 2/' "$work/etc/recipes.d/hero.yaml"
expect "one more lost answer" "$(status "$bin/pregend" run)" 7
held=$("$bin/pregend" jobs --state unknown --format csv | tail -n +2 | cut -d, -f1)
expect "cancel of one that is held" "$(status "$bin/pregend" cancel "$held")" 0
grep -q 'counts as spent' "$work/err" || fail "cancel does not say what it costs"
expect "cancel of it again" "$(status "$bin/pregend" cancel "$held")" 4
expect "cancel of nobody" "$(status "$bin/pregend" cancel ffffffffffffffff)" 4
expect "cancel of too little" "$(status "$bin/pregend" cancel abc)" 2
expect "the run after the cancel" "$(status "$bin/pregend" run)" 0
expect "retry of nothing" "$(status "$bin/pregend" retry --state unknown)" 4
expect "retry of no state" "$(status "$bin/pregend" retry --state done)" 2
expect "retry of nobody" "$(status "$bin/pregend" retry)" 2
expect "jobs in no state" "$(status "$bin/pregend" jobs --state nosuch)" 2
for verb in report status jobs "config show"; do
        # shellcheck disable=SC2086
        expect "$verb on a full disk" "$("$bin/pregend" $verb >/dev/full 2>"$work/err" || echo $?)" 1
        grep -q 'No space left' "$work/err" || fail "$verb does not say why it failed"
done

# A run that died left its number, which another program has by now, or this very one; and one that goes on, by whatever name.
state() {
        "$@" status --format json | sed -n 's/.*"state": *"\([a-z]*\)".*/\1/p'
}
sqlite3 "$work/library/library.db" "UPDATE run SET ended_ms = NULL, pid = $$ WHERE id = (SELECT max(id) FROM run)"
expect "status of another program's number" "$(state "$bin/pregend")" died
sqlite3 "$work/library/library.db" "UPDATE run SET pid = 1 WHERE id = (SELECT max(id) FROM run)"
! unshare -p -f true 2>/dev/null || expect "status of its own number" "$(state unshare -p -f "$bin/pregend")" died
fake_stop "$fake_pid"
fake_start slow --delay-ms 60000
sed -i "s,http://127.0.0.1:[0-9]*,http://127.0.0.1:$fake_port," "$work/etc/pregen.yaml"
sed -i 's/target: 2/target: 3/' "$work/etc/recipes.d/hero.yaml"
ln -s "$(realpath "$bin/pregend")" "$work/nightly"
"$work/nightly" run 2>"$work/nightly.err" &
run=$!
for ((i = 0; i < 400; i++)); do ! grep -qs '"event":"received"' "$work/slow.log" || break; sleep 0.05; done
expect "status of a run by another name" "$(state "$bin/pregend")" running
kill -9 "$run"
wait "$run" 2>/dev/null || true
expect "status after its death" "$(state "$bin/pregend")" died
