/* Keys of logs and witnesses, and checkpoints that they signed, for tests. A step that fails fails
 * the test. */
#ifndef MUSTER_TESTS_SIGNED_NOTE_H
#define MUSTER_TESTS_SIGNED_NOTE_H

#include "core/tlog/checkpoint.h"
#include "core/tlog/key.h"

/* A key of that name; its secret is `first` and zeros. Released by tlog_signer_fini. */
void signed_note_signer(struct tlog_signer *out, const char *name, enum tlog_key_type type,
                        uint8_t first);

/* A checkpoint of the log that has the signer's name. */
void signed_note_write(const struct tlog_signer *signer, uint64_t size,
                       const struct muster_hash *root, char note[TLOG_CHECKPOINT_BYTES + 1]);

#endif
