/* muster log, log verify, tail, export: what the gateway keeps, checked on this side. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/print.h"
#include "agents/muster/commands.h"
#include "agents/muster/log_export.h"
#include "agents/muster/log_walk.h"
#include "core/base/encode.h"
#include "core/codec/leaf.h"
#include "core/domain/calendar.h"
#include "core/tlog/key.h"

#define LOG_ARENA_BYTES (CODEC_REPLY_ARENA_BYTES + 2u * MUSTER_FRAME_BYTES)
#define TAIL_ENTRIES    20u

enum log_option {
    OPTION_COUNT = COMMON_OPTIONS,
    OPTION_PURPOSE,
    OPTION_REFERENCE
};

const struct cli_option log_options[] = {
    {"count", "N", "of tail: how many entries, at most 512; without it 20"},
    {"purpose", "P", "what the reading is for; tail needs it; recorded in the log"},
    {"reference", "R", "the case or minute it belongs to; recorded in the log"},
    {NULL, NULL, NULL},
};

struct log_ask {
    struct codec_log_read read;
    enum print_format format;
    const char *folder;
};

/* --- who has witnessed what ------------------------------------------------------------------- */

static enum muster_status show_witnessed(struct session *session, const struct log_ask *ask,
                                         struct arena *arena, struct muster_err *e)
{
    const struct codec_query query = {
        .report = "log_verify", .purpose = ask->read.purpose, .reference = ask->read.reference};
    struct session_failure failure;
    struct codec_table table;
    enum muster_status status = session_query(session, &query, arena, &table, &failure, e);
    return status == MUSTER_OK ? print_table(stdout, ask->format, &table, e) : status;
}

/* --- verify ----------------------------------------------------------------------------------- */

static enum muster_status print_verified(const struct tlog_key *key, const struct tlog_tree *tree,
                                         const struct log_walked *walked, enum print_format format,
                                         struct muster_err *e)
{
    static const struct codec_column columns[] = {{"log", CODEC_COLUMN_TEXT},
                                                  {"size", CODEC_COLUMN_COUNT},
                                                  {"root", CODEC_COLUMN_TEXT},
                                                  {"verified", CODEC_COLUMN_TEXT}};
    char root[2 * MUSTER_HASH_BYTES + 1];
    char size[32];
    const char *cells[] = {key->name, size, root, "yes"};
    hex_encode(walked->root.b, sizeof walked->root.b, root);
    (void)snprintf(size, sizeof size, "%" PRIu64, tree->size);
    if (format == PRINT_TABLE) {
        printf("verified\nlog         %s\nlog size    %s\nroot        %s\n", key->name, size, root);
        return MUSTER_OK;
    }
    struct codec_table table = {.report = "log_verify",
                                .columns = columns,
                                .column_count = 4,
                                .cells = cells,
                                .row_count = 1,
                                .log_size = tree->size,
                                .checkpoint = walked->note};
    return print_table(stdout, format, &table, e);
}

static enum muster_status verify(struct session *session, const struct log_ask *ask,
                                 struct arena *arena, struct muster_err *e)
{
    static struct log_walked walked;
    const struct log_visitor visitor = {.sink = tlog_sink_none};
    struct codec_log_read read = ask->read;
    struct tlog_tree *tree = (struct tlog_tree *)muster_alloc(sizeof *tree);
    if (tree == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    read.leaves = false;
    enum muster_status status = log_walk(session, &read, &visitor, arena, tree, &walked, e);
    if (status == MUSTER_OK) {
        status = print_verified(session_log_key(session), tree, &walked, ask->format, e);
    }
    muster_free(tree);
    return status;
}

/* --- tail ------------------------------------------------------------------------------------- */

static const struct codec_column tail_columns[] = {
    {"index", CODEC_COLUMN_COUNT},  {"logged_at", CODEC_COLUMN_TEXT}, {"kind", CODEC_COLUMN_TEXT},
    {"org", CODEC_COLUMN_TEXT},     {"role", CODEC_COLUMN_TEXT},      {"action", CODEC_COLUMN_TEXT},
    {"outcome", CODEC_COLUMN_TEXT}, {"reason", CODEC_COLUMN_TEXT},    {"record", CODEC_COLUMN_TEXT},
    {"version", CODEC_COLUMN_TEXT}, {"subject", CODEC_COLUMN_TEXT},
};
#define TAIL_COLUMNS (sizeof tail_columns / sizeof tail_columns[0])

static const char *outcome_name(enum codec_leaf_outcome outcome)
{
    switch (outcome) {
    case CODEC_LEAF_DONE:
        return "done";
    case CODEC_LEAF_REFUSED:
        return "refused";
    case CODEC_LEAF_FAILED:
        break;
    }
    return "failed";
}

static const char *or_empty(const char *text)
{
    return text != NULL ? text : "";
}

static enum muster_status fill_row(const char **cells, uint64_t index, struct muster_bytes bytes,
                                   struct arena *arena, struct muster_err *e)
{
    struct codec_leaf leaf;
    char at[CALENDAR_UTC_BYTES];
    enum muster_status status = codec_leaf_decode(bytes, arena, &leaf, e);
    if (status != MUSTER_OK) {
        return muster_wrap(e, status, "entry %" PRIu64, index);
    }
    const struct muster_schema *schema = muster_schema_of(leaf.record_kind);
    calendar_utc_format(leaf.logged_at, at);
    cells[0] = arena_printf(arena, "%" PRIu64, index);
    cells[1] = arena_text(arena, at);
    cells[2] = leaf.kind;
    cells[3] = or_empty(leaf.org);
    cells[4] = or_empty(leaf.role);
    cells[5] = or_empty(leaf.action);
    cells[6] = outcome_name(leaf.outcome);
    cells[7] = or_empty(leaf.reason);
    cells[8] = schema != NULL ? schema->name : "";
    cells[9] = leaf.version > 0 ? arena_printf(arena, "%u", leaf.version) : "";
    cells[10] = or_empty(leaf.subject);
    return cells[0] != NULL && cells[1] != NULL && cells[9] != NULL
               ? MUSTER_OK
               : muster_fail(e, MUSTER_ENOMEM, "out of memory");
}

static enum muster_status tail(struct session *session, const struct log_ask *ask,
                               struct arena *arena, struct muster_err *e)
{
    struct session_failure failure;
    struct session_log log;
    struct codec_log_read read = ask->read;
    read.leaves = true;
    enum muster_status status = session_log_read(session, &read, arena, &log, &failure, e);
    if (status != MUSTER_OK) {
        return status;
    }
    const char **cells =
        (const char **)arena_array(arena, TAIL_COLUMNS * log.page.count, sizeof *cells);
    if (cells == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; status == MUSTER_OK && i < log.page.count; i++) {
        status =
            fill_row(cells + i * TAIL_COLUMNS, log.page.from + i, log.page.leaves[i], arena, e);
    }
    struct codec_table table = {.report = "log_entries",
                                .columns = tail_columns,
                                .column_count = TAIL_COLUMNS,
                                .cells = cells,
                                .row_count = log.page.count,
                                .log_size = log.checkpoint.size,
                                .checkpoint = log.page.checkpoint};
    return status == MUSTER_OK ? print_table(stdout, ask->format, &table, e) : status;
}

/* --- export ----------------------------------------------------------------------------------- */

static enum muster_status export_tiles(struct session *session, const struct log_ask *ask,
                                       struct arena *arena, struct muster_err *e)
{
    struct log_exported exported;
    struct codec_log_read read = ask->read;
    (void)arena;
    /* Entries are for those who say what for; everybody may have the hashes. */
    read.leaves = read.purpose != NULL;
    enum muster_status status = log_export(session, &read, ask->folder, &exported, e);
    if (status == MUSTER_OK) {
        printf("%" PRIu64 " entries verified and written to %s\n", exported.size, ask->folder);
    }
    if (status == MUSTER_OK && !exported.entries) {
        printf("Hashes only: the entries themselves are for the auditor, with --purpose.\n");
    }
    return status;
}

/* --- the command ------------------------------------------------------------------------------ */

typedef enum muster_status log_action(struct session *session, const struct log_ask *ask,
                                      struct arena *arena, struct muster_err *e);

static bool take_count(const struct cli_given *given, uint32_t *out)
{
    *out = TAIL_ENTRIES;
    if (given->count == 0) {
        return true;
    }
    char *end = NULL;
    const char *text = given->values[given->count - 1];
    unsigned long number = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || number < 1 ||
        number > MUSTER_LOG_LEAVES) {
        fprintf(stderr, "muster: --count is a whole number from 1 to %u\n", MUSTER_LOG_LEAVES);
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

static const char *last_of(const struct cli_given *given)
{
    return given->count > 0 ? given->values[given->count - 1] : NULL;
}

static log_action *find_action(size_t operand_count, char **operands)
{
    if (operand_count == 0) {
        return show_witnessed;
    }
    if (strcmp(operands[0], "verify") == 0 && operand_count == 1) {
        return verify;
    }
    if (strcmp(operands[0], "tail") == 0 && operand_count == 1) {
        return tail;
    }
    return strcmp(operands[0], "export") == 0 && operand_count == 2 ? export_tiles : NULL;
}

static enum muster_status act(const struct settings *settings, log_action *action,
                              const struct log_ask *ask, struct muster_err *e)
{
    struct session *session = NULL;
    struct arena arena;
    arena_init(&arena, LOG_ARENA_BYTES);
    enum muster_status status = session_open(settings, &session, e);
    if (status == MUSTER_OK) {
        status = action(session, ask, &arena, e);
    }
    session_close(session);
    arena_fini(&arena);
    return status;
}

int command_log(const struct cli_command *command, const struct cli_given *given,
                size_t operand_count, char **operands, void *context)
{
    struct settings settings;
    struct muster_err e = {MUSTER_OK, ""};
    struct log_ask ask = {.folder = operand_count > 1 ? operands[1] : NULL};
    log_action *action = find_action(operand_count, operands);
    (void)command;
    (void)context;
    if (action == NULL) {
        fprintf(stderr, "muster: log, log verify, log tail or log export DIR\n");
        return CLI_USAGE;
    }
    if (!command_takes(given, &ask.format)) {
        return CLI_USAGE;
    }
    if (!take_count(&given[OPTION_COUNT], &ask.read.count)) {
        return CLI_USAGE;
    }
    ask.read.purpose = last_of(&given[OPTION_PURPOSE]);
    ask.read.reference = last_of(&given[OPTION_REFERENCE]);
    enum muster_status status = settings_load(given[OPTION_CONFIG].values[0], false, &settings, &e);
    if (status == MUSTER_OK) {
        settings.signing_key = NULL; /* readings are not signed */
        status = act(&settings, action, &ask, &e);
        settings_fini(&settings);
    }
    return status == MUSTER_OK ? CLI_DONE : command_complain(&e, status);
}
