#include "core/tlog/proof.h"

static enum muster_status read_node(const struct tlog_prover *prover, unsigned height, uint64_t k,
                                    struct muster_hash *out, struct muster_err *e)
{
    const struct muster_hash *held = tlog_tree_node(prover->tree, height, k);
    if (held != NULL) {
        *out = *held;
        return MUSTER_OK;
    }
    unsigned row = height % TLOG_TILE_ROWS;
    uint64_t width = TLOG_TILE_WIDTH >> row;
    const struct tlog_tile *tile = NULL;
    enum muster_status status =
        tlog_tiles_get(prover->tiles, prover->hasher, height / TLOG_TILE_ROWS, k / width, &tile, e);
    if (status == MUSTER_OK) {
        *out = tile->node[tlog_tile_place(row, (size_t)(k % width))];
    }
    return status;
}

/* The root of leaves begin to end - 1, where `begin` is a multiple of the smallest power of two
 * that is not below their number. The binary digits of that number are its complete subtrees. */
static enum muster_status range_root(const struct tlog_prover *prover, uint64_t begin, uint64_t end,
                                     struct muster_hash *out, struct muster_err *e)
{
    uint64_t length = end - begin;
    struct muster_hash root = {{0}};
    bool begun = false;
    for (unsigned height = 0; length >> height != 0; height++) {
        struct muster_hash node;
        if ((length >> height & 1) == 0) {
            continue;
        }
        enum muster_status status = read_node(prover, height, (end >> height) - 1, &node, e);
        if (status == MUSTER_OK && begun) {
            status = tlog_node_hash(prover->hasher, &node, &root, &node, e);
        }
        if (status != MUSTER_OK) {
            return status;
        }
        root = node;
        begun = true;
    }
    *out = root;
    return MUSTER_OK;
}

/* The same for leaves up to the last one of the tree of `size`, which are hashed once for all
 * proofs in it. */
static enum muster_status edge_root(const struct tlog_prover *prover, uint64_t begin, uint64_t size,
                                    struct muster_hash *out, struct muster_err *e)
{
    struct tlog_tiles *tiles = prover->tiles;
    if (tiles->size != size) {
        tiles->size = size;
        tiles->edge_count = 0;
    }
    for (size_t i = 0; i < tiles->edge_count; i++) {
        if (tiles->edge[i].begin == begin) {
            *out = tiles->edge[i].root;
            return MUSTER_OK;
        }
    }
    enum muster_status status = range_root(prover, begin, size, out, e);
    if (status == MUSTER_OK && tiles->edge_count < TLOG_EDGE_RANGES) {
        tiles->edge[tiles->edge_count].begin = begin;
        tiles->edge[tiles->edge_count].root = *out;
        tiles->edge_count++;
    }
    return status;
}

static enum muster_status push_range(const struct tlog_prover *prover, uint64_t begin, uint64_t end,
                                     uint64_t size, struct tlog_proof *proof, struct muster_err *e)
{
    struct muster_hash *out = &proof->hash[proof->count];
    enum muster_status status = end == size ? edge_root(prover, begin, size, out, e)
                                            : range_root(prover, begin, end, out, e);
    if (status == MUSTER_OK) {
        proof->count++;
    }
    return status;
}

/* The largest power of two below `length`, which is at least 2. */
static uint64_t split_of(uint64_t length)
{
    uint64_t split = 1;
    while (split < length - split) {
        split *= 2;
    }
    return split;
}

/* The walks below go from the root down; a proof is listed the other way. */
static void reverse(struct tlog_proof *proof)
{
    for (size_t i = 0; i < proof->count / 2; i++) {
        struct muster_hash swap = proof->hash[i];
        proof->hash[i] = proof->hash[proof->count - 1 - i];
        proof->hash[proof->count - 1 - i] = swap;
    }
}

enum muster_status tlog_inclusion_proof(const struct tlog_prover *prover, uint64_t index,
                                        uint64_t size, struct tlog_proof *out, struct muster_err *e)
{
    if (index >= size || size > prover->tree->size) {
        return muster_fail(e, MUSTER_EUSAGE,
                           "An inclusion proof needs index < size <= the size of the log.");
    }
    struct tlog_proof proof = {.count = 0};
    uint64_t begin = 0;
    uint64_t end = size;
    while (end - begin > 1) {
        uint64_t middle = begin + split_of(end - begin);
        enum muster_status status = index < middle
                                        ? push_range(prover, middle, end, size, &proof, e)
                                        : push_range(prover, begin, middle, size, &proof, e);
        if (status != MUSTER_OK) {
            return status;
        }
        if (index < middle) {
            end = middle;
        } else {
            begin = middle;
        }
    }
    reverse(&proof);
    *out = proof;
    return MUSTER_OK;
}

enum muster_status tlog_consistency_proof(const struct tlog_prover *prover, uint64_t old_size,
                                          uint64_t size, struct tlog_proof *out,
                                          struct muster_err *e)
{
    if (old_size == 0 || old_size > size || size > prover->tree->size) {
        return muster_fail(
            e, MUSTER_EUSAGE,
            "A consistency proof needs 0 < old size <= size <= the size of the log.");
    }
    struct tlog_proof proof = {.count = 0};
    uint64_t begin = 0;
    uint64_t end = size;
    while (end != old_size) {
        uint64_t middle = begin + split_of(end - begin);
        enum muster_status status = old_size <= middle
                                        ? push_range(prover, middle, end, size, &proof, e)
                                        : push_range(prover, begin, middle, size, &proof, e);
        if (status != MUSTER_OK) {
            return status;
        }
        if (old_size <= middle) {
            end = middle;
        } else {
            begin = middle;
        }
    }
    /* Where the walk never turned right, what is left is the old tree: the verifier has its root.
     */
    if (begin > 0) {
        enum muster_status status = push_range(prover, begin, end, size, &proof, e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    reverse(&proof);
    *out = proof;
    return MUSTER_OK;
}

enum muster_status tlog_root_at(const struct tlog_prover *prover, uint64_t size,
                                struct muster_hash *out, struct muster_err *e)
{
    if (size > prover->tree->size) {
        return muster_fail(e, MUSTER_EUSAGE, "The log is smaller than the size asked for.");
    }
    if (size == 0) {
        *out = tlog_empty_root();
        return MUSTER_OK;
    }
    return range_root(prover, 0, size, out, e);
}

enum muster_status tlog_proof_add(struct tlog_proof *proof, struct muster_bytes hash,
                                  enum tlog_reason *why, struct muster_err *e)
{
    if (hash.len != MUSTER_HASH_BYTES) {
        return tlog_refuse(TLOG_HASH_LENGTH, why, e);
    }
    if (proof->count == TLOG_PROOF_HASHES) {
        return tlog_refuse(TLOG_PROOF_TOO_LONG, why, e);
    }
    memcpy(proof->hash[proof->count].b, hash.at, MUSTER_HASH_BYTES);
    proof->count++;
    return MUSTER_OK;
}

enum muster_status tlog_proof_read(struct tlog_proof *proof, struct muster_bytes hashes,
                                   enum tlog_reason *why, struct muster_err *e)
{
    if (hashes.len % MUSTER_HASH_BYTES != 0) {
        return tlog_refuse(TLOG_HASH_LENGTH, why, e);
    }
    if (hashes.len / MUSTER_HASH_BYTES > TLOG_PROOF_HASHES) {
        return tlog_refuse(TLOG_PROOF_TOO_LONG, why, e);
    }
    proof->count = hashes.len / MUSTER_HASH_BYTES;
    if (hashes.len > 0) {
        memcpy(proof->hash, hashes.at, hashes.len);
    }
    return MUSTER_OK;
}
