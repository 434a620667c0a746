/* Command lines as people type them: right ones run, wrong ones say what is wrong and exit 2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <core/base/cli.h>

#include "tests/lib/scratch.h"

#define MOST_WORDS 48

/* What the command was run with, as one text: "config=a;quiet;type=x;type=y|operand|operand". */
static char seen[4096];

static void note(const char *text)
{
    size_t len = strlen(seen);
    (void)snprintf(seen + len, sizeof seen - len, "%s", text);
}

static int run_command(const struct cli_command *command, const struct cli_given *given,
                       size_t operand_count, char **operands, void *context)
{
    for (size_t i = 0; command->options[i].name != NULL; i++) {
        for (size_t n = 0; n < given[i].count; n++) {
            note(command->options[i].name);
            if (command->options[i].argument != NULL) {
                note("=");
                note(given[i].values[n]);
            }
            note(";");
        }
    }
    for (size_t i = 0; i < operand_count; i++) {
        note("|");
        note(operands[i]);
    }
    return *(const int *)context;
}

static const struct cli_option options[] = {
    {"config", "FILE", "read this configuration"},
    {"quiet", NULL, "say nothing"},
    {"type", "TYPE", "only this type; may be repeated"},
    {NULL, NULL, NULL},
};
static const struct cli_command command = {NULL, "FILE...", "Checks files.", options,
                                           1,    3,         run_command};

struct outcome {
    int code;
    char *out;
    char *err;
};

/* Splits the line at blanks; a word "''" is empty. */
static int split(char *line, char **words)
{
    int count = 0;
    for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
        assert_true(count < MOST_WORDS);
        words[count++] = strcmp(word, "''") == 0 ? word + 2 : word;
    }
    words[count] = NULL;
    return count;
}

static struct outcome try_line(const char *line, const struct cli_command *commands,
                               const struct cli_option *common)
{
    char copy[4096];
    char *words[MOST_WORDS + 1];
    int result = 42;
    struct outcome outcome;
    (void)snprintf(copy, sizeof copy, "program %s", line);
    int count = split(copy, words);
    seen[0] = '\0';
    capture_start(1);
    capture_start(2);
    outcome.code = common == NULL
                       ? cli_run(commands, "program check", count, words, &result)
                       : cli_dispatch("program", "1.2.3", commands, common, count, words, &result);
    outcome.err = capture_stop(2);
    outcome.out = capture_stop(1);
    return outcome;
}

static void outcome_fini(struct outcome *outcome)
{
    free(outcome->out);
    free(outcome->err);
}

static void assert_runs(const char *line, const char *expected, const struct cli_command *commands,
                        const struct cli_option *common)
{
    struct outcome outcome = try_line(line, commands, common);
    if (outcome.code != 42 || strcmp(seen, expected) != 0) {
        print_message("'%s' gave %d, '%s', '%s'\n", line, outcome.code, seen, outcome.err);
    }
    assert_int_equal(outcome.code, 42);
    assert_string_equal(seen, expected);
    assert_string_equal(outcome.out, "");
    assert_string_equal(outcome.err, "");
    outcome_fini(&outcome);
}

/* One line on standard error that holds `part`; nothing on standard output, nothing run. */
static void assert_wrong(const char *line, const char *part, const struct cli_command *commands,
                         const struct cli_option *common)
{
    struct outcome outcome = try_line(line, commands, common);
    if (outcome.code != CLI_USAGE || strstr(outcome.err, part) == NULL || outcome.out[0] != '\0') {
        print_message("'%s' gave %d, '%s', '%s'\n", line, outcome.code, outcome.err, outcome.out);
    }
    assert_int_equal(outcome.code, CLI_USAGE);
    assert_non_null(strstr(outcome.err, part));
    assert_ptr_equal(strchr(outcome.err, '\n'), outcome.err + strlen(outcome.err) - 1);
    assert_string_equal(outcome.out, "");
    assert_string_equal(seen, "");
    outcome_fini(&outcome);
}

static void test_run_when_line_is_right_then_options_and_operands_arrive(void **state)
{
    static const struct {
        const char *line;
        const char *expected;
    } cases[] = {
        {"a", "|a"},
        {"a b c", "|a|b|c"},
        {"--config f a", "config=f;|a"},
        {"--config=f a", "config=f;|a"},
        {"a --config f", "config=f;|a"},
        {"a --quiet b --config=f c", "config=f;quiet;|a|b|c"},
        {"--config= a", "config=;|a"},
        {"--config '' a", "config=;|a"},
        {"--config=x=y a", "config=x=y;|a"},
        {"--type x --type=y a", "type=x;type=y;|a"},
        {"--quiet --quiet a", "quiet;quiet;|a"},
        {"-- --quiet", "|--quiet"},
        {"-- --help", "|--help"},
        {"-- -- a", "|--|a"},
        {"a -- --config f", "|a|--config|f"},
        {"--config -- a", "config=--;|a"},
        {"--config --quiet a", "config=--quiet;|a"},
        {"-", "|-"},
        {"''", "|"},
        {"--type 1 --type 2 --type 3 a --type 4 --type 5", "type=1;type=2;type=3;type=4;type=5;|a"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_runs(cases[i].line, cases[i].expected, &command, NULL);
    }
}

static void test_run_when_line_is_wrong_then_says_what_and_does_nothing(void **state)
{
    static const struct {
        const char *line;
        const char *part;
    } cases[] = {
        {"", "needs FILE..."},
        {"--quiet", "needs FILE..."},
        {"a b c d", "too many operands, from 'd' on"},
        {"-- a b c --quiet", "too many operands, from '--quiet' on"},
        {"a --config", "--config needs FILE"},
        {"--quiet=yes a", "--quiet takes no argument"},
        {"--quiet= a", "--quiet takes no argument"},
        {"--confg f a", "there is no option --confg; did you mean --config?"},
        {"--confg=f a", "there is no option --confg; did you mean --config?"},
        {"--typ x a", "did you mean --type?"},
        {"--hepl", "did you mean --help?"},
        {"--Quiet a", "did you mean --quiet?"},
        {"--con f a", "did you mean --config?"},
        {"--something-else a", "there is no option --something-else; see program check --help"},
        {"--=x a", "there is no option --"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_wrong(cases[i].line, cases[i].part, &command, NULL);
        assert_wrong(cases[i].line, "program check: ", &command, NULL);
    }
}

static void test_run_when_an_option_is_given_too_often_then_says_that(void **state)
{
    (void)state;

    for (int equals = 0; equals < 2; equals++) {
        char line[4096] = "a";
        for (size_t i = 0; i < CLI_REPEATS; i++) {
            assert_true(strlen(line) + 16 < sizeof line);
            (void)strcat(line, " --type=x");
        }
        struct outcome outcome = try_line(line, &command, NULL);
        assert_int_equal(outcome.code, 42);
        outcome_fini(&outcome);
        (void)strcat(line, equals ? " --type=x" : " --type x");
        assert_wrong(line, "--type is given too often", &command, NULL);
    }
}

/* A name longer than any option must not be cut down to one. */
static void test_run_when_an_option_is_very_long_then_unknown(void **state)
{
    (void)state;
    char name[64 + 1];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    char known[64];
    memcpy(known, name, 63);
    known[63] = '\0';
    const struct cli_option own[] = {{known, NULL, "long"}, {NULL, NULL, NULL}};
    const struct cli_command with_long = {NULL, "", "Does.", own, 0, 0, run_command};
    char line[128];

    (void)snprintf(line, sizeof line, "--%s", name);
    assert_wrong(line, "there is no option", &with_long, NULL);
}

static void test_run_when_asked_for_help_then_every_option_is_shown_and_nothing_run(void **state)
{
    static const char *const lines[] = {"--help", "a --help", "--quiet a b --help",
                                        "a b c --help d e"};
    (void)state;

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        struct outcome outcome = try_line(lines[i], &command, NULL);
        assert_int_equal(outcome.code, CLI_DONE);
        assert_string_equal(outcome.err, "");
        assert_string_equal(seen, "");
        assert_non_null(strstr(outcome.out, "Checks files."));
        assert_non_null(strstr(outcome.out, "program check [options] FILE..."));
        for (size_t o = 0; options[o].name != NULL; o++) {
            assert_non_null(strstr(outcome.out, options[o].name));
            assert_non_null(strstr(outcome.out, options[o].help));
        }
        assert_non_null(strstr(outcome.out, "--config FILE"));
        outcome_fini(&outcome);
    }
}

/* --- subcommands ------------------------------------------------------------------------------ */

static const struct cli_option own_options[] = {{"from", "DATE", "first day"}, {NULL, NULL, NULL}};
static const struct cli_option common_options[] = {{"config", "FILE", "read this configuration"},
                                                   {"quiet", NULL, "say nothing"},
                                                   {NULL, NULL, NULL}};
static const struct cli_command commands[] = {
    {"attendance", "", "Who attended.", own_options, 0, 0, run_command},
    {"submit", "FILE...", "Sends files.", NULL, 1, 2, run_command},
    {NULL, NULL, NULL, NULL, 0, 0, NULL},
};

static void test_dispatch_when_line_is_right_then_the_command_runs(void **state)
{
    static const struct {
        const char *line;
        const char *expected;
    } cases[] = {
        {"attendance", ""},
        {"--config f attendance", "config=f;"},
        {"--config=f attendance --from d", "config=f;from=d;"},
        {"attendance --config f --from d --quiet", "config=f;quiet;from=d;"},
        {"--quiet attendance", "quiet;"},
        {"--config attendance submit a", "config=attendance;|a"},
        {"--config submit submit submit", "config=submit;|submit"},
        {"submit a --quiet b", "quiet;|a|b"},
        {"submit -- --quiet", "|--quiet"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_runs(cases[i].line, cases[i].expected, commands, common_options);
    }
}

static void test_dispatch_when_line_is_wrong_then_says_what(void **state)
{
    static const struct {
        const char *line;
        const char *part;
    } cases[] = {
        {"atendance", "there is no command 'atendance'; did you mean 'attendance'?"},
        {"submti a", "did you mean 'submit'?"},
        {"something", "there is no command 'something'; see program --help"},
        {"attendance --form d",
         "program attendance: there is no option --form; did you mean --from?"},
        {"submit --from d a", "program submit: there is no option --from"},
        {"submit", "program submit: needs FILE..."},
        {"attendance x", "too many operands"},
        {"--quite attendance", "did you mean --quiet?"},
        {"", "program --help"},
        {"--quiet", "program --help"},
        {"--config f", "program --help"},
        {"--verison", "there is no option --verison; did you mean --version?"},
        {"--confg=f", "there is no option --confg; did you mean --config?"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_wrong(cases[i].line, cases[i].part, commands, common_options);
    }
}

static void test_dispatch_when_asked_then_help_of_program_or_command_and_version(void **state)
{
    static const struct {
        const char *line;
        const char *part;
        const char *absent;
    } cases[] = {
        {"--help", "Who attended.", "first day"},
        {"--config f --help", "Sends files.", "first day"},
        {"--help --quiet", "Sends files.", "first day"},
        {"attendance --help", "first day", "Sends files."},
        {"attendance --help", "--config FILE", "Sends files."},
        {"--help attendance", "first day", "Sends files."},
        {"submit --help", "--quiet", "first day"},
        {"--version", "program 1.2.3\n", "Usage"},
        {"--quiet --version", "program 1.2.3\n", "Usage"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct outcome outcome = try_line(cases[i].line, commands, common_options);
        assert_int_equal(outcome.code, CLI_DONE);
        assert_string_equal(outcome.err, "");
        assert_string_equal(seen, "");
        assert_non_null(strstr(outcome.out, cases[i].part));
        assert_null(strstr(outcome.out, cases[i].absent));
        outcome_fini(&outcome);
    }
}

static void test_nearest_when_close_enough_then_the_closest(void **state)
{
    static const char *const names[] = {"from", "format", "to", "agency", "x", NULL};
    static const struct {
        const char *given;
        const char *expected;
    } cases[] = {
        {"from", "from"},      {"form", "from"},    {"formatt", "format"},
        {"frmt", "from"},      {"agncy", "agency"}, {"agencies", "agency"},
        {"t", "to"},           {"tt", "to"},        {"zzzzzzzz", NULL},
        {"q", NULL},           {"", NULL},          {"Agency", "agency"},
        {"agenc-----y", NULL},
    };
    char endless[200];
    (void)state;
    memset(endless, 'a', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *nearest = cli_nearest(cases[i].given, names);
        if (cases[i].expected == NULL) {
            assert_null(nearest);
        } else {
            assert_non_null(nearest);
            assert_string_equal(nearest, cases[i].expected);
        }
    }
    assert_null(cli_nearest(endless, names));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_when_line_is_right_then_options_and_operands_arrive),
        cmocka_unit_test(test_run_when_line_is_wrong_then_says_what_and_does_nothing),
        cmocka_unit_test(test_run_when_an_option_is_given_too_often_then_says_that),
        cmocka_unit_test(test_run_when_an_option_is_very_long_then_unknown),
        cmocka_unit_test(test_run_when_asked_for_help_then_every_option_is_shown_and_nothing_run),
        cmocka_unit_test(test_dispatch_when_line_is_right_then_the_command_runs),
        cmocka_unit_test(test_dispatch_when_line_is_wrong_then_says_what),
        cmocka_unit_test(test_dispatch_when_asked_then_help_of_program_or_command_and_version),
        cmocka_unit_test(test_nearest_when_close_enough_then_the_closest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
