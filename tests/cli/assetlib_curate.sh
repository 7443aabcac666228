#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# assetlib retire, approve, reject, show, stock, facets, verify.
# shellcheck source=tests/cli/assetlib_lib.sh
. "$(dirname "$0")/assetlib_lib.sh"

square=$(asset brand:acme hook:urgency format:square)
story=$(asset brand:acme hook:urgency format:story)
wide=$(asset status:pending)

# show
run 0 show "$square"
hide <"$work/out" >"$work/show"
same "$work/show" <<'END'
id               IDIDIDIDIDID
kind             image
status           ready
created          2020-01-06T02:00:00Z
uses             0
file_state       whole

axes
  brand          acme
  hook           urgency
  category       lifestyle

tags
  format         square
  season         spring

file
  path           LIBRARY/objects/XX/HASH.png
  sha256         HASH
  bytes          39
  media_type     image/png
  width          1080
  height         1080

provenance
  recipe         spring-hero
  recipe_hash    HASH
  prompt         urgency for acme
                 no text in the image
  provider       studio
  driver         local
  model          local-1
  model_returned local-1
  params
    size         1K
  seed           7
  variant        0
  price          0.0336
  run            1
  job            JOB
  attempts
    number       1
    outcome      made
    run          1
    reserved     0.0336
    billed       0.0336
    http_status  200
    started      2020-01-06T02:00:00Z
    ended        2020-01-06T02:00:00Z
END
run 0 show "${square:0:4}" "$story" --format jsonl
[[ $(wc -l <"$work/out") == 2 ]] || fail "not a line for each asset"
has "$work/out" "{\"schema\":1,\"id\":\"$square\""
run 0 show "$square" --format json
has "$work/out" '"schema": 1'
has "$work/out" '"prompt": "urgency for acme\nno text in the image"'
run 0 show "$(asset brand:acme hook:urgency kind:text --order newest --limit 1)"
has "$work/out" '\x1b[31mred'
lacks "$work/out" $'\e'
run 4 show zzzzzzzz
has "$work/err" "no asset 'zzzzzzzz'; 'assetlib query' lists them"
run 4 show "$square" zzzzzzzz
empty "$work/out"
run 1 show "${square:0:3}"
has "$work/err" 'give 4 characters or more'

# stock
run 0 stock
same "$work/out" <<'END'
BRAND   HOOK     CATEGORY   KIND   CELLS  READY  TARGET  IN REVIEW  SHORT  TAKEN
acme    comfort  lifestyle  image      2      2       4          0      2      0
acme    comfort  lifestyle  text       1      2       2          0      0      0
acme    proof    lifestyle  image      2      2       4          0      2      0
acme    proof    lifestyle  text       1      2       2          0      0      0
acme    urgency  lifestyle  image      2      2       4          0      2      0
acme    urgency  lifestyle  text       1      2       2          0      0      0
acme    urgency  product    image      1      0       1          0      1      0
zenith  comfort  lifestyle  image      2      2       4          0      2      0
zenith  comfort  lifestyle  text       1      2       2          0      0      0
zenith  comfort  product    image      1      0       1          1      1      0
zenith  proof    lifestyle  image      2      2       4          0      2      0
zenith  proof    lifestyle  text       1      2       2          0      0      0
zenith  urgency  lifestyle  image      2      2       4          0      2      0
zenith  urgency  lifestyle  text       1      2       2          0      0      0
END
run 0 stock --short --format csv
[[ $(wc -l <"$work/out") == 9 ]] || fail "stock --short: $(wc -l <"$work/out") lines, not 9"
lacks "$work/out" ',text,'

# facets
run 0 brands
printf 'NAME    ASSETS\nacme        12\nzenith      12\n' | same "$work/out"
run 0 hooks --format csv
printf 'name,assets\ncomfort,8\nproof,8\nurgency,8\n' | same "$work/out"
run 0 categories --format json
printf '{"schema":1,"categories":[\n{"name":"lifestyle","assets":24}\n]}\n' | same "$work/out"
run 0 tags
printf 'KEY     VALUE   ASSETS\nformat  square       6\nformat  story        6\nseason  spring      24\n' |
        same "$work/out"
run 0 tags format --format csv
printf 'key,value,assets\nformat,square,6\nformat,story,6\n' | same "$work/out"
run 4 tags nosuch --format json
printf '{"schema":1,"tags":[]}\n' | same "$work/out"

# retire: off the shelf, with who and why
run 0 retire "${square:0:5}" --reason 'old logo'
printf 'ID            WAS    IS\n%s  ready  retired\n' "$square" | same "$work/out"
run 0 query --count
printf '23\n' | same "$work/out"
run 0 show "$square"
has "$work/out" 'status           retired'
has "$work/out" 'old logo'
has "$work/out" "$(id -un)"
run 0 retire "$square" # once more: nothing to do, and said so
empty "$work/out"
has "$work/err" "'$square' is retired already"
run 0 approve "$square" --format json
printf '{"schema":1,"changed":[\n{"id":"%s","from":"retired","to":"ready"}\n]}\n' "$square" | same "$work/out"

# review
run 0 approve "$wide"
run 0 query --format id category:product
printf '%s\n' "$wide" | same "$work/out"
run 0 reject "$wide" --reason 'cropped'
run 4 query category:product
run 0 show "$wide"
has "$work/out" 'cropped'

# All or none.
run 4 retire "$square" "$story" zzzzzzzz
has "$work/err" 'nothing was changed'
run 0 query --count
printf '24\n' | same "$work/out"
run 0 retire "$square" "$story" "$square"
[[ $(wc -l <"$work/out") == 3 ]] || fail "an id given twice counts once"
run 0 approve "$square" "$story"

# A reader of the library who may not write is told so.
if [[ $(id -u) != 0 ]]; then
        chmod a-w "$PREGEN_LIBRARY" "$PREGEN_LIBRARY"/library.db
        run 1 retire "$square"
        run 0 query --count
        chmod u+w "$PREGEN_LIBRARY" "$PREGEN_LIBRARY"/library.db
fi

# verify: clean, then each kind of damage
run 0 verify
empty "$work/out"
has "$work/err" 'assetlib: 26 assets, 26 files, 0 damaged'
path=$("$bin/assetlib" query id:"$square" --format path)
chmod u+w "$path"
tr p q <"$path" >"$work/changed" && cat "$work/changed" >"$path"
run 0 verify --quick
run 1 verify
has "$work/out" hash
has "$work/err" "1 damaged; 'assetlib verify --repair' sets it aside"
rm "$path"
printf stray >"$PREGEN_LIBRARY/objects/stray.png"
run 1 verify --format json
has "$work/out" '"damage":"missing"'
has "$work/out" '"damage":"orphan"'
has "$work/out" '"damaged":2}'
run 1 verify --repair
has "$work/err" 'repaired what can be'
run 0 query --count
printf '23\n' | same "$work/out"
[[ ! -e $PREGEN_LIBRARY/objects/stray.png ]] || fail 'the stray file was left'
[[ $(find "$PREGEN_LIBRARY/quarantine" -type f | wc -l) == 1 ]] || fail 'the stray file was not kept'
exit 0
