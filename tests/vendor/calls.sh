#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# calls.sh BIN: runs the vendors' own clients against the fake and prints what each of them called: client and version, as it names itself on the
# wire, then times, method and path ({}: any name).
# calls.sh --log FILE: the same from a log of the fake.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# A client's name is what stands before the platform in its User-Agent; a bare fetch() of a result or an upload has none.
from_log() {
        sed -nE 's/.*"event":"received".*"method":"([A-Z]+)".*"agent":"([^"]*)","pattern":"([^"]*)".*/\2\t\1 \3/p' "$1" |
                sed -E 's/^google-genai-sdk\/([^ \t]*)[^\t]*/@google\/genai \1/; s/^OpenAI\/JS /openai /; s/^RunwayML\/JS /@runwayml\/sdk /;
                        s/^@fal-ai\/client\/([^ \t]*)[^\t]*/@fal-ai\/client \1/; s/^replicate-javascript\//replicate /; s/^node[^\t]*/(fetch, unnamed)/' |
                sort | uniq -c | awk -F '\t' '{ n = $1; sub(/ *[0-9]+ /, "", $1); sub(/^ */, "", n); sub(/ .*/, "", n); printf "call: %-24s %3d  %s\n", $1, n, $2 }'
}

if [ "$1" = --log ]; then
        from_log "$2"
        exit
fi
for round in run media; do
        "$here/$round.sh" "$1" | grep '^call: ' | cut -c 7-
done
