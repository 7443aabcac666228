/* SPDX-License-Identifier: MIT */

/*
 * Any bytes as the body of a reply. Input: one byte of mode, one of piece size, then the body.
 * Whole or in pieces, the same must come out; and where the JSON parser agrees that it is JSON, the
 * payloads must be just the strings it finds at the place.
 */

#include <fcntl.h>
#include <stdio.h>

#include "base/json.h"
#include "net/body.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static const char *const paths[] = {"candidates[].content.parts[].inlineData.data", "a[][].b",
                                    "-candidates[].s", "-s", NULL};

typedef struct Made {
        Body *body;
        StreamEnd end;
        const char *envelope;
        size_t envelope_n, n_payloads;
        const ReplyPayload *payloads;
} Made;

static char spool_path[] = "/tmp/fuzz-body-XXXXXX";

static void remove_spool(void) {
        (void) rmdir(spool_path);
}

static int spool_dir(void) {
        static int fd = -1;

        if (fd < 0) {
                if (!mkdtemp(spool_path))
                        abort();
                (void) atexit(remove_spool);
                fd = open(spool_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
                assert(fd >= 0);
        }
        return fd;
}

static Made make(BodyMode mode, const uint8_t *data, size_t n, size_t piece) {
        BodyOptions options = {.mode = mode,
                               .payload_paths = paths,
                               .spool_dir_fd = spool_dir(),
                               .spool_stem = piece < n ? "pieces" : "whole"};
        Made m = {0};
        Err err = {0};
        int r;

        r = body_new(&options, &m.body);
        assert(r == 0);
        for (size_t i = 0; m.end == STREAM_OK && i < n; i += piece)
                m.end = body_feed(m.body, data + i, MIN_OF(piece, n - i), &err);
        (void) body_cut_short(m.body);
        if (m.end == STREAM_OK)
                m.end = body_finish(m.body, &err);
        assert(m.end != STREAM_STORAGE);
        assert((m.end == STREAM_OK) == (err.text[0] == 0));
        m.envelope = body_envelope(m.body, &m.envelope_n, NULL);
        m.payloads = body_payloads(m.body, &m.n_payloads);
        assert(m.envelope_n <= REPLY_ENVELOPE_MAX && m.n_payloads <= REPLY_PAYLOADS_MAX);
        assert(m.envelope[m.envelope_n] == 0);
        return m;
}

/* Strings below j at the steps: a key, or NULL for any element. */
static size_t count_at(const Json *j, const char *const *steps, size_t n) {
        size_t count = 0;

        if (n == 0)
                return json_is_string(j);
        if (steps[0] ? !json_is_object(j) : !json_is_array(j))
                return 0;
        for (const Json *child = json_first(j); child; child = json_next(child))
                if (!steps[0] || streq(json_key(child), steps[0]))
                        count += count_at(child, steps + 1, n - 1);
        return count;
}

static unsigned deepest(const uint8_t *data, size_t n) {
        unsigned depth = 0, most = 0;

        for (size_t i = 0; i < n; i++) {
                if (data[i] == '[' || data[i] == '{')
                        most = MAX_OF(most, ++depth);
                else if ((data[i] == ']' || data[i] == '}') && depth > 0)
                        depth--;
        }
        return most;
}

static void check_with_parser(const Made *m, const uint8_t *data, size_t n) {
        static const char *const image[] = {"candidates", NULL,         "content", "parts",
                                            NULL,         "inlineData", "data"};
        static const char *const nested[] = {"a", NULL, NULL, "b"};
        _cleanup_(json_freep) Json *j = NULL;

        /* Where the two may differ: a NUL by any name, a byte order mark, our lower limit. */
        if (memchr(data, 0, n) || memmem(data, n, "\\u0000", 6) || deepest(data, n) > 32 ||
            (n > 0 && data[0] == 0xef) || json_parse((const char *) data, n, &j, NULL) < 0)
                return;
        assert(m->n_payloads ==
               count_at(j, image, ARRAY_LEN(image)) + count_at(j, nested, ARRAY_LEN(nested)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        static const BodyMode modes[] = {BODY_JSON, BODY_JSON, BODY_JSON, BODY_RAW, BODY_CUT};
        Made whole, pieces;
        BodyMode mode;
        size_t piece;

        if (n < 2)
                return 0;
        mode = modes[data[0] % ARRAY_LEN(modes)];
        piece = data[1] % 32 + 1;
        whole = make(mode, data + 2, n - 2, SIZE_MAX / 2);
        pieces = make(mode, data + 2, n - 2, piece);
        assert(whole.end == pieces.end);
        if (whole.end == STREAM_OK) {
                assert(whole.envelope_n == pieces.envelope_n);
                assert(memcmp(whole.envelope, pieces.envelope, whole.envelope_n) == 0);
                assert(whole.n_payloads == pieces.n_payloads);
                for (size_t i = 0; i < whole.n_payloads; i++)
                        assert(whole.payloads[i].bytes == pieces.payloads[i].bytes &&
                               digest_equal(&whole.payloads[i].digest, &pieces.payloads[i].digest));
                if (mode == BODY_JSON)
                        check_with_parser(&whole, data + 2, n - 2);
        }
        (void) body_free(whole.body);
        (void) body_free(pieces.body);
        return 0;
}
