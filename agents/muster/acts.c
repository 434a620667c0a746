/* muster close, muster rule: the LSCB's own acts. */
#include <stdio.h>
#include <string.h>

#include "agents/muster/act.h"
#include "agents/muster/commands.h"
#include "core/base/clock.h"
#include "core/domain/calendar.h"

#define OPTION_RECEIPT                               \
    {                                                \
        "receipt", "FILE", "write the receipt there" \
    }
#define OPTION_REPLACE                                           \
    {                                                            \
        "replace", NULL, "take the place of an earlier decision" \
    }
#define OPTION_AT                                                             \
    {                                                                         \
        "at", "TIME", "when it was decided, 2026-03-02T14:00; without it now" \
    }

const struct cli_option close_options[] = {
    {"resolution", "CODE", "resolved, explained, not_upheld or taken_further"},
    {"note-file", "FILE", "a note to keep with it, sealed; - reads standard input"},
    OPTION_AT,
    OPTION_REPLACE,
    OPTION_RECEIPT,
    {NULL, NULL, NULL},
};

const struct cli_option rule_options[] = {
    {"agency", "A", "the agency whose attendance is disputed"},
    {"role", "R", "in which role it was invited"},
    {"status", "S", "attended, attended_remote, deputy, apologies or no_apologies"},
    {"report", "S", "not_required, on_time, late or not_received"},
    {"reason-file", "FILE", "the reason, kept sealed; - reads standard input"},
    OPTION_AT,
    OPTION_REPLACE,
    OPTION_RECEIPT,
    {NULL, NULL, NULL},
};

/* What was asked for, and what a command adds to the conversation. */
struct acting {
    const struct cli_command *command;
    const struct cli_given *given;
    const char *subject; /* the escalation, the meeting */
    struct settings settings;
    struct arena arena;
    struct act act;
};

static void put_text(struct acting *acting, int field, const char *text)
{
    struct muster_value *put = &acting->act.record.value[field];
    put->given = text != NULL && text[0] != '\0';
    put->text = text;
}

static const char *given(const struct acting *acting, const char *name)
{
    return given_text(acting->command, acting->given, name);
}

/* Every option of `names`, ended by NULL, must be given. */
static bool has_all(const struct acting *acting, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (given(acting, *names) == NULL) {
            fprintf(stderr, "muster: needs --%s\n", *names);
            return false;
        }
    }
    return true;
}

static bool put_time(struct acting *acting, int field)
{
    const char *text = given(acting, "at");
    struct calendar_reading reading = {.at = muster_utc_now()};
    if (text != NULL && !calendar_instant_parse(text, &reading)) {
        fprintf(stderr, "muster: --at is a time as 2026-03-02T14:00\n");
        return false;
    }
    acting->act.record.value[field] = (struct muster_value){.given = true, .instant = reading.at};
    return true;
}

static int put_free_text(struct acting *acting, const char *option, int field)
{
    struct muster_err e = {MUSTER_OK, ""};
    const char *path = given(acting, option);
    const char *text = NULL;
    if (path == NULL) {
        return CLI_DONE;
    }
    enum muster_status status = act_read_text(path, &acting->arena, &text, &e);
    if (status != MUSTER_OK) {
        return command_complain(&e, status);
    }
    put_text(acting, field, text);
    return CLI_DONE;
}

/* The cell of a row by its column's name; "" where there is no such column. */
static const char *cell(const struct codec_table *table, size_t row, const char *name)
{
    for (size_t c = 0; c < table->column_count; c++) {
        if (strcmp(table->columns[c].name, name) == 0) {
            return table->cells[row * table->column_count + c];
        }
    }
    return "";
}

static const char *value(const struct acting *acting, int field)
{
    return acting->act.record.value[field].text;
}

/* Asks what is known of the thing that is decided about. */
static int ask_about(struct acting *acting, const char *report, const char *purpose,
                     const char *agency, struct codec_table *table)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct session_failure failure;
    const struct codec_query query = {.report = report, .purpose = purpose, .agency = agency};
    enum muster_status status =
        session_query(acting->act.session, &query, &acting->arena, table, &failure, &e);
    return status == MUSTER_OK ? CLI_DONE : command_complain(&e, status);
}

/* --- close ------------------------------------------------------------------------------------ */

static int fill_closure(struct acting *acting)
{
    static const char *const needed[] = {"resolution", NULL};
    if (!has_all(acting, needed) || !put_time(acting, MUSTER_ESCALATION_CLOSURE_CLOSED_AT)) {
        return CLI_USAGE;
    }
    put_text(acting, MUSTER_ESCALATION_CLOSURE_ESCALATION_ID, acting->subject);
    put_text(acting, MUSTER_ESCALATION_CLOSURE_RESOLUTION, given(acting, "resolution"));
    return put_free_text(acting, "note-file", MUSTER_ESCALATION_CLOSURE_TEXT);
}

/* What is known of the escalation: whoever closes it sees it. One that there is not, by a slip of
 * the pen or because its cause has gone, is not closed. */
static int look_at_escalation(struct acting *acting, bool *is_done)
{
    struct codec_table table;
    int result = ask_about(acting, "escalations", "closing", NULL, &table);
    for (size_t row = 0; result == CLI_DONE && row < table.row_count; row++) {
        if (strcmp(cell(&table, row, "escalation"), acting->subject) == 0) {
            fprintf(stderr, "muster: %s, %s since %s, %s times, at %s; %s %s\n",
                    cell(&table, row, "agency"), cell(&table, row, "trigger"),
                    cell(&table, row, "opened"), cell(&table, row, "count"),
                    cell(&table, row, "stage"), cell(&table, row, "state"),
                    cell(&table, row, "resolution"));
            *is_done = strcmp(cell(&table, row, "resolution"),
                              value(acting, MUSTER_ESCALATION_CLOSURE_RESOLUTION)) == 0;
            return CLI_DONE;
        }
    }
    if (result == CLI_DONE) {
        fprintf(stderr, "muster: there is no such escalation: see muster escalations\n");
        result = CLI_NO;
    }
    return result;
}

/* --- rule ------------------------------------------------------------------------------------- */

static int fill_ruling(struct acting *acting)
{
    static const char *const needed[] = {"agency", "role", "status", "report", "reason-file", NULL};
    if (!has_all(acting, needed) || !put_time(acting, MUSTER_DISPUTE_RULING_RULED_AT)) {
        return CLI_USAGE;
    }
    put_text(acting, MUSTER_DISPUTE_RULING_MEETING_ID, acting->subject);
    put_text(acting, MUSTER_DISPUTE_RULING_AGENCY, given(acting, "agency"));
    put_text(acting, MUSTER_DISPUTE_RULING_ROLE, given(acting, "role"));
    put_text(acting, MUSTER_DISPUTE_RULING_STATUS, given(acting, "status"));
    put_text(acting, MUSTER_DISPUTE_RULING_REPORT, given(acting, "report"));
    return put_free_text(acting, "reason-file", MUSTER_DISPUTE_RULING_REASON);
}

/* Whether the Board has ruled just so. */
static bool is_ruled_so(const struct acting *acting, const struct codec_table *table, size_t row)
{
    return strcmp(cell(table, row, "ruled_status"), value(acting, MUSTER_DISPUTE_RULING_STATUS)) ==
               0 &&
           strcmp(cell(table, row, "ruled_report"), value(acting, MUSTER_DISPUTE_RULING_REPORT)) ==
               0;
}

static void say_dispute(const struct codec_table *table, size_t row)
{
    fprintf(stderr, "muster: %s recorded %s, report %s; %s itself %s, report %s\n",
            cell(table, row, "convener"), cell(table, row, "council_status"),
            cell(table, row, "council_report"), cell(table, row, "agency"),
            cell(table, row, "own_status"), cell(table, row, "own_report"));
    if (strcmp(cell(table, row, "state"), "ruled") == 0) {
        fprintf(stderr, "muster: the Board has ruled %s, report %s\n",
                cell(table, row, "ruled_status"), cell(table, row, "ruled_report"));
    }
}

/* What the two sides say, and what the Board has ruled so far: whoever rules sees it. A ruling on
 * what nobody disputes, or on a slip of the pen in the meeting's number, is not sent. */
static int look_at_dispute(struct acting *acting, bool *is_done)
{
    struct codec_table table;
    const char *agency = value(acting, MUSTER_DISPUTE_RULING_AGENCY);
    int result = ask_about(acting, "disputes", "ruling", agency, &table);
    for (size_t row = 0; result == CLI_DONE && row < table.row_count; row++) {
        if (strcmp(cell(&table, row, "meeting"), acting->subject) == 0 &&
            strcmp(cell(&table, row, "agency"), agency) == 0 &&
            strcmp(cell(&table, row, "role"), value(acting, MUSTER_DISPUTE_RULING_ROLE)) == 0) {
            say_dispute(&table, row);
            *is_done = is_ruled_so(acting, &table, row);
            return CLI_DONE;
        }
    }
    if (result != CLI_DONE) {
        return result;
    }
    fprintf(stderr, "muster: there is no dispute about that agency, in that role, at that meeting: "
                    "see muster disputes\n");
    return CLI_NO;
}

/* --- the two together ------------------------------------------------------------------------- */

struct sort {
    enum muster_kind kind;
    int (*fill)(struct acting *acting);
    /* before the Board sends it; NULL: nothing to look at. *is_done: nothing is left to send */
    int (*look)(struct acting *acting, bool *is_done);
};

static int converse(struct acting *acting, const struct sort *sort)
{
    struct muster_err e = {MUSTER_OK, ""};
    enum muster_status status = session_open(&acting->settings, &acting->act.session, &e);
    if (status != MUSTER_OK) {
        return command_complain(&e, status);
    }
    bool is_done = false;
    /* Anybody else's act goes to the gateway as it is, which refuses it and logs that. */
    bool looks = sort->look != NULL && strcmp(acting->settings.agency, MUSTER_LSCB) == 0;
    int result = looks ? sort->look(acting, &is_done) : CLI_DONE;
    if (is_done) {
        fprintf(stderr, "muster: the Board has decided just so: nothing was sent\n");
    } else if (result == CLI_DONE) {
        result = act_submit(&acting->act);
    }
    session_close(acting->act.session);
    return result;
}

static int perform(struct acting *acting, const struct sort *sort)
{
    struct muster_err e = {MUSTER_OK, ""};
    acting->act.record.schema = muster_schema_of(sort->kind);
    acting->act.arena = &acting->arena;
    acting->act.replaces = given_find(acting->command, acting->given, "replace") != NULL;
    acting->act.receipt_file = given(acting, "receipt");
    int result = sort->fill(acting);
    if (result != CLI_DONE) {
        return result;
    }
    enum muster_status status =
        settings_load(acting->given[OPTION_CONFIG].values[0], false, &acting->settings, &e);
    if (status != MUSTER_OK) {
        return command_complain(&e, status);
    }
    if (acting->settings.agency == NULL) {
        acting->settings.agency = MUSTER_LSCB;
    }
    result = converse(acting, sort);
    settings_fini(&acting->settings);
    return result;
}

int command_act(const struct cli_command *command, const struct cli_given *given_options,
                size_t operand_count, char **operands, void *context)
{
    static const struct sort close_sort = {MUSTER_KIND_ESCALATION_CLOSURE, fill_closure,
                                           look_at_escalation};
    static const struct sort rule_sort = {MUSTER_KIND_DISPUTE_RULING, fill_ruling, look_at_dispute};
    struct acting acting = {.command = command, .given = given_options, .subject = operands[0]};
    (void)operand_count;
    (void)context;
    if (!command_takes(given_options, &acting.act.format)) {
        return CLI_USAGE;
    }
    arena_init_secret(&acting.arena, ACT_ARENA_BYTES);
    int result = perform(&acting, strcmp(command->name, "rule") == 0 ? &rule_sort : &close_sort);
    arena_fini(&acting.arena);
    return result;
}
