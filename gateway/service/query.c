/* The reader: who asks, may they, what is the answer. A reading stands in the log, committed,
 * before its result leaves: the finished answer goes to the writer as an entry. */
#include <string.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/domain/calendar.h"
#include "core/domain/suppression.h"
#include "gateway/service/report.h"

/* What one report may take: about a million referrals. One report at a time is computed. */
#define REPORT_ARENA_BYTES (512u * 1024u * 1024u)

enum dates {
    UNDATED,      /* is about no span of dates */
    MAY_BE_DATED, /* about all that is held, or a span of dates */
    DATED,
};

enum source {
    RECORDS,     /* what partners sent: withheld where that is found altered */
    THE_LOG_NOW, /* keys and checkpoints, which whoever looks into it needs */
};

/* A new report is a line here. */
static const struct {
    enum rights_subject subject;
    enum dates dates;
    enum source source;
    report_fn *run;
} reports[] = {
    {RIGHTS_ATTENDANCE, DATED, RECORDS, report_attendance},
    {RIGHTS_CONTRIBUTION, DATED, RECORDS, report_contribution},
    {RIGHTS_SECTION11, UNDATED, RECORDS, report_section11},
    {RIGHTS_MEETINGS, DATED, RECORDS, report_meetings},
    {RIGHTS_DISPUTES, MAY_BE_DATED, RECORDS, report_disputes},
    {RIGHTS_WAITING, UNDATED, RECORDS, report_waiting},
    {RIGHTS_ESCALATIONS, UNDATED, RECORDS, report_escalations},
    {RIGHTS_LOG_VERIFY, UNDATED, THE_LOG_NOW, report_witnesses},
    {RIGHTS_ENROLMENTS, UNDATED, THE_LOG_NOW, report_enrolments},
};
#define REPORTS (sizeof reports / sizeof reports[0])

/* Why nothing is answered: a stable code and a sentence. */
struct refusal {
    const char *code;
    const char *message;
};

static size_t find_report(const char *name)
{
    enum rights_subject subject;
    size_t at = REPORTS;
    if (name != NULL && rights_subject_of(name, &subject)) {
        for (size_t i = 0; i < REPORTS; i++) {
            at = reports[i].subject == subject ? i : at;
        }
    }
    return at;
}

/* From dates or a Board cycle to a period. */
static bool find_period(const struct service_settings *settings, const struct codec_query *query,
                        struct period *period, struct refusal *refusal)
{
    if (query->cycle > 0) {
        if (!settings->has_cycle_start) {
            *refusal =
                (struct refusal){"cycle_not_configured",
                                 "The gateway's configuration names no first day of the Board's "
                                 "cycles: ask by dates."};
            return false;
        }
        if (!period_cycle(settings->cycle_start, query->cycle, period)) {
            *refusal = (struct refusal){"cycle_unknown", "There is no such Board cycle."};
            return false;
        }
        return true;
    }
    if (!query->dated) {
        *refusal =
            (struct refusal){"period_missing", "Say which period: --from and --to, or --cycle."};
        return false;
    }
    *period = (struct period){query->from, query->to};
    return true;
}

static const char *sentence_of(const char *reason)
{
    static const struct refusal sentences[] = {
        {"role_not_allowed", "This certificate's role may not ask for this."},
        {"council_may_not", "The council may not do this: it is judged like any partner."},
        {"other_agency", "A partner may ask for its own figures only."},
        {"period_not_whole", "The Board asks by whole cycles, quarters and years: differences "
                             "between other periods could "
                             "point at single children."},
        {"purpose_missing", "Say what the reading is for: --purpose."},
        {"reference_missing", "Give the case or minute reference the reading belongs to."},
    };
    for (size_t i = 0; i < sizeof sentences / sizeof sentences[0]; i++) {
        if (strcmp(sentences[i].code, reason) == 0) {
            return sentences[i].message;
        }
    }
    return "This is not allowed.";
}

static struct rights_answer decide(const struct job *job, const struct service_settings *settings,
                                   size_t report, const struct period *period, bool dated)
{
    const struct agency *agency = job->caller.agency;
    const struct codec_query *query = &job->query;
    struct rights_ask ask = {
        .role = job->caller.role,
        .subject = reports[report].subject,
        .is_council = agency != NULL && agency->is_council,
        .other_agency = query->agency != NULL && agency != NULL &&
                        !directory_submits_for(agency, query->agency),
        .has_period = dated,
        .has_purpose = query->purpose != NULL,
        .has_reference = query->reference != NULL,
    };
    if (reports[report].dates == UNDATED) {
        ask.has_period = true; /* what is not about a span of dates is about a financial year */
        ask.period = PERIOD_FINANCIAL_YEAR;
    } else if (dated) {
        ask.period =
            period_kind_of(period, settings->has_cycle_start ? &settings->cycle_start : NULL);
    }
    return rights_decide(&ask);
}

/* --- the answer ------------------------------------------------------------------------------- */

static enum codec_column_kind kind_of(enum table_kind kind)
{
    switch (kind) {
    case TABLE_TEXT:
        return CODEC_COLUMN_TEXT;
    case TABLE_COUNT:
        return CODEC_COLUMN_COUNT;
    case TABLE_PERCENT:
        break;
    }
    return CODEC_COLUMN_PERCENT;
}

/* The finished table as text in `arena`, with the log size behind the last column: every row says
 * what it was computed from. */
static enum muster_status render(const struct report_ask *ask, const struct report *report,
                                 struct arena *arena, struct codec_table *out, struct muster_err *e)
{
    const struct table *table = &report->table;
    size_t width = table->column_count + 1;
    struct codec_column *columns =
        (struct codec_column *)arena_array(arena, width, sizeof(struct codec_column));
    const char **cells =
        (const char **)arena_array(arena, width * table->row_count + 1, sizeof(char *));
    const char **notes = (const char **)arena_array(arena, report->note_count + 1, sizeof(char *));
    const char *size = arena_printf(arena, "%llu", (unsigned long long)ask->log_size);
    struct codec_share *shares =
        (struct codec_share *)arena_array(arena, width, sizeof(struct codec_share));
    if (columns == NULL || shares == NULL || cells == NULL || notes == NULL || size == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t c = 0; c < table->column_count; c++) {
        const struct table_column *column = &table->columns[c];
        columns[c] = (struct codec_column){column->name, kind_of(column->kind)};
        if (column->numerator != TABLE_NO_COLUMN) {
            shares[c] = (struct codec_share){(uint32_t)column->numerator + 1,
                                             (uint32_t)column->denominator + 1};
        }
    }
    columns[width - 1] = (struct codec_column){"log_size", CODEC_COLUMN_COUNT};
    for (size_t r = 0; r < table->row_count; r++) {
        for (size_t c = 0; c < table->column_count; c++) {
            char text[TABLE_CELL_BYTES];
            const char *cell = table_format(table_cell(table, r, c), table->columns[c].kind, text);
            cells[r * width + c] = arena_text(arena, cell);
            if (cells[r * width + c] == NULL) {
                return muster_fail(e, MUSTER_ENOMEM, "out of memory");
            }
        }
        cells[r * width + width - 1] = size;
    }
    for (size_t i = 0; i < report->note_count; i++) {
        notes[i] = arena_text(arena, report->notes[i]);
        if (notes[i] == NULL) {
            return muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
    }
    *out = (struct codec_table){.report = ask->query->report,
                                .columns = columns,
                                .shares = shares,
                                .column_count = width,
                                .cells = cells,
                                .row_count = table->row_count,
                                .log_size = ask->log_size,
                                .notes = notes,
                                .note_count = report->note_count};
    return MUSTER_OK;
}

static void suppress(const struct report_ask *ask, struct table *table)
{
    const struct service_settings *settings = ask->service->settings;
    if (ask->right.hides_repeats) {
        /* Absent from the reports that have no such figures. */
        (void)suppression_hide_column(table, "re_referrals");
        (void)suppression_hide_column(table, "repeat_contacts");
    }
    if (ask->right.suppressed || ask->right.scope == RIGHTS_SCOPE_COUNTS) {
        struct suppression_policy policy = {settings->suppression_highest,
                                            settings->minimum_denominator};
        suppression_apply(&policy, &table, 1);
    }
}

/* The day and instant a report is as of: those of the last entry it is computed from, so that the
 * same log size gives the same bytes whenever it is asked for. */
static enum muster_status find_today(struct report_ask *ask, struct muster_err *e)
{
    struct store_entry entry;
    struct codec_leaf leaf;
    if (ask->log_size == 0) {
        return MUSTER_OK;
    }
    enum muster_status status = store_entry(ask->service->reader, ask->log_size - 1, &entry, e);
    if (status == MUSTER_OK) {
        status = codec_leaf_decode(entry.leaf, ask->arena, &leaf, e);
    }
    if (status == MUSTER_OK) {
        ask->now = leaf.logged_at;
        ask->today = calendar_local_date(ask->now);
    }
    return status;
}

/* Computes from one snapshot; the answer is made in `arena`. MUSTER_EUSAGE: the question itself is
 * wrong. */
static enum muster_status compute(struct report_ask *ask, report_fn *run, struct arena *arena,
                                  struct codec_table *out, struct muster_err *e)
{
    struct report report = {.note_count = 0};
    struct store_reader *reader = ask->service->reader;
    uint64_t size = 0;
    enum muster_status status = store_snapshot_begin(reader, e);
    if (status != MUSTER_OK) {
        return status;
    }
    status = store_log_size(reader, &size, e);
    ask->log_size = ask->query->sized ? ask->query->log_size : size;
    if (status == MUSTER_OK && ask->log_size <= size) {
        status = find_today(ask, e);
    }
    if (status == MUSTER_OK && ask->log_size > size) {
        status = muster_fail(e, MUSTER_EUSAGE, "The log has only %llu entries.",
                             (unsigned long long)size);
    }
    if (status == MUSTER_OK) {
        status = run(ask, &report, e);
    }
    store_snapshot_end(reader);
    if (status == MUSTER_OK) {
        suppress(ask, &report.table);
        report_keep_asked(ask, &report.table);
        status = render(ask, &report, arena, out, e);
    }
    return status;
}

/* --- one query -------------------------------------------------------------------------------- */

void query_hand_over(struct service *service, struct job *job)
{
    job->type = JOB_ENTRY;
    if (queue_put(service->submissions, job) != MUSTER_OK) {
        job_fail(job, "busy", "The gateway is busy: ask again in a moment.", true);
    }
}

void query_deny(struct service *service, struct job *job, const char *subject, const char *reason)
{
    job->leaf = (struct codec_leaf){.kind = "authz.deny",
                                    .action = "R",
                                    .outcome = CODEC_LEAF_REFUSED,
                                    .reason = reason,
                                    .subject = subject};
    job->answer = (struct codec_reply){
        .type = CODEC_REPLY_FAILURE,
        .failure = {.code = reason, .message = sentence_of(reason), .retry = false}};
    query_hand_over(service, job);
}

static void answer_failure(struct job *job, enum muster_status status, const struct muster_err *e)
{
    if (status == MUSTER_EUSAGE) {
        const char *message = arena_text(&job->arena, e->text);
        job_fail(job, "query_wrong", message != NULL ? message : "The query is wrong.", false);
        return;
    }
    muster_log(LOG_LEVEL_ERROR, "query.failed", LOG_CODE, muster_status_name(status), LOG_TEXT,
               e->text, LOG_END);
    job_fail(job, "query_failed", "The report could not be computed; the operator has been told.",
             true);
}

static bool is_word(const char *text, const char *characters)
{
    size_t len = strlen(text);
    return len >= 1 && len <= MUSTER_ID_BYTES && strspn(text, characters) == len;
}

/* What a reading is for stands in the log for good: short codes, so that no free text about a
 * person gets there. */
static bool words_fit(const char *purpose, const char *reference, struct refusal *refusal)
{
    if (purpose != NULL && !is_word(purpose, "abcdefghijklmnopqrstuvwxyz0123456789_-")) {
        *refusal = (struct refusal){
            "purpose_wrong",
            "Give the purpose as a short code, such as audit or board_cycle: small letters, "
            "digits, dash and underscore. It stays in the log for good."};
        return false;
    }
    if (reference != NULL &&
        !is_word(reference, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                            "0123456789_-/.:#")) {
        *refusal = (struct refusal){
            "reference_wrong",
            "Give the reference as the number of a case or minute, such as A-1 or LSCB/2026/14, "
            "without spaces and without names. It stays in the log for good."};
        return false;
    }
    return true;
}

bool query_take_purpose(struct job *job, const char *purpose, const char *reference)
{
    struct refusal refusal = {NULL, NULL};
    bool fits = words_fit(purpose, reference, &refusal);
    if (!fits) {
        job_fail(job, refusal.code, refusal.message, false);
    }
    return fits;
}

static bool is_unknown(const struct service *service, const char *agency)
{
    return agency != NULL && directory_agency(&service->settings->directory, agency) == NULL;
}

static bool is_withheld(const struct service *service, size_t report, struct refusal *refusal)
{
    const bool withheld = reports[report].source == RECORDS && atomic_load(&service->altered);
    if (withheld) {
        *refusal = (struct refusal){
            "store.altered",
            "The gateway has found that what figures are made from is not what was logged: figures "
            "are withheld until its operator has restored the store. Referrals are still taken."};
    }
    return withheld;
}

/* Of a question that its asker may put. */
static bool is_answerable(const struct service *service, const struct codec_query *query,
                          size_t report, enum rights_scope scope, struct refusal *refusal)
{
    if (is_unknown(service, query->agency) || is_unknown(service, query->convener)) {
        *refusal = (struct refusal){"agency_unknown", "There is no such agency."};
        return false;
    }
    if (query->agency != NULL && scope == RIGHTS_SCOPE_COUNTS) {
        *refusal = (struct refusal){
            "query_wrong", "The Board sees how many there are in all: leave the agency out."};
        return false;
    }
    return !is_withheld(service, report, refusal);
}

static void run_query(struct service *service, struct job *job, struct seal_context *seal)
{
    const struct muster_utc now = muster_utc_now();
    struct muster_err e = {MUSTER_OK, ""};
    struct refusal refusal = {NULL, NULL};
    struct arena working;
    struct report_ask ask = {.service = service,
                             .query = &job->query,
                             .caller = &job->caller,
                             .now = now,
                             .today = calendar_local_date(now),
                             .arena = &working,
                             .seal = seal};
    size_t at = find_report(job->query.report);
    if (at == REPORTS) {
        job_fail(job, "report_unknown", "There is no such report.", false);
        return;
    }
    const char *name = rights_subject_name(reports[at].subject);
    ask.dated = reports[at].dates == DATED ||
                (reports[at].dates == MAY_BE_DATED && (job->query.dated || job->query.cycle > 0));
    if (!words_fit(job->query.purpose, job->query.reference, &refusal) ||
        (ask.dated && !find_period(service->settings, &job->query, &ask.period, &refusal))) {
        job_fail(job, refusal.code, refusal.message, false);
        return;
    }
    ask.right = decide(job, service->settings, at, &ask.period, ask.dated);
    if (ask.right.scope == RIGHTS_SCOPE_NONE) {
        query_deny(service, job, name, ask.right.reason);
        return;
    }
    if (!is_answerable(service, &job->query, at, ask.right.scope, &refusal)) {
        job_fail(job, refusal.code, refusal.message, false);
        return;
    }
    job->answer = (struct codec_reply){.type = CODEC_REPLY_TABLE};
    arena_init_secret(&working, REPORT_ARENA_BYTES);
    enum muster_status status = compute(&ask, reports[at].run, &job->arena, &job->answer.table, &e);
    arena_fini(&working);
    if (status != MUSTER_OK) {
        answer_failure(job, status, &e);
        return;
    }
    if (is_withheld(service, at, &refusal)) { /* found out meanwhile */
        job_fail(job, refusal.code, refusal.message, false);
        return;
    }
    job->leaf = (struct codec_leaf){.kind = "query",
                                    .action = "R",
                                    .outcome = CODEC_LEAF_DONE,
                                    .sized = true,
                                    .log_size = ask.log_size,
                                    .purpose = job->query.purpose,
                                    .reference = job->query.reference,
                                    .subject = name};
    query_hand_over(service, job);
}

void *query_run(void *context)
{
    struct service *service = (struct service *)context;
    struct seal_context *seal = NULL;
    struct muster_err e = {MUSTER_OK, ""};
    void *taken = NULL;
    if (seal_context_new(&seal, &e) != MUSTER_OK) {
        muster_log(LOG_LEVEL_ERROR, "query.start", LOG_TEXT, e.text, LOG_END);
    }
    while (queue_take(service->queries, &taken, 1) > 0) {
        struct job *job = (struct job *)taken;
        if (job->type == JOB_LOG_READ) {
            log_read_run(service, job);
        } else if (job->type == JOB_RECEIPT_READ) {
            receipt_read_run(service, job);
        } else if (job->type == JOB_EVALUATE && seal != NULL) {
            escalations_run(service, job, seal);
        } else if (seal == NULL) {
            job_fail(job, "query_failed", "The gateway is short of memory: ask again later.", true);
        } else {
            run_query(service, job, seal);
        }
    }
    seal_context_free(seal);
    return NULL;
}
