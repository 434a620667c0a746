/* The queue between threads: order, bounds, closing. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <core/base/arena.h>
#include <core/base/queue.h>

#define PRODUCERS 4
#define CONSUMERS 3
#define EACH      20000

static int things[64];

static void test_queue_when_full_then_busy_and_order_kept_around_the_end(void **state)
{
    struct queue *queue = queue_new(5);
    void *taken[8];
    size_t put = 0;
    size_t got = 0;
    (void)state;
    assert_non_null(queue);

    for (size_t round = 0; round < 20; round++) {
        size_t held = put - got;
        for (; held < 5; held++) {
            assert_int_equal(queue_put(queue, &things[put++ % 64]), MUSTER_OK);
        }
        assert_int_equal(queue_put(queue, &things[0]), MUSTER_EBUSY);
        size_t most = round % 4 + 1;
        size_t count = queue_take(queue, taken, most);
        assert_int_equal(count, most);
        for (size_t i = 0; i < count; i++) {
            assert_ptr_equal(taken[i], &things[got++ % 64]);
        }
    }
    assert_int_equal(queue_take(queue, taken, 8), put - got); /* all there are */

    queue_free(queue);
}

static void test_queue_when_closed_then_drained_then_nothing(void **state)
{
    struct queue *queue = queue_new(4);
    void *taken[4];
    (void)state;
    assert_non_null(queue);
    assert_int_equal(queue_put(queue, &things[1]), MUSTER_OK);
    assert_int_equal(queue_put(queue, &things[2]), MUSTER_OK);

    queue_close(queue);
    queue_close(queue);

    assert_int_equal(queue_put(queue, &things[3]), MUSTER_ECLOSED);
    assert_int_equal(queue_take(queue, taken, 1), 1);
    assert_ptr_equal(taken[0], &things[1]);
    assert_int_equal(queue_take(queue, taken, 4), 1);
    assert_ptr_equal(taken[0], &things[2]);
    assert_int_equal(queue_take(queue, taken, 4), 0);
    assert_int_equal(queue_take(queue, taken, 4), 0);
    queue_free(queue);
    queue_free(NULL);
}

static void test_queue_when_capacity_overflows_or_memory_is_short_then_null(void **state)
{
    static const size_t too_many[] = {SIZE_MAX, SIZE_MAX / sizeof(void *),
                                      SIZE_MAX / sizeof(void *) + 1, SIZE_MAX / 2};
    (void)state;

    for (size_t i = 0; i < sizeof too_many / sizeof too_many[0]; i++) {
        assert_null(queue_new(too_many[i]));
    }
    (void)muster_alloc_fail_at(1);
    assert_null(queue_new(1));
    assert_true(muster_alloc_fail_at(0));
}

/* --- threads ---------------------------------------------------------------------------------- */

struct item {
    size_t producer;
    size_t number;
    unsigned taken; /* each is taken by one consumer; read after the join */
};

struct world {
    struct queue *queue;
    struct item items[PRODUCERS][EACH];
};

struct worker {
    pthread_t thread;
    struct world *world;
    size_t number;
    size_t count;
    bool failed;
};

static void *produce(void *context)
{
    struct worker *worker = (struct worker *)context;
    for (size_t i = 0; i < EACH; i++) {
        struct item *item = &worker->world->items[worker->number][i];
        enum muster_status status = MUSTER_EBUSY;
        item->producer = worker->number;
        item->number = i;
        while ((status = queue_put(worker->world->queue, item)) == MUSTER_EBUSY) {
            (void)sched_yield();
        }
        worker->failed = worker->failed || status != MUSTER_OK;
    }
    return NULL;
}

/* Items of one producer come to one consumer in the order they were put. */
static void *consume(void *context)
{
    struct worker *worker = (struct worker *)context;
    size_t next[PRODUCERS] = {0};
    void *taken[16];
    size_t count = 0;
    while ((count = queue_take(worker->world->queue, taken, worker->number * 7 + 1)) > 0) {
        for (size_t i = 0; i < count; i++) {
            struct item *item = (struct item *)taken[i];
            worker->failed = worker->failed || item->number < next[item->producer];
            next[item->producer] = item->number + 1;
            item->taken++;
        }
        worker->count += count;
    }
    return NULL;
}

static void test_queue_when_many_threads_then_each_item_once_and_all_wake_at_the_close(void **state)
{
    struct world *world = (struct world *)calloc(1, sizeof *world);
    struct worker producers[PRODUCERS] = {{0}};
    struct worker consumers[CONSUMERS] = {{0}};
    size_t total = 0;
    (void)state;
    assert_non_null(world);
    world->queue = queue_new(13);
    assert_non_null(world->queue);

    for (size_t i = 0; i < CONSUMERS; i++) {
        consumers[i].world = world;
        consumers[i].number = i;
        assert_int_equal(pthread_create(&consumers[i].thread, NULL, consume, &consumers[i]), 0);
    }
    for (size_t i = 0; i < PRODUCERS; i++) {
        producers[i].world = world;
        producers[i].number = i;
        assert_int_equal(pthread_create(&producers[i].thread, NULL, produce, &producers[i]), 0);
    }
    for (size_t i = 0; i < PRODUCERS; i++) {
        assert_int_equal(pthread_join(producers[i].thread, NULL), 0);
        assert_false(producers[i].failed);
    }
    queue_close(world->queue);
    for (size_t i = 0; i < CONSUMERS; i++) {
        assert_int_equal(pthread_join(consumers[i].thread, NULL), 0);
        assert_false(consumers[i].failed);
        total += consumers[i].count;
    }

    assert_int_equal(total, PRODUCERS * EACH);
    for (size_t i = 0; i < PRODUCERS; i++) {
        for (size_t j = 0; j < EACH; j++) {
            assert_int_equal(world->items[i][j].taken, 1);
        }
    }
    queue_free(world->queue);
    free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue_when_full_then_busy_and_order_kept_around_the_end),
        cmocka_unit_test(test_queue_when_closed_then_drained_then_nothing),
        cmocka_unit_test(test_queue_when_capacity_overflows_or_memory_is_short_then_null),
        cmocka_unit_test(
            test_queue_when_many_threads_then_each_item_once_and_all_wake_at_the_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
