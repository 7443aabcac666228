/* SPDX-License-Identifier: MIT */

#include "night/reply.h"

#include <fcntl.h>
#include <stdio.h>

#include "base/fs.h"
#include "core/library.h"

enum {
        REPLY_FILE_MAX = 2 * REPLY_ENVELOPE_MAX + 64 * 1024, /* escaping may double the envelope */
};

static Json *reply_to_json(const ProviderReply *reply) {
        _cleanup_(json_freep) Json *j = json_new_object();
        Json *payloads;

        (void) json_add_int(j, "status", reply->status);
        (void) json_add_str(j, "content_type", reply->content_type);
        (void) json_add_str(j, "request_id", reply->request_id);
        (void) json_add_str(j, "envelope", reply->envelope);
        payloads = json_add_array(j, "payloads");
        for (size_t i = 0; payloads && i < reply->n_payloads; i++) {
                Json *p = json_new_object();
                char hex[DIGEST_HEX_MAX];

                digest_hex(&reply->payloads[i].digest, hex);
                (void) json_add_str(p, "sha256", hex);
                (void) json_add_int(p, "bytes", reply->payloads[i].bytes);
                if (json_push(payloads, p) < 0)
                        return NULL;
        }
        return payloads ? TAKE_PTR(j) : NULL;
}

int reply_save(int lib_dir_fd, int64_t attempt, const ProviderReply *reply, Err *err) {
        _cleanup_(json_freep) Json *j = NULL;
        _cleanup_(freep) char *text = NULL, *part = NULL, *name = NULL;
        _cleanup_(closep) int fd = -1;
        int r;

        assert(reply);
        j = reply_to_json(reply);
        text = j ? json_print(j) : NULL;
        part = al_spool_name(attempt, "reply.part");
        name = al_spool_name(attempt, "reply");
        if (!text || !part || !name)
                return err_set(err, -ENOMEM, "out of memory");
        fd = fs_open_beneath(lib_dir_fd, part,
                             O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640);
        if (fd < 0)
                return err_errno(err, fd, "cannot make '%s'", part);
        r = fs_write_all(fd, text, strlen(text));
        if (r >= 0 && renameat(lib_dir_fd, part, lib_dir_fd, name) < 0)
                r = -errno;
        if (r < 0) {
                (void) unlinkat(lib_dir_fd, part, 0);
                return err_errno(err, r, "cannot keep the reply in '%s'", name);
        }
        return 0;
}

static int payload_read(const Json *p, ReplyPayload *ret) {
        const char *hex = json_str(p, "sha256");

        if (!hex || digest_from_hex(hex, &ret->digest) < 0 || !json_int(p, "bytes", &ret->bytes))
                return -EBADMSG;
        return 0;
}

int reply_load(int lib_dir_fd, int64_t attempt, SavedReply *ret, Err *err) {
        _cleanup_(freep) char *name = al_spool_name(attempt, "reply"), *text = NULL;
        SavedReply s = {0};
        const Json *payloads;
        int64_t status;
        size_t n;
        int r;

        assert(ret);
        if (!name)
                return err_set(err, -ENOMEM, "out of memory");
        r = fs_read_file_at(lib_dir_fd, name, REPLY_FILE_MAX, &text, &n);
        if (r < 0)
                return err_errno(err, r, "cannot read '%s'", name);
        r = json_parse(text, n, &s.json, err);
        if (r == -ENOMEM)
                return r;
        payloads = json_get(s.json, "payloads");
        if (r < 0 || !json_int(s.json, "status", &status) || !json_str(s.json, "envelope") ||
            json_length(payloads) > REPLY_PAYLOADS_MAX) {
                saved_reply_done(&s);
                return err_set(err, -EBADMSG, "'%s' is torn", name);
        }
        for (size_t i = 0; i < json_length(payloads); i++)
                if (payload_read(json_at(payloads, i), &s.payloads[i]) < 0) {
                        saved_reply_done(&s);
                        return err_set(err, -EBADMSG, "'%s' is torn", name);
                }
        s.reply = (ProviderReply){
                .status = (int) status,
                .content_type = json_str(s.json, "content_type"),
                .retry_after_ms = -1,
                .request_id = json_str(s.json, "request_id"),
                .envelope = json_str(s.json, "envelope"),
                .envelope_n = strlen(json_str(s.json, "envelope")),
                .n_payloads = json_length(payloads),
        };
        *ret = s;
        ret->reply.payloads = ret->payloads;
        return 0;
}

void saved_reply_done(SavedReply *s) {
        s->json = json_free(s->json);
}

static void remove_one(int lib_dir_fd, int64_t attempt, const char *suffix) {
        _cleanup_(freep) char *name = al_spool_name(attempt, suffix);

        if (name)
                (void) unlinkat(lib_dir_fd, name, 0);
}

void reply_remove(int lib_dir_fd, int64_t attempt, size_t n_payloads) {
        char suffix[24];

        remove_one(lib_dir_fd, attempt, "reply");
        for (size_t i = 0; i < n_payloads; i++) {
                (void) snprintf(suffix, sizeof suffix, "%zu", i);
                remove_one(lib_dir_fd, attempt, suffix);
                (void) snprintf(suffix, sizeof suffix, "f%zu.0", i);
                remove_one(lib_dir_fd, attempt, suffix);
        }
}
