/* Where the time of submissions goes: a running total for each stage of their way, said when the
 * gateway stops. Two readings of a clock a stage, some tens of nanoseconds. Any thread. */
#ifndef MUSTER_SERVICE_STAGES_H
#define MUSTER_SERVICE_STAGES_H

#include <stdatomic.h>
#include <stdint.h>

enum stage {
    STAGE_DECODE, /* a request */
    STAGE_VERIFY, /* a batch: certificate, signature */
    STAGE_JUDGE,  /* a submission: commitment, rights, rules, blind indexes */
    STAGE_SEAL,   /* a submission */
    STAGE_DECIDE, /* a submission: against what is stored */
    STAGE_LOG,    /* a submission: its entry, encoded, hashed and inserted */
    STAGE_ROWS,   /* a submission or batch: its rows, inserted */
    STAGE_SIGN,   /* a commit: the root and its signature */
    STAGE_COMMIT, /* a commit: the write-ahead log and its fsync */
    STAGE_PROVE,  /* a request: inclusion of each outcome, consistency */
    STAGE_REPLY,  /* a request: encoded, encrypted, handed to the network */
    STAGE_COUNT
};

struct stages {
    _Atomic uint64_t passes[STAGE_COUNT];
    _Atomic uint64_t nanos[STAGE_COUNT];
};

/* Adds the time since `since`, a muster_nano_now, to the stage; returns when it ended, which is
 * when the next one began. */
uint64_t stage_end(struct stages *stages, enum stage stage, uint64_t since);

/* A line for each stage that was passed: its name, how often, milliseconds in all. */
void stages_say(const struct stages *stages);

#endif
