/* Whether what is stored beside an entry is what the entry commits to: the entry holds the hash of
 * the sealed payload and that of the signed list it came in. With keys, also whether what reports
 * are made from is what the payload says. */
#ifndef MUSTER_SERVICE_RECORD_CHECK_H
#define MUSTER_SERVICE_RECORD_CHECK_H

#include <string.h>

#include "core/base/arena.h"
#include "core/seal/primitives.h"
#include "gateway/service/facts_check.h"

struct record_check {
    struct store_reader *reader; /* what it has lent is gone after a check */
    struct seal_context *seal;
    const struct record_keys *keys; /* NULL: the sealed bytes are enough */
    struct arena arena;             /* one that wipes; reset by every check */
    uint64_t records;               /* found good */
    uint64_t messages;              /* the same */
    struct muster_utc logged_at;    /* of the last entry that was found good */
    uint64_t key_entries;           /* entries that key_check concerns */
    uint64_t closed; /* of these records, not compared: their months' keys are gone */
    /* The batch that was looked at last, since the entries of one follow each other; 0: none. */
    uint64_t batch;
    struct muster_hash manifest;
};

/* Of every entry: it is found by the event id that it says. Of one of a submission: its row has the
 * entry's id, agency, kind, version, commitment and retention month, and its sealed bytes have the
 * entry's hash. With keys also its row of facts is compared (facts_check.h), and its batch: the
 * signed list has the hash that the entry names, and is signed by the certificate that is held for
 * it. Of an entry of a message: its row has the entry's owner, kind, retention month and sealed
 * bytes, with keys it can be opened. Other entries have no such row, and pass. MUSTER_ECORRUPT:
 * something was altered or is missing. */
enum muster_status record_check(struct record_check *check, const struct store_entry *entry,
                                struct muster_err *e) MUSTER_MUST_CHECK;

/* Whether what a leaf has, NULL where nothing, is the same as what a row has. */
static inline bool same_text(const char *leafs, const char *rows)
{
    return leafs != NULL && strcmp(leafs, rows) == 0;
}
static inline bool same_hash(const struct muster_hash *leafs, const struct muster_hash *rows)
{
    return leafs != NULL && memcmp(leafs->b, rows->b, sizeof leafs->b) == 0;
}

#endif
