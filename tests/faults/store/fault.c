#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

/* Kept together: SQLite calls back without any context. */
static struct {
    bool armed;
    bool fired;
    enum fault_point point;
    enum fault_repeat repeat;
    unsigned left;
    sqlite3_vfs vfs;
    sqlite3_vfs *real;
    sqlite3_mem_methods memory;
    sqlite3_io_methods methods;
} fault;

struct fault_file {
    sqlite3_file file;
    sqlite3_file *real; /* behind this struct */
};

static bool strikes(enum fault_point point)
{
    if (!fault.armed || fault.point != point) {
        return false;
    }
    if (fault.left > 1) {
        fault.left--;
        return false;
    }
    fault.armed = fault.repeat == FAULT_FROM_THEN_ON;
    fault.fired = true;
    return true;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct fault_file *)file)->real;
}

static int file_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_read(sqlite3_file *file, void *at, int len, sqlite3_int64 from)
{
    if (strikes(FAULT_READ)) {
        return SQLITE_IOERR_READ;
    }
    return real_of(file)->pMethods->xRead(real_of(file), at, len, from);
}

static int file_write(sqlite3_file *file, const void *at, int len, sqlite3_int64 from)
{
    if (strikes(FAULT_WRITE)) {
        return SQLITE_IOERR_WRITE;
    }
    if (strikes(FAULT_FULL)) {
        return SQLITE_FULL;
    }
    if (strikes(FAULT_TORN)) {
        (void)real_of(file)->pMethods->xWrite(real_of(file), at, len / 2, from);
        return SQLITE_IOERR_WRITE;
    }
    return real_of(file)->pMethods->xWrite(real_of(file), at, len, from);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (strikes(FAULT_TRUNCATE)) {
        return SQLITE_IOERR_TRUNCATE;
    }
    return real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int file_sync(sqlite3_file *file, int flags)
{
    if (strikes(FAULT_SYNC)) {
        return SQLITE_IOERR_FSYNC;
    }
    return real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xLock(real_of(file), lock);
}

static int file_unlock(sqlite3_file *file, int lock)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), lock);
}

static int file_check_lock(sqlite3_file *file, int *held)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), held);
}

static int file_control(sqlite3_file *file, int what, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), what, argument);
}

static int file_sector(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_traits(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **at)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, at);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *got)
{
    struct fault_file *ours = (struct fault_file *)file;

    (void)vfs;
    ours->file.pMethods = NULL;
    ours->real = (sqlite3_file *)(void *)(ours + 1);
    if (strikes(FAULT_OPEN)) {
        return SQLITE_CANTOPEN;
    }
    int rc = fault.real->xOpen(fault.real, name, ours->real, flags, got);
    if (ours->real->pMethods != NULL) {
        ours->file.pMethods = &fault.methods;
    }
    return rc;
}

static void *memory_get(int size)
{
    return strikes(FAULT_MEMORY) ? NULL : fault.memory.xMalloc(size);
}

static void *memory_resize(void *at, int size)
{
    return strikes(FAULT_MEMORY) ? NULL : fault.memory.xRealloc(at, size);
}

void fault_install(void)
{
    const sqlite3_io_methods methods = {
        .iVersion = 2, /* without mmap of the file, whose reads could not fail here */
        .xClose = file_close,
        .xRead = file_read,
        .xWrite = file_write,
        .xTruncate = file_truncate,
        .xSync = file_sync,
        .xFileSize = file_size,
        .xLock = file_lock,
        .xUnlock = file_unlock,
        .xCheckReservedLock = file_check_lock,
        .xFileControl = file_control,
        .xSectorSize = file_sector,
        .xDeviceCharacteristics = file_traits,
        .xShmMap = file_shm_map,
        .xShmLock = file_shm_lock,
        .xShmBarrier = file_shm_barrier,
        .xShmUnmap = file_shm_unmap,
    };

    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &fault.memory), SQLITE_OK);
    sqlite3_mem_methods memory = fault.memory;
    memory.xMalloc = memory_get;
    memory.xRealloc = memory_resize;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &memory), SQLITE_OK);
    /* Else small pieces come from a pool that never fails. */
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);

    fault.methods = methods;
    fault.real = sqlite3_vfs_find(NULL);
    assert_non_null(fault.real);
    fault.vfs = *fault.real;
    fault.vfs.zName = "fault";
    fault.vfs.szOsFile = (int)sizeof(struct fault_file) + fault.real->szOsFile;
    fault.vfs.pNext = NULL;
    fault.vfs.xOpen = vfs_open;
    assert_int_equal(sqlite3_vfs_register(&fault.vfs, 1), SQLITE_OK);
}

void fault_arm(enum fault_point point, enum fault_repeat repeat, unsigned n)
{
    fault.armed = true;
    fault.fired = false;
    fault.point = point;
    fault.repeat = repeat;
    fault.left = n;
}

bool fault_disarm(void)
{
    fault.armed = false;
    return fault.fired;
}

const char *fault_name(enum fault_point point)
{
    static const char *const names[FAULT_POINTS] = {"read", "write",    "full", "torn write",
                                                    "sync", "truncate", "open", "memory"};

    return names[point];
}
