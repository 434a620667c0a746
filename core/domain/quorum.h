/* Whether a meeting had who it needs.
 *
 * Source of the rules: docs/import-formats.md, "Quorum". Councils differ on which roles belong
 * together (is a school nurse health, or a group of its own?), so the map from an invitation's
 * role to a group is configuration and comes in as facts.
 *
 * Pure: touches only its arguments; thread-safe.
 */
#ifndef MUSTER_DOMAIN_QUORUM_H
#define MUSTER_DOMAIN_QUORUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/domain/attendance.h"

/* Groups are small numbers: three that rules name, and up to QUORUM_GROUPS in all as configured. */
enum quorum_group {
    QUORUM_SOCIAL_CARE,
    QUORUM_POLICE,
    QUORUM_HEALTH,
    QUORUM_FIRST_OTHER, /* this and above: education, early help, ... as configured */
};
#define QUORUM_GROUPS   64u
#define QUORUM_NO_GROUP QUORUM_GROUPS /* counts for no quorum: a family member, an observer */

#define QUORUM_BIT(group) (UINT64_C(1) << (unsigned)(group))

struct quorum_role {
    const char *role;
    unsigned group; /* below QUORUM_GROUPS, or QUORUM_NO_GROUP */
};

struct quorum_rule {
    bool applies;      /* false: the type has no quorum */
    uint64_t required; /* QUORUM_BIT of groups that must all be there */
    unsigned others;   /* and at least so many groups besides those */
};

/* Who was recorded at a meeting, one an invitation. */
struct quorum_attendee {
    const char *role;
    bool recorded;
    enum attendance_status status; /* where recorded */
};

enum quorum_answer {
    QUORUM_NOT_APPLICABLE,
    QUORUM_YES,
    QUORUM_NO,
};

/* `overridden`: the chair went on without a quorum. The answer stays NO: an override is shown,
 * never hidden. An override of a quorate meeting is none. */
struct quorum_result {
    enum quorum_answer answer;
    bool overridden;
    uint64_t present; /* QUORUM_BIT of the groups that were there */
    uint64_t missing; /* required and not there; 0 where only the number of others falls short */
};

/* The rule that holds unless the configuration says otherwise. */
struct quorum_rule quorum_default_rule(enum meeting_type type);

/* Whether those present, as QUORUM_BITs, are a quorum. */
enum quorum_answer quorum_of_groups(const struct quorum_rule *rule, uint64_t present);

/* The group of a role, or QUORUM_NO_GROUP where the map does not name it. */
unsigned quorum_group_of(const struct quorum_role *map, size_t map_count, const char *role);

struct quorum_result quorum_decide(const struct quorum_rule *rule, const struct quorum_role *map,
                                   size_t map_count, const struct quorum_attendee *attendees,
                                   size_t attendee_count, bool has_override);

/* "yes", "no" or "-". */
const char *quorum_answer_text(enum quorum_answer answer);

#endif
