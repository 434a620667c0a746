/* A VFS laid over SQLite's usual one: a test puts calls of its own in place of some, all others
 * pass. One for the whole program. */
#ifndef MUSTER_TESTS_SQLITE_SHIM_H
#define MUSTER_TESTS_SQLITE_SHIM_H

#include <sqlite3.h>

/* What SQLite has as an open file. */
struct shim_file {
    sqlite3_file file;
    sqlite3_file *real; /* of the usual VFS; in the same memory, behind this struct */
    const char *name;   /* NULL: a temporary file; lives as long as the file is open */
};

struct shim {
    const char *name;
    /* Asked before a file is opened: anything but SQLITE_OK is what SQLite gets. May be NULL. */
    int (*before_open)(const char *name, int flags);
    /* Instead of the usual one, which is `real`'s. May be NULL. */
    int (*remove)(sqlite3_vfs *real, const char *name, int sync_folder);
    /* Of these xRead, xWrite, xTruncate and xSync count; NULL: the usual one. */
    sqlite3_io_methods methods;
};

/* The usual file behind the one that a call of the test's own is given, and its name. */
sqlite3_file *shim_real(sqlite3_file *file);
const char *shim_name(sqlite3_file *file);

/* Makes it the VFS of every connection that names none. The usual one stays there under its own
 * name, "unix". Before anything is opened. Returns SQLITE_OK, or why not. */
int shim_install(const struct shim *shim);

#endif
