#include "agents/client/witness.h"

#include <string.h>

#include "core/tlog/cosignature.h"
#include "core/tlog/note.h"
#include "core/tlog/verify.h"

void witness_init(struct witness *witness, const struct tlog_key *log_key,
                  struct tlog_hasher *hasher)
{
    *witness = (struct witness){.log_key = log_key, .hasher = hasher};
}

static enum muster_status check_there(const char *text, struct muster_err *e)
{
    return text != NULL ? MUSTER_OK
                        : muster_fail(e, MUSTER_EUNVERIFIED,
                                      "the gateway's answer comes without a checkpoint");
}

/* Reads a note, which may have other signature lines too, and checks that the log has signed it.
 * `note` and `parsed` borrow from the text. */
static enum muster_status open_lines(const struct witness *witness, const char *text,
                                     struct tlog_note *note, struct tlog_checkpoint *parsed,
                                     struct muster_err *e)
{
    struct tlog_opened opened;
    enum muster_status status = tlog_note_parse(note, muster_bytes_of_text(text), NULL, e);
    if (status == MUSTER_OK) {
        status = tlog_note_open(note, witness->log_key, 1, &opened, NULL, e);
    }
    if (status == MUSTER_OK) {
        status = tlog_checkpoint_parse_own(parsed, note->text,
                                           muster_bytes_of_text(witness->log_key->name), NULL, e);
    }
    return status;
}

/* Of a note that is to be kept: it is there, and fits. */
static enum muster_status check_note(const char *text, struct muster_err *e)
{
    enum muster_status status = check_there(text, e);
    if (status == MUSTER_OK && strlen(text) > TLOG_CHECKPOINT_BYTES) {
        status = muster_fail(e, MUSTER_ETOOBIG, "the gateway's checkpoint is too long");
    }
    return status;
}

/* The same for one that is to be kept. */
static enum muster_status open_note(const struct witness *witness, const char *text,
                                    struct tlog_checkpoint *parsed, struct muster_err *e)
{
    struct tlog_note note;
    enum muster_status status = check_note(text, e);
    return status == MUSTER_OK ? open_lines(witness, text, &note, parsed, e) : status;
}

static void keep(struct witness_checkpoint *out, const struct tlog_checkpoint *parsed,
                 const char *note)
{
    out->size = parsed->size;
    out->root = parsed->root;
    memcpy(out->note, note, strlen(note) + 1); /* open_note has measured it */
}

static enum muster_status recall(struct witness *witness, const char *note,
                                 struct witness_checkpoint *out, struct muster_err *e)
{
    struct tlog_checkpoint parsed;
    if (note == NULL) {
        return MUSTER_OK;
    }
    if (open_note(witness, note, &parsed, e) != MUSTER_OK) {
        return muster_fail(e, MUSTER_ECORRUPT,
                           "what was remembered of the log is not signed by %s: the outbox was "
                           "altered, or the log's key was changed under its old name",
                           witness->log_key->name);
    }
    keep(out, &parsed, note);
    return MUSTER_OK;
}

enum muster_status witness_recall(struct witness *witness, const char *memory, const char *cosigned,
                                  struct muster_err *e)
{
    enum muster_status status = recall(witness, memory, &witness->memory, e);
    return status == MUSTER_OK ? recall(witness, cosigned, &witness->cosigned, e) : status;
}

/* --- does the one continue the other? --------------------------------------------------------- */

static enum muster_status take_hashes(const struct codec_hashes *hashes, struct tlog_proof *proof)
{
    proof->count = 0;
    if (hashes->count > TLOG_PROOF_HASHES) {
        return MUSTER_ETOOBIG;
    }
    for (size_t i = 0; i < hashes->count; i++) {
        proof->hash[proof->count++] = hashes->at[i];
    }
    return MUSTER_OK;
}

static enum muster_status catch_it(struct witness *witness, const struct witness_checkpoint *known,
                                   const struct witness_checkpoint *received,
                                   const struct tlog_proof *proof, struct muster_err *e)
{
    enum witness_finding finding = received->size < known->size ? WITNESS_ROLLBACK : WITNESS_FORK;
    if (witness->caught.finding == WITNESS_FINE) {
        witness->caught = (struct witness_caught){finding, *known, *received, *proof};
    }
    return muster_fail(e, MUSTER_EUNVERIFIED,
                       "the log %s has %s: it was seen with %llu entries, and now with %llu",
                       witness->log_key->name,
                       finding == WITNESS_ROLLBACK ? "gone back" : "a history other than it had",
                       (unsigned long long)known->size, (unsigned long long)received->size);
}

/* Whether `received` continues `known`, which may be none. Both are signed, so that whatever does
 * not fit is the log's own contradiction. */
static enum muster_status check_continues(struct witness *witness,
                                          const struct witness_checkpoint *known,
                                          const struct witness_checkpoint *received,
                                          const struct codec_hashes *hashes, struct muster_err *e)
{
    struct tlog_proof proof;
    struct tlog_consistency claim = {known->size, received->size, known->root, received->root};
    if (known->size == 0) {
        return MUSTER_OK;
    }
    enum muster_status status = take_hashes(hashes, &proof);
    if (status == MUSTER_OK) {
        status = tlog_verify_consistency(witness->hasher, &claim, &proof, NULL, e);
    }
    if (status == MUSTER_OK || status == MUSTER_ENOMEM || status == MUSTER_EINTERNAL) {
        return status;
    }
    return catch_it(witness, known, received, &proof, e);
}

/* --- replies ---------------------------------------------------------------------------------- */

bool witness_same(const struct witness_checkpoint *a, const struct witness_checkpoint *b)
{
    return a->size == b->size && tlog_hash_equal(&a->root, &b->root);
}

enum muster_status witness_peek(const char *note, struct witness_checkpoint *out,
                                struct muster_err *e)
{
    struct tlog_note lines;
    struct tlog_checkpoint parsed;
    enum muster_status status = check_note(note, e);
    if (status == MUSTER_OK) {
        status = tlog_note_parse(&lines, muster_bytes_of_text(note), NULL, e);
    }
    if (status == MUSTER_OK) {
        status = tlog_checkpoint_parse(&parsed, lines.text, NULL, e);
    }
    if (status == MUSTER_OK) {
        keep(out, &parsed, note);
    }
    return status;
}

enum muster_status witness_take(struct witness *witness, const struct witness_checkpoint *base,
                                const char *note, const struct codec_hashes *consistency,
                                struct tlog_checkpoint *out, struct muster_err *e)
{
    struct tlog_checkpoint parsed;
    struct witness_checkpoint received;
    const struct witness_checkpoint *memory = &witness->memory;
    enum muster_status status = open_note(witness, note, &parsed, e);
    if (status != MUSTER_OK) {
        return status;
    }
    keep(&received, &parsed, note);
    status = check_continues(witness, base, &received, consistency, e);
    if (status == MUSTER_OK && received.size == memory->size && !witness_same(&received, memory)) {
        const struct tlog_proof none = {.count = 0};
        status = catch_it(witness, memory, &received, &none, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    if (witness_same(base, memory)) {
        witness->memory = received;
    }
    *out = parsed;
    return MUSTER_OK;
}

enum muster_status witness_confront(struct witness *witness, const char *note, struct muster_err *e)
{
    struct tlog_checkpoint parsed;
    struct witness_checkpoint received;
    const struct tlog_proof none = {.count = 0};
    enum muster_status status = open_note(witness, note, &parsed, e);
    if (status != MUSTER_OK) {
        return status;
    }
    keep(&received, &parsed, note);
    if (received.size > witness->memory.size || witness_same(&received, &witness->memory)) {
        return MUSTER_OK;
    }
    return catch_it(witness, &witness->memory, &received, &none, e);
}

/* --- cosigning -------------------------------------------------------------------------------- */

enum muster_status witness_offered(struct witness *witness, const struct tlog_checkpoint *newest,
                                   const char *newest_note, const struct codec_offer *offer,
                                   struct muster_err *e)
{
    struct tlog_checkpoint parsed;
    struct witness_checkpoint offered;
    struct witness_checkpoint last;
    enum muster_status status = open_note(witness, offer->checkpoint, &parsed, e);
    if (status != MUSTER_OK) {
        return status;
    }
    keep(&offered, &parsed, offer->checkpoint);
    keep(&last, newest, newest_note);
    if (offered.size == 0 || offered.size < witness->cosigned.size) {
        return muster_fail(e, MUSTER_EUNVERIFIED,
                           "the gateway offers a checkpoint to cosign that is older than the one "
                           "that was cosigned last");
    }
    status = check_continues(witness, &witness->cosigned, &offered, &offer->from_cosigned, e);
    if (status == MUSTER_OK) {
        status = check_continues(witness, &offered, &last, &offer->to_newest, e);
    }
    if (status == MUSTER_OK) {
        witness->cosigned = offered;
    }
    return status;
}

/* The note with the log's own line alone. */
static void keep_own_line(struct witness_checkpoint *out, const struct tlog_key *log_key,
                          const struct tlog_checkpoint *parsed, const struct tlog_note *note)
{
    struct tlog_text text;
    tlog_text_init(&text, out->note, sizeof out->note - 1);
    tlog_text_put(&text, note->text);
    tlog_text_put(&text, muster_bytes_of_text("\n"));
    for (size_t i = 0; i < note->count; i++) {
        if (memcmp(note->line[i].id, log_key->id, sizeof log_key->id) == 0) {
            tlog_text_put(&text, muster_bytes_of_text("\xe2\x80\x94 "));
            tlog_text_put(&text, note->line[i].name);
            tlog_text_put(&text, muster_bytes_of_text(" "));
            tlog_text_put(&text, note->line[i].base64);
            tlog_text_put(&text, muster_bytes_of_text("\n"));
            break;
        }
    }
    out->note[text.len] = '\0';
    out->size = parsed->size;
    out->root = parsed->root;
}

enum muster_status witness_earlier(struct witness *witness, const struct tlog_checkpoint *newest,
                                   const char *newest_note, const char *note,
                                   const struct codec_hashes *to_newest,
                                   struct tlog_checkpoint *out, struct muster_err *e)
{
    struct tlog_note lines = {.count = 0};
    struct tlog_checkpoint parsed = {.size = 0};
    struct witness_checkpoint earlier;
    struct witness_checkpoint last;
    enum muster_status status = check_there(note, e);
    if (status == MUSTER_OK) {
        status = open_lines(witness, note, &lines, &parsed, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    keep_own_line(&earlier, witness->log_key, &parsed, &lines);
    keep(&last, newest, newest_note);
    status = check_continues(witness, &earlier, &last, to_newest, e);
    if (status == MUSTER_OK) {
        *out = parsed;
    }
    return status;
}

enum muster_status witness_cosign(const struct witness *witness, const struct tlog_signer *signer,
                                  uint64_t time, struct tlog_text *out, struct muster_err *e)
{
    struct tlog_note note;
    enum muster_status status =
        tlog_note_parse(&note, muster_bytes_of_text(witness->cosigned.note), NULL, e);
    return status == MUSTER_OK ? tlog_cosign(out, note.text, time, signer, e) : status;
}
