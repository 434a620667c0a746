#include "service_world.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agents/client/batch.h"
#include "core/base/clock.h"
#include "core/codec/record.h"
#include "core/seal/certificate.h"
#include "core/seal/commit.h"
#include "core/tlog/note.h"
#include "tests/lib/gateway_folder.h"

#define RETENTION   24
#define ARENA_BYTES (64u * 1024u * 1024u)

struct answer {
    pthread_mutex_t mutex;
    pthread_cond_t come;
    bool done;
    bool held; /* the writer is held up in handing it out */
    uint8_t *bytes;
    size_t len;
};

static void take_answer(void *handle, const void *reply, size_t len)
{
    struct answer *answer = (struct answer *)handle;
    (void)pthread_mutex_lock(&answer->mutex);
    answer->bytes = (uint8_t *)malloc(len + 1);
    if (answer->bytes != NULL) {
        memcpy(answer->bytes, reply, len);
        answer->len = len;
    }
    answer->done = true;
    (void)pthread_cond_signal(&answer->come);
    (void)pthread_mutex_unlock(&answer->mutex);
}

static void send_request(struct service_world *world, const struct world_request *sent,
                         service_reply_fn *reply, struct answer *answer)
{
    struct muster_bytes frame;
    struct muster_err e = {MUSTER_OK, ""};
    *answer = (struct answer){.mutex = PTHREAD_MUTEX_INITIALIZER, .come = PTHREAD_COND_INITIALIZER};
    if (codec_request_encode(&sent->request, &world->arena, &frame, &e) != MUSTER_OK) {
        fail_msg("%s", e.text);
    }
    service_request(world->service, &world->callers[sent->who], frame, &world->told[sent->who],
                    reply, answer);
}

static struct codec_reply await_answer(struct service_world *world, struct answer *answer)
{
    struct codec_reply reply;
    struct muster_err e = {MUSTER_OK, ""};
    (void)pthread_mutex_lock(&answer->mutex);
    while (!answer->done) {
        (void)pthread_cond_wait(&answer->come, &answer->mutex);
    }
    (void)pthread_mutex_unlock(&answer->mutex);
    assert_non_null(answer->bytes);
    if (codec_reply_decode(muster_bytes_of(answer->bytes, answer->len), &world->arena, &reply,
                           &e) != MUSTER_OK) {
        fail_msg("%s", e.text);
    }
    free(answer->bytes);
    return reply;
}

struct codec_reply world_ask(struct service_world *world, enum world_who who,
                             const struct codec_request *request)
{
    struct world_request sent = {who, *request};
    struct answer answer;
    arena_reset(&world->arena);
    send_request(world, &sent, take_answer, &answer);
    return await_answer(world, &answer);
}

/* Answers are handed out by the writer: this one keeps it busy for as long as the test likes. */
static void hold_writer(void *handle, const void *reply, size_t len)
{
    struct answer *answer = (struct answer *)handle;
    (void)reply;
    (void)len;
    (void)pthread_mutex_lock(&answer->mutex);
    answer->held = true;
    (void)pthread_cond_signal(&answer->come);
    while (!answer->done) {
        (void)pthread_cond_wait(&answer->come, &answer->mutex);
    }
    answer->held = false;
    (void)pthread_cond_signal(&answer->come);
    (void)pthread_mutex_unlock(&answer->mutex);
}

static void wait_held(struct answer *holding, bool held)
{
    while (holding->held != held) {
        (void)pthread_cond_wait(&holding->come, &holding->mutex);
    }
}

void world_ask_together(struct service_world *world, const struct world_request *requests,
                        size_t count, struct codec_reply *replies)
{
    const struct world_request hold = {WORLD_COUNCIL, {.type = CODEC_REQUEST_HEARTBEAT}};
    struct answer holding;
    struct answer answers[WORLD_TOGETHER];
    assert_true(count <= WORLD_TOGETHER);
    arena_reset(&world->arena);
    send_request(world, &hold, hold_writer, &holding);
    (void)pthread_mutex_lock(&holding.mutex);
    wait_held(&holding, true);
    (void)pthread_mutex_unlock(&holding.mutex);
    for (size_t i = 0; i < count; i++) {
        send_request(world, &requests[i], take_answer, &answers[i]);
    }
    (void)pthread_mutex_lock(&holding.mutex);
    holding.done = true;
    (void)pthread_cond_signal(&holding.come);
    wait_held(&holding, false);
    (void)pthread_mutex_unlock(&holding.mutex);
    for (size_t i = 0; i < count; i++) {
        replies[i] = await_answer(world, &answers[i]);
    }
}

static struct muster_bytes make_payload(unsigned number, const char *text, struct arena *arena)
{
    struct muster_record record = {.schema = muster_schema_of(MUSTER_KIND_REFERRAL)};
    struct muster_bytes payload;
    const struct {
        const char *column;
        const char *text;
    } texts[] = {{"referral_id", arena_printf(arena, "r%u", number)},
                 {"child_id", "c1"},
                 {"source_code", "6"},
                 {"request_kind", "safeguarding"},
                 {"route", "marf"},
                 {"consent_reason", text},
                 {"concern", text}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        int at = muster_field_index(record.schema, texts[i].column);
        record.value[at] =
            (struct muster_value){.given = texts[i].text != NULL, .text = texts[i].text};
    }
    int at = muster_field_index(record.schema, "referral_at");
    record.value[at] = (struct muster_value){.given = true, .instant = {INT64_C(1728000000000)}};
    assert_int_equal(codec_record_encode(&record, NULL, arena, &payload, NULL), MUSTER_OK);
    return payload;
}

struct codec_request world_batch(struct service_world *world, enum world_who who, size_t count,
                                 unsigned number, const char *witness_key, struct arena *arena)
{
    struct seal_context *seal = NULL;
    static struct batch_item items[MUSTER_BATCH_ITEMS];
    const struct batch_sender sender = {.signer = world->signers[who],
                                        .agency = world->agencies[who].id,
                                        .witness_key = witness_key,
                                        .now = muster_utc_now()};
    struct codec_request request = {.type = CODEC_REQUEST_BATCH};
    assert_true(count <= sizeof items / sizeof items[0]);
    assert_int_equal(seal_context_new(&seal, NULL), MUSTER_OK);
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct batch_item){.header = {.kind = MUSTER_KIND_REFERRAL, .version = 1}};
        items[i].item.payload = make_payload(number + (unsigned)i, world->text, arena);
        assert_int_equal(muster_uuid_make(sender.now, &items[i].header.submission_id, NULL),
                         MUSTER_OK);
        assert_int_equal(commit_make(seal, items[i].item.salt, items[i].item.payload,
                                     &items[i].header.commitment, NULL),
                         MUSTER_OK);
    }
    seal_context_free(seal);
    assert_int_equal(batch_make(&sender, items, count, arena, &request.batch, NULL), MUSTER_OK);
    return request;
}

struct codec_reply world_submit(struct service_world *world, enum world_who who, size_t count,
                                const char *witness_key, uint64_t log_size)
{
    static unsigned number = 0;
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    struct codec_request request = world_batch(world, who, count, number, witness_key, &arena);
    number += (unsigned)count;
    request.log_size = log_size;
    struct codec_reply reply = world_ask(world, who, &request);
    arena_fini(&arena);
    return reply;
}

struct codec_request world_enrolment(struct service_world *world, enum world_who agency,
                                     enum world_who signer, bool revoke)
{
    struct codec_request request = {
        .type = CODEC_REQUEST_ENROL,
        .enrol = {.agency = world->agencies[agency].id, .reference = "T-1", .revoke = revoke}};
    struct certificate_facts facts;
    assert_int_equal(certificate_read(signer_certificate(world->signers[signer]), &facts, NULL),
                     MUSTER_OK);
    request.enrol.fingerprint = facts.fingerprint;
    return request;
}

struct codec_reply world_enrol(struct service_world *world, enum world_who by,
                               enum world_who agency, enum world_who signer, bool revoke)
{
    struct codec_request request = world_enrolment(world, agency, signer, revoke);
    return world_ask(world, by, &request);
}

struct codec_request world_forged(struct codec_request request, struct arena *arena)
{
    struct muster_bytes *signature = &request.batch.signature;
    uint8_t *forged = (uint8_t *)arena_copy(arena, signature->at, signature->len);
    assert_non_null(forged);
    forged[signature->len - 1] ^= 1;
    signature->at = forged;
    return request;
}

void world_assert_failure(const struct codec_reply *reply, const char *code)
{
    assert_int_equal(reply->type, CODEC_REPLY_FAILURE);
    assert_string_equal(reply->failure.code, code);
}

void world_open_checkpoint(const struct service_world *world, const char *text,
                           struct tlog_checkpoint *out)
{
    struct tlog_note note;
    struct tlog_opened opened;
    assert_non_null(text);
    assert_int_equal(tlog_note_parse(&note, muster_bytes_of_text(text), NULL, NULL), MUSTER_OK);
    assert_int_equal(tlog_note_open(&note, &world->log_key, 1, &opened, NULL, NULL), MUSTER_OK);
    assert_int_equal(tlog_checkpoint_parse(out, note.text, NULL, NULL), MUSTER_OK);
}

uint64_t world_log_size(struct service_world *world)
{
    const struct codec_request request = {.type = CODEC_REQUEST_HEARTBEAT};
    struct tlog_checkpoint checkpoint;
    struct codec_reply reply = world_ask(world, WORLD_SCHOOL, &request);
    assert_int_equal(reply.type, CODEC_REPLY_HEARTBEAT);
    world_open_checkpoint(world, reply.heartbeat.checkpoint, &checkpoint);
    return checkpoint.size;
}

static void open_service(struct service_world *world)
{
    struct muster_err e = {MUSTER_OK, ""};
    memset(world->told, 0, sizeof world->told); /* nobody is connected */
    if (service_open(&world->settings, &world->service, &e) != MUSTER_OK) {
        fail_msg("%s", e.text);
    }
    struct muster_bytes vkey = muster_bytes_of_text(service_vkey(world->service));
    assert_int_equal(tlog_key_parse(&world->log_key, vkey, NULL, NULL), MUSTER_OK);
}

void world_restart(struct service_world *world)
{
    service_close(world->service);
    world->service = NULL;
    open_service(world);
}

int world_bare(void **state)
{
    static unsigned count = 0;
    struct service_world *world = (struct service_world *)*state;
    char name[32];
    (void)snprintf(name, sizeof name, "gateway-%u.db", count++);
    scratch_join(world->store, world->folder, name);
    world->settings.witness_interval_seconds = 0;
    open_service(world);
    return 0;
}

int world_fresh(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    (void)world_bare(state);
    for (enum world_who who = WORLD_COUNCIL; who < WORLD_AGENCIES; who++) {
        struct codec_reply reply = world_enrol(world, WORLD_OPERATOR, who, who, false);
        assert_int_equal(reply.type, CODEC_REPLY_ENROL);
    }
    return 0;
}

int world_stop(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    service_close(world->service);
    world->service = NULL;
    return 0;
}

int world_set_up(void **state)
{
    static const char *const names[WORLD_AGENCIES] = {"council", "health", "police", "school"};
    struct service_world *world = (struct service_world *)calloc(1, sizeof *world);
    assert_non_null(world);
    scratch_make(world->folder);
    scratch_join(world->certificates, world->folder, "certs");
    scratch_join(world->keys, world->folder, "keys");
    scratch_join(world->authority, world->certificates, "ca.pem");
    scratch_join(world->revoked, world->certificates, "ca.crl");
    gateway_certificates_make(world->certificates);
    gateway_keys_make(world->keys, RETENTION);
    for (size_t i = 0; i < WORLD_AGENCIES; i++) {
        world->signers[i] = gateway_signer(world->certificates, names[i]);
        world->agencies[i] = (struct agency){.id = names[i],
                                             .name = names[i],
                                             .kind = names[i],
                                             .quorum_group = "",
                                             .section11_type = "s11",
                                             .is_council = i == WORLD_COUNCIL,
                                             .may_submit = UINT32_MAX};
        world->callers[i] = (struct caller){
            .agency = &world->agencies[i], .role = RIGHTS_ROLE_SUBMITTER, .fingerprint = "00"};
    }
    world->callers[WORLD_LSCB] = (struct caller){.role = RIGHTS_ROLE_LSCB, .fingerprint = "01"};
    world->callers[WORLD_AUDITOR] =
        (struct caller){.role = RIGHTS_ROLE_AUDITOR, .fingerprint = "02"};
    world->callers[WORLD_OPERATOR] =
        (struct caller){.role = RIGHTS_ROLE_OPERATOR, .fingerprint = "03"};
    world->settings = (struct service_settings){
        .store = world->store,
        .moves_alongside = true,
        .keys = world->keys,
        .log_origin = WORLD_ORIGIN,
        .signing_ca = world->authority,
        .signing_crl = world->revoked,
        .software = "test",
        .directory = {world->agencies, WORLD_AGENCIES},
        .retention_months = RETENTION,
    };
    arena_init(&world->arena, ARENA_BYTES);
    *state = world;
    return 0;
}

int world_tear_down(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    for (size_t i = 0; i < WORLD_AGENCIES; i++) {
        signer_close(world->signers[i]);
    }
    arena_fini(&world->arena);
    scratch_remove(world->folder);
    free(world);
    return 0;
}
