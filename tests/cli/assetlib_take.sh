#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# assetlib: take, release, campaigns; the files that are handed out; what a shortage says.
# shellcheck source=tests/cli/assetlib_lib.sh
. "$(dirname "$0")/assetlib_lib.sh"
to=$work/campaign

# The least used and newest first; recorded, and shown by show, stock and campaigns.
run 0 take brand:acme hook:urgency kind:image --for spring --format id
one=$(cat "$work/out")
[[ $one == "$(asset brand:acme hook:urgency kind:image --order newest --limit 1)" ]] || fail 'not the newest'
run 0 show "$one" --format jsonl
has "$work/out" '"takes":[{"campaign":"spring","state":"live","exclusive":false,"who":"'"$(id -un)"'",'
has "$work/out" '"uses":1,'
run 0 show "$one"
has "$work/out" 'spring'
run 0 stock --brand acme --hook urgency --category lifestyle --format csv
sed -n 2p "$work/out" | grep -q '^acme,urgency,lifestyle,image,2,1,4,0,3,1,1,28$' || fail "stock: $(cat "$work/out")"
run 0 campaigns
printf 'NAME    HAS  EVER TOOK\nspring    1          1\n' | same "$work/out"

run 0 query for:spring --format id
[[ $(cat "$work/out") == "$one" ]] || fail 'for: is not what the campaign has'
run 0 query not:for=spring brand:acme hook:urgency kind:image --format id
lacks "$work/out" "$one"
run 4 query for:sprng
has "$work/err" "campaign 'sprng' has nothing; did you mean 'spring'?"
run 4 query for:spring brand:zenith
has "$work/err" 'nothing matched: no asset has all of this'

# Exclusive: nobody else gets it, and it is not to be had a second time.
run 0 take brand:acme hook:urgency kind:image --for autumn --exclusive --format id
two=$(cat "$work/out")
[[ $one != "$two" ]] || fail 'a taken asset was given exclusively'
run 4 take brand:acme hook:urgency kind:image --for autumn --exclusive
empty "$work/out"
has "$work/err" '1 wanted, 0 to be had; nothing was taken'
has "$work/err" 'short: acme urgency lifestyle image (spring-hero: brand=acme;category=lifestyle;format=story;hook=urgency): 0 free of 1, 1 taken; target 2'
has "$work/err" '0 free of 1, 1 with this campaign already; target 2'
has "$work/err" "'pregend plan' shows what the next night makes"
run 4 take brand:acme hook:urgency kind:image --for winter -n 3 --format json
has "$work/out" '"taken":[]'
has "$work/out" '"wanted":3,"found":1,"short":[{"brand":"acme"'
has "$work/err" '--partial takes fewer'
run 0 take brand:acme hook:urgency kind:image --for winter -n 3 --partial --format id
[[ $(cat "$work/out") == "$one" ]] || fail 'partial: not what is there'
run 4 take brand:acm --for winter
has "$work/err" "did you mean 'acme'?"

# Given back: by id, by campaign; of two campaigns one has to be named.
run 1 release "$one"
has "$work/err" "'$one' is with 'spring', 'winter'; --for says whose to give back"
run 0 release "${one:0:6}" --for winter
printf 'ID\n%s\n' "$one" | same "$work/out"
run 4 release "$one" --for winter
has "$work/err" "'$one' is not taken by 'winter'"
run 4 release "$one" "$two" zzzzzzzz
has "$work/err" 'nothing was released'
run 0 release --for autumn --format json
printf '{"schema":1,"released":[\n{"id":"%s"}\n]}\n' "$two" | same "$work/out"
run 4 release --for autum
has "$work/err" "campaign 'autum' has nothing; did you mean 'autumn'?"
run 0 log "$two"
[[ $(tail -n +2 "$work/out" | wc -l) == 2 ]] || fail 'log: not a take and a release'
has "$work/out" exclusive
run 0 log --for spring --format jsonl
has "$work/out" '"event":"take","detail":"spring"'
run 0 release --for spring

# Named twice is named once.
run 0 take "id:$one" --for twice
run 0 release "$one" "${one:0:8}" "$one" --for twice
printf 'ID\n%s\n' "$one" | same "$work/out"

# Taken, and not printed: who asks again would get a second set.
if [[ -w /dev/full ]]; then
        full=full
        for format in table id; do
                "$bin/assetlib" take brand:acme kind:text --for full --format $format >/dev/full 2>"$work/err"
                [[ $? == 1 ]] || fail 'a full disk is no error'
                has "$work/err" "cannot print: No space left on device; the assets were taken; 'assetlib take --again --for full' prints them"
        done
        run 0 take --again --for full --format id
        [[ $(wc -l <"$work/out") == 2 ]] || fail 'not the two taken'
        for verb in 'take --again --for full' 'take brand:acme -n 100 --for more'; do
                # shellcheck disable=SC2086
                "$bin/assetlib" $verb --format json >/dev/full 2>"$work/err"
                has "$work/err" 'cannot print: No space left on device'
                lacks "$work/err" 'the assets were taken'
        done
        "$bin/assetlib" release --for full >/dev/full 2>"$work/err"
        has "$work/err" 'cannot print: No space left on device; the change was made'
        run 4 release --for full
fi

# A lease ends by itself.
run 0 take kind:text brand:zenith hook:proof --for short --ttl 1ms --format id
run 4 take --again --for short
run 0 stock --brand zenith --hook proof --format csv
has "$work/out" 'zenith,proof,lifestyle,text,1,2,2,'
run 0 take kind:text brand:zenith hook:proof --for long --ttl 30d --format json
has "$work/out" '"until":"20'
run 0 release --for long

# Files under readable names, linked, with sidecars; --again finds them where they are.
run 0 take format:story brand:acme -n 3 --for files --to "$to" --sidecar --format path
[[ $(wc -l <"$work/out") == 3 ]] || fail 'not three files'
while IFS= read -r file; do
        [[ $file =~ ^"$to"/acme_(urgency|proof|comfort)_story_[0-9a-z]{4}\.png$ ]] || fail "name: $file"
        [[ $(stat -c %h "$file") == 2 ]] || fail "$file is no link"
        grep -q '"schema": 1' "$file.json" || fail "$file.json is no sidecar"
        grep -q '"prompt": ' "$file.json" || fail "$file.json does not tell the prompt"
        grep -q '"campaign": "files"' "$file.json" || fail "$file.json does not tell the campaign"
done <"$work/out"
cp "$work/out" "$work/first"
rm "$(head -n1 "$work/first")"
run 0 take --again --for files --to "$to" --format path
same "$work/out" <"$work/first"
run 0 take --again --for files --to "$to" --format csv
[[ $(grep -c ',there,' "$work/out") == 3 ]] || fail 'found files are not said to be there'
run 0 take --again --for files --to "$to/copies" --copy --format path -0
[[ $(tr -cd '\0' <"$work/out" | wc -c) == 3 ]] || fail 'not three NUL bytes'
[[ $(stat -c %h "$to/copies"/*_urgency_*.png) == 1 ]] || fail 'a copy is a link'

# A directory that cannot be had refuses before anything is taken; a file that cannot be written
# afterwards leaves the take, and says both ways on.
printf x >"$work/file"
run 1 take format:square brand:acme --for late --to "$work/file/below"
run 4 release --for late
shm=$(mktemp -d /dev/shm/pregen-take-XXXXXX) && trap 'rm -rf "$work" "$shm"' EXIT
if [[ $(stat -c %d "$shm") != "$(stat -c %d "$work")" ]]; then
        run 1 take format:square hook:comfort brand:zenith --for late --link --to "$shm"
        has "$work/err" 'cannot link'
        has "$work/err" "0 of 1 files are in '$shm'"
        has "$work/err" 'assetlib take --again --for late --to DIR'
        has "$work/err" 'assetlib release --for late'
        run 0 release --for late
fi

# A file that is damaged is that asset's trouble: the others are handed out, and the way on is said.
bad=$(asset format:square hook:proof brand:zenith)
path=$("$bin/assetlib" query "id:$bad" --format path)
chmod u+w "$path"
printf 'other bytes' >"$path"
run 3 take hook:proof brand:zenith kind:image -n 2 --for late --to "$to/late" --format json
has "$work/out" '"file":null'
[[ $(find "$to/late" -type f | wc -l) == 1 ]] || fail 'not the sound one alone'
for again in '' again; do
        [[ $again ]] && run 3 take --again --for late --to "$to/late" --format path
        has "$work/err" "its file has not the size it had; 'assetlib verify' tells more; 'assetlib release $bad --for late' gives it back"
        has "$work/err" "1 of 2 files are in '$to/late'"
done
[[ $(wc -l <"$work/out") == 1 ]] || fail 'not one path'
run 0 release "$bad" --for late
run 0 take --again --for late --to "$to/late"

# Bad input.
run 2 take brand:acme
has "$work/err" "'take' needs --for CAMPAIGN"
run 2 take --for $'evil\e[31m\nname'
has "$work/err" 'is no name of a campaign'
lacks "$work/err" $'\e'
run 2 take --for ''
run 2 take --for x --ttl yesterday
run 2 take --for x --ttl 0s
run 2 take --for x -n 0
run 2 take --for x -n 10001
run 2 take --for x --sidecar
run 2 take --for x --link --copy --to "$to"
run 2 take --again --for x brand:acme
run 2 take --again --for x --exclusive
run 2 take --for x -0
run 2 release
run 0 take kind:text --for '../../etc; rm -rf / $(x) "q" %s' --format id
run 0 campaigns --format csv
has "$work/out" '"../../etc; rm -rf / $(x) ""q"" %s",1,1'
run 0 take --again --for '../../etc; rm -rf / $(x) "q" %s'

# Live values: campaigns that a shell would take apart are left out.
run 0 complete campaigns
printf '%s\n' autumn files ${full:-} late long short spring twice winter | same "$work/out"
run 0 complete terms
printf 'for:%s\n' autumn files ${full:-} late long short spring twice winter | same <(grep '^for:' "$work/out")

# Who may read but not write is told what is missing.
if [[ $(id -u) != 0 ]]; then
        chmod a-w "$PREGEN_LIBRARY" "$PREGEN_LIBRARY"/library.db*
        run 1 take --for x
        has "$work/err" "you may not write '$PREGEN_LIBRARY/library.db'"
        run 0 take --again --for files --to "$to"
        chmod u+w "$PREGEN_LIBRARY" "$PREGEN_LIBRARY"/library.db*
fi
exit 0
