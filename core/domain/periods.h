/* Reporting periods: Board cycles, quarters and years, all inclusive at both ends and dated in
 * Europe/London. The Board may ask by whole periods only, because two figures of almost the same
 * dates give away what lies between them.
 *
 * Pure: touches only its arguments; thread-safe.
 */
#ifndef MUSTER_DOMAIN_PERIODS_H
#define MUSTER_DOMAIN_PERIODS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muster/time.h>

#define PERIOD_CYCLE_DAYS 42 /* the Board meets every six weeks (Notice, paragraph 15a) */
#define PERIOD_CYCLES     10000u
#define PERIOD_NAME_BYTES 8 /* "2025-26" with its NUL */

struct period {
    struct muster_date from;
    struct muster_date to;
};

enum period_kind {
    PERIOD_CUSTOM, /* none of those below */
    PERIOD_CYCLE,
    PERIOD_QUARTER, /* of the calendar; those of the financial year are the same three months */
    PERIOD_FINANCIAL_YEAR, /* 1 April to 31 March */
    PERIOD_CALENDAR_YEAR,
};

/* Board cycle `number`, counted from 1, which begins on `first_day`. False for 0, beyond
 * PERIOD_CYCLES, or where it would leave the years 1 to 9999. */
bool period_cycle(struct muster_date first_day, uint32_t number, struct period *out);

/* Quarter 1 to 4 of a calendar year (1: January to March), or of the financial year that begins in
 * `year` (1: April to June). False for another quarter or year. */
bool period_calendar_quarter(int year, int quarter, struct period *out);
bool period_financial_quarter(int year, int quarter, struct period *out);

/* The calendar year; the financial year that begins on 1 April of `year`. */
bool period_calendar_year(int year, struct period *out);
bool period_financial_year(int year, struct period *out);

/* A financial year by its name, "2025-26", as section 11 returns carry it. False on anything else,
 * "2025-27" included. */
bool period_financial_year_of(const char *name, struct period *out);

/* The kind of a period given by its dates: exactly one whole cycle, quarter or year, or
 * PERIOD_CUSTOM. `first_day` is where cycle 1 begins; NULL where no cycle is configured. */
enum period_kind period_kind_of(const struct period *period, const struct muster_date *first_day);

/* The parts that a trend shows. */
enum period_part {
    PERIOD_PART_MONTH,
    PERIOD_PART_QUARTER,
    PERIOD_PART_CYCLE,
};
#define PERIOD_PARTS 120u /* ten years of months */

/* "month", "quarter", "cycle". False, with *out untouched, for anything else. */
bool period_part_of(const char *name, enum period_part *out);

/* The months, quarters or cycles that a period touches, in order and without gap; the first and the
 * last end where it ends. Returns how many, or 0 where they are more than PERIOD_PARTS, where it
 * begins before cycle 1, or where no cycle is configured (`first_day` NULL). */
size_t period_split(const struct period *period, enum period_part part,
                    const struct muster_date *first_day, struct period out[static PERIOD_PARTS]);

#endif
