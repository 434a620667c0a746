#include "core/domain/quorum.h"

#include <string.h>

struct quorum_rule quorum_default_rule(enum meeting_type type)
{
    switch (type) {
    case MEETING_TYPE_STRATEGY_DISCUSSION:
    case MEETING_TYPE_STRATEGY_MEETING:
        return (struct quorum_rule){true,
                                    QUORUM_BIT(QUORUM_SOCIAL_CARE) | QUORUM_BIT(QUORUM_POLICE) |
                                        QUORUM_BIT(QUORUM_HEALTH),
                                    0};
    case MEETING_TYPE_ICPC:
    case MEETING_TYPE_RCPC:
        return (struct quorum_rule){true, QUORUM_BIT(QUORUM_SOCIAL_CARE), 2};
    case MEETING_TYPE_CORE_GROUP:
    case MEETING_TYPE_LSCB_BOARD:
    case MEETING_TYPE_LSCB_SUBGROUP:
    case MEETING_TYPE_IMPROVEMENT_BOARD:
        break;
    }
    return (struct quorum_rule){false, 0, 0};
}

unsigned quorum_group_of(const struct quorum_role *map, size_t map_count, const char *role)
{
    for (size_t i = 0; i < map_count; i++) {
        if (strcmp(map[i].role, role) == 0) {
            return map[i].group;
        }
    }
    return QUORUM_NO_GROUP;
}

static unsigned count_groups(uint64_t groups)
{
    unsigned count = 0;

    for (; groups != 0; groups &= groups - 1) {
        count++;
    }
    return count;
}

enum quorum_answer quorum_of_groups(const struct quorum_rule *rule, uint64_t present)
{
    if (!rule->applies) {
        return QUORUM_NOT_APPLICABLE;
    }
    return (rule->required & ~present) == 0 &&
                   count_groups(present & ~rule->required) >= rule->others
               ? QUORUM_YES
               : QUORUM_NO;
}

struct quorum_result quorum_decide(const struct quorum_rule *rule, const struct quorum_role *map,
                                   size_t map_count, const struct quorum_attendee *attendees,
                                   size_t attendee_count, bool has_override)
{
    struct quorum_result result = {.answer = QUORUM_NOT_APPLICABLE};

    for (size_t i = 0; i < attendee_count; i++) {
        const unsigned group = quorum_group_of(map, map_count, attendees[i].role);

        if (attendees[i].recorded && attendance_is_present(attendees[i].status) &&
            group < QUORUM_GROUPS) {
            result.present |= QUORUM_BIT(group);
        }
    }
    result.answer = quorum_of_groups(rule, result.present);
    if (rule->applies) {
        result.missing = rule->required & ~result.present;
    }
    result.overridden = has_override && result.answer == QUORUM_NO;
    return result;
}

const char *quorum_answer_text(enum quorum_answer answer)
{
    switch (answer) {
    case QUORUM_NOT_APPLICABLE:
        return "-";
    case QUORUM_YES:
        return "yes";
    case QUORUM_NO:
        return "no";
    }
    return "-";
}
