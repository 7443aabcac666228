/* SPDX-License-Identifier: MIT */

#include "net/secret.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/parse.h"

struct Secret {
        size_t n;
        char text[]; /* NUL-terminated */
};

static int bad(Err *err, const char *path, const char *why) {
        return err_set(err, -EINVAL, "credential '%s' %s", path, why);
}

/* Reads at most n bytes; a credential is small and its file local, so a loop is all it takes. */
static ssize_t read_up_to(int fd, char *buffer, size_t n) {
        size_t got = 0;

        while (got < n) {
                ssize_t r = read(fd, buffer + got, n - got);

                if (r < 0 && errno == EINTR)
                        continue;
                if (r < 0)
                        return -errno;
                if (r == 0)
                        break;
                got += (size_t) r;
        }
        return (ssize_t) got;
}

static int check_file(int fd, const char *path, bool must_be_private, Err *err) {
        struct stat st;

        if (fstat(fd, &st) < 0)
                return err_errno(err, -errno, "cannot read credential '%s'", path);
        if (!S_ISREG(st.st_mode))
                return bad(err, path, "is no regular file");
        if (!must_be_private)
                return 0;
        if (st.st_uid != geteuid() && st.st_uid != 0)
                return err_set(err, -EPERM,
                               "credential '%s' belongs to somebody else: chown it to the user "
                               "that runs pregend",
                               path);
        if ((st.st_mode & 077) != 0)
                return err_set(err, -EPERM,
                               "credential '%s' is open to others (mode %04o): run chmod 600 on it",
                               path, (unsigned) st.st_mode & 07777);
        return 0;
}

bool secret_is_document(const Secret *s) {
        assert(s);
        return s->text[0] == '{';
}

const char *secret_text(const Secret *s, size_t *ret_n) {
        assert(s);
        assert(ret_n);
        *ret_n = s->n;
        return s->text;
}

/* Documents have lines; what goes into a header is one. */
static bool may_stand(const Secret *s, char c) {
        if (secret_is_document(s) && (c == '\n' || c == '\r' || c == '\t'))
                return true;
        return (unsigned char) c >= ' ' && c != 0x7f;
}

static int check_text(const Secret *s, const char *path, Err *err) {
        if (s->n == 0)
                return bad(err, path, "is empty");
        if (s->n > SECRET_MAX)
                return err_set(err, -EINVAL, "credential '%s' is longer than %d bytes", path,
                               SECRET_MAX);
        for (size_t i = 0; i < s->n; i++)
                if (!may_stand(s, s->text[i]))
                        return bad(err, path,
                                   "contains control characters: it must be one line of text");
        return 0;
}

static int read_secret(int fd, const char *path, Secret **ret, Err *err) {
        _cleanup_(secret_freep) Secret *s = NULL;
        ssize_t got;
        int r;

        s = calloc(1, sizeof *s + SECRET_MAX + 3); /* one newline and one byte too many */
        if (!s)
                return err_set(err, -ENOMEM, "out of memory for credential '%s'", path);
        s->n = SECRET_MAX + 2; /* what to wipe if reading fails */
        got = read_up_to(fd, s->text, SECRET_MAX + 2);
        if (got < 0)
                return err_errno(err, (int) got, "cannot read credential '%s'", path);
        s->n = (size_t) got;
        if (s->n > 0 && s->text[s->n - 1] == '\n')
                s->text[--s->n] = 0;
        r = check_text(s, path, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

static int load_file(const char *path, bool must_be_private, Secret **ret, Err *err) {
        _cleanup_(closep) int fd = -1;
        int r;

        /* O_NONBLOCK: a FIFO in its place must not hang the night. */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (fd < 0 && errno == ENOENT)
                return -ENOENT; /* the caller knows whether that matters */
        if (fd < 0 && errno == ELOOP)
                return bad(err, path, "is a symbolic link: name the file itself");
        if (fd < 0)
                return err_errno(err, errno == EACCES ? -EACCES : -errno,
                                 "cannot read credential '%s'", path);
        r = check_file(fd, path, must_be_private, err);
        if (r < 0)
                return r;
        return read_secret(fd, path, ret, err);
}

/* "$CREDENTIALS_DIRECTORY/<name>"; *ret stays NULL when we run without such a directory. */
static int credential_path(const char *name, char **ret, Err *err) {
        const char *directory = getenv("CREDENTIALS_DIRECTORY");

        if (!name || !directory || directory[0] != '/')
                return 0;
        if (!*name || *name == '.' || strchr(name, '/'))
                return err_set(err, -EINVAL, "'%s' is no name of a credential", name);
        if (asprintf(ret, "%s/%s", directory, name) < 0) {
                *ret = NULL;
                return err_set(err, -ENOMEM, "out of memory for credential '%s'", name);
        }
        return 0;
}

int secret_load(const char *name, const char *file, Secret **ret, Err *err) {
        _cleanup_(freep) char *path = NULL;
        int r;

        assert(ret);
        r = credential_path(name, &path, err);
        if (r < 0)
                return r;
        if (path) {
                r = load_file(path, false, ret, err);
                if (r != -ENOENT)
                        return r;
        }
        if (file) {
                r = load_file(file, true, ret, err);
                if (r != -ENOENT)
                        return r;
                return err_set(err, -ENOENT, "credential file '%s' does not exist", file);
        }
        return err_set(err, -ENOENT,
                       "no credential '%s': add LoadCredential=%s:/path to the unit, or name a "
                       "file with mode 0600 in the settings",
                       name ? name : "", name ? name : "NAME");
}

int secret_new(const char *text, size_t n, Secret **ret, Err *err) {
        _cleanup_(secret_freep) Secret *s = NULL;
        int r;

        assert(text);
        assert(ret);
        s = n <= SECRET_MAX ? calloc(1, sizeof *s + n + 1) : NULL;
        if (!s)
                return err_set(err, n > SECRET_MAX ? -EINVAL : -ENOMEM,
                               "cannot keep a credential of %zu bytes", n);
        s->n = n;
        memcpy(s->text, text, n);
        r = check_text(s, "(received)", err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(s);
        return 0;
}

Secret *secret_free(Secret *s) {
        if (!s)
                return NULL;
        explicit_bzero(s->text, s->n);
        free(s);
        return NULL;
}

char *secret_header(const Secret *s, const char *header, const char *prefix) {
        char *line = NULL;

        assert(s);
        assert(header);
        if (secret_is_document(s))
                return NULL;
        if (asprintf(&line, "%s: %s%s", header, prefix ? prefix : "", s->text) < 0)
                return NULL;
        return line;
}

void secret_header_free(char *header) {
        if (!header)
                return;
        explicit_bzero(header, strlen(header));
        free(header);
}

/* The four digits of a JSON escape of an ASCII character; -1 for any other. */
static int ascii_of_hex(const char *digits) {
        int code = 0;

        for (size_t i = 0; i < 4; i++) {
                int v = hex_digit(digits[i]);

                if (v < 0)
                        return -1;
                code = code << 4 | v;
        }
        return code < 0x80 ? code : -1;
}

/* How many of the n > 0 bytes at p write the character `want`, plainly or escaped; 0 = it is
 * another. */
static size_t written(const char *p, size_t n, char want) {
        if (p[0] == '\\' && n >= 6 && p[1] == 'u' && ascii_of_hex(p + 2) == want)
                return 6;
        if (p[0] == '\\' && n >= 2 && p[1] == want && strchr("\"\\/", want))
                return 2;
        return p[0] == want;
}

/* The bytes of the whole secret where it begins at p, else 0. */
static size_t occurrence(const Secret *s, const char *p, size_t n) {
        size_t used = 0;

        for (size_t i = 0; i < s->n; i++) {
                size_t k = used < n ? written(p + used, n - used, s->text[i]) : 0;

                if (k == 0)
                        return 0;
                used += k;
        }
        return used;
}

void secret_strike(const Secret *s, char *text, size_t n) {
        assert(text || n == 0);
        if (!s || s->n < SECRET_STRIKE_MIN)
                return;
        for (size_t i = 0; i < n;) {
                size_t k = occurrence(s, text + i, n - i);

                if (k > 0)
                        memset(text + i, '*', k);
                i += MAX_OF(k, (size_t) 1);
        }
}
