/* The payload of a submission: the bytes that are committed to, and the record they stand for.
 * Generic over the kinds: a new kind needs its list of fields and its message, nothing here. */
#ifndef MUSTER_CODEC_RECORD_H
#define MUSTER_CODEC_RECORD_H

#include <muster/bytes.h>
#include <muster/records.h>
#include <muster/status.h>

#include <core/base/arena.h>

/* An arena of this budget is enough to decode any payload. */
#define CODEC_RECORD_ARENA_BYTES (8u * MUSTER_PAYLOAD_BYTES)

/* Encodes the given fields, the reason of a withdrawal and the findings; version and `withdrawn`
 * travel in the header. The same record and findings give the same bytes. *out lies in `arena`.
 * MUSTER_EMALFORMED for a value out of its type's range (text that is given must not be empty; a
 * given list of no items counts as not given), MUSTER_ETOOBIG for one longer than its limit and for
 * a payload beyond MUSTER_PAYLOAD_BYTES, MUSTER_ENOMEM. `findings` may be NULL. */
enum muster_status codec_record_encode(const struct muster_record *record,
                                       const struct muster_findings *findings, struct arena *arena,
                                       struct muster_bytes *out,
                                       struct muster_err *e) MUSTER_MUST_CHECK;

/* Decodes a payload that must hold a record of `kind` and no other. All text of *record and
 * *findings lies in `arena`; `payload` may go. Of *record the fields, the schema and the reason of
 * a withdrawal are set; version is 0 and withdrawn is false: the caller takes both from the header.
 * Required fields are not asked for here: that is a rule of the domain, with a finding of its own.
 * MUSTER_EMALFORMED, MUSTER_ETOOBIG, MUSTER_EUNSUPPORTED (a field this version does not know, or no
 * such kind), MUSTER_ENOMEM (also: over the arena's budget). */
enum muster_status codec_record_decode(struct muster_bytes payload, enum muster_kind kind,
                                       struct arena *arena, struct muster_record *record,
                                       struct muster_findings *findings,
                                       struct muster_err *e) MUSTER_MUST_CHECK;

#endif
