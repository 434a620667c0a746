/* Who has cosigned which checkpoint. */
#ifndef MUSTER_SERVICE_TALLY_H
#define MUSTER_SERVICE_TALLY_H

#include "core/base/arena.h"
#include "gateway/service/directory.h"
#include "gateway/store/witnesses.h"

/* An agency's cosignature: one, however many keys it has had. */
struct tally_vote {
    uint64_t witness; /* seq of its key */
    const char *agency;
    const char *vkey;
    const char *line;
    bool partner; /* not the council, which runs the gateway that is being watched */
};

struct tally {
    uint64_t size;
    struct muster_utc at;           /* of the checkpoint */
    const struct tally_vote *votes; /* sorted by agency */
    size_t vote_count;
    size_t partners; /* how many of them are partners' */
};

typedef enum muster_status tally_fn(void *context, const struct tally *tally, struct muster_err *e);

/* Each cosigned checkpoint above `above`, the largest first, from at most `most` cosignatures. What
 * `fn` is given lives for the call. An agency that is not configured any more counts as a partner.
 * On the thread of the reader. */
enum muster_status tally_each(struct store_reader *reader, const struct directory *directory,
                              uint64_t above, size_t most, tally_fn *fn, void *context,
                              struct muster_err *e) MUSTER_MUST_CHECK;

#endif
