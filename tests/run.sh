#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh               installs what is needed, builds with gcc and with clang (both with sanitizers), runs all tests, clang-tidy and cppcheck
# run.sh CTEST-ARGS... quick: builds with gcc and passes the arguments to ctest, as in: tests/run.sh -R test_db
# Ends with "N passed, N failed, N skipped"; non-zero when anything failed.
set -euo pipefail
exec </dev/null
cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=config/packages.sh
. config/packages.sh

readonly logs=build/test-logs
jobs=$(nproc)
next='config/demo/run.sh shows a night; tests/README.md says how to run one test'
advised=''
passed=0 failed=0 skipped=0
declare -A count=() # "LABEL passed|failed|skipped" -> number

say() { printf '[%4ds] %s\n' "$SECONDS" "$*" >&2; }

# tally LABEL passed|failed|skipped
tally() {
        local -n total=$2
        total=$((total + 1))
        count["$1 $2"]=$((${count["$1 $2"]:-0} + 1))
}

# advise TEXT: what to do next, unless an earlier failure has said so.
advise() {
        [[ -n $advised ]] || next=$1
        advised=yes
}

# step NAME NEXT COMMAND...: something that passes or fails as a whole; its output is shown when it fails.
step() {
        local name=$1 hint=$2
        shift 2
        say "$name"
        if "$@" >"$logs/$name.log" 2>&1; then
                tally lint passed
                return
        fi
        tail -n 100 "$logs/$name.log" >&2
        say "$name failed; all of its output is in $logs/$name.log"
        tally lint failed
        advise "$hint"
}

build() {
        cmake --preset "$1" && cmake --build --preset "$1" -j "$jobs"
}

# A build is no test: only its failure counts, as one.
try_build() {
        say "build $1"
        if build "$1" >"$logs/build-$1.log" 2>&1; then
                return 0
        fi
        grep -vE '^\[[0-9]+/[0-9]+\]|^/usr/bin/(cc|gcc|clang|ccache) ' "$logs/build-$1.log" | tail -n 60 >&2
        tally build failed
        advise "cmake --build --preset $1"
        return 1
}

# results PRESET: "LABEL STATUS" of each test that ran; STATUS is passed, failed or skipped, LABEL its level.
results() {
        awk 'FNR == NR { if ($1 == "Labels:") label = ($2 == "once" || $2 == "script") && $3 ? $3 : $2; else if ($1 == "Test" && $2 ~ /^#/) { labels[$3] = label; label = "none" }; next }
                /^ *[0-9]+\/[0-9]+ Test +#[0-9]+: / {
                        sub(/^ *[0-9]+\/[0-9]+ Test +#[0-9]+: /, "")
                        print labels[$1], /\*\*\*Skipped/ || /Disabled/ ? "skipped" : / Passed / ? "passed" : "failed"
                }' <(ctest --preset "$1" -N -V) "$logs/test-$1.log"
}

# run_tests PRESET CTEST-ARGS...
run_tests() {
        local preset=$1 label status ran=0 before=$failed
        shift
        say "test $preset"
        # Two a processor: half of what a night takes is waiting.
        ctest --preset "$preset" -j $((2 * jobs)) "$@" >"$logs/test-$preset.log" 2>&1 || true
        while read -r label status; do
                tally "$label" "$status"
                ran=$((ran + 1))
        done < <(results "$preset")
        [[ $ran -gt 0 ]] || tally "$preset" failed
        [[ $failed -gt $before ]] || return 0
        grep -vE '^ *[0-9]+/[0-9]+ Test .*Passed|^ *Start ' "$logs/test-$preset.log" | tail -n 200 >&2
        advise "ctest --preset $preset --rerun-failed (all output: $logs/test-$preset.log)"
}

tidy() {
        local -a files
        mapfile -t files < <(sed -n 's/^ *"file": "\(.*\)",\{0,1\}$/\1/p' build/clang/compile_commands.json | grep -v '/build/' | sort -u)
        printf '%s\0' "${files[@]}" | xargs -0 -P "$jobs" -n 4 clang-tidy -p build/clang --quiet
}

check() {
        cppcheck --quiet --std=c11 --language=c -j "$jobs" --error-exitcode=1 --inline-suppr --enable=warning,portability \
                --suppressions-list=tests/cppcheck.txt -D__GNUC__ -D_GNU_SOURCE -I libraryd -I daemon -I tests libraryd daemon tests
}

report() {
        local label
        {
                printf '%-12s %7s %7s %7s\n' label passed failed skipped
                for label in $(printf '%s\n' "${!count[@]}" | cut -d' ' -f1 | sort -u); do
                        printf '%-12s %7d %7d %7d\n' "$label" "${count["$label passed"]:-0}" "${count["$label failed"]:-0}" "${count["$label skipped"]:-0}"
                done
        } >&2
        printf 'next: %s\n' "$next"
        printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
        [[ $failed -eq 0 ]]
}

# What must be there before any of the above; says so in the last line, too, when it cannot be.
prepare() {
        if ! install_packages test; then
                tally install failed
                advise 'install the packages named above, or run this as root'
                return 1
        fi
        # By what was included last time, without a preprocessor's run before each compilation: clang alone takes 0.15 s to start.
        ! command -v ccache >/dev/null || export CMAKE_C_COMPILER_LAUNCHER=ccache CCACHE_DEPEND=1
        export CMAKE_EXPORT_COMPILE_COMMANDS=ON
}

mkdir -p "$logs"
if ! prepare; then
        report
        exit 1
fi
if [[ $# -gt 0 ]]; then
        try_build asan || { report; exit 1; }
        exec ctest --preset asan -j "$jobs" "$@"
fi
# The C tests run under both compilers. Tests labelled `once` look at sources, `package` at an installed tree: the compiler makes no difference. `script` runs
# the very programs whose code the C tests have been through under either: by clang's build, where a process takes 30 ms less to look for
# leaks at its end (gcc has a runtime library for each sanitizer, and the one searches the 6 MB of the other). The corpora of `fuzz` are cut and changed in
# the same way each time: one compiler's sanitizers look at that. The model's nights are others under each.
if try_build asan; then run_tests asan -LE '^(script|fuzz)$'; fi
if try_build clang; then
        MODEL_FIRST=101 run_tests clang -LE '^(once|package)$'
        step clang-tidy "read $logs/clang-tidy.log; .clang-tidy lists the checks" tidy
fi
step cppcheck "read $logs/cppcheck.log" check
report
