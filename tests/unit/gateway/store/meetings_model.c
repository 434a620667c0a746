#include "meetings_model.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define ROWS_MOST 600

static const char *const agencies[] = {"council", "county", "health", "police"};
static const char *const meetings[] = {"m0", "m1", "m2", "m3", "m4", "m5"};
static const char *const types[] = {"icpc", "rcpc", "core_group"};
static const char *const statuses[] = {"held", "held", "held", "scheduled", "cancelled"};
static const char *const modes[] = {"in_person", "telephone", "video"};
static const char *const children[] = {"c0", "c1", "c2"};
static const char *const roles[] = {"nurse", "officer"};
static const char *const expectations[] = {"attend", "report", "both"};
static const char *const attended[] = {"attended", "deputy", "apologies", "no_apologies"};
static const char *const reports[] = {"on_time", "late", "not_required"};

static void maybe_instant(struct world *world, struct muster_record *record, size_t field)
{
    if (world_random(world, 2) == 0) {
        world_instant(record, field, (int64_t)world_random(world, 9000) - 4000);
    }
}

static void put_meeting(struct model *model, struct world *world)
{
    struct muster_record record = world_record(MUSTER_KIND_MEETING);
    struct muster_value *value = record.value;

    world_text(&record, MUSTER_MEETING_ID, model_pick(world, meetings, 6));
    world_text(&record, MUSTER_MEETING_TYPE, model_pick(world, types, 3));
    world_text(&record, MUSTER_MEETING_STATUS, model_pick(world, statuses, 5));
    /* Few values: ties, and both ends of the period. */
    world_instant(&record, MUSTER_MEETING_SCHEDULED_AT, (int64_t)world_random(world, 5) * 1000);
    if (world_random(world, 8) > 0) {
        world_instant(&record, MUSTER_MEETING_HELD_AT, (int64_t)world_random(world, 5) * 1000);
    }
    if (world_random(world, 2) == 0) {
        world_text(&record, MUSTER_MEETING_MODE, model_pick(world, modes, 3));
        world_date(&record, MUSTER_MEETING_S47_STARTED_ON, (int32_t)world_random(world, 50) - 20);
    }
    maybe_instant(world, &record, MUSTER_MEETING_REPORTS_SHARED_AT);
    maybe_instant(world, &record, MUSTER_MEETING_MINUTES_SENT_AT);
    if (world_random(world, 4) == 0) {
        world_yesno(&record, MUSTER_MEETING_QUORUM_OVERRIDE, world_random(world, 2) == 0);
    }
    if (world_random(world, 8) == 0) {
        /* Only a census may lack the time it was planned for. */
        world_yesno(&record, MUSTER_MEETING_CENSUS, true);
        value[MUSTER_MEETING_SCHEDULED_AT].given = world_random(world, 2) == 0;
    }
    value[MUSTER_MEETING_CHILDREN].given = world_random(world, 4) > 0;
    value[MUSTER_MEETING_CHILDREN].list.items = &children[world_random(world, 2)];
    value[MUSTER_MEETING_CHILDREN].list.count = 1 + world_random(world, 2);
    model_put(model, world, agencies[world_random(world, 2)], &record);
}

static void put_invitation(struct model *model, struct world *world)
{
    struct muster_record record = world_record(MUSTER_KIND_INVITATION);

    world_text(&record, MUSTER_INVITATION_MEETING_ID, model_pick(world, meetings, 6));
    world_text(&record, MUSTER_INVITATION_AGENCY, model_pick(world, agencies, 4));
    world_text(&record, MUSTER_INVITATION_ROLE, model_pick(world, roles, 2));
    world_yesno(&record, MUSTER_INVITATION_ACTIVE_INTEREST, world_random(world, 2) == 0);
    world_text(&record, MUSTER_INVITATION_EXPECTED_TO, model_pick(world, expectations, 3));
    maybe_instant(world, &record, MUSTER_INVITATION_INVITED_AT);
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
    maybe_instant(world, &record, MUSTER_ATTENDANCE_REPORT_RECEIVED_AT);
    model_put(model, world, model_pick(world, agencies, 4), &record);
}

static void put_ruling(struct model *model, struct world *world)
{
    struct muster_record record = world_record(MUSTER_KIND_DISPUTE_RULING);

    world_text(&record, MUSTER_DISPUTE_RULING_MEETING_ID, model_pick(world, meetings, 6));
    world_text(&record, MUSTER_DISPUTE_RULING_AGENCY, model_pick(world, agencies, 4));
    world_text(&record, MUSTER_DISPUTE_RULING_ROLE, model_pick(world, roles, 2));
    world_text(&record, MUSTER_DISPUTE_RULING_STATUS, model_pick(world, attended, 4));
    world_text(&record, MUSTER_DISPUTE_RULING_REPORT, model_pick(world, reports, 3));
    model_put(model, world, MUSTER_LSCB, &record);
}

void meetings_put_random(struct model *model, struct world *world)
{
    static void (*const puts[])(struct model *, struct world *) = {
        put_meeting,    put_meeting,    put_invitation, put_invitation,
        put_attendance, put_attendance, put_ruling};

    puts[world_random(world, sizeof puts / sizeof puts[0])](model, world);
}

struct store_gatherings meetings_ask_random(struct world *world, uint64_t log_size)
{
    struct store_gatherings asked = {.period = {{1000}, {4000}},
                                     .types = types,
                                     .type_count = (size_t)world_random(world, 3),
                                     .held_only = world_random(world, 2) == 0,
                                     .log_size = log_size};

    if (world_random(world, 3) == 0) {
        asked.convener = model_pick(world, agencies, 3);
    }
    return asked;
}

/* --- what is expected ------------------------------------------------------------------------- */

struct expected {
    const struct put *meeting;
    const struct put *invitation; /* NULL: the meeting itself, before its invitations */
    const struct put *council;
    const struct put *own;
    const struct put *ruling;
};

struct check {
    struct expected rows[ROWS_MOST];
    size_t count;
    size_t met;
    const struct model *model;
};

static bool same(const struct put *a, size_t field_a, const struct put *b, size_t field_b)
{
    return strcmp(a->record.value[field_a].text, b->record.value[field_b].text) == 0;
}

static int64_t time_of(const struct put *meeting)
{
    const struct muster_value *value = meeting->record.value;
    size_t field =
        value[MUSTER_MEETING_HELD_AT].given ? MUSTER_MEETING_HELD_AT : MUSTER_MEETING_SCHEDULED_AT;

    return value[field].given ? value[field].instant.ms : INT64_MIN;
}

static bool asked_for(const struct put *put, const struct store_gatherings *asked)
{
    const struct muster_value *value = put->record.value;
    bool type = asked->type_count == 0;

    for (size_t i = 0; i < asked->type_count; i++) {
        type = type || strcmp(value[MUSTER_MEETING_TYPE].text, asked->types[i]) == 0;
    }
    if (asked->held_only && (!value[MUSTER_MEETING_HELD_AT].given ||
                             strcmp(value[MUSTER_MEETING_STATUS].text, "held") != 0)) {
        return false;
    }
    return type && time_of(put) >= asked->period.from.ms && time_of(put) < asked->period.to.ms &&
           (asked->convener == NULL || strcmp(put->agency, asked->convener) == 0);
}

/* The three kinds have their keys in the same order. */
static bool same_invitation(const struct put *a, const struct put *b)
{
    return same(a, MUSTER_ATTENDANCE_MEETING_ID, b, MUSTER_INVITATION_MEETING_ID) &&
           same(a, MUSTER_ATTENDANCE_AGENCY, b, MUSTER_INVITATION_AGENCY) &&
           same(a, MUSTER_ATTENDANCE_ROLE, b, MUSTER_INVITATION_ROLE);
}

static const struct put *find_record(const struct model *model, enum muster_kind kind,
                                     const struct put *invitation, const char *by, size_t size)
{
    const struct put *found = NULL;

    for (size_t i = 0; i < model->count; i++) {
        const struct put *put = &model->puts[i];
        if (model_counts(model, i, kind, size) && strcmp(put->agency, by) == 0 &&
            same_invitation(put, invitation)) {
            assert_null(found);
            found = put;
        }
    }
    return found;
}

static struct expected *add_row(struct check *check, const struct put *meeting)
{
    struct expected *row = &check->rows[check->count++];

    assert_true(check->count < ROWS_MOST);
    row->meeting = meeting;
    return row;
}

static void expect_invited(struct check *check, const struct put *meeting, size_t size)
{
    for (size_t i = 0; i < check->model->count; i++) {
        const struct put *put = &check->model->puts[i];
        if (model_counts(check->model, i, MUSTER_KIND_INVITATION, size) &&
            strcmp(put->agency, meeting->agency) == 0 &&
            same(put, MUSTER_INVITATION_MEETING_ID, meeting, MUSTER_MEETING_ID)) {
            struct expected *row = add_row(check, meeting);
            row->invitation = put;
            const char *agency = put->record.value[MUSTER_INVITATION_AGENCY].text;
            row->council =
                find_record(check->model, MUSTER_KIND_ATTENDANCE, put, meeting->agency, size);
            row->own = find_record(check->model, MUSTER_KIND_ATTENDANCE, put, agency, size);
            row->ruling =
                find_record(check->model, MUSTER_KIND_DISPUTE_RULING, put, MUSTER_LSCB, size);
        }
    }
}

static int compare(const void *a, const void *b)
{
    const struct expected *x = (const struct expected *)a;
    const struct expected *y = (const struct expected *)b;
    int order = (x->invitation != NULL) - (y->invitation != NULL);

    if (x->invitation != NULL && y->invitation != NULL) {
        const struct muster_value *ix = x->invitation->record.value;
        const struct muster_value *iy = y->invitation->record.value;
        order = strcmp(ix[MUSTER_INVITATION_ROLE].text, iy[MUSTER_INVITATION_ROLE].text);
        order = model_compare_text(ix[MUSTER_INVITATION_AGENCY].text,
                                   iy[MUSTER_INVITATION_AGENCY].text, order);
    }
    order = model_compare_text(x->meeting->record.value[MUSTER_MEETING_ID].text,
                               y->meeting->record.value[MUSTER_MEETING_ID].text, order);
    order = model_compare_number(time_of(x->meeting), time_of(y->meeting), order);
    return model_compare_text(x->meeting->agency, y->meeting->agency, order);
}

/* --- the comparison --------------------------------------------------------------------------- */

static void assert_instant(const struct store_instant *got, const struct put *want, size_t field)
{
    const struct muster_value *value = &want->record.value[field];

    assert_int_equal(got->given, value->given);
    if (value->given) {
        assert_int_equal(got->at.ms, value->instant.ms);
    }
}

static void assert_yesno(const struct store_yesno *got, const struct put *want, size_t field)
{
    const struct muster_value *value = &want->record.value[field];

    assert_int_equal(got->given, value->given);
    if (value->given) {
        assert_int_equal(got->yes, value->yes);
    }
}

static void assert_text(const char *got, const struct put *want, size_t field)
{
    const struct muster_value *value = &want->record.value[field];

    assert_same_text(got, value->given ? value->text : NULL);
}

static void assert_children(const struct store_gathering *row, const struct put *want)
{
    const struct muster_value *value = &want->record.value[MUSTER_MEETING_CHILDREN];

    assert_int_equal(row->child_count, value->given ? value->list.count : 0);
    for (size_t i = 0; i < row->child_count; i++) {
        struct store_blind ix = world_blind("children", value->list.items[i]);
        bool found = false;
        for (size_t k = 0; k < row->child_count; k++) {
            found = found || memcmp(&row->children[k], &ix, sizeof ix) == 0;
        }
        assert_true(found);
    }
}

static void assert_meeting(const struct store_gathering *row, const struct put *want,
                           const struct model *model)
{
    const struct muster_value *s47 = &want->record.value[MUSTER_MEETING_S47_STARTED_ON];

    assert_int_equal(row->seq, want - model->puts);
    assert_string_equal(row->convener, want->agency);
    assert_text(row->meeting_id, want, MUSTER_MEETING_ID);
    assert_text(row->type, want, MUSTER_MEETING_TYPE);
    assert_text(row->status, want, MUSTER_MEETING_STATUS);
    assert_text(row->mode, want, MUSTER_MEETING_MODE);
    assert_instant(&row->scheduled_at, want, MUSTER_MEETING_SCHEDULED_AT);
    assert_instant(&row->held_at, want, MUSTER_MEETING_HELD_AT);
    assert_instant(&row->reports_shared_at, want, MUSTER_MEETING_REPORTS_SHARED_AT);
    assert_instant(&row->minutes_sent_at, want, MUSTER_MEETING_MINUTES_SENT_AT);
    assert_yesno(&row->quorum_override, want, MUSTER_MEETING_QUORUM_OVERRIDE);
    assert_yesno(&row->census, want, MUSTER_MEETING_CENSUS);
    assert_int_equal(row->s47_started_on.given, s47->given);
    if (s47->given) {
        assert_int_equal(row->s47_started_on.on.days, s47->date.days);
    }
    assert_children(row, want);
}

static void assert_recorded(const struct store_recorded *got, const struct put *want,
                            const struct model *model)
{
    assert_int_equal(got->given, want != NULL);
    if (want != NULL) {
        assert_int_equal(got->seq, want - model->puts);
        assert_text(got->status, want, MUSTER_ATTENDANCE_STATUS);
        assert_text(got->report, want, MUSTER_ATTENDANCE_REPORT);
        assert_instant(&got->report_received_at, want, MUSTER_ATTENDANCE_REPORT_RECEIVED_AT);
    }
}

static void assert_invited(const struct store_invited *row, const struct expected *want,
                           const struct model *model)
{
    const struct put *invitation = want->invitation;

    assert_non_null(invitation);
    assert_int_equal(row->seq, invitation - model->puts);
    assert_text(row->agency, invitation, MUSTER_INVITATION_AGENCY);
    assert_text(row->role, invitation, MUSTER_INVITATION_ROLE);
    assert_instant(&row->invited_at, invitation, MUSTER_INVITATION_INVITED_AT);
    assert_int_equal(row->active_interest,
                     invitation->record.value[MUSTER_INVITATION_ACTIVE_INTEREST].yes);
    assert_text(row->expected_to, invitation, MUSTER_INVITATION_EXPECTED_TO);
    assert_recorded(&row->council, want->council, model);
    assert_recorded(&row->own, want->own, model);
    assert_int_equal(row->ruling.given, want->ruling != NULL);
    if (want->ruling != NULL) {
        assert_int_equal(row->ruling.seq, want->ruling - model->puts);
        assert_text(row->ruling.status, want->ruling, MUSTER_DISPUTE_RULING_STATUS);
        assert_text(row->ruling.report, want->ruling, MUSTER_DISPUTE_RULING_REPORT);
        assert_false(row->ruling.report_received_at.given);
    }
}

static const struct expected *next_row(struct check *check)
{
    assert_true(check->met < check->count);
    return &check->rows[check->met++];
}

static enum muster_status meet(void *context, const struct store_gathering *row,
                               struct muster_err *e)
{
    struct check *check = (struct check *)context;
    const struct expected *meeting = next_row(check);

    (void)e;
    assert_null(meeting->invitation);
    assert_meeting(row, meeting->meeting, check->model);
    for (size_t i = 0; i < row->invited_count; i++) {
        assert_invited(&row->invited[i], next_row(check), check->model);
    }
    return MUSTER_OK;
}

size_t meetings_compare(struct store_reader *reader, const struct model *model,
                        const struct store_gatherings *asked)
{
    struct check *check = (struct check *)calloc(1, sizeof *check);
    struct muster_err e = {0};
    size_t size = asked->log_size < model->count ? (size_t)asked->log_size : model->count;
    size_t met = 0;

    assert_non_null(check);
    check->model = model;
    for (size_t i = 0; i < model->count; i++) {
        const struct put *put = &model->puts[i];
        if (model_counts(model, i, MUSTER_KIND_MEETING, size) && asked_for(put, asked)) {
            (void)add_row(check, put);
            expect_invited(check, put, size);
        }
    }
    qsort(check->rows, check->count, sizeof check->rows[0], compare);
    if (store_each_gathering(reader, asked, meet, check, &e) != MUSTER_OK) {
        fail_msg("%s", e.text);
    }
    met = check->met;
    assert_int_equal(met, check->count);
    free(check);
    return met;
}
