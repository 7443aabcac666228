#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh [DIR]: from a fresh Debian 12 machine to a filled shelf. Installs what the build needs, builds the release preset, runs one night on the demo recipes with the `local` provider
# (no key, no network) into DIR/library, and asks the shelf. Run it again: it makes only what is missing.
set -euo pipefail

demo=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source=$(cd "$demo/../.." && pwd)
dir=${1:-$source/build/demo}
bin=$source/build/release/bin

# shellcheck source=config/packages.sh
. "$source/config/packages.sh"
install_packages build

echo "building into build/release ..." >&2
mkdir -p "$source/build"
if ! (cd "$source" && cmake --preset release && cmake --build --preset release) >"$source/build/release.log" 2>&1; then
        tail -n 40 "$source/build/release.log" >&2
        echo "the build failed; all of its output is in $source/build/release.log" >&2
        exit 1
fi

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
"$bin/pregend" --config "$demo/pregen.yaml" --library "$dir/library" run
"$bin/assetlib" --library "$dir/library" query
echo "next: $bin/assetlib --library $dir/library query --brand acme --hook urgency --format path"
