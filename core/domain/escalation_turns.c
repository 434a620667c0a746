/* From meetings and referrals to turns: how each went for each agency. */
#include <stdlib.h>

#include "core/domain/calendar.h"
#include "core/domain/escalation_internal.h"

static bool family_of(enum meeting_type type, enum escalation_family *out)
{
    switch (type) {
    case MEETING_TYPE_STRATEGY_DISCUSSION:
    case MEETING_TYPE_STRATEGY_MEETING:
        *out = ESCALATION_FAMILY_STRATEGY;
        return true;
    case MEETING_TYPE_ICPC:
    case MEETING_TYPE_RCPC:
        *out = ESCALATION_FAMILY_CONFERENCE;
        return true;
    case MEETING_TYPE_CORE_GROUP:
        *out = ESCALATION_FAMILY_CORE_GROUP;
        return true;
    case MEETING_TYPE_LSCB_BOARD:
    case MEETING_TYPE_LSCB_SUBGROUP:
    case MEETING_TYPE_IMPROVEMENT_BOARD:
        break;
    }
    return false;
}

/* Whether something of this instant counts at all: not before the day the evaluation starts from.
 */
static bool counts(const struct evaluation *evaluation, struct muster_utc at)
{
    const struct escalation_rules *rules = evaluation->rules;

    return calendar_utc_valid(at) &&
           (!rules->has_since || calendar_local_date(at).days >= rules->since.days);
}

static struct escalation_turn *add_turn(struct evaluation *evaluation, uint32_t agency,
                                        uint8_t part, struct muster_utc at, size_t source)
{
    struct escalation_turn *turn = &evaluation->result->turns[evaluation->turn_count++];

    *turn = (struct escalation_turn){.at = at,
                                     .agency = agency,
                                     .source = (uint32_t)source,
                                     .day = calendar_local_date(at).days,
                                     .part = part};
    return turn;
}

/* --- the partners' ---------------------------------------------------------------------------- */

static bool expects(const struct escalation_invited *invited, enum attendance_expectation what)
{
    return invited->expected_to == what || invited->expected_to == ATTENDANCE_EXPECTED_BOTH;
}

/* What is neither expected, nor invited, nor recorded says nothing about the partner. */
static bool is_telling(const struct evaluation *evaluation,
                       const struct escalation_invited *invited)
{
    return invited->agency < evaluation->facts->agency_count && invited->active_interest &&
           invited->invited && invited->recorded;
}

static enum turn_outcome outcome_of(const struct escalation_invited *invited)
{
    const bool report_fails = expects(invited, ATTENDANCE_EXPECTED_REPORT) &&
                              invited->report != ATTENDANCE_REPORT_ON_TIME;

    if (!expects(invited, ATTENDANCE_EXPECTED_ATTEND)) {
        return TURN_NOT_EXPECTED;
    }
    if (invited->disputed) {
        return TURN_DISPUTED;
    }
    if (attendance_is_present(invited->status)) {
        return TURN_GOOD;
    }
    return invited->status == ATTENDANCE_NO_APOLOGIES || report_fails ? TURN_MISS : TURN_EXCUSED;
}

static enum turn_report report_of(const struct escalation_invited *invited)
{
    if (!expects(invited, ATTENDANCE_EXPECTED_REPORT) || invited->disputed) {
        return REPORT_NOT_DUE;
    }
    return invited->report == ATTENDANCE_REPORT_ON_TIME ? REPORT_IN_TIME : REPORT_MISSING;
}

static uint64_t bit_of(unsigned group)
{
    return group < QUORUM_GROUPS ? QUORUM_BIT(group) : 0;
}

static uint64_t groups_present(const struct escalation_meeting *meeting)
{
    uint64_t present = 0;

    for (size_t i = 0; i < meeting->invited_count; i++) {
        const struct escalation_invited *invited = &meeting->invited[i];
        if (invited->recorded && attendance_is_present(invited->status)) {
            present |= bit_of(invited->group);
        }
    }
    return present;
}

/* Whether the meeting lacked a quorum and would have had one with those of the agency that missed
 * it. */
static bool breaks_quorum(const struct evaluation *evaluation,
                          const struct escalation_meeting *meeting, uint64_t present,
                          uint32_t agency)
{
    const struct quorum_rule *rule = &evaluation->rules->quorum[meeting->type];
    uint64_t with = present;

    for (size_t i = 0; i < meeting->invited_count; i++) {
        const struct escalation_invited *invited = &meeting->invited[i];
        if (invited->agency == agency && is_telling(evaluation, invited) &&
            outcome_of(invited) == TURN_MISS) {
            with |= bit_of(invited->group);
        }
    }
    return quorum_of_groups(rule, present) == QUORUM_NO &&
           quorum_of_groups(rule, with) == QUORUM_YES;
}

static void add_partners(struct evaluation *evaluation, size_t source,
                         enum escalation_family family)
{
    const struct escalation_meeting *meeting = &evaluation->facts->meetings[source];
    const uint64_t present = groups_present(meeting);

    for (size_t i = 0; i < meeting->invited_count; i++) {
        const struct escalation_invited *invited = &meeting->invited[i];
        if (!is_telling(evaluation, invited)) {
            continue;
        }
        struct escalation_turn *turn =
            add_turn(evaluation, invited->agency, PART_PARTNER, meeting->held_at, source);
        const enum turn_outcome outcome = outcome_of(invited);
        turn->family = (uint8_t)family;
        turn->outcome = (uint8_t)outcome;
        turn->report = (uint8_t)report_of(invited);
        turn->counted = outcome != TURN_NOT_EXPECTED && outcome != TURN_DISPUTED;
        turn->attended = outcome == TURN_GOOD;
        turn->breaks_quorum = family == ESCALATION_FAMILY_CONFERENCE && outcome == TURN_MISS &&
                              breaks_quorum(evaluation, meeting, present, invited->agency);
    }
}

/* --- the council's ---------------------------------------------------------------------------- */

static void add_council(struct evaluation *evaluation, uint32_t council,
                        enum escalation_trigger trigger, bool is_good, struct muster_utc at,
                        size_t source)
{
    if (council < evaluation->facts->agency_count) {
        add_turn(evaluation, council, (uint8_t)trigger, at, source)->outcome =
            is_good ? TURN_GOOD : TURN_MISS;
    }
}

/* The last day of a limit that began on the day of an instant, and the first instant behind it. */
static bool limit_of(const struct evaluation *evaluation, struct muster_utc from, int within,
                     struct muster_utc *late)
{
    struct muster_date due;

    if (!workdays_add(evaluation->rules->workdays, calendar_local_date(from), within, &due)) {
        return false;
    }
    due.days++;
    *late = calendar_day_start(due);
    return true;
}

/* What the council did of a meeting's list; of entries with active interest. */
struct convened {
    uint64_t groups; /* on the list */
    size_t sent;
    size_t not_sent;
    size_t unrecorded; /* of those sent */
};

static struct convened convened_of(const struct escalation_meeting *meeting)
{
    struct convened sum = {.groups = 0};

    for (size_t i = 0; i < meeting->invited_count; i++) {
        const struct escalation_invited *invited = &meeting->invited[i];
        if (invited->active_interest) {
            sum.groups |= bit_of(invited->group);
            sum.sent += invited->invited;
            sum.not_sent += !invited->invited;
            sum.unrecorded += invited->invited && !invited->recorded;
        }
    }
    return sum;
}

/* A meeting without a list, somebody on it who was not invited, or a strategy discussion without
 * one of the three that are always expected there. */
static bool is_convened(const struct escalation_meeting *meeting, const struct convened *convened,
                        enum escalation_family family)
{
    const uint64_t always =
        QUORUM_BIT(QUORUM_SOCIAL_CARE) | QUORUM_BIT(QUORUM_POLICE) | QUORUM_BIT(QUORUM_HEALTH);

    return meeting->invited_count > 0 && convened->not_sent == 0 &&
           (family != ESCALATION_FAMILY_STRATEGY || (convened->groups & always) == always);
}

static void add_convening(struct evaluation *evaluation, size_t source,
                          enum escalation_family family)
{
    const struct escalation_meeting *meeting = &evaluation->facts->meetings[source];
    const struct convened convened = convened_of(meeting);
    const uint32_t council = meeting->convener;
    struct muster_utc late;

    add_council(evaluation, council, ESCALATION_NOT_INVITING,
                is_convened(meeting, &convened, family), meeting->held_at, source);
    if (convened.sent > 0 && convened.unrecorded == 0) {
        add_council(evaluation, council, ESCALATION_NOT_RECORDING, true, meeting->held_at, source);
    } else if (convened.sent > 0 &&
               limit_of(evaluation, meeting->held_at, evaluation->rules->record_within, &late)) {
        add_council(evaluation, council, ESCALATION_NOT_RECORDING, false, late, source);
    }
    /* Outside the bank holidays configured nobody is charged. */
    if (limit_of(evaluation, meeting->held_at, evaluation->rules->minutes_within, &late)) {
        const bool in_time = meeting->has_minutes_sent_at && meeting->minutes_sent_at.ms < late.ms;
        add_council(evaluation, council, ESCALATION_MINUTES_LATE, in_time,
                    in_time ? meeting->minutes_sent_at : late, source);
    }
}

static void add_referral(struct evaluation *evaluation, size_t source)
{
    const struct escalation_referral *referral = &evaluation->facts->referrals[source];
    struct muster_utc late;

    if (counts(evaluation, referral->from) &&
        workdays_end_of_next(evaluation->rules->workdays, referral->from, &late)) {
        const bool in_time =
            referral->has_acknowledged_at && referral->acknowledged_at.ms < late.ms;
        add_council(evaluation, referral->council, ESCALATION_ACKNOWLEDGING_LATE, in_time,
                    in_time ? referral->acknowledged_at : late, source);
    }
}

/* --- all of them ------------------------------------------------------------------------------ */

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_agency(const void *left, const void *right)
{
    const struct escalation_turn *a = (const struct escalation_turn *)left;
    const struct escalation_turn *b = (const struct escalation_turn *)right;
    int order = compare(a->agency, b->agency);

    order = order != 0 ? order : compare(a->part, b->part);
    order = order != 0 ? order : compare(a->at.ms, b->at.ms);
    return order != 0 ? order : compare(a->source, b->source);
}

/* Several invitations of one agency to one meeting become one turn. */
static void merge(struct evaluation *evaluation)
{
    struct escalation_turn *turns = evaluation->result->turns;
    size_t kept = 0;

    for (size_t i = 0; i < evaluation->turn_count; i++) {
        struct escalation_turn *last = kept > 0 ? &turns[kept - 1] : NULL;
        if (last == NULL || last->agency != turns[i].agency || last->part != turns[i].part ||
            last->source != turns[i].source) {
            turns[kept++] = turns[i];
            continue;
        }
        last->attended = (uint16_t)(last->attended + turns[i].attended);
        last->counted = (uint16_t)(last->counted + turns[i].counted);
        last->outcome = turns[i].outcome > last->outcome ? turns[i].outcome : last->outcome;
        last->report = turns[i].report > last->report ? turns[i].report : last->report;
        last->breaks_quorum = last->breaks_quorum || turns[i].breaks_quorum;
    }
    evaluation->turn_count = kept;
    /* Where another role of the agency was there, the agency was. */
    for (size_t i = 0; i < kept; i++) {
        turns[i].breaks_quorum = turns[i].breaks_quorum && turns[i].outcome == TURN_MISS;
    }
}

void escalation_make_turns(struct evaluation *evaluation)
{
    const struct escalation_facts *facts = evaluation->facts;
    enum escalation_family family;

    for (size_t i = 0; i < facts->meeting_count; i++) {
        const struct escalation_meeting *meeting = &facts->meetings[i];
        if (!family_of(meeting->type, &family) || !counts(evaluation, meeting->held_at)) {
            continue;
        }
        add_partners(evaluation, i, family);
        if (!meeting->census) {
            add_convening(evaluation, i, family);
        }
    }
    for (size_t i = 0; i < facts->referral_count; i++) {
        add_referral(evaluation, i);
    }
    qsort(evaluation->result->turns, evaluation->turn_count, sizeof(struct escalation_turn),
          by_agency);
    merge(evaluation);
}
