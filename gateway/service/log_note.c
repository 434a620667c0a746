#include "gateway/service/log_note.h"

#include <string.h>

#include <muster/limits.h>

#include "core/tlog/note.h"

#define COSIGNED_BYTES (TLOG_CHECKPOINT_BYTES + MUSTER_NOTE_LINE_BYTES)

enum muster_status log_note_open(const struct tlog_key *key, struct muster_bytes text,
                                 struct log_note *out, struct muster_err *e)
{
    struct tlog_note note;
    struct tlog_opened opened;
    struct tlog_key named;
    struct tlog_checkpoint checkpoint;
    if (text.len > TLOG_CHECKPOINT_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "the checkpoint is too long to be one of ours");
    }
    enum muster_status status = tlog_note_parse(&note, text, NULL, e);
    if (status == MUSTER_OK) {
        status = tlog_checkpoint_parse(&checkpoint, note.text, NULL, e);
    }
    if (status == MUSTER_OK) {
        status = tlog_key_init(&named, checkpoint.origin, TLOG_KEY_NOTE, key->public_key, NULL, e);
    }
    if (status == MUSTER_OK) {
        status = tlog_note_open(&note, &named, 1, &opened, NULL, e);
    }
    if (status == MUSTER_OK) {
        /* Ours has no further lines. */
        status = tlog_checkpoint_parse_own(&checkpoint, note.text, checkpoint.origin, NULL, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    *out = (struct log_note){.size = checkpoint.size, .root = checkpoint.root};
    memcpy(out->origin, named.name, sizeof out->origin);
    memcpy(out->text, text.at, text.len);
    return MUSTER_OK;
}

bool log_note_cosigned(const struct tlog_key *key, struct muster_bytes note, const char *line,
                       uint64_t *seconds)
{
    char memory[COSIGNED_BYTES];
    struct tlog_text text;
    struct tlog_note lines;
    struct tlog_opened opened;
    tlog_text_init(&text, memory, sizeof memory);
    tlog_text_put(&text, note);
    tlog_text_put(&text, muster_bytes_of_text(line));
    if (text.full || strchr(line, '\n') != line + strlen(line) - 1 ||
        tlog_note_parse(&lines, tlog_text_bytes(&text), NULL, NULL) != MUSTER_OK ||
        tlog_note_open(&lines, key, 1, &opened, NULL, NULL) != MUSTER_OK) {
        return false;
    }
    *seconds = opened.by[0].time;
    return true;
}
