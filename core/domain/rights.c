#include "core/domain/rights.h"

#include <string.h>

/* What a grant is bound to besides its scope. */
enum rights_need {
    NEED_PURPOSE = 1,
    NEED_REFERENCE = 2,
    NEED_WHOLE_PERIOD = 4,   /* of the Board: exactly one cycle, quarter or year */
    NEED_NO_PART_PERIOD = 8, /* as above, but it may be asked without dates */
    NEED_NOT_COUNCIL = 16,   /* the council is judged by these acts and may do none of them */
};

enum rights_limit {
    LIMIT_SUPPRESSED = 1,
    LIMIT_REPEATS = 2,
    LIMIT_PEOPLE = 4,
};

struct grant {
    enum rights_scope scope;
    unsigned needs;  /* enum rights_need, or-ed */
    unsigned limits; /* enum rights_limit, or-ed */
};

/* A record-level read needs a purpose and a reference. */
#define RECORD_LEVEL (NEED_PURPOSE | NEED_REFERENCE)

#define ALL    .scope = RIGHTS_SCOPE_ALL
#define CASES  .scope = RIGHTS_SCOPE_ALL, .limits = LIMIT_PEOPLE
#define OWN    .scope = RIGHTS_SCOPE_OWN
#define ACT    .scope = RIGHTS_SCOPE_ALL, .needs = NEED_NOT_COUNCIL
#define COUNTS .scope = RIGHTS_SCOPE_COUNTS, .needs = NEED_NO_PART_PERIOD, .limits = LIMIT_PEOPLE
#define FIGURES                                                \
    .scope = RIGHTS_SCOPE_SECTORS, .needs = NEED_WHOLE_PERIOD, \
    .limits = LIMIT_SUPPRESSED | LIMIT_PEOPLE

/* A pair that is not listed is refused. */
static const struct grant grants[RIGHTS_ROLE_COUNT][RIGHTS_SUBJECT_COUNT] =
    {
        [RIGHTS_ROLE_LSCB] =
            {
                [RIGHTS_ATTENDANCE] = {ALL},
                [RIGHTS_CONTRIBUTION] = {ALL},
                [RIGHTS_SECTION11] = {ALL},
                [RIGHTS_MEETINGS] = {CASES},
                [RIGHTS_DISPUTES] = {CASES},
                [RIGHTS_ESCALATIONS] = {CASES},
                [RIGHTS_WAITING] = {CASES},
                [RIGHTS_LOG_VERIFY] = {ALL},
                [RIGHTS_CLOSE] = {ACT},
                [RIGHTS_MODERATE] = {ACT},
                [RIGHTS_RULE] = {ACT},
                [RIGHTS_EXEMPT] = {ACT},
            },
        [RIGHTS_ROLE_BOARD] =
            {
                [RIGHTS_ATTENDANCE] = {FIGURES},
                [RIGHTS_CONTRIBUTION] = {FIGURES},
                [RIGHTS_SECTION11] = {FIGURES},
                [RIGHTS_MEETINGS] = {COUNTS},
                [RIGHTS_DISPUTES] = {COUNTS},
                [RIGHTS_ESCALATIONS] = {COUNTS},
                [RIGHTS_WAITING] = {COUNTS},
                [RIGHTS_LOG_VERIFY] = {ALL},
            },
        [RIGHTS_ROLE_AUDITOR] =
            {
                [RIGHTS_ATTENDANCE] = {ALL},
                [RIGHTS_CONTRIBUTION] = {ALL},
                [RIGHTS_SECTION11] = {ALL},
                [RIGHTS_MEETINGS] = {CASES},
                [RIGHTS_DISPUTES] = {CASES},
                [RIGHTS_ESCALATIONS] = {CASES},
                [RIGHTS_WAITING] = {CASES},
                [RIGHTS_LOG_VERIFY] = {ALL},
                [RIGHTS_LOG_ENTRIES] = {ALL, .needs = NEED_PURPOSE},
                [RIGHTS_RECEIPTS] = {ALL, .needs = NEED_PURPOSE},
                [RIGHTS_SAMPLE] = {ALL, .needs = RECORD_LEVEL},
                [RIGHTS_ENROLMENTS] = {ALL},
            },
        [RIGHTS_ROLE_SUBMITTER] =
            {
                [RIGHTS_ATTENDANCE] = {OWN},
                [RIGHTS_CONTRIBUTION] = {OWN, .limits = LIMIT_REPEATS},
                [RIGHTS_SECTION11] = {OWN},
                [RIGHTS_MEETINGS] = {OWN},
                [RIGHTS_DISPUTES] = {OWN},
                [RIGHTS_ESCALATIONS] = {OWN},
                [RIGHTS_WAITING] = {OWN},
                [RIGHTS_REFERRAL] = {OWN, .needs = RECORD_LEVEL},
                [RIGHTS_LOG_VERIFY] = {ALL},
                [RIGHTS_RECEIPTS] = {OWN},
            },
        [RIGHTS_ROLE_OPERATOR] =
            {
                [RIGHTS_LOG_VERIFY] = {ALL},
                [RIGHTS_BACKUP] = {ALL},
                [RIGHTS_KEYS] = {ALL},
                [RIGHTS_ENROLMENTS] = {ALL},
            },
};

/* A calendar year is whole too, but it cuts across two financial years, and every overlap of
 * published periods is one more difference that suppression has to withstand. */
static bool is_open_to_board(enum period_kind period)
{
    switch (period) {
    case PERIOD_CYCLE:
    case PERIOD_QUARTER:
    case PERIOD_FINANCIAL_YEAR:
        return true;
    case PERIOD_CUSTOM:
    case PERIOD_CALENDAR_YEAR:
        return false;
    }
    return false;
}

static bool has_wrong_period(const struct grant *grant, const struct rights_ask *ask)
{
    if ((grant->needs & (NEED_WHOLE_PERIOD | NEED_NO_PART_PERIOD)) == 0) {
        return false;
    }
    if (!ask->has_period) {
        return (grant->needs & NEED_WHOLE_PERIOD) != 0;
    }
    return !is_open_to_board(ask->period);
}

static const char *find_refusal(const struct grant *grant, const struct rights_ask *ask)
{
    if (grant->scope == RIGHTS_SCOPE_NONE) {
        return "role_not_allowed";
    }
    if ((grant->needs & NEED_NOT_COUNCIL) != 0 && ask->is_council) {
        return "council_may_not";
    }
    if (grant->scope == RIGHTS_SCOPE_OWN && ask->other_agency) {
        return "other_agency";
    }
    if (has_wrong_period(grant, ask)) {
        return "period_not_whole";
    }
    if ((grant->needs & NEED_PURPOSE) != 0 && !ask->has_purpose) {
        return "purpose_missing";
    }
    if ((grant->needs & NEED_REFERENCE) != 0 && !ask->has_reference) {
        return "reference_missing";
    }
    return NULL;
}

struct rights_answer rights_decide(const struct rights_ask *ask)
{
    struct grant grant = {.scope = RIGHTS_SCOPE_NONE};
    const char *refusal = NULL;

    if ((unsigned)ask->role < RIGHTS_ROLE_COUNT && (unsigned)ask->subject < RIGHTS_SUBJECT_COUNT) {
        grant = grants[ask->role][ask->subject];
    }
    /* Every referral is addressed to the council. */
    if (ask->subject == RIGHTS_REFERRAL && grant.scope == RIGHTS_SCOPE_OWN && ask->is_council) {
        grant.scope = RIGHTS_SCOPE_ALL;
    }
    refusal = find_refusal(&grant, ask);
    if (refusal != NULL) {
        return (struct rights_answer){.scope = RIGHTS_SCOPE_NONE, .reason = refusal};
    }
    return (struct rights_answer){
        .scope = grant.scope,
        .suppressed = (grant.limits & LIMIT_SUPPRESSED) != 0,
        .hides_repeats = (grant.limits & LIMIT_REPEATS) != 0,
        .without_people = (grant.limits & LIMIT_PEOPLE) != 0,
        .reason = RIGHTS_ALLOWED,
    };
}

/* The LSCB's own acts. The council is judged by them like any partner, and nobody else may do one.
 */
static bool is_act(enum muster_kind kind)
{
    return kind == MUSTER_KIND_ESCALATION_CLOSURE || kind == MUSTER_KIND_DISPUTE_RULING;
}

/* NULL where the sort of record is open to this sender. */
static const char *find_submission_refusal(const struct rights_submission *submission)
{
    switch (submission->kind) {
    case MUSTER_KIND_NONE:
        break;
    case MUSTER_KIND_DECISION:
    case MUSTER_KIND_MEETING:
    case MUSTER_KIND_INVITATION:
        return submission->is_council ? NULL : "council_only";
    case MUSTER_KIND_ATTENDANCE:
        return submission->is_council || !submission->other_agency ? NULL : "other_agency";
    case MUSTER_KIND_AUDIT:
        return submission->is_council || !submission->multi_agency ? NULL : "council_only";
    case MUSTER_KIND_ESCALATION_RESPONSE:
        /* The council answers its own escalations and no one else's. */
        return submission->other_agency ? "other_agency" : NULL;
    case MUSTER_KIND_REFERRAL:
    case MUSTER_KIND_REFERRER_FEEDBACK:
    case MUSTER_KIND_EARLY_HELP:
    case MUSTER_KIND_SECTION11:
    case MUSTER_KIND_SECTION11_ACTION:
    case MUSTER_KIND_TRAINING:
    case MUSTER_KIND_ESCALATION_CLOSURE:
    case MUSTER_KIND_DISPUTE_RULING:
        return NULL;
    }
    return "kind_unknown";
}

const char *rights_decide_submission(const struct rights_submission *submission)
{
    const char *refusal = find_submission_refusal(submission);

    if (refusal != NULL && strcmp(refusal, "kind_unknown") == 0) {
        return refusal;
    }
    /* No configuration can allow it: said first, so that nobody is sent to the operator. */
    if (submission->is_lscb != is_act(submission->kind)) {
        return submission->is_lscb ? "acts_only" : "lscb_only";
    }
    if (!submission->kind_configured) {
        return "kind_not_configured";
    }
    return refusal == NULL ? RIGHTS_ALLOWED : refusal;
}

#define NAME(token, name) name,

const char *rights_role_name(enum rights_role role)
{
    static const char *const names[RIGHTS_ROLE_COUNT] = {RIGHTS_ROLES(NAME)};

    return names[role];
}

const char *rights_subject_name(enum rights_subject subject)
{
    static const char *const names[RIGHTS_SUBJECT_COUNT] = {RIGHTS_SUBJECTS(NAME)};

    return names[subject];
}

bool rights_role_of(const char *name, enum rights_role *out)
{
    for (unsigned i = 0; i < RIGHTS_ROLE_COUNT; i++) {
        if (strcmp(rights_role_name((enum rights_role)i), name) == 0) {
            *out = (enum rights_role)i;
            return true;
        }
    }
    return false;
}

bool rights_subject_of(const char *name, enum rights_subject *out)
{
    for (unsigned i = 0; i < RIGHTS_SUBJECT_COUNT; i++) {
        if (strcmp(rights_subject_name((enum rights_subject)i), name) == 0) {
            *out = (enum rights_subject)i;
            return true;
        }
    }
    return false;
}
