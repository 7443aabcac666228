/* SPDX-License-Identifier: MIT */

#include "media/sniff.h"

static const struct {
        const char *name, *ext;
        bool video;
} types[_MEDIA_TYPE_MAX] = {
        [MEDIA_PNG] = {"image/png", "png", false},
        [MEDIA_JPEG] = {"image/jpeg", "jpg", false},
        [MEDIA_WEBP] = {"image/webp", "webp", false},
        [MEDIA_GIF] = {"image/gif", "gif", false},
        [MEDIA_MP4] = {"video/mp4", "mp4", true},
        [MEDIA_MOV] = {"video/quicktime", "mov", true},
        [MEDIA_WEBM] = {"video/webm", "webm", true},
};

static bool has(const uint8_t *data, size_t n, size_t at, const char *bytes, size_t len) {
        return n >= at + len && memcmp(data + at, bytes, len) == 0;
}

/* The major brand of an ISO file. Still pictures (avif, heic) use the same container. */
static MediaType sniff_iso(const uint8_t *data, size_t n) {
        static const char video[][5] = {"isom", "iso2", "iso3", "iso4", "iso5", "iso6", "iso7",
                                        "iso8", "iso9", "mp41", "mp42", "avc1", "M4V ", "dash",
                                        "MSNV", "f4v ", "3gp4", "3gp5", "3gp6"};

        if (has(data, n, 8, "qt  ", 4))
                return MEDIA_MOV;
        for (size_t i = 0; i < ARRAY_LEN(video); i++)
                if (has(data, n, 8, video[i], 4))
                        return MEDIA_MP4;
        return MEDIA_UNKNOWN;
}

/* The document type stands within the first bytes of every EBML header written in practice. */
static MediaType sniff_ebml(const uint8_t *data, size_t n) {
        for (size_t at = 4; at + 7 <= n; at++)
                if (has(data, n, at, "\x42\x82", 2) && has(data, n, at + 3, "webm", 4))
                        return MEDIA_WEBM;
        return MEDIA_UNKNOWN;
}

MediaType sniff(const uint8_t *data, size_t n) {
        assert(data || n == 0);

        if (has(data, n, 0, "\x89PNG\r\n\x1a\n", 8))
                return MEDIA_PNG;
        if (has(data, n, 0, "\xff\xd8\xff", 3))
                return MEDIA_JPEG;
        if (has(data, n, 0, "RIFF", 4) && has(data, n, 8, "WEBP", 4))
                return MEDIA_WEBP;
        if (has(data, n, 0, "GIF87a", 6) || has(data, n, 0, "GIF89a", 6))
                return MEDIA_GIF;
        if (has(data, n, 4, "ftyp", 4))
                return sniff_iso(data, n);
        if (has(data, n, 0, "\x1a\x45\xdf\xa3", 4))
                return sniff_ebml(data, n);
        return MEDIA_UNKNOWN;
}

const char *media_type_name(MediaType type) {
        assert(type >= 0 && type < _MEDIA_TYPE_MAX);
        return types[type].name;
}

const char *media_type_ext(MediaType type) {
        assert(type >= 0 && type < _MEDIA_TYPE_MAX);
        return types[type].ext;
}

bool media_type_is_video(MediaType type) {
        assert(type >= 0 && type < _MEDIA_TYPE_MAX);
        return types[type].video;
}
