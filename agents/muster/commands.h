/* What the subcommands of muster share. */
#ifndef MUSTER_COMMANDS_H
#define MUSTER_COMMANDS_H

#include <muster/status.h>

#include "agents/client/print.h"
#include "core/base/cli.h"

/* The options every subcommand has, first in the array of what was given. */
enum common_option {
    OPTION_CONFIG,
    OPTION_FORMAT,
    COMMON_OPTIONS
};

typedef int command_run(const struct cli_command *command, const struct cli_given *given,
                        size_t operand_count, char **operands, void *context);

/* One function for all reports: the command's name is the report's. Its options are report_options
 * or a part of them, found by name. */
command_run command_report;
command_run command_act;
command_run command_receipt;
command_run command_log;
command_run command_mailbox;
command_run command_enrol;

extern const struct cli_option attendance_options[];
extern const struct cli_option contribution_options[];
extern const struct cli_option section11_options[];
extern const struct cli_option meetings_options[];
extern const struct cli_option disputes_options[];
extern const struct cli_option waiting_options[];
extern const struct cli_option close_options[];
extern const struct cli_option rule_options[];
extern const struct cli_option escalations_options[];
extern const struct cli_option receipt_options[];
extern const struct cli_option log_options[];
extern const struct cli_option mailbox_options[];
extern const struct cli_option enrol_options[];

/* What was given for an option of this command, by name, and its last argument; NULL where the
 * command has none or nothing was given. */
const struct cli_given *given_find(const struct cli_command *command, const struct cli_given *given,
                                   const char *name);
const char *given_text(const struct cli_command *command, const struct cli_given *given,
                       const char *name);

/* Puts the numbers that a percentage was made of behind it. What *table becomes lies in `arena`
 * beside what it was. */
struct arena;
struct codec_table;
enum muster_status columns_show_shares(struct arena *arena, struct codec_table *table,
                                       struct muster_err *e) MUSTER_MUST_CHECK;
/* Leaves of the table the columns named, `,` between, in that order. MUSTER_EUSAGE: there is no
 * such column. As above. */
enum muster_status columns_choose(const char *names, struct arena *arena, struct codec_table *table,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

/* What every command that asks a gateway needs: --config is there, --format (the last one) is one.
 * False: it has said what is wrong, CLI_USAGE. */
bool command_takes(const struct cli_given *given, enum print_format *format);

/* Says "muster: sentence" and returns the exit code of the status. */
int command_complain(const struct muster_err *e, enum muster_status status);

#endif
