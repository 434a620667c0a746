/* Records that wait for a meeting, an invitation or a referral: from random records against nested
 * loops over all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "meetings_model.h"

static const char *const submitters[] = {"council", "county", "health", "police"};
static const char *const ids[] = {"r0", "r1", "r2", "r3"};

static void put_referral(struct model *model, struct world *world)
{
    struct muster_record record = world_record(MUSTER_KIND_REFERRAL);

    world_text(&record, MUSTER_REFERRAL_ID, model_pick(world, ids, 4));
    model_put(model, world, model_pick(world, submitters, 4), &record);
}

static void put_decision(struct model *model, struct world *world)
{
    struct muster_record record = world_record(MUSTER_KIND_DECISION);

    world_text(&record, MUSTER_DECISION_REFERRAL_ID, model_pick(world, ids, 4));
    world_text(&record, MUSTER_DECISION_REFERRING_AGENCY, model_pick(world, submitters, 4));
    model_put(model, world, submitters[world_random(world, 2)], &record);
}

static bool same(const struct put *a, int field_a, const struct put *b, int field_b)
{
    return strcmp(a->record.value[field_a].text, b->record.value[field_b].text) == 0;
}

struct check {
    const struct model *model;
    size_t size;
    size_t count;
    size_t of_reason[STORE_WAITING_RECORD + 1];
    struct store_waiting_row last;
};

static bool invites(const struct check *check, const struct put *meeting, const struct put *put,
                    bool with_role)
{
    for (size_t i = 0; i < check->size; i++) {
        const struct put *one = &check->model->puts[i];
        if (model_counts(check->model, i, MUSTER_KIND_INVITATION, check->size) &&
            strcmp(one->agency, meeting->agency) == 0 &&
            same(one, MUSTER_INVITATION_MEETING_ID, put, MUSTER_ATTENDANCE_MEETING_ID) &&
            same(one, MUSTER_INVITATION_AGENCY, put, MUSTER_ATTENDANCE_AGENCY) &&
            (!with_role || same(one, MUSTER_INVITATION_ROLE, put, MUSTER_ATTENDANCE_ROLE))) {
            return true;
        }
    }
    return false;
}

/* Whether somebody recorded what the ruling is about. */
static bool is_recorded(const struct check *check, const struct put *ruling)
{
    for (size_t i = 0; i < check->size; i++) {
        const struct put *one = &check->model->puts[i];
        if (model_counts(check->model, i, MUSTER_KIND_ATTENDANCE, check->size) &&
            same(one, MUSTER_ATTENDANCE_MEETING_ID, ruling, MUSTER_DISPUTE_RULING_MEETING_ID) &&
            same(one, MUSTER_ATTENDANCE_AGENCY, ruling, MUSTER_DISPUTE_RULING_AGENCY) &&
            same(one, MUSTER_ATTENDANCE_ROLE, ruling, MUSTER_DISPUTE_RULING_ROLE)) {
            return true;
        }
    }
    return false;
}

/* What the record waits for, or 0. */
static int reason_of(const struct check *check, const struct put *put)
{
    enum muster_kind kind = put->record.schema->kind;
    bool ruling = kind == MUSTER_KIND_DISPUTE_RULING;
    bool any =
        ruling || (kind == MUSTER_KIND_ATTENDANCE &&
                   strcmp(put->agency, put->record.value[MUSTER_ATTENDANCE_AGENCY].text) == 0);
    int best = STORE_WAITING_MEETING;
    if (kind == MUSTER_KIND_DECISION) {
        for (size_t i = 0; i < check->size; i++) {
            const struct put *one = &check->model->puts[i];
            if (model_counts(check->model, i, MUSTER_KIND_REFERRAL, check->size) &&
                same(one, MUSTER_REFERRAL_ID, put, MUSTER_DECISION_REFERRAL_ID) &&
                strcmp(one->agency, put->record.value[MUSTER_DECISION_REFERRING_AGENCY].text) ==
                    0) {
                return 0;
            }
        }
        return STORE_WAITING_REFERRAL;
    }
    for (size_t i = 0; i < check->size; i++) {
        const struct put *meeting = &check->model->puts[i];
        if (!model_counts(check->model, i, MUSTER_KIND_MEETING, check->size) ||
            !same(meeting, MUSTER_MEETING_ID, put, MUSTER_ATTENDANCE_MEETING_ID) ||
            (!any && strcmp(meeting->agency, put->agency) != 0)) {
            continue;
        }
        if (kind == MUSTER_KIND_INVITATION || invites(check, meeting, put, true)) {
            return !ruling || is_recorded(check, put) ? 0 : STORE_WAITING_RECORD;
        }
        if (invites(check, meeting, put, false)) {
            best = STORE_WAITING_ROLE;
        } else if (best == STORE_WAITING_MEETING) {
            best = STORE_WAITING_INVITATION;
        }
    }
    return best;
}

static bool may_wait(const struct put *put)
{
    enum muster_kind kind = put->record.schema->kind;

    return kind == MUSTER_KIND_DECISION || kind == MUSTER_KIND_INVITATION ||
           kind == MUSTER_KIND_ATTENDANCE || kind == MUSTER_KIND_DISPUTE_RULING;
}

static int order_of(const struct store_waiting_row *a, const struct store_waiting_row *b)
{
    int order = model_compare_text(a->meeting_id != NULL ? a->meeting_id : "",
                                   b->meeting_id != NULL ? b->meeting_id : "",
                                   model_compare_text(a->agency, b->agency, 0));

    order = model_compare_text(a->submitter, b->submitter, order);
    return model_compare_number((int64_t)a->kind, (int64_t)b->kind, order);
}

static const char *text_of(const struct put *put, const char *column)
{
    int field = muster_field_index(put->record.schema, column);

    return field < 0 ? NULL : put->record.value[field].text;
}

static enum muster_status meet(void *context, const struct store_waiting_row *row,
                               struct muster_err *e)
{
    struct check *check = (struct check *)context;
    const struct put *put = &check->model->puts[row->seq];
    bool decision = put->record.schema->kind == MUSTER_KIND_DECISION;

    (void)e;
    assert_int_equal(row->kind, put->record.schema->kind);
    assert_true(model_counts(check->model, row->seq, row->kind, check->size));
    assert_int_equal(row->reason, reason_of(check, put));
    assert_string_equal(row->submitter, put->agency);
    assert_same_text(row->meeting_id, text_of(put, "meeting_id"));
    assert_same_text(row->agency, text_of(put, decision ? "referring_agency" : "agency"));
    assert_same_text(row->role, text_of(put, "role"));
    assert_int_equal(row->since.ms, 1700000000000);
    if (check->count > 0) {
        /* The text of the last row is gone, but not the model's. */
        const struct put *last = &check->model->puts[check->last.seq];
        check->last.submitter = last->agency;
        check->last.meeting_id = text_of(last, "meeting_id");
        check->last.agency =
            text_of(last, last->record.schema->kind == MUSTER_KIND_DECISION ? "referring_agency"
                                                                            : "agency");
        assert_true(order_of(&check->last, row) <= 0);
    }
    check->last = *row;
    check->of_reason[row->reason]++;
    check->count++;
    return MUSTER_OK;
}

static void test_waiting_when_records_are_random_then_it_is_as_nested_loops_say(void **state)
{
    struct model *model = (struct model *)calloc(1, sizeof *model);
    size_t of_reason[STORE_WAITING_RECORD + 1] = {0};
    assert_non_null(model);

    for (uint64_t round = 0; round < 12; round++) {
        assert_int_equal(world_make(state), 0);
        struct world *world = (struct world *)*state;
        world->random += round * 7919;
        memset(model, 0, sizeof *model);
        world_begin(world);
        for (int i = 0; i < 90; i++) {
            meetings_put_random(model, world);
            if (i % 4 == 0) {
                put_referral(model, world);
                put_decision(model, world);
            }
        }
        world_commit(world);
        for (size_t size = 10; size <= model->count; size += 17) {
            struct check check = {.model = model, .size = size};
            size_t want = 0;
            for (size_t i = 0; i < size; i++) {
                const struct put *put = &model->puts[i];
                want += may_wait(put) && model_counts(model, i, put->record.schema->kind, size) &&
                        reason_of(&check, put) != 0;
            }
            assert_int_equal(store_each_waiting(store_view(world->st), size, meet, &check, NULL),
                             MUSTER_OK);
            assert_int_equal(check.count, want);
            for (size_t i = 1; i <= STORE_WAITING_RECORD; i++) {
                of_reason[i] += check.of_reason[i];
            }
        }
        (void)world_remove(state);
    }

    for (size_t i = 1; i <= STORE_WAITING_RECORD; i++) {
        assert_true(of_reason[i] > 20); /* else little was compared */
    }
    free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waiting_when_records_are_random_then_it_is_as_nested_loops_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
