#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# night_exec.sh BIN: commands as providers: the one of the manual, as it stands there, and commands that end in every other way: group, folder,
# environment and limits hold.
bin=$1
# shellcheck source=tests/support/night.sh
. "$(dirname "$0")/../support/night.sh"
name='exec'
unset key

# block FIRST: the literal block of the manual that begins with this line
block() {
        awk -v first="$1" '$0 == "```" { inside = !inside; at = 0; next } inside && ++at == 1 { mine = $0 == first } inside && mine' \
                "$source/daemon/man/pregen.yaml.5.scd"
}

night_config 1 4 1
rm "$work/etc/recipes.d/hero.yaml"
mkdir -p "$work/bin" "$work/photos"
block '#!/bin/sh' >"$work/bin/shelf"
block '  shelf:' | sed "s|/usr/local/lib/pregen|$work/bin|; s|/srv/photos|$work/photos|" >>"$work/etc/pregen.yaml"
grep -q 'driver: exec' "$work/etc/pregen.yaml" || fail "the manual has no provider that is a command"
[ "$(wc -l <"$work/bin/shelf")" -le 12 ] || fail "the manual's command is longer than it says"
for side in 8 9; do
        base64 -d >"$work/photos/$side.png" <<'END'
iVBORw0KGgoAAAANSUhEUgAAAAIAAAACCAIAAAD91JpzAAAAEElEQVR4nGP4z8AARAwQCgAf7gP9i18U1AAAAABJRU5ErkJggg==
END
done

# command NAME [SETTINGS] <SCRIPT: one more provider.
command() {
        { echo '#!/bin/sh'; cat; } >"$work/bin/$1"
        cat >>"$work/etc/pregen.yaml" <<YAML
  $1: {driver: exec, ${2:-}exec: {command: [$work/bin/$1, "an argument; not two"], environment: [PATH, "GREETING=hello you", HOMELESS]${3:-}}}
YAML
}
# one NAME KIND LINES...: a recipe for the provider of that name, priced 0.05 a call.
one() {
        printf '%s\n' "version: 1" "recipe: $1" "kind: $2" "provider: $1" "model: $1" \
                "matrix: {brand: acme, hook: urgency, category: a}" 'prompt: "photo of {{brand.product}}"' 'stock: {target: 1}' "${@:3}" \
                >"$work/etc/recipes.d/$1.yaml"
        echo "  - {driver: exec, model: $1, unit: call, usd: 0.05, as_of: 2026-11-22, source: test}" >>"$work/etc/prices.yaml"
}
echo 'version: 1
prices:' >"$work/etc/prices.yaml"

command told 'params: {style: {type: word, words: [bold, plain], default: plain}}, ' <<SH
cat >"$work/told.json"
{ env; echo "\$#:\$1"; pwd; ulimit -v; ulimit -f; ls -l /proc/\$\$/fd | grep -c pregen; cat /proc/\$\$/stat; } >"$work/told.txt" 2>&1
cp "$work/photos/8.png" z.png; cp "$work/photos/9.png" a.png; ln -s /etc/passwd b.png; mkdir d; : >d/x
echo '{"files": ["z.png"], "usd": 0.031, "model": "m-7", "request_id": "r-7"}'
SH
command copy <<'SH'
echo '{"variants": ["Buy one", "Buy two"]}'
SH
command blocked <<'SH'
echo '{"outcome": "blocked", "code": "NSFW", "reason": "not in my house"}'
SH
command failing <<'SH'
echo 'first line' >&2; echo 'the reason at the end' >&2; exit 1
SH
command nopicture <<'SH'
echo text >a.png
SH
command chatty <<'SH'
while :; do echo 0123456789012345678901234567890123456789012345678901234567890123; done
SH
command large '' ', output_mib: 1' <<'SH'
trap '' XFSZ; head -c 2000000 /dev/zero >a; head -c 600000 /dev/zero >b; head -c 600000 /dev/zero >c; rm -f a
SH
command huge '' ', output_mib: 1' <<'SH'
exec head -c 2000000 /dev/zero >a
SH
# Its child outlives the timeout's SIGTERM and the leader's end, but not the group's.
command slow 'timeout: 1s, ' <<SH
trap 'exit 75' TERM
(trap '' TERM; sleep 1000) & echo \$! >"$work/slow.pid"
wait
SH
command leaver <<SH
sleep 1000 & echo \$! >"$work/leaver.pid"
cp "$work/photos/8.png" a.png
SH
chmod +x "$work/bin"/*
cat >>"$work/etc/pregen.yaml" <<YAML
  missing: {driver: exec, exec: {command: [$work/bin/not-there]}}
YAML
one shelf image
one told image 'params: {style: bold}'
one copy text 'variants: 2'
for provider in blocked failing nopicture chatty large huge leaver missing; do one $provider image; done
one slow video
sed -i "s/retry_below: .*}/retry_below: 0}/" "$work/etc/pregen.yaml"

"$bin/pregend" check >"$work/out" 2>&1 || { cat "$work/out"; fail "check"; }
GREETING=wrong night
want "exit code" "$code" 7
state() { ledger "SELECT state || ' ' || coalesce((SELECT group_concat(outcome || ':' || billed || ':' || coalesce(reason_code, '')) FROM attempt WHERE job = job.id), '') FROM job WHERE recipe = '$1'"; }
want shelf "$(state shelf)" 'done made:20000:'
want told "$(state told)" 'done made:31000:'
want copy "$(state copy)" 'done made:50000:'
want blocked "$(state blocked)" 'blocked blocked:0:NSFW'
want failing "$(state failing)" 'failed broken:50000:EXIT_1'
said 'the reason at the end'
want nopicture "$(state nopicture)" 'failed broken:50000:NOT_AS_ASKED,broken:50000:NOT_AS_ASKED'
want chatty "$(state chatty)" 'failed broken:50000:UNUSABLE'
want large "$(state large)" 'failed broken:50000:UNUSABLE'
want huge "$(state huge)" 'failed broken:50000:UNUSABLE'
want slow "$(state slow)" 'unknown unknown:50000:TIMEOUT'
want leaver "$(state leaver)" 'done made:50000:'
want missing "$(state missing)" 'cancelled transient:0:NOT_RUN'
said "provider 'missing' is stopped"
for which in slow leaver; do
        grep -qE '^State:.[^ZX]' "/proc/$(cat "$work/$which.pid")/status" 2>/dev/null && fail "$which: a child outlived its group"
done
want "what the command got" "$(jq -cS '[.kind, .model, .params.style, .prompt, .schema, .want, (.references | length)]' "$work/told.json" 2>/dev/null ||
        sed -E 's/.*"prompt":"([^"]*)".*/\1/' "$work/told.json")" '["image","told","bold","photo of a kettle",1,1,0]'
want "its environment" "$(grep -cE '^(PATH=|GREETING=hello you$|PWD=)' "$work/told.txt")" 3
want "no other variable" "$(grep -cE '^[A-Z_]+=' "$work/told.txt")" 3
want "its arguments" "$(grep -c '^1:an argument; not two$' "$work/told.txt")" 1
want "its folder" "$(grep -cE "^$work/library/spool/[0-9]+\.run$" "$work/told.txt")" 1
want "its memory" "$(grep -c '^4194304$' "$work/told.txt")" 1
want "what was reported" "$(ledger "SELECT model_returned || request_id FROM attempt WHERE billed = 31000")" m-7r-7
want "the spool" "$(find "$work/library/spool" -mindepth 1 | wc -l)" 0
sound

# Killed while the command runs: it dies, too; its outcome is unknown, unless it costs nothing.
rm "$work"/etc/recipes.d/*.yaml
cat >"$work/bin/held" <<SH
#!/bin/sh
echo partial >partial.png
exec 3>"$work/held.pid"
echo \$\$ >&3
exec sleep 1000
SH
chmod +x "$work/bin/held"
echo "  held: {driver: exec, exec: {command: [$work/bin/held], environment: [PATH]}}
  gratis: {driver: exec, exec: {command: [$work/bin/held], environment: [PATH]}}" >>"$work/etc/pregen.yaml"
for pair in held:0.05 gratis:0; do
        provider=${pair%:*}
        rm -rf "$work/library" "$work"/etc/recipes.d/*.yaml
        one "$provider" image
        sed -i "s/model: $provider, unit: call, usd: [0-9.]*/model: $provider, unit: call, usd: ${pair#*:}/" "$work/etc/prices.yaml"
        mkfifo "$work/held.pid"
        "$bin/pregend" run >"$work/out" 2>"$work/err" &
        run=$!
        started+=("$run")
        exec 4<"$work/held.pid"
        read -r <&4
        kill -KILL "$run"
        wait "$run" 2>/dev/null || true
        timeout 10 cat <&4 || fail "$provider: the command outlived the night" # it holds the other end
        exec 4<&-
        rm "$work/held.pid"
        printf '#!/bin/sh\ncp %s/photos/8.png a.png\n' "$work" >"$work/bin/held.new"
        cp "$work/bin/held" "$work/bin/held.kept"
        chmod +x "$work/bin/held.new"
        cp "$work/bin/held.new" "$work/bin/held"
        night
        cp "$work/bin/held.kept" "$work/bin/held"
        if [ "$provider" = held ]; then
                want "killed: exit code" "$code" 7
                want "killed" "$(state held)" 'unknown unknown:50000:INTERRUPTED'
        else
                want "killed, free: exit code" "$code" 0
                want "killed, free" "$(ledger "SELECT group_concat(state) FROM (SELECT state FROM job ORDER BY id)")" 'failed,done'
        fi
        want "$provider: what it left is put aside" "$(find "$work/library/quarantine" -name partial.png | wc -l)" 1
        sound
done
echo "ok: commands as providers"
