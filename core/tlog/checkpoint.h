/* Checkpoints (C2SP tlog-checkpoint v1.0.0): the note text in which a log says its size and root.
 */
#ifndef MUSTER_TLOG_CHECKPOINT_H
#define MUSTER_TLOG_CHECKPOINT_H

#include "core/tlog/reason.h"
#include "core/tlog/text.h"

#define TLOG_CHECKPOINT_BYTES 1024u /* enough for one of ours, with the log's signature */

struct tlog_checkpoint {
    struct muster_bytes origin; /* borrows from what was parsed */
    uint64_t size;              /* at most 2^63 - 1 */
    struct muster_hash root;
    bool extended; /* it has extension lines; another log's may, ours never */
};

/* Parses a note text. Trusts nothing: the note is to be opened first. */
enum muster_status tlog_checkpoint_parse(struct tlog_checkpoint *checkpoint,
                                         struct muster_bytes text, enum tlog_reason *why,
                                         struct muster_err *e) MUSTER_MUST_CHECK;

/* The same for a log that writes no extension lines, as Muster's: refuses them (extended), and any
 * other origin (foreign_origin). */
enum muster_status tlog_checkpoint_parse_own(struct tlog_checkpoint *checkpoint,
                                             struct muster_bytes text, struct muster_bytes origin,
                                             enum tlog_reason *why,
                                             struct muster_err *e) MUSTER_MUST_CHECK;

/* Appends the three lines. MUSTER_EUSAGE where the origin is empty or has a line feed, or the size
 * is above 2^63 - 1. */
enum muster_status tlog_checkpoint_format(struct tlog_text *out, struct muster_bytes origin,
                                          uint64_t size, const struct muster_hash *root,
                                          struct muster_err *e) MUSTER_MUST_CHECK;

#endif
