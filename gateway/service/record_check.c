#include "gateway/service/record_check.h"

#include <string.h>

#include "core/codec/leaf.h"
#include "core/seal/record.h"
#include "core/seal/sign.h"
#include "gateway/service/internal.h"
#include "gateway/service/key_check.h"
#include "gateway/service/mailbox.h"
#include "gateway/store/messages.h"

static enum muster_status altered(struct muster_err *e, uint64_t seq)
{
    return muster_fail(e, MUSTER_ECORRUPT,
                       "what is held of entry %llu is not what was signed: it was altered in "
                       "the store. Restore the store from its last backup, keep this one as "
                       "evidence, and let the agents resubmit",
                       (unsigned long long)seq);
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

/* The signed list, which shows where its records came from. */
static enum muster_status check_batch(struct record_check *check, uint64_t row, uint64_t seq,
                                      struct muster_err *e)
{
    struct store_batch batch;
    struct muster_hash fingerprint;
    if (row == check->batch) {
        return MUSTER_OK;
    }
    enum muster_status status = store_find_batch(check->reader, row, &batch, e);
    if (status == MUSTER_ENOTFOUND) {
        return altered(e, seq);
    }
    if (status == MUSTER_OK) {
        status = seal_digest(check->seal, &batch.certificate, 1, &fingerprint, e);
    }
    if (status == MUSTER_OK && !same_hash(&fingerprint, &batch.fingerprint)) {
        return altered(e, seq);
    }
    if (status == MUSTER_OK) {
        status = seal_digest(check->seal, &batch.manifest, 1, &check->manifest, e);
    }
    if (status == MUSTER_OK) {
        status = signature_check_batch(batch.certificate, batch.manifest, batch.signature, e);
        if (status == MUSTER_EUNVERIFIED || status == MUSTER_EMALFORMED) {
            return altered(e, seq);
        }
    }
    check->batch = status == MUSTER_OK ? row : 0;
    return status;
}

static enum muster_status check_row(struct record_check *check, const struct codec_leaf *leaf,
                                    uint64_t seq, struct muster_err *e)
{
    struct store_submission row;
    struct muster_hash sealed;
    bool opened = true;
    bool same = true;
    enum muster_status status = store_find_submission(check->reader, seq, &row, e);
    if (status == MUSTER_ENOTFOUND) {
        return altered(e, seq);
    }
    if (status == MUSTER_OK) {
        status = seal_hash(check->seal, row.sealed.iv, row.sealed.ciphertext, row.sealed.tag,
                           &sealed, e);
    }
    if (status == MUSTER_OK && !fits(leaf, &row, &sealed)) {
        return altered(e, seq);
    }
    if (status == MUSTER_OK && check->keys != NULL) {
        status = facts_check(check->reader, check->seal, check->keys, &row, &check->arena, &opened,
                             &same, e);
        check->closed += opened ? 0 : 1;
    }
    if (status == MUSTER_OK && check->keys != NULL) {
        status = check_batch(check, row.batch, seq, e);
        same = same && same_hash(leaf->batch, &check->manifest);
    }
    return status == MUSTER_OK && !same ? altered(e, seq) : status;
}

static enum muster_status check_message(struct record_check *check, const struct codec_leaf *leaf,
                                        uint64_t seq, struct muster_err *e)
{
    struct store_message row;
    struct muster_hash sealed;
    struct muster_bytes body;
    enum muster_status status = store_find_message(check->reader, seq, &row, e);
    if (status == MUSTER_ENOTFOUND) {
        return altered(e, seq);
    }
    if (status == MUSTER_OK) {
        status = seal_hash(check->seal, row.sealed.iv, row.sealed.ciphertext, row.sealed.tag,
                           &sealed, e);
    }
    if (status == MUSTER_OK &&
        (memcmp(leaf->event_id.b, row.id.b, sizeof row.id.b) != 0 ||
         !same_text(leaf->recipient, row.owner) || !same_text(leaf->subject, row.kind) ||
         !same_text(leaf->bucket, row.sealed.bucket) ||
         !same_hash(leaf->sealed, &row.sealed.hash) || !same_hash(leaf->sealed, &sealed))) {
        return altered(e, seq);
    }
    if (status == MUSTER_OK && check->keys != NULL) {
        const struct seal_address address = {.submission = row.id, .kind = MAILBOX_SEAL_KIND};
        status = payload_unseal(check->keys->keys, check->seal, &address, &row.sealed,
                                &check->arena, &body, e);
        status = status == MUSTER_ECONFIG    ? MUSTER_OK /* its month's key was destroyed */
                 : status == MUSTER_ECORRUPT ? altered(e, seq)
                                             : status;
    }
    return status;
}

enum muster_status record_check(struct record_check *check, const struct store_entry *entry,
                                struct muster_err *e)
{
    struct codec_leaf leaf;
    const uint64_t seq = entry->seq;
    const struct muster_uuid event_id = entry->event_id;
    enum muster_status status = codec_leaf_decode(entry->leaf, &check->arena, &leaf, e);
    if (status == MUSTER_OK && memcmp(leaf.event_id.b, event_id.b, sizeof event_id.b) != 0) {
        status = altered(e, seq);
    } else if (status == MUSTER_OK && strcmp(leaf.kind, "submit") == 0) {
        status = check_row(check, &leaf, seq, e);
        check->records += status == MUSTER_OK ? 1 : 0;
    } else if (status == MUSTER_OK && strcmp(leaf.kind, "message") == 0) {
        status = check_message(check, &leaf, seq, e);
        check->messages += status == MUSTER_OK ? 1 : 0;
    }
    if (status == MUSTER_OK) {
        check->logged_at = leaf.logged_at;
        check->key_entries += key_check_concerns(leaf.kind) ? 1 : 0;
    }
    arena_reset(&check->arena);
    return status;
}
