/* SPDX-License-Identifier: MIT */

#include "night/reply.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "core/library.h"

#define REPLIES_NEW AL_SPOOL_REPLIES ".new"

enum {
        /* Escaping may double the envelope. */
        REPLY_LINE_MAX = 2 * REPLY_ENVELOPE_MAX + 64 * 1024,
        REPLY_LOG_READ_MAX = 4 * REPLY_LOG_MAX,
        REPLIES_MODE = 0640,
};

/* A line of the file: "<SHA-256 in hex> <JSON>\n". */
typedef struct Kept {
        int64_t attempt;
        int64_t offset;
        size_t n;
        bool asked; /* reply_load() was; or it is of this run */
} Kept;

struct ReplyLog {
        int dir_fd;
        int fd;      /* -1: no file yet */
        int64_t end; /* of its last whole line; what is behind is torn, and overwritten */
        bool stale;  /* lines of attempts that are settled may be in it */
        Kept *kept;
        size_t n, allocated;
};

/* ---- a line ---- */

static Json *reply_to_json(int64_t attempt, const ProviderReply *reply) {
        _cleanup_(json_freep) Json *j = json_new_object();
        Json *payloads;

        (void) json_add_int(j, "attempt", attempt);
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

/* Caller frees; NULL: out of memory. */
static char *make_line(int64_t attempt, const ProviderReply *reply) {
        _cleanup_(json_freep) Json *j = reply_to_json(attempt, reply);
        _cleanup_(freep) char *text = j ? json_print(j) : NULL;
        char hex[DIGEST_HEX_MAX];
        Digest digest;

        if (!text)
                return NULL;
        digest_of(text, strlen(text), &digest);
        digest_hex(&digest, hex);
        return str_printf("%s %s\n", hex, text);
}

/* `n` bytes without the line's end. 0, -EBADMSG, -ENOMEM. */
static int read_line(const char *line, size_t n, Json **ret, Err *err) {
        const size_t head = DIGEST_HEX_MAX - 1;
        char hex[DIGEST_HEX_MAX];
        Digest said, is;

        if (n <= head || line[head] != ' ')
                return -EBADMSG;
        memcpy(hex, line, head);
        hex[head] = '\0';
        digest_of(line + head + 1, n - head - 1, &is);
        if (digest_from_hex(hex, &said) < 0 || !digest_equal(&said, &is))
                return -EBADMSG;
        return json_parse(line + head + 1, n - head - 1, ret, err);
}

static int payload_read(const Json *p, ReplyPayload *ret) {
        const char *hex = json_str(p, "sha256");

        if (!hex || digest_from_hex(hex, &ret->digest) < 0 || !json_int(p, "bytes", &ret->bytes))
                return -EBADMSG;
        return 0;
}

/* Takes `json`, whatever it returns. */
static int reply_from_json(Json *json, SavedReply *ret) {
        SavedReply s = {.json = json};
        const Json *payloads = json_get(json, "payloads");
        bool good = true;
        int64_t status = 0;

        if (!json_int(json, "status", &status) || !json_str(json, "envelope") ||
            json_length(payloads) > REPLY_PAYLOADS_MAX)
                good = false;
        for (size_t i = 0; good && i < json_length(payloads); i++)
                good = payload_read(json_at(payloads, i), &s.payloads[i]) >= 0;
        if (!good) {
                saved_reply_done(&s);
                return -EBADMSG;
        }
        s.reply = (ProviderReply){
                .status = (int) status,
                .content_type = json_str(json, "content_type"),
                .retry_after_ms = -1,
                .request_id = json_str(json, "request_id"),
                .envelope = json_str(json, "envelope"),
                .envelope_n = strlen(json_str(json, "envelope")),
                .n_payloads = json_length(payloads),
        };
        *ret = s;
        ret->reply.payloads = ret->payloads;
        return 0;
}

void saved_reply_done(SavedReply *s) {
        s->json = json_free(s->json);
}

/* ---- what is kept ---- */

/* The newest of an attempt. */
static Kept *find(const ReplyLog *log, int64_t attempt) {
        Kept *k = NULL;

        for (size_t i = 0; i < log->n; i++)
                if (log->kept[i].attempt == attempt && (!k || log->kept[i].offset > k->offset))
                        k = &log->kept[i];
        return k;
}

/* Makes room for one more. */
static int reserve(ReplyLog *log) {
        size_t more = log->allocated ? 2 * log->allocated : 64;
        Kept *p;

        if (log->n < log->allocated)
                return 0;
        p = reallocarray(log->kept, more, sizeof *p);
        if (!p)
                return -ENOMEM;
        log->kept = p;
        log->allocated = more;
        return 0;
}

static int index_line(ReplyLog *log, const char *text, size_t offset, size_t n, Err *err) {
        _cleanup_(json_freep) Json *j = NULL;
        int64_t attempt;
        int r = read_line(text + offset, n, &j, err);

        if (r == -ENOMEM)
                return r;
        if (r < 0 || !json_int(j, "attempt", &attempt))
                return 0; /* torn: as if it had never come */
        r = reserve(log);
        if (r < 0)
                return err_set(err, r, "out of memory");
        log->kept[log->n++] = (Kept){.attempt = attempt, .offset = (int64_t) offset, .n = n};
        return 0;
}

static int index_file(ReplyLog *log, Err *err) {
        _cleanup_(freep) char *text = NULL;
        size_t n;
        int r = fs_read_file_at(log->dir_fd, AL_SPOOL_REPLIES, REPLY_LOG_READ_MAX, &text, &n);

        if (r == -ENOENT)
                return 0;
        if (r < 0)
                return err_errno(err, r, "cannot read '%s'", AL_SPOOL_REPLIES);
        for (size_t at = 0; at < n && r >= 0;) {
                const char *end = memchr(text + at, '\n', n - at);
                size_t line = end ? (size_t) (end - text) - at : n - at;

                r = end ? index_line(log, text, at, line, err) : 0;
                at += line + 1;
                if (end)
                        log->end = (int64_t) at;
        }
        log->stale = n > 0;
        return r;
}

static int open_log(int dir_fd, const char *name, int more) {
        return fs_open_beneath(dir_fd, name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | more,
                               REPLIES_MODE);
}

int reply_log_open(int lib_dir_fd, ReplyLog **ret, Err *err) {
        ReplyLog *log;
        int r;

        assert(ret);
        log = calloc(1, sizeof *log);
        if (!log)
                return err_set(err, -ENOMEM, "out of memory");
        log->dir_fd = lib_dir_fd;
        log->fd = -1;
        (void) unlinkat(lib_dir_fd, REPLIES_NEW, 0); /* of a run that was killed writing it */
        r = index_file(log, err);
        if (r < 0) {
                free(log->kept);
                free(log);
                return r;
        }
        *ret = log;
        return 0;
}

ReplyLog *reply_log_close(ReplyLog *log) {
        if (!log)
                return NULL;
        if (log->n == 0 && (log->end > 0 || log->fd >= 0))
                (void) unlinkat(log->dir_fd, AL_SPOOL_REPLIES, 0); /* else the next run does */
        closep(&log->fd);
        free(log->kept);
        free(log);
        return NULL;
}

/* ---- writing ---- */

/* Writes those that are kept to a new file in place of the old. */
static int rewrite(ReplyLog *log) {
        _cleanup_(closep) int fd = open_log(log->dir_fd, REPLIES_NEW, O_TRUNC);
        int64_t end = 0;
        int r = fd < 0 ? fd : 0;

        for (size_t i = 0; i < log->n && r >= 0; i++) {
                const Kept *k = &log->kept[i];
                _cleanup_(freep) char *line = malloc(k->n + 1);
                ssize_t got = line ? pread(log->fd, line, k->n + 1, k->offset) : -1;

                if (got != (ssize_t) k->n + 1)
                        r = !line ? -ENOMEM : got < 0 ? -errno : -EIO;
                else
                        r = fs_write_all(fd, line, k->n + 1);
        }
        if (r >= 0 && fdatasync(fd) < 0) /* some of them may have been on the disk already */
                r = -errno;
        if (r >= 0 && renameat(log->dir_fd, REPLIES_NEW, log->dir_fd, AL_SPOOL_REPLIES) < 0)
                r = -errno;
        if (r < 0) {
                (void) unlinkat(log->dir_fd, REPLIES_NEW, 0);
                return r;
        }
        for (size_t i = 0; i < log->n; i++) {
                log->kept[i].offset = end;
                end += (int64_t) log->kept[i].n + 1;
        }
        closep(&log->fd);
        log->fd = TAKE_FD(fd);
        log->end = end;
        return 0;
}

static int append(ReplyLog *log, const char *line, size_t n) {
        int r;

        if (log->fd < 0)
                log->fd = open_log(log->dir_fd, AL_SPOOL_REPLIES, 0);
        if (log->fd < 0)
                return log->fd;
        /* When it cannot be: a longer file is better than a reply that is not kept. */
        if (log->end >= REPLY_LOG_MAX && rewrite(log) < 0 && log->end >= REPLY_LOG_READ_MAX / 2)
                return -EFBIG;
        if (lseek(log->fd, (off_t) log->end, SEEK_SET) < 0)
                return -errno;
        r = fs_write_all(log->fd, line, n);
        if (r >= 0)
                log->end += (int64_t) n;
        return r;
}

int reply_save(ReplyLog *log, int64_t attempt, const ProviderReply *reply, Err *err) {
        _cleanup_(freep) char *line = NULL;
        int64_t offset;
        size_t n;
        int r;

        assert(log);
        assert(reply);
        line = make_line(attempt, reply);
        if (!line || reserve(log) < 0)
                return err_set(err, -ENOMEM, "out of memory");
        n = strlen(line);
        r = n > REPLY_LINE_MAX ? -E2BIG : append(log, line, n);
        if (r < 0)
                return err_errno(err, r, "cannot keep the reply in '%s'", AL_SPOOL_REPLIES);
        offset = log->end - (int64_t) n;
        log->kept[log->n++] =
                (Kept){.attempt = attempt, .offset = offset, .n = n - 1, .asked = true};
        return 0;
}

int reply_load(ReplyLog *log, int64_t attempt, SavedReply *ret, Err *err) {
        _cleanup_(freep) char *line = NULL;
        Json *json = NULL;
        Kept *k;
        ssize_t got;
        int r;

        assert(log);
        assert(ret);
        k = find(log, attempt);
        if (!k)
                return -ENOENT;
        k->asked = true;
        if (log->fd < 0)
                log->fd = open_log(log->dir_fd, AL_SPOOL_REPLIES, 0);
        if (log->fd < 0)
                return err_errno(err, log->fd, "cannot read '%s'", AL_SPOOL_REPLIES);
        line = malloc(k->n);
        if (!line)
                return err_set(err, -ENOMEM, "out of memory");
        got = pread(log->fd, line, k->n, k->offset);
        if (got != (ssize_t) k->n)
                return err_errno(err, got < 0 ? -errno : -EIO, "cannot read '%s'",
                                 AL_SPOOL_REPLIES);
        r = read_line(line, k->n, &json, err);
        if (r >= 0)
                r = reply_from_json(json, ret);
        return r == -EBADMSG ? -ENOENT : r;
}

/* ---- dropping ---- */

void reply_drop(ReplyLog *log, int64_t attempt) {
        Kept *k;

        assert(log);
        k = find(log, attempt);
        if (k)
                *k = log->kept[--log->n];
}

void reply_drop_others(ReplyLog *log) {
        size_t n = 0;

        assert(log);
        for (size_t i = 0; i < log->n; i++)
                if (log->kept[i].asked)
                        log->kept[n++] = log->kept[i];
        log->n = n;
        if (!log->stale)
                return;
        /* Not only out of mind: numbers of attempts come again when an older ledger is put back. */
        if (n == 0 && unlinkat(log->dir_fd, AL_SPOOL_REPLIES, 0) >= 0) {
                closep(&log->fd);
                log->fd = -1;
                log->end = 0;
        } else if (n > 0 && log->fd >= 0)
                (void) rewrite(log);
        log->stale = false;
}

void spool_remove(int lib_dir_fd, int64_t attempt, size_t k) {
        _cleanup_(freep) char *name = NULL;
        char suffix[24];

        (void) snprintf(suffix, sizeof suffix, "%zu", k);
        name = al_spool_name(attempt, suffix);
        if (name)
                (void) unlinkat(lib_dir_fd, name, 0); /* else the next run puts it aside */
}
