#include "agents/sample/period.h"

#include <assert.h>
#include <stdio.h>

#include "core/domain/calendar.h"

#define MS_PER_MINUTE 60000

/* Days around the period that working days are asked of: enquiries begun before it, conferences
 * planned behind it. */
#define DAYS_BEFORE 60
#define DAYS_AFTER  90

#define FIRST_YEAR 2025
#define LAST_YEAR  2027

/* Days since 1970-01-01 of the bank holidays of England, 2025 to 2027. */
static const struct muster_date holidays[] = {
    {20089}, /* 2025-01-01 */
    {20196}, /* 2025-04-18 */
    {20199}, /* 2025-04-21 */
    {20213}, /* 2025-05-05 */
    {20234}, /* 2025-05-26 */
    {20325}, /* 2025-08-25 */
    {20447}, /* 2025-12-25 */
    {20448}, /* 2025-12-26 */
    {20454}, /* 2026-01-01 */
    {20546}, /* 2026-04-03 */
    {20549}, /* 2026-04-06 */
    {20577}, /* 2026-05-04 */
    {20598}, /* 2026-05-25 */
    {20696}, /* 2026-08-31 */
    {20812}, /* 2026-12-25 */
    {20815}, /* 2026-12-28 */
    {20819}, /* 2027-01-01 */
    {20903}, /* 2027-03-26 */
    {20906}, /* 2027-03-29 */
    {20941}, /* 2027-05-03 */
    {20969}, /* 2027-05-31 */
    {21060}, /* 2027-08-30 */
    {21179}, /* 2027-12-27 */
    {21180}, /* 2027-12-28 */
};

static void set_account(struct period *period)
{
    struct calendar_day day = calendar_day_of(period->from);
    int first = day.month >= 4 ? day.year : day.year - 1;
    bool valid = calendar_date_of(first + 1, 3, 31, &period->year_end);

    assert(valid);
    (void)valid; /* Read by the assertion alone; 31 March always exists. */
    period->short_year = (unsigned)day.year % 100;
    (void)snprintf(period->account, sizeof period->account, "%04u-%02u", (unsigned)first % 10000,
                   (unsigned)(first + 1) % 100);
}

enum muster_status period_init(struct muster_date from, unsigned weeks, struct period *out,
                               struct muster_err *e)
{
    struct workdays workdays = {holidays, sizeof holidays / sizeof holidays[0], FIRST_YEAR,
                                LAST_YEAR};

    if (weeks == 0 || weeks > PERIOD_WEEKS) {
        return muster_fail(e, MUSTER_EUSAGE, "give 1 to %d weeks", PERIOD_WEEKS);
    }
    struct period period = {.from = from, .weeks = weeks, .workdays = workdays};
    period.to = period_days_later(from, (int)weeks * 7 - 1);
    if (!workdays_cover(&workdays, period_days_later(from, -DAYS_BEFORE)) ||
        !workdays_cover(&workdays, period_days_later(period.to, DAYS_AFTER))) {
        return muster_fail(e, MUSTER_EUSAGE,
                           "choose other weeks: bank holidays are known here from %d to %d, and %d "
                           "days before and %d after the weeks are needed",
                           FIRST_YEAR, LAST_YEAR, DAYS_BEFORE, DAYS_AFTER);
    }
    period.exported_at = calendar_day_start(period_days_later(period.to, 1));
    set_account(&period);
    *out = period;
    return MUSTER_OK;
}

unsigned period_share(const struct period *period, unsigned a_quarter)
{
    return (a_quarter * period->weeks + PERIOD_QUARTER / 2) / PERIOD_QUARTER;
}

struct muster_utc period_at(struct muster_date date, int minutes)
{
    struct muster_utc at = {0};

    /* A time that does not exist or comes twice is as good as any other here. */
    (void)calendar_utc_of(date, minutes * MS_PER_MINUTE, &at);
    return at;
}

struct muster_utc period_later(struct muster_utc at, int minutes)
{
    struct muster_utc later = {at.ms + (int64_t)minutes * MS_PER_MINUTE};
    return later;
}

struct muster_date period_days_later(struct muster_date date, int days)
{
    struct muster_date later = {date.days + days};
    return later;
}

struct muster_date period_workday(const struct period *period, struct muster_date date, int n)
{
    struct muster_date day = date;
    bool covered = workdays_add(&period->workdays, date, n, &day);

    assert(covered); /* period_init has asked for every day that is used. */
    (void)covered;
    return day;
}

bool period_is_workday(const struct period *period, struct muster_date date)
{
    bool working = false;
    bool covered = workdays_is_working_day(&period->workdays, date, &working);

    assert(covered);
    (void)covered;
    return working;
}

struct muster_date period_on_workday(const struct period *period, struct muster_date date)
{
    return period_is_workday(period, date) ? date : period_workday(period, date, 1);
}

bool period_known(const struct period *period, struct muster_utc at)
{
    return at.ms < period->exported_at.ms;
}
