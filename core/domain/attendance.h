/* Who was expected at meetings and who came: the attendance figures of each agency.
 *
 * Source of every definition and of the column order: docs/import-formats.md, "Attendance". The
 * caller joins meetings, invitations and attendance records into one fact an invitation and gives
 * those of the meetings that attendance_includes takes in.
 *
 * Pure: no I/O, clock, heap or randomness; touches only its arguments, so it is thread-safe.
 */
#ifndef MUSTER_DOMAIN_ATTENDANCE_H
#define MUSTER_DOMAIN_ATTENDANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muster/time.h>

#include "core/domain/rag.h"
#include "core/domain/table.h"

/* X(enum value, code in files). The first five concern children. */
#define MEETING_TYPES(X)                                       \
    X(MEETING_TYPE_STRATEGY_DISCUSSION, "strategy_discussion") \
    X(MEETING_TYPE_STRATEGY_MEETING, "strategy_meeting")       \
    X(MEETING_TYPE_ICPC, "icpc")                               \
    X(MEETING_TYPE_RCPC, "rcpc")                               \
    X(MEETING_TYPE_CORE_GROUP, "core_group")                   \
    X(MEETING_TYPE_LSCB_BOARD, "lscb_board")                   \
    X(MEETING_TYPE_LSCB_SUBGROUP, "lscb_subgroup")             \
    X(MEETING_TYPE_IMPROVEMENT_BOARD, "improvement_board")

enum meeting_type {
#define X(value, code) value,
    MEETING_TYPES(X)
#undef X
};

#define MEETING_TYPE_COUNT     8
#define MEETING_TYPE_BIT(type) (1u << (unsigned)(type))
#define MEETING_TYPES_CHILD    0x1fu /* the default of --type: the five child meetings */

#define ATTENDANCE_STATUSES(X)                       \
    X(ATTENDANCE_ATTENDED, "attended")               \
    X(ATTENDANCE_ATTENDED_REMOTE, "attended_remote") \
    X(ATTENDANCE_DEPUTY, "deputy")                   \
    X(ATTENDANCE_APOLOGIES, "apologies")             \
    X(ATTENDANCE_NO_APOLOGIES, "no_apologies")

enum attendance_status {
#define X(value, code) value,
    ATTENDANCE_STATUSES(X)
#undef X
};

#define ATTENDANCE_REPORTS(X)                         \
    X(ATTENDANCE_REPORT_NOT_REQUIRED, "not_required") \
    X(ATTENDANCE_REPORT_ON_TIME, "on_time")           \
    X(ATTENDANCE_REPORT_LATE, "late")                 \
    X(ATTENDANCE_REPORT_NOT_RECEIVED, "not_received")

enum attendance_report {
#define X(value, code) value,
    ATTENDANCE_REPORTS(X)
#undef X
};

#define ATTENDANCE_EXPECTATIONS(X)          \
    X(ATTENDANCE_EXPECTED_ATTEND, "attend") \
    X(ATTENDANCE_EXPECTED_REPORT, "report") \
    X(ATTENDANCE_EXPECTED_BOTH, "both")

enum attendance_expectation {
#define X(value, code) value,
    ATTENDANCE_EXPECTATIONS(X)
#undef X
};

/* The value of a code. False, with *out untouched, where the code is none of the list. */
bool meeting_type_of(const char *code, enum meeting_type *out);
const char *meeting_type_text(enum meeting_type type);
bool attendance_status_of(const char *code, enum attendance_status *out);
bool attendance_report_of(const char *code, enum attendance_report *out);
bool attendance_expectation_of(const char *code, enum attendance_expectation *out);

/* Whether somebody was there: in person, remotely or as a deputy. A written report is no presence.
 */
bool attendance_is_present(enum attendance_status status);

/* Which meetings a report is about: held within the dates (Europe/London, both inclusive) and of
 * one of the types (MEETING_TYPE_BIT, or-ed). */
struct attendance_selection {
    struct muster_date from;
    struct muster_date to;
    unsigned types;
};

struct attendance_meeting {
    enum meeting_type type;
    bool held; /* status is `held`; a meeting without held_at is never held */
    struct muster_date held_on;
};

bool attendance_includes(const struct attendance_selection *selection,
                         const struct attendance_meeting *meeting);

/* One invitation of a meeting that the report includes. The rest of the fields counts as said
 * beside it; "recorded" and what follows are the council's record, which counts until it is
 * superseded or the LSCB rules. */
struct attendance_fact {
    size_t agency; /* index into the rows */
    bool active_interest;
    enum attendance_expectation expected_to;
    bool invited;         /* invited_at is given */
    bool late_invitation; /* with less notice than configured; only where invited */
    bool recorded;
    enum attendance_status status; /* where recorded */
    enum attendance_report report; /* where recorded */
    bool disputed; /* where recorded: the partner's own record differs in status or report */
};

/* What one agency's invitations come to. Zero-initialise. Every count is of invitations. */
struct attendance_figures {
    int64_t expected; /* = not_invited + unrecorded + attended + the two apologies + no_apologies */
    int64_t not_invited;
    int64_t unrecorded;
    int64_t attended; /* deputies included */
    int64_t deputy;
    int64_t apologies_with_report;
    int64_t apologies_without;
    int64_t no_apologies;
    int64_t reports_due;
    int64_t reports_on_time;
    int64_t contributed;         /* of `contributable`: attended, or the report came on time */
    int64_t contributable;       /* active interest, invited and recorded, whatever was expected */
    int64_t disputed;            /* of `contributable` */
    int64_t undisputed_attended; /* `attended` without disputed invitations */
    int64_t undisputed_counted;  /* expected, invited, recorded and not disputed */
    int64_t invited_late;        /* active interest and invited; charged to the council */
};

/* Counts `fact` into figures[fact->agency]. Each expected invitation falls into exactly one class,
 * the first that fits of: not_invited, unrecorded, attended, apologies, no_apologies. */
void attendance_add(struct attendance_figures *figures, const struct attendance_fact *fact);

/* Adds `from` to `into`: for rows that stand for several agencies, such as the schools. */
void attendance_sum(struct attendance_figures *into, const struct attendance_figures *from);

/* What the attendance percentage is of: expected - not_invited - unrecorded. */
int64_t attendance_denominator(const struct attendance_figures *figures);

/* The columns of the report, in the contract's order up to CONTRIBUTED_PCT, then numerators,
 * denominators and what stands beside them; new ones go to the end. */
enum attendance_column {
    ATTENDANCE_COLUMN_AGENCY,
    ATTENDANCE_COLUMN_EXPECTED,
    ATTENDANCE_COLUMN_NOT_INVITED,
    ATTENDANCE_COLUMN_UNRECORDED,
    ATTENDANCE_COLUMN_ATTENDED,
    ATTENDANCE_COLUMN_DEPUTY,
    ATTENDANCE_COLUMN_APOLOGIES_WITH_REPORT,
    ATTENDANCE_COLUMN_APOLOGIES_WITHOUT,
    ATTENDANCE_COLUMN_NO_APOLOGIES,
    ATTENDANCE_COLUMN_ATTENDANCE_PCT,
    ATTENDANCE_COLUMN_REPORTS_DUE,
    ATTENDANCE_COLUMN_REPORTS_ON_TIME,
    ATTENDANCE_COLUMN_REPORTS_ON_TIME_PCT,
    ATTENDANCE_COLUMN_CONTRIBUTED_PCT,
    ATTENDANCE_COLUMN_ATTENDANCE_NUMERATOR,
    ATTENDANCE_COLUMN_ATTENDANCE_DENOMINATOR,
    ATTENDANCE_COLUMN_CONTRIBUTED_NUMERATOR,
    ATTENDANCE_COLUMN_CONTRIBUTED_DENOMINATOR,
    ATTENDANCE_COLUMN_DISPUTED,
    ATTENDANCE_COLUMN_ATTENDANCE_PCT_UNDISPUTED,
    ATTENDANCE_COLUMN_INVITED_LATE,
    ATTENDANCE_COLUMN_UNDISPUTED_NUMERATOR,
    ATTENDANCE_COLUMN_UNDISPUTED_DENOMINATOR,
    ATTENDANCE_COLUMN_INVITED,      /* expected - not_invited */
    ATTENDANCE_COLUMN_RECORDED_PCT, /* what of them the council has recorded */
    ATTENDANCE_COLUMN_TYPE,         /* this and the rest: see struct attendance_label */
    ATTENDANCE_COLUMN_FROM,
    ATTENDANCE_COLUMN_TO,
    ATTENDANCE_COLUMN_RAG,
    ATTENDANCE_COLUMN_COUNT
};

/* ATTENDANCE_COLUMN_COUNT columns, static. None is sensitive: they count invitations, not children.
 */
const struct table_column *attendance_columns(void);

/* What a row is of. Everything is borrowed. */
struct attendance_label {
    const char *name; /* an agency; a meeting type, a role where rows are of those */
    const char *type; /* the one meeting type it counts; NULL: several */
    const char *from; /* dates, inclusive */
    const char *to;
};

/* The colour of the attendance percentage, under the Board's thresholds. */
enum rag attendance_rag(const struct attendance_figures *figures, const struct rag_rule *rule);

/* Fills one row of such a table. */
void attendance_row(const struct attendance_label *label, const struct attendance_figures *figures,
                    enum rag rag, struct table_cell row[static ATTENDANCE_COLUMN_COUNT]);

#endif
