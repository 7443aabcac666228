#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# night_rules.sh BIN blocks|money|middle|keys|origins|files: what a night must keep to, whatever is answered: a block is never sent again unchanged, the budget is never passed, an unknown outcome is
# not bought twice, a key goes to its own host only, and one bad provider, recipe or credential stays one.
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"
key=canary-$RANDOM-$RANDOM-never-to-be-seen

# night_of NAME SCRIPT-LINES...: a fake with that script, and the one-cell configuration for it.
night_of() {
        name=$1
        shift
        fresh
        script_file "$@"
        fake_start gemini --script "$work/script" --image-scale 8 ${fake_more:-}
        small_config "$fake_port"
}

passed() {
        sound
        echo "ok: $name"
}

# Every word Gemini blocks with. Not sent again in this night nor the next, until the recipe changes.
blocks() {
        local finish="SAFETY PROHIBITED_CONTENT BLOCKLIST SPII RECITATION LANGUAGE IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT IMAGE_RECITATION"
        local prompt="SAFETY OTHER BLOCKLIST PROHIBITED_CONTENT IMAGE_SAFETY MODEL_ARMOR JAILBREAK BLOCKED_REASON_UNSPECIFIED NEVER_HEARD_OF"
        local word lines=() cells=() n=0
        for word in $finish; do
                lines+=("every prompt:category=c$n; finish $word")
                cells+=("c$((n++))")
        done
        for word in $prompt; do
                lines+=("every prompt:category=c$n; block $word")
                cells+=("c$((n++))")
        done
        night_of "blocked" "${lines[@]}"
        rm "$work/etc/recipes.d/hero.yaml"
        recipe shapes gemini gemini-nano-banana-2.1 "[$(IFS=,; echo "${cells[*]}")]"
        night
        # Half refused of ten answers and more: the provider is given a rest, and the next night sends the others.
        want "exit code" "$code" 6
        said "provider 'gemini' is stopped for this night: blocked: its safety rules refused 1[0-9] of the last 1[0-9] answers"
        cp "$work/err" "$work/first"
        night
        cat "$work/first" >>"$work/err"
        want "exit code" "$code" 3
        want "blocked jobs" "$(ledger "SELECT count(*) FROM job WHERE state = 'blocked'")" "$n"
        want "requests" "$(requests)" "$n"
        want "assets" "$(assets)" 0
        for word in $finish $prompt; do
                said "blocked job .*\(shapes: .* at gemini, $word\): .*not sent again until the recipe changes"
        done
        passed

        name="blocked, the next night"
        night
        want "requests" "$(requests)" "$n"
        want "exit code" "$code" 3
        passed

        name="blocked, after the recipe changed"
        : >"$work/script"
        fake_stop "$fake_pid"
        fake_start gemini --image-scale 8
        sed -i "s,http://127.0.0.1:[0-9]*,http://127.0.0.1:$fake_port," "$work/etc/pregen.yaml"
        sed -i 's/photo of/friendly photo of/' "$work/etc/recipes.d/shapes.yaml"
        night
        want "exit code" "$code" 0
        want "assets" "$(assets)" "$n"
        passed
}

# spent: what the library says was spent or may have been; always the sum over the attempts (assetlib verify recounts it).
spent() {
        ledger 'SELECT coalesce(sum(coalesce(billed, reserved)), 0) FROM attempt'
}

money() {
        night_of "unknown, dear: held" '* reset before'
        sed -i 's/retry_below: .*}/retry_below: 0}/' "$work/etc/pregen.yaml"
        night
        want "exit code" "$code" 7
        want "jobs" "$(states)" unknown
        want "requests" "$(requests)" 1
        said 'unknown outcome of job .*counted as spent.*held for a person'
        passed
        name="unknown, dear: held the next night as well"
        night
        want "requests" "$(requests)" 1
        want "exit code" "$code" 7
        want "assets" "$(assets)" 0
        passed

        # Two worst cases fit, and five real prices: what calls in flight free is used, and never more.
        budget=0.25 night_of "budget of the run, used to the end"
        recipe more gemini gemini-nano-banana-2.1 "[a, b, c, d, e]"
        night
        want "exit code" "$code" 5
        want "assets" "$(assets)" 5
        want "requests" "$(requests)" 5
        want "spent within the budget" "$(($(spent) <= 250000 && $(spent) > 0))" 1
        said 'the budget is reached: .*spent or reserved of \$0.25'
        passed

        # Four fit as long as nothing goes wrong. What is paid for and of no use takes the room of others.
        budget=0.40 night_of "budget of the run, reached on the way" '3x * finish NO_IMAGE'
        recipe more gemini gemini-nano-banana-2.1 "[a, b, c]"
        sed -i 's/concurrency: [0-9]*/concurrency: 1/' "$work/etc/pregen.yaml"
        night
        want "exit code" "$code" 5
        want "spent within the budget" "$(($(spent) <= 400000 && $(spent) > 290000))" 1
        said 'the budget is reached: .*spent or reserved of \$0.40'
        passed

        # A brand's month, counted in the settings' time zone; what other brands may spend is not touched.
        night_of "budget of a brand, in its time zone"
        recipe more gemini gemini-nano-banana-2.1 "[a, b]"
        sed 's/^recipe: .*/recipe: other/; s/acme/zenith/' "$work/etc/recipes.d/more.yaml" >"$work/etc/recipes.d/other.yaml"
        printf 'budget: {per_month: 0.10}\n' >>"$work/etc/brands.d/acme.yaml"
        printf 'time_zone: Pacific/Kiritimati\n' >>"$work/etc/pregen.yaml"
        sed -i 's/concurrency: [0-9]*/concurrency: 1/' "$work/etc/pregen.yaml"
        night
        want "exit code" "$code" 5
        want "of acme" "$("$bin/assetlib" query brand:acme --count)" 1
        want "of zenith" "$("$bin/assetlib" query brand:zenith --count)" 2
        want "day" "$(ledger "SELECT group_concat(DISTINCT period) FROM spend WHERE period LIKE 'day:%'")" "day:$(TZ=Pacific/Kiritimati date +%F)"
        said 'the budget is reached: .*spent or reserved of \$0.10 a month for brand:acme'
        passed

        night_of "--max-cost"
        recipe more gemini gemini-nano-banana-2.1 "[a, b, c, d, e]"
        night --max-cost 0.10
        want "exit code" "$code" 5
        want "requests" "$(requests)" 1
        want "spent within the bounds" "$(($(spent) <= 100000))" 1
        passed

        night_of "no price for the model"
        recipe unpriced gemini gemini-99-never-priced "[a]"
        night
        want "exit code" "$code" 3
        want "assets" "$(assets)" 1
        want "requests for it" "$(grep -c never-priced "$work/gemini.log" || true)" 0
        said 'unpriced: .*gemini-99-never-priced'
        said 'prices.yaml'
        passed
}

# second_provider FILE: provider `other` at the same fake, with its key in FILE; recipe `theirs` uses it.
second_provider() {
        cat >>"$work/etc/pregen.yaml" <<YAML
  other: {driver: gemini, base_url: "http://127.0.0.1:$fake_port/v1", credential_file: $1}
YAML
        recipe theirs other gemini-nano-banana-2.1 "[a, b]"
}

one_key_bad() { # TOLD
        night
        want "exit code" "$code" 6
        want "jobs" "$(ledger "SELECT group_concat(recipe || ' ' || state) FROM (SELECT recipe, state FROM job ORDER BY recipe, id)")" \
                'hero done,theirs cancelled,theirs cancelled'
        want "requests" "$(requests)" 1
        said "$1"
        passed
}

# What a provider refuses in the middle of its night ends its own night only: the rest is not tried, what was made stays, the other provider goes on.
refused_in_the_middle() { # ACTION OUTCOME TOLD
        night_of "$1 in the middle of a night" "prompt:category=b $1"
        second_provider "$work/etc/key"
        sed -i 's/category=/theirs=/' "$work/etc/recipes.d/theirs.yaml"
        recipe more gemini gemini-nano-banana-2.1 "[a, b, c, d]"
        sed -i '0,/concurrency: [0-9]*/s//concurrency: 1/' "$work/etc/pregen.yaml"
        echo 'priority: 9' >>"$work/etc/recipes.d/hero.yaml"
        night
        want "exit code" "$code" 6
        want "refused, once" "$(ledger "SELECT group_concat(outcome) FROM attempt WHERE outcome != 'made'")" "$2"
        want "made before it" "$(ledger "SELECT state FROM job WHERE recipe = 'hero'")" done
        want "the other provider" "$(ledger "SELECT group_concat(state) FROM job WHERE recipe = 'theirs'")" done,done
        want "not tried" "$(ledger "SELECT count(*) > 0 FROM job j WHERE recipe = 'more' AND state = 'cancelled' AND NOT EXISTS (SELECT 1 FROM attempt a WHERE a.job = j.id)")" 1
        want "requests" "$(requests)" "$(($(assets) + 1))"
        said "$3"
        passed
}

middle() {
        refused_in_the_middle 429day throttled "provider 'gemini' is stopped for this night.*day's quota"
        refused_in_the_middle billing400 funds "provider 'gemini' is stopped for this night.*enable billing"

        night_of "a provider whose name nobody knows"
        recipe lost nowhere gemini-nano-banana-2.1 "[a]"
        cat >>"$work/etc/pregen.yaml" <<YAML
  nowhere: {driver: gemini, base_url: "https://provider.invalid/v1", credential_file: $work/etc/key, timeout: 2s}
YAML
        night
        want "exit code" "$code" 6
        want "the other provider" "$(ledger "SELECT state FROM job WHERE recipe = 'hero'")" done
        want "nothing was sent, nothing is paid" "$(ledger "SELECT group_concat(DISTINCT outcome) || ' ' || sum(billed) FROM attempt WHERE provider = 'nowhere'")" 'transient 0'
        said "'nowhere' is stopped for this night: .*for 2s nobody was reached there: .*resolve"
        passed
}

keys() {
        night_of "a credential that is not there"
        second_provider "$work/etc/nokey"
        one_key_bad "provider 'other' is stopped for this night.*nokey"

        night_of "a credential others can read"
        second_provider "$work/etc/open"
        install -m 0644 "$work/etc/key" "$work/etc/open"
        one_key_bad "provider 'other' is stopped for this night.*open.*(chmod|0600)"

        night_of "a credential that is a directory"
        second_provider "$work/etc/directory"
        mkdir "$work/etc/directory"
        one_key_bad "provider 'other' is stopped for this night.*directory"

        night_of "an empty credential"
        second_provider "$work/etc/empty"
        install -m 0600 /dev/null "$work/etc/empty"
        one_key_bad "provider 'other' is stopped for this night.*empty"

        night_of "a key the provider refuses, and its neighbours" '* key400'
        cat >>"$work/etc/pregen.yaml" <<<'  studio: {driver: local}'
        recipe drawn studio headline "[a]"
        sed -i -e 's/^params.*/params: {size: 200x200, headline: "Now"}/' "$work/etc/recipes.d/drawn.yaml"
        night
        want "exit code" "$code" 6
        want "assets" "$(assets)" 1
        said "provider 'gemini' is stopped"
        passed

        night_of "a broken recipe beside good ones"
        printf 'version: 1\nrecipe: [broken\n' >"$work/etc/recipes.d/broken.yaml"
        printf 'version: 1\nrecipe: typo\nkind: image\nprovidr: gemini\n' >"$work/etc/recipes.d/typo.yaml"
        night
        want "exit code" "$code" 3
        want "assets" "$(assets)" 1
        said 'broken.yaml:[0-9]+:[0-9]+: '
        said "typo.yaml:4:1: .*provider"
        passed
}

origins() {
        local sink_port how
        for how in 'file other' 'file own' 'redirect 307' 'redirect 302' 'redirect 308'; do
                fresh
                name="$how to another host"
                fake_start sink --sink
                sink_port=$fake_port
                # A result of the provider's own host is sent on to the other: the key went to the first, and must stay there.
                script_file "every path:/files/ redirect 302" "every * $how"
                fake_start gemini --script "$work/script" --image-scale 8 --other-origin "http://127.0.0.1:$sink_port"
                small_config "$fake_port"
                night
                want "key at the other host" "$(grep -c '"key":"\(right\|wrong\)"' "$work/sink.log" || true)" 0
                want "headers with it" "$(grep -ciE 'goog-api-key|authorization' "$work/sink.log" || true)" 0
                if [ "${how% *}" = file ]; then
                        want "exit code" "$code" 0
                        want "assets" "$(assets)" 1
                        want "requests at the other host" "$(requests sink)" 1
                else
                        want "assets" "$(assets)" 0
                        want "posts at the other host" "$(grep -c '"method":"POST"' "$work/sink.log" || true)" 0
                        said 'redirect|another (host|origin)|HTTP 30'
                fi
                passed
        done
}

# night_within N: as night, by a process that may hold N files open, and cannot raise that.
night_within() {
        code=0
        (ulimit -n "$1" && exec timeout -k 5 100 "$bin/pregend" run) >"$work/out" 2>"$work/err" || code=$?
        check_traces
}

# An answer that no descriptor is left for would be lost, paid: so no more calls leave than there are descriptors for.
files() {
        name='few open files'
        fresh
        fake_start gemini --image-scale 16 --delay-ms 200-300
        night_config "$fake_port" 60 20
        night_within 100
        want "exit code" "$code" 1
        said 'only 100 files may be open, and a night needs 256: raise the limit'
        want "requests" "$(requests)" 0
        night_within 300
        want "exit code" "$code" 0
        want "assets" "$(assets)" 120
        want "attempts" "$(ledger "SELECT count(*) FROM attempt")" 120
        want "most at once" "$(grep -o '"in_flight":[0-9]*' "$work/gemini.log" | cut -d: -f2 | sort -n | tail -1)" 36
        passed
}

case $2 in
blocks | money | middle | keys | origins | files) "$2" ;;
*) fail "no group '$2'" ;;
esac
