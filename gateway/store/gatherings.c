/* Meetings with everybody who was to come, joined from the records themselves. */
#include "gateway/store/gatherings.h"

#include <stdio.h>

#include "gateway/store/columns.h"
#include "gateway/store/inside.h"

static struct sql use_meetings(struct store_reader *reader, const struct store_gatherings *asked)
{
    struct sql sql = sql_use(reader->read[READ_MEETINGS], "reading meetings");

    sql_put_number(&sql, asked->log_size);
    sql_put_whole(&sql, asked->period.from.ms);
    sql_put_whole(&sql, asked->period.to.ms);
    sql_put_text(&sql, asked->convener);
    sql_put_whole(&sql, asked->held_only ? 1 : 0);
    sql_put_number(&sql, asked->type_count);
    for (size_t i = 0; i < STORE_TYPES; i++) {
        sql_put_text(&sql, i < asked->type_count ? asked->types[i] : NULL);
    }
    return sql;
}

static void get_children(struct sql *sql, struct store_gathering *row)
{
    struct muster_bytes blob = sql_get_blob(sql);

    row->children = (const struct store_blind *)(const void *)blob.at;
    row->child_count = blob.len / sizeof *row->children;
}

static void get_meeting(struct sql *sql, struct store_gathering *row)
{
    row->seq = sql_get_number(sql);
    row->convener = sql_get_text(sql);
    row->meeting_id = sql_get_text(sql);
    row->type = sql_get_text(sql);
    row->status = sql_get_text(sql);
    row->scheduled_at = column_instant(sql);
    row->held_at = column_instant(sql);
    row->mode = sql_get_text(sql);
    row->s47_started_on = column_date(sql);
    row->reports_shared_at = column_instant(sql);
    row->minutes_sent_at = column_instant(sql);
    row->quorum_override = column_yesno(sql);
    row->census = column_yesno(sql);
    get_children(sql, row);
}

static struct store_recorded get_recorded(struct sql *sql, struct arena *arena)
{
    struct store_recorded recorded = {.given = !sql_next_is_null(sql)};

    recorded.seq = sql_get_number(sql);
    recorded.status = sql_keep_text(sql, arena);
    recorded.report = sql_keep_text(sql, arena);
    recorded.report_received_at = column_instant(sql);
    return recorded;
}

static void get_invited(struct sql *sql, struct arena *arena, struct store_invited *row)
{
    row->seq = sql_get_number(sql);
    row->agency = sql_keep_text(sql, arena);
    row->role = sql_keep_text(sql, arena);
    row->invited_at = column_instant(sql);
    row->active_interest = sql_get_whole(sql) != 0;
    row->expected_to = sql_keep_text(sql, arena);
    row->council = get_recorded(sql, arena);
    row->own = get_recorded(sql, arena);
    row->ruling.given = !sql_next_is_null(sql);
    row->ruling.seq = sql_get_number(sql);
    row->ruling.status = sql_keep_text(sql, arena);
    row->ruling.report = sql_keep_text(sql, arena);
    row->ruling.report_received_at = (struct store_instant){false, {0}};
}

enum muster_status gathering_room(struct store_reader *reader, size_t count, struct muster_err *e)
{
    size_t room = reader->invited_room > 0 ? reader->invited_room : 16;

    if (count > STORE_INVITED) {
        return muster_fail(e, MUSTER_ETOOBIG, "A meeting has more than %u invitations.",
                           STORE_INVITED);
    }
    while (room < count) {
        room *= 2;
    }
    if (room == reader->invited_room) {
        return MUSTER_OK;
    }
    struct store_invited *grown = (struct store_invited *)muster_alloc(room * sizeof *grown);
    if (grown == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "Out of memory when reading meetings.");
    }
    if (reader->invited_room > 0) {
        memcpy(grown, reader->invited, reader->invited_room * sizeof *grown);
    }
    muster_free(reader->invited);
    reader->invited = grown;
    reader->invited_room = room;
    return MUSTER_OK;
}

/* The invitations of a meeting whose own columns have been read. */
static enum muster_status join_invited(struct store_reader *reader, uint64_t log_size, size_t most,
                                       struct store_gathering *row, struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_INVITED], "reading invitations");
    enum muster_status status = MUSTER_OK;
    size_t count = 0;

    arena_reset(&reader->gathered);
    sql_put_number(&sql, log_size);
    sql_put_text(&sql, row->meeting_id);
    sql_put_text(&sql, row->convener);
    sql_put_number(&sql, most);
    while (column_next_row(&sql, &status, e)) {
        status = gathering_room(reader, count + 1, e);
        if (status == MUSTER_OK) {
            get_invited(&sql, &reader->gathered, &reader->invited[count++]);
            status = sql_check(&sql, e);
        }
    }
    row->invited = reader->invited;
    row->invited_count = count;
    return status;
}

enum muster_status gathering_read(struct store_reader *reader, struct sql *sql, uint64_t log_size,
                                  size_t most, struct store_gathering *out, struct muster_err *e)
{
    get_meeting(sql, out);
    enum muster_status status = sql_check(sql, e);
    return status == MUSTER_OK ? join_invited(reader, log_size, most, out, e) : status;
}

enum muster_status gathering_each(struct store_reader *reader, const char *meeting_id,
                                  const char *convener, size_t most, gathering_fn *fn,
                                  void *context, struct muster_err *e)
{
    struct sql sql = sql_use(reader->read[READ_MEETING], "reading a meeting");
    enum muster_status status = MUSTER_OK;

    sql_put_number(&sql, STORE_NO_LIMIT);
    sql_put_text(&sql, meeting_id);
    sql_put_text(&sql, convener);
    while (column_next_row(&sql, &status, e)) {
        struct store_gathering row = {0};
        status = gathering_read(reader, &sql, STORE_NO_LIMIT, most, &row, e);
        if (status == MUSTER_OK) {
            status = fn(context, &row, e);
        }
    }
    return status;
}

enum muster_status gathering_each_id(struct store_reader *reader,
                                     enum muster_status (*fn)(void *context, const char *meeting_id,
                                                              struct muster_err *e),
                                     void *context, struct muster_err *e)
{
    char last[MUSTER_ID_BYTES + 1] = "";
    enum muster_status status = MUSTER_OK;
    bool row = true;

    while (status == MUSTER_OK && row) {
        struct sql sql = sql_use(reader->read[READ_NEXT_MEETING], "reading all meetings");
        sql_put_text(&sql, last);
        status = sql_step(&sql, &row, e);
        if (status == MUSTER_OK && row) {
            const char *next = sql_get_text(&sql);
            /* In a damaged index a smaller one may come, for ever. */
            bool goes_on = next != NULL && strcmp(next, last) > 0;
            (void)snprintf(last, sizeof last, "%s", goes_on ? next : ""); /* ids fit */
            status = sql_check(&sql, e);
            if (status == MUSTER_OK && !goes_on) {
                status = muster_fail(e, MUSTER_ECORRUPT,
                                     "The index of meetings is damaged: restore the store from its "
                                     "last backup.");
            }
        }
        sql_end(&sql);
        if (status == MUSTER_OK && row) {
            status = fn(context, last, e);
        }
    }
    return status;
}

bool gathering_time(const struct store_gathering *row, int64_t *ms)
{
    const struct store_instant *at = row->held_at.given ? &row->held_at : &row->scheduled_at;

    *ms = at->at.ms;
    return at->given;
}

static enum muster_status
join_each(struct store_reader *reader, const struct store_gatherings *asked,
          enum muster_status (*fn)(void *context, const struct store_gathering *row,
                                   struct muster_err *e),
          void *context, struct muster_err *e)
{
    struct sql sql = use_meetings(reader, asked);
    enum muster_status status = MUSTER_OK;

    while (column_next_row(&sql, &status, e)) {
        struct store_gathering row = {0};
        status = gathering_read(reader, &sql, asked->log_size, STORE_INVITED + 1, &row, e);
        if (status == MUSTER_OK) {
            status = fn(context, &row, e);
        }
    }
    return status;
}

enum muster_status
store_each_gathering(struct store_reader *reader, const struct store_gatherings *asked,
                     enum muster_status (*fn)(void *context, const struct store_gathering *row,
                                              struct muster_err *e),
                     void *context, struct muster_err *e)
{
    bool answers = false;
    if (asked->type_count > STORE_TYPES) {
        return muster_fail(e, MUSTER_ETOOBIG, "At most %u meeting types can be asked for.",
                           STORE_TYPES);
    }
    enum muster_status status = settled_answers(reader, asked, &answers, e);
    if (status != MUSTER_OK) {
        return status;
    }
    return answers ? settled_each(reader, asked, fn, context, e)
                   : join_each(reader, asked, fn, context, e);
}
