#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What assetlib prints as JSON is what the installed schema says, by a validator whose version schema/package-lock.json pins.
# shellcheck source=tests/cli/assetlib_lib.sh
. "$(dirname "$0")/../cli/assetlib_lib.sh"
here=$tests/vendor/schema
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
        echo 'skipped: npm is not installed (apt-get install npm)'
        exit 77
fi

# Installed once a lock file: node_modules lives beside the build, never in the source tree.
peers=$bin/../vendor-schema
mkdir -p "$peers"
cp "$here/package.json" "$here/validate.mjs" "$peers/"
if ! cmp -s "$here/package-lock.json" "$peers/node_modules/.installed-lock"; then
        rm -rf "$peers/node_modules"
        cp "$here/package-lock.json" "$peers/"
        npm ci --no-audit --no-fund --ignore-scripts --silent --prefix "$peers" || fail 'npm ci'
        cp "$here/package-lock.json" "$peers/node_modules/.installed-lock"
fi

# keep DEFINITION: what was printed last, to be validated
n=0
keep() {
        n=$((n + 1))
        cp "$work/out" "$work/doc-$n"
        printf '%s\t%s\n' "$1" "$work/doc-$n" >>"$work/list"
}

printf 'imported\n' >"$work/in.txt"
run 0 import --brand acme --hook urgency --category lifestyle --tag format=a --tag format=b "$work/in.txt"
run 0 take brand:acme kind:image -n 2 --for spring --ttl 30d --to "$work/to" --format json
keep take
run 0 take brand:zenith kind:text --for winter --exclusive --format jsonl
keep take_line
run 4 take brand:zenith -n 500 --for winter --format json
keep take
first=$("$bin/assetlib" query for:spring --limit 1 --format id)
run 0 release "$first"
pending=$("$bin/assetlib" query status:pending --limit 1 --format id)
run 0 approve "$pending"
run 0 retire "$(asset brand:zenith hook:urgency format:story)" --reason 'no longer true'
run 0 query status:any --format json
keep query
run 4 query brand:nosuch --format json
keep query
run 0 query status:any --format jsonl
keep query_line
run 0 query --count --format json
keep count
mapfile -t ids < <("$bin/assetlib" query status:any --format id)
printf 'other' >"$work/damage"
path=$("$bin/assetlib" query brand:zenith hook:comfort format:square --format path)
chmod u+w "$path" && cp "$work/damage" "$path"
run 0 show "${ids[@]}" --format json
keep show
run 0 show "${ids[@]}" --format jsonl
keep show_line
run 0 export brand:acme --to "$work/export" --manifest jsonl --format json
keep export
cp "$work/export/manifest.jsonl" "$work/out"
keep query_line
for file in "$work"/export/*.json; do
        cp "$file" "$work/out"
        keep show_line
done
cd "$peers" || fail 'no validator'
node validate.mjs "$tests/../libraryd/cli/assetlib.schema.json" <"$work/list" || fail 'a document is not what the schema says'
