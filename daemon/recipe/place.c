/* SPDX-License-Identifier: MIT */

#include "recipe/place.h"

#include "base/parse.h"

/* Bytes of the character at s by its first byte; at least 1. */
static size_t char_length(const char *s, size_t n) {
        unsigned char c = (unsigned char) *s;
        size_t length = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

        return MIN_OF(length, n);
}

/* Bytes of the line break at s, 0 when there is none: what libyaml takes for one, so that our lines
 * are its lines. */
static size_t break_length(const char *s, size_t n) {
        if (n >= 2 && memcmp(s, "\r\n", 2) == 0)
                return 2;
        if (n >= 1 && (*s == '\n' || *s == '\r'))
                return 1;
        if (n >= 2 && memcmp(s, "\xc2\x85", 2) == 0)
                return 2;
        if (n >= 3 && (memcmp(s, "\xe2\x80\xa8", 3) == 0 || memcmp(s, "\xe2\x80\xa9", 3) == 0))
                return 3;
        return 0;
}

void place_of_byte(const Source *source, size_t offset, int *ret_line, int *ret_column) {
        int line = 1, column = 1;
        size_t i = 0;

        assert(source);
        assert(ret_line);
        assert(ret_column);
        offset = MIN_OF(offset, source->n);
        while (i < offset) {
                size_t b = break_length(source->text + i, source->n - i);

                if (b > 0) {
                        line++;
                        column = 1;
                        i += b;
                } else {
                        column++;
                        i += char_length(source->text + i, source->n - i);
                }
        }
        *ret_line = line;
        *ret_column = column;
}

void place_of_bad_byte(const Source *source, int *ret_line, int *ret_column) {
        size_t i = 0, length;

        assert(source);
        while (i < source->n) {
                length = char_length(source->text + i, source->n - i);
                if (!utf8_is_valid(source->text + i, length))
                        break;
                i += length;
        }
        place_of_byte(source, i, ret_line, ret_column);
}

/* Byte offset of the character number `index`. */
static size_t byte_of_char(const Source *source, size_t index) {
        size_t i = 0;

        for (; index > 0 && i < source->n; index--)
                i += char_length(source->text + i, source->n - i);
        return i;
}

static Place place_at(const Source *source, size_t byte) {
        Place p = {.file = source->file};

        place_of_byte(source, byte, &p.line, &p.column);
        return p;
}

Place node_place_of(const Source *source, const Node *node, const char *what, size_t n) {
        size_t from, to, length;

        assert(source);
        assert(node);
        assert(what && *what);
        from = byte_of_char(source, node->start);
        to = byte_of_char(source, node->end);
        length = strlen(what);
        while (from + length <= to) {
                if (memcmp(source->text + from, what, length) != 0) {
                        from++;
                        continue;
                }
                if (n-- == 0)
                        return place_at(source, from);
                from += length;
        }
        return (Place){.file = source->file, .line = node->line, .column = node->column};
}

Place node_content_place(const Source *source, const Node *node) {
        size_t i, to;

        assert(source);
        assert(node);
        i = byte_of_char(source, node->start);
        to = byte_of_char(source, node->end);
        if (node->style == STYLE_QUOTED)
                i++;
        if (node->style == STYLE_BLOCK) {
                while (i < to && break_length(source->text + i, to - i) == 0)
                        i++;
                while (i < to && strchr(" \r\n", source->text[i]))
                        i++;
        }
        return place_at(source, MIN_OF(i, to));
}
