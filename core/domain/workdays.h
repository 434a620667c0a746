/* Working days: Monday to Friday less the bank holidays of England, which are data. Outside the
 * years that data covers nothing is guessed: every function says false there and leaves its result
 * untouched. Pure; safe from any thread. */
#ifndef MUSTER_DOMAIN_WORKDAYS_H
#define MUSTER_DOMAIN_WORKDAYS_H

#include <stdbool.h>
#include <stddef.h>

#include <muster/time.h>

struct workdays {
    const struct muster_date *holidays; /* ascending, without repeats; borrowed */
    size_t count;
    int first_year; /* the calendar years for which `holidays` is complete */
    int last_year;
};

/* Whether the holidays are ascending without repeats and lie within the covered years, and the
 * years are in order: what a configuration is asked once, before it is used. */
bool workdays_usable(const struct workdays *workdays);

/* Whether `date` lies in the covered years. */
bool workdays_cover(const struct workdays *workdays, struct muster_date date);

/* Whether `date` is a working day. False: outside the covered years. */
bool workdays_is_working_day(const struct workdays *workdays, struct muster_date date, bool *out);

/* The n-th working day after `date`, or before it where n is negative; `date` itself is not
 * counted, whether it is a working day or not. n = 0 gives `date`. */
bool workdays_add(const struct workdays *workdays, struct muster_date date, int n,
                  struct muster_date *out);

/* How many working days after `from` it is on `to`: the working days in (from, to]. Negative where
 * `to` is earlier: less those in (to, from]. So workdays_between(d, workdays_add(d, n)) = n for
 * every n >= 0. */
bool workdays_between(const struct workdays *workdays, struct muster_date from,
                      struct muster_date to, int *out);

/* The end of the next working day after an instant, by London's dates: the first instant that is
 * too late (00:00 of the day behind it). */
bool workdays_end_of_next(const struct workdays *workdays, struct muster_utc after,
                          struct muster_utc *out);

#endif
