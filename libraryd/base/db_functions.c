/* SPDX-License-Identifier: MIT */

/* The SQL functions about stored sets; see base/set16.h. The triggers that keep the postings of a
 * library call them, so that whoever changes an asset changes its postings with it, and a program
 * that does not know them cannot change an asset at all. */

#include "base/db_private.h"
#include "base/set16.h"

/* The set and the number of a call; false after the error was set. */
static bool arguments(sqlite3_context *c, sqlite3_value **v, Set16 *set, uint16_t *ret) {
        sqlite3_int64 number = sqlite3_value_int64(v[1]);
        int size = sqlite3_value_bytes(v[0]);

        if (set16_load(set, sqlite3_value_blob(v[0]), (size_t) size) < 0 || number < 0 ||
            number >= SET16_SIZE) {
                sqlite3_result_error(c, "not a set of 16-bit numbers", -1);
                sqlite3_result_error_code(c, SQLITE_CORRUPT);
                return false;
        }
        *ret = (uint16_t) number;
        return true;
}

static void result(sqlite3_context *c, const Set16 *set) {
        size_t size;
        const void *stored = set16_stored(set, &size);

        sqlite3_result_blob(c, size > 0 ? stored : "", (int) size, SQLITE_TRANSIENT);
}

static void call_add(sqlite3_context *c, int n, sqlite3_value **v) {
        uint16_t number;
        Set16 set;

        (void) n;
        if (!arguments(c, v, &set, &number))
                return;
        set16_add(&set, number);
        result(c, &set);
}

static void call_remove(sqlite3_context *c, int n, sqlite3_value **v) {
        uint16_t number;
        Set16 set;

        (void) n;
        if (!arguments(c, v, &set, &number))
                return;
        set16_remove(&set, number);
        result(c, &set);
}

static void call_has(sqlite3_context *c, int n, sqlite3_value **v) {
        uint16_t number;
        Set16 set;

        (void) n;
        if (arguments(c, v, &set, &number))
                sqlite3_result_int(c, set16_has(&set, number));
}

static void of_step(sqlite3_context *c, int n, sqlite3_value **v) {
        Set16 *set = sqlite3_aggregate_context(c, sizeof *set);

        (void) n;
        if (set)
                set16_add(set, (uint16_t) sqlite3_value_int64(v[0]));
        else
                sqlite3_result_error_nomem(c);
}

static void of_final(sqlite3_context *c) {
        const Set16 *set = sqlite3_aggregate_context(c, 0);

        if (set)
                result(c, set);
        else
                sqlite3_result_zeroblob(c, 0);
}

int db_functions(sqlite3 *handle) {
        static const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;
        static const struct {
                const char *name;
                void (*call)(sqlite3_context *, int, sqlite3_value **);
        } functions[] = {
                {"set16_add", call_add}, {"set16_remove", call_remove}, {"set16_has", call_has}};
        int code = SQLITE_OK;

        for (size_t i = 0; i < ARRAY_LEN(functions) && code == SQLITE_OK; i++)
                code = sqlite3_create_function_v2(handle, functions[i].name, 2, flags, NULL,
                                                  functions[i].call, NULL, NULL, NULL);
        if (code == SQLITE_OK)
                code = sqlite3_create_function_v2(handle, "set16_of", 1, flags, NULL, NULL, of_step,
                                                  of_final, NULL);
        return code;
}
