/* The file that says how far this log has been signed: what it holds, what is not taken for it, and
 * what a disk that fails leaves of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/service/high_water.h"
#include "tests/lib/scratch.h"
#include "tests/lib/signed_note.h"

#define ORIGIN "muster.invalid/test/1"

struct world {
    char folder[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];
    struct tlog_signer ours;
    struct tlog_signer foreign;
};

static int set_up(void **state)
{
    struct world *world = (struct world *)calloc(1, sizeof *world);
    assert_non_null(world);
    scratch_make(world->folder);
    scratch_join(world->path, world->folder, "high-water");
    signed_note_signer(&world->ours, ORIGIN, TLOG_KEY_NOTE, 1);
    signed_note_signer(&world->foreign, ORIGIN, TLOG_KEY_NOTE, 2);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = (struct world *)*state;
    tlog_signer_fini(&world->ours);
    tlog_signer_fini(&world->foreign);
    scratch_remove(world->folder);
    free(world);
    return 0;
}

static struct muster_hash root_of(uint8_t first)
{
    return (struct muster_hash){{first, 0xff, 7}};
}

/* A checkpoint of that many entries; good until the second call from here. */
static const char *sign(const struct tlog_signer *signer, uint64_t size, uint8_t root)
{
    static char notes[2][TLOG_CHECKPOINT_BYTES + 1];
    static unsigned calls = 0;
    char *note = notes[calls++ % 2];
    const struct muster_hash hash = root_of(root);
    signed_note_write(signer, size, &hash, note);
    return note;
}

static struct high_water *open_mark(const struct world *world)
{
    struct high_water *mark = NULL;
    struct muster_err e = {MUSTER_OK, ""};
    if (high_water_open(world->path, &world->ours.key, &mark, &e) != MUSTER_OK) {
        fail_msg("%s", e.text);
    }
    assert_non_null(mark);
    return mark;
}

static void assert_file(const char *path, const char *want)
{
    char *got = scratch_read(path, NULL);
    assert_string_equal(got, want);
    free(got);
}

/* What the next start knows. */
static void assert_known(const struct world *world, uint64_t size, uint8_t root)
{
    struct high_water *mark = open_mark(world);
    const struct log_note *known = high_water_known(mark);
    const struct muster_hash hash = root_of(root);
    assert_non_null(known);
    assert_true(known->size == size);
    assert_memory_equal(known->root.b, hash.b, sizeof hash.b);
    assert_string_equal(known->origin, ORIGIN);
    assert_file(world->path, known->text);
    high_water_close(mark);
}

static void test_mark_when_no_path_is_configured_then_nothing_is_done(void **state)
{
    struct world *world = (struct world *)*state;
    struct high_water *mark = (struct high_water *)world;
    assert_int_equal(high_water_open(NULL, &world->ours.key, &mark, NULL), MUSTER_OK);
    assert_null(mark);
    assert_null(high_water_known(mark));
    assert_int_equal(high_water_write(mark, "a note", NULL), MUSTER_OK);
    assert_int_equal(high_water_raise(mark, "a note", NULL), MUSTER_OK);
    assert_int_equal(high_water_keep_previous(mark, NULL), MUSTER_OK);
    high_water_close(mark);
    assert_int_equal(scratch_count(world->folder), 0);
}

static void test_mark_when_the_file_is_missing_then_a_first_start_that_can_write_it(void **state)
{
    struct world *world = (struct world *)*state;
    struct high_water *mark = open_mark(world);
    assert_null(high_water_known(mark));
    assert_int_equal(high_water_keep_previous(mark, NULL), MUSTER_OK); /* there is none */
    assert_int_equal(scratch_count(world->folder), 0);
    assert_int_equal(high_water_write(mark, sign(&world->ours, 5, 50), NULL), MUSTER_OK);
    assert_null(high_water_known(mark)); /* it is of the start */
    high_water_close(mark);
    assert_known(world, 5, 50);
}

static void test_mark_when_written_then_the_next_start_knows_the_newest(void **state)
{
    struct world *world = (struct world *)*state;
    struct stat st;
    struct high_water *mark = open_mark(world);
    assert_int_equal(high_water_write(mark, sign(&world->ours, 5, 50), NULL), MUSTER_OK);
    assert_int_equal(high_water_write(mark, sign(&world->ours, 6, 60), NULL), MUSTER_OK);
    assert_int_equal(high_water_write(mark, NULL, NULL), MUSTER_OK); /* a log without entries */
    high_water_close(mark);
    assert_known(world, 6, 60);
    assert_int_equal(scratch_count(world->folder), 1);
    assert_int_equal(stat(world->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644); /* it holds nothing that is secret */
}

static void test_mark_when_raised_then_later_checkpoints_do_not_hide_the_evidence(void **state)
{
    struct world *world = (struct world *)*state;
    struct high_water *mark = open_mark(world);
    assert_int_equal(high_water_write(mark, sign(&world->ours, 5, 50), NULL), MUSTER_OK);
    assert_int_equal(high_water_raise(mark, sign(&world->ours, 9, 90), NULL), MUSTER_OK);
    assert_int_equal(high_water_write(mark, sign(&world->ours, 6, 60), NULL), MUSTER_OK);
    high_water_close(mark);
    assert_known(world, 9, 90);
}

static void test_mark_when_the_log_begins_anew_then_the_old_file_is_kept_beside(void **state)
{
    struct world *world = (struct world *)*state;
    char previous[SCRATCH_PATH_BYTES];
    char old[TLOG_CHECKPOINT_BYTES + 1];
    (void)snprintf(old, sizeof old, "%s", sign(&world->ours, 5, 50));
    scratch_join(previous, world->folder, "high-water.previous");
    scratch_write(world->path, old, strlen(old), 0644);
    struct high_water *mark = open_mark(world);
    assert_int_equal(high_water_keep_previous(mark, NULL), MUSTER_OK);
    assert_int_equal(high_water_write(mark, sign(&world->ours, 6, 60), NULL), MUSTER_OK);
    high_water_close(mark);
    assert_file(previous, old);
    assert_known(world, 6, 60);
}

/* The start says which file it is and that it does not count; nothing is opened. */
static void assert_refused(const struct world *world, const void *bytes, size_t len)
{
    struct high_water *mark = NULL;
    struct muster_err e = {MUSTER_OK, ""};
    scratch_write(world->path, bytes, len, 0644);
    assert_int_equal(high_water_open(world->path, &world->ours.key, &mark, &e), MUSTER_EUNVERIFIED);
    assert_null(mark);
    assert_non_null(strstr(e.text, world->path));
    assert_non_null(strstr(e.text, "holds nothing that our log key signed"));
}

static void test_mark_when_the_file_is_damaged_then_a_sentence_and_no_start(void **state)
{
    struct world *world = (struct world *)*state;
    char note[TLOG_CHECKPOINT_BYTES + 1];
    uint8_t other[TLOG_CHECKPOINT_BYTES];
    (void)snprintf(note, sizeof note, "%s", sign(&world->ours, 5, 50));
    size_t len = strlen(note);
    for (size_t cut = 0; cut < len; cut++) {
        assert_refused(world, note, cut);
    }
    for (size_t i = 0; i < len; i++) {
        memcpy(other, note, len);
        other[i] ^= 1;
        assert_refused(world, other, len);
        other[i] = '\0';
        assert_refused(world, other, len);
    }
    scratch_write(world->path, note, len, 0644); /* whole, it counts */
    assert_known(world, 5, 50);
}

static void test_mark_when_the_file_is_foreign_then_a_sentence_and_no_start(void **state)
{
    struct world *world = (struct world *)*state;
    static const uint8_t database[] = "SQLite format 3\0\x10\0\x01\x01";
    char large[4 * TLOG_CHECKPOINT_BYTES];
    const char *note = sign(&world->foreign, 5, 50);
    assert_refused(world, note, strlen(note));
    assert_refused(world, database, sizeof database);
    memset(large, 'a', sizeof large);
    assert_refused(world, large, sizeof large);
    note = sign(&world->ours, 5, 50);
    memcpy(large, note, strlen(note)); /* ours, and more behind it */
    assert_refused(world, large, sizeof large);
}

static void test_mark_when_a_folder_lies_there_then_a_sentence_and_no_start(void **state)
{
    struct world *world = (struct world *)*state;
    struct high_water *mark = NULL;
    struct muster_err e = {MUSTER_OK, ""};
    assert_int_equal(mkdir(world->path, 0700), 0);
    assert_int_equal(high_water_open(world->path, &world->ours.key, &mark, &e), MUSTER_EIO);
    assert_null(mark);
    assert_non_null(strstr(e.text, world->path));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_mark_when_no_path_is_configured_then_nothing_is_done),
        IN_FOLDER(test_mark_when_the_file_is_missing_then_a_first_start_that_can_write_it),
        IN_FOLDER(test_mark_when_written_then_the_next_start_knows_the_newest),
        IN_FOLDER(test_mark_when_raised_then_later_checkpoints_do_not_hide_the_evidence),
        IN_FOLDER(test_mark_when_the_log_begins_anew_then_the_old_file_is_kept_beside),
        IN_FOLDER(test_mark_when_the_file_is_damaged_then_a_sentence_and_no_start),
        IN_FOLDER(test_mark_when_the_file_is_foreign_then_a_sentence_and_no_start),
        IN_FOLDER(test_mark_when_a_folder_lies_there_then_a_sentence_and_no_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
