/* The right edge of the log's Merkle tree (RFC 6962 section 2.1) in memory: of every tile level the
 * tile that is not full yet, with the nodes inside it. Full tiles leave through a sink and are
 * never held here. An append costs one node hash on average. */
#ifndef MUSTER_TLOG_TREE_H
#define MUSTER_TLOG_TREE_H

#include "core/tlog/tile.h"

#define TLOG_SIZE_MOST ((uint64_t)INT64_MAX) /* other implementations count in int64 */

/* 130,568 bytes, without pointers: not for the stack. {0} is the empty tree. Several threads may
 * read one that nobody changes. A writer works on a copy (tlog_tree_copy) and takes it as the tree
 * after COMMIT, so that a rollback leaves the tree as it was. */
struct tlog_tree {
    uint64_t size;
    struct tlog_tile edge[TLOG_LEVELS];
};

/* Takes a tile that has become full. Anything but MUSTER_OK ends the append. */
struct tlog_sink {
    enum muster_status (*tile)(void *context, unsigned level, uint64_t n,
                               const uint8_t hashes[TLOG_TILE_BYTES], struct muster_err *e);
    void *context;
};
/* Keeps none: the tree has what it needs of them itself. */
extern const struct tlog_sink tlog_sink_none;

/* Adds a leaf by its hash. MUSTER_EFULL at 2^63 - 1 leaves; the sink's status. After a failure the
 * tree is what it was; the sink may have taken tiles that are not part of it. */
enum muster_status tlog_tree_append(struct tlog_tree *tree, struct tlog_hasher *hasher,
                                    const struct muster_hash *leaf, const struct tlog_sink *sink,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* The root of the whole tree; of an empty one SHA256(""). */
enum muster_status tlog_tree_root(const struct tlog_tree *tree, struct tlog_hasher *hasher,
                                  struct muster_hash *out, struct muster_err *e) MUSTER_MUST_CHECK;

/* Copies only the nodes in use: at most 16 KiB a level, three levels up to 16.7 million leaves. */
void tlog_tree_copy(struct tlog_tree *to, const struct tlog_tree *from);

/* The tree of `size` leaves from what is stored: the hashes of its last size % 256 leaves and its
 * full tiles, at most 255 of each level. The caller compares the root with the last checkpoint.
 * MUSTER_ECORRUPT where size is above TLOG_SIZE_MOST; the reader's status. `tree` is undefined
 * after a failure. */
enum muster_status tlog_tree_restore(struct tlog_tree *tree, struct tlog_hasher *hasher,
                                     uint64_t size, const struct muster_hash *trailing,
                                     struct tlog_tiles *tiles,
                                     struct muster_err *e) MUSTER_MUST_CHECK;

/* Node k of a height: the root of leaves k << height to ((k + 1) << height) - 1, all of them in the
 * tree. NULL where it lies in a full tile. */
const struct muster_hash *tlog_tree_node(const struct tlog_tree *tree, unsigned height, uint64_t k);

#endif
