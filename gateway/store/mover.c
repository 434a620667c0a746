/* Moves the write-ahead log into the database over a connection of its own, which does nothing
 * else.
 *
 * SQLite keeps that apart from commits: a pass moves what was committed when it began, and the log
 * is begun again only when a pass has moved all there is and synced the database. A pass that the
 * writer has overtaken is not synced by SQLite, yet counts as moved: it is synced here, so that the
 * last pass, which the writer waits for, has little to sync. */
#include "gateway/store/store.h"

#include "core/base/arena.h"
#include "gateway/store/connection.h"
#include "gateway/store/inside.h"

/* What the writer adds meanwhile is moved by a further pass; what that one leaves is little. */
#define PASSES 3
/* Not worth a pass of its own: the writer moves so many in about the time of a commit. */
#define REST_PAGES 128

struct store_mover {
    sqlite3 *db;
    struct store *st; /* the writer's: `unsynced` alone */
};

enum muster_status store_mover_open(struct store *st, struct store_mover **out,
                                    struct muster_err *e)
{
    const char *path = sqlite3_db_filename(st->db, "main");
    struct store_mover *mover = (struct store_mover *)muster_alloc(sizeof *mover);
    if (mover == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "Out of memory when opening the store.");
    }
    enum muster_status status = store_connection_open(path, CONNECTION_MOVES, &mover->db, e);
    if (status != MUSTER_OK) {
        muster_free(mover);
        return status;
    }
    mover->st = st;
    *out = mover;
    return MUSTER_OK;
}

void store_mover_close(struct store_mover *mover)
{
    if (mover == NULL) {
        return;
    }
    (void)sqlite3_close(mover->db); /* it has no statements: it cannot be busy */
    muster_free(mover);
}

static int move_once(struct store_mover *mover, int *pages, int *moved)
{
    sqlite3_file *database = NULL;
    int rc = sqlite3_wal_checkpoint_v2(mover->db, NULL, SQLITE_CHECKPOINT_PASSIVE, pages, moved);

    if (rc == SQLITE_OK) {
        rc = sqlite3_file_control(mover->db, "main", SQLITE_FCNTL_FILE_POINTER, &database);
    }
    if (rc == SQLITE_OK) {
        rc = database->pMethods->xSync(database, SQLITE_SYNC_NORMAL);
    }
    if (rc == SQLITE_IOERR_FSYNC) {
        atomic_store(&mover->st->unsynced, true);
    }
    return rc;
}

enum muster_status store_move(struct store_mover *mover, struct muster_err *e)
{
    int moved = 0;

    for (int pass = 0; pass < PASSES; pass++) {
        int pages = 0;
        int now = 0;
        int rc =
            atomic_load(&mover->st->unsynced) ? SQLITE_IOERR_FSYNC : move_once(mover, &pages, &now);
        if (rc != SQLITE_OK) {
            return sql_fail(rc, e, "moving the write-ahead log into the store");
        }
        if (now < pages || now - moved < REST_PAGES) {
            break; /* a snapshot needs the rest; or little has come meanwhile */
        }
        moved = now;
    }
    return MUSTER_OK;
}
