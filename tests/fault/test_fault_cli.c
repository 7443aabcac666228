/* SPDX-License-Identifier: MIT */

/* Output and selection when memory runs out, at each allocation in turn: the error comes back, half
 * a table is never written, nothing leaks. */

#include <stdio.h>

#include "base/out.h"
#include "cli/asset_text.h"
#include "cli/select.h"
#include "support/fault.h"
#include "support/test.h"

static const OutColumn columns[] = {
        {.key = "name", .title = "NAME", .max_width = 4},
        {.key = "n", .title = "N"},
        {.key = "tags", .title = "TAGS"},
};

static int print_rows(FILE *f, OutFormat format) {
        _cleanup_(out_freep) Out *out = NULL;
        int r = out_new(f, format, "things", columns, ARRAY_LEN(columns), &out);

        if (r < 0)
                return r;
        for (int i = 0; i < 2; i++) {
                (void) out_str(out, "longer than four");
                (void) out_int(out, i);
                (void) out_json(out, json_new_object());
        }
        (void) json_add_int(out_extra(out), "total", 2);
        return out_end(out);
}

TEST(rows) {
        for (OutFormat format = 0; format < _OUT_FORMAT_MAX; format++) {
                for (unsigned n = 1;; n++) {
                        _cleanup_(freep) char *text = NULL;
                        size_t size = 0;
                        FILE *f = open_memstream(&text, &size);
                        int r;

                        CHECK(f);
                        fault_arm(n, ENOMEM);
                        r = print_rows(f, format);
                        bool hit = fault_disarm();
                        CHECK(fclose(f) == 0);
                        if (!hit) {
                                CHECK_INT(r, 0);
                                CHECK(n > 2);
                                break;
                        }
                        CHECK_INT(r, -ENOMEM);
                        CHECK(format != OUT_TABLE || size == 0);
                }
        }
}

TEST(selection) {
        for (unsigned n = 1;; n++) {
                _cleanup_(strv_done) Strv terms = {0};
                _cleanup_(al_filter_freep) AlFilter *f = NULL;
                Err err = {0};
                int r;

                CHECK(strv_add(&terms, "status:any") == 0);
                CHECK(strv_add(&terms, "not:hook=a,b") == 0);
                CHECK(strv_add(&terms, "format:story") == 0);
                fault_arm(n, ENOMEM);
                r = select_parse(NULL, &(SelectArgs){0}, &terms, 0, &f, NULL, &err);
                if (!fault_disarm()) {
                        CHECK_OK(r, &err);
                        CHECK(f);
                        break;
                }
                CHECK_INT(r, -ENOMEM);
                CHECK(!f);
        }
}

TEST(description) {
        static const char text[] =
                "{\"id\":\"x\",\"none\":null,\"empty\":[],\"tags\":{\"a\":[\"b\",\"c\"]},"
                "\"tries\":[{\"n\":1},{\"n\":2,\"deep\":{\"k\":\"two\\nlines\"}}],\"list\":[1,2]}";
        Json *j = NULL;
        Err err = {0};

        CHECK_OK(json_parse(text, strlen(text), &j, &err), &err);
        for (unsigned n = 1;; n++) {
                _cleanup_(freep) char *printed = NULL;
                size_t size = 0;
                FILE *f = open_memstream(&printed, &size);
                int r;

                CHECK(f);
                fault_arm(n, ENOMEM);
                r = asset_text_print(f, j);
                bool hit = fault_disarm();
                CHECK(fclose(f) == 0);
                if (hit) {
                        CHECK_INT(r, -ENOMEM);
                        continue;
                }
                CHECK_INT(r, 0);
                CHECK_STR(printed, "id               x\n"
                                   "list             1, 2\n"
                                   "\n"
                                   "tags\n"
                                   "  a              b, c\n"
                                   "\n"
                                   "tries\n"
                                   "  n              1\n"
                                   "\n"
                                   "  n              2\n"
                                   "  deep\n"
                                   "    k            two\n"
                                   "                 lines\n");
                break;
        }
        (void) json_free(j);
}
