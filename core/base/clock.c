#include "core/base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static struct timespec read_clock(clockid_t id)
{
    struct timespec now = {0, 0};
    (void)clock_gettime(id, &now); /* cannot fail for these clocks and a valid pointer */
    return now;
}

struct muster_utc muster_utc_now(void)
{
    struct timespec now = read_clock(CLOCK_REALTIME);
    struct muster_utc utc = {(int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000};
    return utc;
}

struct muster_mono muster_mono_now(void)
{
    struct timespec now = read_clock(CLOCK_MONOTONIC);
    struct muster_mono mono = {(int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000};
    return mono;
}

uint64_t muster_nano_now(void)
{
    struct timespec now = read_clock(CLOCK_MONOTONIC);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

enum muster_status muster_random(void *out, size_t len, struct muster_err *e)
{
    char *at = (char *)out;
    while (len > 0) {
        ssize_t got = getrandom(at, len < 256 ? len : 256, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return muster_fail(e, MUSTER_EIO, "the system's random source failed: %s",
                               strerror(errno));
        }
        at += got;
        len -= (size_t)got;
    }
    return MUSTER_OK;
}

/* Ids of one process ascend: RFC 9562 section 6.2, method 1, a 12-bit counter in rand_a that
 * carries into the millisecond when it overflows. */
static uint64_t next_tick(struct muster_utc now)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static uint64_t last;
    uint64_t tick = (uint64_t)now.ms << 12;
    (void)pthread_mutex_lock(&mutex);
    last = tick > last ? tick : last + 1;
    tick = last;
    (void)pthread_mutex_unlock(&mutex);
    return tick;
}

enum muster_status muster_uuid_make(struct muster_utc now, struct muster_uuid *out,
                                    struct muster_err *e)
{
    struct muster_uuid uuid;
    if (now.ms < 0 || now.ms >> 48 != 0) {
        /* Later ids ascend from the latest time, so that one such time would spoil them all. */
        return muster_fail(e, MUSTER_EUSAGE, "the clock is wrong: no id can hold its time");
    }
    enum muster_status status = muster_random(uuid.b + 8, 8, e);
    if (status != MUSTER_OK) {
        return status;
    }
    uint64_t tick = next_tick(now);
    uint64_t ms = tick >> 12;
    for (size_t i = 0; i < 6; i++) {
        uuid.b[i] = (uint8_t)(ms >> (40 - 8 * i));
    }
    uuid.b[6] = (uint8_t)(0x70 | ((tick >> 8) & 0x0f));
    uuid.b[7] = (uint8_t)tick;
    uuid.b[8] = (uint8_t)(0x80 | (uuid.b[8] & 0x3f));
    *out = uuid;
    return MUSTER_OK;
}
