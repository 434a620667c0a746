/* Certificates in the agencies' names, and which of them are enrolled. */
#include "core/domain/calendar.h"
#include "core/base/encode.h"
#include "gateway/service/report.h"
#include "gateway/store/known.h"

enum column {
    OWNER,
    USAGE,
    FINGERPRINT,
    FIRST_SEEN,
    ENROLLED,
    REVOKED,
    COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [OWNER] = REPORT_TEXT("owner"),
    [USAGE] = REPORT_TEXT("usage"),
    [FINGERPRINT] = REPORT_TEXT("fingerprint"),
    [FIRST_SEEN] = REPORT_TEXT("first_seen"),
    [ENROLLED] = REPORT_TEXT("enrolled"),
    [REVOKED] = REPORT_TEXT("revoked"),
};

struct listing {
    const struct report_ask *ask;
    struct table *table;
};

static enum muster_status put_time(const struct report_ask *ask, struct muster_utc at,
                                   struct table_cell *cell, struct muster_err *e)
{
    char text[CALENDAR_UTC_BYTES];
    if (at.ms == 0) {
        return MUSTER_OK;
    }
    calendar_utc_format(at, text);
    return report_text(ask, text, cell, e);
}

static enum muster_status add(void *context, const struct store_known_row *found,
                              struct muster_err *e)
{
    const struct listing *listing = (const struct listing *)context;
    const struct report_ask *ask = listing->ask;
    const struct store_known *known = &found->known;
    char hex[2 * MUSTER_HASH_BYTES + 1];
    struct table_cell *row = NULL;
    hex_encode(known->fingerprint.b, sizeof known->fingerprint.b, hex);
    enum muster_status status = report_add_row(ask, listing->table, &row, e);
    if (status == MUSTER_OK) {
        status = report_text(ask, known->owner, &row[OWNER], e);
    }
    if (status == MUSTER_OK) {
        status = report_text(ask, known->usage, &row[USAGE], e);
    }
    if (status == MUSTER_OK) {
        status = report_text(ask, hex, &row[FINGERPRINT], e);
    }
    if (status == MUSTER_OK) {
        status = put_time(ask, found->seen_at, &row[FIRST_SEEN], e);
    }
    if (status == MUSTER_OK) {
        status = put_time(ask, found->enrolled_at, &row[ENROLLED], e);
    }
    return status == MUSTER_OK ? put_time(ask, found->revoked_at, &row[REVOKED], e) : status;
}

enum muster_status report_enrolments(const struct report_ask *ask, struct report *out,
                                     struct muster_err *e)
{
    struct listing listing = {.ask = ask, .table = &out->table};
    enum muster_status status = report_table(ask, columns, COLUMN_COUNT, 16, &out->table, e);
    if (status == MUSTER_OK) {
        status = store_each_known(ask->service->reader, ask->log_size, add, &listing, e);
    }
    report_note(out, "Only what an enrolled signing certificate signs is decided. Connections need "
                     "no enrolment.");
    return status;
}
