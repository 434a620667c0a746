#include "agents/agent/confirming.h"

#include <string.h>

#include "core/base/file.h"
#include "core/tlog/receipt.h"

#define ROUND_BYTES (CODEC_REPLY_ARENA_BYTES + 64u * MUSTER_FRAME_BYTES)
#define KEPT_BYTES  (2u * CONFIRMING_KEYS * MUSTER_NOTE_LINE_BYTES)

void confirming_begin(struct confirming *confirming, struct contact *contact, const char *folder)
{
    memset(confirming, 0, sizeof *confirming);
    confirming->contact = contact;
    confirming->folder = folder;
    arena_init(&confirming->arena, ROUND_BYTES);
    arena_init(&confirming->kept, KEPT_BYTES);
}

void confirming_end(struct confirming *confirming)
{
    arena_fini(&confirming->arena);
    arena_fini(&confirming->kept);
}

static enum muster_status write_item(struct confirming *confirming,
                                     const struct confirming_item *item, const char *text,
                                     size_t partners, struct muster_err *e)
{
    enum muster_status status = file_write(item->path, text, strlen(text), 0644, e);
    if (status == MUSTER_OK) {
        confirming->written++;
    }
    if (status == MUSTER_OK && partners > 0) {
        confirming->least = confirming->confirmed == 0 || partners < confirming->least
                                ? partners
                                : confirming->least;
        confirming->confirmed++;
    }
    return status;
}

/* --- whose checkpoints ------------------------------------------------------------------------ */

struct keys {
    const struct tlog_key *at;
    size_t count;
};

static enum muster_status remember_key(struct confirming *confirming, const char *vkey,
                                       struct muster_err *e)
{
    for (size_t i = 0; i < confirming->key_count; i++) {
        if (strcmp(confirming->keys[i], vkey) == 0) {
            return MUSTER_OK;
        }
    }
    if (confirming->key_count == CONFIRMING_KEYS) {
        return MUSTER_OK; /* more witnesses than agencies can be told apart by hand */
    }
    const char *copy = arena_text(&confirming->kept, vkey);
    confirming->keys[confirming->key_count++] = copy;
    return copy != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
}

static enum muster_status read_keys(struct confirming *confirming,
                                    const struct codec_cosigned *cosigned, struct keys *out,
                                    struct muster_err *e)
{
    struct tlog_key *keys = (struct tlog_key *)arena_array(
        &confirming->arena, cosigned->witness_count, sizeof(struct tlog_key));
    enum muster_status status =
        keys != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    for (size_t i = 0; status == MUSTER_OK && i < cosigned->witness_count; i++) {
        struct muster_bytes text = muster_bytes_of_text(cosigned->witnesses[i]);
        status = tlog_key_parse(&keys[i], text, NULL, e);
        if (status == MUSTER_OK) {
            status = remember_key(confirming, cosigned->witnesses[i], e);
        }
    }
    *out = (struct keys){keys, cosigned->witness_count};
    return status;
}

/* --- one receipt ------------------------------------------------------------------------------ */

struct rebuilding {
    struct tlog_receipt receipt;
    struct tlog_proof proof;
    uint8_t leaf[TLOG_ENTRY_BYTES];
};

/* The same entry with another proof and checkpoint, checked as anybody would check it. */
static enum muster_status rebuild(struct confirming *confirming, struct rebuilding *with,
                                  const struct confirming_item *item,
                                  const struct codec_receipt_proof *proof, const char *note,
                                  const struct keys *keys, const char **out, size_t *partners,
                                  struct muster_err *e)
{
    const struct tlog_key *log_key = session_log_key(confirming->contact->session);
    struct tlog_trust trust = {.log = log_key, .witnesses = keys->at, .witness_count = keys->count};
    struct tlog_hasher hasher = {NULL};
    struct tlog_proven proven;
    struct tlog_text text;
    size_t room = strlen(item->receipt) + strlen(note) + 64u * TLOG_PROOF_HASHES;
    char *memory = (char *)arena_alloc(&confirming->arena, room + 1);
    with->proof.count = proof->proof.count;
    memcpy(with->proof.hash, proof->proof.at, proof->proof.count * sizeof with->proof.hash[0]);
    enum muster_status status =
        memory != NULL
            ? tlog_receipt_parse(&with->receipt, muster_bytes_of_text(item->receipt), NULL, e)
            : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    if (status == MUSTER_OK) {
        status = tlog_receipt_take_leaf(&with->receipt, with->leaf, sizeof with->leaf, NULL, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    struct tlog_receipt_parts parts = {.has_extra = true,
                                       .extra = with->receipt.leaf,
                                       .index = item->index,
                                       .proof = &with->proof,
                                       .checkpoint = muster_bytes_of_text(note)};
    struct muster_bytes leaf = with->receipt.leaf;
    tlog_text_init(&text, memory, room);
    status = tlog_receipt_format(&text, &parts, e);
    if (status == MUSTER_OK) {
        status = tlog_receipt_parse(&with->receipt, tlog_text_bytes(&text), NULL, e);
    }
    if (status == MUSTER_OK) {
        tlog_receipt_give_leaf(&with->receipt, leaf);
        status = tlog_hasher_init(&hasher, e);
    }
    if (status == MUSTER_OK) {
        status = tlog_receipt_verify(&hasher, &with->receipt, &trust, &proven, NULL, e);
    }
    tlog_hasher_fini(&hasher);
    if (status == MUSTER_OK) {
        *out = memory; /* arena memory is zeroed */
        *partners = proven.cosignatures;
    }
    return status;
}

/* `receipts` holds as many proofs as were asked for. */
static enum muster_status rebuild_all(struct confirming *confirming,
                                      const struct codec_receipt_proofs *receipts,
                                      const struct confirming_item *const *asked, size_t count,
                                      struct muster_err *e)
{
    struct keys keys[MUSTER_RECEIPT_NOTES];
    struct rebuilding *with =
        (struct rebuilding *)arena_alloc(&confirming->arena, sizeof(struct rebuilding));
    enum muster_status status =
        with != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    for (size_t i = 0; status == MUSTER_OK && i < receipts->checkpoint_count; i++) {
        status = read_keys(confirming, &receipts->checkpoints[i], &keys[i], e);
    }
    for (size_t i = 0; status == MUSTER_OK && i < count; i++) {
        const struct codec_receipt_proof *proof = &receipts->proofs[i];
        const char *text = NULL;
        size_t partners = 0;
        status = rebuild(confirming, with, asked[i], proof,
                         receipts->checkpoints[proof->checkpoint].note, &keys[proof->checkpoint],
                         &text, &partners, e);
        if (status == MUSTER_OK) {
            status = write_item(confirming, asked[i], text, partners, e);
        }
    }
    return status;
}

/* --- a round ---------------------------------------------------------------------------------- */

static enum muster_status flush(struct confirming *confirming, struct muster_err *e)
{
    uint64_t indexes[MUSTER_RECEIPTS];
    const struct confirming_item *asked[MUSTER_RECEIPTS];
    size_t count = 0;
    struct session_failure failure;
    struct codec_receipt_proofs receipts;
    enum muster_status status = MUSTER_OK;
    for (size_t i = 0; status == MUSTER_OK && i < confirming->count; i++) {
        const struct confirming_item *item = &confirming->items[i];
        if (item->asked) {
            indexes[count] = item->index;
            asked[count++] = item;
        } else { /* of a former log, which nobody cosigns any more */
            status = write_item(confirming, item, item->receipt, 0, e);
        }
    }
    if (status == MUSTER_OK && count > 0) {
        status = session_receipts(confirming->contact->session, indexes, count, &confirming->arena,
                                  &receipts, &failure, e);
        if (status == MUSTER_OK) {
            status = contact_keep(confirming->contact, e);
        }
        if (status == MUSTER_OK) {
            status = rebuild_all(confirming, &receipts, asked, count, e);
        }
    }
    arena_reset(&confirming->arena);
    confirming->count = 0;
    return status;
}

enum muster_status confirming_add(struct confirming *confirming, const char *name,
                                  const char *receipt, struct muster_err *e)
{
    struct tlog_receipt parsed;
    struct tlog_checkpoint checkpoint;
    struct confirming_item item = {
        .path = arena_printf(&confirming->arena, "%s/%s", confirming->folder, name),
        .receipt = arena_text(&confirming->arena, receipt)};
    if (item.path == NULL || item.receipt == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    enum muster_status status =
        tlog_receipt_parse(&parsed, muster_bytes_of_text(item.receipt), NULL, e);
    if (status == MUSTER_OK) {
        status = tlog_checkpoint_parse(&checkpoint, parsed.note.text, NULL, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    item.index = parsed.index;
    item.asked =
        tlog_bytes_equal(checkpoint.origin,
                         muster_bytes_of_text(session_log_key(confirming->contact->session)->name));
    confirming->items[confirming->count++] = item;
    return confirming->count == MUSTER_RECEIPTS ? flush(confirming, e) : MUSTER_OK;
}

static enum muster_status write_keys(struct confirming *confirming, struct muster_err *e)
{
    const char *path = arena_printf(&confirming->arena, "%s/witnesses.vkeys", confirming->folder);
    const char *text = "";
    for (size_t i = 0; text != NULL && i < confirming->key_count; i++) {
        text = arena_printf(&confirming->arena, "%s%s\n", text, confirming->keys[i]);
    }
    return path != NULL && text != NULL ? file_write(path, text, strlen(text), 0644, e)
                                        : muster_fail(e, MUSTER_ENOMEM, "out of memory");
}

enum muster_status confirming_finish(struct confirming *confirming, struct muster_err *e)
{
    enum muster_status status = flush(confirming, e);
    return status == MUSTER_OK ? write_keys(confirming, e) : status;
}
