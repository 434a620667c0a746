/* Connections that misbehave in every way we know of, while honest clients are served: afterwards
 * nothing may be left of them. 400 in an everyday run, 2,000 with MUSTER_FULL=1 in the environment.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "tests/unit/core/wire/wire_fixture.h"

#define ID        0x80000001u
#define KEPT_MOST 64

/* Identities that the hostile kinds need. */
struct hostile {
    struct fixture *fixture;
    struct test_identity untrusted;
    struct test_identity expired;
    struct test_identity revoked;
    struct test_identity wrong_usage;
    struct test_identity stranger;
};

/* What a kind leaves behind: a line to keep open for a while, or fd -1. */
typedef struct raw hostile_kind(struct hostile *hostile);

static struct raw none(struct raw *raw)
{
    raw_free(raw);
    return *raw;
}

static struct raw silent(struct hostile *hostile)
{
    return raw_connect(hostile->fixture);
}

static struct raw garbage(struct hostile *hostile)
{
    static const uint8_t bytes[300] = {0x47, 0x45, 0x54, 0x20, 0x2f, 0xff, 0x00, 0x80};
    struct raw raw = raw_connect(hostile->fixture);
    (void)raw_write(&raw, bytes, sizeof bytes); /* may be closed under us: that is the point */
    return raw;
}

static struct raw half_hello(struct hostile *hostile)
{
    /* A record header that announces 512 bytes of handshake, then a few of them. */
    static const uint8_t bytes[30] = {0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03};
    struct raw raw = raw_connect(hostile->fixture);
    (void)raw_write(&raw, bytes, sizeof bytes);
    return raw;
}

static struct raw reset_at_once(struct hostile *hostile)
{
    struct raw raw = raw_connect(hostile->fixture);
    raw_reset(&raw);
    return raw;
}

static struct raw handshake_then_reset(struct hostile *hostile)
{
    struct raw raw = raw_connect(hostile->fixture);
    (void)raw_secure(&raw, &hostile->fixture->agency, 0);
    raw_reset(&raw);
    return raw;
}

static struct raw with_identity(struct hostile *hostile, const struct test_identity *identity,
                                int version)
{
    uint8_t byte = 0;
    struct raw raw = raw_connect(hostile->fixture);
    if (raw_secure(&raw, identity, version)) {
        (void)raw_read(&raw, &byte, 1);
    }
    return none(&raw);
}

static struct raw no_certificate(struct hostile *hostile)
{
    return with_identity(hostile, NULL, 0);
}

static struct raw untrusted(struct hostile *hostile)
{
    return with_identity(hostile, &hostile->untrusted, 0);
}

static struct raw expired(struct hostile *hostile)
{
    return with_identity(hostile, &hostile->expired, 0);
}

static struct raw revoked(struct hostile *hostile)
{
    return with_identity(hostile, &hostile->revoked, 0);
}

static struct raw wrong_usage(struct hostile *hostile)
{
    return with_identity(hostile, &hostile->wrong_usage, 0);
}

static struct raw stranger(struct hostile *hostile)
{
    return with_identity(hostile, &hostile->stranger, 0);
}

static struct raw old_version(struct hostile *hostile)
{
    return with_identity(hostile, &hostile->fixture->agency, TLS1_2_VERSION);
}

static struct raw wrong_greeting(struct hostile *hostile)
{
    struct raw raw = raw_connect(hostile->fixture);
    if (raw_secure(&raw, &hostile->fixture->agency, 0)) {
        (void)raw_write(&raw, "\0SP\0\0\x31\0\0", 8);
    }
    return raw;
}

/* After a right greeting, the given bytes. */
static struct raw greeted(struct hostile *hostile, const void *bytes, size_t len)
{
    struct raw raw = raw_connect(hostile->fixture);
    if (raw_secure(&raw, &hostile->fixture->agency, 0) && raw_greet(&raw)) {
        (void)raw_write(&raw, bytes, len);
    }
    return raw;
}

static struct raw oversize(struct hostile *hostile)
{
    return greeted(hostile, "\x00\x00\x00\x01\x00\x00\x00\x00", 8);
}

static struct raw half_frame(struct hostile *hostile)
{
    return greeted(hostile, "\x00\x00\x00\x00\x00\x0f\xff\xff\x80\x00\x00\x01partial", 19);
}

static struct raw many_devices(struct hostile *hostile)
{
    uint32_t words[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, ID};
    struct raw raw = greeted(hostile, "", 0);
    (void)raw_send(&raw, words, 10, "x", 1);
    return none(&raw);
}

static struct raw no_id(struct hostile *hostile)
{
    uint32_t words[2] = {1, 2};
    struct raw raw = greeted(hostile, "", 0);
    (void)raw_send(&raw, words, 2, "x", 1);
    return none(&raw);
}

static struct raw requests_then_reset(struct hostile *hostile)
{
    struct raw raw = greeted(hostile, "", 0);
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t id = ID + i;
        (void)raw_send(&raw, &id, 1, "request", 7);
    }
    raw_reset(&raw);
    return raw;
}

static struct raw half_close(struct hostile *hostile)
{
    struct raw raw = greeted(hostile, "", 0);
    uint32_t id = ID;
    (void)raw_send(&raw, &id, 1, "request", 7);
    (void)shutdown(raw.fd, SHUT_WR);
    return raw;
}

static const struct {
    const char *name;
    hostile_kind *run;
    const char *code; /* that it must at least once have been refused with; NULL: any end will do */
} kinds[] = {
    {"silent", silent, "deadline.handshake"},
    {"garbage", garbage, "tls.handshake"},
    {"half hello", half_hello, "deadline.handshake"},
    {"reset at once", reset_at_once, NULL},
    {"handshake, reset", handshake_then_reset, NULL},
    {"no certificate", no_certificate, "tls.no_certificate"},
    {"untrusted", untrusted, "tls.untrusted"},
    {"expired", expired, "tls.expired"},
    {"revoked", revoked, "tls.revoked"},
    {"wrong usage", wrong_usage, "tls.wrong_usage"},
    {"stranger", stranger, "peer.unknown"},
    {"TLS 1.2", old_version, "tls.version"},
    {"wrong greeting", wrong_greeting, "frame.header"},
    {"oversize", oversize, "frame.too_long"},
    {"half frame", half_frame, "deadline.frame"},
    {"many devices", many_devices, "frame.malformed"},
    {"no id", no_id, "frame.malformed"},
    {"requests, reset", requests_then_reset, NULL},
    {"half close", half_close, NULL},
};
#define KINDS (sizeof kinds / sizeof kinds[0])

static void hostile_init(struct hostile *hostile, struct fixture *fixture)
{
    struct test_authority *root = fixture->root;
    const char *name = "URI:urn:muster:agency:hostile";
    hostile->fixture = fixture;
    hostile->untrusted =
        test_authority_issue(fixture->other, "untrusted", name, TEST_USAGE_CLIENT, 1);
    hostile->expired = test_authority_issue(root, "expired", name, TEST_USAGE_CLIENT, -1);
    hostile->revoked = test_authority_issue(root, "revoked", name, TEST_USAGE_CLIENT, 1);
    hostile->wrong_usage = test_authority_issue(root, "usage", name, TEST_USAGE_SERVER, 1);
    hostile->stranger = test_authority_issue(root, "stranger", name, TEST_USAGE_CLIENT, 1);
    test_authority_revoke(root, "revoked");
    fixture->server_files.crl = test_authority_write_crl(root, 1);
    fixture->limits.handshake_ms = 400;
    fixture->limits.frame_ms = 400;
    fixture->limits.idle_ms = 2000;
    fixture_start(fixture);
}

/* One of each kind, with nothing else going on. */
static void test_each_kind_when_alone_then_refused_as_it_should_and_nothing_is_left(void **state)
{
    struct fixture *fixture = *state;
    struct hostile hostile;
    hostile_init(&hostile, fixture);
    struct wire_client *warm = fixture_client(fixture);
    fixture_echo(warm, "warm");
    wire_client_close(warm);
    assert_true(wait_connections(fixture, 0));
    size_t descriptors = descriptors_open();
    for (size_t i = 0; i < KINDS; i++) {
        size_t before = kinds[i].code == NULL ? 0 : record_refused(&fixture->record, kinds[i].code);

        struct raw raw = kinds[i].run(&hostile);

        if (kinds[i].code != NULL && !wait_refused(fixture, kinds[i].code, before + 1)) {
            fail_msg("%s: not refused as %s", kinds[i].name, kinds[i].code);
        }
        if (!wait_connections(fixture, 0)) {
            fail_msg("%s: its connection stays", kinds[i].name);
        }
        raw_free(&raw);
        if (!wait_descriptors(descriptors)) {
            fail_msg("%s: leaves a descriptor", kinds[i].name);
        }
    }
}

struct honest {
    struct fixture *fixture;
    pthread_t thread;
    atomic_bool over;
    size_t calls;
    size_t failures;
    int64_t slowest_ms;
};

/* Calls all the time on one connection that must never break. */
static void *honest_run(void *context)
{
    struct honest *honest = context;
    struct wire_client_limits limits;
    struct wire_client *client = NULL;
    wire_client_limits_default(&limits);
    if (wire_client_open(honest->fixture->url, &honest->fixture->client_files, &limits, &client,
                         NULL) != MUSTER_OK) {
        honest->failures++;
        return NULL;
    }
    while (!atomic_load(&honest->over)) {
        char *reply = NULL;
        size_t len = 0;
        int64_t since_ms = muster_mono_now().ms;
        if (wire_client_call(client, "honest", 6, FIXTURE_WAIT_MS, &reply, &len, NULL) !=
            MUSTER_OK) {
            honest->failures++;
            break;
        }
        muster_free(reply);
        int64_t took_ms = muster_mono_now().ms - since_ms;
        honest->slowest_ms = took_ms > honest->slowest_ms ? took_ms : honest->slowest_ms;
        honest->calls++;
    }
    wire_client_close(client);
    return NULL;
}

/* xorshift: the same order in every run. */
static uint32_t draw(uint32_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 17;
    *seed ^= *seed << 5;
    return *seed;
}

static void attack(struct hostile *hostile, size_t count)
{
    struct raw kept[KEPT_MOST];
    size_t kept_at = 0;
    uint32_t seed = 20261123;
    for (size_t i = 0; i < KEPT_MOST; i++) {
        kept[i].fd = -1;
        kept[i].ssl = NULL;
        kept[i].context = NULL;
    }
    for (size_t i = 0; i < count; i++) {
        raw_free(&kept[kept_at]);
        kept[kept_at] = kinds[draw(&seed) % KINDS].run(hostile);
        kept_at = (kept_at + 1) % KEPT_MOST;
    }
    for (size_t i = 0; i < KEPT_MOST; i++) {
        raw_free(&kept[i]);
    }
}

static void test_all_kinds_when_mixed_then_honest_client_is_served_and_nothing_is_left(void **state)
{
    struct fixture *fixture = *state;
    struct hostile hostile;
    size_t count = getenv("MUSTER_FULL") == NULL ? 400 : 2000;
    hostile_init(&hostile, fixture);
    attack(&hostile, KINDS); /* so that lazily opened things are open */
    assert_true(wait_connections(fixture, 0));
    size_t descriptors = descriptors_open();
    struct honest honest = {.fixture = fixture};
    assert_int_equal(pthread_create(&honest.thread, NULL, honest_run, &honest), 0);

    attack(&hostile, count);

    atomic_store(&honest.over, true);
    assert_int_equal(pthread_join(honest.thread, NULL), 0);
    print_message("%zu hostile connections, %zu honest calls, the slowest %lld ms\n", count,
                  honest.calls, (long long)honest.slowest_ms);
    assert_int_equal(honest.failures, 0);
    assert_true(honest.calls > 0);
    assert_true(wait_connections(fixture, 0));
    assert_true(wait_descriptors(descriptors));
    struct wire_counts counts;
    wire_server_counts(fixture->server, &counts);
    assert_int_equal(counts.unauthenticated, 0);
    assert_int_equal(counts.in_flight, 0);
}

/* More silent lines than there are places, all held open: an honest client still gets in. */
static void test_flood_when_all_places_are_taken_then_an_honest_client_gets_in(void **state)
{
    struct fixture *fixture = *state;
    enum {
        FLOOD = 60
    };
    struct raw flood[FLOOD];
    fixture->limits.unauthenticated = 16;
    fixture_start(fixture);
    for (size_t i = 0; i < FLOOD; i++) {
        flood[i] = raw_connect(fixture);
    }

    struct wire_client *client = fixture_client(fixture);

    fixture_echo(client, "in");
    wire_client_close(client);
    for (size_t i = 0; i < FLOOD; i++) {
        raw_free(&flood[i]);
    }
    assert_true(wait_connections(fixture, 0));
}

/* A client in a process of its own that keeps requests in flight until it is killed. */
static pid_t start_busy_client(struct fixture *fixture)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        /* nng does not survive a fork: the child speaks plain OpenSSL. */
        struct raw raw = raw_connect(fixture);
        uint32_t id = ID;
        bool fine = raw_secure(&raw, &fixture->agency, 0) && raw_greet(&raw);
        while (fine) {
            fine = raw_send(&raw, &id, 1, "busy", 4);
        }
        _exit(1);
    }
    return child;
}

struct requests_wanted {
    struct fixture *fixture;
    uint64_t count;
};

static bool has_requests(void *context)
{
    const struct requests_wanted *wanted = context;
    struct wire_counts counts;
    wire_server_counts(wanted->fixture->server, &counts);
    return counts.requests >= wanted->count;
}

static void test_churn_when_busy_clients_are_killed_then_nothing_is_left(void **state)
{
    struct fixture *fixture = *state;
    enum {
        ROUNDS = 10,
        EACH = 3
    };
    /* A line that fails while nng has nothing posted on it is found by a deadline only. */
    fixture->limits.frame_ms = 500;
    fixture->limits.idle_ms = 500;
    fixture_start(fixture);
    struct wire_client *warm = fixture_client(fixture);
    fixture_echo(warm, "warm");
    wire_client_close(warm);
    assert_true(wait_connections(fixture, 0));
    size_t descriptors = descriptors_open();
    for (size_t round = 0; round < ROUNDS; round++) {
        pid_t children[EACH];
        struct wire_counts before;
        wire_server_counts(fixture->server, &before);
        struct requests_wanted wanted = {fixture, before.requests + 50};
        for (size_t i = 0; i < EACH; i++) {
            children[i] = start_busy_client(fixture);
        }
        assert_true(wait_until(has_requests, &wanted));
        for (size_t i = 0; i < EACH; i++) {
            (void)kill(children[i], SIGKILL);
            (void)waitpid(children[i], NULL, 0);
        }
    }

    assert_true(wait_connections(fixture, 0));
    assert_true(wait_descriptors(descriptors));
    struct wire_counts counts;
    wire_server_counts(fixture->server, &counts);
    assert_int_equal(counts.in_flight, 0);
}

/* The dialling side: servers that come and go under clients with requests in flight. */
static void test_clients_when_servers_are_stopped_under_them_then_none_hangs(void **state)
{
    struct fixture *fixture = *state;
    enum {
        ROUNDS = 40
    };
    size_t descriptors = 0;
    for (size_t round = 0; round < ROUNDS; round++) {
        uint32_t id = 0;
        fixture_start(fixture);
        struct wire_client *client = fixture_client(fixture);
        for (size_t i = 0; i < 20; i++) {
            assert_int_equal(wire_client_send(client, i % 2 == 0 ? "hold" : "echo", 4, &id, NULL),
                             MUSTER_OK);
        }
        wire_server_stop(fixture->server);
        fixture->server = NULL;
        record_answer_held(&fixture->record);

        enum muster_status rc = MUSTER_OK;
        while (rc == MUSTER_OK) {
            char *reply = NULL;
            size_t len = 0;
            id = 0;
            rc = wire_client_receive(client, FIXTURE_WAIT_MS, &id, &reply, &len, NULL);
            if (rc == MUSTER_OK) {
                muster_free(reply);
            }
        }

        assert_int_equal(rc, MUSTER_ECLOSED);
        wire_client_close(client);
        descriptors = round == 0 ? descriptors_open() : descriptors;
    }
    assert_true(wait_descriptors(descriptors));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_each_kind_when_alone_then_refused_as_it_should_and_nothing_is_left),
        TEST(test_all_kinds_when_mixed_then_honest_client_is_served_and_nothing_is_left),
        TEST(test_flood_when_all_places_are_taken_then_an_honest_client_gets_in),
        TEST(test_churn_when_busy_clients_are_killed_then_nothing_is_left),
        TEST(test_clients_when_servers_are_stopped_under_them_then_none_hangs),
    };
#undef TEST
    return cmocka_run_group_tests_name("wire hostile", tests, NULL, NULL);
}
