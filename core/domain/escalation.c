/* The evaluation: facts in order, turns, series by series, results in order. */
#include "core/domain/escalation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/domain/calendar.h"
#include "core/domain/escalation_internal.h"

#define CAUSE_BYTES 512u /* a trigger, a family, two agencies and an id, each at most 64 bytes */

/* --- codes ------------------------------------------------------------------------------------ */

#define CODE(token, code) code,

const char *escalation_trigger_code(enum escalation_trigger trigger)
{
    static const char *const codes[] = {ESCALATION_TRIGGERS(CODE)};
    return codes[trigger];
}

const char *escalation_family_code(enum escalation_family family)
{
    static const char *const codes[] = {ESCALATION_FAMILIES(CODE)};
    return codes[family];
}

static const char *const action_codes[] = {ESCALATION_ACTIONS(CODE)};

const char *escalation_action_code(enum escalation_action action)
{
    return action_codes[action];
}

bool escalation_action_of(const char *code, enum escalation_action *out)
{
    for (size_t i = 0; i < sizeof action_codes / sizeof action_codes[0]; i++) {
        if (strcmp(action_codes[i], code) == 0) {
            *out = (enum escalation_action)i;
            return true;
        }
    }
    return false;
}

/* --- facts in order --------------------------------------------------------------------------- */

static int compare(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_meeting(const void *left, const void *right)
{
    const struct escalation_meeting *a = (const struct escalation_meeting *)left;
    const struct escalation_meeting *b = (const struct escalation_meeting *)right;
    int order = compare(a->held_at.ms, b->held_at.ms);

    order = order != 0 ? order : strcmp(a->convener_id, b->convener_id);
    return order != 0 ? order : strcmp(a->meeting_id, b->meeting_id);
}

static int by_referral(const void *left, const void *right)
{
    const struct escalation_referral *a = (const struct escalation_referral *)left;
    const struct escalation_referral *b = (const struct escalation_referral *)right;
    const size_t shorter = a->key.len < b->key.len ? a->key.len : b->key.len;
    int order = compare(a->from.ms, b->from.ms);

    order = order != 0 ? order : strcmp(a->agency_id, b->agency_id);
    order = order != 0 || shorter == 0 ? order : memcmp(a->key.at, b->key.at, shorter);
    return order != 0 ? order : compare((int64_t)a->key.len, (int64_t)b->key.len);
}

static int by_response(const void *left, const void *right)
{
    const struct escalation_response *a = (const struct escalation_response *)left;
    const struct escalation_response *b = (const struct escalation_response *)right;
    int order = strcmp(a->escalation_id, b->escalation_id);

    order = order != 0 ? order : compare(a->at.ms, b->at.ms);
    order = order != 0 ? order : compare(a->action, b->action);
    return order != 0 ? order : compare(a->agency, b->agency);
}

static int by_closure(const void *left, const void *right)
{
    const struct escalation_closure *a = (const struct escalation_closure *)left;
    const struct escalation_closure *b = (const struct escalation_closure *)right;
    int order = strcmp(a->escalation_id, b->escalation_id);

    order = order != 0 ? order : compare(a->at.ms, b->at.ms);
    return order != 0 ? order : strcmp(a->resolution, b->resolution);
}

static void sort(void *items, size_t count, size_t size, int (*by)(const void *, const void *))
{
    if (count > 1) {
        qsort(items, count, size, by);
    }
}

static void put_in_order(struct escalation_facts *facts)
{
    sort(facts->meetings, facts->meeting_count, sizeof *facts->meetings, by_meeting);
    sort(facts->referrals, facts->referral_count, sizeof *facts->referrals, by_referral);
    sort(facts->responses, facts->response_count, sizeof *facts->responses, by_response);
    sort(facts->closures, facts->closure_count, sizeof *facts->closures, by_closure);
    for (size_t i = 0; i < facts->response_count; i++) {
        facts->responses[i].known = false;
    }
    for (size_t i = 0; i < facts->closure_count; i++) {
        facts->closures[i].known = false;
    }
}

struct escalation_closure *escalation_closure_of(const struct escalation_facts *facts,
                                                 const char *id)
{
    size_t low = 0;
    size_t high = facts->closure_count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (strcmp(facts->closures[middle].escalation_id, id) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < facts->closure_count && strcmp(facts->closures[low].escalation_id, id) == 0
               ? &facts->closures[low]
               : NULL;
}

/* --- ids -------------------------------------------------------------------------------------- */

static int write_key(struct muster_bytes key, char *out, size_t room)
{
    size_t len = 0;

    for (size_t i = 0; i < key.len && i < 64 && len + 2 < room; i++) {
        len += (size_t)snprintf(out + len, room - len, "%02x", key.at[i]);
    }
    return (int)len;
}

void escalation_make_id(const struct evaluation *evaluation, const char *prefix, const char *what,
                        const struct series *series, uint32_t source, char out[ESCALATION_ID_BYTES])
{
    const struct escalation_facts *facts = evaluation->facts;
    char cause[CAUSE_BYTES];
    int len;

    /* A line end is in no id, so that two causes never make one text. */
    if (series->trigger == ESCALATION_ACKNOWLEDGING_LATE) {
        const struct escalation_referral *first = &facts->referrals[source];
        len =
            snprintf(cause, sizeof cause, "%s\n%s\n%s\n%s\n", what, facts->agencies[series->agency],
                     escalation_family_code(series->family), first->agency_id);
        len += write_key(first->key, cause + len, sizeof cause - (size_t)len);
    } else {
        const struct escalation_meeting *first = &facts->meetings[source];
        len = snprintf(cause, sizeof cause, "%s\n%s\n%s\n%s\n%s", what,
                       facts->agencies[series->agency], escalation_family_code(series->family),
                       first->convener_id, first->meeting_id);
    }
    const uint64_t digest =
        evaluation->rules->digest(evaluation->rules->digest_context, cause, (size_t)len);
    (void)snprintf(out, ESCALATION_ID_BYTES, "%s%012llx", prefix,
                   (unsigned long long)(digest >> 16));
}

/* --- evaluation ------------------------------------------------------------------------------- */

static bool is_strategy(enum meeting_type type)
{
    return type == MEETING_TYPE_STRATEGY_DISCUSSION || type == MEETING_TYPE_STRATEGY_MEETING;
}

struct escalation_room escalation_room(const struct escalation_facts *facts)
{
    /* A meeting is at most three turns of its council, a referral one. A series has one open
     * escalation and beside it only closed ones. */
    struct escalation_room room = {
        .turns = 3 * facts->meeting_count + facts->referral_count,
        .escalations = facts->agency_count * ESCALATION_SERIES + facts->closure_count,
    };

    for (size_t i = 0; i < facts->meeting_count; i++) {
        room.turns += facts->meetings[i].invited_count;
        room.notices += is_strategy(facts->meetings[i].type) ? facts->meetings[i].invited_count : 0;
    }
    return room;
}

static void give_notice(struct evaluation *evaluation, const struct escalation_turn *turn)
{
    const struct series series = {.trigger = ESCALATION_CONSECUTIVE_MISSES,
                                  .agency = turn->agency,
                                  .family = ESCALATION_FAMILY_STRATEGY};
    struct escalation_notice *notice =
        &evaluation->result->notices[evaluation->result->notice_count++];

    notice->agency = turn->agency;
    notice->held_on = calendar_local_date(turn->at);
    notice->meeting = &evaluation->facts->meetings[turn->source];
    escalation_make_id(evaluation, "NOT-", "notice", &series, turn->source, notice->id);
}

/* All series of one agency's part: `turns` of them are not later than now. */
static void follow_part(struct evaluation *evaluation, const struct escalation_turn *turns,
                        size_t count)
{
    const bool is_partners = turns->part == PART_PARTNER;
    const unsigned first = is_partners ? ESCALATION_CONSECUTIVE_MISSES : turns->part;
    const unsigned last = is_partners ? ESCALATION_REPORTS_MISSING : turns->part;

    for (unsigned trigger = first; trigger <= last; trigger++) {
        for (unsigned family = 0; family <= ESCALATION_FAMILY_ANY; family++) {
            const struct series series = {.trigger = (enum escalation_trigger)trigger,
                                          .agency = turns->agency,
                                          .family = (enum escalation_family)family,
                                          .turns = turns,
                                          .count = count,
                                          .today = calendar_local_date(evaluation->now)};
            escalation_follow(evaluation, &series);
        }
    }
    for (size_t i = 0; is_partners && i < count; i++) {
        if (turns[i].family == ESCALATION_FAMILY_STRATEGY && turns[i].outcome == TURN_MISS) {
            give_notice(evaluation, &turns[i]);
        }
    }
}

static int by_opening(const void *left, const void *right)
{
    const struct escalation *a = (const struct escalation *)left;
    const struct escalation *b = (const struct escalation *)right;
    int order = compare(a->opened_at.ms, b->opened_at.ms);

    order = order != 0 ? order : compare(a->agency, b->agency);
    order = order != 0 ? order : compare(a->trigger, b->trigger);
    order = order != 0 ? order : compare(a->family, b->family);
    return order != 0 ? order : strcmp(a->id, b->id);
}

void escalation_evaluate(const struct escalation_rules *rules, struct escalation_facts *facts,
                         struct muster_utc now, struct escalation_result *result)
{
    struct evaluation evaluation = {.rules = rules,
                                    .facts = facts,
                                    .now = now,
                                    .result = result,
                                    .room = escalation_room(facts)};
    const struct escalation_turn *turns = result->turns;
    size_t next;

    result->escalation_count = 0;
    result->notice_count = 0;
    put_in_order(facts);
    escalation_make_turns(&evaluation);
    for (size_t i = 0; i < evaluation.turn_count; i = next) {
        size_t present = 0;
        for (next = i; next < evaluation.turn_count && turns[next].agency == turns[i].agency &&
                       turns[next].part == turns[i].part;
             next++) {
            present += turns[next].at.ms <= now.ms;
        }
        follow_part(&evaluation, &turns[i], present);
    }
    sort(result->escalations, result->escalation_count, sizeof *result->escalations, by_opening);
}
