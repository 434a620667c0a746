#include "core/seal/verified.h"

static bool same(const struct verified_entry *entry, const struct muster_hash *fingerprint)
{
    return entry->verifier != NULL &&
           memcmp(entry->facts.fingerprint.b, fingerprint->b, sizeof fingerprint->b) == 0;
}

const struct verified_entry *verified_find(struct verified *verified,
                                           const struct muster_hash *fingerprint,
                                           struct muster_utc now)
{
    for (size_t i = 0; i < VERIFIED_ENTRIES; i++) {
        struct verified_entry *entry = &verified->entries[i];
        if (same(entry, fingerprint)) {
            entry->used = ++verified->turn;
            return now.ms >= entry->from.ms && now.ms < entry->until.ms ? entry : NULL;
        }
    }
    return NULL;
}

void verified_put(struct verified *verified, const struct verified_entry *entry)
{
    struct verified_entry *place = &verified->entries[0];
    for (size_t i = 0; i < VERIFIED_ENTRIES; i++) {
        struct verified_entry *candidate = &verified->entries[i];
        if (same(candidate, &entry->facts.fingerprint)) {
            place = candidate;
            break;
        }
        if (candidate->used < place->used) {
            place = candidate; /* an unused entry has used 0 */
        }
    }
    EVP_MD_CTX *verifier = x509_signature_copy(entry->verifier);
    if (verifier == NULL) {
        return; /* not remembered: the next batch verifies the chain again */
    }
    EVP_MD_CTX_free(place->verifier);
    *place = *entry;
    place->verifier = verifier;
    place->used = ++verified->turn;
}

void verified_clear(struct verified *verified)
{
    for (size_t i = 0; i < VERIFIED_ENTRIES; i++) {
        EVP_MD_CTX_free(verified->entries[i].verifier);
    }
    memset(verified, 0, sizeof *verified);
}
