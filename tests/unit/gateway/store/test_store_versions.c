/* Versions of records in any order, against a model that looks through all of them every time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/store/rows.h"
#include "store_world.h"

#define RECORDS  4
#define VERSIONS 5
#define PUTS     (RECORDS * VERSIONS)

struct put {
    size_t record;
    uint32_t version;
    bool withdrawn;
    int32_t due; /* a fact that tells the versions apart */
};

static const char *const actions[RECORDS] = {"a0", "a1", "a2", "a3"};

static struct muster_record record_of(const struct put *put)
{
    struct muster_record record = world_record(MUSTER_KIND_SECTION11_ACTION);

    world_text(&record, MUSTER_SECTION11_ACTION_ID, actions[put->record]);
    world_date(&record, MUSTER_SECTION11_ACTION_DUE, put->due);
    record.version = put->version;
    record.withdrawn = put->withdrawn;
    return record;
}

static void shuffle(struct world *world, struct put *puts)
{
    for (size_t i = 0; i < PUTS; i++) {
        puts[i].record = i / VERSIONS;
        puts[i].version = (uint32_t)(i % VERSIONS) + 1;
        puts[i].withdrawn = world_random(world, 4) == 0;
        puts[i].due = (int32_t)i * 100;
    }
    for (size_t i = PUTS - 1; i > 0; i--) {
        size_t j = (size_t)world_random(world, i + 1);
        struct put swap = puts[i];
        puts[i] = puts[j];
        puts[j] = swap;
    }
}

/* The put of the first `size` that is the highest version of a record; NULL where there is none. */
static const struct put *highest_of(const struct put *puts, size_t size, size_t record)
{
    const struct put *highest = NULL;

    for (size_t i = 0; i < size; i++) {
        if (puts[i].record == record && (highest == NULL || puts[i].version > highest->version)) {
            highest = &puts[i];
        }
    }
    return highest;
}

struct seen {
    size_t count;
    int32_t due[RECORDS];
    bool given[RECORDS];
};

static enum muster_status see(void *context, const struct store_section11_action_row *row,
                              struct muster_err *e)
{
    struct seen *seen = (struct seen *)context;

    (void)e;
    for (size_t i = 0; i < RECORDS; i++) {
        if (strcmp(row->action_id, actions[i]) == 0) {
            assert_false(seen->given[i]);
            seen->given[i] = true;
            seen->due[i] = row->due.days;
        }
    }
    seen->count++;
    return MUSTER_OK;
}

static void assert_seen(struct world *world, const struct put *puts, size_t size)
{
    struct store_reader *view = store_view(world->st);
    struct seen seen = {0};
    uint64_t counted = 0;
    size_t expected = 0;

    assert_int_equal(store_each_section11_action(view, size, see, &seen, NULL), MUSTER_OK);
    assert_int_equal(store_count_records(view, MUSTER_KIND_SECTION11_ACTION, size, &counted, NULL),
                     MUSTER_OK);
    for (size_t i = 0; i < RECORDS; i++) {
        const struct put *highest = highest_of(puts, size, i);
        bool counts = highest != NULL && !highest->withdrawn;
        assert_int_equal(seen.given[i], counts);
        if (counts) {
            assert_int_equal(seen.due[i], highest->due);
            expected++;
        }
    }
    assert_int_equal(seen.count, expected);
    assert_int_equal(counted, expected);
}

static void assert_records(struct world *world, const struct put *puts, size_t size)
{
    for (size_t i = 0; i < RECORDS; i++) {
        const struct put *highest = highest_of(puts, size, i);
        struct put any = {i, 1, false, 0};
        struct muster_record record = record_of(&any);
        struct store_blind key_ix = world_key("police", &record);
        struct store_submission found = {0};
        enum muster_status status =
            store_find_record(store_view(world->st), &key_ix, size, &found, NULL);
        assert_int_equal(status, highest != NULL ? MUSTER_OK : MUSTER_ENOTFOUND);
        if (highest != NULL) {
            assert_int_equal(found.version, highest->version);
            assert_int_equal(found.withdrawn, highest->withdrawn);
            assert_int_equal(found.seq, highest - puts);
        }
    }
}

static void test_versions_when_put_in_any_order_then_every_log_size_sees_the_highest(void **state)
{
    for (int round = 0; round < 12; round++) {
        struct put puts[PUTS];
        assert_int_equal(world_make(state), 0);
        struct world *world = (struct world *)*state;
        world->random += (uint64_t)round * 7919;
        shuffle(world, puts);

        world_begin(world);
        for (size_t i = 0; i < PUTS; i++) {
            struct muster_record record = record_of(&puts[i]);
            world_must_put(world, "police", &record);
            assert_seen(world, puts, i + 1);
        }
        world_commit(world);

        for (size_t size = 0; size <= PUTS; size++) {
            assert_seen(world, puts, size);
            assert_records(world, puts, size);
        }
        (void)world_remove(state);
    }
}

static void test_prior_when_asked_then_tells_what_is_held(void **state)
{
    struct world *world = (struct world *)*state;
    struct put second = {0, 2, true, 1};
    struct put fourth = {0, 4, false, 1};
    struct muster_record record = record_of(&second);
    struct store_blind key_ix = world_key("police", &record);
    struct store_blind other_ix = world_key("health", &record);
    struct store_prior prior = {0};
    world_begin(world);
    world_must_put(world, "police", &record);
    record = record_of(&fourth);
    world_must_put(world, "police", &record);

    /* Inside the transaction, where the next submission of a batch meets it. */
    for (uint32_t version = 1; version <= 5; version++) {
        assert_int_equal(store_find_prior(world->st, &key_ix, version, &prior, NULL), MUSTER_OK);
        assert_true(prior.known);
        assert_int_equal(prior.highest_version, 4);
        assert_int_equal(prior.same_version, version == 2 || version == 4);
    }
    world_commit(world);

    assert_int_equal(store_find_prior(world->st, &key_ix, 2, &prior, NULL), MUSTER_OK);
    assert_int_equal(prior.same.seq, 0);
    assert_int_equal(prior.same.kind, MUSTER_KIND_SECTION11_ACTION);
    assert_int_equal(prior.same.withdrawn, true);
    assert_string_equal(prior.same.agency, "police");
    assert_int_equal(prior.same.commitment.b[31], 2);
    assert_int_equal(prior.same.received_at.ms, 1700000000000);
    assert_int_equal(prior.same.batch, world->batch);
    assert_string_equal(prior.same.sealed.bucket, "2028-01");
    assert_int_equal(prior.same.sealed.iv[11], 3);
    assert_int_equal(prior.same.sealed.tag[15], 4);
    assert_int_equal(prior.same.sealed.hash.b[31], 5);
    assert_int_equal(prior.same.sealed.wrapped.len, 16);
    assert_memory_equal(prior.same.sealed.ciphertext.at, "sealed bytes", 12);
    assert_int_equal(store_find_prior(world->st, &other_ix, 2, &prior, NULL), MUSTER_OK);
    assert_false(prior.known);
    assert_int_equal(prior.highest_version, 0);
    assert_false(prior.same_version);
}

static void test_submission_when_version_is_held_then_refused_and_the_first_stays(void **state)
{
    struct world *world = (struct world *)*state;
    struct put first = {0, 1, false, 11};
    struct put again = {0, 1, false, 22};
    struct muster_record record = record_of(&first);
    world_begin(world);
    world_must_put(world, "police", &record);
    record = record_of(&again);

    struct store_submission submission = world_submission(world, "police", &record);
    assert_int_equal(store_put_submission(world->st, &submission, NULL), MUSTER_EEXISTS);
    assert_int_equal(world_put_facts(world, 0, "police", &record, NULL), MUSTER_EEXISTS);
    assert_int_equal(world_put_facts(world, 1, "police", &record, NULL), MUSTER_ENOTFOUND);
    record.version = 2;
    assert_int_equal(world_put_facts(world, 1, "police", &record, NULL), MUSTER_ENOTFOUND);
    world_must_put(world, "health", &record);
    world_commit(world);

    struct put puts[] = {first};
    assert_seen(world, puts, 1);
}

static void test_submission_when_beyond_a_limit_then_refused(void **state)
{
    struct world *world = (struct world *)*state;
    static const uint8_t bytes[STORE_SEALED_BYTES + 1];
    struct put put = {0, 1, false, 1};
    struct muster_record record = record_of(&put);
    world_begin(world);

    struct store_submission submission = world_submission(world, "police", &record);
    submission.version = 0;
    assert_int_equal(store_put_submission(world->st, &submission, NULL), MUSTER_ETOOBIG);
    submission.version = MUSTER_VERSIONS + 1;
    assert_int_equal(store_put_submission(world->st, &submission, NULL), MUSTER_ETOOBIG);
    submission.version = MUSTER_VERSIONS;
    submission.sealed.ciphertext = muster_bytes_of(bytes, sizeof bytes);
    assert_int_equal(store_put_submission(world->st, &submission, NULL), MUSTER_ETOOBIG);
    submission.sealed.ciphertext.len--;
    submission.sealed.wrapped = muster_bytes_of(bytes, STORE_WRAPPED_BYTES + 1);
    assert_int_equal(store_put_submission(world->st, &submission, NULL), MUSTER_ETOOBIG);
    submission.sealed.wrapped.len--;
    struct store_entry entry = world_entry(0);
    assert_int_equal(store_put_entry(world->st, &entry, NULL), MUSTER_OK);
    assert_int_equal(store_put_submission(world->st, &submission, NULL), MUSTER_OK);
    world_commit(world);

    assert_int_equal(store_find_submission(store_view(world->st), 0, &submission, NULL), MUSTER_OK);
    assert_int_equal(submission.sealed.ciphertext.len, STORE_SEALED_BYTES);
}

static void test_facts_when_key_or_blind_index_is_wrong_then_refused(void **state)
{
    struct world *world = (struct world *)*state;
    struct muster_record record = world_record(MUSTER_KIND_REFERRAL);
    struct store_entry entry = world_entry(0);
    struct store_blind ix = {{9}};
    struct store_blind_field blinds[2] = {{MUSTER_REFERRAL_ID, ix}, {MUSTER_REFERRAL_ROUTE, ix}};
    struct store_facts facts = {.agency = "police", .version = 1, .record = &record};
    world_begin(world);
    struct store_submission submission = world_submission(world, "police", &record);
    facts.key_ix = submission.key_ix;
    facts.blinds = blinds;
    assert_int_equal(store_put_entry(world->st, &entry, NULL), MUSTER_OK);
    assert_int_equal(store_put_submission(world->st, &submission, NULL), MUSTER_OK);

    facts.blind_count = 0;
    assert_int_equal(store_put_facts(world->st, &facts, NULL), MUSTER_EUSAGE);
    facts.blind_count = 2;
    assert_int_equal(store_put_facts(world->st, &facts, NULL), MUSTER_EUSAGE);
    blinds[1].field = MUSTER_REFERRAL_ID;
    assert_int_equal(store_put_facts(world->st, &facts, NULL), MUSTER_EUSAGE);
    facts.blind_count = 1;
    assert_int_equal(store_put_facts(world->st, &facts, NULL), MUSTER_OK);
    world_commit(world);
}

/* What every row that counts must have, so that reports need not ask. */
static void
test_facts_when_a_required_field_is_missing_then_only_rows_that_may_lack_it_are_taken(void **state)
{
    static const struct {
        enum muster_kind kind;
        size_t field;
        bool withdrawn;
        bool census;
        enum muster_status want;
    } cases[] = {
        {MUSTER_KIND_REFERRAL, MUSTER_REFERRAL_AT, false, false, MUSTER_EINTERNAL},
        {MUSTER_KIND_REFERRAL, MUSTER_REFERRAL_AT, false, true, MUSTER_EINTERNAL},
        {MUSTER_KIND_REFERRAL, MUSTER_REFERRAL_AT, true, false, MUSTER_OK},
        {MUSTER_KIND_REFERRAL, MUSTER_REFERRAL_ROUTE, false, false, MUSTER_EINTERNAL},
        {MUSTER_KIND_REFERRAL, MUSTER_REFERRAL_ROUTE, false, true, MUSTER_OK},
        {MUSTER_KIND_MEETING, MUSTER_MEETING_STATUS, false, true, MUSTER_EINTERNAL},
        {MUSTER_KIND_INVITATION, MUSTER_INVITATION_ACTIVE_INTEREST, false, false, MUSTER_EINTERNAL},
        {MUSTER_KIND_INVITATION, MUSTER_INVITATION_ACTIVE_INTEREST, true, false, MUSTER_OK},
        {MUSTER_KIND_TRAINING, MUSTER_TRAINING_TRAINED, false, false, MUSTER_EINTERNAL},
    };
    struct world *world = (struct world *)*state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct muster_record record = world_record(cases[i].kind);
        record.value[cases[i].field].given = false;
        record.withdrawn = cases[i].withdrawn;
        int census = muster_field_index(record.schema, "census");
        if (census >= 0) {
            world_yesno(&record, (size_t)census, cases[i].census);
        }
        world->next_seq = 0;
        world_begin(world);
        enum muster_status status = world_put(world, "police", &record, NULL);
        if (status != cases[i].want) {
            fail_msg("case %zu: %s", i, muster_status_name(status));
        }
        store_rollback(world->st);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions_when_put_in_any_order_then_every_log_size_sees_the_highest),
        cmocka_unit_test_setup_teardown(test_prior_when_asked_then_tells_what_is_held, world_make,
                                        world_remove),
        cmocka_unit_test_setup_teardown(
            test_submission_when_version_is_held_then_refused_and_the_first_stays, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(test_submission_when_beyond_a_limit_then_refused,
                                        world_make, world_remove),
        cmocka_unit_test_setup_teardown(
            test_facts_when_a_required_field_is_missing_then_only_rows_that_may_lack_it_are_taken,
            world_make, world_remove),
        cmocka_unit_test_setup_teardown(test_facts_when_key_or_blind_index_is_wrong_then_refused,
                                        world_make, world_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
