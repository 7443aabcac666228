#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# assetlib: exit codes, and what people are told when nothing is found or something is wrong.
# shellcheck source=tests/cli/assetlib_lib.sh
. "$(dirname "$0")/assetlib_lib.sh"

# hint TERM TEXT: nothing matches, and this is why
hint() {
        run 4 query "$1"
        empty "$work/out"
        printf 'assetlib: %s\n' "$2" | same "$work/err"
}
hint brand:acm "nothing matched: no ready asset has brand 'acm'; did you mean 'acme'?"
hint --brand=nosuch "nothing matched: no ready asset has brand 'nosuch'"
hint hook:urgncy "nothing matched: no ready asset has hook 'urgncy'; did you mean 'urgency'?"
hint category:lifestile "nothing matched: no ready asset has category 'lifestile'; did you mean 'lifestyle'?"
hint recipe:spring-hera "nothing matched: no ready asset has recipe 'spring-hera'; did you mean 'spring-hero'?"
hint format:stroy "nothing matched: no ready asset has format 'stroy'; did you mean 'story'?"
hint brnad:acme "nothing matched: no ready asset has a tag 'brnad'; did you mean 'brand'?"
hint colour:mauve "nothing matched: no ready asset has a tag 'colour'; 'assetlib tags' lists them"
hint --since=1d "nothing matched: no asset has all of this; 'assetlib stock' shows what there is"
run 4 query --offset 24
has "$work/err" 'nothing matched from --offset 24 on'

# Programs get a whole document all the same.
run 4 query brand:nosuch --format json
printf '{"schema":1,"assets":[]}\n' | same "$work/out"
run 4 query brand:nosuch --format jsonl
empty "$work/out"
run 4 query brand:nosuch --count
printf '0\n' | same "$work/out"
run 4 query brand:nosuch --format path -0
empty "$work/out"

# usage TEXT ARGS...: exit code 2, this error, and the way to the help
usage() {
        local text=$1
        shift
        run 2 "$@"
        empty "$work/out"
        printf "assetlib: error: %s\ntry 'assetlib %s--help'\n" "$text" "${verb:+$verb }" | same "$work/err"
}
verb=''
usage "unknown verb 'qurey'; did you mean 'query'?" qurey
usage 'no verb given'
verb=query
usage "unknown option '--brnad'; did you mean '--brand'?" query --brnad acme
usage "option '--limit': '0' is not a whole number from 1 on" query --limit 0
usage "option '--order': unknown word 'newst', did you mean 'newest'?" query --order newst
usage "option '--brand' needs a value: NAME" query --brand
usage "option '--brand' needs a value: NAME" query --brand --count
# wrong TEXT PLACE CARET ARGS...: exit code 2, this error, the place it is at, and the way to the help
wrong() {
        local text=$1 place=$2 caret=$3
        shift 3
        run 2 query "$@"
        empty "$work/out"
        printf "assetlib: error: %s\n  %s\n  %s\ntry 'assetlib help query'\n" "$text" "$place" "$caret" | same "$work/err"
}
wrong "'acme' is not a term; write KEY:VALUE such as brand:acme" acme '^~~~' acme
wrong "'brand=acme' is not a term; write 'brand:acme'" 'hook:x brand=acme' '       ^~~~~~~~~~' hook:x brand=acme
wrong "'brand' has an empty value" brand: '      ^' brand:
wrong "'hook' has an empty value" hook:urgency, '             ^' hook:urgency,
wrong "'format' is not KEY=VALUE such as format=story" '--tag format' '      ^~~~~~' --tag format
wrong "'format' is not a term; write KEY:VALUE such as brand:acme" not:format '    ^~~~~~' not:format
wrong "there is no kind 'imgae'; did you mean 'image'?" 'brand:acme kind:imgae' '                ^~~~~' brand:acme kind:imgae
wrong "there is no status 'retierd'; did you mean 'retired'?" '--status retierd' '         ^~~~~~~' --status retierd
wrong "there is no placement 'meta.storry'; did you mean 'meta.story'?" fits:meta.storry '     ^~~~~~~~~~~' fits:meta.storry
wrong "there is no key 'widht' to compare; did you mean 'width'?" 'widht:>=1080' '^~~~~' 'widht:>=1080'
wrong "'format' is a tag, which has no order to compare by" 'format:>a' '^~~~~~' 'format:>a'
wrong "'wide' is no value of 'width': write N, N..M, >=N, such as width:>=1080" width:wide '      ^~~~' width:wide
wrong "'yesterday' is no value of 'since': write DATE, AGE, such as since:2026-11-23" '--since yesterday' '        ^~~~~~~~~' --since yesterday
wrong "the quote is not closed" 'text:"free shipping' '     ^' 'text:"free shipping'
wrong "the '(' is not closed" '(brand:acme or hook:x' '^' '(brand:acme or hook:x'
wrong "the ')' closes nothing" 'brand:acme)' '          ^' 'brand:acme)'
wrong "a term is missing at the end" 'brand:acme or' '             ^' 'brand:acme or'
wrong "a term is missing before ')'" '()' ' ^' '()'
usage "option '--null' needs --format path or --format id" query -0
usage "option '--null' needs --format path or --format id" query -0 --format json
verb=stock
usage "'stock' takes options only, not the argument 'x'" stock x
verb=show
usage "'show' needs ID..." show
verb=reject
usage "'reject' needs --reason TEXT" reject abcd

# Typed control characters come back harmless.
run 2 $'\e[2Jquery'
has "$work/err" '\x1b[2Jquery'
lacks "$work/err" $'\e'

# Too many terms: a limit with a name, not a crash.
mapfile -t many < <(seq -f 'hook:h%g' 257)
run 2 query "${many[@]}"
has "$work/err" 'the query has more than 256 values'
run 4 query "${many[@]:1}"

# No library, no readable one, none at all: exit code 1 and the path.
run 1 --library "$work/nosuch" query
empty "$work/out"
has "$work/err" "no library at '$work/nosuch'"
has "$work/err" '`pregend run` makes one'
PREGEN_LIBRARY=$work/elsewhere run 1 query
has "$work/err" "no library at '$work/elsewhere'"
run 0 --library "$PREGEN_LIBRARY" query
PREGEN_LIBRARY=$work/elsewhere run 0 --library "$PREGEN_LIBRARY" query
for verb in query stock verify brands 'show abcd' 'retire abcd' 'complete brands'; do
        # shellcheck disable=SC2086
        run 1 --library "$work/nosuch" $verb
        [[ ! -e $work/nosuch ]] || fail "'$verb' made a library"
done
mkdir "$work/junk"
printf 'this is no database, but long enough to be asked whether it is one\n' >"$work/junk/library.db"
run 1 --library "$work/junk" query
has "$work/err" "$work/junk/library.db"

# Help and version are data.
run 0 --version
has "$work/out" 'assetlib '
empty "$work/err"
for verb in $("$bin/assetlib" --list-verbs | cut -f1); do
        [[ $verb == help ]] && continue
        run 0 "$verb" --help
        has "$work/out" "usage: assetlib $verb"
        cp "$work/out" "$work/help"
        run 0 help "$verb"
        same "$work/help" <"$work/out"
done
CLICOLOR_FORCE=1 run 0 --help
has "$work/out" $'\e[1mverbs:\e[0m'
CLICOLOR_FORCE=1 NO_COLOR=1 run 0 --help
lacks "$work/out" $'\e'
run 0 --help
lacks "$work/out" $'\e'
exit 0
