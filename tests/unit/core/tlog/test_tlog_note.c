/* Keys, signed notes and cosignatures: the published example byte for byte, and the
 * refused neighbours of everything accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/base/encode.h"
#include "core/tlog/cosignature.h"
#include "core/tlog/note.h"
#include "example.h"

#define ROOM (2 * TLOG_NOTE_BYTES)

#define DASH      "\xe2\x80\x94 "
#define SOME_LINE DASH "someone AAAAAAE=\n"

struct fixture {
    struct tlog_signer log;
    struct tlog_signer witness;
    char *memory; /* ROOM bytes */
};

static int set_up(void **state)
{
    struct fixture *f = (struct fixture *)calloc(1, sizeof *f);
    uint8_t seed[TLOG_KEY_BYTES];
    assert_non_null(f);
    f->memory = (char *)malloc(ROOM);
    assert_non_null(f->memory);
    for (size_t i = 0; i < sizeof seed; i++) {
        seed[i] = (uint8_t)i;
    }
    assert_int_equal(tlog_signer_init(&f->log, muster_bytes_of_text(EXAMPLE_LOG_NAME),
                                      TLOG_KEY_NOTE, seed, NULL, NULL),
                     MUSTER_OK);
    for (size_t i = 0; i < sizeof seed; i++) {
        seed[i] = (uint8_t)(0x20 + i);
    }
    assert_int_equal(tlog_signer_init(&f->witness, muster_bytes_of_text(EXAMPLE_WITNESS_NAME),
                                      TLOG_KEY_COSIGNATURE, seed, NULL, NULL),
                     MUSTER_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    tlog_signer_fini(&f->log);
    tlog_signer_fini(&f->witness);
    free(f->memory);
    free(f);
    return 0;
}

static struct tlog_text begin(struct fixture *f)
{
    struct tlog_text out;
    tlog_text_init(&out, f->memory, ROOM);
    return out;
}

static void assert_text(const struct tlog_text *got, const char *want)
{
    assert_int_equal(got->len, strlen(want));
    assert_memory_equal(got->at, want, got->len);
}

static enum tlog_reason parse(struct muster_bytes bytes)
{
    struct tlog_note note;
    enum tlog_reason why = TLOG_GOOD;
    enum muster_status status = tlog_note_parse(&note, bytes, &why, NULL);
    assert_true((status == MUSTER_OK) == (why == TLOG_GOOD));
    return why;
}

static enum tlog_reason check(struct muster_bytes bytes, const struct tlog_key *keys, size_t count,
                              struct tlog_opened *opened)
{
    struct tlog_note note;
    enum tlog_reason why = TLOG_GOOD;
    assert_int_equal(tlog_note_parse(&note, bytes, NULL, NULL), MUSTER_OK);
    enum muster_status status = tlog_note_open(&note, keys, count, opened, &why, NULL);
    assert_true((status == MUSTER_OK) == (why == TLOG_GOOD));
    return why;
}

/* --- keys --------------------------------------------------------------------------------------*/

static void test_tlog_key_when_made_from_seed_then_published_key_text(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct tlog_text out = begin(f);

    tlog_key_format(&out, &f->log.key);
    assert_text(&out, EXAMPLE_LOG_KEY);
    out = begin(f);
    tlog_key_format(&out, &f->witness.key);
    assert_text(&out, EXAMPLE_WITNESS_KEY);
}

static void test_tlog_key_when_parsed_then_only_whole_and_fitting_texts_pass(void **state)
{
    static const struct {
        const char *text;
        enum tlog_reason why;
    } rows[] = {
        {EXAMPLE_LOG_KEY, TLOG_GOOD},
        {EXAMPLE_WITNESS_KEY, TLOG_GOOD},
        {"log.muster.example/1+9DA01379+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", TLOG_GOOD},
        {"", TLOG_BAD_KEY_TEXT},
        {"log.muster.example/1", TLOG_BAD_KEY_TEXT},
        {"log.muster.example/1+9da01379", TLOG_BAD_KEY_TEXT},
        {"log.muster.example/1+9da01379+", TLOG_BAD_KEY_TEXT},
        {"log.muster.example/1+9da0137+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
         TLOG_BAD_KEY_TEXT},
        {"log.muster.example/1+9da0137g+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
         TLOG_BAD_KEY_TEXT},
        {"log.muster.example/1+9da01379+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4\n",
         TLOG_BAD_KEY_TEXT},
        {"log.muster.example/2+9da01379+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
         TLOG_KEY_ID_MISMATCH},
        {"log.muster.example/1+9da01378+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
         TLOG_KEY_ID_MISMATCH},
        {"log.muster.example/1+9da01379+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG5",
         TLOG_KEY_ID_MISMATCH},
        {"+9da01379+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", TLOG_BAD_KEY_NAME},
        {"log muster+9da01379+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4", TLOG_BAD_KEY_NAME},
        {"log.muster.example/1+9da01379+AgOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4",
         TLOG_KEY_TYPE},
        {"log.muster.example/1+9da01379+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVQ==",
         TLOG_KEY_TYPE},
    };
    struct fixture *f = (struct fixture *)*state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tlog_key key;
        enum tlog_reason why = TLOG_GOOD;
        struct muster_err e;
        enum muster_status status =
            tlog_key_parse(&key, muster_bytes_of_text(rows[i].text), &why, &e);
        if (why != rows[i].why || (status == MUSTER_OK) != (why == TLOG_GOOD)) {
            fail_msg("%s: %s", rows[i].text, tlog_reason_name(why));
        }
        if (status != MUSTER_OK) {
            assert_string_equal(e.text, tlog_reason_text(why));
        }
    }
    struct tlog_signer signer;
    assert_int_equal(tlog_signer_parse(&signer, muster_bytes_of_text(EXAMPLE_LOG_KEY), NULL, NULL),
                     MUSTER_EMALFORMED);
    struct tlog_text out = begin(f);
    assert_int_equal(tlog_signer_format(&out, &f->witness, NULL), MUSTER_OK);
    assert_int_equal(tlog_signer_parse(&signer, tlog_text_bytes(&out), NULL, NULL), MUSTER_OK);
    assert_memory_equal(signer.key.public_key, f->witness.key.public_key, TLOG_KEY_BYTES);
    assert_int_equal(signer.key.type, TLOG_KEY_COSIGNATURE);
    tlog_signer_fini(&signer);
    f->memory[12] = 'W'; /* the first letter of the name: the id no longer fits */
    assert_int_equal(tlog_signer_parse(&signer, tlog_text_bytes(&out), NULL, NULL),
                     MUSTER_EMALFORMED);
}

static void test_tlog_key_name_when_it_has_spaces_or_plus_then_invalid(void **state)
{
    static const struct {
        const char *name;
        bool valid;
    } rows[] = {
        {"a", true},
        {"log.muster.example/1", true},
        {"caf\xc3\xa9", true},
        {"\xe4\xb8\xad", true},
        {"\xf0\x9f\x8c\xb2", true},
        {"a\xe2\x80\x8b", true}, /* U+200B is no Unicode space */
        {"", false},
        {"a b", false},
        {" a", false},
        {"a+b", false},
        {"a\tb", false},
        {"a\nb", false},
        {"a\x01", false},
        {"a\xc2\x85", false},     /* U+0085 */
        {"a\xc2\xa0", false},     /* U+00A0 */
        {"a\xe1\x9a\x80", false}, /* U+1680 */
        {"a\xe2\x80\x80", false}, /* U+2000 */
        {"a\xe2\x80\x8a", false}, /* U+200A */
        {"a\xe2\x80\xa8", false}, /* U+2028 */
        {"a\xe2\x80\xa9", false}, /* U+2029 */
        {"a\xe2\x80\xaf", false}, /* U+202F */
        {"a\xe2\x81\x9f", false}, /* U+205F */
        {"a\xe3\x80\x80", false}, /* U+3000 */
        {"a\xff", false},
        {"a\xc3", false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (tlog_key_name_valid(muster_bytes_of_text(rows[i].name)) != rows[i].valid) {
            fail_msg("row %zu", i);
        }
    }
    uint8_t public_key[TLOG_KEY_BYTES] = {0};
    struct tlog_key key;
    char name[TLOG_NAME_BYTES];
    memset(name, 'n', sizeof name);
    assert_int_equal(tlog_key_init(&key, muster_bytes_of(name, TLOG_NAME_BYTES - 1), TLOG_KEY_NOTE,
                                   public_key, NULL, NULL),
                     MUSTER_OK);
    assert_int_equal(tlog_key_init(&key, muster_bytes_of(name, TLOG_NAME_BYTES), TLOG_KEY_NOTE,
                                   public_key, NULL, NULL),
                     MUSTER_EMALFORMED);
}

/* --- notes -------------------------------------------------------------------------------------*/

static void test_tlog_note_when_example_is_signed_then_published_bytes(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct tlog_text out = begin(f);
    struct muster_bytes text = muster_bytes_of_text(EXAMPLE_TEXT);

    assert_int_equal(tlog_note_sign(&out, text, &f->log, NULL), MUSTER_OK);
    assert_int_equal(tlog_cosign(&out, text, EXAMPLE_TIME, &f->witness, NULL), MUSTER_OK);

    assert_text(&out, EXAMPLE_CHECKPOINT);
}

static void test_tlog_note_when_form_is_wrong_then_its_reason(void **state)
{
    static const struct {
        const char *note;
        enum tlog_reason why;
    } rows[] = {
        {EXAMPLE_CHECKPOINT, TLOG_GOOD},
        {"text\n\n" SOME_LINE, TLOG_GOOD},
        {"\n\n" SOME_LINE, TLOG_GOOD},
        {"two\n\nparts\n\n" SOME_LINE, TLOG_GOOD},
        {"text\n\n" SOME_LINE "\n" SOME_LINE, TLOG_GOOD}, /* the first line is text then */
        {"", TLOG_TRUNCATED},
        {"\n", TLOG_TRUNCATED},
        {"text", TLOG_TRUNCATED},
        {"text\n", TLOG_TRUNCATED},
        {"text\n\n", TLOG_TRUNCATED},
        {"text\n" SOME_LINE, TLOG_TRUNCATED},
        {"\n" SOME_LINE, TLOG_TRUNCATED},
        {"text\n\n" DASH "someone AAAAAAE=", TLOG_TRUNCATED},
        {"text\n\n" SOME_LINE "\n", TLOG_TRUNCATED},
        {"text\r\n\r\n" DASH "someone AAAAAAE=\r\n", TLOG_NOT_TEXT},
        {"te\txt\n\n" SOME_LINE, TLOG_NOT_TEXT},
        {"te\x1fxt\n\n" SOME_LINE, TLOG_NOT_TEXT},
        {"te\xffxt\n\n" SOME_LINE, TLOG_NOT_TEXT},
        {"te\xed\xa0\x80xt\n\n" SOME_LINE, TLOG_NOT_TEXT}, /* a surrogate */
        {"text\n\n- someone AAAAAAE=\n", TLOG_BAD_SIGNATURE_LINE},
        {"text\n\n\xe2\x80\x93 someone AAAAAAE=\n", TLOG_BAD_SIGNATURE_LINE}, /* en dash */
        {"text\n\n\xe2\x80\x94someone AAAAAAE=\n", TLOG_BAD_SIGNATURE_LINE},
        {"text\n\n" DASH " AAAAAAE=\n", TLOG_BAD_SIGNATURE_LINE},
        {"text\n\n" DASH "someone\n", TLOG_BAD_SIGNATURE_LINE},
        {"text\n\n" DASH "someone \n", TLOG_BAD_SIGNATURE_LINE},
        {"text\n\n" DASH "some+one AAAAAAE=\n", TLOG_BAD_SIGNATURE_LINE},
        {"text\n\n" DASH "some\xc2\xa0one AAAAAAE=\n", TLOG_BAD_SIGNATURE_LINE},
        {"text\n\n" DASH "someone AAAAAAE= \n", TLOG_BAD_SIGNATURE_LINE},
        {"text\n\n" DASH "someone  AAAAAAE=\n", TLOG_BAD_SIGNATURE_LINE},
        {"text\n\n" DASH "someone AAAAAAE\n", TLOG_BAD_SIGNATURE_LINE},
        {"text\n\n" DASH "someone AAAAAAF=\n", TLOG_BAD_SIGNATURE_LINE}, /* spare bits set */
        {"text\n\n" DASH "someone AAAAAA==\n", TLOG_BAD_SIGNATURE_LINE}, /* an id and no more */
        {"text\n\n" SOME_LINE "x\n", TLOG_BAD_SIGNATURE_LINE},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        enum tlog_reason why = parse(muster_bytes_of_text(rows[i].note));
        if (why != rows[i].why) {
            fail_msg("row %zu: %s", i, tlog_reason_name(why));
        }
    }
    assert_int_equal(
        parse(muster_bytes_of("te\0xt\n\n" SOME_LINE, sizeof "te\0xt\n\n" SOME_LINE - 1)),
        TLOG_NOT_TEXT);
}

static void test_tlog_note_when_at_its_limits_then_one_more_is_refused(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct tlog_text out = begin(f);

    tlog_text_put(&out, muster_bytes_of_text("text\n\n"));
    for (size_t i = 0; i < TLOG_NOTE_SIGNATURES; i++) {
        tlog_text_put(&out, muster_bytes_of_text(SOME_LINE));
    }
    assert_int_equal(parse(tlog_text_bytes(&out)), TLOG_GOOD);
    tlog_text_put(&out, muster_bytes_of_text(SOME_LINE));
    assert_int_equal(parse(tlog_text_bytes(&out)), TLOG_TOO_MANY_SIGNATURES);

    /* One line that is as long as a note may be, its base64 valid in every group. */
    const char *head = "x\n\n" DASH "someone ";
    size_t most = TLOG_NOTE_BYTES - strlen(head) - 1;
    assert_int_equal(most % 4, 0);
    memset(f->memory, 'A', ROOM);
    memcpy(f->memory, head, strlen(head));
    f->memory[TLOG_NOTE_BYTES - 1] = '\n';
    assert_int_equal(parse(muster_bytes_of(f->memory, TLOG_NOTE_BYTES)), TLOG_GOOD);
    f->memory[strlen(head) + 1023] = '='; /* padding that is not at the end */
    assert_int_equal(parse(muster_bytes_of(f->memory, TLOG_NOTE_BYTES)), TLOG_BAD_SIGNATURE_LINE);
    f->memory[strlen(head) + 1023] = 'A';
    f->memory[TLOG_NOTE_BYTES - 1] = 'A';
    f->memory[TLOG_NOTE_BYTES + 3] = '\n';
    assert_int_equal(parse(muster_bytes_of(f->memory, TLOG_NOTE_BYTES + 4)), TLOG_TOO_LONG);
}

static void test_tlog_note_when_opened_then_known_bad_refuses_and_unknown_is_ignored(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    const struct tlog_key keys[] = {f->log.key, f->witness.key};
    struct tlog_opened opened;
    struct tlog_key other = f->log.key;
    char altered[] = EXAMPLE_CHECKPOINT;
    struct muster_bytes example = muster_bytes_of_text(EXAMPLE_CHECKPOINT);

    assert_int_equal(check(example, keys, 2, &opened), TLOG_GOOD);
    assert_int_equal(opened.count, 2);
    assert_int_equal(opened.by[0].key, 0);
    assert_int_equal(opened.by[1].key, 1);
    assert_int_equal(opened.by[1].time, EXAMPLE_TIME);
    assert_int_equal(check(example, keys, 1, &opened), TLOG_GOOD);
    assert_int_equal(opened.count, 1);
    assert_int_equal(check(example, NULL, 0, &opened), TLOG_FOREIGN_KEY);

    /* Same name, other id; same id, other name: both unknown. */
    other.id[0] ^= 1;
    assert_int_equal(check(example, &other, 1, &opened), TLOG_FOREIGN_KEY);
    other = f->log.key;
    other.name[0] = 'L';
    assert_int_equal(check(example, &other, 1, &opened), TLOG_FOREIGN_KEY);

    /* The witness's signature altered: refused by whoever knows the witness, ignored by others. */
    altered[sizeof altered - 12] ^= 1;
    assert_int_equal(check(muster_bytes_of_text(altered), keys, 2, &opened), TLOG_BAD_SIGNATURE);
    assert_int_equal(check(muster_bytes_of_text(altered), keys, 1, &opened), TLOG_GOOD);

    /* A witness's key taken for a log's, and the other way round: lengths differ. */
    other = f->witness.key;
    other.type = TLOG_KEY_NOTE;
    assert_int_equal(check(example, &other, 1, &opened), TLOG_BAD_SIGNATURE);
    other = f->log.key;
    other.type = TLOG_KEY_COSIGNATURE;
    assert_int_equal(check(example, &other, 1, &opened), TLOG_BAD_SIGNATURE);
}

static void test_tlog_note_when_one_witness_signs_twice_then_one_vote(void **state)
{
    struct fixture *f = (struct fixture *)*state;
    struct muster_bytes text = muster_bytes_of_text(EXAMPLE_TEXT);
    struct tlog_text out = begin(f);
    struct tlog_signer alias = f->witness;
    struct tlog_signer second;
    struct tlog_opened opened;
    uint8_t seed[TLOG_KEY_BYTES] = {7};

    assert_int_equal(tlog_key_init(&alias.key, muster_bytes_of_text("alias.example"),
                                   TLOG_KEY_COSIGNATURE, f->witness.key.public_key, NULL, NULL),
                     MUSTER_OK);
    assert_int_equal(tlog_signer_init(&second, muster_bytes_of_text("second.example"),
                                      TLOG_KEY_COSIGNATURE, seed, NULL, NULL),
                     MUSTER_OK);
    const struct tlog_key keys[] = {f->log.key, f->witness.key, alias.key, second.key};
    assert_int_equal(tlog_note_sign(&out, text, &f->log, NULL), MUSTER_OK);
    assert_int_equal(tlog_cosign(&out, text, 1, &f->witness, NULL), MUSTER_OK);
    assert_int_equal(tlog_cosign(&out, text, 2, &f->witness, NULL), MUSTER_OK);
    assert_int_equal(tlog_cosign(&out, text, 3, &alias, NULL), MUSTER_OK);
    assert_int_equal(check(tlog_text_bytes(&out), keys, 4, &opened), TLOG_GOOD);
    assert_int_equal(opened.count, 4);
    assert_int_equal(tlog_opened_witnesses(&opened, keys), 1);

    assert_int_equal(tlog_cosign(&out, text, UINT64_MAX, &second, NULL), MUSTER_OK);
    assert_int_equal(check(tlog_text_bytes(&out), keys, 4, &opened), TLOG_GOOD);
    assert_true(opened.by[4].time == UINT64_MAX);
    assert_int_equal(tlog_opened_witnesses(&opened, keys), 2);
    tlog_signer_fini(&second);
}

static void test_tlog_note_when_it_cannot_be_signed_then_usage_or_too_big(void **state)
{
    static const char *const texts[] = {"", "no line feed", "tab\t\n", "\xff\n"};
    struct fixture *f = (struct fixture *)*state;
    struct muster_bytes text = muster_bytes_of_text(EXAMPLE_TEXT);
    struct tlog_text out = begin(f);

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_int_equal(tlog_note_sign(&out, muster_bytes_of_text(texts[i]), &f->log, NULL),
                         MUSTER_EUSAGE);
    }
    assert_int_equal(tlog_note_sign(&out, text, &f->witness, NULL), MUSTER_EUSAGE);
    assert_int_equal(tlog_cosign(&out, text, 1, &f->log, NULL), MUSTER_EUSAGE);
    memset(f->memory + TLOG_NOTE_BYTES, 'a', TLOG_COSIGNED_BYTES + 1);
    out = begin(f);
    assert_int_equal(
        tlog_cosign(&out, muster_bytes_of(f->memory + TLOG_NOTE_BYTES, TLOG_COSIGNED_BYTES + 1), 1,
                    &f->witness, NULL),
        MUSTER_ETOOBIG);
    for (size_t room = 0; room < strlen(EXAMPLE_TEXT "\n" EXAMPLE_LOG_LINE); room++) {
        tlog_text_init(&out, f->memory, room);
        assert_int_equal(tlog_note_sign(&out, text, &f->log, NULL), MUSTER_ETOOBIG);
    }
}

static void test_tlog_reason_when_listed_then_names_are_unique_and_sentences_end(void **state)
{
    static const enum tlog_reason all[] = {
#define X(token, name, status, text) token,
        TLOG_REASON_MAP(X)
#undef X
    };
    const size_t count = sizeof all / sizeof all[0];
    (void)state;

    for (size_t i = 0; i < count; i++) {
        const char *text = tlog_reason_text(all[i]);
        assert_int_equal(text[strlen(text) - 1], '.');
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(tlog_reason_name(all[i]), tlog_reason_name(all[j]));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tlog_key_when_made_from_seed_then_published_key_text),
        cmocka_unit_test(test_tlog_key_when_parsed_then_only_whole_and_fitting_texts_pass),
        cmocka_unit_test(test_tlog_key_name_when_it_has_spaces_or_plus_then_invalid),
        cmocka_unit_test(test_tlog_note_when_example_is_signed_then_published_bytes),
        cmocka_unit_test(test_tlog_note_when_form_is_wrong_then_its_reason),
        cmocka_unit_test(test_tlog_note_when_at_its_limits_then_one_more_is_refused),
        cmocka_unit_test(test_tlog_note_when_opened_then_known_bad_refuses_and_unknown_is_ignored),
        cmocka_unit_test(test_tlog_note_when_one_witness_signs_twice_then_one_vote),
        cmocka_unit_test(test_tlog_note_when_it_cannot_be_signed_then_usage_or_too_big),
        cmocka_unit_test(test_tlog_reason_when_listed_then_names_are_unique_and_sentences_end),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
