/* Rows for reports. Each reading binds its question, then turns one row after another into the
 * struct that the caller's function is given. */
#include "gateway/store/store.h"

#include "gateway/store/inside.h"

static struct store_instant get_instant(struct sql *sql)
{
    struct store_instant instant = {.given = !sql_next_is_null(sql)};

    instant.at.ms = sql_get_whole(sql);
    return instant;
}

static struct muster_utc get_utc(struct sql *sql)
{
    struct muster_utc at = {sql_get_whole(sql)};

    return at;
}

static struct muster_date get_day(struct sql *sql)
{
    struct muster_date date = {(int32_t)sql_get_whole(sql)};

    return date;
}

static struct store_date get_date(struct sql *sql)
{
    struct store_date date = {.given = !sql_next_is_null(sql)};

    date.on = get_day(sql);
    return date;
}

static struct store_yesno get_yesno(struct sql *sql)
{
    struct store_yesno yesno = {.given = !sql_next_is_null(sql)};

    yesno.yes = sql_get_whole(sql) != 0;
    return yesno;
}

static struct store_ix get_ix(struct sql *sql)
{
    struct store_ix ix = {.given = !sql_next_is_null(sql)};

    if (ix.given) {
        sql_get_fixed(sql, ix.ix.b, sizeof ix.ix.b);
    } else {
        sql_skip(sql);
    }
    return ix;
}

static struct store_child get_child(struct sql *sql)
{
    struct store_child child = {0};

    child.child_id = get_ix(sql);
    child.nhs_number = get_ix(sql);
    child.upn = get_ix(sql);
    child.name = get_ix(sql);
    return child;
}

/* Steps to the next row. False where there is none or `*status` tells of a failure; the statement
 * has then been ended. */
static bool next(struct sql *sql, enum muster_status *status, struct muster_err *e)
{
    bool row = false;

    if (*status == MUSTER_OK) {
        *status = sql_step(sql, &row, e);
    }
    if (*status != MUSTER_OK || !row) {
        sql_end(sql);
        return false;
    }
    return true;
}

static struct sql use_meetings(struct store_reader *reader, enum read_statement which,
                               const char *doing, struct store_period period,
                               const char *const *types, size_t type_count, uint64_t log_size)
{
    struct sql sql = sql_use(reader->read[which], doing);

    sql_put_number(&sql, log_size);
    sql_put_whole(&sql, period.from.ms);
    sql_put_whole(&sql, period.to.ms);
    sql_put_number(&sql, type_count);
    for (size_t i = 0; i < STORE_TYPES; i++) {
        sql_put_text(&sql, i < type_count ? types[i] : NULL);
    }
    return sql;
}

static enum muster_status check_types(size_t type_count, struct muster_err *e)
{
    return type_count <= STORE_TYPES
               ? MUSTER_OK
               : muster_fail(e, MUSTER_ETOOBIG, "At most %u meeting types can be asked for.",
                             STORE_TYPES);
}

static void get_meeting(struct sql *sql, struct store_meeting_row *row)
{
    row->seq = sql_get_number(sql);
    row->convener = sql_get_text(sql);
    row->meeting_id = sql_get_text(sql);
    row->type = sql_get_text(sql);
    row->status = sql_get_text(sql);
    row->scheduled_at = get_utc(sql);
    row->held_at = get_utc(sql);
    row->mode = sql_get_text(sql);
    row->s47_started_on = get_date(sql);
    row->reports_shared_at = get_instant(sql);
    row->minutes_sent_at = get_instant(sql);
    row->quorum_override = get_yesno(sql);
    row->census = get_yesno(sql);
    row->invitations = sql_get_number(sql);
}

enum muster_status
store_each_meeting(struct store_reader *reader, struct store_period period,
                   const char *const *types, size_t type_count, uint64_t log_size,
                   enum muster_status (*fn)(void *context, const struct store_meeting_row *row,
                                            struct muster_err *e),
                   void *context, struct muster_err *e)
{
    enum muster_status status = check_types(type_count, e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct sql sql = use_meetings(reader, READ_MEETINGS, "reading meetings", period, types,
                                  type_count, log_size);

    while (next(&sql, &status, e)) {
        struct store_meeting_row row = {0};
        get_meeting(&sql, &row);
        status = sql_check(&sql, e);
        if (status == MUSTER_OK) {
            status = fn(context, &row, e);
        }
    }
    return status;
}

static struct store_attended get_attended(struct sql *sql)
{
    struct store_attended attended = {.given = !sql_next_is_null(sql)};

    attended.seq = sql_get_number(sql);
    attended.status = sql_get_text(sql);
    attended.report = sql_get_text(sql);
    return attended;
}

static void get_attendance(struct sql *sql, struct store_attendance_row *row)
{
    row->seq = sql_get_number(sql);
    row->meeting_id = sql_get_text(sql);
    row->type = sql_get_text(sql);
    row->convener = sql_get_text(sql);
    row->scheduled_at = get_utc(sql);
    row->held_at = get_utc(sql);
    row->census = get_yesno(sql);
    row->agency = sql_get_text(sql);
    row->role = sql_get_text(sql);
    row->invited_at = get_instant(sql);
    row->active_interest = sql_get_whole(sql) != 0;
    row->expected_to = sql_get_text(sql);
    row->council = get_attended(sql);
    row->own = get_attended(sql);
}

enum muster_status store_each_attendance(
    struct store_reader *reader, struct store_period period, const char *const *types,
    size_t type_count, uint64_t log_size,
    enum muster_status (*fn)(void *context, const struct store_attendance_row *row,
                             struct muster_err *e),
    void *context, struct muster_err *e)
{
    enum muster_status status = check_types(type_count, e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct sql sql = use_meetings(reader, READ_ATTENDANCE, "reading attendance", period, types,
                                  type_count, log_size);

    while (next(&sql, &status, e)) {
        struct store_attendance_row row = {0};
        get_attendance(&sql, &row);
        status = sql_check(&sql, e);
        if (status == MUSTER_OK) {
            status = fn(context, &row, e);
        }
    }
    return status;
}

static struct store_decision get_decision(struct sql *sql)
{
    struct store_decision decision = {.given = !sql_next_is_null(sql)};

    decision.seq = sql_get_number(sql);
    decision.agency = sql_get_text(sql);
    decision.received_at = get_instant(sql);
    decision.acknowledged_at = get_instant(sql);
    decision.decided_at = get_instant(sql);
    decision.accepted = get_yesno(sql);
    decision.threshold_met = get_yesno(sql);
    decision.level_decided = sql_get_text(sql);
    decision.outcome = sql_get_text(sql);
    decision.feedback_at = get_instant(sql);
    return decision;
}

static void get_referral(struct sql *sql, struct store_referral_row *row)
{
    row->seq = sql_get_number(sql);
    row->agency = sql_get_text(sql);
    sql_get_fixed(sql, row->key_ix.b, sizeof row->key_ix.b);
    row->referral_at = get_utc(sql);
    row->source_code = sql_get_text(sql);
    row->request_kind = sql_get_text(sql);
    row->route = sql_get_text(sql);
    row->census = get_yesno(sql);
    row->origin_agency = sql_get_text(sql);
    row->origin_referral_id = get_ix(sql);
    row->child = get_child(sql);
    row->decision = get_decision(sql);
}

enum muster_status
store_each_referral(struct store_reader *reader, struct store_period period, uint64_t log_size,
                    enum muster_status (*fn)(void *context, const struct store_referral_row *row,
                                             struct muster_err *e),
                    void *context, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    struct sql sql = sql_use(reader->read[READ_REFERRALS], "reading referrals");

    sql_put_number(&sql, log_size);
    sql_put_whole(&sql, period.from.ms);
    sql_put_whole(&sql, period.to.ms);
    while (next(&sql, &status, e)) {
        struct store_referral_row row = {0};
        get_referral(&sql, &row);
        status = sql_check(&sql, e);
        if (status == MUSTER_OK) {
            status = fn(context, &row, e);
        }
    }
    return status;
}

static void get_early_help(struct sql *sql, struct store_early_help_row *row)
{
    row->seq = sql_get_number(sql);
    row->agency = sql_get_text(sql);
    sql_get_fixed(sql, row->key_ix.b, sizeof row->key_ix.b);
    row->kind = sql_get_text(sql);
    row->started_on = get_day(sql);
    row->start_reason = sql_get_text(sql);
    row->lead_agency = sql_get_text(sql);
    row->previous_lead = sql_get_text(sql);
    row->ended_on = get_date(sql);
    row->end_reason = sql_get_text(sql);
    row->from_level = sql_get_text(sql);
    row->to_level = sql_get_text(sql);
    row->census = get_yesno(sql);
    row->child = get_child(sql);
}

enum muster_status store_each_early_help(
    struct store_reader *reader, struct muster_date from, struct muster_date to, uint64_t log_size,
    enum muster_status (*fn)(void *context, const struct store_early_help_row *row,
                             struct muster_err *e),
    void *context, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    struct sql sql = sql_use(reader->read[READ_EARLY_HELP], "reading early help");

    sql_put_number(&sql, log_size);
    sql_put_whole(&sql, from.days);
    sql_put_whole(&sql, to.days);
    while (next(&sql, &status, e)) {
        struct store_early_help_row row = {0};
        get_early_help(&sql, &row);
        status = sql_check(&sql, e);
        if (status == MUSTER_OK) {
            status = fn(context, &row, e);
        }
    }
    return status;
}

static void get_section11(struct sql *sql, struct store_section11_row *row)
{
    row->seq = sql_get_number(sql);
    row->agency = sql_get_text(sql);
    row->return_id = sql_get_text(sql);
    row->standard = sql_get_text(sql);
    row->type = sql_get_text(sql);
    row->period = sql_get_text(sql);
    row->grade = sql_get_text(sql);
    row->status = sql_get_text(sql);
    row->signed_off_on = get_date(sql);
}

enum muster_status
store_each_section11(struct store_reader *reader, const char *period, uint64_t log_size,
                     enum muster_status (*fn)(void *context, const struct store_section11_row *row,
                                              struct muster_err *e),
                     void *context, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    struct sql sql = sql_use(reader->read[READ_SECTION11], "reading section 11 returns");

    sql_put_number(&sql, log_size);
    sql_put_text(&sql, period);
    while (next(&sql, &status, e)) {
        struct store_section11_row row = {0};
        get_section11(&sql, &row);
        status = sql_check(&sql, e);
        if (status == MUSTER_OK) {
            status = fn(context, &row, e);
        }
    }
    return status;
}

enum muster_status store_each_section11_action(
    struct store_reader *reader, uint64_t log_size,
    enum muster_status (*fn)(void *context, const struct store_section11_action_row *row,
                             struct muster_err *e),
    void *context, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    struct sql sql = sql_use(reader->read[READ_SECTION11_ACTIONS], "reading section 11 actions");

    sql_put_number(&sql, log_size);
    while (next(&sql, &status, e)) {
        struct store_section11_action_row row = {0};
        row.seq = sql_get_number(&sql);
        row.agency = sql_get_text(&sql);
        row.return_id = sql_get_text(&sql);
        row.action_id = sql_get_text(&sql);
        row.standard = sql_get_text(&sql);
        row.due = get_day(&sql);
        row.action_status = sql_get_text(&sql);
        status = sql_check(&sql, e);
        if (status == MUSTER_OK) {
            status = fn(context, &row, e);
        }
    }
    return status;
}
