# SPDX-License-Identifier: MIT
# Sourced by the gates: what they look at and how they complain.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
cd "$root"
complaints=0

# product: the C files of the programs; all_code: with the tests'.
product() { find libraryd daemon -name '*.[ch]' | LC_ALL=C sort; }
all_code() { find libraryd daemon tests -name '*.[ch]' -not -path '*/node_modules/*' | LC_ALL=C sort; }

complain() {
        printf '%s\n' "$*" >&2
        complaints=$((complaints + 1))
}

# The gate's last command.
verdict() {
        [[ $complaints -eq 0 ]] || { printf '%d complaint(s)\n' "$complaints" >&2; exit 1; }
}

# code_of FILE: its text with comments gone and string literals emptied, lines kept.
code_of() {
        perl -0777 -pe 's{(/\*.*?\*/|//[^\n]*)|("(?:\\.|[^"\\\n])*")|(\x27(?:\\.|[^\x27\\\n])*\x27)}
                         {my $n = ($1 // "") =~ tr/\n//; defined $1 ? " " . "\n" x $n : defined $2 ? "\"\"" : "0"}gsex' "$1"
}

# strings_of FILE: "line:literal" of each string literal.
strings_of() {
        perl -0777 -ne 'while (m{(/\*.*?\*/|//[^\n]*)|("(?:\\.|[^"\\\n])*")|(\x27(?:\\.|[^\x27\\\n])*\x27)}gs) {
                        next unless defined $2; my $l = 1 + (substr($_, 0, $-[2]) =~ tr/\n//); print "$l:$2\n" }' "$1"
}

# refuse FILE CODE PATTERN WHY: complains of each line of CODE (from code_of) that matches the regex.
refuse() {
        local line
        while IFS= read -r line; do
                complain "$1:$line: $4"
        done < <(grep -nE "$3" <<<"$2" | sed 's/:[[:space:]]*/: /' || true)
}
