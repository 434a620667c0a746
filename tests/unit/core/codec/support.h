/* For the tests of core/codec: bytes made by hand, and random records with a seed. */
#ifndef MUSTER_TEST_CODEC_SUPPORT_H
#define MUSTER_TEST_CODEC_SUPPORT_H

#include <stdio.h>

#include <muster/records.h>

#include <core/base/arena.h>
#include <core/base/buffer.h>

/* --- protobuf wire format, written without the code under test ------------------------------- */

void wire_varint(struct buffer *out, uint64_t value);
void wire_tag(struct buffer *out, unsigned number, unsigned wire_type);
void wire_number(struct buffer *out, unsigned number, uint64_t value); /* a varint field */
void wire_bytes(struct buffer *out, unsigned number, const void *at, size_t len);
void wire_text(struct buffer *out, unsigned number, const char *text);
void wire_inside(struct buffer *out, unsigned number, const struct buffer *message);

struct muster_bytes bytes_in(const struct buffer *buffer);

/* --- random records -------------------------------------------------------------------------- */

struct dice {
    uint64_t state;
};

uint64_t dice_roll(struct dice *dice);
/* 0 to most. */
uint64_t dice_most(struct dice *dice, uint64_t most);
/* Valid UTF-8 of `least` to `most` bytes, of one to four bytes a character, no NUL. */
const char *dice_text(struct dice *dice, struct arena *arena, size_t least, size_t most);

enum fill {
    FILL_SOME,  /* each field given or not */
    FILL_NONE,  /* no field given */
    FILL_LEAST, /* every field, the least value of its type */
    FILL_MOST,  /* every field, the greatest; the long texts as far as a payload goes */
    FILL_COUNT,
};

void make_record(struct dice *dice, struct arena *arena, const struct muster_schema *schema,
                 enum fill fill, struct muster_record *out);
void make_findings(struct dice *dice, struct arena *arena, size_t count,
                   struct muster_findings *out);

/* cmocka assertions: same fields, same values, same findings. */
void assert_same_record(const struct muster_record *got, const struct muster_record *want);
void assert_same_findings(const struct muster_findings *got, const struct muster_findings *want);

/* One line: withdrawn_reason=<hex>|findings=[...]|column=value|... as oracle.py writes it. */
void dump_record(const struct muster_record *record, const struct muster_findings *findings,
                 FILE *out);

#endif
