/* Waiting for a condition with a deadline on the monotonic clock. */
#ifndef MUSTER_BASE_WAIT_H
#define MUSTER_BASE_WAIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* A condition for wait_until_ms, to be released with pthread_cond_destroy. False when out of
 * memory. */
bool wait_init(pthread_cond_t *out);

/* Waits for a change of the condition, which wait_init has made; the mutex is held. False once
 * `until_ms`, monotonic, has passed. True also for no reason at all: look again. */
bool wait_until_ms(pthread_cond_t *changed, pthread_mutex_t *mutex, int64_t until_ms);

#endif
