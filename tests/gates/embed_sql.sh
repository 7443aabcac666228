#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# libraryd/cmake/embed_sql.cmake: text arrives byte for byte, and mistakes stop the build.
source "$(dirname "$0")/lib.sh"

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/sql"
embed() { cmake -D SQL_DIR="$dir/sql" -D OUT_DIR="$dir/out/core" -P libraryd/cmake/embed_sql.cmake; }
queries() { cat >"$dir/sql/queries.sql"; }

cat >"$dir/sql/0001_one.sql" <<'SQL'
CREATE TABLE t(a TEXT) STRICT; -- ü;[\"
SQL
queries <<'SQL'
-- about the file; it's nobody's
-- name: first_one
SELECT 'a;b', "x\y", [col], '-- kept', '${HOME} @HOME@ $<1>'
  -- in between
FROM t;

-- about the next
-- name: second
UPDATE t SET a = 'ö'
SQL
embed
cat >"$dir/main.c" <<'C'
#include <stdio.h>
#include "core/sql_catalog.h"
int main(void) {
        fputs(sql_catalog.migrations[0].sql, stdout);
        printf("%s %s\n", sql_catalog.migrations[0].name, sql_catalog.statements[SQL_FIRST_ONE].name);
        puts(sql_catalog.statements[SQL_FIRST_ONE].sql);
        puts(sql_catalog.statements[SQL_SECOND].sql);
        return sql_catalog.n_statements == 2 && sql_catalog.n_migrations == 1 && _SQL_MAX == 2 ? 0 : 1;
}
C
gcc -std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Werror -Ilibraryd -I"$dir/out" "$dir/main.c" "$dir/out/core/sql_catalog.c" -o "$dir/main"
cat >"$dir/want" <<'TEXT'
CREATE TABLE t(a TEXT) STRICT; -- ü;[\"
0001_one.sql first_one
SELECT 'a;b', "x\y", [col], '-- kept', '${HOME} @HOME@ $<1>'
FROM t;
UPDATE t SET a = 'ö'
TEXT
"$dir/main" | diff "$dir/want" - || complain "the text has changed on its way"

# refused WHY TEXT: embedding must fail and say TEXT.
refused() {
        if embed 2>"$dir/err"; then
                complain "accepted: $1"
        elif ! grep -qF -- "$2" "$dir/err"; then
                complain "$1: the message lacks '$2'"
        fi
}
printf -- '-- name: a\nSELECT 1\n-- name: a\nSELECT 2\n' | queries
refused 'a duplicate name' "a second statement 'a'"
printf -- '-- name: a\n-- only a comment\n;\n-- name: b\nSELECT 1\n' | queries
refused 'an empty statement' "statement 'a' is empty"
printf -- '-- name: b\nSELECT 1\n-- name: a\n' | queries
refused 'an empty last statement' "statement 'a' is empty"
printf -- 'SELECT 1\n-- name: a\nSELECT 1\n' | queries
refused 'a statement without a name' 'queries.sql:1'
printf -- '-- name: Not-A-Name\nSELECT 1\n' | queries
refused 'a wrong name' 'queries.sql:1'
printf -- '-- only a comment\n' | queries
refused 'no statement' 'needs queries.sql'
printf -- '-- name: a\nSELECT 1\n' | queries
echo 'SELECT 1;' >"$dir/sql/0003_three.sql"
refused 'a gap in the numbers' 'must have number 0002'
rm "$dir/sql/0003_three.sql"
: >"$dir/sql/0002_two.sql"
refused 'an empty migration' '0002_two.sql: empty'
verdict
