/* The certificates found good lately, so that a batch costs one signature check and no chain.
 * Bounded; the one unused for longest makes room. Not thread-safe: trust.c holds its lock. */
#ifndef MUSTER_SEAL_VERIFIED_H
#define MUSTER_SEAL_VERIFIED_H

#include "core/seal/certificate.h"
#include "core/seal/x509.h"

#define VERIFIED_ENTRIES 64u

/* Good from `from` until `until`, by every certificate of the chain and the revocation list. */
struct verified_entry {
    struct certificate_facts facts; /* its fingerprint is the key of the entry */
    struct muster_utc from;
    struct muster_utc until;
    EVP_MD_CTX *verifier; /* owned; NULL: the entry is unused */
    uint64_t used;        /* turn of the last use */
};

struct verified {
    struct verified_entry entries[VERIFIED_ENTRIES];
    uint64_t turn;
};

/* The entry of this certificate if it is good at `now`, else NULL. Borrowed until the next put. */
const struct verified_entry *verified_find(struct verified *verified,
                                           const struct muster_hash *fingerprint,
                                           struct muster_utc now);

/* Copies `entry` in, with a verifier of its own. */
void verified_put(struct verified *verified, const struct verified_entry *entry);

/* Forgets all. {0} is empty. */
void verified_clear(struct verified *verified);

#endif
