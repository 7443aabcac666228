/* SPDX-License-Identifier: MIT */

/*
 * Any bytes as an answer of the Interactions API, or as a handle out of a database. Input: one byte of settings, one
 * of HTTP status, then the body. Whatever comes, the result keeps the contract, and no handle that
 * is taken leads anywhere but below the provider's own address.
 */

#include "fuzz/provider_contract.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
        static const char *const bases[] = {"https://a.example/v1beta",
                                            "https://a.example/v1/publishers/google",
                                            "https://a.example/v1/projects/p/locations/l", ""};
        static const char params[] = "{\"seconds\":8}";
        _cleanup_(json_freep) Json *json = NULL;
        ProviderJob job = {.kind = KIND_VIDEO, .model = "m", .prompt = "p", .want = 1};

        if (n < 2 || n > REPLY_ENVELOPE_MAX)
                return 0;
        if (json_parse(params, strlen(params), &json, NULL) < 0)
                return 0;
        job.params = json;
        job.base_url = bases[data[0] & 3];
        fuzz_provider("omni", &job, data[0] & 4 ? "files/a 1 2 3" : "v1_a", data + 1, n - 1);
        return 0;
}
