#include "core/codec/record.h"

#include <pthread.h>
#include <string.h>

#include <core/codec/message.h>

/* Fields of the message Record: the reason, the findings, and one body a kind. */
#define SHELL_FIELDS      (MUSTER_KIND_COUNT + 2)
#define FIRST_BODY_NUMBER 10u
#define COUNT_MOST        INT64_C(1000000000)

/* How a kind's fields lie in its message. */
struct layout {
    const ProtobufCMessageDescriptor *descriptor;
    const ProtobufCFieldDescriptor *body;                  /* the field of Record that holds it */
    const ProtobufCFieldDescriptor *fields[MUSTER_FIELDS]; /* by the schema's order */
    struct codec_limit limits[MUSTER_FIELDS];              /* by the message's order */
};

/* Made once from the schema and the generated descriptors, then only read. */
static struct {
    bool sound; /* the two agree */
    struct layout layouts[MUSTER_KIND_COUNT];
    struct codec_limit shell[SHELL_FIELDS];
} tables;
static pthread_once_t tables_made = PTHREAD_ONCE_INIT;

/* How a type is written on the wire, and its limits. */
static struct codec_limit type_limit(enum muster_type type, ProtobufCType *wire,
                                     ProtobufCLabel *label)
{
    struct codec_limit limit = {"", 1, MUSTER_ID_BYTES, 0, NULL};

    *wire = PROTOBUF_C_TYPE_STRING;
    *label = PROTOBUF_C_LABEL_OPTIONAL;
    switch (type) {
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
        break;
    case MUSTER_TYPE_NAME:
        limit.most = MUSTER_NAME_BYTES;
        break;
    case MUSTER_TYPE_TEXT:
        limit.most = MUSTER_TEXT_BYTES;
        break;
    case MUSTER_TYPE_DATE:
        *wire = PROTOBUF_C_TYPE_SINT32;
        break;
    case MUSTER_TYPE_INSTANT:
    case MUSTER_TYPE_COUNT:
        *wire = PROTOBUF_C_TYPE_INT64;
        break;
    case MUSTER_TYPE_YESNO:
        *wire = PROTOBUF_C_TYPE_BOOL;
        break;
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        *label = PROTOBUF_C_LABEL_REPEATED;
        limit.most_each = MUSTER_LIST_ITEMS;
        break;
    }
    return limit;
}

static bool make_field(struct layout *layout, const struct muster_field *field, size_t place)
{
    ProtobufCType wire;
    ProtobufCLabel label;
    struct codec_limit limit = type_limit(field->type, &wire, &label);
    const ProtobufCFieldDescriptor *found =
        protobuf_c_message_descriptor_get_field_by_name(layout->descriptor, field->column);

    if (found == NULL || found->type != wire || found->label != label) {
        return false;
    }
    limit.name = found->name;
    layout->fields[place] = found;
    layout->limits[found - layout->descriptor->fields] = limit;
    return true;
}

static bool make_layout(const ProtobufCMessageDescriptor *shell, const struct muster_schema *schema)
{
    struct layout *layout = &tables.layouts[schema->kind - 1];
    const ProtobufCFieldDescriptor *body =
        protobuf_c_message_descriptor_get_field_by_name(shell, schema->name);

    if (body == NULL || body->type != PROTOBUF_C_TYPE_MESSAGE ||
        body->id != (uint32_t)schema->kind + FIRST_BODY_NUMBER - 1) {
        return false;
    }
    layout->body = body;
    layout->descriptor = (const ProtobufCMessageDescriptor *)body->descriptor;
    if (layout->descriptor->n_fields != schema->field_count) {
        return false;
    }
    for (size_t i = 0; i < schema->field_count; i++) {
        if (!make_field(layout, &schema->fields[i], i)) {
            return false;
        }
    }
    struct codec_limit limit = {body->name, 0, 0, 0, layout->limits};
    tables.shell[body - shell->fields] = limit;
    return true;
}

static void make_tables(void)
{
    const ProtobufCMessageDescriptor *shell = &muster__v1__record__descriptor;
    struct codec_limit reason = {"withdrawn_reason", 1, MUSTER_TEXT_BYTES, 0, NULL};
    struct codec_limit findings = {"findings", 0, 0, MUSTER_FINDINGS, codec_finding_limits};
    bool sound = shell->n_fields == SHELL_FIELDS;

    tables.shell[0] = reason;
    tables.shell[1] = findings;
    for (int kind = 1; kind <= MUSTER_KIND_COUNT && sound; kind++) {
        const struct muster_schema *schema = muster_schema_of((enum muster_kind)kind);
        sound = schema != NULL && make_layout(shell, schema);
    }
    tables.sound = sound;
}

/* The shape of Record, once the tables stand; MUSTER_EINTERNAL where records.proto and
 * muster/records.h differ, which a test would have told. */
static enum muster_status record_shape(struct codec_shape *out, struct muster_err *e)
{
    if (pthread_once(&tables_made, make_tables) != 0 || !tables.sound) {
        return muster_fail(e, MUSTER_EINTERNAL,
                           "the record kinds and their messages differ; this build is unusable");
    }
    out->descriptor = &muster__v1__record__descriptor;
    out->limits = tables.shell;
    out->root = "record";
    out->most = MUSTER_PAYLOAD_BYTES;
    return MUSTER_OK;
}

static enum muster_status check_value(const struct muster_schema *schema, size_t i,
                                      const struct muster_value *value, struct muster_err *e)
{
    const struct muster_field *field = &schema->fields[i];
    const char *sentence = NULL;

    switch (field->type) {
    case MUSTER_TYPE_DATE:
        sentence = codec_date_valid(value->date) ? NULL : "must lie in the years 1 to 9999";
        break;
    case MUSTER_TYPE_INSTANT:
        sentence = codec_instant_valid(value->instant) ? NULL : "must lie in the years 1 to 9999";
        break;
    case MUSTER_TYPE_COUNT:
        sentence = value->count >= 0 && value->count <= COUNT_MOST
                       ? NULL
                       : "must be a number from 0 to 1000000000";
        break;
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        sentence = value->list.count <= MUSTER_LIST_ITEMS ? NULL : "has more than 256 items";
        break;
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
    case MUSTER_TYPE_NAME:
    case MUSTER_TYPE_TEXT:
    case MUSTER_TYPE_YESNO:
        break; /* codec_check knows their limits */
    }
    return sentence == NULL ? MUSTER_OK
                            : muster_fail(e, MUSTER_EMALFORMED, "record.%s.%s: %s", schema->name,
                                          field->column, sentence);
}

/* Members of a message are reached by their offset: `message` is the start of a struct that has a
 * member of the asked type there, which the layout was checked for. */
static void put_member(void *message, size_t offset, const void *from, size_t size)
{
    memcpy((char *)message + offset, from, size);
}

static void get_member(const void *message, size_t offset, void *out, size_t size)
{
    memcpy(out, (const char *)message + offset, size);
}

static void lend_value(const ProtobufCFieldDescriptor *at, enum muster_type type,
                       const struct muster_value *value, void *message)
{
    protobuf_c_boolean flag = 1;
    const void *from = NULL;
    size_t size = 0;

    switch (type) {
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
    case MUSTER_TYPE_NAME:
    case MUSTER_TYPE_TEXT:
        put_member(message, at->offset, &value->text, sizeof value->text);
        return;
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        put_member(message, at->quantifier_offset, &value->list.count, sizeof value->list.count);
        put_member(message, at->offset, &value->list.items, sizeof value->list.items);
        return;
    case MUSTER_TYPE_YESNO:
        flag = value->yes ? 1 : 0;
        put_member(message, at->offset, &flag, sizeof flag);
        flag = 1;
        break;
    case MUSTER_TYPE_DATE:
        from = &value->date.days;
        size = sizeof value->date.days;
        break;
    case MUSTER_TYPE_INSTANT:
        from = &value->instant.ms;
        size = sizeof value->instant.ms;
        break;
    case MUSTER_TYPE_COUNT:
        from = &value->count;
        size = sizeof value->count;
        break;
    }
    if (from != NULL) {
        put_member(message, at->offset, from, size);
    }
    put_member(message, at->quantifier_offset, &flag, sizeof flag);
}

static void take_value(const ProtobufCFieldDescriptor *at, enum muster_type type,
                       const void *message, struct muster_value *value)
{
    protobuf_c_boolean flag = 0;
    protobuf_c_boolean has = 0;

    switch (type) {
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
    case MUSTER_TYPE_NAME:
    case MUSTER_TYPE_TEXT:
        get_member(message, at->offset, &value->text, sizeof value->text);
        value->given = value->text != NULL;
        return;
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        get_member(message, at->quantifier_offset, &value->list.count, sizeof value->list.count);
        get_member(message, at->offset, &value->list.items, sizeof value->list.items);
        value->given = value->list.count > 0;
        return;
    case MUSTER_TYPE_YESNO:
        get_member(message, at->offset, &flag, sizeof flag);
        value->yes = flag != 0;
        break;
    case MUSTER_TYPE_DATE:
        get_member(message, at->offset, &value->date.days, sizeof value->date.days);
        break;
    case MUSTER_TYPE_INSTANT:
        get_member(message, at->offset, &value->instant.ms, sizeof value->instant.ms);
        break;
    case MUSTER_TYPE_COUNT:
        get_member(message, at->offset, &value->count, sizeof value->count);
        break;
    }
    get_member(message, at->quantifier_offset, &has, sizeof has);
    value->given = has != 0;
}

/* Makes the kind's message, borrowing all text of `record`. */
static enum muster_status lend_body(const struct muster_record *record, struct arena *arena,
                                    void **out, struct muster_err *e)
{
    const struct muster_schema *schema = record->schema;
    const struct layout *layout = &tables.layouts[schema->kind - 1];
    void *message = arena_alloc(arena, layout->descriptor->sizeof_message);

    if (message == NULL) {
        return codec_no_memory(e);
    }
    protobuf_c_message_init(layout->descriptor, message);
    for (size_t i = 0; i < schema->field_count; i++) {
        const struct muster_value *value = &record->value[i];
        if (!value->given) {
            continue;
        }
        enum muster_status status = check_value(schema, i, value, e);
        if (status != MUSTER_OK) {
            return status;
        }
        lend_value(layout->fields[i], schema->fields[i].type, value, message);
    }
    *out = message;
    return MUSTER_OK;
}

enum muster_status codec_record_encode(const struct muster_record *record,
                                       const struct muster_findings *findings, struct arena *arena,
                                       struct muster_bytes *out, struct muster_err *e)
{
    struct codec_shape shape;
    Muster__V1__Record message;
    void *body = NULL;

    enum muster_status status = record_shape(&shape, e);
    if (status != MUSTER_OK) {
        return status;
    }
    muster__v1__record__init(&message);
    if (findings != NULL) {
        status = codec_findings_lend(findings->at, findings->count, arena, &message.findings, e);
        message.n_findings = findings->count;
    }
    if (status == MUSTER_OK) {
        status = lend_body(record, arena, &body, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    message.withdrawn_reason = codec_lend_text(record->withdrawn_reason);
    put_member(&message, tables.layouts[record->schema->kind - 1].body->offset, &body, sizeof body);
    return codec_pack(&shape, &message.base, arena, out, e);
}

/* The one body, which must be of `kind`. */
static enum muster_status take_body(const Muster__V1__Record *message, enum muster_kind kind,
                                    const void **out, struct muster_err *e)
{
    for (int i = 1; i <= MUSTER_KIND_COUNT; i++) {
        const struct layout *layout = &tables.layouts[i - 1];
        const void *body = NULL;
        get_member(message, layout->body->offset, &body, sizeof body);
        if (i == (int)kind && body == NULL) {
            return muster_fail(e, MUSTER_EMALFORMED,
                               "record: must hold %s, the kind that its header names",
                               layout->body->name);
        }
        if (i != (int)kind && body != NULL) {
            return muster_fail(e, MUSTER_EMALFORMED,
                               "record: holds %s, which is not the kind that its header names",
                               layout->body->name);
        }
        if (body != NULL) {
            *out = body;
        }
    }
    return MUSTER_OK;
}

static enum muster_status take_record(const Muster__V1__Record *message,
                                      const struct muster_schema *schema,
                                      struct muster_record *record, struct muster_err *e)
{
    const struct layout *layout = &tables.layouts[schema->kind - 1];
    const void *body = NULL;

    enum muster_status status = take_body(message, schema->kind, &body, e);
    record->schema = schema;
    record->withdrawn_reason = message->withdrawn_reason;
    for (size_t i = 0; status == MUSTER_OK && i < schema->field_count; i++) {
        struct muster_value *value = &record->value[i];
        take_value(layout->fields[i], schema->fields[i].type, body, value);
        if (value->given) {
            status = check_value(schema, i, value, e);
        }
    }
    return status;
}

enum muster_status codec_record_decode(struct muster_bytes payload, enum muster_kind kind,
                                       struct arena *arena, struct muster_record *record,
                                       struct muster_findings *findings, struct muster_err *e)
{
    struct codec_shape shape;
    struct muster_record taken = {0};
    struct muster_findings noticed = {0};
    ProtobufCMessage *base = NULL;
    const struct muster_schema *schema = muster_schema_of(kind);

    if (schema == NULL) {
        return muster_fail(e, MUSTER_EUNSUPPORTED,
                           "record: is of a kind that this version does not know");
    }
    enum muster_status status = record_shape(&shape, e);
    if (status == MUSTER_OK) {
        status = codec_unpack(&shape, payload, arena, &base, e);
    }
    if (status != MUSTER_OK) {
        return status;
    }
    const Muster__V1__Record *message = (const Muster__V1__Record *)base;
    status = take_record(message, schema, &taken, e);
    if (status == MUSTER_OK) {
        noticed.count = message->n_findings;
        status =
            codec_findings_take(message->findings, message->n_findings, "record", noticed.at, e);
    }
    if (status == MUSTER_OK) {
        *record = taken;
        *findings = noticed;
    }
    return status;
}
