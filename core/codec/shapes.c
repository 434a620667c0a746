#include "core/codec/shapes.h"

#include <muster/v1/exchange.pb-c.h>
#include <muster/v1/log.pb-c.h>

#include <core/codec/request.h>
#include <muster/limits.h>

#define NUMBER(name)        \
    {                       \
        name, 0, 0, 0, NULL \
    }
#define SIZED(name, size)         \
    {                             \
        name, size, size, 0, NULL \
    }
#define FILLED(name, most)     \
    {                          \
        name, 1, most, 0, NULL \
    }
#define EACH(name, least, most, count) \
    {                                  \
        name, least, most, count, NULL \
    }
#define PROOF(name) EACH(name, MUSTER_HASH_BYTES, MUSTER_HASH_BYTES, MUSTER_PROOF_HASHES)
#define MESSAGE(name, limits) \
    {                         \
        name, 0, 0, 0, limits \
    }
#define MESSAGES(name, count, limits) \
    {                                 \
        name, 0, 0, count, limits     \
    }

/* --- requests ------------------------------------------------------------------------------- */

static const struct codec_limit header[] = {
    SIZED("submission_id", MUSTER_SUBMISSION_BYTES),
    NUMBER("kind"),
    NUMBER("version"),
    NUMBER("withdrawn"),
    SIZED("commitment", MUSTER_HASH_BYTES),
};

static const struct codec_limit manifest[] = {
    FILLED("agency", MUSTER_ID_BYTES),
    SIZED("batch_id", MUSTER_SUBMISSION_BYTES),
    NUMBER("created_at"),
    MESSAGES("headers", MUSTER_BATCH_ITEMS, header),
    FILLED("witness_key", MUSTER_NOTE_LINE_BYTES),
};

static const struct codec_limit item[] = {
    SIZED("salt", CODEC_SALT_BYTES),
    FILLED("payload", MUSTER_PAYLOAD_BYTES),
};

static const struct codec_limit batch[] = {
    FILLED("manifest", MUSTER_MANIFEST_BYTES),
    FILLED("certificate", MUSTER_CERTIFICATE_BYTES),
    FILLED("signature", MUSTER_SIGNATURE_BYTES),
    MESSAGES("items", MUSTER_BATCH_ITEMS, item),
};

static const struct codec_limit query[] = {
    FILLED("report", MUSTER_ID_BYTES),
    FILLED("purpose", MUSTER_PURPOSE_BYTES),
    FILLED("reference", MUSTER_ID_BYTES),
    NUMBER("from"),
    NUMBER("to"),
    NUMBER("cycle"),
    EACH("types", 1, MUSTER_ID_BYTES, MUSTER_QUERY_TYPES),
    FILLED("agency", MUSTER_ID_BYTES),
    FILLED("period", MUSTER_ID_BYTES),
    NUMBER("log_size"),
    FILLED("convener", MUSTER_ID_BYTES),
    FILLED("role", MUSTER_ID_BYTES),
    FILLED("by", MUSTER_ID_BYTES),
    FILLED("trend", MUSTER_ID_BYTES),
    NUMBER("open"),
};

static const struct codec_limit heartbeat[] = {
    NUMBER("cosigned_size"),
    FILLED("cosignature", MUSTER_NOTE_LINE_BYTES),
    FILLED("evidence", MUSTER_CHECKPOINT_BYTES),
};

static const struct codec_limit log_read[] = {
    NUMBER("from"),
    NUMBER("count"),
    NUMBER("leaves"),
    FILLED("purpose", MUSTER_PURPOSE_BYTES),
    FILLED("reference", MUSTER_ID_BYTES),
};

static const struct codec_limit receipt_read[] = {EACH("indexes", 0, 0, MUSTER_RECEIPTS)};

static const struct codec_limit mailbox[] = {
    FILLED("owner", MUSTER_ID_BYTES),
    EACH("acknowledged", MUSTER_SUBMISSION_BYTES, MUSTER_SUBMISSION_BYTES,
         MUSTER_MAILBOX_ACKNOWLEDGED),
    NUMBER("count"),
    NUMBER("after"),
};

static const struct codec_limit enrol[] = {
    FILLED("agency", MUSTER_ID_BYTES),
    SIZED("fingerprint", MUSTER_HASH_BYTES),
    FILLED("reference", MUSTER_ID_BYTES),
    NUMBER("revoke"),
};

static const struct codec_limit request[] = {
    NUMBER("protocol"),
    NUMBER("log_size"),
    NUMBER("pipelined"),
    MESSAGE("batch", batch),
    MESSAGE("query", query),
    MESSAGE("heartbeat", heartbeat),
    MESSAGE("log_read", log_read),
    MESSAGE("mailbox", mailbox),
    MESSAGE("enrol", enrol),
    MESSAGE("receipt_read", receipt_read),
};

const struct codec_shape codec_request_shape = {&muster__v1__request__descriptor, request, "",
                                                MUSTER_FRAME_BYTES};
const struct codec_shape codec_manifest_shape = {&muster__v1__manifest__descriptor, manifest,
                                                 "batch.manifest", MUSTER_MANIFEST_BYTES};

/* --- replies -------------------------------------------------------------------------------- */

static const struct codec_limit failure[] = {
    FILLED("code", MUSTER_ID_BYTES),
    FILLED("message", MUSTER_MESSAGE_BYTES),
    NUMBER("retry"),
};

static const struct codec_limit outcome[] = {
    SIZED("submission_id", MUSTER_SUBMISSION_BYTES),
    NUMBER("result"),
    NUMBER("version_held"),
    MESSAGES("findings", MUSTER_FINDINGS, codec_finding_limits),
    FILLED("leaf", MUSTER_LEAF_BYTES),
    NUMBER("leaf_index"),
    PROOF("proof"),
};

static const struct codec_limit batch_reply[] = {
    MESSAGES("outcomes", MUSTER_BATCH_ITEMS, outcome),
    FILLED("checkpoint", MUSTER_CHECKPOINT_BYTES),
};

static const struct codec_limit column[] = {
    FILLED("name", MUSTER_ID_BYTES),
    NUMBER("kind"),
    NUMBER("numerator"),
    NUMBER("denominator"),
};

static const struct codec_limit row[] = {EACH("cells", 0, MUSTER_CELL_BYTES, MUSTER_COLUMNS)};

static const struct codec_limit table[] = {
    FILLED("report", MUSTER_ID_BYTES),
    MESSAGES("columns", MUSTER_COLUMNS, column),
    MESSAGES("rows", MUSTER_ROWS, row),
    NUMBER("log_size"),
    FILLED("checkpoint", MUSTER_CHECKPOINT_BYTES),
    EACH("notes", 1, MUSTER_NOTE_BYTES, MUSTER_NOTES),
};

static const struct codec_limit offer[] = {
    FILLED("checkpoint", MUSTER_CHECKPOINT_BYTES),
    PROOF("from_cosigned"),
    PROOF("to_newest"),
};

static const struct codec_limit heartbeat_reply[] = {
    FILLED("gateway", MUSTER_NAME_BYTES),
    NUMBER("now"),
    FILLED("checkpoint", MUSTER_CHECKPOINT_BYTES),
    MESSAGE("offer", offer),
};

static const struct codec_limit log_entries[] = {
    NUMBER("from"),
    EACH("hashes", MUSTER_HASH_BYTES, MUSTER_HASH_BYTES, MUSTER_LOG_HASHES),
    EACH("leaves", 1, MUSTER_LEAF_BYTES, MUSTER_LOG_LEAVES),
    FILLED("checkpoint", MUSTER_CHECKPOINT_BYTES),
};

static const struct codec_limit cosigned_checkpoint[] = {
    FILLED("note", MUSTER_CHECKPOINT_BYTES),
    EACH("witnesses", 1, MUSTER_NOTE_LINE_BYTES, MUSTER_WITNESSES),
    PROOF("to_newest"),
};

static const struct codec_limit receipt_proof[] = {
    NUMBER("checkpoint"),
    PROOF("hashes"),
};

static const struct codec_limit receipt_proofs[] = {
    FILLED("checkpoint", MUSTER_CHECKPOINT_BYTES),
    MESSAGES("checkpoints", MUSTER_RECEIPT_NOTES, cosigned_checkpoint),
    MESSAGES("proofs", MUSTER_RECEIPTS, receipt_proof),
};

static const struct codec_limit message[] = {
    SIZED("id", MUSTER_SUBMISSION_BYTES),
    FILLED("kind", MUSTER_ID_BYTES),
    NUMBER("created_at"),
    NUMBER("leaf_index"),
    FILLED("body", MUSTER_PAYLOAD_BYTES),
    NUMBER("acknowledged"),
};

static const struct codec_limit mailbox_reply[] = {
    MESSAGES("messages", MUSTER_MAILBOX_MESSAGES, message),
    NUMBER("waiting"),
    FILLED("checkpoint", MUSTER_CHECKPOINT_BYTES),
};

static const struct codec_limit enrol_reply[] = {
    NUMBER("leaf_index"),
    FILLED("checkpoint", MUSTER_CHECKPOINT_BYTES),
};

static const struct codec_limit reply[] = {
    NUMBER("protocol"),
    PROOF("consistency"),
    NUMBER("backed_up"),
    NUMBER("continued"),
    MESSAGE("failure", failure),
    MESSAGE("batch", batch_reply),
    MESSAGE("table", table),
    MESSAGE("heartbeat", heartbeat_reply),
    MESSAGE("log_entries", log_entries),
    MESSAGE("mailbox", mailbox_reply),
    MESSAGE("enrol", enrol_reply),
    MESSAGE("receipts", receipt_proofs),
};

const struct codec_shape codec_reply_shape = {&muster__v1__reply__descriptor, reply, "",
                                              MUSTER_FRAME_BYTES};

/* --- what lies sealed in a message ------------------------------------------------------------ */

static const struct codec_limit reference[] = {
    FILLED("name", MUSTER_ID_BYTES),
    FILLED("value", MUSTER_NAME_BYTES),
};

static const struct codec_limit message_body[] = {
    FILLED("text", MUSTER_TEXT_BYTES),
    MESSAGES("references", MUSTER_MESSAGE_REFERENCES, reference),
};

const struct codec_shape codec_message_body_shape = {&muster__v1__message_body__descriptor,
                                                     message_body, "message", MUSTER_PAYLOAD_BYTES};

/* --- log ------------------------------------------------------------------------------------ */

static const struct codec_limit leaf[] = {
    NUMBER("v"),
    FILLED("kind", MUSTER_ID_BYTES),
    SIZED("event_id", MUSTER_SUBMISSION_BYTES),
    NUMBER("logged_at"),
    FILLED("org", MUSTER_ID_BYTES),
    FILLED("actor", MUSTER_ID_BYTES),
    FILLED("role", MUSTER_ID_BYTES),
    FILLED("action", MUSTER_ID_BYTES),
    NUMBER("outcome"),
    FILLED("reason", MUSTER_ID_BYTES),
    FILLED("purpose", MUSTER_ID_BYTES),
    NUMBER("record_kind"),
    NUMBER("version"),
    NUMBER("withdrawn"),
    SIZED("commitment", MUSTER_HASH_BYTES),
    SIZED("sealed", MUSTER_HASH_BYTES),
    FILLED("bucket", MUSTER_ID_BYTES),
    SIZED("batch", MUSTER_HASH_BYTES),
    NUMBER("log_size"),
    FILLED("subject", MUSTER_NAME_BYTES),
    FILLED("software", MUSTER_ID_BYTES),
    NUMBER("count"),
    FILLED("reference", MUSTER_ID_BYTES),
    SIZED("root", MUSTER_HASH_BYTES),
    FILLED("recipient", MUSTER_ID_BYTES),
};

const struct codec_shape codec_leaf_shape = {&muster__v1__leaf__descriptor, leaf, "leaf",
                                             MUSTER_LEAF_BYTES};
