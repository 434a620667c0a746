/* What agents and clients send (message Request): plain values, and their bytes.
 *
 * Decoding checks everything that can be checked without a key, a clock or a store. All of a result
 * lies in the arena; the frame may go. Statuses of all decoders: MUSTER_EMALFORMED, MUSTER_ETOOBIG,
 * MUSTER_EUNSUPPORTED (the sender is newer than we are: another protocol, an unknown field or
 * record kind), MUSTER_ENOMEM (also: over the arena's budget). The error sentence names the field,
 * as in "batch.items[3].salt: must be 32 bytes", and never holds a value. */
#ifndef MUSTER_CODEC_REQUEST_H
#define MUSTER_CODEC_REQUEST_H

#include <muster/bytes.h>
#include <muster/limits.h>
#include <muster/records.h>
#include <muster/status.h>
#include <muster/time.h>

#include <core/base/arena.h>
#include <core/codec/mailbox.h>

#define CODEC_PROTOCOL   1u
#define CODEC_SALT_BYTES 32u

/* An arena of this budget is enough to decode any request of MUSTER_FRAME_BYTES. */
#define CODEC_REQUEST_ARENA_BYTES (3u * MUSTER_FRAME_BYTES)

/* The common part of a record: what the log and the receipt may know. */
struct codec_header {
    struct muster_uuid submission_id;
    enum muster_kind kind;
    uint32_t version; /* 1 to MUSTER_VERSIONS */
    bool withdrawn;
    struct muster_hash commitment;
};

/* What the agency signs. */
struct codec_manifest {
    const char *agency;
    struct muster_uuid batch_id;
    struct muster_utc created_at;
    const struct codec_header *headers;
    size_t count;            /* to MUSTER_BATCH_ITEMS; no submission id twice */
    const char *witness_key; /* vkey text; NULL where there are headers: none is announced */
};

struct codec_item {
    uint8_t salt[CODEC_SALT_BYTES];
    struct muster_bytes payload; /* see record.h */
};

struct codec_batch {
    struct muster_bytes manifest_bytes; /* as received: what the signature covers */
    struct muster_bytes certificate;    /* DER */
    struct muster_bytes signature;
    struct codec_manifest manifest; /* what manifest_bytes say */
    const struct codec_item *items; /* manifest.count of them, in the order of the headers */
};

/* Text that was not given is NULL. */
struct codec_query {
    const char *report;
    const char *purpose;
    const char *reference;
    bool dated; /* from and to count; never together with a cycle */
    struct muster_date from;
    struct muster_date to; /* inclusive, not before from */
    uint32_t cycle;        /* 0: none */
    const char *const *types;
    size_t type_count;
    const char *agency;
    const char *period;
    const char *convener;
    const char *role;
    const char *by;    /* what a row is of: agency (NULL), type, role */
    const char *trend; /* a row for each month, quarter or cycle of the period */
    bool open;         /* only what is open */
    bool sized;        /* log_size counts */
    uint64_t log_size;
};

/* Text that was not given is NULL. */
struct codec_heartbeat {
    uint64_t cosigned_size;  /* at most 2^63 - 1; 0: no checkpoint has been cosigned yet */
    const char *cosignature; /* the signature line for the checkpoint of that size */
    const char *evidence;    /* a signed checkpoint that the gateway's log does not continue */
};

/* A page of the log. Text that was not given is NULL. */
struct codec_log_read {
    bool from_given; /* false: the last `count` entries */
    uint64_t from;
    uint32_t count; /* 1 to MUSTER_LOG_HASHES, of leaves to MUSTER_LOG_LEAVES */
    bool leaves;    /* the entries themselves, not only their hashes */
    const char *purpose;
    const char *reference;
};

/* Entries of the sender's own, to be proved to checkpoints that others have cosigned. */
struct codec_receipt_read {
    const uint64_t *indexes;
    size_t count; /* 1 to MUSTER_RECEIPTS */
};

/* A signing certificate that is to count from now on, or no longer. */
struct codec_enrol {
    const char *agency; /* or MUSTER_LSCB */
    struct muster_hash fingerprint;
    const char *reference;
    bool revoke;
};

enum codec_request_type {
    CODEC_REQUEST_BATCH,
    CODEC_REQUEST_QUERY,
    CODEC_REQUEST_HEARTBEAT,
    CODEC_REQUEST_LOG_READ,
    CODEC_REQUEST_RECEIPT_READ,
    CODEC_REQUEST_MAILBOX,
    CODEC_REQUEST_ENROL,
};

struct codec_request {
    enum codec_request_type type;
    uint64_t log_size; /* of the newest checkpoint its sender has verified; 0: none */
    bool pipelined;    /* the reply continues the last one of this connection instead, if any */
    union {
        struct codec_batch batch;
        struct codec_query query;
        struct codec_heartbeat heartbeat;
        struct codec_log_read log_read;
        struct codec_receipt_read receipt_read;
        struct codec_mailbox mailbox;
        struct codec_enrol enrol;
    };
};

enum muster_status codec_request_decode(struct muster_bytes frame, struct arena *arena,
                                        struct codec_request *out,
                                        struct muster_err *e) MUSTER_MUST_CHECK;

/* For a manifest that was kept apart from its batch. */
enum muster_status codec_manifest_decode(struct muster_bytes bytes, struct arena *arena,
                                         struct codec_manifest *out,
                                         struct muster_err *e) MUSTER_MUST_CHECK;

/* Encoders: *out lies in `arena`; the limits of decoding hold here too, with the same statuses. */

/* The bytes to be signed; they are sent and kept as they are, never encoded again. */
enum muster_status codec_manifest_encode(const struct codec_manifest *manifest, struct arena *arena,
                                         struct muster_bytes *out,
                                         struct muster_err *e) MUSTER_MUST_CHECK;
/* Of a batch: takes manifest_bytes as they are and does not look at `manifest` but for its count.
 */
enum muster_status codec_request_encode(const struct codec_request *request, struct arena *arena,
                                        struct muster_bytes *out,
                                        struct muster_err *e) MUSTER_MUST_CHECK;

#endif
