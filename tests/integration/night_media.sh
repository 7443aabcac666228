#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# night_media.sh BIN: one recipe for each of OpenAI, Runway, fal and Replicate in one night: all made, of the right kind, nothing the fake found
# wrong, and the ledger equal to the fake's invoice.
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"
name=media
key=canary-$RANDOM-$RANDOM-never-to-be-seen

# What the fake bills, in micro-units; the same for pregend.
cat >"$work/prices" <<'END'
gpt-6-luna million_input_tokens 100000
gpt-6-luna million_output_tokens 500000
gpt-image-2.6-sunburst million_input_tokens 8000000
gpt-image-2.6-sunburst million_image_tokens 30000000
gen4.5 credit 10000
gen4_image credit 10000
fal-ai/pika/v2.2/text-to-video second 40000 resolution=720p
owner/name image 30000
END
script_file "every prompt:category=unsafe operation fail=SAFETY.INPUT.TEXT" "every prompt:category=refused refusal"
fake_start media --script "$work/script" --prices "$work/prices" --invoice "$work/invoice" --operation-ms 0-50
small_config "$fake_port"
rm "$work/etc/recipes.d/hero.yaml"
cat >>"$work/etc/pregen.yaml" <<YAML
  openai-text: {driver: openai-text, base_url: "http://127.0.0.1:$fake_port/v1", credential_file: $work/etc/key}
  openai-image: {driver: openai-image, base_url: "http://127.0.0.1:$fake_port/v1", credential_file: $work/etc/key}
  runway: {driver: runway, base_url: "http://127.0.0.1:$fake_port/v1", credential_file: $work/etc/key}
  fal: {driver: fal, base_url: "http://127.0.0.1:$fake_port", credential_file: $work/etc/key}
  replicate: {driver: replicate, base_url: "http://127.0.0.1:$fake_port/v1", credential_file: $work/etc/key}
YAML
cat >"$work/etc/prices.yaml" <<'YAML'
version: 1
prices:
  - {driver: openai-text, model: gpt-6-luna, unit: million_input_tokens, usd: 0.10, as_of: 2026-11-22, source: test}
  - {driver: openai-text, model: gpt-6-luna, unit: million_output_tokens, usd: 0.50, as_of: 2026-11-22, source: test}
  - {driver: openai-image, model: gpt-image-2.6-sunburst, unit: million_input_tokens, usd: 8, as_of: 2026-11-22, source: test}
  - {driver: openai-image, model: gpt-image-2.6-sunburst, unit: million_image_tokens, usd: 30, as_of: 2026-11-22, source: test}
  - {driver: runway, model: gen4.5, unit: second, usd: 0.25, as_of: 2026-11-22, source: test}
  - {driver: runway, model: gen4.5, unit: credit, usd: 0.01, as_of: 2026-11-22, source: test}
  - {driver: runway, model: gen4_image, unit: image, usd: 0.08, as_of: 2026-11-22, source: test}
  - {driver: runway, model: gen4_image, unit: credit, usd: 0.01, as_of: 2026-11-22, source: test}
  - {driver: fal, model: fal-ai/pika/v2.2/text-to-video, unit: second, usd: 0.04, when: {resolution: 720p}, as_of: 2026-11-22, source: test}
  - {driver: replicate, model: owner/name, unit: image, usd: 0.03, as_of: 2026-11-22, source: test}
YAML
# A picture to refer to.
base64 -d >"$work/etc/shot.png" <<'END'
iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==
END

# one NAME KIND PROVIDER MODEL CATEGORY LINES...
one() {
        local file=$work/etc/recipes.d/$1.yaml
        cat >"$file" <<YAML
version: 1
recipe: $1
kind: $2
provider: $3
model: $4
matrix: {brand: acme, hook: urgency, category: $5}
prompt: "category={{category}}; {{brand.style}} photo of {{brand.product}}"
YAML
        printf '%s\n' "${@:6}" >>"$file"
}
one copy text openai-text gpt-6-luna a 'variants: 3' 'stock: {target: 3}'
one refused text openai-text gpt-6-luna refused 'variants: 3' 'stock: {target: 3}'
one picture image openai-image gpt-image-2.6-sunburst a 'params: {size: 1024x1536, quality: medium}' 'stock: {target: 1}'
one edited image openai-image gpt-image-2.6-sunburst b 'params: {size: 1024x1024, quality: medium}' "references: [$work/etc/shot.png]" 'stock: {target: 1}'
one still image runway gen4_image a 'params: {aspect_ratio: "1280:720"}' 'stock: {target: 1}'
one moving video runway gen4.5 a 'params: {aspect_ratio: "1280:720", seconds: 5}' "references: [$work/etc/shot.png]" 'stock: {target: 1}'
one unsafe video runway gen4.5 unsafe 'params: {aspect_ratio: "1280:720", seconds: 5}' 'stock: {target: 1}'
one pika video fal fal-ai/pika/v2.2/text-to-video a 'params: {aspect_ratio: "16:9", resolution: 720p, seconds: 5}' 'stock: {target: 1}'
one hosted image replicate owner/name a 'params: {aspect_ratio: "16:9"}' 'stock: {target: 1}'

night
want "exit code" "$code" 3
want "requests the fake found wrong" "$(grep -c '"action":"refused' "$work/media.log" || true)" 0
want "blocked" "$(ledger "SELECT group_concat(recipe) FROM (SELECT recipe FROM job WHERE state = 'blocked' ORDER BY recipe)")" refused,unsafe
want "other states" "$(ledger "SELECT group_concat(DISTINCT state) FROM job WHERE state != 'blocked'")" done
want "kinds" "$(ledger "SELECT group_concat(n) FROM (SELECT kind || ' ' || count(*) AS n FROM asset GROUP BY kind ORDER BY kind)")" 'image 4,text 3,video 2'
fake_stop "$fake_pid"
invoiced=$(sed -nE 's/.*"total_micros": ?([0-9]+).*/\1/p' "$work/invoice" | head -1)
[ "${invoiced:-0}" -gt 1000000 ] || fail "the invoice has no total"
want "the ledger and the invoice" "$(ledger "SELECT sum(billed) FROM attempt")" "$invoiced"
sound
echo "ok: nine recipes of five drivers, billed as invoiced: $invoiced micro-dollars"
