/* Whole files: caps, modes, and that a failed write leaves the old content or the new, never a part
 * and never a file beside it. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <core/base/arena.h>
#include <core/base/file.h>

#include "tests/lib/scratch.h"

/* --- system calls that fail on request (linked with --wrap) ----------------------------------- */

static unsigned fail_in; /* the n-th call from now on fails; 0: none */
static int fail_with;
static size_t write_at_most; /* 0: all */

int __real_fsync(int fd);
int __real_close(int fd);
int __real_rename(const char *from, const char *to);
int __real_fstat(int fd, struct stat *st);
ssize_t __real_write(int fd, const void *bytes, size_t len);
ssize_t __real_read(int fd, void *bytes, size_t len);
int __wrap_fsync(int fd);
int __wrap_close(int fd);
int __wrap_rename(const char *from, const char *to);
int __wrap_fstat(int fd, struct stat *st);
ssize_t __wrap_write(int fd, const void *bytes, size_t len);
ssize_t __wrap_read(int fd, void *bytes, size_t len);

static bool strikes(void)
{
    if (fail_in == 0 || --fail_in > 0) {
        return false;
    }
    errno = fail_with;
    return true;
}

int __wrap_fsync(int fd)
{
    return strikes() ? -1 : __real_fsync(fd);
}

/* The descriptor is gone also where close fails: close(2). */
int __wrap_close(int fd)
{
    bool fails = strikes();
    int result = __real_close(fd);
    errno = fails ? fail_with : errno;
    return fails ? -1 : result;
}

int __wrap_rename(const char *from, const char *to)
{
    return strikes() ? -1 : __real_rename(from, to);
}

int __wrap_fstat(int fd, struct stat *st)
{
    return strikes() ? -1 : __real_fstat(fd, st);
}

ssize_t __wrap_write(int fd, const void *bytes, size_t len)
{
    size_t most = write_at_most > 0 && write_at_most < len ? write_at_most : len;
    return strikes() ? -1 : __real_write(fd, bytes, most);
}

ssize_t __wrap_read(int fd, void *bytes, size_t len)
{
    size_t most = write_at_most > 0 && write_at_most < len ? write_at_most : len;
    return strikes() ? -1 : __real_read(fd, bytes, most);
}

/* --- a folder a test -------------------------------------------------------------------------- */

struct fixture {
    char folder[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];
    size_t open;
};

static int set_up(void **state)
{
    struct fixture *fixture = (struct fixture *)calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    scratch_make(fixture->folder);
    scratch_join(fixture->path, fixture->folder, "file");
    fixture->open = scratch_count_open();
    fail_in = 0;
    write_at_most = 0;
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    fail_in = 0;
    write_at_most = 0;
    size_t open = scratch_count_open();
    scratch_remove(fixture->folder);
    int leaked = open != fixture->open;
    free(fixture);
    return leaked;
}

static void assert_content(const char *path, const char *expected)
{
    char *text = scratch_read(path, NULL);
    assert_string_equal(text, expected);
    free(text);
}

/* --- reading ---------------------------------------------------------------------------------- */

static void test_read_when_at_the_cap_then_whole_and_beyond_it_refused(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    static const char bytes[] = "12\0\n5";
    static const size_t lengths[] = {0, 1, 4, 5};

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        struct muster_err e = {MUSTER_OK, ""};
        char *out = NULL;
        size_t len = 99;
        scratch_write(fixture->path, bytes, lengths[i], 0600);
        if (lengths[i] > 0) {
            assert_int_equal(file_read(fixture->path, lengths[i] - 1, &out, &len, &e),
                             MUSTER_ETOOBIG);
            assert_non_null(strstr(e.text, fixture->path));
            assert_null(out);
            assert_int_equal(len, 99);
        }
        for (size_t more = 0; more < 2; more++) {
            write_at_most = more; /* also where the system gives a byte at a time */
            assert_int_equal(file_read(fixture->path, lengths[i] + more, &out, &len, &e),
                             MUSTER_OK);
            assert_int_equal(len, lengths[i]);
            assert_memory_equal(out, bytes, len);
            assert_int_equal(out[len], 0);
            muster_free(out);
            out = NULL;
            len = 99;
        }
    }
}

static void test_read_when_there_is_no_such_thing_then_says_what_and_where(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    char below[SCRATCH_PATH_BYTES];
    char missing[SCRATCH_PATH_BYTES];
    char *out = NULL;
    size_t len = 99;
    scratch_write(fixture->path, "x", 1, 0600);
    scratch_join(below, fixture->path, "below");
    scratch_join(missing, fixture->folder, "missing");
    const struct {
        const char *path;
        enum muster_status status;
    } cases[] = {
        {missing, MUSTER_ENOTFOUND},   {below, MUSTER_EIO}, /* a file is no folder */
        {fixture->folder, MUSTER_EIO}, {"", MUSTER_ENOTFOUND},
        {"/dev/null", MUSTER_EIO}, /* not a regular file */
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct muster_err e = {MUSTER_OK, ""};
        assert_int_equal(file_read(cases[i].path, 100, &out, &len, &e), cases[i].status);
        assert_int_equal(e.status, cases[i].status);
        assert_non_null(strstr(e.text, cases[i].path));
    }
    assert_null(out);
    assert_int_equal(len, 99);
}

/* Nobody writes into it: a reader that waits for that would wait for ever. */
static void test_read_when_it_is_a_pipe_then_refused_at_once(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    char *out = NULL;
    size_t len = 0;
    assert_int_equal(mkfifo(fixture->path, 0600), 0);

    (void)alarm(20);
    enum muster_status plain = file_read(fixture->path, 100, &out, &len, NULL);
    enum muster_status key = file_read_key(fixture->path, 100, &out, &len, NULL);
    (void)alarm(0);

    assert_int_equal(plain, MUSTER_EIO);
    assert_int_equal(key, MUSTER_EIO);
}

static void test_read_key_when_others_may_use_it_then_refused_with_the_chmod(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    static const struct {
        unsigned mode;
        bool accepted;
    } modes[] = {
        {0600, true},  {0400, true},  {0700, true},  {0640, false}, {0620, false},
        {0610, false}, {0604, false}, {0602, false}, {0601, false}, {0644, false},
        {0666, false}, {0777, false}, {0440, false}, {0404, false},
    };

    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct muster_err e = {MUSTER_OK, ""};
        char *out = NULL;
        size_t len = 99;
        scratch_write(fixture->path, "secret", 6, modes[i].mode);
        enum muster_status status = file_read_key(fixture->path, 100, &out, &len, &e);
        if (modes[i].accepted) {
            assert_int_equal(status, MUSTER_OK);
            assert_string_equal(out, "secret");
            muster_free(out);
            continue;
        }
        char mend[SCRATCH_PATH_BYTES + 16];
        (void)snprintf(mend, sizeof mend, "chmod 600 %s", fixture->path);
        assert_int_equal(status, MUSTER_ECONFIG);
        assert_non_null(strstr(e.text, mend));
        assert_null(strstr(e.text, "secret"));
        assert_null(out);
        assert_int_equal(len, 99);
    }
}

static void test_read_when_nth_call_fails_then_nothing_leaked_and_nothing_given(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    scratch_write(fixture->path, "secret", 6, 0600);
    write_at_most = 2;

    for (int key = 0; key < 2; key++) {
        unsigned failures = 0;
        for (unsigned n = 1; n < 100; n++) {
            struct muster_err e = {MUSTER_OK, ""};
            char *out = NULL;
            size_t len = 99;
            fail_in = n;
            fail_with = n % 2 == 0 ? EIO : ENOMEM;
            enum muster_status status = key ? file_read_key(fixture->path, 100, &out, &len, &e)
                                            : file_read(fixture->path, 100, &out, &len, &e);
            bool done = fail_in > 0;
            fail_in = 0;
            if (status == MUSTER_OK) { /* a failed close after reading loses nothing */
                assert_string_equal(out, "secret");
                muster_free(out);
            } else {
                failures++;
                assert_null(out);
                assert_int_equal(len, 99);
                assert_non_null(strstr(e.text, fixture->path));
            }
            if (done) {
                break;
            }
        }
        assert_true(failures >= 4); /* fstat and three reads */
        char *out = NULL;
        size_t len = 99;
        (void)muster_alloc_fail_at(1);
        assert_int_equal(key ? file_read_key(fixture->path, 100, &out, &len, NULL)
                             : file_read(fixture->path, 100, &out, &len, NULL),
                         MUSTER_ENOMEM);
        assert_true(muster_alloc_fail_at(0));
        assert_null(out);
    }
}

/* --- writing ---------------------------------------------------------------------------------- */

static void test_write_when_done_then_content_mode_and_nothing_else(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    static const unsigned modes[] = {0600, 0644, 0400};
    mode_t mask = umask(022);

    for (size_t i = 0; i < 3; i++) {
        struct stat st;
        char text[8];
        (void)snprintf(text, sizeof text, "%zu", i);
        assert_int_equal(file_write(fixture->path, text, strlen(text), modes[i], NULL), MUSTER_OK);
        assert_content(fixture->path, text);
        assert_int_equal(stat(fixture->path, &st), 0);
        assert_int_equal(st.st_mode & 07777, modes[i]);
        assert_int_equal(scratch_count(fixture->folder), 1);
    }
    assert_int_equal(file_write(fixture->path, NULL, 0, 0600, NULL), MUSTER_OK);
    assert_content(fixture->path, "");
    (void)umask(mask);
}

static void test_write_when_path_is_relative_then_beside_nothing(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    char *kept = getcwd(NULL, 0);
    assert_non_null(kept);
    assert_int_equal(chdir(fixture->folder), 0);

    enum muster_status status = file_write("name", "x", 1, 0600, NULL);
    assert_int_equal(chdir(kept), 0);
    free(kept);

    assert_int_equal(status, MUSTER_OK);
    assert_int_equal(scratch_count(fixture->folder), 1);
}

static void test_write_when_nth_call_fails_then_old_or_new_and_no_file_beside_it(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    static const int errors[] = {EIO, ENOSPC, EINTR};
    write_at_most = 3;

    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        unsigned failures = 0;
        for (unsigned n = 1; n < 100; n++) {
            struct muster_err e = {MUSTER_OK, ""};
            scratch_write(fixture->path, "old content", 11, 0600);
            fail_in = n;
            fail_with = errors[i];
            enum muster_status status = file_write(fixture->path, "new content", 11, 0600, &e);
            bool done = fail_in > 0;
            fail_in = 0;

            char *text = scratch_read(fixture->path, NULL);
            bool is_new = strcmp(text, "new content") == 0;
            assert_true(is_new || strcmp(text, "old content") == 0);
            free(text);
            assert_int_equal(scratch_count(fixture->folder), 1);
            if (status == MUSTER_OK) {
                assert_true(is_new);
            } else {
                failures++;
                assert_int_equal(status, errors[i] == ENOSPC ? MUSTER_EFULL : MUSTER_EIO);
                assert_int_equal(e.status, status);
                assert_non_null(strstr(e.text, fixture->path));
                assert_non_null(strstr(e.text, strerror(errors[i])));
            }
            if (done) {
                break;
            }
        }
        /* Writes that were interrupted are tried again; all others count. */
        assert_true(failures >= (errors[i] == EINTR ? 4u : 8u));
    }
}

static void test_write_when_it_cannot_be_then_says_so_and_leaves_nothing(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    char missing[SCRATCH_PATH_BYTES];
    char taken[SCRATCH_PATH_BYTES];
    char endless[5000];
    struct muster_err e = {MUSTER_OK, ""};
    scratch_join(missing, fixture->folder, "no/such/folder");
    scratch_join(taken, fixture->folder, "taken");
    assert_int_equal(mkdir(taken, 0700), 0);
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';

    assert_int_equal(file_write(missing, "x", 1, 0600, &e), MUSTER_ENOTFOUND);
    assert_non_null(strstr(e.text, missing));
    assert_int_equal(file_write(taken, "x", 1, 0600, &e), MUSTER_EIO);
    assert_int_equal(file_write(endless, "x", 1, 0600, &e), MUSTER_ETOOBIG);
    assert_int_equal(scratch_count(fixture->folder), 1);
}

/* A file left behind under the temporary name, by a crash or by somebody else, must lend the new
 * one neither its mode nor the place it points to. */
static void
test_write_when_the_temporary_name_is_taken_then_its_mode_and_target_are_not_used(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    char temporary[SCRATCH_PATH_BYTES + 32];
    char elsewhere[SCRATCH_PATH_BYTES];
    struct stat st;
    (void)snprintf(temporary, sizeof temporary, "%s.new-%ld", fixture->path, (long)getpid());
    scratch_join(elsewhere, fixture->folder, "elsewhere");

    scratch_write(temporary, "left", 4, 0666);
    assert_int_equal(file_write(fixture->path, "key", 3, 0600, NULL), MUSTER_OK);
    assert_int_equal(stat(fixture->path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    scratch_write(elsewhere, "safe", 4, 0600);
    assert_int_equal(symlink(elsewhere, temporary), 0);
    assert_int_equal(file_write(fixture->path, "key", 3, 0600, NULL), MUSTER_OK);

    assert_content(elsewhere, "safe");
    assert_content(fixture->path, "key");
    assert_int_equal(lstat(fixture->path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
    assert_int_equal(scratch_count(fixture->folder), 2);
}

/* A reader, and whoever comes after a kill, sees one whole content or the other. */
static void test_write_when_killed_then_whole(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    enum {
        BYTES = 20000
    };
    char content[2][BYTES];
    memset(content[0], 'a', BYTES);
    memset(content[1], 'b', BYTES);
    assert_int_equal(file_write(fixture->path, content[0], BYTES, 0600, NULL), MUSTER_OK);

    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        for (unsigned i = 0;; i++) {
            if (file_write(fixture->path, content[i % 2], BYTES, 0600, NULL) != MUSTER_OK) {
                _exit(1);
            }
        }
    }
    size_t changes = 0;
    char last = 'a';
    for (size_t i = 0; changes < 20 && i < 1000000; i++) {
        size_t len = 0;
        char *text = scratch_read(fixture->path, &len);
        assert_int_equal(len, BYTES);
        assert_memory_equal(text, content[text[0] == 'b'], BYTES);
        changes += text[0] != last ? 1 : 0;
        last = text[0];
        free(text);
    }
    int status = 0;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);

    assert_true(WIFSIGNALED(status));
    assert_int_equal(changes, 20);
    size_t len = 0;
    char *text = scratch_read(fixture->path, &len);
    assert_int_equal(len, BYTES);
    assert_memory_equal(text, content[text[0] == 'b'], BYTES);
    free(text);
}

/* --- folders and names ------------------------------------------------------------------------ */

static void test_make_folder_when_nested_or_there_then_made_and_otherwise_refused(void **state)
{
    struct fixture *fixture = (struct fixture *)*state;
    static const struct {
        const char *name;
        bool made;
    } cases[] = {
        {"a", true},      {"a", true},     {"a/b/c", true},   {"d//e/", true},
        {"a/../f", true}, {"file", false}, {"file/x", false},
    };
    char endless[5000];
    struct stat st;
    scratch_write(fixture->path, "x", 1, 0600);
    memset(endless, 'x', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[SCRATCH_PATH_BYTES];
        struct muster_err e = {MUSTER_OK, ""};
        scratch_join(path, fixture->folder, cases[i].name);
        enum muster_status status = file_make_folder(path, 0700, &e);
        assert_int_equal(status == MUSTER_OK, cases[i].made);
        assert_int_equal(stat(path, &st) == 0 && S_ISDIR(st.st_mode), cases[i].made);
        if (cases[i].made) {
            assert_int_equal(st.st_mode & 07777, 0700);
        } else {
            assert_non_null(strstr(e.text, "file"));
        }
    }
    assert_int_equal(file_make_folder("/", 0700, NULL), MUSTER_OK);
    assert_int_not_equal(file_make_folder("", 0700, NULL), MUSTER_OK);
    assert_int_not_equal(file_make_folder(endless, 0700, NULL), MUSTER_OK);
}

static void test_beside_when_relative_then_from_that_folder_and_absolute_as_it_stands(void **state)
{
    static const struct {
        const char *beside;
        const char *path;
        const char *expected;
    } cases[] = {
        {"/etc/muster/agent.conf", "keys/a", "/etc/muster/keys/a"},
        {"/etc/muster/agent.conf", "../a", "/etc/muster/../a"},
        {"/etc/muster/agent.conf", "/var/a", "/var/a"},
        {"agent.conf", "a", "a"},
        {"", "a", "a"},
        {"conf/agent.conf", "a", "conf/a"},
        {"/agent.conf", "a", "/a"},
        {"/etc/", "a", "/etc/a"},
        {"/etc/x", "", "/etc/"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *joined = file_beside(cases[i].beside, cases[i].path);
        assert_non_null(joined);
        assert_string_equal(joined, cases[i].expected);
        muster_free(joined);
    }
    (void)muster_alloc_fail_at(1);
    assert_null(file_beside("/a", "b"));
    assert_true(muster_alloc_fail_at(0));
}

#define file_test(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        file_test(test_read_when_at_the_cap_then_whole_and_beyond_it_refused),
        file_test(test_read_when_there_is_no_such_thing_then_says_what_and_where),
        file_test(test_read_when_it_is_a_pipe_then_refused_at_once),
        file_test(test_read_key_when_others_may_use_it_then_refused_with_the_chmod),
        file_test(test_read_when_nth_call_fails_then_nothing_leaked_and_nothing_given),
        file_test(test_write_when_done_then_content_mode_and_nothing_else),
        file_test(test_write_when_path_is_relative_then_beside_nothing),
        file_test(test_write_when_nth_call_fails_then_old_or_new_and_no_file_beside_it),
        file_test(test_write_when_it_cannot_be_then_says_so_and_leaves_nothing),
        file_test(
            test_write_when_the_temporary_name_is_taken_then_its_mode_and_target_are_not_used),
        file_test(test_write_when_killed_then_whole),
        file_test(test_make_folder_when_nested_or_there_then_made_and_otherwise_refused),
        file_test(test_beside_when_relative_then_from_that_folder_and_absolute_as_it_stands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
