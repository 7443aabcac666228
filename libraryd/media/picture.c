/* SPDX-License-Identifier: MIT */

#include "media/picture.h"

#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>

#include "media/decode.h"

/* cairo wants colours multiplied by their alpha. */
static void premultiply(cairo_surface_t *s) {
        uint8_t *data = cairo_image_surface_get_data(s);
        int w = cairo_image_surface_get_width(s), h = cairo_image_surface_get_height(s);
        int stride = cairo_image_surface_get_stride(s);

        for (int y = 0; y < h; y++)
                for (int x = 0; x < w; x++) {
                        uint8_t *p = data + (ptrdiff_t) y * stride + (ptrdiff_t) x * 4;

                        for (int i = 0; i < 3; i++)
                                p[i] = (uint8_t) ((p[i] * p[3] + 127) / 255);
                }
}

static int convert(const AVFrame *frame, cairo_surface_t *s, Err *err) {
        uint8_t *planes[4] = {cairo_image_surface_get_data(s)};
        int strides[4] = {cairo_image_surface_get_stride(s)};
        bool full;
        enum AVPixelFormat from = pixel_format_modern((enum AVPixelFormat) frame->format, &full);
        struct SwsContext *sws;
        int r;

        sws = sws_getContext(frame->width, frame->height, from, frame->width, frame->height,
                             AV_PIX_FMT_BGRA, SWS_BILINEAR | SWS_ACCURATE_RND, NULL, NULL, NULL);
        if (!sws)
                return err_set(err, -EBADMSG, "picture of an unusual pixel format");
        full = full || frame->color_range == AVCOL_RANGE_JPEG;
        (void) sws_setColorspaceDetails(sws, sws_getCoefficients(SWS_CS_ITU601), full,
                                        sws_getCoefficients(SWS_CS_ITU601), 1, 0, 1 << 16, 1 << 16);
        r = sws_scale(sws, (const uint8_t *const *) frame->data, frame->linesize, 0, frame->height,
                      planes, strides);
        sws_freeContext(sws);
        if (r != frame->height)
                return err_set(err, -EBADMSG, "picture of an unusual pixel format");
        return 0;
}

int picture_load(int fd, cairo_surface_t **ret, Err *err) {
        _cleanup_(frame_freep) AVFrame *frame = NULL;
        _cleanup_(surface_freep) cairo_surface_t *s = NULL;
        MediaType type;
        int r;

        assert(ret);

        av_log_set_level(AV_LOG_QUIET);
        r = still_decode(fd, &type, &frame, err);
        if (r < 0)
                return r;
        s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, frame->width, frame->height);
        if (cairo_surface_status(s) != CAIRO_STATUS_SUCCESS)
                return err_set(err, -ENOMEM, "picture needs too much memory");
        cairo_surface_flush(s);
        r = convert(frame, s, err);
        if (r < 0)
                return r;
        premultiply(s);
        cairo_surface_mark_dirty(s);
        *ret = TAKE_PTR(s);
        return 0;
}
