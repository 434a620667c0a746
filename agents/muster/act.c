#include "agents/muster/act.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agents/muster/commands.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/codec/record.h"
#include "core/domain/calendar.h"
#include "core/domain/rules.h"
#include "core/seal/commit.h"

/* An earlier act, the one sent, and one that came in between. */
#define ROUNDS 4

/* Unbuffered, so that the text is nowhere but in the arena, which is wiped. */
static enum muster_status read_all(FILE *file, char *into, size_t most, size_t *len,
                                   struct muster_err *e)
{
    (void)setvbuf(file, NULL, _IONBF, 0);
    size_t got = fread(into, 1, most + 1, file);
    if (ferror(file) != 0) {
        return muster_fail(e, MUSTER_EIO, "the text cannot be read");
    }
    if (got > most) {
        return muster_fail(e, MUSTER_ETOOBIG, "the text has more than %zu bytes", most);
    }
    *len = got;
    return MUSTER_OK;
}

static enum muster_status read_file(const char *path, char *into, size_t most, size_t *len,
                                    struct muster_err *e)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return muster_fail(e, MUSTER_EIO, "cannot read %s", path);
    }
    enum muster_status status = read_all(file, into, most, len, e);
    (void)fclose(file); /* only read from */
    return status;
}

enum muster_status act_read_text(const char *path, struct arena *arena, const char **out,
                                 struct muster_err *e)
{
    size_t len = 0;
    char *text = (char *)arena_alloc(arena, MUSTER_TEXT_BYTES + 2);
    if (text == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status = strcmp(path, "-") == 0
                                    ? read_all(stdin, text, MUSTER_TEXT_BYTES, &len, e)
                                    : read_file(path, text, MUSTER_TEXT_BYTES, &len, e);
    if (status != MUSTER_OK) {
        return status;
    }
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r')) {
        len--;
    }
    text[len] = '\0';
    if (len == 0 || strlen(text) != len) {
        return muster_fail(e, MUSTER_EUSAGE, "%s: expected a text, without NUL characters", path);
    }
    *out = text;
    return MUSTER_OK;
}

/* --- one submission --------------------------------------------------------------------------- */

static enum muster_status commit(struct batch_item *item, struct muster_err *e)
{
    struct seal_context *seal = NULL;
    enum muster_status status = seal_context_new(&seal, e);
    if (status == MUSTER_OK) {
        status = muster_uuid_make(muster_utc_now(), &item->header.submission_id, e);
    }
    if (status == MUSTER_OK) {
        status = muster_random(item->item.salt, sizeof item->item.salt, e);
    }
    if (status == MUSTER_OK) {
        status =
            commit_make(seal, item->item.salt, item->item.payload, &item->header.commitment, e);
    }
    seal_context_free(seal);
    return status;
}

static enum muster_status send(struct act *act, struct muster_bytes payload, uint32_t version,
                               struct session_outcome *out, struct muster_err *e)
{
    struct batch_item item = {.header = {.kind = act->record.schema->kind, .version = version},
                              .item = {.payload = payload}};
    struct session_outcome *outcomes = NULL;
    struct session_failure failure;
    enum muster_status status = commit(&item, e);
    if (status == MUSTER_OK) {
        status = session_submit(act->session, &item, 1, act->arena, &outcomes, &failure, e);
    }
    if (status == MUSTER_OK) {
        *out = outcomes[0];
    }
    return status;
}

/* --- which version ---------------------------------------------------------------------------- */

/* Whether the gateway holds a later version than the one that was sent, or another one under its
 * number. */
static bool is_behind(const struct codec_outcome *outcome, uint32_t version)
{
    switch (outcome->result) {
    case CODEC_CONFLICT:
        return outcome->version_held > 0;
    case CODEC_DUPLICATE:
        return outcome->version_held > version;
    case CODEC_ACCEPTED:
    case CODEC_REFUSED:
        break;
    }
    return false;
}

/* The first version; where others are held and are to be replaced, the newest, which this may be,
 * and then the next. */
static enum muster_status send_as_next(struct act *act, struct muster_bytes payload,
                                       uint32_t *version, struct session_outcome *out,
                                       struct muster_err *e)
{
    *version = 1;
    for (int round = 0; round < ROUNDS; round++) {
        enum muster_status status = send(act, payload, *version, out, e);
        if (status != MUSTER_OK || !is_behind(&out->wire, *version)) {
            return status;
        }
        uint32_t held = out->wire.version_held;
        if (!act->replaces) {
            return muster_fail(e, MUSTER_EREFUSED,
                               "the Board has decided on this before (version %" PRIu32
                               " is held): nothing was changed; --replace puts this decision in "
                               "its place",
                               held);
        }
        *version = *version < held ? held : held + 1;
    }
    return muster_fail(e, MUSTER_EBUSY, "others are deciding the same: try again");
}

/* --- what became of it ------------------------------------------------------------------------ */

static enum muster_status print_outcome(const struct act *act,
                                        const struct session_outcome *outcome, uint32_t version,
                                        struct muster_err *e)
{
    static const struct codec_column columns[] = {
        {"act", CODEC_COLUMN_TEXT},
        {"result", CODEC_COLUMN_TEXT},
        {"version", CODEC_COLUMN_COUNT},
        {"index", CODEC_COLUMN_COUNT},
    };
    char version_text[16];
    char index_text[24];
    (void)snprintf(version_text, sizeof version_text, "%" PRIu32, version);
    (void)snprintf(index_text, sizeof index_text, "%" PRIu64, outcome->wire.leaf_index);
    const char *cells[] = {act->record.schema->name,
                           outcome->wire.result == CODEC_DUPLICATE ? "duplicate" : "accepted",
                           version_text, index_text};
    struct codec_table table = {.report = "act",
                                .columns = columns,
                                .column_count = sizeof columns / sizeof columns[0],
                                .cells = cells,
                                .row_count = 1};
    return print_table(stdout, act->format, &table, e);
}

/* Everything found of the act, as sentences. */
static void say_findings(const struct muster_finding *findings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        fprintf(stderr, "muster: %s%s%s: %s\n", findings[i].column,
                findings[i].column[0] != '\0' ? ": " : "", findings[i].code, findings[i].message);
    }
}

static bool passes_rules(const struct act *act)
{
    struct rule_facts facts = {.today = calendar_local_date(muster_utc_now())};
    struct muster_findings findings = {.count = 0};
    rules_check(&act->record, &facts, &findings);
    say_findings(findings.at, findings.count);
    return muster_findings_refusal(&findings) == NULL;
}

int act_submit(struct act *act)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct muster_bytes payload = {NULL, 0};
    struct session_outcome outcome;
    uint32_t version = 0;
    if (!passes_rules(act)) {
        return CLI_USAGE;
    }
    enum muster_status status = codec_record_encode(&act->record, NULL, act->arena, &payload, &e);
    if (status == MUSTER_OK) {
        status = send_as_next(act, payload, &version, &outcome, &e);
    }
    if (status != MUSTER_OK) {
        return command_complain(&e, status);
    }
    say_findings(outcome.wire.findings, outcome.wire.finding_count);
    if (outcome.wire.result != CODEC_ACCEPTED && outcome.wire.result != CODEC_DUPLICATE) {
        return CLI_NO;
    }
    if (act->receipt_file != NULL) {
        status = file_write(act->receipt_file, outcome.receipt, strlen(outcome.receipt), 0600, &e);
    }
    if (status == MUSTER_OK) {
        status = print_outcome(act, &outcome, version, &e);
    }
    return status == MUSTER_OK ? CLI_DONE : command_complain(&e, status);
}
