#include "core/seal/blind.h"

#include "core/base/arena.h"

enum muster_status blind_index(struct seal_context *context, const struct seal_mac_key *key,
                               const char *domain, const struct muster_bytes *parts, size_t count,
                               struct blind *out, struct muster_err *e)
{
    uint8_t lengths[BLIND_PARTS][4];
    struct muster_bytes pieces[1 + 2 * BLIND_PARTS];
    size_t used = 0;
    if (domain[0] == '\0' || count == 0) {
        return muster_fail(e, MUSTER_EUSAGE, "a blind index needs a domain and a part");
    }
    if (count > BLIND_PARTS) {
        return muster_fail(e, MUSTER_ETOOBIG, "a blind index has at most %u parts", BLIND_PARTS);
    }
    pieces[used++] = muster_bytes_of(domain, strlen(domain) + 1);
    for (size_t i = 0; i < count; i++) {
        size_t len = parts[i].len;
        if (len > BLIND_PART_BYTES) {
            return muster_fail(e, MUSTER_ETOOBIG, "a part of a blind index is at most %u bytes",
                               BLIND_PART_BYTES);
        }
        lengths[i][0] = lengths[i][1] = 0;
        lengths[i][2] = (uint8_t)(len >> 8);
        lengths[i][3] = (uint8_t)(len & 0xff);
        pieces[used++] = muster_bytes_of(lengths[i], sizeof lengths[i]);
        pieces[used++] = parts[i];
    }
    struct muster_hash sum;
    enum muster_status status = seal_hmac_with(context, key, pieces, used, &sum, e);
    if (status == MUSTER_OK) {
        memcpy(out->b, sum.b, sizeof out->b);
    }
    return status;
}
