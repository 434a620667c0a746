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

typedef enum muster_status gathering_fn(void *context, const struct store_gathering *row,
                                        struct muster_err *e);

/* Every meeting of this id that counts now, of `convener` or (NULL) of all of them, each with the
 * first `most` of its invitations. */
enum muster_status gathering_each(struct store_reader *reader, const char *meeting_id,
                                  const char *convener, size_t most, gathering_fn *fn,
                                  void *context, struct muster_err *e) MUSTER_MUST_CHECK;

/* The ids of all meetings in order, also of those that do not count. No statement stands open while
 * `fn` runs: it may write. */
enum muster_status gathering_each_id(struct store_reader *reader,
                                     enum muster_status (*fn)(void *context, const char *meeting_id,
                                                              struct muster_err *e),
                                     void *context, struct muster_err *e) MUSTER_MUST_CHECK;

/* reader->invited holds at least `count`; what it held is kept. MUSTER_ETOOBIG beyond
 * STORE_INVITED. */
enum muster_status gathering_room(struct store_reader *reader, size_t count,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

#endif
