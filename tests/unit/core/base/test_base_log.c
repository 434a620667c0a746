/* Log lines: one event, one line, whatever the values hold. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <core/base/log.h>

#include "tests/lib/scratch.h"

#define LINE_MOST 2048
#define THREADS   4
#define EACH      500

/* The value of `key` as a reader of logfmt takes it from the line; NULL where it is not there or
 * not ended properly. `out` holds LINE_MOST. */
static const char *value_of(const char *line, const char *key, char *out)
{
    const char *at = strchr(line, ' ');
    while (at != NULL && *at == ' ') {
        size_t name = strcspn(++at, "=");
        bool wanted = name == strlen(key) && strncmp(at, key, name) == 0;
        size_t len = 0;
        at += name;
        if (*at++ != '=') {
            return NULL;
        }
        bool quoted = *at == '"';
        at += quoted ? 1 : 0;
        while (*at != '\0' && *at != '\n' && *at != (quoted ? '"' : ' ')) {
            at += *at == '\\' ? 1 : 0;
            out[len++] = *at++;
        }
        out[len] = '\0';
        if (quoted && *at++ != '"') {
            return NULL;
        }
        if (wanted) {
            return out;
        }
    }
    return NULL;
}

static char *log_one(const char *text)
{
    capture_start(STDERR_FILENO);
    muster_log(LOG_LEVEL_WARNING, "test.event", LOG_TEXT, text, LOG_CODE, "mark", LOG_FILE,
               "in two words", LOG_END);
    return capture_stop(STDERR_FILENO);
}

static void test_log_when_written_then_exactly_this_line(void **state)
{
    (void)state;

    capture_start(STDERR_FILENO);
    muster_log(LOG_LEVEL_ERROR, "a.b", LOG_END);
    muster_log(LOG_LEVEL_INFO, "log.start", LOG_VERSION, "0.1.0", LOG_FILE, "/x/y z", LOG_COUNT,
               log_number(UINT64_MAX), LOG_AGENCY, NULL, LOG_KIND, "", LOG_END);
    char *text = capture_stop(STDERR_FILENO);

    assert_string_equal(text, "<3>a.b\n"
                              "<6>log.start version=0.1.0 file=\"/x/y z\""
                              " count=18446744073709551615 agency=- kind=\"\"\n");
    free(text);
}

static void test_log_when_values_are_awkward_then_read_back_as_given(void **state)
{
    static const char *const values[] = {
        "",
        "plain",
        "two words",
        "a=b",
        "\"",
        "a\"b\"c",
        "\\",
        "ends in \\",
        "\\\"",
        "x\\",
        " code=other",
        "\" code=\"other",
        "Si\xc3\xa2n",
        "=",
        "a\\n b",
        "-",
    };
    (void)state;

    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char out[LINE_MOST];
        char *line = log_one(values[i]);
        assert_non_null(value_of(line, "text", out));
        assert_string_equal(out, values[i]);
        assert_non_null(value_of(line, "code", out));
        assert_string_equal(out, "mark");
        free(line);
    }
}

static void test_log_when_values_hold_control_characters_then_none_is_printed(void **state)
{
    (void)state;

    for (unsigned c = 1; c < 0xa0; c++) {
        char value[32];
        if (c >= 0x80) { /* C1 in UTF-8: U+009B starts a terminal's command as ESC [ does */
            (void)snprintf(value, sizeof value, "a\xc2%c<3>forged code=x", (char)c);
        } else if (c < 0x20 || c == 0x7f) {
            (void)snprintf(value, sizeof value, "a%c<3>forged code=x", (char)c);
        } else {
            continue;
        }
        char out[LINE_MOST];
        char *line = log_one(value);
        size_t len = strlen(line);
        assert_ptr_equal(strchr(line, '\n'), line + len - 1);
        for (size_t i = 0; i < len - 1; i++) {
            unsigned char byte = (unsigned char)line[i];
            assert_true(byte >= 0x20 && byte < 0x7f);
        }
        assert_string_equal(value_of(line, "text", out), "a?<3>forged code=x");
        free(line);
    }
}

/* However long the values: one line, ended, and every value in it that has begun has an end. */
static void test_log_when_values_are_too_long_then_cut_inside_one_line(void **state)
{
    (void)state;
    static const char fill[] = {'x', ' ', '"', '\\', '\n'};

    for (size_t f = 0; f < sizeof fill; f++) {
        for (size_t len = LINE_MOST / 2 - 40; len < LINE_MOST + 40; len++) {
            char value[2 * LINE_MOST] = "";
            char out[2 * LINE_MOST];
            memset(value, fill[f], len);
            value[0] = ' ';
            char *line = log_one(value);
            size_t total = strlen(line);
            assert_true(total <= LINE_MOST);
            assert_ptr_equal(strchr(line, '\n'), line + total - 1);
            assert_non_null(value_of(line, "text", out));
            free(line);
        }
    }
}

static void test_log_when_called_then_errno_is_kept(void **state)
{
    (void)state;

    errno = ENOSPC;
    char *line = log_one("x");
    free(line);
    int saved = dup(STDERR_FILENO);
    (void)close(STDERR_FILENO);
    errno = ENOSPC;
    muster_log(LOG_LEVEL_ERROR, "nobody.reads", LOG_END);
    int after = errno;
    (void)dup2(saved, STDERR_FILENO);
    (void)close(saved);

    assert_int_equal(after, ENOSPC);
}

static void test_log_number_when_four_at_a_time_then_each_its_own(void **state)
{
    (void)state;

    const char *numbers[4];
    for (size_t i = 0; i < 4; i++) {
        numbers[i] = log_number(i * 1000);
    }

    assert_string_equal(numbers[0], "0");
    assert_string_equal(numbers[1], "1000");
    assert_string_equal(numbers[2], "2000");
    assert_string_equal(numbers[3], "3000");
}

static void *log_many(void *context)
{
    for (int i = 0; i < EACH; i++) {
        muster_log(LOG_LEVEL_INFO, "many", LOG_TEXT, (const char *)context, LOG_END);
    }
    return NULL;
}

static void test_log_when_threads_log_then_lines_stay_whole(void **state)
{
    char values[THREADS][200];
    pthread_t threads[THREADS];
    size_t lines = 0;
    (void)state;

    capture_start(STDERR_FILENO);
    for (size_t i = 0; i < THREADS; i++) {
        memset(values[i], 'a' + (int)i, sizeof values[i] - 1);
        values[i][sizeof values[i] - 1] = '\0';
        assert_int_equal(pthread_create(&threads[i], NULL, log_many, values[i]), 0);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    }
    char *text = capture_stop(STDERR_FILENO);

    for (char *line = text; *line != '\0'; lines++) {
        char *end = strchr(line, '\n');
        assert_non_null(end);
        *end = '\0';
        assert_int_equal(strncmp(line, "<6>many text=", 13), 0);
        assert_string_equal(line + 13, values[line[13] - 'a']);
        line = end + 1;
    }
    assert_int_equal(lines, THREADS * EACH);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_log_when_written_then_exactly_this_line),
        cmocka_unit_test(test_log_when_values_are_awkward_then_read_back_as_given),
        cmocka_unit_test(test_log_when_values_hold_control_characters_then_none_is_printed),
        cmocka_unit_test(test_log_when_values_are_too_long_then_cut_inside_one_line),
        cmocka_unit_test(test_log_when_called_then_errno_is_kept),
        cmocka_unit_test(test_log_number_when_four_at_a_time_then_each_its_own),
        cmocka_unit_test(test_log_when_threads_log_then_lines_stay_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
