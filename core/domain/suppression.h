/* Disclosure control over finished tables: what the board role and the Board pack may see.
 *
 * Source of the rule: docs/import-formats.md, "Suppression". Counts of children, referrals or
 * episodes from 1 to 5 become `c`; 0 stays 0; percentages with a suppressed part become `c`.
 * All tables published together go through one call, because what one table hides another may
 * give away: the pass that removes such recoveries works on the same arguments.
 *
 * Pure: works in place on its arguments; thread-safe.
 */
#ifndef MUSTER_DOMAIN_SUPPRESSION_H
#define MUSTER_DOMAIN_SUPPRESSION_H

#include "core/domain/table.h"

#define SUPPRESSION_HIGHEST 5 /* DfE's own rule for children in need statistics */

struct suppression_policy {
    int64_t highest;             /* counts from 1 to this are hidden */
    int64_t minimum_denominator; /* a percentage of insensitive counts (invitations) whose
                                    denominator is from 1 to below this is hidden; 0: none is */
};

/* Suppresses in place. Text, and cells that are suppressed or not applicable already, stay as they
 * are, so that a second call changes nothing. */
void suppression_apply(const struct suppression_policy *policy, struct table *const *tables,
                       size_t table_count);

/* Suppresses a whole column whatever it holds, zeros included, and with it every percentage made
 * of it: for figures that the reader may not have at any size. False where there is no such
 * column. */
bool suppression_hide_column(struct table *table, const char *name);

#endif
