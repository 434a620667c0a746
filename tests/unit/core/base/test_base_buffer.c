/* The growing buffer: caps, growth, the sticky error. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <core/base/arena.h>
#include <core/base/buffer.h>

static void test_buffer_when_appended_to_then_holds_all_in_order(void **state)
{
    struct buffer buffer = {0};
    char *expected = (char *)calloc(1, 400000);
    size_t len = 0;
    (void)state;
    assert_non_null(expected);

    for (int i = 0; i < 20000; i++) {
        buffer_printf(&buffer, "%d", i);
        len += (size_t)sprintf(expected + len, "%d", i);
        buffer_byte(&buffer, i % 7 == 0 ? '\0' : ',');
        expected[len++] = i % 7 == 0 ? '\0' : ',';
        buffer_text(&buffer, i % 3 == 0 ? "" : "ab");
        len += (size_t)sprintf(expected + len, "%s", i % 3 == 0 ? "" : "ab");
        assert_int_equal(buffer.len, len);
        assert_int_equal(buffer.at[len], 0);
    }

    assert_int_equal(buffer_check(&buffer, NULL), MUSTER_OK);
    assert_memory_equal(buffer.at, expected, len);
    buffer_fini(&buffer);
    assert_null(buffer.at);
    free(expected);
}

static void
test_buffer_when_at_its_cap_then_next_byte_fails_and_nothing_after_it_counts(void **state)
{
    static const size_t caps[] = {1, 2, 255, 256, 257, 1000};
    (void)state;

    for (size_t i = 0; i < sizeof caps / sizeof caps[0]; i++) {
        struct buffer buffer;
        struct muster_err e = {MUSTER_OK, ""};
        buffer_init(&buffer, caps[i]);
        for (size_t n = 0; n < caps[i]; n++) {
            buffer_byte(&buffer, 'x');
        }
        assert_int_equal(buffer_check(&buffer, NULL), MUSTER_OK);
        buffer_put(&buffer, "", 0);
        assert_int_equal(buffer_check(&buffer, NULL), MUSTER_OK);

        buffer_byte(&buffer, 'y');
        buffer_put(&buffer, "", 0);

        assert_int_equal(buffer_check(&buffer, &e), MUSTER_ETOOBIG);
        assert_true(e.text[0] != '\0');
        assert_int_equal(buffer.len, caps[i]);
        buffer_reset(&buffer);
        buffer_text(&buffer, "z");
        assert_int_equal(buffer_check(&buffer, NULL), MUSTER_OK);
        assert_string_equal(buffer.at, "z");
        buffer_fini(&buffer);
    }
}

static void test_buffer_when_printing_beyond_the_cap_then_keeps_what_was_there(void **state)
{
    struct buffer buffer;
    (void)state;
    buffer_init(&buffer, 10);
    buffer_text(&buffer, "12345");

    buffer_printf(&buffer, "%s", "678901");
    buffer_text(&buffer, "6");

    assert_int_equal(buffer_check(&buffer, NULL), MUSTER_ETOOBIG);
    assert_string_equal(buffer.at, "12345");
    buffer_fini(&buffer);
}

static void test_buffer_when_no_cap_given_then_64_mib(void **state)
{
    const size_t most = 64u * 1024u * 1024u;
    struct buffer buffer = {0};
    char *bytes = (char *)calloc(1, most + 1);
    (void)state;
    assert_non_null(bytes);

    buffer_put(&buffer, bytes, most);
    assert_int_equal(buffer_check(&buffer, NULL), MUSTER_OK);
    buffer_reset(&buffer);
    buffer_put(&buffer, bytes, most + 1);
    assert_int_equal(buffer_check(&buffer, NULL), MUSTER_ETOOBIG);

    buffer_fini(&buffer);
    free(bytes);
}

/* The NUL and the doubling must not wrap around. Nothing of the source is read when it fails. */
static void test_buffer_when_length_overflows_then_refused(void **state)
{
    static const size_t lengths[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 3, SIZE_MAX / 2 + 1};
    (void)state;

    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        for (size_t first = 0; first < 4; first++) {
            struct buffer buffer;
            buffer_init(&buffer, SIZE_MAX);
            buffer_put(&buffer, "abc", first);
            buffer_put(&buffer, "x", lengths[i]);
            assert_int_not_equal(buffer_check(&buffer, NULL), MUSTER_OK);
            assert_int_equal(buffer.len, first);
            buffer_fini(&buffer);
        }
    }
}

static void test_buffer_when_memory_runs_out_then_says_so_and_keeps_what_it_has(void **state)
{
    struct buffer buffer = {0};
    struct muster_err e = {MUSTER_OK, ""};
    char many[1000] = "";
    (void)state;
    buffer_text(&buffer, "held");

    (void)muster_alloc_fail_at(1);
    buffer_put(&buffer, many, sizeof many);
    assert_true(muster_alloc_fail_at(0));
    buffer_text(&buffer, "lost");

    assert_int_equal(buffer_check(&buffer, &e), MUSTER_ENOMEM);
    assert_int_equal(e.status, MUSTER_ENOMEM);
    assert_string_equal(buffer.at, "held");
    buffer_reset(&buffer);
    buffer_put(&buffer, many, sizeof many);
    assert_int_equal(buffer_check(&buffer, NULL), MUSTER_OK);
    buffer_fini(&buffer);
    buffer_fini(&buffer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buffer_when_appended_to_then_holds_all_in_order),
        cmocka_unit_test(
            test_buffer_when_at_its_cap_then_next_byte_fails_and_nothing_after_it_counts),
        cmocka_unit_test(test_buffer_when_printing_beyond_the_cap_then_keeps_what_was_there),
        cmocka_unit_test(test_buffer_when_no_cap_given_then_64_mib),
        cmocka_unit_test(test_buffer_when_length_overflows_then_refused),
        cmocka_unit_test(test_buffer_when_memory_runs_out_then_says_so_and_keeps_what_it_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
