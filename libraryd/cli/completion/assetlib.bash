# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# bash completion of assetlib. Verbs, options and live values all come from the program itself.

# What stands on the command line: the verb, the library it is about, the word before the last.
_assetlib_scan() {
        local i word
        verb='' previous='' library=()
        for ((i = 1; i < ${#words[@]} - 1; i++)); do
                word=${words[i]}
                case $word in
                --library)
                        library=(--library "${words[i + 1]}")
                        ((i++))
                        ;;
                --library=*) library=("$word") ;;
                -*) ;;
                *) [[ $verb ]] || verb=$word ;;
                esac
        done
        ((${#words[@]} > 2)) && previous=${words[${#words[@]} - 2]}
        # The word being completed is --library's own value: there is no library to ask yet.
        [[ $previous == --library ]] && library=()
}

# Candidates of one source, a line each: words:a,b,c, or a list the program knows.
_assetlib_source() {
        case $1 in
        words:*) tr , '\n' <<<"${1#words:}" ;;
        verbs) "$program" --list-verbs | cut -f1 ;;
        files | dirs | -) ;;
        *) "$program" "${library[@]}" complete "$1" ;;
        esac 2>/dev/null
}

# The third or fourth column of an option's line: what its value is, where values come from.
_assetlib_option() {
        "$program" --list-options ${verb:+"$verb"} 2>/dev/null |
                awk -F'\t' -v name="$1" -v column="$2" '($1 == name || $2 == name) { print $column; exit }'
}

_assetlib_offer() {
        local prefix=$1 source=$2 candidate
        case $source in
        files) mapfile -t COMPREPLY < <(compgen -f -- "$prefix") ;;
        dirs) mapfile -t COMPREPLY < <(compgen -d -- "$prefix") ;;
        *)
                while IFS= read -r candidate; do
                        [[ $candidate == "$prefix"* ]] && COMPREPLY+=("$candidate")
                done < <(_assetlib_source "$source")
                ;;
        esac
}

_assetlib_words() {
        local current=$1
        if [[ $current == --*=* ]]; then
                _assetlib_offer "${current#*=}" "$(_assetlib_option "${current%%=*}" 4)"
                COMPREPLY=("${COMPREPLY[@]/#/"${current%%=*}="}")
        elif [[ $previous == -* && $previous != *=* && $(_assetlib_option "$previous" 3) != @(-|) ]]; then
                _assetlib_offer "$current" "$(_assetlib_option "$previous" 4)"
        elif [[ $current == -* ]]; then
                mapfile -t COMPREPLY < <("$program" --list-options ${verb:+"$verb"} 2>/dev/null | cut -f1 |
                        grep -e "^$current")
        elif [[ ! $verb ]]; then
                _assetlib_offer "$current" verbs
        else
                _assetlib_offer "$current" "$("$program" --list-verbs 2>/dev/null |
                        awk -F'\t' -v verb="$verb" '$1 == verb { print $3 }')"
        fi
}

# readline replaces only what stands behind the last ':' or '=', so that is all it may be given.
_assetlib_trim() {
        local current=$1 behind=$1 i
        [[ $COMP_WORDBREAKS == *:* ]] && behind=${behind##*:}
        [[ $COMP_WORDBREAKS == *=* ]] && behind=${behind##*=}
        local before=${current%"$behind"}
        for i in "${!COMPREPLY[@]}"; do
                COMPREPLY[i]=${COMPREPLY[i]#"$before"}
        done
}

_assetlib() {
        local line=${COMP_LINE:0:COMP_POINT} program verb previous
        local -a words library
        COMPREPLY=()
        read -ra words <<<"$line"
        [[ $line == *[[:space:]] ]] && words+=('')
        program=${words[0]}
        type "$program" &>/dev/null || program=assetlib
        _assetlib_scan
        _assetlib_words "${words[-1]}"
        _assetlib_trim "${words[-1]}"
}

complete -F _assetlib assetlib
