/* SPDX-License-Identifier: MIT */

/* What tests ask the fake itself. */

#include "google.h"

static KeyState key(const Request *request, const char *key) {
        (void) request;
        (void) key;
        return KEY_ABSENT;
}

static int invoice(Call *c) {
        c->a->status = 200;
        c->a->content_type = "application/json";
        return answer_add_text(c->a, invoice_print(c->setting->invoice, c->setting->operations));
}

static const Route routes[] = {
        {.name = "invoice",
         .method = "GET",
         .pattern = "/fake/invoice",
         .open = true,
         .answer = invoice},
};

const Wire wire_control = {
        .name = "control",
        .routes = routes,
        .n_routes = ARRAY_LEN(routes),
        .key = key,
        .error = google_error,
};
