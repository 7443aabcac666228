/* SPDX-License-Identifier: MIT */

#include "net/base64.h"

#include "support/test.h"

enum {
        LONGEST = 300,
};

/* Decodes text in pieces of `piece` characters; bytes, or -EBADMSG. */
static ssize_t decode(const char *text, size_t piece, uint8_t *out) {
        Base64Decoder d = {0};
        size_t n = strlen(text), done = 0;

        for (size_t i = 0; i < n; i += piece) {
                size_t now = MIN_OF(piece, n - i), got;
                uint8_t *room = malloc(BASE64_DECODED_MAX(now)); /* exactly what is promised */
                int r;

                CHECK(room);
                r = base64_decode(&d, text + i, now, room, &got);
                if (r < 0) {
                        free(room);
                        return r;
                }
                CHECK(got <= BASE64_DECODED_MAX(now));
                memcpy(out + done, room, got);
                done += got;
                free(room);
        }
        return base64_decode_end(&d) < 0 ? -EBADMSG : (ssize_t) done;
}

TEST(round_trip_at_every_length_and_piece) {
        uint8_t bytes[LONGEST], back[LONGEST + 3];
        char text[BASE64_ENCODED(LONGEST) + 1];

        for (size_t i = 0; i < LONGEST; i++)
                bytes[i] = (uint8_t) (i * 151 + 7);
        for (size_t n = 0; n <= LONGEST; n++) {
                size_t chars = base64_encode(bytes, n, text);

                CHECK_INT(chars, BASE64_ENCODED(n));
                text[chars] = 0;
                for (size_t piece = 1; piece <= LONGEST; piece += piece < 9 ? 1 : 37) {
                        CHECK_INT(decode(text, piece, back), n);
                        CHECK(memcmp(bytes, back, n) == 0);
                }
        }
}

TEST(known_answers) {
        static const struct {
                const char *text, *bytes;
        } cases[] = {{"", ""},
                     {"Zg==", "f"},
                     {"Zm8=", "fo"},
                     {"Zm9v", "foo"},
                     {"Zm9vYg==", "foob"},
                     {"-_-_", "\xfb\xff\xbf"},
                     {"+/+/", "\xfb\xff\xbf"},
                     {"+_-/", "\xfb\xff\xbf"}};
        uint8_t out[16];
        char text[16];

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                size_t n = strlen(cases[i].bytes);

                CHECK_INT(decode(cases[i].text, 100, out), n);
                CHECK(memcmp(out, cases[i].bytes, n) == 0);
        }
        CHECK_INT(base64_encode((const uint8_t *) "\xfb\xff\xbf", 3, text), 4);
        CHECK(memcmp(text, "+/+/", 4) == 0);
}

TEST(refused) {
        static const char *const cases[] = {
                "A",        "AA",    "AAA",    "AA=",  "=",     "A===",     "AA=A",
                "AAA==",    "AAAA=", "AAAA==", "Zh==", "Zm9=",  "Zg==Zg==", "Zg===",
                "Zm8=Zg==", "AA AA", "AA\nAA", "AAA*", "AAA\"", "AAA\x80",  "AAAAAAA\xff"};
        uint8_t out[32];

        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                for (size_t piece = 1; piece <= 8; piece++)
                        if (decode(cases[i], piece, out) != -EBADMSG)
                                test_fail(__FILE__, __LINE__, "'%s' was taken", cases[i]);
}

/* Long enough for the way that takes many characters at once: each byte, at each place of it, is
 * taken or refused as it is alone, and stands for the same bits. */
TEST(every_byte_at_every_place_of_a_long_text) {
        static const char alphabet[] =
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        uint8_t out[BASE64_DECODED_MAX(80)];
        char text[80 + 1] = {0};

        for (unsigned c = 1; c < 256; c++)
                for (size_t at = 0; at < 76; at++) {
                        const char *where = strchr(alphabet, (int) c);
                        int value = c == '-' ? 62 : c == '_' ? 63 : -1, got;

                        if (where)
                                value = (int) (where - alphabet);
                        memset(text, 'A', 80);
                        text[at] = (char) c;
                        if (value < 0) {
                                CHECK_INT(decode(text, 80, out), -EBADMSG);
                                continue;
                        }
                        CHECK_INT(decode(text, 80, out), 60);
                        got = (out[at / 4 * 3] << 16 | out[at / 4 * 3 + 1] << 8 |
                               out[at / 4 * 3 + 2]) >>
                                      (6 * (3 - at % 4)) &
                              63;
                        CHECK_INT(got, value);
                        for (size_t k = 0; k < 60; k++)
                                CHECK(k / 3 == at / 4 || out[k] == 0);
                }
}

TEST(every_byte_alone) {
        for (unsigned c = 0; c < 256; c++) {
                Base64Decoder d = {0};
                char in = (char) c;
                uint8_t out[3];
                size_t got;
                bool fine = c != 0 && strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                             "0123456789+/-_",
                                             (int) c);

                CHECK_INT(base64_decode(&d, &in, 1, out, &got), fine ? 0 : -EBADMSG);
        }
}
