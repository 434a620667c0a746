/* A disk that fails at every step of writing the high-water file: whoever writes is told, and the
 * file is the old one, whole, or the new one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "gateway/service/high_water.h"
#include "tests/lib/scratch.h"
#include "tests/lib/signed_note.h"

enum step {
    STEP_NONE,
    STEP_MODE,
    STEP_WRITE,
    STEP_TORN,
    STEP_SYNC,
    STEP_CLOSE,
    STEP_RENAME
};

static enum step failing = STEP_NONE;
static unsigned left; /* calls of that step until the one that fails; 0: it has failed */

static bool fails(enum step step, int error)
{
    if (failing != step || left == 0 || --left > 0) {
        return false;
    }
    errno = error;
    return true;
}

/* The program's own calls end here. */
ssize_t write(int fd, const void *bytes, size_t len)
{
    if (fails(STEP_WRITE, ENOSPC)) {
        return -1;
    }
    if (failing == STEP_TORN && left == 2 && len > 1) { /* half of it, then the disk is full */
        left = 1;
        return syscall(SYS_write, fd, bytes, len / 2);
    }
    return fails(STEP_TORN, ENOSPC) ? -1 : syscall(SYS_write, fd, bytes, len);
}

int fchmod(int fd, mode_t mode)
{
    return fails(STEP_MODE, EPERM) ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

int fsync(int fd)
{
    return fails(STEP_SYNC, EIO) ? -1 : (int)syscall(SYS_fsync, fd);
}

int close(int fd)
{
    int result = (int)syscall(SYS_close, fd);
    return fails(STEP_CLOSE, EIO) ? -1 : result;
}

int rename(const char *from, const char *to)
{
    return fails(STEP_RENAME, EIO) ? -1
                                   : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

struct world {
    char folder[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];
    struct tlog_signer signer;
    char old[TLOG_CHECKPOINT_BYTES + 1];
    char next[TLOG_CHECKPOINT_BYTES + 1];
};

static void sign(const struct world *world, uint64_t size, char note[TLOG_CHECKPOINT_BYTES + 1])
{
    const struct muster_hash root = {{(uint8_t)size}};
    signed_note_write(&world->signer, size, &root, note);
}

static int set_up(void **state)
{
    struct world *world = (struct world *)calloc(1, sizeof *world);
    assert_non_null(world);
    scratch_make(world->folder);
    scratch_join(world->path, world->folder, "high-water");
    signed_note_signer(&world->signer, "test/log", TLOG_KEY_NOTE, 1);
    sign(world, 5, world->old);
    sign(world, 6, world->next);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = (struct world *)*state;
    failing = STEP_NONE;
    tlog_signer_fini(&world->signer);
    scratch_remove(world->folder);
    free(world);
    return 0;
}

static void assert_holds(const struct world *world, const char *want)
{
    char *got = scratch_read(world->path, NULL);
    assert_string_equal(got, want);
    free(got);
}

/* The old file is there; a write is to fail. */
static struct high_water *begin(const struct world *world)
{
    struct high_water *mark = NULL;
    scratch_write(world->path, world->old, strlen(world->old), 0644);
    assert_int_equal(high_water_open(world->path, &world->signer.key, &mark, NULL), MUSTER_OK);
    assert_non_null(high_water_known(mark));
    return mark;
}

/* It was told, nothing lies beside the file, and the same write succeeds once the disk does. */
static void assert_recovers(const struct world *world, struct high_water *mark,
                            const struct muster_err *e, bool is_replaced)
{
    assert_non_null(strstr(e->text, world->path));
    assert_holds(world, is_replaced ? world->next : world->old);
    assert_int_equal(scratch_count(world->folder), 1);
    assert_int_equal(high_water_write(mark, world->next, NULL), MUSTER_OK);
    assert_holds(world, world->next);
    high_water_close(mark);
}

static void test_mark_when_any_step_of_writing_fails_then_told_and_the_file_is_whole(void **state)
{
    struct world *world = (struct world *)*state;
    static const struct {
        enum step step;
        unsigned call;
        enum muster_status status;
        bool is_replaced; /* the new file is in its place, but perhaps not for good */
    } rows[] = {
        {STEP_MODE, 1, MUSTER_EIO, false},   {STEP_WRITE, 1, MUSTER_EFULL, false},
        {STEP_TORN, 2, MUSTER_EFULL, false}, {STEP_SYNC, 1, MUSTER_EIO, false},
        {STEP_CLOSE, 1, MUSTER_EIO, false},  {STEP_RENAME, 1, MUSTER_EIO, false},
        {STEP_SYNC, 2, MUSTER_EIO, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct muster_err e = {MUSTER_OK, ""};
        struct high_water *mark = begin(world);
        left = rows[i].call;
        failing = rows[i].step;
        enum muster_status status = high_water_write(mark, world->next, &e);
        failing = STEP_NONE;
        if (status != rows[i].status || left > 0) {
            fail_msg("row %zu: %s %s", i, muster_status_name(status), e.text);
        }
        assert_recovers(world, mark, &e, rows[i].is_replaced);
    }
}

static void test_mark_when_evidence_cannot_be_written_then_told_and_tried_again(void **state)
{
    struct world *world = (struct world *)*state;
    struct muster_err e = {MUSTER_OK, ""};
    struct high_water *mark = begin(world);
    left = 1;
    failing = STEP_WRITE;
    assert_int_equal(high_water_raise(mark, world->next, &e), MUSTER_EFULL);
    failing = STEP_NONE;
    assert_recovers(world, mark, &e, false);
}

static void test_mark_when_the_nth_allocation_fails_then_told_and_the_file_is_whole(void **state)
{
    struct world *world = (struct world *)*state;
    bool struck = true;
    for (unsigned n = 1; struck; n++) {
        struct muster_err e = {MUSTER_OK, ""};
        struct high_water *mark = begin(world);
        (void)muster_alloc_fail_at(n);
        enum muster_status status = high_water_write(mark, world->next, &e);
        struck = muster_alloc_fail_at(0);
        assert_int_equal(status, struck ? MUSTER_ENOMEM : MUSTER_OK);
        if (struck) { /* only the folder is not on the disk yet */
            assert_recovers(world, mark, &e, true);
        } else {
            high_water_close(mark);
        }
    }
}

static void test_mark_when_the_nth_allocation_of_its_opening_fails_then_no_mark(void **state)
{
    struct world *world = (struct world *)*state;
    bool struck = true;
    scratch_write(world->path, world->old, strlen(world->old), 0644);
    for (unsigned n = 1; struck; n++) {
        struct high_water *mark = NULL;
        (void)muster_alloc_fail_at(n);
        enum muster_status status = high_water_open(world->path, &world->signer.key, &mark, NULL);
        struck = muster_alloc_fail_at(0);
        assert_int_equal(status, struck ? MUSTER_ENOMEM : MUSTER_OK);
        assert_int_equal(mark == NULL, struck);
        high_water_close(mark);
    }
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(test_mark_when_any_step_of_writing_fails_then_told_and_the_file_is_whole),
        IN_FOLDER(test_mark_when_evidence_cannot_be_written_then_told_and_tried_again),
        IN_FOLDER(test_mark_when_the_nth_allocation_fails_then_told_and_the_file_is_whole),
        IN_FOLDER(test_mark_when_the_nth_allocation_of_its_opening_fails_then_no_mark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
