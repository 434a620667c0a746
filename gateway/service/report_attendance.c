/* Who was expected at meetings and who came: see core/domain/attendance.h for every definition. */
#include <string.h>

#include "core/domain/attendance.h"
#include "core/domain/calendar.h"
#include "gateway/service/report.h"

struct counting {
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

static bool is_late(const struct report_ask *ask, const struct store_gathering *meeting,
                    const struct store_invited *invited, enum meeting_type type)
{
    const struct service_settings *settings = ask->service->settings;
    int notice = 0;
    if (!invited->invited_at.given || !needs_notice(type) || !meeting->scheduled_at.given ||
        (meeting->census.given && meeting->census.yes)) {
        return false;
    }
    /* Outside the bank holidays that are configured nobody is charged. */
    return workdays_between(&settings->workdays, calendar_local_date(invited->invited_at.at),
                            calendar_local_date(meeting->scheduled_at.at), &notice) &&
           notice < settings->invitation_notice_days;
}

bool report_differs(const struct store_invited *invited)
{
    const struct store_recorded *council = &invited->council;
    const struct store_recorded *own = &invited->own;

    return council->given && own->given && council->seq != own->seq &&
           (strcmp(council->status, own->status) != 0 || strcmp(council->report, own->report) != 0);
}

bool report_is_disputed(const struct store_invited *invited)
{
    return !invited->ruling.given && report_differs(invited);
}

enum muster_status report_attendance_fact(const struct report_ask *ask,
                                          const struct store_gathering *meeting,
                                          const struct store_invited *invited,
                                          struct attendance_fact *out, struct muster_err *e)
{
    const struct store_recorded *counts =
        invited->ruling.given ? &invited->ruling : &invited->council;
    struct attendance_fact fact = {
        .agency = report_agency_index(ask, invited->agency),
        .active_interest = invited->active_interest,
        .invited = invited->invited_at.given,
        .recorded = counts->given,
        .disputed = report_is_disputed(invited),
    };
    enum meeting_type type;
    /* The rules let no other codes in. */
    if (!meeting_type_of(meeting->type, &type) ||
        !attendance_expectation_of(invited->expected_to, &fact.expected_to) ||
        (fact.recorded && (!attendance_status_of(counts->status, &fact.status) ||
                           !attendance_report_of(counts->report, &fact.report)))) {
        return muster_fail(e, MUSTER_ECORRUPT, "a stored attendance fact has an unknown code");
    }
    fact.late_invitation = is_late(ask, meeting, invited, type);
    *out = fact;
    return MUSTER_OK;
}

static enum muster_status count(void *context, const struct store_gathering *meeting,
                                struct muster_err *e)
{
    struct counting *counting = (struct counting *)context;
    for (size_t i = 0; i < meeting->invited_count; i++) {
        struct attendance_fact fact;
        enum muster_status status =
            report_attendance_fact(counting->ask, meeting, &meeting->invited[i], &fact, e);
        if (status != MUSTER_OK) {
            return status;
        }
        if (fact.agency == SIZE_MAX) {
            counting->of_unknown_agency++;
        } else {
            attendance_add(counting->figures, &fact);
        }
    }
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
    size_t agencies = ask->service->settings->directory.agency_count;
    const struct report_types types = report_types(ask);
    struct counting counting = {.ask = ask};
    counting.figures =
        (struct attendance_figures *)arena_array(ask->arena, agencies, sizeof *counting.figures);
    if (counting.figures == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = report_check_types(ask, e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct store_gatherings asked = {.convener = ask->query->convener,
                                     .held_only = true,
                                     .period = report_span(ask),
                                     .types = types.names,
                                     .type_count = types.count,
                                     .log_size = ask->log_size};
    status = store_each_gathering(ask->service->reader, &asked, count, &counting, e);
    if (status == MUSTER_OK) {
        status = fill(ask, counting.figures, &out->table, e);
    }
    if (status == MUSTER_OK) {
        report_note(out, "attendance_pct: attended / (expected - not_invited - unrecorded); an "
                         "invitation without active interest is not expected.");
        report_note(out, "not_invited, unrecorded and invited_late are charged to the convening "
                         "council.");
    }
    if (status == MUSTER_OK && counting.of_unknown_agency > 0) {
        report_note(out, "Invitations of agencies that are not configured are in no row.");
    }
    return status;
}
