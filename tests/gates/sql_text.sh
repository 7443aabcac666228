#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# SQL lives in sql/: no statement's text in C. Control statements and pragmas are base/db's own.
source "$(dirname "$0")/lib.sh"

product | perl -I tests/gates -Mstrict -Mwarnings -e '
require "lib.pl";

my $sql = qr/SELECT |INSERT (?:OR [A-Z]+ )?INTO|REPLACE INTO|UPDATE [a-z_]+ SET|DELETE FROM|(?:CREATE|DROP|ALTER) (?:TABLE|INDEX|VIEW|TRIGGER)/;
my $control = qr/^"(?:PRAGMA|BEGIN|COMMIT|ROLLBACK)\b/;

while (my $file = <STDIN>) {
        chomp $file;
        for (strings_of(slurp($file))) {
                my ($line, $literal) = @$_;
                complain("$file:$line:$literal: SQL text belongs in sql/") if $literal =~ $sql;
                complain("$file:$line:$literal: only base/db.c sets pragmas and begins transactions")
                        if $literal =~ $control && $file !~ m{^libraryd/base/db};
        }
}
verdict();
'
