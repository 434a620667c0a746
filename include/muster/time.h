/* Newtypes for time, so that seconds cannot be added to milliseconds, nor a wall clock compared
 * with a monotonic one. Only core/base/clock.c reads a clock. */
#ifndef MUSTER_TIME_H
#define MUSTER_TIME_H

#include <stdint.h>

/* An instant: milliseconds since 1970-01-01T00:00:00Z, leap seconds ignored (POSIX). */
struct muster_utc {
    int64_t ms;
};

/* Milliseconds of CLOCK_MONOTONIC; for deadlines only, never stored. */
struct muster_mono {
    int64_t ms;
};

/* A calendar date, proleptic Gregorian: days since 1970-01-01. */
struct muster_date {
    int32_t days;
};

#endif
