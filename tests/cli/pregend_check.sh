#!/bin/sh
# SPDX-License-Identifier: MIT
# pregend check, schema and config show, as people call them.
set -eu
bin=$1
pregend=$bin/pregend
tests=$(cd "$(dirname "$0")/.." && pwd)
dir=$(mktemp -d "${TMPDIR:-/tmp}/pregend-check-XXXXXX")
trap 'rm -rf "$dir"' EXIT
PREGEN_DATA=$tests/../config
NO_COLOR=1
export PREGEN_DATA NO_COLOR
unset PREGEN_CONFIG PREGEN_LIBRARY

fail() {
        echo "FAILED: $*" >&2
        cat "$dir/out" "$dir/err" >&2
        exit 1
}

# run WANTED-EXIT-CODE ARGS...: stdout and stderr go to files.
run() {
        want=$1
        shift
        got=0
        "$pregend" "$@" >"$dir/out" 2>"$dir/err" || got=$?
        [ "$got" = "$want" ] || fail "pregend $*: exit $got, wanted $want"
}
out() {
        grep -qF -- "$1" "$dir/out" || fail "stdout lacks: $1"
}
err() {
        grep -qF -- "$1" "$dir/err" || fail "stderr lacks: $1"
}
lines() {
        [ "$(wc -l <"$dir/$1")" -eq "$2" ] || fail "$1 has not $2 lines"
}

# Twelve mistakes in five files: all, on stdout, at their places, sorted.
cp -r "$tests/data/config-mistakes" "$dir/wrong"
run 2 check "$dir/wrong"
lines out 12
while read -r place; do
        out "$dir/wrong/$place: error: "
done <<'PLACES'
brands.d/zenith.yaml:3:8
hooks.d/proof.yaml:1:1
pregen.yaml:2:1
pregen.yaml:7:14
pregen.yaml:9:13
recipes.d/copy.yaml:3:11
recipes.d/copy.yaml:5:11
recipes.d/hero.yaml:7:17
recipes.d/hero.yaml:12:3
recipes.d/hero.yaml:13:24
recipes.d/hero.yaml:14:17
recipes.d/hero.yaml:16:1
PLACES
out "did you mean 'budget'?"
err "12 errors in 5 files"
run 2 --config "$dir/wrong/pregen.yaml" check
lines out 12

# One file: only its problems, in the context of the rest. Names are as they were given.
run 2 --config "$dir/wrong/pregen.yaml" check "$dir/wrong/recipes.d/copy.yaml"
lines out 2
(cd "$dir/wrong" && "$pregend" --config pregen.yaml check >"$dir/out" 2>"$dir/err") && fail "exit 0"
out "recipes.d/hero.yaml:12:3: error: prompt: "
grep -q '^pregen.yaml:2:1: error: ' "$dir/out" || fail "name of the settings"

# Data for programs.
run 2 check --format json "$dir/wrong"
out '"schema":1'
out '"errors":12'
out '"line":12'
run 2 check --format jsonl "$dir/wrong"
lines out 12

# Good ones; warnings do not fail.
mkdir -p "$dir/good/recipes.d" "$dir/good/brands.d" "$dir/good/hooks.d" "$dir/drafts"
printf 'version: 1\nproviders:\n  studio: {driver: local}\n  gemini: {driver: gemini, credential: k}\n' \
        >"$dir/good/pregen.yaml"
printf 'version: 1\nbrand: acme\n' >"$dir/good/brands.d/acme.yaml"
printf 'version: 1\nhook: urgency\n' >"$dir/good/hooks.d/urgency.yaml"
recipe() {
        printf 'version: 1\nrecipe: %s\nkind: text\nprovider: %s\nmodel: m\nprompt: Buy {{brand}}\nstock: {target: 1}\n' "$1" "$2"
        printf 'matrix: {brand: %s, hook: urgency, category: [a, b]}\n' "$3"
}
recipe one studio acme >"$dir/good/recipes.d/one.yaml"
run 0 check "$dir/good"
lines out 0
err "1 recipe, 2 cells fine; next: pregend --config $dir/good/pregen.yaml plan"
recipe two gemini acme >"$dir/good/recipes.d/two.yaml"
run 0 check "$dir/good"
lines out 1
out "recipes.d/two.yaml:5:8: warning: no price matches model 'm'"
err "1 warning; 2 recipes, 4 cells fine"

# A misspelt time zone is not taken for UTC.
sed '1a time_zone: Europe/Berlni' "$dir/good/pregen.yaml" >"$dir/zone.yaml"
run 2 --config "$dir/zone.yaml" config show
err "zone.yaml:2:12: error: time_zone: 'Europe/Berlni' is no time zone of this machine"

# A wrong recipe is left out and the others are fine.
recipe three studio acmee >"$dir/good/recipes.d/three.yaml"
run 2 check "$dir/good"
out "unknown brand 'acmee'; did you mean 'acme'?"
err "1 error in 1 file; 1 warning; 2 recipes, 4 cells fine; the rest is left out"
rm "$dir/good/recipes.d/three.yaml"

# What the model does not take, and values that do not go together, at their places.
printf 'version: 1\nproviders:\n  studio: {driver: local}\n  oai: {driver: openai-image, credential: k}\n' \
        >"$dir/good/pregen.yaml"
recipe two oai acme | sed 's/text/image/; s/model: m/model: gpt-image-2/' >"$dir/good/recipes.d/two.yaml"
echo 'params: {size: 1024x1024, background: transparent, output_format: jpeg}' >>"$dir/good/recipes.d/two.yaml"
run 2 check "$dir/good"
out "recipes.d/two.yaml:9:1: error: 'background: transparent' wants 'output_format: png' or webp (brand=acme;"
err "1 error in 1 file; 1 recipe, 2 cells fine; the rest is left out"
sed -i 's/^params.*/params: {size: 1000x1000}/' "$dir/good/recipes.d/two.yaml"
run 2 check "$dir/good"
out "two.yaml:9:16: error: params.size: '1000x1000' is no 'size' of model 'gpt-image-2'; both sides must be multiples of 16"
sed -i 's/gpt-image-2/dall-e-3/; /^params/d' "$dir/good/recipes.d/two.yaml"
run 2 check "$dir/good"
out "two.yaml:5:8: error: model: model 'dall-e-3' was shut down on 2026-05-12; use 'gpt-image-2.6-sunburst'"
rm "$dir/good/recipes.d/two.yaml"

# Drafts elsewhere are checked within the configuration.
recipe draft studio acme >"$dir/drafts/draft.yaml"
run 0 --config "$dir/good" check "$dir/drafts/draft.yaml"
err "1 recipe, 2 cells fine"
recipe one studio acme >"$dir/drafts/again.yaml"
run 2 --config "$dir/good" check "$dir/drafts"
lines out 1
out "drafts/again.yaml:2:9: error: recipe: 'one' is defined in '"

# A file that is not there, settings that are not there.
run 2 --config "$dir/good" check "$dir/drafts/nosuch.yaml"
out "nosuch.yaml: error: cannot read the file: No such file"
run 2 --config "$dir/nosuch.yaml" check
lines out 0
err "no settings file '$dir/nosuch.yaml'"
err "--config"

# A key in YAML is told of and never shown.
printf 'version: 1\nproviders:\n  gemini: {driver: gemini, api_key: AIzaSECRET}\n' >"$dir/good/pregen.yaml"
run 2 check "$dir/good"
out "'api_key': a credential must not stand in a YAML file"
if grep -q SECRET "$dir/out" "$dir/err"; then fail "the key was shown"; fi

# Schemas.
for kind in recipe settings brand hook prices models specs; do
        run 0 schema "$kind"
        out '"$schema":'
        out '"description":'
done
run 2 schema recipes
err "did you mean 'recipe'?"

# Settings in force.
printf 'version: 1\nlibrary: /srv/shelf\nproviders:\n  gemini: {driver: gemini, credential: k, timeout: 5m}\n' \
        >"$dir/good/pregen.yaml"
rm "$dir/good/recipes.d/one.yaml"
run 0 --config "$dir/good/pregen.yaml" config show
grep -Eq "^library +/srv/shelf +$dir/good/pregen.yaml:2\$" "$dir/out" || fail "library"
grep -Eq "^providers.gemini.timeout +5m +$dir/good/pregen.yaml:4\$" "$dir/out" || fail "timeout"
grep -Eq '^unknown_outcome.retry_below +0.10 +default$' "$dir/out" || fail "default"
grep -Eq '^providers.gemini.base_url +https://.* +driver$' "$dir/out" || fail "driver's default"
run 0 --config "$dir/good/pregen.yaml" --library /elsewhere config show --format json
out '"/elsewhere"'
out '"--library"'
run 2 --config "$dir/good/pregen.yaml" config hide
err "pregend config show"
echo "check, schema and config show: fine"
