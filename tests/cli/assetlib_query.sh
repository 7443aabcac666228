#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# assetlib query: what is selected, in which order, in which shape.
# shellcheck source=tests/cli/assetlib_lib.sh
. "$(dirname "$0")/assetlib_lib.sh"

# count N TERMS...: both the list and --count say N
count() {
        local want=$1
        shift
        run 0 query --count "$@"
        [[ $(<"$work/out") == "$want" ]] || fail "query --count $*: $(<"$work/out"), not $want"
        run 0 query --format id "$@"
        [[ $(wc -l <"$work/out") == "$want" ]] || fail "query $*: $(wc -l <"$work/out") lines, not $want"
}

# Ready and unexpired without a status; with one, everything of it.
count 24
count 24 status:ready not:category=product
count 25 --status ready
count 26 --status any
count 1 --status pending

# Same key: either. Different keys: both.
count 12 --brand acme
count 24 --brand acme --brand zenith
count 24 brand:acme,zenith
count 4 --brand acme --hook urgency
count 4 brand:acme hook:urgency
count 8 brand:acme hook:urgency,proof
count 8 --brand acme --hook urgency,proof
count 12 --kind text
count 6 --kind image brand:acme
count 6 --tag format=story
count 6 format:story
count 12 format:story,square
count 3 tag:format=story brand:acme
count 12 --recipe spring-hero
count 24 season:spring category:lifestyle

# Not.
count 18 --not format=story
count 18 not:format=story
count 3 brand:acme hook:urgency not:format=story
count 12 not:format=story,square
count 4 --not hook=urgency --not hook=proof brand:zenith
count 12 --not brand=zenith

# Parentheses close a group, also against an option of the same key.
for groups in '(brand:acme) brand:zenith' '(width:<=960) width:>=1080' '(brand:acme,x) brand:x'; do
        run 4 query --count "$groups"
        same "$work/out" <<<0
done
run 4 query --brand acme '(brand:zenith)'
run 4 retire --brand acme '(brand:zenith)' --yes
count 12 --brand acme '(brand:zenith or brand:acme)'

# Time.
count 24 --since 2020-01-06
count 22 since:2020-01-06T02:02:00Z
run 4 query --since 1d

# Pages do not overlap.
run 0 query --format id --limit 10
cp "$work/out" "$work/first"
run 0 query --format id --limit 100 --offset 10
cat "$work/first" "$work/out" | sort -u >"$work/all"
[[ $(wc -l <"$work/all") == 24 ]] || fail "pages overlap or have gaps"
run 0 query --format id --limit 10 --count
[[ $(<"$work/out") == 24 ]] || fail "--count is of everything that matches"

# Order.
run 0 query --format id --order newest --kind image
cp "$work/out" "$work/newest"
run 0 query --format id --order oldest --kind image
tac "$work/out" | same "$work/newest"
run 0 query --format id --order random
sort "$work/out" | same "$work/all"

# Table.
run 0 query brand:acme hook:urgency
hide <"$work/out" >"$work/table"
same "$work/table" <<'END'
ID            KIND   BRAND  HOOK     CATEGORY   TAGS                              SIZE  COPY
IDIDIDIDIDID  text   acme   urgency  lifestyle  season=spring                 34 chars  acme urgency 1 \x1b[31mred\x1b[0m, "now"
IDIDIDIDIDID  text   acme   urgency  lifestyle  season=spring                 20 chars  acme urgency 0 today
IDIDIDIDIDID  image  acme   urgency  lifestyle  format=story season=spring   1080x1920
IDIDIDIDIDID  image  acme   urgency  lifestyle  format=square season=spring  1080x1080
END
empty "$work/err"
run 0 query status:pending
has "$work/out" '  pending  '

# JSON: every member, in one row a line.
run 0 query brand:acme hook:urgency kind:image format:square --format json
hide <"$work/out" >"$work/json"
same "$work/json" <<'END'
{"schema":1,"assets":[
{"id":"IDIDIDIDIDID","kind":"image","status":"ready","brand":"acme","hook":"urgency","category":"lifestyle","recipe":"spring-hero","tags":{"format":"square","season":"spring"},"path":"LIBRARY/objects/XX/HASH.png","sha256":"HASH","bytes":39,"media_type":"image/png","width":1080,"height":1080,"duration_ms":null,"text":null,"price_usd":0.0336,"created":"2020-01-06T02:00:00Z","expires":null,"uses":0,"alternate_of":null}
]}
END
run 0 query --status any category:product brand:acme --format jsonl
has "$work/out" '{"schema":1,"id":'
has "$work/out" '"expires":"2020-01-07T02:18:00Z"'
run 0 query --count --format json
tr -d ' \n' <"$work/out" >"$work/count"
printf '{"schema":1,"count":24}' | same "$work/count"

# CSV quotes what it must.
run 0 query brand:acme hook:urgency kind:text --limit 1 --format csv
hide <"$work/out" | tr '\033' '~' >"$work/csv"
same "$work/csv" <<'END'
id,kind,status,brand,hook,category,recipe,tags,path,sha256,bytes,media_type,width,height,duration_ms,text,price_usd,created,expires,uses,alternate_of
IDIDIDIDIDID,text,ready,acme,urgency,lifestyle,spring-copy,"{""season"":""spring""}",LIBRARY/objects/XX/HASH.txt,HASH,34,text/plain,,,,"acme urgency 1 ~[31mred~[0m, ""now""",0.0168,2020-01-06T02:02:00Z,,0,
END

# Paths exist; -0 ends each with a NUL byte.
run 0 query --format path
while IFS= read -r path; do
        [[ -f $path ]] || fail "no file '$path'"
done <"$work/out"
run 0 query --format path -0 --kind image
[[ $(tr -cd '\0' <"$work/out" | wc -c) == 12 ]] || fail "not 12 NUL bytes"
[[ $(tr -cd '\n' <"$work/out" | wc -c) == 0 ]] || fail "line ends with -0"
[[ $(xargs -0 cat <"$work/out" | grep -o 'picture spring-hero' | wc -l) == 12 ]] ||
        fail "xargs -0 did not read the pictures"

# A reader that has enough is no error and nothing is said about it.
"$bin/assetlib" query --format jsonl 2>"$work/err" | head -c 1 >/dev/null
[[ ${PIPESTATUS[0]} == 0 ]] || fail "closed pipe: exit code ${PIPESTATUS[0]}"
empty "$work/err"
for verb in 'query' 'query --format path' 'query --count' stock brands 'help query'; do
        # shellcheck disable=SC2086
        "$bin/assetlib" $verb 2>"$work/err" | true
        empty "$work/err"
done

# A full disk is one.
if [[ -w /dev/full ]]; then
        for format in table json jsonl csv path id; do
                "$bin/assetlib" query --format $format >/dev/full 2>"$work/err" &&
                        fail "a full disk went unnoticed by --format $format"
                has "$work/err" 'assetlib: error: cannot print: No space left on device'
        done
fi
exit 0
