/* A checkpoint that this gateway's log key has signed, under whatever name its log had then. */
#ifndef MUSTER_SERVICE_LOG_NOTE_H
#define MUSTER_SERVICE_LOG_NOTE_H

#include "core/tlog/checkpoint.h"
#include "core/tlog/key.h"

struct log_note {
    uint64_t size;
    struct muster_hash root;
    char origin[TLOG_NAME_BYTES];
    char text[TLOG_CHECKPOINT_BYTES + 1]; /* the signed note */
};

/* Reads a note and checks its signature by `key`'s public half under the origin that the note
 * names; cosignatures beside it are passed over. MUSTER_EUNVERIFIED, MUSTER_EMALFORMED,
 * MUSTER_ETOOBIG: it is not one of ours. */
enum muster_status log_note_open(const struct tlog_key *key, struct muster_bytes text,
                                 struct log_note *out, struct muster_err *e) MUSTER_MUST_CHECK;

/* Whether `line`, with its LF, is one good signature by this key under the note; *seconds since
 * 1970 are what it says of its time. */
bool log_note_cosigned(const struct tlog_key *key, struct muster_bytes note, const char *line,
                       uint64_t *seconds);

#endif
