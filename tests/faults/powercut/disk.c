#include "tests/faults/powercut/disk.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/sqlite_shim.h"

#define FILES        4 /* the store, its write-ahead log, its rollback journal */
#define SECTOR_BYTES 512

enum change_type {
    CHANGE_MADE, /* the name appeared */
    CHANGE_GONE,
    CHANGE_WRITTEN,
    CHANGE_CUT, /* to the length `at` */
};

struct change {
    enum change_type type;
    size_t at;
    size_t len;
    uint8_t *bytes;
};

struct disk_file {
    char name[256];
    bool there; /* the name lasts */
    uint8_t *bytes;
    size_t len;
    size_t room;
    struct change *changes; /* since the last sync */
    size_t change_count;
    size_t change_room;
};

static struct {
    pthread_mutex_t mutex;
    struct disk_file files[FILES];
    size_t file_count;
    struct disk_cut cut;
    unsigned syncs;
    unsigned writes;
    bool dark;
    bool failed; /* a sync, with the power on */
    uint64_t random;
    disk_before_write *watch;
    void *context;
} disk = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* Calls come from any thread, where a failed assertion of cmocka could not return to the test. */
static void need(bool done, const char *what)
{
    if (!done) {
        perror(what);
        abort();
    }
}

static void *grown(void *at, size_t count, size_t size)
{
    void *more = reallocarray(at, count, size);
    need(more != NULL, "reallocarray");
    return more;
}

static uint64_t draw(uint64_t below)
{
    disk.random ^= disk.random << 13;
    disk.random ^= disk.random >> 7;
    disk.random ^= disk.random << 17;
    return disk.random % below;
}

/* --- what lasts ------------------------------------------------------------------------------- */

static void put(struct disk_file *file, size_t at, const uint8_t *bytes, size_t len)
{
    if (at + len > file->room) {
        size_t room = 2 * (at + len);
        file->bytes = (uint8_t *)grown(file->bytes, room, 1);
        memset(file->bytes + file->room, 0, room - file->room);
        file->room = room;
    }
    memcpy(file->bytes + at, bytes, len);
    file->len = at + len > file->len ? at + len : file->len;
}

static void cut_to(struct disk_file *file, size_t len)
{
    if (len < file->len) {
        memset(file->bytes + len, 0, file->len - len);
        file->len = len;
    }
}

static void apply(struct disk_file *file, const struct change *change)
{
    switch (change->type) {
    case CHANGE_MADE:
        file->there = true;
        break;
    case CHANGE_GONE:
        file->there = false;
        cut_to(file, 0);
        break;
    case CHANGE_WRITTEN:
        put(file, change->at, change->bytes, change->len);
        break;
    case CHANGE_CUT:
        cut_to(file, change->at);
        break;
    }
}

static void drop_changes(struct disk_file *file)
{
    for (size_t i = 0; i < file->change_count; i++) {
        free(file->changes[i].bytes);
    }
    file->change_count = 0;
}

/* The folder is synced: its names last, also those of files whose content does not yet. */
static void settle_names(struct disk_file *file)
{
    size_t kept = 0;
    for (size_t i = 0; i < file->change_count; i++) {
        struct change *change = &file->changes[i];
        if (change->type == CHANGE_WRITTEN || change->type == CHANGE_CUT) {
            file->changes[kept++] = *change;
            continue;
        }
        apply(file, change);
        while (change->type == CHANGE_GONE && kept > 0) {
            free(file->changes[--kept].bytes);
        }
    }
    file->change_count = kept;
}

static bool has_new_name(const struct disk_file *file)
{
    bool found = false;
    for (size_t i = 0; i < file->change_count; i++) {
        found = found || file->changes[i].type == CHANGE_MADE;
    }
    return found;
}

static void settle_folder(void)
{
    for (size_t i = 0; i < disk.file_count; i++) {
        settle_names(&disk.files[i]);
    }
}

static void settle(struct disk_file *file)
{
    if (has_new_name(file)) {
        settle_folder();
    }
    for (size_t i = 0; i < file->change_count; i++) {
        apply(file, &file->changes[i]);
    }
    drop_changes(file);
}

static struct disk_file *file_of(const char *name)
{
    for (size_t i = 0; i < disk.file_count; i++) {
        if (strcmp(disk.files[i].name, name) == 0) {
            return &disk.files[i];
        }
    }
    need(disk.file_count < FILES && strlen(name) < sizeof disk.files[0].name, name);
    struct disk_file *file = &disk.files[disk.file_count++];
    memcpy(file->name, name, strlen(name) + 1);
    /* The store makes its own file, and syncs the folder, before SQLite opens it. */
    file->there = access(name, F_OK) == 0;
    return file;
}

static void note(struct disk_file *file, struct change change)
{
    if (file->change_count == file->change_room) {
        file->change_room = 2 * file->change_room + 16;
        file->changes =
            (struct change *)grown(file->changes, file->change_room, sizeof(struct change));
    }
    file->changes[file->change_count++] = change;
}

/* --- calls of SQLite -------------------------------------------------------------------------- */

static int before_open(const char *name, int flags)
{
    int rc = SQLITE_OK;
    (void)pthread_mutex_lock(&disk.mutex);
    if (disk.dark) {
        rc = SQLITE_CANTOPEN;
    } else if (name != NULL) {
        struct disk_file *file = file_of(name);
        if ((flags & SQLITE_OPEN_CREATE) != 0 && access(name, F_OK) != 0) {
            note(file, (struct change){.type = CHANGE_MADE});
        }
    }
    (void)pthread_mutex_unlock(&disk.mutex);
    return rc;
}

static int on_remove(sqlite3_vfs *real, const char *name, int sync_folder)
{
    int rc = SQLITE_IOERR_DELETE;
    (void)pthread_mutex_lock(&disk.mutex);
    if (!disk.dark) {
        rc = real->xDelete(real, name, 0);
    }
    if (rc == SQLITE_OK) {
        note(file_of(name), (struct change){.type = CHANGE_GONE});
        if (sync_folder != 0 && !disk.cut.lies) {
            settle_folder();
        }
    }
    (void)pthread_mutex_unlock(&disk.mutex);
    return rc;
}

static int on_read(sqlite3_file *file, void *at, int len, sqlite3_int64 from)
{
    return disk_dark() ? SQLITE_IOERR_READ
                       : shim_real(file)->pMethods->xRead(shim_real(file), at, len, from);
}

static int on_write(sqlite3_file *file, const void *at, int len, sqlite3_int64 from)
{
    int rc = SQLITE_IOERR_WRITE;
    if (disk.watch != NULL && shim_name(file) != NULL) {
        disk.watch(disk.context, shim_name(file));
    }
    (void)pthread_mutex_lock(&disk.mutex);
    disk.dark = disk.dark || ++disk.writes == disk.cut.write;
    if (!disk.dark) {
        rc = shim_real(file)->pMethods->xWrite(shim_real(file), at, len, from);
    }
    if (rc == SQLITE_OK && shim_name(file) != NULL) {
        struct change change = {
            .type = CHANGE_WRITTEN, .at = (size_t)from, .len = (size_t)len, .bytes = NULL};
        change.bytes = (uint8_t *)grown(NULL, change.len, 1);
        memcpy(change.bytes, at, change.len);
        note(file_of(shim_name(file)), change);
    }
    (void)pthread_mutex_unlock(&disk.mutex);
    return rc;
}

static int on_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int rc = SQLITE_IOERR_TRUNCATE;
    (void)pthread_mutex_lock(&disk.mutex);
    if (!disk.dark) {
        rc = shim_real(file)->pMethods->xTruncate(shim_real(file), size);
    }
    if (rc == SQLITE_OK && shim_name(file) != NULL) {
        note(file_of(shim_name(file)), (struct change){.type = CHANGE_CUT, .at = (size_t)size});
    }
    (void)pthread_mutex_unlock(&disk.mutex);
    return rc;
}

/* The machine's own disk is left alone: only what lasts here counts. */
static int on_sync(sqlite3_file *file, int flags)
{
    bool fails = false;
    (void)flags;
    (void)pthread_mutex_lock(&disk.mutex);
    if (!disk.dark && ++disk.syncs == disk.cut.sync && disk.cut.fails) {
        fails = true;
        disk.failed = true;
        drop_changes(file_of(shim_name(file)));
    } else if (!disk.dark) {
        disk.dark = disk.syncs == disk.cut.sync;
        if (!disk.cut.lies && (!disk.dark || disk.cut.done)) {
            settle(file_of(shim_name(file)));
        }
    }
    int rc = disk.dark || fails ? SQLITE_IOERR_FSYNC : SQLITE_OK;
    (void)pthread_mutex_unlock(&disk.mutex);
    return rc;
}

/* --- the test's side -------------------------------------------------------------------------- */

void disk_install(void)
{
    const struct shim shim = {
        .name = "disk",
        .before_open = before_open,
        .remove = on_remove,
        .methods = {.xRead = on_read,
                    .xWrite = on_write,
                    .xTruncate = on_truncate,
                    .xSync = on_sync},
    };
    need(shim_install(&shim) == SQLITE_OK, "shim_install");
}

void disk_watch(disk_before_write *watch, void *context)
{
    disk.watch = watch;
    disk.context = context;
}

void disk_forget(void)
{
    for (size_t i = 0; i < disk.file_count; i++) {
        drop_changes(&disk.files[i]);
        free(disk.files[i].changes);
        free(disk.files[i].bytes);
    }
    memset(disk.files, 0, sizeof disk.files);
    disk.file_count = 0;
}

void disk_arm(const struct disk_cut *cut)
{
    (void)pthread_mutex_lock(&disk.mutex);
    disk.cut = *cut;
    disk.syncs = 0;
    disk.writes = 0;
    disk.random = cut->seed * 2654435761u + 88172645463325252u;
    (void)pthread_mutex_unlock(&disk.mutex);
}

bool disk_dark(void)
{
    (void)pthread_mutex_lock(&disk.mutex);
    bool dark = disk.dark;
    (void)pthread_mutex_unlock(&disk.mutex);
    return dark;
}

/* Sector by sector: of each some version since the last sync is on the disk. A name that was lost
 * takes along what was written under it. */
static void tear(struct disk_file *file)
{
    for (size_t i = 0; i < file->change_count; i++) {
        const struct change *change = &file->changes[i];
        bool by_name = change->type == CHANGE_MADE || change->type == CHANGE_GONE;
        if (change->type != CHANGE_WRITTEN) {
            if (draw(2) == 0) {
                apply(file, change);
            } else if (by_name) {
                break;
            }
            continue;
        }
        if (i + 1 == file->change_count) {
            put(file, change->at, change->bytes, change->len / 2);
            continue;
        }
        for (size_t from = 0; from < change->len;) {
            size_t left = SECTOR_BYTES - (change->at + from) % SECTOR_BYTES;
            size_t len = left < change->len - from ? left : change->len - from;
            if (draw(2) == 0) {
                put(file, change->at + from, change->bytes + from, len);
            }
            from += len;
        }
    }
    drop_changes(file);
}

static void lose(struct disk_file *file)
{
    switch (disk.cut.loss) {
    case DISK_DROPS:
        drop_changes(file);
        break;
    case DISK_TEARS:
        tear(file);
        break;
    case DISK_KEEPS:
        settle(file);
        break;
    }
}

static void write_out(const struct disk_file *file)
{
    if (!file->there) {
        (void)unlink(file->name); /* mostly it is not there */
        return;
    }
    int fd = open(file->name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    need(fd >= 0, file->name);
    for (size_t done = 0; done < file->len;) {
        ssize_t n = write(fd, file->bytes + done, file->len - done);
        need(n > 0, file->name);
        done += (size_t)n;
    }
    need(close(fd) == 0, file->name);
}

bool disk_restore(void)
{
    bool was = disk.dark || disk.failed;
    for (size_t i = 0; was && i < disk.file_count; i++) {
        lose(&disk.files[i]);
        write_out(&disk.files[i]);
    }
    disk.dark = false;
    disk.failed = false;
    disk.cut = (struct disk_cut){.sync = 0};
    return was;
}
