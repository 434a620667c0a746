/* Reports: facts out of a snapshot of the store, through the figures of core/domain, into a table.
 * One file each; all run on the reader's thread. A new report is a function here and a line in
 * query.c. */
#ifndef MUSTER_SERVICE_REPORT_H
#define MUSTER_SERVICE_REPORT_H

#include "core/domain/attendance.h"
#include "core/domain/rights.h"
#include "core/domain/table.h"
#include "gateway/service/internal.h"

struct report_ask {
    struct service *service;
    const struct codec_query *query;
    const struct caller *caller;
    struct rights_answer right;
    struct period period;     /* where the report is dated */
    struct muster_date today; /* as of the log size */
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
report_fn report_contribution;
report_fn report_section11;

/* Whether the convener and the invited agency recorded different things and the LSCB has not ruled.
 */
bool report_is_disputed(const struct store_invited *invited);

/* What the figures of core/domain take of one invitation. fact.agency is SIZE_MAX where the invited
 * agency is not configured. MUSTER_ECORRUPT: a stored code is unknown. */
enum muster_status report_attendance_fact(const struct report_ask *ask,
                                          const struct store_gathering *meeting,
                                          const struct store_invited *invited,
                                          struct attendance_fact *out,
                                          struct muster_err *e) MUSTER_MUST_CHECK;

/* A table of the given columns with room for `rows`, in the arena. */
enum muster_status report_table(const struct report_ask *ask, const struct table_column *columns,
                                size_t column_count, size_t rows, struct table *out,
                                struct muster_err *e) MUSTER_MUST_CHECK;

void report_note(struct report *report, const char *note);

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

#endif
