/* Step 2: see migrations.c for what holds of every table. */
#include "gateway/store/migrations.h"

#include <stddef.h>

/* clang-format off */
const char *const migrations_step_2[] = {
    /* Meetings of the same child, by one blind index a child, one behind the other. A meeting has
     * few children, and whoever compares them has the meetings of a period in memory. */
    "ALTER TABLE meetings ADD COLUMN children_ix BLOB"
    " CHECK (length(children_ix) > 0 AND length(children_ix) % 16 = 0)",
    /* Those that were to be held and were not are asked for by period, too. */
    "DROP INDEX meetings_by_held_at",
    "CREATE INDEX meetings_by_time ON meetings (coalesce(held_at, scheduled_at))",
    NULL,
};
/* clang-format on */
