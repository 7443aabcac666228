/* SPDX-License-Identifier: MIT */

#include "media/info.h"
#include "media/structure.h"

enum {
        ISO_BOXES_MAX = 10000, /* a fragmented file has two a fragment */
        EBML_HEADER_MAX = 4096,
};

static bool read_at(int fd, void *buf, size_t n, uint64_t at) {
        return pread(fd, buf, n, (off_t) at) == (ssize_t) n;
}

int iso_walk(int fd, uint64_t size, Err *err) {
        bool moov = false, mdat = false;
        uint64_t at = 0;

        for (int i = 0; at < size; i++) {
                uint8_t head[16];
                uint64_t length, least = 8;

                if (i >= ISO_BOXES_MAX)
                        return err_set(err, -EFBIG, "video of more than %d boxes",
                                       (int) ISO_BOXES_MAX);
                if (size - at < 8 || !read_at(fd, head, 8, at))
                        return err_set(err, -EBADMSG, "truncated video: ends within a box");
                length = get_be32(head);
                if (length == 1) {
                        least = 16;
                        if (size - at < 16 || !read_at(fd, head, 16, at))
                                return err_set(err, -EBADMSG, "truncated video: ends within a box");
                        length = (uint64_t) get_be32(head + 8) << 32 | get_be32(head + 12);
                } else if (length == 0)
                        length = size - at;
                if (length < least)
                        return err_set(err, -EBADMSG, "damaged video: impossible box");
                if (length > size - at)
                        return err_set(err, -EBADMSG, "truncated video: '%.4s' is cut short",
                                       memchr(head + 4, 0, 4) ? "box" : (const char *) head + 4);
                moov = moov || memcmp(head + 4, "moov", 4) == 0;
                mdat = mdat || memcmp(head + 4, "mdat", 4) == 0;
                at += length;
        }
        if (!moov || !mdat)
                return err_set(err, -EBADMSG, "truncated video: no %s", moov ? "data" : "index");
        return 0;
}

/* An EBML length at p: its bytes, and the value; 0 when there is none. All ones mean unknown. */
static size_t ebml_length(const uint8_t *p, size_t n, uint64_t *ret) {
        size_t width = 1;
        uint64_t v;

        if (n == 0 || p[0] == 0)
                return 0;
        while (!(p[0] & (0x100 >> width)))
                width++;
        if (n < width)
                return 0;
        v = p[0] & (0xffU >> width);
        for (size_t i = 1; i < width; i++)
                v = v << 8 | p[i];
        *ret = v == (UINT64_C(1) << (7 * width)) - 1 ? UINT64_MAX : v;
        return width;
}

int webm_walk(int fd, uint64_t size, Err *err) {
        uint8_t head[EBML_HEADER_MAX];
        uint64_t length = 0;
        size_t n, at = 4, width;

        n = (size_t) MIN_OF(size, (uint64_t) sizeof head);
        if (!read_at(fd, head, n, 0) || n < at)
                return err_set(err, -EBADMSG, "truncated video: no header");
        width = ebml_length(head + at, n - at, &length);
        if (width == 0 || length > n - at - width)
                return err_set(err, -EBADMSG, "damaged video: no header");
        at += width + (size_t) length;
        if (n - at < 5 || memcmp(head + at, "\x18\x53\x80\x67", 4) != 0)
                return err_set(err, -EBADMSG, "truncated video: no segment");
        at += 4;
        width = ebml_length(head + at, n - at, &length);
        if (width == 0)
                return err_set(err, -EBADMSG, "damaged video: no segment length");
        if (length != UINT64_MAX && length > size - at - width)
                return err_set(err, -EBADMSG, "truncated video: shorter than it says");
        return 0;
}
