/* A signed batch, ready to be encoded as a request. */
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

/* In whose name, by whom and when. */
struct batch_sender {
    const struct signer *signer;
    const char *agency;
    const char *witness_key; /* vkey text to announce; NULL: none */
    struct muster_utc now;
};

/* Lists the items in a manifest and signs it: 1 to MUSTER_BATCH_ITEMS items, or none where a key is
 * announced. *out lies in `arena` and borrows the payloads. */
enum muster_status batch_make(const struct batch_sender *sender, const struct batch_item *items,
                              size_t count, struct arena *arena, struct codec_batch *out,
                              struct muster_err *e) MUSTER_MUST_CHECK;

#endif
