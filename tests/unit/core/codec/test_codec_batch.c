/* Every rule of a batch broken once, on bytes made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <core/codec/request.h>

#include "support.h"

#define MIB (1024u * 1024u)

enum flaw {
    FLAW_NONE,
    FLAW_PROTOCOL_0,
    FLAW_PROTOCOL_2,
    FLAW_NO_PROTOCOL,
    FLAW_TWO_BODIES,
    FLAW_NO_BODY,
    FLAW_NO_MANIFEST,
    FLAW_NO_CERTIFICATE,
    FLAW_NO_SIGNATURE,
    FLAW_ONE_ITEM,
    FLAW_THREE_ITEMS,
    FLAW_NO_SALT,
    FLAW_NO_PAYLOAD,
    FLAW_NO_AGENCY,
    FLAW_NO_BATCH_ID,
    FLAW_NO_CREATED_AT,
    FLAW_CREATED_TOO_LATE,
    FLAW_NO_HEADERS,
    FLAW_NO_SUBMISSION_ID,
    FLAW_SAME_SUBMISSION_ID,
    FLAW_NO_KIND,
    FLAW_KIND_0,
    FLAW_KIND_BEYOND,
    FLAW_KIND_GREATEST,
    FLAW_NO_VERSION,
    FLAW_VERSION_0,
    FLAW_VERSION_LAST,
    FLAW_VERSION_BEYOND,
    FLAW_NO_COMMITMENT,
};

static void write_header(struct buffer *manifest, int place, enum flaw flaw)
{
    char id[16] = {0};
    char commitment[32] = {0};
    struct buffer header;
    bool flawed = place == 1; /* the flaw is the second header's */
    uint64_t kind = flaw == FLAW_KIND_0          ? 0
                    : flaw == FLAW_KIND_BEYOND   ? MUSTER_KIND_COUNT + 1
                    : flaw == FLAW_KIND_GREATEST ? UINT32_MAX
                                                 : MUSTER_KIND_COUNT;
    uint64_t version = flaw == FLAW_VERSION_0        ? 0
                       : flaw == FLAW_VERSION_LAST   ? 1000000
                       : flaw == FLAW_VERSION_BEYOND ? 1000001
                                                     : 1;

    buffer_init(&header, 0);
    id[15] = flaw == FLAW_SAME_SUBMISSION_ID ? 0 : (char)place;
    if (!flawed || flaw != FLAW_NO_SUBMISSION_ID) {
        wire_bytes(&header, 1, id, sizeof id);
    }
    if (!flawed || flaw != FLAW_NO_KIND) {
        wire_number(&header, 2, flawed ? kind : 1);
    }
    if (!flawed || flaw != FLAW_NO_VERSION) {
        wire_number(&header, 3, flawed ? version : 1);
    }
    if (!flawed || flaw != FLAW_NO_COMMITMENT) {
        wire_bytes(&header, 5, commitment, sizeof commitment);
    }
    wire_inside(manifest, 4, &header);
    buffer_fini(&header);
}

static void write_manifest(struct buffer *out, enum flaw flaw)
{
    uint64_t created = flaw == FLAW_CREATED_TOO_LATE ? UINT64_C(253402300800000) : 0;

    if (flaw != FLAW_NO_AGENCY) {
        wire_text(out, 1, "police");
    }
    if (flaw != FLAW_NO_BATCH_ID) {
        wire_bytes(out, 2, "0123456789abcdef", 16);
    }
    if (flaw != FLAW_NO_CREATED_AT) {
        wire_number(out, 3, created);
    }
    for (int i = 0; i < (flaw == FLAW_NO_HEADERS ? 0 : 2); i++) {
        write_header(out, i, flaw);
    }
}

static void write_batch(struct buffer *out, enum flaw flaw)
{
    struct buffer manifest;
    int items = flaw == FLAW_ONE_ITEM ? 1 : flaw == FLAW_THREE_ITEMS ? 3 : 2;

    buffer_init(&manifest, 0);
    write_manifest(&manifest, flaw);
    if (flaw != FLAW_NO_MANIFEST) {
        wire_inside(out, 1, &manifest);
    }
    if (flaw != FLAW_NO_CERTIFICATE) {
        wire_text(out, 2, "certificate");
    }
    if (flaw != FLAW_NO_SIGNATURE) {
        wire_text(out, 3, "signature");
    }
    for (int i = 0; i < items; i++) {
        char salt[32] = {0};
        struct buffer item;
        buffer_init(&item, 0);
        if (i != 1 || flaw != FLAW_NO_SALT) {
            wire_bytes(&item, 1, salt, sizeof salt);
        }
        if (i != 1 || flaw != FLAW_NO_PAYLOAD) {
            wire_text(&item, 2, "payload");
        }
        wire_inside(out, 4, &item);
        buffer_fini(&item);
    }
    buffer_fini(&manifest);
}

static enum muster_status decode_flawed(enum flaw flaw, struct muster_err *e)
{
    struct buffer batch;
    struct buffer request;
    struct arena arena;
    struct codec_request got;

    buffer_init(&batch, 0);
    buffer_init(&request, 0);
    arena_init(&arena, MIB);
    if (flaw != FLAW_NO_PROTOCOL) {
        wire_number(&request, 1, flaw == FLAW_PROTOCOL_0 ? 0 : flaw == FLAW_PROTOCOL_2 ? 2 : 1);
    }
    write_batch(&batch, flaw);
    if (flaw != FLAW_NO_BODY) {
        wire_inside(&request, 10, &batch);
    }
    if (flaw == FLAW_TWO_BODIES) {
        wire_bytes(&request, 12, "", 0);
    }
    enum muster_status status = codec_request_decode(bytes_in(&request), &arena, &got, e);
    buffer_fini(&batch);
    buffer_fini(&request);
    arena_fini(&arena);
    return status;
}

static void test_batch_when_one_rule_is_broken_then_refused_by_name(void **state)
{
    static const struct {
        enum flaw flaw;
        enum muster_status status;
        const char *sentence;
    } flaws[] = {
        {FLAW_NONE, MUSTER_OK, ""},
        {FLAW_PROTOCOL_0, MUSTER_EUNSUPPORTED, "protocol: must be 1"},
        {FLAW_PROTOCOL_2, MUSTER_EUNSUPPORTED, "protocol: must be 1"},
        {FLAW_NO_PROTOCOL, MUSTER_EMALFORMED, "protocol: must be given"},
        {FLAW_TWO_BODIES, MUSTER_EMALFORMED, "Request: must hold exactly one"},
        {FLAW_NO_BODY, MUSTER_EMALFORMED, "Request: must hold exactly one"},
        {FLAW_NO_MANIFEST, MUSTER_EMALFORMED, "batch: must have"},
        {FLAW_NO_CERTIFICATE, MUSTER_EMALFORMED, "batch: must have"},
        {FLAW_NO_SIGNATURE, MUSTER_EMALFORMED, "batch: must have"},
        {FLAW_ONE_ITEM, MUSTER_EMALFORMED, "batch.items: must be as many"},
        {FLAW_THREE_ITEMS, MUSTER_EMALFORMED, "batch.items: must be as many"},
        {FLAW_NO_SALT, MUSTER_EMALFORMED, "batch.items[1]: must have"},
        {FLAW_NO_PAYLOAD, MUSTER_EMALFORMED, "batch.items[1]: must have"},
        {FLAW_NO_AGENCY, MUSTER_EMALFORMED, "batch.manifest: must have"},
        {FLAW_NO_BATCH_ID, MUSTER_EMALFORMED, "batch.manifest: must have"},
        {FLAW_NO_CREATED_AT, MUSTER_EMALFORMED, "batch.manifest: must have"},
        {FLAW_CREATED_TOO_LATE, MUSTER_EMALFORMED, "batch.manifest.created_at: must lie"},
        {FLAW_NO_HEADERS, MUSTER_EMALFORMED, "batch.manifest: must have"},
        {FLAW_NO_SUBMISSION_ID, MUSTER_EMALFORMED, "batch.manifest.headers[1]: must have"},
        {FLAW_SAME_SUBMISSION_ID, MUSTER_EMALFORMED, "batch.manifest.headers[1].submission_id: is"},
        {FLAW_NO_KIND, MUSTER_EMALFORMED, "batch.manifest.headers[1]: must have"},
        {FLAW_KIND_0, MUSTER_EUNSUPPORTED, "batch.manifest.headers[1].kind: is not known"},
        {FLAW_KIND_BEYOND, MUSTER_EUNSUPPORTED, "batch.manifest.headers[1].kind: is not known"},
        {FLAW_KIND_GREATEST, MUSTER_EUNSUPPORTED, "batch.manifest.headers[1].kind: is not known"},
        {FLAW_NO_VERSION, MUSTER_EMALFORMED, "batch.manifest.headers[1]: must have"},
        {FLAW_VERSION_0, MUSTER_EMALFORMED, "batch.manifest.headers[1].version: must be from 1"},
        {FLAW_VERSION_LAST, MUSTER_OK, ""},
        {FLAW_VERSION_BEYOND, MUSTER_EMALFORMED, "batch.manifest.headers[1].version: must be"},
        {FLAW_NO_COMMITMENT, MUSTER_EMALFORMED, "batch.manifest.headers[1]: must have"},
    };
    (void)state;

    for (size_t i = 0; i < sizeof flaws / sizeof flaws[0]; i++) {
        struct muster_err e = {MUSTER_OK, ""};
        enum muster_status status = decode_flawed(flaws[i].flaw, &e);
        if (status != flaws[i].status ||
            strncmp(e.text, flaws[i].sentence, strlen(flaws[i].sentence)) != 0) {
            fail_msg("flaw %d: status %d, \"%s\"", (int)flaws[i].flaw, (int)status, e.text);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_batch_when_one_rule_is_broken_then_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
