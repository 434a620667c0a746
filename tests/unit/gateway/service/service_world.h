/* A service with four agencies, an LSCB officer, an auditor and an operator who ask it, one request
 * at a time. Ends the test where it cannot do its work. */
#ifndef MUSTER_TEST_SERVICE_WORLD_H
#define MUSTER_TEST_SERVICE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "core/base/arena.h"
#include "core/codec/reply.h"
#include "core/codec/request.h"
#include "core/seal/sign.h"
#include "core/tlog/checkpoint.h"
#include "core/tlog/key.h"
#include "gateway/service/service.h"
#include "tests/lib/scratch.h"

#define WORLD_ORIGIN "muster.invalid/test/log"

enum world_who {
    WORLD_COUNCIL,
    WORLD_HEALTH,
    WORLD_POLICE,
    WORLD_SCHOOL,
    WORLD_LSCB,
    WORLD_AUDITOR,
    WORLD_OPERATOR,
};
#define WORLD_AGENCIES 4
#define WORLD_CALLERS  7

struct service_world {
    char folder[SCRATCH_PATH_BYTES];
    char store[SCRATCH_PATH_BYTES];
    char certificates[SCRATCH_PATH_BYTES];
    char keys[SCRATCH_PATH_BYTES];
    char authority[SCRATCH_PATH_BYTES];
    char revoked[SCRATCH_PATH_BYTES];
    struct agency agencies[WORLD_AGENCIES];
    struct caller callers[WORLD_CALLERS];
    uint64_t told[WORLD_CALLERS]; /* of the one connection of each */
    struct signer *signers[WORLD_AGENCIES];
    struct service_settings settings;
    struct service *service;
    struct tlog_key log_key;
    const char *text;   /* free text of the referrals that are made; NULL for none */
    struct arena arena; /* of the last reply */
};

/* cmocka fixtures of a group: *state is a struct service_world with certificates and keys. */
int world_set_up(void **state);
int world_tear_down(void **state);
/* And of one test: its service is open, on a store of its own; the agencies' certificates are
 * enrolled, unless it is a bare one. */
int world_bare(void **state);
int world_fresh(void **state);
int world_stop(void **state);
/* Closes the service and opens it again on what is on disk. */
void world_restart(struct service_world *world);

/* Sends one request and waits for its reply, which is good until the next call. */
struct codec_reply world_ask(struct service_world *world, enum world_who who,
                             const struct codec_request *request);

#define WORLD_TOGETHER 8
struct world_request {
    enum world_who who;
    struct codec_request request;
};
/* Sends up to WORLD_TOGETHER requests in this order so that the writer commits them as one group;
 * their replies are good until the next call. */
void world_ask_together(struct service_world *world, const struct world_request *requests,
                        size_t count, struct codec_reply *replies);

/* A signed batch of referrals r`number`, r`number`+1 and so on, in `arena`. */
struct codec_request world_batch(struct service_world *world, enum world_who who, size_t count,
                                 unsigned number, const char *witness_key, struct arena *arena);
/* Sends a batch of new referrals, or none, that announces a key (vkey text or NULL). */
struct codec_reply world_submit(struct service_world *world, enum world_who who, size_t count,
                                const char *witness_key, uint64_t log_size);

/* The same batch with a signature that does not hold. */
struct codec_request world_forged(struct codec_request request, struct arena *arena);

/* A request to enrol or revoke `signer`'s certificate as that of `agency`. */
struct codec_request world_enrolment(struct service_world *world, enum world_who agency,
                                     enum world_who signer, bool revoke);
/* The operator enrols an agency's signing certificate, or revokes that. */
struct codec_reply world_enrol(struct service_world *world, enum world_who by,
                               enum world_who agency, enum world_who signer, bool revoke);

/* Fails the test unless the reply is a failure of this code. */
void world_assert_failure(const struct codec_reply *reply, const char *code);
/* Reads a checkpoint, which must be signed by the log. `out` borrows from `note`. */
void world_open_checkpoint(const struct service_world *world, const char *note,
                           struct tlog_checkpoint *out);

/* Entries in the log now. */
uint64_t world_log_size(struct service_world *world);

#endif
