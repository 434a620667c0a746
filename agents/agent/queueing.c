#include "agents/agent/queueing.h"

#include <stdio.h>
#include <string.h>

#include "core/base/clock.h"
#include "core/base/encode.h"
#include "core/codec/record.h"

/* Beyond so many, refused rows are only counted: the list is for reading. */
#define SHOWN_REFUSALS 50u

struct file_tally *queueing_tally(struct queueing *queueing, const char *name)
{
    for (size_t i = 0; i < queueing->file_count; i++) {
        if (strcmp(queueing->files[i].name, name) == 0) {
            return &queueing->files[i];
        }
    }
    if (queueing->file_count == QUEUEING_FILES) {
        return NULL;
    }
    struct file_tally *tally = &queueing->files[queueing->file_count++];
    (void)snprintf(tally->name, sizeof tally->name, "%s", name); /* cut on purpose */
    return tally;
}

static void say_refusal(struct queueing *queueing, const struct reader_row *row,
                        const struct muster_finding *refusal)
{
    if (queueing->file->refused_here <= SHOWN_REFUSALS) {
        fprintf(stderr, "%s row %zu%s%s: %s: %s\n", row->file, row->row,
                refusal->column[0] != '\0' ? ", column " : "", refusal->column, refusal->code,
                refusal->message);
    }
}

/* Meetings made from a census return are named after child and date, and a meeting's id stands in
 * the gateway's tables for all to read. It is replaced by a digest of itself: the same for the same
 * meeting, and telling nobody the child's number. */
static enum muster_status conceal_meeting(struct queueing *queueing, struct muster_record *record,
                                          struct muster_err *e)
{
    struct muster_value *id = &record->value[MUSTER_MEETING_ID];
    const struct muster_value *census = &record->value[MUSTER_MEETING_CENSUS];
    struct muster_hash digest;
    char hex[25];
    if (record->schema->kind != MUSTER_KIND_MEETING || !census->given || !census->yes ||
        !id->given) {
        return MUSTER_OK;
    }
    struct muster_bytes pieces[] = {muster_bytes_of_text("muster/census/meeting"),
                                    muster_bytes_of_text(id->text)};
    enum muster_status status = seal_digest(queueing->seal, pieces, 2, &digest, e);
    if (status != MUSTER_OK) {
        return status;
    }
    hex_encode(digest.b, sizeof hex / 2, hex);
    id->text =
        arena_printf(&queueing->arena, "%.*s-%s", (int)strcspn(id->text, "-"), id->text, hex);
    return id->text != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
}

static enum muster_status add_row(struct queueing *queueing, const struct reader_row *row)
{
    struct muster_bytes payload;
    struct muster_err e = {MUSTER_OK, ""};
    char key[4 * MUSTER_ID_BYTES];
    uint32_t version = 0;
    struct muster_record record = row->record;
    enum muster_status status = conceal_meeting(queueing, &record, &e);
    if (status == MUSTER_OK && muster_record_key(&record, key, sizeof key) == 0) {
        /* the rules refuse a record without its key */
        status = muster_fail(&e, MUSTER_EINTERNAL, "a record without a key came through the rules");
    }
    if (status == MUSTER_OK) {
        status = codec_record_encode(&record, &row->findings, &queueing->arena, &payload, &e);
    }
    if (status == MUSTER_OK) {
        struct outbox_row queued = {.kind = record.schema->kind,
                                    .key = key,
                                    .withdrawn = record.withdrawn,
                                    .payload = payload,
                                    .file = row->file,
                                    .line = row->row};
        status = outbox_add(queueing->outbox, &queued, muster_utc_now(), &version, &e);
    }
    if (status != MUSTER_OK) {
        fprintf(stderr, "%s row %zu: %s\n", row->file, row->row, e.text);
        return status;
    }
    queueing->file->unchanged += version == 0 ? 1 : 0;
    return MUSTER_OK;
}

static enum muster_status take_row(void *context, const struct reader_row *row)
{
    struct queueing *queueing = (struct queueing *)context;
    const struct muster_finding *refusal = muster_findings_refusal(&row->findings);
    enum muster_status status = MUSTER_OK;
    queueing->file->rows++;
    queueing->file->with_findings += row->findings.count > 0 ? 1 : 0;
    if (refusal != NULL) {
        queueing->file->refused_here++;
        say_refusal(queueing, row, refusal);
    } else {
        status = add_row(queueing, row);
    }
    arena_reset(&queueing->arena);
    return status;
}

static enum muster_status take_note(void *context, const struct reader_note *note)
{
    (void)context;
    fprintf(stderr, "%s%s%s: %s: %s\n", note->file, note->column[0] != '\0' ? ", column " : "",
            note->column, note->code, note->message);
    return MUSTER_OK;
}

enum muster_status queueing_file(struct queueing *queueing, const char *path, struct muster_err *e)
{
    static const struct reader_sink sink = {take_row, take_note};
    const char *slash = strrchr(path, '/');
    queueing->file = queueing_tally(queueing, slash != NULL ? slash + 1 : path);
    if (queueing->file == NULL) {
        return muster_fail(e, MUSTER_EUSAGE, "too many files at once");
    }
    enum muster_status status = outbox_begin(queueing->outbox, e);
    if (status != MUSTER_OK) {
        return status;
    }
    status = reader_file(path, queueing->options, &queueing->arena, &sink, queueing, e);
    if (status == MUSTER_OK) {
        return outbox_commit(queueing->outbox, e);
    }
    outbox_rollback(queueing->outbox);
    queueing->file->unreadable = true;
    return status;
}
