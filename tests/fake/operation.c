/* SPDX-License-Identifier: MIT */

/* Operations under way: each is over when its time has come and it was polled often enough. */

#include "base/parse.h"
#include "wire.h"

bool args_value(const char *args, const char *key, char ret[static FAKE_WORD_MAX]) {
        size_t n = strlen(key);

        ret[0] = '\0';
        for (const char *p = args; *p; p += strcspn(p, " \t")) {
                p += strspn(p, " \t");
                if (strncmp(p, key, n) != 0 || p[n] != '=')
                        continue;
                (void) snprintf(ret, FAKE_WORD_MAX, "%.*s", (int) strcspn(p + n + 1, " \t"),
                                p + n + 1);
                return true;
        }
        return false;
}

int64_t args_number(const char *args, const char *key, int64_t fallback) {
        char word[FAKE_WORD_MAX];
        int64_t v;

        return args_value(args, key, word) && parse_int(word, 0, INT32_MAX, &v) >= 0 ? v : fallback;
}

static bool seen_before(const Operations *ops, const char *sha256) {
        for (size_t i = 0; i < ops->n; i++)
                if (streq(ops->items[i]->body_sha256, sha256))
                        return true;
        return false;
}

static int keep(Operations *ops, Operation *op) {
        if (ops->n == ops->allocated) {
                size_t n = MAX_OF(2 * ops->allocated, (size_t) 64);
                Operation **items = reallocarray(ops->items, n, sizeof(Operation *));

                if (!items)
                        return -ENOMEM;
                ops->items = items;
                ops->allocated = n;
        }
        ops->items[ops->n++] = op;
        return 0;
}

Operation *operation_start(Operations *ops, const Ask *ask, uint64_t seq, const char *args) {
        Operation *op = calloc(1, sizeof *op);
        uint64_t span = (uint64_t) (ops->max_ms - ops->min_ms) + 1;

        if (!op)
                return NULL;
        *op = (Operation){.id = seq, .wire = ask->wire, .seconds = ask->seconds};
        op->references = ask->references;
        (void) snprintf(op->model, sizeof op->model, "%s", ask->model);
        (void) snprintf(op->aspect, sizeof op->aspect, "%s", ask->aspect);
        (void) snprintf(op->size, sizeof op->size, "%s", ask->size);
        (void) snprintf(op->prompt, sizeof op->prompt, "%s", ask->prompt);
        (void) snprintf(op->args, sizeof op->args, "%s", args);
        (void) snprintf(op->body_sha256, sizeof op->body_sha256, "%s", ask->body_sha256);
        op->pending_polls = args_number(args, "polls", ops->pending_polls);
        op->due_ms =
                now_ms() +
                args_number(args, "ms", ops->min_ms + (int64_t) (random_next(&ops->random) % span));
        ops->submitted++;
        if (seen_before(ops, op->body_sha256))
                ops->same_body++;
        if (keep(ops, op) < 0) {
                free(op);
                return NULL;
        }
        return op;
}

Operation *operation_find(Operations *ops, const Wire *wire, const char *id) {
        size_t n = strlen(id), digits = 0;
        int64_t v;

        while (digits < n && id[n - digits - 1] >= '0' && id[n - digits - 1] <= '9')
                digits++;
        if (parse_int(id + n - digits, 1, INT64_MAX, &v) >= 0)
                for (size_t i = 0; i < ops->n; i++)
                        if (ops->items[i]->id == (uint64_t) v &&
                            (!wire || ops->items[i]->wire == wire))
                                return ops->items[i];
        ops->unknown++;
        return NULL;
}

bool operation_poll(Operations *ops, Operation *op) {
        ops->polls++;
        return op->cancelled || (op->polls++ >= op->pending_polls && now_ms() >= op->due_ms);
}

void operations_done(Operations *ops) {
        for (size_t i = 0; i < ops->n; i++) {
                (void) json_free(ops->items[i]->requests);
                (void) json_free(ops->items[i]->output);
                free(ops->items[i]);
        }
        free(ops->items);
        ops->items = NULL;
        ops->n = ops->allocated = 0;
}
