/* SPDX-License-Identifier: MIT */

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "cli/asset_out.h"
#include "cli/cmd.h"
#include "cli/select.h"

typedef enum QueryFormat {
        QUERY_TABLE,
        QUERY_JSON,
        QUERY_JSONL,
        QUERY_CSV,
        QUERY_PATH,
        QUERY_ID,
        _QUERY_FORMAT_MAX,
} QueryFormat;

/* The first four are those of OutFormat, in its order. */
static const char *const format_words[] = {"table", "json", "jsonl", "csv", "path", "id", NULL};
static const char *const order_words[] = {"newest", "oldest", "least-used", "random", NULL};
static const AlOrder orders[] = {AL_ORDER_NEWEST, AL_ORDER_OLDEST, AL_ORDER_LEAST_USED,
                                 AL_ORDER_RANDOM};

static_assert(ARRAY_LEN(format_words) == _QUERY_FORMAT_MAX + 1, "one word a format");
static_assert((int) QUERY_TABLE == (int) OUT_TABLE && (int) QUERY_JSON == (int) OUT_JSON &&
                      (int) QUERY_JSONL == (int) OUT_JSONL && (int) QUERY_CSV == (int) OUT_CSV,
              "formats in the same order");
static_assert(ARRAY_LEN(order_words) == ARRAY_LEN(orders) + 1, "one word an order");

static SelectArgs arg_select;
static int arg_order = -1;
static int64_t arg_limit, arg_offset;
static int arg_format;
static bool arg_count, arg_nul;

/* Never closed: taking the schema apart again would be a twentieth of a query, and a reader's end
 * leaves nothing behind. */
static Library *library;

static const CliOption options[] = {
        SELECT_OPTIONS(arg_select),
        {.name = "order",
         .type = CLI_WORD,
         .target = &arg_order,
         .argument = "ORDER",
         .help = "what comes first",
         .words = order_words},
        {.name = "limit",
         .letter = 'n',
         .type = CLI_INT,
         .target = &arg_limit,
         .argument = "N",
         .help = "at most N assets",
         .min = 1,
         .max = INT64_MAX},
        {.name = "offset",
         .type = CLI_INT,
         .target = &arg_offset,
         .argument = "N",
         .help = "leave out the first N",
         .min = 0,
         .max = INT64_MAX},
        {.name = "count", .target = &arg_count, .help = "print only how many match"},
        {.name = "format",
         .type = CLI_WORD,
         .target = &arg_format,
         .argument = "FORMAT",
         .help = "how to print",
         .words = format_words},
        {.name = "null",
         .letter = '0',
         .target = &arg_nul,
         .help = "with --format path or id: end each with a NUL byte, for xargs -0"},
};

const CliOption *cmd_query_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

/* Where the assets of the answer go. */
typedef struct Sink {
        Out *out; /* NULL: plain lines */
        bool terminal;
        int64_t n;
} Sink;

static int sink_row(const AlAsset *a, void *userdata) {
        Sink *sink = userdata;
        AlAsset row = *a;
        int r;

        sink->n++;
        row.tags = json_copy(a->tags);
        r = asset_out_row(sink->out, (OutFormat) arg_format, &row);
        (void) json_free(row.tags);
        return r;
}

static int sink_line(const AlAsset *a, void *userdata) {
        Sink *sink = userdata;
        const char *text = arg_format == QUERY_PATH ? a->path : a->id;
        _cleanup_(freep) char *safe = sink->terminal ? text_safe(text) : NULL;

        sink->n++;
        if (fputs(safe ? safe : text, stdout) == EOF || putchar(arg_nul ? '\0' : '\n') == EOF)
                return errno > 0 ? -errno : -EIO;
        return 0;
}

static int print_assets(Library *lib, const AlQuery *query, Sink *sink, Err *err) {
        _cleanup_(out_freep) Out *out = NULL;
        int r;

        if (arg_format >= QUERY_PATH) {
                sink->terminal = isatty(STDOUT_FILENO) == 1;
                r = al_query(lib, query, sink_line, sink, err);
                if (r >= 0 && fflush(stdout) != 0)
                        return errno > 0 ? -errno : -EIO;
                return r;
        }
        r = asset_out_new(stdout, (OutFormat) arg_format, &out);
        if (r < 0)
                return r;
        sink->out = out;
        r = al_query(lib, query, sink_row, sink, err);
        sink->out = NULL;
        return r < 0 ? r : out_end(out);
}

static int print_count(Library *lib, const AlQuery *query, Sink *sink, Err *err) {
        int r = al_query_count(lib, query, &sink->n, err);

        if (r < 0)
                return r;
        if (arg_format == QUERY_JSON || arg_format == QUERY_JSONL) {
                _cleanup_(json_freep) Json *j = json_new_object();

                r = json_add_int(j, "count", sink->n);
                return r < 0 ? r : out_print_json(stdout, TAKE_PTR(j));
        }
        if (printf("%" PRId64 "\n", sink->n) < 0 || fflush(stdout) != 0)
                return errno > 0 ? -errno : -EIO;
        return 0;
}

static int query(const AlFilter *filter, int64_t now_ms) {
        AlQuery q = {
                .filter = filter,
                .order = arg_order < 0 ? AL_ORDER_DEFAULT : orders[arg_order],
                .limit = arg_limit,
                .offset = arg_offset,
                .now_ms = now_ms,
                .random_seed = clock_random(clock_system()),
        };
        Sink sink = {0};
        Err err = {0};
        int r;

        if (arg_count)
                r = print_count(library, &q, &sink, &err);
        else
                r = print_assets(library, &q, &sink, &err);
        if (r < 0)
                return app_fail(r, &err);
        if (sink.n > 0)
                return EXIT_CODE_OK;
        if (arg_offset > 0)
                app_note("nothing matched from --offset %" PRId64 " on", arg_offset);
        else
                select_hint(library, filter, now_ms);
        return EXIT_CODE_EMPTY;
}

int cmd_query(const CliVerb *verb, const Strv *args) {
        _cleanup_(al_filter_freep) AlFilter *filter = NULL;
        int64_t now_ms = app_now_ms();
        int r;

        assert(verb && args);
        if (arg_nul && (arg_count || arg_format < QUERY_PATH))
                return cli_usage_error(APP_NAME, verb,
                                       "option '--null' needs --format path or --format id");
        r = app_open(AL_READ, &library);
        if (r == 0)
                r = select_filter(library, &arg_select, args, now_ms, &filter);
        return r != 0 ? r : query(filter, now_ms);
}
