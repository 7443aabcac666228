/* SPDX-License-Identifier: MIT */

#include "media/colour.h"

#include <math.h>

#include "base/parse.h"

int colour_parse(const char *s, Colour *ret) {
        int digits[6];
        size_t n;

        assert(s);
        assert(ret);

        n = strlen(s);
        if (s[0] != '#' || (n != 4 && n != 7))
                return -EINVAL;
        for (size_t i = 1; i < n; i++) {
                digits[i - 1] = hex_digit(s[i]);
                if (digits[i - 1] < 0)
                        return -EINVAL;
        }
        if (n == 4)
                *ret = (Colour){digits[0] / 15.0, digits[1] / 15.0, digits[2] / 15.0};
        else
                *ret = (Colour){(digits[0] * 16 + digits[1]) / 255.0,
                                (digits[2] * 16 + digits[3]) / 255.0,
                                (digits[4] * 16 + digits[5]) / 255.0};
        return 0;
}

Colour colour_mix(Colour a, Colour b, double share_b) {
        return (Colour){a.r + (b.r - a.r) * share_b, a.g + (b.g - a.g) * share_b,
                        a.b + (b.b - a.b) * share_b};
}

Colour colour_shade(Colour c, double amount) {
        return amount >= 0 ? colour_mix(c, COLOUR_WHITE, amount)
                           : colour_mix(c, COLOUR_BLACK, -amount);
}

static double linear(double v) {
        return v <= 0.03928 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
}

double colour_luminance(Colour c) {
        return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
}

double luminance_contrast(double a, double b) {
        return (MAX_OF(a, b) + 0.05) / (MIN_OF(a, b) + 0.05);
}

double colour_contrast(Colour a, Colour b) {
        return luminance_contrast(colour_luminance(a), colour_luminance(b));
}

Colour colour_readable(Colour ground, const Colour *candidates, size_t n, double least) {
        double best = 0;
        size_t pick = 0;

        assert(candidates && n > 0);

        for (size_t i = 0; i < n; i++) {
                double contrast = colour_contrast(ground, candidates[i]);

                if (contrast >= least)
                        return candidates[i];
                if (contrast > best) {
                        best = contrast;
                        pick = i;
                }
        }
        return candidates[pick];
}
