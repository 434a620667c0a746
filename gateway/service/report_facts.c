/* What reports make of one invitation: what counts of it, and whether it is disputed. */
#include <string.h>

#include "core/domain/calendar.h"
#include "gateway/service/report.h"

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

unsigned report_quorum_group(const struct report_ask *ask, const struct store_invited *invited)
{
    const struct service_quorum *quorum = &ask->service->settings->quorum;
    const struct agency *agency =
        directory_agency(&ask->service->settings->directory, invited->agency);
    for (size_t i = 0; i < quorum->role_count; i++) {
        if (strcmp(quorum->roles[i].role, invited->role) == 0) {
            return quorum->roles[i].group;
        }
    }
    for (unsigned i = 0; agency != NULL && i < quorum->group_count; i++) {
        if (strcmp(quorum->groups[i], agency->quorum_group) == 0) {
            return i;
        }
    }
    return QUORUM_NO_GROUP;
}
