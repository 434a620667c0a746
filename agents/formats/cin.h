/* One child of a CIN census return as the XML says it: text as it stands in the file, trimmed, NULL
 * where an element is missing or empty. Borrowed from the arena of the child, or of the reading. */
#ifndef MUSTER_FORMATS_CIN_H
#define MUSTER_FORMATS_CIN_H

#include <stdbool.h>
#include <stddef.h>

#define CIN_EPISODES 1000u /* of one child */
#define CIN_GROUPS   1000u /* enquiries, or plans, of one episode */

struct cin_return {
    const char *collection;
    const char *year;
    const char *reference_date;
};

struct cin_section47 {
    size_t line;
    const char *started;
    const char *conference; /* DateOfInitialCPC */
    const char *not_required;
    struct cin_section47 *next;
};

struct cin_plan {
    const char *started;
    struct cin_plan *next;
};

/* One CINdetails: a referral and what followed. */
struct cin_episode {
    size_t line;
    const char *referred;
    const char *source;
    const char *need;
    const char *closed;
    const char *closure_reason;
    const char *conference;
    const char *nfa;
    bool assessed;
    struct cin_section47 *enquiries; /* in the file's order */
    size_t enquiry_count;
    struct cin_plan *plans;
    size_t plan_count;
    struct cin_episode *next;
};

struct cin_child {
    size_t line;
    const char *id;
    const char *upn;
    const char *upn_unknown;
    const char *born;
    const char *expected;
    const char *sex;
    const char *gender;
    const char *died;
    const char *ethnicity;
    bool id_twice; /* elsewhere in the return too */
    bool upn_twice;
    struct cin_episode *episodes; /* in the file's order */
    size_t episode_count;
};

#endif
