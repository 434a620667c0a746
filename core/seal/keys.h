/* The gateway's key directory, kept apart from the database and its backups:
 *
 *   kek-YYYY-MM.key   wraps the secrets of the records whose retention ends in that month; when the
 *                     month is over the file is destroyed, and with it every copy of those records
 *   index.key         key of the blind indexes: another one finds nothing of what is stored
 *   log.key           Ed25519 seed that signs the log's checkpoints
 *
 * Keys are read when first asked for and kept in one page-aligned area that is locked, left out of
 * core dumps, and wiped by keys_close. Thread-safe, except keys_close. Reading a key for the first
 * time blocks on the disk. */
#ifndef MUSTER_SEAL_KEYS_H
#define MUSTER_SEAL_KEYS_H

#include "core/seal/month.h"
#include "core/seal/primitives.h"

struct keys;

/* `folder` must exist; no key is read yet. The caller owns *out. */
enum muster_status keys_open(const char *folder, struct keys **out,
                             struct muster_err *e) MUSTER_MUST_CHECK;
/* Wipes all keys. Accepts NULL. */
void keys_close(struct keys *keys);

/* Copies a key into `out`, which the caller wipes. A month without a key, or a directory without
 * index or log key, is MUSTER_ECONFIG with a sentence that names the command to run. */
enum muster_status keys_kek(struct keys *keys, const char *month, uint8_t out[SEAL_KEY_BYTES],
                            struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status keys_index(struct keys *keys, struct seal_mac_key *out,
                              struct muster_err *e) MUSTER_MUST_CHECK;
enum muster_status keys_log(struct keys *keys, uint8_t out[SEAL_KEY_BYTES],
                            struct muster_err *e) MUSTER_MUST_CHECK;

/* Hands out the name of every key in the folder (kek-2028-01, index, log), in any order. Reads
 * none. A result of `fn` other than MUSTER_OK ends it. Blocks on the disk. */
typedef enum muster_status keys_name_fn(void *context, const char *name, struct muster_err *e);
enum muster_status keys_each(struct keys *keys, keys_name_fn *fn, void *context,
                             struct muster_err *e) MUSTER_MUST_CHECK;

/* Makes the missing keys of the months `from` to `through`, both included, and never overwrites
 * one. `from` is the present month or later: a month that is over must not get a second key. In a
 * folder without any month's key it first makes index.key and log.key where they are missing; later
 * on a missing one is MUSTER_ECONFIG, since it was lost and has to come from escrow. *made counts
 * new files. On failure the keys made so far stay. */
enum muster_status keys_make_through(const char *folder, const char *from, const char *through,
                                     size_t *made, struct muster_err *e) MUSTER_MUST_CHECK;

/* Destroys the key of a month: overwrites and removes the file and forgets the copy in memory. What
 * was sealed for that month cannot be opened again, here or from any backup. A month without a key
 * is MUSTER_ENOTFOUND. Overwriting does not reach every block of a flash disk or a snapshot. */
enum muster_status keys_destroy(struct keys *keys, const char *month,
                                struct muster_err *e) MUSTER_MUST_CHECK;

#endif
