/* SPDX-License-Identifier: MIT */

/* What can be measured of a drawing: it decodes, has its size, is the same twice and another with
 * another seed, its words fit and can be read. That it is beautiful cannot be tested here. */

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "base/strbuf.h"
#include "media/colour.h"
#include "media/draw.h"
#include "media/probe.h"
#include "support/media_fixture.h"
#include "support/test.h"

static const char *const layouts[] = {"poster", "split", "circle", "frame", "diagonal"};

static int draw_text(const char *text, int fd, int logo, int photo, DrawResult *ret, Err *err) {
        Json *j = draw_json(text);
        DrawFiles files = {.output = fd, .logo = logo, .photo = photo};
        int r = draw_ad(j, &files, ret, err);

        json_free(j);
        return r;
}

static int new_output(void) {
        int fd = memfd_create("drawing", MFD_CLOEXEC);

        CHECK(fd >= 0);
        return fd;
}

/* Draws and hands over the bytes of the PNG. */
static Blob draw_blob(const char *text, DrawResult *ret) {
        int fd = new_output();
        struct stat st;
        Err err = {0};
        Blob b;

        CHECK_OK(draw_text(text, fd, -1, -1, ret, &err), &err);
        CHECK(fstat(fd, &st) == 0);
        b = (Blob){malloc((size_t) st.st_size), (size_t) st.st_size};
        CHECK(b.data);
        CHECK(pread(fd, b.data, b.n, 0) == (ssize_t) b.n);
        (void) close(fd);
        return b;
}

static DrawResult draw_only(const char *text) {
        DrawResult result = {0};
        Blob b = draw_blob(text, &result);

        blob_done(&b);
        return result;
}

static void check_refused(const char *text, const char *why) {
        int fd = new_output();
        DrawResult result;
        Err err = {0};

        CHECK_INT(draw_text(text, fd, -1, -1, &result, &err), -EINVAL);
        CHECK_HAS(err.text, why);
        CHECK_INT(err.code, -EINVAL);
        CHECK_INT(lseek(fd, 0, SEEK_END), 0); /* nothing was written */
        (void) close(fd);
}

TEST(size_and_type) {
        int fd = new_output();
        DrawResult result;
        MediaInfo info;
        Err err = {0};

        CHECK_OK(draw_text("{'width': 321, 'height': 207, 'headline': 'Now'}", fd, -1, -1, &result,
                           &err),
                 &err);
        CHECK_INT(result.width, 321);
        CHECK_INT(result.height, 207);
        CHECK_INT(lseek(fd, 0, SEEK_CUR), 0); /* left where it was */
        CHECK_OK(probe_fd(fd, &info, &err), &err);
        CHECK_STR(info.media_type, "image/png");
        CHECK_INT(info.width, 321);
        CHECK_INT(info.height, 207);
        (void) close(fd);
}

TEST(an_older_longer_file_is_cut) {
        static const char junk[1024 * 1024];
        int fd = blob_fd(junk, sizeof junk);
        DrawResult result;
        MediaInfo info;
        Err err = {0};

        CHECK_OK(draw_text("{'width': 100, 'height': 100, 'headline': 'Now'}", fd, -1, -1, &result,
                           &err),
                 &err);
        CHECK(lseek(fd, 0, SEEK_END) < (off_t) sizeof junk / 2);
        CHECK_OK(probe_fd(fd, &info, &err), &err);
        (void) close(fd);
}

TEST(same_instructions_same_bytes) {
        for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
                _cleanup_(freep) char *text = str_printf(
                        "{'width': 300, 'height': 300, 'headline': 'Last day', 'cta': 'Buy',"
                        " 'layout': '%s', 'seed': 7}",
                        layouts[i]);
                DrawResult result;
                _cleanup_(blob_done) Blob a = draw_blob(text, &result);
                _cleanup_(blob_done) Blob b = draw_blob(text, &result);

                CHECK_STR(result.layout, layouts[i]);
                CHECK(a.n == b.n && memcmp(a.data, b.data, a.n) == 0);
        }
}

TEST(another_seed_another_picture) {
        _cleanup_(blob_done) Blob first = {0};
        unsigned seen = 0;

        for (int seed = 0; seed < 10; seed++) {
                _cleanup_(freep) char *text =
                        str_printf("{'width': 240, 'height': 240, 'headline': 'Last day', "
                                   "'primary': '#246', 'seed': %d}",
                                   seed);
                DrawResult result;
                _cleanup_(blob_done) Blob b = draw_blob(text, &result);

                for (size_t i = 0; i < ARRAY_LEN(layouts); i++)
                        if (streq(result.layout, layouts[i]))
                                seen |= 1u << i;
                if (seed > 0)
                        CHECK(b.n != first.n || memcmp(b.data, first.data, b.n) != 0);
                else {
                        first = b;
                        b = (Blob){0};
                }
        }
        CHECK_INT(seen, (1u << ARRAY_LEN(layouts)) - 1); /* neighbours take turns */
}

static const char *const palettes[] = {
        "'primary': '#1f3a8a', 'accent': '#ffb703', 'ink': '#101828', 'background': '#f5f7ff'",
        "'primary': '#f7e018', 'accent': '#f7e018', 'ink': '#f7e018', 'background': '#f7e018'",
        "'primary': '#777', 'accent': '#777', 'ink': '#777', 'background': '#777'",
        "'primary': '#000', 'accent': '#fff', 'ink': '#fff', 'background': '#000'",
        "'primary': '#fff', 'accent': '#eee', 'ink': '#ddd', 'background': '#fff'",
        "'primary': '#e11d48'",
        "'accent': '#0ea5e9'",
};

static const int sizes[][2] = {{540, 540}, {360, 640}, {600, 314}, {728, 90}, {160, 600}};

/* Nothing runs out of the picture, and in a tall one nothing stands where the platforms draw. */
static void check_place(const char *text, const DrawResult *r) {
        bool story = r->height * 10 > r->width * 16;
        double top = story ? r->height * 0.14 : 1, bottom = r->height * (story ? 0.80 : 1) - 1;

        /* half a per cent: letters may hang below the last base line by what is optical */
        if (r->left < 1 || r->right > r->width - 1 || r->top < top - 1 ||
            r->bottom > bottom + r->height * 0.005)
                test_fail(__FILE__, __LINE__, "%s: words in %.0f,%.0f to %.0f,%.0f", text, r->left,
                          r->top, r->right, r->bottom);
}

/* Whatever the colours and the format: all words fit and all can be read. */
TEST(words_fit_and_can_be_read) {
        for (size_t l = 0; l < ARRAY_LEN(layouts); l++)
                for (size_t p = 0; p < ARRAY_LEN(palettes); p++)
                        for (size_t s = 0; s < ARRAY_LEN(sizes); s++) {
                                _cleanup_(freep) char *text = str_printf(
                                        "{'width': %d, 'height': %d, 'layout': '%s', 'seed': %zu, "
                                        "%s, 'headline': 'Last day: 30 %% off', 'brand_name': "
                                        "'Acme', 'cta': 'Shop now'}",
                                        sizes[s][0], sizes[s][1], layouts[l], l * 31 + p * 7 + s,
                                        palettes[p]);
                                DrawResult result = draw_only(text);

                                if (result.overflow || result.contrast < CONTRAST_TEXT)
                                        test_fail(__FILE__, __LINE__,
                                                  "%s: overflow %d, contrast %.2f", text,
                                                  result.overflow, result.contrast);
                                check_place(text, &result);
                        }
}

TEST(a_long_headline_fits) {
        for (size_t i = 0; i < ARRAY_LEN(layouts); i++)
                for (size_t s = 0; s < 3; s++) {
                        _cleanup_(freep) char *text = str_printf(
                                "{'width': %d, 'height': %d, 'layout': '%s', 'headline': 'Our "
                                "softest running shoe has been tested by twelve thousand runners "
                                "on four continents', 'subline': 'See what they say.', 'cta': "
                                "'Read the reviews', 'brand_name': 'Orbit'}",
                                sizes[s][0], sizes[s][1], layouts[i]);
                        DrawResult result = draw_only(text);

                        if (result.overflow)
                                test_fail(__FILE__, __LINE__, "overflow: %s", text);
                        check_place(text, &result);
                }
}

TEST(what_can_not_fit_is_said) {
        _cleanup_(strbuf_done) StrBuf b = STRBUF_INIT(STRBUF_MAX_DEFAULT);

        CHECK(strbuf_puts(&b, "{'width': 100, 'height': 100, 'headline': '") == 0);
        for (int i = 0; i < 50; i++)
                CHECK(strbuf_puts(&b, "many words ") == 0);
        CHECK(strbuf_puts(&b, "'}") == 0);
        CHECK(draw_only(strbuf_text(&b)).overflow);
}

/* Words without a place to break, other scripts, breaks and controls: drawn, never a crash. */
TEST(odd_texts) {
        static const char *const texts[] = {
                "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamtengesellschaft",
                "\u4eca\u65e5\u3060\u3051\u4e09\u5272\u5f15\u304d",
                "\u0627\u0644\u064a\u0648\u0645 \u0641\u0642\u0637",
                "one\\ntwo\\n\\nthree",
                "\\u0001\\u200b x \\u202e y",
                "&amp; <b>not markup</b>",
        };

        for (size_t i = 0; i < ARRAY_LEN(texts); i++)
                for (size_t l = 0; l < ARRAY_LEN(layouts); l++) {
                        _cleanup_(freep) char *text =
                                str_printf("{'width': 200, 'height': 300, 'headline': '%s', "
                                           "'cta': '%s', 'brand_name': '%s', 'layout': '%s'}",
                                           texts[i], texts[i], texts[i], layouts[l]);
                        DrawResult result = draw_only(text);

                        check_place(text, &result);
                }
}

TEST(the_smallest_and_a_large_one) {
        CHECK_INT(draw_only("{'width': 64, 'height': 64, 'headline': 'Hi'}").width, 64);
        CHECK_INT(draw_only("{'width': 4096, 'height': 2000, 'headline': 'Hi'}").width, 4096);
}

TEST(wrong_instructions) {
        check_refused("[]", "no object");
        check_refused("{}", "'width' must be 64 to 8192 pixels");
        check_refused("{'width': 63, 'height': 100, 'headline': 'x'}", "'width'");
        check_refused("{'width': 100, 'height': 8193, 'headline': 'x'}", "'height'");
        check_refused("{'width': 100.5, 'height': 100, 'headline': 'x'}", "'width'");
        check_refused("{'width': 100, 'height': 100}", "'headline' is missing");
        check_refused("{'width': 100, 'height': 100, 'headline': '  '}", "'headline' is missing");
        check_refused("{'width': 100, 'height': 100, 'headline': 'x', 'colour': '#fff'}",
                      "unknown drawing instruction 'colour'");
        check_refused("{'width': 100, 'height': 100, 'headline': 'x', 'sublime': 'y'}",
                      "did you mean 'subline'?");
        check_refused("{'width': 100, 'height': 100, 'headline': 'x', 'primary': 'red'}",
                      "'primary' is no colour");
        check_refused("{'width': 100, 'height': 100, 'headline': 'x', 'accent': '#12345'}",
                      "'accent' is no colour");
        check_refused("{'width': 100, 'height': 100, 'headline': 'x', 'ink': 7}", "'ink'");
        check_refused("{'width': 100, 'height': 100, 'headline': 'x', 'layout': 'postre'}",
                      "unknown layout 'postre', did you mean 'poster'?");
        check_refused("{'width': 100, 'height': 100, 'headline': 'x', 'seed': -1}", "'seed'");
        check_refused("{'width': 100, 'height': 100, 'headline': 'x', 'logo': '/x.png'}",
                      "'logo' did not come along");
}

TEST(a_text_at_its_cap) {
        char text[DRAW_TEXT_MAX + 200], words[DRAW_TEXT_MAX + 2];

        memset(words, 'w', sizeof words);
        words[DRAW_TEXT_MAX + 1] = 0;
        (void) snprintf(text, sizeof text, "{'width':100,'height':100,'headline':'%s'}", words);
        check_refused(text, "'headline' is longer than");
        words[DRAW_TEXT_MAX] = 0;
        (void) snprintf(text, sizeof text, "{'width':100,'height':100,'headline':'%s'}", words);
        (void) draw_only(text);
}

TEST(logo_and_photo) {
        _cleanup_(blob_done) Blob logo = make_still("png", 200, 60);
        _cleanup_(blob_done) Blob photo = make_still("mjpeg", 400, 300);
        int logo_fd = blob_fd(logo.data, logo.n), photo_fd = blob_fd(photo.data, photo.n);

        for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
                _cleanup_(freep) char *text = str_printf(
                        "{'width': 400, 'height': 500, 'headline': 'Last day: 30 %% off', "
                        "'cta': 'Shop now', 'logo': '/l', 'photo': '/p', 'layout': '%s'}",
                        layouts[i]);
                int fd = new_output();
                DrawResult result;
                Err err = {0};

                CHECK_OK(draw_text(text, fd, logo_fd, photo_fd, &result, &err), &err);
                if (result.contrast < CONTRAST_TEXT)
                        test_fail(__FILE__, __LINE__, "%s: contrast %.2f", layouts[i],
                                  result.contrast);
                (void) close(fd);
        }
        (void) close(logo_fd);
        (void) close(photo_fd);
}

TEST(a_damaged_logo) {
        _cleanup_(blob_done) Blob logo = make_still("png", 200, 60);
        int logo_fd = blob_fd(logo.data, logo.n - 20), fd = new_output();
        DrawResult result;
        Err err = {0};

        CHECK_INT(draw_text("{'width': 400, 'height': 500, 'headline': 'x', 'logo': '/l'}", fd,
                            logo_fd, -1, &result, &err),
                  -EINVAL);
        CHECK_HAS(err.text, "'logo': truncated png");
        CHECK_INT(err.code, -EINVAL);
        (void) close(logo_fd);
        (void) close(fd);
}

TEST(a_full_disk) {
        int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
        DrawResult result;
        Err err = {0};

        CHECK(fd >= 0);
        CHECK_INT(draw_text("{'width': 400, 'height': 500, 'headline': 'x'}", fd, -1, -1, &result,
                            &err),
                  -ENOSPC);
        CHECK_HAS(err.text, "cannot write the picture");
        (void) close(fd);
}

TEST(colours) {
        Colour c;

        CHECK(colour_parse("#fff", &c) == 0 && c.r == 1 && c.g == 1 && c.b == 1);
        CHECK(colour_parse("#FF0080", &c) == 0 && c.r == 1 && c.g == 0);
        CHECK_INT(colour_parse("fff", &c), -EINVAL);
        CHECK_INT(colour_parse("#ffff", &c), -EINVAL);
        CHECK_INT(colour_parse("#ggg", &c), -EINVAL);
        CHECK_INT(colour_parse("", &c), -EINVAL);
        CHECK_INT((int) (colour_contrast(COLOUR_WHITE, COLOUR_BLACK) * 10 + 0.5), 210);
        CHECK_INT((int) (colour_contrast((Colour){0.5, 0.5, 0.5}, (Colour){0.5, 0.5, 0.5}) * 10),
                  10);
        /* #777777 on white is the textbook's 4.48 */
        CHECK(colour_parse("#777", &c) == 0);
        CHECK_INT((int) (colour_contrast(c, COLOUR_WHITE) * 100 + 0.5), 448);
}
