/* SPDX-License-Identifier: MIT */

#include "media/decode.h"

#include <sys/stat.h>

#include "media/info.h"

int decode_error(int averror, const char *what, Err *err) {
        char text[AV_ERROR_MAX_STRING_SIZE] = "";

        assert(averror < 0);
        if (averror == AVERROR(ENOMEM))
                return err_set(err, -ENOMEM, "%s needs too much memory", what);
        if (av_strerror(averror, text, sizeof text) < 0)
                text[0] = 0;
        return err_set(err, -EBADMSG, "damaged %s: %s", what,
                       text[0] ? text : "it does not decode");
}

enum AVPixelFormat pixel_format_modern(enum AVPixelFormat f, bool *full_range) {
        assert(full_range);
        *full_range = true;
        switch ((int) f) {
        case AV_PIX_FMT_YUVJ420P:
                return AV_PIX_FMT_YUV420P;
        case AV_PIX_FMT_YUVJ422P:
                return AV_PIX_FMT_YUV422P;
        case AV_PIX_FMT_YUVJ444P:
                return AV_PIX_FMT_YUV444P;
        case AV_PIX_FMT_YUVJ440P:
                return AV_PIX_FMT_YUV440P;
        default:
                *full_range = false;
                return f;
        }
}

int decoder_open(enum AVCodecID id, const AVCodecParameters *parameters, AVCodecContext **ret,
                 Err *err) {
        _cleanup_(codec_freep) AVCodecContext *c = NULL;
        const AVCodec *codec = avcodec_find_decoder(id);
        int r;

        assert(ret);

        if (!codec)
                return err_set(err, -EBADMSG, "no decoder for %s", avcodec_get_name(id));
        c = avcodec_alloc_context3(codec);
        if (!c)
                return decode_error(AVERROR(ENOMEM), codec->name, err);
        if (parameters) {
                r = avcodec_parameters_to_context(c, parameters);
                if (r < 0)
                        return decode_error(r, codec->name, err);
        }
        c->thread_count = 1;
        c->max_pixels = MEDIA_PIXELS_MAX;
        c->err_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_BUFFER | AV_EF_EXPLODE;
        c->error_concealment = 0;
        r = avcodec_open2(c, codec, NULL);
        if (r < 0)
                return decode_error(r, codec->name, err);
        *ret = TAKE_PTR(c);
        return 0;
}

static int take_frames(AVCodecContext *decoder, AVFrame *frame,
                       int (*each)(const AVFrame *, void *), void *userdata, int64_t *frames,
                       Err *err) {
        for (;;) {
                Shape shape;
                int r = avcodec_receive_frame(decoder, frame);

                if (r == AVERROR(EAGAIN) || r == AVERROR_EOF)
                        return 0;
                if (r < 0)
                        return decode_error(r, decoder->codec->name, err);
                if (frame->decode_error_flags || frame->flags & AV_FRAME_FLAG_CORRUPT)
                        return err_set(err, -EBADMSG, "damaged %s: a frame is corrupt",
                                       decoder->codec->name);
                shape = (Shape){frame->width, frame->height};
                r = shape_check(&shape, err);
                if (r >= 0 && each)
                        r = each(frame, userdata);
                if (r < 0)
                        return r;
                if (++*frames > MEDIA_FRAMES_MAX)
                        return err_set(err, -EFBIG, "more than %d frames", (int) MEDIA_FRAMES_MAX);
        }
}

int decoder_feed(AVCodecContext *decoder, const AVPacket *packet,
                 int (*each)(const AVFrame *, void *), void *userdata, int64_t *frames, Err *err) {
        _cleanup_(frame_freep) AVFrame *frame = av_frame_alloc();
        int r;

        assert(decoder);
        assert(frames);

        if (!frame)
                return decode_error(AVERROR(ENOMEM), decoder->codec->name, err);
        r = avcodec_send_packet(decoder, packet);
        if (r == AVERROR(EAGAIN)) { /* it wants to be emptied first */
                r = take_frames(decoder, frame, each, userdata, frames, err);
                if (r < 0)
                        return r;
                r = avcodec_send_packet(decoder, packet);
        }
        if (r < 0 && r != AVERROR_EOF)
                return decode_error(r, decoder->codec->name, err);
        return take_frames(decoder, frame, each, userdata, frames, err);
}

int media_open(int fd, uint64_t *ret_size, MediaType *ret_type, Err *err) {
        uint8_t head[SNIFF_BYTES];
        struct stat st;
        ssize_t n;

        assert(ret_size);
        assert(ret_type);

        if (fstat(fd, &st) < 0)
                return err_errno(err, -errno, "cannot read the file");
        if (!S_ISREG(st.st_mode))
                return err_set(err, -EBADMSG, "not a regular file");
        if (st.st_size == 0)
                return err_set(err, -EBADMSG, "empty file");
        n = pread(fd, head, sizeof head, 0);
        if (n < 0)
                return err_errno(err, -errno, "cannot read the file");
        *ret_size = (uint64_t) st.st_size;
        *ret_type = sniff(head, (size_t) n);
        if (*ret_type == MEDIA_UNKNOWN)
                return err_set(err, -EBADMSG,
                               "not a picture or video of a known kind (png, jpeg, webp, gif, mp4, "
                               "mov, webm)");
        return 0;
}

int media_read(int fd, uint64_t size, uint8_t **ret, size_t *ret_n, Err *err) {
        _cleanup_(freep) uint8_t *data = NULL;
        size_t n = 0;

        assert(ret);
        assert(ret_n);

        if (size > MEDIA_BYTES_MAX)
                return err_set(err, -EFBIG, "picture file beyond %d bytes", (int) MEDIA_BYTES_MAX);
        data = calloc(1, (size_t) size + AV_INPUT_BUFFER_PADDING_SIZE);
        if (!data)
                return err_errno(err, -ENOMEM, "cannot read the file");
        while (n < size) {
                ssize_t r = pread(fd, data + n, (size_t) size - n, (off_t) n);

                if (r < 0 && errno == EINTR)
                        continue;
                if (r < 0)
                        return err_errno(err, -errno, "cannot read the file");
                if (r == 0)
                        break; /* it shrank while we read: the walk will see */
                n += (size_t) r;
        }
        *ret = TAKE_PTR(data);
        *ret_n = n;
        return 0;
}

static int walk(MediaType type, uint8_t *data, size_t *n, Shape *ret, Err *err) {
        switch (type) {
        case MEDIA_PNG:
                return png_walk(data, n, ret, err);
        case MEDIA_JPEG:
                return jpeg_walk(data, *n, ret, err);
        case MEDIA_WEBP:
                return webp_walk(data, *n, ret, err);
        case MEDIA_GIF:
        case MEDIA_MP4:
        case MEDIA_MOV:
        case MEDIA_WEBM:
        case MEDIA_UNKNOWN:
        case _MEDIA_TYPE_MAX:
        case _MEDIA_TYPE_INVALID:
                return err_set(err, -EBADMSG, "not a still png, jpeg or webp");
        }
        assert_not_reached();
        return -EBADMSG;
}

static enum AVCodecID codec_of(MediaType type) {
        return type == MEDIA_PNG    ? AV_CODEC_ID_PNG
               : type == MEDIA_JPEG ? AV_CODEC_ID_MJPEG
                                    : AV_CODEC_ID_WEBP;
}

static int keep_frame(const AVFrame *frame, void *userdata) {
        AVFrame *kept = userdata;

        if (kept->data[0])
                return 0;
        return av_frame_ref(kept, frame) < 0 ? -ENOMEM : 0;
}

static int decode_whole(MediaType type, uint8_t *data, size_t n, AVFrame *ret, Err *err) {
        _cleanup_(codec_freep) AVCodecContext *decoder = NULL;
        _cleanup_(packet_freep) AVPacket *packet = av_packet_alloc();
        int64_t frames = 0;
        int r;

        if (!packet)
                return err_errno(err, -ENOMEM, "cannot decode");
        r = decoder_open(codec_of(type), NULL, &decoder, err);
        if (r < 0)
                return r;
        packet->data = data;
        packet->size = (int) n; /* at most MEDIA_BYTES_MAX */
        packet->flags = AV_PKT_FLAG_KEY;
        r = decoder_feed(decoder, packet, keep_frame, ret, &frames, err);
        if (r >= 0)
                r = decoder_feed(decoder, NULL, keep_frame, ret, &frames, err);
        if (r < 0)
                return r;
        if (frames == 0)
                return err_set(err, -EBADMSG, "damaged %s: no pixels", media_type_ext(type));
        return 0;
}

int still_decode(int fd, MediaType *ret_type, AVFrame **ret, Err *err) {
        _cleanup_(frame_freep) AVFrame *frame = NULL;
        _cleanup_(freep) uint8_t *data = NULL;
        MediaType type = MEDIA_UNKNOWN;
        uint64_t size = 0;
        size_t n = 0;
        Shape shape;
        int r;

        assert(ret_type);
        assert(ret);

        r = media_open(fd, &size, &type, err);
        if (r >= 0)
                r = media_read(fd, size, &data, &n, err);
        if (r >= 0)
                r = walk(type, data, &n, &shape, err);
        if (r < 0)
                return r;
        memset(data + n, 0, AV_INPUT_BUFFER_PADDING_SIZE); /* the walk may have shortened it */
        frame = av_frame_alloc();
        if (!frame)
                return err_errno(err, -ENOMEM, "cannot decode");
        r = decode_whole(type, data, n, frame, err);
        if (r < 0)
                return r;
        if (frame->width != shape.width || frame->height != shape.height)
                return err_set(err, -EBADMSG, "damaged %s: it is not the size it says",
                               media_type_ext(type));
        *ret_type = type;
        *ret = TAKE_PTR(frame);
        return 0;
}
