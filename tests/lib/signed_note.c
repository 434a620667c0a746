#include "tests/lib/signed_note.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first. */
#include <cmocka.h>

#include "core/tlog/note.h"

void signed_note_signer(struct tlog_signer *out, const char *name, enum tlog_key_type type,
                        uint8_t first)
{
    const uint8_t seed[TLOG_KEY_BYTES] = {first};
    assert_int_equal(tlog_signer_init(out, muster_bytes_of_text(name), type, seed, NULL, NULL),
                     MUSTER_OK);
}

void signed_note_write(const struct tlog_signer *signer, uint64_t size,
                       const struct muster_hash *root, char note[TLOG_CHECKPOINT_BYTES + 1])
{
    char body[TLOG_CHECKPOINT_BYTES];
    struct tlog_text text;
    struct tlog_text out;
    tlog_text_init(&text, body, sizeof body);
    tlog_text_init(&out, note, TLOG_CHECKPOINT_BYTES);
    assert_int_equal(
        tlog_checkpoint_format(&text, muster_bytes_of_text(signer->key.name), size, root, NULL),
        MUSTER_OK);
    assert_int_equal(tlog_note_sign(&out, tlog_text_bytes(&text), signer, NULL), MUSTER_OK);
    note[out.len] = '\0';
}
