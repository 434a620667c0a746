#include "core/seal/keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/seal/key_file.h"

#define FOLDER_BYTES 3072
#define PATH_BYTES   4096
#define NAME_BYTES   24  /* "kek-2028-01.key" */
#define CACHED       128 /* months in use at a time are about 25; the oldest makes room beyond */

struct cached_key {
    char name[NAME_BYTES]; /* empty: unused */
    uint8_t key[SEAL_KEY_BYTES];
};

struct keys {
    pthread_mutex_t lock; /* guards all below */
    char folder[FOLDER_BYTES];
    size_t next; /* slot to fill next */
    struct cached_key cached[CACHED];
};

static void path_of(const char *folder, const char *name, char out[PATH_BYTES])
{
    /* keys_open and keys_make_through have checked the folder's length. */
    (void)snprintf(out, PATH_BYTES, "%s/%s", folder, name);
}

static void month_name(const char *month, char out[NAME_BYTES])
{
    (void)snprintf(out, NAME_BYTES, "kek-%.7s.key", month); /* checked by month_valid */
}

static enum muster_status check_folder(const char *folder, struct muster_err *e)
{
    struct stat st;
    if (strlen(folder) >= FOLDER_BYTES) {
        return muster_fail(e, MUSTER_ECONFIG, "the name of the key directory is too long");
    }
    if (stat(folder, &st) != 0 || !S_ISDIR(st.st_mode)) {
        return muster_fail(e, MUSTER_ECONFIG,
                           "the key directory %s is missing: make it, readable by musterd alone, "
                           "and run musterd keys create --through YYYY-MM",
                           folder);
    }
    return MUSTER_OK;
}

enum muster_status keys_open(const char *folder, struct keys **out, struct muster_err *e)
{
    enum muster_status status = check_folder(folder, e);
    if (status != MUSTER_OK) {
        return status;
    }
    void *area =
        mmap(NULL, sizeof(struct keys), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory for keys");
    }
    if (madvise(area, sizeof(struct keys), MADV_DONTDUMP) != 0) {
        (void)munmap(area, sizeof(struct keys));
        return muster_fail(e, MUSTER_EIO, "cannot keep keys out of core dumps: %s",
                           strerror(errno));
    }
    /* Locking may be limited for an ordinary user; encrypted swap is in the deployment notes. */
    (void)mlock(area, sizeof(struct keys));
    struct keys *keys = (struct keys *)area;
    if (pthread_mutex_init(&keys->lock, NULL) != 0) {
        (void)munmap(area, sizeof *keys);
        return muster_fail(e, MUSTER_ENOMEM, "out of memory for keys");
    }
    memcpy(keys->folder, folder, strlen(folder) + 1);
    *out = keys;
    return MUSTER_OK;
}

void keys_close(struct keys *keys)
{
    if (keys == NULL) {
        return;
    }
    (void)pthread_mutex_destroy(&keys->lock); /* nobody holds it any more */
    muster_wipe(keys, sizeof *keys);
    (void)munmap(keys, sizeof *keys);
}

static struct cached_key *find(struct keys *keys, const char *name)
{
    for (size_t i = 0; i < CACHED; i++) {
        if (strcmp(keys->cached[i].name, name) == 0) {
            return &keys->cached[i];
        }
    }
    return NULL;
}

/* With the lock held. */
static enum muster_status get_locked(struct keys *keys, const char *name,
                                     uint8_t out[SEAL_KEY_BYTES], struct muster_err *e)
{
    const struct cached_key *known = find(keys, name);
    if (known == NULL) {
        char path[PATH_BYTES];
        struct cached_key *slot = &keys->cached[keys->next];
        path_of(keys->folder, name, path);
        enum muster_status status = key_file_read(path, slot->key, e);
        if (status != MUSTER_OK) {
            return status;
        }
        memcpy(slot->name, name, strlen(name) + 1);
        keys->next = (keys->next + 1) % CACHED;
        known = slot;
    }
    memcpy(out, known->key, SEAL_KEY_BYTES);
    return MUSTER_OK;
}

static enum muster_status get(struct keys *keys, const char *name, uint8_t out[SEAL_KEY_BYTES],
                              struct muster_err *e)
{
    (void)pthread_mutex_lock(&keys->lock); /* cannot fail: a plain mutex, taken once */
    enum muster_status status = get_locked(keys, name, out, e);
    (void)pthread_mutex_unlock(&keys->lock);
    return status;
}

enum muster_status keys_kek(struct keys *keys, const char *month, uint8_t out[SEAL_KEY_BYTES],
                            struct muster_err *e)
{
    char name[NAME_BYTES];
    if (!month_valid(month)) {
        return muster_fail(e, MUSTER_EUSAGE, "a key is named by a month, YYYY-MM");
    }
    month_name(month, name);
    enum muster_status status = get(keys, name, out, e);
    if (status == MUSTER_ENOTFOUND) {
        return muster_fail(e, MUSTER_ECONFIG,
                           "%s has no key for %s: for a month to come run musterd keys create "
                           "--through %s; of a month past the key was destroyed on purpose",
                           keys->folder, month, month);
    }
    return status;
}

static enum muster_status get_lasting(struct keys *keys, const char *name,
                                      uint8_t out[SEAL_KEY_BYTES], struct muster_err *e)
{
    enum muster_status status = get(keys, name, out, e);
    if (status == MUSTER_ENOTFOUND) {
        return muster_fail(e, MUSTER_ECONFIG,
                           "%s has no %s: restore it from escrow, or for a new gateway run musterd "
                           "keys create --through YYYY-MM",
                           keys->folder, name);
    }
    return status;
}

enum muster_status keys_index(struct keys *keys, struct seal_mac_key *out, struct muster_err *e)
{
    uint8_t key[SEAL_KEY_BYTES];
    enum muster_status status = get_lasting(keys, "index.key", key, e);
    if (status == MUSTER_OK) {
        seal_mac_key_init(out, key);
    }
    muster_wipe(key, sizeof key);
    return status;
}

enum muster_status keys_log(struct keys *keys, uint8_t out[SEAL_KEY_BYTES], struct muster_err *e)
{
    return get_lasting(keys, "log.key", out, e);
}

/* The name of the key in a file of ours: false for any other file. */
static bool key_name(const char *file, char out[NAME_BYTES])
{
    const char *dot = strrchr(file, '.');
    if (dot == NULL || strcmp(dot, ".key") != 0 || (size_t)(dot - file) >= NAME_BYTES) {
        return false;
    }
    memcpy(out, file, (size_t)(dot - file));
    out[dot - file] = '\0';
    return strcmp(out, "index") == 0 || strcmp(out, "log") == 0 ||
           (strncmp(out, "kek-", 4) == 0 && month_valid(out + 4));
}

static enum muster_status each_key(const char *folder, keys_name_fn *fn, void *context,
                                   struct muster_err *e)
{
    DIR *entries = opendir(folder);
    if (entries == NULL) {
        return muster_fail(e, MUSTER_EIO, "cannot list %s: %s", folder, strerror(errno));
    }
    enum muster_status status = MUSTER_OK;
    const struct dirent *entry = NULL;
    do {
        char name[NAME_BYTES];
        errno = 0;
        entry = readdir(entries);
        if (entry == NULL && errno != 0) {
            status = muster_fail(e, MUSTER_EIO, "cannot list %s: %s", folder, strerror(errno));
        } else if (entry != NULL && key_name(entry->d_name, name)) {
            status = fn(context, name, e);
        }
    } while (status == MUSTER_OK && entry != NULL);
    (void)closedir(entries); /* only read from */
    return status;
}

enum muster_status keys_each(struct keys *keys, keys_name_fn *fn, void *context,
                             struct muster_err *e)
{
    return each_key(keys->folder, fn, context, e);
}

static enum muster_status note_month(void *context, const char *name, struct muster_err *e)
{
    bool *found = (bool *)context;
    (void)e;
    *found = *found || strncmp(name, "kek-", 4) == 0;
    return MUSTER_OK;
}

static enum muster_status make_missing(const char *folder, const char *name, size_t *made,
                                       struct muster_err *e)
{
    char path[PATH_BYTES];
    path_of(folder, name, path);
    enum muster_status status = key_file_make(path, e);
    if (status == MUSTER_EEXISTS) {
        return MUSTER_OK;
    }
    *made += status == MUSTER_OK ? 1 : 0;
    return status;
}

/* The months' keys are made last, so that a run cut short is told from a key lost later. */
static enum muster_status make_lasting(const char *folder, size_t *made, struct muster_err *e)
{
    static const char *const names[] = {"index.key", "log.key"};
    bool in_use = false;
    enum muster_status status = each_key(folder, note_month, &in_use, e);
    for (size_t i = 0; status == MUSTER_OK && i < sizeof names / sizeof names[0]; i++) {
        char path[PATH_BYTES];
        path_of(folder, names[i], path);
        if (!in_use) {
            status = make_missing(folder, names[i], made, e);
        } else if (access(path, F_OK) != 0) {
            status = muster_fail(e, MUSTER_ECONFIG,
                                 "%s holds months' keys but no %s: restore it from escrow, a new "
                                 "one would not fit what is stored",
                                 folder, names[i]);
        }
    }
    return status;
}

enum muster_status keys_make_through(const char *folder, const char *from, const char *through,
                                     size_t *made, struct muster_err *e)
{
    if (!month_valid(from) || !month_valid(through) || month_distance(from, through) < 0) {
        return muster_fail(e, MUSTER_EUSAGE,
                           "keys are made through a month, YYYY-MM, that is not past");
    }
    if (month_distance(from, through) > (int)MONTH_TERM_MONTHS) {
        return muster_fail(e, MUSTER_ETOOBIG, "keys are made at most %u months ahead",
                           MONTH_TERM_MONTHS);
    }
    enum muster_status status = check_folder(folder, e);
    size_t count = 0;
    if (status == MUSTER_OK) {
        status = make_lasting(folder, &count, e);
    }
    char month[MONTH_TEXT_BYTES];
    memcpy(month, from, sizeof month);
    bool more = true; /* 9999-12 has no month after it */
    while (status == MUSTER_OK && more && month_distance(month, through) >= 0) {
        char name[NAME_BYTES];
        month_name(month, name);
        status = make_missing(folder, name, &count, e);
        more = month_next(month, month);
    }
    if (status == MUSTER_OK) {
        *made = count;
    }
    return status;
}

/* Before the name goes, so that no undelete finds the key; then the folder, so that it stays gone.
 */
static enum muster_status overwrite_and_remove(const char *folder, const char *path,
                                               struct muster_err *e)
{
    static const char zeros[2 * SEAL_KEY_BYTES + 1];
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        int error = errno;
        return muster_fail(e, error == ENOENT ? MUSTER_ENOTFOUND : MUSTER_EIO,
                           "cannot destroy key %s: %s", path, strerror(error));
    }
    bool good = pwrite(fd, zeros, sizeof zeros, 0) == (ssize_t)sizeof zeros && fsync(fd) == 0;
    good = close(fd) == 0 && good;
    good = good && unlink(path) == 0;
    fd = good ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    good = fd >= 0 && fsync(fd) == 0;
    int error = errno;
    if (fd >= 0) {
        (void)close(fd); /* a folder opened for reading */
    }
    if (!good) {
        return muster_fail(e, MUSTER_EIO, "cannot destroy key %s: %s", path, strerror(error));
    }
    return MUSTER_OK;
}

enum muster_status keys_destroy(struct keys *keys, const char *month, struct muster_err *e)
{
    char name[NAME_BYTES];
    char path[PATH_BYTES];
    if (!month_valid(month)) {
        return muster_fail(e, MUSTER_EUSAGE, "a key is named by a month, YYYY-MM");
    }
    month_name(month, name);
    path_of(keys->folder, name, path);
    (void)pthread_mutex_lock(&keys->lock); /* cannot fail: a plain mutex, taken once */
    struct cached_key *known = find(keys, name);
    if (known != NULL) {
        muster_wipe(known, sizeof *known);
    }
    enum muster_status status = overwrite_and_remove(keys->folder, path, e);
    (void)pthread_mutex_unlock(&keys->lock);
    return status;
}
