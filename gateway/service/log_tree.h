/* The log's tree out of the store. */
#ifndef MUSTER_SERVICE_LOG_TREE_H
#define MUSTER_SERVICE_LOG_TREE_H

#include "core/tlog/tile.h"
#include "core/tlog/tree.h"
#include "gateway/store/store.h"

/* A source of the reader's full tiles. `reader` is borrowed for the life of what takes it. */
struct tlog_source log_tree_source(struct store_reader *reader);

/* The tree of all entries held, and its size; `tiles` is set up to read from `reader`. Within a
 * snapshot, or on the writer's view. MUSTER_ENOTFOUND: entries or tiles are missing. `tree` is
 * undefined after a failure. */
enum muster_status log_tree_load(struct store_reader *reader, struct tlog_hasher *hasher,
                                 struct tlog_tree *tree, struct tlog_tiles *tiles,
                                 struct muster_err *e) MUSTER_MUST_CHECK;

#endif
