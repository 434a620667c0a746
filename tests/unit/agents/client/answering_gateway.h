/* A gateway of the test's own, which answers batches over a real connection, truthfully or with one
 * lie at a time. */
#ifndef MUSTER_TESTS_CLIENT_ANSWERING_GATEWAY_H
#define MUSTER_TESTS_CLIENT_ANSWERING_GATEWAY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <agents/client/session.h>

#include "core/wire/server.h"
#include "tests/lib/certificates.h"
#include "tests/lib/scratch.h"

#define ITEMS       3u
#define ARENA_BYTES (4u * 1024u * 1024u)

enum lie {
    TRUTH,
    PROOF_ALTERED,
    PROOF_CUT,
    PROOF_LONGER,
    INDEX_OF_ANOTHER,
    ENTRY_ALTERED,
    ENTRY_OF_ANOTHER_VERSION, /* properly in the log, but not what was sent */
    ENTRY_OF_OTHER_CONTENT,
    SIGNATURE_ALTERED,
    SIGNED_BY_ANOTHER,
    LIES,
    ANOTHER_HISTORY,    /* a log of the same length, whose entries were others */
    OUT_OF_STEP,        /* it continues what another was told on the same line */
    PROVES_FROM_BEFORE, /* what two replies may have in common without agreeing */
};

struct fixture {
    struct test_authority *root;
    struct test_identity agent;
    struct test_identity signing;
    char vkey[SCRATCH_PATH_BYTES];
    char url[64];
    struct settings settings;
    struct wire_server *gateway;
    struct tlog_signer log;
    struct tlog_signer other;
    struct tlog_hasher hasher;
    struct tlog_tree tree; /* below 256 entries, so that it has no tiles */
    struct tlog_tiles tiles;
    const enum lie *lies; /* of the batches to come */
    enum lie lie;
    uint64_t told; /* the log's size, by the last reply */
};

/* cmocka fixtures of a group: *state is a struct fixture. */
int gateway_set_up(void **state);
int gateway_tear_down(void **state);

/* Another log: what the tiles know is of the last one. */
void begin_log(struct fixture *f);
/* Items that an agent may submit. */
void make_items(struct batch_item items[ITEMS]);

#endif
