#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# assetlib export: files, sidecars, the manifest; again after an interruption; what is refused.
# shellcheck source=tests/cli/assetlib_lib.sh
. "$(dirname "$0")/assetlib_lib.sh"
to=$work/out-dir

# Everything the query selects, once, with a sidecar; the manifest says which is which.
run 0 export brand:acme --to "$to"
has "$work/err" '12 files of 357 bytes (12 linked, 0 copied, 0 were there), listed in manifest.csv'
empty "$work/out"
[[ $(find "$to" -type f | wc -l) == 25 ]] || fail "not 12 files, their sidecars and a manifest"
run 0 query brand:acme --order oldest --format csv
cut -d, -f1 "$work/out" | same <(cut -d, -f1 "$to/manifest.csv")
head -n1 "$work/out" | same <(head -n1 "$to/manifest.csv")
check() { # the files of the jsonl manifest are what it says
        sed -E 's/.*"path":"([^"]*)","sha256":"([0-9a-f]*)".*/\2  \1/' "$to/manifest.jsonl" |
                (cd "$to" && sha256sum -c --quiet) || fail 'a file is not what the manifest says'
        while IFS= read -r file; do
                grep -q '"schema": 1' "$to/$file.json" || fail "$file has no sidecar"
        done < <(sed -E 's/.*"path":"([^"]*)".*/\1/' "$to/manifest.jsonl")
}

# Again: nothing is written anew, the manifest follows the selection.
run 0 export brand:acme kind:image --to "$to" --manifest jsonl --format json
has "$work/out" '"there": 6'
has "$work/out" '"copied": 0'
[[ $(wc -l <"$to/manifest.jsonl") == 6 ]] || fail 'not six lines'
check

# What an interrupted one left is completed.
rm -rf "$to"
timeout -s KILL 0.05 "$bin/assetlib" export --to "$to" --copy --manifest jsonl >"$work/out" 2>&1
run 0 export --to "$to" --copy --manifest jsonl
[[ $(wc -l <"$to/manifest.jsonl") == 24 ]] || fail 'not all of the shelf'
[[ -z $(find "$to" -name '.*' -type f) ]] || fail 'parts are left'
[[ -z $(find "$to" -type f -links +1) ]] || fail 'a copy is a link'
check

# A damaged one is told and left out; the others go on.
path=$("$bin/assetlib" query brand:zenith hook:proof format:square --format path)
chmod u+w "$path"
printf 'other bytes' >"$path"
rm -rf "$to"
path=$("$bin/assetlib" query brand:zenith hook:proof format:story --format path)
rm -f "$path"
ln -s /etc/hostname "$path"
run 3 export brand:zenith --to "$to" --manifest jsonl
has "$work/err" 'its file has not the size it had'
has "$work/err" 'its file has something else in its place'
has "$work/err" '2 assets are left out, in the manifest too'
[[ $(wc -l <"$to/manifest.jsonl") == 10 ]] || fail 'not the ten others'
check

# A campaign's own, by the term.
run 0 take brand:acme kind:text -n 2 --for spring
run 0 export for:spring --to "$work/spring" --link
[[ $(wc -l <"$work/spring/manifest.csv") == 3 ]] || fail 'not the two of the campaign'

# Nothing, and bad input.
run 4 export brand:acm --to "$work/none"
has "$work/err" "did you mean 'acme'?"
[[ ! -e $work/none ]] || fail 'a directory was made for nothing'
run 2 export brand:acme
has "$work/err" "'export' needs --to DIR"
run 2 export --to "$to" --link --copy
run 2 export --to "$to" --manifest xml
run 2 export 'brand:' --to "$to"
run 1 export --to "$PREGEN_LIBRARY/objects/export"
has "$work/err" 'belongs to the library'
printf x >"$work/file"
run 1 export --to "$work/file/below"
printf 'my list\n' >"$work/spring/manifest.csv"
run 1 export for:spring --to "$work/spring"
has "$work/err" 'is no list of an export: it is left alone'
same "$work/spring/manifest.csv" <<<'my list'
ln -sf /dev/full "$work/spring/manifest.jsonl"
run 1 export for:spring --to "$work/spring" --manifest jsonl
flock "$to" "$bin/assetlib" export --to "$to" >"$work/out" 2>"$work/err"
[[ $? == 75 ]] || fail 'two exports in one directory'
has "$work/err" 'another export is at work'
run 1 verify
has "$work/out" 'size'
exit 0
