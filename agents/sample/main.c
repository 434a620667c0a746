/* muster-sample: writes a quarter's worth of invented exports of four agencies, as their systems
 * would, so that Muster can be tried without a single real record. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/sample/early_help.h"
#include "agents/sample/meetings.h"
#include "agents/sample/referrals.h"
#include "agents/sample/returns.h"
#include "core/base/cli.h"
#include "core/base/file.h"
#include "core/domain/calendar.h"

#define DEFAULT_SEED  2014
#define DEFAULT_FROM  "2026-01-05"
#define DEFAULT_WEEKS 13
#define DEFAULT_OUT   "exports"

#define MEMORY_BYTES ((size_t)64 * 1024 * 1024)
#define PATH_BYTES   4096
#define FOLDER_MODE  0755u

enum sample_option {
    OPTION_SEED,
    OPTION_FROM,
    OPTION_WEEKS,
    OPTION_OUT,
    SAMPLE_OPTIONS,
};

struct request {
    uint64_t seed;
    struct muster_date from;
    unsigned weeks;
    const char *out;
};

static bool read_number(const char *text, uint64_t *out)
{
    char *end = NULL;

    if (text[0] < '0' || text[0] > '9') {
        return false; /* strtoumax would take a sign and spaces. */
    }
    errno = 0;
    uintmax_t number = strtoumax(text, &end, 10);
    if (errno != 0 || *end != '\0' || number > UINT64_MAX) {
        return false;
    }
    *out = (uint64_t)number;
    return true;
}

static const char *last_of(const struct cli_given *given, enum sample_option option,
                           const char *otherwise)
{
    return given[option].count > 0 ? given[option].values[given[option].count - 1] : otherwise;
}

static enum muster_status read_request(const struct cli_given *given, struct request *out,
                                       struct muster_err *e)
{
    struct request request = {
        DEFAULT_SEED, {0}, DEFAULT_WEEKS, last_of(given, OPTION_OUT, DEFAULT_OUT)};
    uint64_t weeks = DEFAULT_WEEKS;

    if (given[OPTION_SEED].count > 0 &&
        !read_number(last_of(given, OPTION_SEED, ""), &request.seed)) {
        return muster_fail(e, MUSTER_EUSAGE, "--seed takes a whole number");
    }
    if (!calendar_date_parse(last_of(given, OPTION_FROM, DEFAULT_FROM), &request.from)) {
        return muster_fail(e, MUSTER_EUSAGE, "--from takes a date, like %s", DEFAULT_FROM);
    }
    if (given[OPTION_WEEKS].count > 0 &&
        (!read_number(last_of(given, OPTION_WEEKS, ""), &weeks) || weeks > PERIOD_WEEKS)) {
        return muster_fail(e, MUSTER_EUSAGE, "--weeks takes a number from 1 to %d", PERIOD_WEEKS);
    }
    request.weeks = (unsigned)weeks;
    *out = request;
    return MUSTER_OK;
}

static enum muster_status make_folders(const char *out, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;

    for (unsigned agency = 0; agency < SAMPLE_AGENCIES && status == MUSTER_OK; agency++) {
        char path[PATH_BYTES];
        int len =
            snprintf(path, sizeof path, "%s/%s", out, children_agency((enum sample_agency)agency));
        if (len < 0 || (size_t)len >= sizeof path) {
            return muster_fail(e, MUSTER_ETOOBIG, "the name of the folder is too long");
        }
        status = file_make_folder(path, FOLDER_MODE, e);
    }
    return status;
}

static enum muster_status make_sample(const struct request *request, struct arena *arena,
                                      struct muster_err *e)
{
    struct draw draw = draw_start(request->seed);
    struct period period;
    struct children children;
    struct sample_family **on_plan = NULL;
    size_t on_plan_count = 0;
    struct referrals referrals;
    struct meetings meetings;

    enum muster_status status = period_init(request->from, request->weeks, &period, e);
    if (status == MUSTER_OK) {
        children_init(&children, arena, &draw, &period);
        status = meetings_families_on_plan(&children, &on_plan, &on_plan_count, e);
    }
    if (status == MUSTER_OK) {
        status = referrals_make(&children, on_plan, on_plan_count, &referrals, e);
    }
    if (status == MUSTER_OK) {
        status = meetings_plan(&children, &referrals, on_plan, on_plan_count, &meetings, e);
    }
    if (status == MUSTER_OK) {
        meetings_invite(&meetings, &draw, &period);
        meetings_attend(&meetings, &draw, &period);
        status = make_folders(request->out, e);
    }
    if (status == MUSTER_OK) {
        status = referrals_write(&referrals, &children, request->out, e);
    }
    if (status == MUSTER_OK) {
        status = early_help_write(&referrals, &children, request->out, e);
    }
    if (status == MUSTER_OK) {
        status = meetings_write(&meetings, &draw, arena, request->out, e);
    }
    if (status == MUSTER_OK) {
        status = returns_write(&draw, &period, arena, request->out, e);
    }
    return status;
}

static int run(const struct cli_command *command, const struct cli_given *given,
               size_t operand_count, char **operands, void *context)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct request request = {0};
    struct arena arena;

    (void)command;
    (void)operand_count;
    (void)operands;
    (void)context;
    enum muster_status status = read_request(given, &request, &e);
    if (status == MUSTER_OK) {
        arena_init(&arena, MEMORY_BYTES);
        status = make_sample(&request, &arena, &e);
        arena_fini(&arena);
    }
    if (status != MUSTER_OK) {
        fprintf(stderr, "muster-sample: %s\n", e.text);
        return status == MUSTER_EUSAGE ? CLI_USAGE : CLI_FAILED;
    }
    return CLI_DONE;
}

int main(int argc, char **argv)
{
    static const struct cli_option options[] = {
        [OPTION_SEED] = {"seed", "N", "another number gives another sample"},
        [OPTION_FROM] = {"from", "DATE", "the first day, a Monday for choice (" DEFAULT_FROM ")"},
        [OPTION_WEEKS] = {"weeks", "N", "how many weeks, at most 52 (13)"},
        [OPTION_OUT] = {"out", "DIR", "where the agencies' folders go (" DEFAULT_OUT ")"},
        [SAMPLE_OPTIONS] = {NULL, NULL, NULL},
    };
    static const struct cli_command command = {
        .operands = "",
        .help = "Writes invented exports of police, health, school and council.",
        .options = options,
        .run = run,
    };

    return cli_run(&command, "muster-sample", argc, argv, NULL);
}
