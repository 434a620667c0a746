#include "core/codec/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <core/base/encode.h>
#include <muster/limits.h>

/* protobuf-c reads no longer tags and lengths than this; so that both see the same input. */
#define SHORT_VARINT_BYTES 5u
#define LONG_VARINT_BYTES  10u

#define PATH_BYTES 160

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_64BIT = 1,
    WIRE_LENGTH = 2,
    WIRE_32BIT = 5,
};

/* One message that is being read. */
struct level {
    const ProtobufCMessageDescriptor *descriptor;
    const struct codec_limit *limits;
    const uint8_t *end;
    unsigned field;                /* index of the field that is being read */
    uint32_t count[MUSTER_FIELDS]; /* how often each field has occurred */
};

struct walk {
    const uint8_t *at;
    size_t parts;
    size_t depth; /* levels in use */
    struct level levels[CODEC_DEPTH];
    const char *root;
    struct muster_err *e;
};

static struct level *top_of(struct walk *walk)
{
    return &walk->levels[walk->depth - 1];
}

/* Appends `part` and, where it is an element, its place; a path too long is cut. */
static void add_part(char path[static PATH_BYTES], const char *part, bool element, uint32_t place)
{
    size_t len = strlen(path);
    const char *dot = len > 0 ? "." : "";

    if (element) {
        (void)snprintf(path + len, PATH_BYTES - len, "%s%s[%u]", dot, part, place);
    } else {
        (void)snprintf(path + len, PATH_BYTES - len, "%s%s", dot, part);
    }
}

/* Fails with the path of the innermost message (levels == depth - 1) or of its current field
 * (levels == depth) in front of the sentence. */
static enum muster_status fail_at(struct walk *walk, size_t levels, enum muster_status status,
                                  const char *sentence)
{
    char path[PATH_BYTES] = "";

    if (walk->e == NULL) {
        return status;
    }
    add_part(path, walk->root, false, 0);
    for (size_t i = 0; i < levels; i++) {
        const struct level *level = &walk->levels[i];
        const ProtobufCFieldDescriptor *field = &level->descriptor->fields[level->field];
        uint32_t seen = level->count[level->field];
        add_part(path, field->name, field->label == PROTOBUF_C_LABEL_REPEATED,
                 seen > 0 ? seen - 1 : 0);
    }
    if (path[0] == '\0') {
        add_part(path, walk->levels[0].descriptor->short_name, false, 0);
    }
    return muster_fail(walk->e, status, "%s: %s", path, sentence);
}

static enum muster_status fail_message(struct walk *walk, enum muster_status status,
                                       const char *sentence)
{
    return fail_at(walk, walk->depth - 1, status, sentence);
}

static enum muster_status fail_field(struct walk *walk, enum muster_status status,
                                     const char *sentence)
{
    return fail_at(walk, walk->depth, status, sentence);
}

/* Reads a varint of at most `most` bytes before `end`. False: cut short, too long or beyond 64
 * bits; the place is then undefined. */
static bool read_varint(struct walk *walk, const uint8_t *end, size_t most, uint64_t *out)
{
    uint64_t value = 0;

    for (size_t i = 0; i < most && walk->at < end; i++) {
        uint8_t byte = *walk->at++;
        if (i == LONG_VARINT_BYTES - 1 && byte > 1) {
            return false;
        }
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (byte < 0x80) {
            *out = value;
            return true;
        }
    }
    return false;
}

static bool skip_bytes(struct walk *walk, const uint8_t *end, size_t len)
{
    if ((size_t)(end - walk->at) < len) {
        return false;
    }
    walk->at += len;
    return true;
}

static enum wire_type wire_of(ProtobufCType type)
{
    switch (type) {
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_SINT32:
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_BOOL:
    case PROTOBUF_C_TYPE_ENUM:
        return WIRE_VARINT;
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_FLOAT:
        return WIRE_32BIT;
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_DOUBLE:
        return WIRE_64BIT;
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return WIRE_LENGTH;
    }
    return WIRE_LENGTH;
}

/* Whether a varint stands for one value of the field's type: protobuf-c would cut it to size. */
static bool varint_fits(const ProtobufCFieldDescriptor *field, uint64_t value)
{
    /* A negative int32 is written as ten bytes, extended to 64 bits. */
    bool int32_fits = value <= INT32_MAX || value >= UINT64_MAX - INT32_MAX;

    switch (field->type) {
    case PROTOBUF_C_TYPE_UINT32:
    case PROTOBUF_C_TYPE_SINT32:
        return value <= UINT32_MAX;
    case PROTOBUF_C_TYPE_BOOL:
        return value <= 1;
    case PROTOBUF_C_TYPE_INT32:
    case PROTOBUF_C_TYPE_ENUM:
        return int32_fits;
    case PROTOBUF_C_TYPE_INT64:
    case PROTOBUF_C_TYPE_SINT64:
    case PROTOBUF_C_TYPE_UINT64:
    case PROTOBUF_C_TYPE_SFIXED32:
    case PROTOBUF_C_TYPE_FIXED32:
    case PROTOBUF_C_TYPE_SFIXED64:
    case PROTOBUF_C_TYPE_FIXED64:
    case PROTOBUF_C_TYPE_FLOAT:
    case PROTOBUF_C_TYPE_DOUBLE:
    case PROTOBUF_C_TYPE_STRING:
    case PROTOBUF_C_TYPE_BYTES:
    case PROTOBUF_C_TYPE_MESSAGE:
        return true;
    }
    return false;
}

/* Counts one more of the current field. */
static enum muster_status count_part(struct walk *walk, const ProtobufCFieldDescriptor *field,
                                     const struct codec_limit *limit)
{
    struct level *level = top_of(walk);
    uint32_t count = ++level->count[level->field];

    if (field->label != PROTOBUF_C_LABEL_REPEATED && count > 1) {
        return fail_field(walk, MUSTER_EMALFORMED, "is given twice");
    }
    if (field->label == PROTOBUF_C_LABEL_REPEATED && count > limit->most_each) {
        return fail_field(walk, MUSTER_ETOOBIG, "is one more than may be given");
    }
    if (++walk->parts > CODEC_PARTS) {
        return fail_field(walk, MUSTER_ETOOBIG, "is one field more than a message may have");
    }
    return MUSTER_OK;
}

static enum muster_status read_scalar(struct walk *walk, const uint8_t *end,
                                      const ProtobufCFieldDescriptor *field)
{
    enum wire_type wire = wire_of(field->type);
    uint64_t value = 0;

    if (wire != WIRE_VARINT) {
        return skip_bytes(walk, end, wire == WIRE_32BIT ? 4 : 8)
                   ? MUSTER_OK
                   : fail_field(walk, MUSTER_EMALFORMED, "is cut short");
    }
    if (!read_varint(walk, end, LONG_VARINT_BYTES, &value)) {
        return fail_field(walk, MUSTER_EMALFORMED, "is cut short, or no number of 64 bits");
    }
    if (!varint_fits(field, value)) {
        return fail_field(walk, MUSTER_EMALFORMED, "is out of the range of its type");
    }
    if (field->type == PROTOBUF_C_TYPE_ENUM &&
        protobuf_c_enum_descriptor_get_value((const ProtobufCEnumDescriptor *)field->descriptor,
                                             (int)(int64_t)value) == NULL) {
        return fail_field(walk, MUSTER_EUNSUPPORTED,
                          "has a value that this version does not know: the sender is newer");
    }
    return MUSTER_OK;
}

static enum muster_status check_length(struct walk *walk, const struct codec_limit *limit,
                                       size_t len)
{
    char sentence[80];

    if (len >= limit->least && len <= limit->most) {
        return MUSTER_OK;
    }
    if (limit->least == limit->most) {
        (void)snprintf(sentence, sizeof sentence, "must be %u bytes", limit->most);
        return fail_field(walk, MUSTER_EMALFORMED, sentence);
    }
    if (len < limit->least) {
        return fail_field(walk, MUSTER_EMALFORMED, "is empty; leave out what is not given");
    }
    (void)snprintf(sentence, sizeof sentence, "is longer than %u bytes", limit->most);
    return fail_field(walk, MUSTER_ETOOBIG, sentence);
}

static enum muster_status enter_message(struct walk *walk, const ProtobufCFieldDescriptor *field,
                                        const struct codec_limit *limit, size_t len)
{
    if (walk->depth == CODEC_DEPTH) {
        return fail_field(walk, MUSTER_EMALFORMED, "is nested too deeply");
    }
    struct level *level = &walk->levels[walk->depth++];
    level->descriptor = (const ProtobufCMessageDescriptor *)field->descriptor;
    level->limits = limit->inside;
    level->end = walk->at + len;
    memset(level->count, 0, level->descriptor->n_fields * sizeof level->count[0]);
    return MUSTER_OK;
}

/* Repeated numbers may come as one run of bytes. */
static enum muster_status read_packed(struct walk *walk, const ProtobufCFieldDescriptor *field,
                                      const struct codec_limit *limit, size_t len)
{
    const uint8_t *end = walk->at + len;

    while (walk->at < end) {
        enum muster_status status = count_part(walk, field, limit);
        if (status == MUSTER_OK) {
            status = read_scalar(walk, end, field);
        }
        if (status != MUSTER_OK) {
            return status;
        }
    }
    return MUSTER_OK;
}

/* Reads what stands behind a length: text, bytes, a message (entered only) or packed numbers. */
static enum muster_status read_length(struct walk *walk, const ProtobufCFieldDescriptor *field,
                                      const struct codec_limit *limit)
{
    const struct level *level = top_of(walk);
    uint64_t len = 0;

    if (!read_varint(walk, level->end, SHORT_VARINT_BYTES, &len) ||
        len > (uint64_t)(level->end - walk->at)) {
        return fail_field(walk, MUSTER_EMALFORMED, "is cut short, or its length is wrong");
    }
    if (wire_of(field->type) != WIRE_LENGTH) {
        return read_packed(walk, field, limit, (size_t)len);
    }
    enum muster_status status = count_part(walk, field, limit);
    if (status != MUSTER_OK) {
        return status;
    }
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return enter_message(walk, field, limit, (size_t)len);
    }
    status = check_length(walk, limit, (size_t)len);
    if (status != MUSTER_OK) {
        return status;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING && !utf8_valid((const char *)walk->at, (size_t)len)) {
        return fail_field(walk, MUSTER_EMALFORMED, "is not UTF-8 text without NUL");
    }
    walk->at += len;
    return MUSTER_OK;
}

/* Reads a tag and finds its field. */
static enum muster_status read_tag(struct walk *walk, unsigned *wire)
{
    struct level *level = top_of(walk);
    uint64_t tag = 0;

    if (!read_varint(walk, level->end, SHORT_VARINT_BYTES, &tag) || tag > UINT32_MAX || tag < 8) {
        return fail_message(walk, MUSTER_EMALFORMED, "is cut short, or is no protobuf message");
    }
    *wire = (unsigned)(tag & 7);
    if (*wire > WIRE_32BIT || *wire == 3 || *wire == 4) {
        return fail_message(walk, MUSTER_EMALFORMED, "has a group or an unknown wire type");
    }
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(level->descriptor, (unsigned)(tag >> 3));
    if (field == NULL) {
        return fail_message(walk, MUSTER_EUNSUPPORTED,
                            "has a field that this version does not know: the sender is newer");
    }
    level->field = (unsigned)(field - level->descriptor->fields);
    return MUSTER_OK;
}

static enum muster_status read_field(struct walk *walk)
{
    unsigned wire = 0;
    enum muster_status status = read_tag(walk, &wire);
    if (status != MUSTER_OK) {
        return status;
    }
    const struct level *level = top_of(walk);
    const ProtobufCFieldDescriptor *field = &level->descriptor->fields[level->field];
    const struct codec_limit *limit = &level->limits[level->field];

    if (wire == WIRE_LENGTH &&
        (wire_of(field->type) == WIRE_LENGTH || field->label == PROTOBUF_C_LABEL_REPEATED)) {
        return read_length(walk, field, limit);
    }
    if (wire != (unsigned)wire_of(field->type)) {
        return fail_field(walk, MUSTER_EMALFORMED, "has the wrong wire type");
    }
    status = count_part(walk, field, limit);
    return status == MUSTER_OK ? read_scalar(walk, level->end, field) : status;
}

enum muster_status codec_check(const ProtobufCMessageDescriptor *descriptor,
                               const struct codec_limit *limits, const char *root,
                               struct muster_bytes bytes, struct muster_err *e)
{
    struct walk walk;

    if (bytes.len == 0) {
        return MUSTER_OK; /* a message of no fields; `at` may be NULL */
    }
    walk.at = bytes.at;
    walk.parts = 0;
    walk.depth = 1;
    walk.root = root;
    walk.e = e;
    walk.levels[0].descriptor = descriptor;
    walk.levels[0].limits = limits;
    walk.levels[0].end = bytes.at + bytes.len;
    walk.levels[0].field = 0;
    memset(walk.levels[0].count, 0, descriptor->n_fields * sizeof walk.levels[0].count[0]);
    for (;;) {
        if (walk.at < top_of(&walk)->end) {
            enum muster_status status = read_field(&walk);
            if (status != MUSTER_OK) {
                return status;
            }
        } else if (walk.depth == 1) {
            return MUSTER_OK;
        } else {
            walk.depth--; /* an inner message ends where its field in the outer one does */
        }
    }
}
