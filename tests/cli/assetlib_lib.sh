# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# What the assetlib scripts share: a library that make_library.c describes, and comparisons that
# show both sides. Source it with the bin directory as $1.

set -u -o pipefail
shopt -s lastpipe # '... | same FILE' ends the script when they differ, not a subshell alone
bin=$1
tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/pregen-cli-XXXXXX")
trap 'rm -rf "$work"' EXIT
unset NO_COLOR CLICOLOR_FORCE COLUMNS
export PREGEN_LIBRARY=$work/library TZ=UTC
"$bin/make_library" "$PREGEN_LIBRARY" || exit 1

fail() {
        printf 'FAILED: %.300s\n' "$1" >&2
        exit 1
}

# run CODE ARGS...: assetlib must end with CODE; its output is left in $work/out and $work/err.
run() {
        local want=$1 got
        shift
        "$bin/assetlib" "$@" >"$work/out" 2>"$work/err"
        got=$?
        [[ $got == "$want" ]] && return
        cat "$work/out" "$work/err" >&2
        fail "assetlib $*: exit code $got, not $want"
}

# same FILE: FILE is what stdin says, byte for byte.
same() {
        diff -u - "$1" >&2 || fail "$1 differs (wanted -, got +)"
}

# has FILE TEXT, lacks FILE TEXT
has() {
        grep -qF -e "$2" "$1" && return
        cat "$1" >&2
        fail "$1 lacks: $2"
}
lacks() {
        grep -qF -e "$2" "$1" || return 0
        cat "$1" >&2
        fail "$1 has: $2"
}
empty() {
        [[ ! -s $1 ]] && return
        cat "$1" >&2
        fail "$1 is not empty"
}

# Ids and hashes follow from the content; tests of other things do not want to know them.
hide() {
        sed -E -e "s|$PREGEN_LIBRARY|LIBRARY|g" -e 's/\b[0-9a-f]{64}\b/HASH/g' -e 's/\b[0-9a-f]{16}\b/JOB/g' \
                -e 's|objects/[0-9a-f]{2}/|objects/XX/|g' -e 's/\b[0-9a-hjkmnp-tv-z]{12}\b/IDIDIDIDIDID/g'
}

# asset TERMS...: the id of the one asset they select
asset() {
        local found
        found=$("$bin/assetlib" query "$@" --format id) || fail "no asset: $*"
        [[ $found == *$'\n'* ]] && fail "more than one asset: $*"
        printf '%s\n' "$found"
}
