/* All that was put into a store, in order, with the plainest possible answer to "which of it counts
 * at this log size": the oracle for the reports' rows. */
#ifndef MUSTER_TEST_STORE_MODEL_H
#define MUSTER_TEST_STORE_MODEL_H

#include "store_world.h"

#define MODEL_PUTS 600

struct put {
    const char *agency; /* the submitter */
    struct muster_record record;
    struct store_blind key_ix;
};

/* Index = seq. */
struct model {
    struct put puts[MODEL_PUTS];
    size_t count;
};

/* Puts `record` with a random version (1 to 3), sometimes withdrawn, unless that version is held.
 */
void model_put(struct model *model, struct world *world, const char *agency,
               struct muster_record *record);

/* Whether put `i` is of `kind` and counts among the first `log_size`. */
bool model_counts(const struct model *model, size_t i, enum muster_kind kind, size_t log_size);

/* One of `count` texts. */
const char *model_pick(struct world *world, const char *const *texts, size_t count);
/* NULL as equal to NULL only. */
void assert_same_text(const char *a, const char *b);
int model_compare_text(const char *a, const char *b, int otherwise);
int model_compare_number(int64_t a, int64_t b, int otherwise);

#endif
