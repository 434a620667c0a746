#include "core/seal/month.h"

#include <stdio.h>
#include <string.h>

#define FIRST_YEAR 1970
#define LAST_YEAR  9999
#define DAY_MS     INT64_C(86400000)

/* Months since January of the year 0. */
static int number_of(const char *text)
{
    int year =
        (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
    return year * 12 + (text[5] - '0') * 10 + (text[6] - '0') - 1;
}

static bool put_number(int number, char out[MONTH_TEXT_BYTES])
{
    if (number < FIRST_YEAR * 12 || number >= (LAST_YEAR + 1) * 12) {
        return false;
    }
    char text[16];
    (void)snprintf(text, sizeof text, "%04u-%02u", (unsigned)number / 12,
                   (unsigned)number % 12 + 1);
    memcpy(out, text, MONTH_TEXT_BYTES);
    return true;
}

bool month_valid(const char *text)
{
    static const char shape[] = "dddd-dd";
    if (strnlen(text, MONTH_TEXT_BYTES) != MONTH_TEXT_BYTES - 1) {
        return false;
    }
    for (size_t i = 0; i < MONTH_TEXT_BYTES - 1; i++) {
        bool digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == 'd' ? !digit : text[i] != '-') {
            return false;
        }
    }
    int month = (text[5] - '0') * 10 + (text[6] - '0');
    return month >= 1 && month <= 12 && number_of(text) >= FIRST_YEAR * 12;
}

/* Counts whole years from 1970: at most 8030 steps, and nothing to get wrong at a leap day. */
static int number_of_day(int64_t day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int year = FIRST_YEAR;
    bool leap = false;
    for (;; year++) {
        leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        int length = leap ? 366 : 365;
        if (day < length) {
            break;
        }
        day -= length;
    }
    int month = 0;
    for (; month < 11; month++) {
        int length = lengths[month] + (month == 1 && leap ? 1 : 0);
        if (day < length) {
            break;
        }
        day -= length;
    }
    return year * 12 + month;
}

enum muster_status month_after(struct muster_utc received, unsigned term,
                               char out[MONTH_TEXT_BYTES], struct muster_err *e)
{
    const int64_t last_day = (int64_t)(LAST_YEAR + 1 - FIRST_YEAR) * 366;
    int64_t day = received.ms / DAY_MS;
    if (received.ms < 0 || day > last_day || term > MONTH_TERM_MONTHS ||
        !put_number(number_of_day(day) + (int)term, out)) {
        return muster_fail(e, MUSTER_EUSAGE,
                           "a retention term is at most %u months and ends before the year %d",
                           MONTH_TERM_MONTHS, LAST_YEAR + 1);
    }
    return MUSTER_OK;
}

int month_distance(const char *from, const char *to)
{
    return number_of(to) - number_of(from);
}

bool month_next(const char *text, char out[MONTH_TEXT_BYTES])
{
    return put_number(number_of(text) + 1, out);
}
