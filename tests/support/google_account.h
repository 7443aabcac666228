/* SPDX-License-Identifier: MIT */
#pragma once

/* A service account whose key is made on the spot: no private key lies in the tree. */

#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/json.h"

static inline EVP_PKEY *account_key(void) {
        return EVP_RSA_gen(2048);
}

/* The key in PEM form; caller frees. */
static inline char *account_pem(EVP_PKEY *key) {
        BIO *bio = BIO_new(BIO_s_mem());
        char *data, *copy;
        long n;

        if (!bio || PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
                return NULL;
        n = BIO_get_mem_data(bio, &data);
        copy = strndup(data, (size_t) n);
        (void) BIO_free(bio);
        return copy;
}

/* The JSON document as the provider's console hands it out; caller frees. pem is borrowed. */
static inline char *account_document(const char *pem, const char *token_uri) {
        _cleanup_(json_freep) Json *j = json_new_object();

        (void) json_add_str(j, "type", "service_account");
        (void) json_add_str(j, "private_key_id", "kid-1");
        (void) json_add_str(j, "private_key", pem);
        (void) json_add_str(j, "client_email", "night@acme.iam.gserviceaccount.com");
        if (token_uri)
                (void) json_add_str(j, "token_uri", token_uri);
        return json_print_pretty(j);
}
