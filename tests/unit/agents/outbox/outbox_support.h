/* What the tests of the outbox share: an outbox in a folder of its own, rows as short texts. */
#ifndef MUSTER_TESTS_OUTBOX_SUPPORT_H
#define MUSTER_TESTS_OUTBOX_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <agents/outbox/outbox.h>

#include "tests/lib/scratch.h"

#define ITEMS_MOST  64
#define NO_BOUND    (64u * 1024u * 1024u)
#define FIRST_MONTH INT64_C(1790000000000) /* 2026-09-21 */

struct world {
    char folder[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];
    char key_path[SCRATCH_PATH_BYTES];
    struct outbox *outbox;
    struct arena arena; /* of the last call of next_items */
};

/* cmocka fixtures: *state is a struct world with its outbox open. */
int world_set_up(void **state);
int world_tear_down(void **state);
/* Closes and opens again. */
void world_reopen(struct world *world);
/* Closes and changes the file by SQL; nothing is open afterwards. */
void change(struct world *world, const char *sql);
/* Makes of the file the one that an agent of schema 5 would have left. */
extern const char as_schema_5[];

/* Adds in a transaction of its own; returns the version. */
uint32_t add_row(struct world *world, enum muster_kind kind, const char *key, const char *payload,
                 bool withdrawn);
/* The same of a referral that is not withdrawn. */
uint32_t add(struct world *world, const char *key, const char *payload);
/* What can be sent, opened; good until the next call. Returns how many. */
size_t next_items(struct world *world, struct outbox_item **items);
/* Settles in a transaction of its own. */
void settle(struct world *world, int64_t id, enum outbox_state state, const char *receipt);

/* Everything the outbox lists and counts, as text to compare; released with free(). */
char *describe(struct world *world);

#endif
