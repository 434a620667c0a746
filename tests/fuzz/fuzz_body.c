/* What a message of the mailbox says. What can be read can be written and read again. */
#include <stdint.h>
#include <stdlib.h>

#include <core/codec/mailbox.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void need(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena;
    struct codec_message_body body;
    struct muster_bytes bytes;

    arena_init(&arena, 4u * 1024u * 1024u);
    enum muster_status status =
        codec_message_body_decode(muster_bytes_of(data, size), &arena, &body, NULL);
    need(status != MUSTER_EINTERNAL && status != MUSTER_ENOMEM);
    if (status == MUSTER_OK) {
        need(codec_message_body_encode(&body, &arena, &bytes, NULL) == MUSTER_OK);
        need(codec_message_body_decode(bytes, &arena, &body, NULL) == MUSTER_OK);
    }
    arena_fini(&arena);
    return 0;
}
