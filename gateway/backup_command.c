#include "gateway/backup_command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/cli.h"
#include "core/base/encode.h"
#include "core/domain/calendar.h"
#include "core/seal/keys.h"
#include "core/seal/primitives.h"
#include "gateway/service/copy_notice.h"
#include "gateway/service/log_check.h"
#include "gateway/store/backup.h"

#define PATH_BYTES 4096u

/* The public half of the key that signs this log. */
static enum muster_status load_key(const struct service_settings *settings, struct keys *keys,
                                   struct tlog_key *out, struct muster_err *e)
{
    struct tlog_signer signer = {.secret = NULL};
    uint8_t seed[SEAL_KEY_BYTES];
    enum muster_status status = keys_log(keys, seed, e);
    if (status == MUSTER_OK) {
        status = tlog_signer_init(&signer, muster_bytes_of_text(settings->log_origin),
                                  TLOG_KEY_NOTE, seed, NULL, e);
    }
    if (status == MUSTER_OK) {
        *out = signer.key;
    }
    muster_wipe(seed, sizeof seed);
    tlog_signer_fini(&signer);
    return status;
}

static enum muster_status check_copy(const struct service_settings *settings, const char *path,
                                     struct log_checked *out, struct muster_err *e)
{
    struct tlog_key key;
    struct record_keys keys = {.keys = NULL};
    struct store_reader *reader = NULL;
    enum muster_status status = keys_open(settings->keys, &keys.keys, e);
    if (status == MUSTER_OK) {
        status = keys_index(keys.keys, &keys.index_key, e);
    }
    if (status == MUSTER_OK) {
        status = load_key(settings, keys.keys, &key, e);
    }
    if (status == MUSTER_OK) {
        status = store_reader_open(path, &reader, e);
    }
    if (status == MUSTER_OK) {
        status = log_check(reader, &key, &keys, NULL, out, e);
    }
    if (status == MUSTER_OK && out->size == 0) {
        status = muster_fail(e, MUSTER_ECORRUPT, "the store holds no log");
    }
    store_reader_close(reader);
    muster_wipe(&keys.index_key, sizeof keys.index_key);
    keys_close(keys.keys);
    return status;
}

/* From one path to another, by a name of its own until it has been checked. */
static enum muster_status copy_checked(const struct service_settings *settings, const char *from,
                                       const char *to, struct log_checked *checked,
                                       struct muster_err *e)
{
    char part[PATH_BYTES];
    int len = snprintf(part, sizeof part, "%s.part", to);
    if (len < 0 || (size_t)len >= sizeof part) {
        return muster_fail(e, MUSTER_EUSAGE, "the path is too long");
    }
    enum muster_status status = store_copy(from, part, e);
    if (status != MUSTER_OK) {
        return muster_wrap(e, status, "%s", part);
    }
    status = check_copy(settings, part, checked, e);
    if (status == MUSTER_OK) {
        status = store_copy_keep(part, to, e);
    }
    if (status != MUSTER_OK) {
        store_copy_drop(part);
        return muster_wrap(e, status, "%s", to);
    }
    return MUSTER_OK;
}

/* SHA-256 of a copy that nobody writes to any more. */
static enum muster_status digest_copy(const char *path, struct muster_hash *out,
                                      struct muster_err *e)
{
    struct seal_context *seal = NULL;
    struct stat info;
    void *bytes = MAP_FAILED;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &info) == 0) {
        bytes = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    int error = errno;
    if (fd >= 0) {
        (void)close(fd); /* it was only read from */
    }
    if (bytes == MAP_FAILED) {
        return muster_fail(e, MUSTER_EIO, "cannot read %s: %s", path, strerror(error));
    }
    struct muster_bytes piece = muster_bytes_of(bytes, (size_t)info.st_size);
    enum muster_status status = seal_context_new(&seal, e);
    if (status == MUSTER_OK) {
        status = seal_digest(seal, &piece, 1, out, e);
    }
    seal_context_free(seal);
    (void)munmap(bytes, (size_t)info.st_size);
    return status;
}

/* Tells the gateway of a copy: the one that runs, or the next one. */
static enum muster_status tell_gateway(const struct service_settings *settings, const char *copy,
                                       const char *suffix, const struct log_checked *checked,
                                       struct muster_err *e)
{
    struct copy_notice notice = {.note = checked->last};
    enum muster_status status = digest_copy(copy, &notice.digest, e);
    return status == MUSTER_OK ? copy_notice_write(settings->store, suffix, &notice, e) : status;
}

static void print_checked(const char *what, const char *path, const struct log_checked *checked)
{
    char root[2 * MUSTER_HASH_BYTES + 1];
    char at[CALENDAR_UTC_BYTES];
    hex_encode(checked->root.b, sizeof checked->root.b, root);
    calendar_utc_format(checked->at, at);
    printf("%s %s, verified\nlog size    %" PRIu64 "\nroot        %s\nlast entry  %s\n", what, path,
           checked->size, root, at);
    if (checked->closed > 0) {
        printf("unopened    %" PRIu64
               " records, whose months' keys are gone: they were not compared "
               "with what reports are made from\n",
               checked->closed);
    }
}

static int complain(const struct muster_err *e)
{
    fprintf(stderr, "musterd: %s\n", e->text);
    return CLI_FAILED;
}

int backup_command_take(const struct service_settings *settings, const char *path)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct log_checked checked;
    if (access(path, F_OK) == 0) {
        fprintf(stderr, "musterd: %s is there already: name another file\n", path);
        return CLI_FAILED;
    }
    if (copy_checked(settings, settings->store, path, &checked, &e) != MUSTER_OK) {
        return complain(&e);
    }
    print_checked("backup", path, &checked);
    if (tell_gateway(settings, path, COPY_NOTICE_BACKUP, &checked, &e) != MUSTER_OK) {
        fprintf(stderr, "musterd: the backup is good, but the gateway cannot be told of it\n");
        return complain(&e);
    }
    printf("\nThe keys are not in it: they are kept apart, with their own custodians. The gateway "
           "takes note of it within seconds; agents then drop what it covers, so keep it.\n");
    return CLI_DONE;
}

int backup_command_restore(const struct service_settings *settings, const char *path)
{
    struct muster_err e = {MUSTER_OK, ""};
    struct log_checked checked;
    int lock = -1;
    enum muster_status status = store_hold(settings->store, &lock, &e);
    if (status == MUSTER_OK) {
        status = store_want_none(settings->store, &e);
    }
    if (status == MUSTER_OK) {
        status = copy_checked(settings, path, settings->store, &checked, &e);
    }
    if (status == MUSTER_OK) {
        status = tell_gateway(settings, settings->store, COPY_NOTICE_RESTORED, &checked, &e);
    }
    if (lock >= 0) {
        (void)close(lock); /* releases the lock; nothing was written through it */
    }
    if (status != MUSTER_OK) {
        return complain(&e);
    }
    print_checked("restored", settings->store, &checked);
    printf(
        "\nWhat was accepted after that is not in it. Now give log_origin a new name (%s has been "
        "used) and start: the log begins under that name with these entries. Hand every partner "
        "the new log_vkey_file; each agent then sends again by itself what is missing. Receipts "
        "of later entries stay evidence: tell the partners before the start.\n",
        checked.last.origin);
    return CLI_DONE;
}
