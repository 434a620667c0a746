/* From files to the outbox. */
#ifndef MUSTER_AGENT_QUEUEING_H
#define MUSTER_AGENT_QUEUEING_H

#include "agents/formats/reader.h"
#include "agents/outbox/outbox.h"
#include "core/seal/primitives.h"

#define QUEUEING_FILES 4096u

/* What became of one file's rows, so far. */
struct file_tally {
    char name[MUSTER_NAME_BYTES]; /* base name */
    bool unreadable;              /* nothing of it was queued */
    uint64_t rows;
    uint64_t unchanged; /* equal to what the outbox knows */
    uint64_t refused_here;
    uint64_t with_findings;
    uint64_t accepted, duplicate, refused;
};

struct queueing {
    struct outbox *outbox;
    const struct reader_options *options;
    struct file_tally *files; /* QUEUEING_FILES of them */
    size_t file_count;
    struct file_tally *file; /* the one being read */
    struct seal_context *seal;
    struct arena arena;        /* of one row */
    struct muster_err failure; /* of a row that ended the reading of its file */
};

/* Encodes a record with what was found of it. One whose texts together are more than a record may
 * hold is MUSTER_OK as well, but for a refusal added to `findings` and no payload: it stays behind,
 * its file goes on. */
enum muster_status queueing_encode(const struct muster_record *record,
                                   struct muster_findings *findings, struct arena *arena,
                                   struct muster_bytes *payload,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* Reads one file and queues its rows in one transaction: all of them, or on failure none. Says on
 * standard error which rows are refused and why. MUSTER_EREFUSED, MUSTER_EMALFORMED,
 * MUSTER_ETOOBIG: the file cannot be read; the other files go on. */
enum muster_status queueing_file(struct queueing *queueing, const char *path,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

/* The tally of a file by name, added where it is new; NULL where there are too many. */
struct file_tally *queueing_tally(struct queueing *queueing, const char *name);

#endif
