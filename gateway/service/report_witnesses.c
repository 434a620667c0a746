/* Which sizes of the log have been witnessed, and by how many partners. Asked for by the name
 * log_verify: whoever may recompute the log may know who else has seen it. */
#include <string.h>

#include "core/domain/calendar.h"
#include "gateway/service/report.h"
#include "gateway/service/tally.h"

#define SIZES_MOST  1000u  /* the newest */
#define ROWS_MOST   65536u /* cosignatures looked through for them */
#define NAMES_BYTES 900u   /* of one cell */

enum column {
    SIZE,
    TIME,
    PARTNERS,
    OF,
    WITNESSES,
    COLUMN_COUNT
};

static const struct table_column columns[COLUMN_COUNT] = {
    [SIZE] = {.name = "size", .kind = TABLE_COUNT},
    [TIME] = {.name = "time", .kind = TABLE_TEXT},
    [PARTNERS] = {.name = "partners", .kind = TABLE_COUNT},
    [OF] = {.name = "of", .kind = TABLE_COUNT},
    [WITNESSES] = {.name = "witnesses", .kind = TABLE_TEXT},
};

struct listing {
    const struct report_ask *ask;
    struct table *table;
    int64_t keys; /* partners that have one */
};

/* --- partners that have a key ----------------------------------------------------------------- */

struct counting {
    const struct report_ask *ask;
    bool *seen; /* by index in the directory */
    int64_t count;
};

static enum muster_status count_key(void *context, const struct store_witness *witness,
                                    struct muster_err *e)
{
    struct counting *counting = (struct counting *)context;
    size_t at = report_agency_index(counting->ask, witness->agency);
    (void)e;
    if (at != SIZE_MAX && witness->seq < counting->ask->log_size && !counting->seen[at]) {
        counting->seen[at] = true;
        counting->count +=
            counting->ask->service->settings->directory.agencies[at].is_council ? 0 : 1;
    }
    return MUSTER_OK;
}

static enum muster_status count_keys(const struct report_ask *ask, int64_t *out,
                                     struct muster_err *e)
{
    struct counting counting = {.ask = ask};
    counting.seen = (bool *)arena_array(ask->arena, ask->service->settings->directory.agency_count,
                                        sizeof(bool));
    if (counting.seen == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = store_each_witness(ask->service->reader, count_key, &counting, e);
    *out = counting.count;
    return status;
}

/* --- rows ------------------------------------------------------------------------------------- */

static const char *names_of(const struct tally *tally, struct arena *arena)
{
    char *names = (char *)arena_alloc(arena, NAMES_BYTES + 8);
    size_t len = 0;
    for (size_t i = 0; names != NULL && i < tally->vote_count; i++) {
        const struct tally_vote *vote = &tally->votes[i];
        size_t more = strlen(vote->agency);
        if (!vote->partner) {
            continue;
        }
        if (len + more + 2 > NAMES_BYTES) {
            memcpy(names + len, "; ...", 6);
            break;
        }
        if (len > 0) {
            memcpy(names + len, "; ", 2);
            len += 2;
        }
        memcpy(names + len, vote->agency, more);
        len += more;
    }
    return names;
}

static enum muster_status add_row(void *context, const struct tally *tally, struct muster_err *e)
{
    struct listing *listing = (struct listing *)context;
    struct arena *arena = listing->ask->arena;
    char time[CALENDAR_UTC_BYTES];
    if (tally->size > listing->ask->log_size || tally->partners == 0 ||
        listing->table->row_count == SIZES_MOST) {
        return MUSTER_OK;
    }
    calendar_utc_format(tally->at, time);
    const char *at = arena_text(arena, time);
    const char *names = names_of(tally, arena);
    struct table_cell *row = table_add_row(listing->table);
    if (at == NULL || names == NULL || row == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    row[SIZE] = table_count((int64_t)tally->size);
    row[TIME] = table_text(at);
    row[PARTNERS] = table_count((int64_t)tally->partners);
    row[OF] = table_count(listing->keys);
    row[WITNESSES] = table_text(names);
    return MUSTER_OK;
}

enum muster_status report_witnesses(const struct report_ask *ask, struct report *out,
                                    struct muster_err *e)
{
    struct listing listing = {.ask = ask, .table = &out->table};
    enum muster_status status = count_keys(ask, &listing.keys, e);
    if (status == MUSTER_OK) {
        status = report_table(ask, columns, COLUMN_COUNT, SIZES_MOST, &out->table, e);
    }
    if (status == MUSTER_OK) {
        status = tally_each(ask->service->reader, &ask->service->settings->directory, 0, ROWS_MOST,
                            add_row, &listing, e);
    }
    report_note(out, "Partners that have cosigned the log at a size: its first so many entries "
                     "are what each of them has seen. The council's agent does not count, since "
                     "the council runs the gateway.");
    return status;
}
