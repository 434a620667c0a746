#include "support.h"

#include <dirent.h>
#include <ftw.h>
#include <spawn.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define ARGUMENTS 16

const struct support_file support_files[SUPPORT_FILES] = {
    {"police", "referrals"},    {"police", "referrer_feedback"},
    {"police", "early_help"},   {"police", "attendance"},
    {"police", "section11"},    {"police", "section11_actions"},
    {"police", "audits"},       {"police", "training"},
    {"health", "referrals"},    {"health", "referrer_feedback"},
    {"health", "early_help"},   {"health", "attendance"},
    {"health", "section11"},    {"health", "section11_actions"},
    {"health", "audits"},       {"health", "training"},
    {"school", "referrals"},    {"school", "referrer_feedback"},
    {"school", "early_help"},   {"school", "attendance"},
    {"school", "section11"},    {"school", "section11_actions"},
    {"school", "audits"},       {"school", "training"},
    {"council", "referrals"},   {"council", "decisions"},
    {"council", "early_help"},  {"council", "meetings"},
    {"council", "invitations"}, {"council", "attendance"},
    {"council", "section11"},   {"council", "section11_actions"},
    {"council", "audits"},      {"council", "training"},
};

static const char *program;

void support_use_program(const char *path)
{
    program = path;
}

void support_make_folder(char path[SUPPORT_PATH_BYTES])
{
    (void)snprintf(path, SUPPORT_PATH_BYTES, "/tmp/muster-sample-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *walk)
{
    (void)st;
    (void)type;
    (void)walk;
    return remove(path);
}

void support_remove(const char *path)
{
    assert_int_equal(nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

int support_run(const char *const *arguments)
{
    char *argv[ARGUMENTS];
    char *environment[] = {NULL};
    size_t count = 0;
    pid_t pid;
    int status;

    assert_non_null(program);
    argv[count++] = strdup(program);
    for (size_t i = 0; arguments[i] != NULL; i++) {
        assert_true(count < ARGUMENTS - 1);
        argv[count++] = strdup(arguments[i]);
    }
    argv[count] = NULL;
    /* Without an environment: neither locale nor time zone may matter. */
    assert_int_equal(posix_spawn(&pid, program, NULL, NULL, argv, environment), 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    for (size_t i = 0; i < count; i++) {
        free(argv[i]);
    }
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

void support_path(const char *folder, const struct support_file *file,
                  char path[SUPPORT_PATH_BYTES])
{
    int len = snprintf(path, SUPPORT_PATH_BYTES, "%s/%s/%s.csv", folder, file->agency, file->kind);
    assert_in_range(len, 1, SUPPORT_PATH_BYTES - 1);
}

const char *support_committed(void)
{
    return MUSTER_SOURCE_DIR "/agents/sample/exports";
}

size_t support_count_files(const char *folder, const char *agency)
{
    char path[SUPPORT_PATH_BYTES];
    size_t count = 0;

    (void)snprintf(path, sizeof path, "%s/%s", folder, agency);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        count += entry->d_name[0] != '.' ? 1 : 0;
    }
    (void)closedir(dir); /* Nothing was written through it. */
    return count;
}
