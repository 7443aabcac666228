# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the shell tests that run whole nights against the fake Gemini: makes a configuration, starts and stops the server, counts.
# Needs $bin (directory of the programs). Sets $work, removed at exit together with what was started.

set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export PREGEN_DATA=$source/config
work=$(mktemp -d "${TMPDIR:-/tmp}/pregen-night-XXXXXX")
started=()
cleanup() {
        local pid
        for pid in "${started[@]}"; do
                kill "$pid" 2>/dev/null || true
                wait "$pid" 2>/dev/null || true
        done
        rm -rf "$work"
}
trap cleanup EXIT

fail() {
        echo "FAILED: $*" >&2
        exit 1
}

expect() { # WHAT GOT WANT
        [ "$2" = "$3" ] || fail "$1: got '$2', want '$3'"
        echo "ok: $1 = $2"
}

# fake_start NAME ARGS...: starts a fake server; its port is in $fake_port, its log in $work/NAME.log.
fake_start() {
        local name=$1
        shift
        mkfifo "$work/$name.port"
        "$bin/fake-gemini" --port 0 --log "$work/$name.log" --key test-key "$@" >"$work/$name.port" &
        started+=($!)
        fake_pid=$!
        read -r fake_port <"$work/$name.port"
}

# night_config PORT CONCURRENCY TARGET [EXTRA settings]: settings, two brands, three hooks and one image recipe (6 cells).
night_config() {
        local port=$1 concurrency=$2 target=$3
        mkdir -p "$work/etc/recipes.d" "$work/etc/brands.d" "$work/etc/hooks.d"
        install -m 0600 /dev/null "$work/etc/key"
        echo test-key >"$work/etc/key"
        cat >"$work/etc/pregen.yaml" <<YAML
version: 1
library: $work/library
budget: {currency: USD, per_run: ${budget:-50}}
unknown_outcome: {retry_below: ${retry_below:-0.50}}
providers:
  gemini:
    driver: gemini
    base_url: http://127.0.0.1:$port/v1
    credential_file: $work/etc/key
    timeout: ${timeout:-30s}
    limits: {concurrency: $concurrency}
YAML
        local name
        for name in acme zenith; do
                printf 'version: 1\nbrand: %s\nname: %s\nstyle: bright studio\nproduct: a kettle\n' $name $name \
                        >"$work/etc/brands.d/$name.yaml"
        done
        for name in urgency social-proof curiosity; do
                printf 'version: 1\nhook: %s\nmood: %s\n' $name $name >"$work/etc/hooks.d/$name.yaml"
        done
        cat >"$work/etc/recipes.d/hero.yaml" <<YAML
version: 1
recipe: hero
kind: image
provider: gemini
model: gemini-nano-banana-2.1
matrix:
  brand: [acme, zenith]
  hook: [urgency, social-proof, curiosity]
  category: lifestyle
prompt: |
  {{brand.style}} photo of {{brand.product}}. Mood: {{hook.mood}}.
params: {aspect_ratio: "1:1", image_size: 1K}
stock: {target: $target}
YAML
        export PREGEN_CONFIG=$work/etc/pregen.yaml PREGEN_LIBRARY=$work/library
}

# ledger QUERY: one value out of the library's database.
ledger() {
        sqlite3 -readonly "$work/library/library.db" "$1"
}

# answered NAME: how many requests a fake has answered.
answered() {
        grep -c '"event":"answered"' "$work/$1.log" || true
}
