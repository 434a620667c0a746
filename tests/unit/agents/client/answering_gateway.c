#include "answering_gateway.h"

#include "core/base/clock.h"
#include "core/codec/leaf.h"
#include "core/tlog/note.h"

#define NAME "log.muster.example/1"

/* --- the gateway ------------------------------------------------------------------------------ */

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
    assert_int_equal(tlog_tree_append(&f->tree, &f->hasher, hash, &tlog_sink_none, NULL),
                     MUSTER_OK);
}

void begin_log(struct fixture *f)
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

int gateway_set_up(void **state)
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

int gateway_tear_down(void **state)
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

void make_items(struct batch_item items[ITEMS])
{
    for (size_t i = 0; i < ITEMS; i++) {
        items[i] = (struct batch_item){
            .header = {.kind = MUSTER_KIND_REFERRAL, .version = 1, .commitment = {{(uint8_t)i}}},
            .item = {.payload = muster_bytes_of("payload", 7)}};
        assert_int_equal(muster_uuid_make(muster_utc_now(), &items[i].header.submission_id, NULL),
                         MUSTER_OK);
    }
}
