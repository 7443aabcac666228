/* SPDX-License-Identifier: MIT */

/* The reference pictures of a job: files, and assets of the library. Which asset is taken is known
 * once there is one (chain.c), and stands in the job's row before anything is sent. */

#include <sys/stat.h>

#include "base/fs.h"
#include "night/state.h"

/* The path of one reference: of a file, or of the asset's object. 0: it is not known yet. */
static int read_one(Item *item, const Json *entry) {
        const char *path = json_str(entry, "path"), *object = json_str(entry, "object");
        char *joined;

        if (path)
                return strv_add(&item->references, path) < 0 ? -ENOMEM : 1;
        if (!object)
                return json_str(entry, "recipe") && json_str(entry, "cell") ? 0 : -EBADMSG;
        joined = path_join(al_dir(item->night->lib), object);
        return joined && strv_take(&item->references, joined) >= 0 ? 1 : -ENOMEM;
}

/* Paths by what item->reference_list says. */
static int read_list(Item *item) {
        strv_done(&item->references);
        item->missing = 0;
        for (const Json *p = json_first(item->reference_list); p; p = json_next(p)) {
                int r = read_one(item, p);

                if (r < 0)
                        return r;
                item->missing += r == 0;
        }
        return 0;
}

int references_read(Item *item, Err *err) {
        const char *text = item->job.references;
        int r;

        if (!text || !*text)
                return 0;
        r = json_parse(text, strlen(text), &item->reference_list, err);
        if (r >= 0)
                r = read_list(item);
        return r < 0 ? err_prefix(err, r, "references of job '%s'", item->job.uid) : 0;
}

const Json *references_missing(const Item *item, const Json *after) {
        for (const Json *p = after ? json_next(after) : json_first(item->reference_list); p;
             p = json_next(p))
                if (!json_str(p, "path") && !json_str(p, "object"))
                        return p;
        return NULL;
}

/* The entry with what is known now. */
static int push_found(Json *list, const Json *entry, const AlAsset *asset) {
        const char *object = strrchr(asset->path, '/') + 1 - strlen("objects/ab/");
        Json *one = json_copy(entry);

        if (json_add_str(one, "asset", asset->id) < 0 ||
            json_add_str(one, "sha256", asset->sha256) < 0 ||
            json_add_str(one, "object", object) < 0) {
                (void) json_free(one);
                return -ENOMEM;
        }
        return json_push(list, one);
}

static bool is_of(const Json *entry, const char *recipe, const char *cell) {
        const char *r = json_str(entry, "recipe"), *c = json_str(entry, "cell");

        return !json_str(entry, "object") && r && c && streq(r, recipe) && streq(c, cell);
}

Json *references_with(const Item *item, const char *recipe, const char *cell,
                      const AlAsset *asset) {
        _cleanup_(json_freep) Json *list = json_new_array();
        int r = list ? 0 : -ENOMEM;

        for (const Json *p = json_first(item->reference_list); r >= 0 && p; p = json_next(p))
                r = is_of(p, recipe, cell) ? push_found(list, p, asset)
                                           : json_push(list, json_copy(p));
        return r < 0 ? NULL : TAKE_PTR(list);
}

int references_take(Item *item, Json *list) {
        (void) json_free(item->reference_list);
        item->reference_list = list;
        return read_list(item);
}

/* ---- sizes -------------------------------------------------------------------------------- */

static int too_large(const char *path, int64_t bytes, int64_t max, Err *err) {
        return err_set(err, -EINVAL,
                       "reference '%s' is too large: %lld bytes; the provider takes %lld", path,
                       (long long) bytes, (long long) max);
}

int references_fit(const Item *item, Err *err) {
        const Driver *driver = item->lane->driver;
        int64_t each = driver->reference_max ? driver->reference_max(item->params) : 0, sum = 0;

        for (size_t i = 0; i < item->references.n; i++) {
                const char *path = item->references.items[i];
                struct stat st;

                if (stat(path, &st) < 0)
                        return err_errno(err, -errno, "cannot read reference '%s'", path);
                sum += st.st_size;
                if (each > 0 && st.st_size > each)
                        return too_large(path, st.st_size, each, err);
                if (driver->references_max > 0 && sum > driver->references_max)
                        return err_set(err, -EINVAL,
                                       "the references are too large: more than %lld bytes "
                                       "together",
                                       (long long) driver->references_max);
        }
        return 0;
}
