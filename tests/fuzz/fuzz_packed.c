/* Settled states of meetings from anywhere: no input may do more than be refused, and what is read
 * is written and read again as the same. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "gateway/store/packed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int holds)
{
    if (!holds) {
        abort();
    }
}

struct state {
    struct store_gathering row;
    struct store_invited invited[PACKED_INVITED];
    uint64_t parties[PACKED_INVITED];
};

static int read_state(const uint8_t *bytes, size_t size, struct state *out)
{
    struct packed packed;
    size_t count = 0;
    int good = packed_open(&packed, muster_bytes_of(bytes, size), &out->row);

    while (good && packed.invited > 0) {
        require(count < PACKED_INVITED);
        good = packed_next(&packed, &out->invited[count], &out->parties[count]);
        count++;
    }
    out->row.invited = out->invited;
    return good && packed_done(&packed) && count == out->row.invited_count;
}

static void write_state(const struct state *state, struct buffer *out)
{
    buffer_init(out, 0);
    packed_write(&state->row, state->parties, out);
    require(buffer_check(out, NULL) == MUSTER_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct state *first = (struct state *)calloc(1, sizeof *first);
    struct state *second = (struct state *)calloc(1, sizeof *second);
    require(first != NULL && second != NULL);
    if (read_state(data, size, first)) {
        struct buffer once;
        struct buffer twice;
        write_state(first, &once);
        require(read_state((const uint8_t *)once.at, once.len, second));
        write_state(second, &twice);
        require(once.len == twice.len && memcmp(once.at, twice.at, once.len) == 0);
        buffer_fini(&once);
        buffer_fini(&twice);
    }
    free(first);
    free(second);
    return 0;
}
