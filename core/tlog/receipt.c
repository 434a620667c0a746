#include "core/tlog/receipt.h"

#include "core/base/encode.h"
#include "core/tlog/checkpoint.h"

static const char first_line[] = "c2sp.org/tlog-proof@v1";
static const char extra_word[] = "extra ";
static const char index_word[] = "index ";

/* The lines before the checkpoint; `rest` is left at the checkpoint. */
static enum tlog_reason read_head(struct tlog_receipt *receipt, struct muster_bytes *rest)
{
    struct muster_bytes line;
    if (!tlog_line_take(rest, &line)) {
        return rest->len < sizeof first_line ? TLOG_TRUNCATED : TLOG_NOT_RECEIPT;
    }
    if (!tlog_bytes_equal(line, muster_bytes_of_text(first_line))) {
        return TLOG_NOT_RECEIPT;
    }
    if (!tlog_line_take(rest, &line)) {
        return TLOG_TRUNCATED;
    }
    receipt->has_extra = tlog_prefix_take(&line, extra_word);
    if (receipt->has_extra) {
        receipt->extra = line;
        if (!tlog_base64_valid(line, &receipt->extra_len)) {
            return TLOG_BAD_EXTRA;
        }
        if (!tlog_line_take(rest, &line)) {
            return TLOG_TRUNCATED;
        }
    }
    if (!tlog_prefix_take(&line, index_word) || !tlog_decimal_read(line, &receipt->index)) {
        return TLOG_BAD_INDEX;
    }
    return TLOG_GOOD;
}

/* The proof's lines and the empty one behind them. */
static enum tlog_reason read_proof(struct tlog_receipt *receipt, struct muster_bytes *rest)
{
    struct muster_bytes line;
    for (;;) {
        if (!tlog_line_take(rest, &line)) {
            return TLOG_TRUNCATED;
        }
        if (line.len == 0) {
            return TLOG_GOOD;
        }
        if (receipt->proof.count == TLOG_PROOF_HASHES) {
            return TLOG_PROOF_TOO_LONG;
        }
        if (!tlog_hash_decode(line, &receipt->proof.hash[receipt->proof.count])) {
            return TLOG_BAD_HASH;
        }
        receipt->proof.count++;
    }
}

enum muster_status tlog_receipt_parse(struct tlog_receipt *receipt, struct muster_bytes bytes,
                                      enum tlog_reason *why, struct muster_err *e)
{
    struct tlog_receipt parsed = {.has_leaf = false};
    enum tlog_reason reason = TLOG_TOO_LONG;
    if (bytes.len <= TLOG_RECEIPT_BYTES) {
        reason = read_head(&parsed, &bytes);
    }
    if (reason == TLOG_GOOD) {
        reason = read_proof(&parsed, &bytes);
    }
    if (reason != TLOG_GOOD) {
        return tlog_refuse(reason, why, e);
    }
    enum muster_status status = tlog_note_parse(&parsed.note, bytes, why, e);
    if (status == MUSTER_OK) {
        *receipt = parsed;
    }
    return status;
}

enum muster_status tlog_receipt_take_leaf(struct tlog_receipt *receipt, uint8_t *memory,
                                          size_t size, enum tlog_reason *why, struct muster_err *e)
{
    size_t len = 0;
    if (!receipt->has_extra) {
        return tlog_refuse(TLOG_NO_LEAF, why, e);
    }
    if (receipt->extra_len > TLOG_ENTRY_BYTES || receipt->extra_len > size) {
        return tlog_refuse(TLOG_LEAF_TOO_LONG, why, e);
    }
    if (!base64_decode((const char *)receipt->extra.at, receipt->extra.len, memory, size, &len)) {
        return tlog_refuse(TLOG_BAD_EXTRA, why, e);
    }
    tlog_receipt_give_leaf(receipt, muster_bytes_of(memory, len));
    return MUSTER_OK;
}

void tlog_receipt_give_leaf(struct tlog_receipt *receipt, struct muster_bytes leaf)
{
    receipt->has_leaf = true;
    receipt->leaf = leaf;
}

/* Opens the checkpoint for the log's key and reads it. */
static enum muster_status read_checkpoint(const struct tlog_receipt *receipt,
                                          const struct tlog_trust *trust,
                                          struct tlog_checkpoint *checkpoint, enum tlog_reason *why,
                                          struct muster_err *e)
{
    struct tlog_opened opened;
    struct muster_bytes origin =
        trust->origin.len > 0 ? trust->origin : muster_bytes_of_text(trust->log->name);
    enum muster_status status = tlog_checkpoint_parse(checkpoint, receipt->note.text, why, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (!tlog_bytes_equal(checkpoint->origin, origin)) {
        return tlog_refuse(TLOG_FOREIGN_ORIGIN, why, e);
    }
    status = tlog_note_open(&receipt->note, trust->log, 1, &opened, why, e);
    if (status == MUSTER_OK && checkpoint->extended && !trust->extensions) {
        return tlog_refuse(TLOG_EXTENDED, why, e);
    }
    return status;
}

static enum muster_status count_witnesses(const struct tlog_receipt *receipt,
                                          const struct tlog_trust *trust, size_t *count,
                                          enum tlog_reason *why, struct muster_err *e)
{
    struct tlog_opened opened;
    enum muster_status status =
        tlog_note_check(&receipt->note, trust->witnesses, trust->witness_count, &opened, why, e);
    if (status != MUSTER_OK) {
        return status;
    }
    *count = tlog_opened_witnesses(&opened, trust->witnesses);
    if (*count < trust->quorum) {
        return tlog_refuse(TLOG_NO_QUORUM, why, e);
    }
    return MUSTER_OK;
}

enum muster_status tlog_receipt_verify(struct tlog_hasher *hasher,
                                       const struct tlog_receipt *receipt,
                                       const struct tlog_trust *trust, struct tlog_proven *out,
                                       enum tlog_reason *why, struct muster_err *e)
{
    struct tlog_inclusion claim;
    struct tlog_checkpoint checkpoint;
    size_t cosignatures = 0;
    if (!receipt->has_leaf) {
        return tlog_refuse(TLOG_NO_LEAF, why, e);
    }
    if (tlog_leaf_hash(hasher, receipt->leaf, &claim.leaf, e) != MUSTER_OK) {
        return tlog_refuse(TLOG_CRYPTO, why, e);
    }
    enum muster_status status = read_checkpoint(receipt, trust, &checkpoint, why, e);
    if (status == MUSTER_OK) {
        status = count_witnesses(receipt, trust, &cosignatures, why, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    claim.index = receipt->index;
    claim.size = checkpoint.size;
    claim.root = checkpoint.root;
    status = tlog_verify_inclusion(hasher, &claim, &receipt->proof, why, e);
    if (status != MUSTER_OK) {
        return status;
    }
    *out = (struct tlog_proven){
        .index = receipt->index,
        .size = checkpoint.size,
        .root = checkpoint.root,
        .origin = checkpoint.origin,
        .leaf = receipt->leaf,
        .cosignatures = cosignatures,
    };
    return MUSTER_OK;
}

enum muster_status tlog_receipt_format(struct tlog_text *out,
                                       const struct tlog_receipt_parts *parts, struct muster_err *e)
{
    tlog_text_put(out, muster_bytes_of_text(first_line));
    tlog_text_put(out, muster_bytes_of_text("\n"));
    if (parts->has_extra) {
        tlog_text_put(out, muster_bytes_of_text(extra_word));
        tlog_text_base64(out, parts->extra);
        tlog_text_put(out, muster_bytes_of_text("\n"));
    }
    tlog_text_put(out, muster_bytes_of_text(index_word));
    tlog_text_decimal(out, parts->index);
    tlog_text_put(out, muster_bytes_of_text("\n"));
    for (size_t i = 0; i < parts->proof->count; i++) {
        tlog_text_base64(out, muster_bytes_of(parts->proof->hash[i].b, MUSTER_HASH_BYTES));
        tlog_text_put(out, muster_bytes_of_text("\n"));
    }
    tlog_text_put(out, muster_bytes_of_text("\n"));
    tlog_text_put(out, parts->checkpoint);
    return tlog_text_check(out, e);
}
