#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SQL lives in sql/: no statement's text in C. Control statements and pragmas are base/db's own.
source "$(dirname "$0")/lib.sh"

words='(SELECT |INSERT (OR [A-Z]+ )?INTO|REPLACE INTO|UPDATE [a-z_]+ SET|DELETE FROM|(CREATE|DROP|ALTER) (TABLE|INDEX|VIEW|TRIGGER))'
while IFS= read -r file; do
        while IFS= read -r line; do
                complain "$file:$line: SQL text belongs in sql/"
        done < <(strings_of "$file" | grep -E "$words" || true)
        [[ $file == libraryd/base/db* ]] && continue
        while IFS= read -r line; do
                complain "$file:$line: only base/db.c sets pragmas and begins transactions"
        done < <(strings_of "$file" | grep -E '"(PRAGMA|BEGIN|COMMIT|ROLLBACK)\b' || true)
done < <(product)
verdict
