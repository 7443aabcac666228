#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# import: what comes in, under which words, and what is refused.
# shellcheck source=tests/cli/assetlib_lib.sh
. "$(dirname "$0")/assetlib_lib.sh"

logo=$tests/../config/demo/logos/acme.png
sheet=$tests/../config/demo/contact-sheet.jpg
in=$work/in
mkdir -p "$in/acme/urgency" "$in/zenith/proof"
cp "$logo" "$in/acme/urgency/logo_1.png"
cp "$sheet" "$in/zenith/proof/sheet_2.jpg"
printf 'Only today: free shipping!\n' >"$in/line.txt"
printf 'only today - FREE shipping' >"$in/line2.txt"
axes=(--brand acme --hook urgency --category imported)

# A dry run looks and changes nothing.
run 0 import "${axes[@]}" --dry-run "$in/acme/urgency/logo_1.png"
has "$work/out" 'would import'
run 4 query category:imported --count

run 0 import "${axes[@]}" --tag season=spring --format json "$in/acme/urgency/logo_1.png" "$in/line.txt"
has "$work/out" '"result":"imported"'
has "$work/err" '2 imported, 0 there already, 0 refused'
id=$(asset category:imported kind:image)
run 0 show "$id" --format json
has "$work/out" '"imported_from": "logo_1.png"'
has "$work/out" '"season": "spring"'
has "$work/out" '"media_type": "image/png"'
cmp "$("$bin/assetlib" query "id:$id" --format path)" "$logo" || fail 'other bytes'
run 0 query category:imported kind:text --format json
has "$work/out" 'Only today: free shipping!'

# Once more: there already. Under other words: another asset with the same file.
run 0 import "${axes[@]}" "$in/acme/urgency/logo_1.png"
has "$work/out" 'there'
has "$work/out" "$id"
lacks "$work/out" 'not added'
run 0 retire "$id"
run 0 import "${axes[@]}" --tag season=spring --tag mood=calm "$in/acme/urgency/logo_1.png"
has "$work/out" "retired; 'assetlib restore $id' puts it back; the tag mood=calm was not added"
lacks "$work/out" 'season=spring was not'
run 0 restore "$id"
run 0 import --brand zenith --hook proof --category imported "$in/acme/urgency/logo_1.png"
run 0 verify
[[ -z $(ls "$PREGEN_LIBRARY/spool") ]] || fail 'a copy is left in the spool'

# The same words in other letters are an alternate.
run 0 import "${axes[@]}" "$in/line2.txt"
run 0 dupes category:imported --format json
[[ $(grep -c '"first"' "$work/out") == 2 ]] || fail 'not one group of two'
run 4 dupes brand:zenith

# Words from the path, from a CSV.
run 0 import --category again --pattern '{brand}/{hook}/{what}_*.*' "$in/acme/urgency/logo_1.png" "$in/zenith/proof/sheet_2.jpg"
run 0 query brand:zenith hook:proof what:sheet --count
same "$work/out" <<<1
run 3 import --category again --pattern '{brand}/{hook}/x*.png' "$in/acme/urgency/logo_1.png"
has "$work/out" 'does not match'
run 2 import --pattern '{brand' "$logo"
run 2 import --pattern '{Brand}' "$logo"
printf 'file,brand,hook,category,season\r\nacme/urgency/logo_1.png,acme,proof,listed,"spring, ""late"""\r\nline.txt,acme,proof,listed,\r\nnosuch.png,acme,proof,listed,x\r\n' >"$in/list.csv"
run 3 import --from-csv "$in/list.csv"
has "$work/err" '2 imported, 0 there already, 1 refused'
run 0 query category:listed kind:image --format json
has "$work/out" '"season":"spring, \"late\""'
printf 'name,brand\nx,y\n' >"$in/bad.csv"
run 1 import --from-csv "$in/bad.csv"
has "$work/err" "no column 'file'"
printf 'file,brand\n"x\n' >"$in/bad.csv"
run 1 import --from-csv "$in/bad.csv"
has "$work/err" 'a quote is not closed'

# Refused: links, special files, names, what is no picture, words that are none. The good one comes in.
ln -s /etc/passwd "$in/link.png"
mkfifo "$in/pipe.png"
mkdir "$in/dir.png"
: >"$in/empty.png"
head -c 300 "$logo" >"$in/cut.png"
printf 'MZ no picture' >"$in/program.png"
cp "$logo" "$in/"$'evil\033[2J.png'
printf 'caf\351' >"$in/latin.txt"
run 3 import "${axes[@]}" --category bad "$in"/{link,pipe,dir,empty,cut,program}.png "$in/"$'evil\033[2J.png' "$in/latin.txt" "$in/nosuch.png" "$logo"
has "$work/err" '1 imported, 0 there already, 9 refused'
has "$work/out" 'a symbolic link'
has "$work/out" 'no regular file'
has "$work/out" 'control characters'
lacks "$work/out" $'\033'
run 3 import --brand 'A B' --hook urgency --category bad "$logo"
has "$work/out" 'is no name'
run 3 import --brand acme --hook urgency "$logo"
has "$work/out" 'no category'
run 2 import
run 0 verify

# Without its worker it says so, and nothing is half there.
PREGEN_MEDIA=/nonexistent run 3 import --brand acme --hook urgency --category noworker "$logo"
has "$work/out" 'cannot start the media worker'
run 0 verify
exit 0
