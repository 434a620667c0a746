/* Rules about meetings, invitations to them, and attendance. */
#include "core/domain/rules_internal.h"

#include <string.h>

#include "core/domain/calendar.h"
#include "core/domain/codes.h"

#define CONFERENCE_WORKING_DAYS 15 /* rule 8675Q */

/* --- meetings --- */

/* "child", "board", or "" where the type is missing or unknown. */
static const char *subject_of(const struct rule_check *check)
{
    const char *type = rules_text(check, MUSTER_MEETING_TYPE);
    const struct code *code = type == NULL ? NULL : codes_find("meeting_type", type);

    return code != NULL ? code->group : "";
}

static bool is_initial_conference(const struct rule_check *check)
{
    return rules_is(check, MUSTER_MEETING_TYPE, "icpc");
}

static bool held_at_missing(const struct rule_check *check)
{
    return rules_is(check, MUSTER_MEETING_STATUS, "held") &&
           !rules_has(check, MUSTER_MEETING_HELD_AT);
}

static bool override_reason_missing(const struct rule_check *check)
{
    return rules_yes(check, MUSTER_MEETING_QUORUM_OVERRIDE) &&
           !rules_has(check, MUSTER_MEETING_QUORUM_OVERRIDE_REASON);
}

static bool held_in_future(const struct rule_check *check)
{
    struct muster_date held;

    return rules_date(check, MUSTER_MEETING_HELD_AT, &held) && held.days > check->facts->today.days;
}

static bool held_at_unexpected(const struct rule_check *check)
{
    return rules_has(check, MUSTER_MEETING_HELD_AT) &&
           (rules_is(check, MUSTER_MEETING_STATUS, "scheduled") ||
            rules_is(check, MUSTER_MEETING_STATUS, "cancelled"));
}

static bool children_missing(const struct rule_check *check)
{
    return strcmp(subject_of(check), "child") == 0 && !rules_has(check, MUSTER_MEETING_CHILDREN);
}

static bool children_unexpected(const struct rule_check *check)
{
    return strcmp(subject_of(check), "board") == 0 && rules_has(check, MUSTER_MEETING_CHILDREN);
}

static bool enquiry_after_conference(const struct rule_check *check)
{
    struct muster_date started;
    struct muster_date held;

    return is_initial_conference(check) &&
           rules_date(check, MUSTER_MEETING_S47_STARTED_ON, &started) &&
           rules_date(check, MUSTER_MEETING_HELD_AT, &held) && started.days > held.days;
}

static bool conference_overdue(const struct rule_check *check)
{
    struct muster_date started;
    int days;

    if (check->facts->workdays == NULL || !check->facts->reference_given ||
        check->facts->conference != RULE_NO) {
        return false;
    }
    return rules_date(check, MUSTER_MEETING_S47_STARTED_ON, &started) &&
           workdays_between(check->facts->workdays, started, check->facts->reference, &days) &&
           days > CONFERENCE_WORKING_DAYS;
}

static bool held_on_weekend(const struct rule_check *check)
{
    struct muster_date held;

    return is_initial_conference(check) && rules_date(check, MUSTER_MEETING_HELD_AT, &held) &&
           calendar_is_weekend(held);
}

static bool planned_for_weekend(const struct rule_check *check)
{
    struct muster_date planned;

    /* Held on a weekend it is 8875's already. */
    return is_initial_conference(check) && !held_on_weekend(check) &&
           rules_date(check, MUSTER_MEETING_SCHEDULED_AT, &planned) && calendar_is_weekend(planned);
}

static bool minutes_before_meeting(const struct rule_check *check)
{
    return rules_before(check, MUSTER_MEETING_MINUTES_SENT_AT, MUSTER_MEETING_HELD_AT);
}

void rules_check_meeting(const struct rule_check *check)
{
    static const struct rule_test tests[] = {
        {"held_at_missing", held_at_missing},
        {"override_reason_missing", override_reason_missing},
        {"held_in_future", held_in_future},
        {"held_at_unexpected", held_at_unexpected},
        {"children_missing", children_missing},
        {"children_unexpected", children_unexpected},
        {"8615", enquiry_after_conference},
        {"8675Q", conference_overdue},
        {"8870Q", planned_for_weekend},
        {"8875", held_on_weekend},
        {"minutes_before_meeting", minutes_before_meeting},
    };

    RULES_RUN(check, tests);
}

/* --- invitations and attendance --- */

/* When the meeting named by the record was held, or else is planned for. */
static bool meeting_time(const struct rule_check *check, struct muster_utc *out)
{
    const struct rule_check meeting =
        rules_check_of(check->facts->meeting, check->facts, check->findings);

    return meeting.record != NULL && (rules_instant(&meeting, MUSTER_MEETING_HELD_AT, out) ||
                                      rules_instant(&meeting, MUSTER_MEETING_SCHEDULED_AT, out));
}

static bool after_meeting(const struct rule_check *check, int field)
{
    struct muster_utc at;
    struct muster_utc meeting;

    return rules_instant(check, field, &at) && meeting_time(check, &meeting) && at.ms > meeting.ms;
}

static bool invited_after_meeting(const struct rule_check *check)
{
    return after_meeting(check, MUSTER_INVITATION_INVITED_AT);
}

void rules_check_invitation(const struct rule_check *check)
{
    static const struct rule_test tests[] = {
        {"invited_after_meeting", invited_after_meeting},
    };

    RULES_RUN(check, tests);
}

static bool report_contradicts(const struct rule_check *check)
{
    return rules_has(check, MUSTER_ATTENDANCE_REPORT_RECEIVED_AT) &&
           (rules_is(check, MUSTER_ATTENDANCE_REPORT, "not_required") ||
            rules_is(check, MUSTER_ATTENDANCE_REPORT, "not_received"));
}

static bool report_time_missing(const struct rule_check *check)
{
    return !rules_has(check, MUSTER_ATTENDANCE_REPORT_RECEIVED_AT) &&
           (rules_is(check, MUSTER_ATTENDANCE_REPORT, "on_time") ||
            rules_is(check, MUSTER_ATTENDANCE_REPORT, "late"));
}

static bool report_not_on_time(const struct rule_check *check)
{
    return rules_is(check, MUSTER_ATTENDANCE_REPORT, "on_time") &&
           after_meeting(check, MUSTER_ATTENDANCE_REPORT_RECEIVED_AT);
}

static bool attended_not_held(const struct rule_check *check)
{
    const struct rule_check meeting =
        rules_check_of(check->facts->meeting, check->facts, check->findings);
    bool attended = rules_is(check, MUSTER_ATTENDANCE_STATUS, "attended") ||
                    rules_is(check, MUSTER_ATTENDANCE_STATUS, "attended_remote") ||
                    rules_is(check, MUSTER_ATTENDANCE_STATUS, "deputy");

    /* An adjourned meeting had begun, so people were there. */
    return attended && meeting.record != NULL &&
           (rules_is(&meeting, MUSTER_MEETING_STATUS, "scheduled") ||
            rules_is(&meeting, MUSTER_MEETING_STATUS, "cancelled"));
}

void rules_check_attendance(const struct rule_check *check)
{
    static const struct rule_test tests[] = {
        {"report_contradiction", report_contradicts},
        {"report_time_missing", report_time_missing},
        {"report_not_on_time", report_not_on_time},
        {"attended_not_held", attended_not_held},
    };

    RULES_RUN(check, tests);
}
