#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# query.sh BIN SHELF [ROUNDS [PEERS]]: whole processes that answer the same question of a shelf made by make_shelf, in turns: assetlib, the
# sqlite3 shell, a bare C program. With PEERS, a directory, also psql on the same rows and notmuch on as many of them as mails as it takes
# in minutes (DOCUMENTS, 100,000 unless set), for those that are installed; what they store stays in PEERS.
set -eu
bin=$1 shelf=$2 rounds=${3:-300} peers=${4:-}
db=$shelf/library.db
[[ -r $db ]] || { echo "no library at '$shelf': make_shelf '$shelf' 1000000" >&2; exit 2; }
documents=${DOCUMENTS:-100000}
# shellcheck disable=SC2154 # assigned by the loop itself
trap 'for stop in "${stops[@]:-true}"; do $stop; done' EXIT
stops=()

# A brand and a hook in the middle of the skew, and what all of them answer: the 20 least used, newest first, that are on the shelf.
brand=b10 hook=h20
now=1795399200000
question() { # COLUMNS
        printf '%s' "SELECT $1 FROM asset AS a JOIN object AS o ON o.id = a.object
                      WHERE a.brand = (SELECT id FROM term WHERE key = 'brand' AND value = '$brand')
                        AND a.hook = (SELECT id FROM term WHERE key = 'hook' AND value = '$hook')
                        AND a.status = 'ready' AND a.expired = 0 AND (a.expires_ms IS NULL OR a.expires_ms > $now)
                      ORDER BY a.uses, a.id DESC LIMIT 20"
}
ask=$(question 'a.uid, a.kind, o.ext, o.width, o.height, a.text')
terms=("brand:$brand" "hook:$hook" --limit 20)
commands=(
        sqlite3 /usr/bin/sqlite3 -readonly "$db" "$ask"
        -- bare-c "$bin/bare" "$db" "$ask"
        -- assetlib "$bin/assetlib" --library "$shelf" query "${terms[@]}"
        -- assetlib-id "$bin/assetlib" --library "$shelf" query "${terms[@]}" --format id
        -- assetlib-json "$bin/assetlib" --library "$shelf" query "${terms[@]}" --format json
        -- assetlib-count "$bin/assetlib" --library "$shelf" query "${terms[@]:0:2}" --count
        -- assetlib-version "$bin/assetlib" --version
)

rows() { # the shelf as CSV: uid, brand, hook, category, status, uses, id
        /usr/bin/sqlite3 -readonly -csv "$db" "SELECT a.uid, b.value, h.value, c.value, a.status, a.uses, a.id FROM asset AS a
                JOIN term AS b ON b.id = a.brand JOIN term AS h ON h.id = a.hook JOIN term AS c ON c.id = a.category ORDER BY a.id LIMIT ${1:--1}"
}

# PostgreSQL keeps its own user; the real psql, not Debian's wrapper.
postgres() {
        data=$peers/postgres socket=$peers/socket
        tools=$(printf '%s\n' /usr/lib/postgresql/*/bin | tail -n 1)
        [[ -x $tools/initdb ]] || return 0
        mkdir -p "$socket"
        chmod 1777 "$socket"
        as=()
        if [[ $EUID == 0 ]]; then
                as=(runuser -u postgres --)
                chmod 755 "$peers"
        fi
        if [[ ! -e $data/loaded ]]; then
                rm -rf "$data"
                install -d -m 0700 "$data"
                [[ $EUID != 0 ]] || chown postgres "$data"
                "${as[@]}" "$tools/initdb" -D "$data" -A trust -U bench >/dev/null
        fi
        "${as[@]}" "$tools/pg_ctl" -D "$data" -w -s -l "$data/log" -o "-k '$socket' -c listen_addresses='' -c fsync=off" start
        stop_postgres() { "${as[@]}" "$tools/pg_ctl" -D "$data" -w -s -m fast stop; }
        stops+=(stop_postgres)
        if [[ ! -e $data/loaded ]]; then
                "$tools/psql" -q -h "$socket" -U bench postgres -c 'CREATE TABLE asset (uid text, brand text, hook text, category text, status text, uses int, id bigint)'
                rows | "$tools/psql" -q -h "$socket" -U bench postgres -c '\copy asset FROM STDIN CSV'
                "$tools/psql" -q -h "$socket" -U bench postgres -c 'CREATE INDEX ON asset (brand, hook)' -c 'VACUUM ANALYZE asset'
                touch "$data/loaded"
        fi
        commands+=(-- psql "$tools/psql" -At -h "$socket" -U bench postgres -c
                "SELECT uid FROM asset WHERE brand = '$brand' AND hook = '$hook' AND status = 'ready' ORDER BY uses, id DESC LIMIT 20")
}

mails() {
        command -v notmuch >/dev/null || return 0
        local mail=$peers/mail
        export NOTMUCH_CONFIG=$peers/notmuch
        if [[ ! -e $peers/notmuch.loaded ]]; then
                mkdir -p "$mail"
                printf '[database]\npath=%s\n[user]\nname=bench\nprimary_email=bench@localhost\n[new]\ntags=\n' "$mail" >"$NOTMUCH_CONFIG"
                rows "$documents" | tr -d '\r"' | awk -F, -v dir="$mail" -v tags="$peers/tags" '{
                        file = dir "/" $1
                        printf "From: bench@localhost\nSubject: %s %s %s\nMessage-ID: <%s@bench>\nDate: Mon, 23 Nov 2026 02:00:00 +0000\n\nan asset\n", $2, $3, $4, $1 >file
                        close(file)
                        printf "+brand.%s +hook.%s +%s -- id:%s@bench\n", $2, $3, $5, $1 >tags
                }'
                notmuch new --quiet
                notmuch tag --batch --input="$peers/tags"
                touch "$peers/notmuch.loaded"
        fi
        commands+=(-- "notmuch($documents)" /usr/bin/notmuch search --output=files --limit=20 "tag:brand.$brand and tag:hook.$hook and tag:ready")
}

if [[ $peers ]]; then
        postgres
        mails
fi
printf '# %s assets, load %s\n' "$("$bin/assetlib" --library "$shelf" query --count)" "$(cut -d' ' -f1-3 /proc/loadavg)"
"$bin/spawn" "$rounds" "${commands[@]}"
