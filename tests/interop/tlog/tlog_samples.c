/* Writes into a folder what verify_receipts.py checks: keys, receipts and consistency proofs of
 * logs whose leaves are "leaf 0", "leaf 1", ... The keys are for tests alone. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base/buffer.h"
#include "core/base/encode.h"
#include "core/base/file.h"
#include "core/tlog/checkpoint.h"
#include "core/tlog/cosignature.h"
#include "core/tlog/receipt.h"

#define SIZE     700u
#define TILES    (SIZE / TLOG_TILE_WIDTH)
#define LOG_NAME "log.samples.example/1"

struct samples {
    const char *folder;
    struct tlog_hasher hasher;
    struct tlog_signer log;
    struct tlog_signer witness;
    struct tlog_tree *tree;
    struct tlog_tiles *tiles;
    uint8_t stored[TILES][TLOG_TILE_BYTES];
};

static enum muster_status store_tile(void *context, unsigned level, uint64_t n,
                                     const uint8_t hashes[TLOG_TILE_BYTES], struct muster_err *e)
{
    struct samples *s = (struct samples *)context;
    if (level != 0 || n >= TILES) {
        return muster_fail(e, MUSTER_EINTERNAL, "Unexpected tile.");
    }
    memcpy(s->stored[n], hashes, TLOG_TILE_BYTES);
    return MUSTER_OK;
}

static enum muster_status load_tile(void *context, unsigned level, uint64_t n,
                                    uint8_t out[TLOG_TILE_BYTES], struct muster_err *e)
{
    const struct samples *s = (const struct samples *)context;
    if (level != 0 || n >= TILES) {
        return muster_fail(e, MUSTER_ENOTFOUND, "No such tile.");
    }
    memcpy(out, s->stored[n], TLOG_TILE_BYTES);
    return MUSTER_OK;
}

/* Stops the program: a sample that cannot be made is a failed test. */
static void must(enum muster_status status, const struct muster_err *e)
{
    if (status != MUSTER_OK) {
        fprintf(stderr, "tlog_samples: %s\n", e->text);
        exit(3);
    }
}

static void write_sample(const struct samples *s, const char *name, struct muster_bytes bytes)
{
    struct muster_err e = {.text = ""};
    char path[4096];
    int len = snprintf(path, sizeof path, "%s/%s", s->folder, name);
    if (len < 0 || (size_t)len >= sizeof path) {
        fprintf(stderr, "tlog_samples: the folder's name is too long\n");
        exit(3);
    }
    must(file_write(path, bytes.at, bytes.len, 0600, &e), &e);
}

static void make_keys(struct samples *s)
{
    struct muster_err e = {.text = ""};
    uint8_t seed[TLOG_KEY_BYTES] = {1};
    char memory[1024];
    struct tlog_text out;
    must(tlog_signer_init(&s->log, muster_bytes_of_text(LOG_NAME), TLOG_KEY_NOTE, seed, NULL, &e),
         &e);
    seed[0] = 2;
    must(tlog_signer_init(&s->witness, muster_bytes_of_text("witness.samples.example"),
                          TLOG_KEY_COSIGNATURE, seed, NULL, &e),
         &e);
    tlog_text_init(&out, memory, sizeof memory);
    tlog_key_format(&out, &s->log.key);
    tlog_text_put(&out, muster_bytes_of_text("\n"));
    tlog_key_format(&out, &s->witness.key);
    tlog_text_put(&out, muster_bytes_of_text("\n"));
    must(tlog_text_check(&out, &e), &e);
    write_sample(s, "keys", tlog_text_bytes(&out));
}

static void grow(struct samples *s)
{
    struct muster_err e = {.text = ""};
    const struct tlog_sink sink = {store_tile, s};
    for (unsigned i = 0; i < SIZE; i++) {
        char leaf[32];
        struct muster_hash hash;
        (void)snprintf(leaf, sizeof leaf, "leaf %u", i);
        must(tlog_leaf_hash(&s->hasher, muster_bytes_of_text(leaf), &hash, &e), &e);
        must(tlog_tree_append(s->tree, &s->hasher, &hash, &sink, &e), &e);
    }
}

static struct tlog_prover prover_of(struct samples *s)
{
    return (struct tlog_prover){s->tree, s->tiles, &s->hasher};
}

static void make_receipt(struct samples *s, uint64_t index, uint64_t size)
{
    struct muster_err e = {.text = ""};
    struct tlog_prover prover = prover_of(s);
    struct tlog_proof proof;
    struct muster_hash root;
    char leaf[32];
    char name[64];
    char memory[3][4 * TLOG_CHECKPOINT_BYTES];
    struct tlog_text text;
    struct tlog_text note;
    struct tlog_text receipt;
    tlog_text_init(&text, memory[0], sizeof memory[0]);
    tlog_text_init(&note, memory[1], sizeof memory[1]);
    tlog_text_init(&receipt, memory[2], sizeof memory[2]);
    must(tlog_root_at(&prover, size, &root, &e), &e);
    must(tlog_inclusion_proof(&prover, index, size, &proof, &e), &e);
    must(tlog_checkpoint_format(&text, muster_bytes_of_text(LOG_NAME), size, &root, &e), &e);
    must(tlog_note_sign(&note, tlog_text_bytes(&text), &s->log, &e), &e);
    must(tlog_cosign(&note, tlog_text_bytes(&text), 1700000000u + size, &s->witness, &e), &e);
    (void)snprintf(leaf, sizeof leaf, "leaf %" PRIu64, index);
    struct tlog_receipt_parts parts = {.has_extra = true,
                                       .extra = muster_bytes_of_text(leaf),
                                       .index = index,
                                       .proof = &proof,
                                       .checkpoint = tlog_text_bytes(&note)};
    must(tlog_receipt_format(&receipt, &parts, &e), &e);
    (void)snprintf(name, sizeof name, "%" PRIu64 "-%" PRIu64 ".tlog-proof", size, index);
    write_sample(s, name, tlog_text_bytes(&receipt));
}

/* A line: old size, size, proof hashes in hex. */
static void put_consistency(struct samples *s, struct buffer *out, uint64_t old, uint64_t size)
{
    struct muster_err e = {.text = ""};
    struct tlog_prover prover = prover_of(s);
    struct tlog_proof proof;
    char hex[2 * MUSTER_HASH_BYTES + 1];
    must(tlog_consistency_proof(&prover, old, size, &proof, &e), &e);
    buffer_printf(out, "%" PRIu64 " %" PRIu64, old, size);
    for (size_t i = 0; i < proof.count; i++) {
        hex_encode(proof.hash[i].b, sizeof proof.hash[i].b, hex);
        buffer_printf(out, " %s", hex);
    }
    buffer_text(out, "\n");
}

int main(int argc, char **argv)
{
    static const uint64_t sizes[] = {1, 2, 3, 7, 8, 255, 256, 257, 511, 512, 513, SIZE};
    static struct samples s;
    struct muster_err e = {.text = ""};
    struct buffer lines;
    if (argc != 2) {
        fprintf(stderr, "usage: tlog_samples FOLDER\n");
        return 2;
    }
    s.folder = argv[1];
    s.tree = (struct tlog_tree *)calloc(1, sizeof *s.tree);
    s.tiles = (struct tlog_tiles *)calloc(1, sizeof *s.tiles);
    if (s.tree == NULL || s.tiles == NULL) {
        return 3;
    }
    must(tlog_hasher_init(&s.hasher, &e), &e);
    tlog_tiles_init(s.tiles, (struct tlog_source){load_tile, &s});
    make_keys(&s);
    grow(&s);
    buffer_init(&lines, 0);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        make_receipt(&s, 0, sizes[i]);
        make_receipt(&s, sizes[i] / 2, sizes[i]);
        make_receipt(&s, sizes[i] - 1, sizes[i]);
        for (size_t j = 0; j <= i; j++) {
            put_consistency(&s, &lines, sizes[j], sizes[i]);
        }
    }
    must(buffer_check(&lines, &e), &e);
    write_sample(&s, "consistency", muster_bytes_of(lines.at, lines.len));
    buffer_fini(&lines);
    tlog_signer_fini(&s.log);
    tlog_signer_fini(&s.witness);
    tlog_hasher_fini(&s.hasher);
    free(s.tree);
    free(s.tiles);
    return 0;
}
