/* The tree: hashes, roots, tiles, copying, restoring. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/base/encode.h"
#include "example.h"
#include "sample_log.h"

static void hash_of_hex(const char *hex, struct muster_hash *out)
{
    assert_true(hex_decode(hex, strlen(hex), out->b, sizeof out->b));
}

static void test_tlog_hashes_when_known_inputs_then_published_answers(void **state)
{
    struct fixture *f = log_begin(state);
    struct muster_hash want;
    struct muster_hash got = tlog_empty_root();
    uint8_t joined[9] = {1};

    hash_of_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", &want);
    assert_hash(&got, &want);
    hash_of_hex("6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", &want);
    assert_int_equal(tlog_leaf_hash(&f->hasher, muster_bytes_of(NULL, 0), &got, NULL), MUSTER_OK);
    assert_hash(&got, &want);
    hash_of_hex("395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56", &want);
    assert_int_equal(tlog_leaf_hash(&f->hasher, muster_bytes_of_text("L123456"), &got, NULL),
                     MUSTER_OK);
    assert_hash(&got, &want);

    /* The known answer for a node is of two short strings; the prefix is what it shows. */
    memcpy(joined + 1, "N123N456", 8);
    hash_of_hex("aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb", &want);
    assert_int_equal(EVP_Digest(joined, sizeof joined, got.b, NULL, EVP_sha256(), NULL), 1);
    assert_hash(&got, &want);
    want = oracle_join(&f->oracle, f->oracle.leaves[0], f->oracle.leaves[1]);
    assert_int_equal(
        tlog_node_hash(&f->hasher, &f->oracle.leaves[0], &f->oracle.leaves[1], &got, NULL),
        MUSTER_OK);
    assert_hash(&got, &want);
}

static void test_tlog_tree_when_example_leaves_then_published_roots(void **state)
{
    static const struct {
        const char *leaf;
        const char *root;
    } rows[EXAMPLE_LEAVES] = {
        {"alpha", "2a158d8afd48e3f88cb4195dfdb2a9e4817d95fa57fd34440d93f9aae5c4f82b"},
        {"bravo", "fb33dff7b9f27b94d57431d3c72e3268e5dda9c4de3d2b0d34ab34146d6e6806"},
        {"charlie", "d4186e3c05a620ce61397e838bfbd76e6f27e6d7daa13c59eb82a8e094608e1c"},
        {"delta", "e872bf22aae12fbbdc419c9a6b42ee30943539d08c5de1297abc4f847d3c1644"},
        {"echo", "27fb5ac1b7d728b57862f8db5ad1fdb3f6f8f9281552842c2242cfaba97f8646"},
        {"foxtrot", "a5450de428fe5adf1145320811b8b3412a3c1898c07a99c93d3fcecce6cb49ae"},
        {"golf", "08b8af48f1ea6939e6efe801f4ef633b86fd7524af09e31215e0f176b289883e"},
    };
    struct fixture *f = log_begin(state);
    struct muster_hash got;
    struct muster_hash want = tlog_empty_root();

    f->other->size = 0;
    assert_int_equal(tlog_tree_root(f->other, &f->hasher, &got, NULL), MUSTER_OK);
    assert_hash(&got, &want);
    for (size_t i = 0; i < EXAMPLE_LEAVES; i++) {
        struct muster_hash leaf;
        assert_int_equal(
            tlog_leaf_hash(&f->hasher, muster_bytes_of_text(rows[i].leaf), &leaf, NULL), MUSTER_OK);
        assert_int_equal(tlog_tree_append(f->other, &f->hasher, &leaf, &tlog_sink_none, NULL),
                         MUSTER_OK);
        assert_int_equal(tlog_tree_root(f->other, &f->hasher, &got, NULL), MUSTER_OK);
        hash_of_hex(rows[i].root, &want);
        assert_hash(&got, &want);
    }

    struct tlog_prover prover = log_prover(f, f->other);
    struct tlog_proof proof;
    assert_int_equal(tlog_consistency_proof(&prover, 4, 7, &proof, NULL), MUSTER_OK);
    hash_of_hex("881355d7ece1d47edd782a92b5ff895de8e5805b53e7cd94239f513f9ba1744b", &want);
    assert_int_equal(proof.count, 1);
    assert_hash(&proof.hash[0], &want);
    assert_int_equal(tlog_inclusion_proof(&prover, 6, 7, &proof, NULL), MUSTER_OK);
    hash_of_hex("a2cb01e3fc2bcbb9a6202b3acd2a4c183f5ba26fdb071fc6e5ea1c64676f3865", &want);
    assert_int_equal(proof.count, 2);
    assert_hash(&proof.hash[0], &want);
}

static void test_tlog_tree_when_tiles_fill_then_sink_gets_each_once_with_its_hashes(void **state)
{
    struct fixture *f = log_begin(state);
    uint64_t next[2] = {0, 0};

    for (size_t i = 0; i < f->stored_count; i++) {
        unsigned level = f->stored[i].level;
        assert_true(level < 2);
        assert_int_equal(f->stored[i].n, next[level]++);
        for (size_t k = 0; k < TLOG_TILE_WIDTH; k++) {
            size_t at = (size_t)f->stored[i].n * TLOG_TILE_WIDTH + k;
            struct muster_hash want = level == 0
                                          ? f->oracle.leaves[at]
                                          : oracle_root(&f->oracle, at * 256, at * 256 + 256);
            assert_memory_equal(f->stored[i].hashes + k * 32, want.b, 32);
        }
    }
    assert_int_equal(next[0], LARGE / 256);
    assert_int_equal(next[1], 1);
}

static void test_tlog_tree_when_sink_fails_then_tree_is_what_it_was(void **state)
{
    struct fixture *f = log_begin(state);
    const struct tlog_sink keep = {log_keep_tile, f};
    size_t kept = f->stored_count;
    struct muster_hash before;
    struct muster_hash after;

    f->other->size = 0;
    log_append(f, f->other, 65535, &tlog_sink_none);
    assert_int_equal(tlog_tree_root(f->other, &f->hasher, &before, NULL), MUSTER_OK);
    f->fail = true;
    assert_int_equal(tlog_tree_append(f->other, &f->hasher, &f->oracle.leaves[7], &keep, NULL),
                     MUSTER_EFULL);
    assert_int_equal(f->other->size, 65535);
    assert_int_equal(f->stored_count, kept);
    assert_int_equal(tlog_tree_root(f->other, &f->hasher, &after, NULL), MUSTER_OK);
    assert_hash(&after, &before);

    log_append(f, f->other, 65536, &tlog_sink_none);
    before = oracle_root(&f->oracle, 0, 65536);
    assert_int_equal(tlog_tree_root(f->other, &f->hasher, &after, NULL), MUSTER_OK);
    assert_hash(&after, &before);
}

static void test_tlog_tree_when_copied_then_changing_one_leaves_the_other(void **state)
{
    static const size_t sizes[] = {0, 1, 255, 256, 300, 65536, 65800};
    struct fixture *f = log_begin(state);
    struct tlog_tree *copy = (struct tlog_tree *)malloc(sizeof *copy);
    assert_non_null(copy);

    f->other->size = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct muster_hash got;
        struct muster_hash want =
            sizes[i] == 0 ? tlog_empty_root() : oracle_root(&f->oracle, 0, sizes[i]);
        log_append(f, f->other, sizes[i], &tlog_sink_none);
        memset(copy, 0xa5, sizeof *copy);
        tlog_tree_copy(copy, f->other);
        assert_int_equal(tlog_tree_root(copy, &f->hasher, &got, NULL), MUSTER_OK);
        assert_hash(&got, &want);
        log_append(f, copy, sizes[i] + 260, &tlog_sink_none);
        assert_int_equal(tlog_tree_root(f->other, &f->hasher, &got, NULL), MUSTER_OK);
        assert_hash(&got, &want);
        want = oracle_root(&f->oracle, 0, sizes[i] + 260);
        assert_int_equal(tlog_tree_root(copy, &f->hasher, &got, NULL), MUSTER_OK);
        assert_hash(&got, &want);
    }
    free(copy);
}

static void test_tlog_tree_when_restored_from_storage_then_it_goes_on_as_before(void **state)
{
    static const size_t sizes[] = {0,   1,   7,    255,   256,   257,   511,   512,
                                   513, 700, 4000, 65535, 65536, 65537, 65700, LARGE};
    struct fixture *f = log_begin(state);

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        size_t size = sizes[i];
        const struct muster_hash *trailing = f->oracle.leaves + (size - size % TLOG_TILE_WIDTH);
        struct muster_hash got;
        struct muster_hash want = size == 0 ? tlog_empty_root() : oracle_root(&f->oracle, 0, size);
        memset(f->other, 0xa5, sizeof *f->other);
        assert_int_equal(tlog_tree_restore(f->other, &f->hasher, size, trailing, f->tiles, NULL),
                         MUSTER_OK);
        assert_int_equal(tlog_tree_root(f->other, &f->hasher, &got, NULL), MUSTER_OK);
        assert_hash(&got, &want);
        if (size > 0) {
            check_inclusion(f, f->other, size - 1, size);
            check_inclusion(f, f->other, size / 2, size);
        }
        size_t more = size + 300 < LARGE ? size + 300 : LARGE;
        log_append(f, f->other, more, &tlog_sink_none);
        want = oracle_root(&f->oracle, 0, more);
        assert_int_equal(tlog_tree_root(f->other, &f->hasher, &got, NULL), MUSTER_OK);
        assert_hash(&got, &want);
    }
    assert_int_equal(tlog_tree_restore(f->other, &f->hasher, TLOG_SIZE_MOST + 1, f->oracle.leaves,
                                       f->tiles, NULL),
                     MUSTER_ECORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tlog_hashes_when_known_inputs_then_published_answers),
        cmocka_unit_test(test_tlog_tree_when_example_leaves_then_published_roots),
        cmocka_unit_test(test_tlog_tree_when_tiles_fill_then_sink_gets_each_once_with_its_hashes),
        cmocka_unit_test(test_tlog_tree_when_sink_fails_then_tree_is_what_it_was),
        cmocka_unit_test(test_tlog_tree_when_copied_then_changing_one_leaves_the_other),
        cmocka_unit_test(test_tlog_tree_when_restored_from_storage_then_it_goes_on_as_before),
    };
    return cmocka_run_group_tests(tests, log_set_up, log_tear_down);
}
