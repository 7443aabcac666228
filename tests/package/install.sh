#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# install.sh SOURCE BUILD: what `cmake --install` puts where, with which mode; what it must leave alone the second time; and that what is installed finds its parts.
set -euo pipefail
source=$1 build=$2
work=$(mktemp -d "${TMPDIR:-/tmp}/pregen-install-XXXXXX")
trap 'rm -rf "$work"' EXIT
root=$work/root
fail() {
        printf 'FAILED: %s\n' "$*" >&2
        exit 1
}

umask 022
DESTDIR=$root cmake --install "$build" >/dev/null
(cd "$root" && find . -type f -printf '%m %P\n' | LC_ALL=C sort -k 2) >"$work/files"
pages=$(command -v scdoc >/dev/null && echo yes || echo no)
grep -vE "$([[ $pages == yes ]] && echo '^$' || echo ' usr/share/man/')" <<'FILES' | diff -u - "$work/files" >&2 || fail 'other files than expected'
644 etc/pregen/pregen.yaml
755 usr/bin/assetlib
755 usr/bin/pregend
644 usr/lib/systemd/catalog/pregen.catalog
644 usr/lib/systemd/system/pregend.service
644 usr/lib/systemd/system/pregend.timer
644 usr/lib/sysusers.d/pregen.conf
644 usr/lib/tmpfiles.d/pregen.conf
755 usr/libexec/pregen/pregen-media
644 usr/share/bash-completion/completions/assetlib
644 usr/share/bash-completion/completions/pregend
644 usr/share/fish/vendor_completions.d/assetlib.fish
644 usr/share/fish/vendor_completions.d/pregend.fish
644 usr/share/man/man1/assetlib.1
644 usr/share/man/man5/pregen-recipe.5
644 usr/share/man/man5/pregen.yaml.5
644 usr/share/man/man7/assetlib-query.7
644 usr/share/man/man8/pregend.8
644 usr/share/pregen/assetlib.schema.json
644 usr/share/pregen/models.yaml
644 usr/share/pregen/prices.yaml
644 usr/share/pregen/specs.yaml
644 usr/share/zsh/site-functions/_assetlib
644 usr/share/zsh/site-functions/_pregend
FILES
for dir in recipes.d brands.d hooks.d; do
        [[ -d $root/etc/pregen/$dir ]] || fail "no /etc/pregen/$dir"
done

# The settings belong to whoever runs the machine; the data is the package's own.
echo '# ours' >>"$root/etc/pregen/pregen.yaml"
echo 'version: 1' >"$root/etc/pregen/recipes.d/ours.yaml"
echo '# ours' >>"$root/usr/share/pregen/prices.yaml"
touch -d 2000-01-01 "$root/usr/share/pregen/prices.yaml"
DESTDIR=$root cmake --install "$build" >/dev/null
[[ $(tail -n 1 "$root/etc/pregen/pregen.yaml") == '# ours' ]] || fail 'an upgrade replaced the settings'
[[ -f $root/etc/pregen/recipes.d/ours.yaml ]] || fail 'an upgrade removed a recipe'
cmp -s "$source/config/prices.yaml" "$root/usr/share/pregen/prices.yaml" || fail 'an upgrade left old prices'
rm "$root/etc/pregen/recipes.d/ours.yaml"

# What is compiled in is what is installed; the example settings are right.
for path in /etc/pregen/pregen.yaml /usr/share/pregen /usr/libexec/pregen/pregen-media /var/lib/pregen; do
        grep -qaF "$path" "$root/usr/bin/pregend" || fail "pregend does not know $path"
done
PREGEN_DATA=$root/usr/share/pregen "$root/usr/bin/pregend" --config "$root/etc/pregen/pregen.yaml" check >"$work/check" 2>&1 ||
        fail "the shipped settings are wrong: $(cat "$work/check")"

# A night of the installed programs, from another directory than that of the build.
cp -r "$source/config/demo/." "$root/etc/pregen/"
export PREGEN_DATA=$root/usr/share/pregen PREGEN_MEDIA=$root/usr/libexec/pregen/pregen-media PREGEN_LIBRARY=$work/library
(cd / && "$root/usr/bin/pregend" --config "$root/etc/pregen/pregen.yaml" run --quiet --recipe copy) || fail 'the installed pregend cannot run'
[[ $("$root/usr/bin/assetlib" query --count) == 18 ]] || fail 'the installed assetlib sees another shelf'
echo "$(wc -l <"$work/files") files installed; settings and recipes survive a second time"
