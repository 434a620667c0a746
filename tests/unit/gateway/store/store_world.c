#include "store_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

int world_make(void **state)
{
    struct world *world = (struct world *)calloc(1, sizeof *world);
    assert_non_null(world);
    /* In memory where there is such a folder: the fault loops sync thousands of times. */
    (void)snprintf(world->folder, sizeof world->folder, "%s/muster-store-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    assert_non_null(mkdtemp(world->folder));
    (void)snprintf(world->path, sizeof world->path, "%s/store", world->folder);
    world->random = 88172645463325252u;
    assert_int_equal(store_open(world->path, 0, &world->st, NULL), MUSTER_OK);
    *state = world;
    return 0;
}

int world_remove(void **state)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", ".lock", "-journal"};
    struct world *world = (struct world *)*state;

    store_close(world->st);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s%s", world->path, suffixes[i]);
        (void)unlink(path); /* some of them do not exist */
    }
    assert_int_equal(rmdir(world->folder), 0);
    free(world);
    return 0;
}

void world_reopen(struct world *world)
{
    struct muster_err e = {0};

    store_close(world->st);
    world->st = NULL;
    if (store_open(world->path, 0, &world->st, &e) != MUSTER_OK) {
        fail_msg("cannot open the store again: %s", e.text);
    }
    assert_int_equal(store_log_size(store_view(world->st), &world->next_seq, NULL), MUSTER_OK);
}

uint64_t world_random(struct world *world, uint64_t below)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 7;
    world->random ^= world->random << 17;
    return world->random % below;
}

static void mix(struct store_blind *ix, const char *text)
{
    for (; *text != '\0'; text++) {
        for (size_t i = 0; i < sizeof ix->b; i++) {
            ix->b[i] = (uint8_t)((ix->b[i] ^ (uint8_t)*text) * (2 * i + 167) + i);
        }
    }
}

struct store_blind world_blind(const char *label, const char *text)
{
    struct store_blind ix = {{1}};

    mix(&ix, label);
    mix(&ix, "|");
    mix(&ix, text);
    return ix;
}

struct store_blind world_key(const char *agency, const struct muster_record *record)
{
    char key[512];
    struct store_blind ix = {{2}};

    assert_true(muster_record_key(record, key, sizeof key) > 0);
    mix(&ix, agency);
    mix(&ix, "|");
    mix(&ix, record->schema->name);
    mix(&ix, "|");
    mix(&ix, key);
    return ix;
}

struct muster_uuid world_uuid(uint64_t number)
{
    struct muster_uuid uuid = {{0}};

    for (size_t i = 0; i < 8; i++) {
        uuid.b[15 - i] = (uint8_t)(number >> (8 * i));
    }
    return uuid;
}

struct store_entry world_entry(uint64_t seq)
{
    struct store_entry entry = {0};

    entry.seq = seq;
    entry.leaf = muster_bytes_of_text("a leaf");
    memset(entry.leaf_hash.b, (int)(seq % 251) + 1, sizeof entry.leaf_hash.b);
    entry.event_id = world_uuid(seq);
    return entry;
}

struct muster_record world_record(enum muster_kind kind)
{
    struct muster_record record = {0};

    record.schema = muster_schema_of(kind);
    record.version = 1;
    for (size_t i = 0; i < record.schema->field_count; i++) {
        const struct muster_field *field = &record.schema->fields[i];
        if (field->need != MUSTER_NEED_KEY && field->need != MUSTER_NEED_REQUIRED) {
            continue;
        }
        record.value[i].given = true;
        if (field->type <= MUSTER_TYPE_TEXT) {
            record.value[i].text = "x";
        }
    }
    return record;
}

void world_text(struct muster_record *record, size_t field, const char *text)
{
    record->value[field].given = text != NULL;
    record->value[field].text = text;
}

void world_instant(struct muster_record *record, size_t field, int64_t ms)
{
    record->value[field].given = true;
    record->value[field].instant.ms = ms;
}

void world_date(struct muster_record *record, size_t field, int32_t days)
{
    record->value[field].given = true;
    record->value[field].date.days = days;
}

void world_yesno(struct muster_record *record, size_t field, bool yes)
{
    record->value[field].given = true;
    record->value[field].yes = yes;
}

struct store_submission world_submission(const struct world *world, const char *agency,
                                         const struct muster_record *record)
{
    struct store_submission submission = {0};

    submission.seq = world->next_seq;
    submission.uuid = world_uuid(world->next_seq);
    submission.agency = agency;
    submission.kind = record->schema->kind;
    submission.key_ix = world_key(agency, record);
    submission.version = record->version;
    submission.withdrawn = record->withdrawn;
    submission.received_at.ms = 1700000000000;
    memset(submission.commitment.b, (int)record->version, sizeof submission.commitment.b);
    submission.batch = world->batch;
    memset(submission.sealed.iv, 3, sizeof submission.sealed.iv);
    memset(submission.sealed.tag, 4, sizeof submission.sealed.tag);
    memset(submission.sealed.hash.b, 5, sizeof submission.sealed.hash.b);
    submission.sealed.wrapped = muster_bytes_of_text("a wrapped secret");
    submission.sealed.ciphertext = muster_bytes_of_text("sealed bytes");
    memcpy(submission.sealed.bucket, "2028-01", sizeof submission.sealed.bucket);
    return submission;
}

enum muster_status world_put_facts(struct world *world, uint64_t seq, const char *agency,
                                   const struct muster_record *record, struct muster_err *e)
{
    struct store_blind_field blinds[MUSTER_FIELDS + 8];
    struct store_facts facts = {0};

    facts.seq = seq;
    facts.agency = agency;
    facts.key_ix = world_key(agency, record);
    facts.version = record->version;
    facts.withdrawn = record->withdrawn;
    facts.record = record;
    facts.blinds = blinds;
    for (size_t i = 0; i < record->schema->field_count; i++) {
        const struct muster_field *field = &record->schema->fields[i];
        if (field->privacy == MUSTER_BLIND && record->value[i].given) {
            bool list = field->type == MUSTER_TYPE_IDS;
            size_t count = list ? record->value[i].list.count : 1;
            for (size_t k = 0; k < count; k++) {
                const char *text = list ? record->value[i].list.items[k] : record->value[i].text;
                blinds[facts.blind_count].field = i;
                blinds[facts.blind_count].ix = world_blind(field->column, text);
                facts.blind_count++;
            }
        }
    }
    return store_put_facts(world->st, &facts, e);
}

enum muster_status world_put(struct world *world, const char *agency,
                             const struct muster_record *record, struct muster_err *e)
{
    struct store_entry entry = world_entry(world->next_seq);
    struct store_submission submission = world_submission(world, agency, record);
    enum muster_status status = store_put_entry(world->st, &entry, e);

    if (status == MUSTER_OK) {
        status = store_put_submission(world->st, &submission, e);
    }
    if (status == MUSTER_OK) {
        status = world_put_facts(world, submission.seq, agency, record, e);
    }
    if (status == MUSTER_OK) {
        world->next_seq++;
    }
    return status;
}

enum muster_status world_put_batch(struct world *world, struct muster_err *e)
{
    struct store_batch batch = {0};

    batch.agency = "police";
    batch.manifest = muster_bytes_of_text("a manifest");
    batch.signature = muster_bytes_of_text("a signature");
    batch.certificate = muster_bytes_of_text("a certificate");
    memset(batch.fingerprint.b, 6, sizeof batch.fingerprint.b);
    return store_put_batch(world->st, &batch, &world->batch, e);
}

void world_begin(struct world *world)
{
    struct muster_err e = {0};

    if (store_begin(world->st, &e) != MUSTER_OK || world_put_batch(world, &e) != MUSTER_OK) {
        fail_msg("cannot begin: %s", e.text);
    }
}

void world_must_put(struct world *world, const char *agency, const struct muster_record *record)
{
    struct muster_err e = {0};

    if (world_put(world, agency, record, &e) != MUSTER_OK) {
        fail_msg("cannot put: %s", e.text);
    }
}

void world_commit(struct world *world)
{
    struct muster_err e = {0};

    if (store_commit(world->st, &e) != MUSTER_OK) {
        fail_msg("cannot commit: %s", e.text);
    }
}
