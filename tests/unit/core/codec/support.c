#include "support.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

void wire_varint(struct buffer *out, uint64_t value)
{
    while (value >= 0x80) {
        buffer_byte(out, (char)(uint8_t)(value | 0x80));
        value >>= 7;
    }
    buffer_byte(out, (char)value);
}

void wire_tag(struct buffer *out, unsigned number, unsigned wire_type)
{
    wire_varint(out, (uint64_t)number << 3 | wire_type);
}

void wire_number(struct buffer *out, unsigned number, uint64_t value)
{
    wire_tag(out, number, 0);
    wire_varint(out, value);
}

void wire_bytes(struct buffer *out, unsigned number, const void *at, size_t len)
{
    wire_tag(out, number, 2);
    wire_varint(out, len);
    buffer_put(out, at, len);
}

void wire_text(struct buffer *out, unsigned number, const char *text)
{
    wire_bytes(out, number, text, strlen(text));
}

void wire_inside(struct buffer *out, unsigned number, const struct buffer *message)
{
    wire_bytes(out, number, message->at, message->len);
}

struct muster_bytes bytes_in(const struct buffer *buffer)
{
    assert_false(buffer->failed);
    return muster_bytes_of(buffer->at, buffer->len);
}

/* splitmix64: the same figures on every machine. */
uint64_t dice_roll(struct dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

uint64_t dice_most(struct dice *dice, uint64_t most)
{
    return most == UINT64_MAX ? dice_roll(dice) : dice_roll(dice) % (most + 1);
}

const char *dice_text(struct dice *dice, struct arena *arena, size_t least, size_t most)
{
    static const char *const characters[] = {"a",      "\x01",       "~",          ";",
                                             "\u00e9", "\u07ff",     "\u0800",     "\uffff",
                                             "\u20ac", "\U00010000", "\U0010fffd", " "};
    size_t want = least + (size_t)dice_most(dice, most - least);
    char *text = (char *)arena_alloc(arena, most + 1);
    size_t len = 0;

    assert_non_null(text);
    while (len < want) {
        size_t choices = sizeof characters / sizeof characters[0];
        const char *character = characters[dice_most(dice, choices - 1)];
        size_t step = strlen(character);
        if (len + step > want) {
            character = "x";
            step = 1;
        }
        memcpy(text + len, character, step);
        len += step;
    }
    text[len] = '\0';
    return text;
}

static size_t most_bytes(enum muster_type type)
{
    switch (type) {
    case MUSTER_TYPE_NAME:
        return MUSTER_NAME_BYTES;
    case MUSTER_TYPE_TEXT:
        return 15000; /* three of them and the rest fit a payload */
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
    case MUSTER_TYPE_DATE:
    case MUSTER_TYPE_INSTANT:
    case MUSTER_TYPE_YESNO:
    case MUSTER_TYPE_COUNT:
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        break;
    }
    return MUSTER_ID_BYTES;
}

static int64_t pick(struct dice *dice, enum fill fill, int64_t least, int64_t most)
{
    if (fill == FILL_LEAST) {
        return least;
    }
    return fill == FILL_MOST ? most : least + (int64_t)dice_most(dice, (uint64_t)(most - least));
}

static struct muster_list make_list(struct dice *dice, struct arena *arena, enum fill fill)
{
    size_t count = (size_t)pick(dice, fill, 1, fill == FILL_SOME ? 5 : MUSTER_LIST_ITEMS);
    const char **items = (const char **)arena_array(arena, count, sizeof *items);

    assert_non_null(items);
    for (size_t i = 0; i < count; i++) {
        size_t len = (size_t)pick(dice, fill, 1, MUSTER_ID_BYTES);
        items[i] = dice_text(dice, arena, len, len);
    }
    struct muster_list list = {items, count};
    return list;
}

static void make_value(struct dice *dice, struct arena *arena, enum muster_type type,
                       enum fill fill, struct muster_value *out)
{
    size_t len = 0;

    switch (type) {
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
    case MUSTER_TYPE_NAME:
    case MUSTER_TYPE_TEXT:
        len = (size_t)pick(dice, fill, 1, (int64_t)most_bytes(type));
        out->text = dice_text(dice, arena, len, len);
        break;
    case MUSTER_TYPE_DATE: /* 0001-01-01 to 9999-12-31 */
        out->date.days = (int32_t)pick(dice, fill, -719162, 2932896);
        break;
    case MUSTER_TYPE_INSTANT:
        out->instant.ms = pick(dice, fill, INT64_C(-62135596800000), INT64_C(253402300799999));
        break;
    case MUSTER_TYPE_YESNO:
        out->yes = pick(dice, fill, 0, 1) != 0;
        break;
    case MUSTER_TYPE_COUNT:
        out->count = pick(dice, fill, 0, INT64_C(1000000000));
        break;
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        out->list = make_list(dice, arena, fill);
        break;
    }
    out->given = true;
}

void make_record(struct dice *dice, struct arena *arena, const struct muster_schema *schema,
                 enum fill fill, struct muster_record *out)
{
    memset(out, 0, sizeof *out);
    out->schema = schema;
    for (size_t i = 0; i < schema->field_count; i++) {
        bool given = fill != FILL_NONE && (fill != FILL_SOME || dice_most(dice, 3) > 0);
        if (given) {
            make_value(dice, arena, schema->fields[i].type, fill, &out->value[i]);
        }
    }
    if (fill != FILL_NONE && dice_most(dice, 3) == 0) {
        out->withdrawn_reason = dice_text(dice, arena, 1, 200);
    }
}

void make_findings(struct dice *dice, struct arena *arena, size_t count,
                   struct muster_findings *out)
{
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < count; i++) {
        struct muster_finding *finding = &out->at[out->count++];
        finding->code = dice_text(dice, arena, 1, MUSTER_ID_BYTES);
        finding->column = dice_text(dice, arena, 0, 20);
        finding->level = (enum muster_level)dice_most(dice, MUSTER_LEVEL_REFUSAL);
        finding->message = dice_text(dice, arena, 1, MUSTER_MESSAGE_BYTES);
    }
}

static void assert_same_value(const struct muster_field *field, const struct muster_value *got,
                              const struct muster_value *want)
{
    assert_int_equal(got->given, want->given);
    if (!want->given) {
        return;
    }
    switch (field->type) {
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
    case MUSTER_TYPE_NAME:
    case MUSTER_TYPE_TEXT:
        assert_string_equal(got->text, want->text);
        break;
    case MUSTER_TYPE_DATE:
        assert_int_equal(got->date.days, want->date.days);
        break;
    case MUSTER_TYPE_INSTANT:
        assert_true(got->instant.ms == want->instant.ms);
        break;
    case MUSTER_TYPE_YESNO:
        assert_int_equal(got->yes, want->yes);
        break;
    case MUSTER_TYPE_COUNT:
        assert_true(got->count == want->count);
        break;
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        assert_int_equal(got->list.count, want->list.count);
        for (size_t i = 0; i < want->list.count; i++) {
            assert_string_equal(got->list.items[i], want->list.items[i]);
        }
        break;
    }
}

void assert_same_record(const struct muster_record *got, const struct muster_record *want)
{
    assert_ptr_equal(got->schema, want->schema);
    for (size_t i = 0; i < want->schema->field_count; i++) {
        assert_same_value(&want->schema->fields[i], &got->value[i], &want->value[i]);
    }
    assert_int_equal(got->withdrawn_reason == NULL, want->withdrawn_reason == NULL);
    if (want->withdrawn_reason != NULL) {
        assert_string_equal(got->withdrawn_reason, want->withdrawn_reason);
    }
}

void assert_same_findings(const struct muster_findings *got, const struct muster_findings *want)
{
    assert_int_equal(got->count, want->count);
    for (size_t i = 0; i < want->count; i++) {
        assert_string_equal(got->at[i].code, want->at[i].code);
        assert_string_equal(got->at[i].column, want->at[i].column);
        assert_int_equal(got->at[i].level, want->at[i].level);
        assert_string_equal(got->at[i].message, want->at[i].message);
    }
}

static void dump_text(const char *text, FILE *out)
{
    for (; *text != '\0'; text++) {
        (void)fprintf(out, "%02x", (unsigned)(unsigned char)*text);
    }
}

static void dump_value(enum muster_type type, const struct muster_value *value, FILE *out)
{
    switch (type) {
    case MUSTER_TYPE_ID:
    case MUSTER_TYPE_CODE:
    case MUSTER_TYPE_CENSUS:
    case MUSTER_TYPE_NAME:
    case MUSTER_TYPE_TEXT:
        dump_text(value->text, out);
        break;
    case MUSTER_TYPE_DATE:
        (void)fprintf(out, "%d", (int)value->date.days);
        break;
    case MUSTER_TYPE_INSTANT:
        (void)fprintf(out, "%lld", (long long)value->instant.ms);
        break;
    case MUSTER_TYPE_YESNO:
        (void)fprintf(out, "%s", value->yes ? "yes" : "no");
        break;
    case MUSTER_TYPE_COUNT:
        (void)fprintf(out, "%lld", (long long)value->count);
        break;
    case MUSTER_TYPE_CODES:
    case MUSTER_TYPE_IDS:
        for (size_t i = 0; i < value->list.count; i++) {
            dump_text(value->list.items[i], out);
            (void)fputc(';', out);
        }
        break;
    }
}

void dump_record(const struct muster_record *record, const struct muster_findings *findings,
                 FILE *out)
{
    (void)fputs(record->schema->name, out);
    if (record->withdrawn_reason != NULL) {
        (void)fputs("|withdrawn_reason=", out);
        dump_text(record->withdrawn_reason, out);
    }
    for (size_t i = 0; i < findings->count; i++) {
        const struct muster_finding *finding = &findings->at[i];
        (void)fputs("|finding=", out);
        dump_text(finding->code, out);
        (void)fputc(',', out);
        dump_text(finding->column, out);
        (void)fprintf(out, ",%s,", muster_level_name(finding->level));
        dump_text(finding->message, out);
    }
    for (size_t i = 0; i < record->schema->field_count; i++) {
        if (record->value[i].given) {
            (void)fprintf(out, "|%s=", record->schema->fields[i].column);
            dump_value(record->schema->fields[i].type, &record->value[i], out);
        }
    }
}
