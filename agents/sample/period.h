/* The weeks the sample covers, and working time within them. */
#ifndef MUSTER_SAMPLE_PERIOD_H
#define MUSTER_SAMPLE_PERIOD_H

#include <stdbool.h>

#include <muster/status.h>
#include <muster/time.h>

#include "core/domain/workdays.h"

#define PERIOD_WEEKS   52 /* most */
#define PERIOD_QUARTER 13 /* weeks: what the tables of volumes are for */
#define PERIOD_TEXT    8  /* "2025-26" with the NUL */

struct period {
    struct muster_date from;
    struct muster_date to; /* the last day, included */
    unsigned weeks;
    struct muster_utc exported_at; /* what happens later is not in the exports */
    struct workdays workdays;
    unsigned short_year;         /* 26 for 2026: the year of `from`, for identifiers */
    char account[PERIOD_TEXT];   /* the financial year of `from` */
    struct muster_date year_end; /* its 31 March */
};

/* MUSTER_EUSAGE where the weeks are none or more than PERIOD_WEEKS, or the bank holidays around the
 * period are not known. */
enum muster_status period_init(struct muster_date from, unsigned weeks, struct period *out,
                               struct muster_err *e) MUSTER_MUST_CHECK;

/* A number a quarter, for these weeks. */
unsigned period_share(const struct period *period, unsigned a_quarter);

/* The instant of a London time; minutes of the day. */
struct muster_utc period_at(struct muster_date date, int minutes);
struct muster_utc period_later(struct muster_utc at, int minutes);
struct muster_date period_days_later(struct muster_date date, int days);

/* The n-th working day after (before) a date near the period. */
struct muster_date period_workday(const struct period *period, struct muster_date date, int n);
/* The date itself where it is a working day, else the next one. */
struct muster_date period_on_workday(const struct period *period, struct muster_date date);
bool period_is_workday(const struct period *period, struct muster_date date);

/* Whether it had happened when the exports were made. */
bool period_known(const struct period *period, struct muster_utc at);

#endif
