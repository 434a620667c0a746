/* The high-water mark: the newest checkpoint that this log has signed, in a file that lies beside
 * the store or, better, on another disk. A store that is an older copy is found out by it at the
 * next start. An agent that shows a checkpoint which our log does not hold raises it too.
 *
 * Any thread may show a note; the file is written by whoever calls high_water_write, atomically
 * (temporary file, fsync, rename, fsync of the folder), never by the writer's thread. */
#ifndef MUSTER_SERVICE_HIGH_WATER_H
#define MUSTER_SERVICE_HIGH_WATER_H

#include "gateway/service/log_note.h"

struct high_water;

/* Reads the mark at `path`, which is borrowed for the life of *out, if there is one: a file that is
 * missing is a first start. MUSTER_EUNVERIFIED: what it holds was not signed by `key`. NULL for a
 * gateway without a path: then nothing below does anything. The caller closes *out. */
enum muster_status high_water_open(const char *path, const struct tlog_key *key,
                                   struct high_water **out, struct muster_err *e) MUSTER_MUST_CHECK;
void high_water_close(struct high_water *mark); /* accepts NULL */

/* What the file held at the start; NULL: no file, or no path. Lives as long as the mark. */
const struct log_note *high_water_known(const struct high_water *mark);

/* Puts `note` into the file, where it is not there already. Blocks on the disk. */
enum muster_status high_water_write(struct high_water *mark, const char *note,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* The same with evidence, a note that our log does not hold: it stays, whatever is written later,
 * until a start has judged it. */
enum muster_status high_water_raise(struct high_water *mark, const char *note,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

/* The log begins under a new name: what the file held is kept as `path`.previous. */
enum muster_status high_water_keep_previous(struct high_water *mark,
                                            struct muster_err *e) MUSTER_MUST_CHECK;

#endif
