/* What travels between the service's threads: one request each, with the memory it needs. */
#ifndef MUSTER_SERVICE_JOB_H
#define MUSTER_SERVICE_JOB_H

#include <stdatomic.h>

#include "core/codec/leaf.h"
#include "core/codec/reply.h"
#include "core/codec/request.h"
#include "core/seal/record.h"
#include "core/tlog/key.h"
#include "gateway/service/log_note.h"
#include "gateway/service/mailbox.h"
#include "gateway/service/service.h"
#include "gateway/store/store.h"

/* Room for a full request, what its records decode to, and the reply. */
#define JOB_ARENA_BYTES (24u * 1024u * 1024u)

/* One submission, decoded, judged and sealed; waiting for what the store knows of its record. */
struct job_item {
    const struct codec_header *header;
    struct muster_bytes payload;
    const struct muster_record *record;
    const struct muster_finding *findings; /* a refusal, if any, comes first */
    size_t finding_count;
    bool refused;
    bool has_key;
    struct store_blind key_ix;
    const struct store_blind_field *blinds;
    size_t blind_count;
    const struct store_blind *child_name; /* NULL: not complete */
    struct sealed sealed;
    char month[MONTH_TEXT_BYTES];
    struct muster_bytes ciphertext;
};

/* What the receiving thread finds of a batch's signature, while the writer is already at work. */
enum job_verdict {
    VERDICT_PENDING,
    VERDICT_SIGNED,  /* by the certificate's key */
    VERDICT_REFUSED, /* it was not: `objection` */
    VERDICT_FAILED,  /* it could not be checked: `objection` */
};

struct job_batch {
    struct codec_batch wire;
    enum job_verdict verdict; /* guarded by the service's mutex, until it is no longer pending */
    const char *code;         /* stable, of the objection */
    struct muster_err objection;
    struct muster_hash manifest_hash;
    struct muster_hash fingerprint; /* of the signing certificate */
    const char *agency;             /* in whose name */
    struct job_item *items;         /* wire.manifest.count of them */
    struct codec_outcome *outcomes; /* the writer's */
    bool announces;                 /* a witness key of the agency's: */
    struct tlog_key witness_key;
};

enum job_type {
    JOB_BATCH,    /* submissions to decide */
    JOB_QUERY,    /* a report to compute, by the reader; then it becomes a JOB_ENTRY */
    JOB_LOG_READ, /* the same with a page of the log */
    JOB_ENTRY,    /* one log entry; then the reply that is ready */
    JOB_HEARTBEAT,
    JOB_BACKUP,       /* one log entry, if our log holds `note` and no later backup is known */
    JOB_RECEIPT_READ, /* like a page of the log */
    JOB_MAILBOX,      /* a box is read; the writer makes the answer */
    JOB_ENROL,        /* a certificate is enrolled, or no longer */
    JOB_CERTIFICATE,  /* one that has opened a connection: enrol.agency and fingerprint */
    JOB_MESSAGES,     /* the gateway's own, for boxes */
    JOB_EVALUATE,     /* escalations, by the reader */
};

struct job {
    enum job_type type;
    struct arena arena;
    atomic_size_t *held; /* memory that requests hold in all, and this one's part of it */
    size_t weight;
    struct caller caller;
    service_reply_fn *reply; /* NULL: nobody waits */
    void *handle;
    uint64_t log_size; /* that the caller has verified: its reply is proved to continue it, */
    bool pipelined;    /* or rather what the last reply told, where there was one */
    uint64_t *told;    /* the connection's; the writer's alone */
    uint64_t tells;    /* the log's size in the reply; 0: it has none */
    struct job_batch batch;
    struct codec_query query;
    struct codec_log_read log_read;
    struct codec_mailbox mailbox;
    struct codec_enrol enrol;         /* of a JOB_CERTIFICATE, borrows from the directory */
    const struct mailbox_note *notes; /* of JOB_MESSAGES */
    size_t note_count;
    struct codec_heartbeat heartbeat;
    const struct log_note *note; /* of a JOB_BACKUP */
    const char *meta;            /* a named value of the store that goes with the entry; NULL */
    const char *meta_value;
    struct codec_receipt_read receipt_read;
    uint64_t receipt_sizes[MUSTER_RECEIPT_NOTES]; /* of its answer's checkpoints */
    struct codec_leaf leaf;    /* of a JOB_ENTRY; logged_at and event_id are the writer's */
    struct codec_reply answer; /* of a JOB_ENTRY: a table or page gets its checkpoint from the
                                  writer; of a heartbeat or batch that was refused */
};

/* NULL when out of memory. `caller` NULL: the gateway's own. */
struct job *job_new(enum job_type type, const struct caller *caller, service_reply_fn *reply,
                    void *handle);
/* Wipes and releases; answers nobody. Accepts NULL. */
void job_free(struct job *job);

/* Encodes `reply` and hands it to whoever waits, exactly once; then frees the job. */
void job_answer(struct job *job, const struct codec_reply *reply);
/* The same with a failure; `code` and `message` static. */
void job_fail(struct job *job, const char *code, const char *message, bool retry);

#endif
