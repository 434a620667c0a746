#include "scratch.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void need(bool done, const char *what)
{
    if (!done) {
        perror(what);
        abort();
    }
}

void scratch_make(char out[SCRATCH_PATH_BYTES])
{
    (void)snprintf(out, SCRATCH_PATH_BYTES, "/tmp/muster-test-XXXXXX");
    need(mkdtemp(out) != NULL, "mkdtemp");
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
    (void)st;
    (void)flag;
    (void)walk;
    return remove(path);
}

void scratch_remove(const char *folder)
{
    need(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0, folder);
}

void scratch_join(char out[SCRATCH_PATH_BYTES], const char *folder, const char *name)
{
    int n = snprintf(out, SCRATCH_PATH_BYTES, "%s/%s", folder, name);
    need(n > 0 && n < SCRATCH_PATH_BYTES, "scratch_join");
}

void scratch_write(const char *path, const void *bytes, size_t len, unsigned mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    need(fd >= 0, path);
    for (const char *at = (const char *)bytes; len > 0;) {
        ssize_t n = write(fd, at, len);
        need(n > 0, path);
        at += n;
        len -= (size_t)n;
    }
    need(fchmod(fd, (mode_t)mode) == 0, path);
    need(close(fd) == 0, path);
}

static char *read_from(int fd, size_t *len)
{
    struct stat st;
    need(fstat(fd, &st) == 0, "fstat");
    size_t size = (size_t)st.st_size;
    char *text = (char *)calloc(1, size + 1);
    need(text != NULL, "calloc");
    need(pread(fd, text, size, 0) == (ssize_t)size, "pread");
    if (len != NULL) {
        *len = size;
    }
    return text;
}

char *scratch_read(const char *path, size_t *len)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    need(fd >= 0, path);
    char *text = read_from(fd, len);
    need(close(fd) == 0, path);
    return text;
}

size_t scratch_count(const char *folder)
{
    size_t count = 0;
    DIR *dir = opendir(folder);
    need(dir != NULL, folder);
    while (readdir(dir) != NULL) {
        count++;
    }
    need(closedir(dir) == 0, folder);
    return count - 2;
}

size_t scratch_count_open(void)
{
    return scratch_count("/proc/self/fd") - 1; /* without the one that reads them */
}

bool scratch_contains(const char *folder, const void *bytes, size_t len)
{
    bool found = false;
    DIR *dir = opendir(folder);
    need(dir != NULL, folder);
    for (struct dirent *entry = readdir(dir); entry != NULL && !found; entry = readdir(dir)) {
        if (entry->d_type == DT_REG) {
            char path[SCRATCH_PATH_BYTES];
            size_t size = 0;
            scratch_join(path, folder, entry->d_name);
            char *text = scratch_read(path, &size);
            found = memmem(text, size, bytes, len) != NULL;
            free(text);
        }
    }
    need(closedir(dir) == 0, folder);
    return found;
}

/* --- captures --------------------------------------------------------------------------------- */

static struct {
    int file;
    int kept;
} captures[3];

void capture_start(int descriptor)
{
    need(fflush(NULL) == 0, "fflush");
    captures[descriptor].file = memfd_create("capture", MFD_CLOEXEC);
    captures[descriptor].kept = dup(descriptor);
    need(captures[descriptor].file >= 0 && captures[descriptor].kept >= 0, "capture");
    /* Threads may write at once: each at the end. */
    need(fcntl(captures[descriptor].file, F_SETFL, O_APPEND) == 0, "fcntl");
    need(dup2(captures[descriptor].file, descriptor) == descriptor, "dup2");
}

char *capture_stop(int descriptor)
{
    need(fflush(NULL) == 0, "fflush");
    need(dup2(captures[descriptor].kept, descriptor) == descriptor, "dup2");
    char *text = read_from(captures[descriptor].file, NULL);
    need(close(captures[descriptor].file) == 0 && close(captures[descriptor].kept) == 0, "close");
    return text;
}
