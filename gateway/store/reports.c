/* Rows for reports. Each reading binds its question, then turns one row after another into the
 * struct that the caller's function is given. */
#include "gateway/store/rows.h"

#include "gateway/store/columns.h"
#include "gateway/store/inside.h"

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

static enum muster_status each_waiting(struct store_reader *reader, enum muster_kind kind,
                                       enum read_statement which, uint64_t log_size,
                                       enum muster_status (*fn)(void *context,
                                                                const struct store_waiting_row *row,
                                                                struct muster_err *e),
                                       void *context, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    struct sql sql = sql_use(reader->read[which], "reading waiting records");

    sql_put_number(&sql, log_size);
    while (column_next_row(&sql, &status, e)) {
        struct store_waiting_row row = {.kind = kind};
        row.seq = sql_get_number(&sql);
        row.submitter = sql_get_text(&sql);
        row.meeting_id = sql_get_text(&sql);
        row.agency = sql_get_text(&sql);
        row.role = sql_get_text(&sql);
        row.reason = (enum store_waiting)sql_get_whole(&sql);
        row.since = column_utc(&sql);
        status = sql_check(&sql, e);
        if (status == MUSTER_OK) {
            status = fn(context, &row, e);
        }
    }
    return status;
}

enum muster_status store_each_waiting(struct store_reader *reader, uint64_t log_size,
                                      enum muster_status (*fn)(void *context,
                                                               const struct store_waiting_row *row,
                                                               struct muster_err *e),
                                      void *context, struct muster_err *e)
{
    static const struct {
        enum muster_kind kind;
        enum read_statement which;
    } readings[] = {
        {MUSTER_KIND_DECISION, READ_WAITING_DECISIONS},
        {MUSTER_KIND_INVITATION, READ_WAITING_INVITATIONS},
        {MUSTER_KIND_ATTENDANCE, READ_WAITING_ATTENDANCE},
        {MUSTER_KIND_DISPUTE_RULING, READ_WAITING_RULINGS},
    };
    enum muster_status status = MUSTER_OK;

    for (size_t i = 0; status == MUSTER_OK && i < sizeof readings / sizeof readings[0]; i++) {
        status =
            each_waiting(reader, readings[i].kind, readings[i].which, log_size, fn, context, e);
    }
    return status;
}

static struct store_decision get_decision(struct sql *sql)
{
    struct store_decision decision = {.given = !sql_next_is_null(sql)};

    decision.seq = sql_get_number(sql);
    decision.agency = sql_get_text(sql);
    decision.received_at = column_instant(sql);
    decision.acknowledged_at = column_instant(sql);
    decision.decided_at = column_instant(sql);
    decision.accepted = column_yesno(sql);
    decision.threshold_met = column_yesno(sql);
    decision.level_decided = sql_get_text(sql);
    decision.outcome = sql_get_text(sql);
    decision.feedback_at = column_instant(sql);
    return decision;
}

static void get_referral(struct sql *sql, struct store_referral_row *row)
{
    row->seq = sql_get_number(sql);
    row->agency = sql_get_text(sql);
    sql_get_fixed(sql, row->key_ix.b, sizeof row->key_ix.b);
    row->referral_at = column_utc(sql);
    row->source_code = sql_get_text(sql);
    row->request_kind = sql_get_text(sql);
    row->route = sql_get_text(sql);
    row->census = column_yesno(sql);
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
    while (column_next_row(&sql, &status, e)) {
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
    row->started_on = column_day(sql);
    row->start_reason = sql_get_text(sql);
    row->lead_agency = sql_get_text(sql);
    row->previous_lead = sql_get_text(sql);
    row->ended_on = column_date(sql);
    row->end_reason = sql_get_text(sql);
    row->from_level = sql_get_text(sql);
    row->to_level = sql_get_text(sql);
    row->census = column_yesno(sql);
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
    while (column_next_row(&sql, &status, e)) {
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
    row->signed_off_on = column_date(sql);
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
    while (column_next_row(&sql, &status, e)) {
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
    while (column_next_row(&sql, &status, e)) {
        struct store_section11_action_row row = {0};
        row.seq = sql_get_number(&sql);
        row.agency = sql_get_text(&sql);
        row.return_id = sql_get_text(&sql);
        row.action_id = sql_get_text(&sql);
        row.standard = sql_get_text(&sql);
        row.due = column_day(&sql);
        row.action_status = sql_get_text(&sql);
        status = sql_check(&sql, e);
        if (status == MUSTER_OK) {
            status = fn(context, &row, e);
        }
    }
    return status;
}
