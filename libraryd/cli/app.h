/* SPDX-License-Identifier: MIT */
#pragma once

/* What every verb of assetlib starts from: the library it works on, the clock, errors and exit
 * codes. */

#include "base/cli.h"
#include "base/exitcode.h"
#include "base/out.h"
#include "core/library.h"

#define APP_NAME "assetlib"
#define APP_LIBRARY_DEFAULT "/var/lib/pregen"

enum {
        APP_ID_MIN = 4, /* what al_asset_find() asks for */
};

/* --library, else $PREGEN_LIBRARY, else /var/lib/pregen. Borrowed. Defined in main.c. */
const char *app_library_dir(void);

/* Opens the library; 0, or the exit code after the error was told. */
int app_open(AlMode mode, Library **ret);

int64_t app_now_ms(void);

/* The name of the user at the keyboard; the number when it has none. Caller frees; NULL on -ENOMEM. */
char *app_user(void);

/* "1.4 GB", for sentences. */
enum {
        APP_BYTES_MAX = 32,
};
void app_bytes(int64_t n, char ret[static APP_BYTES_MAX]);
/* Tells that a campaign has nothing, and the nearest campaign there is. */
void app_no_campaign(Library *lib, const char *name, int64_t now_ms);

/* Tells the error and returns the exit code for it. A closed pipe is told to nobody: EXIT_CODE_OK.
 */
int app_fail(int r, const Err *err);
/* The same for a verb that did its work and could not print it: a script that reads "error" and does
 * it again would do it twice. `done` says what was done; NULL: nothing was. */
int app_fail_print(int r, const char *done);
#define APP_CHANGED "the change was made"

/* Tells why an asset was not found: AL_NOT_FOUND or AL_AMBIGUOUS with its candidates. Returns the
 * exit code. */
int app_fail_id(AlResult result, const char *id, const Strv *candidates);

/* A line for people on stderr that is no error: "assetlib: ...". */
void app_note(const char *format, ...) _printf_(1, 2);

/* The option --format of verbs that print through Out. */
#define APP_FORMAT_OPTION(variable)                                                                \
        {                                                                                          \
                .name = "format", .type = CLI_WORD, .target = &(variable), .argument = "FORMAT",   \
                .help = "how to print", .words = out_format_words                                  \
        }
