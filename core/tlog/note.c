#include "core/tlog/note.h"

#include "core/base/encode.h"
#include "core/tlog/cosignature.h"

static const char dash[] = "\xe2\x80\x94 "; /* U+2014 and a space */

/* UTF-8 without control characters but the line feed. */
static bool is_note_text(struct muster_bytes bytes)
{
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.at[i] < 0x20 && bytes.at[i] != '\n') {
            return false;
        }
    }
    return utf8_valid((const char *)bytes.at, bytes.len);
}

/* Where the last empty line begins; bytes.len where there is none. */
static size_t find_last_empty_line(struct muster_bytes bytes)
{
    for (size_t at = bytes.len; at-- > 1;) {
        if (bytes.at[at] == '\n' && bytes.at[at - 1] == '\n') {
            return at;
        }
    }
    return bytes.len;
}

static bool read_line(struct muster_bytes bytes, struct tlog_signature_line *line)
{
    if (!tlog_prefix_take(&bytes, dash)) {
        return false;
    }
    size_t name_len = tlog_find(bytes, ' ');
    if (name_len == bytes.len) {
        return false;
    }
    line->name = muster_bytes_of(bytes.at, name_len);
    line->base64 = muster_bytes_of(bytes.at + name_len + 1, bytes.len - name_len - 1);
    size_t len = 0;
    if (!tlog_key_name_valid(line->name) || !tlog_base64_valid(line->base64, &len) ||
        len <= TLOG_KEY_ID_BYTES) {
        return false;
    }
    line->signature_len = len - TLOG_KEY_ID_BYTES;
    /* Six bytes are two groups of four characters; there is a byte behind the id, so two groups. */
    uint8_t head[6];
    if (!base64_decode((const char *)line->base64.at, 8, head, sizeof head, &len)) {
        return false;
    }
    memcpy(line->id, head, sizeof line->id);
    return true;
}

static enum tlog_reason split_note(struct tlog_note *note, struct muster_bytes bytes)
{
    if (bytes.len > TLOG_NOTE_BYTES) {
        return TLOG_TOO_LONG;
    }
    /* First, so that a cut within a character is told as a cut. */
    if (bytes.len == 0 || bytes.at[bytes.len - 1] != '\n') {
        return TLOG_TRUNCATED;
    }
    if (!is_note_text(bytes)) {
        return TLOG_NOT_TEXT;
    }
    size_t empty = find_last_empty_line(bytes);
    if (empty == bytes.len || empty + 1 == bytes.len) {
        return TLOG_TRUNCATED;
    }
    note->text = muster_bytes_of(bytes.at, empty);
    note->count = 0;
    struct muster_bytes rest = muster_bytes_of(bytes.at + empty + 1, bytes.len - empty - 1);
    struct muster_bytes line;
    while (tlog_line_take(&rest, &line)) {
        if (note->count == TLOG_NOTE_SIGNATURES) {
            return TLOG_TOO_MANY_SIGNATURES;
        }
        if (!read_line(line, &note->line[note->count])) {
            return TLOG_BAD_SIGNATURE_LINE;
        }
        note->count++;
    }
    return TLOG_GOOD;
}

enum muster_status tlog_note_parse(struct tlog_note *note, struct muster_bytes bytes,
                                   enum tlog_reason *why, struct muster_err *e)
{
    struct tlog_note parsed;
    enum tlog_reason reason = split_note(&parsed, bytes);
    if (reason != TLOG_GOOD) {
        return tlog_refuse(reason, why, e);
    }
    *note = parsed;
    return MUSTER_OK;
}

static bool is_line_of(const struct tlog_signature_line *line, const struct tlog_key *key)
{
    return memcmp(line->id, key->id, sizeof key->id) == 0 &&
           tlog_bytes_equal(line->name, muster_bytes_of_text(key->name));
}

/* Verifies one line by the key whose name and id it has. */
static enum muster_status check_line(const struct tlog_note *note,
                                     const struct tlog_signature_line *line,
                                     const struct tlog_key *key, uint64_t *time,
                                     enum tlog_reason *why, struct muster_err *e)
{
    uint8_t raw[TLOG_KEY_ID_BYTES + TLOG_COSIGNATURE_BYTES];
    size_t len = 0;
    if (!base64_decode((const char *)line->base64.at, line->base64.len, raw, sizeof raw, &len)) {
        return tlog_refuse(TLOG_BAD_SIGNATURE, why, e); /* longer than either type's */
    }
    struct muster_bytes signature =
        muster_bytes_of(raw + TLOG_KEY_ID_BYTES, len - TLOG_KEY_ID_BYTES);
    switch (key->type) {
    case TLOG_KEY_NOTE:
        *time = 0;
        return tlog_key_verify(key->public_key, note->text, signature, why, e);
    case TLOG_KEY_COSIGNATURE:
        return tlog_cosignature_verify(key, note->text, signature, time, why, e);
    }
    return tlog_refuse(TLOG_KEY_TYPE, why, e);
}

enum muster_status tlog_note_check(const struct tlog_note *note, const struct tlog_key *keys,
                                   size_t key_count, struct tlog_opened *out, enum tlog_reason *why,
                                   struct muster_err *e)
{
    struct tlog_opened opened = {.count = 0};
    for (size_t i = 0; i < note->count; i++) {
        for (size_t k = 0; k < key_count; k++) {
            if (!is_line_of(&note->line[i], &keys[k])) {
                continue;
            }
            uint64_t time = 0;
            enum muster_status status = check_line(note, &note->line[i], &keys[k], &time, why, e);
            if (status != MUSTER_OK) {
                return status;
            }
            opened.by[opened.count].key = k;
            opened.by[opened.count].time = time;
            opened.count++;
            break; /* name and id are one key: the same key again in the list adds nothing */
        }
    }
    *out = opened;
    return MUSTER_OK;
}

enum muster_status tlog_note_open(const struct tlog_note *note, const struct tlog_key *keys,
                                  size_t key_count, struct tlog_opened *out, enum tlog_reason *why,
                                  struct muster_err *e)
{
    struct tlog_opened opened;
    enum muster_status status = tlog_note_check(note, keys, key_count, &opened, why, e);
    if (status != MUSTER_OK) {
        return status;
    }
    if (opened.count == 0) {
        return tlog_refuse(TLOG_FOREIGN_KEY, why, e);
    }
    *out = opened;
    return MUSTER_OK;
}

static bool is_same_secret(const struct tlog_key *a, const struct tlog_key *b)
{
    return memcmp(a->public_key, b->public_key, sizeof a->public_key) == 0;
}

size_t tlog_opened_witnesses(const struct tlog_opened *opened, const struct tlog_key *keys)
{
    size_t witnesses = 0;
    for (size_t i = 0; i < opened->count; i++) {
        const struct tlog_key *key = &keys[opened->by[i].key];
        bool counts = key->type == TLOG_KEY_COSIGNATURE;
        for (size_t before = 0; counts && before < i; before++) {
            const struct tlog_key *other = &keys[opened->by[before].key];
            counts = other->type != TLOG_KEY_COSIGNATURE || !is_same_secret(key, other);
        }
        witnesses += counts ? 1 : 0;
    }
    return witnesses;
}

void tlog_note_put_line(struct tlog_text *out, const struct tlog_key *key,
                        struct muster_bytes signature)
{
    uint8_t raw[TLOG_KEY_ID_BYTES + TLOG_COSIGNATURE_BYTES];
    if (signature.len > TLOG_COSIGNATURE_BYTES) {
        out->full = true;
        return;
    }
    memcpy(raw, key->id, TLOG_KEY_ID_BYTES);
    memcpy(raw + TLOG_KEY_ID_BYTES, signature.at, signature.len);
    tlog_text_put(out, muster_bytes_of_text(dash));
    tlog_text_put(out, muster_bytes_of_text(key->name));
    tlog_text_put(out, muster_bytes_of_text(" "));
    tlog_text_base64(out, muster_bytes_of(raw, TLOG_KEY_ID_BYTES + signature.len));
    tlog_text_put(out, muster_bytes_of_text("\n"));
}

enum muster_status tlog_note_sign_line(struct tlog_text *out, struct muster_bytes text,
                                       const struct tlog_signer *signer, struct muster_err *e)
{
    uint8_t signature[TLOG_SIGNATURE_BYTES];
    if (signer->key.type != TLOG_KEY_NOTE) {
        return muster_fail(e, MUSTER_EUSAGE, "A witness's key signs cosignatures only, no notes.");
    }
    if (text.len == 0 || text.at[text.len - 1] != '\n' || !is_note_text(text)) {
        return muster_fail(e, MUSTER_EUSAGE,
                           "A note is UTF-8 text without control characters that ends its line.");
    }
    enum muster_status status = tlog_signer_sign(signer, text, signature, e);
    if (status != MUSTER_OK) {
        return status;
    }
    tlog_note_put_line(out, &signer->key, muster_bytes_of(signature, sizeof signature));
    return tlog_text_check(out, e);
}

enum muster_status tlog_note_sign(struct tlog_text *out, struct muster_bytes text,
                                  const struct tlog_signer *signer, struct muster_err *e)
{
    tlog_text_put(out, text);
    tlog_text_put(out, muster_bytes_of_text("\n"));
    return tlog_note_sign_line(out, text, signer, e);
}
