/* Proofs out of the tree: RFC 6962 sections 2.1.1 and 2.1.2. For the newest leaves they are
 * look-ups in memory; for older ones, and older sizes, full tiles are read. */
#ifndef MUSTER_TLOG_PROOF_H
#define MUSTER_TLOG_PROOF_H

#include "core/tlog/reason.h"
#include "core/tlog/tree.h"

#define TLOG_PROOF_HASHES 64u /* an inclusion proof has at most 63, a consistency proof 64 */

struct tlog_proof {
    struct muster_hash hash[TLOG_PROOF_HASHES]; /* leaf to root */
    size_t count;
};

/* What a proof is made from; all borrowed. The tree is not changed. */
struct tlog_prover {
    const struct tlog_tree *tree;
    struct tlog_tiles *tiles;
    struct tlog_hasher *hasher;
};

/* That leaf `index` is in the tree of the first `size` leaves, index < size <= tree size; else
 * MUSTER_EUSAGE. */
enum muster_status tlog_inclusion_proof(const struct tlog_prover *prover, uint64_t index,
                                        uint64_t size, struct tlog_proof *out,
                                        struct muster_err *e) MUSTER_MUST_CHECK;

/* That the first `old_size` leaves of the tree of `size` leaves are the tree of old_size,
 * 0 < old_size <= size <= tree size; else MUSTER_EUSAGE. Empty where they are equal. */
enum muster_status tlog_consistency_proof(const struct tlog_prover *prover, uint64_t old_size,
                                          uint64_t size, struct tlog_proof *out,
                                          struct muster_err *e) MUSTER_MUST_CHECK;

/* The root of the first `size` leaves, size <= tree size; else MUSTER_EUSAGE. */
enum muster_status tlog_root_at(const struct tlog_prover *prover, uint64_t size,
                                struct muster_hash *out, struct muster_err *e) MUSTER_MUST_CHECK;

/* Appends a hash as it came over the wire. MUSTER_EMALFORMED (hash_length) unless it has 32 bytes,
 * MUSTER_ETOOBIG (proof_too_long) when the proof is full. Begin with count = 0. */
enum muster_status tlog_proof_add(struct tlog_proof *proof, struct muster_bytes hash,
                                  enum tlog_reason *why, struct muster_err *e) MUSTER_MUST_CHECK;

/* The same for all hashes of a proof, one behind the other. Replaces what `proof` held. */
enum muster_status tlog_proof_read(struct tlog_proof *proof, struct muster_bytes hashes,
                                   enum tlog_reason *why, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
