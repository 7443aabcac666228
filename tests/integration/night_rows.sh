#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# night_rows.sh BIN: every driver in one night, at least one recipe each, against the fakes, on the shipped prices where there are some: all made, of
# the right kind, nothing the fake found wrong, no operation submitted twice, and driver by driver the ledger equal to the fake's invoice, which it
# prints. Google's video by its three ways; bytes, files and Cloud Storage; references, uploaded and inline; refusals and blocks; and providers that no driver knows: Automatic1111
# in the manual's own YAML, a queue of operations in YAML, ComfyUI (new and old), a command.
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"
name=rows
key=canary-$RANDOM-$RANDOM-never-to-be-seen

# block FIRST: the literal block of the manual that begins with this line
block() {
        awk -v first="$1" '$0 == "```" { inside = !inside; at = 0; next } inside && ++at == 1 { mine = $0 == first } inside && mine' \
                "$source/daemon/man/pregen.yaml.5.scd"
}

# What the fake bills, in micro-units.
cat >"$work/prices" <<'END'
gemini-nano-banana-2.1 image 33600 image_size=1K
gemini-nano-banana-2.1 million_input_tokens 1500000
gemini-nano-banana-2.1 million_output_tokens 7500000
gemini-3.5-flash-lite million_input_tokens 300000
gemini-3.5-flash-lite million_output_tokens 2500000
gemini-3.1-flash-lite-image image 33600
gemini-3.1-flash-lite-image million_input_tokens 250000
gemini-3.1-flash-lite-image million_output_tokens 1500000
gemini-omni-1.1-flash second 101400
gemini-omni-1.1-flash million_input_tokens 1500000
gemini-omni-1.1-flash million_output_tokens 9000000
veo-3.1-generate-001 second 400000
gpt-6-luna million_input_tokens 100000
gpt-6-luna million_output_tokens 500000
gpt-image-2.6-sunburst million_input_tokens 8000000
gpt-image-2.6-sunburst million_image_tokens 30000000
gpt-image-2.6-flare million_input_tokens 8000000
gpt-image-2.6-flare million_image_tokens 30000000
gen4.5 credit 10000
gen4_image credit 10000
fal-ai/pika/v2.2/text-to-video second 40000 resolution=720p
owner/name image 30000
owner/gateway image 17000
END
script_file 'route:veo/poll 503' 'route:omni/poll 429 1' 'route:files/download reset before' \
        'every prompt:category=unsafe operation fail=SAFETY.INPUT.TEXT' 'every prompt:category=refused refusal' \
        'every prompt:category=wrong operation fail=NSFW-content' 'every prompt:category=error operation fail=ValueError' \
        'every prompt:category=old operation old=1' 'every prompt:category=stored operation result=gcs'
fake_start rows --script "$work/script" --prices "$work/prices" --invoice "$work/invoice" --operation-ms 0-50
budget=100 small_config "$fake_port"
rm "$work/etc/recipes.d/hero.yaml"

mkdir "$work/etc/workflows"
cat >"$work/etc/workflows/sdxl.json" <<'JSON'
{"3": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20, "model": ["4", 0]}, "_meta": {"title": "KSampler"}},
 "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512}},
 "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "x"}},
 "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}}}
JSON
sed 's/SaveImage/SaveVideo/' "$work/etc/workflows/sdxl.json" >"$work/etc/workflows/wan.json"
sed -e 's/"x"/"{{prompt}}, best quality"/' -e '1s/{/{"2": {"class_type": "LoadImage", "inputs": {"image": "example.png"}}, /' \
        "$work/etc/workflows/sdxl.json" >"$work/etc/workflows/edit.json"
block '  sd:' | sed "s|127.0.0.1:7860|127.0.0.1:$fake_port|" >>"$work/etc/pregen.yaml"
block '  imagine:' >>"$work/etc/pregen.yaml"
grep -q 'driver: http' "$work/etc/pregen.yaml" || fail "the manual has no API in YAML"

# provider NAME DRIVER PATH
provider() {
        echo "  $1: {driver: $2, poll_every: 200ms, base_url: \"http://127.0.0.1:$fake_port$3\", credential_file: $work/etc/key}" >>"$work/etc/pregen.yaml"
}
provider developer veo /v1beta
provider vertex veo /v1/projects/p/locations/us-central1
provider omni omni /v1
provider chat openai-text /v1
provider paint openai-image /v1
provider runway runway /v1
provider fal fal ''
provider replicate replicate /v1
cat >>"$work/etc/pregen.yaml" <<YAML
  queue:
    driver: http
    base_url: http://127.0.0.1:$fake_port/v1
    credential_file: $work/etc/key
    poll_every: 100ms
    params: {aspect_ratio: {type: text, default: "16:9"}}
    http:
      submit:
        path: /models/owner/gateway/predictions
        body: {input: {prompt: "{{prompt}}", aspect_ratio: "{{params.aspect_ratio}}"}}
      handle: /urls/get
      poll:
        path: "{{handle}}"
        state: /status
        states: {succeeded: made, failed: broken, canceled: rejected, aborted: transient}
      results: /output/*
      error: /error
      errors: {NSFW: blocked}
  gpu:
    driver: comfyui
    base_url: http://127.0.0.1:$fake_port
    poll_every: 100ms
    params: {steps: {type: int, min: 1, max: 100}}
    workflows:
      sdxl: {file: workflows/sdxl.json, inputs: {prompt: 6.text, seed: 3.seed, steps: 3.steps, width: 5.width, height: 5.height}}
      wan: {file: workflows/wan.json, inputs: {prompt: [6.text], seed: 3.seed}}
      edit: {file: workflows/edit.json, inputs: {prompt: 6.text, reference: 2.image}}
  script: {driver: exec, exec: {command: [$work/script.sh, "http://127.0.0.1:$fake_port/v1", $work/etc/key], environment: [PATH]}}
  studio: {driver: local}
YAML
cat >"$work/etc/prices.yaml" <<'YAML'
version: 1
prices:
  - {driver: replicate, model: owner/name, unit: image, usd: 0.03, as_of: 2026-11-22, source: test}
  - {driver: http, model: owner/gateway, unit: image, usd: 0.017, as_of: 2026-11-22, source: test}
  - {driver: http, model: sd_xl_base, unit: image, usd: 0, as_of: 2026-11-22, source: own machine}
  - {driver: exec, model: own, unit: call, usd: 0, as_of: 2026-11-22, source: own machine}
  - {driver: exec, model: gpt-image-2.6-flare, unit: million_input_tokens, usd: 8, as_of: 2026-11-22, source: test}
  - {driver: exec, model: gpt-image-2.6-flare, unit: million_image_tokens, usd: 30, as_of: 2026-11-22, source: test}
YAML
# Buys its pictures, and tells what they took; copy it has of its own.
cat >"$work/script.sh" <<'SH'
#!/bin/sh
read -r job
case $job in *'"kind":"text"'*) echo '{"variants": ["Buy one"]}' && exit ;; esac
curl -fsS -H "Authorization: Bearer $(cat "$2")" -H 'Content-Type: application/json' "$1/images/generations" \
        -d '{"model":"gpt-image-2.6-flare","prompt":"a kettle","size":"1024x1024","quality":"low"}' >.reply || exit 75
sed 's/.*"b64_json":"\([^"]*\)".*/\1/' .reply | base64 -d >a.png
sed 's/.*"usage":{"input_tokens":\([0-9]*\).*"output_tokens":\([0-9]*\).*/{"input_tokens": \1, "image_tokens": \2}/' .reply
SH
chmod +x "$work/script.sh"
# A picture to refer to.
base64 -d >"$work/etc/shot.png" <<'END'
iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==
END

# one NAME KIND PROVIDER MODEL CATEGORY LINES...
one() {
        printf '%s\n' "version: 1" "recipe: $1" "kind: $2" "provider: $3" "model: $4" "matrix: {brand: acme, hook: urgency, category: $5}" \
                'prompt: "category={{category}}; '"$1"': {{brand.style}} photo of {{brand.product}}"' "stock: {target: ${target:-1}}" "${@:6}" \
                >"$work/etc/recipes.d/$1.yaml"
}
shot="references: [$work/etc/shot.png]"
video='params: {seconds: 8, aspect_ratio: "9:16"}'
wide='params: {aspect_ratio: "1280:720"}'
gen='params: {aspect_ratio: "1280:720", seconds: 5}'
one banana image gemini gemini-nano-banana-2.1 a 'params: {aspect_ratio: "1:1", image_size: 1K}' "$shot"
target=2 one lines text gemini gemini-3.5-flash-lite a 'variants: 2'
one developer video developer veo-3.1-generate-001 '[a, b]' "$video"
one vertex video vertex veo-3.1-generate-001 '[a, stored]' "$video"
one omni video omni gemini-omni-1.1-flash '[a, b]' "$video"
one interaction image omni gemini-3.1-flash-lite-image a 'params: {aspect_ratio: "1:1"}' "$shot"
target=3 one copy text chat gpt-6-luna a 'variants: 3'
target=3 one unsaid text chat gpt-6-luna refused 'variants: 3'
one picture image paint gpt-image-2.6-sunburst a 'params: {size: 1024x1536, quality: medium}'
one edited image paint gpt-image-2.6-sunburst b 'params: {size: 1024x1024, quality: medium}' "$shot"
one still image runway gen4_image a "$wide"
one moving video runway gen4.5 a "$gen" "$shot"
one unsafe video runway gen4.5 unsafe "$gen"
one pika video fal fal-ai/pika/v2.2/text-to-video a 'params: {aspect_ratio: "16:9", resolution: 720p, seconds: 5}'
one hosted image replicate owner/name a 'params: {aspect_ratio: "16:9"}'
one a1111 image sd sd_xl_base a 'params: {size: 256x128, negative_prompt: "blur \"and\" noise"}'
one queued image queue owner/gateway a
one wrong image queue owner/gateway wrong
one workflow image gpu sdxl a 'params: {size: 128x256, steps: 30}'
one earlier image gpu sdxl old
one changed image gpu edit a "$shot"
one film video gpu wan a
one error image gpu sdxl error
one bought image script gpt-image-2.6-flare a
one told text script own a 'variants: 1'
one drawn image studio local a 'params: {size: 256x256, headline: Kettles}'
one filled text studio local a 'variants: 1'

"$bin/pregend" check >"$work/out" 2>&1 || { cat "$work/out"; fail "check"; }
night
want "exit code" "$code" 3
want "requests the fake found wrong" "$(grep -c '"action":"refused' "$work/rows.log" || true)" 0
want "not made" "$(ledger "SELECT group_concat(recipe || ' ' || state, ', ') FROM (SELECT * FROM job WHERE state != 'done' ORDER BY recipe)")" \
        'error failed, unsafe blocked, unsaid blocked, wrong blocked'
want "made" "$(ledger "SELECT count(*) FROM job WHERE state = 'done'")" 26
want "sides" "$(ledger "SELECT group_concat(width || 'x' || height) FROM (SELECT width, height FROM asset a JOIN object o ON o.id = a.object JOIN job j ON j.id = a.job WHERE j.recipe IN ('a1111', 'workflow') ORDER BY j.recipe)")" \
        256x128,128x256
said 'KSampler failed: it did not work'
want "words around the prompt" "$(grep -c '"wire":"comfyui","route":"submit".*kettle, best quality' "$work/rows.log")" 1
fake_stop "$fake_pid"
want "submitted twice, of those that did not fail" "$(ledger "SELECT json_extract(readfile('$work/invoice'), '\$.operations.same_body') - sum(attempts - 1)
        FROM job WHERE state = 'failed'")" 0
sound

# By driver: what it made, what the ledger says of it, and what the fake billed for its models, each of which one driver alone asks for.
ledger "WITH line AS (SELECT value ->> 'model' AS model, value ->> 'micros' AS micros FROM json_each(readfile('$work/invoice'), '\$.lines')),
        made AS (SELECT driver, group_concat(n || ' ' || kind, ', ') AS what FROM
                (SELECT j.driver, a.kind, count(*) AS n FROM asset a JOIN job j ON j.id = a.job GROUP BY j.driver, a.kind) GROUP BY driver)
        SELECT d.driver, m.what, (SELECT sum(t.billed) FROM attempt t JOIN job j ON j.id = t.job WHERE j.driver = d.driver),
                (SELECT coalesce(sum(micros), 0) FROM line WHERE model IN (SELECT model FROM job j WHERE j.driver = d.driver))
        FROM (SELECT DISTINCT driver FROM job) d JOIN made m USING (driver) ORDER BY d.driver" >"$work/table"
{
        echo 'driver|made|ledger|invoice'
        cat "$work/table"
} | awk -F '|' '{ printf "%-13s %-20s %9s %9s\n", $1, $2, $3, $4 }'
want "drivers" "$(wc -l <"$work/table")" "$(grep -o '&driver_' "$source/daemon/provider/registry.c" | wc -l)"
want "made, by driver" "$(awk -F '|' '{ printf "%s: %s; ", $1, $2 }' "$work/table")" "comfyui: 3 image, 1 video; exec: 1 image, 1 text; fal: 1 video; \
gemini: 1 image, 2 text; http: 2 image; local: 1 image, 1 text; omni: 1 image, 2 video; openai-image: 2 image; openai-text: 3 text; replicate: 1 image; \
runway: 1 image, 1 video; veo: 4 video; "
want "the ledger and the invoice" "$(awk -F '|' '$3 != $4 { print }' "$work/table")" ""
total=$(ledger "SELECT json_extract(readfile('$work/invoice'), '\$.total_micros')")
want "all that was invoiced" "$(awk -F '|' '{ sum += $4 } END { print sum }' "$work/table")" "$total"
want "all that was booked" "$(ledger "SELECT sum(billed) FROM attempt")" "$total"
echo "ok: $(ledger "SELECT count(DISTINCT recipe) FROM job") recipes of all drivers, $(grep -c '"event":"received"' "$work/rows.log") requests, 0 of them unexpected, billed as invoiced: $total micro-dollars"
