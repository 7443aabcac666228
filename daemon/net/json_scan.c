/* SPDX-License-Identifier: MIT */

#include "net/json_scan.h"

#include "base/parse.h"

/*
 * One state, one step function that deals with at least one byte or changes the state:
 *
 *      VALUE ── { ──▸ FIRST_KEY ── " ──▸ IN_KEY ── " ──▸ COLON ── : ──▸ VALUE
 *        │                ▴ KEY ◂── , ──┐
 *        ├── [ ──▸ FIRST_ELEMENT        │
 *        ├── " ──▸ IN_STRING, IN_DIVERTED, IN_DROPPED ── " ──▸ NEXT ── , ──▸ VALUE (in an array)
 *        └── x ──▸ IN_LITERAL ──────────────────────────────▸ NEXT ── ] } ──▸ NEXT, END
 */
typedef enum State {
        STATE_START,         /* before the document's value */
        STATE_VALUE,         /* a value has to begin */
        STATE_FIRST_ELEMENT, /* or ']' */
        STATE_FIRST_KEY,     /* '"' or '}' */
        STATE_KEY,
        STATE_COLON,
        STATE_NEXT, /* ',' or the closing bracket */
        STATE_IN_KEY,
        STATE_IN_STRING,
        STATE_IN_DIVERTED,
        STATE_IN_DROPPED,
        STATE_IN_LITERAL,
        STATE_END, /* white space only */
        _STATE_MAX,
} State;

/* Within a string, after a backslash. */
typedef enum Escape { ESCAPE_NONE, ESCAPE_CHAR, ESCAPE_HEX } Escape;

typedef struct Level {
        bool array;
        MatchSet fits; /* patterns that fit this container */
} Level;

struct JsonScan {
        JsonSink sink;
        JsonMatch *match;
        State state;
        Escape escape;
        unsigned hex_digits;
        unsigned code;  /* of \uXXXX */
        MatchSet fits;  /* patterns that fit the value that comes */
        unsigned depth; /* levels open */
        Level levels[JSON_SCAN_DEPTH_MAX];
        bool key_lost; /* too long or not ASCII: fits nothing */
        size_t key_n;
        char key[MATCH_KEY_MAX];
};

int json_scan_new(const char *const *paths, const JsonSink *sink, JsonScan **ret) {
        _cleanup_(json_scan_freep) JsonScan *s = NULL;
        int r;

        assert(sink);
        assert(ret);
        s = calloc(1, sizeof *s);
        if (!s)
                return -ENOMEM;
        s->sink = *sink;
        r = json_match_new(paths, &s->match);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

JsonScan *json_scan_free(JsonScan *s) {
        if (!s)
                return NULL;
        (void) json_match_free(s->match);
        free(s);
        return NULL;
}

/* As the parser of the envelope has it: any control character will do. */
static bool is_space(char c) {
        return c > 0 && c <= ' ';
}

static bool is_literal(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' ||
               c == '.' || c == 'E';
}

/* Copies the first n bytes through. */
static JsonScanEnd copy(JsonScan *s, const char *p, size_t n, size_t *ret_used) {
        *ret_used = n;
        return s->sink.text(p, n, s->sink.userdata) ? JSON_SCAN_OK : JSON_SCAN_STOPPED;
}

/* ... and goes on in another state. */
static JsonScanEnd copy_to(JsonScan *s, State state, const char *p, size_t *ret_used) {
        s->state = state;
        return copy(s, p, 1, ret_used);
}

static JsonScanEnd malformed(size_t *ret_used) {
        *ret_used = 0;
        return JSON_SCAN_MALFORMED;
}

static void value_done(JsonScan *s) {
        s->state = s->depth > 0 ? STATE_NEXT : STATE_END;
}

/* The element after '[' or ','. */
static void expect_element(JsonScan *s) {
        const Level *level = &s->levels[s->depth - 1];

        s->fits = json_match_element(s->match, level->fits, s->depth - 1);
}

static JsonScanEnd open_level(JsonScan *s, bool array, const char *p, size_t *ret_used) {
        if (s->depth == JSON_SCAN_DEPTH_MAX)
                return malformed(ret_used);
        s->levels[s->depth++] = (Level){.array = array, .fits = s->fits};
        if (array)
                expect_element(s);
        return copy_to(s, array ? STATE_FIRST_ELEMENT : STATE_FIRST_KEY, p, ret_used);
}

static JsonScanEnd close_level(JsonScan *s, const char *p, size_t *ret_used) {
        JsonScanEnd end = copy(s, p, 1, ret_used);

        s->depth--;
        value_done(s);
        return end;
}

static JsonScanEnd open_string(JsonScan *s, const char *p, size_t *ret_used) {
        s->escape = ESCAPE_NONE;
        switch (json_match_value(s->match, s->fits, s->depth)) {
        case MATCH_NONE:
                s->state = STATE_IN_STRING;
                break;
        case MATCH_DROPPED:
                s->state = STATE_IN_DROPPED;
                break;
        case MATCH_PAYLOAD:
                s->state = STATE_IN_DIVERTED;
                if (!s->sink.text(p, 1, s->sink.userdata) || !s->sink.begin(s->sink.userdata))
                        return JSON_SCAN_STOPPED;
                *ret_used = 1;
                return JSON_SCAN_OK;
        }
        return copy(s, p, 1, ret_used);
}

static JsonScanEnd step_value(JsonScan *s, const char *p, size_t n, size_t *ret_used) {
        if (is_space(*p))
                return copy(s, p, 1, ret_used);
        if (s->state == STATE_START)
                s->fits = json_match_root(s->match);
        if (*p == '{' || *p == '[')
                return open_level(s, *p == '[', p, ret_used);
        if (*p == ']' && s->state == STATE_FIRST_ELEMENT)
                return close_level(s, p, ret_used);
        if (*p == '"')
                return open_string(s, p, ret_used);
        if (is_literal(*p))
                return copy_to(s, STATE_IN_LITERAL, p, ret_used);
        return malformed(ret_used);
}

static JsonScanEnd step_key(JsonScan *s, const char *p, size_t n, size_t *ret_used) {
        if (is_space(*p))
                return copy(s, p, 1, ret_used);
        if (*p == '}' && s->state == STATE_FIRST_KEY)
                return close_level(s, p, ret_used);
        if (*p != '"')
                return malformed(ret_used);
        s->key_n = 0;
        s->key_lost = false;
        s->escape = ESCAPE_NONE;
        return copy_to(s, STATE_IN_KEY, p, ret_used);
}

static JsonScanEnd step_colon(JsonScan *s, const char *p, size_t n, size_t *ret_used) {
        const Level *level = &s->levels[s->depth - 1];

        if (is_space(*p))
                return copy(s, p, 1, ret_used);
        if (*p != ':')
                return malformed(ret_used);
        s->fits = s->key_lost
                          ? 0
                          : json_match_key(s->match, level->fits, s->depth - 1, s->key, s->key_n);
        return copy_to(s, STATE_VALUE, p, ret_used);
}

static JsonScanEnd step_next(JsonScan *s, const char *p, size_t n, size_t *ret_used) {
        const Level *level = &s->levels[s->depth - 1];

        if (is_space(*p))
                return copy(s, p, 1, ret_used);
        if (*p == (level->array ? ']' : '}'))
                return close_level(s, p, ret_used);
        if (*p != ',')
                return malformed(ret_used);
        if (level->array)
                expect_element(s);
        return copy_to(s, level->array ? STATE_VALUE : STATE_KEY, p, ret_used);
}

/* Bytes up to the next quote or backslash. */
static size_t plain_run(const char *p, size_t n) {
        const char *quote = memchr(p, '"', n);
        size_t run = quote ? (size_t) (quote - p) : n;
        const char *backslash = memchr(p, '\\', run);

        return backslash ? (size_t) (backslash - p) : run;
}

/* A string that stays, or whose content nobody wants: only its end matters. */
static JsonScanEnd step_string(JsonScan *s, const char *p, size_t n, size_t *ret_used) {
        bool dropped = s->state == STATE_IN_DROPPED;
        size_t run = plain_run(p, n);

        if (s->escape != ESCAPE_NONE) {
                s->escape = ESCAPE_NONE;
                run = 1;
        } else if (run == 0 && *p == '"') {
                value_done(s);
                return copy(s, p, 1, ret_used);
        } else if (run == 0) {
                s->escape = ESCAPE_CHAR;
                run = 1;
        }
        if (!dropped)
                return copy(s, p, run, ret_used);
        *ret_used = run;
        return JSON_SCAN_OK;
}

/* The character after a backslash, or a digit of \uXXXX. 1 = *ret is the character that was meant
 * (0xff for any that is not ASCII), 0 = more to come, -EBADMSG. */
static int undo_escape(JsonScan *s, char c, char *ret) {
        static const char names[] = "\"\\/bfnrt", chars[] = "\"\\/\b\f\n\r\t";
        const char *at;

        if (s->escape == ESCAPE_CHAR) {
                if (c == 'u') {
                        s->escape = ESCAPE_HEX;
                        s->hex_digits = s->code = 0;
                        return 0;
                }
                at = c ? strchr(names, c) : NULL;
                if (!at)
                        return -EBADMSG;
                *ret = chars[at - names];
        } else {
                int v = hex_digit(c);

                if (v < 0)
                        return -EBADMSG;
                s->code = s->code << 4 | (unsigned) v;
                if (++s->hex_digits < 4)
                        return 0;
                *ret = (char) (s->code > 0 && s->code < 0x80 ? s->code : 0xff);
        }
        s->escape = ESCAPE_NONE;
        return 1;
}

static void key_add(JsonScan *s, const char *p, size_t n) {
        if (s->key_n + n > sizeof s->key)
                s->key_lost = true;
        if (s->key_lost)
                return;
        memcpy(s->key + s->key_n, p, n);
        s->key_n += n;
}

static JsonScanEnd step_in_key(JsonScan *s, const char *p, size_t n, size_t *ret_used) {
        size_t run = plain_run(p, n);

        if (s->escape != ESCAPE_NONE) {
                char c;
                int r = undo_escape(s, *p, &c);

                if (r < 0)
                        return malformed(ret_used);
                if (r > 0)
                        key_add(s, &c, 1);
                run = 1;
        } else if (run == 0 && *p == '"')
                return copy_to(s, STATE_COLON, p, ret_used);
        else if (run == 0) {
                s->escape = ESCAPE_CHAR;
                run = 1;
        } else
                key_add(s, p, run);
        return copy(s, p, run, ret_used);
}

static JsonScanEnd step_diverted(JsonScan *s, const char *p, size_t n, size_t *ret_used) {
        const char *piece = p;
        size_t run = plain_run(p, n), piece_n = run;
        char c;

        if (s->escape != ESCAPE_NONE) {
                int r = undo_escape(s, *p, &c);

                if (r < 0)
                        return malformed(ret_used);
                piece = &c;
                piece_n = r > 0;
                run = 1;
        } else if (run == 0 && *p == '"') {
                if (!s->sink.end(s->sink.userdata))
                        return JSON_SCAN_STOPPED;
                value_done(s);
                return copy(s, p, 1, ret_used);
        } else if (run == 0) {
                s->escape = ESCAPE_CHAR;
                run = 1;
        }
        *ret_used = run;
        if (piece_n > 0 && !s->sink.piece(piece, piece_n, s->sink.userdata))
                return JSON_SCAN_STOPPED;
        return JSON_SCAN_OK;
}

static JsonScanEnd step_literal(JsonScan *s, const char *p, size_t n, size_t *ret_used) {
        size_t run = 0;

        while (run < n && is_literal(p[run]))
                run++;
        if (run < n)
                value_done(s);
        return run > 0 ? copy(s, p, run, ret_used) : (*ret_used = 0, JSON_SCAN_OK);
}

static JsonScanEnd step_end(JsonScan *s, const char *p, size_t n, size_t *ret_used) {
        return is_space(*p) ? copy(s, p, 1, ret_used) : malformed(ret_used);
}

typedef JsonScanEnd (*StepFn)(JsonScan *s, const char *p, size_t n, size_t *ret_used);

static const StepFn steps[] = {
        [STATE_START] = step_value,
        [STATE_VALUE] = step_value,
        [STATE_FIRST_ELEMENT] = step_value,
        [STATE_FIRST_KEY] = step_key,
        [STATE_KEY] = step_key,
        [STATE_COLON] = step_colon,
        [STATE_NEXT] = step_next,
        [STATE_IN_KEY] = step_in_key,
        [STATE_IN_STRING] = step_string,
        [STATE_IN_DIVERTED] = step_diverted,
        [STATE_IN_DROPPED] = step_string,
        [STATE_IN_LITERAL] = step_literal,
        [STATE_END] = step_end,
};
static_assert(ARRAY_LEN(steps) == _STATE_MAX, "a step for each state");

JsonScanEnd json_scan_feed(JsonScan *s, const char *data, size_t n, size_t *ret_used) {
        size_t done = 0;

        assert(s);
        assert(data || n == 0);
        assert(ret_used);
        while (done < n) {
                size_t used = 0;
                JsonScanEnd end = steps[s->state](s, data + done, n - done, &used);

                done += used;
                if (end != JSON_SCAN_OK) {
                        *ret_used = done;
                        return end;
                }
        }
        *ret_used = n;
        return JSON_SCAN_OK;
}

bool json_scan_empty(const JsonScan *s) {
        assert(s);
        return s->state == STATE_START;
}

bool json_scan_complete(const JsonScan *s) {
        assert(s);
        return s->state == STATE_END || (s->state == STATE_IN_LITERAL && s->depth == 0);
}
