/* Signed notes, checkpoints and key texts from anywhere: no input may do more than be refused. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/tlog/checkpoint.h"
#include "core/tlog/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const key_texts[] = {
    "log.muster.example/1+9da01379+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
    "witness.muster.example/agency-a+d0830616+BCmsuuFBvMrwsi4alNNNC8c2HlJtC/4SyJeUvJMilm3X",
};

static void require(int holds)
{
    if (!holds) {
        abort();
    }
}

/* A key text that is read is written back as it was, but for the case of its hex digits. */
static void check_key(struct muster_bytes bytes)
{
    struct tlog_key key;
    char memory[TLOG_KEY_TEXT_BYTES];
    struct tlog_text out;
    if (tlog_key_parse(&key, bytes, NULL, NULL) != MUSTER_OK) {
        return;
    }
    tlog_text_init(&out, memory, sizeof memory);
    tlog_key_format(&out, &key);
    require(tlog_text_check(&out, NULL) == MUSTER_OK && out.len == bytes.len);
}

/* The format has one spelling of each checkpoint. */
static void check_checkpoint(struct muster_bytes text)
{
    struct tlog_checkpoint checkpoint;
    if (tlog_checkpoint_parse(&checkpoint, text, NULL, NULL) != MUSTER_OK) {
        return;
    }
    char *memory = (char *)malloc(TLOG_NOTE_BYTES + TLOG_CHECKPOINT_BYTES);
    struct tlog_text out;
    require(memory != NULL);
    tlog_text_init(&out, memory, TLOG_NOTE_BYTES + TLOG_CHECKPOINT_BYTES);
    require(tlog_checkpoint_format(&out, checkpoint.origin, checkpoint.size, &checkpoint.root,
                                   NULL) == MUSTER_OK);
    require(out.len <= text.len && memcmp(out.at, text.at, out.len) == 0);
    require(checkpoint.extended == (out.len < text.len));
    free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tlog_key keys[2];
    struct tlog_note note;
    struct tlog_opened opened;
    struct muster_bytes bytes = muster_bytes_of(data, size);
    for (size_t i = 0; i < 2; i++) {
        require(tlog_key_parse(&keys[i], muster_bytes_of_text(key_texts[i]), NULL, NULL) ==
                MUSTER_OK);
    }
    if (size > 2 * TLOG_NOTE_BYTES) {
        return 0;
    }
    check_key(bytes);
    check_checkpoint(bytes);
    if (tlog_note_parse(&note, bytes, NULL, NULL) == MUSTER_OK) {
        require(note.count > 0 && note.text.len > 0);
        check_checkpoint(note.text);
        if (tlog_note_open(&note, keys, 2, &opened, NULL, NULL) == MUSTER_OK) {
            require(tlog_opened_witnesses(&opened, keys) <= 1);
        }
    }
    return 0;
}
