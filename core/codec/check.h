/* A walk over received bytes before protobuf-c unpacks them: it refuses what protobuf-c lets pass
 * (unknown fields, a singular field twice, text that is not UTF-8, any number of elements) and what
 * would make it use more memory or stack than the input deserves. Internal to core/codec. */
#ifndef MUSTER_CODEC_CHECK_H
#define MUSTER_CODEC_CHECK_H

#include <protobuf-c/protobuf-c.h>

#include <muster/bytes.h>
#include <muster/status.h>

/* Messages within messages, the outermost included. The schema needs 4. */
#define CODEC_DEPTH 6u

/* Fields in one message, all levels together: cells and rows of the largest report, and some. */
#define CODEC_PARTS 230000u

/* What one field may hold. Stands at the place that its field has in the message's descriptor. */
struct codec_limit {
    const char *name;   /* as in the .proto file; tests compare the two */
    uint32_t least;     /* bytes of a string or bytes field; of a repeated one, of each */
    uint32_t most;      /* likewise */
    uint32_t most_each; /* how often a repeated field may occur; 0 for a singular one */
    const struct codec_limit *inside; /* the fields of a message field; NULL for others */
};

/* Checks `bytes` as a message of `descriptor`, whose fields (at most MUSTER_FIELDS) hold to
 * `limits`. The error sentence starts with the field's path; `root` is put in front of the path and
 * may be "". Never blocks, allocates nothing, does not recurse.
 * MUSTER_EMALFORMED, MUSTER_ETOOBIG, MUSTER_EUNSUPPORTED (a field or enum value not known here). */
enum muster_status codec_check(const ProtobufCMessageDescriptor *descriptor,
                               const struct codec_limit *limits, const char *root,
                               struct muster_bytes bytes, struct muster_err *e) MUSTER_MUST_CHECK;

#endif
