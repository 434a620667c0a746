/* The small files that lie beside the store, from a disk that anybody may have written to: the
 * notice of a backup or a restore, and the checkpoint of the high-water file. What our key has not
 * signed is refused, and what counts is what was signed. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "gateway/service/copy_notice.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DIGEST_BYTES 64u

/* The seed is 32 times 7: the corpus is signed with it. */
static const char key_text[] =
    "log.muster.example/1+7147d1af+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs";

static void require(int holds)
{
    if (!holds) {
        abort();
    }
}

/* Opened: the text is the input, whole, and its first two lines are the name and the size. */
static void check_note(const struct log_note *note, const uint8_t *data, size_t size)
{
    char digits[24];
    size_t at = sizeof digits - 1;
    size_t name = strlen(note->origin);
    uint64_t rest = note->size;
    digits[at] = '\n';
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    require(size <= TLOG_CHECKPOINT_BYTES && strlen(note->text) == size);
    require(memcmp(note->text, data, size) == 0);
    require(note->size <= INT64_MAX && name > 0 && size > name + 1 + sizeof digits - at);
    require(memcmp(data, note->origin, name) == 0 && data[name] == '\n');
    require(memcmp(data + name + 1, digits + at, sizeof digits - at) == 0);
}

static unsigned nibble(uint8_t digit)
{
    static const char digits[] = "0123456789abcdefABCDEF";
    const char *found = digit == '\0' ? NULL : strchr(digits, digit);
    require(found != NULL);
    size_t value = (size_t)(found - digits);
    return (unsigned)(value < 16 ? value : value - 6);
}

static void check_notice(const struct copy_notice *notice, const uint8_t *data, size_t size)
{
    require(size > DIGEST_BYTES && data[DIGEST_BYTES] == '\n');
    for (size_t i = 0; i < sizeof notice->digest.b; i++) {
        require(notice->digest.b[i] == nibble(data[2 * i]) * 16 + nibble(data[2 * i + 1]));
    }
    check_note(&notice->note, data + DIGEST_BYTES + 1, size - DIGEST_BYTES - 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tlog_key key;
    struct log_note note;
    struct copy_notice notice;
    struct muster_bytes bytes = muster_bytes_of(data, size);
    require(tlog_key_parse(&key, muster_bytes_of_text(key_text), NULL, NULL) == MUSTER_OK);
    if (log_note_open(&key, bytes, &note, NULL) == MUSTER_OK) {
        check_note(&note, data, size);
    }
    if (copy_notice_parse(&key, bytes, &notice, NULL) == MUSTER_OK) {
        check_notice(&notice, data, size);
    }
    return 0;
}
