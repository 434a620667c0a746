/* Reports: facts out of a snapshot of the store, through the figures of core/domain, into a table.
 * One file each; all run on the reader's thread. A new report is a function here and a line in
 * query.c. */
#ifndef MUSTER_SERVICE_REPORT_H
#define MUSTER_SERVICE_REPORT_H

#include "core/domain/attendance.h"
#include "core/domain/rights.h"
#include "core/domain/table.h"
#include "gateway/service/internal.h"
#include "gateway/store/rows.h"

struct report_ask {
    struct service *service;
    const struct codec_query *query;
    const struct caller *caller;
    struct rights_answer right;
    bool dated; /* the period counts */
    struct period period;
    struct muster_utc now;    /* as of the log size: of its last entry */
    struct muster_date today; /* of `now` */
    uint64_t log_size;
    struct arena *arena; /* owns the table, and all that it is made of */
    struct seal_context *seal;
};

/* What a report may add beside its rows. Static or in the arena. */
#define REPORT_NOTES 8u
struct report {
    struct table table;
    const char *notes[REPORT_NOTES];
    size_t note_count;
};

typedef enum muster_status report_fn(const struct report_ask *ask, struct report *out,
                                     struct muster_err *e);

report_fn report_attendance;
report_fn report_convening; /* attendance by convener */
report_fn report_contribution;
report_fn report_section11;
report_fn report_disputes;
report_fn report_witnesses;
report_fn report_waiting;
report_fn report_enrolments;
report_fn report_meetings;
report_fn report_escalations;

/* Whether the convener and the invited agency recorded different things; whether, besides, the LSCB
 * has not ruled. */
bool report_differs(const struct store_invited *invited);
bool report_is_disputed(const struct store_invited *invited);

/* What the figures of core/domain take of one invitation. fact.agency is SIZE_MAX where the invited
 * agency is not configured. MUSTER_ECORRUPT: a stored code is unknown. */
enum muster_status report_attendance_fact(const struct report_ask *ask,
                                          const struct store_gathering *meeting,
                                          const struct store_invited *invited,
                                          struct attendance_fact *out,
                                          struct muster_err *e) MUSTER_MUST_CHECK;

/* The quorum group of an invitation: its role's, else its agency's; QUORUM_NO_GROUP: none. */
unsigned report_quorum_group(const struct report_ask *ask, const struct store_invited *invited);

/* Room for one more element of `size` bytes behind `count`, in the arena: `old`, or a larger copy
 * of it. NULL: out of memory. */
void *report_room(const struct report_ask *ask, void *old, size_t count, size_t *room, size_t size);

/* A table of the given columns with room for `rows`, in the arena. */
enum muster_status report_table(const struct report_ask *ask, const struct table_column *columns,
                                size_t column_count, size_t rows, struct table *out,
                                struct muster_err *e) MUSTER_MUST_CHECK;

/* Room for one more row of a table that report_table made, all cells NOT_APPLICABLE, valid until
 * the next one is added. For reports that list cases and do not know how many there are.
 * MUSTER_EUSAGE beyond REPORT_CASES: the question is too wide for one answer. */
#define REPORT_CASES 3000u
enum muster_status report_add_row(const struct report_ask *ask, struct table *table,
                                  struct table_cell **row, struct muster_err *e) MUSTER_MUST_CHECK;

void report_note(struct report *report, const char *note);

/* A copy of `text`; NULL and "" are not applicable. */
enum muster_status report_text(const struct report_ask *ask, const char *text,
                               struct table_cell *cell, struct muster_err *e) MUSTER_MUST_CHECK;
/* A London date, and a London time as the import formats write it. */
enum muster_status report_date(const struct report_ask *ask, struct muster_date date,
                               struct table_cell *cell, struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status report_instant(const struct report_ask *ask, const struct store_instant *at,
                                  struct table_cell *cell, struct muster_err *e) MUSTER_MUST_CHECK;

/* Columns of tables that no figure of core/domain defines. */
#define REPORT_COLUMN(text, what, counts_children, over, under)                      \
    {                                                                                \
        .name = text, .kind = what, .sensitive = counts_children, .numerator = over, \
        .denominator = under                                                         \
    }
#define REPORT_TEXT(text)  REPORT_COLUMN(text, TABLE_TEXT, false, TABLE_NO_COLUMN, TABLE_NO_COLUMN)
#define REPORT_COUNT(text) REPORT_COLUMN(text, TABLE_COUNT, false, TABLE_NO_COLUMN, TABLE_NO_COLUMN)
/* Of meetings about children, or of their records: 1 to 5 may point at a child. */
#define REPORT_SENSITIVE(text) \
    REPORT_COLUMN(text, TABLE_COUNT, true, TABLE_NO_COLUMN, TABLE_NO_COLUMN)
#define REPORT_PERCENT(text, over, under) REPORT_COLUMN(text, TABLE_PERCENT, false, over, under)

/* The one agency whose cases are listed: the one asked for, or the asker's own; NULL: of all. */
const char *report_only_agency(const struct report_ask *ask);

/* Index of an agency in the directory, or SIZE_MAX. */
size_t report_agency_index(const struct report_ask *ask, const char *id);
/* The rows the asker sees: its own alone, the one asked for, or all agencies that may submit,
 * sorted by id; for who sees sectors always all, schools and practices summed into rows of their
 * own behind them: see report_keep_asked. */
#define REPORT_NO_ROW SIZE_MAX
struct report_rows {
    const char **labels; /* "police", "sector:school" */
    size_t count;
    size_t *of_agency; /* by index in the directory: its row, or REPORT_NO_ROW */
    bool has_council;
};
enum muster_status report_rows_make(const struct report_ask *ask, struct report_rows *out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* For who sees sectors and asked for one agency: drops the rows of the others from the finished and
 * suppressed table. A sector stays the sum of all of it, and what is hidden because of another row
 * stays hidden, so that nobody gets behind either by asking for one at a time. */
void report_keep_asked(const struct report_ask *ask, struct table *table);

/* The period as instants: from 00:00 London of its first day to 00:00 of the day behind its last.
 */
struct store_period report_instants(const struct period *period);
/* That of the question; for ever where it has no dates. */
struct store_period report_span(const struct report_ask *ask);

/* MUSTER_EUSAGE: a type that was asked for does not exist. */
enum muster_status report_check_types(const struct report_ask *ask,
                                      struct muster_err *e) MUSTER_MUST_CHECK;
/* The types asked for, else the five child meetings. */
struct report_types {
    const char *const *names;
    size_t count;
};
struct report_types report_types(const struct report_ask *ask);

#endif
