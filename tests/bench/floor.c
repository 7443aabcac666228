/* SPDX-License-Identifier: MIT */

/*
 * floor URL ITEMS CONCURRENCY DIR [intents]: the least that stores pictures durably. One thread of
 * libcurl posts standard input ITEMS times, CONCURRENCY at once, decodes what comes, hashes it and
 * writes it; another thread syncs the files, renames each to its hash and syncs the folder. No
 * ledger, no budget, no look at the picture. What night.sh and stored.sh hold pregend against: a
 * machine on which this takes longer than the ideal has no room for less.
 *
 * With `intents` a block that names each call is durable before the call leaves, one sync for all
 * that leave together: the least of what never pays twice.
 */

#include <curl/curl.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/macro.h"
#include "base/parse.h"
#include "net/base64.h"

enum {
        CONCURRENCY_MAX = 1000,
        ITEMS_MAX = 1000000,
        REQUEST_MAX = 4096,
        WAIT_MS = 1000,
        BLOCK = 4096,       /* an intent: what a write-ahead log takes for a row, at least */
        INTENTS_MAX = 1024, /* then from the beginning, as such a log after a checkpoint */
        HEX_MAX = 2 * EVP_MAX_MD_SIZE + 1,
};

static const char marker[] = "\"data\": \""; /* or without the blank */

typedef struct Call {
        CURL *curl;
        EVP_MD_CTX *hash;
        Base64Decoder decoder;
        size_t matched; /* characters of the marker seen */
        bool inside, over;
        int fd, number;
        struct Call *next;
        char hex[HEX_MAX];
} Call;

static struct {
        const char *url, *dir;
        char request[REQUEST_MAX];
        int dir_fd, items, started, stored;
        int intents_fd; /* -1: without */
        Call *leaving[CONCURRENCY_MAX];
        int n_leaving;
        struct curl_slist *headers;
        pthread_mutex_t mutex;
        pthread_cond_t changed;
        Call *waiting; /* written, not durable */
        bool all_in;
} state = {.mutex = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

_Noreturn static void die(const char *what) {
        (void) fprintf(stderr, "floor: %s\n", what);
        exit(1);
}

static void write_all(int fd, const uint8_t *p, size_t n) {
        while (n > 0) {
                ssize_t k = write(fd, p, n);

                if (k < 0)
                        die("cannot write");
                p += k;
                n -= (size_t) k;
        }
}

static void take_picture(Call *c, const char *p, size_t n) {
        static uint8_t out[BASE64_DECODED_MAX(CURL_MAX_WRITE_SIZE)];
        const char *end = memchr(p, '"', n);
        size_t made = 0;

        if (base64_decode(&c->decoder, p, end ? (size_t) (end - p) : n, out, &made) < 0 ||
            EVP_DigestUpdate(c->hash, out, made) != 1)
                die("not base64");
        write_all(c->fd, out, made);
        if (end)
                c->over = true;
}

static size_t on_body(char *p, size_t size, size_t n, void *userdata) {
        Call *c = userdata;

        for (size_t i = 0; i < n && !c->over; i++) {
                if (c->inside) {
                        take_picture(c, p + i, n - i);
                        break;
                }
                if (p[i] == '"' && marker[c->matched] == ' ')
                        c->inside = true;
                else if (p[i] == marker[c->matched])
                        c->inside = marker[++c->matched] == '\0';
                else
                        c->matched = p[i] == marker[0];
        }
        return size * n;
}

static void name_of(const Call *c, char ret[static NAME_MAX]) {
        (void) snprintf(ret, NAME_MAX, "%d.part", c->number);
}

static void prepare(Call *c) {
        char name[NAME_MAX];

        c->number = state.started++;
        c->matched = 0;
        c->inside = c->over = false;
        c->decoder = (Base64Decoder){0};
        name_of(c, name);
        c->fd = openat(state.dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
        if (c->fd < 0 || EVP_DigestInit_ex(c->hash, EVP_sha256(), NULL) != 1)
                die("cannot begin a file");
        state.leaving[state.n_leaving++] = c;
}

static void open_intents(void) {
        static const uint8_t zeroes[BLOCK];

        state.intents_fd =
                openat(state.dir_fd, "../intents", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
        if (state.intents_fd < 0)
                die("cannot make the file of intents");
        for (int i = 0; i < INTENTS_MAX; i++)
                write_all(state.intents_fd, zeroes, sizeof zeroes);
        if (fsync(state.intents_fd) < 0)
                die("cannot sync the file of intents");
}

static void keep_intents(void) {
        for (int i = 0; i < state.n_leaving; i++) {
                char block[BLOCK] = {0};

                name_of(state.leaving[i], block);
                if (pwrite(state.intents_fd, block, sizeof block,
                           (off_t) (state.leaving[i]->number % INTENTS_MAX) * BLOCK) != BLOCK)
                        die("cannot write an intent");
        }
        if (fdatasync(state.intents_fd) < 0)
                die("cannot sync an intent");
}

static void start_prepared(CURLM *multi) {
        if (state.n_leaving == 0)
                return;
        if (state.intents_fd >= 0)
                keep_intents();
        for (int i = 0; i < state.n_leaving; i++)
                if (curl_multi_add_handle(multi, state.leaving[i]->curl) != CURLM_OK)
                        die("cannot start a call");
        state.n_leaving = 0;
}

/* The other thread: one sync a file, one of the folder for all that were waiting. */
static void *store(void *unused) {
        (void) unused;
        (void) pthread_mutex_lock(&state.mutex);
        for (;;) {
                Call *batch = state.waiting;

                if (!batch && state.all_in)
                        break;
                if (!batch) {
                        (void) pthread_cond_wait(&state.changed, &state.mutex);
                        continue;
                }
                state.waiting = NULL;
                (void) pthread_mutex_unlock(&state.mutex);
                while (batch) {
                        Call *c = batch;
                        char name[NAME_MAX];

                        batch = c->next;
                        name_of(c, name);
                        if (fdatasync(c->fd) < 0 || close(c->fd) < 0 ||
                            renameat(state.dir_fd, name, state.dir_fd, c->hex) < 0)
                                die("cannot store a file");
                        free(c);
                        state.stored++;
                }
                if (fsync(state.dir_fd) < 0)
                        die("cannot sync the folder");
                (void) pthread_mutex_lock(&state.mutex);
        }
        (void) pthread_mutex_unlock(&state.mutex);
        return NULL;
}

/* Hands the file of a call that ended over to the other thread. */
static void hand_over(const Call *c) {
        uint8_t digest[EVP_MAX_MD_SIZE];
        Call *copy = malloc(sizeof *copy);
        unsigned n = 0;
        long status = 0;

        (void) curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &status);
        if (status != 200 || !c->over || base64_decode_end(&c->decoder) < 0)
                die("an answer without a picture");
        if (!copy || EVP_DigestFinal_ex(c->hash, digest, &n) != 1)
                die("out of memory");
        *copy = *c;
        for (unsigned i = 0; i < n; i++)
                (void) snprintf(copy->hex + (size_t) 2 * i, 3, "%02x", digest[i]);
        (void) pthread_mutex_lock(&state.mutex);
        copy->next = state.waiting;
        state.waiting = copy;
        (void) pthread_cond_signal(&state.changed);
        (void) pthread_mutex_unlock(&state.mutex);
}

static void set_up(Call *c) {
        c->curl = curl_easy_init();
        c->hash = EVP_MD_CTX_new();
        if (!c->curl || !c->hash)
                die("out of memory");
        (void) curl_easy_setopt(c->curl, CURLOPT_URL, state.url);
        (void) curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, state.headers);
        (void) curl_easy_setopt(c->curl, CURLOPT_POSTFIELDS, state.request);
        (void) curl_easy_setopt(c->curl, CURLOPT_WRITEFUNCTION, on_body);
        (void) curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, c);
        (void) curl_easy_setopt(c->curl, CURLOPT_PRIVATE, c);
        (void) curl_easy_setopt(c->curl, CURLOPT_BUFFERSIZE, (long) CURL_MAX_WRITE_SIZE);
}

static void fetch_all(CURLM *multi) {
        int done = 0, running = 0, left;

        while (done < state.items) {
                CURLMsg *m;

                if (curl_multi_perform(multi, &running) != CURLM_OK)
                        die("libcurl fails");
                while ((m = curl_multi_info_read(multi, &left))) {
                        Call *c = NULL;

                        if (m->data.result != CURLE_OK)
                                die(curl_easy_strerror(m->data.result));
                        (void) curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &c);
                        (void) curl_multi_remove_handle(multi, c->curl);
                        hand_over(c);
                        done++;
                        if (state.started < state.items)
                                prepare(c);
                }
                start_prepared(multi);
                if (done < state.items)
                        (void) curl_multi_poll(multi, NULL, 0, WAIT_MS, NULL);
        }
}

int main(int argc, char **argv) {
        static Call calls[CONCURRENCY_MAX];
        CURLM *multi = curl_multi_init();
        int64_t items = 0, concurrency = 0;
        pthread_t storer;

        if (argc < 5 || argc > 6 || (argc == 6 && strcmp(argv[5], "intents") != 0) ||
            parse_int(argv[2], 1, ITEMS_MAX, &items) < 0 ||
            parse_int(argv[3], 1, CONCURRENCY_MAX, &concurrency) < 0)
                die("usage: floor URL ITEMS CONCURRENCY DIR [intents] <REQUEST");
        state.url = argv[1];
        state.items = (int) items;
        state.dir_fd = open(argv[4], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (!multi || state.dir_fd < 0 || read(0, state.request, sizeof state.request - 1) <= 0)
                die("no request, or no folder");
        state.intents_fd = -1;
        if (argc == 6)
                open_intents();
        state.headers = curl_slist_append(NULL, "content-type: application/json");
        state.headers = curl_slist_append(state.headers, "x-goog-api-key: test-key");
        if (pthread_create(&storer, NULL, store, NULL) != 0)
                die("cannot start a thread");
        for (int64_t i = 0; i < concurrency; i++) {
                set_up(&calls[i]);
                if (state.started < state.items)
                        prepare(&calls[i]);
        }
        start_prepared(multi);
        fetch_all(multi);
        (void) pthread_mutex_lock(&state.mutex);
        state.all_in = true;
        (void) pthread_cond_signal(&state.changed);
        (void) pthread_mutex_unlock(&state.mutex);
        (void) pthread_join(storer, NULL);
        return state.stored == state.items ? 0 : 1;
}
