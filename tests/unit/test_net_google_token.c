/* SPDX-License-Identifier: MIT */

/* Access tokens of service accounts: the signed request, every answer to it, and how long a token
 * is used. */

#include "base/strbuf.h"
#include "net/base64.h"
#include "net/google_token.h"
#include "support/fault.h"
#include "support/google_account.h"
#include "support/test.h"

#define GRANT "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="

static const int64_t now_ms = INT64_C(1764115200000);

typedef struct World {
        EVP_PKEY *key;
        char *pem;
        GoogleAuth *auth;
} World;

static Secret *secret_of(const char *text) {
        Secret *s = NULL;
        Err err = {0};

        CHECK_OK(secret_new(text, strlen(text), &s, &err), &err);
        return s;
}

static World world_new(const char *token_uri) {
        World w = {.key = account_key()};
        _cleanup_(freep) char *document = NULL;
        Secret *s;
        Err err = {0};

        CHECK(w.key);
        w.pem = account_pem(w.key);
        document = account_document(w.pem, token_uri);
        CHECK(document);
        s = secret_of(document);
        CHECK(secret_is_document(s));
        CHECK(!secret_header(s, "Authorization", "Bearer "));
        CHECK_OK(google_auth_new(s, &w.auth, &err), &err);
        CHECK(w.auth);
        (void) secret_free(s);
        return w;
}

static void world_done(World *w) {
        w->auth = google_auth_free(w->auth);
        EVP_PKEY_free(w->key);
        free(w->pem);
}

/* Decodes base64 of addresses; caller frees. */
static uint8_t *decode(const char *text, size_t n, size_t *ret_n) {
        _cleanup_(freep) char *padded = malloc(n + 4);
        uint8_t *out = malloc(n + 4);
        Base64Decoder d = {0};

        CHECK(padded && out);
        memcpy(padded, text, n);
        while (n % 4 != 0)
                padded[n++] = '=';
        CHECK(base64_decode(&d, padded, n, out, ret_n) == 0 && base64_decode_end(&d) == 0);
        out[*ret_n] = '\0';
        return out;
}

static void check_part(const char *text, size_t n, const char *json) {
        size_t k;
        _cleanup_(freep) uint8_t *part = decode(text, n, &k);

        CHECK_STR((char *) part, json);
}

static void check_signature(EVP_PKEY *key, const char *jwt, size_t signed_n) {
        size_t n;
        _cleanup_(freep) uint8_t *signature =
                decode(jwt + signed_n + 1, strlen(jwt) - signed_n - 1, &n);
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();

        CHECK(ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1);
        CHECK(EVP_DigestVerify(ctx, signature, n, (const unsigned char *) jwt, signed_n) == 1);
        EVP_MD_CTX_free(ctx);
}

TEST(the_request_is_signed_as_the_provider_wants_it) {
        World w = world_new(NULL);
        ProviderCall call = {0};
        const char *jwt, *claims, *signature;
        Err err = {0};

        CHECK_OK(google_auth_build(w.auth, now_ms, &call, &err), &err);
        CHECK_STR(call.http.method, "POST");
        CHECK_STR(call.http.url, "https://oauth2.googleapis.com/token");
        CHECK_INT(call.http.headers.n, 1);
        CHECK_STR(call.http.headers.items[0], "Content-Type: application/x-www-form-urlencoded");
        CHECK(!call.http.with_key && !call.http.paid);
        CHECK_INT(call.http.n_body, 1);
        CHECK_INT(call.http.body[0].n, strlen(call.http.body[0].text));
        CHECK(strncmp(call.http.body[0].text, GRANT, strlen(GRANT)) == 0);
        jwt = call.http.body[0].text + strlen(GRANT);
        claims = strchr(jwt, '.');
        CHECK(claims);
        signature = strchr(claims + 1, '.');
        CHECK(signature && !strchr(jwt, '=') && !strchr(jwt, '+') && !strchr(jwt, '/'));
        check_part(jwt, (size_t) (claims - jwt),
                   "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":\"kid-1\"}");
        check_part(
                claims + 1, (size_t) (signature - claims - 1),
                "{\"iss\":\"night@acme.iam.gserviceaccount.com\",\"scope\":"
                "\"https://www.googleapis.com/auth/cloud-platform\",\"aud\":"
                "\"https://oauth2.googleapis.com/token\",\"iat\":1764115200,\"exp\":1764118800}");
        check_signature(w.key, jwt, (size_t) (signature - jwt));
        provider_call_done(&call);
        world_done(&w);
}

static int read_token(World *w, int status, const char *body, int64_t at_ms, ProviderResult *ret) {
        ProviderReply reply = {.status = status,
                               .retry_after_ms = status == 429 ? 7000 : -1,
                               .envelope = body,
                               .envelope_n = strlen(body)};
        Err err = {0};
        int r = google_auth_parse(w->auth, &reply, at_ms, ret, &err);

        CHECK(r >= 0);
        return r;
}

static bool token_is(const World *w, int64_t at_ms, const char *header) {
        const Secret *s = google_auth_token(w->auth, at_ms);
        char *line = s ? secret_header(s, "Authorization", "Bearer ") : NULL;
        bool same = line && header ? streq(line, header) : !s && !header;

        secret_header_free(line);
        return same;
}

TEST(a_token_is_used_until_shortly_before_its_end) {
        World w = world_new("http://127.0.0.1:1/token");
        ProviderResult result;

        CHECK(token_is(&w, now_ms, NULL));
        CHECK_INT(read_token(&w, 200,
                             "{\"access_token\":\"ya29.abc\",\"expires_in\":3599,\"token_type\":"
                             "\"Bearer\"}",
                             now_ms, &result),
                  0);
        CHECK(token_is(&w, now_ms, "Authorization: Bearer ya29.abc"));
        CHECK(token_is(&w, now_ms + 3298 * 1000, "Authorization: Bearer ya29.abc"));
        CHECK(token_is(&w, now_ms + 3299 * 1000, NULL));
        /* Another takes its place; a short life is used to its half. */
        CHECK_INT(read_token(&w, 200, "{\"access_token\":\"b\",\"expires_in\":\"100\"}", now_ms,
                             &result),
                  0);
        CHECK(token_is(&w, now_ms + 49999, "Authorization: Bearer b"));
        CHECK(token_is(&w, now_ms + 50000, NULL));
        google_auth_drop(w.auth);
        CHECK(token_is(&w, now_ms, NULL));
        provider_result_done(&result);
        world_done(&w);
}

static const struct {
        int status;
        const char *body;
        Outcome outcome;
        const char *code;
        bool retryable;
} refusals[] = {
        {400, "{\"error\":\"invalid_grant\",\"error_description\":\"Invalid JWT Signature.\"}",
         OUTCOME_CREDENTIALS, "invalid_grant", false},
        {401, "{\"error\":\"invalid_client\"}", OUTCOME_CREDENTIALS, "invalid_client", false},
        {403, "<html>", OUTCOME_CREDENTIALS, "TOKEN", false},
        {429, "{}", OUTCOME_THROTTLED, "TOKEN", true},
        {408, "", OUTCOME_TRANSIENT, "TOKEN", true},
        {503, "[]", OUTCOME_TRANSIENT, "TOKEN", true},
        {302, "", OUTCOME_TRANSIENT, "TOKEN", true},
        {200, "", OUTCOME_TRANSIENT, "TOKEN", true},
        {200, "{\"access_token\":7,\"expires_in\":3600}", OUTCOME_TRANSIENT, "TOKEN", true},
        {200, "{\"access_token\":\"\",\"expires_in\":3600}", OUTCOME_TRANSIENT, "TOKEN", true},
        {200, "{\"access_token\":\"a\\r\\nX: y\",\"expires_in\":3600}", OUTCOME_TRANSIENT, "TOKEN",
         true},
        {200, "{\"access_token\":\"a b\",\"expires_in\":3600}", OUTCOME_TRANSIENT, "TOKEN", true},
        {200, "{\"access_token\":\"a\"}", OUTCOME_TRANSIENT, "TOKEN", true},
        {200, "{\"access_token\":\"a\",\"expires_in\":-1}", OUTCOME_TRANSIENT, "TOKEN", true},
        {200, "{\"access_token\":\"a\",\"expires_in\":3600,\"token_type\":\"mac\"}",
         OUTCOME_TRANSIENT, "TOKEN", true},
};

TEST(answers_without_a_token_say_why) {
        World w = world_new(NULL);

        for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
                ProviderResult r;

                CHECK_INT(read_token(&w, refusals[i].status, refusals[i].body, now_ms, &r), 1);
                if (r.outcome != refusals[i].outcome || !streq(r.code, refusals[i].code) ||
                    r.retryable != refusals[i].retryable || r.billed)
                        test_fail(__FILE__, __LINE__, "row %zu: outcome %d, code '%s': %s", i,
                                  r.outcome, r.code, r.reason);
                CHECK_INT(r.retry_after_ms, refusals[i].status == 429 ? 7000 : -1);
                CHECK(token_is(&w, now_ms, NULL));
                provider_result_done(&r);
        }
        world_done(&w);
}

TEST(credentials_that_are_no_account_are_told_from_tokens) {
        static const struct {
                const char *text, *says;
        } rows[] = {
                {"{", "damaged"},
                {"{}", "service_account"},
                {"{\"type\":\"authorized_user\"}", "service_account"},
                {"{\"type\":\"service_account\"}", "lacks"},
                {"{\"type\":\"service_account\",\"client_email\":\"a\",\"private_key\":\"x\"}",
                 "no RSA key"},
                {"{\"type\":\"service_account\",\"client_email\":\"a\",\"private_key\":\"x\","
                 "\"token_uri\":\"http://evil.example/\"}",
                 "no https address"},
        };
        GoogleAuth *auth = NULL;
        Secret *token = secret_of("ya29.token");
        Err err = {0};

        CHECK_OK(google_auth_new(token, &auth, &err), &err);
        CHECK(!auth);
        (void) secret_free(token);
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                Secret *s = secret_of(rows[i].text);

                CHECK_INT(google_auth_new(s, &auth, &err), -EINVAL);
                CHECK_HAS(err_text(&err), rows[i].says);
                CHECK(!auth);
                (void) secret_free(s);
        }
}

TEST(a_key_of_another_kind_is_none) {
        EVP_PKEY *key = EVP_EC_gen("P-256");
        _cleanup_(freep) char *pem = account_pem(key), *document = account_document(pem, NULL);
        Secret *s = secret_of(document);
        GoogleAuth *auth = NULL;
        Err err = {0};

        CHECK_INT(google_auth_new(s, &auth, &err), -EINVAL);
        CHECK_HAS(err_text(&err), "no RSA key");
        CHECK(!strstr(err_text(&err), "BEGIN"));
        (void) secret_free(s);
        EVP_PKEY_free(key);
}

TEST(only_documents_have_lines) {
        Secret *s = NULL;
        Err err = {0};

        CHECK_INT(secret_new("a\nb", 3, &s, &err), -EINVAL);
        CHECK_INT(secret_new("", 0, &s, &err), -EINVAL);
        CHECK_INT(secret_new("{\x01}", 3, &s, &err), -EINVAL);
        CHECK_OK(secret_new("{\r\n\t}", 5, &s, &err), &err);
        (void) secret_free(s);
}

static int step_new(const World *w, const Secret *s) {
        GoogleAuth *auth = NULL;
        int r = google_auth_new(s, &auth, NULL);

        (void) w;
        CHECK_INT(r == 0, auth != NULL);
        (void) google_auth_free(auth);
        return r;
}

static int step_build(const World *w, const Secret *s) {
        ProviderCall call = {0};
        int r = google_auth_build(w->auth, now_ms, &call, NULL);

        (void) s;
        CHECK_INT(r == 0, call.http.url != NULL);
        provider_call_done(&call);
        return r;
}

static int step_parse(const World *w, const Secret *s) {
        static const char body[] = "{\"access_token\":\"a\",\"expires_in\":3600}";
        ProviderReply reply = {.status = 200, .envelope = body, .envelope_n = strlen(body)};
        ProviderResult result;
        int r = google_auth_parse(w->auth, &reply, now_ms, &result, NULL);

        (void) s;
        provider_result_done(&result);
        return r;
}

TEST(memory_may_run_out_anywhere) {
        static int (*const steps[])(const World *, const Secret *) = {step_new, step_build,
                                                                      step_parse};
        World w = world_new(NULL);
        _cleanup_(freep) char *document = account_document(w.pem, NULL);
        Secret *s = secret_of(document);

        for (size_t i = 0; i < ARRAY_LEN(steps); i++)
                for (unsigned n = 1;; n++) {
                        int r;

                        fault_arm(n, ENOMEM);
                        r = steps[i](&w, s);
                        if (!fault_disarm()) {
                                CHECK_INT(r, 0);
                                CHECK(n > 1);
                                break;
                        }
                        CHECK_INT(r, -ENOMEM);
                }
        (void) secret_free(s);
        world_done(&w);
}
