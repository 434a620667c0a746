/* Whether the certificates and witness keys that count are those of the log's entries. */
#ifndef MUSTER_SERVICE_KEY_CHECK_H
#define MUSTER_SERVICE_KEY_CHECK_H

#include "core/base/arena.h"
#include "core/seal/primitives.h"
#include "gateway/store/store.h"

/* Whether an entry of this kind has its part in a row about a certificate or a witness key. */
bool key_check_concerns(const char *kind);

/* Each row of a certificate (known.h) names the entries of its first sight, its enrolment and the
 * revocation of that: they are about this certificate, usage and owner. Each witness key's entry
 * has that key, its agency and the signed list that announced it. `entries`: how many entries
 * key_check_concerns, each of which has one such place. MUSTER_ECORRUPT: something was altered or
 * is missing. What `reader` has lent is gone afterwards; `arena` is reset. */
enum muster_status key_check(struct store_reader *reader, struct seal_context *seal,
                             struct arena *arena, uint64_t entries,
                             struct muster_err *e) MUSTER_MUST_CHECK;

#endif
