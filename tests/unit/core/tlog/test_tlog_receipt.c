/* Receipts: the published one byte for byte, every alteration of it, and receipts of other logs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/tlog/checkpoint.h"
#include "core/tlog/cosignature.h"
#include "core/tlog/receipt.h"
#include "example.h"

#define MAGIC     "c2sp.org/tlog-proof@v1\n"
#define HASH      "JP36SsvFBSHEev8mFEOqkBzJCFSQroAKEmXuX2angug=\n"
#define HASHES_8  HASH HASH HASH HASH HASH HASH HASH HASH
#define HASHES_64 HASHES_8 HASHES_8 HASHES_8 HASHES_8 HASHES_8 HASHES_8 HASHES_8 HASHES_8

struct fixture {
    struct tlog_hasher hasher;
    struct tlog_key log;
    struct tlog_key witness;
    uint8_t *leaf; /* TLOG_ENTRY_BYTES + 1: room is no reason to take more */
    char *memory;  /* TLOG_RECEIPT_BYTES + 1 */
};

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof *f);
    assert_non_null(f);
    f->leaf = (uint8_t *)malloc(TLOG_ENTRY_BYTES + 1);
    f->memory = (char *)malloc(TLOG_RECEIPT_BYTES + 1);
    assert_non_null(f->leaf);
    assert_non_null(f->memory);
    assert_int_equal(tlog_hasher_init(&f->hasher, NULL), MUSTER_OK);
    assert_int_equal(tlog_key_parse(&f->log, muster_bytes_of_text(EXAMPLE_LOG_KEY), NULL, NULL),
                     MUSTER_OK);
    assert_int_equal(
        tlog_key_parse(&f->witness, muster_bytes_of_text(EXAMPLE_WITNESS_KEY), NULL, NULL),
        MUSTER_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    tlog_hasher_fini(&f->hasher);
    free(f->leaf);
    free(f->memory);
    free(f);
    return 0;
}

static struct tlog_trust trust_of(const struct fixture *f, size_t quorum)
{
    return (struct tlog_trust){
        .log = &f->log, .witnesses = &f->witness, .witness_count = 1, .quorum = quorum};
}

/* The whole way a verifier goes; `given` NULL: the entry is in the receipt. */
static enum tlog_reason verify(struct fixture *f, struct muster_bytes bytes,
                               const struct tlog_trust *trust, const char *given,
                               struct tlog_proven *proven)
{
    struct tlog_receipt receipt;
    enum tlog_reason why = TLOG_GOOD;
    struct muster_err e = {.text = ""};
    enum muster_status status = tlog_receipt_parse(&receipt, bytes, &why, &e);
    if (status == MUSTER_OK && given != NULL) {
        tlog_receipt_give_leaf(&receipt, muster_bytes_of_text(given));
    } else if (status == MUSTER_OK) {
        status = tlog_receipt_take_leaf(&receipt, f->leaf, TLOG_ENTRY_BYTES + 1, &why, &e);
    }
    if (status == MUSTER_OK) {
        status = tlog_receipt_verify(&f->hasher, &receipt, trust, proven, &why, &e);
    }
    assert_true((status == MUSTER_OK) == (why == TLOG_GOOD));
    if (status != MUSTER_OK) {
        assert_string_equal(e.text, tlog_reason_text(why));
    }
    return why;
}

static enum tlog_reason verify_text(struct fixture *f, const char *text)
{
    struct tlog_trust trust = trust_of(f, 1);
    struct tlog_proven proven;
    return verify(f, muster_bytes_of_text(text), &trust, NULL, &proven);
}

static void test_tlog_receipt_when_published_then_verifies_and_says_what(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct tlog_trust trust = trust_of(f, 1);
    struct tlog_proven proven;
    struct muster_bytes text = muster_bytes_of_text(EXAMPLE_RECEIPT);

    assert_int_equal(text.len, 510); /* 506 characters; the two dashes have 3 bytes each */
    assert_int_equal(verify(f, text, &trust, NULL, &proven), TLOG_GOOD);
    assert_int_equal(proven.index, 4);
    assert_int_equal(proven.size, 7);
    assert_int_equal(proven.cosignatures, 1);
    assert_true(tlog_bytes_equal(proven.leaf, muster_bytes_of_text("echo")));
    assert_true(tlog_bytes_equal(proven.origin, muster_bytes_of_text(EXAMPLE_LOG_NAME)));
    assert_int_equal(proven.root.b[0], 0x08);
    assert_int_equal(proven.root.b[31], 0x3e);
}

static enum muster_status no_tile(void *context, unsigned level, uint64_t n,
                                  const uint8_t hashes[TLOG_TILE_BYTES], struct muster_err *e)
{
    (void)context;
    (void)level;
    (void)n;
    (void)hashes;
    return muster_fail(e, MUSTER_EINTERNAL, "Seven leaves fill no tile.");
}

static void grow_example(struct fixture *f, struct tlog_tree *tree)
{
    static const char *const leaves[EXAMPLE_LEAVES] = {"alpha", "bravo",   "charlie", "delta",
                                                       "echo",  "foxtrot", "golf"};
    const struct tlog_sink sink = {no_tile, NULL};
    for (size_t i = 0; i < EXAMPLE_LEAVES; i++) {
        struct muster_hash hash;
        assert_int_equal(tlog_leaf_hash(&f->hasher, muster_bytes_of_text(leaves[i]), &hash, NULL),
                         MUSTER_OK);
        assert_int_equal(tlog_tree_append(tree, &f->hasher, &hash, &sink, NULL), MUSTER_OK);
    }
}

static void make_signer(struct tlog_signer *signer, const char *name, enum tlog_key_type type,
                        uint8_t first)
{
    uint8_t seed[TLOG_KEY_BYTES];
    for (size_t i = 0; i < sizeof seed; i++) {
        seed[i] = (uint8_t)(first + i);
    }
    assert_int_equal(tlog_signer_init(signer, muster_bytes_of_text(name), type, seed, NULL, NULL),
                     MUSTER_OK);
}

/* The example's note, signed by the log and by the witness, from its tree. */
static void sign_example(struct fixture *f, const struct tlog_tree *tree, struct tlog_text *note)
{
    char memory[TLOG_CHECKPOINT_BYTES];
    struct tlog_text text;
    struct tlog_signer log;
    struct tlog_signer witness;
    struct muster_hash root;
    make_signer(&log, EXAMPLE_LOG_NAME, TLOG_KEY_NOTE, 0x00);
    make_signer(&witness, EXAMPLE_WITNESS_NAME, TLOG_KEY_COSIGNATURE, 0x20);
    assert_int_equal(tlog_tree_root(tree, &f->hasher, &root, NULL), MUSTER_OK);
    tlog_text_init(&text, memory, sizeof memory);
    assert_int_equal(tlog_checkpoint_format(&text, muster_bytes_of_text(EXAMPLE_LOG_NAME),
                                            tree->size, &root, NULL),
                     MUSTER_OK);
    assert_int_equal(tlog_note_sign(note, tlog_text_bytes(&text), &log, NULL), MUSTER_OK);
    assert_int_equal(tlog_cosign(note, tlog_text_bytes(&text), EXAMPLE_TIME, &witness, NULL),
                     MUSTER_OK);
    tlog_signer_fini(&log);
    tlog_signer_fini(&witness);
}

static void test_tlog_receipt_when_made_from_leaves_then_published_bytes(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    char checkpoint[TLOG_CHECKPOINT_BYTES];
    struct tlog_text note;
    struct tlog_text out;
    struct tlog_proof proof;
    struct muster_bytes want = muster_bytes_of_text(EXAMPLE_RECEIPT);
    struct tlog_tree *tree = (struct tlog_tree *)calloc(1, sizeof *tree);
    struct tlog_tiles *tiles = (struct tlog_tiles *)calloc(1, sizeof *tiles); /* none is full */
    assert_non_null(tree);
    assert_non_null(tiles);

    grow_example(f, tree);
    tlog_text_init(&note, checkpoint, sizeof checkpoint);
    sign_example(f, tree, &note);
    struct tlog_prover prover = {tree, tiles, &f->hasher};
    assert_int_equal(tlog_inclusion_proof(&prover, 4, EXAMPLE_LEAVES, &proof, NULL), MUSTER_OK);
    struct tlog_receipt_parts parts = {.has_extra = true,
                                       .extra = muster_bytes_of_text("echo"),
                                       .index = 4,
                                       .proof = &proof,
                                       .checkpoint = tlog_text_bytes(&note)};
    tlog_text_init(&out, f->memory, TLOG_RECEIPT_BYTES);
    assert_int_equal(tlog_receipt_format(&out, &parts, NULL), MUSTER_OK);
    assert_int_equal(out.len, want.len);
    assert_memory_equal(out.at, want.at, want.len);

    for (size_t room = 0; room < want.len; room++) {
        tlog_text_init(&out, f->memory, room);
        assert_int_equal(tlog_receipt_format(&out, &parts, NULL), MUSTER_ETOOBIG);
    }
    free(tiles);
    free(tree);
}

static void test_tlog_receipt_when_any_bit_is_flipped_then_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct tlog_trust trust = trust_of(f, 1);
    struct tlog_trust alone = trust_of(f, 0);
    struct tlog_proven proven;
    const size_t len = strlen(EXAMPLE_RECEIPT);
    const size_t own = len - strlen(EXAMPLE_WITNESS_LINE);

    for (size_t bit = 0; bit < 8 * len; bit++) {
        memcpy(f->memory, EXAMPLE_RECEIPT, len);
        f->memory[bit / 8] = (char)(f->memory[bit / 8] ^ (1 << bit % 8));
        assert_int_not_equal(verify(f, muster_bytes_of(f->memory, len), &trust, NULL, &proven),
                             TLOG_GOOD);
        if (bit / 8 < own) {
            assert_int_not_equal(verify(f, muster_bytes_of(f->memory, len), &alone, NULL, &proven),
                                 TLOG_GOOD);
        }
    }
}

static void test_tlog_receipt_when_cut_anywhere_then_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct tlog_trust trust = trust_of(f, 1);
    struct tlog_trust alone = trust_of(f, 0);
    struct tlog_proven proven;
    const size_t len = strlen(EXAMPLE_RECEIPT);
    const size_t own = len - strlen(EXAMPLE_WITNESS_LINE);

    for (size_t cut = 0; cut < len; cut++) {
        struct muster_bytes bytes = muster_bytes_of(EXAMPLE_RECEIPT, cut);
        enum tlog_reason why = verify(f, bytes, &trust, NULL, &proven);
        assert_int_equal(why, cut == own ? TLOG_NO_QUORUM : TLOG_TRUNCATED);
        /* Without its witness it is the log's own receipt, whole. */
        assert_int_equal(verify(f, bytes, &alone, NULL, &proven),
                         cut == own ? TLOG_GOOD : TLOG_TRUNCATED);
    }
}

static void test_tlog_receipt_when_altered_then_the_reason_says_how(void **state)
{
    static const struct {
        const char *text;
        enum tlog_reason why;
    } rows[] = {
        {EXAMPLE_RECEIPT, TLOG_GOOD},
        {"c2sp.org/tlog-proof@v2\n" EXAMPLE_EXTRA "index 4\n\n" EXAMPLE_CHECKPOINT,
         TLOG_NOT_RECEIPT},
        {"MZ and then something else that has no line feed in it", TLOG_NOT_RECEIPT},
        {EXAMPLE_CHECKPOINT, TLOG_NOT_RECEIPT},
        {MAGIC EXAMPLE_EXTRA EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT, TLOG_BAD_INDEX},
        {MAGIC "index 4\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT, TLOG_NO_LEAF},
        {MAGIC "index 4\n" EXAMPLE_EXTRA EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT, TLOG_BAD_HASH},
        {MAGIC EXAMPLE_EXTRA EXAMPLE_EXTRA "index 4\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT,
         TLOG_BAD_INDEX},
        {MAGIC "extra ZWNobx==\nindex 4\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT, TLOG_BAD_EXTRA},
        {MAGIC "extra ZWNobw\nindex 4\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT, TLOG_BAD_EXTRA},
        {MAGIC "extra ZWNobw== \nindex 4\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT, TLOG_BAD_EXTRA},
        {MAGIC "extra\nindex 4\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT, TLOG_BAD_INDEX},
        {MAGIC "extra \nindex 4\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT, TLOG_ROOT_MISMATCH},
        {MAGIC "extra RWNobw==\nindex 4\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT,
         TLOG_ROOT_MISMATCH},
        {MAGIC EXAMPLE_EXTRA "index 04\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT, TLOG_BAD_INDEX},
        {MAGIC EXAMPLE_EXTRA "index -4\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT, TLOG_BAD_INDEX},
        {MAGIC EXAMPLE_EXTRA "index\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT, TLOG_BAD_INDEX},
        {MAGIC EXAMPLE_EXTRA "index 9223372036854775808\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT,
         TLOG_BAD_INDEX},
        {MAGIC EXAMPLE_EXTRA "index 5\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT, TLOG_ROOT_MISMATCH},
        {MAGIC EXAMPLE_EXTRA "index 6\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT, TLOG_PROOF_LENGTH},
        {MAGIC EXAMPLE_EXTRA "index 7\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT, TLOG_INDEX_RANGE},
        {MAGIC EXAMPLE_EXTRA "index 9223372036854775807\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT,
         TLOG_INDEX_RANGE},
        {MAGIC EXAMPLE_EXTRA "index 4\n\n" EXAMPLE_CHECKPOINT, TLOG_PROOF_LENGTH},
        {MAGIC EXAMPLE_EXTRA "index 4\n" EXAMPLE_PROOF HASH "\n" EXAMPLE_CHECKPOINT,
         TLOG_PROOF_LENGTH},
        {MAGIC EXAMPLE_EXTRA "index 4\n" HASHES_64 "\n" EXAMPLE_CHECKPOINT, TLOG_PROOF_LENGTH},
        {MAGIC EXAMPLE_EXTRA "index 4\n" HASHES_64 HASH "\n" EXAMPLE_CHECKPOINT,
         TLOG_PROOF_TOO_LONG},
        {MAGIC EXAMPLE_EXTRA "index 4\n" EXAMPLE_PROOF "JP36\n\n" EXAMPLE_CHECKPOINT,
         TLOG_BAD_HASH},
        {MAGIC EXAMPLE_EXTRA "index 4\n" EXAMPLE_PROOF "\n\n" EXAMPLE_CHECKPOINT,
         TLOG_BAD_CHECKPOINT},
        {MAGIC EXAMPLE_EXTRA "index 4\n" EXAMPLE_PROOF "\n" EXAMPLE_TEXT "\n" EXAMPLE_WITNESS_LINE,
         TLOG_FOREIGN_KEY},
        {MAGIC EXAMPLE_EXTRA "index 4\n" EXAMPLE_PROOF "\n" EXAMPLE_TEXT "\n" EXAMPLE_LOG_LINE,
         TLOG_NO_QUORUM},
        {MAGIC EXAMPLE_EXTRA
         "index 4\n" EXAMPLE_PROOF
         "\nlog.muster.example/2\n7\nCLivSPHqaTnm7+gB9O9jO4b9dSSvCeMSFeDxdrKJiD4=\n"
         "\n" EXAMPLE_LOG_LINE EXAMPLE_WITNESS_LINE,
         TLOG_FOREIGN_ORIGIN},
        {MAGIC EXAMPLE_EXTRA
         "index 4\n" EXAMPLE_PROOF
         "\nlog.muster.example/1\n8\nCLivSPHqaTnm7+gB9O9jO4b9dSSvCeMSFeDxdrKJiD4=\n"
         "\n" EXAMPLE_LOG_LINE EXAMPLE_WITNESS_LINE,
         TLOG_BAD_SIGNATURE},
        {MAGIC EXAMPLE_EXTRA "index 4\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT "\n",
         TLOG_TRUNCATED},
        {MAGIC EXAMPLE_EXTRA "index 4\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT "x\n",
         TLOG_BAD_SIGNATURE_LINE},
    };
    struct fixture *f = (struct fixture *)*state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum tlog_reason why = verify_text(f, rows[i].text);
        if (why != rows[i].why) {
            fail_msg("row %zu: %s", i, tlog_reason_name(why));
        }
    }
}

static void test_tlog_receipt_when_leaf_is_given_then_extra_plays_no_part(void **state)
{
    static const char bare[] = MAGIC "index 4\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT;
    static const char other[] =
        MAGIC "extra RWNobw==\nindex 4\n" EXAMPLE_PROOF "\n" EXAMPLE_CHECKPOINT;
    struct fixture *f = (struct fixture *)*state;
    struct tlog_trust trust = trust_of(f, 1);
    struct tlog_proven proven;
    struct tlog_receipt receipt;
    enum tlog_reason why = TLOG_GOOD;

    assert_int_equal(verify(f, muster_bytes_of_text(bare), &trust, "echo", &proven), TLOG_GOOD);
    assert_int_equal(verify(f, muster_bytes_of_text(other), &trust, "echo", &proven), TLOG_GOOD);
    assert_int_equal(verify(f, muster_bytes_of_text(bare), &trust, "echo ", &proven),
                     TLOG_ROOT_MISMATCH);
    assert_int_equal(verify(f, muster_bytes_of_text(bare), &trust, "", &proven),
                     TLOG_ROOT_MISMATCH);
    /* Without either there is nothing to verify. */
    assert_int_equal(
        tlog_receipt_parse(&receipt, muster_bytes_of_text(EXAMPLE_RECEIPT), NULL, NULL), MUSTER_OK);
    assert_int_equal(tlog_receipt_verify(&f->hasher, &receipt, &trust, &proven, &why, NULL),
                     MUSTER_EMALFORMED);
    assert_int_equal(why, TLOG_NO_LEAF);
    assert_int_equal(tlog_receipt_take_leaf(&receipt, f->leaf, 3, &why, NULL), MUSTER_ETOOBIG);
    assert_int_equal(why, TLOG_LEAF_TOO_LONG);
    assert_int_equal(tlog_receipt_take_leaf(&receipt, f->leaf, 4, &why, NULL), MUSTER_OK);
}

/* A one-leaf log of another operator: origin and key name differ, the text has extension lines. */
static struct muster_bytes foreign_receipt(struct fixture *f, const struct tlog_signer *signer,
                                           struct muster_bytes entry, uint64_t size,
                                           const char *extension)
{
    char checkpoint[TLOG_CHECKPOINT_BYTES];
    char body[TLOG_CHECKPOINT_BYTES];
    struct tlog_text text;
    struct tlog_text note;
    struct tlog_text out;
    struct muster_hash root;
    const struct tlog_proof none = {.count = 0};

    assert_int_equal(tlog_leaf_hash(&f->hasher, entry, &root, NULL), MUSTER_OK);
    tlog_text_init(&text, body, sizeof body);
    assert_int_equal(
        tlog_checkpoint_format(&text, muster_bytes_of_text("an old origin"), size, &root, NULL),
        MUSTER_OK);
    tlog_text_put(&text, muster_bytes_of_text(extension));
    tlog_text_init(&note, checkpoint, sizeof checkpoint);
    assert_int_equal(tlog_note_sign(&note, tlog_text_bytes(&text), signer, NULL), MUSTER_OK);
    struct tlog_receipt_parts parts = {
        .has_extra = true, .extra = entry, .proof = &none, .checkpoint = tlog_text_bytes(&note)};
    tlog_text_init(&out, f->memory, TLOG_RECEIPT_BYTES);
    assert_int_equal(tlog_receipt_format(&out, &parts, NULL), MUSTER_OK);
    return tlog_text_bytes(&out);
}

static void test_tlog_receipt_when_of_another_log_then_trust_decides(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    uint8_t seed[TLOG_KEY_BYTES] = {9};
    struct tlog_signer signer;
    struct tlog_proven proven;
    uint8_t *entry = (uint8_t *)calloc(1, TLOG_ENTRY_BYTES + 1);

    assert_non_null(entry);
    assert_int_equal(tlog_signer_init(&signer, muster_bytes_of_text("sum.example"), TLOG_KEY_NOTE,
                                      seed, NULL, NULL),
                     MUSTER_OK);
    struct tlog_trust trust = {.log = &signer.key};
    struct muster_bytes longest = muster_bytes_of(entry, TLOG_ENTRY_BYTES);
    struct muster_bytes bytes = foreign_receipt(f, &signer, longest, 1, "extension\n");
    assert_int_equal(verify(f, bytes, &trust, NULL, &proven), TLOG_FOREIGN_ORIGIN);
    trust.origin = muster_bytes_of_text("an old origin");
    assert_int_equal(verify(f, bytes, &trust, NULL, &proven), TLOG_EXTENDED);
    trust.extensions = true;
    assert_int_equal(verify(f, bytes, &trust, NULL, &proven), TLOG_GOOD);
    assert_int_equal(proven.leaf.len, TLOG_ENTRY_BYTES);
    assert_int_equal(proven.cosignatures, 0);

    bytes = foreign_receipt(f, &signer, longest, 1, "");
    trust.extensions = false;
    assert_int_equal(verify(f, bytes, &trust, NULL, &proven), TLOG_GOOD);
    bytes = foreign_receipt(f, &signer, muster_bytes_of(entry, TLOG_ENTRY_BYTES + 1), 1, "");
    assert_int_equal(verify(f, bytes, &trust, NULL, &proven), TLOG_LEAF_TOO_LONG);
    bytes = foreign_receipt(f, &signer, muster_bytes_of(entry, 0), 1, "");
    assert_int_equal(verify(f, bytes, &trust, NULL, &proven), TLOG_GOOD);
    bytes = foreign_receipt(f, &signer, muster_bytes_of(entry, 10), 0, "");
    assert_int_equal(verify(f, bytes, &trust, NULL, &proven), TLOG_EMPTY_TREE);
    bytes = foreign_receipt(f, &signer, muster_bytes_of(entry, 10), 2, "");
    assert_int_equal(verify(f, bytes, &trust, NULL, &proven), TLOG_PROOF_LENGTH);
    trust.quorum = 1;
    assert_int_equal(verify(f, bytes, &trust, NULL, &proven), TLOG_NO_QUORUM);

    memset(f->memory, 'A', TLOG_RECEIPT_BYTES + 1);
    assert_int_equal(
        verify(f, muster_bytes_of(f->memory, TLOG_RECEIPT_BYTES + 1), &trust, NULL, &proven),
        TLOG_TOO_LONG);
    tlog_signer_fini(&signer);
    free(entry);
}

static void test_tlog_verify_when_sizes_are_out_of_range_then_their_reason(void **state)
{
    static const struct {
        uint64_t first;
        uint64_t size;
        enum tlog_reason inclusion;
        enum tlog_reason consistency;
    } rows[] = {
        {0, 0, TLOG_EMPTY_TREE, TLOG_EMPTY_TREE},
        {0, 1, TLOG_GOOD, TLOG_EMPTY_TREE},
        {1, 1, TLOG_INDEX_RANGE, TLOG_GOOD},
        {2, 1, TLOG_INDEX_RANGE, TLOG_SHRUNK},
        {0, 2, TLOG_PROOF_LENGTH, TLOG_EMPTY_TREE},
        {1, 2, TLOG_PROOF_LENGTH, TLOG_PROOF_LENGTH},
        {INT64_MAX - 1, INT64_MAX, TLOG_PROOF_LENGTH, TLOG_PROOF_LENGTH},
        {1, (uint64_t)INT64_MAX + 1, TLOG_SIZE_RANGE, TLOG_SIZE_RANGE},
        {UINT64_MAX, 1, TLOG_SIZE_RANGE, TLOG_SIZE_RANGE},
        {UINT64_MAX, UINT64_MAX, TLOG_SIZE_RANGE, TLOG_SIZE_RANGE},
    };
    struct fixture *f = (struct fixture *)*state;
    const struct tlog_proof none = {.count = 0};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct muster_hash hash = {{1}};
        struct tlog_inclusion inclusion = {rows[i].first, rows[i].size, hash, hash};
        struct tlog_consistency consistency = {rows[i].first, rows[i].size, hash, hash};
        enum tlog_reason why = TLOG_GOOD;
        (void)!tlog_verify_inclusion(&f->hasher, &inclusion, &none, &why, NULL);
        assert_int_equal(why, rows[i].inclusion);
        why = TLOG_GOOD;
        (void)!tlog_verify_consistency(&f->hasher, &consistency, &none, &why, NULL);
        assert_int_equal(why, rows[i].consistency);
    }
}

static void test_tlog_proof_when_read_from_bytes_then_lengths_are_checked(void **state)
{
    uint8_t bytes[65 * 32];
    struct tlog_proof proof;
    enum tlog_reason why = TLOG_GOOD;
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i / 32);
    }

    assert_int_equal(tlog_proof_read(&proof, muster_bytes_of(bytes, 64 * 32), &why, NULL),
                     MUSTER_OK);
    assert_int_equal(proof.count, 64);
    assert_int_equal(proof.hash[63].b[31], 63);
    assert_int_equal(tlog_proof_read(&proof, muster_bytes_of(bytes, 65 * 32), &why, NULL),
                     MUSTER_ETOOBIG);
    assert_int_equal(why, TLOG_PROOF_TOO_LONG);
    assert_int_equal(tlog_proof_read(&proof, muster_bytes_of(bytes, 33), &why, NULL),
                     MUSTER_EMALFORMED);
    assert_int_equal(why, TLOG_HASH_LENGTH);
    assert_int_equal(tlog_proof_add(&proof, muster_bytes_of(bytes, 32), &why, NULL),
                     MUSTER_ETOOBIG);
    assert_int_equal(tlog_proof_read(&proof, muster_bytes_of(NULL, 0), &why, NULL), MUSTER_OK);
    assert_int_equal(proof.count, 0);
    assert_int_equal(tlog_proof_add(&proof, muster_bytes_of(bytes + 32, 32), &why, NULL),
                     MUSTER_OK);
    assert_int_equal(proof.count, 1);
    assert_int_equal(proof.hash[0].b[0], 1);
    assert_int_equal(tlog_proof_add(&proof, muster_bytes_of(bytes, 31), &why, NULL),
                     MUSTER_EMALFORMED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tlog_receipt_when_published_then_verifies_and_says_what),
        cmocka_unit_test(test_tlog_receipt_when_made_from_leaves_then_published_bytes),
        cmocka_unit_test(test_tlog_receipt_when_any_bit_is_flipped_then_refused),
        cmocka_unit_test(test_tlog_receipt_when_cut_anywhere_then_refused),
        cmocka_unit_test(test_tlog_receipt_when_altered_then_the_reason_says_how),
        cmocka_unit_test(test_tlog_receipt_when_leaf_is_given_then_extra_plays_no_part),
        cmocka_unit_test(test_tlog_receipt_when_of_another_log_then_trust_decides),
        cmocka_unit_test(test_tlog_verify_when_sizes_are_out_of_range_then_their_reason),
        cmocka_unit_test(test_tlog_proof_when_read_from_bytes_then_lengths_are_checked),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
