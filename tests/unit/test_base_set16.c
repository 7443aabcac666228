/* SPDX-License-Identifier: MIT */

/* Sets of 16-bit numbers against an array of flags, on both sides of the change of form. */

#include "base/set16.h"
#include "support/test.h"

typedef struct Model {
        bool has[SET16_SIZE];
        Set16 set;
} Model;

static uint64_t state = 1;

static uint32_t draw(uint32_t n) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        return (uint32_t) (state >> 33) % n;
}

static void model_fill(Model *m, uint32_t n, uint32_t span) {
        memset(m->has, 0, sizeof m->has);
        set16_clear(&m->set);
        for (uint32_t i = 0; i < n; i++) {
                uint16_t v = (uint16_t) draw(span);

                m->has[v] = true;
                set16_add(&m->set, v);
        }
}

static void model_check(const Model *m) {
        uint32_t n = 0;
        int32_t from = -1;

        for (int32_t v = 0; v < SET16_SIZE; v++) {
                CHECK(set16_has(&m->set, (uint16_t) v) == m->has[v]);
                if (!m->has[v])
                        continue;
                if (n % 97 == 0)
                        CHECK_INT(set16_select(&m->set, n), v);
                CHECK_INT(set16_from(&m->set, from + 1), v);
                CHECK_INT(set16_before(&m->set, v), from);
                from = v;
                n++;
        }
        CHECK_INT(set16_from(&m->set, from + 1), -1);
        CHECK_INT(set16_before(&m->set, SET16_SIZE), from);
        CHECK_INT(m->set.n, n);
        CHECK(m->set.dense == (n > SET16_SPARSE_MAX));
}

TEST(members) {
        static const uint32_t sizes[] = {0, 1, 100, 4000, 4200, 5000, 60000};
        Model *m = calloc(1, sizeof *m);

        CHECK(m);
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
                model_fill(m, sizes[i], SET16_SIZE);
                model_check(m);
                for (uint32_t j = 0; j < sizes[i] / 2; j++) {
                        uint16_t v = (uint16_t) draw(SET16_SIZE);

                        m->has[v] = false;
                        set16_remove(&m->set, v);
                }
                model_check(m);
        }
        free(m);
}

TEST(algebra) {
        static const uint32_t sizes[] = {0, 3, 3000, 4090, 9000, 40000};
        Model *a = calloc(1, sizeof *a), *b = calloc(1, sizeof *b), *c = calloc(1, sizeof *c);

        CHECK(a && b && c);
        for (size_t i = 0; i < ARRAY_LEN(sizes) * ARRAY_LEN(sizes); i++) {
                model_fill(a, sizes[i % ARRAY_LEN(sizes)], 50000);
                model_fill(b, sizes[i / ARRAY_LEN(sizes)], 50000);
                for (int op = 0; op < 3; op++) {
                        c->set = a->set;
                        for (uint32_t v = 0; v < SET16_SIZE; v++)
                                c->has[v] = op == 0   ? a->has[v] && b->has[v]
                                            : op == 1 ? a->has[v] && !b->has[v]
                                                      : a->has[v] || b->has[v];
                        if (op == 0)
                                set16_and(&c->set, &b->set);
                        else if (op == 1)
                                set16_and_not(&c->set, &b->set);
                        else
                                set16_or(&c->set, &b->set);
                        model_check(c);
                }
        }
        set16_fill(&c->set);
        CHECK_INT(c->set.n, SET16_SIZE);
        set16_and(&c->set, &b->set);
        memcpy(c->has, b->has, sizeof c->has);
        model_check(c);
        free(a);
        free(b);
        free(c);
}

TEST(stored_and_read_back) {
        static const uint32_t sizes[] = {0, 1, 4000, 9000};
        Model *a = calloc(1, sizeof *a);
        Set16 back;

        CHECK(a);
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
                const void *stored;
                size_t size;

                model_fill(a, sizes[i], SET16_SIZE);
                stored = set16_stored(&a->set, &size);
                CHECK_INT(set16_load(&back, stored, size), 0);
                a->set = back;
                model_check(a);
        }
        free(a);
}

TEST(damage_is_an_error) {
        static const uint16_t twice[] = {5, 5}, down[] = {6, 5};
        static uint8_t bytes[SET16_BYTES + 2];
        Set16 s;

        CHECK_INT(set16_load(&s, twice, sizeof twice), -EUCLEAN);
        CHECK_INT(set16_load(&s, down, sizeof down), -EUCLEAN);
        CHECK_INT(set16_load(&s, bytes, 3), -EUCLEAN);
        for (uint16_t wrong = 1; wrong < 200; wrong++) {
                uint16_t ids[200];

                for (uint16_t i = 0; i < 200; i++)
                        ids[i] = i + 1;
                CHECK_OK(set16_load(&s, ids, sizeof ids), NULL);
                ids[wrong] = ids[wrong - 1];
                CHECK_INT(set16_load(&s, ids, sizeof ids), -EUCLEAN);
        }
        CHECK_INT(set16_load(&s, bytes, SET16_BYTES), -EUCLEAN); /* an array would be shorter */
        CHECK_INT(set16_load(&s, bytes, SET16_BYTES + 2), -EUCLEAN);
        CHECK_INT(set16_load(&s, bytes, SET16_BYTES - 2), -EUCLEAN);
}
