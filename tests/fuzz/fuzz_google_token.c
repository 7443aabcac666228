/* SPDX-License-Identifier: MIT */

/* Any bytes as the credential of a service account, and as the answer to a request for a token.
 * Input: one byte of HTTP status, then the body. */

#include "net/google_token.h"
#include "support/google_account.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static GoogleAuth *auth_of(const char *text, size_t n) {
        Secret *s = NULL;
        GoogleAuth *auth = NULL;

        if (secret_new(text, n, &s, NULL) < 0)
                return NULL;
        if (google_auth_new(s, &auth, NULL) < 0)
                auth = NULL;
        (void) secret_free(s);
        return auth;
}

static GoogleAuth *good_auth(void) {
        EVP_PKEY *key = account_key();
        _cleanup_(freep) char *pem = account_pem(key), *document = account_document(pem, NULL);

        EVP_PKEY_free(key);
        return document ? auth_of(document, strlen(document)) : NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        static const int statuses[] = {200, 400, 401, 403, 429, 503, 302};
        static GoogleAuth *auth;
        _cleanup_(freep) char *body = NULL;
        ProviderReply reply = {.retry_after_ms = -1};
        ProviderResult result;
        int r;

        if (n < 1 || n > SECRET_MAX)
                return 0;
        if (!auth)
                auth = good_auth();
        body = malloc(n);
        assert(auth && body);
        memcpy(body, data + 1, n - 1);
        body[n - 1] = '\0';
        reply.status = statuses[data[0] % ARRAY_LEN(statuses)];
        reply.envelope = body;
        reply.envelope_n = n - 1;
        google_auth_drop(auth);
        r = google_auth_parse(auth, &reply, 1000, &result, NULL);
        assert(r == 0 || r == 1);
        assert((r == 0) == (google_auth_token(auth, 1000) != NULL));
        assert(r == 0 || (result.outcome > OUTCOME_MADE && !result.billed && !result.n_items));
        provider_result_done(&result);
        (void) google_auth_free(auth_of(body, n - 1));
        return 0;
}
