/* What is submitted: batches of records, and a query, in the order in which they are sent. */
#ifndef MUSTER_TEST_POWERCUT_PLAN_H
#define MUSTER_TEST_POWERCUT_PLAN_H

#include <muster/records.h>

#define PLAN_CELLS 12

struct plan_cell {
    const char *column; /* NULL behind the last */
    const char *text;
    int64_t number; /* dates in days, instants in milliseconds, counts, 1 for yes */
};

enum plan_sender {
    PLAN_COUNCIL,
    PLAN_POLICE,
    PLAN_LSCB,     /* asks */
    PLAN_OPERATOR, /* enrols */
};

/* `batch` numbers ascend; records of one number travel together. Kind NONE: a query. */
struct plan_record {
    unsigned batch;
    enum plan_sender sender;
    enum muster_kind kind;
    uint32_t version;
    bool refused;
    struct plan_cell cells[PLAN_CELLS];
};

struct plan {
    const struct plan_record *records;
    size_t count;
    /* Before all these, batches of referrals with long texts: enough to make the store move its
     * write-ahead log into the database. */
    size_t bulk_batches;
    size_t bulk_records; /* in each */
};

/* A submission alone, a batch, a refusal, a query, a change, a batch of the council's. */
extern const struct plan plan_short;
extern const struct plan plan_long;

#endif
