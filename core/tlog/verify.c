#include "core/tlog/verify.h"

static bool is_odd(uint64_t n)
{
    return (n & 1) != 0;
}

static bool is_power_of_two(uint64_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

static enum muster_status hash_refused(enum tlog_reason *why, enum muster_status status)
{
    if (why != NULL) {
        *why = TLOG_CRYPTO;
    }
    return status;
}

enum muster_status tlog_verify_inclusion(struct tlog_hasher *hasher,
                                         const struct tlog_inclusion *claim,
                                         const struct tlog_proof *proof, enum tlog_reason *why,
                                         struct muster_err *e)
{
    if (claim->size > TLOG_SIZE_MOST || claim->index > TLOG_SIZE_MOST) {
        return tlog_refuse(TLOG_SIZE_RANGE, why, e);
    }
    if (claim->size == 0) {
        return tlog_refuse(TLOG_EMPTY_TREE, why, e);
    }
    if (claim->index >= claim->size) {
        return tlog_refuse(TLOG_INDEX_RANGE, why, e);
    }
    /* fn and sn of the RFC: the place of the node on the path, and of the last node, in its row. */
    uint64_t place = claim->index;
    uint64_t last = claim->size - 1;
    struct muster_hash root = claim->leaf;
    for (size_t i = 0; i < proof->count; i++) {
        const struct muster_hash *beside = &proof->hash[i];
        enum muster_status status;
        if (last == 0) {
            return tlog_refuse(TLOG_PROOF_LENGTH, why, e);
        }
        if (is_odd(place) || place == last) {
            status = tlog_node_hash(hasher, beside, &root, &root, e);
            while (!is_odd(place) && place != 0) {
                place >>= 1;
                last >>= 1;
            }
        } else {
            status = tlog_node_hash(hasher, &root, beside, &root, e);
        }
        if (status != MUSTER_OK) {
            return hash_refused(why, status);
        }
        place >>= 1;
        last >>= 1;
    }
    if (last != 0) {
        return tlog_refuse(TLOG_PROOF_LENGTH, why, e);
    }
    if (!tlog_hash_equal(&root, &claim->root)) {
        return tlog_refuse(TLOG_ROOT_MISMATCH, why, e);
    }
    return MUSTER_OK;
}

/* Steps 2 to 7 of section 2.1.4.2, for 0 < old_size < size and a proof that is not empty. */
static enum muster_status walk_consistency(struct tlog_hasher *hasher,
                                           const struct tlog_consistency *claim,
                                           const struct tlog_proof *proof, enum tlog_reason *why,
                                           struct muster_err *e)
{
    uint64_t place = claim->old_size - 1;
    uint64_t last = claim->size - 1;
    while (is_odd(place)) {
        place >>= 1;
        last >>= 1;
    }
    bool whole = is_power_of_two(claim->old_size); /* then the old root stands before the proof */
    struct muster_hash old_root = whole ? claim->old_root : proof->hash[0];
    struct muster_hash root = old_root;
    for (size_t i = whole ? 0 : 1; i < proof->count; i++) {
        const struct muster_hash *beside = &proof->hash[i];
        enum muster_status status;
        if (last == 0) {
            return tlog_refuse(TLOG_PROOF_LENGTH, why, e);
        }
        if (is_odd(place) || place == last) {
            status = tlog_node_hash(hasher, beside, &old_root, &old_root, e);
            if (status == MUSTER_OK) {
                status = tlog_node_hash(hasher, beside, &root, &root, e);
            }
            while (!is_odd(place) && place != 0) {
                place >>= 1;
                last >>= 1;
            }
        } else {
            status = tlog_node_hash(hasher, &root, beside, &root, e);
        }
        if (status != MUSTER_OK) {
            return hash_refused(why, status);
        }
        place >>= 1;
        last >>= 1;
    }
    if (last != 0) {
        return tlog_refuse(TLOG_PROOF_LENGTH, why, e);
    }
    if (!tlog_hash_equal(&old_root, &claim->old_root)) {
        return tlog_refuse(TLOG_OLD_ROOT_MISMATCH, why, e);
    }
    if (!tlog_hash_equal(&root, &claim->root)) {
        return tlog_refuse(TLOG_ROOT_MISMATCH, why, e);
    }
    return MUSTER_OK;
}

enum muster_status tlog_verify_consistency(struct tlog_hasher *hasher,
                                           const struct tlog_consistency *claim,
                                           const struct tlog_proof *proof, enum tlog_reason *why,
                                           struct muster_err *e)
{
    if (claim->old_size > TLOG_SIZE_MOST || claim->size > TLOG_SIZE_MOST) {
        return tlog_refuse(TLOG_SIZE_RANGE, why, e);
    }
    if (claim->old_size == 0) {
        return tlog_refuse(TLOG_EMPTY_TREE, why, e);
    }
    if (claim->old_size > claim->size) {
        return tlog_refuse(TLOG_SHRUNK, why, e);
    }
    if (claim->old_size == claim->size) {
        if (proof->count > 0) {
            return tlog_refuse(TLOG_PROOF_LENGTH, why, e);
        }
        if (!tlog_hash_equal(&claim->old_root, &claim->root)) {
            return tlog_refuse(TLOG_ROOT_MISMATCH, why, e);
        }
        return MUSTER_OK;
    }
    if (proof->count == 0) {
        return tlog_refuse(TLOG_PROOF_LENGTH, why, e);
    }
    return walk_consistency(hasher, claim, proof, why, e);
}

enum muster_status tlog_hash_read(struct muster_hash *hash, struct muster_bytes bytes,
                                  enum tlog_reason *why, struct muster_err *e)
{
    if (bytes.len != MUSTER_HASH_BYTES) {
        return tlog_refuse(TLOG_HASH_LENGTH, why, e);
    }
    memcpy(hash->b, bytes.at, MUSTER_HASH_BYTES);
    return MUSTER_OK;
}
