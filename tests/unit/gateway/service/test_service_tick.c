/* What the service does by itself as time goes on. Time is what the test says it is, counted from
 * the last entry, whose time is the machine's. */
#include "service_world.h"

#include "core/base/clock.h"

#define MINUTE INT64_C(60000)

static uint64_t size_after(struct service_world *world, int64_t minutes)
{
    const struct muster_mono now = {muster_mono_now().ms + minutes * MINUTE};
    service_tick(world->service, now);
    return world_log_size(world); /* through the writer's queue: what the tick put there is done */
}

static void test_tick_when_nothing_comes_then_an_entry_after_ten_minutes(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    world->settings.heartbeat_minutes = 10;
    world_restart(world);
    uint64_t size = size_after(world, 0);

    assert_true(size_after(world, 8) == size);
    assert_true(size_after(world, 11) == size + 1);
    assert_true(size_after(world, 0) == size + 1);
    assert_true(size_after(world, 11) == size + 2);
}

static void test_tick_when_heartbeats_are_off_then_the_log_stays(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    world->settings.heartbeat_minutes = 0;
    world_restart(world);
    uint64_t size = size_after(world, 0);

    assert_true(size_after(world, 100000) == size);
}

/* Whoever knocks a thousand times makes one entry of each reason. */
static void test_tick_when_refusals_were_counted_then_one_entry_a_reason(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    world->settings.heartbeat_minutes = 0;
    world_restart(world);
    uint64_t size = size_after(world, 0);
    for (int i = 0; i < 1000; i++) {
        service_count_refusal(world->service, i % 2 == 0 ? "tls.unknown" : "peer.no_name");
    }

    assert_true(size_after(world, 1) == size + 2);
    assert_true(size_after(world, 2) == size + 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_tick_when_nothing_comes_then_an_entry_after_ten_minutes, world_fresh, world_stop),
        cmocka_unit_test_setup_teardown(test_tick_when_heartbeats_are_off_then_the_log_stays,
                                        world_fresh, world_stop),
        cmocka_unit_test_setup_teardown(
            test_tick_when_refusals_were_counted_then_one_entry_a_reason, world_fresh, world_stop),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
