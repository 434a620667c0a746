#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"

/* O_NONBLOCK: a named pipe is refused, as no regular file, instead of waited for. */
#define READING (O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)

static enum muster_status status_of_errno(int error)
{
    switch (error) {
    case ENOENT:
        return MUSTER_ENOTFOUND;
    case ENOSPC:
    case EDQUOT:
        return MUSTER_EFULL;
    case ENOMEM:
        return MUSTER_ENOMEM;
    default:
        return MUSTER_EIO;
    }
}

static enum muster_status fail_errno(struct muster_err *e, const char *what, const char *path)
{
    int error = errno;
    return muster_fail(e, status_of_errno(error), "%s %s: %s", what, path, strerror(error));
}

static enum muster_status read_all(int fd, const char *path, size_t cap, char **out, size_t *len,
                                   struct muster_err *e)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        return fail_errno(e, "cannot read", path);
    }
    if (!S_ISREG(st.st_mode)) {
        return muster_fail(e, MUSTER_EIO, "%s is not a regular file", path);
    }
    if ((uint64_t)st.st_size > cap) {
        return muster_fail(e, MUSTER_ETOOBIG, "%s is larger than %zu bytes", path, cap);
    }
    size_t size = (size_t)st.st_size;
    char *bytes = (char *)muster_alloc(size + 1);
    if (bytes == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory reading %s", path);
    }
    size_t got = 0;
    while (got < size) {
        ssize_t n = read(fd, bytes + got, size - got);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            enum muster_status status = fail_errno(e, "cannot read", path);
            muster_wipe(bytes, size);
            muster_free(bytes);
            return status;
        }
        if (n == 0) {
            break; /* it shrank meanwhile: what is there is what was read */
        }
        got += (size_t)n;
    }
    *out = bytes;
    *len = got;
    return MUSTER_OK;
}

enum muster_status file_read(const char *path, size_t cap, char **out, size_t *len,
                             struct muster_err *e)
{
    int fd = open(path, READING);
    if (fd < 0) {
        return fail_errno(e, "cannot open", path);
    }
    enum muster_status status = read_all(fd, path, cap, out, len, e);
    (void)close(fd); /* nothing was written */
    return status;
}

enum muster_status file_read_key(const char *path, size_t cap, char **out, size_t *len,
                                 struct muster_err *e)
{
    int fd = open(path, READING);
    if (fd < 0) {
        return fail_errno(e, "cannot open key", path);
    }
    struct stat st;
    enum muster_status status = MUSTER_OK;
    if (fstat(fd, &st) != 0) {
        status = fail_errno(e, "cannot read key", path);
    } else if ((st.st_mode & 077) != 0) {
        status = muster_fail(e, MUSTER_ECONFIG,
                             "key %s may be read by others (mode %04o): run chmod 600 %s", path,
                             (unsigned)(st.st_mode & 07777), path);
    } else {
        status = read_all(fd, path, cap, out, len, e);
    }
    (void)close(fd);
    return status;
}

static enum muster_status write_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, bytes, len);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return status_of_errno(errno);
        }
        bytes += n;
        len -= (size_t)n;
    }
    return fsync(fd) == 0 ? MUSTER_OK : status_of_errno(errno);
}

/* A rename is durable only once its folder is. */
static int sync_folder_of(const char *path)
{
    char *folder = file_beside(path, ".");
    if (folder == NULL) {
        errno = ENOMEM;
        return -1;
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    muster_free(folder);
    if (fd < 0) {
        return -1;
    }
    int result = fsync(fd);
    (void)close(fd);
    return result;
}

enum muster_status file_write(const char *path, const void *bytes, size_t len, unsigned mode,
                              struct muster_err *e)
{
    char temporary[4096];
    int n = snprintf(temporary, sizeof temporary, "%s.new-%ld", path, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof temporary) {
        return muster_fail(e, MUSTER_ETOOBIG, "path is too long: %s", path);
    }
    /* What lies under that name, from a crash or from somebody else, must lend neither its mode nor
     * the place it points to. */
    (void)unlink(temporary);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, (mode_t)mode);
    if (fd < 0) {
        return fail_errno(e, "cannot write", path);
    }
    /* The mode that is asked for, whatever the umask: others are to read a public key. */
    enum muster_status status = fchmod(fd, (mode_t)mode) == 0
                                    ? write_all(fd, (const char *)bytes, len)
                                    : status_of_errno(errno);
    int error = errno;
    if (close(fd) != 0 && status == MUSTER_OK) {
        error = errno;
        status = status_of_errno(error);
    }
    if (status == MUSTER_OK && (rename(temporary, path) != 0 || sync_folder_of(path) != 0)) {
        error = errno;
        status = status_of_errno(error);
    }
    if (status != MUSTER_OK) {
        (void)unlink(temporary); /* gone already when the rename worked */
        return muster_fail(e, status, "cannot write %s: %s", path, strerror(error));
    }
    return MUSTER_OK;
}

enum muster_status file_make_folder(const char *path, unsigned mode, struct muster_err *e)
{
    char part[4096];
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof part) {
        return muster_fail(e, MUSTER_ETOOBIG, "folder name is empty or too long");
    }
    memcpy(part, path, len + 1);
    for (size_t i = 1; i <= len; i++) {
        if (part[i] != '/' && part[i] != '\0') {
            continue;
        }
        char kept = part[i];
        part[i] = '\0';
        if (mkdir(part, (mode_t)mode) != 0 && errno != EEXIST) {
            return fail_errno(e, "cannot make folder", part);
        }
        part[i] = kept;
    }
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return muster_fail(e, MUSTER_EIO, "%s is not a folder", path);
    }
    return MUSTER_OK;
}

char *file_beside(const char *beside, const char *path)
{
    const char *slash = strrchr(beside, '/');
    size_t folder = path[0] == '/' || slash == NULL ? 0 : (size_t)(slash - beside) + 1;
    size_t len = strlen(path);
    char *joined = (char *)muster_alloc(folder + len + 1);
    if (joined != NULL) {
        memcpy(joined, beside, folder);
        memcpy(joined + folder, path, len);
    }
    return joined;
}
