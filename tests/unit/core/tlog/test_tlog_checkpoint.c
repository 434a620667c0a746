/* Checkpoint texts: what is read, what is refused, what is written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/tlog/checkpoint.h"
#include "example.h"

#define ROOT "CLivSPHqaTnm7+gB9O9jO4b9dSSvCeMSFeDxdrKJiD4="

static void test_tlog_checkpoint_when_parsed_then_only_plain_lines_pass(void **state)
{
    static const struct {
        const char *text;
        enum tlog_reason why;
        uint64_t size;
    } rows[] = {
        {"o\n7\n" ROOT "\n", TLOG_GOOD, 7},
        {"o\n0\n" ROOT "\n", TLOG_GOOD, 0},
        {"o\n9223372036854775807\n" ROOT "\n", TLOG_GOOD, INT64_MAX},
        {"an origin with spaces\n7\n" ROOT "\n", TLOG_GOOD, 7},
        {"o\n7\n" ROOT "\nextension\nanother\n", TLOG_GOOD, 7},
        {"o\n9223372036854775808\n" ROOT "\n", TLOG_BAD_SIZE, 0},
        {"o\n18446744073709551623\n" ROOT "\n", TLOG_BAD_SIZE, 0},
        {"o\n99999999999999999999999\n" ROOT "\n", TLOG_BAD_SIZE, 0},
        {"o\n07\n" ROOT "\n", TLOG_BAD_SIZE, 0},
        {"o\n00\n" ROOT "\n", TLOG_BAD_SIZE, 0},
        {"o\n+7\n" ROOT "\n", TLOG_BAD_SIZE, 0},
        {"o\n-7\n" ROOT "\n", TLOG_BAD_SIZE, 0},
        {"o\n 7\n" ROOT "\n", TLOG_BAD_SIZE, 0},
        {"o\n7 \n" ROOT "\n", TLOG_BAD_SIZE, 0},
        {"o\n0x7\n" ROOT "\n", TLOG_BAD_SIZE, 0},
        {"o\n\n" ROOT "\n", TLOG_BAD_SIZE, 0},
        {"o\n7\nCLivSPHqaTnm7+gB9O9jO4b9dSSvCeMSFeDxdrKJiD5=\n", TLOG_BAD_HASH, 0},
        {"o\n7\nCLivSPHqaTnm7+gB9O9jO4b9dSSvCeMSFeDxdrKJiD4\n", TLOG_BAD_HASH, 0},
        {"o\n7\nCLivSPHqaTnm7-gB9O9jO4b9dSSvCeMSFeDxdrKJiD4=\n", TLOG_BAD_HASH, 0},
        {"o\n7\nCLivSPHqaTnm7+gB9O9jO4b9dSSvCeMSFeDxdrKJiD4A\n", TLOG_BAD_HASH, 0},
        {"o\n7\nCLivSPHqaTnm7+gB9O9jO4b9dSSvCeMSFeDxdrKJ\n", TLOG_BAD_HASH, 0},
        {"o\n7\n\n", TLOG_BAD_HASH, 0},
        {"\n7\n" ROOT "\n", TLOG_BAD_CHECKPOINT, 0},
        {"o\n7\n" ROOT, TLOG_BAD_CHECKPOINT, 0},
        {"o\n7\n", TLOG_BAD_CHECKPOINT, 0},
        {"o\n", TLOG_BAD_CHECKPOINT, 0},
        {"", TLOG_BAD_CHECKPOINT, 0},
        {"o\n7\n" ROOT "\n\n", TLOG_BAD_CHECKPOINT, 0},
        {"o\n7\n" ROOT "\nextension\n\n", TLOG_BAD_CHECKPOINT, 0},
        {"o\n7\n" ROOT "\nextension", TLOG_BAD_CHECKPOINT, 0},
    };
    (void)state;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tlog_checkpoint checkpoint = {.size = 99};
        enum tlog_reason why = TLOG_GOOD;
        enum muster_status status =
            tlog_checkpoint_parse(&checkpoint, muster_bytes_of_text(rows[i].text), &why, NULL);
        if (why != rows[i].why || (status == MUSTER_OK) != (why == TLOG_GOOD) ||
            checkpoint.size != (why == TLOG_GOOD ? rows[i].size : 99)) {
            fail_msg("row %zu: %s", i, tlog_reason_name(why));
        }
    }
}

static void
test_tlog_checkpoint_when_own_then_extensions_and_other_origins_are_refused(void **state)
{
    struct tlog_checkpoint checkpoint;
    struct muster_bytes origin = muster_bytes_of_text(EXAMPLE_LOG_NAME);
    enum tlog_reason why = TLOG_GOOD;
    (void)state;

    assert_int_equal(tlog_checkpoint_parse_own(&checkpoint, muster_bytes_of_text(EXAMPLE_TEXT),
                                               origin, &why, NULL),
                     MUSTER_OK);
    assert_false(checkpoint.extended);
    assert_int_equal(tlog_checkpoint_parse_own(&checkpoint,
                                               muster_bytes_of_text(EXAMPLE_TEXT "more\n"), origin,
                                               &why, NULL),
                     MUSTER_EUNVERIFIED);
    assert_int_equal(why, TLOG_EXTENDED);
    origin.len--;
    assert_int_equal(tlog_checkpoint_parse_own(&checkpoint, muster_bytes_of_text(EXAMPLE_TEXT),
                                               origin, &why, NULL),
                     MUSTER_EUNVERIFIED);
    assert_int_equal(why, TLOG_FOREIGN_ORIGIN);
}

static void test_tlog_checkpoint_when_formatted_then_published_text_or_usage(void **state)
{
    char memory[TLOG_CHECKPOINT_BYTES];
    struct tlog_text out;
    struct muster_bytes origin = muster_bytes_of_text(EXAMPLE_LOG_NAME);
    struct muster_hash root;
    (void)state;

    tlog_text_init(&out, memory, sizeof memory);
    assert_true(tlog_hash_decode(muster_bytes_of_text(ROOT), &root));
    assert_int_equal(tlog_checkpoint_format(&out, origin, 7, &root, NULL), MUSTER_OK);
    assert_int_equal(out.len, strlen(EXAMPLE_TEXT));
    assert_memory_equal(memory, EXAMPLE_TEXT, out.len);
    assert_int_equal(tlog_checkpoint_format(&out, muster_bytes_of_text(""), 7, &root, NULL),
                     MUSTER_EUSAGE);
    assert_int_equal(tlog_checkpoint_format(&out, muster_bytes_of_text("o\n999"), 7, &root, NULL),
                     MUSTER_EUSAGE);
    assert_int_equal(tlog_checkpoint_format(&out, origin, (uint64_t)INT64_MAX + 1, &root, NULL),
                     MUSTER_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tlog_checkpoint_when_parsed_then_only_plain_lines_pass),
        cmocka_unit_test(
            test_tlog_checkpoint_when_own_then_extensions_and_other_origins_are_refused),
        cmocka_unit_test(test_tlog_checkpoint_when_formatted_then_published_text_or_usage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
