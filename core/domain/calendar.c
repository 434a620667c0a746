/* Dates and London's civil time. */
#include "core/domain/calendar.h"

#include <string.h>

#define FIRST_YEAR       1
#define LAST_YEAR        9999
#define FIRST_DAY        (-719162) /* 0001-01-01 */
#define LAST_DAY         2932896   /* 9999-12-31 */
#define MS_PER_MINUTE    INT64_C(60000)
#define MS_PER_HOUR      INT64_C(3600000)
#define SUMMER_OFFSET    60
#define SUNDAY           6
#define THURSDAY         3 /* 1970-01-01 */
#define DAYS_PER_400YEAR 146097

/* --- dates --- */

static bool is_leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && is_leap_year(year) ? 29 : days[month - 1];
}

/* Days from 0001-01-01 to the first of January of `year`. */
static int days_before_year(int year)
{
    int past = year - 1;
    return past * 365 + past / 4 - past / 100 + past / 400;
}

static int32_t days_of(int year, int month, int day)
{
    int days = FIRST_DAY + days_before_year(year);

    for (int i = 1; i < month; i++) {
        days += days_in_month(year, i);
    }
    return days + day - 1;
}

bool calendar_date_of(int year, int month, int day, struct muster_date *out)
{
    if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month)) {
        return false;
    }
    out->days = days_of(year, month, day);
    return true;
}

bool calendar_date_valid(struct muster_date date)
{
    return date.days >= FIRST_DAY && date.days <= LAST_DAY;
}

struct calendar_day calendar_day_of(struct muster_date date)
{
    struct calendar_day day = {0, 0, 0};

    if (!calendar_date_valid(date)) {
        return day;
    }
    int left = date.days - FIRST_DAY;
    /* Leap days are not spread evenly, so the estimate may be one year off either way. */
    day.year = (int)((int64_t)left * 400 / DAYS_PER_400YEAR) + 1;
    if (day.year > FIRST_YEAR && days_before_year(day.year) > left) {
        day.year--;
    }
    if (day.year < LAST_YEAR && days_before_year(day.year + 1) <= left) {
        day.year++;
    }
    left -= days_before_year(day.year);
    day.month = 1;
    while (left >= days_in_month(day.year, day.month)) {
        left -= days_in_month(day.year, day.month);
        day.month++;
    }
    day.day = left + 1;
    return day;
}

int calendar_weekday(struct muster_date date)
{
    int rest = (int)(((int64_t)date.days + THURSDAY) % 7);
    return rest < 0 ? rest + 7 : rest;
}

bool calendar_is_weekend(struct muster_date date)
{
    return calendar_weekday(date) >= SUNDAY - 1;
}

bool calendar_add_months(struct muster_date date, int months, struct muster_date *out)
{
    if (!calendar_date_valid(date)) {
        return false;
    }
    struct calendar_day day = calendar_day_of(date);
    int64_t index = (int64_t)day.year * 12 + day.month - 1 + months;
    if (index < FIRST_YEAR * 12 || index >= (LAST_YEAR + 1) * 12) {
        return false;
    }
    int year = (int)(index / 12);
    int month = (int)(index % 12) + 1;
    int longest = days_in_month(year, month);
    out->days = days_of(year, month, day.day < longest ? day.day : longest);
    return true;
}

bool calendar_year_before(struct muster_date date, struct muster_date *out)
{
    return calendar_add_months(date, -12, out);
}

/* --- summer time --- */

/* The last Sunday of the month on or before `day`. */
static struct muster_date sunday_until(int year, int month, int day)
{
    struct muster_date date = {days_of(year, month, day)};
    date.days -= (calendar_weekday(date) + 1) % 7;
    return date;
}

static int64_t ms_at_hour(struct muster_date date, int hour)
{
    return date.days * CALENDAR_MS_PER_DAY + hour * MS_PER_HOUR;
}

struct summer {
    int64_t begin_ms;
    int64_t end_ms;
};

/* Summer time of a year, as instants. Sources: Summer Time Orders 1972 to 2002, British Standard
 * Time Act 1968. */
static struct summer summer_of(int year)
{
    struct summer none = {0, 0};

    if (year >= 1996) {
        struct summer european = {ms_at_hour(sunday_until(year, 3, 31), 1),
                                  ms_at_hour(sunday_until(year, 10, 31), 1)};
        return european;
    }
    if (year >= 1981) {
        /* The Sunday after the fourth Saturday of October: 23rd to 29th, 22nd to 28th from 1990. */
        struct summer british = {ms_at_hour(sunday_until(year, 3, 31), 1),
                                 ms_at_hour(sunday_until(year, 10, year >= 1990 ? 28 : 29), 1)};
        return british;
    }
    if (year >= 1972) {
        struct summer british = {ms_at_hour(sunday_until(year, 3, 22), 2),
                                 ms_at_hour(sunday_until(year, 10, 29), 2)};
        return british;
    }
    if (year >= 1968) {
        /* British Standard Time: one hour ahead from 18 February 1968 to 31 October 1971. */
        struct muster_date begin = {days_of(1968, 2, 18)};
        struct muster_date end = {days_of(1971, 10, 31)};
        struct summer standard = {ms_at_hour(begin, 2), ms_at_hour(end, 2)};
        return standard;
    }
    return none;
}

static int offset_minutes_at(int64_t utc_ms)
{
    int64_t days = utc_ms / CALENDAR_MS_PER_DAY;
    if (utc_ms % CALENDAR_MS_PER_DAY < 0) {
        days--;
    }
    /* No rule changes the clock near the turn of a year, so the UTC year is the local one's. */
    struct muster_date date = {(int32_t)days};
    struct summer summer = summer_of(calendar_day_of(date).year);
    return utc_ms >= summer.begin_ms && utc_ms < summer.end_ms ? SUMMER_OFFSET : 0;
}

/* --- instants --- */

bool calendar_utc_valid(struct muster_utc utc)
{
    return utc.ms >= (FIRST_DAY + 1) * CALENDAR_MS_PER_DAY &&
           utc.ms < LAST_DAY * CALENDAR_MS_PER_DAY;
}

static struct calendar_local split(int64_t ms, int offset_minutes)
{
    struct calendar_local local = {{0}, 0, offset_minutes};
    int64_t days = ms / CALENDAR_MS_PER_DAY;
    int64_t rest = ms % CALENDAR_MS_PER_DAY;

    if (rest < 0) {
        rest += CALENDAR_MS_PER_DAY;
        days--;
    }
    local.date.days = (int32_t)days;
    local.ms = (int32_t)rest;
    return local;
}

struct calendar_local calendar_local_of(struct muster_utc utc)
{
    struct calendar_local none = {{0}, 0, 0};

    if (!calendar_utc_valid(utc)) {
        return none;
    }
    int offset = offset_minutes_at(utc.ms);
    return split(utc.ms + offset * MS_PER_MINUTE, offset);
}

struct muster_date calendar_local_date(struct muster_utc utc)
{
    return calendar_local_of(utc).date;
}

enum calendar_local_time calendar_utc_of(struct muster_date date, int32_t ms,
                                         struct muster_utc *out)
{
    int64_t standard = date.days * CALENDAR_MS_PER_DAY + ms;
    int64_t summer = standard - SUMMER_OFFSET * MS_PER_MINUTE;
    bool is_standard = offset_minutes_at(standard) == 0;
    bool is_summer = offset_minutes_at(summer) == SUMMER_OFFSET;

    /* Before a spring change the offset is 0; of two readings in autumn the summer one is first. */
    out->ms = is_summer ? summer : standard;
    if (is_standard && is_summer) {
        return LOCAL_TIME_TWICE;
    }
    return is_standard || is_summer ? LOCAL_TIME_PLAIN : LOCAL_TIME_SKIPPED;
}

struct muster_utc calendar_day_start(struct muster_date date)
{
    struct muster_utc start;
    (void)calendar_utc_of(date, 0, &start); /* No change of the clock ever falls on midnight. */
    return start;
}
