#include "fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "tests/lib/sqlite_shim.h"

/* Kept together: SQLite calls back without any context. */
static struct {
    bool armed;
    bool fired;
    enum fault_point point;
    enum fault_repeat repeat;
    unsigned left;
    sqlite3_mem_methods memory;
} fault;

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

static int file_read(sqlite3_file *file, void *at, int len, sqlite3_int64 from)
{
    if (strikes(FAULT_READ)) {
        return SQLITE_IOERR_READ;
    }
    return shim_real(file)->pMethods->xRead(shim_real(file), at, len, from);
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
        (void)shim_real(file)->pMethods->xWrite(shim_real(file), at, len / 2, from);
        return SQLITE_IOERR_WRITE;
    }
    return shim_real(file)->pMethods->xWrite(shim_real(file), at, len, from);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    if (strikes(FAULT_TRUNCATE)) {
        return SQLITE_IOERR_TRUNCATE;
    }
    return shim_real(file)->pMethods->xTruncate(shim_real(file), size);
}

static int file_sync(sqlite3_file *file, int flags)
{
    if (strikes(FAULT_SYNC)) {
        return SQLITE_IOERR_FSYNC;
    }
    return shim_real(file)->pMethods->xSync(shim_real(file), flags);
}

static int before_open(const char *name, int flags)
{
    (void)name;
    (void)flags;
    return strikes(FAULT_OPEN) ? SQLITE_CANTOPEN : SQLITE_OK;
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
    const struct shim shim = {
        .name = "fault",
        .before_open = before_open,
        .methods = {.xRead = file_read,
                    .xWrite = file_write,
                    .xTruncate = file_truncate,
                    .xSync = file_sync},
    };

    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &fault.memory), SQLITE_OK);
    sqlite3_mem_methods memory = fault.memory;
    memory.xMalloc = memory_get;
    memory.xRealloc = memory_resize;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &memory), SQLITE_OK);
    /* Else small pieces come from a pool that never fails. */
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);

    assert_int_equal(shim_install(&shim), SQLITE_OK);
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
