#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# pregend models BIN: what the data says, and what the providers' lists add to it.
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"

fake_start google --image-scale 16
night_config "$fake_port" 1 1
rm "$work/etc/recipes.d/hero.yaml"
models() { # EXIT-CODE ARGS...
        local want=$1
        shift
        code=0
        "$bin/pregend" models "$@" >"$work/out" 2>"$work/err" || code=$?
        want "exit code of models $*" "$code" "$want"
}
# row DRIVER MODEL REGEX: its line of CSV goes on so.
row() {
        grep -qE -- "^$1,$2,$3" "$work/out" || fail "no row '$1,$2,$3', but: $(grep -F -- "$1,$2," "$work/out")"
}

cat >"$work/etc/models.yaml" <<YAML
version: 1
models:
  - {driver: gemini, model: gemini-3-pro-image, kind: image, shutdown: $(date -ud '10 days' +%F), replacement: x, as_of: 2026-11-01, source: mine}
YAML
name="by the data"
models 0 --format csv
row gemini gemini-nano-banana-2.1 'image,from .[0-9.]+/image,,,'
row gemini gemini-3-pro-image "image,from .[0-9.]+/image,$(date -ud '10 days' +%F),x,ends soon,,2026-11-01,mine"
row openai-image dall-e-3 'image,,2026-05-12,gpt-image-2.6-sunburst,ended,'
models 0
said '^gemini +gemini-nano-banana-2.1 +image +from .[0-9.]+/image'

name="asked"
cat >>"$work/etc/pregen.yaml" <<YAML
  video: {driver: veo, base_url: "http://127.0.0.1:$fake_port/v1/projects/p/locations/l", credential_file: $work/etc/key}
  copy: {driver: openai-text, base_url: "http://127.0.0.1:$fake_port/v1", credential_file: $work/etc/key}
  runway: {driver: runway, base_url: "http://127.0.0.1:$fake_port/v1", credential_file: $work/etc/key}
YAML
models 0 --probe --format csv
row gemini gemini-nano-banana-2.1 'image,from .[0-9.]+/image,,,listed,'
row gemini gemini-2.5-flash-image 'image,,2026-10-02,gemini-nano-banana-2.1,listed still,'
row gemini gemini-4-argon 'text,,,,gone,'
row gemini gemini-9-unheard-of ',,,,new,'
row veo veo-3.1-generate-001 'video,from .[0-9.]+/second,,gemini-omni-1.1-flash .driver omni.,,'
row openai-text gpt-6-astra 'text,.[0-9.]+/M output tokens,,,listed,2027-06-30'
row openai-text whisper-9 ',,,,new,'
row runway gen4.5 'video,.[0-9.]+/second,,,gone,'
row runway gen9_unheard_of ',,,,new,'
want "refused" "$(grep -c '"action":"refused"' "$work/google.log" || true)" 0
check_traces

name="one that does not tell"
sed -i 's|^  runway: .*|  runway: {driver: runway, base_url: "http://127.0.0.1:1/v1", credential_file: '"$work"'/etc/key}|' "$work/etc/pregen.yaml"
models 6 --probe --format json
said "provider 'runway': no answer: "
said '"model": *"gemini-9-unheard-of"'
chmod 0644 "$work/etc/key"
models 6 --probe --format csv
said "provider 'gemini': .*open to others"
