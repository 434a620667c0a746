#include "tests/lib/sqlite_shim.h"

#include <stddef.h>

/* Kept together: SQLite calls back without any context. */
static struct {
    struct shim calls;
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    sqlite3_io_methods methods;
} shim;

sqlite3_file *shim_real(sqlite3_file *file)
{
    return ((struct shim_file *)file)->real;
}

const char *shim_name(sqlite3_file *file)
{
    return ((struct shim_file *)file)->name;
}

/* --- calls that pass -------------------------------------------------------------------------- */

static int pass_close(sqlite3_file *file)
{
    return shim_real(file)->pMethods->xClose(shim_real(file));
}

static int pass_read(sqlite3_file *file, void *at, int len, sqlite3_int64 from)
{
    return shim_real(file)->pMethods->xRead(shim_real(file), at, len, from);
}

static int pass_write(sqlite3_file *file, const void *at, int len, sqlite3_int64 from)
{
    return shim_real(file)->pMethods->xWrite(shim_real(file), at, len, from);
}

static int pass_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return shim_real(file)->pMethods->xTruncate(shim_real(file), size);
}

static int pass_sync(sqlite3_file *file, int flags)
{
    return shim_real(file)->pMethods->xSync(shim_real(file), flags);
}

static int pass_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return shim_real(file)->pMethods->xFileSize(shim_real(file), size);
}

static int pass_lock(sqlite3_file *file, int lock)
{
    return shim_real(file)->pMethods->xLock(shim_real(file), lock);
}

static int pass_unlock(sqlite3_file *file, int lock)
{
    return shim_real(file)->pMethods->xUnlock(shim_real(file), lock);
}

static int pass_check_lock(sqlite3_file *file, int *held)
{
    return shim_real(file)->pMethods->xCheckReservedLock(shim_real(file), held);
}

static int pass_control(sqlite3_file *file, int what, void *argument)
{
    return shim_real(file)->pMethods->xFileControl(shim_real(file), what, argument);
}

static int pass_sector(sqlite3_file *file)
{
    return shim_real(file)->pMethods->xSectorSize(shim_real(file));
}

static int pass_traits(sqlite3_file *file)
{
    return shim_real(file)->pMethods->xDeviceCharacteristics(shim_real(file));
}

static int pass_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
    return shim_real(file)->pMethods->xShmMap(shim_real(file), page, size, extend, at);
}

static int pass_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return shim_real(file)->pMethods->xShmLock(shim_real(file), offset, count, flags);
}

static void pass_shm_barrier(sqlite3_file *file)
{
    shim_real(file)->pMethods->xShmBarrier(shim_real(file));
}

static int pass_shm_unmap(sqlite3_file *file, int remove)
{
    return shim_real(file)->pMethods->xShmUnmap(shim_real(file), remove);
}

/* --- the VFS ---------------------------------------------------------------------------------- */

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *got)
{
    struct shim_file *ours = (struct shim_file *)file;
    int rc = shim.calls.before_open != NULL ? shim.calls.before_open(name, flags) : SQLITE_OK;

    (void)vfs;
    ours->file.pMethods = NULL;
    ours->real = (sqlite3_file *)(void *)(ours + 1);
    ours->name = name;
    if (rc != SQLITE_OK) {
        return rc;
    }
    rc = shim.real->xOpen(shim.real, name, ours->real, flags, got);
    if (ours->real->pMethods != NULL) {
        ours->file.pMethods = &shim.methods;
    }
    return rc;
}

static int vfs_remove(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    (void)vfs;
    return shim.calls.remove != NULL ? shim.calls.remove(shim.real, name, sync_folder)
                                     : shim.real->xDelete(shim.real, name, sync_folder);
}

int shim_install(const struct shim *calls)
{
    const sqlite3_io_methods *own = &calls->methods;
    const sqlite3_io_methods methods = {
        .iVersion = 2, /* without mmap of the file, which would pass by the test's own calls */
        .xClose = pass_close,
        .xRead = own->xRead != NULL ? own->xRead : pass_read,
        .xWrite = own->xWrite != NULL ? own->xWrite : pass_write,
        .xTruncate = own->xTruncate != NULL ? own->xTruncate : pass_truncate,
        .xSync = own->xSync != NULL ? own->xSync : pass_sync,
        .xFileSize = pass_size,
        .xLock = pass_lock,
        .xUnlock = pass_unlock,
        .xCheckReservedLock = pass_check_lock,
        .xFileControl = pass_control,
        .xSectorSize = pass_sector,
        .xDeviceCharacteristics = pass_traits,
        .xShmMap = pass_shm_map,
        .xShmLock = pass_shm_lock,
        .xShmBarrier = pass_shm_barrier,
        .xShmUnmap = pass_shm_unmap,
    };

    shim.calls = *calls;
    shim.methods = methods;
    shim.real = sqlite3_vfs_find(NULL);
    if (shim.real == NULL) {
        return SQLITE_ERROR;
    }
    shim.vfs = *shim.real;
    shim.vfs.zName = shim.calls.name;
    shim.vfs.szOsFile = (int)sizeof(struct shim_file) + shim.real->szOsFile;
    shim.vfs.pNext = NULL;
    shim.vfs.xOpen = vfs_open;
    shim.vfs.xDelete = vfs_remove;
    return sqlite3_vfs_register(&shim.vfs, 1);
}
