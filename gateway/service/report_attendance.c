/* Who was expected at meetings and who came: see core/domain/attendance.h for every definition. */
#include <string.h>

#include "core/domain/attendance.h"
#include "core/domain/calendar.h"
#include "gateway/service/report.h"

struct gathering {
    const struct report_ask *ask;
    struct attendance_figures *figures; /* one an agency */
    uint64_t of_unknown_agency;
};

/* Conferences, core groups and boards are called with notice; a strategy discussion is held within
 * a day of the decision to hold it, so none of its invitations is late. */
static bool needs_notice(enum meeting_type type)
{
    return type != MEETING_TYPE_STRATEGY_DISCUSSION && type != MEETING_TYPE_STRATEGY_MEETING;
}

static bool is_late(const struct gathering *gathering, const struct store_attendance_row *row,
                    enum meeting_type type)
{
    const struct service_settings *settings = gathering->ask->service->settings;
    int notice = 0;
    if (!row->invited_at.given || !needs_notice(type) || (row->census.given && row->census.yes)) {
        return false;
    }
    /* Outside the bank holidays that are configured nobody is charged. */
    return workdays_between(&settings->workdays, calendar_local_date(row->invited_at.at),
                            calendar_local_date(row->scheduled_at), &notice) &&
           notice < settings->invitation_notice_days;
}

static bool is_disputed(const struct store_attendance_row *row)
{
    return row->council.given && row->own.given && row->council.seq != row->own.seq &&
           (strcmp(row->council.status, row->own.status) != 0 ||
            strcmp(row->council.report, row->own.report) != 0);
}

static enum muster_status gather(void *context, const struct store_attendance_row *row,
                                 struct muster_err *e)
{
    struct gathering *gathering = (struct gathering *)context;
    struct attendance_fact fact = {
        .agency = report_agency_index(gathering->ask, row->agency),
        .active_interest = row->active_interest,
        .invited = row->invited_at.given,
        .recorded = row->council.given,
        .disputed = is_disputed(row),
    };
    enum meeting_type type;
    if (fact.agency == SIZE_MAX) {
        gathering->of_unknown_agency++;
        return MUSTER_OK;
    }
    /* The rules let no other codes in. */
    if (!meeting_type_of(row->type, &type) ||
        !attendance_expectation_of(row->expected_to, &fact.expected_to) ||
        (fact.recorded && (!attendance_status_of(row->council.status, &fact.status) ||
                           !attendance_report_of(row->council.report, &fact.report)))) {
        return muster_fail(e, MUSTER_ECORRUPT, "a stored attendance fact has an unknown code");
    }
    fact.late_invitation = is_late(gathering, row, type);
    attendance_add(gathering->figures, &fact);
    return MUSTER_OK;
}

static enum muster_status fill(const struct report_ask *ask,
                               const struct attendance_figures *figures, struct table *table,
                               struct muster_err *e)
{
    struct report_rows rows;
    enum muster_status status = report_rows_make(ask, &rows, e);
    if (status == MUSTER_OK) {
        status =
            report_table(ask, attendance_columns(), ATTENDANCE_COLUMN_COUNT, rows.count, table, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    struct attendance_figures *sums = (struct attendance_figures *)arena_array(
        ask->arena, rows.count, sizeof(struct attendance_figures));
    if (sums == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < ask->service->settings->directory.agency_count; i++) {
        if (rows.of_agency[i] != REPORT_NO_ROW) {
            attendance_sum(&sums[rows.of_agency[i]], &figures[i]);
        }
    }
    for (size_t i = 0; i < rows.count; i++) {
        attendance_row(rows.labels[i], &sums[i], table_add_row(table));
    }
    return MUSTER_OK;
}

enum muster_status report_attendance(const struct report_ask *ask, struct report *out,
                                     struct muster_err *e)
{
    static const char *const child_meetings[] = {"strategy_discussion", "strategy_meeting", "icpc",
                                                 "rcpc", "core_group"};
    const struct codec_query *query = ask->query;
    size_t agencies = ask->service->settings->directory.agency_count;
    const char *const *types = query->type_count > 0 ? query->types : child_meetings;
    size_t type_count = query->type_count > 0 ? query->type_count
                                              : sizeof child_meetings / sizeof child_meetings[0];
    struct gathering gathering = {.ask = ask};
    gathering.figures =
        (struct attendance_figures *)arena_array(ask->arena, agencies, sizeof *gathering.figures);
    if (gathering.figures == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < type_count; i++) {
        enum meeting_type type;
        if (!meeting_type_of(types[i], &type)) {
            return muster_fail(e, MUSTER_EUSAGE,
                               "there is no such meeting type: see the import formats");
        }
    }
    enum muster_status status =
        store_each_attendance(ask->service->reader, report_instants(&ask->period), types,
                              type_count, ask->log_size, gather, &gathering, e);
    if (status == MUSTER_OK) {
        status = fill(ask, gathering.figures, &out->table, e);
    }
    if (status == MUSTER_OK) {
        report_note(out, "attendance_pct: attended / (expected - not_invited - unrecorded); an "
                         "invitation without active interest is not expected.");
        report_note(out, "not_invited, unrecorded and invited_late are charged to the convening "
                         "council.");
    }
    if (status == MUSTER_OK && gathering.of_unknown_agency > 0) {
        report_note(out, "Invitations of agencies that are not configured are in no row.");
    }
    return status;
}
