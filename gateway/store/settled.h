/* The table `settled`: of every meeting that counts, what the records now say of it, packed; so
 * that a report over a quarter reads one row a meeting instead of joining a dozen records. It holds
 * nothing that the records do not, is written in the same commit as they are, and is made anew from
 * them where it is missing or of an older layout.
 *
 * A meeting with more than PACKED_INVITED invitations has a row without a state and is joined when
 * it is read: nobody can make every commit expensive by inviting ever more to one meeting. */
#ifndef MUSTER_STORE_SETTLED_H
#define MUSTER_STORE_SETTLED_H

#include "core/base/arena.h"
#include "core/base/buffer.h"
#include "gateway/store/rows.h"

#define SETTLED_SLOTS 4096u                /* of the set of touched meetings, a power of two */
#define SETTLED_MOST  (SETTLED_SLOTS / 2u) /* so many are settled before the commit does it */

/* The meetings that the open transaction has touched. */
struct settled_touched {
    char (*slot)[MUSTER_ID_BYTES + 1]; /* SETTLED_SLOTS; "" is a free one */
    size_t count;
    struct buffer packing;
};

/* The agency and role behind a number of table `party`, once read. */
struct settled_party {
    const char *agency;
    const char *role;
};

struct settled_parties {
    struct settled_party *at; /* by number - 1; agency NULL: not read yet */
    size_t room;
    struct arena text;
};

enum muster_status settled_open(struct store *st, struct muster_err *e) MUSTER_MUST_CHECK;
void settled_close(struct store *st);

/* A record about this meeting was put. `meeting_id` is copied. */
enum muster_status settled_touch(struct store *st, const char *meeting_id,
                                 struct muster_err *e) MUSTER_MUST_CHECK;
/* Writes the rows of all touched meetings, before COMMIT. */
enum muster_status settled_write(struct store *st, struct muster_err *e) MUSTER_MUST_CHECK;
/* After the transaction has ended, either way. */
void settled_forget(struct store *st);

/* Whether the table answers this question: its log size is not of before the last record about a
 * meeting, and what is open is settled. */
enum muster_status settled_answers(struct store_reader *reader,
                                   const struct store_gatherings *asked, bool *out,
                                   struct muster_err *e) MUSTER_MUST_CHECK;
/* store_each_gathering from the table. */
enum muster_status settled_each(struct store_reader *reader, const struct store_gatherings *asked,
                                enum muster_status (*fn)(void *context,
                                                         const struct store_gathering *row,
                                                         struct muster_err *e),
                                void *context, struct muster_err *e) MUSTER_MUST_CHECK;

/* The number of an agency in a role; 0: it has none. */
enum muster_status settled_party_number(struct store_reader *reader,
                                        const struct store_invited *invited, uint64_t *out,
                                        struct muster_err *e) MUSTER_MUST_CHECK;
void settled_parties_init(struct settled_parties *parties);
void settled_parties_fini(struct settled_parties *parties);

#endif
