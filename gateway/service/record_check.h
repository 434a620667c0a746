/* Whether what is stored beside an entry is what the entry commits to. Needs no key: the entry
 * holds the hash of the sealed payload. */
#ifndef MUSTER_SERVICE_RECORD_CHECK_H
#define MUSTER_SERVICE_RECORD_CHECK_H

#include "core/base/arena.h"
#include "core/seal/primitives.h"
#include "gateway/store/store.h"

/* Of an entry of a submission: its row has the entry's id, agency, kind, version, commitment and
 * retention month, and its sealed bytes have the entry's hash. Other entries have no such row, and
 * pass. MUSTER_ECORRUPT: something was altered or is missing. `arena` is for the call; results of
 * `reader` that the caller holds are gone afterwards. */
enum muster_status record_check(struct store_reader *reader, struct seal_context *seal,
                                uint64_t seq, struct muster_bytes leaf, struct arena *arena,
                                struct muster_err *e) MUSTER_MUST_CHECK;

#endif
