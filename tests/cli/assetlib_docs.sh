#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The man page and the program say the same: every verb and option of one stands in the other.
# shellcheck source=tests/cli/assetlib_lib.sh
. "$(dirname "$0")/assetlib_lib.sh"

page=$tests/../libraryd/cli/man/assetlib.1.scd
[[ -r $page ]] || fail "no man page source at '$page'"

# section VERB: its part of the page; without VERB: the options of every verb
section() {
        awk -v verb="$1" '
                /^# / { inside = verb == "" && $0 == "# GENERAL OPTIONS" }
                /^## / { inside = (" " $0 " ") ~ ("[ ,]" verb "[ ,]") && verb != "" }
                inside' "$page"
}

# unsaid TEXT: whether the section does not have it. Of the shell's own means: a process for each question took a minute.
unsaid() {
        [[ $text != *"$1"* ]]
}

# documented FILE: every option of --list-options in FILE, with its letter and its words
documented() {
        local name letter argument source help word text
        text=$(<"$work/section")
        while IFS=$'\t' read -r name letter argument source help; do
                ! unsaid "*$name*" || fail "$2: the man page lacks $name"
                [[ $letter == - ]] || ! unsaid "*$letter*, *$name*" || fail "$2: the man page lacks $letter"
                [[ $argument == - ]] || ! unsaid "*$name* _" || ! unsaid "*$name*," ||
                        fail "$2: the man page lacks the value of $name"
                [[ $help ]] || fail "$2: $name has no help"
                [[ $source == words:* ]] || continue
                for word in ${source//[:,]/ }; do
                        [[ $word == words ]] || ! unsaid "*$word*" || fail "$2: the man page lacks $name $word"
                done
        done <"$1"
}

run 0 --list-options
cp "$work/out" "$work/general"
section '' >"$work/section"
documented "$work/general" general

run 0 --list-verbs
cut -f1 "$work/out" >"$work/verbs"
[[ $(wc -l <"$work/verbs") -ge 12 ]] || fail 'no verbs'
while IFS= read -r verb; do
        section "$verb" >"$work/section"
        [[ -s $work/section ]] || fail "the man page lacks the verb '$verb'"
        [[ $verb == help ]] && continue
        run 0 --list-options "$verb"
        grep -vxF -f "$work/general" "$work/out" >"$work/own"
        documented "$work/own" "$verb"
        cat "$work/own" >>"$work/known"
done <"$work/verbs"

# And nothing in the page that the program has not.
cut -f1 "$work/known" "$work/general" | sort -u >"$work/options"
grep -oE '\*--[a-z-]+' "$page" | tr -d '*' | sort -u | comm -23 - "$work/options" >"$work/unknown"
empty "$work/unknown"
grep -E '^## ' "$page" | sed -E 's/\[.*\]//; s/[A-Z]+\.\.\.//g; s/^## //' | tr -s ', ' '\n' |
        grep . | sort -u | comm -23 - <(sort -u "$work/verbs") >"$work/unknown"
empty "$work/unknown"

# The language: each key that help lists stands in its own page, and the page has no other.
query_page=$tests/../libraryd/cli/man/assetlib-query.7.scd
run 0 help query
awk '/^keys:/ { inside = 1; next } /^[^ ]/ { inside = 0 } inside && /^  [a-z]+:/ { sub(/:.*/, ""); print $1 }' "$work/out" |
        sort >"$work/keys"
[[ $(wc -l <"$work/keys") -ge 20 ]] || fail 'help query lists no keys'
awk '/^# / { inside = $0 == "# KEYS" } inside && /^\*[a-z]+\*:/' "$query_page" | grep -oE '\*[a-z]+\*:' | tr -d '*:' |
        sort | same "$work/keys"
run 0 complete terms
while IFS= read -r key; do
        grep -q "^$key:" "$work/out" || [[ $key == model || $key == provider || $key == for ]] || fail "completion does not know '$key:'"
done <"$work/keys"
# Every example of the table is a query.
run 0 help query
grep -oE '\([a-z]+:[^ )]+( [a-z"]+)?\)$' "$work/out" | tr -d '()' >"$work/examples"
[[ $(wc -l <"$work/examples") -ge 12 ]] || fail 'help query shows no examples'
while IFS= read -r example; do
        "$bin/assetlib" query "$example" >/dev/null 2>"$work/err"
        [[ $? == [04] ]] || fail "the example '$example' is no query"
done <"$work/examples"

# The words that completion offers are the ones the library knows.
while IFS=$'\t' read -r name _ _ source _; do
        [[ $name == --kind || $name == --status ]] || continue
        for word in $(tr , ' ' <<<"${source#words:}"); do
                "$bin/assetlib" query "$name" "$word" >/dev/null 2>"$work/err"
                lacks "$work/err" 'there is no'
        done
done < <(sort -u "$work/known")

# Exit codes: the man page has those that assetlib uses.
for code in 0 1 2 4 75; do
        grep -qE "^(\[\[|\|) +\*$code\*" "$page" || fail "the man page lacks exit code $code"
done

if command -v scdoc >/dev/null; then
        scdoc <"$page" >"$work/page" || fail 'scdoc refuses the man page'
fi
exit 0
