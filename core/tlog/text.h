/* The small text the log's formats are made of: lines, decimal numbers, base64 hashes; written into
 * memory of the caller, read without copying. */
#ifndef MUSTER_TLOG_TEXT_H
#define MUSTER_TLOG_TEXT_H

#include <muster/bytes.h>
#include <muster/status.h>

/* Text under construction. Not NUL-terminated. What does not fit is left out and remembered: one
 * tlog_text_check at the end decides. */
struct tlog_text {
    char *at;
    size_t room;
    size_t len;
    bool full;
};

void tlog_text_init(struct tlog_text *text, char *at, size_t room);
void tlog_text_put(struct tlog_text *text, struct muster_bytes bytes);
void tlog_text_base64(struct tlog_text *text, struct muster_bytes bytes);
void tlog_text_decimal(struct tlog_text *text, uint64_t number);
/* MUSTER_ETOOBIG when the room was not enough. */
enum muster_status tlog_text_check(const struct tlog_text *text,
                                   struct muster_err *e) MUSTER_MUST_CHECK;
/* What has been written; borrowed. */
struct muster_bytes tlog_text_bytes(const struct tlog_text *text);

/* Takes the first line off `rest`, without its line feed. False, with nothing changed, when there
 * is no line feed left. */
bool tlog_line_take(struct muster_bytes *rest, struct muster_bytes *line);
/* Takes `prefix` off the front of `line`; false, with nothing changed, when it is not there. */
bool tlog_prefix_take(struct muster_bytes *line, const char *prefix);
/* Where `c` first is; bytes.len when nowhere. */
size_t tlog_find(struct muster_bytes bytes, char c);
bool tlog_bytes_equal(struct muster_bytes a, struct muster_bytes b);

/* Digits only, no leading zero, at most 2^63 - 1. */
bool tlog_decimal_read(struct muster_bytes text, uint64_t *out);
/* The canonical base64 of 32 bytes. */
bool tlog_hash_decode(struct muster_bytes text, struct muster_hash *out);
/* Whether `text` is canonical base64, of any length; the decoded length is put into *len. */
bool tlog_base64_valid(struct muster_bytes text, size_t *len);

#endif
