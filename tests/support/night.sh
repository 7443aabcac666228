# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the shell tests that run whole nights against the fake Gemini: makes a configuration, starts and stops the server, counts.
# Needs $bin (directory of the programs). Sets $work, removed at exit together with what was started.

set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export PREGEN_DATA=$source/config
# What font libraries keep for good; see the file.
export LSAN_OPTIONS=suppressions=$source/tests/support/lsan.supp:print_suppressions=0
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
        rm -f "$work/$name.port"
        mkfifo "$work/$name.port"
        "$bin/fake-provider" --port 0 --log "$work/$name.log" --key "${key:-test-key}" "$@" >"$work/$name.port" &
        started+=($!)
        fake_pid=$!
        read -r fake_port <"$work/$name.port"
}

# night_config PORT CONCURRENCY TARGET [EXTRA settings]: settings, two brands, three hooks and one image recipe (6 cells).
night_config() {
        local port=$1 concurrency=$2 target=$3
        mkdir -p "$work/etc/recipes.d" "$work/etc/brands.d" "$work/etc/hooks.d"
        install -m 0600 /dev/null "$work/etc/key"
        echo "${key:-test-key}" >"$work/etc/key"
        cat >"$work/etc/pregen.yaml" <<YAML
version: 1
library: $work/library
budget: {currency: USD, per_run: ${budget:-50}}
unknown_outcome: {retry_below: ${retry_below:-0.50}}
duplicates: {distance: 0}
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

# fake_stop PID: ends one server before the others.
fake_stop() {
        kill "$1" 2>/dev/null || true
        wait "$1" 2>/dev/null || true
}

# script_file LINES: a script for the fake in $work/script, one argument a line.
script_file() {
        printf '%s\n' "$@" >"$work/script"
}

# small_config PORT [TARGET]: as night_config, but with one cell: brand acme, hook urgency, category lifestyle.
small_config() {
        night_config "$1" "${concurrency:-4}" "${2:-1}"
        sed -i -e 's/^  brand: .*/  brand: acme/' -e 's/^  hook: .*/  hook: urgency/' "$work/etc/recipes.d/hero.yaml"
}

# recipe NAME PROVIDER MODEL CATEGORIES: one more recipe over acme x urgency x CATEGORIES ("[a, b]").
recipe() {
        cat >"$work/etc/recipes.d/$1.yaml" <<YAML
version: 1
recipe: $1
kind: image
provider: $2
model: $3
matrix: {brand: acme, hook: urgency, category: $4}
prompt: "category={{category}}; {{brand.style}} photo of {{brand.product}}"
params: {aspect_ratio: "1:1"}
stock: {target: 1}
YAML
}

# fresh: forgets the night before: its servers, its library, its configuration.
fresh() {
        local pid
        for pid in "${started[@]}"; do
                fake_stop "$pid"
        done
        started=()
        rm -rf "$work/library" "$work/etc" "$work"/*.log
}

# night ARGS...: one pregend run. Its exit code is in $code, its words in $work/out and $work/err. No secret may be in anything it wrote.
night() {
        code=0
        timeout -k 5 "${night_seconds:-100}" "$bin/pregend" run "$@" >"$work/out" 2>"$work/err" || code=$?
        check_traces
}

# check_traces: neither a report of a sanitizer nor the key (if it is one that can be told from other words) in what a night left behind.
check_traces() {
        if grep -qaE 'ERROR: (Address|Leak)Sanitizer|runtime error|Assertion' "$work/err"; then
                cat "$work/err" >&2
                fail "${name:-night}: the program is at fault"
        fi
        if [ -n "${key:-}" ] && grep -raqF "$key" "$work/library" "$work/out" "$work/err" 2>/dev/null; then
                fail "${name:-night}: the key was written to $(grep -ralF "$key" "$work/library" "$work/out" "$work/err")"
        fi
}

# want WHAT GOT WANT: as expect, but silent when it holds, and with the night's words when not.
want() {
        [ "$2" = "$3" ] && return
        sed 's/^/    /' "$work/out" "$work/err" >&2
        fail "${name:-night}: $1: got '$2', want '$3'"
}

# said REGEX: what the operator was told.
said() {
        grep -qE -- "$1" "$work/out" "$work/err" && return
        sed 's/^/    /' "$work/out" "$work/err" >&2
        fail "${name:-night}: nobody was told '$1'"
}

# Of all nights of this library: "done,failed", "transient,made", and how many assets are on the shelf.
states() {
        ledger "SELECT coalesce(group_concat(state), '') FROM (SELECT state FROM job ORDER BY id)"
}
outcomes() {
        ledger "SELECT coalesce(group_concat(outcome), '') FROM (SELECT outcome FROM attempt ORDER BY id)"
}
assets() {
        ledger "SELECT count(*) FROM asset"
}

# kept_replies: the attempts whose replies stand in the spool, settled or not, a line each.
kept_replies() {
        grep -aoE '"attempt": ?[0-9]+' "$work/library/spool/replies" 2>/dev/null | grep -oE '[0-9]+' || true
}

# requests [NAME]: how many requests a fake received, whether or not it answered.
requests() {
        grep -c '"event":"received"' "$work/${1:-gemini}.log" || true
}

# sound: the library agrees with its files, no attempt is open, and the counters of spending equal the ledger.
sound() {
        "$bin/assetlib" verify >"$work/verify" 2>&1 || {
                cat "$work/verify" >&2
                fail "${name:-night}: verify"
        }
        want "attempts left open" "$(ledger "SELECT count(*) FROM attempt WHERE outcome = 'open'")" 0
}

# await FILE REGEX [SECONDS]: until a line of FILE fits; FILE may not exist yet.
await() {
        timeout "${3:-20}" grep -qE -m1 -- "$2" <(exec tail -n +1 -F "$1" 2>/dev/null) || fail "${name:-night}: no '$2' in $1"
}
