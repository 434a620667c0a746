/* Rows of referrals with their decisions, early help and section 11 from random records against
 * nested loops over all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "gateway/store/rows.h"
#include "store_model.h"

#define FROM 2
#define TO   5

static const char *const agencies[] = {"council", "health", "police"};
static const char *const ids[] = {"r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7"};
static const char *const outcomes[] = {"nfa", "assessment", NULL};
static const char *const periods[] = {"2024-25", "2025-26"};

struct check {
    struct model model;
    size_t expected[MODEL_PUTS]; /* seqs, in the order of the rows */
    size_t count;
    size_t met;
    size_t size;
};

static void put_referral(struct model *model, struct world *world)
{
    struct muster_record record = world_record(MUSTER_KIND_REFERRAL);

    world_text(&record, MUSTER_REFERRAL_ID, model_pick(world, ids, 8));
    world_text(&record, MUSTER_REFERRAL_CHILD_ID, model_pick(world, ids, 8));
    world_instant(&record, MUSTER_REFERRAL_AT, (int64_t)world_random(world, 7));
    if (world_random(world, 2) == 0) {
        world_text(&record, MUSTER_REFERRAL_NHS_NUMBER, model_pick(world, ids, 8));
        world_text(&record, MUSTER_REFERRAL_ORIGIN_AGENCY, "police");
        world_text(&record, MUSTER_REFERRAL_ORIGIN_REFERRAL_ID, model_pick(world, ids, 8));
        world_yesno(&record, MUSTER_REFERRAL_CENSUS, world_random(world, 2) == 0);
    }
    model_put(model, world, model_pick(world, agencies, 3), &record);
}

static void put_decision(struct model *model, struct world *world)
{
    struct muster_record record = world_record(MUSTER_KIND_DECISION);

    world_text(&record, MUSTER_DECISION_REFERRING_AGENCY, model_pick(world, agencies, 3));
    world_text(&record, MUSTER_DECISION_REFERRAL_ID, model_pick(world, ids, 8));
    world_text(&record, MUSTER_DECISION_OUTCOME, model_pick(world, outcomes, 3));
    if (world_random(world, 2) == 0) {
        world_instant(&record, MUSTER_DECISION_DECIDED_AT, (int64_t)world_random(world, 9));
        world_yesno(&record, MUSTER_DECISION_ACCEPTED, world_random(world, 2) == 0);
    }
    /* By two of them, so that some referrals are decided twice. */
    model_put(model, world, agencies[world_random(world, 2)], &record);
}

static void put_early_help(struct model *model, struct world *world)
{
    struct muster_record record = world_record(MUSTER_KIND_EARLY_HELP);

    world_text(&record, MUSTER_EARLY_HELP_EPISODE_ID, model_pick(world, ids, 8));
    world_date(&record, MUSTER_EARLY_HELP_STARTED_ON, (int32_t)world_random(world, 8));
    if (world_random(world, 2) == 0) {
        world_date(&record, MUSTER_EARLY_HELP_ENDED_ON, (int32_t)world_random(world, 8));
    }
    model_put(model, world, model_pick(world, agencies, 3), &record);
}

static void put_section11(struct model *model, struct world *world)
{
    struct muster_record record = world_record(MUSTER_KIND_SECTION11);

    world_text(&record, MUSTER_SECTION11_RETURN_ID, model_pick(world, ids, 4));
    world_text(&record, MUSTER_SECTION11_STANDARD, model_pick(world, ids, 4));
    world_text(&record, MUSTER_SECTION11_PERIOD, model_pick(world, periods, 2));
    model_put(model, world, model_pick(world, agencies, 3), &record);
}

static struct check *fill(struct world *world, void (*const *puts)(struct model *, struct world *),
                          size_t kinds)
{
    struct check *check = (struct check *)calloc(1, sizeof *check);

    assert_non_null(check);
    world_begin(world);
    for (int i = 0; i < 200; i++) {
        puts[world_random(world, kinds)](&check->model, world);
    }
    world_commit(world);
    return check;
}

/* The seqs that count at `size` and for which `wanted` holds, ordered by `order`. */
static void expect(struct check *check, enum muster_kind kind, size_t size,
                   bool (*wanted)(const struct muster_value *value),
                   int (*order)(const struct put *a, const struct put *b))
{
    check->count = 0;
    check->met = 0;
    check->size = size;
    for (size_t i = 0; i < check->model.count; i++) {
        if (!model_counts(&check->model, i, kind, size) ||
            !wanted(check->model.puts[i].record.value)) {
            continue;
        }
        size_t at = check->count++;
        while (at > 0 &&
               order(&check->model.puts[check->expected[at - 1]], &check->model.puts[i]) > 0) {
            check->expected[at] = check->expected[at - 1];
            at--;
        }
        check->expected[at] = i;
    }
}

static const struct put *meet(struct check *check, uint64_t seq, const char *agency)
{
    assert_true(check->met < check->count);
    assert_int_equal(seq, check->expected[check->met++]);
    assert_string_equal(agency, check->model.puts[seq].agency);
    return &check->model.puts[seq];
}

/* Of several, the one put last. */
static const struct put *find_decision(const struct check *check, const struct put *referral)
{
    const struct put *found = NULL;

    for (size_t i = 0; i < check->model.count; i++) {
        const struct put *put = &check->model.puts[i];
        const struct muster_value *value = put->record.value;
        if (model_counts(&check->model, i, MUSTER_KIND_DECISION, check->size) &&
            strcmp(value[MUSTER_DECISION_REFERRING_AGENCY].text, referral->agency) == 0 &&
            strcmp(value[MUSTER_DECISION_REFERRAL_ID].text,
                   referral->record.value[MUSTER_REFERRAL_ID].text) == 0) {
            found = put;
        }
    }
    return found;
}

static void assert_ix(const struct store_ix *got, const struct muster_value *want,
                      const char *column)
{
    assert_int_equal(got->given, want->given);
    if (want->given) {
        struct store_blind ix = world_blind(column, want->text);
        assert_memory_equal(&got->ix, &ix, sizeof ix);
    }
}

static void assert_decision(const struct store_decision *got, const struct put *want,
                            const struct check *check)
{
    assert_int_equal(got->given, want != NULL);
    if (want == NULL) {
        assert_false(got->decided_at.given);
        return;
    }
    const struct muster_value *value = want->record.value;
    assert_int_equal(got->seq, want - check->model.puts);
    assert_string_equal(got->agency, want->agency);
    assert_same_text(got->outcome, value[MUSTER_DECISION_OUTCOME].given
                                       ? value[MUSTER_DECISION_OUTCOME].text
                                       : NULL);
    assert_int_equal(got->decided_at.given, value[MUSTER_DECISION_DECIDED_AT].given);
    assert_int_equal(got->decided_at.at.ms, value[MUSTER_DECISION_DECIDED_AT].instant.ms);
    assert_int_equal(got->accepted.given, value[MUSTER_DECISION_ACCEPTED].given);
    assert_int_equal(got->accepted.yes, value[MUSTER_DECISION_ACCEPTED].yes);
    assert_false(got->threshold_met.given);
    assert_false(got->received_at.given);
    assert_false(got->acknowledged_at.given);
    assert_false(got->feedback_at.given);
}

static enum muster_status meet_referral(void *context, const struct store_referral_row *row,
                                        struct muster_err *e)
{
    struct check *check = (struct check *)context;
    const struct put *put = meet(check, row->seq, row->agency);
    const struct muster_value *value = put->record.value;

    (void)e;
    assert_memory_equal(&row->key_ix, &put->key_ix, sizeof put->key_ix);
    assert_int_equal(row->referral_at.ms, value[MUSTER_REFERRAL_AT].instant.ms);
    assert_string_equal(row->source_code, "unknown"); /* "x" is in no list: it may be anything */
    assert_string_equal(row->request_kind, "x");
    assert_string_equal(row->route, "x");
    assert_int_equal(row->census.given, value[MUSTER_REFERRAL_CENSUS].given);
    assert_int_equal(row->census.yes, value[MUSTER_REFERRAL_CENSUS].yes);
    assert_same_text(row->origin_agency, value[MUSTER_REFERRAL_ORIGIN_AGENCY].text);
    assert_ix(&row->origin_referral_id, &value[MUSTER_REFERRAL_ORIGIN_REFERRAL_ID],
              "origin_referral_id");
    assert_ix(&row->child.child_id, &value[MUSTER_REFERRAL_CHILD_ID], "child_id");
    assert_ix(&row->child.nhs_number, &value[MUSTER_REFERRAL_NHS_NUMBER], "nhs_number");
    assert_false(row->child.upn.given);
    assert_false(row->child.name.given);
    assert_decision(&row->decision, find_decision(check, put), check);
    return MUSTER_OK;
}

static bool referral_wanted(const struct muster_value *value)
{
    return value[MUSTER_REFERRAL_AT].instant.ms >= FROM &&
           value[MUSTER_REFERRAL_AT].instant.ms < TO;
}

static int referral_order(const struct put *a, const struct put *b)
{
    int order = memcmp(&a->key_ix, &b->key_ix, sizeof a->key_ix);

    order = model_compare_text(a->agency, b->agency, order);
    return model_compare_number(a->record.value[MUSTER_REFERRAL_AT].instant.ms,
                                b->record.value[MUSTER_REFERRAL_AT].instant.ms, order);
}

static void test_referrals_when_records_are_random_then_rows_equal_nested_loops(void **state)
{
    static void (*const puts[])(struct model *, struct world *) = {put_referral, put_decision};
    struct world *world = (struct world *)*state;
    struct check *check = fill(world, puts, 2);
    struct store_period period = {{FROM}, {TO}};
    size_t rows = 0;

    for (size_t size = 0; size <= check->model.count; size++) {
        expect(check, MUSTER_KIND_REFERRAL, size, referral_wanted, referral_order);
        assert_int_equal(
            store_each_referral(store_view(world->st), period, size, meet_referral, check, NULL),
            MUSTER_OK);
        assert_int_equal(check->met, check->count);
        rows += check->count;
    }

    assert_true(rows > 100);
    free(check);
}

static bool early_help_wanted(const struct muster_value *value)
{
    int32_t started = value[MUSTER_EARLY_HELP_STARTED_ON].date.days;
    const struct muster_value *ended = &value[MUSTER_EARLY_HELP_ENDED_ON];
    bool started_in = started >= FROM && started <= TO;
    bool ended_in = ended->given && ended->date.days >= FROM && ended->date.days <= TO;
    bool open_after = started <= TO && (!ended->given || ended->date.days > TO);

    return started_in || ended_in || open_after;
}

static int early_help_order(const struct put *a, const struct put *b)
{
    int order = memcmp(&a->key_ix, &b->key_ix, sizeof a->key_ix);

    order = model_compare_text(a->agency, b->agency, order);
    return model_compare_number(a->record.value[MUSTER_EARLY_HELP_STARTED_ON].date.days,
                                b->record.value[MUSTER_EARLY_HELP_STARTED_ON].date.days, order);
}

static enum muster_status meet_early_help(void *context, const struct store_early_help_row *row,
                                          struct muster_err *e)
{
    struct check *check = (struct check *)context;
    const struct put *put = meet(check, row->seq, row->agency);
    const struct muster_value *value = put->record.value;

    (void)e;
    assert_int_equal(row->started_on.days, value[MUSTER_EARLY_HELP_STARTED_ON].date.days);
    assert_int_equal(row->ended_on.given, value[MUSTER_EARLY_HELP_ENDED_ON].given);
    assert_int_equal(row->ended_on.on.days, value[MUSTER_EARLY_HELP_ENDED_ON].date.days);
    assert_string_equal(row->kind, "x");
    assert_string_equal(row->lead_agency, "x");
    assert_null(row->start_reason);
    assert_null(row->end_reason);
    assert_ix(&row->child.child_id, &value[MUSTER_EARLY_HELP_CHILD_ID], "child_id");
    return MUSTER_OK;
}

static void test_early_help_when_records_are_random_then_rows_equal_a_full_search(void **state)
{
    static void (*const puts[])(struct model *, struct world *) = {put_early_help};
    struct world *world = (struct world *)*state;
    struct check *check = fill(world, puts, 1);
    struct muster_date from = {FROM};
    struct muster_date to = {TO};
    size_t rows = 0;

    for (size_t size = 0; size <= check->model.count; size++) {
        expect(check, MUSTER_KIND_EARLY_HELP, size, early_help_wanted, early_help_order);
        assert_int_equal(store_each_early_help(store_view(world->st), from, to, size,
                                               meet_early_help, check, NULL),
                         MUSTER_OK);
        assert_int_equal(check->met, check->count);
        rows += check->count;
    }

    assert_true(rows > 100);
    free(check);
}

static bool any(const struct muster_value *value)
{
    return value[MUSTER_SECTION11_PERIOD].given;
}

static bool this_period(const struct muster_value *value)
{
    return strcmp(value[MUSTER_SECTION11_PERIOD].text, "2025-26") == 0;
}

static int section11_order(const struct put *a, const struct put *b)
{
    const struct muster_value *x = a->record.value;
    const struct muster_value *y = b->record.value;
    int order =
        model_compare_text(x[MUSTER_SECTION11_STANDARD].text, y[MUSTER_SECTION11_STANDARD].text, 0);

    order = model_compare_text(x[MUSTER_SECTION11_RETURN_ID].text,
                               y[MUSTER_SECTION11_RETURN_ID].text, order);
    return model_compare_text(a->agency, b->agency, order);
}

static enum muster_status meet_section11(void *context, const struct store_section11_row *row,
                                         struct muster_err *e)
{
    struct check *check = (struct check *)context;
    const struct muster_value *value = meet(check, row->seq, row->agency)->record.value;

    (void)e;
    assert_string_equal(row->return_id, value[MUSTER_SECTION11_RETURN_ID].text);
    assert_string_equal(row->standard, value[MUSTER_SECTION11_STANDARD].text);
    assert_string_equal(row->period, value[MUSTER_SECTION11_PERIOD].text);
    assert_string_equal(row->grade, "x");
    assert_string_equal(row->status, "x");
    assert_false(row->signed_off_on.given);
    return MUSTER_OK;
}

static void test_section11_when_asked_for_a_period_then_only_its_rows_come(void **state)
{
    static void (*const puts[])(struct model *, struct world *) = {put_section11};
    struct world *world = (struct world *)*state;
    struct check *check = fill(world, puts, 1);
    struct store_reader *view = store_view(world->st);

    for (size_t size = 0; size <= check->model.count; size++) {
        expect(check, MUSTER_KIND_SECTION11, size, any, section11_order);
        assert_int_equal(store_each_section11(view, NULL, size, meet_section11, check, NULL),
                         MUSTER_OK);
        assert_int_equal(check->met, check->count);
        expect(check, MUSTER_KIND_SECTION11, size, this_period, section11_order);
        assert_int_equal(store_each_section11(view, "2025-26", size, meet_section11, check, NULL),
                         MUSTER_OK);
        assert_int_equal(check->met, check->count);
    }
    free(check);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_referrals_when_records_are_random_then_rows_equal_nested_loops, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(
            test_early_help_when_records_are_random_then_rows_equal_a_full_search, world_make,
            world_remove),
        cmocka_unit_test_setup_teardown(
            test_section11_when_asked_for_a_period_then_only_its_rows_come, world_make,
            world_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
