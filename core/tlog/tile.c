#include "core/tlog/tile.h"

/* Completes every node above `position` whose last leaf it is. */
static enum muster_status complete_above(struct tlog_tile *tile, struct tlog_hasher *hasher,
                                         size_t position, struct muster_err *e)
{
    for (unsigned row = 1; row < TLOG_TILE_ROWS && ((position + 1) >> row) << row == position + 1;
         row++) {
        size_t k = position >> row;
        enum muster_status status =
            tlog_node_hash(hasher, &tile->node[tlog_tile_place(row - 1, 2 * k)],
                           &tile->node[tlog_tile_place(row - 1, 2 * k + 1)],
                           &tile->node[tlog_tile_place(row, k)], e);
        if (status != MUSTER_OK) {
            return status;
        }
    }
    return MUSTER_OK;
}

enum muster_status tlog_tile_put(struct tlog_tile *tile, struct tlog_hasher *hasher,
                                 size_t position, const struct muster_hash *hash,
                                 struct muster_err *e)
{
    tile->node[position] = *hash;
    return complete_above(tile, hasher, position, e);
}

enum muster_status tlog_tile_root(const struct tlog_tile *tile, struct tlog_hasher *hasher,
                                  struct muster_hash *out, struct muster_err *e)
{
    size_t top = tlog_tile_place(TLOG_TILE_ROWS - 1, 0);
    return tlog_node_hash(hasher, &tile->node[top], &tile->node[top + 1], out, e);
}

void tlog_tiles_init(struct tlog_tiles *tiles, struct tlog_source source)
{
    tiles->source = source;
    tiles->uses = 0;
    tiles->edge_count = 0;
    for (size_t i = 0; i < TLOG_CACHE_TILES; i++) {
        tiles->slot[i].filled = false;
        tiles->slot[i].last_use = 0;
    }
}

/* The slot that has the tile, else an empty one, else the one used longest ago. */
static size_t pick_slot(const struct tlog_tiles *tiles, unsigned level, uint64_t n)
{
    size_t oldest = 0;
    for (size_t i = 0; i < TLOG_CACHE_TILES; i++) {
        if (tiles->slot[i].filled && tiles->slot[i].level == level && tiles->slot[i].n == n) {
            return i;
        }
        if (tiles->slot[i].last_use < tiles->slot[oldest].last_use) {
            oldest = i;
        }
    }
    return oldest;
}

static enum muster_status fill_slot(struct tlog_tiles *tiles, struct tlog_hasher *hasher, size_t at,
                                    unsigned level, uint64_t n, struct muster_err *e)
{
    struct tlog_tile *tile = &tiles->slot[at].tile;
    enum muster_status status =
        tiles->source.tile(tiles->source.context, level, n, (uint8_t *)tile->node, e);
    for (size_t i = 0; status == MUSTER_OK && i < TLOG_TILE_WIDTH; i++) {
        status = complete_above(tile, hasher, i, e);
    }
    return status;
}

void tlog_tiles_keep(struct tlog_tiles *tiles, unsigned level, uint64_t n,
                     const struct tlog_tile *tile)
{
    size_t at = pick_slot(tiles, level, n);
    tiles->slot[at].tile = *tile;
    tiles->slot[at].filled = true;
    tiles->slot[at].level = level;
    tiles->slot[at].n = n;
    tiles->slot[at].last_use = ++tiles->uses;
}

enum muster_status tlog_tiles_get(struct tlog_tiles *tiles, struct tlog_hasher *hasher,
                                  unsigned level, uint64_t n, const struct tlog_tile **out,
                                  struct muster_err *e)
{
    size_t at = pick_slot(tiles, level, n);
    bool held = tiles->slot[at].filled && tiles->slot[at].level == level && tiles->slot[at].n == n;
    if (!held) {
        tiles->slot[at].filled = false;
        tiles->slot[at].last_use = 0;
        enum muster_status status = fill_slot(tiles, hasher, at, level, n, e);
        if (status != MUSTER_OK) {
            return status;
        }
        tiles->slot[at].filled = true;
        tiles->slot[at].level = level;
        tiles->slot[at].n = n;
    }
    tiles->slot[at].last_use = ++tiles->uses;
    *out = &tiles->slot[at].tile;
    return MUSTER_OK;
}
