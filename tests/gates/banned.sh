#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Functions nobody calls here, and libraries that one file each stands for.
source "$(dirname "$0")/lib.sh"

product | perl -I tests/gates -Mstrict -Mwarnings -e '
require "lib.pl";

sub call { qr/(?:^|[^A-Za-z0-9_.>])(?:$_[0])[ \t]*\(/m }
my $unsafe = call("sprintf|vsprintf|strcpy|strcat|strncpy|strncat|stpcpy|strtok|gets|scanf|sscanf|fscanf|alloca|tmpnam|mktemp|tempnam");
my $numbers = call("atoi|atol|atoll|atof|strtol|strtoll|strtoul|strtoull|strtoimax|strtoumax|strtod|strtof");
my $world = call("system|popen|sleep|usleep|nanosleep|rand|srand|random|localtime|gmtime|ctime|asctime|vfork");
my $process = call("exit|quick_exit|setenv|putenv");
my $prints = call("printf|vprintf|puts|putchar|perror|syslog|log_error|log_warning|log_notice|log_info|log_debug|log_event");
my $environment = call("getenv|secure_getenv");

while (my $file = <STDIN>) {
        chomp $file;
        my $code = code_of(slurp($file));
        refuse($file, $code, $unsafe, "unsafe; use base/strbuf.h or snprintf");
        refuse($file, $code, $numbers, "numbers are read by base/parse.h");
        refuse($file, $code, $world, "nothing here blocks, runs a shell or uses hidden state");
        refuse($file, $code, $process, "only main exits or sets the environment") unless $file =~ m{/main\.c$};
        refuse($file, $code, qr/\bcJSON_/, "cJSON is for base/json.c alone") unless $file =~ m{^libraryd/base/json};
        refuse($file, $code, qr/\bsqlite3_/, "sqlite3 is for base/db.c alone") unless $file =~ m{^libraryd/base/db};
        # Libraries neither print nor log; the two lowest do not read the environment either.
        next if $file =~ m{^libraryd/base/(?:cli|out|log|text)};
        my $lowest = $file =~ m{^libraryd/(?:base|core)/};
        next unless $lowest || $file =~ m{^daemon/(?:recipe|provider|plan|net)/};
        refuse($file, $code, $environment, "a library does not read the environment") if $lowest;
        refuse($file, $code, $prints, "a library does not print or log");
        refuse($file, $code, qr/\b(?:stdout|stderr)\b/, "a library does not print or log");
}
verdict();
'
