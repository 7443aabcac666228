#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Each header compiles alone: its own source includes it before anything else, and one that has no such source is compiled here.
source "$(dirname "$0")/lib.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake -D SQL_DIR="$root/sql" -D OUT_DIR="$work/core" -P libraryd/cmake/embed_sql.cmake

flags=(-std=gnu17 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -Wall -Wextra -Werror -Wno-unused-parameter
        -Ilibraryd -Idaemon -Itests -I"$work")
read -ra packages < <(pkg-config --cflags sqlite3 libcjson yaml-0.1 libcurl libsystemd libcrypto \
        libavformat libavcodec libavutil libswscale cairo pangocairo pangoft2)

# Writes $work/N.c for each header that no source includes first.
n=0
while IFS= read -r header; do
        n=$((n + 1))
        printf '#include "%s"\n' "$root/$header" >"$work/$n.c"
done < <(all_code | perl -I tests/gates -Mstrict -Mwarnings -e '
require "lib.pl";
while (my $header = <STDIN>) {
        chomp $header;
        next unless $header =~ m{([^/]+)\.h$};
        my $name = $1;
        my $source = $header =~ s/h$/c/r;
        print "$header\n" unless -e $source && slurp($source) =~ /\A.*?^#\s*include\s+([^\n]+)/ms && $1 =~ m{["/]\Q$name\E\.h"};
}
')
[[ $n -gt 0 ]] || complain "no header looked at"
find "$work" -maxdepth 1 -name '*.c' -print0 |
        xargs -0 -P 2 -n 8 gcc "${flags[@]}" "${packages[@]}" -fsyntax-only || complain "a header does not compile alone"
verdict
