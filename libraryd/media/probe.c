/* SPDX-License-Identifier: MIT */

#include "media/probe.h"

#include <stdio.h>

#include "media/decode.h"
#include "media/look.h"
#include "media/video.h"

static int probe_still(int fd, VideoInfo *ret, Err *err) {
        _cleanup_(frame_freep) AVFrame *frame = NULL;
        MediaType type;
        int r;

        r = still_decode(fd, &type, &frame, err);
        if (r < 0)
                return r;
        ret->shape = (Shape){frame->width, frame->height};
        return look_add(frame, &ret->look, err);
}

static int walk_frames(int fd, MediaType type, uint64_t size, Err *err) {
        _cleanup_(freep) uint8_t *data = NULL;
        Shape shape;
        size_t n;
        int r;

        if (type == MEDIA_WEBM)
                return webm_walk(fd, size, err);
        if (type != MEDIA_GIF)
                return iso_walk(fd, size, err);
        r = media_read(fd, size, &data, &n, err);
        if (r < 0)
                return r;
        return gif_walk(data, n, &shape, err);
}

static void fill(MediaType type, const VideoInfo *v, MediaInfo *ret) {
        *ret = (MediaInfo){.width = v->shape.width,
                           .height = v->shape.height,
                           .duration_ms = v->duration_ms,
                           .look = v->look};
        (void) snprintf(ret->media_type, sizeof ret->media_type, "%s", media_type_name(type));
        (void) snprintf(ret->ext, sizeof ret->ext, "%s", media_type_ext(type));
}

int probe_fd(int fd, MediaInfo *ret, Err *err) {
        MediaType type = MEDIA_UNKNOWN;
        VideoInfo v = {0};
        uint64_t size = 0;
        int r;

        assert(fd >= 0);
        assert(ret);

        av_log_set_level(AV_LOG_QUIET); /* our own sentence says what is wrong */
        r = media_open(fd, &size, &type, err);
        if (r < 0)
                return r;
        if (type == MEDIA_GIF || media_type_is_video(type)) {
                r = walk_frames(fd, type, size, err);
                if (r >= 0)
                        r = video_decode(fd, type, size, &v, err);
        } else
                r = probe_still(fd, &v, err);
        if (r < 0)
                return r;
        fill(type, &v, ret);
        return 0;
}
