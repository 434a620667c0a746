#include "core/tlog/tree.h"

/* Hashes in the tile of this level that is not full yet. */
static size_t edge_count(uint64_t size, unsigned level)
{
    return (size_t)(size >> (TLOG_TILE_ROWS * level)) % TLOG_TILE_WIDTH;
}

/* The number of that tile. A shift by 64, for the last level, would be undefined. */
static uint64_t edge_number(uint64_t size, unsigned level)
{
    return (size >> (TLOG_TILE_ROWS * level)) / TLOG_TILE_WIDTH;
}

static enum muster_status drop_tile(void *context, unsigned level, uint64_t n,
                                    const uint8_t hashes[TLOG_TILE_BYTES], struct muster_err *e)
{
    (void)context;
    (void)level;
    (void)n;
    (void)hashes;
    (void)e;
    return MUSTER_OK;
}

const struct tlog_sink tlog_sink_none = {drop_tile, NULL};

enum muster_status tlog_tree_append(struct tlog_tree *tree, struct tlog_hasher *hasher,
                                    const struct muster_hash *leaf, const struct tlog_sink *sink,
                                    struct muster_err *e)
{
    if (tree->size >= TLOG_SIZE_MOST) {
        return muster_fail(e, MUSTER_EFULL, "The log is full: start a new epoch.");
    }
    /* Writes only at positions that are not in use yet: a failure on the way leaves the tree. */
    struct muster_hash hash = *leaf;
    for (unsigned level = 0; level < TLOG_LEVELS; level++) {
        struct tlog_tile *tile = &tree->edge[level];
        size_t position = edge_count(tree->size, level);
        enum muster_status status = tlog_tile_put(tile, hasher, position, &hash, e);
        if (status != MUSTER_OK) {
            return status;
        }
        if (position + 1 < TLOG_TILE_WIDTH) {
            break;
        }
        status = sink->tile(sink->context, level, edge_number(tree->size, level),
                            (const uint8_t *)tile->node, e);
        if (status == MUSTER_OK) {
            status = tlog_tile_root(tile, hasher, &hash, e);
        }
        if (status != MUSTER_OK) {
            return status;
        }
    }
    tree->size++;
    return MUSTER_OK;
}

const struct muster_hash *tlog_tree_node(const struct tlog_tree *tree, unsigned height, uint64_t k)
{
    unsigned level = height / TLOG_TILE_ROWS;
    unsigned row = height % TLOG_TILE_ROWS;
    uint64_t width = TLOG_TILE_WIDTH >> row;
    if (k / width != edge_number(tree->size, level)) {
        return NULL;
    }
    return &tree->edge[level].node[tlog_tile_place(row, (size_t)(k % width))];
}

enum muster_status tlog_tree_root(const struct tlog_tree *tree, struct tlog_hasher *hasher,
                                  struct muster_hash *out, struct muster_err *e)
{
    if (tree->size == 0) {
        *out = tlog_empty_root();
        return MUSTER_OK;
    }
    /* The size's binary digits name the complete subtrees of the edge, the smallest rightmost; all
     * of them lie in tiles that are not full. */
    struct muster_hash root = {{0}};
    bool begun = false;
    for (unsigned height = 0; tree->size >> height != 0; height++) {
        if ((tree->size >> height & 1) == 0) {
            continue;
        }
        const struct muster_hash *node = tlog_tree_node(tree, height, (tree->size >> height) - 1);
        if (!begun) {
            root = *node;
            begun = true;
            continue;
        }
        enum muster_status status = tlog_node_hash(hasher, node, &root, &root, e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    *out = root;
    return MUSTER_OK;
}

void tlog_tree_copy(struct tlog_tree *to, const struct tlog_tree *from)
{
    to->size = from->size;
    for (unsigned level = 0; level < TLOG_LEVELS; level++) {
        size_t count = edge_count(from->size, level);
        for (unsigned row = 0; row < TLOG_TILE_ROWS && count >> row > 0; row++) {
            size_t place = tlog_tile_place(row, 0);
            memcpy(&to->edge[level].node[place], &from->edge[level].node[place],
                   (count >> row) * sizeof from->edge[level].node[place]);
        }
    }
}

/* The hashes of a level above the first are the roots of the full tiles below it. */
static enum muster_status restore_level(struct tlog_tree *tree, struct tlog_hasher *hasher,
                                        unsigned level, struct tlog_tiles *tiles,
                                        struct muster_err *e)
{
    uint64_t first = edge_number(tree->size, level) * TLOG_TILE_WIDTH;
    for (size_t i = 0; i < edge_count(tree->size, level); i++) {
        const struct tlog_tile *below = NULL;
        struct muster_hash root;
        enum muster_status status = tlog_tiles_get(tiles, hasher, level - 1, first + i, &below, e);
        if (status == MUSTER_OK) {
            status = tlog_tile_root(below, hasher, &root, e);
        }
        if (status == MUSTER_OK) {
            status = tlog_tile_put(&tree->edge[level], hasher, i, &root, e);
        }
        if (status != MUSTER_OK) {
            return status;
        }
    }
    return MUSTER_OK;
}

enum muster_status tlog_tree_restore(struct tlog_tree *tree, struct tlog_hasher *hasher,
                                     uint64_t size, const struct muster_hash *trailing,
                                     struct tlog_tiles *tiles, struct muster_err *e)
{
    if (size > TLOG_SIZE_MOST) {
        return muster_fail(e, MUSTER_ECORRUPT,
                           "The stored size of the log is above 2^63-1: restore a backup.");
    }
    tree->size = size;
    for (size_t i = 0; i < edge_count(size, 0); i++) {
        enum muster_status status = tlog_tile_put(&tree->edge[0], hasher, i, &trailing[i], e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    for (unsigned level = 1; level < TLOG_LEVELS; level++) {
        enum muster_status status = restore_level(tree, hasher, level, tiles, e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    return MUSTER_OK;
}
