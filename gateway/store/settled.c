/* Reading the table `settled`. */
#include "gateway/store/settled.h"

#include <stdio.h>

#include "gateway/store/columns.h"
#include "gateway/store/gatherings.h"
#include "gateway/store/inside.h"
#include "gateway/store/packed.h"

/* Numbers are given out from 1 on, one an agency and role; beyond so many, which no honest council
 * reaches, each is read again whenever it is met. */
#define PARTIES_KEPT 65536u
#define PARTY_BYTES  (2u * (MUSTER_ID_BYTES + 1u + 15u))

void settled_parties_init(struct settled_parties *parties)
{
    memset(parties, 0, sizeof *parties);
    arena_init(&parties->text, PARTIES_KEPT * PARTY_BYTES);
}

void settled_parties_fini(struct settled_parties *parties)
{
    muster_free(parties->at);
    arena_fini(&parties->text);
    parties->at = NULL;
    parties->room = 0;
}

static enum muster_status read_party(struct store_reader *reader, uint64_t number,
                                     struct arena *arena, struct settled_party *out,
                                     struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_PARTY_NAMES], "reading an invited agency");
    bool row = false;

    sql_put_number(&sql, number);
    enum muster_status status = sql_step(&sql, &row, e);
    if (status == MUSTER_OK && row) {
        out->agency = sql_keep_text(&sql, arena);
        out->role = sql_keep_text(&sql, arena);
        status = sql_check(&sql, e);
    }
    sql_end(&sql);
    if (status == MUSTER_OK && !row) {
        status = muster_fail(e, MUSTER_ECORRUPT, "A settled meeting names an unknown party.");
    }
    return status;
}

enum muster_status settled_party_number(struct store_reader *reader,
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

static bool make_room(struct settled_parties *parties, size_t count)
{
    size_t room = parties->room > 0 ? parties->room : 64;
    while (room < count) {
        room *= 2;
    }
    if (room == parties->room) {
        return true;
    }
    struct settled_party *grown = (struct settled_party *)muster_alloc(room * sizeof *grown);
    if (grown == NULL) {
        return false;
    }
    if (parties->room > 0) {
        memcpy(grown, parties->at, parties->room * sizeof *grown);
    }
    muster_free(parties->at);
    parties->at = grown;
    parties->room = room;
    return true;
}

static enum muster_status name_party(struct store_reader *reader, uint64_t number,
                                     struct store_invited *invited, struct muster_err *e)
{
    struct settled_parties *parties = &reader->parties;
    struct settled_party found = {NULL, NULL};
    bool kept = number >= 1 && number <= PARTIES_KEPT;
    if (kept && !make_room(parties, (size_t)number)) {
        return muster_fail(e, MUSTER_ENOMEM, "Out of memory when reading meetings.");
    }
    if (kept) {
        found = parties->at[number - 1];
    }
    if (found.agency == NULL) {
        enum muster_status status =
            read_party(reader, number, kept ? &parties->text : &reader->gathered, &found, e);
        if (status != MUSTER_OK) {
            return status;
        }
        if (kept) {
            parties->at[number - 1] = found;
        }
    }
    invited->agency = found.agency;
    invited->role = found.role;
    return MUSTER_OK;
}

static bool wanted(const struct store_gatherings *asked, const struct store_gathering *row)
{
    if (asked->held_only && (!row->held_at.given || strcmp(row->status, "held") != 0)) {
        return false;
    }
    for (size_t i = 0; i < asked->type_count; i++) {
        if (strcmp(row->type, asked->types[i]) == 0) {
            return true;
        }
    }
    return asked->type_count == 0;
}

static enum muster_status unpack_invited(struct store_reader *reader, struct packed *packed,
                                         struct store_gathering *row, struct muster_err *e)
{
    enum muster_status status = gathering_room(reader, row->invited_count, e);
    uint64_t party = 0;

    for (size_t i = 0; status == MUSTER_OK && i < row->invited_count; i++) {
        if (!packed_next(packed, &reader->invited[i], &party)) {
            break;
        }
        status = name_party(reader, party, &reader->invited[i], e);
    }
    if (status == MUSTER_OK && !packed_done(packed)) {
        status = muster_fail(e, MUSTER_ECORRUPT, "A settled meeting cannot be read.");
    }
    row->invited = reader->invited;
    return status;
}

/* A meeting too large to be packed is joined when it is read. */
struct joining {
    const struct store_gatherings *asked;
    gathering_fn *fn;
    void *context;
};

static enum muster_status give_wanted(void *context, const struct store_gathering *row,
                                      struct muster_err *e)
{
    const struct joining *joining = (const struct joining *)context;
    return wanted(joining->asked, row) ? joining->fn(joining->context, row, e) : MUSTER_OK;
}

static enum muster_status give(struct store_reader *reader, const struct store_gatherings *asked,
                               const char *convener, struct sql *sql, gathering_fn *fn,
                               void *context, struct muster_err *e)
{
    struct store_gathering row = {.convener = convener};
    struct packed packed;

    row.meeting_id = sql_get_text(sql);
    bool large = sql_next_is_null(sql);
    struct muster_bytes state = sql_get_blob(sql);
    enum muster_status status = sql_check(sql, e);
    if (status == MUSTER_OK && large) {
        struct joining joining = {asked, fn, context};
        return gathering_each(reader, row.meeting_id, convener, STORE_INVITED + 1, give_wanted,
                              &joining, e);
    }
    if (status == MUSTER_OK && !packed_open(&packed, state, &row)) {
        status = muster_fail(e, MUSTER_ECORRUPT, "A settled meeting cannot be read.");
    }
    if (status != MUSTER_OK || !wanted(asked, &row)) {
        return status;
    }
    status = unpack_invited(reader, &packed, &row, e);
    return status == MUSTER_OK ? fn(context, &row, e) : status;
}

static enum muster_status each_of(struct store_reader *reader, const struct store_gatherings *asked,
                                  const char *convener, gathering_fn *fn, void *context,
                                  struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_SETTLED], "reading meetings");
    enum muster_status status = MUSTER_OK;

    sql_put_text(&sql, convener);
    sql_put_whole(&sql, asked->period.from.ms);
    sql_put_whole(&sql, asked->period.to.ms);
    while (column_next_row(&sql, &status, e)) {
        status = give(reader, asked, convener, &sql, fn, context, e);
    }
    return status;
}

/* The first convener behind `after` in order; "" where there is none. */
static enum muster_status next_convener(struct store_reader *reader, const char *after,
                                        char out[MUSTER_ID_BYTES + 1], struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_CONVENER], "reading conveners");

    sql_put_text(&sql, after);
    enum muster_status status = reader_want_row(&sql, e);
    if (status != MUSTER_OK) {
        return status;
    }
    const char *text = sql_get_text(&sql);
    (void)snprintf(out, MUSTER_ID_BYTES + 1, "%s", text != NULL ? text : ""); /* ids fit */
    status = sql_check(&sql, e);
    sql_end(&sql);
    return status;
}

enum muster_status settled_each(struct store_reader *reader, const struct store_gatherings *asked,
                                gathering_fn *fn, void *context, struct muster_err *e)
{
    char convener[MUSTER_ID_BYTES + 1] = "";
    if (asked->convener != NULL) {
        return each_of(reader, asked, asked->convener, fn, context, e);
    }
    enum muster_status status = next_convener(reader, "", convener, e);

    while (status == MUSTER_OK && convener[0] != '\0') {
        char after[MUSTER_ID_BYTES + 1];
        status = each_of(reader, asked, convener, fn, context, e);
        memcpy(after, convener, sizeof after);
        if (status == MUSTER_OK) {
            status = next_convener(reader, after, convener, e);
        }
    }
    return status;
}

enum muster_status settled_answers(struct store_reader *reader,
                                   const struct store_gatherings *asked, bool *out,
                                   struct muster_err *e)
{
    /* Without a snapshot a commit could lie between this look and the reading. */
    bool still =
        reader->view ? !reader->unsettled : reader->snapshot || asked->log_size == STORE_NO_LIMIT;
    if (!still) {
        *out = false;
        return MUSTER_OK;
    }
    struct sql sql = sql_use(reader->read[READ_SETTLED_FROM], "reading what is settled");
    enum muster_status status = reader_want_row(&sql, e);
    if (status == MUSTER_OK) {
        uint64_t from = sql_get_number(&sql);
        status = sql_check(&sql, e);
        sql_end(&sql);
        *out = asked->log_size >= from;
    }
    return status;
}
