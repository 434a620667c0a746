/* Records that are kept but wait for another one: attendance of a meeting nobody knows, a decision
 * without its referral. They count as soon as that comes. */
#include <string.h>

#include "core/domain/calendar.h"
#include "gateway/service/escalations.h"

enum column {
    SUBMITTER,
    KIND,
    MEETING,
    AGENCY,
    ROLE,
    REASON,
    SINCE,
    COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [SUBMITTER] = REPORT_TEXT("submitter"), [KIND] = REPORT_TEXT("kind"),
    [MEETING] = REPORT_TEXT("meeting"),     [AGENCY] = REPORT_TEXT("agency"),
    [ROLE] = REPORT_TEXT("role"),           [REASON] = REPORT_TEXT("reason"),
    [SINCE] = REPORT_TEXT("since"),
};

/* What the Board sees. */
enum count_column {
    COUNTED_REASON,
    COUNTED,
    COUNT_COLUMNS
};

static const struct table_column count_columns[COUNT_COLUMNS] = {
    [COUNTED_REASON] = REPORT_TEXT("reason"),
    [COUNTED] = REPORT_SENSITIVE("waiting"),
};

static const char *const reasons[] = {
    [STORE_WAITING_MEETING] = "meeting_unknown", [STORE_WAITING_INVITATION] = "not_invited",
    [STORE_WAITING_ROLE] = "role_not_invited",   [STORE_WAITING_REFERRAL] = "referral_unknown",
    [STORE_WAITING_RECORD] = "nothing_recorded", [STORE_WAITING_ESCALATION] = "escalation_unknown",
};
#define REASONS (sizeof reasons / sizeof reasons[0])

struct listing {
    const struct report_ask *ask;
    const char *only; /* the submitter whose records are listed; NULL: all */
    struct table *table;
    int64_t counts[REASONS];
};

static enum muster_status list_one(const struct listing *listing,
                                   const struct store_waiting_row *found, struct muster_err *e)
{
    const struct report_ask *ask = listing->ask;
    const struct {
        enum column column;
        const char *text;
    } texts[] = {
        {SUBMITTER, found->submitter}, {KIND, muster_schema_of(found->kind)->name},
        {MEETING, found->meeting_id},  {AGENCY, found->agency},
        {ROLE, found->role},           {REASON, reasons[found->reason]},
    };
    struct table_cell *row = NULL;
    enum muster_status status = report_add_row(ask, listing->table, &row, e);
    for (size_t i = 0; status == MUSTER_OK && i < sizeof texts / sizeof texts[0]; i++) {
        status = report_text(ask, texts[i].text, &row[texts[i].column], e);
    }
    return status == MUSTER_OK ? report_date(ask, calendar_local_date(found->since), &row[SINCE], e)
                               : status;
}

static enum muster_status take(void *context, const struct store_waiting_row *found,
                               struct muster_err *e)
{
    struct listing *listing = (struct listing *)context;
    if (listing->only != NULL && strcmp(listing->only, found->submitter) != 0) {
        return MUSTER_OK;
    }
    listing->counts[found->reason]++;
    return listing->ask->right.scope == RIGHTS_SCOPE_COUNTS ? MUSTER_OK
                                                            : list_one(listing, found, e);
}

static enum muster_status take_unknown(struct listing *listing, const char *submitter,
                                       enum muster_kind kind, uint64_t seq, struct muster_err *e)
{
    struct store_submission submission;
    enum muster_status status =
        store_find_submission(listing->ask->service->reader, seq, &submission, e);
    if (status != MUSTER_OK) {
        return status;
    }
    const struct store_waiting_row row = {.seq = seq,
                                          .submitter = submitter,
                                          .kind = kind,
                                          .reason = STORE_WAITING_ESCALATION,
                                          .since = submission.received_at};
    return take(listing, &row, e);
}

/* What was said to an escalation that there is not, or not any more: it follows from the records,
 * and may come with the next. */
static enum muster_status take_escalations(struct listing *listing, struct muster_err *e)
{
    struct escalations found;
    enum muster_status status = escalations_evaluate(listing->ask, &found, e);
    for (size_t i = 0; status == MUSTER_OK && i < found.facts.response_count; i++) {
        const struct escalation_response *response = &found.facts.responses[i];
        if (!response->known) {
            status = take_unknown(listing,
                                  response->agency == ESCALATION_NO_AGENCY
                                      ? ""
                                      : found.facts.agencies[response->agency],
                                  MUSTER_KIND_ESCALATION_RESPONSE, response->seq, e);
        }
    }
    for (size_t i = 0; status == MUSTER_OK && i < found.facts.closure_count; i++) {
        const struct escalation_closure *closure = &found.facts.closures[i];
        if (!closure->known) {
            status =
                take_unknown(listing, MUSTER_LSCB, MUSTER_KIND_ESCALATION_CLOSURE, closure->seq, e);
        }
    }
    return status;
}

static enum muster_status fill_counts(const struct listing *listing, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    for (size_t i = STORE_WAITING_MEETING; status == MUSTER_OK && i < REASONS; i++) {
        struct table_cell *row = NULL;
        status = report_add_row(listing->ask, listing->table, &row, e);
        if (status == MUSTER_OK) {
            row[COUNTED_REASON] = table_text(reasons[i]);
            row[COUNTED] = table_count(listing->counts[i]);
        }
    }
    return status;
}

enum muster_status report_waiting(const struct report_ask *ask, struct report *out,
                                  struct muster_err *e)
{
    const bool counts = ask->right.scope == RIGHTS_SCOPE_COUNTS;
    struct listing listing = {
        .ask = ask, .only = report_only_agency(ask), .table = &out->table, .counts = {0}};
    enum muster_status status =
        report_table(ask, counts ? count_columns : columns,
                     counts ? (size_t)COUNT_COLUMNS : (size_t)COLUMN_COUNT, 16, &out->table, e);
    if (status == MUSTER_OK) {
        status = store_each_waiting(ask->service->reader, ask->log_size, take, &listing, e);
    }
    if (status == MUSTER_OK) {
        status = take_escalations(&listing, e);
    }
    if (status == MUSTER_OK && counts) {
        status = fill_counts(&listing, e);
    }
    report_note(out, "What waits is kept and counts as soon as what it waits for arrives.");
    return status;
}
