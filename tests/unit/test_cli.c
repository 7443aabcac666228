/* SPDX-License-Identifier: MIT */

#include <stdio.h>

#include "base/cli.h"
#include "base/cli_internal.h"
#include "base/exitcode.h"
#include "support/test.h"

/* What a parse left behind, fresh for each test. */
static struct {
        bool flag, other;
        const char *string;
        Strv list;
        int64_t number;
        Micros money;
        int word;
        const char *global;
        Strv args;
        int runs;
} got;

static const char *const colours[] = {"red", "green", "blue", NULL};

static const CliOption options[] = {
        {.name = "flag", .letter = 'f', .target = &got.flag, .help = "a flag"},
        {.name = "other", .letter = 'o', .target = &got.other, .help = "another flag"},
        {.name = "string",
         .letter = 's',
         .type = CLI_STRING,
         .target = &got.string,
         .argument = "TEXT",
         .help = "some text",
         .complete = "files"},
        {.name = "list", .type = CLI_LIST, .target = &got.list, .argument = "ITEM", .help = "more"},
        {.name = "number",
         .letter = 'n',
         .type = CLI_INT,
         .target = &got.number,
         .argument = "N",
         .help = "how many",
         .min = 0,
         .max = 100},
        {.name = "big", .type = CLI_INT, .target = &got.number, .argument = "N", .max = INT64_MAX},
        {.name = "money", .type = CLI_MONEY, .target = &got.money, .argument = "USD", .help = "$"},
        {.name = "colour",
         .type = CLI_WORD,
         .target = &got.word,
         .argument = "COLOUR",
         .help = "which",
         .words = colours},
        {.name = "secret", .target = &got.other, .help = "not shown", .hidden = true},
};

static const CliOption *own_options(size_t *ret_n) {
        *ret_n = ARRAY_LEN(options);
        return options;
}

static const CliOption global_options[] = {
        {.name = "library",
         .type = CLI_STRING,
         .target = &got.global,
         .argument = "DIR",
         .help = "where",
         .complete = "dirs"},
};

static int run(const CliVerb *verb, const Strv *args) {
        (void) verb;
        got.runs++;
        CHECK(strv_copy(&got.args, args) == 0);
        return 42;
}

static const CliVerb verbs[] = {
        {.name = "paint",
         .summary = "paint things",
         .usage = "[THING...]",
         .max_args = -1,
         .options = own_options,
         .run = run,
         .complete = "terms",
         .details = "Long words about painting that are wrapped where the line ends, so that "
                    "nobody has to read beyond the edge of the terminal.",
         .example = "prog paint --colour red door"},
        {.name = "two",
         .summary = "needs two",
         .usage = "A B",
         .min_args = 2,
         .max_args = 2,
         .run = run},
        {.name = "bare", .summary = "takes nothing", .run = run},
        {.name = "ghost", .summary = "hidden", .run = run, .hidden = true},
};

static const Cli cli = {.program = "prog",
                        .summary = "Does things.",
                        .version = "1.2",
                        .verbs = verbs,
                        .n_verbs = ARRAY_LEN(verbs),
                        .globals = global_options,
                        .n_globals = ARRAY_LEN(global_options)};

static char *out_text, *err_text_, *kept[2];

static void reset(void) {
        strv_done(&got.list);
        strv_done(&got.args);
        got = (typeof(got)){.word = -1, .number = -1, .money = -1};
        free(out_text);
        free(err_text_);
        free(kept[0]);
        free(kept[1]);
        out_text = err_text_ = kept[0] = kept[1] = NULL;
}

/* Sends fd to a temporary file; *saved takes the old one. */
static FILE *divert(int fd, int *saved) {
        FILE *f = tmpfile();

        CHECK(f);
        *saved = dup(fd);
        CHECK(*saved >= 0 && dup2(fileno(f), fd) == fd);
        return f;
}

static char *restore(FILE *f, int fd, int saved) {
        char *text = calloc(1, 65536);

        CHECK(text && dup2(saved, fd) == fd && close(saved) == 0);
        rewind(f);
        CHECK(fread(text, 1, 65535, f) < 65535);
        (void) fclose(f);
        return text;
}

enum {
        ARGS_MAX = 32,
};

/* Runs the program with these arguments (NULL-terminated, without its name); what it printed is
 * left in out_text and err_text_. */
static int call(const char *const *arguments) {
        char *argv[ARGS_MAX + 2] = {strdup("prog")};
        int saved_out, saved_err, argc = 1, r;
        FILE *out, *err;

        reset();
        for (; arguments[argc - 1]; argc++) {
                CHECK(argc <= ARGS_MAX);
                argv[argc] = strdup(arguments[argc - 1]);
        }
        (void) fflush(NULL);
        out = divert(STDOUT_FILENO, &saved_out);
        err = divert(STDERR_FILENO, &saved_err);
        r = cli_main(&cli, argc, argv);
        (void) fflush(NULL);
        out_text = restore(out, STDOUT_FILENO, saved_out);
        err_text_ = restore(err, STDERR_FILENO, saved_err);
        if (got.string) /* borrowed from argv */
                got.string = kept[0] = strdup(got.string);
        if (got.global)
                got.global = kept[1] = strdup(got.global);
        for (int i = 0; i < argc; i++)
                free(argv[i]);
        return r;
}

#define CALL(...) call((const char *const[]){__VA_ARGS__, NULL})

TEST(every_type) {
        CHECK_INT(CALL("paint", "--flag", "--string", "a b", "--list", "x", "--list=y", "--number",
                       "7", "--money", "$1.25", "--colour", "green", "door"),
                  42);
        CHECK(got.flag && !got.other);
        CHECK_STR(got.string, "a b");
        CHECK_INT(got.list.n, 2);
        CHECK_STR(got.list.items[0], "x");
        CHECK_STR(got.list.items[1], "y");
        CHECK_INT(got.number, 7);
        CHECK_INT(got.money, 1250000);
        CHECK_INT(got.word, 1);
        CHECK_INT(got.args.n, 1);
        CHECK_STR(got.args.items[0], "door");
        CHECK_STR(err_text_, "");
        CHECK_STR(out_text, "");
}

TEST(letters) {
        CHECK_INT(CALL("paint", "-n3", "-fo", "-s", "text"), 42);
        CHECK(got.flag && got.other);
        CHECK_INT(got.number, 3);
        CHECK_STR(got.string, "text");
        CHECK_INT(CALL("paint", "-n=4", "-fn", "5"), 42);
        CHECK_INT(got.number, 5);
        CHECK_INT(CALL("paint", "-sx=y"), 42);
        CHECK_STR(got.string, "x=y");
        CHECK_INT(CALL("paint", "-x"), EXIT_CODE_USAGE);
        CHECK_HAS(err_text_, "prog: error: unknown option '-x'");
        CHECK_INT(CALL("paint", "-n"), EXIT_CODE_USAGE);
        CHECK_HAS(err_text_, "option '--number' needs a value: N");
}

TEST(values_and_positions) {
        CHECK_INT(CALL("paint", "--string=", "a", "--flag", "b", "--", "--flag", "-x"), 42);
        CHECK_STR(got.string, "");
        CHECK_INT(got.args.n, 4);
        CHECK_STR(got.args.items[2], "--flag");
        CHECK_STR(got.args.items[3], "-x");
        CHECK_INT(CALL("paint", "-"), 42); /* a single dash is a word */
        CHECK_STR(got.args.items[0], "-");
        CHECK_INT(CALL("paint", "--string", "-14d"), 42); /* one dash may start a value */
        CHECK_STR(got.string, "-14d");
        CHECK_INT(CALL("paint", "--string", "--flag"), EXIT_CODE_USAGE); /* two may not */
        CHECK_HAS(err_text_, "option '--string' needs a value: TEXT");
        CHECK_INT(got.runs, 0);
        CHECK_INT(CALL("paint", "--string=--flag"), 42);
        CHECK_STR(got.string, "--flag");
        CHECK_INT(CALL("paint", "--number", "1", "--number", "2"), 42); /* the last one counts */
        CHECK_INT(got.number, 2);
}

TEST(globals_before_and_after) {
        CHECK_INT(CALL("--library", "/a", "paint"), 42);
        CHECK_STR(got.global, "/a");
        CHECK_INT(CALL("paint", "--library=/b", "x"), 42);
        CHECK_STR(got.global, "/b");
        CHECK_INT(CALL("--", "paint", "x"), 42);
        CHECK_INT(got.args.n, 1);
}

TEST(bounds) {
        CHECK_INT(CALL("paint", "--number", "0"), 42);
        CHECK_INT(CALL("paint", "--number", "100"), 42);
        CHECK_INT(CALL("paint", "--number", "101"), EXIT_CODE_USAGE);
        CHECK_STR(err_text_,
                  "prog: error: option '--number': '101' is not a whole number from 0 to 100\n"
                  "try 'prog paint --help'\n");
        CHECK_INT(got.number, -1);
        CHECK_INT(CALL("paint", "--number", "1x"), EXIT_CODE_USAGE);
        CHECK_INT(CALL("paint", "--number", ""), EXIT_CODE_USAGE);
        CHECK_INT(CALL("paint", "--big", "99999999999999999999"), EXIT_CODE_USAGE);
        CHECK_HAS(err_text_, "is not a whole number from 0 on");
        CHECK_INT(CALL("paint", "--money", "ten"), EXIT_CODE_USAGE);
        CHECK_HAS(err_text_, "option '--money': 'ten' is not an amount of money");
}

TEST(words) {
        CHECK_INT(CALL("paint", "--colour", "gren"), EXIT_CODE_USAGE);
        CHECK_HAS(err_text_, "unknown word 'gren', did you mean 'green'?");
        CHECK_INT(CALL("paint", "--colour", "transparent"), EXIT_CODE_USAGE);
        CHECK_HAS(err_text_, "use one of red, green, blue");
        CHECK_INT(got.word, -1);
}

TEST(option_errors) {
        CHECK_INT(CALL("paint", "--colou", "red"), EXIT_CODE_USAGE);
        CHECK_STR(err_text_, "prog: error: unknown option '--colou'; did you mean '--colour'?\n"
                             "try 'prog paint --help'\n");
        CHECK_INT(CALL("paint", "--sekret"), EXIT_CODE_USAGE); /* hidden ones are not offered */
        CHECK(!strstr(err_text_, "secret"));
        CHECK_INT(CALL("paint", "--secret"), 42);
        CHECK_INT(CALL("paint", "--flag=yes"), EXIT_CODE_USAGE);
        CHECK_HAS(err_text_, "option '--flag' takes no value");
        CHECK_INT(CALL("paint", "--zzzzzzzzzz=1"), EXIT_CODE_USAGE);
        CHECK_HAS(err_text_, "unknown option '--zzzzzzzzzz'\n");
        CHECK_INT(CALL("--flag", "paint"), EXIT_CODE_USAGE);
        CHECK_HAS(err_text_, "stand behind it");
        CHECK_INT(CALL("paint", "--l\x1b[31m"), EXIT_CODE_USAGE); /* nothing typed steers */
        CHECK(!strchr(err_text_, 0x1b));
        CHECK_HAS(err_text_, "--l\\x1b[31m");
}

TEST(verb_errors) {
        CHECK_INT(CALL("pant"), EXIT_CODE_USAGE);
        CHECK_STR(err_text_, "prog: error: unknown verb 'pant'; did you mean 'paint'?\n"
                             "try 'prog --help'\n");
        CHECK_INT(CALL("hlep"), EXIT_CODE_USAGE);
        CHECK_HAS(err_text_, "did you mean 'help'?");
        CHECK_INT(CALL("ghos"), EXIT_CODE_USAGE);
        CHECK(!strstr(err_text_, "ghost"));
        CHECK_INT(CALL("ghost"), 42);
        CHECK_INT(call((const char *const[]){NULL}), EXIT_CODE_USAGE);
        CHECK_HAS(err_text_, "no verb given");
}

TEST(argument_counts) {
        CHECK_INT(CALL("two", "a"), EXIT_CODE_USAGE);
        CHECK_HAS(err_text_, "'two' needs A B");
        CHECK_INT(CALL("two", "a", "b"), 42);
        CHECK_INT(CALL("two", "a", "b", "c"), EXIT_CODE_USAGE);
        CHECK_HAS(err_text_, "'two' has too many arguments: 'c'");
        CHECK_INT(CALL("bare", "a"), EXIT_CODE_USAGE);
        CHECK_HAS(err_text_, "takes options only, not the argument 'a'");
        CHECK_INT(CALL("bare"), 42);
}

TEST(help_of_the_program) {
        CHECK_INT(CALL("--help"), 0);
        CHECK_STR(err_text_, "");
        CHECK_STR(out_text, "usage: prog [OPTIONS] VERB [ARGUMENTS]\n"
                            "\n"
                            "Does things.\n"
                            "\n"
                            "verbs:\n"
                            "  paint      paint things\n"
                            "  two        needs two\n"
                            "  bare       takes nothing\n"
                            "  help VERB  what a verb does, its options and examples\n"
                            "\n"
                            "options:\n"
                            "      --library DIR  where\n"
                            "  -h, --help         show help\n"
                            "  -V, --version      show the version\n");
        CHECK_INT(CALL("help"), 0);
        CHECK_HAS(out_text, "verbs:");
        CHECK_INT(CALL("-h"), 0);
        CHECK_INT(CALL("help", "nosuch"), EXIT_CODE_USAGE);
}

TEST(help_of_a_verb) {
        CHECK(setenv("COLUMNS", "60", 1) == 0);
        CHECK_INT(CALL("two", "--help"), 0); /* not refused for its arguments */
        CHECK_INT(CALL("help", "paint"), 0);
        CHECK_STR(out_text, "usage: prog paint [OPTIONS] [THING...]\n"
                            "\n"
                            "paint things\n"
                            "\n"
                            "options:\n"
                            "  -f, --flag           a flag\n"
                            "  -o, --other          another flag\n"
                            "  -s, --string TEXT    some text\n"
                            "      --list ITEM      more (repeatable)\n"
                            "  -n, --number N       how many\n"
                            "      --big N\n"
                            "      --money USD      $\n"
                            "      --colour COLOUR  which: red, green, blue\n"
                            "\n"
                            "general options:\n"
                            "      --library DIR  where\n"
                            "  -h, --help         show help\n"
                            "  -V, --version      show the version\n"
                            "\n"
                            "Long words about painting that are wrapped where the line\n"
                            "ends, so that nobody has to read beyond the edge of the\n"
                            "terminal.\n"
                            "\n"
                            "examples:\n"
                            "  prog paint --colour red door\n");
        CHECK(unsetenv("COLUMNS") == 0);
}

TEST(version) {
        CHECK_INT(CALL("--version"), 0);
        CHECK_STR(out_text, "prog 1.2\n");
        CHECK_INT(CALL("paint", "-V"), 0);
        CHECK_INT(got.runs, 0);
}

TEST(lists_for_completion) {
        CHECK_INT(CALL("--list-verbs"), 0);
        CHECK_STR(out_text,
                  "paint\tpaint things\tterms\ntwo\tneeds two\t-\nbare\ttakes nothing\t-\n"
                  "help\tshow help of a verb\tverbs\n");
        CHECK_INT(CALL("--list-options", "paint"), 0);
        CHECK_HAS(out_text, "--flag\t-f\t-\t-\ta flag\n");
        CHECK_HAS(out_text, "--string\t-s\tTEXT\tfiles\tsome text\n");
        CHECK_HAS(out_text, "--colour\t-\tCOLOUR\twords:red,green,blue\twhich\n");
        CHECK_HAS(out_text, "--library\t-\tDIR\tdirs\twhere\n");
        CHECK(!strstr(out_text, "secret") && !strstr(out_text, "list-verbs"));
        CHECK_INT(CALL("--list-options"), 0);
        CHECK(!strstr(out_text, "--flag"));
        CHECK_INT(CALL("--list-options", "help"), 0); /* a verb of --list-verbs */
        CHECK_INT(CALL("--list-options", "nosuch"), EXIT_CODE_USAGE);
        reset();
}
