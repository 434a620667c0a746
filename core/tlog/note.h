/* Signed notes (C2SP signed-note v1.0.0): a text, an empty line, and signature lines
 * "— name base64(key id, signature)". */
#ifndef MUSTER_TLOG_NOTE_H
#define MUSTER_TLOG_NOTE_H

#include "core/tlog/key.h"

#define TLOG_NOTE_BYTES           65536u
#define TLOG_NOTE_SIGNATURES      64u
#define TLOG_SIGNATURE_LINE_BYTES 384u /* enough for any line this library writes */

struct tlog_signature_line {
    struct muster_bytes name;
    uint8_t id[TLOG_KEY_ID_BYTES];
    struct muster_bytes base64; /* key id and signature, canonical */
    size_t signature_len;       /* decoded, without the key id */
};

/* Borrows from what was parsed. */
struct tlog_note {
    struct muster_bytes text; /* with its last line feed: what is signed */
    size_t count;
    struct tlog_signature_line line[TLOG_NOTE_SIGNATURES];
};

/* Splits a note and checks its form, trusting nobody: at most TLOG_NOTE_BYTES, UTF-8, no control
 * character but the line feed, at least one signature line and at most TLOG_NOTE_SIGNATURES. */
enum muster_status tlog_note_parse(struct tlog_note *note, struct muster_bytes bytes,
                                   enum tlog_reason *why, struct muster_err *e) MUSTER_MUST_CHECK;

/* Signatures that verified. */
struct tlog_opened {
    size_t count;
    struct {
        size_t key;    /* place in the list of keys */
        uint64_t time; /* of a cosignature: seconds since 1970; else 0 */
    } by[TLOG_NOTE_SIGNATURES];
};

/* Verifies the signatures of the keys in `keys`, of either type. Lines of other keys are ignored; a
 * line by a key of the list that does not verify refuses the whole note (bad_signature). A note
 * that none of the keys has signed is accepted with count 0. */
enum muster_status tlog_note_check(const struct tlog_note *note, const struct tlog_key *keys,
                                   size_t key_count, struct tlog_opened *out, enum tlog_reason *why,
                                   struct muster_err *e) MUSTER_MUST_CHECK;

/* The same, but at least one of the keys must have signed (foreign_key). */
enum muster_status tlog_note_open(const struct tlog_note *note, const struct tlog_key *keys,
                                  size_t key_count, struct tlog_opened *out, enum tlog_reason *why,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

/* How many different cosignature keys signed: a key that signed twice, or stands in the list under
 * two names, is one witness. */
size_t tlog_opened_witnesses(const struct tlog_opened *opened, const struct tlog_key *keys);

/* Appends text, empty line and one signature: the note. The text ends with a line feed and has no
 * other control character (MUSTER_EUSAGE); the signer's key is a TLOG_KEY_NOTE (MUSTER_EUSAGE).
 * More signature lines may be appended to a note as they are. */
enum muster_status tlog_note_sign(struct tlog_text *out, struct muster_bytes text,
                                  const struct tlog_signer *signer,
                                  struct muster_err *e) MUSTER_MUST_CHECK;

/* Appends the signature line alone, for a second key. */
enum muster_status tlog_note_sign_line(struct tlog_text *out, struct muster_bytes text,
                                       const struct tlog_signer *signer,
                                       struct muster_err *e) MUSTER_MUST_CHECK;

/* Appends the line of a signature already made, of either type. */
void tlog_note_put_line(struct tlog_text *out, const struct tlog_key *key,
                        struct muster_bytes signature);

#endif
