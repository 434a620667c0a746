/* Proofs, made and verified: all small sizes, sizes around tiles, huge ones, altered ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sample_log.h"

static void test_tlog_tree_when_every_small_size_then_proofs_are_those_of_rfc_6962(void **state)
{
    struct fixture *f = log_begin(state);
    const struct tlog_tree *trees[] = {f->small, f->tree};

    for (size_t t = 0; t < 2; t++) {
        for (size_t size = 1; size <= SMALL; size++) {
            struct tlog_prover prover = log_prover(f, trees[t]);
            struct muster_hash want = oracle_root(&f->oracle, 0, size);
            struct muster_hash got;
            assert_int_equal(tlog_root_at(&prover, size, &got, NULL), MUSTER_OK);
            assert_hash(&got, &want);
            for (size_t i = 0; i < size; i++) {
                check_inclusion(f, trees[t], i, size);
                check_consistency(f, trees[t], i + 1, size);
            }
        }
    }
}

static void test_tlog_tree_when_sizes_around_tiles_then_roots_and_proofs_fit(void **state)
{
    static const size_t sizes[] = {511,   512,   513,   767,   768,   769,   1023,  1024,  1025,
                                   4096,  32768, 65279, 65280, 65281, 65533, 65534, 65535, 65536,
                                   65537, 65538, 65539, 65791, 65792, 65793, LARGE};
    struct fixture *f = log_begin(state);
    uint64_t random = 42;

    f->other->size = 0;
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        size_t size = sizes[s];
        struct muster_hash want = oracle_root(&f->oracle, 0, size);
        struct muster_hash got;
        log_append(f, f->other, size, &tlog_sink_none);
        assert_int_equal(tlog_tree_root(f->other, &f->hasher, &got, NULL), MUSTER_OK);
        assert_hash(&got, &want);
        check_inclusion(f, f->other, size - 1, size);
        check_inclusion(f, f->other, 0, size);
        for (size_t i = 0; i < 3; i++) {
            check_inclusion(f, f->tree, (size_t)(next_random(&random) % size), size);
            check_inclusion(f, f->other, (size_t)(next_random(&random) % size), size);
            check_consistency(f, f->tree, (size_t)(next_random(&random) % size) + 1, size);
            check_consistency(f, f->other, (size_t)(next_random(&random) % size) + 1, size);
        }
    }
}

static void test_tlog_proof_when_tile_cannot_be_read_then_its_status(void **state)
{
    struct fixture *f = log_begin(state);
    struct tlog_prover prover = log_prover(f, f->tree);
    struct tlog_proof proof = {.count = 99};

    f->fail = true;
    assert_int_equal(tlog_inclusion_proof(&prover, 5, LARGE, &proof, NULL), MUSTER_ENOTFOUND);
    assert_int_equal(tlog_consistency_proof(&prover, 5, LARGE, &proof, NULL), MUSTER_ENOTFOUND);
    assert_int_equal(proof.count, 99);
    assert_int_equal(
        tlog_tree_restore(f->other, &f->hasher, 70000, f->oracle.leaves, f->tiles, NULL),
        MUSTER_ENOTFOUND);
    f->fail = false;
    check_inclusion(f, f->tree, 5, LARGE);
}

static void test_tlog_proof_when_neighbours_are_asked_for_then_tiles_are_read_once(void **state)
{
    struct fixture *f = log_begin(state);
    struct tlog_prover prover = log_prover(f, f->tree);
    struct tlog_proof proof;

    for (size_t i = LARGE - LARGE % 256; i < LARGE; i++) {
        assert_int_equal(tlog_inclusion_proof(&prover, i, LARGE, &proof, NULL), MUSTER_OK);
    }
    /* Of the newest leaves only the left half of the log, the root of 65,536, is outside: no tile
     * holds it but the edge of level 2. */
    assert_int_equal(f->reads, 0);
    for (size_t i = 65536; i < 65792; i++) {
        assert_int_equal(tlog_inclusion_proof(&prover, i, LARGE, &proof, NULL), MUSTER_OK);
    }
    assert_int_equal(f->reads, 1);
}

struct keeper {
    struct tlog_tiles *tiles;
    const struct tlog_tree *tree;
};

static enum muster_status keep_full(void *context, unsigned level, uint64_t n,
                                    const uint8_t hashes[TLOG_TILE_BYTES], struct muster_err *e)
{
    const struct keeper *keeper = (const struct keeper *)context;
    (void)hashes;
    (void)e;
    tlog_tiles_keep(keeper->tiles, level, n, &keeper->tree->edge[level]);
    return MUSTER_OK;
}

/* More tiles than there is room for: the newest stay. */
static void test_tlog_proof_when_full_tiles_were_kept_then_they_are_not_read(void **state)
{
    struct fixture *f = log_begin(state);
    struct keeper keeper = {f->tiles, f->other};
    const struct tlog_sink sink = {keep_full, &keeper};
    const size_t size = (TLOG_CACHE_TILES + 3) * TLOG_TILE_WIDTH + 5;
    f->other->size = 0;
    log_append(f, f->other, size, &sink);
    for (size_t index = size - (TLOG_CACHE_TILES - 1) * TLOG_TILE_WIDTH; index < size; index += 9) {
        check_inclusion(f, f->other, index, size);
    }
    assert_int_equal(f->reads, 0);
    check_inclusion(f, f->other, 0, size);
    assert_int_equal(f->reads, 1);
}

static void test_tlog_proof_when_sizes_are_out_of_range_then_usage(void **state)
{
    static const uint64_t inclusion[][2] = {
        {0, 0}, {5, 5}, {6, 5}, {0, LARGE + 1}, {UINT64_MAX, LARGE}, {1, UINT64_MAX}};
    static const uint64_t consistency[][2] = {
        {0, 0}, {0, 5}, {6, 5}, {5, LARGE + 1}, {UINT64_MAX, UINT64_MAX}};
    struct fixture *f = log_begin(state);
    struct tlog_prover prover = log_prover(f, f->tree);
    struct tlog_proof proof;
    struct muster_hash root;

    for (size_t i = 0; i < sizeof inclusion / sizeof inclusion[0]; i++) {
        assert_int_equal(
            tlog_inclusion_proof(&prover, inclusion[i][0], inclusion[i][1], &proof, NULL),
            MUSTER_EUSAGE);
    }
    for (size_t i = 0; i < sizeof consistency / sizeof consistency[0]; i++) {
        assert_int_equal(
            tlog_consistency_proof(&prover, consistency[i][0], consistency[i][1], &proof, NULL),
            MUSTER_EUSAGE);
    }
    assert_int_equal(tlog_root_at(&prover, LARGE + 1, &root, NULL), MUSTER_EUSAGE);
}

/* Every way to alter a proof of one hash or its length; `altered` is a copy of the proof. */
static bool alter(struct tlog_proof *altered, const struct tlog_proof *proof, size_t way)
{
    *altered = *proof;
    if (way < proof->count) {
        altered->hash[way].b[way % 32] ^= 0x10;
        return true;
    }
    if (way == proof->count) {
        altered->hash[altered->count++] = altered->hash[0];
        return true;
    }
    if (way == proof->count + 1 && proof->count > 0) {
        altered->count--;
        return true;
    }
    return false;
}

static enum tlog_reason refuse_inclusion(struct fixture *f, const struct tlog_inclusion *claim,
                                         const struct tlog_proof *proof)
{
    enum tlog_reason why = TLOG_GOOD;
    assert_int_equal(tlog_verify_inclusion(&f->hasher, claim, proof, &why, NULL),
                     MUSTER_EUNVERIFIED);
    return why;
}

static enum tlog_reason refuse_consistency(struct fixture *f, const struct tlog_consistency *claim,
                                           const struct tlog_proof *proof)
{
    enum tlog_reason why = TLOG_GOOD;
    assert_int_equal(tlog_verify_consistency(&f->hasher, claim, proof, &why, NULL),
                     MUSTER_EUNVERIFIED);
    return why;
}

static void test_tlog_verify_when_inclusion_is_altered_then_refused(void **state)
{
    struct fixture *f = log_begin(state);
    struct tlog_prover prover = log_prover(f, f->small);

    for (size_t size = 1; size <= 40; size++) {
        for (size_t index = 0; index < size; index++) {
            struct tlog_inclusion claim = {index, size, f->oracle.leaves[index],
                                           oracle_root(&f->oracle, 0, size)};
            struct tlog_inclusion wrong = claim;
            struct tlog_proof proof;
            struct tlog_proof altered;
            assert_int_equal(tlog_inclusion_proof(&prover, index, size, &proof, NULL), MUSTER_OK);
            for (size_t way = 0; alter(&altered, &proof, way); way++) {
                assert_int_equal(refuse_inclusion(f, &claim, &altered),
                                 way < proof.count ? TLOG_ROOT_MISMATCH : TLOG_PROOF_LENGTH);
            }
            wrong.leaf.b[31] ^= 1;
            assert_int_equal(refuse_inclusion(f, &wrong, &proof), TLOG_ROOT_MISMATCH);
            wrong = claim;
            wrong.root.b[0] ^= 0x80;
            assert_int_equal(refuse_inclusion(f, &wrong, &proof), TLOG_ROOT_MISMATCH);
            for (wrong = claim, wrong.index = 0; wrong.index < size; wrong.index++) {
                if (wrong.index != index) {
                    (void)refuse_inclusion(f, &wrong, &proof);
                }
            }
        }
    }
}

static void test_tlog_verify_when_consistency_is_altered_then_refused(void **state)
{
    struct fixture *f = log_begin(state);
    struct tlog_prover prover = log_prover(f, f->small);

    for (size_t size = 1; size <= 40; size++) {
        for (size_t old = 1; old <= size; old++) {
            struct tlog_consistency claim = {old, size, oracle_root(&f->oracle, 0, old),
                                             oracle_root(&f->oracle, 0, size)};
            struct tlog_consistency wrong = claim;
            struct tlog_proof proof;
            struct tlog_proof altered;
            assert_int_equal(tlog_consistency_proof(&prover, old, size, &proof, NULL), MUSTER_OK);
            for (size_t way = 0; alter(&altered, &proof, way); way++) {
                enum tlog_reason why = refuse_consistency(f, &claim, &altered);
                assert_true(way < proof.count
                                ? why == TLOG_ROOT_MISMATCH || why == TLOG_OLD_ROOT_MISMATCH
                                : why == TLOG_PROOF_LENGTH);
            }
            wrong.root.b[0] ^= 0x80;
            assert_int_equal(refuse_consistency(f, &wrong, &proof), TLOG_ROOT_MISMATCH);
            wrong = claim;
            wrong.old_root.b[31] ^= 1;
            /* Where the old size is a power of two its root is where the walk begins. */
            bool whole = (old & (old - 1)) == 0 || old == size;
            assert_int_equal(refuse_consistency(f, &wrong, &proof),
                             whole ? TLOG_ROOT_MISMATCH : TLOG_OLD_ROOT_MISMATCH);
        }
    }
}

/* In a log of equal leaves every full subtree of one height has the same root, so that any size
 * can be had without its leaves. */
struct equal_leaves {
    const struct oracle *oracle;
    struct muster_hash node[64]; /* by height */
};

static enum muster_status equal_tile(void *context, unsigned level, uint64_t n,
                                     uint8_t out[TLOG_TILE_BYTES], struct muster_err *e)
{
    const struct equal_leaves *log = (const struct equal_leaves *)context;
    (void)n;
    (void)e;
    for (size_t i = 0; i < TLOG_TILE_WIDTH; i++) {
        memcpy(out + 32 * i, log->node[8 * level].b, 32);
    }
    return MUSTER_OK;
}

static struct muster_hash equal_root(const struct equal_leaves *log, uint64_t size)
{
    unsigned height = 63;
    while (size >> height == 0) {
        height--;
    }
    uint64_t left = (uint64_t)1 << height;
    if (left == size) {
        return log->node[height];
    }
    return oracle_join(log->oracle, log->node[height], equal_root(log, size - left));
}

static void test_tlog_tree_when_sizes_are_huge_then_proofs_verify_up_to_the_last(void **state)
{
    static const uint64_t sizes[] = {((uint64_t)1 << 32) + 3, ((uint64_t)1 << 40) + 12345,
                                     ((uint64_t)1 << 56) + 257, ((uint64_t)1 << 62) + 1,
                                     TLOG_SIZE_MOST};
    struct fixture *f = log_begin(state);
    struct equal_leaves log = {.oracle = &f->oracle, .node = {f->oracle.leaves[0]}};
    struct muster_hash trailing[255];
    uint64_t random = 7;
    size_t longest = 0;

    for (unsigned h = 1; h < 64; h++) {
        log.node[h] = oracle_join(&f->oracle, log.node[h - 1], log.node[h - 1]);
    }
    for (size_t i = 0; i < 255; i++) {
        trailing[i] = log.node[0];
    }
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        uint64_t size = sizes[s];
        struct tlog_prover prover = log_prover(f, f->other);
        struct muster_hash root = equal_root(&log, size);
        struct muster_hash got;
        tlog_tiles_init(f->tiles, (struct tlog_source){equal_tile, &log});
        assert_int_equal(tlog_tree_restore(f->other, &f->hasher, size, trailing, f->tiles, NULL),
                         MUSTER_OK);
        assert_int_equal(tlog_tree_root(f->other, &f->hasher, &got, NULL), MUSTER_OK);
        assert_hash(&got, &root);
        for (size_t i = 0; i < 20; i++) {
            uint64_t index = i == 0 ? 0 : i == 1 ? size - 1 : next_random(&random) % size;
            struct tlog_inclusion inclusion = {index, size, log.node[0], root};
            struct tlog_consistency consistency = {index + 1, size, equal_root(&log, index + 1),
                                                   root};
            struct tlog_proof proof;
            assert_int_equal(tlog_inclusion_proof(&prover, index, size, &proof, NULL), MUSTER_OK);
            assert_int_equal(tlog_verify_inclusion(&f->hasher, &inclusion, &proof, NULL, NULL),
                             MUSTER_OK);
            assert_int_equal(tlog_consistency_proof(&prover, index + 1, size, &proof, NULL),
                             MUSTER_OK);
            assert_int_equal(tlog_verify_consistency(&f->hasher, &consistency, &proof, NULL, NULL),
                             MUSTER_OK);
            longest = proof.count > longest ? proof.count : longest;
        }
    }
    assert_true(longest >= 63 && longest <= TLOG_PROOF_HASHES);
    assert_int_equal(f->other->size, TLOG_SIZE_MOST);
    assert_int_equal(tlog_tree_append(f->other, &f->hasher, &log.node[0], &tlog_sink_none, NULL),
                     MUSTER_EFULL);
}

/* Two leaves of one tree, the first one's path known: the second one's proof must get the answer it
 * gets alone, also with a bit of one hash altered, wherever the two paths meet. */
static void check_near(struct fixture *f, size_t first, size_t index, size_t size)
{
    struct tlog_path path = {.count = 0};
    struct tlog_proof proof = {.count = 0};
    const struct muster_hash root = oracle_root(&f->oracle, 0, size);
    struct tlog_inclusion claim = {first, size, f->oracle.leaves[first], root};
    oracle_path(&f->oracle, first, 0, size, &proof);
    assert_int_equal(tlog_verify_inclusion_near(&f->hasher, &claim, &proof, &path, NULL, NULL),
                     MUSTER_OK);
    claim.index = index;
    claim.leaf = f->oracle.leaves[index];
    proof.count = 0;
    oracle_path(&f->oracle, index, 0, size, &proof);
    assert_int_equal(tlog_verify_inclusion_near(&f->hasher, &claim, &proof, &path, NULL, NULL),
                     MUSTER_OK);
    for (size_t i = 0; i < proof.count; i++) {
        proof.hash[i].b[i] ^= 1;
        assert_int_equal(tlog_verify_inclusion_near(&f->hasher, &claim, &proof, &path, NULL, NULL),
                         MUSTER_EUNVERIFIED);
        proof.hash[i].b[i] ^= 1;
    }
    for (size_t count = 0; count < proof.count; count++) {
        struct tlog_proof cut = proof;
        cut.count = count;
        assert_int_not_equal(
            tlog_verify_inclusion_near(&f->hasher, &claim, &cut, &path, NULL, NULL), MUSTER_OK);
    }
    proof.hash[proof.count] = root;
    proof.count++;
    assert_int_not_equal(tlog_verify_inclusion_near(&f->hasher, &claim, &proof, &path, NULL, NULL),
                         MUSTER_OK);
    proof.count--;
    claim.leaf.b[0] ^= 1;
    assert_int_equal(tlog_verify_inclusion_near(&f->hasher, &claim, &proof, &path, NULL, NULL),
                     MUSTER_EUNVERIFIED);
}

static void test_tlog_verify_when_a_path_is_known_then_the_answer_is_the_same(void **state)
{
    struct fixture *f = log_begin(state);
    static const size_t sizes[] = {1, 2, 3, 7, 8, 13, 64, 65, 255, 256, 257, 300};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        size_t step = sizes[s] < 20 ? 1 : 17;
        for (size_t first = 0; first < sizes[s]; first += step) {
            for (size_t index = 0; index < sizes[s]; index += step) {
                check_near(f, first, index, sizes[s]);
            }
        }
    }
}

/* One leaf after another, as those of a batch: the path is that of the one before, put together out
 * of several proofs. */
static void test_tlog_verify_when_leaves_come_in_order_then_each_answer_is_the_same(void **state)
{
    struct fixture *f = log_begin(state);
    for (size_t size = 1; size < 40; size++) {
        struct tlog_path path = {.count = 0};
        struct tlog_inclusion claim = {.size = size, .root = oracle_root(&f->oracle, 0, size)};
        for (size_t turn = 0; turn < 2 * size; turn++) {
            struct tlog_proof proof = {.count = 0};
            claim.index = turn < size ? turn : 2 * size - 1 - turn; /* and back again */
            claim.leaf = f->oracle.leaves[claim.index];
            oracle_path(&f->oracle, claim.index, 0, size, &proof);
            for (size_t i = 0; i < proof.count; i++) {
                proof.hash[i].b[i] ^= 1;
                assert_int_equal(
                    tlog_verify_inclusion_near(&f->hasher, &claim, &proof, &path, NULL, NULL),
                    MUSTER_EUNVERIFIED);
                proof.hash[i].b[i] ^= 1;
            }
            claim.leaf.b[0] ^= 1;
            assert_int_equal(
                tlog_verify_inclusion_near(&f->hasher, &claim, &proof, &path, NULL, NULL),
                MUSTER_EUNVERIFIED);
            claim.leaf.b[0] ^= 1;
            assert_int_equal(
                tlog_verify_inclusion_near(&f->hasher, &claim, &proof, &path, NULL, NULL),
                MUSTER_OK);
            assert_int_equal(path.count, proof.count);
        }
    }
}

/* What is known of one tree says nothing of another; a bad proof leaves nothing known. */
static void test_tlog_verify_when_the_path_is_of_another_tree_then_forgotten(void **state)
{
    struct fixture *f = log_begin(state);
    struct tlog_path path = {.count = 0};
    for (size_t size = 100; size < 120; size++) {
        struct tlog_proof proof = {.count = 0};
        struct tlog_inclusion claim = {50, size, f->oracle.leaves[50],
                                       oracle_root(&f->oracle, 0, size)};
        oracle_path(&f->oracle, 50, 0, size, &proof);
        assert_int_equal(tlog_verify_inclusion_near(&f->hasher, &claim, &proof, &path, NULL, NULL),
                         MUSTER_OK);
        assert_int_equal(path.size, size);
        claim.root.b[0] ^= 1;
        assert_int_equal(tlog_verify_inclusion_near(&f->hasher, &claim, &proof, &path, NULL, NULL),
                         MUSTER_EUNVERIFIED);
        assert_int_equal(path.count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tlog_tree_when_every_small_size_then_proofs_are_those_of_rfc_6962),
        cmocka_unit_test(test_tlog_tree_when_sizes_around_tiles_then_roots_and_proofs_fit),
        cmocka_unit_test(test_tlog_proof_when_tile_cannot_be_read_then_its_status),
        cmocka_unit_test(test_tlog_proof_when_neighbours_are_asked_for_then_tiles_are_read_once),
        cmocka_unit_test(test_tlog_proof_when_full_tiles_were_kept_then_they_are_not_read),
        cmocka_unit_test(test_tlog_proof_when_sizes_are_out_of_range_then_usage),
        cmocka_unit_test(test_tlog_verify_when_inclusion_is_altered_then_refused),
        cmocka_unit_test(test_tlog_verify_when_a_path_is_known_then_the_answer_is_the_same),
        cmocka_unit_test(test_tlog_verify_when_leaves_come_in_order_then_each_answer_is_the_same),
        cmocka_unit_test(test_tlog_verify_when_the_path_is_of_another_tree_then_forgotten),
        cmocka_unit_test(test_tlog_verify_when_consistency_is_altered_then_refused),
        cmocka_unit_test(test_tlog_tree_when_sizes_are_huge_then_proofs_verify_up_to_the_last),
    };
    return cmocka_run_group_tests(tests, log_set_up, log_tear_down);
}
