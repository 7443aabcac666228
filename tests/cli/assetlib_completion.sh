#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# bash completion of assetlib, asked the way readline asks it.
# shellcheck source=tests/cli/assetlib_lib.sh
. "$(dirname "$0")/assetlib_lib.sh"

PATH=$bin:$PATH
# shellcheck source=libraryd/cli/completion/bash.in
. "$bin/../completion/assetlib.bash"
[[ $(complete -p assetlib) == *"-F _assetlib "* ]] || fail "complete -p does not know assetlib"

# offers LINE: what <TAB> offers at the end of LINE is what stdin says, in any order
offers() {
        COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
        _assetlib 2>"$work/err"
        empty "$work/err"
        ((${#COMPREPLY[@]})) && printf '%s\n' "${COMPREPLY[@]}" | sort >"$work/offered" || : >"$work/offered"
        sort | grep . | same "$work/offered"
}
# includes LINE WORD...: they are among what is offered
includes() {
        COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
        shift
        _assetlib 2>"$work/err"
        empty "$work/err"
        local word
        for word; do
                printf '%s\n' "${COMPREPLY[@]}" | grep -xF -e "$word" >"$work/found" || fail "'$COMP_LINE': no $word"
        done
}
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'

includes 'assetlib ' $("$bin/assetlib" --list-verbs | cut -f1)
offers 'assetlib re' <<<$'reject\nrelease\nrestore\nrestore-backup\nretire'
offers 'assetlib --lib' <<<'--library'
includes 'assetlib query --' --brand --hook --order --limit --format --null --library --help
offers 'assetlib query --o' <<<$'--offset\n--order'
offers 'assetlib query --brand ' <<<$'acme\nzenith'
offers 'assetlib query --brand z' <<<'zenith'
offers 'assetlib query --hook ' <<<$'comfort\nproof\nurgency'
offers 'assetlib query --category ' <<<'lifestyle'
offers 'assetlib query --recipe spring-' <<<$'spring-copy\nspring-hero'
offers 'assetlib query --brand=a' <<<'acme'
offers 'assetlib query --order ' <<<$'newest\noldest\nleast-used\nrandom'
offers 'assetlib query --format j' <<<$'json\njsonl'
offers 'assetlib query --status re' <<<$'ready\nrejected\nretired'
offers 'assetlib query --limit ' <<<''
offers 'assetlib stock --format ' <<<$'table\njson\njsonl\ncsv'
offers 'assetlib help st' <<<'stock'

# readline takes words apart at ':' and '=': it gets only what stands behind the last one.
includes 'assetlib query b' brand:acme brand:zenith
offers 'assetlib query brand:' <<<$'acme\nzenith'
offers 'assetlib query --brand acme hook:u' <<<'urgency'
offers 'assetlib query format:' <<<$'square\nstory'
offers 'assetlib query --tag format=s' <<<$'square\nstory'
offers 'assetlib query --not for' <<<$'format=square\nformat=story'
# Keys and the words of keys need no library; placements come from the shipped specs.
includes 'assetlib query ' used: width: created: not: text: kind:video status:any
offers 'assetlib query kind:' <<<$'image\ntext\nvideo'
offers 'assetlib query provider:' <<<'studio'
offers 'assetlib query model:l' <<<'local-1'
includes 'assetlib query fits:meta.s' meta.story.image
includes 'assetlib query --fits google.pmax.s' google.pmax.square
COMP_WORDBREAKS=$' \t\n'
offers 'assetlib query brand:' <<<$'brand:acme\nbrand:zenith'
offers 'assetlib query --brand=a' <<<'--brand=acme'
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'

first=$(asset brand:acme hook:urgency format:square)
offers "assetlib show ${first:0:6}" <<<"$first"
offers "assetlib retire --reason old ${first:0:6}" <<<"$first"

# Campaigns, once there are some.
offers 'assetlib release --for ' <<<''
run 0 take "id:$first" --for spring-2027
run 0 take "id:$first" --for 'not plain'
offers 'assetlib release --for ' <<<'spring-2027'
offers 'assetlib take --for=s' <<<'spring-2027'
offers 'assetlib query for:' <<<'spring-2027'

# Only what every shell takes as one plain word, and the query as one value.
bad=()
for c in ';' '&' '|' '<' '>' '(' ')' '*' '?' '[' ']' '{' '}' '~' '!' '#' '^' '"' "'" '\\' '$' '`' ' ' ',' $'\u202e'; do
        bad+=("+odd=a${c}b")
done
run 0 tag "$first" "${bad[@]}" '+odd=~x' +odd=A-_.:=/@%+9é
run 0 take "id:$first" --for -rf
run 0 take "id:$first" --for 'a,b'
offers 'assetlib query odd:' <<<'A-_.:=/@%+9é'
for source in tags terms campaigns; do
        run 0 complete $source
        grep -E 'odd|,|^(for:)?-' "$work/out" >"$work/odd"
        case $source in
        tags) echo odd=A-_.:=/@%+9é ;;
        terms) echo odd:A-_.:=/@%+9é ;;
        esac | same "$work/odd"
done

# The library on the command line is the one that is asked.
unset PREGEN_LIBRARY
offers "assetlib --library $work/library query --brand z" <<<'zenith'
offers "assetlib query --library=$work/library --brand z" <<<'zenith'
offers "assetlib --library $work/libr" <<<"$work/library"
# Without a library nothing is offered, and nothing is written into the command line.
offers "assetlib --library $work/nosuch query --brand " <<<''
exit 0
