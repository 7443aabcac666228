#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Functions nobody calls here, and libraries that one file each stands for.
source "$(dirname "$0")/lib.sh"

unsafe='sprintf|vsprintf|strcpy|strcat|strncpy|strncat|stpcpy|strtok|gets|scanf|sscanf|fscanf|alloca|tmpnam|mktemp|tempnam'
numbers='atoi|atol|atoll|atof|strtol|strtoll|strtoul|strtoull|strtoimax|strtoumax|strtod|strtof'
world='system|popen|sleep|usleep|nanosleep|rand|srand|random|localtime|gmtime|ctime|asctime|vfork|setenv|putenv'
prints='printf|vprintf|puts|putchar|perror|syslog|log_error|log_warning|log_notice|log_info|log_debug|log_event'

call() { printf '(^|[^A-Za-z0-9_.>])(%s)[[:space:]]*\\(' "$1"; }

while IFS= read -r file; do
        code=$(code_of "$file")
        refuse "$file" "$code" "$(call "$unsafe")" 'unsafe; use base/strbuf.h or snprintf'
        refuse "$file" "$code" "$(call "$numbers")" 'numbers are read by base/parse.h'
        refuse "$file" "$code" "$(call "$world")" 'nothing here blocks, runs a shell or uses hidden state'
        [[ $file == */main.c ]] || refuse "$file" "$code" "$(call 'exit|quick_exit')" 'only main exits'
        [[ $file == libraryd/base/json* ]] || refuse "$file" "$code" '\bcJSON_' 'cJSON is for base/json.c alone'
        [[ $file == libraryd/base/db* ]] || refuse "$file" "$code" '\bsqlite3_' 'sqlite3 is for base/db.c alone'
        # Libraries neither print nor log; the two lowest do not read the environment either.
        case $file in
        libraryd/base/cli* | libraryd/base/out* | libraryd/base/log* | libraryd/base/text*) continue ;;
        libraryd/base/* | libraryd/core/*)
                refuse "$file" "$code" "$(call 'getenv|secure_getenv')" 'a library does not read the environment'
                ;;
        daemon/recipe/* | daemon/provider/* | daemon/plan/* | daemon/net/*) ;;
        *) continue ;;
        esac
        refuse "$file" "$code" "$(call "$prints")" 'a library does not print or log'
        refuse "$file" "$code" '\b(stdout|stderr)\b' 'a library does not print or log'
done < <(product)
verdict
