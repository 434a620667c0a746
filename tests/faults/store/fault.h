/* Makes SQLite fail at the n-th call of one kind: its files, through a VFS laid over the usual one,
 * and its memory. One for the whole program; not for threads. */
#ifndef MUSTER_TEST_FAULT_H
#define MUSTER_TEST_FAULT_H

#include <stdbool.h>

enum fault_point {
    FAULT_READ,
    FAULT_WRITE,
    FAULT_FULL, /* a write that finds no space */
    FAULT_TORN, /* a write that puts down its first half alone */
    FAULT_SYNC,
    FAULT_TRUNCATE,
    FAULT_OPEN,
    FAULT_MEMORY,
};
#define FAULT_POINTS 8

enum fault_repeat {
    FAULT_ONCE,
    FAULT_FROM_THEN_ON, /* as if the process had ended there */
};

/* Before anything else is done with SQLite. */
void fault_install(void);
/* The n-th call from now on fails, n from 1. */
void fault_arm(enum fault_point point, enum fault_repeat repeat, unsigned n);
/* Nothing fails any more. Returns whether anything did. */
bool fault_disarm(void);

const char *fault_name(enum fault_point point);

#endif
