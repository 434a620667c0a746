/* Hex, base64, UUIDs and UTF-8: published vectors, then everything against Python's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include <core/base/encode.h>

#include "tests/lib/scratch.h"

/* RFC 4648 section 10. */
static const struct {
    const char *plain;
    const char *base64;
    const char *hex;
} vectors[] = {
    {"", "", ""},
    {"f", "Zg==", "66"},
    {"fo", "Zm8=", "666f"},
    {"foo", "Zm9v", "666f6f"},
    {"foob", "Zm9vYg==", "666f6f62"},
    {"fooba", "Zm9vYmE=", "666f6f6261"},
    {"foobar", "Zm9vYmFy", "666f6f626172"},
};
#define VECTORS (sizeof vectors / sizeof vectors[0])

static void test_base64_when_published_vectors_then_both_ways(void **state)
{
    (void)state;

    for (size_t i = 0; i < VECTORS; i++) {
        char text[16];
        uint8_t bytes[8];
        size_t plain = strlen(vectors[i].plain);
        size_t len = 99;
        assert_true(MUSTER_BASE64_BYTES(plain) == strlen(vectors[i].base64) + 1);
        assert_int_equal(base64_encode(vectors[i].plain, plain, text), strlen(vectors[i].base64));
        assert_string_equal(text, vectors[i].base64);
        assert_true(base64_decode(text, strlen(text), bytes, plain, &len));
        assert_int_equal(len, plain);
        assert_memory_equal(bytes, vectors[i].plain, plain);
    }
}

static void
test_base64_when_room_is_one_short_then_refused_and_nothing_behind_it_written(void **state)
{
    (void)state;

    for (size_t i = 1; i < VECTORS; i++) {
        uint8_t bytes[8];
        size_t plain = strlen(vectors[i].plain);
        size_t len = 99;
        memset(bytes, 0x5a, sizeof bytes);
        assert_false(
            base64_decode(vectors[i].base64, strlen(vectors[i].base64), bytes, plain - 1, &len));
        assert_int_equal(len, 99);
        assert_true(
            base64_decode(vectors[i].base64, strlen(vectors[i].base64), bytes, plain, &len));
        for (size_t j = plain; j < sizeof bytes; j++) {
            assert_int_equal(bytes[j], 0x5a);
        }
    }
}

static void test_base64_when_not_canonical_then_refused(void **state)
{
    static const char *const wrong[] = {
        "Z",        "Zg",       "Zg=",      "=",       "==",           "===",  "====",
        "A===",     "=AAA",     "A=AA",     "AA=A",    "Zh==",         "Zm9=", "Zg===",
        "Zg==Zg==", "Zm9v\n",   "Zm9v\r\n", " Zm9v",   "Zm 9v",        "Zm-v", "Zm_v",
        "Zm9v=",    "Zm9v====", "Zm9*",     "Zm9\x80", "Zg==\n\n\n\n",
    };
    (void)state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t bytes[64];
        size_t len = 99;
        assert_false(base64_decode(wrong[i], strlen(wrong[i]), bytes, sizeof bytes, &len));
        assert_int_equal(len, 99);
    }
    uint8_t bytes[8];
    size_t len = 99;
    assert_false(base64_decode("Zm\0v", 4, bytes, sizeof bytes, &len));
}

static void test_hex_when_published_vectors_then_both_ways(void **state)
{
    (void)state;

    for (size_t i = 0; i < VECTORS; i++) {
        char text[16];
        uint8_t bytes[8];
        size_t plain = strlen(vectors[i].plain);
        hex_encode(vectors[i].plain, plain, text);
        assert_string_equal(text, vectors[i].hex);
        assert_true(hex_decode(text, strlen(text), bytes, plain));
        assert_memory_equal(bytes, vectors[i].plain, plain);
    }
}

static void test_hex_when_length_or_digit_is_wrong_then_refused(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } wrong[] = {
        {"", 1},     {"0", 1},     {"0", 0},
        {"000", 1},  {"000", 2},   {"00", 2},
        {"0000", 1}, {"0g", 1},    {"g0", 1},
        {" 0", 1},   {"0x", 1},    {"+1", 1},
        {"-1", 1},   {"0\n", 1},   {"/0", 1},
        {"0:", 1},   {"@0", 1},    {"0G", 1},
        {"`0", 1},   {"0\x80", 1}, {"00", SIZE_MAX / 2 + 2},
    };
    uint8_t bytes[8];
    (void)state;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(hex_decode(wrong[i].text, strlen(wrong[i].text), bytes, wrong[i].len));
    }
    assert_false(hex_decode("\0"
                            "0",
                            2, bytes, 1));
    assert_true(hex_decode("aFAf", 4, bytes, 2));
    assert_memory_equal(bytes, "\xaf\xaf", 2);
}

static void test_uuid_when_text_is_wrong_then_refused_and_untouched(void **state)
{
    static const char right[] = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"; /* RFC 9562 A.6 */
    static const char *const wrong[] = {
        "",
        "f17f22e279b07cc398c4dc0c0c07398f",
        "f17f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "f17f22e2-79b0-7cc3-98c4-dc0c0c07398f0",
        "f17f22e2-79b0-7cc3-98c4-dc0c0c07398f ",
        "f17f22e2-79b0-7cc3-98c4-dc0c0c07398g",
        "f17f22e2-79b0-7cc3-98c40dc0c0c07398f",
        "f17f22e27-9b0-7cc3-98c4-dc0c0c07398f",
        "f17f22e2--9b0-7cc3-98c4-dc0c0c07398f",
        "{f7f22e2-79b0-7cc3-98c4-dc0c0c07398}",
    };
    struct muster_uuid uuid;
    char text[MUSTER_UUID_TEXT_BYTES];
    (void)state;

    assert_true(uuid_parse(right, &uuid));
    uuid_format(&uuid, text);
    assert_string_equal(text, right);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_false(uuid_parse(wrong[i], &uuid));
        uuid_format(&uuid, text);
        assert_string_equal(text, right);
    }
}

/* RFC 3629 section 4 and the edges of its table. */
static void test_utf8_when_at_the_edges_of_the_table_then_as_rfc_3629(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        bool valid;
    } edges[] = {
        {"", 0, true},
        {"\x01", 1, true},
        {"\x00", 1, false},
        {"a\x00z", 3, false},
        {"\x7f", 1, true},
        {"\x80", 1, false},
        {"\xbf", 1, false},
        {"\xc0\x80", 2, false},
        {"\xc1\xbf", 2, false},
        {"\xc2\x80", 2, true},
        {"\xc2\x7f", 2, false},
        {"\xc2", 1, false},
        {"\xdf\xbf", 2, true},
        {"\xdf\xc0", 2, false},
        {"\xe0\x9f\xbf", 3, false},
        {"\xe0\xa0\x80", 3, true},
        {"\xe0\xa0", 2, false},
        {"\xed\x9f\xbf", 3, true},
        {"\xed\xa0\x80", 3, false},
        {"\xed\xbf\xbf", 3, false},
        {"\xee\x80\x80", 3, true},
        {"\xef\xbf\xbf", 3, true},
        {"\xf0\x8f\xbf\xbf", 4, false},
        {"\xf0\x90\x80\x80", 4, true},
        {"\xf0\x90\x80", 3, false},
        {"\xf4\x8f\xbf\xbf", 4, true},
        {"\xf4\x90\x80\x80", 4, false},
        {"\xf5\x80\x80\x80", 4, false},
        {"\xf8\x88\x80\x80\x80", 5, false},
        {"\xfe", 1, false},
        {"\xff", 1, false},
        {"\xef\xbb\xbf", 3, true},
        {"Si\xc3\xa2n", 5, true},
        {"Si\xe2n", 4, false},
    };
    (void)state;

    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        /* A copy of its own size, so that a read behind its end is seen. */
        char *copy = (char *)malloc(edges[i].len + (edges[i].len == 0));
        assert_non_null(copy);
        memcpy(copy, edges[i].bytes, edges[i].len);
        assert_int_equal(utf8_valid(copy, edges[i].len), edges[i].valid);
        free(copy);
    }
}

/* --- everything against Python ---------------------------------------------------------------- */

static uint32_t draw(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static void put_hex(FILE *out, const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        (void)fprintf(out, "%02x", (unsigned)((const uint8_t *)bytes)[i]);
    }
}

static void put_line(FILE *out, const char *subject, const void *given, size_t len, bool made,
                     const void *bytes, size_t made_len)
{
    (void)fprintf(out, "%s ", subject);
    put_hex(out, given, len);
    (void)fputc(' ', out);
    if (made) {
        put_hex(out, bytes, made_len);
    } else {
        (void)fputs("no", out);
    }
    (void)fputc('\n', out);
}

static void write_encodings(FILE *out, uint32_t *seed)
{
    for (size_t i = 0; i < 3000; i++) {
        uint8_t bytes[64];
        char text[2 * sizeof bytes + 1];
        size_t len = i % (sizeof bytes + 1);
        struct muster_uuid uuid;
        for (size_t j = 0; j < sizeof bytes; j++) {
            bytes[j] = (uint8_t)draw(seed);
        }
        hex_encode(bytes, len, text);
        put_line(out, "hex", bytes, len, true, text, strlen(text));
        size_t made = base64_encode(bytes, len, text);
        put_line(out, "base64", bytes, len, true, text, made);
        memcpy(uuid.b, bytes, sizeof uuid.b);
        uuid_format(&uuid, text);
        put_line(out, "uuid", uuid.b, sizeof uuid.b, true, text, strlen(text));
    }
}

static void put_unbase64(FILE *out, const char *text, size_t len)
{
    uint8_t bytes[64];
    size_t made = 0;
    bool fits = base64_decode(text, len, bytes, sizeof bytes, &made);
    put_line(out, "unbase64", text, len, fits, bytes, made);
}

/* Every text of up to four of some characters, alone and behind a whole group. */
static void write_base64_texts(FILE *out)
{
    static const char letters[] = "AQgwz9+/=-\n";
    const size_t count = sizeof letters; /* its NUL as well */
    for (size_t n = 0; n < count * count * count * count; n++) {
        char text[8] = {'Z', 'm', '9', 'v'};
        size_t rest = n;
        for (size_t i = 0; i < 4; i++) {
            text[4 + i] = letters[rest % count];
            rest /= count;
        }
        put_unbase64(out, text + 4, 4);
        if (n % 3 == 0) {
            put_unbase64(out, text, sizeof text);
            put_unbase64(out, text + 4, n / 3 % 4);
        }
    }
}

static void write_utf8(FILE *out)
{
    static const uint8_t followers[] = {0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90,
                                        0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xff};
    const size_t count = sizeof followers;
    for (unsigned pair = 0; pair < 0x10000; pair++) {
        const char bytes[2] = {(char)(pair >> 8), (char)(pair & 0xff)};
        put_line(out, "utf8", bytes, 2, utf8_valid(bytes, 2), "", 0);
    }
    for (unsigned first = 0xc0; first < 0x100; first++) {
        for (size_t n = 0; n < count * count * count; n++) {
            const char bytes[4] = {(char)first, (char)followers[n % count],
                                   (char)followers[n / count % count],
                                   (char)followers[n / count / count]};
            put_line(out, "utf8", bytes, 4, utf8_valid(bytes, 4), "", 0);
            put_line(out, "utf8", bytes, 3, utf8_valid(bytes, 3), "", 0);
        }
    }
}

static void test_encode_when_compared_with_python_then_the_same(void **state)
{
    char folder[SCRATCH_PATH_BYTES];
    char path[SCRATCH_PATH_BYTES];
    char command[3 * SCRATCH_PATH_BYTES];
    uint32_t seed = 4648;
    (void)state;
    if (system("python3 -c 'import base64, uuid' >/dev/null 2>&1") != 0) {
        print_message("SKIPPED: there is no python3 to compare hex, base64 and UTF-8 with\n");
        return;
    }
    scratch_make(folder);
    scratch_join(path, folder, "lines");
    FILE *out = fopen(path, "w");
    assert_non_null(out);

    write_encodings(out, &seed);
    write_base64_texts(out);
    write_utf8(out);
    assert_int_equal(fclose(out), 0);
    (void)snprintf(command, sizeof command, "python3 '%s' '%s'",
                   MUSTER_SOURCE_DIR "/tests/unit/core/base/encode_oracle.py", path);
    int status = system(command);

    scratch_remove(folder);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_base64_when_published_vectors_then_both_ways),
        cmocka_unit_test(
            test_base64_when_room_is_one_short_then_refused_and_nothing_behind_it_written),
        cmocka_unit_test(test_base64_when_not_canonical_then_refused),
        cmocka_unit_test(test_hex_when_published_vectors_then_both_ways),
        cmocka_unit_test(test_hex_when_length_or_digit_is_wrong_then_refused),
        cmocka_unit_test(test_uuid_when_text_is_wrong_then_refused_and_untouched),
        cmocka_unit_test(test_utf8_when_at_the_edges_of_the_table_then_as_rfc_3629),
        cmocka_unit_test(test_encode_when_compared_with_python_then_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
