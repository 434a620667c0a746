#include "tests/bench/bench_records.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/codec/record.h"
#include "core/seal/commit.h"

#define KEY_BYTES 256

void bench_must(enum muster_status status, const struct muster_err *e, const char *what)
{
    if (status != MUSTER_OK) {
        fprintf(stderr, "bench: %s: %s\n", what, e->text);
        exit(3);
    }
}

static void put_texts(struct muster_record *record, struct arena *arena)
{
    static atomic_ullong made;
    unsigned long long number = atomic_fetch_add(&made, 1);
    const struct {
        int field;
        const char *text;
    } texts[] = {
        {MUSTER_REFERRAL_ID, arena_printf(arena, "bench-%d-%llu", (int)getpid(), number)},
        {MUSTER_REFERRAL_CHILD_ID, arena_printf(arena, "INV-%llu", number)},
        {MUSTER_REFERRAL_FAMILY_NAME, "Invented"},
        {MUSTER_REFERRAL_GIVEN_NAME, "Measure"},
        {MUSTER_REFERRAL_SEX, "F"},
        {MUSTER_REFERRAL_SOURCE_CODE, "6"},
        {MUSTER_REFERRAL_REQUEST_KIND, "safeguarding"},
        {MUSTER_REFERRAL_ROUTE, "marf"},
        {MUSTER_REFERRAL_CONCERN,
         "Invented for measuring: a concern of ordinary length, some two hundred characters as "
         "they are written in a form, so that what is sealed and sent has the size that a "
         "partner's referral has on an ordinary day."},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        record->value[texts[i].field].given = true;
        record->value[texts[i].field].text = texts[i].text;
    }
}

struct outbox_row bench_row(struct arena *arena)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct muster_record record = {.schema = muster_schema_of(MUSTER_KIND_REFERRAL)};
    struct outbox_row row = {.kind = MUSTER_KIND_REFERRAL, .file = "bench.csv", .line = 1};
    char *key = (char *)arena_alloc(arena, KEY_BYTES);
    put_texts(&record, arena);
    record.value[MUSTER_REFERRAL_DATE_OF_BIRTH].given = true;
    record.value[MUSTER_REFERRAL_DATE_OF_BIRTH].date.days = 16000;
    record.value[MUSTER_REFERRAL_AT].given = true;
    record.value[MUSTER_REFERRAL_AT].instant = muster_utc_now();
    bench_must(codec_record_encode(&record, NULL, arena, &row.payload, &e), &e, "encode");
    (void)muster_record_key(&record, key, KEY_BYTES);
    row.key = key;
    return row;
}

struct batch_item bench_item(struct seal_context *seal, struct arena *arena)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct batch_item item = {.header = {.kind = MUSTER_KIND_REFERRAL, .version = 1}};
    item.item.payload = bench_row(arena).payload;
    bench_must(muster_random(item.item.salt, sizeof item.item.salt, &e), &e, "random");
    bench_must(commit_make(seal, item.item.salt, item.item.payload, &item.header.commitment, &e),
               &e, "commit");
    bench_must(muster_uuid_make(muster_utc_now(), &item.header.submission_id, &e), &e, "uuid");
    return item;
}

struct batch_item bench_item_of(const struct outbox_item *item)
{
    struct batch_item out = {.header = {.submission_id = item->submission_id,
                                        .kind = item->kind,
                                        .version = item->version,
                                        .commitment = item->commitment}};
    memcpy(out.item.salt, item->salt, sizeof out.item.salt);
    out.item.payload = item->payload;
    return out;
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;
    return x < y ? -1 : x > y ? 1 : 0;
}

struct bench_figure bench_figure_of(uint64_t *times, size_t count)
{
    qsort(times, count, sizeof *times, ascending);
    return (struct bench_figure){times[count / 2], times[count * 99 / 100]};
}
