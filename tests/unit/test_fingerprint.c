/* SPDX-License-Identifier: MIT */

/* What counts as the same picture and the same copy. */

#include "base/digest.h"
#include "base/fingerprint.h"
#include "support/test.h"

enum { SIDE = FINGERPRINT_PIXELS };

typedef struct Pixels {
        uint8_t rgb[SIDE * SIDE * 3];
} Pixels;

/* A scene: a bright disc at (cx, cy) over a slope, seen through a window that leaves `zoom` percent. */
static void scene(Pixels *p, int cx, int cy, int zoom, int brightness) {
        for (int y = 0; y < SIDE; y++)
                for (int x = 0; x < SIDE; x++) {
                        int u = x * zoom / 100 + SIDE * (100 - zoom) / 200,
                            v = y * zoom / 100 + SIDE * (100 - zoom) / 200;
                        bool in = (u - cx) * (u - cx) + (v - cy) * (v - cy) < 150;
                        uint8_t *q = p->rgb + 3 * (y * SIDE + x);

                        q[0] = (uint8_t) (in ? 190 : 40 + u + brightness);
                        q[1] = (uint8_t) (in ? 180 : 60 + v + brightness);
                        q[2] = (uint8_t) (in ? 90 : 70 + brightness);
                }
}

static Fingerprint of(int cx, int cy, int zoom, int brightness) {
        Fingerprint f = {0};
        Pixels p;

        scene(&p, cx, cy, zoom, brightness);
        fingerprint_add(&f, p.rgb, 1080, 1080);
        return f;
}

static void check_near(const Fingerprint *a, const Fingerprint *b) {
        CHECK(fingerprint_distance(a, b) <= 140);
        CHECK_INT(fingerprint_distance(a, b), fingerprint_distance(b, a));
}

TEST(the_same_scene_is_near) {
        Fingerprint a = of(20, 24, 100, 0), crop = of(20, 24, 90, 0), bright = of(20, 24, 100, 20);

        CHECK_INT(fingerprint_distance(&a, &a), 0);
        check_near(&a, &crop);
        check_near(&a, &bright);
}

TEST(another_scene_is_far) {
        Fingerprint a = of(20, 24, 100, 0), b = of(46, 40, 100, 0);

        CHECK(fingerprint_distance(&a, &b) > 300);
}

TEST(even_fields_differ_by_their_colour) {
        Fingerprint white = {0}, white2 = {0}, black = {0}, blue = {0};
        Pixels p;

        memset(p.rgb, 255, sizeof p.rgb);
        fingerprint_add(&white, p.rgb, 10, 10);
        memset(p.rgb, 250, sizeof p.rgb);
        fingerprint_add(&white2, p.rgb, 10, 10);
        memset(p.rgb, 0, sizeof p.rgb);
        fingerprint_add(&black, p.rgb, 10, 10);
        for (size_t i = 2; i < sizeof p.rgb; i += 3)
                p.rgb[i] = 255;
        fingerprint_add(&blue, p.rgb, 10, 10);
        check_near(&white, &white2);
        CHECK(fingerprint_distance(&white, &black) > 500);
        CHECK(fingerprint_distance(&black, &blue) > 300);
}

TEST(another_format_is_far) {
        Fingerprint square = {0}, story = {0};
        Pixels p;

        scene(&p, 20, 24, 100, 0);
        fingerprint_add(&square, p.rgb, 1080, 1080);
        fingerprint_add(&story, p.rgb, 1080, 1920);
        CHECK_INT(fingerprint_distance(&square, &story), FINGERPRINT_FAR);
}

/* Two videos from one still begin alike: their ends must agree, too. */
TEST(videos_agree_at_both_ends) {
        Fingerprint a = of(20, 24, 100, 0), b = a, c = a, still = a;
        Pixels p;

        scene(&p, 46, 40, 100, 0);
        fingerprint_add(&a, p.rgb, 1080, 1080);
        fingerprint_add(&b, p.rgb, 1080, 1080);
        scene(&p, 10, 50, 100, 0);
        fingerprint_add(&c, p.rgb, 1080, 1080);
        CHECK_INT(fingerprint_distance(&a, &b), 0);
        CHECK(fingerprint_distance(&a, &c) > 300);
        CHECK_INT(fingerprint_distance(&a, &still), FINGERPRINT_FAR);
}

static int text_distance(const char *a, const char *b) {
        Fingerprint f, g;

        fingerprint_of_text(a, &f);
        fingerprint_of_text(b, &g);
        return fingerprint_distance(&f, &g);
}

TEST(copy_is_its_words) {
        CHECK_INT(text_distance("Last day: 30% off!", "  last DAY - 30 % off\n"), 0);
        CHECK_INT(text_distance("Last day: 30% off!", "Last day: 40% off!"), FINGERPRINT_FAR);
        CHECK_INT(text_distance("any one", "anyone"), FINGERPRINT_FAR);
        CHECK_INT(text_distance("Für dich", "Fur dich"), FINGERPRINT_FAR);
        CHECK_INT(text_distance("!!!", "???"), FINGERPRINT_FAR);
        CHECK_INT(text_distance("", ""), 0);
}

TEST(none_is_like_nothing) {
        Fingerprint none = {0}, a = of(20, 24, 100, 0);

        CHECK_INT(fingerprint_distance(&none, &none), FINGERPRINT_FAR);
        CHECK_INT(fingerprint_distance(&none, &a), FINGERPRINT_FAR);
}

TEST(travels_as_hex) {
        Fingerprint a = of(20, 24, 100, 0), b;
        char hex[FINGERPRINT_HEX_MAX];

        fingerprint_hex(&a, hex);
        CHECK_OK(fingerprint_from_hex(hex, &b), NULL);
        CHECK_INT(fingerprint_distance(&a, &b), 0);
        CHECK_INT(fingerprint_from_hex("", &b), -EINVAL);
        hex[1]++;
        CHECK_INT(fingerprint_from_hex(hex, &b), -EINVAL); /* no such kind */
        hex[1]--;
        hex[7] = 'g';
        CHECK_INT(fingerprint_from_hex(hex, &b), -EINVAL);
        hex[7] = '0';
        hex[strlen(hex) - 2] = 0;
        CHECK_INT(fingerprint_from_hex(hex, &b), -EINVAL);
}
