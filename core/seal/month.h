/* Calendar months as text, "2028-01": records are kept, and their keys destroyed, by the month in
 * which retention ends. Months are those of UTC. Pure: no clock, no memory. */
#ifndef MUSTER_SEAL_MONTH_H
#define MUSTER_SEAL_MONTH_H

#include <muster/status.h>
#include <muster/time.h>

#define MONTH_TEXT_BYTES  8     /* with the NUL */
#define MONTH_TERM_MONTHS 1200u /* longest retention */

/* Exactly "YYYY-MM", years 1970 to 9999. */
bool month_valid(const char *text);

/* The month that `received` falls in, `term` months on: what was received on any day of January
 * 2026 with a term of 24 gives "2028-01". MUSTER_EUSAGE for a term above MONTH_TERM_MONTHS or a
 * month outside the years above. */
enum muster_status month_after(struct muster_utc received, unsigned term,
                               char out[MONTH_TEXT_BYTES], struct muster_err *e) MUSTER_MUST_CHECK;

/* Whole months from `from` to `to`, negative when `to` is earlier. Both are valid. */
int month_distance(const char *from, const char *to);

/* Puts the month after `text` into `out`; both may be the same. `text` is valid. False after
 * 9999-12. */
bool month_next(const char *text, char out[MONTH_TEXT_BYTES]);

#endif
