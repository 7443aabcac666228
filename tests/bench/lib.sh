# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# Sourced by the benchmarks, after $bin is set: clients of one fake server, and the figures of each run.

more=${more:-$bin}
# shellcheck source=tests/support/night.sh
. "$(dirname "${BASH_SOURCE[0]}")/../support/night.sh"
here=$source/tests/bench
cells=20 # how many share the stock; a night has many

# peers_install: the Node clients with p-limit as package-lock.json pins it; node_modules lies beside the build. False when there is no npm.
peers_install() {
        peers=$bin/../bench-peers
        command -v npm >/dev/null && command -v node >/dev/null || return 1
        mkdir -p "$peers"
        cp "$here/package.json" "$here/peers.mjs" "$peers/"
        if ! cmp -s "$here/package-lock.json" "$peers/node_modules/.installed-lock"; then
                rm -rf "$peers/node_modules"
                cp "$here/package-lock.json" "$peers/"
                npm ci --no-audit --no-fund --ignore-scripts --silent --prefix "$peers" || return 1
                cp "$here/package-lock.json" "$peers/node_modules/.installed-lock"
        fi
}

# bench_config ITEMS CONCURRENCY: settings and a recipe of ITEMS pictures in $cells cells.
bench_config() {
        local items=$1 values
        budget=1000000 timeout=300s night_config "$fake_port" "$2" $(((items + cells - 1) / cells))
        values=$(seq -s, -f 'n%g' "$cells")
        sed -i -e 's/^  brand: .*/  brand: acme/' -e 's/^  hook: .*/  hook: urgency/' \
                -e "s/^  category: .*/  category: [$values]/" "$work/etc/recipes.d/hero.yaml"
}

# The request of all but pregend, which makes its own.
request_url() {
        echo "http://127.0.0.1:$fake_port/v1/models/gemini-nano-banana-2.1:generateContent"
}
request_body() {
        printf '%s' '{"contents":[{"role":"user","parts":[{"text":"bright studio photo of a kettle."}]}],' \
                '"generationConfig":{"responseModalities":["TEXT","IMAGE"],"imageConfig":{"aspectRatio":"1:1","imageSize":"1K"}}}' \
                >"$work/request.json"
}

# curl_config ITEMS: the same requests for curl --parallel, whose answers go to files as they are.
curl_config() {
        local i url
        url=$(request_url)
        request_body
        for ((i = 0; i < $1; i++)); do
                [ "$i" -eq 0 ] || echo next
                printf 'url = "%s"\noutput = "%s"\ndata = "@%s"\nheader = "content-type: application/json"\n' \
                        "$url" "$work/files/$i.json" "$work/request.json"
                printf 'header = "x-goog-api-key: test-key"\nsilent\nfail\n'
        done >"$work/curl.config"
}

# put_aside: what the last run left goes out of the way of the next. It is written out, or the next would wait for that; and not removed before the end: ext4
# without a journal looks at every inode that was freed in the last minutes before it gives a new one away, which would be measured instead.
runs=0
put_aside() {
        local left=$work/old/$((runs++))
        mkdir -p "$left"
        mv "$work"/{files,library,etc,fake.log} "$left" 2>/dev/null || true
        sync
}

# client NAME ITEMS CONCURRENCY BYTES MIN-MAX: one client against a server of its own, whose latencies are the same for each of them. Sets $wall_ms, $ideal_ms
# (max(sum of latencies / concurrency, the longest)), $own_ms and $children_ms of CPU time, $peak_kib.
#
# An answer is one picture; with answer=ok in the environment a small draft comes before it, as from models that think: for pregend one more file to make and remove.
client() {
        local name=$1 items=$2 concurrency=$3 bytes=$4 span=$5 code=0 command input=/dev/null
        put_aside
        mkdir -p "$work/files"
        echo "every * ${answer:-nodraft}" >"$work/script"
        bin=$more fake_start fake --image-bytes "$bytes" --image-scale 4 --delay-ms "$span" --seed 7 --script "$work/script"
        case $name in
        pregend)
                bench_config "$items" "$concurrency"
                command=("$bin/pregend" run --quiet)
                ;;
        curl)
                curl_config "$items"
                command=(curl --parallel --parallel-max "$concurrency" --parallel-immediate -K "$work/curl.config")
                ;;
        floor | intents)
                request_body
                command=("$bin/floor" "$(request_url)" "$items" "$concurrency" "$work/files")
                [ "$name" = floor ] || command+=(intents)
                input=$work/request.json
                ;;
        *)
                command=(node "$peers/peers.mjs" "$name" "http://127.0.0.1:$fake_port/v1" "$items" "$concurrency" "$work/files")
                ;;
        esac
        "$more/measure" "$work/figures" "${command[@]}" <"$input" >"$work/out" 2>"$work/err" || code=$?
        [ "$code" -eq 0 ] || { tail -5 "$work/err" >&2; fail "$name ended with $code"; }
        fake_stop "$fake_pid"
        if [ "$name" = pregend ]; then
                [ "$("$bin/assetlib" query --count)" -ge "$items" ] || fail "not all of $items assets are there"
        else
                [ "$(find "$work/files" -type f | wc -l)" -eq "$items" ] || fail "$name: not all of $items files are there"
        fi
        # shellcheck disable=SC2034 # for whoever called
        read -r peak_kib own_ms children_ms wall_ms <"$work/figures"
        # shellcheck disable=SC2034
        ideal_ms=$(sed -n 's/.*"event":"answered".*"latency_ms":\([0-9]*\).*/\1/p' "$work/fake.log" |
                awk -v c="$concurrency" '{ sum += $1; if ($1 > longest) longest = $1 } END { i = sum / c; print (i > longest ? i : longest) + 0 }')
}

# calc FORMAT EXPRESSION: arithmetic that bash lacks.
calc() {
        awk "BEGIN { printf \"$1\", $2 }"
}

# median: of the numbers on standard input, one a line.
median() {
        sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

header() {
        echo "# $(nproc) processors, load average $(cut -d' ' -f1-3 /proc/loadavg) before the first run; pregend stores durably and verifies each picture, the others do not"
}
