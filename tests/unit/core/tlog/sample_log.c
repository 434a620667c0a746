#include "sample_log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

struct muster_hash oracle_join(const struct oracle *o, struct muster_hash left,
                               struct muster_hash right)
{
    uint8_t input[65];
    struct muster_hash out;
    input[0] = 1;
    memcpy(input + 1, left.b, 32);
    memcpy(input + 33, right.b, 32);
    assert_int_equal(EVP_Digest(input, sizeof input, out.b, NULL, o->digest, NULL), 1);
    return out;
}

/* "k be the largest power of two smaller than n" */
static size_t oracle_split(size_t n)
{
    size_t k = 1;
    while (k * 2 < n) {
        k *= 2;
    }
    return k;
}

struct muster_hash oracle_root(const struct oracle *o, size_t a, size_t b)
{
    bool block = a % 256 == 0 && b == a + 256;
    bool kept = block || b <= SMALL;
    size_t at = block ? MEMO_SMALL + a / 256 : a * (SMALL + 1) + b;
    if (b - a == 1) {
        return o->leaves[a];
    }
    if (kept && o->known[at]) {
        return o->memo[at];
    }
    size_t k = oracle_split(b - a);
    struct muster_hash root = oracle_join(o, oracle_root(o, a, a + k), oracle_root(o, a + k, b));
    if (kept) {
        o->memo[at] = root;
        o->known[at] = true;
    }
    return root;
}

static void oracle_push(struct tlog_proof *proof, struct muster_hash hash)
{
    proof->hash[proof->count++] = hash;
}

/* PATH(m, D[a:b]) */
void oracle_path(const struct oracle *o, size_t m, size_t a, size_t b, struct tlog_proof *proof)
{
    if (b - a == 1) {
        return;
    }
    size_t k = oracle_split(b - a);
    if (m < k) {
        oracle_path(o, m, a, a + k, proof);
        oracle_push(proof, oracle_root(o, a + k, b));
    } else {
        oracle_path(o, m - k, a + k, b, proof);
        oracle_push(proof, oracle_root(o, a, a + k));
    }
}

/* SUBPROOF(m, D[a:b], whole) */
void oracle_subproof(const struct oracle *o, size_t m, size_t a, size_t b, bool whole,
                     struct tlog_proof *proof)
{
    size_t n = b - a;
    if (m == n) {
        if (!whole) {
            oracle_push(proof, oracle_root(o, a, b));
        }
        return;
    }
    size_t k = oracle_split(n);
    if (m <= k) {
        oracle_subproof(o, m, a, a + k, whole, proof);
        oracle_push(proof, oracle_root(o, a + k, b));
    } else {
        oracle_subproof(o, m - k, a + k, b, false, proof);
        oracle_push(proof, oracle_root(o, a, a + k));
    }
}

uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

enum muster_status log_keep_tile(void *context, unsigned level, uint64_t n,
                                 const uint8_t hashes[TLOG_TILE_BYTES], struct muster_err *e)
{
    struct fixture *f = (struct fixture *)context;
    if (f->fail) {
        return muster_fail(e, MUSTER_EFULL, "No room.");
    }
    assert_true(f->stored_count < TILES_MOST);
    f->stored[f->stored_count].level = level;
    f->stored[f->stored_count].n = n;
    memcpy(f->stored[f->stored_count].hashes, hashes, TLOG_TILE_BYTES);
    f->stored_count++;
    return MUSTER_OK;
}

static enum muster_status find_tile(void *context, unsigned level, uint64_t n,
                                    uint8_t out[TLOG_TILE_BYTES], struct muster_err *e)
{
    struct fixture *f = (struct fixture *)context;
    f->reads++;
    for (size_t i = 0; !f->fail && i < f->stored_count; i++) {
        if (f->stored[i].level == level && f->stored[i].n == n) {
            memcpy(out, f->stored[i].hashes, TLOG_TILE_BYTES);
            return MUSTER_OK;
        }
    }
    return muster_fail(e, MUSTER_ENOTFOUND, "No such tile.");
}

void log_append(struct fixture *f, struct tlog_tree *tree, size_t size,
                const struct tlog_sink *sink)
{
    while (tree->size < size) {
        struct muster_err e;
        assert_int_equal(
            tlog_tree_append(tree, &f->hasher, &f->oracle.leaves[tree->size], sink, &e), MUSTER_OK);
    }
}

int log_set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof *f);
    assert_non_null(f);
    f->oracle.digest = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    f->oracle.leaves = (struct muster_hash *)calloc(LARGE, sizeof *f->oracle.leaves);
    f->oracle.memo = (struct muster_hash *)calloc(MEMO_ALL, sizeof *f->oracle.memo);
    f->oracle.known = (bool *)calloc(MEMO_ALL, sizeof *f->oracle.known);
    f->tree = (struct tlog_tree *)calloc(1, sizeof *f->tree);
    f->small = (struct tlog_tree *)calloc(1, sizeof *f->small);
    f->other = (struct tlog_tree *)calloc(1, sizeof *f->other);
    f->tiles = (struct tlog_tiles *)calloc(1, sizeof *f->tiles);
    f->stored = calloc(TILES_MOST, sizeof *f->stored);
    uint64_t random = 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < LARGE; i++) {
        for (size_t b = 0; b < sizeof f->oracle.leaves[i].b; b++) {
            f->oracle.leaves[i].b[b] = (uint8_t)(next_random(&random) >> 32);
        }
    }
    assert_int_equal(tlog_hasher_init(&f->hasher, NULL), MUSTER_OK);
    tlog_tiles_init(f->tiles, (struct tlog_source){find_tile, f});
    const struct tlog_sink keep = {log_keep_tile, f};
    log_append(f, f->tree, LARGE, &keep);
    log_append(f, f->small, SMALL, &tlog_sink_none);
    *state = f;
    return 0;
}

int log_tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    tlog_hasher_fini(&f->hasher);
    EVP_MD_free(f->oracle.digest);
    free(f->oracle.leaves);
    free(f->oracle.memo);
    free(f->oracle.known);
    free(f->tree);
    free(f->small);
    free(f->other);
    free(f->tiles);
    free(f->stored);
    free(f);
    return 0;
}

struct fixture *log_begin(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    f->reads = 0;
    f->fail = false;
    tlog_tiles_init(f->tiles, (struct tlog_source){find_tile, f});
    return f;
}

struct tlog_prover log_prover(struct fixture *f, const struct tlog_tree *tree)
{
    return (struct tlog_prover){tree, f->tiles, &f->hasher};
}

void assert_hash(const struct muster_hash *got, const struct muster_hash *want)
{
    assert_memory_equal(got->b, want->b, sizeof want->b);
}

static void assert_proof(const struct tlog_proof *got, const struct tlog_proof *want)
{
    assert_int_equal(got->count, want->count);
    for (size_t i = 0; i < want->count; i++) {
        assert_hash(&got->hash[i], &want->hash[i]);
    }
}

void check_inclusion(struct fixture *f, const struct tlog_tree *tree, size_t index, size_t size)
{
    struct tlog_prover prover = log_prover(f, tree);
    struct tlog_proof want = {.count = 0};
    struct tlog_proof got;
    struct tlog_inclusion claim = {index, size, f->oracle.leaves[index],
                                   oracle_root(&f->oracle, 0, size)};
    oracle_path(&f->oracle, index, 0, size, &want);
    assert_int_equal(tlog_inclusion_proof(&prover, index, size, &got, NULL), MUSTER_OK);
    assert_proof(&got, &want);
    assert_int_equal(tlog_verify_inclusion(&f->hasher, &claim, &got, NULL, NULL), MUSTER_OK);
}

void check_consistency(struct fixture *f, const struct tlog_tree *tree, size_t old, size_t size)
{
    struct tlog_prover prover = log_prover(f, tree);
    struct tlog_proof want = {.count = 0};
    struct tlog_proof got;
    struct tlog_consistency claim = {old, size, oracle_root(&f->oracle, 0, old),
                                     oracle_root(&f->oracle, 0, size)};
    oracle_subproof(&f->oracle, old, 0, size, true, &want);
    assert_int_equal(tlog_consistency_proof(&prover, old, size, &got, NULL), MUSTER_OK);
    assert_proof(&got, &want);
    assert_int_equal(tlog_verify_consistency(&f->hasher, &claim, &got, NULL, NULL), MUSTER_OK);
}
