#include "gateway/service/record_check.h"

#include <string.h>

#include "core/codec/leaf.h"
#include "core/seal/record.h"

static enum muster_status altered(struct muster_err *e, uint64_t seq)
{
    return muster_fail(e, MUSTER_ECORRUPT,
                       "the record of entry %llu is not the one that was signed: it was altered in "
                       "the store. Restore the store from its last backup, keep this one as "
                       "evidence, and let the agents resubmit",
                       (unsigned long long)seq);
}

static bool same_hash(const struct muster_hash *a, const struct muster_hash *b)
{
    return a != NULL && memcmp(a->b, b->b, sizeof a->b) == 0;
}

static bool same_text(const char *a, const char *b)
{
    return a != NULL && strcmp(a, b) == 0;
}

static bool fits(const struct codec_leaf *leaf, const struct store_submission *row,
                 const struct muster_hash *sealed)
{
    return memcmp(leaf->event_id.b, row->uuid.b, sizeof row->uuid.b) == 0 &&
           same_text(leaf->org, row->agency) && leaf->record_kind == row->kind &&
           leaf->version == row->version && leaf->withdrawn == row->withdrawn &&
           leaf->logged_at.ms == row->received_at.ms &&
           same_hash(leaf->commitment, &row->commitment) &&
           same_text(leaf->bucket, row->sealed.bucket) &&
           same_hash(leaf->sealed, &row->sealed.hash) && same_hash(leaf->sealed, sealed);
}

enum muster_status record_check(struct store_reader *reader, struct seal_context *seal,
                                uint64_t seq, struct muster_bytes bytes, struct arena *arena,
                                struct muster_err *e)
{
    struct codec_leaf leaf;
    struct store_submission row;
    struct muster_hash sealed;
    enum muster_status status = codec_leaf_decode(bytes, arena, &leaf, e);
    if (status != MUSTER_OK || strcmp(leaf.kind, "submit") != 0) {
        return status;
    }
    status = store_find_submission(reader, seq, &row, e);
    if (status == MUSTER_ENOTFOUND) {
        return altered(e, seq);
    }
    if (status == MUSTER_OK) {
        status = seal_hash(seal, row.sealed.iv, row.sealed.ciphertext, row.sealed.tag, &sealed, e);
    }
    return status == MUSTER_OK && !fits(&leaf, &row, &sealed) ? altered(e, seq) : status;
}
