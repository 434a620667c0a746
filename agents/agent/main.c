/* muster-agent: reads a partner's exports, queues and submits them, keeps the receipts. */
#include <stdio.h>

#include "agents/agent/commands.h"
#include "core/base/clock.h"
#include "core/base/harden.h"
#include "core/domain/calendar.h"

int command_complain(const struct muster_err *e, enum muster_status status)
{
    fprintf(stderr, "muster-agent: %s\n", e->text);
    return cli_exit_of(status);
}

int command_settings(const struct cli_given *given, struct settings *out)
{
    struct muster_err e = {MUSTER_OK, ""};
    if (given[OPTION_CONFIG].count == 0) {
        fprintf(stderr, "muster-agent: needs --config FILE\n");
        return CLI_USAGE;
    }
    enum muster_status status =
        settings_load(given[OPTION_CONFIG].values[given[OPTION_CONFIG].count - 1], true, out, &e);
    return status == MUSTER_OK ? CLI_DONE : command_complain(&e, status);
}

bool command_format(const struct cli_given *given, enum print_format *out)
{
    const struct cli_given *named = &given[OPTION_FORMAT];
    if (!print_format_of(named->count > 0 ? named->values[named->count - 1] : NULL, out)) {
        fprintf(stderr, "muster-agent: --format is table, csv or json\n");
        return false;
    }
    return true;
}

struct rule_facts command_facts(const struct settings *settings)
{
    struct rule_facts facts = {
        .today = calendar_local_date(muster_utc_now()),
        .sender = settings->agency,
        .sender_is_council = settings->is_council,
        .agency_known = settings_knows_agency,
        .agencies = settings,
    };
    return facts;
}

int main(int argc, char **argv)
{
    static const struct cli_option common[] = {
        [OPTION_CONFIG] = {"config", "FILE", "the agent's configuration"},
        [OPTION_FORMAT] = {"format", "FORMAT", "table, csv or json"},
        [OPTION_KIND] = {"kind", "KIND", "what the files hold, where name and header do not tell"},
        [COMMON_OPTIONS] = {NULL, NULL, NULL},
    };
    static const struct cli_option receipts[] = {
        {"export", "DIR", "write each receipt to DIR as <kind>-<submission id>.tlog-proof"},
        {"confirmed", NULL, "of export: ask again for those that partners have cosigned"},
        {NULL, NULL, NULL},
    };
    static const struct cli_option mailbox[] = {
        {"all", NULL, "also what has been shown before"},
        {NULL, NULL, NULL},
    };
    static const struct cli_command commands[] = {
        {.name = "check",
         .operands = "FILE...",
         .help = "Parse and validate files; send nothing; print findings as csv.",
         .least_operands = 1,
         .most_operands = 4096,
         .run = command_check},
        {.name = "submit",
         .operands = "FILE...",
         .help = "Queue the rows of files, send what is queued, wait for receipts.",
         .most_operands = 4096,
         .run = command_submit},
        {.name = "status",
         .operands = "",
         .help = "Print how many submissions wait, were accepted, refused.",
         .run = command_status},
        {.name = "receipts",
         .operands = "",
         .help = "List submissions and what became of them; export receipts.",
         .options = receipts,
         .run = command_receipts},
        {.name = "mailbox",
         .operands = "",
         .help = "Fetch, keep and acknowledge the agency's messages; print what is new.",
         .options = mailbox,
         .run = command_mailbox},
        {.name = NULL},
    };
    muster_harden();
    return cli_dispatch("muster-agent", "0.1.0", commands, common, argc, argv, NULL);
}
