/* SPDX-License-Identifier: MIT */

/* Results as values, and the cleaning of what providers say before people or the ledger see it. */

#include <stdarg.h>
#include <stdio.h>

#include "base/parse.h"
#include "provider/driver.h"

enum {
        RAW_REASON_MAX = 4096,     /* of provider text looked at before it is cleaned and cut */
        SECRET_RUN_MIN = 24,       /* characters in a row that may be a key */
        SECRET_MARKED_MIN = 6,     /* the same right after "key=" and the like */
        USAGE_TEXT_MAX = 8 * 1024, /* beyond it the ledger keeps the counts alone */
        ID_MAX = 128,
        WORD_MAX = 128, /* of model and answer names kept for the ledger */
};

void provider_result_init(ProviderResult *r) {
        assert(r);

        *r = (ProviderResult){
                .outcome = OUTCOME_BROKEN,
                .trouble = OUTCOME_OPEN,
                .retry_after_ms = -1,
                .input_tokens = -1,
                .output_tokens = -1,
                .image_tokens = -1,
                .images = -1,
                .seconds = -1,
                .credits = -1,
                .usd = -1,
        };
}

void provider_result_done(ProviderResult *r) {
        if (!r)
                return;
        for (size_t i = 0; i < r->n_items; i++) {
                free(r->items[i].text);
                free(r->items[i].url);
                free(r->items[i].media_type);
        }
        free(r->items);
        free(r->handle);
        free(r->model_returned);
        free(r->request_id);
        free(r->usage);
        provider_result_init(r);
}

static bool is_run_char(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_' || c == '-';
}

/* Digits, capitals and small letters in one long run: names and words of protocols are not built
 * like that, keys and tokens are. */
static bool run_looks_secret(const char *run, size_t n) {
        bool digit = false, upper = false, lower = false;

        for (size_t i = 0; i < n; i++) {
                digit = digit || (run[i] >= '0' && run[i] <= '9');
                upper = upper || (run[i] >= 'A' && run[i] <= 'Z');
                lower = lower || (run[i] >= 'a' && run[i] <= 'z');
        }
        return n >= SECRET_RUN_MIN && digit && upper && lower;
}

/* Whether the text before `at` announces a credential: Google's "Consumer 'api_key:AIza...' has
 * been suspended" carries the whole key. */
static bool secret_is_announced(const char *start, const char *at) {
        static const char *const marks[] = {"key=", "key:", "bearer ", "token=", "token:"};

        for (size_t i = 0; i < ARRAY_LEN(marks); i++) {
                size_t n = strlen(marks[i]);

                if ((size_t) (at - start) >= n && strncasecmp(at - n, marks[i], n) == 0)
                        return true;
        }
        return false;
}

/* Length of the UTF-8 character at p if it is whole, valid and fit for a terminal, else 0. */
static size_t printable_character(const char *p) {
        const unsigned char *u = (const unsigned char *) p;
        size_t n = u[0] < 0x80 ? 1 : u[0] >= 0xf0 ? 4 : u[0] >= 0xe0 ? 3 : 2;

        if (strnlen(p, n) < n || !utf8_is_valid(p, n))
                return 0;
        if (u[0] < 0x20 || u[0] == 0x7f)
                return 0;
        if (u[0] == 0xc2 && u[1] < 0xa0) /* C1 controls */
                return 0;
        /* Marks that turn the direction of text: U+200E-F, U+202A-E, U+2066-9. */
        if (u[0] == 0xe2 && u[1] == 0x80 && (u[2] == 0x8e || u[2] == 0x8f))
                return 0;
        if (u[0] == 0xe2 && u[1] == 0x80 && u[2] >= 0xa8 && u[2] <= 0xae)
                return 0;
        if (u[0] == 0xe2 && u[1] == 0x81 && u[2] >= 0xa6 && u[2] <= 0xa9)
                return 0;
        return n;
}

/* A cut that is visible: the last whole character that leaves room for the dots. */
static void mark_cut(char *text, size_t n, size_t size) {
        while (n > 0 && (n + 4 > size || ((unsigned char) text[n] & 0xc0) == 0x80))
                n--;
        memcpy(text + n, "...", 4);
}

/* One step of text_make_printable(): what stands at p goes to ret as `*ret_piece`; returns the
 * bytes of p used up. */
static size_t clean_step(const char *start, const char *p, const char **ret_piece,
                         size_t *ret_piece_n) {
        size_t run = 0, n;

        while (is_run_char(p[run]))
                run++;
        if (run > 0) {
                bool secret = run_looks_secret(p, run) ||
                              (run >= SECRET_MARKED_MIN && secret_is_announced(start, p));

                *ret_piece = secret ? "[removed]" : p;
                *ret_piece_n = secret ? strlen("[removed]") : run;
                return run;
        }
        n = printable_character(p);
        *ret_piece = n > 0 ? p : (unsigned char) *p < 0x20 ? " " : "?";
        *ret_piece_n = n > 0 ? n : 1;
        return n > 0 ? n : 1;
}

void text_make_printable(const char *text, char *ret, size_t size) {
        size_t n = 0;

        assert(text);
        assert(ret);
        assert(size > 4);

        for (const char *p = text; *p;) {
                const char *piece;
                size_t piece_n, fits, step = clean_step(text, p, &piece, &piece_n);

                p += step;
                if (piece[0] == ' ' && (n == 0 || ret[n - 1] == ' '))
                        continue;
                fits = MIN_OF(piece_n, size - 1 - n);
                memcpy(ret + n, piece, fits);
                n += fits;
                if (fits < piece_n) {
                        ret[n] = '\0';
                        mark_cut(ret, n, size);
                        return;
                }
        }
        while (n > 0 && ret[n - 1] == ' ')
                n--;
        ret[n] = '\0';
}

/* A provider's word for a table: capitals, digits and underscores survive, the rest is struck out.
 */
static void set_code(ProviderResult *r, const char *code) {
        size_t n = 0;

        for (const char *p = code; *p && n + 1 < sizeof r->code; p++)
                if (is_run_char(*p) || *p == '.')
                        r->code[n++] = *p;
        r->code[n] = '\0';
}

void provider_result_set(ProviderResult *r, Outcome outcome, bool retryable, bool billed,
                         const char *code, const char *format, ...) {
        char raw[RAW_REASON_MAX];
        va_list ap;

        assert(r);
        assert(outcome > OUTCOME_OPEN && outcome < _OUTCOME_MAX);
        assert(code);
        assert(format);

        r->outcome = outcome;
        r->retryable = retryable;
        r->billed = billed;
        set_code(r, code);
        va_start(ap, format);
        if (vsnprintf(raw, sizeof raw, format, ap) < 0)
                raw[0] = '\0';
        va_end(ap);
        text_make_printable(raw, r->reason, sizeof r->reason);
}

static bool handle_is_good(const char *handle) {
        size_t n = 0;

        for (; n <= PROVIDER_HANDLE_MAX && handle[n]; n++)
                if (handle[n] < ' ' || handle[n] > '~')
                        return false;
        return n > 0 && n <= PROVIDER_HANDLE_MAX;
}

int provider_result_accept(ProviderResult *r, const char *handle) {
        char *copy;

        assert(r);

        if (!handle || !handle_is_good(handle)) {
                provider_result_set(r, OUTCOME_BROKEN, false, true, "HANDLE",
                                    "the answer names no operation that can be asked for");
                return -EBADMSG;
        }
        copy = strdup(handle);
        if (!copy)
                return -ENOMEM;
        free(r->handle);
        r->handle = copy;
        r->outcome = OUTCOME_OPEN;
        r->trouble = OUTCOME_OPEN;
        return 0;
}

void provider_result_poll_trouble(ProviderResult *r) {
        assert(r);

        r->trouble = r->outcome;
        r->outcome = OUTCOME_OPEN;
        r->retryable = r->billed = false;
}

void provider_result_poll_denied(ProviderResult *r, bool own, int status, const char *message) {
        assert(r);
        assert(message);

        if (own)
                provider_result_set(r, OUTCOME_UNKNOWN, false, false, "OPERATION_GONE",
                                    "it knows no such operation: HTTP %d: %s", status, message);
        else
                provider_result_set(r, OUTCOME_TRANSIENT, false, false, "FOREIGN",
                                    "HTTP %d, in no words of the provider", status);
        provider_result_poll_trouble(r);
}

/* Takes the strings of `item` even on failure. */
static int add_item(ProviderResult *r, ResultItem item, bool complete) {
        ResultItem *items = NULL;

        if (complete)
                items = reallocarray(r->items, r->n_items + 1, sizeof *items);
        if (!items) {
                free(item.text);
                free(item.url);
                free(item.media_type);
                return -ENOMEM;
        }
        r->items = items;
        items[r->n_items++] = item;
        return 0;
}

int result_add_payload(ProviderResult *r, int payload, const char *media_type) {
        ResultItem item = {.payload = payload};

        assert(r);
        assert(payload >= 0 && payload < REPLY_PAYLOADS_MAX);

        item.media_type = media_type ? strdup(media_type) : NULL;
        return add_item(r, item, !media_type || item.media_type);
}

int result_add_text(ProviderResult *r, const char *text) {
        ResultItem item = {.payload = -1};

        assert(r);
        assert(text);

        item.text = strdup(text);
        item.media_type = strdup("text/plain");
        return add_item(r, item, item.text && item.media_type);
}

int result_add_url(ProviderResult *r, const char *url, bool with_key, const char *media_type) {
        ResultItem item = {.payload = -1, .url_with_key = with_key};

        assert(r);
        assert(url);

        item.url = strdup(url);
        item.media_type = media_type ? strdup(media_type) : NULL;
        return add_item(r, item, item.url && (!media_type || item.media_type));
}

int result_keep(char **field, const char *word) {
        char clean[WORD_MAX];
        char *copy;

        assert(field);

        if (!word || !*word)
                return 0;
        text_make_printable(word, clean, sizeof clean);
        copy = strdup(clean);
        if (!copy)
                return -ENOMEM;
        free(*field);
        *field = copy;
        return 0;
}

int result_keep_usage(ProviderResult *r, const Json *usage) {
        _cleanup_(freep) char *text = NULL;

        assert(r);

        if (!json_is_object(usage))
                return 0;
        text = json_print(usage);
        if (!text)
                return -ENOMEM;
        if (strlen(text) > USAGE_TEXT_MAX)
                return 0;
        free(r->usage);
        r->usage = TAKE_PTR(text);
        return 0;
}

int64_t usage_count(const Json *usage, const char *key) {
        int64_t v;

        if (!json_int(usage, key, &v) || v < 0)
                return -1;
        return MIN_OF(v, INT32_MAX);
}

int payload_index(const char *text, size_t n_payloads) {
        int64_t index;

        if (!text || strncmp(text, "payload:", 8) != 0 ||
            parse_int(text + 8, 0, REPLY_PAYLOADS_MAX - 1, &index) < 0)
                return -1;
        return (size_t) index < n_payloads ? (int) index : -1;
}

int driver_parse(const ProviderJob *job, const ProviderReply *reply, ReadReplyFn read,
                 ProviderResult *ret, Err *err) {
        _cleanup_(provider_result_done) ProviderResult result;
        int r;

        assert(job);
        assert(reply);
        assert(reply->envelope);
        assert(read);
        assert(ret);

        provider_result_init(&result);
        r = read(job, reply, &result);
        if (r >= 0 && !result.request_id)
                r = result_keep(&result.request_id, reply->request_id);
        if (r < 0)
                return err_errno(err, r, "cannot read the answer");
        *ret = result;
        provider_result_init(&result);
        return 0;
}

int driver_parse_prepare(const ProviderJob *job, const ProviderReply *reply, Json *prepared,
                         ReadPrepareFn read, ProviderResult *ret, Err *err) {
        _cleanup_(provider_result_done) ProviderResult result;
        int r;

        assert(job);
        assert(reply);
        assert(prepared);
        assert(read);
        assert(ret);

        provider_result_init(&result);
        r = read(job, reply, prepared, &result);
        if (r < 0)
                return err_errno(err, r, "cannot read the answer");
        if (r == 0)
                return 0;
        *ret = result;
        provider_result_init(&result);
        return 1;
}

int driver_parse_poll(const ProviderJob *job, const char *handle, const ProviderReply *reply,
                      ReadPollFn read, ProviderResult *ret, Err *err) {
        _cleanup_(provider_result_done) ProviderResult result;
        int r;

        assert(job);
        assert(handle);
        assert(reply);
        assert(reply->envelope);
        assert(read);
        assert(ret);

        provider_result_init(&result);
        r = read(job, handle, reply, &result);
        if (r < 0)
                return err_errno(err, r, "cannot read the answer");
        *ret = result;
        provider_result_init(&result);
        return 0;
}

bool reply_is_good(const ProviderReply *reply) {
        assert(reply);

        return reply->status >= 200 && reply->status < 300;
}

bool id_is_plain(const char *id) {
        size_t n = 0;

        while (id && n <= ID_MAX && is_run_char(id[n]))
                n++;
        return n > 0 && n <= ID_MAX && id[n] == '\0';
}

int result_accept(ProviderResult *r, const char *handle) {
        int k = provider_result_accept(r, handle);

        return k == -EBADMSG ? 0 : k;
}

int result_accept_id(ProviderResult *r, const char *id) {
        return result_accept(r, id_is_plain(id) ? id : NULL);
}
