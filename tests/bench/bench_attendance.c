/* Attendance of a generated England, in a store of the real schema and as rows for a peer.
 *
 *   make STORE YEARS PER_YEAR       writes a store
 *   rows TABLE YEARS PER_YEAR       prints agency, meeting, invitation or attendance for COPY
 *   ask STORE ROUNDS CSV [COUNCIL]  the last quarter's report through the gateway's reader and
 *                                   figures: prints the median in microseconds and the peak of
 *                                   memory in KiB; writes the report to CSV
 *
 * A store that is made differs from one that was submitted to: it has the facts, the settled rows
 * and their indexes, by the statements and the packing of the gateway itself, but no submissions,
 * log entries and receipts, which no report reads. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "core/base/clock.h"
#include "core/domain/calendar.h"
#include "england.h"
#include "gateway/service/report.h"
#include "gateway/store/connection.h"
#include "gateway/store/inside.h"
#include "gateway/store/packed.h"

static void fail(const char *doing, const char *why)
{
    fprintf(stderr, "bench_attendance: %s: %s\n", doing, why);
    exit(3);
}

/* --- making a store --------------------------------------------------------------------------- */

static const char *const inserts[] = {
    "INSERT INTO meetings (seq, submitter, key_ix, version, withdrawn, meeting_id, type, status,"
    " scheduled_at, held_at, children_ix) VALUES (?1, ?2, ?3, 1, 0, ?4, ?5, ?6, ?7, ?8, ?9)",
    "INSERT INTO invitations (seq, submitter, key_ix, version, withdrawn, meeting_id, agency, role,"
    " invited_at, active_interest, expected_to) VALUES (?1, ?2, ?3, 1, 0, ?4, ?5, ?6, ?7, ?8, ?9)",
    "INSERT INTO attendance (seq, submitter, key_ix, version, withdrawn, meeting_id, agency, role,"
    " status, report) VALUES (?1, ?2, ?3, 1, 0, ?4, ?5, ?6, ?7, ?8)",
    "INSERT INTO settled (convener, time, meeting_id, state) VALUES (?1, ?2, ?3, ?4)",
    "INSERT INTO party (id, agency, role) VALUES (?1, ?2, ?3)",
};
enum {
    MEETING,
    INVITATION,
    ATTENDANCE,
    SETTLED,
    PARTY,
    INSERTS
};

struct making {
    sqlite3 *db;
    sqlite3_stmt *insert[INSERTS];
    uint64_t seq;
    char agencies[ENGLAND_AGENCIES][ENGLAND_ID_BYTES];
    struct buffer state;
};

static void run(struct sql *sql)
{
    struct muster_err e;

    if (sql_run(sql, &e) != MUSTER_OK) {
        fail("making the store", e.text);
    }
}

static void execute(struct making *making, const char *text)
{
    struct muster_err e;

    if (sql_do(making->db, text, &e, text) != MUSTER_OK) {
        fail("making the store", e.text);
    }
}

/* Of a record: no two alike, in no order. */
static struct store_blind blind_of(uint64_t number)
{
    struct store_blind blind = {{0}};

    for (size_t i = 0; i < sizeof blind.b; i++) {
        number = number * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        blind.b[i] = (uint8_t)(number >> 56);
    }
    return blind;
}

static struct sql begin(struct making *making, int which, const char *submitter,
                        struct store_blind *key_ix)
{
    struct sql sql = sql_use(making->insert[which], "making a record");

    *key_ix = blind_of(making->seq);
    sql_put_number(&sql, making->seq);
    sql_put_text(&sql, submitter);
    sql_put_blob(&sql, key_ix->b, sizeof key_ix->b);
    return sql;
}

static struct store_recorded put_attendance(struct making *making, const char *submitter,
                                            const char *meeting_id, const char *agency,
                                            const char *role, const struct england_recorded *record)
{
    struct store_recorded out = {.given = record->given};
    struct store_blind key_ix;
    if (!record->given) {
        return out;
    }
    struct sql sql = begin(making, ATTENDANCE, submitter, &key_ix);
    out.seq = making->seq++;
    out.status = england_status(record->status);
    out.report = england_report(record->report);
    sql_put_text(&sql, meeting_id);
    sql_put_text(&sql, agency);
    sql_put_text(&sql, role);
    sql_put_text(&sql, out.status);
    sql_put_text(&sql, out.report);
    run(&sql);
    return out;
}

static struct store_invited put_invited(struct making *making,
                                        const struct england_meeting *meeting,
                                        const struct england_invited *invited)
{
    const char *convener = making->agencies[meeting->council * ENGLAND_SEATS];
    struct store_invited out = {
        .seq = making->seq,
        .agency = making->agencies[meeting->council * ENGLAND_SEATS + invited->seat],
        .role = england_role(invited->seat),
        .invited_at = {invited->has_invited_at, invited->invited_at},
        .active_interest = invited->active_interest,
        .expected_to = england_expectation(invited->expected_to)};
    struct store_blind key_ix;
    struct sql sql = begin(making, INVITATION, convener, &key_ix);

    making->seq++;
    sql_put_text(&sql, meeting->id);
    sql_put_text(&sql, out.agency);
    sql_put_text(&sql, out.role);
    if (invited->has_invited_at) {
        sql_put_whole(&sql, invited->invited_at.ms);
    } else {
        sql_put_null(&sql);
    }
    sql_put_whole(&sql, invited->active_interest ? 1 : 0);
    sql_put_text(&sql, out.expected_to);
    run(&sql);
    out.council =
        put_attendance(making, convener, meeting->id, out.agency, out.role, &invited->council);
    out.own = invited->seat == 0 ? out.council
                                 : put_attendance(making, out.agency, meeting->id, out.agency,
                                                  out.role, &invited->own);
    return out;
}

static void put_settled(struct making *making, const struct store_gathering *row,
                        const uint64_t *parties)
{
    struct sql sql = sql_use(making->insert[SETTLED], "settling a meeting");

    buffer_reset(&making->state);
    packed_write(row, parties, &making->state);
    sql_put_text(&sql, row->convener);
    sql_put_whole(&sql, row->held_at.given ? row->held_at.at.ms : row->scheduled_at.at.ms);
    sql_put_text(&sql, row->meeting_id);
    sql_put_blob(&sql, making->state.at, making->state.len);
    run(&sql);
}

static void put_meeting(struct making *making, const struct england_meeting *meeting)
{
    struct store_invited invited[ENGLAND_INVITED];
    uint64_t parties[ENGLAND_INVITED];
    struct store_blind child = blind_of(~making->seq);
    struct store_blind key_ix;
    struct store_gathering row = {.seq = making->seq,
                                  .convener = making->agencies[meeting->council * ENGLAND_SEATS],
                                  .meeting_id = meeting->id,
                                  .type = england_type(meeting->type),
                                  .status = meeting->held ? "held" : "cancelled",
                                  .scheduled_at = {true, meeting->scheduled_at},
                                  .held_at = {meeting->held, meeting->held_at},
                                  .children = &child,
                                  .child_count = 1,
                                  .invited = invited,
                                  .invited_count = meeting->invited_count};
    struct sql sql = begin(making, MEETING, row.convener, &key_ix);

    making->seq++;
    sql_put_text(&sql, row.meeting_id);
    sql_put_text(&sql, row.type);
    sql_put_text(&sql, row.status);
    sql_put_whole(&sql, row.scheduled_at.at.ms);
    if (row.held_at.given) {
        sql_put_whole(&sql, row.held_at.at.ms);
    } else {
        sql_put_null(&sql);
    }
    sql_put_blob(&sql, child.b, sizeof child.b);
    run(&sql);
    for (size_t i = 0; i < meeting->invited_count; i++) {
        invited[i] = put_invited(making, meeting, &meeting->invited[i]);
        parties[i] = 1 + meeting->council * ENGLAND_SEATS + meeting->invited[i].seat;
    }
    put_settled(making, &row, parties);
}

static void open_making(struct making *making, const char *path)
{
    struct store *st = NULL;
    struct muster_err e;
    if (store_open(path, 0, &st, &e) != MUSTER_OK) {
        fail("making the store", e.text);
    }
    store_close(st);
    if (store_connection_open(path, CONNECTION_WRITES, &making->db, &e) != MUSTER_OK) {
        fail("making the store", e.text);
    }
    /* There are no submissions and entries that the facts could refer to, and nothing to be lost.
     */
    execute(making, "PRAGMA foreign_keys = OFF");
    execute(making, "PRAGMA synchronous = OFF");
    execute(making, "PRAGMA wal_autocheckpoint = 20000");
    for (int i = 0; i < INSERTS; i++) {
        if (sql_prepare(making->db, inserts[i], &making->insert[i], &e) != MUSTER_OK) {
            fail("making the store", e.text);
        }
    }
}

static int make(const char *path, unsigned years, unsigned per_year)
{
    static struct making making;
    open_making(&making, path);
    buffer_init(&making.state, 0);
    execute(&making, "BEGIN");
    for (unsigned i = 0; i < ENGLAND_AGENCIES; i++) {
        england_agency(i, making.agencies[i]);
        struct sql sql = sql_use(making.insert[PARTY], "making a party");
        sql_put_number(&sql, i + 1);
        sql_put_text(&sql, making.agencies[i]);
        sql_put_text(&sql, england_role(i % ENGLAND_SEATS));
        run(&sql);
    }
    for (uint64_t left = (uint64_t)years * per_year; left > 0; left--) {
        struct england_meeting meeting;
        england_meeting(left - 1, per_year, &meeting);
        put_meeting(&making, &meeting);
        if (left % 20000 == 0) {
            execute(&making, "COMMIT");
            execute(&making, "BEGIN");
        }
    }
    execute(&making, "COMMIT");
    for (int i = 0; i < INSERTS; i++) {
        (void)sqlite3_finalize(making.insert[i]); /* repeats failures that were met */
    }
    (void)sqlite3_close(making.db); /* copies what is left of the write-ahead log */
    buffer_fini(&making.state);
    printf("%llu records\n", (unsigned long long)making.seq);
    return 0;
}

/* --- rows for the peer ------------------------------------------------------------------------ */

static void print_attendance(uint64_t meeting, unsigned submitter, unsigned agency, unsigned role,
                             const struct england_recorded *record)
{
    if (record->given) {
        printf("%llu\t%u\t%u\t%u\t%d\t%d\n", (unsigned long long)meeting, agency, role, submitter,
               (int)record->status, (int)record->report);
    }
}

static void print_invited(const char *table, uint64_t number, const struct england_meeting *meeting,
                          const struct england_invited *invited)
{
    unsigned convener = meeting->council * ENGLAND_SEATS;
    unsigned agency = convener + invited->seat;
    if (strcmp(table, "attendance") == 0) {
        print_attendance(number, convener, agency, invited->seat, &invited->council);
        print_attendance(number, agency, agency, invited->seat, &invited->own);
        return;
    }
    printf("%llu\t%u\t%u\t", (unsigned long long)number, agency, invited->seat);
    if (invited->has_invited_at) {
        printf("%lld", (long long)invited->invited_at.ms);
    } else {
        printf("\\N");
    }
    printf("\t%c\t%d\n", invited->active_interest ? 't' : 'f', (int)invited->expected_to);
}

static int rows(const char *table, unsigned years, unsigned per_year)
{
    if (strcmp(table, "agency") == 0) {
        for (unsigned i = 0; i < ENGLAND_AGENCIES; i++) {
            char id[ENGLAND_ID_BYTES];
            england_agency(i, id);
            printf("%u\t%s\n", i, id);
        }
        return 0;
    }
    for (uint64_t left = (uint64_t)years * per_year; left > 0; left--) {
        struct england_meeting meeting;
        england_meeting(left - 1, per_year, &meeting);
        if (strcmp(table, "meeting") == 0) {
            printf("%llu\t%u\t%d\t%c\t%lld\t%lld\n", (unsigned long long)left,
                   meeting.council * ENGLAND_SEATS, (int)meeting.type, meeting.held ? 't' : 'f',
                   (long long)meeting.scheduled_at.ms, (long long)meeting.held_at.ms);
            continue;
        }
        for (size_t i = 0; i < meeting.invited_count; i++) {
            print_invited(table, left, &meeting, &meeting.invited[i]);
        }
    }
    return 0;
}

/* --- asking ----------------------------------------------------------------------------------- */

struct asking {
    struct agency agencies[ENGLAND_AGENCIES];
    char ids[ENGLAND_AGENCIES][ENGLAND_ID_BYTES];
    struct muster_date holidays[1];
    struct service_settings settings;
    struct service service;
    struct codec_query query;
    struct report_ask ask;
};

static void set_up(struct asking *asking, const char *path, const char *convener)
{
    struct muster_err e;
    for (unsigned i = 0; i < ENGLAND_AGENCIES; i++) {
        england_agency(i, asking->ids[i]);
        asking->agencies[i] =
            (struct agency){.id = asking->ids[i], .kind = "partner", .may_submit = 1};
    }
    (void)calendar_date_of(2026, 1, 1, &asking->holidays[0]);
    asking->settings = (struct service_settings){.directory = {asking->agencies, ENGLAND_AGENCIES},
                                                 .workdays = {asking->holidays, 1, 2025, 2026},
                                                 .invitation_notice_days = 5};
    asking->service.settings = &asking->settings;
    asking->query = (struct codec_query){.report = "attendance", .convener = convener};
    asking->ask = (struct report_ask){.service = &asking->service,
                                      .query = &asking->query,
                                      .dated = true,
                                      .log_size = STORE_NO_LIMIT};
    asking->ask.right.scope = RIGHTS_SCOPE_ALL;
    (void)calendar_date_of(2026, 1, 1, &asking->ask.period.from);
    (void)calendar_date_of(2026, 3, 31, &asking->ask.period.to);
    if (store_reader_open(path, &asking->service.reader, &e) != MUSTER_OK) {
        fail("opening the store", e.text);
    }
}

static void write_csv(const struct table *table, const char *path)
{
    FILE *out = fopen(path, "w");
    if (out == NULL) {
        fail("writing the report", path);
    }
    for (size_t r = 0; r < table->row_count; r++) {
        for (size_t c = 0; c < table->column_count; c++) {
            char text[TABLE_CELL_BYTES];
            fprintf(out, "%s%s", c > 0 ? "," : "",
                    table_format(table_cell(table, r, c), table->columns[c].kind, text));
        }
        fputc('\n', out);
    }
    if (fclose(out) != 0) {
        fail("writing the report", path);
    }
}

/* As the gateway's reader does it: one snapshot, one arena a report. */
static uint64_t ask_once(struct asking *asking, const char *csv)
{
    struct report report = {.note_count = 0};
    struct arena working;
    struct muster_err e;
    uint64_t from = muster_nano_now();

    arena_init_secret(&working, (size_t)512 << 20);
    asking->ask.arena = &working;
    if (store_snapshot_begin(asking->service.reader, &e) != MUSTER_OK ||
        report_attendance(&asking->ask, &report, &e) != MUSTER_OK) {
        fail("asking", e.text);
    }
    store_snapshot_end(asking->service.reader);
    uint64_t took = muster_nano_now() - from;
    if (csv != NULL) {
        write_csv(&report.table, csv);
    }
    arena_fini(&working);
    return took;
}

static int compare(const void *a, const void *b)
{
    const uint64_t *x = (const uint64_t *)a;
    const uint64_t *y = (const uint64_t *)b;

    return (*x > *y) - (*x < *y);
}

static int ask(const char *path, unsigned rounds, const char *csv, const char *convener)
{
    static struct asking asking;
    struct rusage usage;
    uint64_t *took = (uint64_t *)calloc(rounds, sizeof *took);
    if (took == NULL || rounds == 0) {
        fail("asking", "out of memory, or no rounds");
    }
    set_up(&asking, path, convener);
    (void)ask_once(&asking, csv);
    for (unsigned i = 0; i < rounds; i++) {
        took[i] = ask_once(&asking, NULL);
    }
    qsort(took, rounds, sizeof *took, compare);
    (void)getrusage(RUSAGE_SELF, &usage);
    printf("%llu %ld\n", (unsigned long long)(took[rounds / 2] / 1000), usage.ru_maxrss);
    store_reader_close(asking.service.reader);
    free(took);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "make") == 0) {
        return make(argv[2], (unsigned)strtoul(argv[3], NULL, 10),
                    (unsigned)strtoul(argv[4], NULL, 10));
    }
    if (argc == 5 && strcmp(argv[1], "rows") == 0) {
        return rows(argv[2], (unsigned)strtoul(argv[3], NULL, 10),
                    (unsigned)strtoul(argv[4], NULL, 10));
    }
    if ((argc == 5 || argc == 6) && strcmp(argv[1], "ask") == 0) {
        return ask(argv[2], (unsigned)strtoul(argv[3], NULL, 10), argv[4],
                   argc == 6 ? argv[5] : NULL);
    }
    fprintf(stderr, "bench_attendance make|rows|ask ...: see its source\n");
    return 2;
}
