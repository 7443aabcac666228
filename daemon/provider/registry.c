/* SPDX-License-Identifier: MIT */

/* The drivers there are. A new provider is one file and one row here. */

#include "provider/driver.h"

static const Driver *const drivers[] = {
        &driver_comfyui,     &driver_exec,      &driver_fal,    &driver_gemini,
        &driver_http,        &driver_local,     &driver_omni,   &driver_openai_image,
        &driver_openai_text, &driver_replicate, &driver_runway, &driver_veo,
};

const Driver *driver_find(const char *name) {
        assert(name);

        for (size_t i = 0; i < ARRAY_LEN(drivers); i++)
                if (streq(drivers[i]->name, name))
                        return drivers[i];
        return NULL;
}

const Driver *const *driver_all(size_t *ret_n) {
        assert(ret_n);

        *ret_n = ARRAY_LEN(drivers);
        return drivers;
}

const ParamSpec *param_find(const ParamSpec *params, size_t n, const char *name, AssetKind kind) {
        assert(params || n == 0);
        assert(name);
        assert(kind >= 0 && kind < _KIND_MAX);

        for (size_t i = 0; i < n; i++)
                if (streq(params[i].name, name) && (params[i].kinds & (1u << kind)))
                        return &params[i];
        return NULL;
}

const ParamSpec *driver_param(const Driver *driver, const char *name, AssetKind kind) {
        assert(driver);

        return param_find(driver->params, driver->n_params, name, kind);
}

bool driver_needs_key(const Driver *driver, const char *base_url) {
        assert(driver);

        if (!driver->needs_credential || driver->credential_optional)
                return false;
        if (!driver->credential_for_default || !base_url)
                return true;
        return driver->default_base_url && url_same_origin(base_url, driver->default_base_url);
}
