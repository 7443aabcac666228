/* SPDX-License-Identifier: MIT */

/*
 * The driver that needs nobody: pictures are drawn by the media worker from the parameters, copy is
 * taken from the prompt, whose lines are finished templates by the time they come here. Costs
 * nothing, needs no key and no network.
 */

#include "base/parse.h"
#include "provider/driver.h"

enum {
        LOCAL_SIDE_MIN = 64, /* pixels */
        LOCAL_SIDE_MAX = 8192,
        /* The media worker's seeds travel as JSON numbers: exact up to 2^53. */
        SEED_BITS = 53,
};

#define IMAGE (1u << KIND_IMAGE)

static const char *const layouts[] = {"auto",  "poster",   "split", "circle",
                                      "frame", "diagonal", NULL};

static const ParamSpec local_params[] = {
        {.name = "size",
         .type = PARAM_SIZE,
         .kinds = IMAGE,
         .required = true,
         .help = "width x height in pixels: 1080x1920"},
        {.name = "headline",
         .type = PARAM_TEXT,
         .kinds = IMAGE,
         .required = true,
         .help = "the large line"},
        {.name = "subline", .type = PARAM_TEXT, .kinds = IMAGE, .help = "the line below it"},
        {.name = "cta", .type = PARAM_TEXT, .kinds = IMAGE, .help = "the text of the button"},
        {.name = "brand_name",
         .type = PARAM_TEXT,
         .kinds = IMAGE,
         .help = "set in type where there is no logo"},
        {.name = "logo", .type = PARAM_PATH, .kinds = IMAGE, .help = "picture file of the logo"},
        {.name = "photo",
         .type = PARAM_PATH,
         .kinds = IMAGE,
         .help = "picture file for the large field"},
        {.name = "primary", .type = PARAM_COLOUR, .kinds = IMAGE, .help = "leading colour"},
        {.name = "accent", .type = PARAM_COLOUR, .kinds = IMAGE, .help = "colour of the button"},
        {.name = "ink", .type = PARAM_COLOUR, .kinds = IMAGE, .help = "colour of the text"},
        {.name = "background",
         .type = PARAM_COLOUR,
         .kinds = IMAGE,
         .help = "colour of the ground"},
        {.name = "layout",
         .type = PARAM_WORD,
         .kinds = IMAGE,
         .words = layouts,
         .help = "how the parts are placed; auto picks by the job's seed"},
};

/* The members the worker takes as they stand in params. */
static const char *const drawn_as_given[] = {"headline",   "subline",    "cta",
                                             "brand_name", "primary",    "accent",
                                             "ink",        "background", "layout"};
static const char *const drawn_files[] = {"logo", "photo"};

static int add_files(const Json *params, Json *draw, Err *err) {
        for (size_t i = 0; i < ARRAY_LEN(drawn_files); i++) {
                const char *path = json_str(params, drawn_files[i]);
                int r;

                if (!path)
                        continue;
                if (path[0] != '/')
                        return err_set(err, -EINVAL, "'%s' is no absolute path: '%s'",
                                       drawn_files[i], path);
                r = json_add_str(draw, drawn_files[i], path);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int add_size(const Json *params, Json *draw, Err *err) {
        const char *size = json_str(params, "size");
        int w, h, r;

        if (!size || parse_size_2d(size, &w, &h) < 0)
                return err_set(err, -EINVAL, "'size' is missing: give width x height in pixels");
        if (w < LOCAL_SIDE_MIN || h < LOCAL_SIDE_MIN || w > LOCAL_SIDE_MAX || h > LOCAL_SIDE_MAX)
                return err_set(err, -EINVAL, "'size' is out of bounds: each side takes %d to %d",
                               LOCAL_SIDE_MIN, LOCAL_SIDE_MAX);
        r = json_add_int(draw, "width", w);
        return r < 0 ? r : json_add_int(draw, "height", h);
}

static int build_draw(const ProviderJob *job, ProviderCall *call, Err *err) {
        const char *headline = json_str(job->params, "headline");
        int r;

        if (!headline || !*headline)
                return err_set(err, -EINVAL, "'headline' is missing: the picture needs its line");
        call->draw = json_new_object();
        if (!call->draw)
                return -ENOMEM;
        r = add_size(job->params, call->draw, err);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ARRAY_LEN(drawn_as_given); i++) {
                const char *value = json_str(job->params, drawn_as_given[i]);

                r = value && *value ? json_add_str(call->draw, drawn_as_given[i], value) : 0;
                if (r < 0)
                        return r;
        }
        r = add_files(job->params, call->draw, err);
        if (r < 0)
                return r;
        call->type = CALL_DRAW;
        return json_add_int(call->draw, "seed",
                            (int64_t) ((uint64_t) job->seed & ((UINT64_C(1) << SEED_BITS) - 1)));
}

/* The lines of the prompt that can be used: trimmed, not empty, short enough, each once. */
static int collect_lines(const ProviderJob *job, Strv *lines, size_t *ret_too_long) {
        for (const char *p = job->prompt; *p;) {
                size_t n = strcspn(p, "\n"), from = strspn(p, " \t\r"), to = n;
                int r;

                while (to > from && strchr(" \t\r", p[to - 1]))
                        to--;
                if (from < to) {
                        _cleanup_(freep) char *line = strndup(p + from, to - from);

                        if (!line)
                                return -ENOMEM;
                        if (job->max_chars > 0 && (int64_t) utf8_copy_length(line) > job->max_chars)
                                (*ret_too_long)++;
                        else if (!strv_has(lines, line)) {
                                r = strv_take(lines, TAKE_PTR(line));
                                if (r < 0)
                                        return r;
                        }
                }
                p += n + (p[n] == '\n');
        }
        return 0;
}

/* `want` lines in a row from a place the seed draws: jobs of one cell start in different places. */
static int pick_lines(const ProviderJob *job, const Strv *lines, ProviderResult *result) {
        size_t n = MIN_OF((size_t) job->want, lines->n), start = (uint64_t) job->seed % lines->n;

        for (size_t i = 0; i < n; i++) {
                int r = result_add_text(result, lines->items[(start + i) % lines->n]);

                if (r < 0)
                        return r;
        }
        provider_result_set(result, OUTCOME_MADE, false, false, "", "%s", "");
        return 0;
}

static int build_copy(const ProviderJob *job, ProviderCall *call) {
        _cleanup_(strv_done) Strv lines = {0};
        size_t too_long = 0;
        int r;

        r = collect_lines(job, &lines, &too_long);
        if (r < 0)
                return r;
        call->result = malloc(sizeof *call->result);
        if (!call->result)
                return -ENOMEM;
        provider_result_init(call->result);
        call->type = CALL_READY;
        if (lines.n > 0)
                return pick_lines(job, &lines, call->result);
        if (too_long > 0)
                provider_result_set(call->result, OUTCOME_REJECTED, false, false, "TOO_LONG",
                                    "no line of the prompt fits max_chars %lld: shorten the lines",
                                    (long long) job->max_chars);
        else
                provider_result_set(call->result, OUTCOME_REJECTED, false, false, "EMPTY_PROMPT",
                                    "the prompt has no line to use as copy: write one a line");
        return 0;
}

static int local_build(const ProviderJob *job, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {0};
        int r;

        assert(job);
        assert(job->prompt);
        assert(ret);

        if (job->references && job->references->n > 0)
                return err_set(err, -EINVAL,
                               "'references' mean nothing to the local driver: use the parameter "
                               "'photo'");
        if (job->kind == KIND_IMAGE)
                r = build_draw(job, &call, err);
        else if (job->kind == KIND_TEXT && job->want > 0)
                r = build_copy(job, &call);
        else
                return err_set(err, -EINVAL, "the local driver makes no '%s'",
                               asset_kind_word(job->kind));
        if (r < 0)
                return r == -ENOMEM ? err_errno(err, r, "cannot build the call") : r;
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

const Driver driver_local = {
        .name = "local",
        .summary = "draws pictures and fills copy templates on this machine, for nothing",
        .kinds = (1u << KIND_IMAGE) | (1u << KIND_TEXT),
        .free = true,
        .params = local_params,
        .n_params = ARRAY_LEN(local_params),
        .build = local_build,
        /* No parse, no build_fetch: nothing is ever sent. */
};
