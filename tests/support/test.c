/* SPDX-License-Identifier: MIT */

#include "support/test.h"

#include <ftw.h>
#include <stdarg.h>
#include <sys/stat.h>

static TestCase *tests;
static bool skipped;
static char directory[256];

void test_register(TestCase *t) {
        TestCase **p = &tests;

        while (*p)
                p = &(*p)->next;
        *p = t;
}

void test_fail(const char *file, int line, const char *format, ...) {
        va_list ap;

        fprintf(stderr, "%s:%d: ", file, line);
        va_start(ap, format);
        vfprintf(stderr, format, ap);
        va_end(ap);
        fputc('\n', stderr);
        fflush(NULL);
        abort();
}

void test_skip(const char *why) {
        skipped = true;
        fprintf(stderr, "  skipped: %s\n", why);
}

static int remove_entry(const char *path, const struct stat *st, int type, struct FTW *ftw) {
        (void) st;
        (void) type;
        (void) ftw;
        return remove(path);
}

static void remove_directory(void) {
        if (directory[0])
                (void) nftw(directory, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *test_dir(void) {
        if (!directory[0]) {
                const char *base = getenv("TMPDIR");

                (void) snprintf(directory, sizeof directory, "%s/pregen-test-XXXXXX",
                                base ? base : "/tmp");
                CHECK(mkdtemp(directory));
                (void) atexit(remove_directory);
        }
        return directory;
}

char *test_path(const char *name) {
        char *p = NULL;

        CHECK(asprintf(&p, "%s/%s", test_dir(), name) > 0);
        return p;
}

char *test_file(const char *name, const char *text) {
        char *path = test_path(name);
        FILE *f;

        for (char *slash = path + strlen(test_dir()) + 1; (slash = strchr(slash, '/')); slash++) {
                *slash = 0;
                CHECK(mkdir(path, 0755) == 0 || errno == EEXIST);
                *slash = '/';
        }
        f = fopen(path, "we");
        CHECK(f);
        CHECK(fputs(text, f) >= 0);
        CHECK(fclose(f) == 0);
        return path;
}

int main(int argc, char **argv) {
        int run = 0, skips = 0;

        for (TestCase *t = tests; t; t = t->next) {
                bool wanted = argc < 2;

                for (int i = 1; i < argc; i++)
                        wanted = wanted || streq(argv[i], t->name);
                if (!wanted)
                        continue;
                fprintf(stderr, "%s\n", t->name);
                skipped = false;
                t->fn();
                run++;
                skips += skipped;
        }
        if (run == 0) {
                fprintf(stderr, "no such test\n");
                return 1;
        }
        return skips == run ? 77 : 0;
}
