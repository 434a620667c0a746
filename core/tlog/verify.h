/* Checking proofs: RFC 9162 sections 2.1.3.2 and 2.1.4.2, step by step. Needs no tree. A refusal is
 * MUSTER_EUNVERIFIED or MUSTER_EMALFORMED, its reason in *why (may be NULL). */
#ifndef MUSTER_TLOG_VERIFY_H
#define MUSTER_TLOG_VERIFY_H

#include "core/tlog/proof.h"

/* "The leaf of this hash has place `index` in the tree of `size` leaves with this root." */
struct tlog_inclusion {
    uint64_t index;
    uint64_t size;
    struct muster_hash leaf;
    struct muster_hash root;
};

enum muster_status tlog_verify_inclusion(struct tlog_hasher *hasher,
                                         const struct tlog_inclusion *claim,
                                         const struct tlog_proof *proof, enum tlog_reason *why,
                                         struct muster_err *e) MUSTER_MUST_CHECK;

struct tlog_step {
    uint64_t place; /* of a node in its row, and of the row's last one */
    uint64_t last;
    struct muster_hash node;
    struct muster_hash beside; /* the proof's hash that led to it */
};

/* The path from a leaf to the root that was verified last. {0}: none. */
struct tlog_path {
    uint64_t size;
    struct muster_hash root;
    size_t count;
    struct tlog_step step[TLOG_PROOF_HASHES];
    struct tlog_step trial[TLOG_PROOF_HASHES]; /* of a leaf that is being verified */
};

/* The same answer with less work for leaves beside one whose path is known, as those of one batch
 * are: where the two paths meet, with equal hashes in the rest of the proofs, what follows has been
 * computed before. Two hashes a leaf for neighbours in order. A proof that is good becomes `path`;
 * one that is not leaves it, or leaves none where it was of another tree. */
enum muster_status tlog_verify_inclusion_near(struct tlog_hasher *hasher,
                                              const struct tlog_inclusion *claim,
                                              const struct tlog_proof *proof,
                                              struct tlog_path *path, enum tlog_reason *why,
                                              struct muster_err *e) MUSTER_MUST_CHECK;

/* "The tree of `size` leaves begins with all the leaves of the tree of `old_size`." */
struct tlog_consistency {
    uint64_t
        old_size; /* at least 1: a log of size 0 is no memory, and nothing can be proved of it */
    uint64_t size;
    struct muster_hash old_root;
    struct muster_hash root;
};

enum muster_status tlog_verify_consistency(struct tlog_hasher *hasher,
                                           const struct tlog_consistency *claim,
                                           const struct tlog_proof *proof, enum tlog_reason *why,
                                           struct muster_err *e) MUSTER_MUST_CHECK;

/* A hash as it came over the wire: MUSTER_EMALFORMED (hash_length) unless it has 32 bytes. */
enum muster_status tlog_hash_read(struct muster_hash *hash, struct muster_bytes bytes,
                                  enum tlog_reason *why, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
