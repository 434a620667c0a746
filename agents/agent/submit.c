/* muster-agent submit: files into the outbox, the outbox to the gateway, receipts back. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agents/agent/commands.h"
#include "agents/agent/contact.h"
#include "agents/agent/cosigning.h"
#include "agents/agent/queueing.h"
#include "agents/client/print.h"
#include "core/base/clock.h"

/* One batch must fit a frame: payloads and, for each item, header, salt and framing. */
#define BATCH_BYTES \
    (MUSTER_FRAME_BYTES - MUSTER_MANIFEST_BYTES - MUSTER_BATCH_ITEMS * 128u - 65536u)
#define BATCH_ARENA_BYTES (64u * 1024u * 1024u)
#define ROW_ARENA_BYTES   (4u * 1024u * 1024u)
#define TRIES             6
#define REFUSED_TRIES     3
#define FIRST_PAUSE_MS    200
/* Batches: while the gateway writes one it judges the next. */
#define UNDER_WAY_MOST 2

struct submitting {
    struct queueing queueing;
    struct contact contact;
    uint64_t sent;
    size_t under_way; /* batches, at most */
    bool shows_progress;
};

/* --- one batch -------------------------------------------------------------------------------- */

static enum outbox_state state_of(enum codec_result result)
{
    switch (result) {
    case CODEC_ACCEPTED:
        return OUTBOX_ACCEPTED;
    case CODEC_DUPLICATE:
        return OUTBOX_DUPLICATE;
    case CODEC_CONFLICT: /* renumbered, unless there is nothing to number it by */
    case CODEC_REFUSED:
        break;
    }
    return OUTBOX_REFUSED;
}

static void count_outcome(struct submitting *submitting, const struct outbox_item *item,
                          enum outbox_state state, const struct muster_finding *why)
{
    struct file_tally *tally = queueing_tally(&submitting->queueing, item->file);
    if (tally != NULL) {
        tally->accepted += state == OUTBOX_ACCEPTED ? 1 : 0;
        tally->duplicate += state == OUTBOX_DUPLICATE ? 1 : 0;
        tally->refused += state == OUTBOX_REFUSED ? 1 : 0;
    }
    if (state == OUTBOX_REFUSED && why != NULL) {
        fprintf(stderr, "%s row %llu%s%s: %s: %s\n", item->file, (unsigned long long)item->line,
                why->column[0] != '\0' ? ", column " : "", why->column, why->code, why->message);
    }
}

/* The gateway holds more of the record than the outbox knows, as after an outbox was lost: other
 * content under this version, or later versions than the outbox ever gave. */
static bool is_behind(const struct outbox_item *item, const struct codec_outcome *outcome)
{
    switch (outcome->result) {
    case CODEC_CONFLICT:
        return outcome->version_held > 0;
    case CODEC_DUPLICATE:
        return outcome->version_held > item->version_known;
    case CODEC_ACCEPTED:
    case CODEC_REFUSED:
        break;
    }
    return false;
}

/* The row is tried as the highest version held, which it may equal, and then as the next. */
static uint32_t version_behind(const struct outbox_item *item, uint32_t held)
{
    return item->version < held ? held : held + 1;
}

static enum muster_status settle(struct submitting *submitting, const struct outbox_item *item,
                                 const struct session_outcome *outcome, struct muster_err *e)
{
    struct outbox *outbox = submitting->queueing.outbox;
    const struct muster_finding *why =
        outcome->wire.finding_count > 0 ? &outcome->wire.findings[0] : NULL;
    if (is_behind(item, &outcome->wire)) {
        uint32_t version = version_behind(item, outcome->wire.version_held);
        return outbox_renumber(outbox, item->id, version, muster_utc_now(), e);
    }
    struct outbox_outcome settled = {.state = state_of(outcome->wire.result),
                                     .code = "",
                                     .receipt = outcome->receipt,
                                     .leaf_index = outcome->wire.leaf_index};
    if (settled.state == OUTBOX_REFUSED && why != NULL) {
        settled.code = why->code;
    }
    enum muster_status status = outbox_settle(outbox, item->id, &settled, e);
    if (status == MUSTER_OK) {
        count_outcome(submitting, item, settled.state, why);
    }
    return status;
}

static enum muster_status settle_all(struct submitting *submitting, const struct outbox_item *items,
                                     const struct session_outcome *outcomes, size_t count,
                                     struct muster_err *e)
{
    struct outbox *outbox = submitting->queueing.outbox;
    enum muster_status status = outbox_begin(outbox, e);
    for (size_t i = 0; status == MUSTER_OK && i < count; i++) {
        status = settle(submitting, &items[i], &outcomes[i], e);
    }
    if (status == MUSTER_OK) {
        status = contact_keep_batch(&submitting->contact, e);
    }
    if (status == MUSTER_OK) {
        return outbox_commit(outbox, e);
    }
    outbox_rollback(outbox);
    return status;
}

/* --- on the way ------------------------------------------------------------------------------- */

/* A batch from the queue to its outcomes. */
struct flight {
    struct arena arena;
    struct outbox_item *items;
    size_t count; /* 0: nothing is queued */
    struct session_batch batch;
};

static void flight_end(struct flight *flight)
{
    arena_fini(&flight->arena);
    flight->count = 0;
}

static enum muster_status sign(struct submitting *submitting, struct flight *flight,
                               struct muster_err *e)
{
    struct batch_item *wire =
        (struct batch_item *)arena_array(&flight->arena, flight->count, sizeof(struct batch_item));
    if (wire == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    for (size_t i = 0; i < flight->count; i++) {
        const struct outbox_item *item = &flight->items[i];
        wire[i].header = (struct codec_header){.submission_id = item->submission_id,
                                               .kind = item->kind,
                                               .version = item->version,
                                               .withdrawn = item->withdrawn,
                                               .commitment = item->commitment};
        memcpy(wire[i].item.salt, item->salt, sizeof wire[i].item.salt);
        wire[i].item.payload = item->payload;
    }
    return session_batch_sign(submitting->contact.session, wire, flight->count, &flight->arena,
                              &flight->batch, e);
}

/* Takes what waits behind `after` in the queue and signs it. */
static enum muster_status prepare(struct submitting *submitting, int64_t after,
                                  struct flight *flight, struct muster_err *e)
{
    arena_init_secret(&flight->arena, BATCH_ARENA_BYTES);
    enum muster_status status =
        outbox_next(submitting->queueing.outbox, after, MUSTER_BATCH_ITEMS, BATCH_BYTES,
                    &flight->arena, &flight->items, &flight->count, e);
    if (status == MUSTER_OK && flight->count > 0) {
        status = contact_open(&submitting->contact, e);
    }
    if (status == MUSTER_OK && flight->count > 0) {
        status = sign(submitting, flight, e);
    }
    return status;
}

static enum muster_status land(struct submitting *submitting, struct flight *flight,
                               struct muster_err *e)
{
    struct session_outcome *outcomes = NULL;
    enum muster_status status = session_batch_verify(submitting->contact.session, &flight->batch,
                                                     &flight->arena, &outcomes, e);
    if (status == MUSTER_OK) {
        status = settle_all(submitting, flight->items, outcomes, flight->count, e);
    }
    if (status == MUSTER_OK) {
        submitting->sent += flight->count;
        if (submitting->shows_progress) {
            fprintf(stderr, "\r%llu sent", (unsigned long long)submitting->sent);
        }
    }
    return status;
}

/* The queue on its way: some batches sent, oldest first, and perhaps one ready behind them. */
struct sending {
    struct flight flights[UNDER_WAY_MOST + 1];
    size_t first;
    size_t count;
    bool ready;    /* the last of them is signed, not sent */
    int64_t after; /* what of the queue has been taken */
};

static struct flight *flight_at(struct sending *sending, size_t place)
{
    return &sending->flights[(sending->first + place) % (UNDER_WAY_MOST + 1)];
}

static enum muster_status make_ready(struct submitting *submitting, struct sending *sending,
                                     struct muster_err *e)
{
    struct flight *flight = flight_at(sending, sending->count);
    enum muster_status status = prepare(submitting, sending->after, flight, e);
    if (status != MUSTER_OK || flight->count == 0) {
        flight_end(flight);
        return status;
    }
    sending->after = flight->items[flight->count - 1].id;
    sending->count++;
    sending->ready = true;
    return MUSTER_OK;
}

static enum muster_status send_ready(struct submitting *submitting, struct sending *sending,
                                     struct muster_err *e)
{
    if (!sending->ready) {
        return MUSTER_OK;
    }
    struct flight *flight = flight_at(sending, sending->count - 1);
    sending->ready = false;
    return session_batch_send(submitting->contact.session, &flight->batch, &flight->arena, e);
}

/* Waits for the oldest batch under way, lets the one that is ready go at once, and only then
 * settles it. */
static enum muster_status turn(struct submitting *submitting, struct sending *sending, bool *retry,
                               struct muster_err *e)
{
    struct flight *oldest = flight_at(sending, 0);
    struct session_failure failure = {"", "", false};
    struct muster_err unsent = {MUSTER_OK, ""};
    enum muster_status status = session_batch_receive(submitting->contact.session, &oldest->batch,
                                                      &oldest->arena, &failure, e);
    /* Telephoning takes longer than the tries of one run. */
    *retry = failure.retry && strcmp(failure.code, "signature.not_enrolled") != 0;
    if (strcmp(failure.code, SESSION_OUT_OF_STEP) == 0) {
        submitting->under_way = 1;
    }
    if (status != MUSTER_OK) {
        return status;
    }
    enum muster_status sent = send_ready(submitting, sending, &unsent);
    status = land(submitting, oldest, e);
    if (status == MUSTER_OK && sent != MUSTER_OK) {
        *e = unsent;
        status = sent;
    }
    flight_end(oldest);
    sending->first++;
    sending->count--;
    return status;
}

/* Sends the queue from its beginning to its end, a few batches under way at a time, the next one
 * ready behind them. What comes back into the queue, and later versions of what was under way, wait
 * for the next time. Whatever fails: what was not settled is still queued. */
static enum muster_status send_queue(struct submitting *submitting, bool *retry,
                                     struct muster_err *e)
{
    struct sending sending = {.first = 0};
    enum muster_status status = MUSTER_OK;
    do {
        status = sending.ready ? MUSTER_OK : make_ready(submitting, &sending, e);
        if (status == MUSTER_OK && sending.ready && sending.count <= submitting->under_way) {
            status = send_ready(submitting, &sending, e);
        } else if (status == MUSTER_OK && sending.count > 0) {
            status = turn(submitting, &sending, retry, e);
        }
    } while (status == MUSTER_OK && sending.count > 0);
    for (size_t i = 0; i < sending.count; i++) {
        flight_end(flight_at(&sending, i));
    }
    *retry = *retry || status == MUSTER_ECLOSED || status == MUSTER_ETIMEOUT ||
             status == MUSTER_EIO || status == MUSTER_EAUTH;
    return status;
}

/* A gateway that is ending, or has no room, closes a line as one that does not accept the
 * certificate: that is asked again, but not for as long as a gateway that does not answer. */
static int most_tries(enum muster_status status)
{
    return status == MUSTER_EAUTH ? REFUSED_TRIES : TRIES;
}

/* Sends until nothing waits. What cannot be sent now stays queued; a gateway that does not answer
 * is tried a few times, further apart each time. */
static enum muster_status drain(struct submitting *submitting, struct muster_err *e)
{
    int tries = 0;
    int pause_ms = FIRST_PAUSE_MS;
    for (;;) {
        bool retry = false;
        uint64_t before = submitting->sent;
        enum muster_status status = send_queue(submitting, &retry, e);
        if (submitting->sent > before) {
            tries = 0;
            pause_ms = FIRST_PAUSE_MS;
        }
        if (status == MUSTER_OK && submitting->sent == before) {
            return MUSTER_OK;
        }
        if (status == MUSTER_OK) {
            continue;
        }
        if (contact_caught(&submitting->contact)) {
            return status; /* nothing more may be asked of it */
        }
        contact_close(&submitting->contact);
        if (!retry || ++tries >= most_tries(status)) {
            return status;
        }
        (void)poll(NULL, 0, pause_ms);
        pause_ms *= 2;
    }
}

/* --- what it came to -------------------------------------------------------------------------- */

enum tally_column {
    FILE_NAME,
    ROWS,
    UNCHANGED,
    ACCEPTED,
    DUPLICATE,
    REFUSED,
    FINDINGS,
    TALLY_COLUMNS
};

static enum muster_status print_tally(const struct queueing *queueing, enum print_format format,
                                      struct muster_err *e)
{
    static const struct codec_column columns[TALLY_COLUMNS] = {
        [FILE_NAME] = {"file", CODEC_COLUMN_TEXT},
        [ROWS] = {"rows", CODEC_COLUMN_COUNT},
        [UNCHANGED] = {"unchanged", CODEC_COLUMN_COUNT},
        [ACCEPTED] = {"accepted", CODEC_COLUMN_COUNT},
        [DUPLICATE] = {"duplicate", CODEC_COLUMN_COUNT},
        [REFUSED] = {"refused", CODEC_COLUMN_COUNT},
        [FINDINGS] = {"rows_with_findings", CODEC_COLUMN_COUNT},
    };
    struct arena arena;
    arena_init(&arena, 4u * 1024u * 1024u);
    const char **cells = (const char **)arena_array(
        &arena, queueing->file_count * TALLY_COLUMNS + 1, sizeof(char *));
    enum muster_status status =
        cells != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    for (size_t i = 0; status == MUSTER_OK && i < queueing->file_count; i++) {
        const struct file_tally *file = &queueing->files[i];
        const uint64_t numbers[TALLY_COLUMNS] = {
            [ROWS] = file->rows,
            [UNCHANGED] = file->unchanged,
            [ACCEPTED] = file->accepted,
            [DUPLICATE] = file->duplicate,
            [REFUSED] = file->refused + file->refused_here,
            [FINDINGS] = file->with_findings,
        };
        const char **row = cells + i * TALLY_COLUMNS;
        row[FILE_NAME] = file->name;
        for (size_t c = ROWS; c < TALLY_COLUMNS; c++) {
            row[c] = arena_printf(&arena, "%llu", (unsigned long long)numbers[c]);
            if (row[c] == NULL) {
                status = muster_fail(e, MUSTER_ENOMEM, "out of memory");
                break;
            }
        }
    }
    if (status == MUSTER_OK) {
        struct codec_table table = {.report = "submit",
                                    .columns = columns,
                                    .column_count = TALLY_COLUMNS,
                                    .cells = cells,
                                    .row_count = queueing->file_count};
        status = print_table(stdout, format, &table, e);
    }
    arena_fini(&arena);
    return status;
}

static bool any_refused(const struct queueing *queueing)
{
    for (size_t i = 0; i < queueing->file_count; i++) {
        const struct file_tally *file = &queueing->files[i];
        if (file->unreadable || file->refused_here > 0 || file->refused > 0) {
            return true;
        }
    }
    return false;
}

static int submit_files(struct submitting *submitting, size_t count, char **paths,
                        enum print_format format)
{
    struct muster_err e = {MUSTER_OK, ""};
    int result = CLI_DONE;
    for (size_t i = 0; i < count; i++) {
        enum muster_status status = queueing_file(&submitting->queueing, paths[i], &e);
        if (status != MUSTER_OK) {
            int code = command_complain(&e, status);
            result = code > result ? code : result;
        }
    }
    enum muster_status status = drain(submitting, &e);
    if (status == MUSTER_OK) {
        cosigning_run(&submitting->contact);
        /* Where nothing waited, that was the first word with a log that has begun anew. */
        if (submitting->contact.requeued > 0 && !contact_caught(&submitting->contact)) {
            status = drain(submitting, &e);
        }
    }
    if (submitting->shows_progress) {
        fprintf(stderr, "\r          \r");
    }
    if (contact_caught(&submitting->contact)) {
        int code = contact_stop(&submitting->contact);
        result = code > result ? code : result;
    } else if (status != MUSTER_OK) {
        int code = command_complain(&e, status);
        /* A refused batch is the gateway's "no"; anything else leaves the queue to be sent later.
         */
        result = code > result ? code : result;
        if (code == CLI_FAILED) {
            fprintf(stderr, "muster-agent: what was not sent stays queued; run submit again\n");
        }
    }
    if (print_tally(&submitting->queueing, format, &e) != MUSTER_OK) {
        result = command_complain(&e, MUSTER_EIO);
    }
    return result == CLI_DONE && any_refused(&submitting->queueing) ? CLI_NO : result;
}

int command_submit(const struct cli_command *command, const struct cli_given *given,
                   size_t operand_count, char **operands, void *context)
{
    struct settings settings;
    struct submitting submitting = {.contact = {.settings = &settings},
                                    .under_way = UNDER_WAY_MOST,
                                    .shows_progress = isatty(STDERR_FILENO)};
    struct muster_err e = {MUSTER_OK, ""};
    enum print_format format;
    (void)command;
    (void)context;
    if (!command_format(given, &format)) {
        return CLI_USAGE;
    }
    int result = command_settings(given, &settings);
    if (result != CLI_DONE) {
        return result;
    }
    struct rule_facts facts = command_facts(&settings);
    struct reader_options options = {.facts = &facts};
    options.kind = given[OPTION_KIND].count > 0 ? given[OPTION_KIND].values[0] : NULL;
    submitting.queueing.options = &options;
    submitting.queueing.files =
        (struct file_tally *)muster_alloc(QUEUEING_FILES * sizeof(struct file_tally));
    arena_init_secret(&submitting.queueing.arena, ROW_ARENA_BYTES);
    enum muster_status status =
        submitting.queueing.files == NULL
            ? muster_fail(&e, MUSTER_ENOMEM, "out of memory")
            : outbox_open(settings.outbox, settings.outbox_key, &submitting.queueing.outbox, &e);
    if (status == MUSTER_OK) {
        status = seal_context_new(&submitting.queueing.seal, &e);
    }
    submitting.contact.outbox = submitting.queueing.outbox;
    result = status == MUSTER_OK ? submit_files(&submitting, operand_count, operands, format)
                                 : command_complain(&e, status);
    contact_close(&submitting.contact);
    outbox_close(submitting.queueing.outbox);
    seal_context_free(submitting.queueing.seal);
    arena_fini(&submitting.queueing.arena);
    muster_free(submitting.queueing.files);
    settings_fini(&settings);
    return result;
}
