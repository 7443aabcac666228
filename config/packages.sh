# SPDX-License-Identifier: MIT
# Sourced by config/demo/run.sh and tests/run.sh: what the build and the tests need from Debian 12, and how to get it.

# Everything to build, run and look at the programs.
packages_build=(
        gcc libc6-dev cmake ninja-build pkg-config ca-certificates
        libcurl4-openssl-dev libcjson-dev libsqlite3-dev libsystemd-dev libyaml-dev libssl-dev
        libavcodec-dev libavformat-dev libavutil-dev libswscale-dev libcairo2-dev libpango1.0-dev
        fonts-open-sans fonts-dejavu-core sqlite3 scdoc tzdata
)
# What the tests add: the second compiler, the checkers, and the parts they run against.
packages_test=(
        "${packages_build[@]}"
        binutils perl-base clang libclang-rt-14-dev clang-format clang-tidy cppcheck ccache mold
        systemd systemd-container dbus curl xz-utils procps zsh fish
)

# missing_packages NAME...: those that are not installed, one a line.
missing_packages() {
        local name
        for name in "$@"; do
                [[ $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || printf '%s\n' "$name"
        done
}

# install_packages build|test: installs what is missing, as root or through sudo; does nothing when all is there.
install_packages() {
        local -a wanted missing as_root=()
        case $1 in
        build) wanted=("${packages_build[@]}") ;;
        test)
                wanted=("${packages_test[@]}")
                # A node of another origin brings its own npm, and conflicts with Debian's.
                command -v node >/dev/null || wanted+=(nodejs)
                command -v npm >/dev/null || wanted+=(npm)
                ;;
        *) printf 'install_packages: build or test, not %s\n' "$1" >&2; return 2 ;;
        esac
        if ! command -v dpkg-query >/dev/null; then
                printf 'no dpkg here: install by hand what provides: %s\n' "${wanted[*]}" >&2
                return 0
        fi
        mapfile -t missing < <(missing_packages "${wanted[@]}")
        [[ ${#missing[@]} -gt 0 ]] || return 0
        if [[ $EUID -ne 0 ]]; then
                command -v sudo >/dev/null || {
                        printf 'missing: %s\nrun this as root, or install sudo\n' "${missing[*]}" >&2
                        return 1
                }
                as_root=(sudo)
        fi
        printf 'installing: %s\n' "${missing[*]}" >&2
        export DEBIAN_FRONTEND=noninteractive
        "${as_root[@]}" apt-get update -qq </dev/null >&2
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null >&2
}
