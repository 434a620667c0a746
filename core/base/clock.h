/* The only reader of a clock and of the random source. */
#ifndef MUSTER_BASE_CLOCK_H
#define MUSTER_BASE_CLOCK_H

#include <muster/bytes.h>
#include <muster/status.h>
#include <muster/time.h>

struct muster_utc muster_utc_now(void);
struct muster_mono muster_mono_now(void);
/* Nanoseconds of CLOCK_MONOTONIC, for measuring. */
uint64_t muster_nano_now(void);

/* Random bytes of the kernel (getrandom). Never blocks after start-up. */
enum muster_status muster_random(void *out, size_t len, struct muster_err *e) MUSTER_MUST_CHECK;

/* A UUIDv7 (RFC 9562 section 5.7): `now` in the first 48 bits, then a counter that keeps ids of one
 * process ascending within a millisecond, then random bits. MUSTER_EUSAGE for a time before 1970 or
 * beyond 48 bits. Thread-safe. */
enum muster_status muster_uuid_make(struct muster_utc now, struct muster_uuid *out,
                                    struct muster_err *e) MUSTER_MUST_CHECK;

#endif
