/* Certificates in the name of an agency or of the LSCB: seen, enrolled, revoked. Rows of the store,
 * whose header says what holds of every call. */
#ifndef MUSTER_STORE_KNOWN_H
#define MUSTER_STORE_KNOWN_H

#include "gateway/store/store.h"

#define STORE_SIGNING    "signing"
#define STORE_CONNECTION "connection"

/* The entries are 0 where there is none: entry 0 is the start of the log. */
struct store_known {
    struct muster_hash fingerprint;
    const char *owner; /* an agency's id, or MUSTER_LSCB */
    const char *usage; /* STORE_SIGNING or STORE_CONNECTION */
    uint64_t seen;     /* first seen */
    uint64_t enrolled;
    uint64_t revoked;
};

/* A new row, or more about one that is held: an entry that stands in it must be the same again,
 * else the transaction is lost. */
enum muster_status store_put_known(struct store *st, const struct store_known *known,
                                   struct muster_err *e) MUSTER_MUST_CHECK;
/* Fills in the entries by fingerprint, owner and usage; all 0 where nothing is known. */
enum muster_status store_find_known(struct store_reader *reader, struct store_known *known,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* Whether the same fingerprint was seen as something else. */
enum store_known_other {
    STORE_KNOWN_NOT,
    STORE_KNOWN_USAGE, /* of this owner, with another usage */
    STORE_KNOWN_OWNER, /* of another owner */
};
enum muster_status store_find_known_other(struct store_reader *reader,
                                          const struct store_known *known,
                                          enum store_known_other *out,
                                          struct muster_err *e) MUSTER_MUST_CHECK;

/* One certificate as of a log size; times are 0 where there was none yet. */
struct store_known_row {
    struct store_known known;
    struct muster_utc seen_at;
    struct muster_utc enrolled_at;
    struct muster_utc revoked_at;
};
/* By owner and usage, in the order of first sight. */
enum muster_status store_each_known(struct store_reader *reader, uint64_t log_size,
                                    enum muster_status (*fn)(void *context,
                                                             const struct store_known_row *row,
                                                             struct muster_err *e),
                                    void *context, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
