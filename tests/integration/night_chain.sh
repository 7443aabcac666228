#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# night_chain.sh BIN: a video that takes the same cell's picture as its first frame. It waits for one that needs approval, takes one from the
# shelf, is made in the same night as its picture, and after SIGKILL between the two by the next one.
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"

echo 'veo-3.1-generate-001 second 400000' >"$work/prices"
script_file 'route:veo/poll 503'
# chain_config ARGS-OF-THE-FAKE...: the film's name sorts before that of its picture, and it is more urgent.
chain_config() {
        fake_start google --script "$work/script" --image-scale 16 --prices "$work/prices" --invoice "$work/invoice" "$@"
        small_config "$fake_port"
        cat >>"$work/etc/pregen.yaml" <<YAML
  film: {driver: veo, base_url: "http://127.0.0.1:$fake_port/v1beta", credential_file: $work/etc/key, poll_every: 200ms}
YAML
        cat >"$work/etc/recipes.d/film.yaml" <<YAML
version: 1
recipe: film
kind: video
provider: film
model: veo-3.1-generate-001
matrix: {brand: acme, hook: urgency, category: lifestyle, format: story}
prompt: "a kettle"
params: {seconds: 4, aspect_ratio: "9:16"}
references: [{asset: {recipe: hero}}]
stock: {target: 1}
priority: 5
YAML
}
chain_config --operation-ms 2500-2600 # longer than it takes to kill a night that has just begun to wait, on a busy machine
echo 'review: manual' >>"$work/etc/recipes.d/hero.yaml"
submitted() { grep -c '"wire":"veo","route":"submit"' "$work/google.log" || true; }
uid_of() { ledger "SELECT a.uid FROM asset AS a JOIN job AS j ON j.id = a.job WHERE j.recipe = '$1' ORDER BY a.id DESC LIMIT 1"; }
refers() { ledger "SELECT json_extract(refs, '\$[0].asset') FROM job WHERE recipe = 'film' ORDER BY id DESC LIMIT 1"; }

name="the picture waits for a person"
night
want "exit code" "$code" 0
want "states" "$(states)" done,cancelled
said 'cancelled .* film .* waits for hero: its cell brand=acme;category=lifestyle;hook=urgency has no ready asset'
"$bin/pregend" plan >"$work/out" 2>"$work/err"
said '^- .*film .*waits for hero: its asset waits for approval$'
said ', 1 waiting for others$'
want "operations" "$(submitted)" 0

name="from the shelf"
"$bin/assetlib" approve "$(uid_of hero)" >/dev/null
night
want "exit code" "$code" 0
want "outcomes" "$(outcomes)" made,made
want "the film refers to" "$(refers)" "$(uid_of hero)"
"$bin/assetlib" show --format json "$(uid_of film)" >"$work/out"
said "\"asset\": \"$(uid_of hero)\""
sound

name="one night, killed between the two"
first=$(uid_of hero)
"$bin/assetlib" retire "$first" "$(uid_of film)" >/dev/null
sed -i '/^review/d' "$work/etc/recipes.d/hero.yaml"
rm "$work/err"
"$bin/pregend" run >"$work/out" 2>"$work/err" &
pid=$!
started+=("$pid")
await "$work/err" 'accepted by film' # from then on its handle is durable
kill -KILL "$pid"
wait "$pid" 2>/dev/null || true
night
[ "$first" != "$(uid_of hero)" ] || fail "no new picture"
want "the film refers to" "$(refers)" "$(uid_of hero)"
said '^  earlier +film: .*: sent by an earlier run, made for \$1\.60'
want "the film" "$(ledger "SELECT count(*) FROM asset WHERE kind = 'video' AND status = 'ready'")" 1
want "pictures bought" "$(ledger "SELECT count(*) FROM job WHERE recipe = 'hero' AND state = 'done'")" 2
sound
want "sent and not in the ledger" "$(ledger "SELECT count(*) FROM attempt AS a JOIN job AS j ON j.id = a.job WHERE j.recipe = 'film'")" "$(submitted)"
want "refused" "$(grep -c '"action":"refused"' "$work/google.log" || true)" 0
want "films without a picture" "$(grep '"wire":"veo","route":"submit"' "$work/google.log" | grep -vc '"references":1' || true)" 0

name="a picture larger than the provider takes"
requests=$(grep -c '"event":"received"' "$work/google.log")
printf '\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR' >"$work/etc/large.png"
truncate -s 80M "$work/etc/large.png"
recipe large gemini gemini-3-pro-image a
echo 'references: [large.png]' >>"$work/etc/recipes.d/large.yaml"
night --recipe large
want "exit code" "$code" 3
said 'failed .* large .* the references are too large: more than 74000000 bytes together'
want "sent" "$(grep -c '"event":"received"' "$work/google.log")" "$requests"

name="read again while the picture is on its way"
fresh
chain_config --delay-ms 600
"$bin/pregend" run >"$work/out" 2>"$work/err" &
pid=$!
started+=("$pid")
await "$work/google.log" '"event":"received"'
kill -HUP "$pid"
code=0
wait "$pid" || code=$?
want "exit code" "$code" 0
said 'recipes and settings were read again'
said 'made +2 assets by 2 of 2 jobs'
! grep 'planned anew by a reload' "$work/out" || fail "what was planned anew is told as a problem"
want "pictures, films" "$(ledger "SELECT sum(kind = 'image') || ', ' || sum(kind = 'video') FROM asset")" '1, 1'
want "the film refers to" "$(refers)" "$(uid_of hero)"
sound
