/* Keeping the table `settled` with the records: which meetings a transaction touched, and their
 * rows made anew before it commits. */
#include "gateway/store/settled.h"

#include "gateway/store/gatherings.h"
#include "gateway/store/inside.h"
#include "gateway/store/packed.h"

#define LAYOUT_NAME "settled" /* in meta: the layout the whole table was made in */

static size_t slot_of(const char *meeting_id)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (; *meeting_id != '\0'; meeting_id++) {
        hash = (hash ^ (uint8_t)*meeting_id) * 16777619u;
    }
    return (hash ^ hash >> 16) & (SETTLED_SLOTS - 1u);
}

/* The number of an agency in a role, given out where it is new. */
static enum muster_status find_party(struct store *st, const struct store_invited *invited,
                                     uint64_t *out, struct muster_err *e)
{
    enum muster_status status = settled_party_number(&st->view, invited, out, e);
    if (status != MUSTER_OK || *out != 0) {
        return status;
    }
    struct sql sql = sql_use(st->write[WRITE_PARTY], "storing an invited agency");

    sql_put_text(&sql, invited->agency);
    sql_put_text(&sql, invited->role);
    status = sql_run(&sql, e);
    *out = (uint64_t)sqlite3_last_insert_rowid(st->db);
    return status;
}

static enum muster_status pack(struct store *st, const struct store_gathering *row,
                               struct muster_err *e)
{
    uint64_t parties[PACKED_INVITED];

    buffer_reset(&st->touched.packing);
    for (size_t i = 0; i < row->invited_count; i++) {
        enum muster_status status = find_party(st, &row->invited[i], &parties[i], e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    packed_write(row, parties, &st->touched.packing);
    return buffer_check(&st->touched.packing, e);
}

static enum muster_status insert(void *context, const struct store_gathering *row,
                                 struct muster_err *e)
{
    struct store *st = (struct store *)context;
    bool small = row->invited_count <= PACKED_INVITED;
    const struct buffer *state = &st->touched.packing;
    int64_t time = 0;
    if (!gathering_time(row, &time)) {
        return MUSTER_OK; /* in no period, so nobody can ask for it */
    }
    enum muster_status status = small ? pack(st, row, e) : MUSTER_OK;
    if (status != MUSTER_OK) {
        return status;
    }
    struct sql sql = sql_use(st->write[WRITE_SETTLED], "settling a meeting");

    sql_put_text(&sql, row->convener);
    sql_put_whole(&sql, time);
    sql_put_text(&sql, row->meeting_id);
    if (small) {
        sql_put_blob(&sql, state->at, state->len);
    } else {
        sql_put_null(&sql);
    }
    return sql_run(&sql, e);
}

/* Conveners number their meetings each for himself, and a partner's own record of its attendance
 * names no convener: so all meetings of that id. */
static enum muster_status settle(void *context, const char *meeting_id, struct muster_err *e)
{
    struct store *st = (struct store *)context;
    struct sql drop = sql_use(st->write[WRITE_UNSETTLE], "settling a meeting");

    sql_put_text(&drop, meeting_id);
    enum muster_status status = sql_run(&drop, e);
    return status == MUSTER_OK
               ? gathering_each(&st->view, meeting_id, NULL, PACKED_INVITED + 1, insert, st, e)
               : status;
}

enum muster_status settled_write(struct store *st, struct muster_err *e)
{
    struct settled_touched *touched = &st->touched;
    enum muster_status status = MUSTER_OK;

    for (size_t i = 0; i < SETTLED_SLOTS && touched->count > 0; i++) {
        if (touched->slot[i][0] == '\0') {
            continue;
        }
        status = settle(st, touched->slot[i], e);
        if (status != MUSTER_OK) {
            return status;
        }
        touched->slot[i][0] = '\0';
        touched->count--;
    }
    return MUSTER_OK;
}

enum muster_status settled_touch(struct store *st, const char *meeting_id, struct muster_err *e)
{
    struct settled_touched *touched = &st->touched;
    size_t len = strlen(meeting_id);
    size_t slot = slot_of(meeting_id);
    if (len == 0 || len > MUSTER_ID_BYTES) {
        return muster_fail(e, MUSTER_EINTERNAL, "A meeting's id has 1 to %u bytes.",
                           MUSTER_ID_BYTES);
    }
    st->view.unsettled = true;
    while (touched->slot[slot][0] != '\0') {
        if (strcmp(touched->slot[slot], meeting_id) == 0) {
            return MUSTER_OK;
        }
        slot = (slot + 1) & (SETTLED_SLOTS - 1u);
    }
    memcpy(touched->slot[slot], meeting_id, len + 1);
    touched->count++;
    return touched->count < SETTLED_MOST ? MUSTER_OK : settled_write(st, e);
}

void settled_forget(struct store *st)
{
    if (st->touched.count > 0) {
        memset(st->touched.slot, 0, SETTLED_SLOTS * sizeof *st->touched.slot);
        st->touched.count = 0;
    }
    st->view.unsettled = false;
}

static enum muster_status make_anew(struct store *st, struct muster_err *e)
{
    static const uint8_t layout[] = {PACKED_VERSION};
    enum muster_status status = store_begin(st, e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct sql sql = sql_use(st->write[WRITE_UNSETTLE_ALL], "settling all meetings");
    status = sql_run(&sql, e);
    if (status == MUSTER_OK) {
        status = gathering_each_id(&st->view, settle, st, e);
    }
    if (status == MUSTER_OK) {
        status = store_put_meta(st, LAYOUT_NAME, muster_bytes_of(layout, sizeof layout), e);
    }
    if (status != MUSTER_OK) {
        store_rollback(st);
        return status;
    }
    return store_commit(st, e);
}

enum muster_status settled_open(struct store *st, struct muster_err *e)
{
    struct muster_bytes layout = {0};

    buffer_init(&st->touched.packing, 0);
    st->touched.slot =
        (char(*)[MUSTER_ID_BYTES + 1]) muster_alloc(SETTLED_SLOTS * sizeof *st->touched.slot);
    if (st->touched.slot == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "Out of memory when opening the store.");
    }
    enum muster_status status = store_meta(&st->view, LAYOUT_NAME, &layout, e);
    if (status != MUSTER_OK && status != MUSTER_ENOTFOUND) {
        return status;
    }
    bool made = status == MUSTER_OK && layout.len == 1 && layout.at[0] == PACKED_VERSION;
    return made ? MUSTER_OK : make_anew(st, e);
}

void settled_close(struct store *st)
{
    buffer_fini(&st->touched.packing);
    muster_free(st->touched.slot);
    st->touched.slot = NULL;
}
