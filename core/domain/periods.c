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

bool period_part_of(const char *name, enum period_part *out)
{
    static const char *const names[] = {"month", "quarter", "cycle"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (enum period_part)i;
            return true;
        }
    }
    return false;
}

/* The whole part that a day lies in. */
static bool part_around(struct muster_date day, enum period_part part,
                        const struct muster_date *first_day, struct period *out)
{
    const struct calendar_day parts = calendar_day_of(day);

    switch (part) {
    case PERIOD_PART_MONTH:
        return whole_months(parts.year, parts.month, 1, out);
    case PERIOD_PART_QUARTER:
        return period_calendar_quarter(parts.year, (parts.month + 2) / 3, out);
    case PERIOD_PART_CYCLE:
        break;
    }
    const int64_t since = first_day == NULL ? -1 : (int64_t)day.days - (int64_t)first_day->days;

    return since >= 0 && since / PERIOD_CYCLE_DAYS < PERIOD_CYCLES &&
           period_cycle(*first_day, (uint32_t)(since / PERIOD_CYCLE_DAYS) + 1, out);
}

size_t period_split(const struct period *period, enum period_part part,
                    const struct muster_date *first_day, struct period out[static PERIOD_PARTS])
{
    struct muster_date from = period->from;
    size_t count = 0;

    while (from.days <= period->to.days) {
        struct period whole = {{0}, {0}};

        if (count == PERIOD_PARTS || !part_around(from, part, first_day, &whole)) {
            return 0;
        }
        out[count].from = from;
        out[count].to = whole.to.days < period->to.days ? whole.to : period->to;
        from.days = out[count].to.days + 1;
        count++;
    }
    return count;
}
