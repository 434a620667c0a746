/* The whole log, fetched page by page and recomputed: what verify and export stand on. */
#ifndef MUSTER_LOG_WALK_H
#define MUSTER_LOG_WALK_H

#include "agents/client/session.h"
#include "core/tlog/tree.h"

/* What becomes of the entries on the way, in order. Anything but MUSTER_OK ends the walk. */
struct log_visitor {
    enum muster_status (*entry)(void *context, uint64_t index, struct muster_bytes leaf,
                                struct muster_err *e); /* NULL: only hashes are asked for */
    struct tlog_sink sink;                             /* full tiles */
    void *context;
};

struct log_walked {
    struct muster_hash root;
    char note[MUSTER_CHECKPOINT_BYTES + 1]; /* the checkpoint that the walk came to */
};

/* Reads the first entries of the log, as many as the newest checkpoint at the beginning has, and
 * appends them to the empty `tree`. MUSTER_EUNVERIFIED: they do not come to the checkpoint's root;
 * nothing of what was visited may be believed. `arena` is reset for every page. */
enum muster_status log_walk(struct session *session, const struct codec_log_read *how,
                            const struct log_visitor *visitor, struct arena *arena,
                            struct tlog_tree *tree, struct log_walked *out,
                            struct muster_err *e) MUSTER_MUST_CHECK;

#endif
