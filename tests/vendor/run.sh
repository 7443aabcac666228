#!/bin/sh
# SPDX-License-Identifier: MIT
# The vendor's own client, version pinned in package-lock.json, against the fake. $1: directory of the programs.
set -eu

bin=$1
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
        echo "skipped: npm is not installed (apt-get install npm)"
        exit 77
fi

# Installed once a lock file: node_modules lives beside the build, never in the source tree.
work=$bin/../vendor
mkdir -p "$work"
cp "$here/package.json" "$here"/client*.mjs "$work/"
if ! cmp -s "$here/package-lock.json" "$work/node_modules/.installed-lock"; then
        rm -rf "$work/node_modules"
        cp "$here/package-lock.json" "$work/"
        npm ci --no-audit --no-fund --ignore-scripts --prefix "$work"
        cp "$here/package-lock.json" "$work/node_modules/.installed-lock"
fi

tmp=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || :; rm -rf "$tmp"' EXIT
cat >"$tmp/script" <<'END'
every prompt:FAIL-minute 429minute 7
every prompt:FAIL-html html502
every prompt:FAIL-blocked block PROHIBITED_CONTENT
every prompt:END-filtered operation end=filtered
every prompt:END-failed operation end=failed
every prompt:END-expired operation end=expired
every prompt:BAD-second operation bad=2
END
echo 'gemini-nano-banana-2.1 image 39000' >"$tmp/prices"
mkfifo "$tmp/port"
"$bin/fake-provider" --script "$tmp/script" --prices "$tmp/prices" --image-scale 4 --files-origin https://generativelanguage.googleapis.com \
        --log "$tmp/log" >"$tmp/port" &
pid=$!
read -r port <"$tmp/port"
cd "$work"
node client.mjs "http://127.0.0.1:$port"
node client_video.mjs "http://127.0.0.1:$port" "$tmp"
node client_batch.mjs "http://127.0.0.1:$port"
kill "$pid"
wait "$pid"
pid=
grep -q '"key":"right"' "$tmp/log"
"$here/calls.sh" --log "$tmp/log"
