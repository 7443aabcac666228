/* SPDX-License-Identifier: MIT */

#include "base/parse.h"
#include "plan/plan.h"
#include "support/test.h"

enum {
        CENT = 10000,
        FRAME_TOKENS = 1024,
        IMAGE_TOKENS = 8192,
};

static const int64_t now = INT64_C(1795000000000); /* 2026-11-18 */

static Json *params_of(const char *text) {
        Json *params = NULL;
        Err err = {0};

        CHECK_OK(json_parse(text, strlen(text), &params, &err), &err);
        return params;
}

static int worst_of(Price *prices, size_t n, const char *params_text, Micros *ret, int64_t *as_of,
                    Err *err) {
        _cleanup_(json_freep) Json *params = params_of(params_text);
        Config config = {.prices = prices, .n_prices = n};
        PriceRequest request =
                price_request("gemini", "model-1", KIND_IMAGE, params, 100, 0, 1, now);

        return price_worst(&config, &request, ret, as_of, err);
}

static void check_worst(Price *prices, size_t n, const char *params, Micros want) {
        Micros got = -1;
        Err err = {0};

        CHECK_OK(worst_of(prices, n, params, &got, NULL, &err), &err);
        CHECK_INT(got, want);
}

static void check_refused(Price *prices, size_t n, const char *params, const char *words) {
        Micros got = -1;
        Err err = {0};

        CHECK_INT(worst_of(prices, n, params, &got, NULL, &err), -ENOENT);
        CHECK_INT(got, -1);
        CHECK_HAS(err.text, words);
}

static AlAxis when_1k[] = {{"image_size", "1K"}}, when_steps[] = {{"steps", "30"}},
              when_both[] = {{"image_size", "1K"}, {"hd", "true"}};

TEST(the_first_match_wins) {
        Price prices[] = {
                {.driver = "other", .model = "model-1", .unit = UNIT_IMAGE, .micros = 1},
                {.driver = "gemini", .model = "model-2", .unit = UNIT_IMAGE, .micros = 2},
                {.driver = "gemini", .model = "model-1", .unit = UNIT_IMAGE, .micros = 3 * CENT},
                {.driver = "gemini", .model = "model-1", .unit = UNIT_IMAGE, .micros = 9 * CENT},
        };

        check_worst(prices, 4, "{}", 3 * CENT);
        check_refused(prices, 2, "{}", "add '{driver: gemini, model: model-1, unit: image");
        check_refused(prices, 0, "{}", "no price for model 'model-1' of driver 'gemini'");
}

TEST(when_compares_params) {
        Price prices[] = {
                {.driver = "gemini",
                 .model = "model-1",
                 .unit = UNIT_IMAGE,
                 .micros = 4,
                 .when = when_both,
                 .n_when = 2},
                {.driver = "gemini",
                 .model = "model-1",
                 .unit = UNIT_IMAGE,
                 .micros = 5,
                 .when = when_1k,
                 .n_when = 1},
                {.driver = "gemini",
                 .model = "model-1",
                 .unit = UNIT_IMAGE,
                 .micros = 6,
                 .when = when_steps,
                 .n_when = 1},
        };

        check_worst(prices, 3, "{\"image_size\":\"1K\",\"hd\":true}", 4);
        check_worst(prices, 3, "{\"image_size\":\"1K\",\"hd\":false}", 5);
        check_worst(prices, 3, "{\"image_size\":\"1K\"}", 5);
        check_worst(prices, 3, "{\"image_size\":\"4K\",\"steps\":30}", 6);
        check_refused(prices + 1, 1, "{\"image_size\":\"4K\"}", "with {image_size: 4K}");
        check_refused(prices + 1, 1, "{}", "with {image_size: unset}");
}

TEST(days_are_meant_whole) {
        const int64_t day = INT64_C(86400000), today = now / day * day;
        Price prices[] = {
                {.driver = "gemini",
                 .model = "model-1",
                 .unit = UNIT_IMAGE,
                 .micros = 1,
                 .valid_to_ms = today - day},
                {.driver = "gemini",
                 .model = "model-1",
                 .unit = UNIT_IMAGE,
                 .micros = 2,
                 .valid_from_ms = today + day},
                {.driver = "gemini",
                 .model = "model-1",
                 .unit = UNIT_IMAGE,
                 .micros = 3,
                 .valid_from_ms = today,
                 .valid_to_ms = today},
        };

        check_worst(prices, 3, "{}", 3);
        check_refused(prices, 2, "{}", "is valid on this day");
}

TEST(units_add_up) {
        Price prices[] = {
                {.driver = "gemini",
                 .model = "model-1",
                 .unit = UNIT_IMAGE,
                 .micros = 3 * CENT,
                 .as_of_ms = 2000},
                {.driver = "gemini",
                 .model = "model-1",
                 .unit = UNIT_CALL,
                 .micros = CENT,
                 .as_of_ms = 1000},
                {.driver = "gemini",
                 .model = "model-1",
                 .unit = UNIT_MILLION_INPUT_TOKENS,
                 .micros = MICROS_PER_UNIT,
                 .as_of_ms = 3000},
        };
        Micros got = 0;
        int64_t as_of = 0;
        Err err = {0};

        CHECK_OK(worst_of(prices, 3, "{}", &got, &as_of, &err), &err);
        CHECK_INT(got, 4 * CENT + 100 + FRAME_TOKENS);
        CHECK_INT(as_of, 1000);
}

TEST(tokens_are_the_worst_case) {
        Price prices[] = {
                {.driver = "gemini",
                 .model = "model-1",
                 .unit = UNIT_MILLION_INPUT_TOKENS,
                 .micros = 3 * MICROS_PER_UNIT},
                {.driver = "gemini",
                 .model = "model-1",
                 .unit = UNIT_MILLION_OUTPUT_TOKENS,
                 .micros = 12 * MICROS_PER_UNIT},
                {.driver = "gemini",
                 .model = "model-1",
                 .unit = UNIT_MILLION_IMAGE_TOKENS,
                 .micros = 30 * MICROS_PER_UNIT},
        };
        Config config = {.prices = prices, .n_prices = 3};
        PriceRequest request = {
                .driver = "gemini",
                .model = "model-1",
                .kind = KIND_IMAGE,
                .prompt_bytes = 500,
                .n_references = 2,
                .images = 1,
                .max_output_tokens = 100,
                .now_ms = now,
        };
        Micros got = 0;
        Err err = {0};

        CHECK_OK(price_worst(&config, &request, &got, NULL, &err), &err);
        CHECK_INT(got, 3 * (500 + FRAME_TOKENS + 2 * IMAGE_TOKENS) + 12 * 100 + 30 * IMAGE_TOKENS);
}

TEST(the_output_cap_is_read_off_the_params) {
        _cleanup_(json_freep) Json *params = params_of("{\"max_output_tokens\":77}");
        PriceRequest request = price_request("gemini", "model-1", KIND_TEXT, params, 10, 0, 3, now);

        CHECK_INT(request.max_output_tokens, 77);
        CHECK_INT(request.images, 0);
}

TEST(a_video_counts_its_seconds) {
        _cleanup_(json_freep) Json *params = params_of("{\"seconds\":8}");
        Price price = {.driver = "veo", .model = "v", .unit = UNIT_SECOND, .micros = 40 * CENT};
        Config config = {.prices = &price, .n_prices = 1};
        PriceRequest request = price_request("veo", "v", KIND_VIDEO, params, 10, 0, 1, now);
        Micros got = 0;
        Err err = {0};

        CHECK_OK(price_worst(&config, &request, &got, NULL, &err), &err);
        CHECK_INT(got, 320 * CENT);
}

/* A unit the request sets no bound on is no price: never zero, never a guess. */
TEST(no_bound_no_price) {
        Price seconds = {
                .driver = "gemini", .model = "model-1", .unit = UNIT_SECOND, .micros = CENT};
        Price credits = {
                .driver = "gemini", .model = "model-1", .unit = UNIT_CREDIT, .micros = CENT};
        Price output = {.driver = "nosuchdriver",
                        .model = "m",
                        .unit = UNIT_MILLION_OUTPUT_TOKENS,
                        .micros = CENT};
        Config config = {.prices = &output, .n_prices = 1};
        PriceRequest request = {
                .driver = "nosuchdriver", .model = "m", .kind = KIND_TEXT, .now_ms = now};
        Micros got = -1;
        Err err = {0};

        check_refused(&seconds, 1, "{}", "priced by 'second'");
        check_refused(&credits, 1, "{}", "priced by 'credit'");
        CHECK_INT(price_worst(&config, &request, &got, NULL, &err), -ENOENT);
        CHECK_HAS(err.text, "million_output_tokens");
}

TEST(a_price_of_nothing_is_a_price) {
        Price price = {.driver = "gemini", .model = "model-1", .unit = UNIT_IMAGE, .micros = 0};

        check_worst(&price, 1, "{}", 0);
}

TEST(absurd_prices_saturate) {
        Price prices[] = {
                {.driver = "gemini", .model = "model-1", .unit = UNIT_CALL, .micros = INT64_MAX},
                {.driver = "gemini", .model = "model-1", .unit = UNIT_IMAGE, .micros = INT64_MAX},
                {.driver = "gemini",
                 .model = "model-1",
                 .unit = UNIT_MILLION_IMAGE_TOKENS,
                 .micros = INT64_MAX},
        };

        check_worst(prices, 3, "{}", INT64_MAX);
}

/* ---- what it did cost ---- */

TEST(actual_uses_what_was_reported) {
        Price prices[] = {
                {.driver = "gemini", .model = "model-1", .unit = UNIT_IMAGE, .micros = 3 * CENT},
                {.driver = "gemini",
                 .model = "model-1",
                 .unit = UNIT_MILLION_INPUT_TOKENS,
                 .micros = MICROS_PER_UNIT},
        };
        Config config = {.prices = prices, .n_prices = 2};
        PriceRequest request = price_request("gemini", "model-1", KIND_IMAGE, NULL, 100, 0, 1, now);
        PriceUsage all = {1, -1, 40, -1, -1, -1}, none = {-1, -1, -1, -1, -1, -1},
                   blocked = {0, -1, 40, 0, 0, -1}, over = {2, -1, 40, -1, -1, -1};
        Micros worst = 0;

        CHECK_OK(price_worst(&config, &request, &worst, NULL, NULL), NULL);
        CHECK_INT(price_actual(&config, &request, &all, worst), 3 * CENT + 40);
        CHECK_INT(price_actual(&config, &request, &none, worst), worst);
        CHECK_INT(price_actual(&config, &request, &blocked, worst), 40);
        /* The truth, even when it is dearer than we thought possible. */
        CHECK_INT(price_actual(&config, &request, &over, worst), 6 * CENT + 40);
}

TEST(actual_falls_back_to_the_reservation) {
        Price credits = {
                .driver = "gemini", .model = "model-1", .unit = UNIT_CREDIT, .micros = CENT};
        Config none = {0}, config = {.prices = &credits, .n_prices = 1};
        PriceRequest request = price_request("gemini", "model-1", KIND_IMAGE, NULL, 1, 0, 1, now);
        PriceUsage silent = {-1, -1, -1, -1, -1, -1}, told = {-1, -1, -1, -1, -1, 12};

        CHECK_INT(price_actual(&none, &request, &told, 777), 777);
        CHECK_INT(price_actual(&config, &request, &silent, 777), 777);
        CHECK_INT(price_actual(&config, &request, &told, 7 * CENT), 12 * CENT);
}

/* Credits are told afterwards: another unit bounds them, and gives way to them. */
TEST(credits_reported_are_the_price) {
        Price prices[] = {
                {.driver = "gemini", .model = "model-1", .unit = UNIT_IMAGE, .micros = 10 * CENT},
                {.driver = "gemini", .model = "model-1", .unit = UNIT_CREDIT, .micros = CENT},
        };
        Config config = {.prices = prices, .n_prices = 2};
        PriceRequest request = price_request("gemini", "model-1", KIND_IMAGE, NULL, 1, 0, 1, now);
        PriceUsage silent = {1, -1, -1, -1, -1, -1}, told = {1, -1, -1, -1, -1, 8},
                   refunded = {1, -1, -1, -1, -1, 0};
        Micros worst = 0;

        CHECK_OK(price_worst(&config, &request, &worst, NULL, NULL), NULL);
        CHECK_INT(worst, 10 * CENT);
        CHECK_INT(price_actual(&config, &request, &silent, worst), 10 * CENT);
        CHECK_INT(price_actual(&config, &request, &told, worst), 8 * CENT);
        CHECK_INT(price_actual(&config, &request, &refunded, worst), 0);
}

/* A picture's tokens are bounded by the driver, where it knows better. */
TEST(picture_tokens_are_bounded_by_the_driver) {
        Price price = {.driver = "openai-image",
                       .model = "m",
                       .unit = UNIT_MILLION_IMAGE_TOKENS,
                       .micros = 30 * MICROS_PER_UNIT};
        _cleanup_(json_freep) Json *params = json_new_object();
        Config config = {.prices = &price, .n_prices = 1};
        PriceRequest request = price_request("openai-image", "m", KIND_IMAGE, params, 1, 0, 1, now);
        Micros worst = 0;

        CHECK_OK(price_worst(&config, &request, &worst, NULL, NULL), NULL);
        CHECK_INT(worst, 13342 * 30);
        CHECK(json_add_str(params, "quality", "low") >= 0 &&
              json_add_str(params, "size", "1024x1024") >= 0);
        CHECK_OK(price_worst(&config, &request, &worst, NULL, NULL), NULL);
        CHECK_INT(worst, 196 * 30);
}

/* A counter in the reply is the provider's word; one absurd number must not spend the month. */
TEST(actual_beyond_belief_is_the_reservation) {
        Price price = {.driver = "gemini",
                       .model = "model-1",
                       .unit = UNIT_MILLION_INPUT_TOKENS,
                       .micros = 1000000};
        Config config = {.prices = &price, .n_prices = 1};
        PriceRequest request = price_request("gemini", "model-1", KIND_IMAGE, NULL, 7, 0, 1, now);
        PriceUsage huge = {-1, -1, INT64_MAX, -1, -1, -1}, dear = {-1, -1, 50000, -1, -1, -1};

        CHECK_INT(price_actual(&config, &request, &huge, 1000), 1000);
        CHECK_INT(price_actual(&config, &request, &dear, 1000), 50000);
        CHECK_INT(price_actual(&config, &request, &dear, 499), 499);
}

TEST(a_stated_price_is_believed_within_reason) {
        CHECK_INT(price_stated(0, 50000), 0);
        CHECK_INT(price_stated(0.07, 50000), 70000);
        CHECK_INT(price_stated(0.0000001, 50000), 1);
        CHECK_INT(price_stated(100, 0), 100 * MICROS_PER_UNIT);
        CHECK_INT(price_stated(101, 0), 0);
        CHECK_INT(price_stated(101, 50000), 50000);
        CHECK_INT(price_stated(101, 2 * MICROS_PER_UNIT), 101 * MICROS_PER_UNIT);
}

TEST(rounding_never_passes_the_worst_case) {
        Price price = {.driver = "gemini",
                       .model = "model-1",
                       .unit = UNIT_MILLION_INPUT_TOKENS,
                       .micros = 333333};
        Config config = {.prices = &price, .n_prices = 1};
        PriceRequest request = price_request("gemini", "model-1", KIND_IMAGE, NULL, 7, 0, 1, now);
        Micros worst = 0;

        CHECK_OK(price_worst(&config, &request, &worst, NULL, NULL), NULL);
        for (int64_t tokens = 0; tokens <= 7 + FRAME_TOKENS; tokens++) {
                PriceUsage usage = {-1, -1, tokens, -1, -1, -1};
                Micros got = price_actual(&config, &request, &usage, worst);

                CHECK(got <= worst);
                CHECK(got * 1000000 >= tokens * 333333);
        }
}
