#include "gateway/service/log_tree.h"

static enum muster_status read_tile(void *context, unsigned level, uint64_t n,
                                    uint8_t out[TLOG_TILE_BYTES], struct muster_err *e)
{
    return store_tile((struct store_reader *)context, level, n, out, e);
}

struct tlog_source log_tree_source(struct store_reader *reader)
{
    return (struct tlog_source){read_tile, reader};
}

enum muster_status log_tree_load(struct store_reader *reader, struct tlog_hasher *hasher,
                                 struct tlog_tree *tree, struct tlog_tiles *tiles,
                                 struct muster_err *e)
{
    struct muster_hash trailing[TLOG_TILE_WIDTH];
    uint64_t size = 0;
    tlog_tiles_init(tiles, log_tree_source(reader));
    enum muster_status status = store_log_size(reader, &size, e);
    size_t tail = (size_t)(size % TLOG_TILE_WIDTH);
    if (status == MUSTER_OK && tail > 0) {
        status = store_leaf_hashes(reader, size - tail, tail, trailing, e);
    }
    return status == MUSTER_OK ? tlog_tree_restore(tree, hasher, size, trailing, tiles, e) : status;
}
