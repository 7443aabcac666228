/* SPDX-License-Identifier: MIT */

#include "net/google_token.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

enum {
        RSA_BITS_MIN = 2048,
        TOKEN_MAX = 8 * 1024,
        LIFE_MIN_S = 60,        /* shorter ones would be asked for without end */
        LIFE_MAX_S = 24 * 3600, /* longer ones are not believed */
};

#define SCOPE "https://www.googleapis.com/auth/cloud-platform"
#define GRANT "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion="
#define DEFAULT_TOKEN_URI "https://oauth2.googleapis.com/token"

struct GoogleAuth {
        char *email, *token_uri, *key_id; /* key_id may be NULL */
        EVP_PKEY *key;
        Secret *token;
        int64_t expires_ms;
};

GoogleAuth *google_auth_free(GoogleAuth *a) {
        if (a) {
                free(a->email);
                free(a->token_uri);
                free(a->key_id);
                EVP_PKEY_free(a->key);
                (void) secret_free(a->token);
                free(a);
        }
        return NULL;
}

/* ---- the account ---- */

/* Nobody is asked for a pass phrase: an encrypted key is no key of a service account. */
static int no_pass_phrase(char *buf, int size, int rwflag, void *userdata) {
        (void) buf;
        (void) size;
        (void) rwflag;
        (void) userdata;
        return -1;
}

static EVP_PKEY *read_key(const char *pem) {
        BIO *bio = BIO_new_mem_buf(pem, -1);
        EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL) : NULL;

        (void) BIO_free(bio);
        if (key && (EVP_PKEY_base_id(key) != EVP_PKEY_RSA || EVP_PKEY_bits(key) < RSA_BITS_MIN)) {
                EVP_PKEY_free(key);
                return NULL;
        }
        return key;
}

static int take_text(const Json *document, const char *name, const char *fallback, char **ret) {
        const char *text = json_str(document, name);

        text = text && *text ? text : fallback;
        *ret = text ? strdup(text) : NULL;
        return text && !*ret ? -ENOMEM : 0;
}

static int read_account(const Json *document, GoogleAuth *a, Err *err) {
        const char *type = json_str(document, "type"), *pem = json_str(document, "private_key");
        int r;

        if (!type || !streq(type, "service_account"))
                return err_set(err, -EINVAL,
                               "the credential is a JSON document, but not the key of a service "
                               "account: its 'type' must be 'service_account'");
        r = take_text(document, "client_email", NULL, &a->email);
        if (r >= 0)
                r = take_text(document, "token_uri", DEFAULT_TOKEN_URI, &a->token_uri);
        if (r >= 0)
                r = take_text(document, "private_key_id", NULL, &a->key_id);
        if (r < 0)
                return err_errno(err, r, "cannot read the credential");
        if (!a->email || !pem)
                return err_set(err, -EINVAL,
                               "the credential lacks 'client_email' or 'private_key'");
        if (!url_may_fetch(a->token_uri))
                return err_set(err, -EINVAL, "the credential's 'token_uri' is no https address");
        a->key = read_key(pem);
        if (!a->key)
                return err_set(err, -EINVAL,
                               "the credential's 'private_key' is no RSA key of %d bits or more in "
                               "PEM form",
                               RSA_BITS_MIN);
        return 0;
}

int google_auth_new(const Secret *credential, GoogleAuth **ret, Err *err) {
        _cleanup_(google_auth_freep) GoogleAuth *a = NULL;
        _cleanup_(json_freep) Json *document = NULL;
        const char *text;
        size_t n;
        int r;

        assert(credential);
        assert(ret);

        if (!secret_is_document(credential)) {
                *ret = NULL;
                return 0;
        }
        text = secret_text(credential, &n);
        r = json_parse(text, n, &document, NULL);
        if (r == -ENOMEM)
                return err_errno(err, r, "cannot read the credential");
        if (r < 0)
                return err_set(err, -EINVAL, "the credential is a damaged JSON document");
        a = calloc(1, sizeof *a);
        if (!a)
                return err_errno(err, -ENOMEM, "cannot read the credential");
        r = read_account(document, a, err);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(a);
        return 0;
}

/* ---- the assertion ---- */

/* Base64 in the alphabet of addresses, without padding. */
static int put_base64url(StrBuf *b, const void *data, size_t n) {
        _cleanup_(freep) unsigned char *out = malloc(4 * (n / 3 + 1) + 1);
        int k;

        if (!out || n > INT32_MAX / 2)
                return -ENOMEM;
        k = EVP_EncodeBlock(out, data, (int) n);
        for (int i = 0; i < k && out[i] != '='; i++)
                (void) strbuf_putc(b, out[i] == '+' ? '-' : out[i] == '/' ? '_' : (char) out[i]);
        return b->error;
}

static int put_json_part(StrBuf *b, Json *value) {
        _cleanup_(json_freep) Json *owned = value;
        _cleanup_(freep) char *text = owned ? json_print(owned) : NULL;

        return text ? put_base64url(b, text, strlen(text)) : -ENOMEM;
}

static Json *header_of(const GoogleAuth *a) {
        Json *j = json_new_object();

        (void) json_add_str(j, "alg", "RS256");
        (void) json_add_str(j, "typ", "JWT");
        if (a->key_id)
                (void) json_add_str(j, "kid", a->key_id);
        return j;
}

static Json *claims_of(const GoogleAuth *a, int64_t now_wall_ms) {
        Json *j = json_new_object();

        (void) json_add_str(j, "iss", a->email);
        (void) json_add_str(j, "scope", SCOPE);
        (void) json_add_str(j, "aud", a->token_uri);
        (void) json_add_int(j, "iat", now_wall_ms / 1000);
        (void) json_add_int(j, "exp", now_wall_ms / 1000 + GOOGLE_ASSERTION_S);
        return j;
}

static int sign(const GoogleAuth *a, StrBuf *jwt, size_t from) {
        EVP_MD_CTX *ctx = EVP_MD_CTX_new();
        _cleanup_(freep) unsigned char *signature = NULL;
        size_t n = 0;
        int r = -ENOMEM;

        if (ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, a->key) == 1 &&
            EVP_DigestSign(ctx, NULL, &n, (const unsigned char *) jwt->data + from,
                           jwt->len - from) == 1)
                signature = malloc(n);
        if (signature &&
            EVP_DigestSign(ctx, signature, &n, (const unsigned char *) jwt->data + from,
                           jwt->len - from) == 1)
                r = strbuf_putc(jwt, '.');
        EVP_MD_CTX_free(ctx);
        return r < 0 ? r : put_base64url(jwt, signature, n);
}

/* The form of a token request: the grant, then header.claims.signature. */
static int build_form(const GoogleAuth *a, int64_t now_wall_ms, HttpCall *http) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(SECRET_MAX);
        size_t from;
        int r;

        (void) strbuf_puts(&b, GRANT);
        from = b.len;
        r = put_json_part(&b, header_of(a));
        if (r >= 0)
                r = strbuf_putc(&b, '.');
        if (r >= 0)
                r = put_json_part(&b, claims_of(a, now_wall_ms));
        if (r >= 0)
                r = sign(a, &b, from);
        if (r < 0)
                return r;
        http->body = calloc(1, sizeof *http->body);
        if (!http->body)
                return -ENOMEM;
        http->n_body = 1;
        http->body[0].n = b.len;
        http->body[0].text = strbuf_take(&b);
        return http->body[0].text ? 0 : -ENOMEM;
}

int google_auth_build(const GoogleAuth *a, int64_t now_wall_ms, ProviderCall *ret, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {.type = CALL_HTTP};
        HttpCall *http = &call.http;
        int r;

        assert(a);
        assert(ret);

        http->method = "POST";
        http->url = strdup(a->token_uri);
        r = http->url ? strv_add(&http->headers, "Content-Type: application/x-www-form-urlencoded")
                      : -ENOMEM;
        if (r >= 0)
                r = build_form(a, now_wall_ms, http);
        if (r < 0)
                return err_errno(err, r, "cannot ask for an access token");
        *ret = call;
        call = (ProviderCall){0};
        return 0;
}

/* ---- the token ---- */

const Secret *google_auth_token(const GoogleAuth *a, int64_t now_wall_ms) {
        assert(a);

        return a->token && now_wall_ms < a->expires_ms ? a->token : NULL;
}

void google_auth_drop(GoogleAuth *a) {
        assert(a);

        a->token = secret_free(a->token);
}

/* {"error": "invalid_grant", "error_description": "..."} */
static void refused(const ProviderReply *reply, const Json *body, ProviderResult *ret) {
        const char *code = json_str(body, "error"), *text = json_str(body, "error_description");
        bool throttled = reply->status == 429;
        bool transient = reply->status == 408 || reply->status >= 500 || reply->status < 400;
        Outcome outcome = throttled   ? OUTCOME_THROTTLED
                          : transient ? OUTCOME_TRANSIENT
                                      : OUTCOME_CREDENTIALS;

        provider_result_set(ret, outcome, throttled || transient, false, code ? code : "TOKEN",
                            "no access token for the service account: HTTP %d: %s", reply->status,
                            text ? text : "no message");
        ret->retry_after_ms = reply->retry_after_ms;
}

static bool token_is_good(const char *token, size_t n) {
        for (size_t i = 0; i < n; i++)
                if (token[i] <= ' ' || token[i] > '~')
                        return false;
        return n > 0 && n <= TOKEN_MAX;
}

/* A margin before its end, but half of a short life at most. */
static int64_t usable_ms(int64_t life_s) {
        return life_s * 1000 - MIN_OF((int64_t) GOOGLE_TOKEN_MARGIN_MS, life_s * 500);
}

static int take_token(GoogleAuth *a, const Json *body, int64_t now_wall_ms, ProviderResult *ret,
                      Err *err) {
        const char *token = json_str(body, "access_token"), *type = json_str(body, "token_type");
        Secret *secret;
        int64_t life = 0;
        int r;

        if (!token || !token_is_good(token, strlen(token)) ||
            (type && strcasecmp(type, "Bearer") != 0) || !json_int(body, "expires_in", &life) ||
            life < LIFE_MIN_S) {
                provider_result_set(ret, OUTCOME_TRANSIENT, true, false, "TOKEN",
                                    "the answer to the request for an access token holds none");
                return 1;
        }
        r = secret_new(token, strlen(token), &secret, err);
        if (r < 0)
                return r;
        google_auth_drop(a);
        a->token = secret;
        a->expires_ms = now_wall_ms + usable_ms(MIN_OF(life, (int64_t) LIFE_MAX_S));
        return 0;
}

int google_auth_parse(GoogleAuth *a, const ProviderReply *reply, int64_t now_wall_ms,
                      ProviderResult *ret, Err *err) {
        _cleanup_(json_freep) Json *body = NULL;
        int r;

        assert(a);
        assert(reply);
        assert(reply->envelope);
        assert(ret);

        provider_result_init(ret);
        r = json_parse(reply->envelope, reply->envelope_n, &body, NULL);
        if (r == -ENOMEM)
                return err_errno(err, r, "cannot read the access token");
        if (reply->status < 200 || reply->status > 299) {
                refused(reply, body, ret);
                return 1;
        }
        return take_token(a, body, now_wall_ms, ret, err);
}
