/* A line with the digest in hex, then the signed note. */
#include "gateway/service/copy_notice.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/encode.h"
#include "core/base/file.h"

#define PATH_BYTES   4096u
#define DIGEST_BYTES (2 * MUSTER_HASH_BYTES)
#define TEXT_BYTES   (DIGEST_BYTES + 1 + TLOG_CHECKPOINT_BYTES)

static enum muster_status make_path(const char *store, const char *suffix, char out[PATH_BYTES],
                                    struct muster_err *e)
{
    int len = snprintf(out, PATH_BYTES, "%s%s", store, suffix);
    return len < 0 || (size_t)len >= PATH_BYTES
               ? muster_fail(e, MUSTER_ECONFIG, "the store's path is too long")
               : MUSTER_OK;
}

enum muster_status copy_notice_write(const char *store, const char *suffix,
                                     const struct copy_notice *notice, struct muster_err *e)
{
    char path[PATH_BYTES];
    char digest[DIGEST_BYTES + 1];
    char text[TEXT_BYTES + 1];
    hex_encode(notice->digest.b, sizeof notice->digest.b, digest);
    int len = snprintf(text, sizeof text, "%s\n%s", digest, notice->note.text);
    if (len < 0 || (size_t)len >= sizeof text) {
        return muster_fail(e, MUSTER_EINTERNAL, "the checkpoint is too long");
    }
    enum muster_status status = make_path(store, suffix, path, e);
    return status == MUSTER_OK ? file_write(path, text, (size_t)len, 0600, e) : status;
}

enum muster_status copy_notice_parse(const struct tlog_key *key, struct muster_bytes text,
                                     struct copy_notice *out, struct muster_err *e)
{
    struct copy_notice found;
    const char *at = (const char *)text.at;
    if (text.len <= DIGEST_BYTES || at[DIGEST_BYTES] != '\n' ||
        !hex_decode(at, DIGEST_BYTES, found.digest.b, sizeof found.digest.b)) {
        return muster_fail(e, MUSTER_EMALFORMED, "the notice does not begin with a digest");
    }
    struct muster_bytes note = muster_bytes_of(at + DIGEST_BYTES + 1, text.len - DIGEST_BYTES - 1);
    enum muster_status status = log_note_open(key, note, &found.note, e);
    if (status == MUSTER_OK) {
        *out = found;
    }
    return status;
}

enum muster_status copy_notice_read(const char *store, const char *suffix,
                                    const struct tlog_key *key, struct copy_notice *out,
                                    struct muster_err *e)
{
    char path[PATH_BYTES];
    char *text = NULL;
    size_t len = 0;
    enum muster_status status = make_path(store, suffix, path, e);
    if (status == MUSTER_OK) {
        status = file_read(path, TEXT_BYTES, &text, &len, e);
    }
    if (status == MUSTER_OK) {
        status = copy_notice_parse(key, muster_bytes_of(text, len), out, e);
        status = status == MUSTER_OK ? status : muster_wrap(e, status, "%s", path);
    }
    muster_free(text);
    return status;
}

void copy_notice_remove(const char *store, const char *suffix)
{
    char path[PATH_BYTES];
    if (make_path(store, suffix, path, NULL) == MUSTER_OK) {
        (void)unlink(path);
    }
}
