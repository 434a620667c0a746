/* The gateway and its high-water file: kept up to date, said when it cannot be, and an older or
 * another store not started. */
#include "service_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "gateway/service/log_note.h"

static char mark_path[SCRATCH_PATH_BYTES];
static char blocking[SCRATCH_PATH_BYTES]; /* a folder where the file is written before it counts */

static int start(void **state)
{
    static unsigned count = 0;
    struct service_world *world = (struct service_world *)*state;
    char name[32];
    char temporary[64];
    (void)snprintf(name, sizeof name, "mark-%u", count++);
    scratch_join(mark_path, world->folder, name);
    (void)snprintf(temporary, sizeof temporary, "%s.new-%ld", name, (long)getpid());
    scratch_join(blocking, world->folder, temporary);
    world->settings.high_water_file = mark_path;
    return world_bare(state);
}

static int stop(void **state)
{
    (void)rmdir(blocking);
    return world_stop(state);
}

/* The size in the file, which has to be one of this log. */
static uint64_t marked(const struct service_world *world)
{
    struct log_note note;
    size_t len = 0;
    char *text = scratch_read(mark_path, &len);
    assert_int_equal(log_note_open(&world->log_key, muster_bytes_of(text, len), &note, NULL),
                     MUSTER_OK);
    assert_string_equal(note.origin, WORLD_ORIGIN);
    free(text);
    return note.size;
}

/* An entry, and time for the file to be written. */
static uint64_t add_entry(struct service_world *world)
{
    static int64_t ahead_ms = 0;
    uint64_t before = world_log_size(world);
    const struct codec_request read = {
        .type = CODEC_REQUEST_LOG_READ,
        .log_read = {.count = 1, .leaves = true, .purpose = "audit"}};
    (void)world_ask(world, WORLD_AUDITOR, &read);
    uint64_t size = world_log_size(world);
    assert_true(size > before);
    ahead_ms += 2000;
    service_tick(world->service, (struct muster_mono){muster_mono_now().ms + ahead_ms});
    return size;
}

/* The service does not start, and says why. */
static void assert_no_start(struct service_world *world, enum muster_status want,
                            const char *sentence)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct service *service = NULL;
    assert_int_equal(service_open(&world->settings, &service, &e), want);
    assert_null(service);
    assert_non_null(strstr(e.text, sentence));
}

static void test_mark_when_the_gateway_runs_then_the_file_follows_its_log(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    assert_true(marked(world) == world_log_size(world)); /* written by the first start */
    uint64_t size = add_entry(world);
    assert_true(marked(world) == size);
    world_restart(world); /* under the file it has left itself */
    assert_true(marked(world) == world_log_size(world));
    assert_true(marked(world) > size);
}

static void test_mark_when_it_cannot_be_written_then_said_and_the_gateway_goes_on(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    uint64_t size = add_entry(world);
    char *before = scratch_read(mark_path, NULL);
    assert_int_equal(mkdir(blocking, 0700), 0);
    capture_start(STDERR_FILENO);
    uint64_t later = add_entry(world);
    char *said = capture_stop(STDERR_FILENO);
    char *after = scratch_read(mark_path, NULL);
    assert_true(later > size);
    assert_string_equal(after, before);
    assert_non_null(strstr(said, "high_water.failed"));
    assert_non_null(strstr(said, mark_path));
    assert_int_equal(rmdir(blocking), 0);
    later = add_entry(world); /* and it catches up */
    assert_true(marked(world) == later);
    free(before);
    free(said);
    free(after);
}

static void test_mark_when_it_cannot_be_written_at_the_end_then_said_as_what_it_is(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    uint64_t size = add_entry(world);
    assert_int_equal(mkdir(blocking, 0700), 0);
    capture_start(STDERR_FILENO);
    (void)world_stop(state);
    char *said = capture_stop(STDERR_FILENO);
    assert_non_null(strstr(said, "high_water.failed"));
    assert_null(strstr(said, ">log.stop")); /* the closing entry was written */
    assert_true(marked(world) == size);
    assert_int_equal(rmdir(blocking), 0);
    world_restart(world); /* an older mark is no harm */
    assert_true(marked(world) > size);
    free(said);
}

static void test_mark_when_it_cannot_be_written_at_the_start_then_no_start(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    uint64_t size = add_entry(world);
    (void)world_stop(state);
    assert_true(marked(world) > size); /* the end is an entry too */
    size = marked(world);
    assert_int_equal(mkdir(blocking, 0700), 0);
    assert_no_start(world, MUSTER_EIO, mark_path);
    assert_true(marked(world) == size);
    assert_int_equal(rmdir(blocking), 0);
    world_restart(world);
    assert_true(marked(world) > size);
}

static void
test_mark_when_the_store_is_older_or_lost_then_no_start_and_nothing_is_written(void **state)
{
    struct service_world *world = (struct service_world *)*state;
    size_t len = 0;
    size_t now_len = 0;
    (void)world_stop(state);
    char *older = scratch_read(world->store, &len);
    world_restart(world);
    (void)add_entry(world);
    (void)world_stop(state);
    char *mark = scratch_read(mark_path, NULL);
    scratch_write(world->store, older, len, 0600);
    assert_no_start(world, MUSTER_ECORRUPT, "an older copy");
    char *store = scratch_read(world->store, &now_len);
    assert_int_equal(now_len, len);
    assert_memory_equal(store, older, len);
    assert_int_equal(unlink(world->store), 0);
    assert_no_start(world, MUSTER_ECORRUPT, "has fewer");
    char *same = scratch_read(mark_path, NULL);
    assert_string_equal(same, mark);
    free(older);
    free(mark);
    free(store);
    free(same);
}

#define RUNNING(test) cmocka_unit_test_setup_teardown(test, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUNNING(test_mark_when_the_gateway_runs_then_the_file_follows_its_log),
        RUNNING(test_mark_when_it_cannot_be_written_then_said_and_the_gateway_goes_on),
        RUNNING(test_mark_when_it_cannot_be_written_at_the_end_then_said_as_what_it_is),
        RUNNING(test_mark_when_it_cannot_be_written_at_the_start_then_no_start),
        RUNNING(test_mark_when_the_store_is_older_or_lost_then_no_start_and_nothing_is_written),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
