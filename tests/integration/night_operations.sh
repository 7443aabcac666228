#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# night_operations.sh BIN: operations and the end of a run. SIGTERM finds one submitted, accepted, being asked for, being fetched; one does not end; a result is stale, gone, or soon lost. Whatever
# happens, the next run goes on, nothing is bought twice, and the ledger has what the invoice has.
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"

echo 'veo-3.1-generate-001 second 400000' >"$work/prices"

# night_of NAME SCRIPT-LINES...: one operation, asked for ten times a second.
night_of() {
        name=$1
        shift
        fresh
        script_file "$@"
        fake_start google --script "$work/script" --image-scale 16 --prices "$work/prices" --invoice "$work/invoice"
        night_config "$fake_port" 1 1
        rm "$work/etc/recipes.d/hero.yaml"
        cat >>"$work/etc/pregen.yaml" <<YAML
  film: {driver: veo, base_url: "http://127.0.0.1:$fake_port/v1beta", credential_file: $work/etc/key, poll_every: 100ms}
YAML
        cat >"$work/etc/recipes.d/film.yaml" <<YAML
version: 1
recipe: film
kind: video
provider: film
model: veo-3.1-generate-001
matrix: {brand: acme, hook: urgency, category: demo}
prompt: "a kettle"
params: {seconds: 4, aspect_ratio: "9:16"}
stock: {target: 1}
YAML
}

# stopped_at EVENT: a run that gets SIGTERM as soon as the fake's log has the event.
stopped_at() {
        "$bin/pregend" run >"$work/out" 2>"$work/err" &
        night_pid=$!
        started+=("$night_pid")
        await "$work/google.log" "$1"
        kill -TERM "$night_pid"
        code=0
        wait "$night_pid" || code=$?
        unset 'started[-1]'
        check_traces
        want "exit code after SIGTERM" "$code" 0
}

asked() { # ROUTE: requests of it
        grep '"event":"received"' "$work/google.log" | grep -c "\"route\":\"$1\"" || true
}

passed() { # made once, paid once
        want "exit code" "$code" 0
        want "attempts" "$(outcomes)" made
        want "assets" "$(assets)" 1
        want "submitted" "$(asked submit)" 1
        sound
        fake_stop "$fake_pid"
        want "billed by the ledger" "$(ledger 'SELECT sum(billed) FROM attempt')" "$(grep -o '"total_micros":[0-9]*' "$work/invoice" | grep -o '[0-9]*')"
        echo "ok: $name"
}

night_of "SIGTERM: submitted" 'route:submit delay 700'
stopped_at '"event":"received".*"route":"submit"'
want "the handle is kept" "$(states) $(ledger 'SELECT handle IS NOT NULL FROM attempt')" "running 1"
night
passed

night_of "SIGTERM: accepted" 'route:submit operation ms=1500'
stopped_at '"event":"done","ms":[0-9]*,"seq":2,'
want "it is left" "$(states)" running
night
passed

night_of "SIGTERM: asked for" 'route:submit operation ms=1500' 'route:poll delay 700'
stopped_at '"event":"received".*"route":"poll"'
want "it is left" "$(states)" running
night
passed

night_of "SIGTERM: fetched" 'route:download delay 700'
stopped_at '"event":"received".*"route":"download"'
night
want "downloads" "$(($(asked download) <= 2))" 1
passed

night_of "a stale address: asked for once more" 'route:download error 403 PERMISSION_DENIED expired'
night
want "downloads" "$(asked download)" 2
passed

night_of "a result that is gone" 'every route:download error 404 NOT_FOUND gone'
night
want "downloads" "$(asked download)" 2
want "what the ledger says" "$(ledger 'SELECT reason FROM attempt' | sed 's/20[0-9T:-]*Z/WHEN/')" \
        'the result could not be fetched: HTTP status 404; it was made after WHEN, and such results are kept for 2d only; has the provider another address or key now?'
night
want "it is held, and not bought again" "$code $(states) $(outcomes) $(asked submit)" "7 unknown unknown 1"
fake_stop "$fake_pid"
echo "ok: $name"

# Veo keeps a result for two days, Runway for one.
night_of "what may be lost first is asked for first" 'every route:submit operation ms=1500'
cat >>"$work/etc/pregen.yaml" <<YAML
  still: {driver: runway, base_url: "http://127.0.0.1:$fake_port/v1", credential_file: $work/etc/key, poll_every: 2s}
YAML
sed 's/film/still/; s/^kind: .*/kind: image/; s/^model: .*/model: gen4_image/; s/^params: .*/params: {aspect_ratio: "1280:720"}/' \
        "$work/etc/recipes.d/film.yaml" >"$work/etc/recipes.d/still.yaml"
"$bin/pregend" run >"$work/out" 2>"$work/err" &
night_pid=$!
started+=("$night_pid")
await "$work/google.log" '"event":"done","ms":[0-9]*,"seq":2,'
await "$work/google.log" '"event":"done","ms":[0-9]*,"seq":3,'
kill -TERM "$night_pid"
wait "$night_pid" || fail "$name: exit code $?"
unset 'started[-1]'
want "both are left" "$(states)" running,running
before=$(wc -l <"$work/google.log")
night
first=$(tail -n "+$((before + 1))" "$work/google.log" | grep -om 1 '"event":"received".*"pattern":"[^"]*"' | sed 's/.*"pattern":"//')
want "asked for first" "$first" '/v1/tasks/{}"'
want "made" "$(outcomes)" made,made
sound
fake_stop "$fake_pid"
echo "ok: $name"

# It is left to every next run, and each of these ends: outside of the window when its grace is over.
night_of "it does not end" 'route:submit operation ms=2000000000'
stopped_at '"event":"done","ms":[0-9]*,"seq":2,'
echo "window: {until: \"$(date -d '1 minute ago' +%H:%M)\", grace: 1s}" >>"$work/etc/pregen.yaml"
before=$(asked poll)
night_seconds=20 night
want "it is left again" "$(states) $(outcomes)" "running open"
want "submitted" "$(asked submit)" 1
want "asked for" "$(($(asked poll) > before))" 1
want "it counts" "$(ledger 'SELECT reserved FROM attempt')" 1600000
echo "ok: $name: exit code $code"

# Its provider has another name in the settings: that is another account, which is not asked. It is spoken of every night, and a person may give it up.
name="its provider is gone"
job=$("$bin/pregend" jobs --format jsonl | sed -n 's/.*"job":"\([0-9a-f]*\)".*/\1/p')
sed -i 's/^  film:/  other:/; /^window:/d' "$work/etc/pregen.yaml"
rm "$work/etc/recipes.d/film.yaml"
before=$(asked poll)
night_seconds=20 night
said "job $job .*at 'film' \(veo\), a provider that is not in the settings any more; put it back, by that name, or .pregend cancel. the job"
want "it stays" "$(states)" running
want "the other is asked" "$(($(asked poll) - before))" 0
"$bin/pregend" cancel "$job"
night
said "job $job .*cannot be asked, so that it counts as spent"
want "it is closed" "$(states) $(outcomes) $(ledger 'SELECT billed FROM attempt')" "failed unknown 1600000"
sound
echo "ok: $name"

# Runway's way to cancel a task destroys the result of one that has ended: it is asked for first.
# given_up NAME SCRIPT-LINES...: a person gives a task up as soon as it is accepted.
given_up() {
        night_of "$@"
        sed -i "s|^  film: .*|  film: {driver: runway, base_url: \"http://127.0.0.1:$fake_port/v1\", credential_file: $work/etc/key, poll_every: 2s}|" \
                "$work/etc/pregen.yaml"
        sed -i 's/^kind: .*/kind: image/; s/^model: .*/model: gen4_image/; s/^params: .*/params: {aspect_ratio: "1280:720"}/' \
                "$work/etc/recipes.d/film.yaml"
        "$bin/pregend" run >"$work/out" 2>"$work/err" &
        night_pid=$!
        started+=("$night_pid")
        await "$work/google.log" '"event":"done"'
        "$bin/pregend" cancel "$(ledger 'SELECT uid FROM job')" >/dev/null || [ "$(states)" = done ]
        code=0
        wait "$night_pid" || code=$?
        unset 'started[-1]'
        check_traces
        fake_stop "$fake_pid"
}

given_up "given up when it has ended" 'route:submit operation polls=0'
want "the result is kept" "$(outcomes) $(assets)" "made 1"
want "tasks destroyed" "$(asked cancel)" 0
echo "ok: $name"

given_up "given up while it runs" 'route:submit operation ms=60000'
want "it ended so" "$(states) $(outcomes)" "failed rejected"
routes=$(grep -o '"event":"received".*"route":"[pc][a-z]*"' "$work/google.log" | sed 's/.*"route"://' | tr -d '\n')
case $routes in *'"poll""cancel"'*) ;; *) fail "$name: destroyed without a look: $routes" ;; esac
echo "ok: $name"
