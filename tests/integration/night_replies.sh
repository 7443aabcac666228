#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# night_replies.sh BIN refused|wire|useless: one night for each way a provider answers. Each row: what the fake does (script lines, ";" between), then what must come of it: exit code, states of the jobs,
# outcomes of the attempts, requests received, assets on the shelf, and what the operator is told.
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"
key=canary-$RANDOM-$RANDOM-never-to-be-seen

row() { # SCRIPT CODE STATES OUTCOMES REQUESTS ASSETS TOLD
        local name=$1
        local -a lines
        IFS=';' read -r -a lines <<<"$1"
        fresh
        script_file "${lines[@]}"
        fake_start gemini --script "$work/script" --image-scale 8
        small_config "$fake_port"
        night
        want "exit code" "$code" "$2"
        want "jobs" "$(states)" "$3"
        want "attempts" "$(outcomes)" "$4"
        want "requests" "$(requests)" "$5"
        want "assets" "$(assets)" "$6"
        want "key on the wire" "$(grep -c '"key":"\(absent\|wrong\)"' "$work/gemini.log" || true)" 0
        said "$7"
        sound
        rows=$((rows + 1))
}
rows=0

# The provider refuses, for now or for good.
refused() {
        row '* 503'                     0 done transient,made 2 1 'UNAVAILABLE.*The model is overloaded.*again in'
        row '* array503'                0 done transient,made 2 1 'The model is overloaded.*again in'
        row '* html502'                 0 done transient,made 2 1 'HTTP_502.*again in'
        row '* empty500'                0 done transient,made 2 1 'HTTP_500.*again in'
        row '4x * 503'                  3 failed transient,transient,transient,transient 4 0 'failed job .*UNAVAILABLE.*overloaded'

        # Limits: waiting costs no attempt; a spent day stops the provider.
        row '6x * 429minute 0'          0 done throttled,throttled,throttled,throttled,throttled,throttled,made 7 1 'RESOURCE_EXHAUSTED.*You exceeded your current quota'
        want 'tries that count' "$(ledger 'SELECT attempts FROM job')" 1
        row '* 429minute 1'             0 done throttled,made 2 1 'You exceeded your current quota.*again in 1'
        want 'limits learned where nothing was accepted before' "$(ledger 'SELECT count(*) FROM learned_limit')" 0
        row '* 429header 1'             0 done throttled,made 2 1 'RESOURCE_EXHAUSTED.*again in 1'
        row '* 429day'                  6 cancelled throttled 1 0 "provider 'gemini' is stopped for this night.*day's quota"
        row '* 429spend'                6 cancelled throttled 1 0 "provider 'gemini' is stopped for this night.*spend limit"
        row '* 429zero'                 3 failed rejected 1 0 'no quota for this model'

        # The account.
        row '* key400'                  6 cancelled credentials 1 0 'stopped for this night.*refused the key.*API key not valid'
        row '* leaked403'               6 cancelled credentials 1 0 'stopped for this night.*reported as leaked'
        row '* billing400'              6 cancelled funds 1 0 'stopped for this night.*enable billing'
        row '* retired404'              3 failed rejected 1 0 "model 'gemini-nano-banana-2.1' is retired: change 'model:'.*no longer available"
        row '* error 400 INVALID_ARGUMENT no such aspect ratio' 3 failed rejected 1 0 'INVALID_ARGUMENT.*no such aspect ratio'
}

# The wire breaks: unknown, counted as spent; below retry_below it is asked for again. Or the answer is odd, but whole.
wire() {
        row '* reset before'            0 done unknown,made 2 1 'unknown job.*again in'
        row '* reset headers'           0 done unknown,made 2 1 'unknown job.*again in'
        row '* reset body'              0 done unknown,made 2 1 'unknown job.*again in'
        row '* close before'            0 done unknown,made 2 1 'unknown job.*again in'
        row '* close body'              0 done unknown,made 2 1 'unknown job.*again in'
        timeout=2s row '* short'        0 done unknown,made 2 1 'unknown job.*again in'
        timeout=1s row '* hang'         0 done unknown,made 2 1 'unknown job.*again in'
        want 'spent' "$(ledger "SELECT billed = reserved AND billed > 0 FROM attempt WHERE outcome = 'unknown'")" 1

        row '* drip 4000'               0 done made 1 1 'made job'
        row '* chunked'                 0 done made 1 1 'made job'
        row '* snake'                   0 done made 1 1 'made job'
        row '* nodraft'                 0 done made 1 1 'made job'
        row '* bigtext 100000'          0 done made 1 1 'made job'
        row '* finishwith MAX_TOKENS'   0 done made 1 1 'made job'
        row '* file own'                0 done made 2 1 'made job'
        row '* jpegaspng'               0 done made 1 1 'made job'
        want 'a JPEG under a wrong name' "$(ledger 'SELECT ext || " " || media_type FROM object')" 'jpg image/jpeg'
}

# Paid, and of no use: once more, then given up.
useless() {
        row '* badjson'                 0 done broken,made 2 1 'broken job.*again in'
        row '* badbase64'               0 done broken,made 2 1 'broken job.*again in'
        row '* html200'                 0 done broken,made 2 1 'broken job.*again in'
        row '* truncpng'                0 done broken,made 2 1 'broken job.*no usable picture.*again in'
        row '* htmlaspng'               0 done broken,made 2 1 'broken job.*no usable picture.*again in'
        row '* wrongratio'              0 done broken,made 2 1 'broken job.*asked for a ratio of 1:1.*again in'
        row '* huge'                    3 failed broken 1 0 'failed job.*UNUSABLE.*larger than'
        row '* bigtext 500000'          3 failed broken 1 0 'failed job.*UNUSABLE.*longer than'
        row '* thoughtonly'             0 done broken,made 2 1 'broken job.*again in'
        row '* textonly'                0 done broken,made 2 1 'broken job.*again in'
        row '* nocandidates'            0 done broken,made 2 1 'broken job.*again in'
        row '* emptycandidates'         0 done broken,made 2 1 'broken job.*again in'
        row '* nocontent'               0 done broken,made 2 1 'broken job.*again in'
        row '* noparts'                 0 done broken,made 2 1 'broken job.*again in'
        row '* finish NO_IMAGE'         0 done broken,made 2 1 'broken job.*NO_IMAGE.*made no picture.*again in'
        row '2x * finish NO_IMAGE'      3 failed broken,broken 2 0 'failed job .*NO_IMAGE'
        row '2x * truncpng'             3 failed broken,broken 2 0 'failed job .*no usable picture'
        want 'paid for' "$(ledger 'SELECT min(billed) > 0 FROM attempt')" 1
        row '* finish NEVER_HEARD_OF'   3 failed broken 1 0 'failed job .*NEVER_HEARD_OF.*does not know'
}

case $2 in
refused | wire | useless) "$2" ;;
*) fail "no group '$2'" ;;
esac
echo "ok: $rows nights"
