#include "core/tlog/checkpoint.h"

static enum tlog_reason read_checkpoint(struct tlog_checkpoint *checkpoint,
                                        struct muster_bytes text)
{
    struct muster_bytes size;
    struct muster_bytes root;
    struct muster_bytes extension;
    if (!tlog_line_take(&text, &checkpoint->origin) || checkpoint->origin.len == 0 ||
        !tlog_line_take(&text, &size) || !tlog_line_take(&text, &root)) {
        return TLOG_BAD_CHECKPOINT;
    }
    if (!tlog_decimal_read(size, &checkpoint->size)) {
        return TLOG_BAD_SIZE;
    }
    if (!tlog_hash_decode(root, &checkpoint->root)) {
        return TLOG_BAD_HASH;
    }
    checkpoint->extended = text.len > 0;
    while (tlog_line_take(&text, &extension)) {
        if (extension.len == 0) {
            return TLOG_BAD_CHECKPOINT;
        }
    }
    return text.len == 0 ? TLOG_GOOD : TLOG_BAD_CHECKPOINT;
}

enum muster_status tlog_checkpoint_parse(struct tlog_checkpoint *checkpoint,
                                         struct muster_bytes text, enum tlog_reason *why,
                                         struct muster_err *e)
{
    struct tlog_checkpoint parsed;
    enum tlog_reason reason = read_checkpoint(&parsed, text);
    if (reason != TLOG_GOOD) {
        return tlog_refuse(reason, why, e);
    }
    *checkpoint = parsed;
    return MUSTER_OK;
}

enum muster_status tlog_checkpoint_parse_own(struct tlog_checkpoint *checkpoint,
                                             struct muster_bytes text, struct muster_bytes origin,
                                             enum tlog_reason *why, struct muster_err *e)
{
    struct tlog_checkpoint parsed;
    enum muster_status status = tlog_checkpoint_parse(&parsed, text, why, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (!tlog_bytes_equal(parsed.origin, origin)) {
        return tlog_refuse(TLOG_FOREIGN_ORIGIN, why, e);
    }
    if (parsed.extended) {
        return tlog_refuse(TLOG_EXTENDED, why, e);
    }
    *checkpoint = parsed;
    return MUSTER_OK;
}

enum muster_status tlog_checkpoint_format(struct tlog_text *out, struct muster_bytes origin,
                                          uint64_t size, const struct muster_hash *root,
                                          struct muster_err *e)
{
    if (origin.len == 0 || tlog_find(origin, '\n') != origin.len || size > (uint64_t)INT64_MAX) {
        return muster_fail(e, MUSTER_EUSAGE,
                           "A checkpoint needs an origin of one line and a size up to 2^63-1.");
    }
    tlog_text_put(out, origin);
    tlog_text_put(out, muster_bytes_of_text("\n"));
    tlog_text_decimal(out, size);
    tlog_text_put(out, muster_bytes_of_text("\n"));
    tlog_text_base64(out, muster_bytes_of(root->b, sizeof root->b));
    tlog_text_put(out, muster_bytes_of_text("\n"));
    return tlog_text_check(out, e);
}
