/* The service's own state, shared by its files and nobody else. */
#ifndef MUSTER_SERVICE_INTERNAL_H
#define MUSTER_SERVICE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/base/queue.h"
#include "core/seal/keys.h"
#include "core/seal/trust.h"
#include "gateway/service/high_water.h"
#include "gateway/service/job.h"
#include "gateway/service/merkle_log.h"
#include "gateway/service/mover.h"
#include "gateway/service/stages.h"
#include "gateway/store/known.h"

#define SERVICE_QUEUE       1024u /* requests waiting for the writer */
#define SERVICE_QUERIES     64u   /* queries waiting for the reader */
#define SERVICE_COMMIT_JOBS 256u  /* requests in one group commit */
#define SERVICE_COMMIT_ITEMS                                             \
    1024u /* after so many submissions a commit takes no further request \
           */
#define SERVICE_HELD_BYTES    (256u * 1024u * 1024u) /* by requests that are not answered yet */
#define SERVICE_HELD_FACTOR   4u /* a request's memory by its bytes on the wire */
#define SERVICE_HELD_LEAST    65536u
#define SERVICE_SEALERS       16u
#define SERVICE_REFUSAL_CODES 64u
/* Of one submission in a reply, so that a full batch fits a frame; the sender's own check shows
 * all. */
#define SERVICE_REPLY_FINDINGS 10u

/* The checkpoint that every witness is offered, and since when. */
struct designation {
    uint64_t size; /* 0: none yet */
    struct muster_utc since;
};
#define OWN_ENTRIES_BYTES (4u * 1024u * 1024u) /* to find out what the operator changed */

/* Fingerprints of connection certificates that stand in the log, so that a connection costs nothing
 * more; beyond three quarters of this the store is asked. */
#define ENROLMENT_SEEN 8192u
struct enrolment_seen {
    size_t count;
    bool taken[ENROLMENT_SEEN];
    struct muster_hash at[ENROLMENT_SEEN];
};

struct refusal_count {
    const char *code; /* static */
    uint64_t count;
};

/* When escalations are evaluated next. */
struct evaluating {
    atomic_bool under_way;
    atomic_bool unchanged;         /* no record has been accepted since the last one began */
    _Atomic int64_t rest_until_ms; /* monotonic; evaluating must not fill the reader's time */
    int32_t day;                   /* the ticking thread's: of the last one, in London */
};

struct service {
    const struct service_settings *settings;
    struct keys *keys;
    struct seal_mac_key index_key;
    struct trust *trust;
    struct store *store;            /* the writer's */
    struct store_reader *reader;    /* the reader's */
    struct merkle_log *log;         /* the writer's */
    struct designation designation; /* the writer's */
    struct seal_context *writer_seal;
    struct queue *submissions;     /* to the writer */
    struct queue *queries;         /* to the reader */
    struct mover *mover;           /* NULL: the writer moves the write-ahead log itself */
    struct self_check *self_check; /* the ticking thread's; NULL: not begun */
    pthread_t writer_thread;
    pthread_t reader_thread;
    bool writer_runs;
    bool reader_runs;
    int failure_fd;
    atomic_size_t held;
    atomic_bool failed;
    atomic_bool refuses;        /* writes: the store is an older copy */
    atomic_bool altered;        /* what figures are made from is not what was logged: none leave */
    _Atomic uint64_t backed_up; /* log size that a backup covers; 0: none known */
    struct stages stages;
    _Atomic int64_t entry_ms; /* when the last entry was written */
    struct high_water *mark;  /* NULL: no file is configured */
    char *watched;            /* the ticking thread's: what own_entries_watch saw last */
    int64_t marked_ms;        /* the ticking thread's */
    int64_t counted_ms;       /* the ticking thread's */
    struct evaluating evaluating;
    pthread_cond_t verified; /* with the mutex: a batch's verdict is there */
    pthread_mutex_t mutex;   /* guards the three below, and verdicts */
    struct seal_context *sealers[SERVICE_SEALERS];
    struct refusal_count refusals[SERVICE_REFUSAL_CODES];
    struct enrolment_seen *seen;
};

/* A group commit under way. */
struct commit {
    struct service *service;
    struct muster_utc now; /* that its rows and entries carry */
};

/* --- intake.c: judges, seals and verifies a batch on the calling thread ----------------------- */

/* job->arena holds the decoded request, job->batch.wire the batch. On success the job is ready for
 * the writer but for its signature, and intake_verify must follow. On failure *code is the stable
 * reason the whole batch is refused for. */
enum muster_status intake_prepare(struct service *service, struct job *job, struct muster_utc now,
                                  const char **code, struct muster_err *e) MUSTER_MUST_CHECK;

/* Checks the signature, which costs as much as everything the writer does of a batch before its
 * commit: so that both are done at once, the writer has the job already, and awaits the verdict
 * before it commits or answers. Once the verdict is set the job is the writer's alone. */
void intake_verify(struct service *service, struct job *job, struct muster_utc now);
/* Waits for the verdicts of all batches among the jobs: for computing, never for a peer. */
void intake_await(struct service *service, struct job *const *jobs, size_t count);
/* Turns a batch into the entry of its refusal as a whole, and the answer to its sender. */
void intake_refuse(struct job *job, const char *code, const struct muster_err *e);

/* --- index.c: blind indexes of one record ----------------------------------------------------- */

/* Fills the item's key_ix, blinds and child_name from its record, in `arena`. */
enum muster_status index_record(const struct seal_mac_key *index_key, struct seal_context *seal,
                                const char *agency, struct arena *arena, struct job_item *item,
                                struct muster_err *e) MUSTER_MUST_CHECK;

/* --- payload.c -------------------------------------------------------------------------------- */

/* Opens a stored payload, without its salt, into `arena`. MUSTER_ECONFIG: its key was destroyed or
 * is missing. MUSTER_ECORRUPT: it was changed. */
enum muster_status payload_open(struct keys *keys, struct seal_context *seal,
                                const struct store_submission *held, struct arena *arena,
                                struct muster_bytes *payload,
                                struct muster_err *e) MUSTER_MUST_CHECK;

/* The same of anything sealed at this address, whole. */
enum muster_status payload_unseal(struct keys *keys, struct seal_context *seal,
                                  const struct seal_address *address,
                                  const struct store_sealed *held, struct arena *arena,
                                  struct muster_bytes *out, struct muster_err *e) MUSTER_MUST_CHECK;

/* Whether an opened payload is of this record, whatever was found of either: findings follow from
 * the day and the sender's configuration too, so that a sender that lost its outbox may send other
 * ones with the same record. A payload that this version cannot read counts as another: nobody's
 * commit may fail for it. MUSTER_ENOMEM alone. */
enum muster_status payload_same_record(struct muster_bytes held, const struct muster_record *sent,
                                       struct arena *arena, bool *same,
                                       struct muster_err *e) MUSTER_MUST_CHECK;

/* --- writer.c: group commit -------------------------------------------------------------------
 *
 * A group may be taken back and written again, without what made a job come out as it did: what
 * writes a job in the transaction sets its answer anew each time, and changes nothing else that a
 * rollback does not undo. That is for after the commit. */

/* The thread; the context is the service. */
void *writer_run(void *context);
/* Writes entries of the gateway's own as one commit outside the writer's thread, while that is not
 * running. The caller frees the jobs. */
enum muster_status writer_write_own(struct service *service, struct job **jobs, size_t count,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* A leaf in this caller's name, or in the gateway's own; the caller fills in the rest. */
struct codec_leaf writer_leaf(const struct service *service, const struct caller *caller,
                              const char *kind, struct muster_utc now);
/* Gives the leaf a new event id and appends it, in the writer's transaction. */
enum muster_status writer_append(struct service *service, struct codec_leaf *leaf,
                                 struct arena *arena, uint64_t *seq,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

/* --- submission.c ----------------------------------------------------------------------------- */

/* Of a JOB_BATCH, in the writer's transaction: decides its submissions. Where its signer does not
 * count, the failure is in job->answer. May be called again after a rollback. */
enum muster_status submission_write_batch(struct commit *commit, struct job *job,
                                          struct muster_err *e) MUSTER_MUST_CHECK;

/* --- witnesses.c: witness keys, offers, cosignatures --------------------------------------------
 */

/* Of a batch that announces a key: reads and checks it, on the calling thread. On failure *code is
 * the stable reason the batch is refused for. */
enum muster_status witnesses_prepare(struct service *service, struct job *job, const char **code,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
/* In the writer's transaction: stores the key that was announced with its leaf, unless it is held;
 * `batch` is the row of the signed batch. */
enum muster_status witnesses_announce(struct service *service, struct job *job,
                                      struct muster_utc now, uint64_t batch,
                                      struct muster_err *e) MUSTER_MUST_CHECK;
/* The same for a heartbeat: checks its cosignature and stores it. One that does not count leaves a
 * failure in job->answer. */
enum muster_status witnesses_take(struct service *service, struct job *job, struct muster_utc now,
                                  struct muster_err *e) MUSTER_MUST_CHECK;
/* After the commit: what the sender is to cosign, if anything, into the reply. */
enum muster_status witnesses_offer(struct service *service, struct job *job, struct muster_utc now,
                                   struct codec_heartbeat_reply *reply,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* --- enrolment.c: certificates in the agencies' names ------------------------------------------
 */

/* Takes up what is known, at start. */
enum muster_status enrolment_open(struct service *service, struct muster_err *e) MUSTER_MUST_CHECK;
/* In the writer's transaction: the entry and message of a signing certificate that is seen for the
 * first time, and whether the batch may be decided. Where not, the failure is in job->answer. */
enum muster_status enrolment_check(struct service *service, struct job *job, struct muster_utc now,
                                   bool *counts, struct muster_err *e) MUSTER_MUST_CHECK;
/* Of a JOB_CERTIFICATE: the same for a connection's certificate. */
enum muster_status enrolment_put_connection(struct service *service, struct job *job,
                                            struct muster_utc now,
                                            struct muster_err *e) MUSTER_MUST_CHECK;
/* What an entry about a certificate has as its subject: usage and fingerprint, in `arena`. NULL
 * when out of memory. */
const char *enrolment_subject(const struct store_known *known, struct arena *arena);
/* After the commit. */
void enrolment_committed(struct service *service, const struct job *job);
/* May the asker enrol? Then it goes to the writer. */
void enrolment_request(struct service *service, struct job *job);
/* Of a JOB_ENROL, in the writer's transaction. What may not be done leaves a failure in
 * job->answer. */
enum muster_status enrolment_take(struct service *service, struct job *job, struct muster_utc now,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

/* --- entry.c: in the writer's transaction ------------------------------------------------------
 */

/* Of a JOB_ENTRY, with the named value that goes with it. */
enum muster_status entry_write(struct service *service, struct job *job, struct muster_utc now,
                               struct muster_err *e) MUSTER_MUST_CHECK;
/* Of a JOB_BACKUP: nothing, and job->note becomes NULL, where it is known or of another log. */
enum muster_status entry_write_backup(struct service *service, struct job *job,
                                      struct muster_utc now,
                                      struct muster_err *e) MUSTER_MUST_CHECK;
/* After the commit. */
void entry_written(struct service *service, const struct job *job);

/* --- tick.c ----------------------------------------------------------------------------------- */

/* The last counting entries, before the writer ends. */
void tick_end(struct service *service);

/* --- rollback.c ------------------------------------------------------------------------------- */

/* From now on every request but a heartbeat is answered log.rolled_back, and nothing is written,
 * not even log.stop; says so in the log lines. Any thread. */
void service_refuse_writes(struct service *service, const char *sentence);
/* Judges the evidence in a heartbeat, outside a transaction; where our log does not hold what our
 * key has signed, raises the high-water mark and refuses writes. */
void rollback_examine(struct service *service, const struct job *job);

/* --- mailbox.c -------------------------------------------------------------------------------- */

/* May the asker see this box? Then it goes to the writer. */
void mailbox_request(struct service *service, struct job *job);
/* In the writer's transaction: acknowledges, and makes the answer of what waits. */
enum muster_status mailbox_take(struct service *service, struct job *job, struct muster_utc now,
                                struct muster_err *e) MUSTER_MUST_CHECK;
/* The same of a JOB_MESSAGES: puts its notes. */
enum muster_status mailbox_put_all(struct service *service, struct job *job, struct muster_utc now,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* --- answer.c: what leaves after the commit --------------------------------------------------- */

/* Proves and answers what was committed at `now`, and frees the job. On the writer's thread. */
enum muster_status answer_keep_proof(struct job *job, const struct tlog_proof *proof,
                                     struct codec_hashes *out,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
void answer_job(struct service *service, struct job *job, struct muster_utc now);

/* --- query.c: rights and reports -------------------------------------------------------------- */

/* The thread; the context is the service. */
void *query_run(void *context);

/* Writes the finished answer's entry, job->leaf, before the answer leaves. */
void query_hand_over(struct service *service, struct job *job);
/* The same for a refusal: `reason` is one of rights_decide's, `subject` what was asked for. */
void query_deny(struct service *service, struct job *job, const char *subject, const char *reason);
/* Whether these may stand in the log for good; false, and the job answered, where they may not.
 * NULL is none. */
bool query_take_purpose(struct job *job, const char *purpose, const char *reference);

/* --- escalation_notes.c ----------------------------------------------------------------------- */

/* By whoever ticks: has escalations evaluated where that may change something. */
void escalations_tick(struct service *service, struct muster_mono now);
/* On the reader's thread: evaluates and announces; frees the job. */
void escalations_run(struct service *service, struct job *job, struct seal_context *seal);

/* --- log_read.c: a page of the log, on the reader's thread -------------------------------------
 */

void log_read_run(struct service *service, struct job *job);

/* --- receipt_read.c: confirmed receipts, on the reader's thread ------------------------------- */

void receipt_read_run(struct service *service, struct job *job);

/* The service cannot go on: wakes whoever watches service_failure_fd. */
void service_fail(struct service *service);

#endif
