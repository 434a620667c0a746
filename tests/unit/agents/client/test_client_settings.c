/* The configuration of muster-agent and muster: every sentence it can be refused with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <agents/client/settings.h>

#include "tests/lib/scratch.h"

/* A whole one, a line each, so that a test can leave one out. */
static const char *const lines[] = {
    "gateway = \"tls+tcp://127.0.0.1:1\"",
    "agency = \"police\"",
    "log_vkey_file = \"log.vkey\"",
    "outbox = \"state/outbox.db\"",
    "outbox_key = \"/abs/outbox.key\"",
    "tls {",
    "  ca = \"../ca.pem\"",
    "  crl = \"ca.crl\"",
    "  certificate = \"tls.pem\"",
    "  key = \"tls.key\"",
    "}",
    "signing {",
    "  certificate = \"sign.pem\"",
    "  key = \"sign.key\"",
    "}",
};
#define LINES (sizeof lines / sizeof lines[0])

struct fixture {
    char folder[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];
};

static int set_up(void **state)
{
    struct fixture *fixture = (struct fixture *)calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    scratch_make(fixture->folder);
    scratch_join(fixture->path, fixture->folder, "agent.conf");
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

/* Writes the whole configuration, line `without` replaced by `instead` (may be NULL), with `more`
 * behind it. */
static void write_conf(const struct fixture *fixture, size_t without, const char *instead,
                       const char *more)
{
    char text[4096] = "";
    for (size_t i = 0; i < LINES; i++) {
        const char *line = i != without ? lines[i] : instead != NULL ? instead : "";
        size_t len = strlen(text);
        (void)snprintf(text + len, sizeof text - len, "%s\n", line);
    }
    size_t len = strlen(text);
    (void)snprintf(text + len, sizeof text - len, "%s", more);
    scratch_write(fixture->path, text, strlen(text), 0600);
}

static void assert_refused(const struct fixture *fixture, bool needs_agency, const char *part)
{
    struct settings settings = {.gateway = "untouched"};
    struct muster_err e = {MUSTER_OK, ""};
    enum muster_status status = settings_load(fixture->path, needs_agency, &settings, &e);
    if (status != MUSTER_ECONFIG || strstr(e.text, part) == NULL) {
        print_message("expected '%s', got %s: %s\n", part, muster_status_name(status), e.text);
    }
    assert_int_equal(status, MUSTER_ECONFIG);
    assert_non_null(strstr(e.text, part));
    assert_non_null(strstr(e.text, fixture->path));
    assert_string_equal(settings.gateway, "untouched");
    assert_int_equal(settings_load(fixture->path, needs_agency, &settings, NULL), MUSTER_ECONFIG);
}

static void test_settings_when_a_key_is_missing_or_empty_then_named(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    static const struct {
        size_t line;
        const char *empty;
        const char *part;
        bool for_everybody; /* also who only asks */
    } cases[] = {
        {0, "gateway = \"\"", "key 'gateway': is missing", true},
        {1, "agency = \"\"", "key 'agency': is missing", false},
        {2, "log_vkey_file = \"\"", "key 'log_vkey_file': is missing", true},
        {3, "outbox = \"\"", "key 'outbox': is missing", false},
        {4, "outbox_key = \"\"", "key 'outbox_key': is missing", false},
        {6, "ca = \"\"", "key 'ca'", true},
        {8, "certificate = \"\"", "key 'certificate'", true},
        {9, "key = \"\"", "key 'key'", true},
        /* Who only asks may leave out both, never one. */
        {12, "certificate = \"\"", "key 'certificate'", true},
        {13, "key = \"\"", "key 'key'", true},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int empty = 0; empty < 2; empty++) {
            write_conf(fixture, cases[i].line, empty ? cases[i].empty : NULL, "");
            assert_refused(fixture, true, cases[i].part);
            if (cases[i].for_everybody) {
                assert_refused(fixture, false, cases[i].part);
            } else {
                struct settings settings;
                assert_int_equal(settings_load(fixture->path, false, &settings, NULL), MUSTER_OK);
                settings_fini(&settings);
            }
        }
    }
}

static void
test_settings_when_a_key_is_unknown_or_of_another_type_then_line_and_nearest(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    static const struct {
        size_t line;
        const char *instead;
        const char *part;
    } cases[] = {
        {0, "gatway = \"x\"", ":1: there is no key 'gatway'; did you mean 'gateway'?"},
        {3, "outbux = \"x\"", ":4: there is no key 'outbux'; did you mean 'outbox'?"},
        {8, "certificat = \"x\"", ":9: there is no key 'certificat'; did you mean 'certificate'?"},
        {12, "ca = \"x\"", ":13: there is no key 'ca'"},
        {1, "council = perhaps", ":2: invalid boolean value for option 'council'"},
        {1, "agency = {\"a\"}", ":2: unexpected token"},
        {5, "tsl {", ":6: there is no key 'tsl'; did you mean 'tls'?"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_conf(fixture, cases[i].line, cases[i].instead, "");
        assert_refused(fixture, true, cases[i].part);
    }
}

static void test_settings_when_there_is_no_file_then_named(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;

    assert_refused(fixture, true, "No such file");
}

static void test_settings_when_sections_are_not_written_then_what_is_missing_is_named(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    static const char text[] = "gateway = \"g\"\nlog_vkey_file = \"v\"\nagency = \"a\"\n"
                               "outbox = \"o\"\noutbox_key = \"k\"\n";

    scratch_write(fixture->path, text, strlen(text), 0600);

    assert_refused(fixture, true, "key 'ca'");
    assert_refused(fixture, false, "key 'ca'");
}

static void assert_beside(const struct fixture *fixture, const char *path, const char *name)
{
    char expected[SCRATCH_PATH_BYTES];
    scratch_join(expected, fixture->folder, name);
    assert_string_equal(path, expected);
}

static void test_settings_when_whole_then_paths_are_from_the_configuration(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    struct settings settings;
    struct muster_err e = {MUSTER_OK, ""};
    write_conf(fixture, LINES, NULL, "council = true\nagencies = {\"police\", \"school-1\"}\n");

    assert_int_equal(settings_load(fixture->path, true, &settings, &e), MUSTER_OK);

    assert_string_equal(settings.gateway, "tls+tcp://127.0.0.1:1");
    assert_string_equal(settings.agency, "police");
    assert_beside(fixture, settings.vkey_file, "log.vkey");
    assert_beside(fixture, settings.outbox, "state/outbox.db");
    assert_string_equal(settings.outbox_key, "/abs/outbox.key");
    assert_beside(fixture, settings.tls.ca, "../ca.pem");
    assert_beside(fixture, settings.tls.crl, "ca.crl");
    assert_beside(fixture, settings.tls.certificate, "tls.pem");
    assert_beside(fixture, settings.tls.key, "tls.key");
    assert_beside(fixture, settings.signing_certificate, "sign.pem");
    assert_beside(fixture, settings.signing_key, "sign.key");
    assert_true(settings.is_council);
    assert_int_equal(settings.agency_count, 2);
    assert_true(settings_knows_agency(&settings, "police"));
    assert_true(settings_knows_agency(&settings, "school-1"));
    assert_false(settings_knows_agency(&settings, "school"));
    assert_false(settings_knows_agency(&settings, "Police"));
    assert_false(settings_knows_agency(&settings, ""));
    settings_fini(&settings);
    settings_fini(&settings);
}

static void test_settings_when_body_only_asks_then_the_agents_part_is_null(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    static const char *const agencies[] = {"", "agency = \"\"\n"};

    for (size_t i = 0; i < 2; i++) {
        struct settings settings;
        char text[512];
        (void)snprintf(text, sizeof text,
                       "%sgateway = \"g\"\nlog_vkey_file = \"v\"\n"
                       "tls { ca = \"a\" certificate = \"c\" key = \"k\" }\n",
                       agencies[i]);
        scratch_write(fixture->path, text, strlen(text), 0600);

        assert_int_equal(settings_load(fixture->path, false, &settings, NULL), MUSTER_OK);

        assert_null(settings.agency);
        assert_null(settings.tls.crl);
        assert_null(settings.signing_certificate);
        assert_null(settings.signing_key);
        assert_null(settings.outbox);
        assert_null(settings.outbox_key);
        assert_false(settings.is_council);
        assert_true(settings_knows_agency(&settings, "anybody"));
        settings_fini(&settings);
    }
}

static void test_settings_when_agencies_are_too_many_then_refused(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;

    for (size_t count = SETTINGS_AGENCIES; count <= SETTINGS_AGENCIES + 1; count++) {
        char *text = (char *)calloc(1, 64 * 1024);
        struct settings settings;
        assert_non_null(text);
        size_t len = (size_t)sprintf(text, "gateway = \"g\"\nlog_vkey_file = \"v\"\n"
                                           "tls { ca = \"a\" certificate = \"c\" key = \"k\" }\n"
                                           "agencies = {");
        for (size_t i = 0; i < count; i++) {
            len += (size_t)sprintf(text + len, "%s\"a%zu\"", i > 0 ? ", " : "", i);
        }
        len += (size_t)sprintf(text + len, "}\n");
        scratch_write(fixture->path, text, len, 0600);
        if (count > SETTINGS_AGENCIES) {
            assert_refused(fixture, false, "key 'agencies': names more than 2048 agencies");
        } else {
            assert_int_equal(settings_load(fixture->path, false, &settings, NULL), MUSTER_OK);
            assert_true(settings_knows_agency(&settings, "a2047"));
            assert_false(settings_knows_agency(&settings, "a2048"));
            settings_fini(&settings);
        }
        free(text);
    }
}

static void test_settings_when_the_nth_allocation_fails_then_says_so_and_leaks_nothing(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    bool struck = true;
    write_conf(fixture, LINES, NULL, "agencies = {\"police\", \"school-1\"}\n");

    for (unsigned n = 1; struck; n++) {
        struct settings settings = {.gateway = "untouched"};
        (void)muster_alloc_fail_at(n);
        enum muster_status status = settings_load(fixture->path, true, &settings, NULL);
        struck = muster_alloc_fail_at(0);
        assert_int_equal(status, struck ? MUSTER_ENOMEM : MUSTER_OK);
        if (struck) {
            assert_string_equal(settings.gateway, "untouched");
        } else {
            settings_fini(&settings);
        }
    }
}

/* The examples that are shipped must load. */
static void test_settings_when_shipped_then_they_load(void **state)
{
    static const struct {
        const char *name;
        bool agent;
    } shipped[] = {
        {"council", true}, {"health", true}, {"police", true},   {"school", true},
        {"board", false},  {"lscb", false},  {"auditor", false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof shipped / sizeof shipped[0]; i++) {
        char path[SCRATCH_PATH_BYTES];
        struct settings settings;
        struct muster_err e = {MUSTER_OK, ""};
        (void)snprintf(path, sizeof path, "%s/agents/conf/%s.conf", MUSTER_SOURCE_DIR,
                       shipped[i].name);
        enum muster_status status = settings_load(path, shipped[i].agent, &settings, &e);
        if (status != MUSTER_OK) {
            print_message("%s\n", e.text);
        }
        assert_int_equal(status, MUSTER_OK);
        settings_fini(&settings);
    }
}

#define conf_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        conf_test(test_settings_when_a_key_is_missing_or_empty_then_named),
        conf_test(test_settings_when_a_key_is_unknown_or_of_another_type_then_line_and_nearest),
        conf_test(test_settings_when_there_is_no_file_then_named),
        conf_test(test_settings_when_sections_are_not_written_then_what_is_missing_is_named),
        conf_test(test_settings_when_whole_then_paths_are_from_the_configuration),
        conf_test(test_settings_when_body_only_asks_then_the_agents_part_is_null),
        conf_test(test_settings_when_agencies_are_too_many_then_refused),
        conf_test(test_settings_when_the_nth_allocation_fails_then_says_so_and_leaks_nothing),
        conf_test(test_settings_when_shipped_then_they_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
