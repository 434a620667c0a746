#include "agents/muster/log_walk.h"

#include <inttypes.h>
#include <string.h>

struct walk {
    const struct log_visitor *visitor;
    struct tlog_tree *tree;
    struct tlog_hasher hasher;
    uint64_t size; /* of the checkpoint that is walked to */
    struct muster_hash root;
};

static enum muster_status take_page(struct walk *walk, const struct codec_log_entries *page,
                                    struct muster_err *e)
{
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; status == MUSTER_OK && i < page->count && walk->tree->size < walk->size;
         i++) {
        if (page->leaves != NULL) {
            status =
                walk->visitor->entry(walk->visitor->context, walk->tree->size, page->leaves[i], e);
        }
        if (status == MUSTER_OK) {
            status = tlog_tree_append(walk->tree, &walk->hasher, &page->hashes[i],
                                      &walk->visitor->sink, e);
        }
    }
    return status;
}

/* The first page says which checkpoint is walked to: later ones hold the entries of this reading
 * itself, which would never come to an end. */
static void begin(struct walk *walk, const struct session_log *log, struct log_walked *out)
{
    walk->size = log->checkpoint.size;
    walk->root = log->checkpoint.root;
    /* codec_check has measured it. */
    memcpy(out->note, log->page.checkpoint, strlen(log->page.checkpoint) + 1);
}

static enum muster_status finish(struct walk *walk, struct log_walked *out, struct muster_err *e)
{
    enum muster_status status = tlog_tree_root(walk->tree, &walk->hasher, &out->root, e);
    if (status == MUSTER_OK && !tlog_hash_equal(&out->root, &walk->root)) {
        status = muster_fail(e, MUSTER_EUNVERIFIED,
                             "the log's first %" PRIu64
                             " entries do not come to the root that was signed: the log was "
                             "altered; keep this and tell the other partners",
                             walk->size);
    }
    return status;
}

enum muster_status log_walk(struct session *session, const struct codec_log_read *how,
                            const struct log_visitor *visitor, struct arena *arena,
                            struct tlog_tree *tree, struct log_walked *out, struct muster_err *e)
{
    struct walk walk = {.visitor = visitor, .tree = tree};
    struct codec_log_read read = *how;
    enum muster_status status = tlog_hasher_init(&walk.hasher, e);
    read.from_given = true;
    do {
        struct session_log log;
        struct session_failure failure;
        uint64_t left = walk.size - tree->size;
        uint32_t most = read.leaves ? MUSTER_LOG_LEAVES : MUSTER_LOG_HASHES;
        read.from = tree->size;
        read.count = walk.size > 0 && left < most ? (uint32_t)left : most;
        arena_reset(arena);
        if (status == MUSTER_OK) {
            status = session_log_read(session, &read, arena, &log, &failure, e);
        }
        if (status == MUSTER_OK && walk.size == 0) {
            begin(&walk, &log, out);
        } else if (status == MUSTER_OK && log.checkpoint.size < walk.size) {
            status = muster_fail(e, MUSTER_EUNVERIFIED,
                                 "the log became smaller while it was read: it was replaced");
        }
        if (status == MUSTER_OK) {
            status = take_page(&walk, &log.page, e);
        }
    } while (status == MUSTER_OK && tree->size < walk.size);
    if (status == MUSTER_OK) {
        status = finish(&walk, out, e);
    }
    tlog_hasher_fini(&walk.hasher);
    return status;
}
