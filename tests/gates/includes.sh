#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Includes run down the layers and never back up, are always "layer/file.h", and stop at a layer's public headers.
source "$(dirname "$0")/lib.sh"

declare -A below=(
        [base]='base'
        [core]='base core'
        [media]='base core media'
        [cli]='base core media cli'
        [provider]='base core provider'
        [recipe]='base core provider recipe'
        [plan]='base core media provider recipe plan'
        [net]='base core provider net'
        [night]='base core media provider recipe plan net night'
        [daemon]='base core media provider recipe plan net night daemon'
)

# Sets `layer` of a file.
layer_of() {
        case $1 in
        */*/*) layer=${1#*/} layer=${layer%%/*} ;;
        *) layer=${1%%/*} ;;
        esac
}

check_include() { # FILE LAYER LINE INCLUDED
        local to=${4%%/*}
        [[ $4 == */* ]] || to=
        if [[ -z $to ]]; then
                [[ $2 == daemon ]] || { complain "$1:$3: include \"$4\" as \"layer/$4\""; return; }
                to=daemon
        fi
        [[ " ${below[$2]} " == *" $to "* ]] || complain "$1:$3: $2 must not include \"$4\""
        [[ $to == "$2" ]] && return
        case $4 in
        *private.h | *internal.h) complain "$1:$3: \"$4\" is private to $to" ;;
        core/library.h) ;;
        core/*) complain "$1:$3: the core has one public header, core/library.h" ;;
        esac
}

while IFS= read -r file; do
        layer_of "$file"
        [[ -n ${below[$layer]:-} ]] || { complain "$file: unknown layer '$layer'; add it to tests/gates/includes.sh"; continue; }
        while IFS=: read -r line text; do
                check_include "$file" "$layer" "$line" "$text"
        done < <(sed -nE '/^[[:space:]]*#[[:space:]]*include[[:space:]]*"/{=;s/.*"(.*)".*/\1/p}' "$file" | paste -d: - -)
done < <(product)
verdict
