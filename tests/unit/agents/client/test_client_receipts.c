/* What an agent believes of a gateway's answer to a batch: a gateway of the test's own answers over
 * a real connection, truthfully or with one lie at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <agents/client/session.h>

#include "core/base/clock.h"
#include "core/codec/leaf.h"
#include "core/tlog/note.h"
#include "core/tlog/receipt.h"
#include "core/wire/server.h"
#include "tests/lib/certificates.h"
#include "tests/lib/scratch.h"

#define ITEMS       3u
#define BATCHES     3u
#define ARENA_BYTES (4u * 1024u * 1024u)
#define NAME        "log.muster.example/1"

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

/* --- the gateway ------------------------------------------------------------------------------ */

static enum muster_status drop_tile(void *context, unsigned level, uint64_t n,
                                    const uint8_t hashes[TLOG_TILE_BYTES], struct muster_err *e)
{
    (void)context;
    (void)level;
    (void)n;
    (void)hashes;
    (void)e;
    return MUSTER_OK;
}

static struct muster_bytes make_leaf(struct fixture *f, const struct codec_header *header,
                                     struct arena *arena)
{
    struct muster_bytes bytes;
    struct muster_hash commitment = header->commitment;
    struct codec_leaf leaf = {.kind = "submit",
                              .event_id = header->submission_id,
                              .org = "police",
                              .record_kind = header->kind,
                              .version = header->version,
                              .commitment = &commitment};
    leaf.version += f->lie == ENTRY_OF_ANOTHER_VERSION ? 1 : 0;
    commitment.b[0] ^= f->lie == ENTRY_OF_OTHER_CONTENT ? 1 : 0;
    assert_int_equal(codec_leaf_encode(&leaf, arena, &bytes, NULL), MUSTER_OK);
    return bytes;
}

static const char *sign(struct fixture *f, const struct tlog_tree *tree, struct arena *arena)
{
    char body[TLOG_CHECKPOINT_BYTES];
    char *memory = (char *)arena_alloc(arena, TLOG_CHECKPOINT_BYTES + 1);
    struct muster_hash root;
    struct tlog_text text;
    struct tlog_text note;
    tlog_text_init(&text, body, sizeof body);
    tlog_text_init(&note, memory, TLOG_CHECKPOINT_BYTES);
    assert_int_equal(tlog_tree_root(tree, &f->hasher, &root, NULL), MUSTER_OK);
    assert_int_equal(
        tlog_checkpoint_format(&text, muster_bytes_of_text(NAME), tree->size, &root, NULL),
        MUSTER_OK);
    assert_int_equal(tlog_note_sign(&note, tlog_text_bytes(&text),
                                    f->lie == SIGNED_BY_ANOTHER ? &f->other : &f->log, NULL),
                     MUSTER_OK);
    if (f->lie == SIGNATURE_ALTERED) {
        char *at = memory + note.len - 20;
        *at = *at == 'A' ? 'B' : 'A';
    }
    return memory;
}

/* One lie, about the second outcome of three. */
static void tell(const struct fixture *f, struct codec_outcome *outcomes, struct muster_hash *proof,
                 struct arena *arena)
{
    uint8_t *leaf = (uint8_t *)arena_copy(arena, outcomes[1].leaf.at, outcomes[1].leaf.len);
    proof[0].b[31] ^= f->lie == PROOF_ALTERED ? 1 : 0;
    outcomes[1].proof_count -= f->lie == PROOF_CUT ? 1 : 0;
    outcomes[1].proof_count += f->lie == PROOF_LONGER ? 1 : 0;
    outcomes[1].leaf_index -= f->lie == INDEX_OF_ANOTHER ? 1 : 0;
    leaf[outcomes[1].leaf.len - 1] ^= f->lie == ENTRY_ALTERED ? 1 : 0;
    outcomes[1].leaf = muster_bytes_of(leaf, outcomes[1].leaf.len);
}

static void append(struct fixture *f, const struct muster_hash *hash)
{
    const struct tlog_sink sink = {drop_tile, NULL};
    assert_int_equal(tlog_tree_append(&f->tree, &f->hasher, hash, &sink, NULL), MUSTER_OK);
}

/* Another log: what the tiles know is of the last one. */
static void begin_log(struct fixture *f)
{
    f->told = 0;
    f->tree = (struct tlog_tree){.size = 0};
    memset(&f->tiles, 0, sizeof f->tiles);
}

static void rewrite(struct fixture *f)
{
    const struct muster_hash other = {{0xee}};
    uint64_t size = f->tree.size;
    uint64_t told = f->told;
    begin_log(f);
    f->told = told;
    while (f->tree.size < size) {
        append(f, &other);
    }
}

/* That the tree continues what it was at `size`; the best that can be said of another. */
static void continue_from(struct fixture *f, uint64_t size, struct arena *arena,
                          struct codec_reply *reply)
{
    struct tlog_prover prover = {&f->tree, &f->tiles, &f->hasher};
    struct tlog_proof *proof = (struct tlog_proof *)arena_alloc(arena, sizeof *proof);
    if (size > 0) {
        assert_int_equal(tlog_consistency_proof(&prover, size, f->tree.size, proof, NULL),
                         MUSTER_OK);
        reply->consistency = (struct codec_hashes){proof->hash, proof->count};
    }
}

static void answer(struct fixture *f, const struct codec_batch *batch, struct arena *arena,
                   struct codec_reply *reply)
{
    struct codec_outcome *outcomes =
        (struct codec_outcome *)arena_array(arena, batch->manifest.count, sizeof *outcomes);
    uint64_t first = f->tree.size;
    for (size_t i = 0; i < batch->manifest.count; i++) {
        struct muster_hash hash;
        outcomes[i] = (struct codec_outcome){
            .submission_id = batch->manifest.headers[i].submission_id,
            .result = CODEC_ACCEPTED,
            .version_held = 1,
            .leaf = make_leaf(f, &batch->manifest.headers[i], arena),
            .leaf_index = first + i,
        };
        assert_int_equal(tlog_leaf_hash(&f->hasher, outcomes[i].leaf, &hash, NULL), MUSTER_OK);
        append(f, &hash);
    }
    for (size_t i = 0; i < batch->manifest.count; i++) {
        struct tlog_prover prover = {&f->tree, &f->tiles, &f->hasher};
        struct tlog_proof *proof = (struct tlog_proof *)arena_alloc(arena, sizeof *proof);
        assert_int_equal(tlog_inclusion_proof(&prover, first + i, f->tree.size, proof, NULL),
                         MUSTER_OK);
        outcomes[i].proof = proof->hash;
        outcomes[i].proof_count = proof->count;
        if (i == 1) {
            tell(f, outcomes, proof->hash, arena);
        }
    }
    reply->batch =
        (struct codec_batch_reply){outcomes, batch->manifest.count, sign(f, &f->tree, arena)};
}

static const char *let_in(void *context, const struct wire_peer *peer, void **tag)
{
    (void)context;
    (void)peer;
    (void)tag;
    return NULL;
}

static void on_request(void *context, struct wire_request *wire)
{
    struct fixture *f = (struct fixture *)context;
    struct arena arena;
    struct codec_request request;
    struct codec_reply reply = {.type = CODEC_REPLY_BATCH};
    struct muster_bytes bytes;
    arena_init(&arena, ARENA_BYTES);
    assert_int_equal(codec_request_decode(wire_request_body(wire), &arena, &request, NULL),
                     MUSTER_OK);
    if (request.type == CODEC_REQUEST_BATCH) {
        f->lie = *f->lies++;
        if (f->lie == ANOTHER_HISTORY) {
            rewrite(f);
        }
        answer(f, &request.batch, &arena, &reply);
        /* What the next one must continue is not what this one says that it knows. */
        uint64_t told = f->told;
        bool before = f->lie != PROVES_FROM_BEFORE && request.pipelined && f->told > 0;
        continue_from(f, before ? f->told : request.log_size, &arena, &reply);
        reply.continued = request.pipelined ? told - (f->lie == OUT_OF_STEP ? 1 : 0) : 0;
        f->told = f->tree.size;
    } else { /* evidence: this gateway does not care */
        reply = (struct codec_reply){.type = CODEC_REPLY_FAILURE,
                                     .failure = {.code = "log.rolled_back", .message = "caught"}};
    }
    assert_int_equal(codec_reply_encode(&reply, &arena, &bytes, NULL), MUSTER_OK);
    wire_reply(wire, bytes.at, bytes.len);
    arena_fini(&arena);
}

static void on_refused(void *context, const char *code, const struct wire_peer *peer)
{
    (void)context;
    (void)peer;
    print_message("refused: %s\n", code);
}

/* --- the agent -------------------------------------------------------------------------------- */

static void make_keys(struct fixture *f)
{
    static const uint8_t seed[TLOG_KEY_BYTES] = {1};
    static const uint8_t other[TLOG_KEY_BYTES] = {2};
    char text[TLOG_KEY_TEXT_BYTES];
    struct tlog_text vkey;
    struct muster_bytes name = muster_bytes_of_text(NAME);
    assert_int_equal(tlog_signer_init(&f->log, name, TLOG_KEY_NOTE, seed, NULL, NULL), MUSTER_OK);
    assert_int_equal(tlog_signer_init(&f->other, name, TLOG_KEY_NOTE, other, NULL, NULL),
                     MUSTER_OK);
    assert_int_equal(tlog_hasher_init(&f->hasher, NULL), MUSTER_OK);
    tlog_text_init(&vkey, text, sizeof text);
    tlog_key_format(&vkey, &f->log.key);
    scratch_join(f->vkey, test_authority_folder(f->root), "log.vkey");
    scratch_write(f->vkey, text, vkey.len, 0644);
}

static int set_up(void **state)
{
    static const struct wire_handler handler = {let_in, on_request, on_refused};
    struct fixture *f = (struct fixture *)calloc(1, sizeof *f);
    struct wire_limits limits;
    assert_non_null(f);
    f->root = test_authority_new("root", NULL);
    f->agent = test_authority_issue(f->root, "agent", "URI:urn:muster:agency:police",
                                    TEST_USAGE_CLIENT, 30);
    f->signing =
        test_authority_issue(f->root, "sign", "URI:urn:muster:agency:police", TEST_USAGE_MAIL, 30);
    struct test_identity own =
        test_authority_issue(f->root, "gateway", "IP:127.0.0.1", TEST_USAGE_SERVER, 30);
    make_keys(f);
    wire_limits_default(&limits);
    const struct wire_tls_files files = {test_authority_file(f->root), NULL, own.certificate,
                                         own.key};
    assert_int_equal(
        wire_server_start("tls+tcp://127.0.0.1:0", &files, &limits, &handler, f, &f->gateway, NULL),
        MUSTER_OK);
    (void)snprintf(f->url, sizeof f->url, "tls+tcp://127.0.0.1:%u", wire_server_port(f->gateway));
    f->settings = (struct settings){
        .gateway = f->url,
        .agency = "police",
        .vkey_file = f->vkey,
        .tls = {test_authority_file(f->root), NULL, f->agent.certificate, f->agent.key},
        .signing_certificate = f->signing.certificate,
        .signing_key = f->signing.key,
    };
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    wire_server_stop(f->gateway);
    tlog_hasher_fini(&f->hasher);
    tlog_signer_fini(&f->log);
    tlog_signer_fini(&f->other);
    test_authority_free(f->root);
    free(f);
    return 0;
}

static void make_items(struct batch_item items[ITEMS])
{
    for (size_t i = 0; i < ITEMS; i++) {
        items[i] = (struct batch_item){
            .header = {.kind = MUSTER_KIND_REFERRAL, .version = 1, .commitment = {{(uint8_t)i}}},
            .item = {.payload = muster_bytes_of("payload", 7)}};
        assert_int_equal(muster_uuid_make(muster_utc_now(), &items[i].header.submission_id, NULL),
                         MUSTER_OK);
    }
}

static enum muster_status submit(struct fixture *f, enum lie lie, struct arena *arena,
                                 struct session_outcome **outcomes)
{
    struct session *session = NULL;
    struct session_failure failure;
    struct batch_item items[ITEMS];
    f->lies = &lie;
    begin_log(f);
    make_items(items);
    assert_int_equal(session_open(&f->settings, &session, NULL), MUSTER_OK);
    enum muster_status status =
        session_submit(session, items, ITEMS, arena, outcomes, &failure, NULL);
    session_close(session);
    return status;
}

/* The receipts are texts that convince whoever has the log's key alone. */
static void test_receipts_when_gateway_tells_the_truth_then_anybody_can_check_them(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct session_outcome *outcomes = NULL;
    struct tlog_trust trust = {.log = &f->log.key};
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    assert_int_equal(submit(f, TRUTH, &arena, &outcomes), MUSTER_OK);
    for (size_t i = 0; i < ITEMS; i++) {
        struct tlog_receipt receipt;
        struct tlog_proven proven;
        uint8_t leaf[1024];
        assert_int_equal(
            tlog_receipt_parse(&receipt, muster_bytes_of_text(outcomes[i].receipt), NULL, NULL),
            MUSTER_OK);
        assert_int_equal(tlog_receipt_take_leaf(&receipt, leaf, sizeof leaf, NULL, NULL),
                         MUSTER_OK);
        assert_int_equal(tlog_receipt_verify(&f->hasher, &receipt, &trust, &proven, NULL, NULL),
                         MUSTER_OK);
        assert_int_equal(proven.index, i);
        assert_int_equal(proven.leaf.len, outcomes[i].wire.leaf.len);
        assert_memory_equal(proven.leaf.at, outcomes[i].wire.leaf.at, proven.leaf.len);
    }
    arena_fini(&arena);
}

static void test_receipts_when_gateway_lies_then_nothing_is_believed(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    for (int lie = TRUTH + 1; lie < LIES; lie++) {
        struct session_outcome *outcomes = NULL;
        struct arena arena;
        arena_init(&arena, ARENA_BYTES);
        enum muster_status status = submit(f, (enum lie)lie, &arena, &outcomes);
        if (status != MUSTER_EUNVERIFIED && status != MUSTER_EMALFORMED) {
            fail_msg("lie %d: %s", lie, muster_status_name(status));
        }
        assert_null(outcomes);
        arena_fini(&arena);
    }
}

/* A session with batches that are signed, and a gateway that answers them like this. */
struct sending {
    struct session *session;
    struct session_batch batches[BATCHES];
    struct batch_item items[BATCHES][ITEMS];
    struct arena arena;
    size_t sent;
};

static struct sending *sending_begin(struct fixture *f, const enum lie lies[BATCHES])
{
    struct sending *sending = (struct sending *)calloc(1, sizeof *sending);
    assert_non_null(sending);
    arena_init(&sending->arena, ARENA_BYTES);
    begin_log(f);
    f->lies = lies;
    assert_int_equal(session_open(&f->settings, &sending->session, NULL), MUSTER_OK);
    for (size_t i = 0; i < BATCHES; i++) {
        make_items(sending->items[i]);
        assert_int_equal(session_batch_sign(sending->session, sending->items[i], ITEMS,
                                            &sending->arena, &sending->batches[i], NULL),
                         MUSTER_OK);
    }
    return sending;
}

static void sending_end(struct sending *sending)
{
    session_close(sending->session);
    arena_fini(&sending->arena);
    free(sending);
}

static void send_up_to(struct sending *sending, size_t count)
{
    for (; sending->sent < count; sending->sent++) {
        assert_int_equal(session_batch_send(sending->session, &sending->batches[sending->sent],
                                            &sending->arena, NULL),
                         MUSTER_OK);
    }
}

static enum muster_status receive(struct sending *sending, size_t which,
                                  struct session_failure *failure)
{
    return session_batch_receive(sending->session, &sending->batches[which], &sending->arena,
                                 failure, NULL);
}

static enum muster_status verify(struct sending *sending, size_t which)
{
    struct session_outcome *outcomes = NULL;
    return session_batch_verify(sending->session, &sending->batches[which], &sending->arena,
                                &outcomes, NULL);
}

/* Three batches, each of which leaves before the first reply is verified, the last two also before
 * it has come where they are sent together. What was found of each, and how far the log is
 * believed. */
static void submit_all(struct fixture *f, const enum lie lies[BATCHES], bool together,
                       enum muster_status found[BATCHES], uint64_t *size,
                       enum witness_finding *finding)
{
    struct sending *sending = sending_begin(f, lies);
    const struct witness *witness = session_witness(sending->session);
    struct session_failure failure;
    for (size_t i = 0; i < BATCHES; i++) {
        send_up_to(sending, together ? BATCHES : i + 1);
        assert_int_equal(receive(sending, i, &failure), MUSTER_OK);
        assert_int_equal(witness->memory.size, 0);
    }
    for (size_t i = 0; i < BATCHES; i++) {
        found[i] = verify(sending, i);
    }
    *size = witness->memory.size;
    *finding = witness->caught.finding;
    sending_end(sending);
}

static void
test_receipts_when_next_batch_leaves_unverified_then_each_continues_the_last(void **state)
{
    static const struct {
        enum lie lies[BATCHES];
        size_t good; /* batches that are believed */
        enum witness_finding finding;
    } cases[] = {
        {{TRUTH, TRUTH, TRUTH}, 3, WITNESS_FINE},
        /* What nobody has signed is not continued, by whatever is signed. */
        {{SIGNATURE_ALTERED, TRUTH, TRUTH}, 0, WITNESS_FINE},
        {{SIGNED_BY_ANOTHER, TRUTH, TRUTH}, 0, WITNESS_FINE},
        {{TRUTH, SIGNATURE_ALTERED, TRUTH}, 1, WITNESS_FINE},
        {{TRUTH, ANOTHER_HISTORY, TRUTH}, 1, WITNESS_FORK},
        {{TRUTH, TRUTH, ANOTHER_HISTORY}, 2, WITNESS_FORK},
    };
    struct fixture *f = (struct fixture *)*state;
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        const size_t at = i / 2;
        enum muster_status found[BATCHES];
        uint64_t size = 0;
        enum witness_finding finding = WITNESS_FINE;
        submit_all(f, cases[at].lies, i % 2 == 1, found, &size, &finding);
        for (size_t k = 0; k < BATCHES; k++) {
            assert_int_equal(found[k], k < cases[at].good ? MUSTER_OK : MUSTER_EUNVERIFIED);
        }
        assert_int_equal(size, cases[at].good * ITEMS);
        assert_int_equal(finding, cases[at].finding);
    }
}

/* Both replies continue what was known, which is nothing, and not each other. */
static void
test_receipts_when_two_replies_are_not_shown_to_agree_then_the_second_is_not_believed(void **state)
{
    static const enum lie lies[BATCHES] = {TRUTH, PROVES_FROM_BEFORE, TRUTH};
    struct fixture *f = (struct fixture *)*state;
    enum muster_status found[BATCHES];
    uint64_t size = 0;
    enum witness_finding finding = WITNESS_FINE;
    submit_all(f, lies, true, found, &size, &finding);
    assert_int_equal(found[0], MUSTER_OK);
    assert_int_equal(found[1], MUSTER_EUNVERIFIED);
    assert_int_equal(found[2], MUSTER_EUNVERIFIED);
    assert_int_equal(size, ITEMS);
    assert_int_equal(finding, WITNESS_FORK);
}

/* Somebody else's reply was the last one on this line, which a device forwards for many. */
static void test_reply_when_out_of_step_then_not_believed_and_nothing_found(void **state)
{
    static const enum lie lies[BATCHES] = {TRUTH, OUT_OF_STEP, TRUTH};
    struct sending *sending = sending_begin((struct fixture *)*state, lies);
    const struct witness *witness = session_witness(sending->session);
    struct session_failure failure;
    send_up_to(sending, 2);
    assert_int_equal(receive(sending, 0, &failure), MUSTER_OK);
    assert_int_equal(receive(sending, 1, &failure), MUSTER_EBUSY);
    assert_string_equal(failure.code, SESSION_OUT_OF_STEP);
    assert_true(failure.retry);
    assert_int_equal(verify(sending, 0), MUSTER_OK);
    assert_int_equal(witness->memory.size, ITEMS);
    assert_int_equal(witness->caught.finding, WITNESS_FINE);
    sending_end(sending);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_receipts_when_gateway_tells_the_truth_then_anybody_can_check_them),
        cmocka_unit_test(test_receipts_when_gateway_lies_then_nothing_is_believed),
        cmocka_unit_test(
            test_receipts_when_next_batch_leaves_unverified_then_each_continues_the_last),
        cmocka_unit_test(test_reply_when_out_of_step_then_not_believed_and_nothing_found),
        cmocka_unit_test(
            test_receipts_when_two_replies_are_not_shown_to_agree_then_the_second_is_not_believed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
