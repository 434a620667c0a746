/* muster enrol: the operator says which signing certificates count. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agents/client/print.h"
#include "agents/client/session.h"
#include "agents/muster/commands.h"
#include "core/base/encode.h"

#define DIGITS       (2 * MUSTER_HASH_BYTES)
#define ARENA_BYTES  (2u * CODEC_REPLY_ARENA_BYTES)
#define COLUMN_COUNT 4

const struct cli_option enrol_options[] = {
    {"agency", "A", "whose certificate it is; lscb for the Board's own"},
    {"fingerprint", "HEX",
     "SHA-256 of the certificate, as the agency reads it out; both may be "
     "given again, in pairs"},
    {"reference", "R", "of the telephone call or minute; recorded in the log"},
    {"revoke", NULL, "it no longer counts, for good"},
    {"list", NULL, "show the certificates that are known, and change nothing"},
    {NULL, NULL, NULL},
};

/* Digits in either case; colons and spaces, as other programs print them, do not count. */
static bool read_fingerprint(const char *text, struct muster_hash *out)
{
    char digits[DIGITS];
    size_t len = 0;
    for (; *text != '\0'; text++) {
        if (*text == ':' || *text == ' ') {
            continue;
        }
        if (len == DIGITS) {
            return false;
        }
        digits[len++] = (char)(*text >= 'A' && *text <= 'F' ? *text - 'A' + 'a' : *text);
    }
    return hex_decode(digits, len, out->b, sizeof out->b);
}

/* --- enrolling ---------------------------------------------------------------------------------
 */

struct enrolling {
    struct session *session;
    const struct cli_given *agencies;
    const struct cli_given *fingerprints;
    const char *reference;
    bool revoke;
    struct arena arena;
    const char *cells[CLI_REPEATS * COLUMN_COUNT];
};

static enum muster_status enrol_one(struct enrolling *enrolling, size_t i, struct muster_err *e)
{
    const char **row = &enrolling->cells[i * COLUMN_COUNT];
    struct codec_enrol enrol = {.agency = enrolling->agencies->values[i],
                                .reference = enrolling->reference,
                                .revoke = enrolling->revoke};
    struct codec_enrol_reply reply;
    struct session_failure failure;
    char hex[DIGITS + 1];
    if (!read_fingerprint(enrolling->fingerprints->values[i], &enrol.fingerprint)) {
        return muster_fail(e, MUSTER_EUSAGE, "--fingerprint takes 64 hex digits");
    }
    enum muster_status status =
        session_enrol(enrolling->session, &enrol, &enrolling->arena, &reply, &failure, e);
    if (status != MUSTER_OK) {
        return status;
    }
    hex_encode(enrol.fingerprint.b, sizeof enrol.fingerprint.b, hex);
    row[0] = enrol.agency;
    row[1] = arena_text(&enrolling->arena, hex);
    row[2] = enrol.revoke ? "revoked" : "enrolled";
    row[3] = arena_printf(&enrolling->arena, "%" PRIu64, reply.leaf_index);
    return row[1] != NULL && row[3] != NULL ? MUSTER_OK
                                            : muster_fail(e, MUSTER_ENOMEM, "out of memory");
}

static enum muster_status enrol_all(struct enrolling *enrolling, enum print_format format,
                                    struct muster_err *e)
{
    static const struct codec_column columns[COLUMN_COUNT] = {{"agency", CODEC_COLUMN_TEXT},
                                                              {"fingerprint", CODEC_COLUMN_TEXT},
                                                              {"result", CODEC_COLUMN_TEXT},
                                                              {"index", CODEC_COLUMN_COUNT}};
    struct codec_table table = {.report = "enrol",
                                .columns = columns,
                                .column_count = COLUMN_COUNT,
                                .cells = enrolling->cells};
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; status == MUSTER_OK && i < enrolling->agencies->count; i++) {
        status = enrol_one(enrolling, i, e);
        table.row_count += status == MUSTER_OK ? 1 : 0;
    }
    if (table.row_count == 0) {
        return status;
    }
    /* What was done is shown even where a later one was refused. */
    enum muster_status printed =
        print_table(stdout, format, &table, status == MUSTER_OK ? e : NULL);
    return status == MUSTER_OK ? printed : status;
}

static enum muster_status list(struct enrolling *enrolling, enum print_format format,
                               struct muster_err *e)
{
    const struct codec_query query = {.report = "enrolments"};
    struct codec_table table;
    struct session_failure failure;
    enum muster_status status =
        session_query(enrolling->session, &query, &enrolling->arena, &table, &failure, e);
    return status == MUSTER_OK ? print_table(stdout, format, &table, e) : status;
}

/* --- the command -------------------------------------------------------------------------------
 */

static bool is_complete(const struct enrolling *enrolling)
{
    return enrolling->agencies != NULL && enrolling->fingerprints != NULL &&
           enrolling->agencies->count == enrolling->fingerprints->count &&
           enrolling->reference != NULL;
}

static int run(const struct cli_given *given, struct enrolling *enrolling, bool lists,
               enum print_format format)
{
    struct settings settings = {.file = NULL};
    struct muster_err e = {MUSTER_OK, ""};
    arena_init(&enrolling->arena, ARENA_BYTES);
    enum muster_status status = settings_load(given[OPTION_CONFIG].values[0], false, &settings, &e);
    if (status == MUSTER_OK) {
        settings.signing_key = NULL; /* nothing here is signed */
        status = session_open(&settings, &enrolling->session, &e);
    }
    if (status == MUSTER_OK) {
        status = lists ? list(enrolling, format, &e) : enrol_all(enrolling, format, &e);
    }
    session_close(enrolling->session);
    settings_fini(&settings);
    arena_fini(&enrolling->arena);
    return status == MUSTER_OK ? CLI_DONE : command_complain(&e, status);
}

int command_enrol(const struct cli_command *command, const struct cli_given *given,
                  size_t operand_count, char **operands, void *context)
{
    struct enrolling enrolling = {.agencies = given_find(command, given, "agency"),
                                  .fingerprints = given_find(command, given, "fingerprint"),
                                  .reference = given_text(command, given, "reference"),
                                  .revoke = given_find(command, given, "revoke") != NULL};
    const bool lists = given_find(command, given, "list") != NULL;
    enum print_format format;
    (void)operand_count;
    (void)operands;
    (void)context;
    if (!command_takes(given, &format)) {
        return CLI_USAGE;
    }
    if (!lists && !is_complete(&enrolling)) {
        fprintf(stderr, "muster: enrol needs --agency and --fingerprint, in pairs, and "
                        "--reference; or --list\n");
        return CLI_USAGE;
    }
    return run(given, &enrolling, lists, format);
}
