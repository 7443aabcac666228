/* SPDX-License-Identifier: MIT */

/* Members of Google's answers. Each may be absent, of another type, or new. */

#include "provider/google.h"

const Json *google_member(const Json *object, const char *camel, const char *snake) {
        const Json *found = json_get(object, camel);

        return found ? found : json_get(object, snake);
}

const char *google_text(const Json *object, const char *camel, const char *snake) {
        return json_text(google_member(object, camel, snake));
}

const Json *google_unwrap(const Json *body) {
        return json_is_array(body) && json_length(body) == 1 ? json_at(body, 0) : body;
}
