/* The gateway's half of the witnesses: keys are taken from signed batches, and a cosignature counts
 * once, by the right key, for the checkpoint it is of. */
#include "service_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/witness.h"
#include "core/base/clock.h"
#include "core/codec/leaf.h"
#include "core/tlog/cosignature.h"
#include "core/tlog/note.h"
#include "gateway/store/witnesses.h"

/* An agency's witness, as its agent runs it. */
struct partner {
    enum world_who who;
    struct tlog_hasher hasher;
    struct tlog_signer key;
    char vkey[TLOG_KEY_TEXT_BYTES + 1];
    struct witness witness;
};

static void name_key(struct partner *partner, const char *origin, const char *agency,
                     enum tlog_key_type type, uint8_t first)
{
    uint8_t seed[TLOG_KEY_BYTES] = {first};
    char name[TLOG_NAME_BYTES];
    struct tlog_text text;
    for (int pass = 0; pass < 2; pass++) { /* the name holds part of the key */
        tlog_text_init(&text, name, sizeof name);
        tlog_witness_name(&text, origin, agency, partner->key.key.public_key);
        tlog_signer_fini(&partner->key);
        assert_int_equal(
            tlog_signer_init(&partner->key, tlog_text_bytes(&text), type, seed, NULL, NULL),
            MUSTER_OK);
    }
    tlog_text_init(&text, partner->vkey, sizeof partner->vkey - 1);
    tlog_key_format(&text, &partner->key.key);
    partner->vkey[text.len] = '\0';
}

static void partner_init(struct partner *partner, struct service_world *world, enum world_who who,
                         uint8_t first)
{
    *partner = (struct partner){.who = who};
    assert_int_equal(tlog_hasher_init(&partner->hasher, NULL), MUSTER_OK);
    witness_init(&partner->witness, &world->log_key, &partner->hasher);
    name_key(partner, WORLD_ORIGIN, world->agencies[who].id, TLOG_KEY_COSIGNATURE, first);
}

static void partner_fini(struct partner *partner)
{
    tlog_signer_fini(&partner->key);
    tlog_hasher_fini(&partner->hasher);
}

/* A partner whose key the gateway has. */
static void join(struct partner *partner, struct service_world *world, enum world_who who,
                 uint8_t first)
{
    partner_init(partner, world, who, first);
    struct codec_reply reply = world_submit(world, who, 0, partner->vkey, 0);
    assert_int_equal(reply.type, CODEC_REPLY_BATCH);
    assert_int_equal(reply.batch.count, 0);
}

static const char *sign(const struct partner *partner, uint64_t seconds)
{
    static char line[TLOG_SIGNATURE_LINE_BYTES + 1];
    struct tlog_text text;
    memset(line, 0, sizeof line);
    tlog_text_init(&text, line, sizeof line - 1);
    assert_int_equal(witness_cosign(&partner->witness, &partner->key, seconds, &text, NULL),
                     MUSTER_OK);
    return line;
}

static uint64_t seconds_now(void)
{
    return (uint64_t)(muster_utc_now().ms / 1000);
}

/* A heartbeat, judged as an agent judges it; *offered is the size offered, 0 none. */
static struct codec_reply beat(struct service_world *world, struct partner *partner,
                               const char *line, uint64_t *offered)
{
    struct witness *witness = &partner->witness;
    struct witness_checkpoint base = witness->memory;
    struct tlog_checkpoint newest;
    const struct codec_request request = {
        .type = CODEC_REQUEST_HEARTBEAT,
        .log_size = base.size,
        .heartbeat = {.cosigned_size = witness->cosigned.size, .cosignature = line}};
    struct codec_reply reply = world_ask(world, partner->who, &request);
    *offered = 0;
    if (reply.type == CODEC_REPLY_HEARTBEAT) {
        const struct codec_offer *offer = reply.heartbeat.offer;
        assert_int_equal(witness_take(witness, &base, reply.heartbeat.checkpoint,
                                      &reply.consistency, &newest, NULL),
                         MUSTER_OK);
        if (offer != NULL) {
            assert_int_equal(
                witness_offered(witness, &newest, reply.heartbeat.checkpoint, offer, NULL),
                MUSTER_OK);
            *offered = witness->cosigned.size;
        }
    }
    return reply;
}

/* Asks for an offer and hands in its cosignature; returns its size. */
static uint64_t cosign(struct service_world *world, struct partner *partner)
{
    uint64_t size = 0;
    uint64_t more = 0;
    (void)beat(world, partner, NULL, &size);
    if (size > 0) {
        struct codec_reply reply = beat(world, partner, sign(partner, seconds_now()), &more);
        assert_int_equal(reply.type, CODEC_REPLY_HEARTBEAT);
    }
    return size;
}

static enum muster_status count_one(void *context, const struct store_cosignature *row,
                                    struct muster_err *e)
{
    size_t *count = (size_t *)context;
    (void)e;
    (*count)++;
    assert_non_null(strstr(row->vkey, row->agency));
    return MUSTER_OK;
}

static size_t count_cosignatures(const struct service_world *world)
{
    struct store_reader *reader = NULL;
    size_t count = 0;
    assert_int_equal(store_reader_open(world->store, &reader, NULL), MUSTER_OK);
    assert_int_equal(store_each_cosignature(reader, 0, 1000, count_one, &count, NULL), MUSTER_OK);
    store_reader_close(reader);
    return count;
}

/* --- keys ------------------------------------------------------------------------------------- */

static void test_key_when_announced_then_it_is_an_entry_once(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    const struct codec_request read = {
        .type = CODEC_REQUEST_LOG_READ,
        .log_read = {.count = 1, .leaves = true, .purpose = "audit"}};
    struct partner partner;
    struct codec_leaf leaf;
    join(&partner, world, WORLD_HEALTH, 10);
    uint64_t size = world_log_size(world);
    struct codec_reply reply = world_ask(world, WORLD_AUDITOR, &read);
    assert_int_equal(reply.log_entries.count, 1);
    assert_int_equal(codec_leaf_decode(reply.log_entries.leaves[0], &world->arena, &leaf, NULL),
                     MUSTER_OK);
    assert_string_equal(leaf.kind, "key.witness");
    assert_string_equal(leaf.org, "health");
    assert_string_equal(leaf.subject, partner.vkey);
    assert_non_null(leaf.batch);

    reply = world_submit(world, WORLD_HEALTH, 0, partner.vkey, 0);
    assert_int_equal(reply.type, CODEC_REPLY_BATCH);
    assert_int_equal(world_log_size(world), size + 1); /* the auditor's reading */
    partner_fini(&partner);
}

static void test_key_when_of_another_name_or_type_then_the_batch_is_refused(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    static const struct {
        const char *origin;
        const char *agency;
        enum tlog_key_type type;
    } wrong[] = {{WORLD_ORIGIN, "health", TLOG_KEY_COSIGNATURE},
                 {"elsewhere.invalid/log", "police", TLOG_KEY_COSIGNATURE},
                 {WORLD_ORIGIN, "police", TLOG_KEY_NOTE}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct partner partner;
        partner_init(&partner, world, WORLD_POLICE, 20);
        name_key(&partner, wrong[i].origin, wrong[i].agency, wrong[i].type, 20);
        struct codec_reply reply = world_submit(world, WORLD_POLICE, 1, partner.vkey, 0);
        world_assert_failure(&reply, "witness.key");
        partner_fini(&partner);
    }
    struct codec_reply reply = world_submit(world, WORLD_POLICE, 1, "no key at all", 0);
    world_assert_failure(&reply, "witness.key");
}

/* --- cosignatures ----------------------------------------------------------------------------- */

static void test_cosignature_when_wrong_in_any_way_then_refused_and_not_kept(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct partner police;
    struct partner school;
    struct partner unknown;
    uint64_t offered = 0;
    join(&police, world, WORLD_POLICE, 30);
    join(&school, world, WORLD_SCHOOL, 31);
    partner_init(&unknown, world, WORLD_POLICE, 32); /* a key that was never announced */
    size_t held = count_cosignatures(world);
    (void)beat(world, &police, NULL, &offered);
    assert_true(offered > 0);
    unknown.witness = police.witness;
    unknown.who = police.who;
    school.witness = police.witness;

    struct codec_reply reply = beat(world, &police, sign(&unknown, seconds_now()), &offered);
    world_assert_failure(&reply, "cosignature.invalid");
    reply = beat(world, &police, sign(&school, seconds_now()), &offered); /* another's key */
    world_assert_failure(&reply, "cosignature.invalid");
    char line[TLOG_SIGNATURE_LINE_BYTES + 1];
    (void)snprintf(line, sizeof line, "%s", sign(&police, seconds_now()));
    char *last = strrchr(line, ' ') + 60; /* within the signature */
    *last = *last == 'A' ? 'B' : 'A';
    reply = beat(world, &police, line, &offered);
    world_assert_failure(&reply, "cosignature.invalid");
    (void)snprintf(line, sizeof line, "%s%s", sign(&police, seconds_now()), "\n");
    reply = beat(world, &police, line, &offered);
    world_assert_failure(&reply, "cosignature.invalid");
    reply = beat(world, &police, sign(&police, seconds_now() + 2 * 3600), &offered);
    world_assert_failure(&reply, "cosignature.time");
    reply = beat(world, &police, sign(&police, seconds_now() - 2 * 3600), &offered);
    world_assert_failure(&reply, "cosignature.time");
    assert_int_equal(count_cosignatures(world), held);

    reply = beat(world, &police, sign(&police, seconds_now()), &offered);
    assert_int_equal(reply.type, CODEC_REPLY_HEARTBEAT);
    assert_int_equal(count_cosignatures(world), held + 1);
    partner_fini(&police);
    partner_fini(&school);
    partner_fini(&unknown);
}

/* A key that a forged batch announces replaces nothing, not even until its signature is checked. */
static void test_cosignature_when_behind_a_forged_key_then_it_counts(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct partner police;
    struct partner forger;
    struct arena arena;
    struct codec_reply replies[2];
    uint64_t offered = 0;
    arena_init(&arena, 64u * 1024u * 1024u);
    join(&police, world, WORLD_POLICE, 35);
    partner_init(&forger, world, WORLD_POLICE, 36);
    size_t held = count_cosignatures(world);
    (void)beat(world, &police, NULL, &offered);
    assert_true(offered > 0);
    const struct world_request requests[] = {
        {WORLD_POLICE,
         world_forged(world_batch(world, WORLD_POLICE, 0, 0, forger.vkey, &arena), &arena)},
        {WORLD_POLICE,
         {.type = CODEC_REQUEST_HEARTBEAT,
          .heartbeat = {.cosigned_size = police.witness.cosigned.size,
                        .cosignature = sign(&police, seconds_now())}}}};
    world_ask_together(world, requests, 2, replies);
    world_assert_failure(&replies[0], "signature.invalid");
    assert_int_equal(replies[1].type, CODEC_REPLY_HEARTBEAT);
    assert_int_equal(count_cosignatures(world), held + 1);
    partner_fini(&police);
    partner_fini(&forger);
    arena_fini(&arena);
}

static void test_cosignature_when_replayed_for_another_size_then_refused(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct partner police;
    char line[TLOG_SIGNATURE_LINE_BYTES + 1];
    uint64_t size = 0;
    join(&police, world, WORLD_POLICE, 40);
    assert_true(cosign(world, &police) > 0);
    (void)snprintf(line, sizeof line, "%s", sign(&police, seconds_now()));
    (void)world_submit(world, WORLD_POLICE, 2, NULL, 0);
    (void)beat(world, &police, NULL, &size);
    assert_true(size > 0);
    struct codec_reply reply = beat(world, &police, line, &size);
    world_assert_failure(&reply, "cosignature.invalid");

    const struct codec_request request = {
        .type = CODEC_REQUEST_HEARTBEAT,
        .heartbeat = {.cosigned_size = police.witness.cosigned.size - 1, .cosignature = line}};
    reply = world_ask(world, WORLD_POLICE, &request); /* the log has no checkpoint there */
    world_assert_failure(&reply, "cosignature.size");
    partner_fini(&police);
}

static void test_cosignature_when_a_witness_signs_twice_then_one_vote(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct partner police;
    uint64_t more = 0;
    join(&police, world, WORLD_POLICE, 50);
    assert_true(cosign(world, &police) > 0);
    assert_int_equal(cosign(world, &police), 0);
    size_t held = count_cosignatures(world);
    struct codec_reply reply = beat(world, &police, sign(&police, seconds_now() - 1), &more);
    assert_int_equal(reply.type, CODEC_REPLY_HEARTBEAT);
    assert_int_equal(more, 0);
    assert_int_equal(count_cosignatures(world), held);
    partner_fini(&police);
}

static void test_cosignature_when_the_key_was_replaced_then_the_old_one_counts_no_more(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct partner old;
    struct partner new;
    uint64_t offered = 0;
    join(&old, world, WORLD_SCHOOL, 60);
    join(&new, world, WORLD_SCHOOL, 61);
    (void)beat(world, &old, NULL, &offered);
    assert_true(offered > 0);
    struct codec_reply reply = beat(world, &old, sign(&old, seconds_now()), &offered);
    world_assert_failure(&reply, "cosignature.invalid");
    assert_true(cosign(world, &new) > 0);
    /* It does not come back by being announced again. */
    reply = world_submit(world, WORLD_SCHOOL, 0, old.vkey, 0);
    assert_int_equal(reply.type, CODEC_REPLY_BATCH);
    reply = beat(world, &old, sign(&old, seconds_now()), &offered);
    world_assert_failure(&reply, "cosignature.invalid");
    /* Nor as somebody else's. */
    size_t held = count_cosignatures(world);
    name_key(&old, WORLD_ORIGIN, "health", TLOG_KEY_COSIGNATURE, 61);
    reply = world_submit(world, WORLD_HEALTH, 0, old.vkey, 0);
    assert_int_equal(reply.type, CODEC_REPLY_BATCH);
    old.who = WORLD_HEALTH;
    reply = beat(world, &old, sign(&old, seconds_now()), &offered);
    assert_int_equal(reply.type, CODEC_REPLY_FAILURE);
    assert_int_equal(count_cosignatures(world), held);
    partner_fini(&old);
    partner_fini(&new);
}

static void test_offer_when_nobody_or_a_body_asks_then_none(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    const struct codec_request request = {.type = CODEC_REQUEST_HEARTBEAT};
    struct partner council;
    uint64_t offered = 0;
    struct codec_reply reply = world_ask(world, WORLD_LSCB, &request);
    assert_null(reply.heartbeat.offer);
    partner_init(&council, world, WORLD_COUNCIL, 70);
    (void)beat(world, &council, NULL, &offered); /* it has announced no key */
    assert_int_equal(offered, 0);
    const struct codec_request line = {
        .type = CODEC_REQUEST_HEARTBEAT,
        .heartbeat = {.cosigned_size = 1, .cosignature = "\xe2\x80\x94 a AAAA\n"}};
    reply = world_ask(world, WORLD_COUNCIL, &line);
    world_assert_failure(&reply, "witness.unknown");
    reply = world_ask(world, WORLD_LSCB, &line);
    world_assert_failure(&reply, "witness.unknown");
    partner_fini(&council);
}

/* --- where they meet -------------------------------------------------------------------------- */

static void test_offer_when_within_the_interval_then_all_get_the_same(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct partner police;
    struct partner health;
    world->settings.witness_interval_seconds = 3600;
    world_restart(world);
    join(&police, world, WORLD_POLICE, 80);
    join(&health, world, WORLD_HEALTH, 81);
    uint64_t size = cosign(world, &police);
    assert_true(size > 0);
    (void)world_submit(world, WORLD_HEALTH, 3, NULL, 0);
    assert_int_equal(cosign(world, &health), size);
    assert_int_equal(cosign(world, &police), 0); /* nothing more until the interval is over */
    assert_int_equal(cosign(world, &health), 0);
    world->settings.witness_interval_seconds = 0;
    world_restart(world);
    assert_true(cosign(world, &police) > size);
    partner_fini(&police);
    partner_fini(&health);
}

static void test_offer_when_others_have_cosigned_before_then_theirs_comes_first(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct partner police;
    struct partner health;
    struct partner school;
    join(&police, world, WORLD_POLICE, 90);
    join(&health, world, WORLD_HEALTH, 91);
    join(&school, world, WORLD_SCHOOL, 92);
    uint64_t both = cosign(world, &police);
    assert_int_equal(cosign(world, &health), both);
    (void)world_submit(world, WORLD_HEALTH, 3, NULL, 0);
    uint64_t later = cosign(world, &police);
    assert_true(later > both);
    (void)world_submit(world, WORLD_HEALTH, 3, NULL, 0);
    assert_int_equal(cosign(world, &school), both);  /* two others are there */
    assert_int_equal(cosign(world, &school), later); /* one */
    assert_true(cosign(world, &school) > later);     /* the newest */
    assert_int_equal(cosign(world, &school), 0);
    partner_fini(&police);
    partner_fini(&health);
    partner_fini(&school);
}

/* The exchange keeps no state of a witness but its cosignatures: the offer is built from the size
 * it names. */
static void test_offer_when_a_witness_names_any_size_then_the_proof_begins_there(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct partner police;
    uint64_t offered = 0;
    char notes[12][TLOG_CHECKPOINT_BYTES + 1];
    join(&police, world, WORLD_POLICE, 100);
    for (size_t i = 0; i < 12; i++) {
        struct codec_reply reply = world_submit(world, WORLD_POLICE, 1, NULL, 0);
        (void)snprintf(notes[i], sizeof notes[i], "%s", reply.batch.checkpoint);
    }
    for (size_t i = 0; i < 12; i++) {
        police.witness.cosigned.size = 0;
        assert_int_equal(witness_recall(&police.witness, NULL, notes[i], NULL), MUSTER_OK);
        (void)beat(world, &police, NULL, &offered); /* judges the proofs */
        assert_true(offered > 0);
    }
    partner_fini(&police);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, world_fresh, world_stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FRESH(test_offer_when_nobody_or_a_body_asks_then_none),
        FRESH(test_key_when_announced_then_it_is_an_entry_once),
        FRESH(test_key_when_of_another_name_or_type_then_the_batch_is_refused),
        FRESH(test_cosignature_when_wrong_in_any_way_then_refused_and_not_kept),
        FRESH(test_cosignature_when_behind_a_forged_key_then_it_counts),
        FRESH(test_cosignature_when_replayed_for_another_size_then_refused),
        FRESH(test_cosignature_when_a_witness_signs_twice_then_one_vote),
        FRESH(test_cosignature_when_the_key_was_replaced_then_the_old_one_counts_no_more),
        FRESH(test_offer_when_within_the_interval_then_all_get_the_same),
        FRESH(test_offer_when_others_have_cosigned_before_then_theirs_comes_first),
        FRESH(test_offer_when_a_witness_names_any_size_then_the_proof_begins_there),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
