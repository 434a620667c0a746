/* A meeting joined from its records: what store_each_gathering and the table `settled` share. */
#ifndef MUSTER_STORE_GATHERINGS_H
#define MUSTER_STORE_GATHERINGS_H

#include "gateway/store/sql.h"
#include "gateway/store/rows.h"

/* When it was held, else planned for. False: neither is known. */
bool gathering_time(const struct store_gathering *row, int64_t *ms);

/* The present row of READ_MEETINGS or READ_MEETING with its invitations at `log_size`, the first
 * `most` of them. Borrows from the statement's row and from the reader. */
enum muster_status gathering_read(struct store_reader *reader, struct sql *sql, uint64_t log_size,
                                  size_t most, struct store_gathering *out,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

/* reader->invited holds at least `count`; what it held is kept. MUSTER_ETOOBIG beyond
 * STORE_INVITED. */
enum muster_status gathering_room(struct store_reader *reader, size_t count,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

#endif
