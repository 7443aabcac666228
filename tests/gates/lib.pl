# SPDX-License-Identifier: MIT
# What the gates that read every source file share: one process for all of them, since a process a file and pattern
# takes minutes on a busy machine.
use strict;
use warnings;

our $complaints = 0;
sub complain { print STDERR "$_[0]\n"; $complaints++ }
sub verdict { die "$complaints complaint(s)\n" if $complaints; exit 0 }

# slurp FILE: its whole text.
sub slurp {
        open my $in, '<', $_[0] or die "$_[0]: $!\n";
        local $/;
        return scalar <$in>;
}

my $token = qr{(/\*.*?\*/|//[^\n]*)|("(?:\\.|[^"\\\n])*")|('(?:\\.|[^'\\\n])*')}s;

# code_of TEXT: with comments gone and string literals emptied, lines kept.
sub code_of {
        my $text = shift;
        $text =~ s{$token}{ defined $1 ? " " . "\n" x ($1 =~ tr/\n//) : defined $2 ? '""' : "0" }gse;
        return $text;
}

# strings_of TEXT: [line, literal] of each string literal.
sub strings_of {
        my ($text, @found) = shift;
        while ($text =~ /$token/g) {
                push @found, [1 + (substr($text, 0, $-[2]) =~ tr/\n//), $2] if defined $2;
        }
        return @found;
}

# refuse FILE CODE PATTERN WHY: complains of each line that matches.
sub refuse {
        my ($file, $code, $pattern, $why) = @_;
        while ($code =~ /$pattern/g) {
                my $line = 1 + (substr($code, 0, $+[0]) =~ tr/\n//);
                my ($shown) = (split /\n/, $code)[$line - 1] =~ /^\s*(.*)/;
                complain("$file:$line: $shown: $why");
        }
}
1;
