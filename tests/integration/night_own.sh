#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# night_own.sh BIN: providers that no driver knows, in one night: Automatic1111 in the manual's own YAML, a queue of operations in YAML, ComfyUI (new
# and old) and a command. All made, nothing the fake found wrong, and the ledger equal to the fake's invoice.
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"
name=own
key=canary-$RANDOM-$RANDOM-never-to-be-seen

# block FIRST: the literal block of the manual that begins with this line
block() {
        awk -v first="$1" '$0 == "```" { inside = !inside; at = 0; next } inside && ++at == 1 { mine = $0 == first } inside && mine' \
                "$source/daemon/man/pregen.yaml.5.scd"
}

echo 'owner/name image 30000' >"$work/prices"
script_file "every prompt:category=refused operation fail=ValueError" "every prompt:category=old operation old=1" \
        "every prompt:category=wrong operation fail=NSFW-content"
fake_start own --script "$work/script" --prices "$work/prices" --invoice "$work/invoice" --operation-ms 0-50
small_config "$fake_port"
rm "$work/etc/recipes.d/hero.yaml"
mkdir "$work/etc/workflows"
cat >"$work/etc/workflows/sdxl.json" <<'JSON'
{"3": {"class_type": "KSampler", "inputs": {"seed": 1, "steps": 20, "model": ["4", 0]}, "_meta": {"title": "KSampler"}},
 "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512}},
 "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "x"}},
 "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}}}
JSON
sed 's/SaveImage/SaveVideo/' "$work/etc/workflows/sdxl.json" >"$work/etc/workflows/wan.json"
block '  sd:' | sed "s|127.0.0.1:7860|127.0.0.1:$fake_port|" >>"$work/etc/pregen.yaml"
block '  imagine:' >>"$work/etc/pregen.yaml"
grep -q 'driver: http' "$work/etc/pregen.yaml" || fail "the manual has no API in YAML"
cat >>"$work/etc/pregen.yaml" <<YAML
  queue:
    driver: http
    base_url: http://127.0.0.1:$fake_port/v1
    credential_file: $work/etc/key
    poll_every: 100ms
    params: {aspect_ratio: {type: text, default: "16:9"}}
    http:
      submit:
        path: /models/owner/name/predictions
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
  script: {driver: exec, exec: {command: [$work/script.sh], environment: [PATH]}}
YAML
cat >"$work/etc/prices.yaml" <<'YAML'
version: 1
prices:
  - {driver: http, model: owner/name, unit: image, usd: 0.03, as_of: 2026-11-22, source: test}
  - {driver: http, model: sd_xl_base, unit: image, usd: 0, as_of: 2026-11-22, source: own machine}
  - {driver: exec, model: own, unit: call, usd: 0, as_of: 2026-11-22, source: own machine}
YAML
printf '#!/bin/sh\necho %s\n' "'{\"variants\": [\"Buy one\"]}'" >"$work/script.sh"
chmod +x "$work/script.sh"

# one NAME KIND PROVIDER MODEL CATEGORY LINES...
one() {
        printf '%s\n' "version: 1" "recipe: $1" "kind: $2" "provider: $3" "model: $4" "matrix: {brand: acme, hook: urgency, category: $5}" \
                'prompt: "category={{category}}; {{brand.style}} photo of {{brand.product}}"' 'stock: {target: 1}' "${@:6}" >"$work/etc/recipes.d/$1.yaml"
}
one a1111 image sd sd_xl_base a 'params: {size: 256x128, negative_prompt: "blur \"and\" noise"}'
one queued image queue owner/name a
one wrong image queue owner/name wrong
one workflow image gpu sdxl a 'params: {size: 128x256, steps: 30}'
one earlier image gpu sdxl old
one moving video gpu wan a
one refused image gpu sdxl refused
one command text script own a 'variants: 1'

"$bin/pregend" check >"$work/out" 2>&1 || { cat "$work/out"; fail "check"; }
night
want "exit code" "$code" 3
want "requests the fake found wrong" "$(grep -c '"action":"refused' "$work/own.log" || true)" 0
want "states" "$(ledger "SELECT group_concat(recipe || ' ' || state, ', ') FROM (SELECT * FROM job ORDER BY recipe)")" \
        'a1111 done, command done, earlier done, moving done, queued done, refused failed, workflow done, wrong blocked'
want "kinds" "$(ledger "SELECT group_concat(n) FROM (SELECT kind || ' ' || count(*) AS n FROM asset GROUP BY kind ORDER BY kind)")" 'image 4,text 1,video 1'
want "sides" "$(ledger "SELECT group_concat(width || 'x' || height) FROM (SELECT width, height FROM asset a JOIN object o ON o.id = a.object JOIN job j ON j.id = a.job WHERE j.recipe IN ('a1111', 'workflow') ORDER BY j.recipe)")" \
        256x128,128x256
said 'KSampler failed: it did not work'
fake_stop "$fake_pid"
invoiced=$(sed -nE 's/.*"total_micros": ?([0-9]+).*/\1/p' "$work/invoice" | head -1)
want "the invoice" "${invoiced:-0}" 60000
want "the ledger and the invoice" "$(ledger "SELECT sum(billed) FROM attempt")" "$invoiced"
sound
echo "ok: eight recipes of four providers nobody knew, billed as invoiced: $invoiced micro-dollars"
