/* What a client knows of the log, and how it makes sure that the gateway does not take it back: the
 * newest checkpoint it has verified, a consistency proof with every reply, and, where it is a
 * witness, the newest checkpoint it has cosigned (C2SP tlog-witness). Decides alone: no socket, no
 * disk, no clock; one thread. Whoever uses it keeps the notes durably before anything counts.
 *
 *     witness_init, witness_recall (notes of an earlier run)
 *     struct witness_checkpoint base = witness->memory;     named by a request (log_size)
 *     witness_take(witness, &base, its reply's checkpoint)  the memory goes on
 *     witness_offered, then on disk, then witness_cosign    a cosignature for the next heartbeat
 */
#ifndef MUSTER_CLIENT_WITNESS_H
#define MUSTER_CLIENT_WITNESS_H

#include "core/codec/reply.h"
#include "core/tlog/checkpoint.h"
#include "core/tlog/key.h"
#include "core/tlog/proof.h"

/* A checkpoint whose signature has been verified. {0}: none. */
struct witness_checkpoint {
    uint64_t size;
    struct muster_hash root;
    char note[TLOG_CHECKPOINT_BYTES + 1];
};

enum witness_finding {
    WITNESS_FINE,
    WITNESS_ROLLBACK, /* the log is smaller than it has been */
    WITNESS_FORK,     /* it is not a continuation of what it has been */
};

/* Two checkpoints of the log that do not go together, and the proof that was to lead from the one
 * to the other: both signed by the log, which shows it to anybody. */
struct witness_caught {
    enum witness_finding finding;
    struct witness_checkpoint known;
    struct witness_checkpoint received;
    struct tlog_proof proof;
};

struct witness {
    const struct tlog_key *log_key;
    struct tlog_hasher *hasher;
    struct witness_checkpoint memory;   /* the newest verified one */
    struct witness_checkpoint cosigned; /* the newest one accepted for cosigning */
    struct witness_caught caught;       /* the first time it happened */
};

/* Remembers nothing. `log_key`, whose name is the log's origin, and `hasher` are borrowed. */
void witness_init(struct witness *witness, const struct tlog_key *log_key,
                  struct tlog_hasher *hasher);

/* Takes up what an earlier run remembered: the notes of its memory and of what it cosigned last
 * (NULL: none). MUSTER_ECORRUPT where one is not a checkpoint signed by this log. */
enum muster_status witness_recall(struct witness *witness, const char *memory, const char *cosigned,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

/* What a reply's checkpoint claims, before anything of it is verified. MUSTER_EUNVERIFIED,
 * MUSTER_EMALFORMED, MUSTER_ETOOBIG where it is none. */
enum muster_status witness_peek(const char *note, struct witness_checkpoint *out,
                                struct muster_err *e) MUSTER_MUST_CHECK;

/* Whether both are of the same tree. */
bool witness_same(const struct witness_checkpoint *a, const struct witness_checkpoint *b);

/* Judges a reply's checkpoint: the log's signature, and that it continues `base`, the memory as it
 * was when the request left ({0}: then it named no size). The memory goes on only where the proof
 * begins at it: the reply to an older request is verified and forgotten. MUSTER_EUNVERIFIED,
 * MUSTER_EMALFORMED, MUSTER_ETOOBIG: nothing of the reply may be believed, and nothing is
 * remembered of it; witness->caught.finding tells whether the log has contradicted itself. */
enum muster_status witness_take(struct witness *witness, const struct witness_checkpoint *base,
                                const char *note, const struct codec_hashes *consistency,
                                struct tlog_checkpoint *out,
                                struct muster_err *e) MUSTER_MUST_CHECK;

/* The same for a checkpoint that comes without a proof, when the gateway has said that its log is
 * behind ours: a smaller one, or another of our size, is caught. */
enum muster_status witness_confront(struct witness *witness, const char *note,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* Judges an offer of a reply whose own checkpoint has been taken: it must continue what was
 * cosigned last and be continued by that checkpoint, `newest`. Then it is the newest cosigned one:
 * the caller puts witness->cosigned.note on disk, and only then lets it be signed. Statuses as
 * above. */
enum muster_status witness_offered(struct witness *witness, const struct tlog_checkpoint *newest,
                                   const char *newest_note, const struct codec_offer *offer,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* Judges a checkpoint that is older than the reply's own, `newest`, which has been taken: it must
 * be signed by the log and continued by that one. Others' signature lines may stand behind the
 * log's; they are not looked at. `out` borrows from `note`. Statuses as above. */
enum muster_status witness_earlier(struct witness *witness, const struct tlog_checkpoint *newest,
                                   const char *newest_note, const char *note,
                                   const struct codec_hashes *to_newest,
                                   struct tlog_checkpoint *out,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* Appends the signature line for witness->cosigned, at `time` in seconds since 1970. */
enum muster_status witness_cosign(const struct witness *witness, const struct tlog_signer *signer,
                                  uint64_t time, struct tlog_text *out,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

#endif
