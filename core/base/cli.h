/* Command lines: a table of options feeds parsing and --help alike. Options may follow operands. */
#ifndef MUSTER_BASE_CLI_H
#define MUSTER_BASE_CLI_H

#include <stdbool.h>
#include <stddef.h>

#include <muster/status.h>

/* Exit codes of every program. */
enum cli_exit {
    CLI_DONE = 0,  /* did what was asked */
    CLI_NO = 1,    /* the answer is no: forbidden, refused, not verified */
    CLI_USAGE = 2, /* wrong command line */
    CLI_FAILED = 3 /* gateway, disk or configuration failed */
};

/* The exit code for a status: CLI_NO where the answer is no, CLI_USAGE for a wrong call, CLI_FAILED
 * where gateway, disk or configuration failed. */
int cli_exit_of(enum muster_status status);

#define CLI_REPEATS 32

struct cli_option {
    const char *name;     /* without the dashes */
    const char *argument; /* "FILE"; NULL for a flag */
    const char *help;
};

/* What was given for one option: how often, and the arguments in order. */
struct cli_given {
    size_t count;
    const char *values[CLI_REPEATS];
};

struct cli_command {
    const char *name;                 /* NULL for a program without subcommands */
    const char *operands;             /* "FILE..." or "" */
    const char *help;                 /* one sentence */
    const struct cli_option *options; /* ended by a NULL name */
    size_t least_operands;
    size_t most_operands;
    int (*run)(const struct cli_command *command, const struct cli_given *given,
               size_t operand_count, char **operands, void *context);
};

/* Parses argv[1..] against `command`; on --help prints usage and returns CLI_DONE; on a wrong line
 * says what is wrong, with the nearest valid option, and returns CLI_USAGE; else runs it. `given`
 * is indexed as the options are. `title` is "muster attendance" or the like. */
int cli_run(const struct cli_command *command, const char *title, int argc, char **argv,
            void *context);

/* Picks the subcommand (the first word that is neither an option nor an option's argument of
 * `common`, the options every command has, which may stand before it) out of `commands`, ended by a
 * NULL name; --help lists them, --version prints `version`. The given options of `common` come
 * first in the array that the command's run gets, then its own. */
int cli_dispatch(const char *program, const char *version, const struct cli_command *commands,
                 const struct cli_option *common, int argc, char **argv, void *context);

/* The name of `names` (ended by NULL) nearest to `given`, or NULL where none is near. */
const char *cli_nearest(const char *given, const char *const *names);

#endif
