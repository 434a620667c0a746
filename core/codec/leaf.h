/* A log entry (message Leaf): what the Merkle tree's leaf is the hash of. Clear fields only. */
#ifndef MUSTER_CODEC_LEAF_H
#define MUSTER_CODEC_LEAF_H

#include <muster/bytes.h>
#include <muster/records.h>
#include <muster/status.h>
#include <muster/time.h>

#include <core/base/arena.h>

#define CODEC_LEAF_VERSION 1u

/* As FHIR AuditEvent.outcome. */
enum codec_leaf_outcome {
    CODEC_LEAF_DONE = 0,
    CODEC_LEAF_REFUSED = 4,
    CODEC_LEAF_FAILED = 8,
};

/* What does not apply is NULL, 0 or false, and is not written. Texts are at most MUSTER_ID_BYTES,
 * subject MUSTER_NAME_BYTES. */
struct codec_leaf {
    const char *kind; /* submit, refuse, query, log.start, ...: required */
    struct muster_uuid event_id;
    struct muster_utc logged_at;
    const char *org;
    const char *actor; /* of the certificate's fingerprint the first 16 hex digits */
    const char *role;
    const char *action; /* C R U D E */
    enum codec_leaf_outcome outcome;
    const char *reason;
    const char *purpose; /* a stable code, never free text */
    const char *reference;
    enum muster_kind record_kind;
    uint32_t version;
    bool withdrawn;
    const struct muster_hash *commitment;
    const struct muster_hash *sealed;
    const char *bucket;
    const struct muster_hash *batch;
    bool sized; /* log_size counts */
    uint64_t log_size;
    const char *subject;
    const char *recipient; /* of a message or of what was handed out: who gets it */
    const char *software;
    uint64_t count; /* how many it stands for, or entries that were read; 0: neither */
    const struct muster_hash *root; /* of a log of log_size entries */
};

/* At most MUSTER_LEAF_BYTES; the same leaf gives the same bytes. *out lies in `arena`. Statuses as
 * in request.h. */
enum muster_status codec_leaf_encode(const struct codec_leaf *leaf, struct arena *arena,
                                     struct muster_bytes *out,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
/* All of *out lies in `arena`; `bytes` may go. */
enum muster_status codec_leaf_decode(struct muster_bytes bytes, struct arena *arena,
                                     struct codec_leaf *out,
                                     struct muster_err *e) MUSTER_MUST_CHECK;

#endif
