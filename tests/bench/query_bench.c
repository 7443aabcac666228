/* SPDX-License-Identifier: MIT */

/* query_bench DIR [SHAPE [JOIN.db]]: what a query of a shelf made by make_shelf costs within one
 * process, by shape: the median and the 99th percentile of 2,000 queries each (or as many as two
 * seconds take), in microseconds, and those of the CPU time, which says more on a machine that others
 * use. "warm" are those of the least that each query took in three passes over all of
 * them: what one who reads for long has, and without what the machine does beside. How much that is
 * says the floor, a loop of 20 us that calls nothing. "rows" finds the ids, "whole" reads the assets
 * with paths and tags as well. The library's cache is as large as the join table's.
 *
 * With JOIN.db, made when it is missing, the same queries are put to a join table of the same shelf in
 * turns (bench/join_table.h), whose figures and our share of them follow; both must find as many. */

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "base/strbuf.h"
#include "bench/join_table.h"
#include "core/library.h"

enum {
        QUERIES = 2000,
        PASSES = 3,          /* over the same queries */
        WARM = 2000,         /* before them, which do not count: SQLite's cache is full by then */
        WARM_NS = 300000000, /* or as many as take so long */
        LIMIT = 20,
        CACHE_MIB = 512,
        SPIN_NS = 20000,
};
#define LONG_NS INT64_C(2000000000)

static uint64_t state = 7;

static double uniform(void) {
        uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);

        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
        return (double) ((z ^ z >> 31) >> 11) / (double) (UINT64_C(1) << 53);
}

/* A rank drawn as the shelf drew it, by inverting the integral of the distribution. */
static int zipf(int n, double skew) {
        double u = uniform();

        if (skew > 0.99)
                return MIN_OF(n - 1, (int) (exp(u * log(n + 1.0)) - 1));
        return MIN_OF(n - 1, (int) (pow(u * (pow(n + 1.0, 1 - skew) - 1) + 1, 1 / (1 - skew)) - 1));
}

/* % in a shape: B brand, H hook, C category, T tag, S scene. */
static void fill(const char *shape, StrBuf *b) {
        strbuf_clear(b);
        for (const char *p = shape; *p; p++) {
                int tag;

                if (*p != '%') {
                        (void) strbuf_putc(b, *p);
                        continue;
                }
                switch (*++p) {
                case 'B':
                        (void) strbuf_printf(b, "brand:b%d", zipf(200, 0.9));
                        break;
                case 'H':
                        (void) strbuf_printf(b, "hook:h%d", zipf(500, 0.8));
                        break;
                case 'C':
                        (void) strbuf_printf(b, "category:c%d", zipf(40, 0.9));
                        break;
                case 'S':
                        (void) strbuf_printf(b, "text:scene%d", (int) (uniform() * 20000));
                        break;
                default:
                        tag = zipf(5000, 1);
                        (void) strbuf_printf(b, "tag:k%d=t%d", tag % 50, tag);
                }
        }
}

static int64_t now_ns(clockid_t clock) {
        struct timespec t;

        (void) clock_gettime(clock, &t);
        return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static int see_row(int64_t row, void *userdata) {
        (void) row;
        ++*(int64_t *) userdata;
        return 0;
}

static int see_asset(const AlAsset *a, void *userdata) {
        (void) a;
        ++*(int64_t *) userdata;
        return 0;
}

static int compare(const void *a, const void *b) {
        int64_t x = *(const int64_t *) a, y = *(const int64_t *) b;

        return (x > y) - (x < y);
}

static double us(const int64_t *ns, int64_t i) {
        return (double) ns[i] / 1000;
}

typedef enum Mode { MODE_ROWS, MODE_WHOLE, MODE_COUNT } Mode;

static void header(const char *unit, const Join *join) {
        (void) printf("%-36s %9s %9s %9s %9s %9s %9s %6s", unit, "p50", "p99", "p50 CPU", "p99 CPU",
                      "p50 warm", "p99 warm", "of");
        if (join)
                (void) printf(" %9s %9s %7s %7s", "join p50", "join p99", "/ p50", "/ p99");
        (void) printf("\n");
}

static void sort(int64_t *values, int64_t n) {
        qsort(values, (size_t) n, sizeof *values, compare);
}

static void bench_floor(Join *join) {
        static int64_t took[QUERIES];

        for (int64_t i = -WARM; i < QUERIES; i++) {
                int64_t start = now_ns(CLOCK_MONOTONIC);

                if (join_floor(join, (uint64_t) (i + WARM)) == 0)
                        exit(1);
                took[MAX_OF(i, INT64_C(0))] = now_ns(CLOCK_MONOTONIC) - start;
        }
        sort(took, QUERIES);
        (void) printf("%-36s %9.1f %9.1f\n", "floor: 20 rows by primary key", us(took, QUERIES / 2),
                      us(took, QUERIES * 99 / 100));
}

/* How long the join table takes for the same. */
static int64_t bench_join(Join *join, const char *terms, int64_t found) {
        int64_t start = now_ns(CLOCK_MONOTONIC);
        int n = join_newest(join, terms);

        start = now_ns(CLOCK_MONOTONIC) - start;
        if (n == found)
                return start;
        (void) fprintf(stderr, "%s: %lld, not %d\n", terms, (long long) found, n);
        exit(1);
}

typedef struct Shape {
        const char *name, *shape;
        AlOrder order;
        Mode mode;
} Shape;

typedef struct Measured {
        int64_t took, cpu, found;
} Measured;

/* One query, from its text to its last row. */
static Measured ask(Library *lib, const char *text, AlOrder order, Mode mode, int64_t seed) {
        AlFilterText part = {.text = text};
        AlFilter *f = NULL;
        AlQuery q = {.order = order,
                     .limit = LIMIT,
                     .now_ms = INT64_C(1795399200000),
                     .random_seed = (uint64_t) seed};
        Measured m = {.cpu = now_ns(CLOCK_THREAD_CPUTIME_ID)};
        int64_t start = now_ns(CLOCK_MONOTONIC);
        Err err = {0};
        int r = al_filter_parse(lib, &part, 1, q.now_ms, &f, NULL, &err);

        q.filter = f;
        if (r >= 0 && mode == MODE_COUNT)
                r = al_query_count(lib, &q, &m.found, &err);
        else if (r >= 0)
                r = mode == MODE_ROWS ? al_query_rows(lib, &q, see_row, &m.found, &err)
                                      : al_query(lib, &q, see_asset, &m.found, &err);
        (void) al_filter_free(f);
        m.took = now_ns(CLOCK_MONOTONIC) - start;
        m.cpu = now_ns(CLOCK_THREAD_CPUTIME_ID) - m.cpu;
        if (r >= 0)
                return m;
        (void) fprintf(stderr, "%s: %s\n", text, err_text(&err));
        exit(1);
}

static void bench(Library *lib, Join *join, const Shape *s) {
        static int64_t took[QUERIES], cpu[QUERIES], joined[QUERIES], least[QUERIES];
        _cleanup_(strbuf_done) StrBuf text = STRBUF_INIT(STRBUF_MAX_DEFAULT);
        int64_t n = -WARM, begun = now_ns(CLOCK_MONOTONIC), now = begun;
        int64_t end = begun + (join ? LONG_NS * 6 : LONG_NS);
        uint64_t first = state;

        for (; n < QUERIES && now < end; n++, now = now_ns(CLOCK_MONOTONIC)) {
                int64_t at;
                Measured m;

                if (n < 0 && now > begun + WARM_NS)
                        n = 0;
                if (n == 0)
                        first = state;
                fill(s->shape, &text);
                m = ask(lib, strbuf_text(&text), s->order, s->mode, n);
                at = MAX_OF(n, INT64_C(0)); /* what warms is overwritten */
                took[at] = least[at] = m.took;
                cpu[at] = m.cpu;
                if (join)
                        joined[at] = bench_join(join, strbuf_text(&text), m.found);
        }
        for (int pass = 1; pass < PASSES; pass++) {
                state = first;
                for (int64_t i = 0; i < n; i++) {
                        fill(s->shape, &text);
                        least[i] = MIN_OF(least[i],
                                          ask(lib, strbuf_text(&text), s->order, s->mode, i).took);
                }
        }
        sort(took, n);
        sort(cpu, n);
        sort(joined, n);
        sort(least, n);
        (void) printf("%-36s %9.1f %9.1f %9.1f %9.1f %9.1f %9.1f %6lld", s->name, us(took, n / 2),
                      us(took, n * 99 / 100), us(cpu, n / 2), us(cpu, n * 99 / 100),
                      us(least, n / 2), us(least, n * 99 / 100), (long long) n);
        if (join)
                (void) printf(" %9.1f %9.1f %7.3f %7.3f", us(joined, n / 2),
                              us(joined, n * 99 / 100), us(took, n / 2) / us(joined, n / 2),
                              us(took, n * 99 / 100) / us(joined, n * 99 / 100));
        (void) printf("\n");
        (void) fflush(stdout);
}

/* What the machine alone makes of so long a time: a loop that only looks at the clock. */
static void bench_machine(void) {
        static int64_t took[QUERIES];

        for (int64_t i = 0; i < QUERIES; i++) {
                int64_t start = now_ns(CLOCK_MONOTONIC);

                while (now_ns(CLOCK_MONOTONIC) < start + SPIN_NS)
                        ;
                took[i] = now_ns(CLOCK_MONOTONIC) - start;
        }
        sort(took, QUERIES);
        (void) printf("%-36s %9.1f %9.1f\n", "floor: 20 us of looking at the clock",
                      us(took, QUERIES / 2), us(took, QUERIES * 99 / 100));
}

/* What the join table answers: axes and tags, the newest, by id. */
static bool may_join(const Shape *s) {
        return s->order == AL_ORDER_NEWEST && s->mode == MODE_ROWS && !strstr(s->shape, "text:") &&
               !strstr(s->shape, "%S");
}

int main(int argc, char **argv) {
        static const Shape shapes[] = {
                {"brand, newest 20, rows", "%B", AL_ORDER_NEWEST, MODE_ROWS},
                {"brand hook, newest 20, rows", "%B %H", AL_ORDER_NEWEST, MODE_ROWS},
                {"brand hook, newest 20, whole", "%B %H", AL_ORDER_NEWEST, MODE_WHOLE},
                {"brand hook category, newest, rows", "%B %H %C", AL_ORDER_NEWEST, MODE_ROWS},
                {"brand hook, least used, rows", "%B %H", AL_ORDER_DEFAULT, MODE_ROWS},
                {"category, least used, rows", "%C", AL_ORDER_DEFAULT, MODE_ROWS},
                {"1 tag, newest, rows", "%T", AL_ORDER_NEWEST, MODE_ROWS},
                {"2 tags, newest, rows", "%T and %T", AL_ORDER_NEWEST, MODE_ROWS},
                {"3 tags, newest, rows", "%T and %T and %T", AL_ORDER_NEWEST, MODE_ROWS},
                {"brand hook + 2 tags, rows", "%B %H and %T and %T", AL_ORDER_NEWEST, MODE_ROWS},
                {"brand hook not tag, rows", "%B %H not %T", AL_ORDER_NEWEST, MODE_ROWS},
                {"brand hook, random, rows", "%B %H", AL_ORDER_RANDOM, MODE_ROWS},
                {"brand, random, rows", "%B", AL_ORDER_RANDOM, MODE_ROWS},
                {"text, newest, rows", "%S", AL_ORDER_NEWEST, MODE_ROWS},
                {"brand + text, newest, rows", "%B %S", AL_ORDER_NEWEST, MODE_ROWS},
                {"brand hook, count", "%B %H", AL_ORDER_DEFAULT, MODE_COUNT},
                {"brand width ratio, count", "%B width:>=1080 ratio:9:16", AL_ORDER_DEFAULT,
                 MODE_COUNT},
                {"tag not tag not tag, newest, rows", "%T not %T not %T", AL_ORDER_NEWEST,
                 MODE_ROWS},
                {"shelf, random, rows", "", AL_ORDER_RANDOM, MODE_ROWS},
                {"shelf, count", "", AL_ORDER_DEFAULT, MODE_COUNT},
                {"text of every second, newest, rows", "text:shipping", AL_ORDER_NEWEST, MODE_ROWS},
                {"the same, least used, rows", "text:shipping", AL_ORDER_DEFAULT, MODE_ROWS},
                {"the same with brand hook, rows", "%B %H text:shipping", AL_ORDER_NEWEST,
                 MODE_ROWS},
                {"the same, random, rows", "text:shipping", AL_ORDER_RANDOM, MODE_ROWS},
                {"the same, count", "text:shipping", AL_ORDER_DEFAULT, MODE_COUNT},
                {"text:\"free shipping\", newest, rows", "text:\"free shipping\"", AL_ORDER_NEWEST,
                 MODE_ROWS},
                {"text:\"free shipping\", count", "text:\"free shipping\"", AL_ORDER_DEFAULT,
                 MODE_COUNT},
        };
        Library *lib = NULL;
        Join *join = NULL;
        Err err = {0};

        if (argc < 2 || argc > 4 || al_open(argv[1], AL_READ, &lib, &err) < 0 ||
            al_set_cache(lib, CACHE_MIB, &err) < 0) {
                (void) fprintf(stderr, "usage: query_bench DIR [SHAPE [JOIN.db]]\n%s\n",
                               err_text(&err));
                return 2;
        }
        if (argc == 4)
                join = join_open(argv[1], argv[3]);
        header("in process, us", join);
        bench_machine();
        if (join)
                bench_floor(join);
        for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
                if ((argc < 3 || strstr(shapes[i].name, argv[2])) &&
                    (!join || may_join(&shapes[i])))
                        bench(lib, join, &shapes[i]);
        bench_machine();
        if (join)
                bench_floor(join);
        (void) join_close(join);
        (void) al_close(lib);
        return 0;
}
