/* SPDX-License-Identifier: MIT */

#include "media/video.h"

#include <libavformat/avformat.h>
#include <stdio.h>

#include "media/info.h"
#include "media/look.h"

enum {
        IO_BUFFER = 64 * 1024,
        PROBE_BYTES = 4 * 1024 * 1024, /* what libav may read to find its streams */
};

/* The file as libav sees it; outlives the context. */
typedef struct Input {
        int fd;
        int64_t size, at;
        AVIOContext *io;
        AVFormatContext *format;
        AVCodecContext *decoder;
        AVPacket *packet;
        int stream;
        int64_t frames;
} Input;

static void input_done(Input *in) {
        avcodec_free_context(&in->decoder);
        av_packet_free(&in->packet);
        avformat_close_input(&in->format); /* AVFMT_FLAG_CUSTOM_IO: io stays ours */
        if (in->io)
                av_freep(&in->io->buffer);
        avio_context_free(&in->io);
}

static int input_read(void *opaque, uint8_t *buf, int n) {
        Input *in = opaque;
        ssize_t r;

        do
                r = pread(in->fd, buf, (size_t) n, in->at);
        while (r < 0 && errno == EINTR);
        if (r < 0)
                return AVERROR(errno);
        in->at += r;
        return r == 0 ? AVERROR_EOF : (int) r;
}

static int64_t input_seek(void *opaque, int64_t offset, int whence) {
        Input *in = opaque;

        switch (whence & ~AVSEEK_FORCE) {
        case AVSEEK_SIZE:
                return in->size;
        case SEEK_CUR:
                offset += in->at;
                break;
        case SEEK_END:
                offset += in->size;
                break;
        case SEEK_SET:
                break;
        default:
                return AVERROR(EINVAL);
        }
        if (offset < 0 || offset > in->size)
                return AVERROR(EINVAL);
        in->at = offset;
        return offset;
}

static const char *demuxer_of(MediaType type) {
        return type == MEDIA_GIF ? "gif" : type == MEDIA_WEBM ? "matroska" : "mov";
}

/* Opens with the demuxer the first bytes call for: libav's own guessing is never asked. */
static int input_open(Input *in, MediaType type, Err *err) {
        const AVInputFormat *demuxer = av_find_input_format(demuxer_of(type));
        AVDictionary *options = NULL;
        uint8_t *buffer;
        int r;

        if (!demuxer)
                return err_set(err, -EBADMSG, "no reader for %s", media_type_name(type));
        buffer = av_malloc(IO_BUFFER);
        if (!buffer)
                return err_errno(err, -ENOMEM, "cannot decode");
        in->io = avio_alloc_context(buffer, IO_BUFFER, 0, in, input_read, NULL, input_seek);
        if (!in->io) {
                av_free(buffer);
                return err_errno(err, -ENOMEM, "cannot decode");
        }
        in->format = avformat_alloc_context();
        in->packet = av_packet_alloc();
        if (!in->format || !in->packet)
                return err_errno(err, -ENOMEM, "cannot decode");
        in->format->pb = in->io;
        in->format->flags |= AVFMT_FLAG_CUSTOM_IO;
        in->format->error_recognition = AV_EF_CRCCHECK | AV_EF_BITSTREAM | AV_EF_EXPLODE;
        in->format->probesize = PROBE_BYTES;
        (void) av_dict_set(&options, "enable_drefs", "0", 0); /* mov: never another file */
        (void) av_dict_set(&options, "ignore_loop", "1", 0);  /* gif: every frame once */
        r = avformat_open_input(&in->format, "", demuxer, &options);
        av_dict_free(&options);
        if (r < 0)
                return decode_error(r, media_type_ext(type), err);
        return 0;
}

static int input_find_stream(Input *in, MediaType type, Err *err) {
        const AVCodecParameters *p;
        Shape shape;
        int r;

        r = avformat_find_stream_info(in->format, NULL);
        if (r < 0)
                return decode_error(r, media_type_ext(type), err);
        r = av_find_best_stream(in->format, AVMEDIA_TYPE_VIDEO, -1, -1, NULL, 0);
        if (r < 0)
                return err_set(err, -EBADMSG, "no picture in the %s", media_type_ext(type));
        in->stream = r;
        p = in->format->streams[r]->codecpar;
        shape = (Shape){p->width, p->height};
        r = shape_check(&shape, err);
        if (r < 0)
                return r;
        return decoder_open(p->codec_id, p, &in->decoder, err);
}

/* The first frame of all, and the newest. */
typedef struct Seen {
        AVFrame *first, *last;
} Seen;

static void seen_done(Seen *seen) {
        av_frame_free(&seen->first);
        av_frame_free(&seen->last);
}

static int seen_note(const AVFrame *frame, void *userdata) {
        Seen *seen = userdata;

        if (!seen->first) {
                seen->first = av_frame_clone(frame);
                return seen->first ? 0 : -ENOMEM;
        }
        av_frame_free(&seen->last);
        seen->last = av_frame_clone(frame);
        return seen->last ? 0 : -ENOMEM;
}

/* Decodes on until the end of the file, or until a frame came when `one` is set. */
static int input_decode(Input *in, bool one, Seen *seen, Err *err) {
        int64_t before = in->frames;
        int r;

        for (;;) {
                r = av_read_frame(in->format, in->packet);
                if (r == AVERROR_EOF)
                        break;
                if (r < 0)
                        return decode_error(r, in->decoder->codec->name, err);
                if (in->packet->flags & AV_PKT_FLAG_CORRUPT)
                        r = err_set(err, -EBADMSG, "truncated video: a packet is cut short");
                else if (in->packet->stream_index == in->stream)
                        r = decoder_feed(in->decoder, in->packet, seen_note, seen, &in->frames,
                                         err);
                av_packet_unref(in->packet);
                if (r < 0)
                        return r;
                if (one && in->frames > before)
                        return 0;
        }
        if (in->io->error < 0)
                return decode_error(in->io->error, in->decoder->codec->name, err);
        r = decoder_feed(in->decoder, NULL, seen_note, seen, &in->frames, err);
        if (r < 0)
                return r;
        if (in->frames == before)
                return err_set(err, -EBADMSG, "truncated video: no frame at its %s",
                               one ? "start" : "end");
        return 0;
}

static int64_t duration_of(const Input *in) {
        const AVStream *s = in->format->streams[in->stream];

        if (s->duration != AV_NOPTS_VALUE && s->duration > 0)
                return av_rescale_q(s->duration, s->time_base, (AVRational){1, 1000});
        if (in->format->duration != AV_NOPTS_VALUE && in->format->duration > 0)
                return in->format->duration / (AV_TIME_BASE / 1000);
        return 0;
}

static int input_decode_ends(Input *in, Seen *seen, Err *err) {
        const AVStream *s = in->format->streams[in->stream];
        int r;

        r = input_decode(in, true, seen, err);
        if (r < 0)
                return r;
        r = av_seek_frame(in->format, in->stream,
                          s->duration != AV_NOPTS_VALUE ? s->duration : INT64_MAX,
                          AVSEEK_FLAG_BACKWARD);
        avcodec_flush_buffers(in->decoder);
        if (r < 0) /* no index: from the start then */
                r = av_seek_frame(in->format, in->stream, 0, AVSEEK_FLAG_BACKWARD);
        if (r < 0)
                return err_set(err, -EBADMSG, "damaged video: its end cannot be found");
        return input_decode(in, false, seen, err);
}

int video_decode(int fd, MediaType type, uint64_t size, VideoInfo *ret, Err *err) {
        _cleanup_(input_done) Input in = {.fd = fd, .size = (int64_t) size};
        _cleanup_(seen_done) Seen seen = {0};
        int r;

        assert(ret);

        if (size > MEDIA_VIDEO_BYTES_MAX)
                return err_set(err, -EFBIG, "video beyond %d bytes", (int) MEDIA_VIDEO_BYTES_MAX);
        r = input_open(&in, type, err);
        if (r >= 0)
                r = input_find_stream(&in, type, err);
        if (r < 0)
                return r;
        r = type == MEDIA_GIF ? input_decode(&in, false, &seen, err)
                              : input_decode_ends(&in, &seen, err);
        if (r < 0)
                return r;
        assert(seen.first); /* input_decode() wants a frame */
        *ret = (VideoInfo){.shape = {seen.first->width, seen.first->height},
                           .duration_ms = duration_of(&in)};
        r = look_add(seen.first, &ret->look, err);
        return r < 0 ? r : look_add(seen.last ? seen.last : seen.first, &ret->look, err);
}
