/* Receipts from anywhere: none may do more than be refused, and one that is read has no other
 * spelling. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/tlog/receipt.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds) {
        abort();
    }
}

/* Formats again what was parsed; `leaf` is the decoded extra. */
static void check_spelling(const struct tlog_receipt *receipt, struct muster_bytes bytes)
{
    char *memory = (char *)malloc(TLOG_RECEIPT_BYTES + 1);
    struct tlog_text out;
    require(memory != NULL);
    const uint8_t *checkpoint = receipt->note.text.at;
    struct tlog_receipt_parts parts = {
        .has_extra = receipt->has_extra,
        .extra = receipt->leaf,
        .index = receipt->index,
        .proof = &receipt->proof,
        .checkpoint = muster_bytes_of(checkpoint, (size_t)(bytes.at + bytes.len - checkpoint)),
    };
    tlog_text_init(&out, memory, TLOG_RECEIPT_BYTES + 1);
    require(tlog_receipt_format(&out, &parts, NULL) == MUSTER_OK);
    require(tlog_bytes_equal(tlog_text_bytes(&out), bytes));
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char log_text[] =
        "log.muster.example/1+9da01379+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
    struct muster_bytes bytes = muster_bytes_of(data, size);
    struct tlog_receipt receipt;
    struct tlog_hasher hasher;
    struct tlog_proven proven;
    struct tlog_key log;
    if (tlog_receipt_parse(&receipt, bytes, NULL, NULL) != MUSTER_OK) {
        return 0;
    }
    uint8_t *leaf = (uint8_t *)malloc(TLOG_ENTRY_BYTES);
    require(leaf != NULL);
    require(tlog_key_parse(&log, muster_bytes_of_text(log_text), NULL, NULL) == MUSTER_OK);
    require(tlog_hasher_init(&hasher, NULL) == MUSTER_OK);
    struct tlog_trust trust = {.log = &log};
    bool taken = tlog_receipt_take_leaf(&receipt, leaf, TLOG_ENTRY_BYTES, NULL, NULL) == MUSTER_OK;
    if (taken || !receipt.has_extra) {
        check_spelling(&receipt, bytes);
    }
    if (taken && tlog_receipt_verify(&hasher, &receipt, &trust, &proven, NULL, NULL) == MUSTER_OK) {
        require(proven.index < proven.size);
    }
    tlog_hasher_fini(&hasher);
    free(leaf);
    return 0;
}
