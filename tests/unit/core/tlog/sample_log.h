/* A log of random leaves with its stored tiles, and a recursive transcription of RFC 6962
 * section 2.1 to compare it with, which shares no code with it. */
#ifndef MUSTER_TEST_TLOG_SAMPLE_LOG_H
#define MUSTER_TEST_TLOG_SAMPLE_LOG_H

#include <openssl/evp.h>

#include "core/tlog/proof.h"
#include "core/tlog/verify.h"

#define SMALL      300u
#define LARGE      66100u
#define TILES_MOST 300u
#define MEMO_SMALL ((SMALL + 1) * (SMALL + 1))
#define MEMO_ALL   (MEMO_SMALL + LARGE / 256)

struct oracle {
    EVP_MD *digest;
    struct muster_hash *leaves; /* LARGE of them, random */
    struct muster_hash *memo;   /* MTH of [a, b) for a, b <= SMALL; then of whole blocks of 256 */
    bool *known;
};

struct muster_hash oracle_join(const struct oracle *o, struct muster_hash left,
                               struct muster_hash right);
/* MTH(D[a:b]) */
struct muster_hash oracle_root(const struct oracle *o, size_t a, size_t b);
/* PATH(m, D[a:b]), appended to `proof` */
void oracle_path(const struct oracle *o, size_t m, size_t a, size_t b, struct tlog_proof *proof);
/* SUBPROOF(m, D[a:b], whole), appended to `proof` */
void oracle_subproof(const struct oracle *o, size_t m, size_t a, size_t b, bool whole,
                     struct tlog_proof *proof);

struct fixture {
    struct oracle oracle;
    struct tlog_hasher hasher;
    struct tlog_tree *tree;  /* LARGE leaves */
    struct tlog_tree *small; /* SMALL leaves */
    struct tlog_tree *other; /* for each test to use */
    struct tlog_tiles *tiles;
    struct {
        unsigned level;
        uint64_t n;
        uint8_t hashes[TLOG_TILE_BYTES];
    } * stored;
    size_t stored_count;
    size_t reads;
    bool fail;
};

/* Fixtures of a cmocka group. */
int log_set_up(void **state);
int log_tear_down(void **state);
/* As if the program had just started: nothing cached, no fault. */
struct fixture *log_begin(void **state);
/* A sink that keeps tiles in the fixture, or fails; and one that drops them. */
enum muster_status log_keep_tile(void *context, unsigned level, uint64_t n,
                                 const uint8_t hashes[TLOG_TILE_BYTES], struct muster_err *e);
/* Appends the sample leaves up to `size`. */
void log_append(struct fixture *f, struct tlog_tree *tree, size_t size,
                const struct tlog_sink *sink);
struct tlog_prover log_prover(struct fixture *f, const struct tlog_tree *tree);

uint64_t next_random(uint64_t *state);
void assert_hash(const struct muster_hash *got, const struct muster_hash *want);
/* The proof is that of the oracle, and verifies. */
void check_inclusion(struct fixture *f, const struct tlog_tree *tree, size_t index, size_t size);
void check_consistency(struct fixture *f, const struct tlog_tree *tree, size_t old, size_t size);

#endif
