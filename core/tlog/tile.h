/* Tiles: 256 consecutive nodes of one height with the nodes above them, up to their root's children
 * (C2SP tlog-tiles). Tile n of level L has the nodes of height 8 L with numbers 256 n to 256 n +
 * 255.
 */
#ifndef MUSTER_TLOG_TILE_H
#define MUSTER_TLOG_TILE_H

#include "core/tlog/hash.h"

#define TLOG_TILE_WIDTH  256u
#define TLOG_TILE_BYTES  8192u /* as stored: its 256 hashes, without the nodes above */
#define TLOG_TILE_ROWS   8u
#define TLOG_LEVELS      8u /* enough for 2^63 leaves */
#define TLOG_CACHE_TILES 8u
#define TLOG_EDGE_RANGES 64u /* a proof passes at most so many */

/* 16,320 bytes: row 0 has the 256 hashes that are stored, row r the 256 >> r nodes of height r
 * above them; the root is in the next level. */
struct tlog_tile {
    struct muster_hash node[2 * TLOG_TILE_WIDTH - 2];
};

/* Where node k of a row lies. */
static inline size_t tlog_tile_place(unsigned row, size_t k)
{
    return 2 * TLOG_TILE_WIDTH - (2 * TLOG_TILE_WIDTH >> row) + k;
}

/* Puts the hash at `position` (0 to 255) and the nodes above that it completes. Positions are
 * filled in order. On failure no node of an earlier position has changed. */
enum muster_status tlog_tile_put(struct tlog_tile *tile, struct tlog_hasher *hasher,
                                 size_t position, const struct muster_hash *hash,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

/* The root of a full tile. */
enum muster_status tlog_tile_root(const struct tlog_tile *tile, struct tlog_hasher *hasher,
                                  struct muster_hash *out, struct muster_err *e) MUSTER_MUST_CHECK;

/* Gives the 256 stored hashes of one full tile. Anything but MUSTER_OK ends what needed it. */
struct tlog_source {
    enum muster_status (*tile)(void *context, unsigned level, uint64_t n,
                               uint8_t out[TLOG_TILE_BYTES], struct muster_err *e);
    void *context;
};

/* A source of full tiles and the last few it gave, so that the nodes above are computed once for
 * the proofs of neighbouring leaves (255 hashes, 55 us a tile); and what stands at the right edge
 * of those proofs, alike in all of one size. About 128 KiB: not for the stack. For one thread at a
 * time. A full tile never changes once its transaction is committed; read no tile through it
 * before, or call tlog_tiles_init again after a rollback. */
struct tlog_tiles {
    struct tlog_source source;
    uint64_t uses;
    uint64_t size; /* of the tree whose edge it is */
    size_t edge_count;
    struct {
        uint64_t begin; /* of the leaves up to the tree's last one */
        struct muster_hash root;
    } edge[TLOG_EDGE_RANGES];
    struct {
        bool filled;
        unsigned level;
        uint64_t n;
        uint64_t last_use;
        struct tlog_tile tile;
    } slot[TLOG_CACHE_TILES];
};

void tlog_tiles_init(struct tlog_tiles *tiles, struct tlog_source source);

/* A full tile that is at hand, with the nodes above: it need not be read. Of a transaction that has
 * not been committed yet: after a rollback tlog_tiles_init, as above. */
void tlog_tiles_keep(struct tlog_tiles *tiles, unsigned level, uint64_t n,
                     const struct tlog_tile *tile);

/* Borrowed until the next call. */
enum muster_status tlog_tiles_get(struct tlog_tiles *tiles, struct tlog_hasher *hasher,
                                  unsigned level, uint64_t n, const struct tlog_tile **out,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

#endif
