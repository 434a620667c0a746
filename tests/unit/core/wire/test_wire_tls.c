/* TLS below the messages: what a peer may do there, and what memory that OpenSSL does not get does
 * to a connection. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <openssl/crypto.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "wire_fixture.h"

#define ID 0x80000001u

/* --- OpenSSL's memory ------------------------------------------------------------------------- */

static atomic_size_t refused_from = SIZE_MAX; /* pieces of so many bytes are refused */

static void *get(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return size >= atomic_load(&refused_from) ? NULL : malloc(size);
}

static void *get_again(void *at, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return size >= atomic_load(&refused_from) ? NULL : realloc(at, size);
}

static void give(void *at, const char *file, int line)
{
    (void)file;
    (void)line;
    free(at);
}

/* --- peers ------------------------------------------------------------------------------------ */

static struct raw raw_agency(struct fixture *fixture)
{
    struct raw raw = raw_connect(fixture);
    assert_true(raw_secure(&raw, &fixture->agency, 0));
    assert_true(raw_greet(&raw));
    return raw;
}

static void assert_echo(struct raw *raw, const char *body)
{
    uint8_t message[256];
    size_t len = strlen(body);
    assert_true(raw_read(raw, message, 12 + len));
    assert_int_equal(message[7], 4 + len);
    assert_memory_equal(message + 12, body, len);
}

/* The records of what is said from now on, rather than sending them. */
static size_t records_of(struct raw *raw, const void *bytes, size_t len, uint8_t *out, size_t room)
{
    BIO *memory = BIO_new(BIO_s_mem());
    BIO *line = SSL_get_wbio(raw->ssl);
    assert_non_null(memory);
    assert_int_equal(BIO_up_ref(line), 1);
    SSL_set0_wbio(raw->ssl, memory);
    assert_true(raw_write(raw, bytes, len));
    int count = BIO_read(memory, out, (int)room);
    assert_true(count > 0);
    SSL_set0_wbio(raw->ssl, line);
    return (size_t)count;
}

/* --- tests ------------------------------------------------------------------------------------ */

static void test_keys_when_the_peer_changes_them_then_messages_go_on(void **state)
{
    struct fixture *fixture = *state;
    uint32_t id = ID;
    fixture_start(fixture);
    struct raw raw = raw_agency(fixture);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(SSL_key_update(raw.ssl, i % 2 == 0 ? SSL_KEY_UPDATE_REQUESTED
                                                            : SSL_KEY_UPDATE_NOT_REQUESTED),
                         1);
        assert_true(raw_send(&raw, &id, 1, "after", 5));
        assert_echo(&raw, "after");
    }
    raw_free(&raw);
}

static void test_records_when_each_byte_comes_by_itself_then_answered(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t message[] = {0, 0, 0, 0, 0, 0, 0, 7, 0x80, 0, 0, 1, 'a', 'b', 'c'};
    uint8_t records[128];
    fixture_start(fixture);
    struct raw raw = raw_agency(fixture);
    size_t len = records_of(&raw, message, sizeof message, records, sizeof records);
    for (size_t i = 0; i < len; i++) {
        assert_int_equal(send(raw.fd, records + i, 1, MSG_NOSIGNAL), 1);
    }
    assert_echo(&raw, "abc");
    raw_free(&raw);
}

static void test_deadline_when_a_record_stays_incomplete_anywhere_then_closed(void **state)
{
    struct fixture *fixture = *state;
    static const uint8_t record[] = {0x17, 3, 3, 0, 64, 0, 0};
    fixture->limits.frame_ms = 100;
    fixture_start(fixture);
    for (size_t len = 1; len <= sizeof record; len++) {
        struct raw raw = raw_agency(fixture);
        assert_int_equal(send(raw.fd, record, len, MSG_NOSIGNAL), (ssize_t)len);
        assert_true(wait_refused(fixture, "deadline.frame", len));
        assert_true(raw_closed(&raw));
        raw_free(&raw);
    }
}

static void test_reply_when_tls_has_no_memory_for_it_then_closed(void **state)
{
    struct fixture *fixture = *state;
    uint32_t id = ID;
    fixture_start(fixture);
    struct raw raw = raw_agency(fixture);
    assert_true(raw_send(&raw, &id, 1, "hold", 4));
    assert_true(wait_held(fixture, 1));

    atomic_store(&refused_from, 16384); /* OpenSSL's buffer of a record */
    record_answer_held(&fixture->record);
    atomic_store(&refused_from, SIZE_MAX);

    /* Else the peer would wait for an answer that will never come. */
    assert_true(raw_closed(&raw));
    assert_true(wait_connections(fixture, 0));
    raw_free(&raw);
}

static void test_send_when_tls_has_no_memory_for_it_then_all_who_wait_are_told(void **state)
{
    struct fixture *fixture = *state;
    struct muster_err e = {0};
    uint32_t id = 0;
    char *body = NULL;
    size_t len = 0;
    fixture_start(fixture);
    struct wire_client *client = fixture_client(fixture);
    assert_int_equal(wire_client_send(client, "hold", 4, &id, &e), MUSTER_OK);
    assert_true(wait_held(fixture, 1));

    atomic_store(&refused_from, 16384);
    assert_int_equal(wire_client_send(client, "more", 4, &id, &e), MUSTER_ECLOSED);
    atomic_store(&refused_from, SIZE_MAX);

    assert_int_equal(wire_client_receive(client, 1000, &id, &body, &len, &e), MUSTER_ECLOSED);
    wire_client_close(client);
}

static void *knock(void *context)
{
    struct fixture *fixture = context;
    for (int i = 0; i < 150; i++) {
        struct raw raw = raw_connect(fixture);
        raw_reset(&raw);
    }
    return NULL;
}

/* Whoever makes room for the next may not have begun yet. */
static void test_unauthenticated_when_many_knock_at_once_then_each_ends_well(void **state)
{
    struct fixture *fixture = *state;
    pthread_t threads[4];
    fixture->limits.unauthenticated = 1;
    fixture_start(fixture);
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, knock, fixture), 0);
    }
    for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    assert_true(wait_connections(fixture, 0));
    wire_client_close(fixture_client(fixture));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_keys_when_the_peer_changes_them_then_messages_go_on),
        TEST(test_records_when_each_byte_comes_by_itself_then_answered),
        TEST(test_deadline_when_a_record_stays_incomplete_anywhere_then_closed),
        TEST(test_reply_when_tls_has_no_memory_for_it_then_closed),
        TEST(test_send_when_tls_has_no_memory_for_it_then_all_who_wait_are_told),
        TEST(test_unauthenticated_when_many_knock_at_once_then_each_ends_well),
    };
#undef TEST
    /* Before OpenSSL has got any. */
    if (CRYPTO_set_mem_functions(get, get_again, give) != 1) {
        return EXIT_FAILURE;
    }
    return cmocka_run_group_tests_name("wire tls", tests, NULL, NULL);
}
