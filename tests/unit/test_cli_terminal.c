/* SPDX-License-Identifier: MIT */

#include <fcntl.h>

#include "base/cli.h"
#include "support/test.h"

TEST(colour) {
        int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

        CHECK(null >= 0 && unsetenv("NO_COLOR") == 0 && unsetenv("CLICOLOR_FORCE") == 0);
        CHECK(!cli_colour(null) && !cli_colour(-1));
        CHECK(setenv("CLICOLOR_FORCE", "1", 1) == 0);
        CHECK(cli_colour(null));
        CHECK(setenv("NO_COLOR", "", 1) == 0); /* empty says nothing */
        CHECK(cli_colour(null));
        CHECK(setenv("NO_COLOR", "1", 1) == 0);
        CHECK(!cli_colour(null));
        CHECK(unsetenv("NO_COLOR") == 0 && setenv("CLICOLOR_FORCE", "0", 1) == 0);
        CHECK(!cli_colour(null));
        CHECK(unsetenv("CLICOLOR_FORCE") == 0 && close(null) == 0);
}

TEST(colour_of_a_terminal) {
        int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

        if (terminal < 0) {
                test_skip("no pseudo terminal here");
                return;
        }
        CHECK(setenv("TERM", "xterm", 1) == 0);
        CHECK(cli_colour(terminal));
        CHECK(setenv("TERM", "dumb", 1) == 0);
        CHECK(!cli_colour(terminal));
        CHECK(unsetenv("TERM") == 0);
        CHECK(!cli_colour(terminal));
        CHECK(close(terminal) == 0);
}

TEST(width) {
        CHECK(setenv("COLUMNS", "132", 1) == 0);
        CHECK_INT(cli_width(-1), 132);
        CHECK(setenv("COLUMNS", "wide", 1) == 0);
        CHECK_INT(cli_width(-1), 80);
        CHECK(unsetenv("COLUMNS") == 0);
        CHECK_INT(cli_width(-1), 80);
}
