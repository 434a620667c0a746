/* What the subcommands of muster-agent share. */
#ifndef MUSTER_AGENT_COMMANDS_H
#define MUSTER_AGENT_COMMANDS_H

#include "agents/client/print.h"
#include "agents/client/settings.h"
#include "agents/formats/reader.h"
#include "core/base/cli.h"

/* The options every subcommand has, first in the array of what was given. */
enum common_option {
    OPTION_CONFIG,
    OPTION_FORMAT,
    OPTION_KIND,
    COMMON_OPTIONS
};

typedef int command_run(const struct cli_command *command, const struct cli_given *given,
                        size_t operand_count, char **operands, void *context);

command_run command_check;
command_run command_submit;
command_run command_status;
command_run command_receipts;
command_run command_mailbox;

/* Loads --config. CLI_DONE, or complains and returns the exit code. */
int command_settings(const struct cli_given *given, struct settings *out);

/* Reads --format, the last one. False: it has said what is wrong, CLI_USAGE. */
bool command_format(const struct cli_given *given, enum print_format *out);

/* Says "muster-agent: sentence" and returns the exit code of the status. */
int command_complain(const struct muster_err *e, enum muster_status status);

/* The facts that rules are checked with on the agent's side. */
struct rule_facts command_facts(const struct settings *settings);

#endif
