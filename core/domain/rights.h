/* Who may ask what, and who may submit what. Default is deny: what no table grants is refused.
 *
 * Source of the table: docs/import-formats.md, "Who may ask" and the column "who" of the record
 * kinds. The caller takes role and agency from the certificate of the connection, never from the
 * request.
 *
 * Pure: touches only its arguments; thread-safe.
 */
#ifndef MUSTER_DOMAIN_RIGHTS_H
#define MUSTER_DOMAIN_RIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include <muster/records.h>

#include "core/domain/periods.h"

/* X(token, name in certificates and configuration) */
#define RIGHTS_ROLES(X)       \
    X(LSCB, "lscb")           \
    X(BOARD, "board")         \
    X(AUDITOR, "auditor")     \
    X(SUBMITTER, "submitter") \
    X(OPERATOR, "operator")

enum rights_role {
#define X(token, name) RIGHTS_ROLE_##token,
    RIGHTS_ROLES(X)
#undef X
};
#define RIGHTS_ROLE_COUNT 5

/* X(token, name of the report or act). LOG_VERIFY is checkpoints, proofs and hashes; LOG_ENTRIES is
 * what the entries say; KEYS is enrolling them, ENROLMENTS the list of them. The last four are the
 * LSCB's own acts. */
#define RIGHTS_SUBJECTS(X)          \
    X(ATTENDANCE, "attendance")     \
    X(CONTRIBUTION, "contribution") \
    X(SECTION11, "section11")       \
    X(MEETINGS, "meetings")         \
    X(DISPUTES, "disputes")         \
    X(ESCALATIONS, "escalations")   \
    X(WAITING, "waiting")           \
    X(REFERRAL, "referral")         \
    X(LOG_VERIFY, "log_verify")     \
    X(LOG_ENTRIES, "log_entries")   \
    X(RECEIPTS, "receipts")         \
    X(SAMPLE, "sample")             \
    X(BACKUP, "backup")             \
    X(KEYS, "keys")                 \
    X(ENROLMENTS, "enrolments")     \
    X(CLOSE, "close")               \
    X(MODERATE, "moderate")         \
    X(RULE, "rule")                 \
    X(EXEMPT, "exempt")

enum rights_subject {
#define X(token, name) RIGHTS_##token,
    RIGHTS_SUBJECTS(X)
#undef X
};
#define RIGHTS_SUBJECT_COUNT 19

/* How much of it.
 *  NONE     refused
 *  ALL      every agency, real counts (an act, a backup: allowed)
 *  OWN      only the asking agency's own row or records
 *  SECTORS  every agency, schools and practices summed to sectors, small counts suppressed
 *  COUNTS   how many, no rows of single cases */
enum rights_scope {
    RIGHTS_SCOPE_NONE,
    RIGHTS_SCOPE_ALL,
    RIGHTS_SCOPE_OWN,
    RIGHTS_SCOPE_SECTORS,
    RIGHTS_SCOPE_COUNTS,
};

struct rights_ask {
    enum rights_role role;
    enum rights_subject subject;
    bool is_council;   /* the asker is, or acts for, the council */
    bool other_agency; /* names an agency that is neither the asker's nor one it submits for */
    bool has_period;   /* asks for a span of dates, a cycle or a year */
    enum period_kind period; /* where has_period */
    bool has_purpose;
    bool has_reference;
};

struct rights_answer {
    enum rights_scope scope;
    bool suppressed;     /* suppression_apply before it leaves */
    bool hides_repeats;  /* re_referrals and repeat_contacts are suppressed whatever they are: they
                            tell an agency about other agencies' referrals */
    bool without_people; /* no children and no names of people in the rows */
    const char *reason;  /* stable code, static; "allowed" where scope is not NONE */
};

/* Decides one request for figures, records or an act. Reasons of refusal, the first that fits:
 * role_not_allowed, council_may_not, other_agency, period_not_whole, purpose_missing,
 * reference_missing. */
struct rights_answer rights_decide(const struct rights_ask *ask);

struct rights_submission {
    enum muster_kind kind;
    bool kind_configured; /* the agency's configuration lists this kind */
    bool is_council;
    bool is_lscb;      /* the LSCB itself, which submits its own acts and nothing else */
    bool other_agency; /* the record is about another agency's part: the `agency` of an attendance
                          row, the agency an escalation concerns */
    bool multi_agency; /* an audit of scope `multi` */
};

/* Whether an agency may submit a record of this sort. "allowed", or the first of: kind_unknown,
 * lscb_only, acts_only, kind_not_configured, council_only, other_agency. Static. */
const char *rights_decide_submission(const struct rights_submission *submission);

/* The code of an allowed request, for comparing. */
#define RIGHTS_ALLOWED "allowed"

/* False, with *out untouched, where there is no such name. */
bool rights_role_of(const char *name, enum rights_role *out);
bool rights_subject_of(const char *name, enum rights_subject *out);
const char *rights_role_name(enum rights_role role);
const char *rights_subject_name(enum rights_subject subject);

#endif
