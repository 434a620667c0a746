/* muster attendance, contribution, section11: asks the gateway and prints its table. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/print.h"
#include "agents/client/session.h"
#include "agents/muster/commands.h"
#include "core/domain/calendar.h"

#define REPORT_ARENA_BYTES (CODEC_REPLY_ARENA_BYTES + 1024u * 1024u)
#define OPTION_PURPOSE                                                 \
    {                                                                  \
        "purpose", "P", "what the reading is for; recorded in the log" \
    }
#define OPTION_REFERENCE                                                          \
    {                                                                             \
        "reference", "R", "the case or minute it belongs to; recorded in the log" \
    }
#define OPTION_COLUMNS                                                         \
    {                                                                          \
        "columns", "LIST", "only these columns, in this order, with , between" \
    }
#define OPTION_LOG_SIZE                                                         \
    {                                                                           \
        "log-size", "N", "compute from the records within this size of the log" \
    }
#define OPTION_AGENCY                     \
    {                                     \
        "agency", "A", "only this agency" \
    }
#define OPTION_FROM                          \
    {                                        \
        "from", "D", "first day, 2026-01-05" \
    }
#define OPTION_TO             \
    {                         \
        "to", "D", "last day" \
    }
#define OPTION_CYCLE                                  \
    {                                                 \
        "cycle", "N", "a Board cycle instead of days" \
    }

#define OPTION_TYPE(none)                                                   \
    {                                                                       \
        "type", "T", "a meeting type; may be given again; without it " none \
    }

const struct cli_option attendance_options[] = {
    OPTION_FROM,
    OPTION_TO,
    OPTION_CYCLE,
    OPTION_AGENCY,
    {"by", "WHAT", "rows by agency, type, role or convener; without it agency"},
    {"trend", "PART", "a row for each month, quarter or cycle of the period"},
    {"role", "R", "only invitations in this role"},
    {"convener", "A", "only meetings that this council convened"},
    OPTION_TYPE("the five child meetings"),
    OPTION_PURPOSE,
    OPTION_REFERENCE,
    OPTION_LOG_SIZE,
    OPTION_COLUMNS,
    {NULL, NULL, NULL},
};

const struct cli_option meetings_options[] = {
    OPTION_FROM,
    OPTION_TO,
    OPTION_CYCLE,
    {"agency", "A", "only meetings that this agency was on the list of, and its own part of them"},
    OPTION_TYPE("the five child meetings"),
    {"convener", "A", "only meetings that this council convened"},
    OPTION_PURPOSE,
    OPTION_REFERENCE,
    OPTION_LOG_SIZE,
    OPTION_COLUMNS,
    {NULL, NULL, NULL},
};

const struct cli_option disputes_options[] = {
    {"open", NULL, "only those that nobody has ended"},
    OPTION_FROM,
    OPTION_TO,
    OPTION_CYCLE,
    OPTION_AGENCY,
    OPTION_TYPE("all"),
    OPTION_PURPOSE,
    OPTION_REFERENCE,
    OPTION_LOG_SIZE,
    OPTION_COLUMNS,
    {NULL, NULL, NULL},
};

const struct cli_option waiting_options[] = {
    OPTION_AGENCY,   OPTION_PURPOSE, OPTION_REFERENCE,
    OPTION_LOG_SIZE, OPTION_COLUMNS, {NULL, NULL, NULL},
};

const struct cli_option escalations_options[] = {
    {"open", NULL, "only those that are not closed"},
    OPTION_AGENCY,
    OPTION_PURPOSE,
    OPTION_REFERENCE,
    OPTION_LOG_SIZE,
    OPTION_COLUMNS,
    {NULL, NULL, NULL},
};

const struct cli_option contribution_options[] = {
    OPTION_FROM,      OPTION_TO,       OPTION_CYCLE,   OPTION_AGENCY,      OPTION_PURPOSE,
    OPTION_REFERENCE, OPTION_LOG_SIZE, OPTION_COLUMNS, {NULL, NULL, NULL},
};

const struct cli_option section11_options[] = {
    {"period", "P", "a financial year, 2025-26; without it the present one"},
    OPTION_AGENCY,
    OPTION_PURPOSE,
    OPTION_REFERENCE,
    OPTION_LOG_SIZE,
    OPTION_COLUMNS,
    {NULL, NULL, NULL},
};

/* A whole number from 1 on; false with a complaint for anything else. */
static bool number_of(const struct cli_command *command, const struct cli_given *given,
                      const char *name, uint64_t most, uint64_t least, uint64_t *out,
                      bool *is_given)
{
    const char *text = given_text(command, given, name);
    *is_given = text != NULL;
    if (text == NULL) {
        return true;
    }
    char *end = NULL;
    unsigned long long number = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number < least || number > most) {
        fprintf(stderr, "muster: --%s is a whole number from %llu\n", name,
                (unsigned long long)least);
        return false;
    }
    *out = number;
    return true;
}

static bool date_of(const char *name, const char *text, struct muster_date *out)
{
    if (!calendar_date_parse(text, out)) {
        fprintf(stderr, "muster: --%s is a date as 2026-01-05\n", name);
        return false;
    }
    return true;
}

static bool take_dates(const struct cli_command *command, const struct cli_given *given,
                       struct codec_query *query)
{
    const char *from = given_text(command, given, "from");
    const char *to = given_text(command, given, "to");
    if (from == NULL && to == NULL) {
        return true;
    }
    if (from == NULL || to == NULL || query->cycle > 0) {
        fprintf(stderr, "muster: give --from and --to together, or --cycle\n");
        return false;
    }
    if (!date_of("from", from, &query->from) || !date_of("to", to, &query->to)) {
        return false;
    }
    if (query->to.days < query->from.days) {
        fprintf(stderr, "muster: --to is before --from\n");
        return false;
    }
    query->dated = true;
    return true;
}

static bool take_query(const struct cli_command *command, const struct cli_given *given,
                       struct codec_query *query)
{
    uint64_t cycle = 0;
    bool has_cycle = false;
    const struct cli_given *types = given_find(command, given, "type");
    query->report = command->name;
    query->purpose = given_text(command, given, "purpose");
    query->reference = given_text(command, given, "reference");
    query->agency = given_text(command, given, "agency");
    query->period = given_text(command, given, "period");
    query->convener = given_text(command, given, "convener");
    query->role = given_text(command, given, "role");
    query->by = given_text(command, given, "by");
    query->trend = given_text(command, given, "trend");
    query->open = given_find(command, given, "open") != NULL;
    if (types != NULL) {
        query->types = types->values;
        query->type_count = types->count;
    }
    if (!number_of(command, given, "cycle", 10000, 1, &cycle, &has_cycle) ||
        !number_of(command, given, "log-size", INT64_MAX, 0, &query->log_size, &query->sized)) {
        return false;
    }
    query->cycle = (uint32_t)cycle;
    return take_dates(command, given, query);
}

static enum muster_status ask(const struct settings *settings, const struct codec_query *query,
                              const char *columns, enum print_format format, struct muster_err *e)
{
    struct session *session = NULL;
    struct session_failure failure = {"", "", false};
    struct codec_table table;
    struct arena arena;
    arena_init(&arena, REPORT_ARENA_BYTES);
    enum muster_status status = session_open(settings, &session, e);
    if (status == MUSTER_OK) {
        status = session_query(session, query, &arena, &table, &failure, e);
    }
    if (status == MUSTER_OK && format == PRINT_TABLE) {
        status = columns_show_shares(&arena, &table, e);
    }
    if (status == MUSTER_OK && columns != NULL) {
        status = columns_choose(columns, &arena, &table, e);
    }
    if (status == MUSTER_OK) {
        status = print_table(stdout, format, &table, e);
    }
    session_close(session);
    arena_fini(&arena);
    return status;
}

int command_report(const struct cli_command *command, const struct cli_given *given,
                   size_t operand_count, char **operands, void *context)
{
    struct settings settings;
    struct muster_err e = {MUSTER_OK, ""};
    struct codec_query query = {.report = NULL};
    enum print_format format;
    (void)operand_count;
    (void)operands;
    (void)context;
    if (!command_takes(given, &format)) {
        return CLI_USAGE;
    }
    if (!take_query(command, given, &query)) {
        return CLI_USAGE;
    }
    enum muster_status status = settings_load(given[OPTION_CONFIG].values[0], false, &settings, &e);
    if (status == MUSTER_OK) {
        /* Questions are not signed. */
        settings.signing_key = NULL;
        status = ask(&settings, &query, given_text(command, given, "columns"), format, &e);
        settings_fini(&settings);
    }
    return status == MUSTER_OK ? CLI_DONE : command_complain(&e, status);
}
