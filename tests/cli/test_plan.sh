#!/bin/sh
# SPDX-License-Identifier: MIT
# pregend plan on the demo: what stands on stdout, what on stderr, and the exit codes.
set -eu
bin=$1
source=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

fail() {
        echo "FAILED: $*" >&2
        echo "--- stdout" >&2
        cat "$dir/out" >&2
        echo "--- stderr" >&2
        cat "$dir/err" >&2
        exit 1
}

# plan WANTED_EXIT ARGS...
plan() {
        want=$1
        shift
        got=0
        "$bin/pregend" --config "$dir/demo/pregen.yaml" --library "$dir/library" plan "$@" \
                >"$dir/out" 2>"$dir/err" || got=$?
        [ "$got" -eq "$want" ] || fail "plan $*: exit $got, wanted $want"
}

has() {
        grep -qF -e "$2" "$dir/$1" || fail "$1 lacks: $2"
}

cp -r "$source/config/demo" "$dir/demo"

# An empty shelf: 12 cells of 2 pictures, 6 of 3 lines; nothing is made by looking.
plan 0
has err "nothing is spent"
has err "no library at '$dir/library' yet"
has err "next: pregend --config $dir/demo/pregen.yaml --library $dir/library run"
has out "18 cells: 18 short, 0 enough, 0 not due, 0 refused"
has out "30 jobs for 42 assets"
has out "acme urgency lifestyle format=story"
[ ! -e "$dir/library" ] || fail "the plan made a library"
plan 2 --detailed-exitcode

# One recipe.
plan 2 --recipe copy --detailed-exitcode
has out "6 cells: 6 short"
has err " run --recipe copy"
plan 2 --recipe cpoy
has err "did you mean 'copy'?"

# JSON.
plan 0 --format json
has out '{"schema":1,"cells":['
has out '"totals":'
has out '"key":"brand=acme;category=lifestyle;format=story;hook=urgency"'
[ "$(grep -o '"verdict":"short"' "$dir/out" | wc -l)" -eq 18 ] || fail "not 18 short cells"

# What costs money is priced, refused without a price, and cut by the budget.
cat >>"$dir/demo/pregen.yaml" <<'END'
  gemini: {driver: gemini, credential: nosuch-key}
END
cat >"$dir/demo/recipes.d/paid.yaml" <<'END'
version: 1
recipe: paid
kind: image
provider: gemini
model: painter-1
matrix: {brand: acme, hook: [urgency, curiosity], category: lifestyle}
prompt: "A cup of {{brand.product}} in the snow."
stock: {target: 4}
END
plan 0 --recipe paid
has err "no price for model 'painter-1' of driver 'gemini'; add"
has out "2 cells: 0 short, 0 enough, 0 not due, 2 refused"
plan 0 --recipe paid --detailed-exitcode
cat >"$dir/demo/prices.yaml" <<'END'
version: 1
prices:
  - {driver: gemini, model: painter-1, unit: image, usd: 0.20, as_of: 2026-09-20, source: "test"}
END
plan 0 --recipe paid
has out "8 jobs for 8 assets, \$1.60 at worst (prices as of 2026-09-20)"
has out "the budget may cut 3 of 8 jobs: \$1.00 of \$1.60 will be reserved"
plan 0 --recipe paid --max-cost 0.45
has out "budget left for this run: \$0.45"
has out "the budget may cut 6 of 8 jobs"

# A wrong recipe is left out loudly; wrong settings stop everything.
echo "version: 1" >"$dir/demo/recipes.d/broken.yaml"
plan 0
has err "broken.yaml"
has err "left out"
echo "nosuchkey: 1" >>"$dir/demo/pregen.yaml"
plan 2
[ ! -s "$dir/out" ] || fail "a plan from wrong settings"
echo "plan: ok"
