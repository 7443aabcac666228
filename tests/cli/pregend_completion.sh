#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# bash completion of pregend, asked the way readline asks it; and that zsh and fish take their files, where they are installed.
set -u -o pipefail
bin=$1
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/pregen-completion-XXXXXX")
trap 'rm -rf "$work"' EXIT
unset PREGEN_CONFIG PREGEN_LIBRARY
demo=$source/config/demo
PATH=$bin:$PATH
# shellcheck source=libraryd/cli/completion/bash.in
. "$bin/../completion/pregend.bash"

fail() {
        printf 'FAILED: %s\n' "$1" >&2
        exit 1
}
complete -p pregend | grep -q -- '-F _pregend ' || fail 'complete -p does not know pregend'

# offers LINE WORD...: what <TAB> offers at the end of LINE, in any order, and nothing on stderr
offers() {
        COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
        shift
        _pregend 2>"$work/err"
        [[ ! -s $work/err ]] || fail "'$COMP_LINE': $(cat "$work/err")"
        local got want
        got=$(printf '%s\n' "${COMPREPLY[@]}" | sort) want=$(printf '%s\n' "$@" | sort)
        [[ $got == "$want" ]] || fail "'$COMP_LINE' offers: ${got//$'\n'/ }; wanted: ${want//$'\n'/ }"
}
COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'

mapfile -t verbs < <("$bin/pregend" --list-verbs | cut -f1)
offers 'pregend ' "${verbs[@]}"
offers 'pregend che' check
offers 'pregend --conf' --config
offers 'pregend plan --de' --detailed-exitcode
offers 'pregend report --format ' table json
offers 'pregend schema ' recipe settings brand hook prices models specs
offers 'pregend schema m' models
offers 'pregend config ' show
offers 'pregend jobs --state b' blocked
offers "pregend check $demo/pregen" "$demo/pregen.yaml"
offers "pregend --config $demo/pregen" "$demo/pregen.yaml"

# The recipes of the settings that are asked about.
offers "pregend --config $demo/pregen.yaml run --recipe " copy hero
offers "pregend --config=$demo/pregen.yaml plan --recipe h" hero
offers "pregend run --config $demo/pregen.yaml -r c" copy
PREGEN_CONFIG=$demo/pregen.yaml
export PREGEN_CONFIG
offers 'pregend run --recipe ' copy hero
offers 'pregend run --recipe=h' hero
offers "$bin/pregend run --recipe h" hero
# A file that is wrong offers nothing and says nothing; the recipes beside it stay.
mkdir "$work/broken"
cp -r "$demo/." "$work/broken"
echo 'nonsense: [' >"$work/broken/recipes.d/copy.yaml"
offers "pregend --config $work/broken/pregen.yaml run --recipe " hero
offers "pregend --config $work/nosuch.yaml run --recipe " ''

for what in brands:acme hooks:urgency; do
        "$bin/pregend" complete "${what%:*}" | grep -qx "${what#*:}" || fail "no ${what#*:} among the ${what%:*}"
done
for shell in zsh fish; do
        command -v "$shell" >/dev/null || continue
        file=$bin/../completion/$([[ $shell == zsh ]] && echo _pregend || echo pregend.fish)
        "$shell" -n "$file" || fail "$shell does not take $file"
done
grep -rlE '@[A-Z]+@' "$bin/../completion" && fail 'a template was not filled in'
exit 0
