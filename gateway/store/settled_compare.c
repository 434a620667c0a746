/* Whether the table `settled` is still what the records come to. */
#include "gateway/store/settled.h"

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
        enum muster_status status =
            settled_party_number(comparing->reader, &row->invited[i], &parties[i], e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    packed_write(row, parties, &comparing->packing);
    return buffer_check(&comparing->packing, e);
}

static enum muster_status compare_row(void *context, const struct store_gathering *row,
                                      struct muster_err *e)
{
    struct comparing *comparing = (struct comparing *)context;
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

/* All meetings of one id; after the first difference nothing more is looked at. */
static enum muster_status compare_meeting(void *context, const char *meeting_id,
                                          struct muster_err *e)
{
    struct comparing *comparing = (struct comparing *)context;
    return comparing->same ? gathering_each(comparing->reader, meeting_id, NULL, PACKED_INVITED + 1,
                                            compare_row, comparing, e)
                           : MUSTER_OK;
}

enum muster_status store_same_settled(struct store_reader *reader, bool *same, struct muster_err *e)
{
    struct comparing comparing = {.reader = reader, .same = true};
    int64_t held = 0;
    buffer_init(&comparing.packing, 0);
    enum muster_status status = gathering_each_id(reader, compare_meeting, &comparing, e);
    if (status == MUSTER_OK) {
        status = sql_ask_whole(reader->db, "SELECT count(*) FROM settled", &held, e);
    }
    buffer_fini(&comparing.packing);
    if (status == MUSTER_OK) {
        *same = comparing.same && (uint64_t)held == comparing.rows;
    }
    return status;
}
