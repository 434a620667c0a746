/* Witness keys, and the checkpoints they have cosigned: rows of the store, whose header says what
 * holds of every call. */
#ifndef MUSTER_STORE_WITNESSES_H
#define MUSTER_STORE_WITNESSES_H

#include "gateway/store/store.h"

#define STORE_KEY_BYTES  32u  /* an Ed25519 public key */
#define STORE_LINE_BYTES 384u /* a key's text, or a signature line */

/* A witness key as its agency announced it. */
struct store_witness {
    uint64_t seq; /* of its log entry */
    const char *agency;
    uint8_t public_key[STORE_KEY_BYTES];
    const char *vkey;
    uint64_t batch; /* row of store_put_batch: the signed announcement */
};

/* MUSTER_EEXISTS: this key is held already, whoever announced it. */
enum muster_status store_put_witness(struct store *st, const struct store_witness *witness,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
/* The agency's newest. MUSTER_ENOTFOUND where it has none. Borrowed. */
enum muster_status store_witness_of(struct store_reader *reader, const char *agency,
                                    struct store_witness *out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;
/* Every key, the newest first. */
enum muster_status store_each_witness(struct store_reader *reader,
                                      enum muster_status (*fn)(void *context,
                                                               const struct store_witness *witness,
                                                               struct muster_err *e),
                                      void *context, struct muster_err *e) MUSTER_MUST_CHECK;

/* The checkpoint of `size` and the witness are held: else the transaction is lost. MUSTER_EEXISTS:
 * this witness has cosigned it before. */
enum muster_status store_put_cosignature(struct store *st, uint64_t size, uint64_t witness,
                                         struct muster_utc signed_at, const char *line,
                                         struct muster_err *e) MUSTER_MUST_CHECK;

struct store_cosignature {
    uint64_t size;
    struct muster_utc checkpoint_at;
    uint64_t witness; /* seq of its key */
    struct muster_utc signed_at;
    const char *agency;
    const char *vkey;
    const char *line;
};
/* Those of checkpoints above `above`, at most `most`: the largest size first, of one size all
 * together. */
enum muster_status store_each_cosignature(
    struct store_reader *reader, uint64_t above, size_t most,
    enum muster_status (*fn)(void *context, const struct store_cosignature *cosignature,
                             struct muster_err *e),
    void *context, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
