/* A gateway's service in a folder of its own, and two agencies and an LSCB officer who send it
 * requests by hand: what they keep is what they were told. */
#ifndef MUSTER_TEST_POWERCUT_GATEWAY_H
#define MUSTER_TEST_POWERCUT_GATEWAY_H

#include <pthread.h>

#include "core/base/arena.h"
#include "core/codec/reply.h"
#include "core/codec/request.h"
#include "core/tlog/receipt.h"
#include "gateway/service/service.h"
#include "tests/faults/powercut/plan.h"
#include "tests/lib/scratch.h"

/* One submission: what is sent, the same every time, and what its sender was told. */
struct submission {
    bool refused; /* what is to become of it */
    struct codec_header header;
    uint8_t salt[CODEC_SALT_BYTES];
    struct muster_bytes payload; /* in the gateway's arena */
    char *receipt;               /* the first one; NULL: none yet */
    uint64_t index;              /* of its entry, as in that receipt */
    struct muster_uuid held;     /* the submission it names */
    bool lost;                   /* it did not hold */
};

/* A batch, a query or an enrolment, and its reply. */
struct request {
    const struct caller *caller;
    const struct signer *enrols; /* the operator's, of this signer; else NULL */
    size_t first;                /* submission; the query has none */
    size_t count;
    uint64_t told; /* on a connection of its own */
    pthread_mutex_t mutex;
    pthread_cond_t answered;
    bool done;
    uint8_t *reply;
    size_t reply_len;
};

struct gateway {
    char folder[SCRATCH_PATH_BYTES];
    char store[SCRATCH_PATH_BYTES];
    char certificates[SCRATCH_PATH_BYTES];
    char keys[SCRATCH_PATH_BYTES];
    char authority[SCRATCH_PATH_BYTES];
    char revoked[SCRATCH_PATH_BYTES];
    struct agency agencies[2]; /* council, police */
    struct caller callers[4];  /* and an LSCB officer, and the operator */
    struct signer *signers[2];
    struct service_settings settings;
    struct service *service;
    struct tlog_hasher hasher;
    struct tlog_key log_key; /* known from the first start on */
    bool log_key_known;
    struct arena arena;
    struct submission *submissions;
    size_t submission_count;
    struct request *requests;
    size_t request_count;
    size_t wrong; /* answers, states of the store, that were not as they should be */
};

/* Certificates and keys, and the submissions of the plan; no store. */
struct gateway *gateway_make(const struct plan *plan);
void gateway_remove(struct gateway *gateway);

/* No store, and nobody has been told anything. The service is closed. */
void gateway_begin(struct gateway *gateway);

/* False where it cannot be opened; *e says why. */
bool gateway_open(struct gateway *gateway, struct muster_err *e);
void gateway_close(struct gateway *gateway);

/* Sends every request, one after the other or all at once, and judges what comes back. What was
 * told before must be told again: else the submission counts as lost. */
void gateway_send_all(struct gateway *gateway, bool together);

/* How many receipts have been handed out, and how many of them did not hold. */
size_t gateway_receipts(const struct gateway *gateway);
size_t gateway_lost(const struct gateway *gateway);

/* Reads the closed store without any of Muster's code. Every receipt must verify by the log's key,
 * its entry stand where it says, and its checkpoint be that of the log's beginning; every
 * submission must be held once. Counts into `lost` and `wrong`. */
void ledger_check(struct gateway *gateway);

#endif
