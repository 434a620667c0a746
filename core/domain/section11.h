/* Self-audits under Children Act 2004 section 11 (schools: Education Act 2002 section 175/157):
 * who returned what for a period, and which improvement actions are open.
 *
 * Standards are configuration, because their list changed with every edition of the guidance.
 *
 * Pure: touches only its arguments; thread-safe.
 */
#ifndef MUSTER_DOMAIN_SECTION11_H
#define MUSTER_DOMAIN_SECTION11_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muster/time.h>

#define SECTION11_STANDARDS 64u /* most standards of one type */

enum section11_type {
    SECTION11_TYPE_S11,
    SECTION11_TYPE_S175_157,
};

/* Where an agency's return stands. PART: some standards submitted, not all. A draft is not a
 * return: with drafts alone it is NOT_RETURNED. */
enum section11_return {
    SECTION11_NOT_RETURNED,
    SECTION11_PART,
    SECTION11_RETURNED,
};

enum section11_action_status {
    SECTION11_ACTION_OPEN,
    SECTION11_ACTION_DONE,
    SECTION11_ACTION_WITHDRAWN,
};

/* One standard of one return: the highest version, not withdrawn. */
struct section11_fact {
    size_t agency;
    enum section11_type type;
    const char *period; /* "2025-26" */
    const char *standard;
    bool submitted; /* false: draft */
    bool has_signed_off_on;
    struct muster_date signed_off_on;
};

/* One improvement action; `type` is that of its return. Not bound to a period: an action of an
 * earlier return stays open until it is done. */
struct section11_action {
    size_t agency;
    enum section11_type type;
    enum section11_action_status status;
    struct muster_date due;
};

/* What is asked: one agency, one type it has a duty under, one period, on a day. */
struct section11_ask {
    size_t agency;
    enum section11_type type;
    const char *period;
    const char *const *standards; /* expected, without repeats */
    size_t standard_count;        /* at most SECTION11_STANDARDS */
    struct muster_date on;
};

struct section11_figures {
    int64_t standards_expected; /* = submitted + draft + missing */
    int64_t submitted; /* a standard that one return submits and another drafts counts here */
    int64_t draft;
    int64_t missing;
    int64_t unexpected; /* rows for standards that the configuration does not name */
    enum section11_return status;
    bool has_signed_off_on;
    struct muster_date last_signed_off_on; /* of submitted standards */
    int64_t open_actions;
    int64_t overdue_actions; /* of those: due before `on` */
};

bool section11_type_of(const char *code, enum section11_type *out);
bool section11_action_status_of(const char *code, enum section11_action_status *out);

/* Facts and actions of other agencies, types and periods are passed over. More standards than
 * SECTION11_STANDARDS are cut off: the configuration refuses them. */
struct section11_figures section11_compute(const struct section11_ask *ask,
                                           const struct section11_fact *facts, size_t fact_count,
                                           const struct section11_action *actions,
                                           size_t action_count);

/* "returned", "part" or "not_returned". */
const char *section11_return_text(enum section11_return status);

#endif
