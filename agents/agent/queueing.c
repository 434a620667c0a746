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

enum muster_status queueing_encode(const struct muster_record *record,
                                   struct muster_findings *findings, struct arena *arena,
                                   struct muster_bytes *payload, struct muster_err *e)
{
    enum muster_status status = codec_record_encode(record, findings, arena, payload, e);
    if (status != MUSTER_ETOOBIG) {
        return status;
    }
    muster_findings_add(findings, MUSTER_LEVEL_REFUSAL, "too_long", "",
                        "Shorten the long texts of this record: together they are more than one "
                        "record may hold.");
    return MUSTER_OK;
}

/* What has been found of a row follows from the day and the configuration too: the same row is the
 * same record all the same. */
static enum muster_status encode_content(struct queueing *queueing,
                                         const struct muster_record *record,
                                         const struct muster_findings *findings,
                                         struct muster_bytes payload, struct muster_bytes *content,
                                         struct muster_err *e)
{
    if (findings->count == 0) {
        *content = payload;
        return MUSTER_OK;
    }
    return codec_record_encode(record, NULL, &queueing->arena, content, e);
}

static enum muster_status add_row(struct queueing *queueing, const struct reader_row *row,
                                  const struct muster_record *record,
                                  const struct muster_findings *findings,
                                  struct muster_bytes payload, struct muster_err *e)
{
    struct outbox_row queued = {.kind = record->schema->kind,
                                .withdrawn = record->withdrawn,
                                .payload = payload,
                                .file = row->file,
                                .line = row->row};
    char key[4 * MUSTER_ID_BYTES];
    uint32_t version = 0;
    if (muster_record_key(record, key, sizeof key) == 0) {
        /* the rules refuse a record without its key */
        return muster_fail(e, MUSTER_EINTERNAL, "a record without a key came through the rules");
    }
    queued.key = key;
    enum muster_status status =
        encode_content(queueing, record, findings, payload, &queued.content, e);
    if (status == MUSTER_OK) {
        status = outbox_add(queueing->outbox, &queued, muster_utc_now(), &version, e);
    }
    if (status == MUSTER_OK) {
        queueing->file->unchanged += version == 0 ? 1 : 0;
    }
    return status;
}

static enum muster_status take_row(void *context, const struct reader_row *row)
{
    struct queueing *queueing = (struct queueing *)context;
    struct muster_err *e = &queueing->failure;
    struct muster_record record = row->record;
    struct muster_findings findings = row->findings;
    struct muster_bytes payload = {NULL, 0};
    enum muster_status status = MUSTER_OK;
    if (muster_findings_refusal(&findings) == NULL) {
        status = conceal_meeting(queueing, &record, e);
        if (status == MUSTER_OK) {
            status = queueing_encode(&record, &findings, &queueing->arena, &payload, e);
        }
    }
    const struct muster_finding *refusal = muster_findings_refusal(&findings);
    queueing->file->rows++;
    queueing->file->with_findings += findings.count > 0 ? 1 : 0;
    if (refusal != NULL) {
        queueing->file->refused_here++;
        say_refusal(queueing, row, refusal);
    } else if (status == MUSTER_OK) {
        status = add_row(queueing, row, &record, &findings, payload, e);
    }
    arena_reset(&queueing->arena);
    return status == MUSTER_OK ? status : muster_wrap(e, status, "%s row %zu", row->file, row->row);
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
    queueing->failure = (struct muster_err){MUSTER_OK, ""};
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
    if (queueing->failure.status != MUSTER_OK && e != NULL) {
        *e = queueing->failure; /* a row's: the reader knows only that there was one */
    }
    return status;
}
