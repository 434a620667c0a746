/* The agencies' side: sends what is planned, verifies what comes back as an agent does, and keeps
 * the receipts. */
#include "tests/faults/powercut/gateway.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "agents/client/batch.h"
#include "core/base/clock.h"
#include "core/codec/leaf.h"
#include "core/seal/certificate.h"
#include "tests/faults/powercut/disk.h"

#define REQUEST_ARENA (8u * MUSTER_FRAME_BYTES)
#define PATIENCE_SECS 60

/* --- requests --------------------------------------------------------------------------------- */

static void keep_reply(void *handle, const void *reply, size_t len)
{
    struct request *request = (struct request *)handle;
    (void)pthread_mutex_lock(&request->mutex);
    request->reply = len > 0 ? (uint8_t *)malloc(len) : NULL;
    request->reply_len = request->reply != NULL ? len : 0;
    if (request->reply != NULL) {
        memcpy(request->reply, reply, len);
    }
    request->done = true;
    (void)pthread_cond_signal(&request->answered);
    (void)pthread_mutex_unlock(&request->mutex);
}

/* What the agency reads out to the operator. */
static struct muster_bytes encode_enrolment(const struct gateway *gateway,
                                            const struct signer *signer, struct arena *arena)
{
    size_t who = signer == gateway->signers[PLAN_COUNCIL] ? PLAN_COUNCIL : PLAN_POLICE;
    struct codec_request request = {
        .type = CODEC_REQUEST_ENROL,
        .enrol = {.agency = gateway->agencies[who].id, .reference = "powercut"}};
    struct certificate_facts facts;
    struct muster_bytes bytes;
    assert_int_equal(certificate_read(signer_certificate(signer), &facts, NULL), MUSTER_OK);
    request.enrol.fingerprint = facts.fingerprint;
    assert_int_equal(codec_request_encode(&request, arena, &bytes, NULL), MUSTER_OK);
    return bytes;
}

static struct muster_bytes encode(struct gateway *gateway, const struct request *request,
                                  struct arena *arena)
{
    struct muster_bytes bytes;
    if (request->enrols != NULL) {
        return encode_enrolment(gateway, request->enrols, arena);
    }
    if (request->count == 0) {
        const struct codec_request query = {.type = CODEC_REQUEST_QUERY,
                                            .query = {.report = "attendance",
                                                      .dated = true,
                                                      .from = {.days = 20000},
                                                      .to = {.days = 20030}}};
        assert_int_equal(codec_request_encode(&query, arena, &bytes, NULL), MUSTER_OK);
        return bytes;
    }
    struct batch_item *items =
        (struct batch_item *)arena_array(arena, request->count, sizeof(struct batch_item));
    assert_non_null(items);
    for (size_t i = 0; i < request->count; i++) {
        const struct submission *from = &gateway->submissions[request->first + i];
        items[i].header = from->header;
        memcpy(items[i].item.salt, from->salt, sizeof from->salt);
        items[i].item.payload = from->payload;
    }
    size_t sender = (size_t)(request->caller - gateway->callers);
    struct codec_request batch = {.type = CODEC_REQUEST_BATCH};
    const struct batch_sender from = {.signer = gateway->signers[sender],
                                      .agency = request->caller->agency->id,
                                      .now = muster_utc_now()};
    assert_int_equal(batch_make(&from, items, request->count, arena, &batch.batch, NULL),
                     MUSTER_OK);
    assert_int_equal(codec_request_encode(&batch, arena, &bytes, NULL), MUSTER_OK);
    return bytes;
}

static void send_request(struct gateway *gateway, struct request *request)
{
    struct arena arena;
    arena_init(&arena, REQUEST_ARENA);
    request->done = false;
    request->told = 0;
    service_request(gateway->service, request->caller, encode(gateway, request, &arena),
                    &request->told, keep_reply, request);
    arena_fini(&arena);
}

static void wait_for(struct request *request)
{
    int rc = 0;
    struct timespec until = {.tv_sec = (time_t)(muster_utc_now().ms / 1000) + PATIENCE_SECS};
    (void)pthread_mutex_lock(&request->mutex);
    while (!request->done && rc == 0) {
        rc = pthread_cond_timedwait(&request->answered, &request->mutex, &until);
    }
    bool done = request->done;
    (void)pthread_mutex_unlock(&request->mutex);
    assert_true(done); /* every request is answered, whatever becomes of the disk */
}

/* --- answers ---------------------------------------------------------------------------------- */

static void complain(struct gateway *gateway, const char *what)
{
    print_error("wrong: %s\n", what);
    gateway->wrong++;
}

/* The receipt's text, released with free(); NULL where it does not verify. */
static char *make_receipt(struct gateway *gateway, const struct codec_outcome *outcome,
                          const char *checkpoint)
{
    struct tlog_proof proof = {.count = 0};
    struct tlog_receipt receipt;
    struct tlog_proven proven;
    struct tlog_trust trust = {.log = &gateway->log_key};
    struct tlog_text text;
    for (; proof.count < outcome->proof_count && proof.count < TLOG_PROOF_HASHES; proof.count++) {
        proof.hash[proof.count] = outcome->proof[proof.count];
    }
    struct tlog_receipt_parts parts = {.has_extra = true,
                                       .extra = outcome->leaf,
                                       .index = outcome->leaf_index,
                                       .proof = &proof,
                                       .checkpoint = muster_bytes_of_text(checkpoint)};
    char *memory = (char *)calloc(1, TLOG_RECEIPT_BYTES);
    assert_non_null(memory);
    tlog_text_init(&text, memory, TLOG_RECEIPT_BYTES - 1);
    assert_int_equal(tlog_receipt_format(&text, &parts, NULL), MUSTER_OK);
    assert_int_equal(tlog_receipt_parse(&receipt, tlog_text_bytes(&text), NULL, NULL), MUSTER_OK);
    tlog_receipt_give_leaf(&receipt, outcome->leaf);
    if (tlog_receipt_verify(&gateway->hasher, &receipt, &trust, &proven, NULL, NULL) != MUSTER_OK) {
        free(memory);
        return NULL;
    }
    char *exact = strdup(memory);
    assert_non_null(exact);
    free(memory);
    return exact;
}

/* Whether the entry is about this submission. */
static bool leaf_fits(const struct submission *submission, const struct codec_outcome *outcome,
                      struct arena *arena)
{
    struct codec_leaf leaf;
    return codec_leaf_decode(outcome->leaf, arena, &leaf, NULL) == MUSTER_OK && leaf.kind != NULL &&
           strcmp(leaf.kind, submission->refused ? "refuse" : "submit") == 0 &&
           memcmp(&leaf.event_id, &outcome->submission_id, sizeof leaf.event_id) == 0 &&
           leaf.record_kind == submission->header.kind &&
           leaf.version == submission->header.version && leaf.commitment != NULL &&
           memcmp(leaf.commitment, &submission->header.commitment, sizeof *leaf.commitment) == 0;
}

/* What was told before must be told again: the same outcome, the same entry. */
static bool same_as_before(const struct submission *submission, const struct codec_outcome *outcome)
{
    return outcome->result == (submission->refused ? CODEC_REFUSED : CODEC_DUPLICATE) &&
           outcome->leaf_index == submission->index &&
           memcmp(&outcome->submission_id, &submission->held, sizeof submission->held) == 0;
}

static bool as_planned(const struct submission *submission, const struct codec_outcome *outcome)
{
    bool result = submission->refused
                      ? outcome->result == CODEC_REFUSED
                      : outcome->result == CODEC_ACCEPTED || outcome->result == CODEC_DUPLICATE;
    return result && memcmp(&outcome->submission_id, &submission->header.submission_id,
                            sizeof outcome->submission_id) == 0;
}

static void judge_outcome(struct gateway *gateway, struct submission *submission,
                          const struct codec_outcome *outcome, const char *checkpoint,
                          struct arena *arena)
{
    char *receipt = make_receipt(gateway, outcome, checkpoint);
    if (receipt == NULL || !leaf_fits(submission, outcome, arena)) {
        complain(gateway, "an answer whose receipt does not verify, or is about something else");
    } else if (submission->receipt != NULL) {
        submission->lost = submission->lost || !same_as_before(submission, outcome);
    } else if (!as_planned(submission, outcome)) {
        complain(gateway, "an outcome that is not the one that was to be expected");
    } else {
        submission->receipt = receipt;
        submission->index = outcome->leaf_index;
        submission->held = outcome->submission_id;
        receipt = NULL;
    }
    free(receipt);
}

static void judge_reply(struct gateway *gateway, const struct request *request,
                        const struct codec_reply *reply, bool dark, struct arena *arena)
{
    switch (reply->type) {
    case CODEC_REPLY_FAILURE:
        if (!dark || !reply->failure.retry) {
            complain(gateway, reply->failure.message);
        }
        return;
    case CODEC_REPLY_BATCH:
        if (reply->batch.count != request->count) {
            complain(gateway, "a reply for another number of records");
            return;
        }
        for (size_t i = 0; i < request->count; i++) {
            judge_outcome(gateway, &gateway->submissions[request->first + i],
                          &reply->batch.outcomes[i], reply->batch.checkpoint, arena);
        }
        return;
    case CODEC_REPLY_TABLE:
        if (request->count > 0 || reply->table.checkpoint == NULL) {
            complain(gateway, "a table that nobody asked for, or without a checkpoint");
        }
        return;
    case CODEC_REPLY_ENROL:
        if (request->enrols == NULL) {
            complain(gateway, "an enrolment that nobody asked for");
        }
        return;
    case CODEC_REPLY_HEARTBEAT:
    case CODEC_REPLY_LOG_ENTRIES:
    case CODEC_REPLY_RECEIPTS:
    case CODEC_REPLY_MAILBOX:
        break;
    }
    complain(gateway, "a heartbeat that nobody asked for");
}

static void judge(struct gateway *gateway, struct request *request)
{
    struct arena arena;
    struct codec_reply reply;
    wait_for(request);
    bool dark = disk_dark();
    arena_init(&arena, CODEC_REPLY_ARENA_BYTES);
    enum muster_status status = codec_reply_decode(
        muster_bytes_of(request->reply, request->reply_len), &arena, &reply, NULL);
    if (status != MUSTER_OK) {
        complain(gateway, "a reply that cannot be read");
    } else {
        judge_reply(gateway, request, &reply, dark, &arena);
    }
    arena_fini(&arena);
    free(request->reply);
    request->reply = NULL;
}

void gateway_send_all(struct gateway *gateway, bool together)
{
    for (size_t i = 0; i < gateway->request_count; i++) {
        send_request(gateway, &gateway->requests[i]);
        if (!together) {
            judge(gateway, &gateway->requests[i]);
        }
    }
    for (size_t i = 0; together && i < gateway->request_count; i++) {
        judge(gateway, &gateway->requests[i]);
    }
}

size_t gateway_receipts(const struct gateway *gateway)
{
    size_t count = 0;
    for (size_t i = 0; i < gateway->submission_count; i++) {
        count += gateway->submissions[i].receipt != NULL ? 1 : 0;
    }
    return count;
}

size_t gateway_lost(const struct gateway *gateway)
{
    size_t count = 0;
    for (size_t i = 0; i < gateway->submission_count; i++) {
        count += gateway->submissions[i].lost ? 1 : 0;
    }
    return count;
}
