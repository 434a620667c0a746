#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include <muster/limits.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "wire_fixture.h"

#define ID 0x80000001u

/* A raw peer that has greeted and can send messages. */
static struct raw raw_agency(struct fixture *fixture)
{
    struct raw raw = raw_connect(fixture);
    assert_true(raw_secure(&raw, &fixture->agency, 0));
    assert_true(raw_greet(&raw));
    return raw;
}

static void assert_reply(struct raw *raw, const uint32_t *words, size_t count, const char *body)
{
    uint8_t message[256];
    size_t len = 4 * count + strlen(body);
    assert_true(raw_read(raw, message, 8 + len));
    assert_int_equal(message[7], len);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *at = message + 8 + 4 * i;
        uint32_t word =
            (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
        assert_int_equal(word, words[i]);
    }
    assert_memory_equal(message + 8 + 4 * count, body, strlen(body));
}

static void test_reply_when_device_words_are_in_front_then_echoed_up_to_eight(void **state)
{
    struct fixture *fixture = *state;
    uint32_t words[10];
    fixture_start(fixture);
    struct raw raw = raw_agency(fixture);
    for (size_t devices = 0; devices <= 8; devices++) {
        for (size_t i = 0; i < devices; i++) {
            words[i] = (uint32_t)(0x01000000u + i);
        }
        words[devices] = ID + (uint32_t)devices;

        assert_true(raw_send(&raw, words, devices + 1, "body", 4));

        assert_reply(&raw, words, devices + 1, "body");
    }
    raw_free(&raw);
}

static void test_message_when_without_envelope_then_dropped_and_connection_goes_on(void **state)
{
    struct fixture *fixture = *state;
    uint32_t nine[10] = {1, 2, 3, 4, 5, 6, 7, 8, 9, ID};
    uint32_t low[2] = {0x7fffffffu, 1};
    uint32_t id = ID;
    fixture_start(fixture);
    struct raw raw = raw_agency(fixture);

    assert_true(raw_send(&raw, nine, 10, "x", 1));
    assert_true(raw_send(&raw, low, 2, "y", 1));
    assert_true(raw_send(&raw, &id, 1, "good", 4));

    assert_reply(&raw, &id, 1, "good");
    assert_int_equal(record_refused(&fixture->record, "frame.malformed"), 2);
    assert_int_equal(fixture->record.requests, 1);
    raw_free(&raw);
}

static void test_greeting_when_not_req_then_refused(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t greetings[][8] = {
        {0, 'S', 'P', 0, 0, 0x31, 0, 0}, /* another server */
        {0, 'S', 'P', 1, 0, 0x30, 0, 0},
        {'G', 'E', 'T', ' ', '/', ' ', 'H', 'T'},
    };
    fixture_start(fixture);
    for (size_t i = 0; i < 3; i++) {
        struct raw raw = raw_connect(fixture);
        assert_true(raw_secure(&raw, &fixture->agency, 0));

        assert_true(raw_write(&raw, greetings[i], 8));

        assert_true(wait_refused(fixture, "frame.header", i + 1));
        assert_true(raw_closed(&raw));
        raw_free(&raw);
    }
}

static void test_length_when_out_of_bounds_then_refused_before_the_body(void **state)
{
    struct fixture *fixture = *state;
    /* The limit of a frame counts payload; eight device words and the id may come on top. */
    static const struct {
        uint8_t length[8];
        const char *code;
    } cases[] = {
        {{0, 0, 0, 0, 0, 0, 4, 0x25}, "frame.too_long"},
        {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, "frame.too_long"},
        {{0, 0, 0, 0, 0, 0, 0, 3}, "frame.malformed"},
        {{0, 0, 0, 0, 0, 0, 0, 0}, "frame.malformed"},
    };
    fixture->limits.frame_bytes = 1024;
    fixture_start(fixture);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t before = record_refused(&fixture->record, cases[i].code);
        struct raw raw = raw_agency(fixture);

        assert_true(raw_write(&raw, cases[i].length, 8));

        assert_true(wait_refused(fixture, cases[i].code, before + 1));
        raw_free(&raw);
    }
}

static void test_payload_when_over_the_limit_by_one_then_refused(void **state)
{
    struct fixture *fixture = *state;
    uint32_t id = ID;
    char body[101];
    memset(body, 'b', sizeof body);
    fixture->limits.frame_bytes = 100;
    fixture_start(fixture);
    struct raw raw = raw_agency(fixture);
    assert_true(raw_send(&raw, &id, 1, body, 100));
    uint8_t reply[8 + 4 + 100];
    assert_true(raw_read(&raw, reply, sizeof reply));

    assert_true(raw_send(&raw, &id, 1, body, 101));

    assert_true(wait_refused(fixture, "frame.too_long", 1));
    raw_free(&raw);
}

static void test_requests_when_they_arrive_byte_by_byte_then_answered(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t stream[] = {0, 'S', 'P', 0, 0,    0x30, 0,    0, 0,   0,   0, 0,
                                     0, 0,   0,   6, 0x80, 0,    0,    1, 'h', 'i', 0, 0,
                                     0, 0,   0,   0, 0,    4,    0x80, 0, 0,   2};
    uint32_t ids[2] = {0x80000001u, 0x80000002u};
    uint8_t greeting[8];
    fixture_start(fixture);
    struct raw raw = raw_connect(fixture);
    assert_true(raw_secure(&raw, &fixture->agency, 0));

    for (size_t i = 0; i < sizeof stream; i++) {
        assert_true(raw_write(&raw, stream + i, 1));
    }

    assert_true(raw_read(&raw, greeting, 8));
    assert_reply(&raw, &ids[0], 1, "hi");
    assert_reply(&raw, &ids[1], 1, "");
    raw_free(&raw);
}

static void test_requests_when_many_come_in_one_record_then_all_answered(void **state)
{
    struct fixture *fixture = *state;
    enum {
        COUNT = 300
    };
    uint8_t stream[COUNT * 12];
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t frame[12] = {0, 0, 0, 0, 0, 0, 0, 4, 0x80, 0, (uint8_t)(i >> 8), (uint8_t)i};
        memcpy(stream + 12 * i, frame, 12);
    }
    fixture->limits.in_flight = 3;
    fixture_start(fixture);
    struct raw raw = raw_agency(fixture);

    assert_true(raw_write(&raw, stream, sizeof stream));

    for (uint32_t i = 0; i < COUNT; i++) {
        uint32_t id = 0x80000000u + i;
        assert_reply(&raw, &id, 1, "");
    }
    raw_free(&raw);
}

/* Answers what is held, a few at a time; true when ten have been asked. */
static bool answer_until_ten(void *context)
{
    struct record *record = context;
    record_answer_held(record);
    pthread_mutex_lock(&record->lock);
    bool ten = record->requests >= 10 && record->held_count == 0;
    pthread_mutex_unlock(&record->lock);
    return ten;
}

static void test_in_flight_when_its_number_is_reached_then_not_read_until_answered(void **state)
{
    struct fixture *fixture = *state;
    uint32_t id = 0;
    fixture->limits.in_flight = 4;
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);
    struct wire_client *other = fixture_client(fixture);
    for (size_t i = 0; i < 10; i++) {
        assert_int_equal(wire_client_send(client, "hold", 4, &id, NULL), MUSTER_OK);
    }
    assert_true(wait_held(fixture, 4));
    /* Another connection is served meanwhile, long enough for a fifth to slip through. */
    for (size_t i = 0; i < 50; i++) {
        fixture_echo(other, "x");
    }
    assert_int_equal(record_held(&fixture->record), 4);
    wire_client_close(other);
    fixture->record.requests = 4;

    assert_true(wait_until(answer_until_ten, &fixture->record));

    for (size_t i = 0; i < 10; i++) {
        char *reply = NULL;
        size_t len = 0;
        id = 0;
        assert_int_equal(wire_client_receive(client, FIXTURE_WAIT_MS, &id, &reply, &len, NULL),
                         MUSTER_OK);
        muster_free(reply);
    }
    wire_client_close(client);
}

static void test_in_flight_when_requests_are_dropped_later_then_reading_goes_on(void **state)
{
    struct fixture *fixture = *state;
    uint32_t id = 0;
    fixture->limits.in_flight = 2;
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);
    assert_int_equal(wire_client_send(client, "hold", 4, &id, NULL), MUSTER_OK);
    assert_int_equal(wire_client_send(client, "hold", 4, &id, NULL), MUSTER_OK);
    assert_true(wait_held(fixture, 2));

    /* Sent while both places are taken. */
    assert_int_equal(wire_client_send(client, "third", 5, &id, NULL), MUSTER_OK);
    wire_drop(fixture->record.held[0]);
    wire_drop(fixture->record.held[1]);
    fixture->record.held_count = 0;

    uint32_t got = 0;
    char *reply = NULL;
    size_t len = 0;
    assert_int_equal(wire_client_receive(client, FIXTURE_WAIT_MS, &got, &reply, &len, NULL),
                     MUSTER_OK);
    assert_int_equal(got, id);
    muster_free(reply);
    wire_client_close(client);
}

static void test_unauthenticated_when_at_the_cap_then_the_oldest_goes(void **state)
{
    struct fixture *fixture = *state;
    struct raw silent[6];
    fixture->limits.unauthenticated = 4;
    fixture_start(fixture);
    for (size_t i = 0; i < 4; i++) {
        silent[i] = raw_connect(fixture);
        assert_true(wait_connections(fixture, i + 1));
    }
    assert_int_equal(record_refused(&fixture->record, "displaced"), 0);

    silent[4] = raw_connect(fixture);
    assert_true(raw_closed(&silent[0]));
    silent[5] = raw_connect(fixture);
    assert_true(raw_closed(&silent[1]));

    /* The newer ones can still complete, and so can an honest newcomer, at the cost of the oldest.
     */
    assert_true(raw_secure(&silent[5], &fixture->agency, 0));
    assert_true(raw_greet(&silent[5]));
    struct wire_client *client = fixture_client(fixture);
    fixture_echo(client, "hello");
    wire_client_close(client);
    for (size_t i = 0; i < 6; i++) {
        raw_free(&silent[i]);
    }
}

static void test_connections_when_at_the_cap_in_all_then_authenticated_ones_stay(void **state)
{
    struct fixture *fixture = *state;
    fixture->limits.connections = 3;
    fixture_start(fixture);
    struct wire_client *first = fixture_client(fixture);
    struct wire_client *second = fixture_client(fixture);
    struct raw silent = raw_connect(fixture);
    assert_true(wait_connections(fixture, 3));

    struct wire_client *third = fixture_client(fixture); /* in place of the silent one */
    assert_true(raw_closed(&silent));
    struct wire_client_limits limits;
    struct wire_client *fourth = NULL;
    wire_client_limits_default(&limits);
    assert_int_not_equal(
        wire_client_open(fixture->url, &fixture->client_files, &limits, &fourth, NULL), MUSTER_OK);

    fixture_echo(first, "1");
    fixture_echo(second, "2");
    fixture_echo(third, "3");
    raw_free(&silent);
    wire_client_close(third);
    wire_client_close(second);
    wire_client_close(first);
}

static void test_identity_when_at_its_cap_then_refused_until_one_leaves(void **state)
{
    struct fixture *fixture = *state;
    struct wire_client_limits limits;
    struct wire_client *extra = NULL;
    /* Another certificate of the same agency counts as the same; another agency does not. */
    struct test_identity renewed = test_authority_issue(
        fixture->root, "renewed", "URI:urn:muster:agency:police", TEST_USAGE_CLIENT, 1);
    struct test_identity health = test_authority_issue(
        fixture->root, "health", "URI:urn:muster:agency:health", TEST_USAGE_CLIENT, 1);
    struct wire_tls_files renewed_files = fixture_files(fixture, &renewed);
    struct wire_tls_files health_files = fixture_files(fixture, &health);
    wire_client_limits_default(&limits);
    fixture->limits.per_identity = 2;
    fixture_start(fixture);
    struct wire_client *first = fixture_client(fixture);
    struct wire_client *second = fixture_client(fixture);

    assert_int_equal(wire_client_open(fixture->url, &renewed_files, &limits, &extra, NULL),
                     MUSTER_EAUTH);
    assert_int_equal(record_refused(&fixture->record, "peer.too_many"), 1);
    assert_int_equal(wire_client_open(fixture->url, &health_files, &limits, &extra, NULL),
                     MUSTER_OK);
    wire_client_close(extra);

    wire_client_close(first);
    assert_true(wait_connections(fixture, 1));
    assert_int_equal(wire_client_open(fixture->url, &renewed_files, &limits, &extra, NULL),
                     MUSTER_OK);
    wire_client_close(extra);
    wire_client_close(second);
}

/* Waits for `code` after `act` has put a raw peer into some state; checks that it took about as
 * long as the deadline. */
static void check_deadline(struct fixture *fixture, struct raw *raw, const char *code, int64_t ms,
                           int64_t since_ms)
{
    assert_true(wait_refused(fixture, code, 1));
    assert_true(muster_mono_now().ms - since_ms >= ms);
    assert_true(raw_closed(raw));
    assert_true(wait_connections(fixture, 0));
    raw_free(raw);
}

static void test_deadline_when_peer_is_silent_then_handshake_ends(void **state)
{
    struct fixture *fixture = *state;
    fixture->limits.handshake_ms = 150;
    fixture_start(fixture);
    int64_t since_ms = muster_mono_now().ms;
    struct raw raw = raw_connect(fixture);
    check_deadline(fixture, &raw, "deadline.handshake", 150, since_ms);
}

static void test_deadline_when_peer_does_not_greet_then_handshake_ends(void **state)
{
    struct fixture *fixture = *state;
    uint8_t greeting[8];
    fixture->limits.handshake_ms = 300;
    fixture_start(fixture);
    int64_t since_ms = muster_mono_now().ms;
    struct raw raw = raw_connect(fixture);
    assert_true(raw_secure(&raw, &fixture->agency, 0));
    assert_true(raw_read(&raw, greeting, 8));
    assert_true(raw_write(&raw, greeting, 1)); /* a byte is not enough to be let off */

    check_deadline(fixture, &raw, "deadline.handshake", 300, since_ms);
}

/* Of a message, and of a TLS record, past TLS. */
static void test_deadline_when_a_frame_or_record_stays_incomplete_then_closed(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t frame[20] = {0, 0, 0, 0, 0, 0x0f, 0, 0, 0x80, 0, 0, 1};
    static const uint8_t record[10] = {0x17, 3, 3, 0, 64};
    fixture->limits.frame_ms = 150;
    fixture_start(fixture);
    for (int i = 0; i < 2; i++) {
        struct raw raw = raw_agency(fixture);
        int64_t since_ms = muster_mono_now().ms;
        assert_true(i == 0 ? raw_write(&raw, frame, sizeof frame)
                           : send(raw.fd, record, sizeof record, 0) == (ssize_t)sizeof record);
        check_deadline(fixture, &raw, "deadline.frame", 150, since_ms);
        fixture->record.refused[0] = 0; /* counted; the next one is the first again */
    }
}

static bool trickle(void *context)
{
    struct raw *raw = context;
    return !raw_write(raw, "x", 1);
}

static void test_deadline_when_a_frame_trickles_then_progress_is_no_excuse(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t start[12] = {0, 0, 0, 0, 0, 0x0f, 0, 0, 0x80, 0, 0, 1};
    fixture->limits.frame_ms = 150;
    fixture_start(fixture);
    struct raw raw = raw_agency(fixture);
    assert_true(raw_write(&raw, start, sizeof start));

    assert_true(wait_until(trickle, &raw));

    assert_int_equal(record_refused(&fixture->record, "deadline.frame"), 1);
    raw_free(&raw);
}

static void test_deadline_when_replies_are_not_read_then_closed(void **state)
{
    struct fixture *fixture = *state;
    uint32_t id = ID;
    char body[400];
    memset(body, 'b', sizeof body);
    fixture->limits.frame_ms = 200;
    fixture->limits.frame_bytes = 4096;
    fixture_start(fixture);
    struct raw raw = raw_agency(fixture);

    while (raw_send(&raw, &id, 1, body, sizeof body)) {
        /* Until the server has stopped reading and closes. */
    }

    assert_true(wait_refused(fixture, "deadline.send", 1));
    assert_true(wait_connections(fixture, 0));
    raw_free(&raw);
}

static void test_deadline_when_idle_then_closed_but_not_while_busy(void **state)
{
    struct fixture *fixture = *state;
    uint32_t id = ID;
    fixture->limits.idle_ms = 150;
    fixture_start(fixture);
    struct raw busy = raw_agency(fixture);
    assert_true(raw_send(&busy, &id, 1, "hold", 4));
    assert_true(wait_held(fixture, 1));
    struct raw idle = raw_agency(fixture);

    assert_true(raw_closed(&idle));
    assert_true(wait_connections(fixture, 1));
    record_answer_held(&fixture->record);

    assert_reply(&busy, &id, 1, "hold");
    assert_int_equal(record_refused(&fixture->record, "deadline.idle"), 1);
    raw_free(&idle);
    raw_free(&busy);
}

static void test_deadline_when_a_certificate_expires_meanwhile_then_closed(void **state)
{
    struct fixture *fixture = *state;
    struct test_identity brief = test_authority_issue_for(
        fixture->root, "brief", "URI:urn:muster:agency:brief", TEST_USAGE_CLIENT, 2);
    fixture_start(fixture);
    struct raw raw = raw_connect(fixture);
    assert_true(raw_secure(&raw, &brief, 0));
    assert_true(raw_greet(&raw));

    assert_true(wait_refused(fixture, "tls.expired", 1));

    assert_true(raw_closed(&raw));
    raw_free(&raw);
}

static void test_reload_when_a_live_peer_is_revoked_then_it_alone_is_closed(void **state)
{
    struct fixture *fixture = *state;
    struct test_identity bad = test_authority_issue(
        fixture->root, "bad", "URI:urn:muster:agency:bad", TEST_USAGE_CLIENT, 1);
    fixture->server_files.crl = test_authority_write_crl(fixture->root, 1);
    fixture_start(fixture);
    struct wire_client *honest = fixture_client(fixture);
    struct wire_tls_files bad_files = fixture_files(fixture, &bad);
    struct wire_client_limits limits;
    struct wire_client *revoked = NULL;
    wire_client_limits_default(&limits);
    assert_int_equal(wire_client_open(fixture->url, &bad_files, &limits, &revoked, NULL),
                     MUSTER_OK);
    fixture_echo(revoked, "not yet");

    test_authority_revoke(fixture->root, "bad");
    test_authority_write_crl(fixture->root, 1);
    assert_int_equal(wire_server_reload(fixture->server, &fixture->server_files, NULL), MUSTER_OK);

    assert_true(wait_refused(fixture, "tls.revoked", 1));
    assert_int_equal(fixture->record.with_peer, 1);
    assert_true(wait_connections(fixture, 1));
    fixture_echo(honest, "still here");
    wire_client_close(revoked);
    assert_int_equal(wire_client_open(fixture->url, &bad_files, &limits, &revoked, NULL),
                     MUSTER_EAUTH);
    wire_client_close(honest);
}

static void test_reload_when_a_handshake_is_under_way_then_the_new_list_counts(void **state)
{
    struct fixture *fixture = *state;
    uint8_t greeting[8];
    fixture->server_files.crl = test_authority_write_crl(fixture->root, 1);
    fixture_start(fixture);
    struct raw early = raw_connect(fixture);
    assert_true(wait_connections(fixture, 1));

    test_authority_revoke(fixture->root, "agency");
    test_authority_write_crl(fixture->root, 1);
    assert_int_equal(wire_server_reload(fixture->server, &fixture->server_files, NULL), MUSTER_OK);
    /* Accepted before the reload, so with the old list in its handshake. */
    (void)raw_secure(&early, &fixture->agency, 0);

    assert_false(raw_read(&early, greeting, 8));
    assert_true(wait_refused(fixture, "tls.revoked", 1));
    assert_int_equal(fixture->record.peers, 0);
    /* And the first one accepted after it. */
    struct raw late = raw_connect(fixture);
    (void)raw_secure(&late, &fixture->agency, 0);
    assert_false(raw_read(&late, greeting, 8));
    assert_true(wait_refused(fixture, "tls.revoked", 2));
    raw_free(&early);
    raw_free(&late);
}

static void test_reload_when_files_are_bad_then_the_old_ones_stay(void **state)
{
    struct fixture *fixture = *state;
    struct wire_tls_files bad = fixture->server_files;
    bad.key = fixture->agency.key;
    fixture_start(fixture);

    assert_int_equal(wire_server_reload(fixture->server, &bad, NULL), MUSTER_ECONFIG);

    struct wire_client *client = fixture_client(fixture);
    fixture_echo(client, "x");
    wire_client_close(client);
}

static void test_start_when_the_port_is_taken_then_exists(void **state)
{
    struct fixture *fixture = *state;
    struct wire_server *second = NULL;
    static const struct wire_handler none;
    fixture_start(fixture);

    assert_int_equal(wire_server_start(fixture->url, &fixture->server_files, &fixture->limits,
                                       &none, NULL, &second, NULL),
                     MUSTER_EEXISTS);

    wire_server_stop(fixture->server);
    fixture->server = NULL;
    assert_int_equal(wire_server_start(fixture->url, &fixture->server_files, &fixture->limits,
                                       &none, NULL, &second, NULL),
                     MUSTER_OK);
    wire_server_stop(second);
}

static void test_start_when_each_allocation_fails_then_no_memory(void **state)
{
    struct fixture *fixture = *state;
    static const struct wire_handler none;
    for (unsigned n = 1;; n++) {
        struct wire_server *server = NULL;
        muster_alloc_fail_at(n);
        enum muster_status rc = wire_server_start("tls+tcp://127.0.0.1:0", &fixture->server_files,
                                                  &fixture->limits, &none, NULL, &server, NULL);
        if (!muster_alloc_fail_at(0)) {
            assert_int_equal(rc, MUSTER_OK);
            wire_server_stop(server);
            break;
        }
        assert_int_equal(rc, MUSTER_ENOMEM);
    }
}

static void test_reply_when_too_long_then_closed_and_said(void **state)
{
    struct fixture *fixture = *state;
    char body[101] = "";
    uint32_t id = 0;
    fixture->limits.frame_bytes = 100;
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);
    assert_int_equal(wire_client_send(client, "hold", 4, &id, NULL), MUSTER_OK);
    assert_true(wait_held(fixture, 1));

    wire_reply(fixture->record.held[0], body, sizeof body);
    fixture->record.held_count = 0;

    assert_int_equal(record_refused(&fixture->record, "reply.too_long"), 1);
    assert_true(wait_connections(fixture, 0));
    wire_client_close(client);
}

static void test_reply_when_the_connection_is_gone_then_harmless(void **state)
{
    struct fixture *fixture = *state;
    uint32_t id = 0;
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);
    assert_int_equal(wire_client_send(client, "hold", 4, &id, NULL), MUSTER_OK);
    assert_int_equal(wire_client_send(client, "hold", 4, &id, NULL), MUSTER_OK);
    assert_true(wait_held(fixture, 2));
    wire_client_close(client);
    assert_true(wait_connections(fixture, 0));

    assert_string_equal(wire_request_peer(fixture->record.held[0])->subject, "agency");
    assert_ptr_equal(wire_request_tag(fixture->record.held[0]), &fixture->record);
    wire_reply(fixture->record.held[0], "late", 4);
    wire_drop(fixture->record.held[1]);
    fixture->record.held_count = 0;

    struct wire_counts counts;
    wire_server_counts(fixture->server, &counts);
    assert_int_equal(counts.in_flight, 0);
}

static void test_drain_when_requests_are_held_then_their_replies_still_go_out(void **state)
{
    struct fixture *fixture = *state;
    enum {
        HELD = 8
    };
    uint32_t id = 0;
    char *reply = NULL;
    size_t len = 0;
    /* Large, so that they leave in many pieces while the server stops. */
    static char body[MUSTER_FRAME_BYTES] = "hold";
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);
    for (size_t i = 0; i < HELD; i++) {
        assert_int_equal(wire_client_send(client, body, sizeof body, &id, NULL), MUSTER_OK);
    }
    assert_true(wait_held(fixture, HELD));

    wire_server_drain(fixture->server);
    assert_int_equal(wire_client_call(client, "more", 4, 50, &reply, &len, NULL), MUSTER_ETIMEOUT);
    record_answer_held(&fixture->record);
    wire_server_stop(fixture->server);
    fixture->server = NULL;

    assert_int_equal(fixture->record.requests, HELD);
    for (size_t i = 0; i < HELD; i++) {
        id = 0;
        assert_int_equal(wire_client_receive(client, FIXTURE_WAIT_MS, &id, &reply, &len, NULL),
                         MUSTER_OK);
        assert_int_equal(len, sizeof body);
        muster_free(reply);
    }
    wire_client_close(client);
}

static void test_stop_when_requests_are_still_held_then_they_can_be_freed_after(void **state)
{
    struct fixture *fixture = *state;
    uint32_t id = 0;
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);
    assert_int_equal(wire_client_send(client, "hold", 4, &id, NULL), MUSTER_OK);
    assert_true(wait_held(fixture, 1));

    wire_server_stop(fixture->server);
    fixture->server = NULL;

    record_answer_held(&fixture->record); /* the sanitizer watches */
    wire_client_close(client);
}

/* Sanitizers keep shadow memory and quarantines, which tell nothing about ours. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_SAYS_LITTLE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define MEMORY_SAYS_LITTLE 1
#endif
#endif
#ifndef MEMORY_SAYS_LITTLE
#define MEMORY_SAYS_LITTLE 0
#endif

static long resident_kib(void)
{
    long kib = 0;
    char line[128];
    FILE *file = fopen("/proc/self/status", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        if (sscanf(line, "VmRSS: %ld", &kib) == 1) {
            break;
        }
    }
    (void)fclose(file);
    return kib;
}

static void test_memory_when_connections_are_idle_then_little_each(void **state)
{
    struct fixture *fixture = *state;
    enum {
        COUNT = 100,
        MOST_KIB = 64
    };
    static struct wire_client *clients[COUNT];
    fixture->limits.per_identity = COUNT + 1;
    fixture_start(fixture);
    struct wire_client *warm = fixture_client(fixture);
    fixture_echo(warm, "warm");
    long before = resident_kib();
    for (size_t i = 0; i < COUNT; i++) {
        clients[i] = fixture_client(fixture);
        fixture_echo(clients[i], "x");
    }

    long each = (resident_kib() - before) / COUNT;

    for (size_t i = 0; i < COUNT; i++) {
        wire_client_close(clients[i]);
    }
    wire_client_close(warm);
    if (MEMORY_SAYS_LITTLE) {
        print_message("SKIPPED: memory is not judged under a sanitizer\n");
        return;
    }
    /* Both ends are in this process. */
    print_message("%ld KiB a connection, both ends together\n", each);
    assert_true(each <= 2 * MOST_KIB);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_reply_when_device_words_are_in_front_then_echoed_up_to_eight),
        TEST(test_message_when_without_envelope_then_dropped_and_connection_goes_on),
        TEST(test_greeting_when_not_req_then_refused),
        TEST(test_length_when_out_of_bounds_then_refused_before_the_body),
        TEST(test_payload_when_over_the_limit_by_one_then_refused),
        TEST(test_requests_when_they_arrive_byte_by_byte_then_answered),
        TEST(test_requests_when_many_come_in_one_record_then_all_answered),
        TEST(test_in_flight_when_its_number_is_reached_then_not_read_until_answered),
        TEST(test_in_flight_when_requests_are_dropped_later_then_reading_goes_on),
        TEST(test_unauthenticated_when_at_the_cap_then_the_oldest_goes),
        TEST(test_connections_when_at_the_cap_in_all_then_authenticated_ones_stay),
        TEST(test_identity_when_at_its_cap_then_refused_until_one_leaves),
        TEST(test_deadline_when_peer_is_silent_then_handshake_ends),
        TEST(test_deadline_when_peer_does_not_greet_then_handshake_ends),
        TEST(test_deadline_when_a_frame_or_record_stays_incomplete_then_closed),
        TEST(test_deadline_when_a_frame_trickles_then_progress_is_no_excuse),
        TEST(test_deadline_when_replies_are_not_read_then_closed),
        TEST(test_deadline_when_idle_then_closed_but_not_while_busy),
        TEST(test_deadline_when_a_certificate_expires_meanwhile_then_closed),
        TEST(test_reload_when_a_live_peer_is_revoked_then_it_alone_is_closed),
        TEST(test_reload_when_a_handshake_is_under_way_then_the_new_list_counts),
        TEST(test_reload_when_files_are_bad_then_the_old_ones_stay),
        TEST(test_start_when_the_port_is_taken_then_exists),
        TEST(test_start_when_each_allocation_fails_then_no_memory),
        TEST(test_reply_when_too_long_then_closed_and_said),
        TEST(test_reply_when_the_connection_is_gone_then_harmless),
        TEST(test_drain_when_requests_are_held_then_their_replies_still_go_out),
        TEST(test_stop_when_requests_are_still_held_then_they_can_be_freed_after),
        TEST(test_memory_when_connections_are_idle_then_little_each),
    };
#undef TEST
    return cmocka_run_group_tests_name("wire server", tests, NULL, NULL);
}
