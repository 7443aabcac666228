/* SPDX-License-Identifier: MIT */

/* The table of wires, and how a request finds its own. */

#include "wire.h"

#include <stdarg.h>

#include "base/digest.h"

/* The first route that fits counts; the first wire answers for paths nobody knows. */
static const Wire *const wires[] = {
        &wire_gemini, &wire_batch,     &wire_veo, &wire_omni,  &wire_files,   &wire_openai,
        &wire_runway, &wire_replicate, &wire_fal, &wire_a1111, &wire_comfyui, &wire_control,
};

const Wire *wire_at(size_t i) {
        return i < ARRAY_LEN(wires) ? wires[i] : NULL;
}

static bool capture(Ask *ask, size_t *n, const char *text, size_t length) {
        if (*n >= CAPTURES_MAX || length >= sizeof ask->captures[0])
                return false;
        memcpy(ask->captures[*n], text, length);
        ask->captures[(*n)++][length] = '\0';
        return true;
}

/* Matches path (its query cut off) against a pattern; at each {} the shortest fit that lets the
 * rest fit. */
static bool match(Ask *ask, size_t n, const char *pattern, const char *path) {
        for (; *pattern && *pattern != '{' && *pattern != '?'; pattern++, path++)
                if (*pattern != *path)
                        return false;
        if (*pattern != '{')
                return *path == '\0';
        if (pattern[1] == '*') {
                while (*path)
                        path++;
                return true;
        }
        for (size_t length = 1; path[length - 1] && path[length - 1] != '/'; length++) {
                size_t used = n;

                if (match(ask, n + 1, pattern + 2, path + length))
                        return capture(ask, &used, path, length);
        }
        return false;
}

static bool fits(Ask *ask, const Route *route, const Request *request) {
        const char *query = strchr(request->path, '?'), *wanted = strchr(route->pattern, '?');
        size_t n = query ? (size_t) (query - request->path) : strlen(request->path);
        char path[1024];

        if (!streq(route->method, "*") && !streq(route->method, request->method))
                return false;
        if (n >= sizeof path || (wanted && (!query || !strstr(query, wanted + 1))))
                return false;
        memcpy(path, request->path, n);
        path[n] = '\0';
        return match(ask, 0, route->pattern, path);
}

static bool find_in(const Wire *wire, const Request *request, Ask *ask) {
        for (size_t i = 0; i < wire->n_routes; i++)
                if (fits(ask, &wire->routes[i], request)) {
                        ask->wire = wire;
                        ask->route = &wire->routes[i];
                        return true;
                }
        return false;
}

static void find_route(const Fake *fake, const Request *request, Ask *ask) {
        if (fake->sink && find_in(&wire_sink, request, ask))
                return;
        for (size_t i = 0; i < ARRAY_LEN(wires); i++)
                if (find_in(wires[i], request, ask))
                        return;
        ask->wire = wires[0];
}

static void hash_body(const Request *request, Ask *ask) {
        Digest d;

        digest_of(request->body ? request->body : "", request->body_n, &d);
        digest_hex(&d, ask->body_sha256);
}

void ask_check(Fake *fake, Request *request, Ask *ret) {
        *ret = (Ask){.aspect = "1:1", .size = "1K"};
        find_route(fake, request, ret);
        hash_body(request, ret);
        request->key = ret->wire->key(request, fake->key);
        if (!ret->route) {
                ret->wire->refuse_path(ret, request);
                return;
        }
        if (!ret->route->open && request->key != KEY_RIGHT) {
                ret->wire->refuse_key(ret, request->key);
                return;
        }
        if (ret->route->check)
                ret->route->check(request, ret);
}

void ask_done(Ask *ask) {
        ask->schema = json_free(ask->schema);
        ask->body = json_free(ask->body);
}

void ask_refuse(Ask *ask, int status, const char *word, const char *format, ...) {
        va_list ap;

        if (ask->status)
                return;
        ask->status = status;
        (void) snprintf(ask->word, sizeof ask->word, "%s", word);
        va_start(ap, format);
        (void) vsnprintf(ask->message, sizeof ask->message, format, ap);
        va_end(ap);
}

void ask_keep_prompt(Ask *ask, const char *text) {
        Digest d;
        size_t n = MIN_OF(strlen(text), (size_t) FAKE_PROMPT_KEPT);

        while (n > 0 && ((unsigned char) text[n] & 0xc0) == 0x80)
                n--;
        memcpy(ask->prompt, text, n);
        ask->prompt[n] = '\0';
        ask->prompt_n = strlen(text);
        digest_of(text, strlen(text), &d);
        digest_hex(&d, ask->prompt_sha256);
}

KeyState key_in_header(const Request *request, const char *header, const char *prefix,
                       const char *key) {
        const char *value = request_header(request, header);

        if (!value)
                return KEY_ABSENT;
        if (strncmp(value, prefix, strlen(prefix)) != 0)
                return KEY_WRONG;
        return streq(value + strlen(prefix), key) ? KEY_RIGHT : KEY_WRONG;
}
