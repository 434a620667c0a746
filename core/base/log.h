/* One line an event on stderr: "<N>event key=value ..." (N: syslog priority, understood by
 * journald). Keys come from the allow-list in log.c, so that no field of a record can get in by
 * accident. Thread-safe; keeps errno. Libraries below service and wire do not log. */
#ifndef MUSTER_BASE_LOG_H
#define MUSTER_BASE_LOG_H

#include <stdint.h>

enum log_level {
    LOG_LEVEL_ERROR = 3,
    LOG_LEVEL_WARNING = 4,
    LOG_LEVEL_NOTICE = 5,
    LOG_LEVEL_INFO = 6
};

enum log_key {
    LOG_END = 0,
    LOG_ADDRESS, /* of a listener of ours, never of a person */
    LOG_AGENCY,
    LOG_CODE, /* stable reason code */
    LOG_COUNT,
    LOG_FILE, /* a configuration, store or key path */
    LOG_FINGERPRINT,
    LOG_KIND,
    LOG_MS,
    LOG_ROLE,
    LOG_SIZE,
    LOG_TEXT, /* a sentence of ours (muster_err) */
    LOG_VERSION,
};

/* muster_log(LOG_LEVEL_NOTICE, "log.start", LOG_VERSION, "0.1.0", LOG_END): keys with a const char
 * * each, ended by LOG_END. `event` is a stable id. Values are quoted where needed. */
void muster_log(enum log_level level, const char *event, ...);

/* For numbers: returns a thread-local text, good for the call (four at a time). */
const char *log_number(uint64_t number);

#endif
