/* SPDX-License-Identifier: MIT */

/*
 * A cell's request built and thrown away: what the driver refuses to express (too many references, a
 * length that does not go with a resolution) shows in the plan, and not in the night. Drivers are
 * pure, and read no file while they build.
 */

#include "plan/internal.h"

int cell_try_build(const PlanCell *cell, const CellProbe *probe, Err *err) {
        _cleanup_(provider_call_done) ProviderCall call = {0};
        _cleanup_(json_freep) Json *prepared = json_new_object();
        const Driver *driver;
        ProviderJob job;
        int r = 0;

        assert(cell);
        assert(probe);
        driver = driver_find(cell->provider->driver);
        assert(driver);
        if (!prepared)
                return -ENOMEM;
        job = (ProviderJob){
                .kind = cell->recipe->kind,
                .model = cell->recipe->model,
                .prompt = probe->prompt,
                .params = probe->params,
                .references = &probe->references,
                .want = cell_job_yield(cell),
                .max_chars = cell->recipe->max_chars,
                .seed = 1,
                .base_url = cell->provider->base_url,
                .prepared = prepared,
                .spec = &cell->provider->spec,
        };
        if (driver->build_prepare)
                r = driver->build_prepare(&job, &call, err);
        if (r == 0) /* else calls come first, whose answers the request needs */
                r = driver->build(&job, &call, err);
        return r < 0 ? r : 0;
}
