/* Configuration files: what is wrong is said with file, line and key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <core/base/arena.h>
#include <core/config/config.h>

#include "tests/lib/scratch.h"

struct fixture {
    char folder[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];
};

static int set_up(void **state)
{
    struct fixture *fixture = (struct fixture *)calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    scratch_make(fixture->folder);
    scratch_join(fixture->path, fixture->folder, "muster.conf");
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    scratch_remove(fixture->folder);
    free(fixture);
    return 0;
}

static enum muster_status parse_path(const char *path, cfg_t **out, struct muster_err *e)
{
    cfg_opt_t inner[] = {CFG_STR("place", NULL, CFGF_NONE), CFG_END()};
    cfg_opt_t tls[] = {CFG_STR("authority", NULL, CFGF_NONE), CFG_INT("port", 1, CFGF_NONE),
                       CFG_SEC("inner", inner, CFGF_NONE), CFG_END()};
    cfg_opt_t agency[] = {CFG_STR("kind", NULL, CFGF_NONE), CFG_INT("beds", 0, CFGF_NONE),
                          CFG_STR("place", NULL, CFGF_NONE), CFG_END()};
    cfg_opt_t options[] = {
        CFG_STR("gateway", NULL, CFGF_NONE),
        CFG_INT("number", 5, CFGF_NONE),
        CFG_BOOL("council", cfg_false, CFGF_NONE),
        CFG_STR("place", NULL, CFGF_NONE),
        CFG_STR_LIST("agencies", NULL, CFGF_NONE),
        CFG_SEC("tls", tls, CFGF_NONE),
        CFG_SEC("agency", agency, CFGF_TITLE | CFGF_MULTI | CFGF_NO_TITLE_DUPES),
        CFG_END(),
    };
    return config_parse(path, options, out, e);
}

static enum muster_status parse(struct fixture *fixture, const char *text, cfg_t **out,
                                struct muster_err *e)
{
    scratch_write(fixture->path, text, strlen(text), 0600);
    return parse_path(fixture->path, out, e);
}

static void test_parse_when_something_is_wrong_then_file_line_and_key(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    static const struct {
        const char *text;
        unsigned line;
        const char *part;
    } cases[] = {
        {"gatway = \"x\"\n", 1, "there is no key 'gatway'; did you mean 'gateway'?"},
        {"# first\n\ngateway = \"x\"\nzzzzzzzz = 1\n", 4, "there is no key 'zzzzzzzz'"},
        {"tls {\n  authority = \"x\"\n  prot = 1\n}\n", 3, "no key 'prot'; did you mean 'port'?"},
        {"tls {\n  gateway = \"x\"\n}\n", 2, "there is no key 'gateway'"},
        {"tls {\n  inner {\n    plaice = \"x\"\n  }\n}\n", 3, "did you mean 'place'?"},
        {"agency \"a\" {\n  kind = \"x\"\n  bed = 1\n}\n", 3, "did you mean 'beds'?"},
        {"number = 1\n\nnumber = many\n", 3, "'number'"},
        {"number = 12x\n", 1, "'number'"},
        {"number = 1.5\n", 1, "'number'"},
        {"number = 99999999999999999999\n", 1, "'number' is out of range"},
        {"council = maybe\n", 1, "'council'"},
        {"gateway = {\"a\", \"b\"}\n", 1, "unexpected token"},
        {"tls {\n  port = x\n}\n", 2, "'port'"},
        {"agency \"a\" {\n}\nagency \"a\" {\n}\n", 3, "duplicate title 'a'"},
        {"agency {\n}\n", 1, "missing title for section 'agency'"},
        {"gateway\n", 2, "premature end"},
        {"gateway = \"x\n", 2, "premature end"},
        {"}\n", 1, "unexpected closing brace"},
        {"= 1\n", 1, "unexpected token"},
        {"include(\"/etc/passwd\")\n", 1, "there is no key 'include'"},
        /* The first thing that is wrong is the one that is said. */
        {"first_wrong = 1\nnumber = x\n", 1, "'first_wrong'"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char where[SCRATCH_PATH_BYTES + 16];
        struct muster_err e = {MUSTER_OK, ""};
        cfg_t *cfg = NULL;
        enum muster_status status = parse(fixture, cases[i].text, &cfg, &e);
        (void)snprintf(where, sizeof where, "%s:%u: ", fixture->path, cases[i].line);
        if (status != MUSTER_ECONFIG || strncmp(e.text, where, strlen(where)) != 0 ||
            strstr(e.text, cases[i].part) == NULL) {
            print_message("'%s' gave '%s'\n", cases[i].text, e.text);
        }
        assert_int_equal(status, MUSTER_ECONFIG);
        assert_int_equal(e.status, MUSTER_ECONFIG);
        assert_int_equal(strncmp(e.text, where, strlen(where)), 0);
        assert_non_null(strstr(e.text, cases[i].part));
        assert_null(cfg);
        assert_int_equal(parse(fixture, cases[i].text, &cfg, NULL), MUSTER_ECONFIG);
    }
}

static void test_parse_when_names_are_very_long_then_still_a_sentence(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    char text[2000];
    struct muster_err e = {MUSTER_OK, ""};
    cfg_t *cfg = NULL;
    memset(text, 'k', sizeof text);
    memcpy(text + sizeof text - 6, " = 1\n", 6);

    assert_int_equal(parse(fixture, text, &cfg, &e), MUSTER_ECONFIG);

    assert_int_equal(strncmp(e.text, fixture->path, strlen(fixture->path)), 0);
}

/* A folder among them: libconfuse's scanner would end the program. */
static void test_parse_when_there_is_no_such_file_then_says_which(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    char missing[SCRATCH_PATH_BYTES];
    scratch_join(missing, fixture->folder, "missing.conf");
    const struct {
        const char *path;
        const char *part;
    } cases[] = {
        {missing, "No such file"},
        {fixture->folder, "not a regular file"},
        {"", "No such file"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct muster_err e = {MUSTER_OK, ""};
        cfg_t *cfg = NULL;
        assert_int_equal(parse_path(cases[i].path, &cfg, &e), MUSTER_ECONFIG);
        assert_non_null(strstr(e.text, cases[i].path));
        assert_non_null(strstr(e.text, cases[i].part));
        assert_null(cfg);
    }
}

static void test_parse_when_right_then_values_and_defaults(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    struct muster_err e = {MUSTER_OK, ""};
    cfg_t *cfg = NULL;
    const char *text = NULL;
    long number = 0;

    assert_int_equal(parse(fixture,
                           "# comment\ngateway = \"tls+tcp://h:1\" // more\ncouncil = true\n"
                           "agencies = {\"a\", \"b\"}\nagency \"a\" { kind = \"police\" }\n"
                           "agency \"b\" {}\n",
                           &cfg, &e),
                     MUSTER_OK);

    assert_int_equal(config_text(cfg, "gateway", &text, &e), MUSTER_OK);
    assert_string_equal(text, "tls+tcp://h:1");
    assert_int_equal(config_number(cfg, "number", 0, 10, &number, &e), MUSTER_OK);
    assert_int_equal(number, 5);
    assert_int_equal(cfg_getbool(cfg, "council"), cfg_true);
    assert_int_equal(cfg_size(cfg, "agencies"), 2);
    assert_int_equal(cfg_size(cfg, "agency"), 2);
    assert_int_equal(cfg_free(cfg), 0);
    assert_int_equal(parse(fixture, "", &cfg, &e), MUSTER_OK);
    assert_int_equal(cfg_free(cfg), 0);
}

static void test_text_when_missing_or_empty_then_refused_naming_key_and_section(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    struct muster_err e = {MUSTER_OK, ""};
    cfg_t *cfg = NULL;
    const char *text = "before";
    assert_int_equal(parse(fixture, "gateway = \"\"\nagency \"north\" {\n}\n", &cfg, &e),
                     MUSTER_OK);

    assert_int_equal(config_text(cfg, "gateway", &text, &e), MUSTER_ECONFIG);
    assert_non_null(strstr(e.text, "key 'gateway': is missing"));
    assert_int_equal(config_text(cfg_getnsec(cfg, "agency", 0), "kind", &text, &e), MUSTER_ECONFIG);
    assert_non_null(strstr(e.text, "key 'kind' of 'north': is missing"));
    assert_non_null(strstr(e.text, fixture->path));
    assert_int_equal(config_text(cfg_getsec(cfg, "tls"), "authority", &text, &e), MUSTER_ECONFIG);
    assert_non_null(strstr(e.text, fixture->path));

    assert_string_equal(text, "before");
    assert_int_equal(cfg_free(cfg), 0);
}

static void test_number_when_at_the_bounds_then_taken_and_beyond_refused(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    static const struct {
        const char *text;
        bool taken;
        long number;
    } cases[] = {
        {"number = 10", true, 10},
        {"number = 20", true, 20},
        {"number = 9", false, 0},
        {"number = 21", false, 0},
        {"number = 0", false, 0},
        {"number = -10", false, 0},
        {"number = 9223372036854775807", false, 0},
        {"", false, 0},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct muster_err e = {MUSTER_OK, ""};
        cfg_t *cfg = NULL;
        long number = 77;
        assert_int_equal(parse(fixture, cases[i].text, &cfg, &e), MUSTER_OK);
        enum muster_status status = config_number(cfg, "number", 10, 20, &number, &e);
        assert_int_equal(status, cases[i].taken ? MUSTER_OK : MUSTER_ECONFIG);
        assert_int_equal(number, cases[i].taken ? cases[i].number : 77);
        if (!cases[i].taken) {
            assert_non_null(strstr(e.text, "'number': must lie between 10 and 20"));
        }
        assert_int_equal(cfg_free(cfg), 0);
    }
}

static void assert_path(cfg_t *section, const char *expected)
{
    char *path = NULL;
    struct muster_err e = {MUSTER_OK, ""};
    assert_int_equal(config_path(section, "place", true, &path, &e), MUSTER_OK);
    assert_string_equal(path, expected);
    muster_free(path);
}

/* The working folder of the program has no say, in no section however it came about. */
static void test_path_when_relative_then_from_the_configuration_whatever_the_section(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    char beside[SCRATCH_PATH_BYTES];
    char above[SCRATCH_PATH_BYTES];
    struct muster_err e = {MUSTER_OK, ""};
    cfg_t *cfg = NULL;
    scratch_join(beside, fixture->folder, "x/y");
    scratch_join(above, fixture->folder, "../z");
    assert_int_equal(parse(fixture,
                           "place = \"x/y\"\ntls { inner { place = \"x/y\" } }\n"
                           "agency \"a\" { place = \"../z\" }\nagency \"b\" { place = \"/abs\" }\n",
                           &cfg, &e),
                     MUSTER_OK);

    assert_path(cfg, beside);
    assert_path(cfg_getsec(cfg_getsec(cfg, "tls"), "inner"), beside);
    assert_path(cfg_getnsec(cfg, "agency", 0), above);
    assert_path(cfg_getnsec(cfg, "agency", 1), "/abs");

    assert_int_equal(cfg_free(cfg), 0);
}

static void test_path_when_missing_then_null_or_refused_as_required(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    struct muster_err e = {MUSTER_OK, ""};
    cfg_t *cfg = NULL;
    char before[] = "before";
    char *path = before;
    assert_int_equal(parse(fixture, "", &cfg, &e), MUSTER_OK);
    cfg_t *inner = cfg_getsec(cfg_getsec(cfg, "tls"), "inner");

    assert_int_equal(config_path(inner, "place", true, &path, &e), MUSTER_ECONFIG);
    assert_ptr_equal(path, before);
    assert_non_null(strstr(e.text, fixture->path));
    assert_non_null(strstr(e.text, "'place'"));
    assert_int_equal(config_path(inner, "place", false, &path, &e), MUSTER_OK);
    assert_null(path);
    assert_int_equal(cfg_free(cfg), 0);

    assert_int_equal(parse(fixture, "place = \"x\"\n", &cfg, &e), MUSTER_OK);
    path = before;
    (void)muster_alloc_fail_at(1);
    assert_int_equal(config_path(cfg, "place", true, &path, &e), MUSTER_ENOMEM);
    assert_true(muster_alloc_fail_at(0));
    assert_ptr_equal(path, before);
    assert_int_equal(cfg_free(cfg), 0);
}

/* Comments are taken out before libconfuse counts lines; what only looks like one stays. */
static void test_parse_when_there_are_comments_then_lines_count_and_texts_stay(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    static const struct {
        const char *text;
        const char *gateway; /* NULL: `wrong` on that line */
        unsigned line;
    } cases[] = {
        {"gateway = \"a # b\"\n", "a # b", 0},
        {"gateway = 'a // b'\n", "a // b", 0},
        {"gateway = \"a \\\" # b\"\n", "a \" # b", 0},
        {"gateway = \"it's\" # it's\n", "it's", 0},
        {"gateway = a//b\n", "a//b", 0},
        {"gateway = tcp://host:1\n", "tcp://host:1", 0},
        {"gateway = a //b\n", "a", 0},
        {"gateway = \"a\"//b\n", "a", 0},
        {"gateway = a#b\n", "a", 0},
        {"/* it's */ gateway = 'a # b'\n", "a # b", 0},
        {"/* \" */ gateway = \"a # b\"\n", "a # b", 0},
        {"# \" '\ngateway = \"a\" // '\n", "a", 0},
        {"#\n#\n# x\n\nwrong = 1\n", NULL, 5},
        {"// x\n// y\nwrong = 1\n", NULL, 3},
        {"/* x\n\n y */\nwrong = 1\n", NULL, 4},
        {"tls {\n# x\n  wrong = 1\n}\n", NULL, 3},
        {"gateway = \"a\" # x\nwrong = 1 # y\n", NULL, 2},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char where[SCRATCH_PATH_BYTES + 64];
        struct muster_err e = {MUSTER_OK, ""};
        cfg_t *cfg = NULL;
        enum muster_status status = parse(fixture, cases[i].text, &cfg, &e);
        if (cases[i].gateway == NULL) {
            (void)snprintf(where, sizeof where, "%s:%u: there is no key 'wrong'", fixture->path,
                           cases[i].line);
            assert_int_equal(status, MUSTER_ECONFIG);
            assert_string_equal(e.text, where);
        } else {
            assert_string_equal(e.text, "");
            assert_int_equal(status, MUSTER_OK);
            assert_string_equal(cfg_getstr(cfg, "gateway"), cases[i].gateway);
            assert_int_equal(cfg_free(cfg), 0);
        }
    }
}

#define config_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        config_test(test_parse_when_something_is_wrong_then_file_line_and_key),
        config_test(test_parse_when_names_are_very_long_then_still_a_sentence),
        config_test(test_parse_when_there_is_no_such_file_then_says_which),
        config_test(test_parse_when_right_then_values_and_defaults),
        config_test(test_text_when_missing_or_empty_then_refused_naming_key_and_section),
        config_test(test_number_when_at_the_bounds_then_taken_and_beyond_refused),
        config_test(test_path_when_relative_then_from_the_configuration_whatever_the_section),
        config_test(test_path_when_missing_then_null_or_refused_as_required),
        config_test(test_parse_when_there_are_comments_then_lines_count_and_texts_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
