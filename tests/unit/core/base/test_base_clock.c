/* UUIDv7: fields, order within a process whatever clock and threads do. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <core/base/clock.h>

#define THREADS 4
#define EACH    5000

/* Ids of one process ascend, so that each test takes a later time than the one before it. */
static const struct muster_utc example = {0x017F22E279B0}; /* RFC 9562, appendix A.6 */

static int compare(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct muster_uuid));
}

static uint64_t ms_of(const struct muster_uuid *uuid)
{
    uint64_t ms = 0;
    for (size_t i = 0; i < 6; i++) {
        ms = ms << 8 | uuid->b[i];
    }
    return ms;
}

static struct muster_uuid make(int64_t ms)
{
    struct muster_uuid uuid;
    struct muster_utc now = {ms};
    assert_int_equal(muster_uuid_make(now, &uuid, NULL), MUSTER_OK);
    assert_int_equal(uuid.b[6] >> 4, 7);
    assert_int_equal(uuid.b[8] >> 6, 2);
    return uuid;
}

static void test_uuid_when_made_then_time_version_and_variant_as_rfc_9562(void **state)
{
    (void)state;

    struct muster_uuid uuid = make(example.ms);

    assert_int_equal(ms_of(&uuid), 0x017F22E279B0);
}

static void test_uuid_when_clock_stands_or_goes_back_then_still_ascending(void **state)
{
    static const int64_t steps[] = {0, 0, 1, -5, -3600000, 0, 2, 100, -1, 99, 101};
    const int64_t base = example.ms + 10000000;
    struct muster_uuid last = make(base);
    (void)state;

    for (size_t i = 0; i < 50000; i++) {
        struct muster_uuid next = make(base + steps[i % (sizeof steps / sizeof steps[0])]);
        assert_true(compare(&last, &next) < 0);
        last = next;
    }
}

/* The counter has 12 bits: more ids than that in one millisecond run into the next, a little. */
static void test_uuid_when_counter_overflows_then_carries_into_the_time(void **state)
{
    const int64_t base = example.ms + 20000000;
    struct muster_uuid last = make(base);
    (void)state;

    for (size_t i = 1; i < 10000; i++) {
        struct muster_uuid next = make(base);
        assert_true(compare(&last, &next) < 0);
        last = next;
    }

    assert_int_equal(ms_of(&last), base + 9999 / 4096);
}

/* A time that no id can hold would push all later ids of the process to the end of time. */
static void test_uuid_when_time_is_beyond_48_bits_then_refused_and_later_ids_unharmed(void **state)
{
    static const int64_t beyond[] = {-1, INT64_MIN, INT64_C(1) << 48, INT64_MAX};
    const int64_t base = example.ms + 30000000;
    (void)state;

    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        struct muster_uuid uuid = {{0}};
        struct muster_utc now = {beyond[i]};
        struct muster_err e = {MUSTER_OK, ""};
        assert_int_not_equal(muster_uuid_make(now, &uuid, &e), MUSTER_OK);
        assert_true(e.text[0] != '\0');
    }
    struct muster_uuid uuid = make(base);
    assert_int_equal(ms_of(&uuid), base);
}

struct work {
    pthread_t thread;
    int64_t ms;
    struct muster_uuid made[EACH];
    bool failed;
};

static void *make_many(void *context)
{
    struct work *work = (struct work *)context;
    for (size_t i = 0; i < EACH; i++) {
        struct muster_utc now = {work->ms + (int64_t)(i % 50) - 25};
        if (muster_uuid_make(now, &work->made[i], NULL) != MUSTER_OK) {
            work->failed = true;
        }
    }
    return NULL;
}

static void test_uuid_when_made_by_threads_then_ascending_in_each_and_none_twice(void **state)
{
    struct work *work = (struct work *)calloc(THREADS, sizeof *work);
    struct muster_uuid *all = (struct muster_uuid *)calloc(THREADS, sizeof work->made);
    (void)state;
    assert_non_null(work);
    assert_non_null(all);

    for (size_t t = 0; t < THREADS; t++) {
        work[t].ms = example.ms + 40000000 + (int64_t)t;
        assert_int_equal(pthread_create(&work[t].thread, NULL, make_many, &work[t]), 0);
    }
    for (size_t t = 0; t < THREADS; t++) {
        assert_int_equal(pthread_join(work[t].thread, NULL), 0);
    }

    for (size_t t = 0; t < THREADS; t++) {
        assert_false(work[t].failed);
        for (size_t i = 1; i < EACH; i++) {
            assert_true(compare(&work[t].made[i - 1], &work[t].made[i]) < 0);
        }
        memcpy(all + t * EACH, work[t].made, sizeof work[t].made);
    }
    qsort(all, (size_t)THREADS * EACH, sizeof *all, compare);
    for (size_t i = 1; i < (size_t)THREADS * EACH; i++) {
        /* Not even the ordered part, without its random bits, comes twice. */
        assert_true(memcmp(all[i - 1].b, all[i].b, 8) < 0);
    }
    free(all);
    free(work);
}

static void test_random_when_drawn_then_all_bytes_are_filled(void **state)
{
    uint8_t seen[1000] = {0};
    (void)state;

    /* A byte stays 0 in 20 draws with probability 2^-160. */
    for (int i = 0; i < 20; i++) {
        uint8_t drawn[1001] = {0};
        assert_int_equal(muster_random(drawn, sizeof drawn - 1, NULL), MUSTER_OK);
        assert_int_equal(drawn[1000], 0);
        for (size_t j = 0; j < sizeof seen; j++) {
            seen[j] |= drawn[j];
        }
    }
    for (size_t j = 0; j < sizeof seen; j++) {
        assert_int_not_equal(seen[j], 0);
    }
    assert_int_equal(muster_random(NULL, 0, NULL), MUSTER_OK);
}

static void test_clocks_when_read_then_they_do_not_go_back(void **state)
{
    (void)state;

    struct muster_mono mono = muster_mono_now();
    uint64_t nano = muster_nano_now();
    for (int i = 0; i < 1000; i++) {
        struct muster_mono later = muster_mono_now();
        uint64_t nano_later = muster_nano_now();
        assert_true(later.ms >= mono.ms);
        assert_true(nano_later >= nano);
        assert_true(nano_later / 1000000 >= (uint64_t)later.ms);
        mono = later;
        nano = nano_later;
    }
    assert_true(muster_utc_now().ms > INT64_C(1600000000000)); /* September 2020 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_uuid_when_made_then_time_version_and_variant_as_rfc_9562),
        cmocka_unit_test(test_uuid_when_clock_stands_or_goes_back_then_still_ascending),
        cmocka_unit_test(test_uuid_when_counter_overflows_then_carries_into_the_time),
        cmocka_unit_test(test_uuid_when_time_is_beyond_48_bits_then_refused_and_later_ids_unharmed),
        cmocka_unit_test(test_uuid_when_made_by_threads_then_ascending_in_each_and_none_twice),
        cmocka_unit_test(test_random_when_drawn_then_all_bytes_are_filled),
        cmocka_unit_test(test_clocks_when_read_then_they_do_not_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
