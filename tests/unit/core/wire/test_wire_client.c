#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include <muster/limits.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "wire_fixture.h"

static void test_call_when_body_has_any_size_then_echoed(void **state)
{
    struct fixture *fixture = *state;
    static const size_t sizes[] = {0,
                                   1,
                                   1023,
                                   1024,
                                   2035,
                                   2036,
                                   2037,
                                   4095,
                                   4096,
                                   4097,
                                   16383,
                                   16384,
                                   16385,
                                   65536,
                                   99999,
                                   1 << 19,
                                   MUSTER_FRAME_BYTES - 1,
                                   MUSTER_FRAME_BYTES};
    char *body = malloc(MUSTER_FRAME_BYTES);
    assert_non_null(body);
    for (size_t i = 0; i < MUSTER_FRAME_BYTES; i++) {
        body[i] = (char)(i * 7 + i / 251);
    }
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char *reply = NULL;
        size_t len = 0;
        struct muster_err e = {0};

        if (wire_client_call(client, body, sizes[i], FIXTURE_WAIT_MS, &reply, &len, &e) !=
            MUSTER_OK) {
            fail_msg("%zu bytes: %s", sizes[i], e.text);
        }

        assert_int_equal(len, sizes[i]);
        assert_memory_equal(reply, body, len);
        muster_free(reply);
    }
    wire_client_close(client);
    free(body);
}

static void test_send_when_over_the_limit_then_too_big_and_connection_goes_on(void **state)
{
    struct fixture *fixture = *state;
    char *body = calloc(1, MUSTER_FRAME_BYTES + 1);
    uint32_t id = 0;
    assert_non_null(body);
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);

    assert_int_equal(wire_client_send(client, body, MUSTER_FRAME_BYTES + 1, &id, NULL),
                     MUSTER_ETOOBIG);

    fixture_echo(client, "still here");
    wire_client_close(client);
    free(body);
}

static bool all_held(void *context)
{
    return record_held(context) == 50;
}

static void test_receive_when_replies_come_in_reverse_then_each_has_its_id(void **state)
{
    struct fixture *fixture = *state;
    uint32_t ids[50];
    bool seen[50] = {false};
    char body[32];
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);
    for (size_t i = 0; i < 50; i++) {
        int len = snprintf(body, sizeof body, "hold %zu", i);
        assert_int_equal(wire_client_send(client, body, (size_t)len, &ids[i], NULL), MUSTER_OK);
    }
    assert_true(wait_until(all_held, &fixture->record));
    record_answer_held(&fixture->record);

    for (size_t i = 0; i < 50; i++) {
        uint32_t id = 0;
        char *reply = NULL;
        size_t len = 0;
        assert_int_equal(wire_client_receive(client, FIXTURE_WAIT_MS, &id, &reply, &len, NULL),
                         MUSTER_OK);
        size_t which = 0;
        while (which < 50 && ids[which] != id) {
            which++;
        }
        assert_true(which < 50 && !seen[which]);
        seen[which] = true;
        snprintf(body, sizeof body, "hold %zu", which);
        assert_int_equal(len, strlen(body));
        assert_memory_equal(reply, body, len);
        /* The last one asked is answered first. */
        assert_int_equal(which, 49 - i);
        muster_free(reply);
    }

    wire_client_close(client);
}

static void test_call_when_others_are_in_flight_then_gets_its_own_reply(void **state)
{
    struct fixture *fixture = *state;
    uint32_t id = 0;
    uint32_t got = 0;
    char *reply = NULL;
    size_t len = 0;
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);
    assert_int_equal(wire_client_send(client, "first", 5, &id, NULL), MUSTER_OK);

    fixture_echo(client, "second");

    assert_int_equal(wire_client_receive(client, FIXTURE_WAIT_MS, &got, &reply, &len, NULL),
                     MUSTER_OK);
    assert_int_equal(got, id);
    assert_memory_equal(reply, "first", 5);
    muster_free(reply);
    wire_client_close(client);
}

static void test_receive_when_one_is_named_then_the_others_stay(void **state)
{
    static const char *const bodies[3] = {"first", "second", "third"};
    static const size_t order[3] = {2, 0, 1};
    struct fixture *fixture = *state;
    uint32_t ids[3];
    char *reply = NULL;
    size_t len = 0;
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(wire_client_send(client, bodies[i], strlen(bodies[i]), &ids[i], NULL),
                         MUSTER_OK);
    }
    for (size_t i = 0; i < 3; i++) {
        uint32_t id = ids[order[i]];
        assert_int_equal(wire_client_receive(client, FIXTURE_WAIT_MS, &id, &reply, &len, NULL),
                         MUSTER_OK);
        assert_int_equal(id, ids[order[i]]);
        assert_int_equal(len, strlen(bodies[order[i]]));
        assert_memory_equal(reply, bodies[order[i]], len);
        muster_free(reply);
        /* It does not come again. */
        assert_int_equal(wire_client_receive(client, 0, &id, &reply, &len, NULL), MUSTER_ETIMEOUT);
    }
    wire_client_close(client);
}

static void test_send_when_its_number_is_in_flight_then_busy_until_received(void **state)
{
    struct fixture *fixture = *state;
    struct wire_client_limits limits;
    struct wire_client *client = NULL;
    uint32_t id = 0;
    char *reply = NULL;
    size_t len = 0;
    fixture_start(fixture);
    wire_client_limits_default(&limits);
    limits.in_flight = 2;
    assert_int_equal(wire_client_open(fixture->url, &fixture->client_files, &limits, &client, NULL),
                     MUSTER_OK);
    assert_int_equal(wire_client_send(client, "a", 1, &id, NULL), MUSTER_OK);
    assert_int_equal(wire_client_send(client, "b", 1, &id, NULL), MUSTER_OK);

    assert_int_equal(wire_client_send(client, "c", 1, &id, NULL), MUSTER_EBUSY);

    id = 0;
    assert_int_equal(wire_client_receive(client, FIXTURE_WAIT_MS, &id, &reply, &len, NULL),
                     MUSTER_OK);
    muster_free(reply);
    assert_int_equal(wire_client_send(client, "c", 1, &id, NULL), MUSTER_OK);
    wire_client_close(client);
}

static void test_call_when_no_reply_comes_then_timeout_and_late_reply_is_thrown_away(void **state)
{
    struct fixture *fixture = *state;
    char *reply = NULL;
    uint32_t id = 0;
    size_t len = 0;
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);

    assert_int_equal(wire_client_call(client, "hold", 4, 50, &reply, &len, NULL), MUSTER_ETIMEOUT);

    record_answer_held(&fixture->record);
    fixture_echo(client, "after");
    assert_int_equal(wire_client_receive(client, 0, &id, &reply, &len, NULL), MUSTER_ETIMEOUT);
    wire_client_close(client);
}

static void test_call_when_the_server_vanishes_then_fails_within_its_deadline(void **state)
{
    struct fixture *fixture = *state;
    struct muster_err e = {0};
    uint32_t id = 0;
    char *reply = NULL;
    size_t len = 0;
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);
    assert_int_equal(wire_client_send(client, "hold", 4, &id, NULL), MUSTER_OK);
    int64_t start_ms = muster_mono_now().ms;
    wire_server_stop(fixture->server);
    fixture->server = NULL;

    assert_int_equal(wire_client_receive(client, FIXTURE_WAIT_MS, &id, &reply, &len, &e),
                     MUSTER_ECLOSED);
    assert_int_equal(wire_client_call(client, "x", 1, FIXTURE_WAIT_MS, &reply, &len, &e),
                     MUSTER_ECLOSED);
    assert_true(muster_mono_now().ms - start_ms < FIXTURE_WAIT_MS / 2);

    wire_client_close(client);
}

static void test_open_when_nobody_listens_then_closed(void **state)
{
    struct fixture *fixture = *state;
    struct wire_client_limits limits;
    struct wire_client *client = NULL;
    fixture_start(fixture);
    wire_server_stop(fixture->server); /* its port is free again */
    fixture->server = NULL;
    wire_client_limits_default(&limits);

    assert_int_equal(wire_client_open(fixture->url, &fixture->client_files, &limits, &client, NULL),
                     MUSTER_ECLOSED);
}

static void test_open_when_address_is_no_tls_url_then_config(void **state)
{
    struct fixture *fixture = *state;
    static const char *const urls[] = {"tcp://127.0.0.1:1", "127.0.0.1:1", "", "ipc:///tmp/x"};
    struct wire_client_limits limits;
    wire_client_limits_default(&limits);
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct wire_client *client = NULL;
        assert_int_equal(wire_client_open(urls[i], &fixture->client_files, &limits, &client, NULL),
                         MUSTER_ECONFIG);
    }
}

static void test_open_when_each_allocation_fails_then_no_memory_and_no_leak(void **state)
{
    struct fixture *fixture = *state;
    struct wire_client_limits limits;
    unsigned failures = 0;
    fixture_start(fixture);
    wire_client_limits_default(&limits);
    for (unsigned n = 1;; n++) {
        struct wire_client *client = NULL;
        muster_alloc_fail_at(n);
        enum muster_status rc =
            wire_client_open(fixture->url, &fixture->client_files, &limits, &client, NULL);
        if (!muster_alloc_fail_at(0)) {
            assert_int_equal(rc, MUSTER_OK);
            wire_client_close(client);
            break;
        }
        assert_int_equal(rc, MUSTER_ENOMEM);
        failures++;
    }
    assert_true(failures >= 3);
}

static void test_send_when_each_allocation_fails_then_connection_stays_usable(void **state)
{
    struct fixture *fixture = *state;
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);
    for (unsigned n = 1;; n++) {
        uint32_t id = 0;
        muster_alloc_fail_at(n);
        enum muster_status rc = wire_client_send(client, "drop", 4, &id, NULL);
        if (!muster_alloc_fail_at(0)) {
            assert_int_equal(rc, MUSTER_OK);
            break;
        }
        assert_int_equal(rc, MUSTER_ENOMEM);
        fixture_echo(client, "fine");
    }
    wire_client_close(client);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_call_when_body_has_any_size_then_echoed),
        TEST(test_send_when_over_the_limit_then_too_big_and_connection_goes_on),
        TEST(test_receive_when_replies_come_in_reverse_then_each_has_its_id),
        TEST(test_call_when_others_are_in_flight_then_gets_its_own_reply),
        TEST(test_receive_when_one_is_named_then_the_others_stay),
        TEST(test_send_when_its_number_is_in_flight_then_busy_until_received),
        TEST(test_call_when_no_reply_comes_then_timeout_and_late_reply_is_thrown_away),
        TEST(test_call_when_the_server_vanishes_then_fails_within_its_deadline),
        TEST(test_open_when_nobody_listens_then_closed),
        TEST(test_open_when_address_is_no_tls_url_then_config),
        TEST(test_open_when_each_allocation_fails_then_no_memory_and_no_leak),
        TEST(test_send_when_each_allocation_fails_then_connection_stays_usable),
    };
#undef TEST
    return cmocka_run_group_tests_name("wire client", tests, NULL, NULL);
}
