/* Error sentences: cut, never overrun; wrapped without losing what went wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <muster/status.h>

#define MOST (MUSTER_ERR_TEXT_BYTES - 1)

static void test_status_when_named_then_every_code_has_its_own_name(void **state)
{
    static const enum muster_status all[] = {
#define X(code, name, text) code,
        MUSTER_STATUS_MAP(X)
#undef X
    };
    (void)state;

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        assert_true(muster_status_name(all[i])[0] != '\0');
        assert_true(muster_status_text(all[i])[0] != '\0');
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(muster_status_name(all[i]), muster_status_name(all[j]));
        }
    }
}

static void test_fail_when_nobody_listens_then_gives_the_status(void **state)
{
    (void)state;

    assert_int_equal(muster_fail(NULL, MUSTER_EIO, "%s", "x"), MUSTER_EIO);
    assert_int_equal(muster_wrap(NULL, MUSTER_EFULL, "%s", "x"), MUSTER_EFULL);
}

static void test_fail_when_sentence_is_long_then_cut(void **state)
{
    struct {
        struct muster_err e;
        char behind[8];
    } box;
    char sentence[3 * MUSTER_ERR_TEXT_BYTES];
    (void)state;
    memset(&box, 0x5a, sizeof box);
    memset(sentence, 'a', sizeof sentence - 1);
    sentence[sizeof sentence - 1] = '\0';

    assert_int_equal(muster_fail(&box.e, MUSTER_EIO, "%s", sentence), MUSTER_EIO);

    assert_int_equal(strlen(box.e.text), MOST);
    assert_memory_equal(box.behind, "\x5a\x5a\x5a\x5a\x5a\x5a\x5a\x5a", 8);
}

/* What must come out is put together here with a buffer that is large enough, then cut. */
static void test_wrap_when_of_any_length_then_context_colon_sentence_cut(void **state)
{
    (void)state;
    const size_t lengths[] = {0,        1,        2,    100,      MOST - 4, MOST - 3,
                              MOST - 2, MOST - 1, MOST, MOST + 1, 2 * MOST};
    const size_t count = sizeof lengths / sizeof lengths[0];

    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < count; j++) {
            struct muster_err e;
            char context[3 * MOST] = "";
            char sentence[3 * MOST] = "";
            char expected[8 * MOST];
            memset(context, 'c', lengths[i]);
            memset(sentence, 's', lengths[j]);
            (void)muster_fail(&e, MUSTER_ECORRUPT, "%s", sentence);
            size_t held = strlen(e.text);

            assert_int_equal(muster_wrap(&e, MUSTER_EIO, "%s", context), MUSTER_ECORRUPT);

            (void)snprintf(expected, sizeof expected, "%.*s%s%.*s", (int)MOST, context,
                           held > 0 ? ": " : "", (int)held, sentence);
            expected[MOST] = '\0';
            /* Where no letter of the sentence would fit, the colon may be left out as well. */
            size_t len = strlen(e.text);
            assert_true(len == strlen(expected) || (len >= MOST - 2 && lengths[i] >= MOST - 2));
            assert_memory_equal(e.text, expected, len);
        }
    }
}

static void
test_wrap_when_its_own_sentence_is_an_argument_then_it_is_read_before_written(void **state)
{
    struct muster_err e;
    (void)state;
    (void)muster_fail(&e, MUSTER_EIO, "disk");

    (void)muster_wrap(&e, MUSTER_EIO, "again %s", e.text);

    assert_string_equal(e.text, "again disk: disk");
}

/* A failure that filled no sentence must not turn into a success on its way up. */
static void test_wrap_when_nothing_was_said_then_still_a_failure(void **state)
{
    struct muster_err e = {MUSTER_OK, ""};
    (void)state;

    assert_int_equal(muster_wrap(&e, MUSTER_EIO, "the outbox"), MUSTER_EIO);

    assert_int_equal(e.status, MUSTER_EIO);
    assert_string_equal(e.text, "the outbox");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_when_named_then_every_code_has_its_own_name),
        cmocka_unit_test(test_fail_when_nobody_listens_then_gives_the_status),
        cmocka_unit_test(test_fail_when_sentence_is_long_then_cut),
        cmocka_unit_test(test_wrap_when_of_any_length_then_context_colon_sentence_cut),
        cmocka_unit_test(
            test_wrap_when_its_own_sentence_is_an_argument_then_it_is_read_before_written),
        cmocka_unit_test(test_wrap_when_nothing_was_said_then_still_a_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
