#include "core/tlog/verify.h"

static bool is_odd(uint64_t n)
{
    return (n & 1) != 0;
}

static bool is_power_of_two(uint64_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

/* On the way from a node to the root: fn and sn of the RFC, the place of the node in its row and of
 * the row's last node. */
struct climb {
    uint64_t place;
    uint64_t last;
};

/* Past the next sibling of the proof: *left tells on which side of the node it stands. False at the
 * root, where there is none: the proof is too long. */
static bool climb_up(struct climb *climb, bool *left)
{
    if (climb->last == 0) {
        return false;
    }
    *left = is_odd(climb->place) || climb->place == climb->last;
    while (*left && !is_odd(climb->place) && climb->place != 0) {
        climb->place >>= 1;
        climb->last >>= 1;
    }
    climb->place >>= 1;
    climb->last >>= 1;
    return true;
}

static enum muster_status join(struct tlog_hasher *hasher, bool left,
                               const struct muster_hash *beside, struct muster_hash *root,
                               struct muster_err *e)
{
    return left ? tlog_node_hash(hasher, beside, root, root, e)
                : tlog_node_hash(hasher, root, beside, root, e);
}

static enum muster_status hash_refused(enum tlog_reason *why, enum muster_status status)
{
    if (why != NULL) {
        *why = TLOG_CRYPTO;
    }
    return status;
}

static enum muster_status check_range(const struct tlog_inclusion *claim, enum tlog_reason *why,
                                      struct muster_err *e)
{
    if (claim->size > TLOG_SIZE_MOST || claim->index > TLOG_SIZE_MOST) {
        return tlog_refuse(TLOG_SIZE_RANGE, why, e);
    }
    if (claim->size == 0) {
        return tlog_refuse(TLOG_EMPTY_TREE, why, e);
    }
    return claim->index < claim->size ? MUSTER_OK : tlog_refuse(TLOG_INDEX_RANGE, why, e);
}

/* The steps that were tried are good up to where step `at` of the path has the same node. */
static void join_path(struct tlog_path *path, size_t tried, size_t at)
{
    size_t rest = path->count - at;
    memmove(&path->step[tried], &path->step[at], rest * sizeof path->step[0]);
    memcpy(path->step, path->trial, tried * sizeof path->step[0]);
    path->count = tried + rest;
}

static void keep_path(struct tlog_path *path, size_t count, const struct tlog_inclusion *claim)
{
    path->size = claim->size;
    path->root = claim->root;
    path->count = 0;
    join_path(path, count, 0);
}

static bool is_of(const struct tlog_path *path, const struct tlog_inclusion *claim)
{
    return path->count > 0 && path->size == claim->size &&
           tlog_hash_equal(&path->root, &claim->root);
}

/* Whether a node at which the first `used` hashes of a proof have arrived lies on the path, and the
 * rest of the proof is the path's. Both go up row by row, so that `at` only has to go forward. */
static bool meets(const struct tlog_path *path, size_t *at, const struct climb *climb,
                  const struct muster_hash *node, const struct tlog_proof *proof, size_t used)
{
    while (*at < path->count && path->step[*at].last > climb->last) {
        (*at)++;
    }
    if (*at == path->count || path->step[*at].last != climb->last ||
        path->step[*at].place != climb->place || !tlog_hash_equal(&path->step[*at].node, node) ||
        path->count - *at - 1 != proof->count - used) {
        return false;
    }
    for (size_t i = used; i < proof->count; i++) {
        if (!tlog_hash_equal(&path->step[*at + 1 + i - used].beside, &proof->hash[i])) {
            return false;
        }
    }
    return true;
}

enum muster_status tlog_verify_inclusion_near(struct tlog_hasher *hasher,
                                              const struct tlog_inclusion *claim,
                                              const struct tlog_proof *proof,
                                              struct tlog_path *path, enum tlog_reason *why,
                                              struct muster_err *e)
{
    enum muster_status status = check_range(claim, why, e);
    if (status != MUSTER_OK) {
        return status;
    }
    struct climb climb = {claim->index, claim->size - 1};
    struct muster_hash root = claim->leaf;
    bool known = path != NULL && is_of(path, claim);
    size_t at = 0;
    if (path != NULL && !known) {
        path->count = 0; /* until all of it has been verified */
    }
    for (size_t i = 0; i < proof->count; i++) {
        bool left = false;
        if (!climb_up(&climb, &left)) {
            return tlog_refuse(TLOG_PROOF_LENGTH, why, e);
        }
        status = join(hasher, left, &proof->hash[i], &root, e);
        if (status != MUSTER_OK) {
            return hash_refused(why, status);
        }
        if (path != NULL) {
            path->trial[i] = (struct tlog_step){climb.place, climb.last, root, proof->hash[i]};
        }
        if (known && meets(path, &at, &climb, &root, proof, i + 1)) {
            join_path(path, i + 1, at + 1);
            return MUSTER_OK;
        }
    }
    if (climb.last != 0) {
        return tlog_refuse(TLOG_PROOF_LENGTH, why, e);
    }
    if (!tlog_hash_equal(&root, &claim->root)) {
        return tlog_refuse(TLOG_ROOT_MISMATCH, why, e);
    }
    if (path != NULL) {
        keep_path(path, proof->count, claim);
    }
    return MUSTER_OK;
}

enum muster_status tlog_verify_inclusion(struct tlog_hasher *hasher,
                                         const struct tlog_inclusion *claim,
                                         const struct tlog_proof *proof, enum tlog_reason *why,
                                         struct muster_err *e)
{
    return tlog_verify_inclusion_near(hasher, claim, proof, NULL, why, e);
}

/* Steps 2 to 7 of section 2.1.4.2, for 0 < old_size < size and a proof that is not empty. */
static enum muster_status walk_consistency(struct tlog_hasher *hasher,
                                           const struct tlog_consistency *claim,
                                           const struct tlog_proof *proof, enum tlog_reason *why,
                                           struct muster_err *e)
{
    struct climb climb = {claim->old_size - 1, claim->size - 1};
    while (is_odd(climb.place)) {
        climb.place >>= 1;
        climb.last >>= 1;
    }
    bool whole = is_power_of_two(claim->old_size); /* then the old root stands before the proof */
    struct muster_hash old_root = whole ? claim->old_root : proof->hash[0];
    struct muster_hash root = old_root;
    for (size_t i = whole ? 0 : 1; i < proof->count; i++) {
        bool left = false;
        if (!climb_up(&climb, &left)) {
            return tlog_refuse(TLOG_PROOF_LENGTH, why, e);
        }
        /* What stands to the right has come since: the old root does not hold it. */
        enum muster_status status =
            left ? join(hasher, left, &proof->hash[i], &old_root, e) : MUSTER_OK;
        if (status == MUSTER_OK) {
            status = join(hasher, left, &proof->hash[i], &root, e);
        }
        if (status != MUSTER_OK) {
            return hash_refused(why, status);
        }
    }
    if (climb.last != 0) {
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
