/* The writer is at work on a batch while its signature is checked: what a forged one has written
 * must be gone before anything is committed, whatever stood beside it in the group. */
#include "service_world.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/clock.h"

#define PAIRS      60
#define THREADS    8
#define FIRST      100000u /* a number that no other batch has */
#define ARENA_SIZE (64u * 1024u * 1024u)

/* A request on its way, and its answer. */
struct sending {
    struct muster_bytes frame;
    pthread_mutex_t mutex;
    pthread_cond_t come;
    void *bytes;
    size_t len;
    bool done;
};

struct crowd {
    struct service_world *world;
    struct sending sendings[2 * PAIRS];
    atomic_size_t next;
};

static void take(void *handle, const void *reply, size_t len)
{
    struct sending *sending = (struct sending *)handle;
    (void)pthread_mutex_lock(&sending->mutex);
    sending->bytes = malloc(len);
    if (sending->bytes != NULL) {
        memcpy(sending->bytes, reply, len);
    }
    sending->len = len;
    sending->done = true;
    (void)pthread_cond_signal(&sending->come);
    (void)pthread_mutex_unlock(&sending->mutex);
}

static void *send_some(void *context)
{
    struct crowd *crowd = (struct crowd *)context;
    size_t at = 0;
    while ((at = atomic_fetch_add(&crowd->next, 1)) < (size_t)2 * PAIRS) {
        struct sending *sending = &crowd->sendings[at];
        service_request(crowd->world->service, &crowd->world->callers[WORLD_POLICE], sending->frame,
                        &crowd->world->told[WORLD_POLICE], take, sending);
        (void)pthread_mutex_lock(&sending->mutex);
        while (!sending->done) {
            (void)pthread_cond_wait(&sending->come, &sending->mutex);
        }
        (void)pthread_mutex_unlock(&sending->mutex);
    }
    return NULL;
}

/* The same referral twice: first forged, then signed. */
static void make_pair(struct crowd *crowd, size_t pair, struct arena *arena)
{
    for (size_t i = 0; i < 2; i++) {
        struct sending *sending = &crowd->sendings[2 * pair + i];
        *sending =
            (struct sending){.mutex = PTHREAD_MUTEX_INITIALIZER, .come = PTHREAD_COND_INITIALIZER};
        struct codec_request request =
            world_batch(crowd->world, WORLD_POLICE, 1, FIRST + (unsigned)pair, NULL, arena);
        if (i == 0) {
            request = world_forged(request, arena);
        }
        assert_int_equal(codec_request_encode(&request, arena, &sending->frame, NULL), MUSTER_OK);
    }
}

static void assert_answers(struct crowd *crowd, struct arena *arena)
{
    for (size_t i = 0; i < (size_t)2 * PAIRS; i++) {
        struct sending *sending = &crowd->sendings[i];
        struct codec_reply reply;
        assert_non_null(sending->bytes);
        assert_int_equal(
            codec_reply_decode(muster_bytes_of(sending->bytes, sending->len), arena, &reply, NULL),
            MUSTER_OK);
        if (i % 2 == 0) {
            world_assert_failure(&reply, "signature.invalid");
        } else {
            assert_int_equal(reply.type, CODEC_REPLY_BATCH);
            assert_int_equal(reply.batch.outcomes[0].result, CODEC_ACCEPTED);
        }
        free(sending->bytes);
    }
}

static void test_batch_when_forged_among_others_then_leaves_nothing_but_its_refusal(void **state)
{
    struct crowd crowd = {.world = (struct service_world *)*state};
    struct arena arena;
    pthread_t threads[THREADS];
    arena_init(&arena, ARENA_SIZE);
    for (size_t i = 0; i < PAIRS; i++) {
        make_pair(&crowd, i, &arena);
    }
    /* The certificate has its own entry when it is first seen. */
    struct codec_reply reply = world_submit(crowd.world, WORLD_POLICE, 1, NULL, 0);
    assert_int_equal(reply.type, CODEC_REPLY_BATCH);
    uint64_t before = world_log_size(crowd.world);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, send_some, &crowd), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    /* The forged one would have made its twin a conflict or a duplicate. */
    assert_answers(&crowd, &arena);
    /* One entry each, no more; and a start computes the whole log again. */
    assert_int_equal(world_log_size(crowd.world), before + (uint64_t)2 * PAIRS);
    world_restart(crowd.world);
    arena_fini(&arena);
}

/* The forged one is the first to show its signing certificate, in its true owner's name; that is
 * taken back, and so must be what it made of an enrolment behind it. */
static void test_enrolment_when_behind_a_forged_batch_then_answered_as_if_alone(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct arena arena;
    struct codec_reply replies[2];
    arena_init(&arena, ARENA_SIZE);
    const struct world_request requests[] = {
        {WORLD_POLICE, world_forged(world_batch(world, WORLD_POLICE, 1, 1, NULL, &arena), &arena)},
        {WORLD_OPERATOR, world_enrolment(world, WORLD_HEALTH, WORLD_POLICE, false)}};
    world_ask_together(world, requests, 2, replies);
    world_assert_failure(&replies[0], "signature.invalid");
    assert_int_equal(replies[1].type, CODEC_REPLY_ENROL);
    arena_fini(&arena);
}

/* It is refused for its signature alone, which is one entry. */
static void test_batch_when_forged_and_not_enrolled_then_counted_once(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    struct arena arena;
    const struct muster_mono later = {muster_mono_now().ms + INT64_C(60000)};
    arena_init(&arena, ARENA_SIZE);
    uint64_t before = world_log_size(world);
    struct codec_request request =
        world_forged(world_batch(world, WORLD_POLICE, 1, 1, NULL, &arena), &arena);
    struct codec_reply reply = world_ask(world, WORLD_POLICE, &request);
    world_assert_failure(&reply, "signature.invalid");
    service_tick(world->service, later); /* where something was counted it becomes an entry */
    assert_int_equal(world_log_size(world), before + 1);
    arena_fini(&arena);
}

/* What is compared of held records needs room for one of them, however many there are: else
 * everybody's batches of that commit would fail with this one. */
static void
test_commit_when_a_forged_batch_meets_large_records_then_others_are_written(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    static char text[30000];
    struct arena arena;
    struct codec_reply replies[2];
    memset(text, 'x', sizeof text - 1);
    arena_init(&arena, ARENA_SIZE);
    world->text = text;
    for (unsigned i = 0; i < MUSTER_BATCH_ITEMS; i += 16) {
        struct codec_request request =
            world_batch(world, WORLD_POLICE, 16, FIRST + i, NULL, &arena);
        struct codec_reply reply = world_ask(world, WORLD_POLICE, &request);
        assert_int_equal(reply.type, CODEC_REPLY_BATCH);
        arena_reset(&arena);
    }
    world->text = NULL;
    const struct world_request requests[] = {
        {WORLD_POLICE,
         world_forged(world_batch(world, WORLD_POLICE, MUSTER_BATCH_ITEMS, FIRST, NULL, &arena),
                      &arena)},
        {WORLD_HEALTH, world_batch(world, WORLD_HEALTH, 1, FIRST, NULL, &arena)}};
    world_ask_together(world, requests, 2, replies);
    world_assert_failure(&replies[0], "signature.invalid");
    assert_int_equal(replies[1].type, CODEC_REPLY_BATCH);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_batch_when_forged_among_others_then_leaves_nothing_but_its_refusal, world_fresh,
            world_stop),
        cmocka_unit_test_setup_teardown(
            test_enrolment_when_behind_a_forged_batch_then_answered_as_if_alone, world_bare,
            world_stop),
        cmocka_unit_test_setup_teardown(test_batch_when_forged_and_not_enrolled_then_counted_once,
                                        world_bare, world_stop),
        cmocka_unit_test_setup_teardown(
            test_commit_when_a_forged_batch_meets_large_records_then_others_are_written,
            world_fresh, world_stop),
    };
    return cmocka_run_group_tests_name("service signature", tests, world_set_up, world_tear_down);
}
