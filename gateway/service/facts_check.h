/* Whether what reports are made from is what the sealed record says. Needs the keys. */
#ifndef MUSTER_SERVICE_FACTS_CHECK_H
#define MUSTER_SERVICE_FACTS_CHECK_H

#include "core/base/arena.h"
#include "core/seal/keys.h"
#include "gateway/store/store.h"

struct record_keys {
    struct keys *keys; /* borrowed */
    struct seal_mac_key index_key;
};

/* Opens the record of a submission, whose sealed bytes are those that were logged, and compares its
 * identity and its row of facts with what would be stored of it today. *opened is false where the
 * key of its month is gone: then nobody can tell. The plaintext lies in `arena`, which wipes; what
 * `row` has lent stays good. */
enum muster_status facts_check(struct store_reader *reader, struct seal_context *seal,
                               const struct record_keys *keys, const struct store_submission *row,
                               struct arena *arena, bool *opened, bool *same,
                               struct muster_err *e) MUSTER_MUST_CHECK;

#endif
