/* Rows of meetings and attendance from random records against nested loops over all of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "store_model.h"

#define ROWS_MOST 600
#define FROM      1000
#define TO        4000

static const char *const agencies[] = {"council", "county", "health", "police"};
static const char *const meetings[] = {"m0", "m1", "m2", "m3", "m4", "m5"};
static const char *const types[] = {"icpc", "rcpc", "core_group"};
static const char *const statuses[] = {"held", "held", "held", "scheduled", "cancelled"};
static const char *const roles[] = {"nurse", "officer"};
static const char *const attended[] = {"attended", "deputy", "apologies", "no_apologies"};
static const char *const reports[] = {"on_time", "late", "not_required"};

struct expected {
    const struct put *meeting;
    const struct put *invitation;
    const struct put *council;
    const struct put *own;
};

struct check {
    struct expected rows[ROWS_MOST];
    size_t count;
    size_t met;
    const struct model *model;
};

static void put_meeting(struct model *model, struct world *world)
{
    struct muster_record record = world_record(MUSTER_KIND_MEETING);

    world_text(&record, MUSTER_MEETING_ID, model_pick(world, meetings, 6));
    world_text(&record, MUSTER_MEETING_TYPE, model_pick(world, types, 3));
    world_text(&record, MUSTER_MEETING_STATUS, model_pick(world, statuses, 5));
    world_instant(&record, MUSTER_MEETING_SCHEDULED_AT, (int64_t)world_random(world, 4000));
    if (world_random(world, 8) > 0) {
        /* Few values: ties, and both ends of the period. */
        world_instant(&record, MUSTER_MEETING_HELD_AT, (int64_t)world_random(world, 5) * 1000);
    }
    model_put(model, world, agencies[world_random(world, 2)], &record);
}

static void put_invitation(struct model *model, struct world *world)
{
    struct muster_record record = world_record(MUSTER_KIND_INVITATION);

    world_text(&record, MUSTER_INVITATION_MEETING_ID, model_pick(world, meetings, 6));
    world_text(&record, MUSTER_INVITATION_AGENCY, model_pick(world, agencies, 4));
    world_text(&record, MUSTER_INVITATION_ROLE, model_pick(world, roles, 2));
    world_yesno(&record, MUSTER_INVITATION_ACTIVE_INTEREST, world_random(world, 2) == 0);
    world_text(&record, MUSTER_INVITATION_EXPECTED_TO, "both");
    if (world_random(world, 2) == 0) {
        world_instant(&record, MUSTER_INVITATION_INVITED_AT, 77);
    }
    model_put(model, world, agencies[world_random(world, 3)], &record);
}

static void put_attendance(struct model *model, struct world *world)
{
    struct muster_record record = world_record(MUSTER_KIND_ATTENDANCE);

    world_text(&record, MUSTER_ATTENDANCE_MEETING_ID, model_pick(world, meetings, 6));
    world_text(&record, MUSTER_ATTENDANCE_AGENCY, model_pick(world, agencies, 4));
    world_text(&record, MUSTER_ATTENDANCE_ROLE, model_pick(world, roles, 2));
    world_text(&record, MUSTER_ATTENDANCE_STATUS, model_pick(world, attended, 4));
    world_text(&record, MUSTER_ATTENDANCE_REPORT, model_pick(world, reports, 3));
    model_put(model, world, model_pick(world, agencies, 4), &record);
}

static bool same(const struct put *a, size_t field_a, const struct put *b, size_t field_b)
{
    return strcmp(a->record.value[field_a].text, b->record.value[field_b].text) == 0;
}

static bool asked_for(const struct put *put, size_t type_count)
{
    const struct muster_value *held = &put->record.value[MUSTER_MEETING_HELD_AT];
    bool type = type_count == 0;

    for (size_t i = 0; i < type_count; i++) {
        type = type || strcmp(put->record.value[MUSTER_MEETING_TYPE].text, types[i]) == 0;
    }
    return type && held->given && held->instant.ms >= FROM && held->instant.ms < TO &&
           strcmp(put->record.value[MUSTER_MEETING_STATUS].text, "held") == 0;
}

static const struct put *find_attendance(const struct model *model, const struct put *invitation,
                                         const char *by, size_t size)
{
    const struct put *found = NULL;

    for (size_t i = 0; i < model->count; i++) {
        const struct put *put = &model->puts[i];
        if (model_counts(model, i, MUSTER_KIND_ATTENDANCE, size) && strcmp(put->agency, by) == 0 &&
            same(put, MUSTER_ATTENDANCE_MEETING_ID, invitation, MUSTER_INVITATION_MEETING_ID) &&
            same(put, MUSTER_ATTENDANCE_AGENCY, invitation, MUSTER_INVITATION_AGENCY) &&
            same(put, MUSTER_ATTENDANCE_ROLE, invitation, MUSTER_INVITATION_ROLE)) {
            assert_null(found);
            found = put;
        }
    }
    return found;
}

static void expect(struct check *check, const struct model *model, size_t type_count, size_t size)
{
    check->model = model;
    for (size_t m = 0; m < model->count; m++) {
        const struct put *meeting = &model->puts[m];
        if (!model_counts(model, m, MUSTER_KIND_MEETING, size) || !asked_for(meeting, type_count)) {
            continue;
        }
        for (size_t i = 0; i < model->count; i++) {
            const struct put *put = &model->puts[i];
            if (model_counts(model, i, MUSTER_KIND_INVITATION, size) &&
                strcmp(put->agency, meeting->agency) == 0 &&
                same(put, MUSTER_INVITATION_MEETING_ID, meeting, MUSTER_MEETING_ID)) {
                struct expected *row = &check->rows[check->count++];
                assert_true(check->count < ROWS_MOST);
                row->meeting = meeting;
                row->invitation = put;
                row->council = find_attendance(model, put, meeting->agency, size);
                row->own = find_attendance(model, put,
                                           put->record.value[MUSTER_INVITATION_AGENCY].text, size);
            }
        }
    }
}

static int compare(const void *a, const void *b)
{
    const struct expected *x = (const struct expected *)a;
    const struct expected *y = (const struct expected *)b;
    const struct muster_value *mx = x->meeting->record.value;
    const struct muster_value *my = y->meeting->record.value;
    const struct muster_value *ix = x->invitation->record.value;
    const struct muster_value *iy = y->invitation->record.value;
    int order =
        model_compare_text(ix[MUSTER_INVITATION_ROLE].text, iy[MUSTER_INVITATION_ROLE].text, 0);

    order = model_compare_text(ix[MUSTER_INVITATION_AGENCY].text, iy[MUSTER_INVITATION_AGENCY].text,
                               order);
    order = model_compare_text(mx[MUSTER_MEETING_ID].text, my[MUSTER_MEETING_ID].text, order);
    order = model_compare_text(x->meeting->agency, y->meeting->agency, order);
    return model_compare_number(mx[MUSTER_MEETING_HELD_AT].instant.ms,
                                my[MUSTER_MEETING_HELD_AT].instant.ms, order);
}

static void assert_attended(const struct store_attended *got, const struct put *want,
                            const struct model *model)
{
    assert_int_equal(got->given, want != NULL);
    if (want != NULL) {
        assert_int_equal(got->seq, want - model->puts);
        assert_string_equal(got->status, want->record.value[MUSTER_ATTENDANCE_STATUS].text);
        assert_string_equal(got->report, want->record.value[MUSTER_ATTENDANCE_REPORT].text);
    }
}

static enum muster_status meet(void *context, const struct store_attendance_row *row,
                               struct muster_err *e)
{
    struct check *check = (struct check *)context;
    (void)e;
    assert_true(check->met < check->count);
    const struct expected *want = &check->rows[check->met++];
    const struct muster_value *meeting = want->meeting->record.value;
    const struct muster_value *invitation = want->invitation->record.value;

    assert_int_equal(row->seq, want->invitation - check->model->puts);
    assert_string_equal(row->meeting_id, meeting[MUSTER_MEETING_ID].text);
    assert_string_equal(row->type, meeting[MUSTER_MEETING_TYPE].text);
    assert_string_equal(row->convener, want->meeting->agency);
    assert_int_equal(row->scheduled_at.ms, meeting[MUSTER_MEETING_SCHEDULED_AT].instant.ms);
    assert_int_equal(row->held_at.ms, meeting[MUSTER_MEETING_HELD_AT].instant.ms);
    assert_false(row->census.given);
    assert_string_equal(row->agency, invitation[MUSTER_INVITATION_AGENCY].text);
    assert_string_equal(row->role, invitation[MUSTER_INVITATION_ROLE].text);
    assert_int_equal(row->invited_at.given, invitation[MUSTER_INVITATION_INVITED_AT].given);
    assert_int_equal(row->active_interest, invitation[MUSTER_INVITATION_ACTIVE_INTEREST].yes);
    assert_string_equal(row->expected_to, "both");
    assert_attended(&row->council, want->council, check->model);
    assert_attended(&row->own, want->own, check->model);
    return MUSTER_OK;
}

struct meetings_check {
    const struct model *model;
    size_t size;
    size_t count;
    uint64_t invitations;
    int64_t last_held;
};

static enum muster_status meet_meeting(void *context, const struct store_meeting_row *row,
                                       struct muster_err *e)
{
    struct meetings_check *check = (struct meetings_check *)context;
    const struct put *put = &check->model->puts[row->seq];

    (void)e;
    assert_true(model_counts(check->model, row->seq, MUSTER_KIND_MEETING, check->size));
    assert_string_equal(row->meeting_id, put->record.value[MUSTER_MEETING_ID].text);
    assert_string_equal(row->convener, put->agency);
    assert_string_equal(row->status, "held");
    assert_null(row->mode);
    assert_true(row->held_at.ms >= check->last_held);
    check->last_held = row->held_at.ms;
    check->count++;
    check->invitations += row->invitations;
    return MUSTER_OK;
}

static void assert_meetings(struct world *world, const struct model *model, size_t type_count,
                            size_t size, uint64_t invitations)
{
    struct meetings_check check = {model, size, 0, 0, 0};
    size_t expected = 0;

    for (size_t i = 0; i < model->count; i++) {
        expected += model_counts(model, i, MUSTER_KIND_MEETING, size) &&
                            asked_for(&model->puts[i], type_count)
                        ? 1
                        : 0;
    }
    struct store_period period = {{FROM}, {TO}};
    assert_int_equal(store_each_meeting(store_view(world->st), period, types, type_count, size,
                                        meet_meeting, &check, NULL),
                     MUSTER_OK);
    assert_int_equal(check.count, expected);
    assert_int_equal(check.invitations, invitations);
}

static size_t compare_round(struct world *world, struct model *model, struct check *check)
{
    static void (*const puts[])(struct model *, struct world *) = {put_meeting, put_invitation,
                                                                   put_attendance};
    struct store_period period = {{FROM}, {TO}};
    size_t rows = 0;
    memset(model, 0, sizeof *model);
    world_begin(world);
    for (int i = 0; i < 700 && model->count < MODEL_PUTS; i++) {
        puts[world_random(world, 3)](model, world);
    }
    world_commit(world);

    for (size_t size = 0; size <= model->count; size += 29) {
        size_t type_count = (size_t)world_random(world, 3);
        memset(check, 0, sizeof *check);
        expect(check, model, type_count, size);
        qsort(check->rows, check->count, sizeof check->rows[0], compare);
        assert_int_equal(store_each_attendance(store_view(world->st), period, types, type_count,
                                               size, meet, check, NULL),
                         MUSTER_OK);
        assert_int_equal(check->met, check->count);
        assert_meetings(world, model, type_count, size, check->count);
        rows += check->count;
    }
    return rows;
}

static void test_attendance_when_records_are_random_then_rows_equal_nested_loops(void **state)
{
    struct model *model = (struct model *)calloc(1, sizeof *model);
    struct check *check = (struct check *)calloc(1, sizeof *check);
    size_t rows = 0;
    assert_non_null(model);
    assert_non_null(check);

    for (uint64_t round = 0; round < 12; round++) {
        assert_int_equal(world_make(state), 0);
        struct world *world = (struct world *)*state;
        world->random += round * 7919;
        rows += compare_round(world, model, check);
        (void)world_remove(state);
    }

    assert_true(rows > 500); /* else little was compared */
    free(check);
    free(model);
}

static enum muster_status stop(void *context, const struct store_meeting_row *row,
                               struct muster_err *e)
{
    struct store_reader *reader = (struct store_reader *)context;
    struct store_submission submission = {0};
    struct store_period period = {{0}, {1}};

    assert_string_equal(row->meeting_id, "m0");
    /* Another reading is allowed, the same one is not, and neither disturbs this one. */
    assert_int_equal(store_find_submission(reader, row->seq, &submission, NULL), MUSTER_OK);
    assert_int_equal(
        store_each_meeting(reader, period, NULL, 0, STORE_NO_LIMIT, stop, context, NULL),
        MUSTER_EUSAGE);
    assert_string_equal(row->meeting_id, "m0");
    return muster_fail(e, MUSTER_ECLOSED, "stop here");
}

static void test_reading_when_the_callback_stops_then_its_result_is_passed_on(void **state)
{
    struct world *world = (struct world *)*state;
    struct store_reader *view = store_view(world->st);
    struct muster_record record = world_record(MUSTER_KIND_MEETING);
    struct store_period period = {{0}, {1}};
    struct muster_err e = {0};
    const char *const many[STORE_TYPES + 1] = {"icpc"};
    world_text(&record, MUSTER_MEETING_STATUS, "held");
    world_text(&record, MUSTER_MEETING_ID, "m0");
    world_instant(&record, MUSTER_MEETING_HELD_AT, 0);
    world_begin(world);
    world_must_put(world, "council", &record);
    world_text(&record, MUSTER_MEETING_ID, "m1");
    world_must_put(world, "council", &record);
    world_commit(world);

    for (int i = 0; i < 2; i++) {
        assert_int_equal(store_each_meeting(view, period, NULL, 0, STORE_NO_LIMIT, stop, view, &e),
                         MUSTER_ECLOSED);
        assert_string_equal(e.text, "stop here");
    }
    assert_int_equal(
        store_each_meeting(view, period, many, STORE_TYPES + 1, STORE_NO_LIMIT, stop, view, NULL),
        MUSTER_ETOOBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attendance_when_records_are_random_then_rows_equal_nested_loops),
        cmocka_unit_test_setup_teardown(
            test_reading_when_the_callback_stops_then_its_result_is_passed_on, world_make,
            world_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
