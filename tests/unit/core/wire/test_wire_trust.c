/* Who is let in and who is not, and that both ends say why: over real connections. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "core/wire/trust.h"
#include "wire_fixture.h"

static enum muster_status try_open(struct fixture *fixture, const struct wire_tls_files *files,
                                   struct muster_err *e)
{
    struct wire_client_limits limits;
    struct wire_client *client = NULL;
    wire_client_limits_default(&limits);
    enum muster_status rc = wire_client_open(fixture->url, files, &limits, &client, e);
    if (rc == MUSTER_OK) {
        fixture_echo(client, "hello");
        wire_client_close(client);
    }
    return rc;
}

/* Opens as `identity`; both ends must tell the refusal `code`, or none where it is NULL. True when
 * the client had it from the server's alert, which can be lost on its way. */
static bool check_client(struct fixture *fixture, const struct test_identity *identity,
                         const char *code)
{
    struct wire_tls_files files = fixture_files(fixture, identity);
    struct muster_err e = {0};
    size_t before = code == NULL ? 0 : record_refused(&fixture->record, code);
    enum muster_status rc = try_open(fixture, &files, &e);
    if (code == NULL) {
        if (rc != MUSTER_OK) {
            fail_msg("%s is refused: %s", identity->certificate, e.text);
        }
        return false;
    }
    if (rc != MUSTER_EAUTH) {
        fail_msg("%s: %s (%s)", identity->certificate, muster_status_name(rc), e.text);
    }
    if (!wait_refused(fixture, code, before + 1)) {
        fail_msg("%s was not refused as %s", identity->certificate, code);
    }
    return strstr(e.text, "refuses this certificate") != NULL;
}

static void test_client_when_its_certificate_is_wrong_then_told_apart(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *name;
        bool other; /* issuer */
        enum test_usage usage;
        int days;
        bool revoked;
        const char *code;
    } cases[] = {
        {"right", false, TEST_USAGE_CLIENT, 1, false, NULL},
        {"ends-soon", false, TEST_USAGE_CLIENT, 1, false, NULL},
        {"untrusted", true, TEST_USAGE_CLIENT, 1, false, "tls.untrusted"},
        {"expired", false, TEST_USAGE_CLIENT, -1, false, "tls.expired"},
        {"no-usage", false, TEST_USAGE_NONE, 1, false, "tls.wrong_usage"},
        {"server", false, TEST_USAGE_SERVER, 1, false, "tls.wrong_usage"},
        {"mail", false, TEST_USAGE_MAIL, 1, false, "tls.wrong_usage"},
        {"revoked", false, TEST_USAGE_CLIENT, 1, true, "tls.revoked"},
        {"stranger", false, TEST_USAGE_CLIENT, 1, false, "peer.unknown"},
    };
    struct test_identity identities[sizeof cases / sizeof cases[0]];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        identities[i] =
            test_authority_issue(cases[i].other ? fixture->other : fixture->root, cases[i].name,
                                 "URI:urn:muster:agency:x", cases[i].usage, cases[i].days);
        if (cases[i].revoked) {
            test_authority_revoke(fixture->root, cases[i].name);
        }
    }
    fixture->server_files.crl = test_authority_write_crl(fixture->root, 1);
    fixture_start(fixture);

    size_t alerts = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        alerts += check_client(fixture, &identities[i], cases[i].code);
    }

    assert_true(alerts > 0);
    /* Only the stranger was authenticated: only its refusal names a peer. */
    assert_int_equal(fixture->record.with_peer, 1);
    assert_true(wait_connections(fixture, 0));
}

static void test_client_when_it_shows_no_certificate_then_refused(void **state)
{
    struct fixture *fixture = *state;
    uint8_t byte = 0;
    fixture_start(fixture);
    struct raw raw = raw_connect(fixture);

    /* In TLS 1.3 the refusal shows at the first read only. */
    assert_true(raw_secure(&raw, NULL, 0));
    assert_false(raw_read(&raw, &byte, 1));

    assert_true(wait_refused(fixture, "tls.no_certificate", 1));
    raw_free(&raw);
}

static void test_client_when_it_offers_tls_1_2_only_then_refused(void **state)
{
    struct fixture *fixture = *state;
    fixture_start(fixture);
    struct raw raw = raw_connect(fixture);

    assert_false(raw_secure(&raw, &fixture->agency, TLS1_2_VERSION));

    assert_true(wait_refused(fixture, "tls.version", 1));
    raw_free(&raw);
}

static void test_chain_when_an_intermediate_is_revoked_then_refused(void **state)
{
    struct fixture *fixture = *state;
    struct test_authority *fine = test_authority_new("fine", fixture->root);
    struct test_authority *bad = test_authority_new("bad", fixture->root);
    struct test_identity under_fine =
        test_authority_issue(fine, "under-fine", NULL, TEST_USAGE_CLIENT, 1);
    struct test_identity under_bad =
        test_authority_issue(bad, "under-bad", NULL, TEST_USAGE_CLIENT, 1);
    fixture_start(fixture);
    (void)check_client(fixture, &under_fine, NULL);
    (void)check_client(fixture, &under_bad, NULL);

    test_authority_revoke(fixture->root, "bad");
    /* The lists of fine and root, then those of bad and root: one file with all. */
    char command[3 * TEST_PATH_BYTES];
    char all[TEST_PATH_BYTES];
    snprintf(all, sizeof all, "%s/all.crl.pem", test_authority_folder(fixture->root));
    snprintf(command, sizeof command, "cat %s %s > %s", test_authority_write_crl(fine, 1),
             test_authority_write_crl(bad, 1), all);
    assert_int_equal(system(command), 0);
    fixture->server_files.crl = all;
    assert_int_equal(wire_server_reload(fixture->server, &fixture->server_files, NULL), MUSTER_OK);

    (void)check_client(fixture, &under_fine, NULL);
    (void)check_client(fixture, &under_bad, "tls.revoked");
    test_authority_free(bad);
    test_authority_free(fine);
}

static void test_chain_when_an_issuer_has_no_current_list_then_refused(void **state)
{
    struct fixture *fixture = *state;
    struct test_authority *middle = test_authority_new("middle", fixture->root);
    struct test_identity under_middle =
        test_authority_issue(middle, "under-middle", NULL, TEST_USAGE_CLIENT, 1);
    fixture->server_files.crl = test_authority_write_crl(fixture->root, 1);
    fixture_start(fixture);
    (void)check_client(fixture, &fixture->agency, NULL);
    (void)check_client(fixture, &under_middle, "tls.crl");

    fixture->server_files.crl = test_authority_write_crl(fixture->root, -1);
    assert_int_equal(wire_server_reload(fixture->server, &fixture->server_files, NULL), MUSTER_OK);

    (void)check_client(fixture, &fixture->agency, "tls.crl");
    test_authority_free(middle);
}

static void test_server_when_its_certificate_is_wrong_then_client_says_which(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *name;
        bool other;
        const char *names;
        enum test_usage usage;
        int days;
        const char *code;
    } cases[] = {
        {"g-other", true, "IP:127.0.0.1", TEST_USAGE_SERVER, 1, "tls.untrusted"},
        {"g-expired", false, "IP:127.0.0.1", TEST_USAGE_SERVER, -1, "tls.expired"},
        {"g-client", false, "IP:127.0.0.1", TEST_USAGE_CLIENT, 1, "tls.wrong_usage"},
        {"g-none", false, "IP:127.0.0.1", TEST_USAGE_NONE, 1, "tls.wrong_usage"},
        {"g-name", false, "DNS:localhost,IP:127.0.0.2", TEST_USAGE_SERVER, 1, "tls.wrong_name"},
        {"127.0.0.1", false, NULL, TEST_USAGE_SERVER, 1, "tls.wrong_name"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct test_identity gateway =
            test_authority_issue(cases[i].other ? fixture->other : fixture->root, cases[i].name,
                                 cases[i].names, cases[i].usage, cases[i].days);
        fixture->server_files = fixture_files(fixture, &gateway);
        fixture_start(fixture);
        struct muster_err e = {0};

        assert_int_equal(try_open(fixture, &fixture->client_files, &e), MUSTER_EAUTH);
        if (strstr(e.text, cases[i].code) == NULL) {
            fail_msg("%s, not %s", e.text, cases[i].code);
        }

        wire_server_stop(fixture->server);
        fixture->server = NULL;
    }
}

/* Whether the name leads to where the fixture listens: some machines put ::1 first. */
static bool localhost_is_ipv4(void)
{
    struct addrinfo *found = NULL;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    if (getaddrinfo("localhost", NULL, &hints, &found) != 0) {
        return false;
    }
    bool is_ipv4 = found->ai_family == AF_INET;
    freeaddrinfo(found);
    return is_ipv4;
}

static void test_server_when_dialled_by_host_name_then_name_is_checked(void **state)
{
    struct fixture *fixture = *state;
    if (!localhost_is_ipv4()) {
        print_message("SKIPPED: localhost is not 127.0.0.1 on this machine\n");
        skip();
    }
    struct test_identity elsewhere = test_authority_issue(
        fixture->root, "elsewhere", "DNS:gateway.example,IP:127.0.0.1", TEST_USAGE_SERVER, 1);
    fixture_start(fixture);
    snprintf(fixture->url, sizeof fixture->url, "tls+tcp://localhost:%u",
             (unsigned)wire_server_port(fixture->server));
    assert_int_equal(try_open(fixture, &fixture->client_files, NULL), MUSTER_OK);

    struct wire_tls_files files = fixture_files(fixture, &elsewhere);
    assert_int_equal(wire_server_reload(fixture->server, &files, NULL), MUSTER_OK);

    assert_int_equal(try_open(fixture, &fixture->client_files, NULL), MUSTER_EAUTH);
    /* A common name is for people; only alternative names count. */
    struct test_identity common =
        test_authority_issue(fixture->root, "localhost", NULL, TEST_USAGE_SERVER, 1);
    files = fixture_files(fixture, &common);
    assert_int_equal(wire_server_reload(fixture->server, &files, NULL), MUSTER_OK);
    assert_int_equal(try_open(fixture, &fixture->client_files, NULL), MUSTER_EAUTH);
}

static void test_server_when_revoked_in_the_clients_list_then_refused(void **state)
{
    struct fixture *fixture = *state;
    fixture_start(fixture);
    fixture->client_files.crl = test_authority_write_crl(fixture->root, 1);
    assert_int_equal(try_open(fixture, &fixture->client_files, NULL), MUSTER_OK);

    test_authority_revoke(fixture->root, "gateway");
    fixture->client_files.crl = test_authority_write_crl(fixture->root, 1);

    struct muster_err e = {0};
    assert_int_equal(try_open(fixture, &fixture->client_files, &e), MUSTER_EAUTH);
    assert_non_null(strstr(e.text, "tls.revoked"));
}

static void test_files_when_unusable_then_refused_with_their_name(void **state)
{
    struct fixture *fixture = *state;
    struct wire_client *client = NULL;
    struct wire_client_limits limits;
    struct test_identity second =
        test_authority_issue(fixture->root, "second", NULL, TEST_USAGE_CLIENT, 1);
    struct wire_tls_files good = fixture_files(fixture, &second);
    const char *crl = test_authority_write_crl(fixture->root, 1);
    struct {
        struct wire_tls_files files;
        const char *named;
        enum muster_status status;
    } cases[] = {
        {{good.key, NULL, good.certificate, good.key}, good.key, MUSTER_ECONFIG},
        {{crl, NULL, good.certificate, good.key}, crl, MUSTER_ECONFIG},
        {{good.ca, good.ca, good.certificate, good.key}, good.ca, MUSTER_ECONFIG},
        {{good.ca, NULL, good.key, good.key}, good.key, MUSTER_ECONFIG},
        {{good.ca, NULL, good.certificate, good.certificate}, good.certificate, MUSTER_ECONFIG},
        {{good.ca, NULL, good.certificate, fixture->agency.key},
         fixture->agency.key,
         MUSTER_ECONFIG},
        {{"/nonexistent", NULL, good.certificate, good.key}, "/nonexistent", MUSTER_ENOTFOUND},
    };
    wire_client_limits_default(&limits);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct muster_err e = {0};
        assert_int_equal(
            wire_client_open("tls+tcp://127.0.0.1:1", &cases[i].files, &limits, &client, &e),
            cases[i].status);
        if (strstr(e.text, cases[i].named) == NULL) {
            fail_msg("case %zu: %s", i, e.text);
        }
    }
    assert_int_equal(chmod(second.key, 0640), 0);
    assert_int_equal(wire_client_open("tls+tcp://127.0.0.1:1", &good, &limits, &client, NULL),
                     MUSTER_ECONFIG);
}

static enum wire_refusal read_identity(const struct test_identity *identity, struct wire_peer *out)
{
    FILE *file = fopen(identity->certificate, "r");
    assert_non_null(file);
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    assert_non_null(certificate);
    (void)fclose(file);
    enum wire_refusal refusal = trust_read_peer(certificate, out);
    X509_free(certificate);
    return refusal;
}

static void test_peer_when_read_then_only_our_names_in_order(void **state)
{
    struct fixture *fixture = *state;
    struct wire_peer peer;
    struct test_identity identity =
        test_authority_issue(fixture->root, "p\xc3\xa9t\nr",
                             "URI:http://x.example/,URI:urn:muster:agency:health,DNS:urn:muster:no,"
                             "URI:urn:muster:role:submitter,URI:urn:musterx:y",
                             TEST_USAGE_CLIENT, 1);

    assert_int_equal(read_identity(&identity, &peer), WIRE_FINE);

    assert_int_equal(peer.uri_count, 2);
    assert_string_equal(peer.uri[0], "urn:muster:agency:health");
    assert_string_equal(peer.uri[1], "urn:muster:role:submitter");
    assert_null(strchr(peer.subject, '\n'));
    assert_int_equal(peer.subject[0], 'p');
}

static void repeat_names(char *out, size_t size, const char *name, size_t count)
{
    size_t at = 0;
    for (size_t i = 0; i < count; i++) {
        at += (size_t)snprintf(out + at, size - at, "%sURI:%s", i > 0 ? "," : "", name);
    }
}

static void test_peer_when_names_do_not_fit_then_unreadable_not_cut(void **state)
{
    struct fixture *fixture = *state;
    char names[2048];
    char name[160] = "urn:muster:agency:";
    struct wire_peer peer;
    struct test_identity identity;

    repeat_names(names, sizeof names, "urn:muster:agency:a", WIRE_PEER_NAMES);
    identity = test_authority_issue(fixture->root, "eight", names, TEST_USAGE_CLIENT, 1);
    assert_int_equal(read_identity(&identity, &peer), WIRE_FINE);
    assert_int_equal(peer.uri_count, WIRE_PEER_NAMES);
    repeat_names(names, sizeof names, "urn:muster:agency:a", WIRE_PEER_NAMES + 1);
    identity = test_authority_issue(fixture->root, "nine", names, TEST_USAGE_CLIENT, 1);
    assert_int_equal(read_identity(&identity, &peer), WIRE_PEER_UNREADABLE);

    for (size_t len = 126; len <= 129; len++) {
        memset(name + 18, 'x', sizeof name - 18);
        name[len] = '\0';
        repeat_names(names, sizeof names, name, 1);
        identity = test_authority_issue(fixture->root, "long", names, TEST_USAGE_CLIENT, 1);
        assert_int_equal(read_identity(&identity, &peer),
                         len < WIRE_PEER_NAME_BYTES ? WIRE_FINE : WIRE_PEER_UNREADABLE);
    }
    identity = test_authority_issue(fixture->root, "odd", "URI:urn:muster:agency:a b",
                                    TEST_USAGE_CLIENT, 1);
    assert_int_equal(read_identity(&identity, &peer), WIRE_PEER_UNREADABLE);
}

static void test_peer_when_connected_then_handler_gets_what_openssl_says(void **state)
{
    struct fixture *fixture = *state;
    char command[2 * TEST_PATH_BYTES];
    char line[256] = "";
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);
    fixture_echo(client, "x");
    wire_client_close(client);
    struct wire_peer peer = fixture->record.last_peer;

    snprintf(command, sizeof command, "openssl x509 -in %s -outform DER | sha256sum",
             fixture->agency.certificate);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    assert_non_null(fgets(line, sizeof line, pipe));
    assert_int_equal(pclose(pipe), 0);
    char hex[65] = "";
    for (size_t i = 0; i < 32; i++) {
        snprintf(hex + 2 * i, 3, "%02x", peer.fingerprint[i]);
    }
    assert_memory_equal(line, hex, 64);
    assert_string_equal(peer.subject, "agency");
    assert_int_equal(peer.uri_count, 1);
    assert_string_equal(peer.uri[0], "urn:muster:agency:police");
    assert_string_equal(peer.serial, "66"); /* the second one issued: 102 */
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_client_when_its_certificate_is_wrong_then_told_apart),
        TEST(test_client_when_it_shows_no_certificate_then_refused),
        TEST(test_client_when_it_offers_tls_1_2_only_then_refused),
        TEST(test_chain_when_an_intermediate_is_revoked_then_refused),
        TEST(test_chain_when_an_issuer_has_no_current_list_then_refused),
        TEST(test_server_when_its_certificate_is_wrong_then_client_says_which),
        TEST(test_server_when_dialled_by_host_name_then_name_is_checked),
        TEST(test_server_when_revoked_in_the_clients_list_then_refused),
        TEST(test_files_when_unusable_then_refused_with_their_name),
        TEST(test_peer_when_read_then_only_our_names_in_order),
        TEST(test_peer_when_names_do_not_fit_then_unreadable_not_cut),
        TEST(test_peer_when_connected_then_handler_gets_what_openssl_says),
    };
#undef TEST
    return cmocka_run_group_tests_name("wire trust", tests, NULL, NULL);
}
