/* SPDX-License-Identifier: MIT */

/* What the requests of a batch come to. */

#include "base/strbuf.h"
#include "google.h"

Ask batch_ask(const Ask *batch, const Json *item) {
        Ask one = {.wire = batch->wire,
                   .route = batch->route,
                   .aspect = "1:1",
                   .size = "1K",
                   .half_price = true};

        (void) snprintf(one.model, sizeof one.model, "%s", batch->model);
        gemini_check_request(&one, json_get(item, "request"));
        return one;
}

/* {"response": ...} of one request, as generateContent answers it. */
static Json *answer_of(const Call *c, const Operation *op, const Json *item, uint64_t i) {
        AnswerSetting setting = *c->setting;
        Ask batch = {.wire = c->ask->wire, .route = c->ask->route}, one;
        Answer answer = {0};
        StrBuf text = STRBUF_INIT(JSON_TEXT_MAX);
        Json *ret = NULL;
        char part[4096];
        int r;

        (void) snprintf(batch.model, sizeof batch.model, "%s", op->model);
        setting.seq = op->id * BATCH_SEQ_STEP + i;
        one = batch_ask(&batch, item);
        r = gemini_good(&(Call){.a = &answer, .ask = &one, .setting = &setting, .args = ""});
        for (size_t k = 0; r >= 0 && k < answer.n_segments; k++)
                for (size_t n;
                     r >= 0 && (n = segment_read(&answer.segments[k], part, sizeof part));)
                        r = strbuf_add(&text, part, n);
        if (r >= 0)
                (void) json_parse(strbuf_text(&text), text.len, &ret, NULL);
        strbuf_done(&text);
        answer_done(&answer);
        ask_done(&one);
        return ret;
}

Json *batch_error(int64_t code, const char *message) {
        Json *error = json_new_object();

        (void) json_add_int(error, "code", code);
        (void) json_add_str(error, "message", message);
        return error;
}

int batch_run(const Call *c, Operation *op) {
        _cleanup_(json_freep) Json *output = json_new_object();
        Json *list =
                json_add_array(json_add_object(output, "inlinedResponses"), "inlinedResponses");
        int64_t bad = args_number(op->args, "bad", 0);
        uint64_t i = 0;
        int r = 0;

        for (const Json *item = json_first(op->requests); item && r >= 0; item = json_next(item)) {
                Json *entry = json_new_object();

                if ((int64_t) ++i == bad)
                        r = json_add(entry, "error",
                                     batch_error(13, "Internal error encountered."));
                else
                        r = json_add(entry, "response", answer_of(c, op, item, i));
                if (r >= 0 && json_get(item, "metadata"))
                        r = json_add(entry, "metadata", json_copy(json_get(item, "metadata")));
                if (r < 0 || (r = json_push(list, TAKE_PTR(entry))) < 0)
                        (void) json_free(entry);
        }
        if (r >= 0)
                op->output = TAKE_PTR(output);
        return r;
}
