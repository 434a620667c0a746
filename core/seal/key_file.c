#include "core/seal/key_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/clock.h"
#include "core/base/encode.h"
#include "core/base/file.h"

#define LINE_BYTES (2 * SEAL_KEY_BYTES + 1)
#define PATH_BYTES 4096

enum muster_status key_file_read(const char *path, uint8_t out[SEAL_KEY_BYTES],
                                 struct muster_err *e)
{
    char *text = NULL;
    size_t len = 0;
    enum muster_status status = file_read_key(path, LINE_BYTES + 1, &text, &len, e);
    if (status == MUSTER_ETOOBIG) {
        return muster_fail(e, MUSTER_ECONFIG, "key %s is not 64 hex digits and a line feed", path);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    uint8_t key[SEAL_KEY_BYTES];
    if (len == LINE_BYTES && text[LINE_BYTES - 1] == '\n' &&
        hex_decode(text, LINE_BYTES - 1, key, sizeof key)) {
        memcpy(out, key, sizeof key);
    } else {
        status =
            muster_fail(e, MUSTER_ECONFIG, "key %s is not 64 hex digits and a line feed", path);
    }
    muster_wipe(key, sizeof key);
    muster_wipe(text, len);
    muster_free(text);
    return status;
}

static enum muster_status sync_folder_of(const char *path, struct muster_err *e)
{
    char *folder = file_beside(path, ".");
    if (folder == NULL) {
        return muster_fail(e, MUSTER_ENOMEM, "out of memory making a key");
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    muster_free(folder);
    bool synced = fd >= 0 && fsync(fd) == 0;
    int error = errno;
    if (fd >= 0) {
        (void)close(fd); /* a folder opened for reading: nothing is lost */
    }
    if (!synced) {
        return muster_fail(e, MUSTER_EIO, "cannot make %s durable: %s", path, strerror(error));
    }
    return MUSTER_OK;
}

/* link() refuses an existing name, which rename() would replace: a key must never be lost to a
 * second run. */
static enum muster_status put_in_place(const char *draft, const char *path, struct muster_err *e)
{
    if (link(draft, path) != 0) {
        int error = errno;
        return muster_fail(e, error == EEXIST ? MUSTER_EEXISTS : MUSTER_EIO,
                           "cannot make key %s: %s", path, strerror(error));
    }
    return sync_folder_of(path, e);
}

enum muster_status key_file_make(const char *path, struct muster_err *e)
{
    char draft[PATH_BYTES];
    int n = snprintf(draft, sizeof draft, "%s.draft-%ld", path, (long)getpid());
    if (n < 0 || (size_t)n >= sizeof draft) {
        return muster_fail(e, MUSTER_ETOOBIG, "the path of a key is too long");
    }
    uint8_t key[SEAL_KEY_BYTES] = {0};
    char line[LINE_BYTES + 1] = "";
    enum muster_status status = muster_random(key, sizeof key, e);
    if (status == MUSTER_OK) {
        hex_encode(key, sizeof key, line);
        line[LINE_BYTES - 1] = '\n';
        status = file_write(draft, line, LINE_BYTES, 0600, e);
    }
    muster_wipe(key, sizeof key);
    muster_wipe(line, sizeof line);
    if (status == MUSTER_OK) {
        status = put_in_place(draft, path, e);
        (void)unlink(draft); /* a left-over draft is no key and is written anew the next time */
    }
    return status;
}
