#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# kept_answers.sh BIN: a paid answer that is here but not yet on the shelf is neither lost nor bought again, whatever is wrong with the machine; and one that cannot be used any more stops no
# later night.
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"

# answer_night NAME SCRIPT-LINE [TARGET]: a fake with that script, and the one-cell configuration for it.
answer_night() {
        name=$1
        fresh
        script_file "$2"
        fake_start gemini --script "$work/script"
        small_config "$fake_port" "${3:-1}"
}

# keep NAME: ends a night with SIGKILL when its one answer is an object already, and its row not yet written: another writer holds the ledger.
keep() {
        local pid holder i
        answer_night "$1" "every * delay 700 nodraft"
        "$bin/pregend" run --quiet >"$work/out" 2>"$work/err" &
        pid=$!
        await "$work/gemini.log" '"event":"received"'
        rm -f "$work/hold"
        mkfifo "$work/hold"
        sqlite3 "$work/library/library.db" <"$work/hold" >"$work/held" &
        holder=$!
        exec 9>"$work/hold"
        printf '.timeout 5000\nBEGIN IMMEDIATE;\nSELECT 1;\n' >&9
        for ((i = 0; i < 400; i++)); do
                [ -n "$(kept_replies)" ] && [ -n "$(find "$work/library/objects" -type f)" ] && break
                read -r -t 0.05 <> <(:) || true
        done
        kill -9 "$pid"
        wait "$pid" 2>/dev/null || true
        exec 9>&-
        wait "$holder"
        object=$(find "$work/library/objects" -type f)
        if [ -z "$(kept_replies)" ] || [ -z "$object" ]; then
                fail "$name: no answer was kept"
        fi
        want "attempts" "$(outcomes)" open
}

made_of_kept() {
        sound
        want "outcomes" "$(outcomes)" made
        want "requests" "$(requests)" 1
        want "assets" "$(assets)" 1
        echo "ok: $name"
}

# The worker is broken tonight: the answer and its object stay where they are, and verify finds nothing wrong with them.
keep "kept without a worker"
PREGEN_MEDIA=/bin/false night
want "exit" "$code" 1
said "media worker '/bin/false' does not work"
[ -e "$object" ] || fail "$name: the object was moved away"
"$bin/assetlib" verify --repair >"$work/verify" || fail "$name: verify: $(cat "$work/verify")"
[ -e "$object" ] || fail "$name: verify moved the object away"
night
want "exit" "$code" 0
made_of_kept

# The provider has another name in the settings since.
keep "kept and renamed"
sed -i 's/^  gemini:/  other:/' "$work/etc/pregen.yaml"
sed -i 's/^provider: .*/provider: other/' "$work/etc/recipes.d/hero.yaml"
night
want "exit" "$code" 0
made_of_kept

# Its recipe is gone, and so is the key.
keep "kept without recipe and key"
rm "$work/etc/recipes.d/hero.yaml" "$work/etc/key"
night
made_of_kept

# Its bytes are gone: that one answer is lost, and said to be; the cell is filled anew, and no later night speaks of it.
keep "kept and lost"
rm -f "$object"
night
want "exit" "$code" 3
said "TORN"
want "outcomes" "$(outcomes)" broken,made
night
want "exit" "$code" 0
sound
echo "ok: $name"

# Its bytes are others than were received, as after a power cut; the picture still decodes.
keep "kept and torn"
payload=$(grep -oE '"sha256": ?"[0-9a-f]{64}"' "$work/library/spool/replies" | grep -n "$(basename "$object" .png)" | cut -d: -f1)
payload=$work/library/spool/1.$((payload - 1))
mv -f "$object" "$payload"
chmod u+w "$payload"
echo torn >>"$payload"
night
want "exit" "$code" 3
said "not what was received"
want "outcomes" "$(outcomes)" broken,made
sound
echo "ok: $name"

# What lies about in the library keeps no night from its work.
answer_night "bought beside a mess" "every * ok"
mkdir -p "$work/library/objects/a/b/c/d/e"
night
want "exit" "$code" 0
said "is nested too deep"
want "assets" "$(assets)" 1
echo "ok: $name"

# A worker that does not work: nothing is bought that nobody could look at.
answer_night "bought for no worker" "every * ok" 3
PREGEN_MEDIA=/bin/false night
want "exit" "$code" 1
want "requests" "$(requests)" 0
want "states" "$(states)" cancelled,cancelled,cancelled
sound
echo "ok: $name"

# The ledger takes no assets from the middle of the night on: nothing more is bought, what is in flight comes home, and the next night has all of it.
concurrency=2 answer_night "ledger refuses" "every * delay 1000 ok" 9
"$bin/pregend" run --quiet >"$work/out" 2>"$work/err" &
pid=$!
await "$work/gemini.log" '"event":"received"'
sqlite3 -cmd '.timeout 5000' "$work/library/library.db" "CREATE TRIGGER no BEFORE INSERT ON asset BEGIN SELECT RAISE(ABORT, 'no assets today'); END"
code=0
wait "$pid" || code=$?
want "exit" "$code" 1
said "no assets today"
[ "$(requests)" -lt 9 ] || fail "$name: all of them were bought"
want "open" "$(ledger "SELECT count(*) FROM attempt WHERE outcome = 'open'")" "$(requests)"
sqlite3 "$work/library/library.db" "DROP TRIGGER no"
night
want "exit" "$code" 0
want "assets" "$(assets)" 9
want "requests" "$(requests)" 9
sound
echo "ok: $name"
