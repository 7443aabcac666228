# SPDX-License-Identifier: MIT
# cmake -D SQL_DIR=... -D OUT_DIR=... -P embed_sql.cmake
#
# Turns sql/ into C: the migrations NNNN_*.sql and the statements of queries.sql, which is cut at lines `-- name: some_name`, into byte
# arrays, an enum and the DbCatalog `sql_catalog`. Text never passes through a CMake list (quotes, ';', '[' and '\' survive): it is cut
# by position and leaves as hex digits. Lines that are only a comment are left out.
cmake_minimum_required(VERSION 3.25)

# "ab\n" -> "0x61,0x62,0x0a,0x00"
function(c_bytes hex ret)
        string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
        string(REGEX REPLACE "(................................................................................)" "\\1\n        " bytes "${bytes}")
        set(${ret} "${bytes}0x00" PARENT_SCOPE)
endfunction()

set(arrays "")       # definitions of the byte arrays
set(statements "")   # rows of the statement table
set(words "")        # rows of the enum
set(migrations "")   # rows of the migration table
set(seen "")
set(n_statements 0)
set(n_migrations 0)

file(GLOB files RELATIVE ${SQL_DIR} ${SQL_DIR}/[0-9]*.sql)
list(SORT files)
foreach(file IN LISTS files)
        math(EXPR n_migrations "${n_migrations} + 1")
        if(NOT file MATCHES "^([0-9][0-9][0-9][0-9])_[a-z0-9_]+\\.sql$")
                message(FATAL_ERROR "sql/${file}: a migration is named NNNN_words.sql")
        endif()
        set(number "${CMAKE_MATCH_1}")
        string(LENGTH "000${n_migrations}" length)
        math(EXPR from "${length} - 4")
        string(SUBSTRING "000${n_migrations}" ${from} 4 expected)
        if(NOT number STREQUAL expected)
                message(FATAL_ERROR "sql/${file}: the next migration must have number ${expected}")
        endif()
        file(READ ${SQL_DIR}/${file} hex HEX)
        if(hex STREQUAL "")
                message(FATAL_ERROR "sql/${file}: empty")
        endif()
        c_bytes("${hex}" bytes)
        string(APPEND arrays "static const unsigned char migration_${number}[] = {\n        ${bytes}};\n")
        string(APPEND migrations "        {\"${file}\", (const char *) migration_${number}},\n")
endforeach()

# Ends the statement in `name` and `body`, if there is one.
macro(finish_statement)
        if(NOT name STREQUAL "")
                string(STRIP "${body}" stripped)
                if(stripped STREQUAL "" OR stripped STREQUAL ";")
                        message(FATAL_ERROR "sql/queries.sql: statement '${name}' is empty")
                endif()
                string(HEX "${stripped}" hex)
                c_bytes("${hex}" bytes)
                string(TOUPPER "${name}" word)
                string(APPEND arrays "static const unsigned char statement_${name}[] = {\n        ${bytes}};\n")
                string(APPEND statements "        [SQL_${word}] = {\"${name}\", (const char *) statement_${name}},\n")
                string(APPEND words "        SQL_${word},\n")
                math(EXPR n_statements "${n_statements} + 1")
        endif()
endmacro()

file(READ ${SQL_DIR}/queries.sql rest)
set(name "")
set(body "")
set(line_number 0)
while(NOT rest STREQUAL "")
        math(EXPR line_number "${line_number} + 1")
        string(FIND "${rest}" "\n" end)
        if(end EQUAL -1)
                set(line "${rest}")
                set(rest "")
        else()
                string(SUBSTRING "${rest}" 0 ${end} line)
                math(EXPR end "${end} + 1")
                string(SUBSTRING "${rest}" ${end} -1 rest)
        endif()
        if("${line}" MATCHES "^-- name:")
                finish_statement()
                if(NOT "${line}" MATCHES "^-- name: ([a-z][a-z0-9_]*)$")
                        message(FATAL_ERROR "sql/queries.sql:${line_number}: not '-- name: lower_case_name'")
                endif()
                set(name "${CMAKE_MATCH_1}")
                set(body "")
                if(name IN_LIST seen)
                        message(FATAL_ERROR "sql/queries.sql:${line_number}: a second statement '${name}'")
                endif()
                list(APPEND seen ${name})
        elseif("${line}" MATCHES "^[ \t]*(--.*)?$")
                # blank or only a comment
        elseif(name STREQUAL "")
                message(FATAL_ERROR "sql/queries.sql:${line_number}: text before the first '-- name:'")
        else()
                string(APPEND body "${line}\n")
        endif()
endwhile()
finish_statement()
if(n_statements EQUAL 0 OR n_migrations EQUAL 0)
        message(FATAL_ERROR "sql/: needs queries.sql with a statement and at least one migration")
endif()

set(notice "/* SPDX-License-Identifier: MIT */\n/* Generated from sql/ by embed_sql.cmake. */\n")
file(WRITE ${OUT_DIR}/sql_catalog.h "${notice}#pragma once

#include \"base/db.h\"

/* The statements of sql/queries.sql, for db_stmt(). */
enum {
${words}        _SQL_MAX,
};

extern const DbCatalog sql_catalog;
")
file(WRITE ${OUT_DIR}/sql_catalog.c "${notice}#include \"core/sql_catalog.h\"

${arrays}
static const DbStatement statements[] = {
${statements}};

static const DbMigration migrations[] = {
${migrations}};

const DbCatalog sql_catalog = {
        .statements = statements,
        .n_statements = _SQL_MAX,
        .migrations = migrations,
        .n_migrations = ${n_migrations},
};
")
