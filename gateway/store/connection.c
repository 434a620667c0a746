#include "gateway/store/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "gateway/store/migrations.h"
#include "gateway/store/sql.h"

#define BUSY_MS \
    5000 /* a reader that recovers the write-ahead log after a crash holds it that long at most */
#define LOCK_LOOK_MS 10 /* between two looks at the lock */

/* Set, then read back: SQLite answers an unknown or impossible setting with silence. */
struct setting {
    const char *set;
    const char *ask;
    int64_t want;
};

static const struct setting writer_settings[] = {
    /* A power cut must not take back a commit whose receipt has left. */
    {"PRAGMA journal_mode = WAL", "SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1},
    {"PRAGMA synchronous = FULL", "PRAGMA synchronous", 2},
    /* What is erased is overwritten, in the file at least. */
    {"PRAGMA secure_delete = ON", "PRAGMA secure_delete", 1},
    {"PRAGMA foreign_keys = ON", "PRAGMA foreign_keys", 1},
    /* Without it REPLACE would delete append-only rows without firing their triggers. */
    {"PRAGMA recursive_triggers = ON", "PRAGMA recursive_triggers", 1},
    /* Sorted rows stay out of files that nobody erases. */
    {"PRAGMA temp_store = MEMORY", "PRAGMA temp_store", 2},
    /* A page of the identity index that splits makes SQLite walk its whole cache at that commit
     * (balance_nonroot renumbers by way of the pending byte's page): 64 MiB took it half a
     * millisecond. What falls out is in the system's cache. */
    {"PRAGMA cache_size = -8192", "PRAGMA cache_size", -8192},
    /* store_maintain does it, after the replies have left. */
    {"PRAGMA wal_autocheckpoint = 0", "PRAGMA wal_autocheckpoint", 0},
    /* One long report must not leave a large write-ahead log behind for ever. */
    {"PRAGMA journal_size_limit = 67108864", "PRAGMA journal_size_limit", 67108864},
};

static const struct setting reader_settings[] = {
    {"PRAGMA query_only = ON", "PRAGMA query_only", 1},
    {"PRAGMA temp_store = MEMORY", "PRAGMA temp_store", 2},
    {"PRAGMA cache_size = -16384", "PRAGMA cache_size", -16384},
};

static const struct setting mover_settings[] = {
    /* The log is synced before its pages are moved, the database before the log is begun again. */
    {"PRAGMA synchronous = FULL", "PRAGMA synchronous", 2},
};

static enum muster_status apply(sqlite3 *db, const struct setting *settings, size_t count,
                                struct muster_err *e)
{
    for (size_t i = 0; i < count; i++) {
        int64_t have = 0;
        enum muster_status status = sql_do(db, settings[i].set, e, settings[i].set);
        if (status == MUSTER_OK) {
            status = sql_ask_whole(db, settings[i].ask, &have, e);
        }
        if (status != MUSTER_OK) {
            return status;
        }
        if (have != settings[i].want) {
            return muster_fail(
                e, MUSTER_EINTERNAL,
                "SQLite did not take \"%s\"; the store needs a local file system and "
                "an SQLite that supports it.",
                settings[i].set);
        }
    }
    return MUSTER_OK;
}

/* A store that somebody tampered with must not run code through its schema. */
static enum muster_status distrust(sqlite3 *db, struct muster_err *e)
{
    static const struct {
        int what;
        int want;
    } switches[] = {
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
    };

    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        int have = -1;
        int rc = sqlite3_db_config(db, switches[i].what, switches[i].want, NULL);
        if (rc == SQLITE_OK) {
            rc = sqlite3_db_config(db, switches[i].what, -1, &have);
        }
        if (rc != SQLITE_OK || have != switches[i].want) {
            return muster_fail(e, MUSTER_EINTERNAL, "SQLite did not take a safety switch.");
        }
    }
    return MUSTER_OK;
}

static enum muster_status check_schema(sqlite3 *db, enum store_connection_use use,
                                       struct muster_err *e)
{
    int64_t application = 0;
    int64_t version = 0;
    int64_t tables = 0;
    enum muster_status status = sql_ask_whole(db, "PRAGMA application_id", &application, e);

    if (status == MUSTER_OK) {
        status = sql_ask_whole(db, "PRAGMA user_version", &version, e);
    }
    if (status == MUSTER_OK) {
        status = sql_ask_whole(db, "SELECT count(*) FROM sqlite_schema", &tables, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    bool empty = application == 0 && version == 0 && tables == 0;
    if (application != STORE_APPLICATION_ID && !(empty && use == CONNECTION_WRITES)) {
        return muster_fail(
            e, MUSTER_ECORRUPT,
            "The file is not a Muster store: name another path in the configuration.");
    }
    if (version > STORE_SCHEMA || (use != CONNECTION_WRITES && version != STORE_SCHEMA)) {
        return muster_fail(e, MUSTER_EUNSUPPORTED,
                           "The store has schema %lld and this program reads schema %d: use the "
                           "version of Muster that wrote it, or a later one.",
                           (long long)version, STORE_SCHEMA);
    }
    return MUSTER_OK;
}

static enum muster_status sync_folder_of(const char *path, struct muster_err *e)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    char *folder = (char *)muster_alloc(len + 2);
    if (folder == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "Out of memory when creating the store.");
    }

    memcpy(folder, len > 0 ? path : ".", len > 0 ? len : 1);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int failed = fd < 0 || fsync(fd) != 0 ? errno : 0;
    if (fd >= 0) {
        (void)close(fd); /* nothing was written through it */
    }
    muster_free(folder);
    return failed == 0 ? MUSTER_OK
                       : muster_fail(e, MUSTER_EIO, "The folder of the store cannot be synced: %s.",
                                     strerrordesc_np(failed));
}

/* The write-ahead log and its index get the mode of the file. An existing one is not opened here:
 * closing it would drop the locks that other connections of this process hold on it. */
static enum muster_status create(const char *path, struct muster_err *e)
{
    struct stat info;
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd >= 0) {
        (void)close(fd); /* empty: nothing can be lost */
        return sync_folder_of(path, e);
    }
    if (errno != EEXIST) {
        return muster_fail(e, errno == ENOSPC || errno == EDQUOT ? MUSTER_EFULL : MUSTER_EIO,
                           "The store cannot be created: %s.", strerrordesc_np(errno));
    }
    if (stat(path, &info) != 0 || !S_ISREG(info.st_mode)) {
        return muster_fail(e, MUSTER_EIO, "The store is not a file that can be opened.");
    }
    if ((info.st_mode & 077) != 0 && chmod(path, 0600) != 0) {
        return muster_fail(e, MUSTER_EIO,
                           "Others may read the store and that cannot be changed (%s): give it to "
                           "the user of the gateway, with mode 0600.",
                           strerrordesc_np(errno));
    }
    return MUSTER_OK;
}

static enum muster_status set_up(sqlite3 *db, enum store_connection_use use, struct muster_err *e)
{
    (void)sqlite3_busy_timeout(db, BUSY_MS); /* always SQLITE_OK for an open connection */
    enum muster_status status = distrust(db, e);

    if (status == MUSTER_OK) {
        status = check_schema(db, use, e);
    }
    if (status == MUSTER_OK && use != CONNECTION_READS && sqlite3_db_readonly(db, "main") != 0) {
        status = muster_fail(e, MUSTER_EIO,
                             "The store can be read but not written: check the "
                             "file's owner and whether its disk is read-only.");
    }
    if (status != MUSTER_OK) {
        return status;
    }
    switch (use) {
    case CONNECTION_READS:
        break;
    case CONNECTION_WRITES:
        return apply(db, writer_settings, sizeof writer_settings / sizeof writer_settings[0], e);
    case CONNECTION_MOVES:
        return apply(db, mover_settings, sizeof mover_settings / sizeof mover_settings[0], e);
    }
    return apply(db, reader_settings, sizeof reader_settings / sizeof reader_settings[0], e);
}

enum muster_status store_connection_open(const char *path, enum store_connection_use use,
                                         sqlite3 **out, struct muster_err *e)
{
    /* SQLite would take these for something else than the name of a file. */
    if (path[0] == '\0' || path[0] == ':' || strncmp(path, "file:", 5) == 0) {
        return muster_fail(e, MUSTER_EUSAGE, "The store's path must name a file.");
    }
    sqlite3 *db = NULL;
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    enum muster_status status = MUSTER_OK;

    flags |= use == CONNECTION_READS ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (use == CONNECTION_WRITES) {
        status = create(path, e);
    } else if (access(path, F_OK) != 0 && errno == ENOENT) {
        status = muster_fail(e, MUSTER_ENOTFOUND, "There is no store at that path.");
    }
    if (status == MUSTER_OK) {
        /* Nobody asks how much memory SQLite uses: counting takes a lock for each allocation.
         * Refused once SQLite has begun, when this has been said. */
        (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        int rc = sqlite3_open_v2(path, &db, flags, NULL);
        status = rc == SQLITE_OK ? set_up(db, use, e) : sql_fail(rc, e, "opening the store");
    }
    if (status != MUSTER_OK) {
        (void)sqlite3_close(db); /* nothing is prepared or written: it cannot be busy */
        return status;
    }
    *out = db;
    return MUSTER_OK;
}

enum muster_status connection_lock(const char *path, uint32_t wait_ms, int *fd,
                                   struct muster_err *e)
{
    static const char suffix[] = ".lock";
    size_t len = strlen(path);
    char *name = (char *)muster_alloc(len + sizeof suffix);
    if (name == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "Out of memory when locking the store.");
    }
    memcpy(name, path, len);
    memcpy(name + len, suffix, sizeof suffix);
    int lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    int failed = errno;
    muster_free(name);
    if (lock < 0) {
        return muster_fail(e, failed == ENOSPC || failed == EDQUOT ? MUSTER_EFULL : MUSTER_EIO,
                           "The store's lock file cannot be opened: %s.", strerrordesc_np(failed));
    }

    const struct timespec pause = {0, LOCK_LOOK_MS * 1000000L};
    int64_t deadline = muster_mono_now().ms + wait_ms;
    while (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        failed = errno;
        if (failed != EWOULDBLOCK && failed != EINTR) {
            (void)close(lock);
            return muster_fail(e, MUSTER_EIO, "The store cannot be locked: %s.",
                               strerrordesc_np(failed));
        }
        if (muster_mono_now().ms >= deadline) {
            (void)close(lock);
            return muster_fail(
                e, MUSTER_EBUSY,
                "Another gateway holds the store: stop it before starting this one.");
        }
        (void)nanosleep(&pause, NULL); /* shorter when interrupted: it only looks earlier */
    }
    *fd = lock;
    return MUSTER_OK;
}
