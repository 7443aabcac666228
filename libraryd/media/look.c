/* SPDX-License-Identifier: MIT */

#include "media/look.h"

#include <libavutil/imgutils.h>
#include <libswscale/swscale.h>

enum {
        DIRECT_MAX =
                8192, /* sides beyond it are scaled in two steps: a filter has at most 256 taps */
        MIDDLE_SIDE = 1024,
        RGBA = 4,
};

static void sws_freep(struct SwsContext **p) {
        sws_freeContext(*p);
}

static int scale(const uint8_t *const *from, const int *strides, int w, int h,
                 enum AVPixelFormat format, bool full_range, int side, uint8_t *to, Err *err) {
        _cleanup_(sws_freep) struct SwsContext *sws = sws_getContext(
                w, h, format, side, side, AV_PIX_FMT_RGBA, SWS_AREA, NULL, NULL, NULL);
        uint8_t *planes[4] = {to};
        int out[4] = {side * RGBA};

        if (!sws)
                return err_set(err, -EBADMSG, "picture of an unusual pixel format");
        (void) sws_setColorspaceDetails(sws, sws_getCoefficients(SWS_CS_ITU601), full_range,
                                        sws_getCoefficients(SWS_CS_ITU601), 1, 0, 1 << 16, 1 << 16);
        if (sws_scale(sws, from, strides, 0, h, planes, out) != side)
                return err_set(err, -EBADMSG, "picture of an unusual pixel format");
        return 0;
}

static int scale_frame(const AVFrame *frame, int side, uint8_t *to, Err *err) {
        bool full;
        enum AVPixelFormat format = pixel_format_modern((enum AVPixelFormat) frame->format, &full);

        full = full || frame->color_range == AVCOL_RANGE_JPEG;
        return scale((const uint8_t *const *) frame->data, frame->linesize, frame->width,
                     frame->height, format, full, side, to, err);
}

/* Through a smaller picture: a poster of 16384 x 16384 has 256 pixels for each of ours. */
static int scale_large(const AVFrame *frame, uint8_t *to, Err *err) {
        _cleanup_(freep) uint8_t *middle = malloc((size_t) MIDDLE_SIDE * MIDDLE_SIDE * RGBA);
        const uint8_t *planes[4] = {middle};
        int strides[4] = {MIDDLE_SIDE * RGBA};
        int r;

        if (!middle)
                return err_errno(err, -ENOMEM, "cannot look at the picture");
        r = scale_frame(frame, MIDDLE_SIDE, middle, err);
        return r < 0 ? r
                     : scale(planes, strides, MIDDLE_SIDE, MIDDLE_SIDE, AV_PIX_FMT_RGBA, true,
                             FINGERPRINT_PIXELS, to, err);
}

int look_add(const AVFrame *frame, Fingerprint *f, Err *err) {
        enum { N = FINGERPRINT_PIXELS * FINGERPRINT_PIXELS };
        uint8_t rgba[N * RGBA], rgb[N * 3];
        int r;

        assert(frame && f);
        if (frame->width > DIRECT_MAX || frame->height > DIRECT_MAX)
                r = scale_large(frame, rgba, err);
        else
                r = scale_frame(frame, FINGERPRINT_PIXELS, rgba, err);
        if (r < 0)
                return r;
        for (int i = 0; i < N; i++)
                for (int c = 0; c < 3; c++) {
                        int alpha = rgba[RGBA * i + 3];

                        rgb[3 * i + c] = (uint8_t) ((rgba[RGBA * i + c] * alpha +
                                                     255 * (255 - alpha) + 127) /
                                                    255);
                }
        fingerprint_add(f, rgb, frame->width, frame->height);
        return 0;
}
