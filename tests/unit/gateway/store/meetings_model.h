/* Random meetings, invitations and attendance records in few values, so that they meet; and what
 * store_each_gathering must say of them, by nested loops over all that was put. */
#ifndef MUSTER_TEST_STORE_MEETINGS_MODEL_H
#define MUSTER_TEST_STORE_MEETINGS_MODEL_H

#include "gateway/store/rows.h"
#include "store_model.h"

/* Puts one random record of these kinds, if its version is not held yet. */
void meetings_put_random(struct model *model, struct world *world);

/* A random question within the values that are put. */
struct store_gatherings meetings_ask_random(struct world *world, uint64_t log_size);

/* Compares the store's answer with the model's, field by field. Returns the invitations compared.
 */
size_t meetings_compare(struct store_reader *reader, const struct model *model,
                        const struct store_gatherings *asked);

#endif
