/* SPDX-License-Identifier: MIT */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "base/out.h"
#include "base/text.h"
#include "support/test.h"

static const OutColumn columns[] = {
        {.key = "name", .title = "NAME"},
        {.key = "n", .title = "N", .right = true},
        {.key = "hidden"},
        {.key = "note", .title = "NOTE", .max_width = 10},
};

/* Two names and notes, in the format, as text. Caller frees. */
static char *print(OutFormat format, const char *name, const char *note, const char *name2,
                   const char *note2) {
        _cleanup_(out_freep) Out *out = NULL;
        char *text = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&text, &n);

        CHECK(f);
        CHECK(out_new(f, format, "things", columns, ARRAY_LEN(columns), &out) == 0);
        for (int i = 0; i < 2; i++) {
                CHECK(out_str(out, i == 0 ? name : name2) == 0);
                CHECK(out_int(out, i == 0 ? 7 : 1234) == 0);
                CHECK(out_bool(out, i == 0) == 0);
                CHECK(out_str(out, i == 0 ? note : note2) == 0);
        }
        CHECK(out_end(out) == 0);
        CHECK(fclose(f) == 0);
        return text;
}

#define CHECK_PRINT(want, ...)                                                                     \
        do {                                                                                       \
                _cleanup_(freep) char *text_ = print(__VA_ARGS__);                                 \
                CHECK_STR(text_, want);                                                            \
        } while (0)

TEST(table) {
        CHECK_PRINT("NAME       N  NOTE\n"
                    "acme       7  short\n"
                    "zenith  1234  0123456789\n",
                    OUT_TABLE, "acme", "short", "zenith", "0123456789");
        CHECK_PRINT("NAME       N  NOTE\n"
                    "acme       7\n" /* no blanks at the end of a line */
                    "zenith  1234  012345678…\n",
                    OUT_TABLE, "acme", NULL, "zenith", "0123456789a");
        CHECK_PRINT("NAME     N\n" /* a column without any text is left out */
                    "acme     7\n"
                    "zen   1234\n",
                    OUT_TABLE, "acme", "", "zen", NULL);
}

TEST(table_utf8) {
        CHECK_PRINT("NAME      N  NOTE\n"
                    "café      7  日本語\n"
                    "naïve  1234  日本語日…\n",
                    OUT_TABLE, "café", "日本語", "naïve", "日本語日本語");
}

TEST(table_widths) {
        CHECK_PRINT("NAME     N  NOTE\n"
                    "日本     7  e\xcc\x81\n"
                    "abcd  1234  x\n",
                    OUT_TABLE, "日本", "e\xcc\x81", "abcd", "x");
}

TEST(table_is_safe) {
        CHECK_PRINT("NAME            N  NOTE\n"
                    "\\x1b[2Jevil     7  a\\nb\n"
                    "\\xffx\\u202e  1234  ok\n",
                    OUT_TABLE, "\x1b[2Jevil", "a\nb", "\xffx\xe2\x80\xae", "ok");
}

TEST(json) {
        CHECK_PRINT("{\"schema\":1,\"things\":[\n"
                    "{\"name\":\"a\\\"b\",\"n\":7,\"hidden\":true,\"note\":null},\n"
                    "{\"name\":\"\\u001b\",\"n\":1234,\"hidden\":false,\"note\":\"é\"}\n"
                    "]}\n",
                    OUT_JSON, "a\"b", NULL, "\x1b", "é");
        CHECK_PRINT("{\"schema\":1,\"things\":[\n" /* DEL and C1 are obeyed by some terminals */
                    "{\"name\":\"\\u007f\",\"n\":7,\"hidden\":true,\"note\":\"\\u009b1m\"},\n"
                    "{\"name\":\"Â\",\"n\":1234,\"hidden\":false,\"note\":\"\xc2\xa0\"}\n"
                    "]}\n",
                    OUT_JSON, "\x7f",
                    "\xc2\x9b"
                    "1m",
                    "Â", "\xc2\xa0");
}

TEST(jsonl) {
        CHECK_PRINT("{\"schema\":1,\"name\":\"x\",\"n\":7,\"hidden\":true,\"note\":null}\n"
                    "{\"schema\":1,\"name\":\"y\",\"n\":1234,\"hidden\":false,\"note\":\"z\"}\n",
                    OUT_JSONL, "x", NULL, "y", "z");
}

TEST(csv) {
        CHECK_PRINT("name,n,hidden,note\n"
                    "\"a,b\",7,true,\"say \"\"hi\"\"\"\n"
                    "\"two\nlines\",1234,false,\n",
                    OUT_CSV, "a,b", "say \"hi\"", "two\nlines", NULL);
        CHECK_PRINT("name,n,hidden,note\n"
                    "plain,7,true,\"\"\"\"\n"
                    "\"cr\rx\",1234,false, blank \n",
                    OUT_CSV, "plain", "\"", "cr\rx", " blank ");
}

static void begin(FILE **ret_f, char **text, size_t *n, OutFormat format, Out **ret) {
        *ret_f = open_memstream(text, n);
        CHECK(*ret_f);
        CHECK(out_new(*ret_f, format, "things", columns, ARRAY_LEN(columns), ret) == 0);
}

TEST(no_rows) {
        static const char *const want[] = {"", "{\"schema\":1,\"things\":[]}\n", "",
                                           "name,n,hidden,note\n"};

        for (OutFormat format = 0; format < _OUT_FORMAT_MAX; format++) {
                _cleanup_(out_freep) Out *out = NULL;
                _cleanup_(freep) char *text = NULL;
                size_t n = 0;
                FILE *f;

                begin(&f, &text, &n, format, &out);
                CHECK(out_end(out) == 0 && fclose(f) == 0);
                CHECK_STR(text, want[format]);
        }
}

TEST(extra) {
        _cleanup_(out_freep) Out *out = NULL;
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        FILE *f;

        begin(&f, &text, &n, OUT_JSON, &out);
        CHECK(json_add_int(out_extra(out), "total", 3) == 0);
        CHECK(out_end(out) == 0 && fclose(f) == 0);
        CHECK_STR(text, "{\"schema\":1,\"things\":[],\"total\":3}\n");
}

/* One column of each kind of cell, in the format. Caller frees. */
static char *print_cells(OutFormat format) {
        static const OutColumn kinds[] = {
                {"money", "MONEY"}, {"time", "TIME"}, {"none", "NONE"},   {"bytes", "BYTES"},
                {"took", "TOOK"},   {"ok", "OK"},     {"share", "SHARE"}, {"tags", "TAGS"},
        };
        _cleanup_(out_freep) Out *out = NULL;
        Json *tags = json_new_object();
        char *text = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&text, &n);

        CHECK(f && json_add_str(tags, "k", "v") == 0);
        CHECK(out_new(f, format, "cells", kinds, ARRAY_LEN(kinds), &out) == 0);
        CHECK(out_money(out, 33600) == 0);
        CHECK(out_time(out, INT64_C(1795399207000)) == 0);
        CHECK(out_time(out, 0) == 0);
        CHECK(out_bytes(out, 1400000) == 0);
        CHECK(out_duration(out, 192000) == 0);
        CHECK(out_bool(out, true) == 0);
        CHECK(out_number(out, 0.5) == 0);
        CHECK(out_json(out, tags) == 0);
        CHECK(out_end(out) == 0 && fclose(f) == 0);
        return text;
}

TEST(cells) {
        _cleanup_(freep) char *table = NULL, *json = NULL, *csv = NULL;

        CHECK(setenv("TZ", "UTC", 1) == 0);
        table = print_cells(OUT_TABLE);
        CHECK_STR(table, "MONEY    TIME              BYTES   TOOK   OK   SHARE  TAGS\n"
                         "$0.0336  2026-11-23 02:00  1.4 MB  3m12s  yes  0.5    {\"k\":\"v\"}\n");
        json = print_cells(OUT_JSONL);
        CHECK_STR(json, "{\"schema\":1,\"money\":0.0336,\"time\":\"2026-11-23T02:00:07Z\","
                        "\"none\":null,\"bytes\":1400000,\"took\":192000,\"ok\":true,"
                        "\"share\":0.5,\"tags\":{\"k\":\"v\"}}\n");
        csv = print_cells(OUT_CSV);
        CHECK_STR(csv, "money,time,none,bytes,took,ok,share,tags\n"
                       "0.0336,2026-11-23T02:00:07Z,,1400000,192000,true,0.5,"
                       "\"{\"\"k\"\":\"\"v\"\"}\"\n");
}

static void check_bytes(uint64_t bytes, const char *want) {
        static const OutColumn one[] = {{.key = "b", .title = "B"}};
        _cleanup_(out_freep) Out *out = NULL;
        _cleanup_(freep) char *text = NULL;
        size_t n = 0;
        FILE *f = open_memstream(&text, &n);

        CHECK(f && out_new(f, OUT_TABLE, "b", one, 1, &out) == 0);
        CHECK(out_bytes(out, bytes) == 0 && out_end(out) == 0 && fclose(f) == 0);
        CHECK_HAS(text, want);
}

TEST(bytes) {
        check_bytes(0, "\n0 B\n");
        check_bytes(999, "\n999 B\n");
        check_bytes(1000, "\n1.0 kB\n");
        check_bytes(999949, "\n999.9 kB\n");
        check_bytes(999950, "\n1.0 MB\n"); /* never "1000.0 kB" */
        check_bytes(UINT64_MAX, "\n18.4 EB\n");
}

TEST(closed_pipe) {
        CHECK(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
        for (OutFormat format = 0; format < _OUT_FORMAT_MAX; format++) {
                _cleanup_(out_freep) Out *out = NULL;
                int fds[2];
                FILE *f;
                int r;

                CHECK(pipe2(fds, O_CLOEXEC) == 0 && close(fds[0]) == 0);
                f = fdopen(fds[1], "w");
                CHECK(f && out_new(f, format, "things", columns, ARRAY_LEN(columns), &out) == 0);
                (void) out_str(out, "x");
                (void) out_int(out, 1);
                (void) out_null(out);
                (void) out_str(out, "y");
                r = out_end(out);
                CHECK_INT(r, -EPIPE);
                (void) fclose(f);
        }
}

/* Closes the terminal and takes all that was shown on it. */
static void read_all(FILE *terminal, int master, char *text, size_t size) {
        size_t at = 0;
        ssize_t n;

        CHECK(fclose(terminal) == 0);
        while (at < size && (n = read(master, text + at, size - at)) > 0)
                at += (size_t) n;
        CHECK(at > 0 && at < size && close(master) == 0);
}

/* What a terminal of `width` columns is shown. Caller frees; NULL without pseudo terminals. */
static char *print_to_terminal(OutFormat format, unsigned short width) {
        _cleanup_(out_freep) Out *out = NULL;
        int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        char *text = calloc(1, 4096);
        FILE *f;

        if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
                free(text);
                return NULL;
        }
        f = fopen(ptsname(master), "r+e");
        CHECK(f && text);
        CHECK(ioctl(fileno(f), TIOCSWINSZ, &(struct winsize){.ws_col = width, .ws_row = 24}) == 0);
        CHECK(out_new(f, format, "things", columns, ARRAY_LEN(columns), &out) == 0);
        CHECK(out_str(out, "\x1b[2Jx") == 0 && out_int(out, 1) == 0 && out_null(out) == 0);
        CHECK(out_str(out, "a") == 0);
        CHECK(out_end(out) == 0);
        read_all(f, master, text, 4095);
        return text;
}

TEST(terminal_is_never_steered) {
        CHECK(setenv("NO_COLOR", "1", 1) == 0);
        for (OutFormat format = 0; format < _OUT_FORMAT_MAX; format++) {
                _cleanup_(freep) char *text = print_to_terminal(format, 80);

                if (!text) {
                        test_skip("no pseudo terminal here");
                        return;
                }
                CHECK_HAS(text,
                          format == OUT_TABLE || format == OUT_CSV ? "\\x1b[2Jx" : "\\u001b[2Jx");
                CHECK(!strchr(text, 0x1b));
        }
        CHECK(unsetenv("NO_COLOR") == 0);
}

/* One row of two long texts on a terminal of this width. Caller frees. */
static char *print_narrow(unsigned short width) {
        static const OutColumn two[] = {{.key = "a", .title = "A", .max_width = 40},
                                        {.key = "b", .title = "B"}};
        _cleanup_(out_freep) Out *out = NULL;
        int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        char *text = calloc(1, 4096);
        FILE *f;

        CHECK(master >= 0 && text && grantpt(master) == 0 && unlockpt(master) == 0);
        f = fopen(ptsname(master), "r+e");
        CHECK(f);
        CHECK(ioctl(fileno(f), TIOCSWINSZ, &(struct winsize){.ws_col = width, .ws_row = 24}) == 0);
        CHECK(out_new(f, OUT_TABLE, "things", two, ARRAY_LEN(two), &out) == 0);
        CHECK(out_str(out, "abcdefghijklmnopqrstuvwxyz") == 0);
        CHECK(out_str(out, "0123456789") == 0);
        CHECK(out_end(out) == 0);
        read_all(f, master, text, 4095);
        return text;
}

TEST(narrow_terminal) {
        int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        _cleanup_(freep) char *fits = NULL, *cut = NULL, *least = NULL;

        if (terminal < 0) {
                test_skip("no pseudo terminal here");
                return;
        }
        CHECK(close(terminal) == 0 && setenv("NO_COLOR", "1", 1) == 0);
        fits = print_narrow(38);
        CHECK_HAS(fits, "abcdefghijklmnopqrstuvwxyz  0123456789\r\n");
        cut = print_narrow(37);
        CHECK_HAS(cut, "abcdefghijklmnopqrstuvwx…  0123456789\r\n");
        least = print_narrow(10); /* columns stay readable, however narrow it is */
        CHECK_HAS(least, "abcdefghijk…  0123456789\r\n");
        CHECK(unsetenv("NO_COLOR") == 0);
}

TEST(full_disk) {
        _cleanup_(out_freep) Out *out = NULL;
        FILE *f = fopen("/dev/full", "we");

        if (!f) {
                test_skip("no /dev/full");
                return;
        }
        CHECK(out_new(f, OUT_CSV, "things", columns, ARRAY_LEN(columns), &out) == 0);
        CHECK_INT(out_end(out), -ENOSPC);
        (void) fclose(f);
}

TEST(print_json) {
        _cleanup_(freep) char *text = NULL;
        Json *j = json_new_object();
        size_t n = 0;
        FILE *f = open_memstream(&text, &n);

        CHECK(f && json_add_str(j, "a", "b") == 0 && json_add_int(j, "schema", 9) == 0);
        CHECK(out_print_jsonl(f, j) == 0);
        CHECK_INT(out_print_jsonl(f, NULL), -ENOMEM);
        CHECK(fclose(f) == 0);
        CHECK_STR(text, "{\"schema\":1,\"a\":\"b\"}\n");
}

TEST(characters) {
        size_t n;

        CHECK_INT(text_char("a", &n), 'a');
        CHECK_INT(n, 1);
        CHECK_INT(text_char("é", &n), 0xe9);
        CHECK_INT(n, 2);
        CHECK_INT(text_char("€", &n), 0x20ac);
        CHECK_INT(text_char("😀", &n), 0x1f600);
        CHECK_INT(n, 4);
        CHECK_INT(text_char("\xc3", &n), -1); /* cut off by the end */
        CHECK_INT(n, 1);
        CHECK_INT(text_char("\xf0\x9f\x98", &n), -1);
        CHECK_INT(text_char("\xc0\x80", &n), -1);     /* overlong */
        CHECK_INT(text_char("\xe0\x80\x80", &n), -1); /* overlong */
        CHECK_INT(text_char("\xed\xa0\x80", &n), -1); /* surrogate */
        CHECK_INT(text_char("\xf4\x90\x80\x80", &n), -1);
        CHECK_INT(text_char("\xf8\x88\x80\x80\x80", &n), -1);
        CHECK_INT(text_char("\x80", &n), -1);
}

TEST(widths) {
        CHECK_INT(text_width(""), 0);
        CHECK_INT(text_width("abc"), 3);
        CHECK_INT(text_width("é"), 1);
        CHECK_INT(text_width("e\xcc\x81"), 1);
        CHECK_INT(text_width("日本"), 4);
        CHECK_INT(text_width("😀"), 2);
        CHECK_INT(text_width("…"), 1);
}

TEST(cutting) {
        _cleanup_(freep) char *same = text_cut("abc", 3), *cut = text_cut("abcd", 3);
        _cleanup_(freep) char *wide = text_cut("日本語", 4), *one = text_cut("ab", 1);

        CHECK_STR(same, "abc");
        CHECK_STR(cut, "ab…");
        CHECK_STR(wide, "日…"); /* half a wide character does not fit */
        CHECK_STR(one, "…");
}
