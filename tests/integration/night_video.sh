#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A night of videos by Google's three ways (Veo of the Developer API, Veo of Vertex AI, Omni) against the fake: every operation is submitted once,
# every video is on the shelf, and the ledger has what the fake's invoice has, to the micro-unit. $1: directory of the programs.
bin=$1
source "$(dirname "$0")/../support/night.sh"

cat >"$work/prices" <<'END'
veo-3.1-generate-001 second 400000
gemini-omni-1.1-flash second 101400
gemini-omni-1.1-flash million_input_tokens 1500000
gemini-omni-1.1-flash million_output_tokens 9000000
END
cat >"$work/script" <<'END'
route:veo/poll 503
route:omni/poll 429 1
route:files/download reset before
END
fake_start google --script "$work/script" --image-scale 16 --prices "$work/prices" --invoice "$work/invoice"
budget=100 night_config "$fake_port" 4 1
rm "$work/etc/recipes.d/hero.yaml"
video_provider() { # NAME DRIVER PATH
        printf '  %s: {driver: %s, base_url: "http://127.0.0.1:%s%s", credential_file: %s, limits: {concurrency: 4}}\n' \
                "$1" "$2" "$fake_port" "$3" "$work/etc/key" >>"$work/etc/pregen.yaml"
}
video_recipe() { # PROVIDER MODEL
        cat >"$work/etc/recipes.d/$1.yaml" <<YAML
version: 1
recipe: $1
kind: video
provider: $1
model: $2
matrix: {brand: acme, hook: urgency, category: [a, b]}
prompt: "a kettle, $1 {{category}}"
params: {seconds: 8, aspect_ratio: "9:16"}
stock: {target: 1}
YAML
}
video_provider developer veo /v1beta
video_provider vertex veo /v1/projects/p/locations/us-central1
video_provider omni omni /v1
video_recipe developer veo-3.1-generate-001
video_recipe vertex veo-3.1-generate-001
video_recipe omni gemini-omni-1.1-flash

name=videos
night
want "exit code" "$code" 0
expect "outcomes" "$(outcomes)" made,made,made,made,made,made
expect "assets" "$(assets)" 6
sound
expect "refused" "$(grep -c '"action":"refused"' "$work/google.log" || true)" 0
fake_stop "$fake_pid"
expect "submitted, twice the same" "$(grep -o '"submitted":[0-9]*,"same_body":[0-9]*' "$work/invoice")" '"submitted":6,"same_body":0'
expect "billed by the ledger and by the invoice" "$(ledger 'SELECT sum(billed) FROM attempt')" \
        "$(grep -o '"total_micros":[0-9]*' "$work/invoice" | grep -o '[0-9]*')"
