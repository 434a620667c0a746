/* muster-agent check: findings by file, row and column, as csv; sends nothing. */
#include <stdio.h>
#include <string.h>

#include "agents/agent/commands.h"
#include "agents/agent/queueing.h"
#include "agents/client/print.h"

#define ROW_ARENA_BYTES (4u * 1024u * 1024u)

struct checking {
    struct arena arena;
    bool refuses;              /* any row or file would be refused */
    struct muster_err failure; /* of a row that ended the reading */
};

static void print_finding(const char *file, size_t row, const char *column, const char *code,
                          enum muster_level level, const char *message)
{
    print_csv_cell(stdout, file);
    printf(",%zu,", row);
    print_csv_cell(stdout, column);
    printf(",");
    print_csv_cell(stdout, code);
    printf(",%s,", muster_level_name(level));
    print_csv_cell(stdout, message);
    printf("\n");
}

static enum muster_status check_row(void *context, const struct reader_row *row)
{
    struct checking *checking = (struct checking *)context;
    struct muster_findings findings = row->findings;
    struct muster_bytes payload = {NULL, 0};
    /* The one thing that shows only when the record is put together. */
    if (muster_findings_refusal(&findings) == NULL) {
        enum muster_status status = queueing_encode(&row->record, &findings, &checking->arena,
                                                    &payload, &checking->failure);
        if (status != MUSTER_OK) {
            return muster_wrap(&checking->failure, status, "%s row %zu", row->file, row->row);
        }
    }
    for (size_t i = 0; i < findings.count; i++) {
        const struct muster_finding *finding = &findings.at[i];
        print_finding(row->file, row->row, finding->column, finding->code, finding->level,
                      finding->message);
        checking->refuses = checking->refuses || finding->level == MUSTER_LEVEL_REFUSAL;
    }
    if (findings.dropped > 0) {
        print_finding(
            row->file, row->row, "", "findings_dropped", MUSTER_LEVEL_NOTICE,
            "Mend what is named and check again: the row has more findings than are kept.");
    }
    arena_reset(&checking->arena);
    return MUSTER_OK;
}

static enum muster_status check_note(void *context, const struct reader_note *note)
{
    struct checking *checking = (struct checking *)context;
    print_finding(note->file, note->row, note->column, note->code, note->level, note->message);
    checking->refuses = checking->refuses || note->level == MUSTER_LEVEL_REFUSAL;
    return MUSTER_OK;
}

int command_check(const struct cli_command *command, const struct cli_given *given,
                  size_t operand_count, char **operands, void *context)
{
    struct settings settings;
    struct checking checking = {.refuses = false};
    int result = command_settings(given, &settings);
    (void)command;
    (void)context;
    if (result != CLI_DONE) {
        return result;
    }
    struct rule_facts facts = command_facts(&settings);
    struct reader_options options = {.facts = &facts};
    options.kind = given[OPTION_KIND].count > 0 ? given[OPTION_KIND].values[0] : NULL;
    struct reader_sink sink = {check_row, check_note};
    arena_init_secret(&checking.arena, ROW_ARENA_BYTES);
    printf("file,row,column,code,level,message\n");
    for (size_t i = 0; i < operand_count; i++) {
        struct muster_err e = {MUSTER_OK, ""};
        checking.failure = e;
        enum muster_status status =
            reader_file(operands[i], &options, &checking.arena, &sink, &checking, &e);
        if (status != MUSTER_OK) {
            bool is_row = checking.failure.status != MUSTER_OK;
            int code = command_complain(is_row ? &checking.failure : &e, status);
            result = code > result ? code : result;
        }
        arena_reset(&checking.arena);
    }
    arena_fini(&checking.arena);
    settings_fini(&settings);
    return result == CLI_DONE && checking.refuses ? CLI_NO : result;
}
