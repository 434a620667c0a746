/* Certificates: what is known of one is added once and never changed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gateway/store/inside.h"
#include "gateway/store/known.h"
#include "store_world.h"

static struct store_known police(uint8_t fingerprint, const char *usage)
{
    struct store_known known = {.owner = "police", .usage = usage};
    memset(known.fingerprint.b, fingerprint, sizeof known.fingerprint.b);
    return known;
}

static enum muster_status put(struct world *world, const struct store_known *known)
{
    assert_int_equal(store_begin(world->st, NULL), MUSTER_OK);
    enum muster_status status = store_put_known(world->st, known, NULL);
    if (status == MUSTER_OK) {
        world_commit(world);
    } else {
        store_rollback(world->st);
    }
    return status;
}

static void test_known_when_more_becomes_known_then_it_is_added(void **state)
{
    struct world *world = (struct world *)*state;
    struct store_known known = police(1, STORE_SIGNING);
    struct store_known found = police(1, STORE_SIGNING);
    found.seen = 99;
    assert_int_equal(store_find_known(store_view(world->st), &found, NULL), MUSTER_OK);
    assert_true(found.seen == 0 && found.enrolled == 0 && found.revoked == 0);
    known.enrolled = 3;
    assert_int_equal(put(world, &known), MUSTER_OK);
    known.seen = 5;
    assert_int_equal(put(world, &known), MUSTER_OK);
    known.revoked = 7;
    assert_int_equal(put(world, &known), MUSTER_OK);
    world_reopen(world);
    assert_int_equal(store_find_known(store_view(world->st), &found, NULL), MUSTER_OK);
    assert_true(found.seen == 5 && found.enrolled == 3 && found.revoked == 7);
    found.owner = "health";
    assert_int_equal(store_find_known(store_view(world->st), &found, NULL), MUSTER_OK);
    assert_true(found.enrolled == 0);
}

static void test_known_when_something_would_change_then_the_store_refuses(void **state)
{
    struct world *world = (struct world *)*state;
    const struct store_known whole = {
        .owner = "police", .usage = STORE_SIGNING, .seen = 3, .enrolled = 4, .revoked = 5};
    static const char *const statements[] = {
        "DELETE FROM known_certificate",
        "UPDATE known_certificate SET owner = 'health'",
        "UPDATE known_certificate SET usage = 'connection'",
        "UPDATE known_certificate SET seen_seq = 0",
        "UPDATE known_certificate SET enrolled_seq = 2",
        "UPDATE known_certificate SET revoked_seq = 0",
    };
    assert_int_equal(put(world, &whole), MUSTER_OK);
    for (int i = 0; i < 3; i++) {
        struct store_known other = whole;
        uint64_t *entries[] = {&other.seen, &other.enrolled, &other.revoked};
        *entries[i] = 0;
        assert_int_not_equal(put(world, &other), MUSTER_OK);
    }
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        int rc = sqlite3_exec(world->st->db, statements[i], NULL, NULL, NULL);
        if ((rc & 0xff) != SQLITE_CONSTRAINT) {
            fail_msg("not refused: %s", statements[i]);
        }
    }
}

static void test_known_when_seen_as_something_else_then_that_is_told(void **state)
{
    struct world *world = (struct world *)*state;
    struct store_known signing = police(1, STORE_SIGNING);
    struct store_known connection = police(2, STORE_CONNECTION);
    enum store_known_other other = STORE_KNOWN_OWNER;
    signing.seen = 3;
    connection.seen = 4;
    assert_int_equal(put(world, &signing), MUSTER_OK);
    assert_int_equal(put(world, &connection), MUSTER_OK);
    assert_int_equal(store_find_known_other(store_view(world->st), &signing, &other, NULL),
                     MUSTER_OK);
    assert_int_equal(other, STORE_KNOWN_NOT);
    connection.usage = STORE_SIGNING;
    assert_int_equal(store_find_known_other(store_view(world->st), &connection, &other, NULL),
                     MUSTER_OK);
    assert_int_equal(other, STORE_KNOWN_USAGE);
    signing.owner = "health";
    assert_int_equal(store_find_known_other(store_view(world->st), &signing, &other, NULL),
                     MUSTER_OK);
    assert_int_equal(other, STORE_KNOWN_OWNER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_known_when_more_becomes_known_then_it_is_added,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(
            test_known_when_something_would_change_then_the_store_refuses, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(test_known_when_seen_as_something_else_then_that_is_told,
                                        world_make, world_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
