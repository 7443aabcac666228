#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# assetlib: tags and bulk curation: by query, dry, asked, all or none; approvals of bytes; the log.
# shellcheck source=tests/cli/assetlib_lib.sh
. "$(dirname "$0")/assetlib_lib.sh"
one=$(asset brand:acme hook:urgency format:square)

# tags: added, replaced, taken away; once more is no change
run 0 tag "$one" +mood=calm +mood=bright -season
printf 'ID\n%s\n' "$one" | same "$work/out"
run 0 query mood:calm mood:bright --format id
printf '%s\n' "$one" | same "$work/out"
run 4 query "id:$one" season:spring
run 0 tag "$one" -mood +mood=calm
run 4 query mood:bright
run 0 tag "$one" -mood=bright +mood=calm
empty "$work/out"
has "$work/err" '0 of 1 changed; the others were so already'
run 0 tag "$one" -- -mood
run 4 query mood:calm
run 0 log "$one" --format csv
sed 's/^[^,]*,//' "$work/out" >"$work/log"
has "$work/log" "$(id -un),$one,tag,-season +mood=calm +mood=bright,"
has "$work/log" "$(id -un),$one,tag,-mood +mood=calm,"
run 0 tag "$one" '+note=Frühling, "50 %"' --dry-run
has "$work/err" '1 would be changed; nothing was'
run 4 query note:x
for bad in +mood= +=x '+Mood=x' '+a b=c' +brand=x -kind +status=ready $'+mood=a\nb' $'+mood=\e[31m' +mood -- ; do
        run 2 tag "$one" "$bad"
        empty "$work/out"
        lacks "$work/err" $'\e'
done
run 2 tag "$one"
run 2 tag +mood=calm
run 4 tag "$one" zzzzzzzz +mood=calm
run 4 query mood:calm

# by query: not off a terminal without --yes
run 2 tag brand:acme format:story +mood=calm
has "$work/err" '3 assets selected; --yes changes them, --dry-run shows them'
run 0 tag brand:acme format:story +mood=calm --dry-run
[[ $(tail -n +2 "$work/out" | wc -l) == 3 ]] || fail 'dry run: not three'
run 4 query mood:calm
run 0 tag brand:acme format:story +mood=calm --yes
run 0 query mood:calm --count
printf '3\n' | same "$work/out"
run 2 retire mood:calm
run 0 retire --tag mood=calm --yes --reason 'old look'
run 4 query mood:calm
run 0 restore mood:calm --dry-run --format csv
[[ $(grep -c ',retired,ready$' "$work/out") == 3 ]] || fail 'restore --dry-run'
run 0 restore mood:calm --yes
run 0 query mood:calm --count
printf '3\n' | same "$work/out"
run 4 retire brand:nosuch --yes
has "$work/err" 'nothing matched'

if [[ -w /dev/full ]]; then
        for change in 'retire mood:calm --dry-run:' 'tag mood:calm +mood=warm:; the change was made' \
                'retire mood:warm:; the change was made' 'restore mood:warm:; the change was made'; do
                # shellcheck disable=SC2086
                "$bin/assetlib" ${change%:*} --yes >/dev/full 2>"$work/err" && fail "a full disk went unnoticed by ${change%:*}"
                grep '^assetlib: error: ' "$work/err" | same <(echo "assetlib: error: cannot print: No space left on device${change##*:}")
        done
        run 0 query mood:calm --count
        printf '3\n' | same "$work/out"
fi

# review: approve selects what waits; restore brings a refused one back to where it was
run 0 reject status:pending --reason cropped --yes --format csv
has "$work/out" ',pending,rejected'
run 0 restore status:rejected --yes --format csv
has "$work/out" ',rejected,pending'
run 0 approve category:product --yes --format csv
has "$work/out" ',pending,ready'
wide=$(asset category:product)
run 0 show "$wide" --format jsonl
has "$work/out" '"file_state":"whole","approval":{"who":"'"$(id -un)"'","at":'
has "$work/out" '"state":"valid"'

# an approval is of bytes
path=$("$bin/assetlib" query id:"$wide" --format path)
chmod u+w "$path"
tr p q <"$path" >"$work/changed" && cat "$work/changed" >"$path"
run 0 show "$wide" --format jsonl
has "$work/out" '"file_state":"changed"'
has "$work/out" '"state":"void: its bytes are not those approved"'
run 1 verify
has "$work/out" 'approval is void'
run 1 verify --repair
run 1 approve "$wide"
has "$work/err" "asset '$wide': its file is missing"
run 1 restore "$wide"
run 4 query category:product

# log of everything
run 0 log --limit 3
[[ $(tail -n +2 "$work/out" | wc -l) == 3 ]] || fail 'log --limit'
run 0 log --format jsonl
has "$work/out" '"event":"status","detail":"pending -> rejected","reason":"cropped"'
has "$work/out" "\"who\":\"verify\""
run 4 log zzzzzzzz
exit 0
