/* Keyed blind index: finds equal values without keeping them.
 *
 * HMAC-SHA256(index key, domain 00, then each part after its length as 4 bytes, big-endian), the
 * first 16 bytes. The domain ("child/nhs_number", say) keeps the same number of two columns apart,
 * the lengths keep ("ab", "c") and ("a", "bc") apart. Whoever holds the key can try all NHS
 * numbers: it hides values from those who hold only the database or a backup. */
#ifndef MUSTER_SEAL_BLIND_H
#define MUSTER_SEAL_BLIND_H

#include "core/seal/primitives.h"

#define BLIND_BYTES      16
#define BLIND_PARTS      8u
#define BLIND_PART_BYTES MUSTER_NAME_BYTES

struct blind {
    uint8_t b[BLIND_BYTES];
};

/* MUSTER_EUSAGE for an empty domain or no part, MUSTER_ETOOBIG above a limit. A part may be empty.
 */
enum muster_status blind_index(struct seal_context *context, const struct seal_mac_key *key,
                               const char *domain, const struct muster_bytes *parts, size_t count,
                               struct blind *out, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
