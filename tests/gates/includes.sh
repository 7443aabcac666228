#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Includes run down the layers and never back up, are always "layer/file.h", and stop at a layer's public headers.
source "$(dirname "$0")/lib.sh"

product | perl -I tests/gates -Mstrict -Mwarnings -e '
require "lib.pl";

my %below = (
        base     => "base",
        core     => "base core",
        media    => "base core media",
        cli      => "base core media cli",
        provider => "base core provider",
        recipe   => "base core provider recipe",
        plan     => "base core media provider recipe plan",
        net      => "base core provider net",
        night    => "base core media provider recipe plan net night",
        daemon   => "base core media provider recipe plan net night daemon",
);

sub check_include {
        my ($place, $layer, $header) = @_;
        my ($to) = $header =~ m{^([^/]+)/};
        return complain("$place: include \"$header\" as \"layer/$header\"") if !defined $to && $layer ne "daemon";
        $to //= "daemon";
        complain("$place: $layer must not include \"$header\"") unless grep { $_ eq $to } split / /, $below{$layer};
        return if $to eq $layer;
        if ($header =~ /(?:private|internal)\.h$/) {
                complain("$place: \"$header\" is private to $to");
        } elsif ($to eq "core" && $header ne "core/library.h") {
                complain("$place: the core has one public header, core/library.h");
        }
}

while (my $file = <STDIN>) {
        chomp $file;
        my ($layer) = $file =~ m{^[^/]+/([^/]+)/} ? $1 : $file =~ m{^([^/]+)/};
        if (!$below{$layer}) { complain("$file: unknown layer $layer; add it to tests/gates/includes.sh"); next }
        my $line = 0;
        for (split /\n/, slurp($file)) {
                $line++;
                check_include("$file:$line", $layer, $1) if /^\s*#\s*include\s*"([^"]*)"/;
        }
}
verdict();
' || complaints=1
verdict
