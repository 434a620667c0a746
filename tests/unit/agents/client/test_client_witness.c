/* The witness's memory against every pair of sizes of a small log, its forks and rollbacks. Roots
 * and proofs are those of the recursive transcription of RFC 6962 (tests/unit/core/tlog). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "agents/client/witness.h"
#include "core/tlog/note.h"
#include "tests/lib/signed_note.h"
#include "tests/unit/core/tlog/sample_log.h"

#define MOST   13u
#define ORIGIN "log.muster.example/1"

/* Two logs with the same first leaves: `honest`, and `other`, which goes on otherwise. */
struct world {
    struct tlog_hasher hasher;
    struct tlog_signer log;
    struct tlog_signer stranger; /* another key of the same name */
    struct tlog_signer key;      /* the witness's */
    struct oracle honest;
    struct oracle other;
    char *note;
    struct witness witness;
};

static void make_oracle(struct oracle *oracle)
{
    oracle->digest = EVP_MD_fetch(NULL, "SHA2-256", NULL);
    oracle->leaves = (struct muster_hash *)calloc(MOST, sizeof(struct muster_hash));
    oracle->memo = (struct muster_hash *)calloc(MEMO_SMALL, sizeof(struct muster_hash));
    oracle->known = (bool *)calloc(MEMO_SMALL, sizeof(bool));
    for (size_t i = 0; i < MOST; i++) {
        oracle->leaves[i].b[0] = (uint8_t)(i + 1);
    }
}

static void free_oracle(struct oracle *oracle)
{
    EVP_MD_free(oracle->digest);
    free(oracle->leaves);
    free(oracle->memo);
    free(oracle->known);
}

static int set_up(void **state)
{
    struct world *w = (struct world *)calloc(1, sizeof *w);
    assert_non_null(w);
    assert_int_equal(tlog_hasher_init(&w->hasher, NULL), MUSTER_OK);
    signed_note_signer(&w->log, ORIGIN, TLOG_KEY_NOTE, 1);
    signed_note_signer(&w->stranger, ORIGIN, TLOG_KEY_NOTE, 2);
    signed_note_signer(&w->key, "log.muster.example/witness/police/00000000", TLOG_KEY_COSIGNATURE,
                       3);
    make_oracle(&w->honest);
    make_oracle(&w->other);
    w->note = (char *)calloc(1, TLOG_CHECKPOINT_BYTES + 1);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = (struct world *)*state;
    tlog_hasher_fini(&w->hasher);
    tlog_signer_fini(&w->log);
    tlog_signer_fini(&w->stranger);
    tlog_signer_fini(&w->key);
    free_oracle(&w->honest);
    free_oracle(&w->other);
    free(w->note);
    free(w);
    return 0;
}

/* The other log differs from leaf `at` on. */
static void fork_at(struct world *w, size_t at)
{
    for (size_t i = 0; i < MOST; i++) {
        w->other.leaves[i].b[31] = i >= at ? 1 : 0;
    }
    memset(w->other.known, 0, MEMO_SMALL * sizeof(bool));
}

/* A checkpoint as the log signs it, in the world's memory. */
static const char *sign(struct world *w, const struct tlog_signer *signer,
                        const struct oracle *oracle, size_t size)
{
    struct muster_hash root = oracle_root(oracle, 0, size);
    signed_note_write(signer, size, &root, w->note);
    return w->note;
}

static struct tlog_proof prove(const struct oracle *oracle, size_t old, size_t size)
{
    struct tlog_proof proof = {.count = 0};
    if (old > 0 && old < size) {
        oracle_subproof(oracle, old, 0, size, true, &proof);
    }
    return proof;
}

static enum muster_status take(struct world *w, const struct witness_checkpoint *base,
                               const char *note, const struct tlog_proof *proof)
{
    struct codec_hashes hashes = {proof->hash, proof->count};
    struct tlog_checkpoint out;
    struct muster_err e;
    return witness_take(&w->witness, base, note, &hashes, &out, &e);
}

/* A witness that remembers the honest log at `size`, as if read back from the disk. */
static void remember(struct world *w, size_t size)
{
    witness_init(&w->witness, &w->log.key, &w->hasher);
    if (size > 0) {
        const char *note = sign(w, &w->log, &w->honest, size);
        assert_int_equal(witness_recall(&w->witness, note, NULL, NULL), MUSTER_OK);
    }
    assert_int_equal(w->witness.memory.size, size);
}

/* Takes the other log's checkpoint of `size`, with its own best proof. */
static enum muster_status take_other(struct world *w, size_t size)
{
    struct witness_checkpoint base = w->witness.memory;
    struct tlog_proof proof = prove(&w->other, base.size, size);
    return take(w, &base, sign(w, &w->log, &w->other, size), &proof);
}

static void assert_caught(const struct world *w, enum witness_finding finding, size_t known,
                          size_t received)
{
    assert_int_equal(w->witness.caught.finding, finding);
    assert_int_equal(w->witness.caught.known.size, known);
    assert_int_equal(w->witness.caught.received.size, received);
    assert_int_equal(w->witness.memory.size, known);
}

static void test_memory_when_the_log_grows_then_it_goes_on_and_forks_are_caught(void **state)
{
    struct world *w = (struct world *)*state;
    for (size_t fork = 0; fork <= MOST; fork++) {
        fork_at(w, fork);
        for (size_t old = 0; old <= MOST; old++) {
            for (size_t size = 1; size <= MOST; size++) {
                remember(w, old);
                enum muster_status status = take_other(w, size);
                if (old > 0 && size < old) {
                    assert_int_equal(status, MUSTER_EUNVERIFIED);
                    assert_caught(w, WITNESS_ROLLBACK, old, size);
                } else if (old > fork) {
                    assert_int_equal(status, MUSTER_EUNVERIFIED);
                    assert_caught(w, WITNESS_FORK, old, size);
                } else {
                    assert_int_equal(status, MUSTER_OK);
                    assert_int_equal(w->witness.memory.size, size);
                    assert_int_equal(w->witness.caught.finding, WITNESS_FINE);
                }
            }
        }
    }
}

static void test_memory_when_any_hash_of_a_proof_is_missing_or_altered_then_caught(void **state)
{
    struct world *w = (struct world *)*state;
    for (size_t old = 1; old < MOST; old++) {
        for (size_t size = old + 1; size <= MOST; size++) {
            struct tlog_proof good = prove(&w->honest, old, size);
            for (size_t i = 0; i < good.count; i++) {
                struct tlog_proof altered = good;
                remember(w, old);
                struct witness_checkpoint base = w->witness.memory;
                altered.hash[i].b[7] ^= 1;
                assert_int_equal(take(w, &base, sign(w, &w->log, &w->honest, size), &altered),
                                 MUSTER_EUNVERIFIED);
                assert_caught(w, WITNESS_FORK, old, size);

                remember(w, old);
                altered = good;
                altered.count = i;
                assert_int_equal(take(w, &base, sign(w, &w->log, &w->honest, size), &altered),
                                 MUSTER_EUNVERIFIED);
                assert_caught(w, WITNESS_FORK, old, size);
            }
        }
    }
}

static void
test_memory_when_a_checkpoint_is_not_the_logs_then_refused_and_nobody_caught(void **state)
{
    struct world *w = (struct world *)*state;
    const struct tlog_proof none = {.count = 0};
    struct tlog_proof proof = prove(&w->honest, 3, 5);
    remember(w, 3);
    struct witness_checkpoint base = w->witness.memory;
    assert_int_equal(take(w, &base, sign(w, &w->stranger, &w->honest, 5), &proof),
                     MUSTER_EUNVERIFIED);
    (void)sign(w, &w->log, &w->honest, 5);
    w->note[sizeof ORIGIN] = '6'; /* another size under the same signature */
    assert_int_equal(take(w, &base, w->note, &proof), MUSTER_EUNVERIFIED);
    assert_int_equal(take(w, &base, "", &none), MUSTER_EMALFORMED);
    assert_int_equal(take(w, &base, NULL, &none), MUSTER_EUNVERIFIED);
    assert_int_equal(w->witness.caught.finding, WITNESS_FINE);
    assert_int_equal(w->witness.memory.size, 3);
}

/* Several requests under way: their replies name what was known when they left. */
static void
test_memory_when_an_older_request_is_answered_then_verified_and_not_remembered(void **state)
{
    struct world *w = (struct world *)*state;
    remember(w, 4);
    struct witness_checkpoint base = w->witness.memory;
    struct tlog_proof first = prove(&w->honest, 4, 9);
    struct tlog_proof second = prove(&w->honest, 4, 12);
    assert_int_equal(take(w, &base, sign(w, &w->log, &w->honest, 9), &first), MUSTER_OK);
    assert_int_equal(w->witness.memory.size, 9);
    assert_int_equal(take(w, &base, sign(w, &w->log, &w->honest, 12), &second), MUSTER_OK);
    assert_int_equal(w->witness.memory.size, 9); /* nothing leads from 9 to 12 */
    assert_int_equal(take(w, &base, sign(w, &w->log, &w->honest, 9), &first), MUSTER_OK);

    fork_at(w, 4); /* continues 4, but not as the first reply did */
    struct tlog_proof forked = prove(&w->other, 4, 9);
    assert_int_equal(take(w, &base, sign(w, &w->log, &w->other, 9), &forked), MUSTER_EUNVERIFIED);
    assert_caught(w, WITNESS_FORK, 9, 9);
}

static void
test_confront_when_the_gateway_says_it_is_behind_then_its_checkpoint_shows_it(void **state)
{
    struct world *w = (struct world *)*state;
    fork_at(w, 5);
    remember(w, 9);
    assert_int_equal(witness_confront(&w->witness, sign(w, &w->log, &w->honest, 9), NULL),
                     MUSTER_OK);
    assert_int_equal(witness_confront(&w->witness, sign(w, &w->log, &w->other, 12), NULL),
                     MUSTER_OK);
    assert_int_equal(w->witness.caught.finding, WITNESS_FINE);
    assert_int_equal(witness_confront(&w->witness, sign(w, &w->log, &w->honest, 7), NULL),
                     MUSTER_EUNVERIFIED);
    assert_caught(w, WITNESS_ROLLBACK, 9, 7);
    remember(w, 9);
    assert_int_equal(witness_confront(&w->witness, sign(w, &w->log, &w->other, 9), NULL),
                     MUSTER_EUNVERIFIED);
    assert_caught(w, WITNESS_FORK, 9, 9);
}

/* --- offers ----------------------------------------------------------------------------------- */

/* Remembers `newest` of the honest log and has cosigned `cosigned` of `held`; then `log` offers. */
static enum muster_status offer(struct world *w, const struct oracle *held,
                                const struct oracle *log, size_t cosigned, size_t offered,
                                size_t newest)
{
    struct tlog_proof from = prove(log, cosigned, offered);
    struct tlog_proof to = prove(log, offered, newest);
    struct tlog_checkpoint last;
    struct codec_hashes none = {NULL, 0};
    char note[TLOG_CHECKPOINT_BYTES + 1];
    struct muster_err e;
    remember(w, 0);
    struct witness_checkpoint base = w->witness.memory;
    memcpy(note, sign(w, &w->log, &w->honest, newest), sizeof note);
    assert_int_equal(witness_take(&w->witness, &base, note, &none, &last, NULL), MUSTER_OK);
    if (cosigned > 0) {
        const char *last_one = sign(w, &w->log, held, cosigned);
        assert_int_equal(witness_recall(&w->witness, NULL, last_one, NULL), MUSTER_OK);
    }
    struct codec_offer made = {.checkpoint = sign(w, &w->log, log, offered),
                               .from_cosigned = {from.hash, from.count},
                               .to_newest = {to.hash, to.count}};
    return witness_offered(&w->witness, &last, note, &made, &e);
}

static void test_offer_when_of_any_sizes_then_only_what_links_both_ways_is_cosigned(void **state)
{
    struct world *w = (struct world *)*state;
    fork_at(w, 6);
    for (size_t cosigned = 0; cosigned <= 12; cosigned++) {
        for (size_t offered = 1; offered <= 12; offered++) {
            for (size_t newest = cosigned > 1 ? cosigned : 1; newest <= 12; newest++) {
                bool fits = offered >= cosigned && offered <= newest;
                enum muster_status status =
                    offer(w, &w->honest, &w->honest, cosigned, offered, newest);
                assert_int_equal(status, fits ? MUSTER_OK : MUSTER_EUNVERIFIED);
                assert_int_equal(w->witness.cosigned.size, fits ? offered : cosigned);
                /* The other log is the same up to 6. */
                status = offer(w, &w->honest, &w->other, cosigned, offered, newest);
                assert_int_equal(status, fits && newest <= 6 ? MUSTER_OK : MUSTER_EUNVERIFIED);
                status = offer(w, &w->other, &w->honest, cosigned, offered, newest);
                assert_int_equal(status, fits && cosigned <= 6 ? MUSTER_OK : MUSTER_EUNVERIFIED);
            }
        }
    }
}

/* A checkpoint of a confirmed receipt: with a witness's line, and older than the reply's own. */
static void test_earlier_when_of_any_sizes_then_only_what_leads_to_the_newest_counts(void **state)
{
    struct world *w = (struct world *)*state;
    char newest_note[TLOG_CHECKPOINT_BYTES + 1];
    char note[2 * TLOG_CHECKPOINT_BYTES];
    struct codec_hashes none = {NULL, 0};
    fork_at(w, 6);
    for (size_t newest = 1; newest <= 12; newest++) {
        for (size_t size = 1; size <= 12; size++) {
            for (int forked = 0; forked < 2; forked++) {
                const struct oracle *log = forked == 1 ? &w->other : &w->honest;
                struct tlog_proof to = prove(log, size, newest);
                struct codec_hashes hashes = {to.hash, to.count};
                struct tlog_checkpoint last;
                struct tlog_checkpoint found;
                struct tlog_text text;
                struct muster_err e;
                remember(w, 0);
                struct witness_checkpoint base = w->witness.memory;
                memcpy(newest_note, sign(w, &w->log, &w->honest, newest), sizeof newest_note);
                assert_int_equal(witness_take(&w->witness, &base, newest_note, &none, &last, NULL),
                                 MUSTER_OK);
                tlog_text_init(&text, note, sizeof note - 1);
                tlog_text_put(&text, muster_bytes_of_text(sign(w, &w->log, log, size)));
                w->witness.cosigned = w->witness.memory;
                assert_int_equal(witness_cosign(&w->witness, &w->key, 1, &text, NULL), MUSTER_OK);
                note[text.len] = '\0';
                bool fits = size <= newest && (forked == 0 || newest <= 6);
                enum muster_status status =
                    witness_earlier(&w->witness, &last, newest_note, note, &hashes, &found, &e);
                assert_int_equal(status, fits ? MUSTER_OK : MUSTER_EUNVERIFIED);
                assert_int_equal(w->witness.caught.finding == WITNESS_FINE, fits);
                if (!fits) { /* the evidence is the log's own word alone */
                    assert_string_equal(w->witness.caught.known.note, sign(w, &w->log, log, size));
                }
            }
        }
    }
}

static void test_cosign_when_signed_then_the_line_verifies_for_that_checkpoint_alone(void **state)
{
    struct world *w = (struct world *)*state;
    char memory[2 * TLOG_CHECKPOINT_BYTES];
    struct tlog_text note;
    struct tlog_note parsed;
    struct tlog_opened opened;
    assert_int_equal(offer(w, &w->honest, &w->honest, 3, 5, 8), MUSTER_OK);
    for (size_t size = 5; size <= 6; size++) {
        const char *text = sign(w, &w->log, &w->honest, size);
        tlog_text_init(&note, memory, sizeof memory);
        tlog_text_put(&note, muster_bytes_of_text(text));
        assert_int_equal(witness_cosign(&w->witness, &w->key, 1700000000, &note, NULL), MUSTER_OK);
        assert_int_equal(tlog_note_parse(&parsed, tlog_text_bytes(&note), NULL, NULL), MUSTER_OK);
        enum muster_status status = tlog_note_open(&parsed, &w->key.key, 1, &opened, NULL, NULL);
        assert_int_equal(status, size == 5 ? MUSTER_OK : MUSTER_EUNVERIFIED);
    }
}

static void test_recall_when_what_was_kept_is_not_the_logs_then_corrupt(void **state)
{
    struct world *w = (struct world *)*state;
    witness_init(&w->witness, &w->log.key, &w->hasher);
    const char *note = sign(w, &w->stranger, &w->honest, 5);
    assert_int_equal(witness_recall(&w->witness, note, NULL, NULL), MUSTER_ECORRUPT);
    assert_int_equal(witness_recall(&w->witness, NULL, note, NULL), MUSTER_ECORRUPT);
    assert_int_equal(witness_recall(&w->witness, "", NULL, NULL), MUSTER_ECORRUPT);
    assert_int_equal(w->witness.memory.size, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_when_the_log_grows_then_it_goes_on_and_forks_are_caught),
        cmocka_unit_test(test_memory_when_any_hash_of_a_proof_is_missing_or_altered_then_caught),
        cmocka_unit_test(
            test_memory_when_a_checkpoint_is_not_the_logs_then_refused_and_nobody_caught),
        cmocka_unit_test(
            test_memory_when_an_older_request_is_answered_then_verified_and_not_remembered),
        cmocka_unit_test(
            test_confront_when_the_gateway_says_it_is_behind_then_its_checkpoint_shows_it),
        cmocka_unit_test(test_offer_when_of_any_sizes_then_only_what_links_both_ways_is_cosigned),
        cmocka_unit_test(test_earlier_when_of_any_sizes_then_only_what_leads_to_the_newest_counts),
        cmocka_unit_test(test_cosign_when_signed_then_the_line_verifies_for_that_checkpoint_alone),
        cmocka_unit_test(test_recall_when_what_was_kept_is_not_the_logs_then_corrupt),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
