/* SPDX-License-Identifier: MIT */

#include "support/media_fixture.h"

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
#include <sys/mman.h>

#include "base/fs.h"
#include "support/test.h"

enum {
        FPS = 10,
};

void blob_done(Blob *b) {
        free(b->data);
        *b = (Blob){0};
}

static AVCodecContext *open_encoder(const char *name, int w, int h) {
        const AVCodec *codec = avcodec_find_encoder_by_name(name);
        AVCodecContext *c;

        av_log_set_level(AV_LOG_QUIET);
        CHECK(codec);
        c = avcodec_alloc_context3(codec);
        CHECK(c);
        c->width = w;
        c->height = h;
        c->pix_fmt = codec->pix_fmts[0];
        c->time_base = (AVRational){1, FPS};
        c->gop_size = 5;
        c->thread_count = 1;
        return c;
}

/* A moving ramp: compresses, but is not flat. */
static AVFrame *make_frame(const AVCodecContext *c, int n) {
        AVFrame *f = av_frame_alloc();

        CHECK(f);
        f->format = c->pix_fmt;
        f->width = c->width;
        f->height = c->height;
        f->pts = n;
        CHECK(av_frame_get_buffer(f, 0) == 0);
        for (int p = 0; p < AV_NUM_DATA_POINTERS && f->data[p]; p++) {
                int rows = p > 0 && c->pix_fmt != AV_PIX_FMT_YUVJ444P ? (c->height + 1) / 2
                                                                      : c->height;

                for (int y = 0; y < rows; y++)
                        for (int x = 0; x < abs(f->linesize[p]); x++)
                                f->data[p][y * f->linesize[p] + x] =
                                        (uint8_t) (x * 3 + y * 5 + n * 7 + p * 40);
        }
        return f;
}

Blob make_still(const char *codec, int w, int h) {
        AVCodecContext *c = open_encoder(codec, w, h);
        AVPacket *packet = av_packet_alloc();
        AVFrame *f;
        Blob b;

        CHECK(packet);
        CHECK(avcodec_open2(c, NULL, NULL) == 0);
        f = make_frame(c, 0);
        CHECK(avcodec_send_frame(c, f) == 0);
        CHECK(avcodec_send_frame(c, NULL) == 0);
        CHECK(avcodec_receive_packet(c, packet) == 0);
        b = (Blob){malloc((size_t) packet->size), (size_t) packet->size};
        CHECK(b.data);
        memcpy(b.data, packet->data, b.n);
        av_frame_free(&f);
        av_packet_free(&packet);
        avcodec_free_context(&c);
        return b;
}

static void drain(AVCodecContext *c, AVFormatContext *out, AVPacket *packet) {
        while (avcodec_receive_packet(c, packet) == 0) {
                packet->duration = packet->duration ? packet->duration : 1;
                av_packet_rescale_ts(packet, c->time_base, out->streams[0]->time_base);
                CHECK(av_interleaved_write_frame(out, packet) == 0);
        }
}

Blob make_movie(const char *format, const char *codec, int w, int h, int frames,
                const char *options) {
        AVCodecContext *c = open_encoder(codec, w, h);
        AVPacket *packet = av_packet_alloc();
        AVFormatContext *out = NULL;
        AVDictionary *dict = NULL;
        uint8_t *data = NULL;
        Blob b;
        int n;

        CHECK(packet);
        CHECK(avformat_alloc_output_context2(&out, NULL, format, NULL) >= 0);
        if (out->oformat->flags & AVFMT_GLOBALHEADER)
                c->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
        CHECK(avcodec_open2(c, NULL, NULL) == 0);
        CHECK(avformat_new_stream(out, NULL));
        out->streams[0]->time_base = c->time_base;
        CHECK(avcodec_parameters_from_context(out->streams[0]->codecpar, c) >= 0);
        CHECK(avio_open_dyn_buf(&out->pb) == 0);
        CHECK(av_dict_parse_string(&dict, options ? options : "", "=", ":", 0) >= 0);
        CHECK(avformat_write_header(out, &dict) >= 0);
        for (int i = 0; i < frames; i++) {
                AVFrame *f = make_frame(c, i);

                CHECK(avcodec_send_frame(c, f) == 0);
                av_frame_free(&f);
                drain(c, out, packet);
        }
        CHECK(avcodec_send_frame(c, NULL) == 0);
        drain(c, out, packet);
        CHECK(av_write_trailer(out) >= 0);
        n = avio_close_dyn_buf(out->pb, &data);
        CHECK(n > 0);
        b = (Blob){malloc((size_t) n), (size_t) n};
        CHECK(b.data);
        memcpy(b.data, data, b.n);
        av_free(data);
        av_dict_free(&dict);
        avformat_free_context(out);
        av_packet_free(&packet);
        avcodec_free_context(&c);
        return b;
}

int blob_fd(const void *data, size_t n) {
        int fd = memfd_create("blob", MFD_CLOEXEC);

        CHECK(fd >= 0);
        CHECK(fs_write_all(fd, data, n) == 0);
        CHECK(lseek(fd, 0, SEEK_SET) == 0);
        return fd;
}

Json *draw_json(const char *text) {
        char *copy = strdup(text);
        Json *j = NULL;
        Err err = {0};

        CHECK(copy);
        for (char *p = copy; *p; p++)
                if (*p == '\'')
                        *p = '"';
        CHECK_OK(json_parse(copy, strlen(copy), &j, &err), &err);
        free(copy);
        return j;
}
