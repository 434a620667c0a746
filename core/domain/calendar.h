/* Calendar dates (proleptic Gregorian, years 1 to 9999), instants, and the civil time of
 * Europe/London. Pure: the rules of the time zone are built in, so that two machines with different
 * time zone files compute the same report.
 *
 * Summer time: from 1996 the European rule (last Sunday of March and of October, 01:00 UTC); from
 * 1981, 1972 and 1968 the British rules of their time; before 18 February 1968 none is known here
 * and local time is UTC. Whatever the rule, both directions of conversion use the same one. */
#ifndef MUSTER_DOMAIN_CALENDAR_H
#define MUSTER_DOMAIN_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <muster/time.h>

#define CALENDAR_MS_PER_DAY  INT64_C(86400000)
#define CALENDAR_DATE_BYTES  11 /* "YYYY-MM-DD" with the NUL */
#define CALENDAR_UTC_BYTES   25 /* "YYYY-MM-DDTHH:MM:SS.mmmZ" with the NUL */
#define CALENDAR_LOCAL_BYTES 30 /* "YYYY-MM-DDTHH:MM:SS.mmm+01:00" with the NUL */

/* A date in parts: month 1 to 12, day 1 to 31. */
struct calendar_day {
    int year;
    int month;
    int day;
};

/* Civil time in London. */
struct calendar_local {
    struct muster_date date;
    int32_t ms;             /* of the day by the clock on the wall, 0 to 86,399,999 */
    int32_t offset_minutes; /* ahead of UTC: 0 or 60 */
};

/* What a local time had to be read as. */
enum calendar_local_time {
    LOCAL_TIME_PLAIN,
    LOCAL_TIME_SKIPPED, /* does not exist; taken with the offset before the change */
    LOCAL_TIME_TWICE,   /* exists twice; the first is taken */
};

/* An instant as it was written. */
struct calendar_reading {
    struct muster_utc at;
    enum calendar_local_time local; /* LOCAL_TIME_PLAIN where an offset was given */
    bool time_missing;              /* a date alone: taken as 00:00 in London */
};

/* --- dates --- */

/* False where there is no such day: 1900-02-29, month 13, year 0. */
bool calendar_date_of(int year, int month, int day, struct muster_date *out);
/* Whether the date lies in the years 1 to 9999. Dates from outside must be asked this first. */
bool calendar_date_valid(struct muster_date date);
/* Parts of a valid date; all zero for one that is not. */
struct calendar_day calendar_day_of(struct muster_date date);
/* 0 Monday to 6 Sunday. */
int calendar_weekday(struct muster_date date);
bool calendar_is_weekend(struct muster_date date);

/* Reads exactly "YYYY-MM-DD" or "DD/MM/YYYY", nothing before or after. */
bool calendar_date_parse(const char *text, struct muster_date *out);
/* Writes "YYYY-MM-DD"; an empty text for a date that is not valid. */
void calendar_date_format(struct muster_date date, char out[CALENDAR_DATE_BYTES]);

/* The same day one year, or `months` months (may be negative), away; where that month is shorter,
 * its last day: the year before 29 February ends on 28 February. False outside the years 1 to 9999.
 */
bool calendar_year_before(struct muster_date date, struct muster_date *out);
bool calendar_add_months(struct muster_date date, int months, struct muster_date *out);

/* --- instants --- */

/* Whether the instant lies between 0001-01-02 and 9999-12-30, so that it has a date everywhere. */
bool calendar_utc_valid(struct muster_utc utc);

/* London's civil time at a valid instant; all zero for one that is not. */
struct calendar_local calendar_local_of(struct muster_utc utc);
/* Its date alone. */
struct muster_date calendar_local_date(struct muster_utc utc);

/* The instant of a civil time; `ms` of the day as in struct calendar_local. */
enum calendar_local_time calendar_utc_of(struct muster_date date, int32_t ms,
                                         struct muster_utc *out);
/* 00:00 in London, which always exists once under the rules above. */
struct muster_utc calendar_day_start(struct muster_date date);

/* Reads a date alone, or a date and a time: "YYYY-MM-DD", "T" or a space, "HH:MM" with optional
 * ":SS" and fraction, then "Z", "+hh:mm", "-hh:mm" or nothing (London); or "DD/MM/YYYY" and
 * optionally " HH:MM" or " HH:MM:SS" (London). Digits behind milliseconds are cut off. False on
 * anything else, spaces around it included. */
bool calendar_instant_parse(const char *text, struct calendar_reading *out);

/* "2026-04-01T12:00:00Z" and "2026-04-01T13:00:00+01:00", milliseconds shown only where there are
 * any. An empty text for an instant that is not valid. */
void calendar_utc_format(struct muster_utc utc, char out[CALENDAR_UTC_BYTES]);
void calendar_local_format(struct muster_utc utc, char out[CALENDAR_LOCAL_BYTES]);

#endif
