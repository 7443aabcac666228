#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Every file names its licence first, stays small, and ends its lines plainly.
source "$(dirname "$0")/lib.sh"

all_code | perl -I tests/gates -Mstrict -Mwarnings -e '
require "lib.pl";

while (my $file = <STDIN>) {
        chomp $file;
        # The core has one public header, and most of its lines are contracts.
        my $max = $file eq "libraryd/core/library.h" ? 1000 : 500;
        my @lines = split /\n/, slurp($file);
        complain("$file: ${\scalar @lines} lines, at most $max; split it by noun") if @lines > $max;
        complain("$file: the first line is no SPDX tag") unless $lines[0] =~ m{^/\* SPDX-License-Identifier: MIT \*/};
        complain("$file: the second line is not \x27#pragma once\x27") if $file =~ /\.h$/ && $lines[1] ne "#pragma once";
        for my $i (0 .. $#lines) {
                complain("$file:@{[$i + 1]}: blanks at the end of a line") if $lines[$i] =~ /[ \t\r]$/;
                complain("$file:@{[$i + 1]}: unfinished work") if $lines[$i] =~ /\b(?:TODO|FIXME|XXX)\b/;
        }
}
verdict();
' || complaints=1
find . -path ./build -prune -o -path ./.git -prune -o -name node_modules -prune -o -type f \
        \( -name '*.sh' -o -name '*.sql' -o -name '*.cmake' -o -name '*.pl' -o -name CMakeLists.txt -o -path './.ci/run' \) -print |
        perl -I tests/gates -Mstrict -Mwarnings -e '
require "lib.pl";
while (my $file = <STDIN>) {
        chomp $file;
        my ($one, $two) = split /\n/, slurp($file);
        complain("$file: no SPDX tag in the first two lines") unless "$one$two" =~ /SPDX-License-Identifier: MIT/;
}
verdict();
' || complaints=1
verdict
