#!/bin/sh
# SPDX-License-Identifier: MIT
# The clients of OpenAI, Runway, fal and Replicate, versions pinned in media/package-lock.json, against the fake. $1: directory of the programs.
set -eu

bin=$1
here=$(cd "$(dirname "$0")" && pwd)/media
if ! command -v npm >/dev/null || ! command -v node >/dev/null; then
        echo "skipped: npm is not installed (apt-get install npm)"
        exit 77
fi

# Installed once a lock file: node_modules lives beside the build, never in the source tree.
work=$bin/../vendor-media
mkdir -p "$work"
cp "$here/package.json" "$here/client.mjs" "$work/"
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
every prompt:FAIL-refusal refusal
every prompt:FAIL-quota quota
every prompt:FAIL-safety operation fail=SAFETY.INPUT.TEXT
every prompt:FAIL-policy operation fail=content_policy_violation
every prompt:FAIL-nsfw operation fail=NSFW
END
mkfifo "$tmp/port"
"$bin/fake-provider" --script "$tmp/script" --image-scale 4 --log "$tmp/log" >"$tmp/port" &
pid=$!
read -r port <"$tmp/port"
cd "$work"
node client.mjs "http://127.0.0.1:$port"
kill "$pid"
wait "$pid"
pid=
"$here/../calls.sh" --log "$tmp/log"
