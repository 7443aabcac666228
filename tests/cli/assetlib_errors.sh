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
hint kind:imgae "nothing matched: there is no kind 'imgae'; did you mean 'image'?"
hint status:retierd "nothing matched: there is no status 'retierd'; did you mean 'retired'?"
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
usage "'acme' is not a term; write KEY:VALUE such as brand:acme" query acme
usage "'brand=acme' is not a term; write 'brand:acme'" query brand=acme
usage "'brand' has an empty value" query brand:
usage "'hook' has an empty value" query hook:urgency,
usage "'format' is not KEY=VALUE such as format=story" query --tag format
usage "'format' is not KEY=VALUE such as format=story" query not:format
usage "'yesterday' is no time; write a day such as 2026-11-23 or an age such as 14d" query --since yesterday
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
has "$work/err" 'more than 256 terms in one selection'
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
