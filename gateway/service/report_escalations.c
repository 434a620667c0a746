/* Escalations: what is open and how far it has climbed, what was closed and whether it was
 * addressed. See core/domain/escalation.h for every definition. */
#include <string.h>

#include "core/domain/calendar.h"
#include "gateway/service/escalations.h"

enum column {
    ESCALATION,
    TRIGGER,
    AGENCY,
    FAMILY,
    OPENED,
    COUNT,
    LAST,
    STATE,
    STAGE,
    OWNER,
    STAGE_SINCE,
    DUE,
    OVERDUE,
    AGE,
    RESPONSES,
    LAST_RESPONSE,
    RESPONDED,
    CLOSED,
    RESOLUTION,
    ADDRESSED,
    COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [ESCALATION] = REPORT_TEXT("escalation"),
    [TRIGGER] = REPORT_TEXT("trigger"),
    [AGENCY] = REPORT_TEXT("agency"),
    [FAMILY] = REPORT_TEXT("family"),
    [OPENED] = REPORT_TEXT("opened"),
    [COUNT] = REPORT_COUNT("count"),
    [LAST] = REPORT_TEXT("last"),
    [STATE] = REPORT_TEXT("state"),
    [STAGE] = REPORT_TEXT("stage"),
    [OWNER] = REPORT_TEXT("owner"),
    [STAGE_SINCE] = REPORT_TEXT("stage_since"),
    [DUE] = REPORT_TEXT("due"),
    [OVERDUE] = REPORT_COUNT("overdue"),
    [AGE] = REPORT_COUNT("working_days"),
    [RESPONSES] = REPORT_COUNT("responses"),
    [LAST_RESPONSE] = REPORT_TEXT("last_response"),
    [RESPONDED] = REPORT_TEXT("responded"),
    [CLOSED] = REPORT_TEXT("closed"),
    [RESOLUTION] = REPORT_TEXT("resolution"),
    [ADDRESSED] = REPORT_TEXT("addressed"),
};

/* What the Board sees: a row a trigger. These count cases of agencies, not children. */
enum count_column {
    COUNTED_TRIGGER,
    COUNTED,
    COUNTED_OPEN,
    COUNTED_OVERDUE,
    COUNTED_LAST_STAGE,
    COUNTED_CLOSED,
    COUNTED_ADDRESSED,
    COUNTED_OLDEST,
    COUNT_COLUMNS
};

static const struct table_column count_columns[COUNT_COLUMNS] = {
    [COUNTED_TRIGGER] = REPORT_TEXT("trigger"),
    [COUNTED] = REPORT_COUNT("escalations"),
    [COUNTED_OPEN] = REPORT_COUNT("open"),
    [COUNTED_OVERDUE] = REPORT_COUNT("open_overdue"),
    [COUNTED_LAST_STAGE] = REPORT_COUNT("open_at_last_stage"),
    [COUNTED_CLOSED] = REPORT_COUNT("closed"),
    [COUNTED_ADDRESSED] = REPORT_COUNT("addressed"),
    [COUNTED_OLDEST] = REPORT_COUNT("oldest_open_working_days"),
};

/* Open; open and answered in time, so that the clock waits; closed. */
static const char *state_of(const struct escalation *escalation)
{
    if (escalation->closed) {
        return "closed";
    }
    return escalation->answered ? "answered" : "open";
}

static enum muster_status put_dates(const struct report_ask *ask,
                                    const struct escalation *escalation, struct table_cell *row,
                                    struct muster_err *e)
{
    const struct {
        enum column column;
        bool is_given;
        struct muster_date date;
    } dates[] = {
        {OPENED, true, escalation->opened_on},
        {LAST, true, escalation->last_on},
        {STAGE_SINCE, true, escalation->stage_since},
        {DUE, escalation->has_due, escalation->due_on},
        {RESPONDED, escalation->has_last_response,
         calendar_local_date(escalation->last_response_at)},
        {CLOSED, escalation->closed, calendar_local_date(escalation->closed_at)},
    };
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; status == MUSTER_OK && i < sizeof dates / sizeof dates[0]; i++) {
        if (dates[i].is_given) {
            status = report_date(ask, dates[i].date, &row[dates[i].column], e);
        }
    }
    return status;
}

static enum muster_status list_one(const struct report_ask *ask, const struct escalations *found,
                                   const struct escalation *escalation, struct table *table,
                                   struct muster_err *e)
{
    const struct escalation_stage *stage = &found->rules.stages[escalation->stage];
    const struct {
        enum column column;
        const char *text;
    } texts[] = {
        {ESCALATION, escalation->id},
        {TRIGGER, escalation_trigger_code(escalation->trigger)},
        {AGENCY, found->facts.agencies[escalation->agency]},
        {FAMILY, escalation->family == ESCALATION_FAMILY_ANY
                     ? NULL
                     : escalation_family_code(escalation->family)},
        {STATE, state_of(escalation)},
        {STAGE, stage->name},
        {OWNER, stage->owner_role},
        {LAST_RESPONSE,
         escalation->has_last_response ? escalation_action_code(escalation->last_action) : NULL},
        {RESOLUTION, escalation->closed ? escalation->resolution : NULL},
        {ADDRESSED, !escalation->closed     ? NULL
                    : escalation->addressed ? "yes"
                                            : "no"},
    };
    struct table_cell *row = NULL;
    enum muster_status status = report_add_row(ask, table, &row, e);
    for (size_t i = 0; status == MUSTER_OK && i < sizeof texts / sizeof texts[0]; i++) {
        status = report_text(ask, texts[i].text, &row[texts[i].column], e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    row[COUNT] = table_count(escalation->count);
    row[OVERDUE] = table_count(escalation->overdue);
    row[RESPONSES] = table_count((int64_t)escalation->response_count);
    if (escalation->has_age) {
        row[AGE] = table_count(escalation->age);
    }
    return put_dates(ask, escalation, row, e);
}

static enum muster_status fill_cases(const struct report_ask *ask, const struct escalations *found,
                                     struct table *table, struct muster_err *e)
{
    const char *only = report_only_agency(ask);
    enum muster_status status = report_table(ask, columns, COLUMN_COUNT, 16, table, e);
    for (size_t i = 0; status == MUSTER_OK && i < found->result.escalation_count; i++) {
        const struct escalation *escalation = &found->result.escalations[i];
        const char *agency = found->facts.agencies[escalation->agency];
        if ((only == NULL || strcmp(agency, only) == 0) &&
            (!ask->query->open || !escalation->closed)) {
            status = list_one(ask, found, escalation, table, e);
        }
    }
    return status;
}

static void count_one(const struct escalations *found, const struct escalation *escalation,
                      int64_t counts[static COUNT_COLUMNS])
{
    const bool is_open = !escalation->closed;
    counts[COUNTED]++;
    counts[COUNTED_OPEN] += is_open;
    counts[COUNTED_OVERDUE] += is_open && escalation->overdue > 0;
    counts[COUNTED_LAST_STAGE] += is_open && escalation->stage + 1 == found->rules.stage_count;
    counts[COUNTED_CLOSED] += escalation->closed;
    counts[COUNTED_ADDRESSED] += escalation->addressed;
    if (is_open && escalation->has_age && escalation->age > counts[COUNTED_OLDEST]) {
        counts[COUNTED_OLDEST] = escalation->age;
    }
}

static enum muster_status fill_counts(const struct report_ask *ask, const struct escalations *found,
                                      struct table *table, struct muster_err *e)
{
    enum muster_status status = report_table(ask, count_columns, COUNT_COLUMNS, 16, table, e);
    for (int t = 0; status == MUSTER_OK && t <= ESCALATION_ACKNOWLEDGING_LATE; t++) {
        int64_t counts[COUNT_COLUMNS] = {0};
        struct table_cell *row = NULL;
        for (size_t i = 0; i < found->result.escalation_count; i++) {
            if (found->result.escalations[i].trigger == (enum escalation_trigger)t) {
                count_one(found, &found->result.escalations[i], counts);
            }
        }
        status = report_add_row(ask, table, &row, e);
        for (size_t c = COUNTED; status == MUSTER_OK && c < COUNT_COLUMNS; c++) {
            row[c] = table_count(counts[c]);
        }
        if (status == MUSTER_OK) {
            row[COUNTED_TRIGGER] = table_text(escalation_trigger_code((enum escalation_trigger)t));
        }
    }
    return status;
}

/* Who set the threshold, as beside a colour. */
static void note_threshold(const struct report_ask *ask, struct report *out)
{
    const struct service_settings *settings = ask->service->settings;
    char day[CALENDAR_DATE_BYTES];
    if (settings->escalation_set_by == NULL) {
        report_note(out, "attendance_below: no threshold is set, so that nothing opens by it.");
        return;
    }
    calendar_date_format(settings->escalation_set_on, day);
    const char *note = arena_printf(
        ask->arena,
        "attendance_below: under %d%% of at least %lld within %d months, set by %s, %s.",
        settings->escalation.attendance_below, (long long)settings->escalation.attendance_minimum,
        settings->escalation.attendance_months, settings->escalation_set_by, day);
    if (note != NULL) {
        report_note(out, note);
    }
}

enum muster_status report_escalations(const struct report_ask *ask, struct report *out,
                                      struct muster_err *e)
{
    struct escalations found;
    enum muster_status status = escalations_evaluate(ask, &found, e);
    if (status == MUSTER_OK) {
        status = ask->right.scope == RIGHTS_SCOPE_COUNTS ? fill_counts(ask, &found, &out->table, e)
                                                         : fill_cases(ask, &found, &out->table, e);
    }
    if (status == MUSTER_OK) {
        note_threshold(ask, out);
        report_note(out, "overdue: limits that passed unanswered; an overdue stage is followed by "
                         "the next by itself. Only the LSCB closes.");
    }
    return status;
}
