#include "core/domain/periods.h"

#include <string.h>

#include "core/domain/calendar.h"

bool period_cycle(struct muster_date first_day, uint32_t number, struct period *out)
{
    struct period cycle = {{0}, {0}};

    if (number == 0 || number > PERIOD_CYCLES || !calendar_date_valid(first_day)) {
        return false;
    }
    cycle.from.days = first_day.days + (int32_t)(number - 1) * PERIOD_CYCLE_DAYS;
    cycle.to.days = cycle.from.days + PERIOD_CYCLE_DAYS - 1;
    if (!calendar_date_valid(cycle.to)) {
        return false;
    }
    *out = cycle;
    return true;
}

/* Whole months from the first of `month` on. */
static bool whole_months(int year, int month, int months, struct period *out)
{
    struct muster_date first = {0};
    struct muster_date next = {0};

    if (!calendar_date_of(year, month, 1, &first) || !calendar_add_months(first, months, &next)) {
        return false;
    }
    out->from = first;
    out->to.days = next.days - 1;
    return true;
}

bool period_calendar_quarter(int year, int quarter, struct period *out)
{
    return quarter >= 1 && quarter <= 4 && whole_months(year, 3 * quarter - 2, 3, out);
}

bool period_financial_quarter(int year, int quarter, struct period *out)
{
    if (quarter == 4) {
        return year < 9999 && period_calendar_quarter(year + 1, 1, out);
    }
    return quarter >= 1 && period_calendar_quarter(year, quarter + 1, out);
}

bool period_calendar_year(int year, struct period *out)
{
    return whole_months(year, 1, 12, out);
}

bool period_financial_year(int year, struct period *out)
{
    return whole_months(year, 4, 12, out);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool period_financial_year_of(const char *name, struct period *out)
{
    int year = 0;

    if (strlen(name) != PERIOD_NAME_BYTES - 1 || name[4] != '-' || !is_digit(name[5]) ||
        !is_digit(name[6])) {
        return false;
    }
    for (size_t i = 0; i < 4; i++) {
        if (!is_digit(name[i])) {
            return false;
        }
        year = 10 * year + (name[i] - '0');
    }
    if ((year + 1) % 100 != 10 * (name[5] - '0') + (name[6] - '0')) {
        return false;
    }
    return period_financial_year(year, out);
}

static bool is_same(const struct period *a, const struct period *b)
{
    return a->from.days == b->from.days && a->to.days == b->to.days;
}

static bool is_cycle(const struct period *period, const struct muster_date *first_day)
{
    const int64_t offset =
        first_day == NULL ? -1 : (int64_t)period->from.days - (int64_t)first_day->days;
    struct period cycle = {{0}, {0}};

    return offset >= 0 && offset / PERIOD_CYCLE_DAYS < PERIOD_CYCLES &&
           period_cycle(*first_day, (uint32_t)(offset / PERIOD_CYCLE_DAYS) + 1, &cycle) &&
           is_same(period, &cycle);
}

enum period_kind period_kind_of(const struct period *period, const struct muster_date *first_day)
{
    const struct calendar_day day = calendar_day_of(period->from);
    struct period whole = {{0}, {0}};

    if (is_cycle(period, first_day)) {
        return PERIOD_CYCLE;
    }
    if (period_calendar_quarter(day.year, (day.month + 2) / 3, &whole) && is_same(period, &whole)) {
        return PERIOD_QUARTER;
    }
    if (period_financial_year(day.year, &whole) && is_same(period, &whole)) {
        return PERIOD_FINANCIAL_YEAR;
    }
    if (period_calendar_year(day.year, &whole) && is_same(period, &whole)) {
        return PERIOD_CALENDAR_YEAR;
    }
    return PERIOD_CUSTOM;
}
