/* SPDX-License-Identifier: MIT */

/* Calls as values: building one piece by piece, and letting go of it. */

#include "provider/driver.h"

int call_add_header(HttpCall *call, const char *line) {
        assert(call);
        assert(line);

        return strv_add(&call->headers, line);
}

/* Room for one more piece, zeroed; NULL when memory ran out. */
static BodyPiece *grow_body(HttpCall *call) {
        BodyPiece *body = reallocarray(call->body, call->n_body + 1, sizeof *body);

        if (!body)
                return NULL;
        call->body = body;
        body[call->n_body] = (BodyPiece){0};
        return &body[call->n_body];
}

int call_add_text(HttpCall *call, char *text) {
        _cleanup_(freep) char *owned = text;
        BodyPiece *piece;

        assert(call);

        if (!owned)
                return -ENOMEM;
        piece = grow_body(call);
        if (!piece)
                return -ENOMEM;
        piece->n = strlen(owned);
        piece->text = TAKE_PTR(owned);
        call->n_body++;
        return 0;
}

static int add_file(HttpCall *call, const char *path, bool raw) {
        BodyPiece *piece;

        assert(call);
        assert(path);

        piece = grow_body(call);
        if (!piece)
                return -ENOMEM;
        piece->file = strdup(path);
        if (!piece->file)
                return -ENOMEM;
        piece->raw = raw;
        call->n_body++;
        return 0;
}

int call_add_file(HttpCall *call, const char *path) {
        return add_file(call, path, false);
}

int call_add_raw_file(HttpCall *call, const char *path) {
        return add_file(call, path, true);
}

void provider_call_done(ProviderCall *call) {
        if (!call)
                return;
        free(call->http.url);
        strv_done(&call->http.headers);
        for (size_t i = 0; i < call->http.n_body; i++) {
                free(call->http.body[i].text);
                free(call->http.body[i].file);
        }
        free(call->http.body);
        (void) json_free(call->draw);
        free(call->run.input);
        if (call->result) {
                provider_result_done(call->result);
                free(call->result);
        }
        *call = (ProviderCall){0};
}
