/* SPDX-License-Identifier: MIT */

#include "media/draw.h"

#include <stdio.h>

#include "base/strv.h"
#include "media/layout.h"
#include "media/picture.h"

typedef struct Layout {
        const char *name;
        void (*draw)(Ad *ad);
} Layout;

static const Layout layouts[] = {
        {"poster", layout_poster}, {"split", layout_split},       {"circle", layout_circle},
        {"frame", layout_frame},   {"diagonal", layout_diagonal},
};

/* Neighbouring seeds take turns, so that a stack of variants shows all of them. */
static int find_layout(const AdSpec *spec, const Layout **ret, Err *err) {
        const char *names[ARRAY_LEN(layouts)], *near;

        if (!spec->layout) {
                *ret = &layouts[(spec->seed ^ spec->seed >> 32) % ARRAY_LEN(layouts)];
                return 0;
        }
        for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
                names[i] = layouts[i].name;
                if (streq(spec->layout, layouts[i].name)) {
                        *ret = &layouts[i];
                        return 0;
                }
        }
        near = nearest_word(spec->layout, names, ARRAY_LEN(names));
        return err_set(err, -EINVAL, "unknown layout '%s'%s%s%s", spec->layout,
                       near ? ", did you mean '" : "", near ?: "", near ? "'?" : "");
}

typedef struct Output {
        int fd, error;
        off_t at;
} Output;

/* pwrite() leaves the offset to whoever reads the picture next. */
static cairo_status_t output_write(void *closure, const unsigned char *data, unsigned n) {
        Output *o = closure;

        while (n > 0) {
                ssize_t r = pwrite(o->fd, data, n, o->at);

                if (r < 0 && errno == EINTR)
                        continue;
                if (r <= 0) {
                        o->error = r < 0 ? -errno : -EIO;
                        return CAIRO_STATUS_WRITE_ERROR;
                }
                data += r;
                n -= (unsigned) r;
                o->at += r;
        }
        return CAIRO_STATUS_SUCCESS;
}

static int write_png(cairo_surface_t *surface, int fd, Err *err) {
        Output o = {.fd = fd};
        cairo_status_t status = cairo_surface_write_to_png_stream(surface, output_write, &o);

        if (o.error < 0)
                return err_errno(err, o.error, "cannot write the picture");
        if (status == CAIRO_STATUS_NO_MEMORY)
                return err_set(err, -ENOMEM, "picture needs too much memory");
        if (status != CAIRO_STATUS_SUCCESS)
                return err_set(err, -EIO, "cannot write the picture: %s",
                               cairo_status_to_string(status));
        if (ftruncate(fd, o.at) < 0 && errno != EINVAL) /* EINVAL: a device, which has no length */
                return err_errno(err, -errno, "cannot write the picture");
        return 0;
}

static int load_picture(const char *what, bool wanted, int fd, cairo_surface_t **ret, Err *err) {
        int r;

        if (!wanted)
                return 0;
        if (fd < 0)
                return err_set(err, -EINVAL, "'%s' did not come along", what);
        r = picture_load(fd, ret, err);
        if (r == -EBADMSG || r == -EFBIG)
                r = -EINVAL;
        if (r < 0 && err)
                err->code = r;
        return r < 0 ? err_prefix(err, r, "'%s'", what) : 0;
}

static int check_cairo(const Ad *ad, Err *err) {
        cairo_status_t status = cairo_status(ad->cr);

        if (status == CAIRO_STATUS_SUCCESS)
                status = cairo_surface_status(ad->surface);
        if (status == CAIRO_STATUS_SUCCESS)
                return 0;
        return err_set(err, status == CAIRO_STATUS_NO_MEMORY ? -ENOMEM : -EIO, "cannot draw: %s",
                       cairo_status_to_string(status));
}

static int draw_surface(Ad *ad, const Layout *layout, int fd, Err *err) {
        int r;

        ad->surface =
                cairo_image_surface_create(CAIRO_FORMAT_RGB24, ad->spec->width, ad->spec->height);
        ad->cr = cairo_create(ad->surface);
        r = check_cairo(ad, err);
        if (r >= 0) {
                ad_measure(ad);
                layout->draw(ad);
                r = check_cairo(ad, err);
        }
        if (r >= 0) {
                cairo_surface_flush(ad->surface);
                r = write_png(ad->surface, fd, err);
        }
        cairo_destroy(ad->cr);
        cairo_surface_destroy(ad->surface);
        return r;
}

int draw_ad(const Json *instructions, const DrawFiles *files, DrawResult *ret, Err *err) {
        _cleanup_(surface_freep) cairo_surface_t *logo = NULL, *photo = NULL;
        const Layout *layout = NULL;
        AdSpec spec = {0};
        Ad ad = {.spec = &spec};
        int r;

        assert(files && files->output >= 0);
        assert(ret);

        r = spec_parse(instructions, &spec, err);
        if (r >= 0)
                r = find_layout(&spec, &layout, err);
        if (r >= 0)
                r = load_picture("logo", spec.has_logo, files->logo, &logo, err);
        if (r >= 0)
                r = load_picture("photo", spec.has_photo, files->photo, &photo, err);
        if (r < 0)
                return r;
        ad.logo = logo;
        ad.photo = photo;
        r = draw_surface(&ad, layout, files->output, err);
        if (r < 0)
                return r;
        *ret = (DrawResult){.width = spec.width,
                            .height = spec.height,
                            .overflow = ad.overflow,
                            .contrast = ad.contrast,
                            .left = ad.left,
                            .top = ad.top,
                            .right = ad.right,
                            .bottom = ad.bottom};
        (void) snprintf(ret->layout, sizeof ret->layout, "%s", layout->name);
        return 0;
}
