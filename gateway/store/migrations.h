/* The schema, as numbered steps: step n brings a store of schema n - 1 to schema n. A step that has
 * been released is never edited; a change is a further step. */
#ifndef MUSTER_STORE_MIGRATIONS_H
#define MUSTER_STORE_MIGRATIONS_H

#define STORE_SCHEMA         2          /* PRAGMA user_version */
#define STORE_APPLICATION_ID 0x4d535452 /* "MSTR": PRAGMA application_id */

#define APPEND_ONLY(table)                                       \
    "CREATE TRIGGER " table "_keep BEFORE DELETE ON " table      \
    " BEGIN SELECT RAISE(ABORT, 'append-only'); END",            \
        "CREATE TRIGGER " table "_fixed BEFORE UPDATE ON " table \
        " BEGIN SELECT RAISE(ABORT, 'append-only'); END"

/* The statements of step `number` (1 .. STORE_SCHEMA), ended by NULL. */
const char *const *store_migration(int number);

extern const char *const migrations_step_2[];

#endif
