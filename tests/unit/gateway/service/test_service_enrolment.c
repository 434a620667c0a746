/* A signing certificate counts only once it is enrolled; whatever opens a connection or signs in
 * somebody's name is an entry and a message for that one, once. */
#include "service_world.h"

#include <stdio.h>
#include <string.h>

#include "core/base/encode.h"
#include "core/codec/leaf.h"
#include "core/seal/certificate.h"

#define NO_MORE 64

/* The entries from `from` on as "kind org outcome subject reference recipient", read by the
 * auditor. */
static size_t entries(struct service_world *world, uint64_t from, const char *kind,
                      struct codec_leaf *last)
{
    const struct codec_request read = {
        .type = CODEC_REQUEST_LOG_READ,
        .log_read = {
            .from_given = true, .from = from, .count = 200, .leaves = true, .purpose = "audit"}};
    struct codec_reply reply = world_ask(world, WORLD_AUDITOR, &read);
    size_t count = 0;
    assert_int_equal(reply.type, CODEC_REPLY_LOG_ENTRIES);
    for (size_t i = 0; i < reply.log_entries.count; i++) {
        struct codec_leaf leaf;
        assert_int_equal(codec_leaf_decode(reply.log_entries.leaves[i], &world->arena, &leaf, NULL),
                         MUSTER_OK);
        if (strcmp(leaf.kind, kind) == 0) {
            *last = leaf;
            count++;
        }
    }
    return count;
}

static size_t count_entries(struct service_world *world, const char *kind)
{
    struct codec_leaf last;
    return entries(world, 0, kind, &last);
}

static size_t count_messages(struct service_world *world, enum world_who who, const char *kind)
{
    const struct codec_request read = {.type = CODEC_REQUEST_MAILBOX,
                                       .mailbox = {.count = NO_MORE}};
    struct codec_reply reply = world_ask(world, who, &read);
    size_t count = 0;
    assert_int_equal(reply.type, CODEC_REPLY_MAILBOX);
    for (size_t i = 0; i < reply.mailbox.count; i++) {
        count += strcmp(reply.mailbox.messages[i].kind, kind) == 0 ? 1 : 0;
    }
    return count;
}

static void fingerprint_of(const struct service_world *world, enum world_who who, char hex[65])
{
    struct certificate_facts facts;
    assert_int_equal(certificate_read(signer_certificate(world->signers[who]), &facts, NULL),
                     MUSTER_OK);
    hex_encode(facts.fingerprint.b, sizeof facts.fingerprint.b, hex);
}

static void assert_enrols(struct service_world *world, enum world_who who, bool revoke)
{
    struct codec_reply reply = world_enrol(world, WORLD_OPERATOR, who, who, revoke);
    struct tlog_checkpoint checkpoint;
    assert_int_equal(reply.type, CODEC_REPLY_ENROL);
    world_open_checkpoint(world, reply.enrol.checkpoint, &checkpoint);
    assert_true(checkpoint.size > reply.enrol.leaf_index);
}

static void assert_undecided(struct service_world *world)
{
    char hex[65];
    struct codec_reply reply = world_submit(world, WORLD_POLICE, 2, NULL, 0);
    world_assert_failure(&reply, "signature.not_enrolled");
    assert_true(reply.failure.retry);
    fingerprint_of(world, WORLD_POLICE, hex);
    hex[16] = '\0';
    assert_non_null(strstr(reply.failure.message, hex));
}

static void assert_decided(struct service_world *world)
{
    struct codec_reply reply = world_submit(world, WORLD_POLICE, 1, NULL, 0);
    assert_int_equal(reply.type, CODEC_REPLY_BATCH);
    assert_int_equal(reply.batch.outcomes[0].result, CODEC_ACCEPTED);
}

static void test_batch_when_its_signer_is_not_enrolled_then_it_waits_for_that(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct codec_leaf leaf;
    char hex[65];
    assert_undecided(world);
    uint64_t size = world_log_size(world);
    assert_undecided(world);
    assert_true(world_log_size(world) == size); /* seen before: nothing more to say */
    assert_int_equal(count_entries(world, "submit"), 0);
    assert_int_equal(entries(world, 0, "key.certificate", &leaf), 1);
    assert_string_equal(leaf.org, "police");
    fingerprint_of(world, WORLD_POLICE, hex);
    assert_non_null(strstr(leaf.subject, "signing"));
    assert_non_null(strstr(leaf.subject, hex));
    assert_int_equal(count_messages(world, WORLD_POLICE, "key.certificate"), 1);

    assert_enrols(world, WORLD_POLICE, false);
    assert_decided(world);
    world_restart(world);
    assert_decided(world);
    assert_int_equal(count_entries(world, "key.certificate"), 1);
    assert_int_equal(entries(world, 0, "key.enrol", &leaf), 1);
    assert_string_equal(leaf.org, "operator");
    assert_string_equal(leaf.recipient, "police");
    assert_string_equal(leaf.reference, "T-1");
    assert_non_null(strstr(leaf.subject, hex));
    assert_int_equal(count_messages(world, WORLD_POLICE, "key.enrol"), 1);
}

/* As it is meant to be: the agency reads its fingerprint out before its first batch. */
static void test_enrol_when_before_the_first_batch_then_that_is_decided(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    assert_enrols(world, WORLD_POLICE, false);
    uint64_t size = world_log_size(world);
    assert_enrols(world, WORLD_POLICE, false); /* done before: the same again */
    assert_true(world_log_size(world) == size);
    assert_decided(world);
    assert_int_equal(count_messages(world, WORLD_POLICE, "key.certificate"), 1);
}

static void test_enrol_when_revoked_then_its_batches_wait_for_good(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct codec_leaf leaf;
    struct codec_reply reply = world_enrol(world, WORLD_OPERATOR, WORLD_POLICE, WORLD_POLICE, true);
    world_assert_failure(&reply, "enrol.not_enrolled");
    assert_enrols(world, WORLD_POLICE, false);
    assert_decided(world);
    assert_enrols(world, WORLD_POLICE, true);
    assert_undecided(world);
    world_restart(world);
    assert_undecided(world);
    reply = world_enrol(world, WORLD_OPERATOR, WORLD_POLICE, WORLD_POLICE, false);
    world_assert_failure(&reply, "enrol.revoked");
    assert_int_equal(entries(world, 0, "key.revoke", &leaf), 1);
    assert_string_equal(leaf.recipient, "police");
    assert_int_equal(count_messages(world, WORLD_POLICE, "key.revoke"), 1);
}

static void test_enrol_when_the_certificate_is_somebody_elses_then_refused(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    (void)world_submit(world, WORLD_HEALTH, 1, NULL, 0); /* seen in health's name */
    struct codec_reply reply =
        world_enrol(world, WORLD_OPERATOR, WORLD_POLICE, WORLD_HEALTH, false);
    world_assert_failure(&reply, "enrol.other_agency");
    /* Not seen yet, it can be entered for the wrong agency: it decides nothing there or anywhere.
     */
    reply = world_enrol(world, WORLD_OPERATOR, WORLD_HEALTH, WORLD_POLICE, false);
    assert_int_equal(reply.type, CODEC_REPLY_ENROL);
    assert_undecided(world);
    assert_int_equal(count_messages(world, WORLD_POLICE, "key.certificate"), 1);
}

static void test_enrol_when_not_the_operator_then_forbidden_and_logged(void **state)
{
    static const enum world_who others[] = {WORLD_COUNCIL, WORLD_POLICE, WORLD_LSCB, WORLD_AUDITOR};
    struct service_world *world = (struct service_world *)*state;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct codec_reply reply = world_enrol(world, others[i], WORLD_POLICE, WORLD_POLICE, false);
        world_assert_failure(&reply, "role_not_allowed");
    }
    assert_int_equal(count_entries(world, "authz.deny"), sizeof others / sizeof others[0]);
    assert_int_equal(count_entries(world, "key.enrol"), 0);
    assert_undecided(world);
}

/* What the wire tells of connections. The job is in the queue before the next request. */
static void test_connection_when_its_certificate_is_new_then_its_owner_is_told_once(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    const struct caller *police = &world->callers[WORLD_POLICE];
    struct codec_leaf leaf;
    struct certificate_facts facts;
    assert_int_equal(
        certificate_read(signer_certificate(world->signers[WORLD_POLICE]), &facts, NULL),
        MUSTER_OK);
    for (int round = 0; round < 3; round++) {
        service_peer(world->service, police, facts.fingerprint.b);
        service_peer(world->service, police, facts.fingerprint.b);
        service_peer(world->service, &world->callers[WORLD_AUDITOR], facts.fingerprint.b);
        assert_int_equal(count_messages(world, WORLD_POLICE, "key.certificate"), 1);
        if (round == 1) {
            world_restart(world);
        }
    }
    assert_int_equal(entries(world, 0, "key.certificate", &leaf), 1);
    assert_string_equal(leaf.org, "police");
    assert_non_null(strstr(leaf.subject, "connection"));
    struct codec_reply reply =
        world_enrol(world, WORLD_OPERATOR, WORLD_POLICE, WORLD_POLICE, false);
    world_assert_failure(&reply, "enrol.connection");
}

static void test_list_when_asked_then_every_certificate_and_what_became_of_it(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    const struct codec_request query = {.type = CODEC_REQUEST_QUERY,
                                        .query = {.report = "enrolments"}};
    assert_undecided(world);
    assert_enrols(world, WORLD_HEALTH, false);
    assert_enrols(world, WORLD_HEALTH, true);
    for (int by = 0; by < 2; by++) {
        char hex[65];
        struct codec_reply reply =
            world_ask(world, by == 0 ? WORLD_OPERATOR : WORLD_AUDITOR, &query);
        assert_int_equal(reply.type, CODEC_REPLY_TABLE);
        assert_int_equal(reply.table.row_count, 2);
        assert_int_equal(reply.table.column_count, 7);
        const char *const *health = reply.table.cells;
        const char *const *police = reply.table.cells + 7;
        fingerprint_of(world, WORLD_HEALTH, hex);
        assert_string_equal(health[0], "health");
        assert_string_equal(health[1], "signing");
        assert_string_equal(health[2], hex);
        assert_string_equal(health[3], "-"); /* never seen */
        assert_true(strlen(health[4]) > 10 && strlen(health[5]) > 10);
        assert_string_equal(police[0], "police");
        assert_true(strlen(police[3]) > 10);
        assert_string_equal(police[4], "-");
        assert_string_equal(police[5], "-");
    }
    struct codec_reply reply = world_ask(world, WORLD_POLICE, &query);
    world_assert_failure(&reply, "role_not_allowed");
}

#define BARE(test) cmocka_unit_test_setup_teardown(test, world_bare, world_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BARE(test_batch_when_its_signer_is_not_enrolled_then_it_waits_for_that),
        BARE(test_enrol_when_before_the_first_batch_then_that_is_decided),
        BARE(test_enrol_when_revoked_then_its_batches_wait_for_good),
        BARE(test_enrol_when_the_certificate_is_somebody_elses_then_refused),
        BARE(test_enrol_when_not_the_operator_then_forbidden_and_logged),
        BARE(test_connection_when_its_certificate_is_new_then_its_owner_is_told_once),
        BARE(test_list_when_asked_then_every_certificate_and_what_became_of_it),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
