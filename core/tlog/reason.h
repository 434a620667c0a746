/* Why a proof, note, checkpoint, key or receipt is refused: a closed list with a stable short name
 * for programs and a sentence for people. */
#ifndef MUSTER_TLOG_REASON_H
#define MUSTER_TLOG_REASON_H

#include <muster/status.h>

/* X(token, stable name, status, sentence) */
#define TLOG_REASON_MAP(X)                                                                        \
    X(TLOG_GOOD, "good", MUSTER_OK, "Verified.")                                                  \
    X(TLOG_TRUNCATED, "truncated", MUSTER_EMALFORMED,                                             \
      "The text ends too early: fetch the whole of it again.")                                    \
    X(TLOG_TOO_LONG, "too_long", MUSTER_ETOOBIG, "The text is longer than any valid one.")        \
    X(TLOG_NOT_TEXT, "not_text", MUSTER_EMALFORMED,                                               \
      "It is not UTF-8 text with line feeds only: it was converted or damaged on its way.")       \
    X(TLOG_NOT_RECEIPT, "not_receipt", MUSTER_EMALFORMED,                                         \
      "The first line is not that of a receipt (c2sp.org/tlog-proof@v1).")                        \
    X(TLOG_BAD_EXTRA, "bad_extra", MUSTER_EMALFORMED,                                             \
      "The line `extra` of the receipt is not canonical base64.")                                 \
    X(TLOG_BAD_INDEX, "bad_index", MUSTER_EMALFORMED,                                             \
      "The line `index` of the receipt is missing or not a plain decimal number.")                \
    X(TLOG_BAD_HASH, "bad_hash", MUSTER_EMALFORMED,                                               \
      "A hash is not the canonical base64 of 32 bytes.")                                          \
    X(TLOG_HASH_LENGTH, "hash_length", MUSTER_EMALFORMED, "A hash is not 32 bytes long.")         \
    X(TLOG_PROOF_TOO_LONG, "proof_too_long", MUSTER_ETOOBIG,                                      \
      "The proof has more hashes than a tree of 2^63-1 leaves needs.")                            \
    X(TLOG_NO_LEAF, "no_leaf", MUSTER_EMALFORMED,                                                 \
      "The receipt does not carry its log entry: give the entry's bytes as well.")                \
    X(TLOG_LEAF_TOO_LONG, "leaf_too_long", MUSTER_ETOOBIG,                                        \
      "The log entry in the receipt is longer than 65,535 bytes.")                                \
    X(TLOG_BAD_SIGNATURE_LINE, "bad_signature_line", MUSTER_EMALFORMED,                           \
      "A signature line is not: em dash, space, key name, space, base64.")                        \
    X(TLOG_TOO_MANY_SIGNATURES, "too_many_signatures", MUSTER_ETOOBIG,                            \
      "The note has more than 64 signature lines.")                                               \
    X(TLOG_BAD_KEY_NAME, "bad_key_name", MUSTER_EMALFORMED,                                       \
      "A key name must be 1 to 255 bytes of UTF-8 without spaces, controls and `+`.")             \
    X(TLOG_BAD_KEY_TEXT, "bad_key_text", MUSTER_EMALFORMED,                                       \
      "A key must be written name+id+base64, with the 8 hex digits of its id.")                   \
    X(TLOG_KEY_ID_MISMATCH, "key_id_mismatch", MUSTER_EMALFORMED,                                 \
      "The id of the key does not belong to its name and bytes: copy the key text again.")        \
    X(TLOG_KEY_TYPE, "key_type", MUSTER_EUNSUPPORTED,                                             \
      "The key is neither Ed25519 (1) nor an Ed25519 cosignature key (4).")                       \
    X(TLOG_FOREIGN_KEY, "foreign_key", MUSTER_EUNVERIFIED,                                        \
      "No signature is by the key that was asked for: it comes from another log.")                \
    X(TLOG_BAD_SIGNATURE, "bad_signature", MUSTER_EUNVERIFIED,                                    \
      "A signature by a known key does not fit the text: the text or the signature was altered.") \
    X(TLOG_BAD_CHECKPOINT, "bad_checkpoint", MUSTER_EMALFORMED,                                   \
      "The checkpoint is not: origin, size, root hash, each on a line of its own.")               \
    X(TLOG_BAD_SIZE, "bad_size", MUSTER_EMALFORMED,                                               \
      "The size in the checkpoint is not a plain decimal number up to 2^63-1.")                   \
    X(TLOG_EXTENDED, "extended", MUSTER_EUNVERIFIED,                                              \
      "The checkpoint has extension lines; this log never writes any.")                           \
    X(TLOG_FOREIGN_ORIGIN, "foreign_origin", MUSTER_EUNVERIFIED,                                  \
      "The checkpoint names another log as its origin.")                                          \
    X(TLOG_NO_QUORUM, "no_quorum", MUSTER_EUNVERIFIED,                                            \
      "Fewer witnesses than required have cosigned the checkpoint: ask for it again later.")      \
    X(TLOG_EMPTY_TREE, "empty_tree", MUSTER_EUNVERIFIED,                                          \
      "A log of size 0 holds nothing, and nothing can be proved of it.")                          \
    X(TLOG_SIZE_RANGE, "size_range", MUSTER_EUNVERIFIED, "A size or index is above 2^63-1.")      \
    X(TLOG_INDEX_RANGE, "index_range", MUSTER_EUNVERIFIED,                                        \
      "The index lies beyond the end of the log.")                                                \
    X(TLOG_SHRUNK, "shrunk", MUSTER_EUNVERIFIED,                                                  \
      "The log is smaller than it has been: it was restored or replaced.")                        \
    X(TLOG_PROOF_LENGTH, "proof_length", MUSTER_EUNVERIFIED,                                      \
      "The proof has too few or too many hashes for its sizes.")                                  \
    X(TLOG_ROOT_MISMATCH, "root_mismatch", MUSTER_EUNVERIFIED,                                    \
      "The proof does not lead to the root: the entry, the proof or the log was altered.")        \
    X(TLOG_OLD_ROOT_MISMATCH, "old_root_mismatch", MUSTER_EUNVERIFIED,                            \
      "The proof does not lead to the earlier root: the log's history was altered.")              \
    X(TLOG_CRYPTO, "crypto", MUSTER_EINTERNAL,                                                    \
      "The cryptographic library failed; nothing was verified.")

enum tlog_reason {
#define X(token, name, status, text) token,
    TLOG_REASON_MAP(X)
#undef X
};

/* Static strings. */
const char *tlog_reason_name(enum tlog_reason reason);
const char *tlog_reason_text(enum tlog_reason reason);

/* What every check of this library ends with when it refuses; *why is not touched when it accepts.
 * Puts the reason into *why (may be NULL), its sentence into `e`, and returns its status. */
enum muster_status tlog_refuse(enum tlog_reason reason, enum tlog_reason *why,
                               struct muster_err *e);

#endif
