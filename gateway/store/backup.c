#include "gateway/store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "gateway/store/connection.h"
#include "gateway/store/sql.h"

#define PATH_BYTES 4096u

static enum muster_status fail_file(struct muster_err *e, const char *doing, int number)
{
    if (number == EEXIST) {
        return muster_fail(e, MUSTER_EEXISTS,
                           "%s: there is a file of that name already; name another one.", doing);
    }
    return muster_fail(e, number == ENOSPC || number == EDQUOT ? MUSTER_EFULL : MUSTER_EIO,
                       "%s: %s.", doing, strerrordesc_np(number));
}

/* So that the pages, and SQLite's journal beside them, are never readable by others. */
static enum muster_status create(const char *path, struct muster_err *e)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return fail_file(e, "The copy cannot be created", errno);
    }
    (void)close(fd); /* empty: nothing can be lost */
    return MUSTER_OK;
}

/* All pages in one step: one read transaction, so one commit's state, whatever is written beside
 * it. */
static enum muster_status copy_pages(sqlite3 *from, sqlite3 *to, struct muster_err *e)
{
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (backup == NULL) {
        return sql_fail(sqlite3_extended_errcode(to), e, "copying the store");
    }
    int rc = sqlite3_backup_step(backup, -1);
    int finished = sqlite3_backup_finish(backup);
    if (rc != SQLITE_DONE) {
        return sql_fail(rc, e, "copying the store");
    }
    return finished == SQLITE_OK ? MUSTER_OK : sql_fail(finished, e, "copying the store");
}

/* The copy says of itself that it has a write-ahead log, as the store it was taken from has: as one
 * file it must not, and whoever opens it as the store sets that up again. */
static enum muster_status close_up(sqlite3 *to, struct muster_err *e)
{
    int64_t good = 0;
    bool whole = false;
    enum muster_status status =
        sql_do(to, "PRAGMA journal_mode = DELETE", e, "making the copy one file");
    if (status == MUSTER_OK) {
        status =
            sql_ask_whole(to, "SELECT journal_mode = 'delete' FROM pragma_journal_mode", &good, e);
    }
    if (status == MUSTER_OK && good != 1) {
        status = muster_fail(e, MUSTER_EINTERNAL, "SQLite did not make the copy one file.");
    }
    if (status == MUSTER_OK) {
        status = sql_check_pages(to, &whole, e);
    }
    if (status == MUSTER_OK && !whole) {
        status = muster_fail(e, MUSTER_ECORRUPT,
                             "The copy is damaged, and so is what it was taken from: look at the "
                             "disk and at earlier backups.");
    }
    return status;
}

static enum muster_status sync_path(const char *path, int flags, struct muster_err *e)
{
    int fd = open(path, flags | O_RDONLY | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd) != 0 ? errno : 0;
    if (fd >= 0) {
        (void)close(fd); /* nothing was written through it */
    }
    return failed == 0 ? MUSTER_OK : fail_file(e, "The copy cannot be synced", failed);
}

static enum muster_status sync_folder_of(const char *path, struct muster_err *e)
{
    char folder[PATH_BYTES];
    const char *slash = strrchr(path, '/');
    int len = slash == NULL ? 1 : (int)(slash - path) + 1;
    int written = snprintf(folder, sizeof folder, "%.*s", len, slash == NULL ? "." : path);
    if (written < 0 || (size_t)written >= sizeof folder) {
        return muster_fail(e, MUSTER_EUSAGE, "The path is too long.");
    }
    return sync_path(folder, O_DIRECTORY, e);
}

static enum muster_status fill(sqlite3 *from, const char *path, struct muster_err *e)
{
    sqlite3 *to = NULL;
    int rc = sqlite3_open_v2(
        path, &to, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_READWRITE, NULL);
    enum muster_status status =
        rc == SQLITE_OK ? copy_pages(from, to, e) : sql_fail(rc, e, "opening the copy");
    if (status == MUSTER_OK) {
        status = close_up(to, e);
    }
    rc = sqlite3_close(to);
    if (status == MUSTER_OK && rc != SQLITE_OK) {
        status = sql_fail(rc, e, "closing the copy");
    }
    return status == MUSTER_OK ? sync_path(path, 0, e) : status;
}

enum muster_status store_copy(const char *from, const char *to, struct muster_err *e)
{
    sqlite3 *source = NULL;
    enum muster_status status = store_connection_open(from, CONNECTION_READS, &source, e);
    if (status != MUSTER_OK) {
        return status;
    }
    status = create(to, e);
    if (status == MUSTER_OK) {
        status = fill(source, to, e);
        if (status != MUSTER_OK) {
            store_copy_drop(to);
        }
    }
    (void)sqlite3_close(source); /* it only read, and every statement is finalized */
    return status;
}

enum muster_status store_copy_keep(const char *part, const char *to, struct muster_err *e)
{
    if (renameat2(AT_FDCWD, part, AT_FDCWD, to, RENAME_NOREPLACE) != 0) {
        return fail_file(e, "The copy cannot get its name", errno);
    }
    return sync_folder_of(to, e);
}

void store_copy_drop(const char *part)
{
    /* Best effort: what stays behind is in the way of the next copy and says so. */
    (void)unlink(part);
}

enum muster_status store_want_none(const char *path, struct muster_err *e)
{
    static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        char name[PATH_BYTES];
        struct stat info;
        int len = snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        if (len < 0 || (size_t)len >= sizeof name) {
            return muster_fail(e, MUSTER_EUSAGE, "The store's path is too long.");
        }
        if (lstat(name, &info) == 0) {
            return muster_fail(e, MUSTER_EEXISTS,
                               "%s is there already: move it away first, together with what "
                               "belongs to it (mkdir before; mv %s %s-* before/).",
                               name, path, path);
        }
    }
    return MUSTER_OK;
}

enum muster_status store_hold(const char *path, int *fd, struct muster_err *e)
{
    return connection_lock(path, 0, fd, e);
}
