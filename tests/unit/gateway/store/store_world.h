/* A store in a folder of its own, and what puts records into it as the gateway would: entry,
 * submission, facts. Blind indexes are a plain hash here; the store does not care. */
#ifndef MUSTER_TEST_STORE_WORLD_H
#define MUSTER_TEST_STORE_WORLD_H

#include "gateway/store/store.h"

struct world {
    char folder[64];
    char path[96];
    struct store *st;
    uint64_t next_seq;
    uint64_t batch;
    uint64_t random; /* state of world_random */
};

/* A new folder with an open store in it. Returns 0, as cmocka's set-up functions do. */
int world_make(void **state);
int world_remove(void **state);

/* Closes the store and opens it again; next_seq is read from it. */
void world_reopen(struct world *world);

/* The same numbers in every run. */
uint64_t world_random(struct world *world, uint64_t below);

struct store_blind world_blind(const char *label, const char *text);
struct store_blind world_key(const char *agency, const struct muster_record *record);
struct muster_uuid world_uuid(uint64_t number);
struct store_entry world_entry(uint64_t seq);

/* A record of a kind whose required clear fields and keys all have some value. */
struct muster_record world_record(enum muster_kind kind);
void world_text(struct muster_record *record, size_t field, const char *text);
void world_instant(struct muster_record *record, size_t field, int64_t ms);
void world_date(struct muster_record *record, size_t field, int32_t days);
void world_yesno(struct muster_record *record, size_t field, bool yes);

/* Everything that world_put stores of a submission; the bytes are static. */
struct store_submission world_submission(const struct world *world, const char *agency,
                                         const struct muster_record *record);
/* The facts alone, for the submission `seq`. */
enum muster_status world_put_facts(struct world *world, uint64_t seq, const char *agency,
                                   const struct muster_record *record, struct muster_err *e);
/* Entry, submission and facts, in the open transaction; record->version and ->withdrawn count. On
 * success world->next_seq has grown by one. */
enum muster_status world_put(struct world *world, const char *agency,
                             const struct muster_record *record, struct muster_err *e);
/* store_put_batch of a small batch; the row is kept in world->batch. */
enum muster_status world_put_batch(struct world *world, struct muster_err *e);

/* For tests in which nothing may fail. */
void world_begin(struct world *world); /* with a batch */
void world_must_put(struct world *world, const char *agency, const struct muster_record *record);
void world_commit(struct world *world);

#endif
