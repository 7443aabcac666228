#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Completion as people use it: bash, zsh and fish on a terminal of their own, keys pressed, and the line that is there afterwards.
# shellcheck source=tests/cli/assetlib_lib.sh
. "$(dirname "$0")/assetlib_lib.sh"
patience=60 # seconds until a shell is given up; none of them takes two

completion=$(cd "$bin/../completion" && pwd)
export PATH=$bin:$PATH TERM=vt100 HOME=$work/home LC_ALL=C.UTF-8 PREGEN_CONFIG=$tests/../config/demo/pregen.yaml
export XDG_CONFIG_HOME=$HOME/config XDG_DATA_HOME=$HOME/data LINE=$work/line
mkdir -p "$HOME" "$XDG_CONFIG_HOME" "$XDG_DATA_HOME"
mkfifo "$work/keys" "$LINE"
exec {line}<>"$LINE"
run 0 take brand:acme kind:image --for spring-2027
id=$(asset brand:acme hook:urgency format:square)
run 0 tag "$id" '+odd=;ls' +plain=yes
mkdir "$work/in"
: >"$work/in/x;ls \$(ls).png"

# Ctrl-X gives the line to the test and clears it.
cat >"$work/bashrc" <<END
. '$completion/assetlib.bash'
. '$completion/pregend.bash'
give() { printf '%s\n' "\$READLINE_LINE" >"\$LINE"; READLINE_LINE= READLINE_POINT=0; }
bind 'set bell-style none'
bind -x '"\C-x": give'
echo ready >"\$LINE"
END
mkdir "$work/zsh"
cat >"$work/zsh/.zshrc" <<END
fpath=('$completion' \$fpath)
autoload -Uz compinit && compinit -D -u
give() { print -r -- "\$BUFFER" >"\$LINE"; BUFFER= }
zle -N give
bindkey -e
bindkey -r '^X'
bindkey '^X' give
unsetopt beep
print ready >"\$LINE"
END
cat >"$work/config.fish" <<END
source '$completion/assetlib.fish'
source '$completion/pregend.fish'
function give; commandline >"\$LINE"; commandline -r ''; end
bind \cx give
function fish_greeting; end
echo ready >"\$LINE"
END

# read_line: what a shell gave, in $given
read_line() {
        IFS= read -r -t $patience given <&"$line" || {
                cat -v "$work/screen" >&2
                fail "$shell says nothing"
        }
}

# open SHELL COMMAND: on a terminal, its keys from $work/keys
open() {
        shell=$1
        script -qfec "$2" /dev/null <"$work/keys" >"$work/screen" 2>&1 &
        terminal=$!
        exec {keys}>"$work/keys"
        read_line
}
close() {
        printf '\x15exit\r' >&"$keys"
        exec {keys}>&-
        wait "$terminal"
}

# tab TEXT: TEXT and <TAB> make the line what stdin says
tab() {
        local want
        IFS= read -r want
        printf '%s\t\x18' "$1" >&"$keys"
        read_line
        [[ ${given%% } == "$want" ]] || { cat -v "$work/screen" >&2; fail "$shell: '$1' became '$given', not '$want'"; }
}

drive() {
        tab 'assetlib que' <<<'assetlib query'
        tab 'assetlib query --lim' <<<'assetlib query --limit'
        tab 'assetlib query --brand z' <<<'assetlib query --brand zenith'
        tab 'assetlib query brand:acme hook:ur' <<<'assetlib query brand:acme hook:urgency'
        tab 'assetlib release --for spr' <<<'assetlib release --for spring-2027'
        tab 'assetlib query for:s' <<<'assetlib query for:spring-2027'
        tab "assetlib show ${id:0:8}" <<<"assetlib show $id"
        tab 'pregend plan --recipe h' <<<'pregend plan --recipe hero'
        # What the shell would take apart: values are left out, names of files are quoted.
        tab 'assetlib query plain:' <<<'assetlib query plain:yes'
        tab 'assetlib query odd:' <<<'assetlib query odd:'
        tab 'assetlib query --tag odd' <<<'assetlib query --tag odd'
        tab "assetlib import $work/in/x" <<<"assetlib import $work/in/x\\;ls\\ \\\$\\(ls\\).png"
}

open bash "bash --noprofile --rcfile '$work/bashrc' -i"
drive
close
open zsh "ZDOTDIR='$work/zsh' zsh -i"
drive
close
open fish "fish --no-config --init-command \"source '$work/config.fish'\""
drive
close
exit 0
