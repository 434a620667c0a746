#include "core/base/cli.h"

#include <stdio.h>
#include <string.h>

#define MOST_OPTIONS  48
#define MOST_OPERANDS 16384
#define NEAR          3

int cli_exit_of(enum muster_status status)
{
    switch (status) {
    case MUSTER_OK:
        return CLI_DONE;
    case MUSTER_EUSAGE:
        return CLI_USAGE;
    case MUSTER_EFORBIDDEN:
    case MUSTER_EREFUSED:
    case MUSTER_EUNVERIFIED:
    case MUSTER_EMALFORMED:
    case MUSTER_ETOOBIG:
    case MUSTER_ECONFLICT:
        return CLI_NO;
    case MUSTER_ENOMEM:
    case MUSTER_ECONFIG:
    case MUSTER_EUNSUPPORTED:
    case MUSTER_ENOTFOUND:
    case MUSTER_EEXISTS:
    case MUSTER_EAUTH:
    case MUSTER_EBUSY:
    case MUSTER_ETIMEOUT:
    case MUSTER_ECLOSED:
    case MUSTER_EIO:
    case MUSTER_EFULL:
    case MUSTER_ECORRUPT:
    case MUSTER_EUNKNOWN:
    case MUSTER_EINTERNAL:
        break;
    }
    return CLI_FAILED;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Levenshtein distance of texts shorter than 64 characters. */
static size_t distance(const char *a, const char *b)
{
    size_t row[64];
    size_t len = strlen(b);
    if (len >= 64 || strlen(a) >= 64) {
        return 64;
    }
    for (size_t j = 0; j <= len; j++) {
        row[j] = j;
    }
    for (size_t i = 0; a[i] != '\0'; i++) {
        size_t corner = row[0];
        row[0] = i + 1;
        for (size_t j = 0; j < len; j++) {
            size_t changed = corner + (a[i] == b[j] ? 0 : 1);
            corner = row[j + 1];
            row[j + 1] = least(changed, least(row[j], row[j + 1]) + 1);
        }
    }
    return row[len];
}

const char *cli_nearest(const char *given, const char *const *names)
{
    const char *nearest = NULL;
    size_t best = NEAR + 1;
    for (; *names != NULL; names++) {
        size_t d = distance(given, *names);
        if (d < best && d < strlen(*names)) {
            best = d;
            nearest = *names;
        }
    }
    return nearest;
}

static void print_options(const struct cli_option *options)
{
    for (; options != NULL && options->name != NULL; options++) {
        char left[64];
        (void)snprintf(left, sizeof left, "--%s%s%s", options->name,
                       options->argument != NULL ? " " : "",
                       options->argument != NULL ? options->argument : "");
        printf("  %-24s %s\n", left, options->help);
    }
}

static void print_usage(const struct cli_command *command, const char *title)
{
    printf("%s\n\nUsage: %s [options]%s%s\n\nOptions:\n", command->help, title,
           command->operands[0] != '\0' ? " " : "", command->operands);
    print_options(command->options);
    printf("  %-24s %s\n", "--help", "print this");
}

static int complain_option(const char *title, const struct cli_option *options, const char *name)
{
    const char *names[MOST_OPTIONS + 2];
    size_t count = 0;
    for (; count < MOST_OPTIONS && options[count].name != NULL; count++) {
        names[count] = options[count].name;
    }
    names[count++] = "help";
    names[count] = NULL;
    const char *nearest = cli_nearest(name, names);
    fprintf(stderr, "%s: there is no option --%s%s%s%s; see %s --help\n", title, name,
            nearest != NULL ? "; did you mean --" : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "?" : "", title);
    return CLI_USAGE;
}

/* Takes the option at argv[*at] into `given`, with its argument from behind '=' or the next word.
 */
static int take_option(const struct cli_option *options, const char *title, int argc, char **argv,
                       int *at, struct cli_given *given)
{
    char name[64];
    const char *word = argv[*at] + 2;
    const char *equals = strchr(word, '=');
    size_t len = equals != NULL ? (size_t)(equals - word) : strlen(word);
    (void)snprintf(name, sizeof name, "%.*s", (int)(len < 63 ? len : 63), word);
    size_t i = 0;
    while (options[i].name != NULL &&
           (strlen(options[i].name) != len || strncmp(options[i].name, word, len) != 0)) {
        i++;
    }
    if (options[i].name == NULL) {
        return complain_option(title, options, name);
    }
    bool unwanted = options[i].argument == NULL && equals != NULL;
    if (unwanted || given[i].count == CLI_REPEATS) {
        fprintf(stderr, "%s: --%s %s\n", title, name,
                unwanted ? "takes no argument" : "is given too often");
        return CLI_USAGE;
    }
    if (options[i].argument != NULL) {
        if (equals == NULL && *at + 1 >= argc) {
            fprintf(stderr, "%s: --%s needs %s behind it\n", title, name, options[i].argument);
            return CLI_USAGE;
        }
        given[i].values[given[i].count] = equals != NULL ? equals + 1 : argv[++*at];
    }
    given[i].count++;
    return CLI_DONE;
}

int cli_run(const struct cli_command *command, const char *title, int argc, char **argv,
            void *context)
{
    struct cli_given given[MOST_OPTIONS] = {{0}};
    char *operands[MOST_OPERANDS];
    size_t operand_count = 0;
    bool only_operands = false;
    for (int i = 1; i < argc; i++) {
        if (!only_operands && strcmp(argv[i], "--help") == 0) {
            print_usage(command, title);
            return CLI_DONE;
        }
        if (!only_operands && strcmp(argv[i], "--") == 0) {
            only_operands = true;
        } else if (!only_operands && strncmp(argv[i], "--", 2) == 0) {
            int result = take_option(command->options, title, argc, argv, &i, given);
            if (result != CLI_DONE) {
                return result;
            }
        } else if (operand_count < MOST_OPERANDS && operand_count < command->most_operands) {
            operands[operand_count++] = argv[i];
        } else {
            fprintf(stderr, "%s: too many operands, from '%s' on; see %s --help\n", title, argv[i],
                    title);
            return CLI_USAGE;
        }
    }
    if (operand_count < command->least_operands) {
        fprintf(stderr, "%s: needs %s; see %s --help\n", title, command->operands, title);
        return CLI_USAGE;
    }
    return command->run(command, given, operand_count, operands, context);
}

static void print_commands(const char *program, const struct cli_command *commands,
                           const struct cli_option *common)
{
    printf("Usage: %s [options] COMMAND ...\n\nCommands:\n", program);
    for (; commands->name != NULL; commands++) {
        printf("  %-24s %s\n", commands->name, commands->help);
    }
    printf("\nOptions of every command:\n");
    print_options(common);
    printf("  %-24s %s\n", "--help", "print this, or the help of a command");
    printf("  %-24s %s\n", "--version", "print the version");
}

/* Index of the word that names the command: the first that is neither an option nor the argument of
 * one of `common`. argc where there is none. */
static int find_command(const struct cli_option *common, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) != 0) {
            return i;
        }
        for (const struct cli_option *option = common; option->name != NULL; option++) {
            if (option->argument != NULL && strcmp(argv[i] + 2, option->name) == 0) {
                i++;
                break;
            }
        }
    }
    return argc;
}

/* The common options, then `own` (may be NULL). */
static void join_options(struct cli_option out[MOST_OPTIONS + 1], const struct cli_option *common,
                         const struct cli_option *own)
{
    size_t count = 0;
    for (; common->name != NULL && count < MOST_OPTIONS; common++) {
        out[count++] = *common;
    }
    for (; own != NULL && own->name != NULL && count < MOST_OPTIONS; own++) {
        out[count++] = *own;
    }
    out[count].name = NULL;
}

static int run_with_common(const char *program, const struct cli_command *command,
                           const struct cli_option *common, int argc, char **argv, int at,
                           void *context)
{
    struct cli_option options[MOST_OPTIONS + 1];
    join_options(options, common, command->options);
    struct cli_command merged = *command;
    merged.options = options;
    char title[128];
    (void)snprintf(title, sizeof title, "%s %s", program, command->name);
    for (int i = at; i + 1 < argc; i++) { /* take the command's own word out */
        argv[i] = argv[i + 1];
    }
    return cli_run(&merged, title, argc - 1, argv, context);
}

/* A line that names no command asks for help or the version, or is wrong. */
static int run_without_command(const char *program, const char *version,
                               const struct cli_command *commands, const struct cli_option *common,
                               int argc, char **argv)
{
    static const struct cli_option own[] = {{"version", NULL, "print the version"},
                                            {NULL, NULL, NULL}};
    struct cli_option options[MOST_OPTIONS + 1];
    struct cli_given given[MOST_OPTIONS] = {{0}};
    join_options(options, common, own);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            print_commands(program, commands, common);
            return CLI_DONE;
        }
        if (strcmp(argv[i], "--version") == 0) {
            printf("%s %s\n", program, version);
            return CLI_DONE;
        }
        int result = take_option(options, program, argc, argv, &i, given);
        if (result != CLI_DONE) {
            return result;
        }
    }
    fprintf(stderr, "%s: needs a command; see %s --help\n", program, program);
    return CLI_USAGE;
}

int cli_dispatch(const char *program, const char *version, const struct cli_command *commands,
                 const struct cli_option *common, int argc, char **argv, void *context)
{
    int at = find_command(common, argc, argv);
    if (at >= argc) {
        return run_without_command(program, version, commands, common, argc, argv);
    }
    const char *names[64];
    size_t count = 0;
    for (const struct cli_command *command = commands; command->name != NULL; command++) {
        if (strcmp(command->name, argv[at]) == 0) {
            return run_with_common(program, command, common, argc, argv, at, context);
        }
        if (count < 63) {
            names[count++] = command->name;
        }
    }
    names[count] = NULL;
    const char *nearest = cli_nearest(argv[at], names);
    fprintf(stderr, "%s: there is no command '%s'%s%s%s; see %s --help\n", program, argv[at],
            nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "",
            nearest != NULL ? "'?" : "", program);
    return CLI_USAGE;
}
