/* One conversation with the gateway: submissions out, verified receipts back; questions out, tables
 * back. Blocking, each call with its deadline; one thread. */
#ifndef MUSTER_CLIENT_SESSION_H
#define MUSTER_CLIENT_SESSION_H

#include "agents/client/batch.h"
#include "agents/client/settings.h"
#include "agents/client/witness.h"
#include "core/codec/reply.h"
#include "core/codec/request.h"
#include "core/tlog/checkpoint.h"

struct session;

/* Reads keys and certificates and connects. With a signing certificate in the settings it can
 * submit. MUSTER_ECONFIG, MUSTER_EAUTH (certificates do not count), MUSTER_ECLOSED and
 * MUSTER_ETIMEOUT (nobody answers). The caller closes *out; `settings` is borrowed for its life. */
enum muster_status session_open(const struct settings *settings, struct session **out,
                                struct muster_err *e) MUSTER_MUST_CHECK;
void session_close(struct session *session); /* accepts NULL */

/* Takes up what an earlier session remembered of this log, before the first call: see
 * witness_recall. Without it this session remembers what it sees itself. */
enum muster_status session_recall(struct session *session, const char *memory, const char *cosigned,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

/* What this session knows of the log. Every reply below was proved to continue what was known when
 * its request left. Where caught.finding is set the log has contradicted itself: the call ended
 * with MUSTER_EUNVERIFIED, the gateway has been sent the evidence, and nothing more may be asked of
 * it. Whoever has a disk keeps the memory before believing the call. */
const struct witness *session_witness(const struct session *session);

/* How much of its log the gateway has in a backup, as it said last; 0: nothing known. */
uint64_t session_backed_up(const struct session *session);

/* Every batch from now on announces this witness key (vkey text, borrowed); NULL: none does. */
void session_announce(struct session *session, const char *witness_key);

/* The code of a failure of our own: with several batches under way, a reply does not continue the
 * reply before it but one that somebody else has got, or nobody. A device that forwards for many
 * does that. Nothing of it may be believed, and nothing has been found against the log: open a new
 * session and have one batch under way at a time. */
#define SESSION_OUT_OF_STEP "out_of_step"

/* What the gateway said when it did not carry a request out. Texts lie in the caller's arena. */
struct session_failure {
    const char *code; /* "" where the gateway did answer */
    const char *message;
    bool retry;
};

/* What became of it. Of a result with a receipt, that receipt has been verified: the log's
 * signature, the inclusion, and that the entry is this very submission. */
struct session_outcome {
    struct codec_outcome wire;
    const char *receipt; /* tlog-proof text */
};

/* A request under way; filled in by the calls below. */
struct session_sent {
    uint32_t id;
    bool pipelined;                 /* another was under way */
    struct witness_checkpoint base; /* its reply must continue this: known once it is awaited */
};

/* A reply, and once it is believed its checkpoint, which has been verified; `note` and what it
 * borrows lie in the caller's arena. */
struct session_reply {
    struct codec_reply reply;
    const char *note;
    struct tlog_checkpoint checkpoint;
};

/* A batch on its way. `items` is borrowed for the way. */
struct session_batch {
    const struct batch_item *items;
    size_t count;
    struct codec_batch signed_batch;
    struct session_sent sent;
    struct session_reply answer;
};

/* session_submit in its four steps, so that an agent can sign the next batch and verify and settle
 * the last one while others are under way. All of one batch in one arena. Nothing else may be asked
 * while a batch is between send and receive. Statuses as of session_submit.
 *
 * sign: no network. send: returns at once. receive, in the order of sending: waits; nothing of the
 * reply may be believed yet; MUSTER_EBUSY with SESSION_OUT_OF_STEP, see there. verify, in that
 * order too: that the log has gone on from the reply before, then each outcome and its receipt. A
 * batch behind one whose reply is not believed cannot be verified. */
enum muster_status session_batch_sign(struct session *session, const struct batch_item *items,
                                      size_t count, struct arena *arena, struct session_batch *out,
                                      struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status session_batch_send(struct session *session, struct session_batch *batch,
                                      struct arena *arena, struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status session_batch_receive(struct session *session, struct session_batch *batch,
                                         struct arena *arena, struct session_failure *failure,
                                         struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status session_batch_verify(struct session *session, struct session_batch *batch,
                                        struct arena *arena, struct session_outcome **outcomes,
                                        struct muster_err *e) MUSTER_MUST_CHECK;

/* Signs and sends the items as one batch and verifies what comes back, in `arena`. Without items
 * the batch only announces a key. MUSTER_EREFUSED: the batch as a whole was not carried out, see
 * *failure; MUSTER_EBUSY: nor decided. MUSTER_EUNVERIFIED: what came back does not prove what it
 * says; nothing of it may be believed. */
enum muster_status session_submit(struct session *session, const struct batch_item *items,
                                  size_t count, struct arena *arena,
                                  struct session_outcome **outcomes,
                                  struct session_failure *failure,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

/* Asks for a report, in `arena`. Statuses as above; the table's checkpoint has been verified. */
enum muster_status session_query(struct session *session, const struct codec_query *query,
                                 struct arena *arena, struct codec_table *out,
                                 struct session_failure *failure,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

/* A page of the log. What it says of the entries is not verified: that takes the whole log. */
struct session_log {
    struct codec_log_entries page;     /* hashes are given for leaves too */
    struct tlog_checkpoint checkpoint; /* the log's signature has been verified */
};

/* Reads a page of the log, in `arena`. Statuses as above. MUSTER_EUNVERIFIED also where the page is
 * not the one that was asked for or the checkpoint does not hold it. */
enum muster_status session_log_read(struct session *session, const struct codec_log_read *read,
                                    struct arena *arena, struct session_log *out,
                                    struct session_failure *failure,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* A heartbeat, in `arena`. An offer in the reply has been judged and is session_witness's newest
 * cosigned checkpoint now: keep its note, then sign. */
enum muster_status session_heartbeat(struct session *session,
                                     const struct codec_heartbeat *heartbeat, struct arena *arena,
                                     struct codec_heartbeat_reply *out,
                                     struct session_failure *failure,
                                     struct muster_err *e) MUSTER_MUST_CHECK;

/* Asks for entries of one's own, by their places, to be proved to checkpoints that partners have
 * cosigned; in `arena`. Each of these checkpoints is signed by the log and continued by what is
 * known now; inclusion and cosignatures are the caller's to check. */
enum muster_status session_receipts(struct session *session, const uint64_t *indexes, size_t count,
                                    struct arena *arena, struct codec_receipt_proofs *out,
                                    struct session_failure *failure,
                                    struct muster_err *e) MUSTER_MUST_CHECK;
/* Enrols a signing certificate, or revokes that; the reply's checkpoint covers its entry. Statuses
 * as above. */
enum muster_status session_enrol(struct session *session, const struct codec_enrol *enrol,
                                 struct arena *arena, struct codec_enrol_reply *out,
                                 struct session_failure *failure,
                                 struct muster_err *e) MUSTER_MUST_CHECK;
/* Acknowledges and fetches messages of a mailbox, in `arena`. Statuses as above. */
enum muster_status session_mailbox(struct session *session, const struct codec_mailbox *mailbox,
                                   struct arena *arena, struct codec_mailbox_reply *out,
                                   struct session_failure *failure,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* The log's public key. Lives as long as the session. */
const struct tlog_key *session_log_key(const struct session *session);

#endif
