#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# docs.sh BIN: the man pages of pregend and the program say the same: every verb, option, key, driver parameter, exit code and message id of one stands in the other.
set -u -o pipefail
bin=$1
source=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/pregen-docs-XXXXXX")
trap 'rm -rf "$work"' EXIT
man=$source/daemon/man
wrong=0

say() {
        printf 'FAILED: %s\n' "$1" >&2
        wrong=1
}

# ---- pregend(8): verbs and options, both ways

# section VERB: its part of the page; without VERB: the general options
section() {
        awk -v verb="$1" '
                /^# / { inside = verb == "" && $0 == "# GENERAL OPTIONS" }
                /^## / { inside = verb != "" && (" " $0 " ") ~ ("[ ,]" verb "[ ,]") }
                inside' "$man/pregend.8.scd"
}

# documented LIST NAME: every option of --list-options, with its letter, value and words, in $work/section
documented() {
        local name letter argument source help word
        while IFS=$'\t' read -r name letter argument source help; do
                grep -qF -e "*$name*" "$work/section" || say "$2: the man page lacks $name"
                [[ $letter == - ]] || grep -qF -e "*$letter*, *$name*" "$work/section" || say "$2: the man page lacks $letter"
                [[ $argument == - ]] || grep -qE -e "\*$name\*( _|,)" "$work/section" || say "$2: the man page lacks the value of $name"
                [[ $help ]] || say "$2: $name has no help"
                [[ $source == words:* ]] || continue
                for word in $(tr , ' ' <<<"${source#words:}"); do
                        grep -qF -e "*$word*" "$work/section" || say "$2: the man page lacks $name $word"
                done
        done <"$1"
}

"$bin/pregend" --list-options >"$work/general" || say 'no general options'
section '' >"$work/section"
documented "$work/general" general
cp "$work/general" "$work/known"
"$bin/pregend" --list-verbs | cut -f1 >"$work/verbs"
[[ $(wc -l <"$work/verbs") -ge 8 ]] || say 'no verbs'
while IFS= read -r verb; do
        section "$verb" >"$work/section"
        [[ -s $work/section ]] || say "the man page lacks the verb '$verb'"
        [[ $verb != help ]] || continue
        "$bin/pregend" --list-options "$verb" | grep -vxF -f "$work/general" >"$work/own"
        documented "$work/own" "$verb"
        cat "$work/own" >>"$work/known"
done <"$work/verbs"
cut -f1 "$work/known" | sort -u >"$work/options"
for option in $(sed -n '/^# VERBS/,/^# EXIT STATUS/p' "$man/pregend.8.scd" | grep -oE '^\*--[a-z-]+|, \*--[a-z-]+' | grep -oE -e '--[a-z-]+' | sort -u); do
        grep -qxF -e "$option" "$work/options" || say "the man page has $option, the program has not"
done
for verb in $(sed -nE 's/^## ([a-z]+).*/\1/p' "$man/pregend.8.scd"); do
        grep -qxF -e "$verb" "$work/verbs" || say "the man page has the verb '$verb', the program has not"
done

# ---- exit codes, message ids

for code in $(sed -nE 's/^ +EXIT_CODE_[A-Z]+ =( ([0-9]+),.*)?$/\2/p' "$source/libraryd/base/exitcode.h") 2; do
        grep -qE "^(\[\[|\|) +\*$code\*" "$man/pregend.8.scd" || say "the man page lacks exit code $code"
done
grep -oE '"[0-9a-f]{32}"' "$source/daemon/night/events.h" | tr -d '"' | sort >"$work/events"
[[ -s $work/events ]] || say 'no message ids'
sed -nE 's/^-- ([0-9a-f]{32})$/\1/p' "$source/systemd/pregen.catalog" | sort >"$work/catalogue"
grep -oE '\*[0-9a-f]{32}\*' "$man/pregend.8.scd" | tr -d '*' | sort >"$work/page"
diff "$work/events" "$work/catalogue" >&2 || say 'events.h and pregen.catalog differ'
diff "$work/events" "$work/page" >&2 || say 'events.h and pregend(8) differ'
[[ -z $(uniq -d "$work/events") ]] || say 'two events have the same id'
for field in $(grep -ohE '"PREGEN_[A-Z]+"' "$source"/daemon/night/*.c "$source"/daemon/cmd_*.c | tr -d '"' | sort -u); do
        grep -qF -e "*$field*" "$man/pregend.8.scd" || say "pregend(8) lacks $field"
done
for name in $(grep -rhoE 'getenv\("[A-Z_]+"\)' "$source/daemon" "$source/libraryd/base" "$source/libraryd/media" | grep -oE '[A-Z_]{2,}' | sort -u); do
        grep -qF -e "*$name*" "$man/pregend.8.scd" || say "pregend(8) lacks the variable $name"
done

# ---- files: every key of every schema in its page, and no other

# keys KIND: the keys of a kind of file, at any depth, one a line; those of an object that maps names are its values' own
keys() {
        "$bin/pregend" schema "$1" >"$work/schema" || say "no schema $1"
        awk '
                # The printer puts each member on a line of its own; "properties" holds keys, anything else describes one.
                { line = $0; sub(/^[ \t]+/, "", line) }
                line ~ /^"[^"]+":/ {
                        key = line; sub(/^"/, "", key); sub(/".*/, "", key)
                        if (depth > 0 && holds[depth]) print key
                        named = key
                }
                { n = length(line); quoted = 0
                  for (i = 1; i <= n; i++) {
                        c = substr(line, i, 1)
                        if (c == "\\") { i++; continue }
                        if (c == "\"") quoted = !quoted
                        if (quoted) continue
                        if (c == "{" || c == "[") { depth++; holds[depth] = c == "{" && named == "properties"; named = "" }
                        if (c == "}" || c == "]") depth--
                  } }' "$work/schema" | sort -u
}

# entries PAGE: the keys of lines that are nothing but an entry: *key*, *key*: what
entries() {
        sed -nE 's/^\t*(\*[a-z_]+\*(, \*[a-z_]+\*)*)(:.*)?$/\1/p' "$man/$1" | grep -oE '[a-z_]+' | sort -u
}

# page PAGE KIND...: the keys of these kinds
page() {
        local file=$1 kind key
        shift
        entries "$file" >"$work/entries"
        : >"$work/all"
        for kind; do
                keys "$kind" >"$work/keys"
                [[ -s $work/keys ]] || say "no keys in the schema of $kind"
                cat "$work/keys" >>"$work/all"
                while IFS= read -r key; do
                        grep -qxF -e "$key" "$work/entries" || grep -qxE "## $key" "$man/$file" || say "$file lacks the key '$key' of $kind"
                done <"$work/keys"
        done
}

page pregen.yaml.5.scd settings prices models specs
grep -oE '&driver_[a-z_]+' "$source/daemon/provider/registry.c" | sed 's/&driver_//' >"$work/drivers"
for key in $(grep -vxF -f "$work/all" -f "$work/drivers" "$work/entries" | grep -vxE 'money|duration|date|time|name|path'); do
        say "pregen.yaml.5.scd has '$key', which no file has"
done
page pregen-recipe.5.scd recipe brand hook
cp "$work/all" "$work/recipe"
# Parameters of drivers, as their tables have them.
sed -nE '/ParamSpec [a-z_]+\[[A-Z_]*\]/,/^};/ s/.*\{\.name = "([a-z_]+)".*/\1/p' "$source"/daemon/provider/*.c | sort -u >"$work/params"
[[ $(wc -l <"$work/params") -ge 10 ]] || say 'no parameters of drivers'
while IFS= read -r key; do
        grep -qxF -e "$key" "$work/entries" || say "pregen-recipe.5.scd lacks the parameter '$key'"
done <"$work/params"
for key in $(grep -vxF -f "$work/recipe" "$work/entries" | grep -vxF -f "$work/params"); do
        say "pregen-recipe.5.scd has '$key', which neither file nor driver has"
done

# ---- the pages themselves

for file in "$man"/*.scd; do
        if command -v scdoc >/dev/null; then
                scdoc <"$file" >"$work/roff" || say "scdoc refuses $file"
                [[ -s $work/roff ]] || say "$file is empty"
        fi
done
# What the README and the pages give as commands exists.
for verb in $(grep -ohE '(^|[^-./a-z])pregend [a-z]+' "$source/README.md" "$man"/*.scd "$source/systemd/pregen.catalog" | grep -oE '[a-z]+$' | sort -u); do
        case $verb in
        is | reads | runs | keeps | shows | and | may | works) continue ;;
        esac
        grep -qxF -e "$verb" "$work/verbs" || say "there is no 'pregend $verb', though a document says so"
done
exit "$wrong"
