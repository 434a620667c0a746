/* Whether the table `settled` is still what the records come to. */
#include "gateway/store/settled.h"

#include <stdio.h>

#include "gateway/store/columns.h"
#include "gateway/store/gatherings.h"
#include "gateway/store/inside.h"
#include "gateway/store/packed.h"
#include "gateway/store/store.h"

struct comparing {
    struct store_reader *reader;
    struct buffer packing;
    uint64_t rows; /* that there ought to be */
    bool same;
};

/* 0 where it has none, which no row can hold. */
static enum muster_status find_party(struct store_reader *reader,
                                     const struct store_invited *invited, uint64_t *out,
                                     struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_PARTY], "looking for an invited agency");
    bool row = false;

    sql_put_text(&sql, invited->agency);
    sql_put_text(&sql, invited->role);
    enum muster_status status = sql_step(&sql, &row, e);
    *out = 0;
    if (status == MUSTER_OK && row) {
        *out = sql_get_number(&sql);
        status = sql_check(&sql, e);
    }
    sql_end(&sql);
    return status;
}

/* What the row's state ought to be: nothing where the meeting is too large to be packed. */
static enum muster_status pack(struct comparing *comparing, const struct store_gathering *row,
                               struct muster_err *e)
{
    uint64_t parties[PACKED_INVITED];

    buffer_reset(&comparing->packing);
    if (row->invited_count > PACKED_INVITED) {
        return MUSTER_OK;
    }
    for (size_t i = 0; i < row->invited_count; i++) {
        enum muster_status status = find_party(comparing->reader, &row->invited[i], &parties[i], e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    packed_write(row, parties, &comparing->packing);
    return buffer_check(&comparing->packing, e);
}

static enum muster_status compare_row(struct comparing *comparing,
                                      const struct store_gathering *row, struct muster_err *e)
{
    const struct buffer *ought = &comparing->packing;
    bool found = false;
    int64_t time = 0;
    if (!gathering_time(row, &time)) {
        return MUSTER_OK; /* in no period: it has no row */
    }
    enum muster_status status = pack(comparing, row, e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct sql sql = sql_use(comparing->reader->read[READ_SETTLED_STATE], "comparing a meeting");

    comparing->rows++;
    sql_put_text(&sql, row->convener);
    sql_put_whole(&sql, time);
    sql_put_text(&sql, row->meeting_id);
    status = sql_step(&sql, &found, e);
    if (status == MUSTER_OK && found) {
        struct muster_bytes state = sql_get_blob(&sql);
        comparing->same = comparing->same && state.len == ought->len &&
                          (state.len == 0 || memcmp(state.at, ought->at, state.len) == 0);
        status = sql_check(&sql, e);
    }
    comparing->same = comparing->same && found;
    sql_end(&sql);
    return status;
}

/* All meetings of one id. */
static enum muster_status compare_meeting(struct comparing *comparing, const char *meeting_id,
                                          struct muster_err *e)
{
    struct store_reader *reader = comparing->reader;
    struct sql sql = sql_use(reader->read[READ_MEETING], "comparing a meeting");
    enum muster_status status = MUSTER_OK;

    sql_put_number(&sql, STORE_NO_LIMIT);
    sql_put_text(&sql, meeting_id);
    sql_put_text(&sql, NULL); /* of every convener */
    while (column_next_row(&sql, &status, e)) {
        struct store_gathering row = {0};
        status = gathering_read(reader, &sql, STORE_NO_LIMIT, PACKED_INVITED + 1, &row, e);
        if (status == MUSTER_OK) {
            status = compare_row(comparing, &row, e);
        }
    }
    return status;
}

static enum muster_status compare_all(struct comparing *comparing, struct muster_err *e)
{
    char last[MUSTER_ID_BYTES + 1] = "";
    enum muster_status status = MUSTER_OK;
    bool row = true;

    while (status == MUSTER_OK && row && comparing->same) {
        struct sql sql =
            sql_use(comparing->reader->read[READ_NEXT_MEETING], "comparing all meetings");
        sql_put_text(&sql, last);
        status = sql_step(&sql, &row, e);
        if (status == MUSTER_OK && row) {
            const char *next = sql_get_text(&sql);
            (void)snprintf(last, sizeof last, "%s", next != NULL ? next : ""); /* ids fit */
            status = sql_check(&sql, e);
        }
        sql_end(&sql);
        if (status == MUSTER_OK && row) {
            status = compare_meeting(comparing, last, e);
        }
    }
    return status;
}

enum muster_status store_same_settled(struct store_reader *reader, bool *same, struct muster_err *e)
{
    struct comparing comparing = {.reader = reader, .same = true};
    int64_t held = 0;
    buffer_init(&comparing.packing, 0);
    enum muster_status status = compare_all(&comparing, e);
    if (status == MUSTER_OK) {
        status = sql_ask_whole(reader->db, "SELECT count(*) FROM settled", &held, e);
    }
    buffer_fini(&comparing.packing);
    if (status == MUSTER_OK) {
        *same = comparing.same && (uint64_t)held == comparing.rows;
    }
    return status;
}
