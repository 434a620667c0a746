/* For clang-tidy alone, which sees one file at a time: what these functions return is the status
 * they were given, and never MUSTER_OK. */
#ifndef MUSTER_TESTS_LINT_ANALYZED_H
#define MUSTER_TESTS_LINT_ANALYZED_H

#include <muster/status.h>

#include "core/tlog/reason.h"

#define muster_fail(e, status, ...)                      \
    ({                                                   \
        const enum muster_status status_given = status;  \
        (void)muster_fail(e, status_given, __VA_ARGS__); \
        status_given;                                    \
    })
#define muster_wrap(e, status, ...)                      \
    ({                                                   \
        const enum muster_status status_given = status;  \
        (void)muster_wrap(e, status_given, __VA_ARGS__); \
        status_given;                                    \
    })
#define tlog_refuse(reason, why, e) (tlog_refuse(reason, why, e), MUSTER_EUNVERIFIED)

#endif
