/* Receipts (C2SP tlog-proof, c2sp.org/tlog-proof@v1): that an entry is in a log, in one text file
 * that can be checked without asking anybody. Verifies those of any such log, not of Muster's
 * alone.
 *
 *     struct tlog_receipt receipt;
 *     tlog_receipt_parse(&receipt, file, ...);
 *     tlog_receipt_take_leaf(&receipt, memory, sizeof memory, ...);   or tlog_receipt_give_leaf
 *     tlog_receipt_verify(hasher, &receipt, &trust, &proven, ...);
 */
#ifndef MUSTER_TLOG_RECEIPT_H
#define MUSTER_TLOG_RECEIPT_H

#include "core/tlog/note.h"
#include "core/tlog/verify.h"

#define TLOG_ENTRY_BYTES   65535u  /* longest log entry (C2SP tlog-tiles) */
#define TLOG_RECEIPT_BYTES 262144u /* longest receipt that is read */

/* Borrows from what was parsed. Nothing in it is verified. */
struct tlog_receipt {
    bool has_extra;
    struct muster_bytes extra; /* base64, canonical */
    size_t extra_len;          /* decoded */
    bool has_leaf;
    struct muster_bytes leaf; /* the entry: see the two functions below */
    uint64_t index;
    struct tlog_proof proof;
    struct tlog_note note; /* the checkpoint */
};

/* Reads the form: each line in its place, canonical numbers and base64 only. */
enum muster_status tlog_receipt_parse(struct tlog_receipt *receipt, struct muster_bytes bytes,
                                      enum tlog_reason *why,
                                      struct muster_err *e) MUSTER_MUST_CHECK;

/* Takes the entry from the line `extra`, decoded into `memory` (extra_len bytes, at most
 * TLOG_ENTRY_BYTES), which is to live as long as the receipt. no_leaf where there is no such line,
 * leaf_too_long where it does not fit. */
enum muster_status tlog_receipt_take_leaf(struct tlog_receipt *receipt, uint8_t *memory,
                                          size_t size, enum tlog_reason *why,
                                          struct muster_err *e) MUSTER_MUST_CHECK;

/* Takes the entry from the caller, borrowed; `extra`, which nobody signed, plays no part then. */
void tlog_receipt_give_leaf(struct tlog_receipt *receipt, struct muster_bytes leaf);

/* Whom a verifier believes; all borrowed. */
struct tlog_trust {
    const struct tlog_key *log;
    struct muster_bytes origin;       /* len 0: the name of the log's key, as the rule is */
    bool extensions;                  /* allow extension lines: never for Muster's own log */
    const struct tlog_key *witnesses; /* cosignature keys; other types count for nothing */
    size_t witness_count;
    size_t quorum; /* different witnesses that must have cosigned; 0: none */
};

/* What a good receipt proves. `origin` and `leaf` borrow from the receipt. */
struct tlog_proven {
    uint64_t index;
    uint64_t size;
    struct muster_hash root;
    struct muster_bytes origin;
    struct muster_bytes leaf;
    size_t cosignatures; /* different witnesses of the trusted ones */
};

/* Checks, in this order: the entry is there, origin and log signature, cosignatures and quorum,
 * inclusion. MUSTER_EUNVERIFIED or MUSTER_EMALFORMED with the reason in *why. */
enum muster_status tlog_receipt_verify(struct tlog_hasher *hasher,
                                       const struct tlog_receipt *receipt,
                                       const struct tlog_trust *trust, struct tlog_proven *out,
                                       enum tlog_reason *why,
                                       struct muster_err *e) MUSTER_MUST_CHECK;

/* What a receipt is made of. */
struct tlog_receipt_parts {
    bool has_extra;
    struct muster_bytes extra; /* plain bytes: the entry */
    uint64_t index;
    const struct tlog_proof *proof;
    struct muster_bytes checkpoint; /* the whole note */
};

/* Appends the receipt. About 1 KiB and 4/3 of the entry; MUSTER_ETOOBIG when there is no room. */
enum muster_status tlog_receipt_format(struct tlog_text *out,
                                       const struct tlog_receipt_parts *parts,
                                       struct muster_err *e) MUSTER_MUST_CHECK;

#endif
