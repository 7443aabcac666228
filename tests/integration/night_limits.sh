#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# night_limits.sh BIN: a declared ceiling of calls a day holds over runs, and the notify command gets the report.
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"

status() { # COMMAND...: its exit status
        local s=0
        "$@" >"$work/out" 2>"$work/err" || s=$?
        echo "$s"
}

fake_start gemini
night_config "$fake_port" 2 1
sed -i 's/limits: {.*}/limits: {concurrency: 2, per_day: 4}/' "$work/etc/pregen.yaml"
cat >>"$work/etc/pregen.yaml" <<YAML
notify:
  on: [failure, shortage]
  command: [/bin/sh, -c, "cat >'$work/news'"]
YAML
expect "the run that meets the ceiling" "$(status "$bin/pregend" run)" 6
expect "answered" "$(answered gemini)" 4
grep -q 'ceiling of 4 calls a day' "$work/err" || fail "the ceiling is not named: $(cat "$work/err")"
grep -q '"schema":1' "$work/news" || fail "no report for the notify command"
grep -q '"exit_code":6' "$work/news" || fail "the report lacks the exit code: $(cat "$work/news")"
grep -q '"cells_short":2' "$work/news" || fail "the report lacks the short cells: $(cat "$work/news")"
expect "the next run of the day" "$(status "$bin/pregend" run)" 6
expect "answered after it" "$(answered gemini)" 4

sed -i 's/, per_day: 4//' "$work/etc/pregen.yaml"
rm "$work/news"
expect "without the ceiling" "$(status "$bin/pregend" run)" 0
expect "answered in the end" "$(answered gemini)" 6
[ ! -e "$work/news" ] || fail "told of a good night, though only failure and shortage were asked for"
sed -i 's/^  on: .*/  on: [always]/; s|^  command: .*|  command: [/nonexistent/tell-ops]|' "$work/etc/pregen.yaml"
expect "a notify command that is not there" "$(status "$bin/pregend" run)" 0
grep -q "cannot start the notify command '/nonexistent/tell-ops'" "$work/err" || fail "its absence is not told"
