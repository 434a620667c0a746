/* Opening a session where it fails before a gateway is spoken to: what is wrong with which file. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <agents/client/session.h>

#include "tests/lib/certificates.h"
#include "tests/lib/scratch.h"

/* Of tests/unit/core/tlog/example.h. */
static const char vkey[] =
    "log.muster.example/1+9da01379+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n";

struct fixture {
    struct test_authority *root;
    struct test_identity identity;
    char vkey[SCRATCH_PATH_BYTES];
    char other[SCRATCH_PATH_BYTES];
    char url[64];
    struct settings settings;
};

/* A port of this machine that nobody listens at: bound, and closed again. */
static void free_port(char url[64])
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &len), 0);
    assert_int_equal(close(fd), 0);
    (void)snprintf(url, 64, "tls+tcp://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
}

static int set_up(void **state)
{
    struct fixture *fixture = (struct fixture *)calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    fixture->root = test_authority_new("root", NULL);
    fixture->identity = test_authority_issue(fixture->root, "police",
                                             "URI:urn:muster:agency:police", TEST_USAGE_CLIENT, 30);
    scratch_join(fixture->vkey, test_authority_folder(fixture->root), "log.vkey");
    scratch_join(fixture->other, test_authority_folder(fixture->root), "other");
    scratch_write(fixture->vkey, vkey, sizeof vkey - 1, 0644);
    free_port(fixture->url);
    fixture->settings = (struct settings){
        .gateway = fixture->url,
        .agency = "police",
        .vkey_file = fixture->vkey,
        .tls = {test_authority_file(fixture->root), NULL, fixture->identity.certificate,
                fixture->identity.key},
    };
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    test_authority_free(fixture->root);
    free(fixture);
    return 0;
}

static void assert_refused(struct fixture *fixture, enum muster_status status, const char *part)
{
    struct session *session = NULL;
    struct muster_err e = {MUSTER_OK, ""};
    enum muster_status got = session_open(&fixture->settings, &session, &e);
    if (got != status || strstr(e.text, part) == NULL) {
        print_message("expected '%s', got %s: %s\n", part, muster_status_name(got), e.text);
    }
    assert_int_equal(got, status);
    assert_int_equal(e.status, status);
    assert_non_null(strstr(e.text, part));
    assert_null(session);
}

/* All of it is configuration: exit code 3, never the gateway's "no". */
static void test_session_when_log_key_is_not_one_then_configuration_is_wrong(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    static const char *const wrong[] = {
        "",
        "\n",
        "log.muster.example/1",
        "log.muster.example/1+9da01379+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG",
        "log.muster.example/1+9da01378+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n",
        "PRIVATE+KEY+log.muster.example/1+9da01379+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n",
        "-----BEGIN PUBLIC KEY-----\n",
    };
    char many[5000];

    fixture->settings.vkey_file = fixture->other;
    assert_refused(fixture, MUSTER_ECONFIG, fixture->other);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        scratch_write(fixture->other, wrong[i], strlen(wrong[i]), 0600);
        assert_refused(fixture, MUSTER_ECONFIG, fixture->other);
    }
    memset(many, 'x', sizeof many);
    scratch_write(fixture->other, many, sizeof many, 0600);
    assert_refused(fixture, MUSTER_ECONFIG, fixture->other);
}

static void test_session_when_signing_files_are_wrong_then_named(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;

    fixture->settings.signing_certificate = fixture->identity.certificate;
    fixture->settings.signing_key = fixture->other;
    assert_refused(fixture, MUSTER_ENOTFOUND, fixture->other);
    scratch_write(fixture->other, "no key", 6, 0600);
    assert_refused(fixture, MUSTER_ECONFIG, fixture->other);
    /* A certificate for connections is none that signs. */
    fixture->settings.signing_key = fixture->identity.key;
    assert_refused(fixture, MUSTER_ECONFIG, fixture->identity.certificate);
}

static void test_session_when_tls_files_or_address_are_wrong_then_configuration(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;

    scratch_write(fixture->other, "no certificate", 14, 0600);
    fixture->settings.tls.ca = fixture->other;
    assert_refused(fixture, MUSTER_ECONFIG, fixture->other);
    fixture->settings.tls.ca = test_authority_file(fixture->root);
    fixture->settings.tls.crl = fixture->other;
    assert_refused(fixture, MUSTER_ECONFIG, fixture->other);
    fixture->settings.tls.crl = NULL;
    static const char *const addresses[] = {"", "127.0.0.1:1", "tcp://127.0.0.1:1", "tls+tcp://",
                                            "http://127.0.0.1:1/"};
    for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++) {
        fixture->settings.gateway = addresses[i];
        assert_refused(fixture, MUSTER_ECONFIG, "");
    }
}

static void test_session_when_nobody_answers_then_closed_and_nothing_left_open(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;

    assert_refused(fixture, MUSTER_ECLOSED, "");
    size_t open = scratch_count_open();
    for (int i = 0; i < 40; i++) {
        assert_refused(fixture, MUSTER_ECLOSED, "");
    }
    /* The network library closes the last ones a little later, by a thread of its own. */
    assert_true(scratch_count_open() < open + 20);
    session_close(NULL);
}

#define session_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        session_test(test_session_when_log_key_is_not_one_then_configuration_is_wrong),
        session_test(test_session_when_signing_files_are_wrong_then_named),
        session_test(test_session_when_tls_files_or_address_are_wrong_then_configuration),
        session_test(test_session_when_nobody_answers_then_closed_and_nothing_left_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
