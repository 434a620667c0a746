/* Dates and instants as text: what partners' files hold, and what Muster prints. */
#include "core/domain/calendar.h"

#include <stdio.h>
#include <string.h>

/* Reads exactly `count` digits and moves on. */
static bool take_digits(const char **at, int count, int *out)
{
    int value = 0;

    for (int i = 0; i < count; i++) {
        char c = (*at)[i];
        if (c < '0' || c > '9') {
            return false;
        }
        value = value * 10 + (c - '0');
    }
    *at += count;
    *out = value;
    return true;
}

static bool take_char(const char **at, char wanted)
{
    if (**at != wanted) {
        return false;
    }
    (*at)++;
    return true;
}

static bool take_iso_date(const char **at, struct muster_date *out)
{
    const char *next = *at;
    int year;
    int month;
    int day;

    if (take_digits(&next, 4, &year) && take_char(&next, '-') && take_digits(&next, 2, &month) &&
        take_char(&next, '-') && take_digits(&next, 2, &day) &&
        calendar_date_of(year, month, day, out)) {
        *at = next;
        return true;
    }
    return false;
}

static bool take_british_date(const char **at, struct muster_date *out)
{
    const char *next = *at;
    int year;
    int month;
    int day;

    if (take_digits(&next, 2, &day) && take_char(&next, '/') && take_digits(&next, 2, &month) &&
        take_char(&next, '/') && take_digits(&next, 4, &year) &&
        calendar_date_of(year, month, day, out)) {
        *at = next;
        return true;
    }
    return false;
}

bool calendar_date_parse(const char *text, struct muster_date *out)
{
    const char *at = text;
    struct muster_date date;

    if ((!take_iso_date(&at, &date) && !take_british_date(&at, &date)) || *at != '\0') {
        return false;
    }
    *out = date;
    return true;
}

/* The fraction of a second: at least one digit, those behind the third are cut off. */
static bool take_fraction(const char **at, int32_t *ms)
{
    int32_t value = 0;
    int32_t worth = 100;
    const char *start = *at;

    while (**at >= '0' && **at <= '9') {
        value += (**at - '0') * worth;
        worth /= 10;
        (*at)++;
    }
    *ms += value;
    return *at > start;
}

/* "HH:MM", ":SS" and a fraction behind it optional. */
static bool take_time(const char **at, bool fraction_allowed, int32_t *ms)
{
    int hour;
    int minute;
    int second = 0;

    if (!take_digits(at, 2, &hour) || !take_char(at, ':') || !take_digits(at, 2, &minute)) {
        return false;
    }
    bool has_seconds = take_char(at, ':');
    if (has_seconds && !take_digits(at, 2, &second)) {
        return false;
    }
    if (hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    *ms = ((hour * 60 + minute) * 60 + second) * 1000;
    if (has_seconds && fraction_allowed && (take_char(at, '.') || take_char(at, ','))) {
        return take_fraction(at, ms);
    }
    return true;
}

/* "Z" or "+hh:mm"; false where it is neither. */
static bool take_offset(const char **at, int *minutes)
{
    int hour;
    int minute;
    bool west = **at == '-';

    *minutes = 0;
    if (take_char(at, 'Z') || take_char(at, 'z')) {
        return true;
    }
    if ((!take_char(at, '+') && !take_char(at, '-')) || !take_digits(at, 2, &hour) ||
        !take_char(at, ':') || !take_digits(at, 2, &minute) || hour > 23 || minute > 59) {
        return false;
    }
    *minutes = (west ? -1 : 1) * (hour * 60 + minute);
    return true;
}

static void read_local(struct muster_date date, int32_t ms, struct calendar_reading *reading)
{
    reading->local = calendar_utc_of(date, ms, &reading->at);
}

/* What follows a date: nothing, or a time. */
static bool read_time_part(const char *at, bool iso, struct muster_date date,
                           struct calendar_reading *reading)
{
    int32_t ms = 0;
    int offset = 0;

    if (*at == '\0') {
        reading->time_missing = true;
        read_local(date, 0, reading);
        return true;
    }
    if (!take_char(&at, ' ') && !(iso && (take_char(&at, 'T') || take_char(&at, 't')))) {
        return false;
    }
    if (!take_time(&at, iso, &ms)) {
        return false;
    }
    if (*at == '\0') {
        read_local(date, ms, reading);
        return true;
    }
    if (!iso || !take_offset(&at, &offset) || *at != '\0') {
        return false;
    }
    reading->at.ms = date.days * CALENDAR_MS_PER_DAY + ms - offset * INT64_C(60000);
    return true;
}

bool calendar_instant_parse(const char *text, struct calendar_reading *out)
{
    struct calendar_reading reading = {{0}, LOCAL_TIME_PLAIN, false};
    struct muster_date date;
    const char *at = text;
    bool iso = take_iso_date(&at, &date);

    if (!iso && !take_british_date(&at, &date)) {
        return false;
    }
    if (!read_time_part(at, iso, date, &reading) || !calendar_utc_valid(reading.at)) {
        return false;
    }
    *out = reading;
    return true;
}

static char *put_digits(char *at, int value, int count)
{
    for (int i = count - 1; i >= 0; i--) {
        at[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return at + count;
}

static char *put_char(char *at, char c)
{
    *at = c;
    return at + 1;
}

static char *put_date(char *at, struct muster_date date)
{
    struct calendar_day day = calendar_day_of(date);

    at = put_char(put_digits(at, day.year, 4), '-');
    at = put_char(put_digits(at, day.month, 2), '-');
    return put_digits(at, day.day, 2);
}

static char *put_time(char *at, int32_t ms)
{
    at = put_char(put_digits(put_char(at, 'T'), ms / 3600000, 2), ':');
    at = put_char(put_digits(at, ms / 60000 % 60, 2), ':');
    at = put_digits(at, ms / 1000 % 60, 2);
    return ms % 1000 == 0 ? at : put_digits(put_char(at, '.'), ms % 1000, 3);
}

void calendar_date_format(struct muster_date date, char out[CALENDAR_DATE_BYTES])
{
    *(calendar_date_valid(date) ? put_date(out, date) : out) = '\0';
}

void calendar_utc_format(struct muster_utc utc, char out[CALENDAR_UTC_BYTES])
{
    out[0] = '\0';
    if (!calendar_utc_valid(utc)) {
        return;
    }
    int64_t rest = utc.ms % CALENDAR_MS_PER_DAY;
    if (rest < 0) {
        rest += CALENDAR_MS_PER_DAY;
    }
    struct muster_date date = {(int32_t)((utc.ms - rest) / CALENDAR_MS_PER_DAY)};
    *put_char(put_time(put_date(out, date), (int32_t)rest), 'Z') = '\0';
}

void calendar_local_format(struct muster_utc utc, char out[CALENDAR_LOCAL_BYTES])
{
    out[0] = '\0';
    if (!calendar_utc_valid(utc)) {
        return;
    }
    struct calendar_local local = calendar_local_of(utc);
    char *at = put_char(put_time(put_date(out, local.date), local.ms), '+');
    at = put_char(put_digits(at, local.offset_minutes / 60, 2), ':');
    *put_digits(at, local.offset_minutes % 60, 2) = '\0';
}
