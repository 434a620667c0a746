/* muster-agent receipts and status: what became of what was submitted. */
#include <stdio.h>
#include <string.h>

#include "agents/agent/commands.h"
#include "agents/agent/confirming.h"
#include "agents/client/print.h"
#include "agents/outbox/outbox.h"
#include "core/base/encode.h"
#include "core/base/file.h"
#include "core/seal/certificate.h"
#include "core/seal/sign.h"

enum receipts_option {
    OPTION_EXPORT = COMMON_OPTIONS,
    OPTION_CONFIRMED,
};

#define LIST_ARENA_BYTES (256u * 1024u * 1024u)

enum list_column {
    SUBMISSION,
    KIND,
    VERSION,
    WITHDRAWN,
    STATE,
    CODE,
    FILE_NAME,
    ROW,
    LIST_COLUMNS
};

struct listing {
    struct arena arena;
    const char *folder; /* NULL: none is written */
    const char **cells;
    size_t rows;
    size_t room;
    size_t written;
    size_t former;
    struct confirming *confirming; /* NULL: as they are stored */
};

static const char *state_name(enum outbox_state state)
{
    switch (state) {
    case OUTBOX_QUEUED:
        return "queued";
    case OUTBOX_ACCEPTED:
        return "accepted";
    case OUTBOX_DUPLICATE:
        return "duplicate";
    case OUTBOX_REFUSED:
        break;
    }
    return "refused";
}

/* <kind>-<submission id>.tlog-proof */
static enum muster_status write_receipt(struct listing *listing, const struct outbox_entry *entry,
                                        const char *kind, const char *id, struct muster_err *e)
{
    char *name = arena_printf(&listing->arena, "%s-%s.tlog-proof", kind, id);
    char *path = arena_printf(&listing->arena, "%s/%s", listing->folder, name);
    if (name == NULL || path == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status =
        listing->confirming != NULL
            ? confirming_add(listing->confirming, name, entry->receipt, e)
            : file_write(path, entry->receipt, strlen(entry->receipt), 0644, e);
    arena_reset(&listing->arena); /* nothing is listed beside */
    listing->written += status == MUSTER_OK ? 1 : 0;
    return status;
}

static enum muster_status add_row(struct listing *listing, const struct outbox_entry *entry,
                                  const char *kind, const char *id, struct muster_err *e)
{
    if (listing->rows == listing->room) {
        size_t room = listing->room > 0 ? 2 * listing->room : 256;
        const char **cells =
            (const char **)arena_array(&listing->arena, room * LIST_COLUMNS, sizeof(char *));
        if (cells == NULL) {
            return muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
        if (listing->rows > 0) {
            memcpy(cells, listing->cells, listing->rows * LIST_COLUMNS * sizeof(char *));
        }
        listing->cells = cells;
        listing->room = room;
    }
    const char **row = listing->cells + listing->rows * LIST_COLUMNS;
    row[SUBMISSION] = arena_text(&listing->arena, id);
    row[KIND] = kind;
    row[VERSION] = arena_printf(&listing->arena, "%u", (unsigned)entry->version);
    row[WITHDRAWN] = entry->withdrawn ? "yes" : "no";
    row[STATE] = state_name(entry->state);
    row[CODE] = arena_text(&listing->arena, entry->code);
    row[FILE_NAME] = arena_text(&listing->arena, entry->file);
    row[ROW] = arena_printf(&listing->arena, "%llu", (unsigned long long)entry->line);
    for (size_t i = 0; i < LIST_COLUMNS; i++) {
        if (row[i] == NULL) {
            return muster_fail(e, MUSTER_ENOMEM, "out of memory");
        }
    }
    listing->rows++;
    return MUSTER_OK;
}

static enum muster_status list_entry(void *context, const struct outbox_entry *entry,
                                     struct muster_err *e)
{
    struct listing *listing = (struct listing *)context;
    const struct muster_schema *schema = muster_schema_of(entry->kind);
    const char *kind = schema != NULL ? schema->name : "unknown";
    char id[MUSTER_UUID_TEXT_BYTES];
    uuid_format(&entry->submission_id, id);
    bool kept = entry->state == OUTBOX_ACCEPTED || entry->state == OUTBOX_DUPLICATE;
    if (listing->folder == NULL) {
        return add_row(listing, entry, kind, id, e);
    }
    return kept && entry->receipt != NULL ? write_receipt(listing, entry, kind, id, e) : MUSTER_OK;
}

/* <kind>-<submission id>.former-<n>.tlog-proof: of a log under a former name. */
static enum muster_status write_former(void *context, const struct outbox_former *former,
                                       struct muster_err *e)
{
    struct listing *listing = (struct listing *)context;
    const struct muster_schema *schema = muster_schema_of(former->kind);
    char id[MUSTER_UUID_TEXT_BYTES];
    uuid_format(&former->submission_id, id);
    char *path =
        arena_printf(&listing->arena, "%s/%s-%s.former-%u.tlog-proof", listing->folder,
                     schema != NULL ? schema->name : "unknown", id, (unsigned)former->number);
    enum muster_status status =
        path != NULL ? file_write(path, former->receipt, strlen(former->receipt), 0644, e)
                     : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    arena_reset(&listing->arena);
    listing->former += status == MUSTER_OK ? 1 : 0;
    return status;
}

static enum muster_status print_list(const struct listing *listing, enum print_format format,
                                     struct muster_err *e)
{
    static const struct codec_column columns[LIST_COLUMNS] = {
        [SUBMISSION] = {"submission_id", CODEC_COLUMN_TEXT},
        [KIND] = {"kind", CODEC_COLUMN_TEXT},
        [VERSION] = {"version", CODEC_COLUMN_COUNT},
        [WITHDRAWN] = {"withdrawn", CODEC_COLUMN_TEXT},
        [STATE] = {"state", CODEC_COLUMN_TEXT},
        [CODE] = {"code", CODEC_COLUMN_TEXT},
        [FILE_NAME] = {"file", CODEC_COLUMN_TEXT},
        [ROW] = {"row", CODEC_COLUMN_COUNT},
    };
    struct codec_table table = {.report = "receipts",
                                .columns = columns,
                                .column_count = LIST_COLUMNS,
                                .cells = listing->cells,
                                .row_count = listing->rows};
    return print_table(stdout, format, &table, e);
}

static enum muster_status list_all(struct outbox *outbox, struct listing *listing,
                                   enum print_format format, struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    if (listing->folder != NULL) {
        status = file_make_folder(listing->folder, 0755, e);
    }
    if (status == MUSTER_OK) {
        status = outbox_each(outbox, list_entry, listing, e);
    }
    if (status == MUSTER_OK && listing->folder != NULL) {
        status = outbox_each_former(outbox, write_former, listing, e);
    }
    if (status == MUSTER_OK && listing->folder != NULL) {
        printf("%zu receipts in %s\n", listing->written, listing->folder);
        if (listing->former > 0) {
            printf("%zu more of the log under a former name: good with its key\n", listing->former);
        }
        return MUSTER_OK;
    }
    return status == MUSTER_OK ? print_list(listing, format, e) : status;
}

/* Of the certificate that signs: what the agency reads out to the operator to have it enrolled. */
static enum muster_status own_fingerprint(const struct settings *settings, char *hex,
                                          struct muster_err *e)
{
    struct signer *signer = NULL;
    struct certificate_facts facts;
    enum muster_status status =
        signer_open(settings->signing_key, settings->signing_certificate, &signer, e);
    if (status == MUSTER_OK) {
        status = certificate_read(signer_certificate(signer), &facts, e);
    }
    if (status == MUSTER_OK) {
        hex_encode(facts.fingerprint.b, sizeof facts.fingerprint.b, hex);
    }
    signer_close(signer);
    return status;
}

static enum muster_status print_status(const struct settings *settings, struct outbox *outbox,
                                       enum print_format format, struct muster_err *e)
{
    static const struct codec_column columns[] = {{"queued", CODEC_COLUMN_COUNT},
                                                  {"accepted", CODEC_COLUMN_COUNT},
                                                  {"duplicate", CODEC_COLUMN_COUNT},
                                                  {"refused", CODEC_COLUMN_COUNT},
                                                  {"signing_certificate", CODEC_COLUMN_TEXT}};
    struct outbox_counts counts;
    char texts[4][24];
    char fingerprint[2 * MUSTER_HASH_BYTES + 1];
    const char *cells[5] = {[4] = fingerprint};
    enum muster_status status = outbox_count(outbox, &counts, e);
    if (status == MUSTER_OK) {
        status = own_fingerprint(settings, fingerprint, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    const uint64_t numbers[4] = {counts.queued, counts.accepted, counts.duplicate, counts.refused};
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "%llu", (unsigned long long)numbers[i]);
        cells[i] = texts[i];
    }
    struct codec_table table = {
        .report = "status", .columns = columns, .column_count = 5, .cells = cells, .row_count = 1};
    return print_table(stdout, format, &table, e);
}

/* Asks for every receipt again, against what partners have cosigned. Says itself what fails. */
static int export_confirmed(const struct settings *settings, struct outbox *outbox,
                            struct listing *listing)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct contact contact = {.settings = settings, .outbox = outbox};
    struct confirming *confirming = (struct confirming *)muster_alloc(sizeof *confirming);
    if (confirming == NULL) {
        (void)muster_fail(&e, MUSTER_ENOMEM, "out of memory");
        return command_complain(&e, MUSTER_ENOMEM);
    }
    confirming_begin(confirming, &contact, listing->folder);
    listing->confirming = confirming;
    enum muster_status status = contact_open(&contact, &e);
    if (status == MUSTER_OK) {
        status = file_make_folder(listing->folder, 0755, &e);
    }
    if (status == MUSTER_OK) {
        status = outbox_each(outbox, list_entry, listing, &e);
    }
    if (status == MUSTER_OK) {
        status = confirming_finish(confirming, &e);
    }
    int result = CLI_DONE;
    if (contact_caught(&contact)) {
        result = contact_stop(&contact);
    } else if (status != MUSTER_OK) {
        result = command_complain(&e, status);
    } else {
        printf("%zu receipts, %zu confirmed by at least %zu partners, in %s\n", confirming->written,
               confirming->confirmed, confirming->confirmed > 0 ? confirming->least : 1,
               listing->folder);
    }
    contact_close(&contact);
    confirming_end(confirming);
    muster_free(confirming);
    return result;
}

/* Opens settings and outbox, and does the one or the other. */
static int with_outbox(const struct cli_given *given, bool lists)
{
    struct settings settings;
    struct outbox *outbox = NULL;
    struct muster_err e = {MUSTER_OK, ""};
    struct listing listing = {.folder = NULL};
    enum print_format format;
    if (!command_format(given, &format)) {
        return CLI_USAGE;
    }
    bool confirmed = lists && given[OPTION_CONFIRMED].count > 0;
    if (lists && given[OPTION_EXPORT].count > 0) {
        listing.folder = given[OPTION_EXPORT].values[0];
    } else if (confirmed) {
        fprintf(stderr, "muster-agent: --confirmed goes with --export DIR\n");
        return CLI_USAGE;
    }
    int result = command_settings(given, &settings);
    if (result != CLI_DONE) {
        return result;
    }
    arena_init(&listing.arena, LIST_ARENA_BYTES);
    enum muster_status status = outbox_open(settings.outbox, settings.outbox_key, &outbox, &e);
    if (status == MUSTER_OK && !confirmed) {
        status = lists ? list_all(outbox, &listing, format, &e)
                       : print_status(&settings, outbox, format, &e);
    }
    result = status != MUSTER_OK ? command_complain(&e, status)
             : confirmed         ? export_confirmed(&settings, outbox, &listing)
                                 : CLI_DONE;
    outbox_close(outbox);
    arena_fini(&listing.arena);
    settings_fini(&settings);
    return result;
}

int command_receipts(const struct cli_command *command, const struct cli_given *given,
                     size_t operand_count, char **operands, void *context)
{
    (void)command;
    (void)operand_count;
    (void)operands;
    (void)context;
    return with_outbox(given, true);
}

int command_status(const struct cli_command *command, const struct cli_given *given,
                   size_t operand_count, char **operands, void *context)
{
    (void)command;
    (void)operand_count;
    (void)operands;
    (void)context;
    return with_outbox(given, false);
}
