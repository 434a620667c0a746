/* What the gateway answers (message Reply): plain values, and their bytes. Statuses, ownership and
 * error sentences are those of request.h. */
#ifndef MUSTER_CODEC_REPLY_H
#define MUSTER_CODEC_REPLY_H

#include <muster/bytes.h>
#include <muster/limits.h>
#include <muster/records.h>
#include <muster/status.h>
#include <muster/time.h>

#include <core/base/arena.h>
#include <core/codec/mailbox.h>

/* An arena of this budget is enough to decode any reply of MUSTER_FRAME_BYTES. */
#define CODEC_REPLY_ARENA_BYTES (24u * MUSTER_FRAME_BYTES)

/* The request as a whole was not carried out. */
struct codec_failure {
    const char *code;    /* stable */
    const char *message; /* one sentence that says what to do */
    bool retry;          /* nothing was decided: send the same again later */
};

enum codec_result {
    CODEC_ACCEPTED = 1,
    CODEC_DUPLICATE = 2, /* accepted before: its proof again */
    CODEC_CONFLICT = 3,  /* the version is held with other content */
    CODEC_REFUSED = 4,
};

struct codec_outcome {
    struct muster_uuid submission_id; /* of a duplicate: the one accepted at first */
    enum codec_result result;
    uint32_t version_held;                 /* highest version the gateway holds; 0: none */
    const struct muster_finding *findings; /* of a refusal or conflict at least one: the first */
    size_t finding_count;                  /* says why; at most MUSTER_FINDINGS */
    struct muster_bytes leaf;              /* log entry, exact bytes; never empty where accepted */
    uint64_t leaf_index;                   /* counts where there is a leaf */
    const struct muster_hash *proof;       /* leaf to root */
    size_t proof_count;
};

struct codec_batch_reply {
    const struct codec_outcome *outcomes; /* in the order of the batch's headers */
    size_t count;                         /* to MUSTER_BATCH_ITEMS; 0 for a batch without items */
    const char *checkpoint; /* never NULL where there is no outcome, or one has a leaf */
};

enum codec_column_kind {
    CODEC_COLUMN_TEXT = 1,
    CODEC_COLUMN_COUNT = 2,
    CODEC_COLUMN_PERCENT = 3,
};

struct codec_column {
    const char *name;
    enum codec_column_kind kind;
};

/* Of a percentage: the columns it was made of, counted from 1; both 0: not said. */
struct codec_share {
    uint32_t numerator;
    uint32_t denominator;
};

struct codec_table {
    const char *report;
    const struct codec_column *columns;
    size_t column_count;      /* 1 to MUSTER_COLUMNS */
    const char *const *cells; /* cells[row * column_count + column]; never NULL, may be "" */
    size_t row_count;         /* to MUSTER_ROWS, and MUSTER_CELLS cells in all */
    uint64_t log_size;        /* the records it was computed from */
    const char *checkpoint;   /* of that or a later size */
    const char *const *notes;
    size_t note_count;
    const struct codec_share *shares; /* one a column; NULL: none is said */
};

/* A proof, or part of one: at most MUSTER_PROOF_HASHES, leaf to root. */
struct codec_hashes {
    const struct muster_hash *at;
    size_t count;
};

/* To a witness: the checkpoint to cosign. */
struct codec_offer {
    const char *checkpoint;
    struct codec_hashes from_cosigned; /* consistency from the size it cosigned last */
    struct codec_hashes to_newest;     /* and on to the reply's own checkpoint */
};

struct codec_heartbeat_reply {
    const char *gateway; /* name and version */
    struct muster_utc now;
    const char *checkpoint;          /* newest; NULL: none yet */
    const struct codec_offer *offer; /* NULL: none */
};

/* A page of the log: hashes or leaves, the other is NULL. */
struct codec_log_entries {
    uint64_t from;
    size_t count; /* 1 to MUSTER_LOG_HASHES, of leaves to MUSTER_LOG_LEAVES */
    const struct muster_hash *hashes;
    const struct muster_bytes *leaves; /* exact bytes, none empty */
    const char *checkpoint;            /* of a size that holds them */
};

/* A checkpoint with those who have cosigned it. */
struct codec_cosigned {
    const char *note;
    const char *const *witnesses; /* their keys, vkey text */
    size_t witness_count;         /* to MUSTER_WITNESSES */
    struct codec_hashes to_newest;
};

struct codec_receipt_proof {
    uint32_t checkpoint; /* place in `checkpoints` */
    struct codec_hashes proof;
};

struct codec_receipt_proofs {
    const char *checkpoint;                   /* the reply's own */
    const struct codec_cosigned *checkpoints; /* 1 to MUSTER_RECEIPT_NOTES */
    size_t checkpoint_count;
    const struct codec_receipt_proof *proofs; /* in the order asked for */
    size_t count;                             /* 1 to MUSTER_RECEIPTS */
};

struct codec_enrol_reply {
    uint64_t leaf_index;
    const char *checkpoint; /* of a size that holds it */
};

enum codec_reply_type {
    CODEC_REPLY_FAILURE,
    CODEC_REPLY_BATCH,
    CODEC_REPLY_TABLE,
    CODEC_REPLY_HEARTBEAT,
    CODEC_REPLY_LOG_ENTRIES,
    CODEC_REPLY_RECEIPTS,
    CODEC_REPLY_MAILBOX,
    CODEC_REPLY_ENROL,
};

struct codec_reply {
    enum codec_reply_type type;
    struct codec_hashes consistency; /* from the request's log size to the reply's checkpoint */
    uint64_t continued; /* of a pipelined request: the size that consistency leads from; 0: none */
    bool backup_known;  /* backed_up counts */
    uint64_t backed_up; /* the log size that the gateway's last backup covers */
    union {
        struct codec_failure failure;
        struct codec_batch_reply batch;
        struct codec_table table;
        struct codec_heartbeat_reply heartbeat;
        struct codec_log_entries log_entries;
        struct codec_receipt_proofs receipts;
        struct codec_mailbox_reply mailbox;
        struct codec_enrol_reply enrol;
    };
};

enum muster_status codec_reply_decode(struct muster_bytes frame, struct arena *arena,
                                      struct codec_reply *out,
                                      struct muster_err *e) MUSTER_MUST_CHECK;

/* MUSTER_ETOOBIG where the reply would exceed MUSTER_FRAME_BYTES. *out lies in `arena`. */
enum muster_status codec_reply_encode(const struct codec_reply *reply, struct arena *arena,
                                      struct muster_bytes *out,
                                      struct muster_err *e) MUSTER_MUST_CHECK;

#endif
