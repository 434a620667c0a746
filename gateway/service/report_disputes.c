/* Where the convening council and an invited agency recorded different things of one invitation:
 * shown to both sides and to the LSCB, until one of them supersedes its record or the LSCB rules.
 */
#include <string.h>

#include "core/domain/calendar.h"
#include "gateway/service/report.h"

enum column {
    MEETING,
    TYPE,
    HELD,
    CONVENER,
    AGENCY,
    ROLE,
    COUNCIL_STATUS,
    COUNCIL_REPORT,
    OWN_STATUS,
    OWN_REPORT,
    SINCE,
    STATE,
    RULED_STATUS,
    RULED_REPORT,
    COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [MEETING] = REPORT_TEXT("meeting"),
    [TYPE] = REPORT_TEXT("type"),
    [HELD] = REPORT_TEXT("held"),
    [CONVENER] = REPORT_TEXT("convener"),
    [AGENCY] = REPORT_TEXT("agency"),
    [ROLE] = REPORT_TEXT("role"),
    [COUNCIL_STATUS] = REPORT_TEXT("council_status"),
    [COUNCIL_REPORT] = REPORT_TEXT("council_report"),
    [OWN_STATUS] = REPORT_TEXT("own_status"),
    [OWN_REPORT] = REPORT_TEXT("own_report"),
    [SINCE] = REPORT_TEXT("since"),
    [STATE] = REPORT_TEXT("state"),
    [RULED_STATUS] = REPORT_TEXT("ruled_status"),
    [RULED_REPORT] = REPORT_TEXT("ruled_report"),
};

/* What the Board sees. */
enum count_column {
    COUNTED_TYPE,
    COUNTED,
    COUNTED_OPEN,
    COUNTED_RULED,
    COUNT_COLUMNS
};

static const struct table_column count_columns[COUNT_COLUMNS] = {
    [COUNTED_TYPE] = REPORT_TEXT("type"),
    [COUNTED] = REPORT_SENSITIVE("disputes"),
    [COUNTED_OPEN] = REPORT_SENSITIVE("open"),
    [COUNTED_RULED] = REPORT_SENSITIVE("ruled"),
};

struct dispute_count {
    int64_t open;
    int64_t ruled;
};

struct listing {
    const struct report_ask *ask;
    const char *only; /* the agency whose disputes are listed; NULL: all */
    struct table *table;
    struct dispute_count counts[MEETING_TYPE_COUNT];
};

/* The day on which the later of the two records came: only then did they differ. */
static enum muster_status find_since(const struct report_ask *ask,
                                     const struct store_invited *invited, struct table_cell *cell,
                                     struct muster_err *e)
{
    uint64_t later =
        invited->council.seq > invited->own.seq ? invited->council.seq : invited->own.seq;
    struct store_submission submission;
    enum muster_status status = store_find_submission(ask->service->reader, later, &submission, e);
    return status == MUSTER_OK
               ? report_date(ask, calendar_local_date(submission.received_at), cell, e)
               : status;
}

static enum muster_status list_one(const struct listing *listing,
                                   const struct store_gathering *meeting,
                                   const struct store_invited *invited, struct muster_err *e)
{
    const struct report_ask *ask = listing->ask;
    const bool is_ruled = invited->ruling.given;
    struct table_cell *row = NULL;
    enum muster_status status = report_add_row(ask, listing->table, &row, e);
    const struct {
        enum column column;
        const char *text;
    } texts[] = {
        {MEETING, meeting->meeting_id},
        {TYPE, meeting->type},
        {CONVENER, meeting->convener},
        {AGENCY, invited->agency},
        {ROLE, invited->role},
        {COUNCIL_STATUS, invited->council.status},
        {COUNCIL_REPORT, invited->council.report},
        {OWN_STATUS, invited->own.status},
        {OWN_REPORT, invited->own.report},
        {STATE, is_ruled ? "ruled" : "open"},
        {RULED_STATUS, is_ruled ? invited->ruling.status : NULL},
        {RULED_REPORT, is_ruled ? invited->ruling.report : NULL},
    };
    for (size_t i = 0; status == MUSTER_OK && i < sizeof texts / sizeof texts[0]; i++) {
        status = report_text(ask, texts[i].text, &row[texts[i].column], e);
    }
    if (status == MUSTER_OK) {
        status = report_instant(ask, &meeting->held_at, &row[HELD], e);
    }
    return status == MUSTER_OK ? find_since(ask, invited, &row[SINCE], e) : status;
}

/* A dispute has two sides: the invited agency and the council that convened. */
static bool concerns(const struct listing *listing, const struct store_gathering *meeting,
                     const struct store_invited *invited)
{
    return listing->only == NULL || strcmp(listing->only, invited->agency) == 0 ||
           strcmp(listing->only, meeting->convener) == 0;
}

static enum muster_status take_meeting(void *context, const struct store_gathering *meeting,
                                       struct muster_err *e)
{
    struct listing *listing = (struct listing *)context;
    enum muster_status status = MUSTER_OK;
    enum meeting_type type;
    if (!meeting_type_of(meeting->type, &type)) {
        return muster_fail(e, MUSTER_ECORRUPT, "a stored meeting has an unknown type");
    }
    for (size_t i = 0; status == MUSTER_OK && i < meeting->invited_count; i++) {
        const struct store_invited *invited = &meeting->invited[i];
        const bool is_ruled = invited->ruling.given;
        if (!report_differs(invited) || !concerns(listing, meeting, invited) ||
            (is_ruled && listing->ask->query->open)) {
            continue;
        }
        listing->counts[type].open += !is_ruled;
        listing->counts[type].ruled += is_ruled;
        if (listing->ask->right.scope != RIGHTS_SCOPE_COUNTS) {
            status = list_one(listing, meeting, invited, e);
        }
    }
    return status;
}

static enum muster_status fill_counts(const struct listing *listing, struct muster_err *e)
{
    for (size_t i = 0; i < MEETING_TYPE_COUNT; i++) {
        const struct dispute_count *count = &listing->counts[i];
        struct table_cell *row = NULL;
        enum muster_status status = report_add_row(listing->ask, listing->table, &row, e);
        if (status != MUSTER_OK) {
            return status;
        }
        row[COUNTED_TYPE] = table_text(meeting_type_text((enum meeting_type)i));
        row[COUNTED] = table_count(count->open + count->ruled);
        row[COUNTED_OPEN] = table_count(count->open);
        row[COUNTED_RULED] = table_count(count->ruled);
    }
    return MUSTER_OK;
}

enum muster_status report_disputes(const struct report_ask *ask, struct report *out,
                                   struct muster_err *e)
{
    const bool counts = ask->right.scope == RIGHTS_SCOPE_COUNTS;
    struct listing listing = {
        .ask = ask, .only = report_only_agency(ask), .table = &out->table, .counts = {{0}}};
    struct store_gatherings asked = {.held_only = true,
                                     .period = report_span(ask),
                                     .types = ask->query->types,
                                     .type_count = ask->query->type_count,
                                     .log_size = ask->log_size};
    enum muster_status status = report_check_types(ask, e);
    if (status == MUSTER_OK) {
        status =
            report_table(ask, counts ? count_columns : columns,
                         counts ? (size_t)COUNT_COLUMNS : (size_t)COLUMN_COUNT, 16, &out->table, e);
    }
    if (status == MUSTER_OK) {
        status = store_each_gathering(ask->service->reader, &asked, take_meeting, &listing, e);
    }
    if (status == MUSTER_OK && counts) {
        status = fill_counts(&listing, e);
    }
    report_note(out, "The council's record counts until one side supersedes its own or the LSCB "
                     "rules; since is the day on which the later record came.");
    return status;
}
