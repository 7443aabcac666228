# SPDX-License-Identifier: MIT
# fish completion of assetlib. Verbs, options and live values all come from the program itself.

function __assetlib_source --argument-names source
    switch $source
        case 'words:*'
            string split , (string replace words: '' $source)
        case verbs
            assetlib --list-verbs 2>/dev/null | string replace -r '^([^\t]*\t[^\t]*)\t.*' '$1'
        case dirs
            __fish_complete_directories (commandline -ct)
        case files
            __fish_complete_path (commandline -ct)
        case - ''
        case '*'
            assetlib $__assetlib_library complete $source 2>/dev/null
    end
end

function __assetlib_option --argument-names name column verb
    assetlib --list-options (string split -n ' ' -- $verb) 2>/dev/null |
        awk -F\t -v name="$name" -v column="$column" '($1 == name || $2 == name) { print $column; exit }'
end

function __assetlib_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l previous $words[-1]
    set -l verb
    set -g __assetlib_library
    set -l skip 0
    for i in (seq 2 (count $words))
        if test $skip -eq 1
            set skip 0
            continue
        end
        switch $words[$i]
            case --library
                test $i -lt (count $words); and set __assetlib_library --library $words[(math $i + 1)]
                set skip 1
            case '--library=*'
                set __assetlib_library $words[$i]
            case '-*'
            case '*'
                set -q verb[1]; or set verb $words[$i]
        end
    end

    set -l argument -
    string match -q -- '-*' $previous
    and set argument (__assetlib_option $previous 3 "$verb")

    if string match -q -- '--*=*' $current
        set -l name (string replace -r '=.*' '' -- $current)
        for value in (__assetlib_source (__assetlib_option $name 4 "$verb"))
            echo $name=$value
        end
    else if test -n "$argument" -a "$argument" != -
        __assetlib_source (__assetlib_option $previous 4 "$verb")
    else if string match -q -- '-*' $current
        assetlib --list-options $verb 2>/dev/null | awk -F\t '{ print $1 "\t" $5 }'
    else if not set -q verb[1]
        __assetlib_source verbs
    else
        __assetlib_source (assetlib --list-verbs 2>/dev/null | awk -F\t -v verb="$verb" '$1 == verb { print $3 }')
    end
    set -e __assetlib_library
end

complete -c assetlib -f -a '(__assetlib_complete)'
