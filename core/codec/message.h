/* What the modules of core/codec share: received bytes -> checked protobuf-c message, and back,
 * both in an arena; findings; ranges of time. Internal to core/codec. */
#ifndef MUSTER_CODEC_MESSAGE_H
#define MUSTER_CODEC_MESSAGE_H

#include <muster/v1/records.pb-c.h>

#include <muster/records.h>

#include <core/base/arena.h>
#include <core/codec/check.h>

/* The first and last day of the years 1 to 9999, as days and as milliseconds of them. */
#define CODEC_DAYS_FIRST (-719162)
#define CODEC_DAYS_LAST  2932896
#define CODEC_MS_FIRST   (CODEC_DAYS_FIRST * INT64_C(86400000))
#define CODEC_MS_LAST    ((CODEC_DAYS_LAST + INT64_C(1)) * INT64_C(86400000) - 1)

static inline bool codec_date_valid(struct muster_date date)
{
    return date.days >= CODEC_DAYS_FIRST && date.days <= CODEC_DAYS_LAST;
}

static inline bool codec_instant_valid(struct muster_utc instant)
{
    return instant.ms >= CODEC_MS_FIRST && instant.ms <= CODEC_MS_LAST;
}

/* A message, the limits of its fields and what to call it in an error sentence. */
struct codec_shape {
    const ProtobufCMessageDescriptor *descriptor;
    const struct codec_limit *limits;
    const char *root;
    size_t most; /* bytes of one such message */
};

/* Checks (codec_check) and unpacks. *out, a message of the shape's descriptor, lies in `arena` and
 * is released with it. Also MUSTER_ETOOBIG beyond shape->most, and MUSTER_ENOMEM. */
enum muster_status codec_unpack(const struct codec_shape *shape, struct muster_bytes bytes,
                                struct arena *arena, ProtobufCMessage **out,
                                struct muster_err *e) MUSTER_MUST_CHECK;

/* Packs into `arena` and checks the bytes as a receiver will: what we send can be read. */
enum muster_status codec_pack(const struct codec_shape *shape, const ProtobufCMessage *message,
                              struct arena *arena, struct muster_bytes *out,
                              struct muster_err *e) MUSTER_MUST_CHECK;

/* The sentence of an allocation in an arena that failed. */
enum muster_status codec_no_memory(struct muster_err *e);

/* protobuf-c's structs know no const; packing only reads. */
char *codec_lend_text(const char *text);
ProtobufCBinaryData codec_lend_bytes(const void *at, size_t len);

static inline struct muster_bytes codec_bytes_of(ProtobufCBinaryData data)
{
    return muster_bytes_of(data.data, data.len);
}

/* A repeated field of hashes, which codec_check has measured; and the other way, borrowing. Both
 * arrays lie in `arena`. */
enum muster_status codec_hashes_take(const ProtobufCBinaryData *given, size_t count,
                                     struct arena *arena, const struct muster_hash **out,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status codec_hashes_lend(const struct muster_hash *hashes, size_t count,
                                     struct arena *arena, ProtobufCBinaryData **out,
                                     struct muster_err *e) MUSTER_MUST_CHECK;

/* --- findings ------------------------------------------------------------------------------- */

extern const struct codec_limit codec_finding_limits[];

/* Borrows the text of `given`. `path` stands in front of an error sentence. */
enum muster_status codec_findings_take(Muster__V1__Finding *const *given, size_t count,
                                       const char *path, struct muster_finding *out,
                                       struct muster_err *e) MUSTER_MUST_CHECK;

/* *out is an array in `arena` that borrows the text of `findings`; NULL where there are none. */
enum muster_status codec_findings_lend(const struct muster_finding *findings, size_t count,
                                       struct arena *arena, Muster__V1__Finding ***out,
                                       struct muster_err *e) MUSTER_MUST_CHECK;

#endif
