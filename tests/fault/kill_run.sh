#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# kill_run.sh BIN [SEED [ROUNDS]]: nights of images and operations against the fake, killed with SIGKILL at ROUNDS random moments: most so many events after something reached the fake, the
# others at any time from the start on. Each is started again at once; when one comes to its end, the recipes ask for more. Films take the picture
# of their cell as reference.
#
# Unknown may be, in the end, only what the ledger had open when a kill came: an attempt of that run without a handle. An answer that the fake sent whole and the ledger does not have
# must have been sent within WINDOW_MS of a kill: between its last byte and the commit of its handle, or the rename of its reply.
bin=$1
seed=${2:-$RANDOM}
rounds=${3:-20}
window_ms=2000
run_cap=12
concurrency=4
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"
echo "seed $seed, $rounds rounds"
RANDOM=$seed

cat >"$work/prices" <<'END'
veo-3.1-generate-001 second 400000
gemini-nano-banana-2.1 image 33600
gemini-nano-banana-2.1 million_input_tokens 1500000
gemini-nano-banana-2.1 million_output_tokens 7500000
END
script_file '4% route:veo/submit operation end=failed ms=300' '3% route:veo/poll 503' '2% route:download reset body'
fake_start fake --delay-ms 10-150 --operation-ms 400-1600 --image-scale 16 --seed "$seed" --script "$work/script" --prices "$work/prices"
budget=$run_cap night_config "$fake_port" $concurrency 1
cat >>"$work/etc/pregen.yaml" <<YAML
  veo:
    driver: veo
    base_url: http://127.0.0.1:$fake_port/v1beta
    credential_file: $work/etc/key
    poll_every: 100ms
    limits: {concurrency: $concurrency}
YAML

# more: another target for every cell, and prompts that no job had before.
step=0
more() {
        step=$((step + 1))
        sed -i -e "s/^stock: .*/stock: {target: $step}/" -e "s/^  {{brand.style}}.*/  {{brand.style}} {{brand.name}}, {{hook.mood}}, step $step/" "$work/etc/recipes.d/hero.yaml"
        cat >"$work/etc/recipes.d/film.yaml" <<YAML
version: 1
recipe: film
kind: video
provider: veo
model: veo-3.1-generate-001
matrix: {brand: [acme, zenith], hook: [urgency, social-proof], category: lifestyle}
prompt: "a film of {{brand.name}}, {{hook.mood}}, step $step"
params: {seconds: 4, aspect_ratio: "9:16"}
references: [{asset: {recipe: hero}}]
stock: {target: $step}
YAML
}

# money: what the fake bills is never more than the ledger counts, nor that more than the cap of the run. Its own request marks the moment in the fake's log.
money() {
        local billed counted highest
        exec 8<>"/dev/tcp/127.0.0.1/$fake_port"
        printf 'GET /fake/invoice HTTP/1.1\r\nHost: fake\r\nConnection: close\r\n\r\n' >&8
        billed=$(grep -ao '"total_micros":[0-9]*' <&8)
        exec 8>&-
        IFS='|' read -r counted highest < <(ledger "SELECT coalesce(sum(m), 0), coalesce(max(m), 0) FROM (SELECT sum(coalesce(billed, reserved)) AS m FROM attempt GROUP BY run)")
        [ "${billed#*:}" -le "$counted" ] || fail "round $round: the fake billed ${billed#*:}, the ledger counts $counted"
        [ "$highest" -le $((run_cap * 1000000)) ] || fail "round $round: a run counts $highest, the cap is $run_cap"
}

# moment PID: returns when the night is to die.
moment() {
        local pause
        if [ $((RANDOM % 4)) -eq 0 ]; then
                printf -v pause '%d.%03d' $((RANDOM % 2)) $((RANDOM % 1000))
        else
                head -n $((RANDOM % 40 + 1)) < <(exec tail --pid="$1" -n "+$((lines + 1))" -f "$work/fake.log") >/dev/null
                printf -v pause '0.%03d' $((RANDOM % 30))
        fi
        read -r -t "$pause" <> <(:) || true
}

# night_once: one night, killed or not; its status is in $code.
night_once() {
        local dying
        lines=$(wc -l <"$work/fake.log")
        "$bin/pregend" run --quiet >"$work/out" 2>"$work/err" &
        night_pid=$!
        RANDOM=$((RANDOM + round)) # the next number is drawn here, so that the subshell's are not the same again
        moment "$night_pid" &
        dying=$!
        wait -n "$night_pid" "$dying" || true
        kill -9 "$night_pid" 2>/dev/null || true
        code=0
        wait "$night_pid" 2>/dev/null || code=$?
        kill "$dying" 2>/dev/null || true
        wait "$dying" 2>/dev/null || true
        check_traces
}

killed=0
whole=0
more
for ((round = 1; killed < rounds; round++)); do
        night_once
        case $code in
        137) killed=$((killed + 1)) ;;
        0 | 3 | 5 | 7)
                whole=$((whole + 1))
                more
                ;;
        *) cat "$work/err" >&2 && fail "round $round: a night ended with $code" ;;
        esac
        # A run killed before the one transaction that makes the library leaves a file without tables.
        [ ! -e "$work/library/library.db" ] || [ "$(ledger "SELECT count(*) FROM sqlite_master WHERE name = 'attempt'")" = 0 ] || money
done
night
case $code in 0 | 3 | 5 | 7) ;; *) cat "$work/err" >&2 && fail "the last night ended with $code" ;; esac
money
sound

# The fake's log beside the ledger: what was submitted, answered whole, and when the next kill came.
books() { # SELECT
        sqlite3 "$work/books" "ATTACH 'file:$work/library/library.db?mode=ro' AS l; $1"
}
sqlite3 "$work/books" >"$work/import" <<SQL
CREATE TABLE raw (line TEXT);
.mode ascii
.separator "\t" "\n"
.import $work/fake.log raw
CREATE TABLE event AS SELECT line ->> 'event' AS event, line ->> 'seq' AS seq, line ->> 'ms' AS ms, line ->> 'path' AS path, line ->> 'wire' AS wire, line ->> 'route' AS route,
        line ->> 'prompt' AS prompt, line ->> 'status' AS status, line ->> 'action' AS action FROM raw;
CREATE INDEX by_seq ON event (seq, event);
CREATE TABLE mark AS SELECT ms FROM event WHERE event = 'received' AND route = 'invoice';
CREATE INDEX by_ms ON mark (ms);
CREATE TABLE sold AS SELECT r.seq, r.wire, trim(r.prompt, char(10)) AS prompt, a.action, d.ms AS done_ms FROM event r JOIN event a ON a.seq = r.seq AND a.event = 'answered' AND a.status = 200
        LEFT JOIN event d ON d.seq = r.seq AND d.event = 'done' WHERE r.event = 'received' AND (r.wire = 'gemini' OR r.wire = 'veo' AND r.route = 'submit');
ATTACH 'file:$work/library/library.db?mode=ro' AS l;
CREATE TABLE paid AS SELECT a.id, a.job, a.number, a.outcome, a.run, a.provider, a.handle, trim(j.prompt, char(10)) AS prompt,
        CASE WHEN a.handle IS NOT NULL THEN CAST(substr(a.handle, instr(a.handle, '/op') + 14) AS INTEGER) WHEN a.provider = 'gemini' THEN CAST(substr(a.request_id, 2) AS INTEGER) END AS seq
        FROM l.attempt a JOIN l.job j ON j.id = a.job;
CREATE TABLE orphan AS SELECT s.*, (SELECT min(ms) FROM mark WHERE ms >= s.done_ms) - s.done_ms AS age FROM sold s WHERE seq NOT IN (SELECT seq FROM paid WHERE seq IS NOT NULL);
SQL

echo "killed $killed times, $whole nights came to their end before; $(books "SELECT sum(wire = 'gemini') || ' images answered, ' || sum(wire = 'veo') || ' operations accepted' FROM sold")"
echo "made: $(books "SELECT coalesce(sum(provider = 'gemini'), 0) || ' images, ' || coalesce(sum(provider = 'veo'), 0) || ' videos' FROM paid WHERE outcome = 'made'")"
echo "unknown: $(books "SELECT coalesce(sum(provider = 'gemini'), 0) || ' images, ' || coalesce(sum(provider = 'veo'), 0) || ' operations' FROM paid WHERE outcome = 'unknown'")"
echo "answered whole and not in the ledger: $(books "SELECT count(*) || ', sent at most ' || coalesce(max(age), 0) || ' ms before a kill' FROM orphan WHERE done_ms IS NOT NULL")"
expect "handles the fake never gave, or gave twice" "$(books "SELECT (SELECT count(*) FROM paid WHERE handle IS NOT NULL AND seq NOT IN (SELECT seq FROM sold)) + count(seq) - count(DISTINCT seq)
        FROM paid")" 0
expect "operations submitted again after their acceptance" "$(books "SELECT count(*) FROM paid p JOIN paid q ON q.job = p.job AND q.number > p.number
        WHERE p.handle IS NOT NULL AND p.outcome NOT IN ('broken', 'transient', 'rejected')")" 0
expect "handles whose end is not what the fake says" "$(books "SELECT count(*) FROM paid p JOIN sold s ON s.seq = p.seq WHERE p.handle IS NOT NULL AND (p.outcome = 'made') != (s.action = 'ok')")" 0
expect "prompts sold more often than the ledger accounts for" "$(books "SELECT count(*) FROM (SELECT prompt, count(*) AS n FROM orphan GROUP BY prompt) o
        WHERE n > (SELECT count(*) FROM paid p WHERE p.prompt = o.prompt AND p.seq IS NULL AND p.outcome = 'unknown')")" 0
expect "unknown, and the run was not killed" "$(books "SELECT count(*) FROM paid p JOIN l.run r ON r.id = p.run WHERE p.outcome = 'unknown' AND r.result != 'died'")" 0
expect "unknown with a handle" "$(books "SELECT count(*) FROM paid WHERE outcome = 'unknown' AND handle IS NOT NULL")" 0
expect "answers lost longer than $window_ms ms before a kill" "$(books "SELECT count(*) FROM orphan WHERE age > $window_ms OR age IS NULL AND done_ms IS NOT NULL")" 0
expect "jobs made twice" "$(books "SELECT count(*) FROM (SELECT job FROM paid WHERE outcome = 'made' GROUP BY job HAVING count(*) > 1)")" 0
expect "jobs left on the way" "$(ledger "SELECT count(*) FROM job WHERE state IN ('planned', 'submitting', 'running')")" 0
expect "assets beside attempts that made one" "$(assets)" "$(ledger "SELECT count(*) FROM attempt WHERE outcome = 'made'")"
expect "films without the picture of their cell" "$(ledger "SELECT count(*) FROM job AS j JOIN attempt AS t ON t.job = j.id WHERE j.recipe = 'film' AND NOT EXISTS (
        SELECT 1 FROM asset AS a JOIN job AS h ON h.id = a.job WHERE a.uid = json_extract(j.refs, '\$[0].asset') AND h.recipe = 'hero' AND h.brand = j.brand AND h.hook = j.hook)")" 0
