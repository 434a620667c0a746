/* What is handed out to be sent, in which order and size; transactions; lists and small values. */
#include "outbox_support.h"

#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_next_when_rows_are_queued_then_oldest_first_with_everything_to_send(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    assert_int_equal(next_items(world, &items), 0);
    for (int i = 0; i < 20; i++) {
        char key[16];
        char payload[32];
        (void)snprintf(key, sizeof key, "r%d", (i * 7) % 20);
        (void)snprintf(payload, sizeof payload, "payload %d", i);
        assert_int_equal(add_row(world, i % 2 ? MUSTER_KIND_REFERRAL : MUSTER_KIND_TRAINING, key,
                                 payload, i % 3 == 0),
                         1);
    }
    world_reopen(world);

    assert_int_equal(next_items(world, &items), 20);

    for (int i = 0; i < 20; i++) {
        char payload[32];
        (void)snprintf(payload, sizeof payload, "payload %d", i);
        assert_int_equal(items[i].kind, i % 2 ? MUSTER_KIND_REFERRAL : MUSTER_KIND_TRAINING);
        assert_int_equal(items[i].withdrawn, i % 3 == 0);
        assert_int_equal(items[i].payload.len, strlen(payload));
        assert_memory_equal(items[i].payload.at, payload, strlen(payload));
        assert_string_equal(items[i].file, "referrals.csv");
        assert_int_equal(items[i].line, 7);
        assert_int_equal(items[i].submission_id.b[6] >> 4, 7);
        for (int j = 0; j < i; j++) {
            assert_memory_not_equal(items[i].salt, items[j].salt, OUTBOX_SALT_BYTES);
        }
        if (i > 0) {
            assert_true(items[i].id > items[i - 1].id);
            assert_true(memcmp(&items[i].submission_id, &items[i - 1].submission_id,
                               sizeof items[i].submission_id) > 0);
        }
    }
    int64_t first = items[0].id;
    assert_int_equal(next_items(world, &items), 20); /* they stay until they are settled */
    assert_int_equal(items[0].id, first);
}

/* core/seal/commit.h, by OpenSSL's own HMAC. */
static void test_next_when_opened_then_commitment_is_of_salt_and_payload(void **state)
{
    struct world *world = (struct world *)*state;
    static const char label[] = "muster/commit/v1"; /* its NUL is part of it */
    struct outbox_item *items = NULL;
    (void)add(world, "r", "the payload");
    (void)add(world, "empty", "");
    assert_int_equal(next_items(world, &items), 2);

    for (size_t i = 0; i < 2; i++) {
        unsigned char message[64];
        unsigned char mac[32];
        unsigned len = 0;
        memcpy(message, label, sizeof label);
        if (items[i].payload.len > 0) {
            memcpy(message + sizeof label, items[i].payload.at, items[i].payload.len);
        }
        assert_non_null(HMAC(EVP_sha256(), items[i].salt, OUTBOX_SALT_BYTES, message,
                             sizeof label + items[i].payload.len, mac, &len));
        assert_int_equal(len, sizeof mac);
        assert_memory_equal(items[i].commitment.b, mac, sizeof mac);
    }
}

static void test_next_when_bounded_then_within_both_bounds_and_at_least_one(void **state)
{
    struct world *world = (struct world *)*state;
    static const size_t sizes[] = {100, 1, 3000, 500, 500, 499, 10, 60000};
    const size_t count = sizeof sizes / sizeof sizes[0];
    char payload[60001];
    for (size_t i = 0; i < count; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "r%zu", i);
        memset(payload, 'p', sizes[i]);
        payload[sizes[i]] = '\0';
        (void)add(world, key, payload);
    }

    for (size_t most = 1; most <= count + 1; most++) {
        for (size_t bytes = 0; bytes < 5200; bytes += 13) {
            struct outbox_item *items = NULL;
            size_t got = 99;
            size_t total = 0;
            arena_reset(&world->arena);
            assert_int_equal(
                outbox_next(world->outbox, 0, most, bytes, &world->arena, &items, &got, NULL),
                MUSTER_OK);
            assert_true(got >= 1 && got <= most);
            for (size_t i = 0; i < got; i++) {
                assert_int_equal(items[i].payload.len, sizes[i]);
                total += sizes[i];
            }
            assert_true(got == 1 || total <= bytes);
            /* It stops only where the next would not fit; a salt an item may count as well. */
            if (got < most && got < count) {
                assert_true(total + sizes[got] + (got + 1) * OUTBOX_SALT_BYTES > bytes);
            }
        }
    }
    struct outbox_item *items = NULL;
    size_t got = 99;
    assert_int_equal(outbox_next(world->outbox, 0, 0, 100, &world->arena, &items, &got, NULL),
                     MUSTER_OK);
    assert_int_equal(got, 0);
}

static size_t behind(struct world *world, int64_t after, struct outbox_item **items)
{
    size_t got = 99;
    arena_reset(&world->arena);
    assert_int_equal(outbox_next(world->outbox, after, 9, 9000, &world->arena, items, &got, NULL),
                     MUSTER_OK);
    return got;
}

/* What is under way is not taken twice, and no later version of it before it has come back. */
static void test_next_when_some_are_under_way_then_what_is_behind_them(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    (void)add(world, "a", "1");
    (void)add(world, "b", "1");
    (void)add(world, "a", "2");
    (void)add(world, "c", "1");
    assert_int_equal(behind(world, 0, &items), 3);
    int64_t first = items[0].id;
    int64_t second = items[1].id;
    int64_t last = items[2].id;

    assert_int_equal(behind(world, second, &items), 1);
    assert_int_equal(items[0].id, last);
    assert_int_equal(behind(world, last, &items), 0);
    settle(world, first, OUTBOX_ACCEPTED, "receipt");
    assert_int_equal(behind(world, last, &items), 0);
    assert_int_equal(behind(world, second, &items), 2);
    assert_int_equal(items[0].version, 2);
    assert_int_equal(items[1].id, last);
    assert_int_equal(behind(world, 0, &items), 3);
}

static void test_add_when_payload_is_at_the_limit_then_taken_and_beyond_refused(void **state)
{
    struct world *world = (struct world *)*state;
    uint8_t *bytes = (uint8_t *)calloc(1, MUSTER_PAYLOAD_BYTES + 1);
    struct outbox_row row = {.kind = MUSTER_KIND_AUDIT, .key = "r", .file = "f", .line = 1};
    struct muster_utc now = {FIRST_MONTH};
    struct muster_err e = {MUSTER_OK, ""};
    struct outbox_item *items = NULL;
    uint32_t version = 99;
    assert_non_null(bytes);

    assert_int_equal(outbox_begin(world->outbox, NULL), MUSTER_OK);
    row.payload = muster_bytes_of(bytes, MUSTER_PAYLOAD_BYTES + 1);
    assert_int_equal(outbox_add(world->outbox, &row, now, &version, &e), MUSTER_ETOOBIG);
    assert_int_equal(version, 99);
    row.payload = muster_bytes_of(bytes, MUSTER_PAYLOAD_BYTES);
    assert_int_equal(outbox_add(world->outbox, &row, now, &version, &e), MUSTER_OK);
    assert_int_equal(outbox_commit(world->outbox, NULL), MUSTER_OK);

    assert_int_equal(version, 1);
    assert_int_equal(next_items(world, &items), 1);
    assert_int_equal(items[0].payload.len, MUSTER_PAYLOAD_BYTES);
    free(bytes);
}

static void test_rollback_when_done_then_as_if_nothing_had_been_added(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    struct outbox_row row = {.kind = MUSTER_KIND_REFERRAL,
                             .key = "r",
                             .payload = muster_bytes_of_text("row"),
                             .file = "f",
                             .line = 1};
    struct muster_utc now = {FIRST_MONTH};
    uint32_t version = 0;

    assert_int_equal(outbox_begin(world->outbox, NULL), MUSTER_OK);
    assert_int_equal(outbox_add(world->outbox, &row, now, &version, NULL), MUSTER_OK);
    assert_int_equal(version, 1);
    outbox_rollback(world->outbox);
    outbox_rollback(world->outbox); /* harmless without a transaction */

    assert_int_equal(next_items(world, &items), 0);
    assert_int_equal(add(world, "r", "row"), 1);
    /* Closing in the middle of one drops it. */
    row.payload = muster_bytes_of_text("second");
    assert_int_equal(outbox_begin(world->outbox, NULL), MUSTER_OK);
    assert_int_equal(outbox_add(world->outbox, &row, now, &version, NULL), MUSTER_OK);
    world_reopen(world);
    assert_int_equal(add(world, "r", "row"), 0);
}

/* Without one, a failure between two statements would leave a record known that was never queued.
 */
static void test_changes_when_outside_a_transaction_then_refused(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    struct outbox_row row = {.kind = MUSTER_KIND_REFERRAL,
                             .key = "new",
                             .payload = muster_bytes_of_text("row"),
                             .file = "f",
                             .line = 1};
    struct outbox_outcome outcome = {OUTBOX_REFUSED, "code", NULL, 0};
    struct muster_utc now = {FIRST_MONTH};
    struct muster_err e = {MUSTER_OK, ""};
    uint32_t version = 0;
    (void)add(world, "r", "row");
    assert_int_equal(next_items(world, &items), 1);
    char *before = describe(world);

    assert_int_equal(outbox_add(world->outbox, &row, now, &version, &e), MUSTER_EUSAGE);
    assert_int_equal(outbox_settle(world->outbox, items[0].id, &outcome, &e), MUSTER_EUSAGE);
    assert_int_equal(outbox_renumber(world->outbox, items[0].id, 5, now, &e), MUSTER_EUSAGE);

    char *after = describe(world);
    assert_string_equal(after, before);
    free(before);
    free(after);
}

static enum muster_status stop_at_second(void *context, const struct outbox_entry *entry,
                                         struct muster_err *e)
{
    size_t *seen = (size_t *)context;
    (void)entry;
    return ++*seen == 2 ? muster_fail(e, MUSTER_EFULL, "stop") : MUSTER_OK;
}

static void test_each_when_listed_then_in_order_with_states_and_stops_when_told(void **state)
{
    struct world *world = (struct world *)*state;
    struct outbox_item *items = NULL;
    struct outbox_counts counts;
    struct muster_err e = {MUSTER_OK, ""};
    size_t seen = 0;
    for (int i = 0; i < 5; i++) {
        char key[16];
        (void)snprintf(key, sizeof key, "r%d", i);
        (void)add(world, key, "row");
    }
    assert_int_equal(next_items(world, &items), 5);
    settle(world, items[1].id, OUTBOX_ACCEPTED, "the receipt\nof two lines");
    settle(world, items[2].id, OUTBOX_REFUSED, NULL);
    settle(world, items[3].id, OUTBOX_DUPLICATE, "again");

    char *text = describe(world);
    static const char *const parts[] = {
        "state 0 code '' at referrals.csv:7 receipt none\n",
        "state 1 code '' at referrals.csv:7 receipt the receipt\nof two lines\n",
        "state 3 code 'some_code' at referrals.csv:7 receipt none\n",
        "state 2 code '' at referrals.csv:7 receipt again\n",
        "state 0 code ''",
        "2 queued 1 accepted 1 duplicate 1 refused\n",
    };
    const char *at = text;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        at = strstr(at, parts[i]);
        assert_non_null(at);
        at++;
    }
    free(text);
    assert_int_equal(outbox_each(world->outbox, stop_at_second, &seen, &e), MUSTER_EFULL);
    assert_string_equal(e.text, "stop");
    assert_int_equal(seen, 2);
    assert_int_equal(outbox_count(world->outbox, &counts, NULL), MUSTER_OK);
    assert_int_equal(counts.queued + counts.accepted + counts.duplicate + counts.refused, 5);
    assert_int_equal(next_items(world, &items), 2);
}

static void test_meta_when_put_then_kept_over_a_reopen(void **state)
{
    struct world *world = (struct world *)*state;
    const char *value = "before";

    assert_int_equal(outbox_get_meta(world->outbox, "checkpoint", &world->arena, &value, NULL),
                     MUSTER_OK);
    assert_null(value);
    assert_int_equal(outbox_put_meta(world->outbox, "checkpoint", "one", NULL), MUSTER_OK);
    assert_int_equal(outbox_put_meta(world->outbox, "checkpoint", "two\nlines", NULL), MUSTER_OK);
    assert_int_equal(outbox_put_meta(world->outbox, "other", "", NULL), MUSTER_OK);
    world_reopen(world);

    assert_int_equal(outbox_get_meta(world->outbox, "checkpoint", &world->arena, &value, NULL),
                     MUSTER_OK);
    assert_string_equal(value, "two\nlines");
    assert_int_equal(outbox_get_meta(world->outbox, "other", &world->arena, &value, NULL),
                     MUSTER_OK);
    assert_string_equal(value, "");
}

#define world_test(test) cmocka_unit_test_setup_teardown(test, world_set_up, world_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        world_test(test_next_when_rows_are_queued_then_oldest_first_with_everything_to_send),
        world_test(test_next_when_opened_then_commitment_is_of_salt_and_payload),
        world_test(test_next_when_bounded_then_within_both_bounds_and_at_least_one),
        world_test(test_next_when_some_are_under_way_then_what_is_behind_them),
        world_test(test_add_when_payload_is_at_the_limit_then_taken_and_beyond_refused),
        world_test(test_rollback_when_done_then_as_if_nothing_had_been_added),
        world_test(test_changes_when_outside_a_transaction_then_refused),
        world_test(test_each_when_listed_then_in_order_with_states_and_stops_when_told),
        world_test(test_meta_when_put_then_kept_over_a_reopen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
