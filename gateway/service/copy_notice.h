/* What `musterd backup` and `musterd restore` leave beside the store for the gateway that runs, or
 * is started next: which log the copy holds. They are processes of their own and write no entries.
 */
#ifndef MUSTER_SERVICE_COPY_NOTICE_H
#define MUSTER_SERVICE_COPY_NOTICE_H

#include "gateway/service/log_note.h"

#define COPY_NOTICE_BACKUP   ".backup"   /* behind the store's path */
#define COPY_NOTICE_RESTORED ".restored" /* until the start that follows */

struct copy_notice {
    struct muster_hash digest; /* SHA-256 of the copy */
    struct log_note note;      /* its last checkpoint */
};

/* Atomically, on disk when it returns. */
enum muster_status copy_notice_write(const char *store, const char *suffix,
                                     const struct copy_notice *notice,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
/* Reads what such a file holds. MUSTER_EMALFORMED, MUSTER_EUNVERIFIED, MUSTER_ETOOBIG: it holds no
 * checkpoint signed by `key`. */
enum muster_status copy_notice_parse(const struct tlog_key *key, struct muster_bytes text,
                                     struct copy_notice *out,
                                     struct muster_err *e) MUSTER_MUST_CHECK;
/* The same from the file. MUSTER_ENOTFOUND: there is none. */
enum muster_status copy_notice_read(const char *store, const char *suffix,
                                    const struct tlog_key *key, struct copy_notice *out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;
/* Best effort: what stays is judged again. */
void copy_notice_remove(const char *store, const char *suffix);

#endif
