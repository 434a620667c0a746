/* A signed batch, ready to be sent. */
#ifndef MUSTER_CLIENT_BATCH_H
#define MUSTER_CLIENT_BATCH_H

#include "core/base/arena.h"
#include "core/codec/request.h"
#include "core/seal/sign.h"

/* One submission to make: what the log may know of it, and what only the gateway gets. */
struct batch_item {
    struct codec_header header;
    struct codec_item item;
};

/* Lists the items in a manifest in `agency`'s name, signs it and encodes the whole as a request in
 * `arena`. 1 to MUSTER_BATCH_ITEMS items; MUSTER_ETOOBIG where they do not fit a frame. */
enum muster_status batch_encode(const struct signer *signer, const char *agency,
                                const struct batch_item *items, size_t count, struct muster_utc now,
                                struct arena *arena, struct muster_bytes *out,
                                struct muster_err *e) MUSTER_MUST_CHECK;

#endif
