#include "core/tlog/cosignature.h"

#include "core/base/encode.h"
#include "core/tlog/note.h"

#define TIME_BYTES     8u
#define NAME_KEY_BYTES 4u
#define HEADING_BYTES  64u /* "cosignature/v1", "time", 20 digits, three line feeds */

/* The message that is signed. */
static void put_message(struct tlog_text *out, struct muster_bytes text, uint64_t time)
{
    tlog_text_put(out, muster_bytes_of_text("cosignature/v1\ntime "));
    tlog_text_decimal(out, time);
    tlog_text_put(out, muster_bytes_of_text("\n"));
    tlog_text_put(out, text);
}

enum muster_status tlog_cosign(struct tlog_text *out, struct muster_bytes text, uint64_t time,
                               const struct tlog_signer *signer, struct muster_err *e)
{
    char memory[HEADING_BYTES + TLOG_COSIGNED_BYTES];
    uint8_t signature[TLOG_COSIGNATURE_BYTES];
    struct tlog_text message;
    if (signer->key.type != TLOG_KEY_COSIGNATURE) {
        return muster_fail(e, MUSTER_EUSAGE, "Only a witness's key of type 4 signs cosignatures.");
    }
    if (text.len > TLOG_COSIGNED_BYTES) {
        return muster_fail(e, MUSTER_ETOOBIG, "The checkpoint is too long to be cosigned.");
    }
    tlog_text_init(&message, memory, sizeof memory);
    put_message(&message, text, time);
    for (size_t i = 0; i < TIME_BYTES; i++) {
        signature[i] = (uint8_t)(time >> (8 * (TIME_BYTES - 1 - i)));
    }
    enum muster_status status =
        tlog_signer_sign(signer, tlog_text_bytes(&message), signature + TIME_BYTES, e);
    if (status != MUSTER_OK) {
        return status;
    }
    tlog_note_put_line(out, &signer->key, muster_bytes_of(signature, sizeof signature));
    return tlog_text_check(out, e);
}

enum muster_status tlog_cosignature_verify(const struct tlog_key *key, struct muster_bytes text,
                                           struct muster_bytes signature, uint64_t *time,
                                           enum tlog_reason *why, struct muster_err *e)
{
    char memory[HEADING_BYTES + TLOG_COSIGNED_BYTES];
    struct tlog_text message;
    uint64_t seconds = 0;
    if (signature.len != TLOG_COSIGNATURE_BYTES) {
        return tlog_refuse(TLOG_BAD_SIGNATURE, why, e);
    }
    if (text.len > TLOG_COSIGNED_BYTES) {
        return tlog_refuse(TLOG_TOO_LONG, why, e);
    }
    for (size_t i = 0; i < TIME_BYTES; i++) {
        seconds = seconds << 8 | signature.at[i];
    }
    tlog_text_init(&message, memory, sizeof memory);
    put_message(&message, text, seconds);
    enum muster_status status =
        tlog_key_verify(key->public_key, tlog_text_bytes(&message),
                        muster_bytes_of(signature.at + TIME_BYTES, TLOG_SIGNATURE_BYTES), why, e);
    if (status == MUSTER_OK) {
        *time = seconds;
    }
    return status;
}

void tlog_witness_name(struct tlog_text *out, const char *origin, const char *agency,
                       const uint8_t public_key[TLOG_KEY_BYTES])
{
    struct muster_bytes host = muster_bytes_of_text(origin);
    char hex[2 * NAME_KEY_BYTES + 1];
    host.len = tlog_find(host, '/');
    hex_encode(public_key, NAME_KEY_BYTES, hex);
    tlog_text_put(out, host);
    tlog_text_put(out, muster_bytes_of_text("/witness/"));
    tlog_text_put(out, muster_bytes_of_text(agency));
    tlog_text_put(out, muster_bytes_of_text("/"));
    tlog_text_put(out, muster_bytes_of_text(hex));
}
