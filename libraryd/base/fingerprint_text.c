/* SPDX-License-Identifier: MIT */

#include "base/digest.h"
#include "base/fingerprint.h"

static_assert(FINGERPRINT_TEXT == 1 + DIGEST_SIZE, "a kind and a hash");

/* Letters, digits and whatever is not ASCII; runs of anything else are one blank. */
void fingerprint_of_text(const char *text, Fingerprint *ret) {
        bool gap = false, any = false;
        DigestContext c;
        Digest d;

        assert(text && ret);
        digest_init(&c);
        for (const char *p = text; *p; p++) {
                unsigned char ch = (unsigned char) *p;

                if (ch >= 'A' && ch <= 'Z')
                        ch = (unsigned char) (ch - 'A' + 'a');
                if (ch < 0x80 && !(ch >= 'a' && ch <= 'z') && !(ch >= '0' && ch <= '9')) {
                        gap = any;
                        continue;
                }
                if (gap)
                        digest_update(&c, " ", 1);
                digest_update(&c, &ch, 1);
                gap = false;
                any = true;
        }
        if (!any) /* nothing but signs: they are the text then */
                digest_update(&c, text, strlen(text));
        digest_final(&c, &d);
        *ret = (Fingerprint){.bytes = {FINGERPRINT_TEXT_KIND}, .n = FINGERPRINT_TEXT};
        memcpy(ret->bytes + 1, d.bytes, sizeof d.bytes);
}
