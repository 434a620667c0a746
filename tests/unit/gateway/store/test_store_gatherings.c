/* Meetings with everybody who was to come: from random records against nested loops over all of
 * them, at every log size. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "meetings_model.h"

static size_t compare_round(struct world *world, struct model *model)
{
    size_t rows = 0;

    memset(model, 0, sizeof *model);
    world_begin(world);
    for (int i = 0; i < 700 && model->count < MODEL_PUTS; i++) {
        meetings_put_random(model, world);
    }
    world_commit(world);
    for (size_t size = 0; size <= model->count; size += 29) {
        struct store_gatherings asked = meetings_ask_random(world, size);
        rows += meetings_compare(store_view(world->st), model, &asked);
    }
    return rows;
}

static void test_gatherings_when_records_are_random_then_they_equal_nested_loops(void **state)
{
    struct model *model = (struct model *)calloc(1, sizeof *model);
    size_t rows = 0;
    assert_non_null(model);

    for (uint64_t round = 0; round < 8; round++) {
        assert_int_equal(world_make(state), 0);
        struct world *world = (struct world *)*state;
        world->random += round * 7919;
        rows += compare_round(world, model);
        (void)world_remove(state);
    }

    assert_true(rows > 1000); /* else little was compared */
    free(model);
}

static enum muster_status stop(void *context, const struct store_gathering *row,
                               struct muster_err *e)
{
    struct store_reader *reader = (struct store_reader *)context;
    struct store_submission submission = {0};
    struct store_gatherings asked = {.period = {{0}, {1}}, .log_size = STORE_NO_LIMIT};

    assert_string_equal(row->meeting_id, "m0");
    /* Another reading is allowed, the same one is not, and neither disturbs this one. */
    assert_int_equal(store_find_submission(reader, row->seq, &submission, NULL), MUSTER_OK);
    assert_int_equal(store_each_gathering(reader, &asked, stop, context, NULL), MUSTER_EUSAGE);
    assert_string_equal(row->meeting_id, "m0");
    return muster_fail(e, MUSTER_ECLOSED, "stop here");
}

static void test_reading_when_the_callback_stops_then_its_result_is_passed_on(void **state)
{
    struct world *world = (struct world *)*state;
    struct store_reader *view = store_view(world->st);
    struct muster_record record = world_record(MUSTER_KIND_MEETING);
    struct muster_err e = {0};
    const char *const many[STORE_TYPES + 1] = {"icpc"};
    struct store_gatherings asked = {
        .period = {{0}, {1}}, .types = many, .log_size = STORE_NO_LIMIT};
    world_text(&record, MUSTER_MEETING_STATUS, "held");
    world_text(&record, MUSTER_MEETING_ID, "m0");
    world_instant(&record, MUSTER_MEETING_HELD_AT, 0);
    world_begin(world);
    world_must_put(world, "council", &record);
    world_text(&record, MUSTER_MEETING_ID, "m1");
    world_must_put(world, "council", &record);
    world_commit(world);

    for (int i = 0; i < 2; i++) {
        assert_int_equal(store_each_gathering(view, &asked, stop, view, &e), MUSTER_ECLOSED);
        assert_string_equal(e.text, "stop here");
    }
    asked.type_count = STORE_TYPES + 1;
    assert_int_equal(store_each_gathering(view, &asked, stop, view, NULL), MUSTER_ETOOBIG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gatherings_when_records_are_random_then_they_equal_nested_loops),
        cmocka_unit_test_setup_teardown(
            test_reading_when_the_callback_stops_then_its_result_is_passed_on, world_make,
            world_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
