#include "agents/client/session_inside.h"

#include <string.h>

#include "core/base/encode.h"
#include "core/base/file.h"
#include "core/wire/client.h"

#define CALL_MS         60000
#define VKEY_FILE_BYTES 4096u

static enum muster_status load_log_key(struct session *session, struct muster_err *e)
{
    char *text = NULL;
    size_t len = 0;
    struct muster_err why = {MUSTER_OK, ""};
    const char *path = session->settings->vkey_file;
    enum muster_status status = file_read(path, VKEY_FILE_BYTES, &text, &len, &why);
    while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r')) {
        len--;
    }
    if (status == MUSTER_OK) {
        status = tlog_key_parse(&session->log_key, muster_bytes_of(text, len), NULL, &why);
    }
    muster_free(text);
    if (status == MUSTER_OK || status == MUSTER_ENOMEM) {
        return status == MUSTER_OK ? status : muster_fail(e, status, "out of memory");
    }
    /* Whatever is wrong with it: it is the configuration that names it, not the gateway's "no". */
    return muster_fail(e, MUSTER_ECONFIG, "the log's public key %s: %s", path, why.text);
}

enum muster_status session_open(const struct settings *settings, struct session **out,
                                struct muster_err *e)
{
    struct wire_client_limits limits;
    struct session *session = (struct session *)muster_alloc(sizeof *session);
    if (session == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory");
    }
    session->settings = settings;
    enum muster_status status = load_log_key(session, e);
    if (status == MUSTER_OK) {
        witness_init(&session->witness, &session->log_key, &session->hasher);
        status = tlog_hasher_init(&session->hasher, e);
    }
    if (status == MUSTER_OK && settings->signing_key != NULL) {
        status =
            signer_open(settings->signing_key, settings->signing_certificate, &session->signer, e);
    }
    if (status == MUSTER_OK) {
        wire_client_limits_default(&limits);
        status = wire_client_open(settings->gateway, &settings->tls, &limits, &session->client, e);
    }
    if (status != MUSTER_OK) {
        session_close(session);
        return status;
    }
    *out = session;
    return MUSTER_OK;
}

void session_close(struct session *session)
{
    if (session == NULL) {
        return;
    }
    wire_client_close(session->client);
    signer_close(session->signer);
    tlog_hasher_fini(&session->hasher);
    muster_free(session);
}

enum muster_status session_recall(struct session *session, const char *memory, const char *cosigned,
                                  struct muster_err *e)
{
    return witness_recall(&session->witness, memory, cosigned, e);
}

void session_announce(struct session *session, const char *witness_key)
{
    session->witness_key = witness_key;
}

uint64_t session_backed_up(const struct session *session)
{
    return session->backed_up;
}

const struct witness *session_witness(const struct session *session)
{
    return &session->witness;
}

/* --- one exchange ----------------------------------------------------------------------------- */

/* Decodes a reply into `arena` and releases it. A Failure becomes MUSTER_EREFUSED, or MUSTER_EBUSY
 * where nothing was decided. */
static enum muster_status read_reply(char *body, size_t len, struct arena *arena,
                                     struct codec_reply *reply, struct session_failure *failure,
                                     struct muster_err *e)
{
    enum muster_status status = codec_reply_decode(muster_bytes_of(body, len), arena, reply, e);
    muster_free(body);
    if (status != MUSTER_OK) {
        return muster_wrap(e, status, "the gateway's reply");
    }
    if (reply->type == CODEC_REPLY_FAILURE) {
        *failure = (struct session_failure){
            reply->failure.code != NULL ? reply->failure.code : "unknown",
            reply->failure.message != NULL ? reply->failure.message : "", reply->failure.retry};
        return muster_fail(e, failure->retry ? MUSTER_EBUSY : MUSTER_EREFUSED, "%s (%s)",
                           failure->message, failure->code);
    }
    return MUSTER_OK;
}

static enum muster_status ask(struct session *session, const struct codec_request *request,
                              struct arena *arena, struct codec_reply *reply,
                              struct session_failure *failure, struct muster_err *e)
{
    struct muster_bytes frame;
    char *body = NULL;
    size_t len = 0;
    *failure = (struct session_failure){"", "", false};
    enum muster_status status = codec_request_encode(request, arena, &frame, e);
    if (status == MUSTER_OK) {
        status = wire_client_call(session->client, frame.at, frame.len, CALL_MS, &body, &len, e);
    }
    return status == MUSTER_OK ? read_reply(body, len, arena, reply, failure, e) : status;
}

/* The gateway says itself that its log is smaller than the one we know: its own checkpoint, asked
 * for as if we knew nothing, shows it. */
static enum muster_status confront(struct session *session, struct arena *arena,
                                   struct muster_err *e)
{
    const struct codec_request request = {.type = CODEC_REQUEST_HEARTBEAT};
    struct codec_reply reply;
    struct session_failure failure;
    enum muster_status status = ask(session, &request, arena, &reply, &failure, e);
    if (status == MUSTER_OK && reply.type == CODEC_REPLY_HEARTBEAT) {
        status = witness_confront(&session->witness, reply.heartbeat.checkpoint, e);
    }
    return status;
}

/* Lets the gateway know what its log has signed before, so that it stops. It may have stopped
 * already: whatever it answers changes nothing for us. */
static void tell_evidence(struct session *session, struct arena *arena)
{
    const struct codec_request request = {
        .type = CODEC_REQUEST_HEARTBEAT,
        .heartbeat = {.evidence = session->witness.caught.known.note}};
    struct codec_reply reply;
    struct session_failure failure;
    (void)ask(session, &request, arena, &reply, &failure, NULL); /* best effort */
}

static const char *checkpoint_of(const struct codec_reply *reply)
{
    switch (reply->type) {
    case CODEC_REPLY_BATCH:
        return reply->batch.checkpoint;
    case CODEC_REPLY_TABLE:
        return reply->table.checkpoint;
    case CODEC_REPLY_HEARTBEAT:
        return reply->heartbeat.checkpoint;
    case CODEC_REPLY_LOG_ENTRIES:
        return reply->log_entries.checkpoint;
    case CODEC_REPLY_RECEIPTS:
        return reply->receipts.checkpoint;
    case CODEC_REPLY_MAILBOX:
        return reply->mailbox.checkpoint;
    case CODEC_REPLY_ENROL:
        return reply->enrol.checkpoint;
    case CODEC_REPLY_FAILURE:
        break;
    }
    return NULL;
}

/* What the next reply that has a checkpoint must continue. */
static const struct witness_checkpoint *last_known(const struct session *session)
{
    return session->claimed.size > 0 ? &session->claimed : &session->witness.memory;
}

enum muster_status session_send(struct session *session, struct codec_request *request,
                                struct arena *arena, struct session_sent *sent,
                                struct muster_err *e)
{
    struct muster_bytes frame;
    request->log_size = last_known(session)->size;
    sent->pipelined = session->under_way > 0;
    request->pipelined = sent->pipelined;
    enum muster_status status = codec_request_encode(request, arena, &frame, e);
    if (status == MUSTER_OK) {
        status = wire_client_send(session->client, frame.at, frame.len, &sent->id, e);
    }
    session->under_way += status == MUSTER_OK ? 1 : 0;
    return status;
}

static enum muster_status receive(struct session *session, const struct session_sent *sent,
                                  struct arena *arena, struct codec_reply *reply,
                                  struct session_failure *failure, struct muster_err *e)
{
    char *body = NULL;
    size_t len = 0;
    uint32_t id = sent->id;
    *failure = (struct session_failure){"", "", false};
    enum muster_status status = wire_client_receive(session->client, CALL_MS, &id, &body, &len, e);
    session->under_way--;
    return status == MUSTER_OK ? read_reply(body, len, arena, reply, failure, e) : status;
}

/* The log contradicts itself, or says that it does not know what it has signed. */
static void note_caught(struct session *session, struct arena *arena)
{
    if (session->witness.caught.finding != WITNESS_FINE) {
        tell_evidence(session, arena);
    }
}

enum muster_status session_await(struct session *session, struct session_sent *sent,
                                 struct arena *arena, enum codec_reply_type expected,
                                 struct session_reply *out, struct session_failure *failure,
                                 struct muster_err *e)
{
    enum muster_status status = receive(session, sent, arena, &out->reply, failure, e);
    sent->base = *last_known(session);
    if (status == MUSTER_OK && out->reply.type != expected) {
        status = muster_fail(e, MUSTER_EMALFORMED, "the gateway answered something else");
    }
    if (status == MUSTER_OK && sent->pipelined && out->reply.continued != sent->base.size) {
        *failure = (struct session_failure){
            SESSION_OUT_OF_STEP, "the gateway's reply continues another one than our last", true};
        return muster_fail(e, MUSTER_EBUSY, "%s (%s)", failure->message, failure->code);
    }
    if (status == MUSTER_OK) {
        out->note = checkpoint_of(&out->reply);
        return witness_peek(out->note, &session->claimed, e);
    }
    if (sent->base.size > 0 && strcmp(failure->code, "log.behind") == 0) {
        enum muster_status confronted = confront(session, arena, e);
        status = confronted != MUSTER_OK ? confronted : status;
    }
    note_caught(session, arena);
    return status;
}

enum muster_status session_believe(struct session *session, const struct session_sent *sent,
                                   struct arena *arena, struct session_reply *reply,
                                   struct muster_err *e)
{
    struct witness *witness = &session->witness;
    if (!witness_same(&sent->base, &witness->memory)) {
        return muster_fail(e, MUSTER_EUNVERIFIED,
                           "a reply continues one of the gateway's that was not verified");
    }
    enum muster_status status = witness_take(witness, &sent->base, reply->note,
                                             &reply->reply.consistency, &reply->checkpoint, e);
    if (status == MUSTER_OK && witness_same(&session->claimed, &witness->memory)) {
        session->claimed.size = 0;
    }
    if (status == MUSTER_OK && reply->reply.backup_known &&
        reply->reply.backed_up <= reply->checkpoint.size) {
        session->backed_up = reply->reply.backed_up;
    }
    note_caught(session, arena);
    return status;
}

enum muster_status session_receive(struct session *session, struct session_sent *sent,
                                   struct arena *arena, enum codec_reply_type expected,
                                   struct session_reply *out, struct session_failure *failure,
                                   struct muster_err *e)
{
    enum muster_status status = session_await(session, sent, arena, expected, out, failure, e);
    return status == MUSTER_OK ? session_believe(session, sent, arena, out, e) : status;
}

static enum muster_status exchange(struct session *session, struct codec_request *request,
                                   struct arena *arena, enum codec_reply_type expected,
                                   struct session_reply *out, struct session_failure *failure,
                                   struct muster_err *e)
{
    struct session_sent sent;
    *failure = (struct session_failure){"", "", false};
    enum muster_status status = session_send(session, request, arena, &sent, e);
    return status == MUSTER_OK ? session_receive(session, &sent, arena, expected, out, failure, e)
                               : status;
}

/* --- questions -------------------------------------------------------------------------------- */

enum muster_status session_query(struct session *session, const struct codec_query *query,
                                 struct arena *arena, struct codec_table *out,
                                 struct session_failure *failure, struct muster_err *e)
{
    struct codec_request request = {.type = CODEC_REQUEST_QUERY, .query = *query};
    struct session_reply answer;
    enum muster_status status =
        exchange(session, &request, arena, CODEC_REPLY_TABLE, &answer, failure, e);
    if (status == MUSTER_OK && answer.checkpoint.size <= answer.reply.table.log_size) {
        status = muster_fail(e, MUSTER_EUNVERIFIED,
                             "the report's checkpoint does not cover the entry of this reading");
    }
    if (status == MUSTER_OK) {
        *out = answer.reply.table;
    }
    return status;
}

/* --- the log ---------------------------------------------------------------------------------- */

static enum muster_status check_page(const struct codec_log_read *read,
                                     const struct session_log *log, struct muster_err *e)
{
    const struct codec_log_entries *page = &log->page;
    if ((read->from_given && page->from != read->from) || page->count > read->count ||
        (page->leaves != NULL) != read->leaves) {
        return muster_fail(e, MUSTER_EUNVERIFIED,
                           "the gateway answered with other entries than were asked for");
    }
    /* The entry of this very reading comes behind those that were read. */
    if (log->checkpoint.size <= page->from + page->count) {
        return muster_fail(e, MUSTER_EUNVERIFIED,
                           "the checkpoint does not cover the entry of this reading");
    }
    return MUSTER_OK;
}

static enum muster_status hash_leaves(struct session *session, struct arena *arena,
                                      struct codec_log_entries *page, struct muster_err *e)
{
    struct muster_hash *hashes =
        (struct muster_hash *)arena_array(arena, page->count, sizeof *hashes);
    enum muster_status status =
        hashes != NULL ? MUSTER_OK : muster_fail(e, MUSTER_ENOMEM, "out of memory");
    for (size_t i = 0; status == MUSTER_OK && i < page->count; i++) {
        status = tlog_leaf_hash(&session->hasher, page->leaves[i], &hashes[i], e);
    }
    page->hashes = hashes;
    return status;
}

enum muster_status session_log_read(struct session *session, const struct codec_log_read *read,
                                    struct arena *arena, struct session_log *out,
                                    struct session_failure *failure, struct muster_err *e)
{
    struct codec_request request = {.type = CODEC_REQUEST_LOG_READ, .log_read = *read};
    struct session_reply answer;
    struct session_log log;
    enum muster_status status =
        exchange(session, &request, arena, CODEC_REPLY_LOG_ENTRIES, &answer, failure, e);
    if (status != MUSTER_OK) {
        return status;
    }
    log.page = answer.reply.log_entries;
    log.checkpoint = answer.checkpoint;
    status = check_page(read, &log, e);
    if (status == MUSTER_OK && log.page.leaves != NULL) {
        status = hash_leaves(session, arena, &log.page, e);
    }
    if (status == MUSTER_OK) {
        *out = log;
    }
    return status;
}

enum muster_status session_mailbox(struct session *session, const struct codec_mailbox *mailbox,
                                   struct arena *arena, struct codec_mailbox_reply *out,
                                   struct session_failure *failure, struct muster_err *e)
{
    struct codec_request request = {.type = CODEC_REQUEST_MAILBOX, .mailbox = *mailbox};
    struct session_reply answer;
    enum muster_status status =
        exchange(session, &request, arena, CODEC_REPLY_MAILBOX, &answer, failure, e);
    if (status == MUSTER_OK) {
        *out = answer.reply.mailbox;
    }
    return status;
}

enum muster_status session_enrol(struct session *session, const struct codec_enrol *enrol,
                                 struct arena *arena, struct codec_enrol_reply *out,
                                 struct session_failure *failure, struct muster_err *e)
{
    struct codec_request request = {.type = CODEC_REQUEST_ENROL, .enrol = *enrol};
    struct session_reply answer;
    enum muster_status status =
        exchange(session, &request, arena, CODEC_REPLY_ENROL, &answer, failure, e);
    if (status == MUSTER_OK && answer.checkpoint.size <= answer.reply.enrol.leaf_index) {
        status = muster_fail(e, MUSTER_EUNVERIFIED, "the checkpoint does not cover the enrolment");
    }
    if (status == MUSTER_OK) {
        *out = answer.reply.enrol;
    }
    return status;
}

const struct tlog_key *session_log_key(const struct session *session)
{
    return &session->log_key;
}

/* --- heartbeats ------------------------------------------------------------------------------- */

enum muster_status session_heartbeat(struct session *session,
                                     const struct codec_heartbeat *heartbeat, struct arena *arena,
                                     struct codec_heartbeat_reply *out,
                                     struct session_failure *failure, struct muster_err *e)
{
    struct codec_request request = {.type = CODEC_REQUEST_HEARTBEAT, .heartbeat = *heartbeat};
    struct session_reply answer;
    enum muster_status status =
        exchange(session, &request, arena, CODEC_REPLY_HEARTBEAT, &answer, failure, e);
    if (status == MUSTER_OK && answer.reply.heartbeat.offer != NULL) {
        status = witness_offered(&session->witness, &answer.checkpoint, answer.note,
                                 answer.reply.heartbeat.offer, e);
        note_caught(session, arena);
    }
    if (status == MUSTER_OK) {
        *out = answer.reply.heartbeat;
    }
    return status;
}

/* --- confirmed receipts ----------------------------------------------------------------------- */

enum muster_status session_receipts(struct session *session, const uint64_t *indexes, size_t count,
                                    struct arena *arena, struct codec_receipt_proofs *out,
                                    struct session_failure *failure, struct muster_err *e)
{
    struct codec_request request = {.type = CODEC_REQUEST_RECEIPT_READ,
                                    .receipt_read = {indexes, count}};
    struct session_reply answer;
    struct tlog_checkpoint checkpoint;
    enum muster_status status =
        exchange(session, &request, arena, CODEC_REPLY_RECEIPTS, &answer, failure, e);
    if (status != MUSTER_OK) {
        return status;
    }
    const struct codec_receipt_proofs *receipts = &answer.reply.receipts;
    if (receipts->count != count) {
        return muster_fail(e, MUSTER_EMALFORMED,
                           "the gateway answered for another number of receipts");
    }
    for (size_t i = 0; status == MUSTER_OK && i < receipts->checkpoint_count; i++) {
        const struct codec_cosigned *cosigned = &receipts->checkpoints[i];
        status = witness_earlier(&session->witness, &answer.checkpoint, answer.note, cosigned->note,
                                 &cosigned->to_newest, &checkpoint, e);
    }
    note_caught(session, arena);
    if (status == MUSTER_OK) {
        *out = *receipts;
    }
    return status;
}
