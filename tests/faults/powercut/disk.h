/* A disk whose power can be cut, under SQLite's files. What has been written is read back at once,
 * as from a system's page cache, but only a sync makes it last: at the n-th sync, or before the
 * n-th write, the power fails, no call succeeds any more, and when the power is back the files hold
 * what was synced and, of what was not, nothing, all, or whatever sectors the disk had got to.
 *
 * SQLite syncs the folder with the first sync of a file that it made there: from then on the names
 * in it last, those that were removed too. One for the whole program; any thread. */
#ifndef MUSTER_TEST_DISK_H
#define MUSTER_TEST_DISK_H

#include <stdbool.h>
#include <stdint.h>

enum disk_loss {
    DISK_DROPS, /* nothing that was not synced is there */
    DISK_TEARS, /* any of its sectors may be; of the last write the first half is */
    DISK_KEEPS, /* all of it is */
};

struct disk_cut {
    unsigned sync;  /* the n-th from now on, from 1; 0: at none */
    unsigned write; /* before the n-th; 0: before none */
    bool done;      /* that sync was still carried out, but nobody heard of it */
    bool fails;     /* that sync fails instead, once, and nobody tries again: what it was to sync is
                     * read back but never gets to the disk; the power fails at disk_restore */
    bool lies;      /* every sync is answered at once and does nothing, as cheap disks do */
    enum disk_loss loss;
    uint64_t seed; /* which sectors */
};

/* Before anything else is done with SQLite. */
void disk_install(void);
/* Called before each write of a file that has a name, on the thread that writes; may itself use
 * other connections. NULL: nothing. While no other thread writes. */
typedef void disk_before_write(void *context, const char *name);
void disk_watch(disk_before_write *watch, void *context);
/* Forgets all files: they begin anew. No file is open. */
void disk_forget(void);
void disk_arm(const struct disk_cut *cut);
/* Whether the power is off. */
bool disk_dark(void);
/* Puts the files into the state in which the cut left them, and the power back on. No file is open.
 * Returns whether the power had been cut. */
bool disk_restore(void);

#endif
