#include "tests/faults/powercut/gateway.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/codec/record.h"
#include "core/seal/commit.h"
#include "core/seal/sign.h"
#include "tests/faults/powercut/disk.h"
#include "tests/lib/gateway_folder.h"

#define ARENA_BYTES (64u * 1024u * 1024u)
#define BULK_TEXT   (MUSTER_TEXT_BYTES - 1)
#define RETENTION   24

/* --- what is submitted ------------------------------------------------------------------------ */

static void set_cell(struct muster_record *record, const struct plan_cell *cell)
{
    int at = muster_field_index(record->schema, cell->column);
    assert_true(at >= 0);
    struct muster_value *value = &record->value[at];
    value->given = true;
    switch (record->schema->fields[at].type) {
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
    case MUSTER_TYPE_NAME:
    case MUSTER_TYPE_TEXT:
        value->text = cell->text;
        break;
    case MUSTER_TYPE_DATE:
        value->date.days = (int32_t)cell->number;
        break;
    case MUSTER_TYPE_INSTANT:
        value->instant.ms = cell->number;
        break;
    case MUSTER_TYPE_YESNO:
        value->yes = cell->number != 0;
        break;
    case MUSTER_TYPE_COUNT:
        value->count = cell->number;
        break;
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        value->list.items = &cell->text;
        value->list.count = 1;
        break;
    }
}

static void add_submission(struct gateway *gateway, struct seal_context *seal,
                           const struct plan_record *plan)
{
    struct muster_record record = {.schema = muster_schema_of(plan->kind)};
    struct submission *submission = &gateway->submissions[gateway->submission_count++];
    for (size_t i = 0; i < PLAN_CELLS && plan->cells[i].column != NULL; i++) {
        set_cell(&record, &plan->cells[i]);
    }
    submission->refused = plan->refused;
    submission->header.kind = plan->kind;
    submission->header.version = plan->version;
    assert_int_equal(muster_uuid_make(muster_utc_now(), &submission->header.submission_id, NULL),
                     MUSTER_OK);
    assert_int_equal(muster_random(submission->salt, sizeof submission->salt, NULL), MUSTER_OK);
    assert_int_equal(
        codec_record_encode(&record, NULL, &gateway->arena, &submission->payload, NULL), MUSTER_OK);
    assert_int_equal(commit_make(seal, submission->salt, submission->payload,
                                 &submission->header.commitment, NULL),
                     MUSTER_OK);
}

static struct request *add_request(struct gateway *gateway, enum plan_sender sender)
{
    struct request *request = &gateway->requests[gateway->request_count++];
    request->caller = &gateway->callers[sender];
    request->first = gateway->submission_count;
    assert_int_equal(pthread_mutex_init(&request->mutex, NULL), 0);
    assert_int_equal(pthread_cond_init(&request->answered, NULL), 0);
    return request;
}

static void add_bulk(struct gateway *gateway, struct seal_context *seal, const struct plan *plan)
{
    static char text[BULK_TEXT + 1];
    char id[64];
    const struct plan_record record = {.kind = MUSTER_KIND_REFERRAL,
                                       .version = 1,
                                       .cells = {{"referral_id", id, 0},
                                                 {"child_id", id, 0},
                                                 {"referral_at", "", INT64_C(1728000000000)},
                                                 {"source_code", "6", 0},
                                                 {"request_kind", "safeguarding", 0},
                                                 {"route", "marf", 0},
                                                 {"concern", text, 0}}};
    memset(text, 'x', BULK_TEXT);
    for (size_t i = 0; i < plan->bulk_batches; i++) {
        struct request *request = add_request(gateway, PLAN_POLICE);
        request->count = plan->bulk_records;
        for (size_t n = 0; n < plan->bulk_records; n++) {
            (void)snprintf(id, sizeof id, "bulk-%zu-%zu", i, n); /* copied when it is encoded */
            add_submission(gateway, seal, &record);
        }
    }
}

static void add_plan(struct gateway *gateway, const struct plan *plan)
{
    struct seal_context *seal = NULL;
    struct request *request = NULL;
    unsigned batch = 0;
    size_t bulk = plan->bulk_batches * plan->bulk_records;
    gateway->submissions =
        (struct submission *)calloc(plan->count + bulk, sizeof(struct submission));
    gateway->requests =
        (struct request *)calloc(2 + plan->count + plan->bulk_batches, sizeof(struct request));
    assert_non_null(gateway->submissions);
    assert_non_null(gateway->requests);
    assert_int_equal(seal_context_new(&seal, NULL), MUSTER_OK);
    for (size_t i = 0; i < 2; i++) {
        add_request(gateway, PLAN_OPERATOR)->enrols = gateway->signers[i];
    }
    add_bulk(gateway, seal, plan);
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_record *record = &plan->records[i];
        if (request == NULL || record->batch != batch) {
            request = add_request(gateway, record->sender);
            batch = record->batch;
        }
        if (record->kind != MUSTER_KIND_NONE) {
            add_submission(gateway, seal, record);
            request->count++;
        }
    }
    seal_context_free(seal);
}

/* --- the world around it ---------------------------------------------------------------------- */

static void make_identities(struct gateway *gateway)
{
    static const char *const names[] = {"council", "police"};
    scratch_join(gateway->certificates, gateway->folder, "certs");
    gateway_certificates_make(gateway->certificates);
    scratch_join(gateway->authority, gateway->certificates, "ca.pem");
    scratch_join(gateway->revoked, gateway->certificates, "ca.crl");
    for (size_t i = 0; i < 2; i++) {
        gateway->signers[i] = gateway_signer(gateway->certificates, names[i]);
        gateway->agencies[i] = (struct agency){.id = names[i],
                                               .name = names[i],
                                               .kind = names[i],
                                               .quorum_group = "",
                                               .section11_type = "s11",
                                               .is_council = i == PLAN_COUNCIL,
                                               .may_submit = UINT32_MAX};
        gateway->callers[i] = (struct caller){
            .agency = &gateway->agencies[i], .role = RIGHTS_ROLE_SUBMITTER, .fingerprint = "00"};
    }
    gateway->callers[PLAN_LSCB] = (struct caller){.role = RIGHTS_ROLE_LSCB, .fingerprint = "01"};
    gateway->callers[PLAN_OPERATOR] =
        (struct caller){.role = RIGHTS_ROLE_OPERATOR, .fingerprint = "02"};
}

struct gateway *gateway_make(const struct plan *plan)
{
    struct gateway *gateway = (struct gateway *)calloc(1, sizeof *gateway);
    assert_non_null(gateway);
    /* In memory where there is such a folder: the store is written anew hundreds of times. */
    (void)snprintf(gateway->folder, sizeof gateway->folder, "%s/muster-powercut-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(gateway->folder));
    scratch_join(gateway->store, gateway->folder, "gateway.db");
    make_identities(gateway);
    scratch_join(gateway->keys, gateway->folder, "keys");
    gateway_keys_make(gateway->keys, RETENTION);
    gateway->settings = (struct service_settings){
        .store = gateway->store,
        .keys = gateway->keys,
        .log_origin = "muster.invalid/powercut/log",
        .signing_ca = gateway->authority,
        .signing_crl = gateway->revoked,
        .software = "powercut",
        .directory = {gateway->agencies, 2},
        .retention_months = RETENTION,
        .suppression_highest = 5,
        .minimum_denominator = 10,
    };
    assert_int_equal(tlog_hasher_init(&gateway->hasher, NULL), MUSTER_OK);
    arena_init(&gateway->arena, ARENA_BYTES);
    add_plan(gateway, plan);
    return gateway;
}

static void forget(struct gateway *gateway)
{
    for (size_t i = 0; i < gateway->submission_count; i++) {
        struct submission *submission = &gateway->submissions[i];
        free(submission->receipt);
        submission->receipt = NULL;
        submission->lost = false;
    }
    gateway->wrong = 0;
}

void gateway_remove(struct gateway *gateway)
{
    forget(gateway);
    for (size_t i = 0; i < gateway->request_count; i++) {
        (void)pthread_mutex_destroy(&gateway->requests[i].mutex);
        (void)pthread_cond_destroy(&gateway->requests[i].answered);
    }
    for (size_t i = 0; i < 2; i++) {
        signer_close(gateway->signers[i]);
    }
    tlog_hasher_fini(&gateway->hasher);
    arena_fini(&gateway->arena);
    free(gateway->submissions);
    free(gateway->requests);
    scratch_remove(gateway->folder);
    free(gateway);
}

void gateway_begin(struct gateway *gateway)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".lock"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[SCRATCH_PATH_BYTES + 16];
        (void)snprintf(path, sizeof path, "%s%s", gateway->store, suffixes[i]);
        (void)unlink(path); /* some of them do not exist */
    }
    forget(gateway);
    disk_forget();
}

bool gateway_open(struct gateway *gateway, struct muster_err *e)
{
    if (service_open(&gateway->settings, &gateway->service, e) != MUSTER_OK) {
        return false;
    }
    if (!gateway->log_key_known) {
        struct muster_bytes text = muster_bytes_of_text(service_vkey(gateway->service));
        assert_int_equal(tlog_key_parse(&gateway->log_key, text, NULL, NULL), MUSTER_OK);
        gateway->log_key_known = true;
    }
    return true;
}

void gateway_close(struct gateway *gateway)
{
    service_close(gateway->service);
    gateway->service = NULL;
}
