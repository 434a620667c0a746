/* muster: questions to the gateway, and receipts checked without it. */
#include <stdio.h>
#include <string.h>

#include "agents/muster/commands.h"
#include "core/base/harden.h"

bool command_takes(const struct cli_given *given, enum print_format *format)
{
    const struct cli_given *named = &given[OPTION_FORMAT];
    if (given[OPTION_CONFIG].count == 0) {
        fprintf(stderr, "muster: needs --config FILE\n");
        return false;
    }
    if (!print_format_of(named->count > 0 ? named->values[named->count - 1] : NULL, format)) {
        fprintf(stderr, "muster: --format is table, csv or json\n");
        return false;
    }
    return true;
}

int command_complain(const struct muster_err *e, enum muster_status status)
{
    fprintf(stderr, "muster: %s\n", e->text);
    /* A receipt or key of a kind that is not known here does not verify. */
    return status == MUSTER_EUNSUPPORTED ? CLI_NO : cli_exit_of(status);
}

const struct cli_given *given_find(const struct cli_command *command, const struct cli_given *given,
                                   const char *name)
{
    for (size_t i = 0; command->options[i].name != NULL; i++) {
        if (strcmp(command->options[i].name, name) == 0) {
            return given[i].count > 0 ? &given[i] : NULL;
        }
    }
    return NULL;
}

const char *given_text(const struct cli_command *command, const struct cli_given *given,
                       const char *name)
{
    const struct cli_given *found = given_find(command, given, name);
    return found == NULL ? NULL : found->values[found->count - 1];
}

static const struct cli_command commands[] = {
    {.name = "attendance",
     .operands = "",
     .help = "Who was expected at meetings, who came, whose report came on time.",
     .options = attendance_options,
     .run = command_report},
    {.name = "contribution",
     .operands = "",
     .help = "What each partner contributes: referrals, what became of them, early help.",
     .options = contribution_options,
     .run = command_report},
    {.name = "section11",
     .operands = "",
     .help = "Who returned which section 11 (or 175/157) self-audit.",
     .options = section11_options,
     .run = command_report},
    {.name = "meetings",
     .operands = "",
     .help = "Meeting by meeting: who came, whether there was a quorum, whether it was in time.",
     .options = meetings_options,
     .run = command_report},
    {.name = "disputes",
     .operands = "",
     .help = "Where the council and an agency recorded different things of one invitation.",
     .options = disputes_options,
     .run = command_report},
    {.name = "waiting",
     .operands = "",
     .help = "Records that wait for another one: a meeting, an invitation, a referral.",
     .options = waiting_options,
     .run = command_report},
    {.name = "escalations",
     .operands = "",
     .help = "Who keeps missing meetings, or convening them badly, and what came of it.",
     .options = escalations_options,
     .run = command_report},
    {.name = "close",
     .operands = "ESCALATION",
     .help = "The LSCB closes an escalation.",
     .options = close_options,
     .least_operands = 1,
     .most_operands = 1,
     .run = command_act},
    {.name = "rule",
     .operands = "MEETING",
     .help = "The LSCB rules what counts where an attendance is disputed.",
     .options = rule_options,
     .least_operands = 1,
     .most_operands = 1,
     .run = command_act},
    {.name = "mailbox",
     .operands = "",
     .help = "Notices that wait for the Local Safeguarding Children Board.",
     .options = mailbox_options,
     .run = command_mailbox},
    {.name = "enrol",
     .operands = "",
     .help = "The operator enrols a signing certificate, or shows which are known.",
     .options = enrol_options,
     .run = command_enrol},
    {.name = "log",
     .operands = "[verify | tail | export DIR]",
     .help = "Who has witnessed the log; recompute it, show its last entries, copy it as tiles.",
     .options = log_options,
     .most_operands = 2,
     .run = command_log},
    {.name = "receipt",
     .operands = "verify FILE.tlog-proof...",
     .help = "Check receipts offline, with the log's public key alone.",
     .options = receipt_options,
     .least_operands = 2,
     .most_operands = 16384,
     .run = command_receipt},
    {.name = NULL},
};

int main(int argc, char **argv)
{
    static const struct cli_option common[] = {
        [OPTION_CONFIG] = {"config", "FILE", "the configuration of muster, or an agent's"},
        [OPTION_FORMAT] = {"format", "FORMAT", "table, csv or json"},
        [COMMON_OPTIONS] = {NULL, NULL, NULL},
    };
    muster_harden();
    return cli_dispatch("muster", "0.1.0", commands, common, argc, argv, NULL);
}
