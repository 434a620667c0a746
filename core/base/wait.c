#include "core/base/wait.h"

#include <time.h>

bool wait_init(pthread_cond_t *out)
{
    pthread_condattr_t monotonic;
    if (pthread_condattr_init(&monotonic) != 0) {
        return false;
    }
    bool made = pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC) == 0 &&
                pthread_cond_init(out, &monotonic) == 0;
    (void)pthread_condattr_destroy(&monotonic);
    return made;
}

bool wait_until_ms(pthread_cond_t *changed, pthread_mutex_t *mutex, int64_t until_ms)
{
    const struct timespec until = {.tv_sec = (time_t)(until_ms / 1000),
                                   .tv_nsec = (long)(until_ms % 1000) * 1000000L};
    return pthread_cond_timedwait(changed, mutex, &until) == 0;
}
