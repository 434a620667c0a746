/* Working days between two dates and after an instant. */
#include "core/domain/workdays.h"

#include "core/domain/calendar.h"

bool workdays_usable(const struct workdays *workdays)
{
    if (workdays->first_year < 1 || workdays->last_year > 9999 ||
        workdays->first_year > workdays->last_year) {
        return false;
    }
    for (size_t i = 0; i < workdays->count; i++) {
        if (!workdays_cover(workdays, workdays->holidays[i]) ||
            (i > 0 && workdays->holidays[i].days <= workdays->holidays[i - 1].days)) {
            return false;
        }
    }
    return true;
}

bool workdays_cover(const struct workdays *workdays, struct muster_date date)
{
    int year = calendar_day_of(date).year;
    return year != 0 && year >= workdays->first_year && year <= workdays->last_year;
}

/* How many holidays lie before a day. */
static size_t holidays_before(const struct workdays *workdays, int32_t days)
{
    size_t low = 0;
    size_t high = workdays->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (workdays->holidays[middle].days < days) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_holiday(const struct workdays *workdays, struct muster_date date)
{
    size_t at = holidays_before(workdays, date.days);

    return at < workdays->count && workdays->holidays[at].days == date.days;
}

bool workdays_is_working_day(const struct workdays *workdays, struct muster_date date, bool *out)
{
    if (!workdays_cover(workdays, date)) {
        return false;
    }
    *out = !calendar_is_weekend(date) && !is_holiday(workdays, date);
    return true;
}

bool workdays_add(const struct workdays *workdays, struct muster_date date, int n,
                  struct muster_date *out)
{
    struct muster_date at = date;
    int step = n < 0 ? -1 : 1;
    bool works;

    if (!workdays_cover(workdays, date)) {
        return false;
    }
    /* Ends at the edge of the covered years, whatever n is. */
    for (int left = n; left != 0;) {
        at.days += step;
        if (!workdays_is_working_day(workdays, at, &works)) {
            return false;
        }
        left -= works ? step : 0;
    }
    *out = at;
    return true;
}

/* Monday to Friday in the days up to and with `days`, counted from some Monday. */
static int32_t weekdays_until(int32_t days)
{
    const int32_t monday = -3; /* 29 December 1969 */
    int32_t since = days - monday;
    int32_t weeks = since / 7 - (since % 7 < 0 ? 1 : 0);
    int32_t into = since - weeks * 7 + 1;

    return weeks * 5 + (into < 5 ? into : 5);
}

bool workdays_between(const struct workdays *workdays, struct muster_date from,
                      struct muster_date to, int *out)
{
    bool forward = from.days <= to.days;
    struct muster_date at = forward ? from : to;
    struct muster_date end = forward ? to : from;
    if (!workdays_cover(workdays, at) || !workdays_cover(workdays, end)) {
        return false;
    }
    int count = weekdays_until(end.days) - weekdays_until(at.days);

    for (size_t i = holidays_before(workdays, at.days + 1);
         i < workdays->count && workdays->holidays[i].days <= end.days; i++) {
        count -= calendar_is_weekend(workdays->holidays[i]) ? 0 : 1;
    }
    *out = forward ? count : -count;
    return true;
}

bool workdays_end_of_next(const struct workdays *workdays, struct muster_utc after,
                          struct muster_utc *out)
{
    struct muster_date day;

    if (!calendar_utc_valid(after) ||
        !workdays_add(workdays, calendar_local_date(after), 1, &day)) {
        return false;
    }
    day.days++;
    *out = calendar_day_start(day);
    return true;
}
