/* The wrappers over libcrypto against published vectors: RFC 3394, Wycheproof. */
#include "seal_support.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/base/encode.h"
#include "core/seal/primitives.h"

#define VECTOR_BYTES 16384

static int open_context(void **state)
{
    struct seal_context *context = NULL;
    assert_int_equal(seal_context_new(&context, NULL), MUSTER_OK);
    *state = context;
    return 0;
}

static int close_context(void **state)
{
    seal_context_free((struct seal_context *)*state);
    return 0;
}

static void test_wrap_when_rfc3394_example_then_published_bytes(void **state)
{
    struct seal_context *context = (struct seal_context *)*state;
    uint8_t kek[SEAL_KEY_BYTES];
    uint8_t secret[SEAL_KEY_BYTES];
    uint8_t wrapped[SEAL_WRAPPED_BYTES];
    uint8_t back[SEAL_KEY_BYTES];
    count_up(kek, sizeof kek, 0);
    from_hex("00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f", secret,
             sizeof secret);

    assert_int_equal(seal_wrap(context, kek, secret, wrapped, NULL), MUSTER_OK);
    assert_int_equal(
        seal_unwrap(context, kek, muster_bytes_of(wrapped, sizeof wrapped), back, NULL), MUSTER_OK);

    assert_hex(wrapped, sizeof wrapped,
               "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21");
    assert_memory_equal(back, secret, sizeof secret);
}

static void test_unwrap_when_any_bit_differs_then_refused_and_nothing_given(void **state)
{
    struct seal_context *context = (struct seal_context *)*state;
    uint8_t kek[SEAL_KEY_BYTES];
    uint8_t secret[SEAL_KEY_BYTES];
    uint8_t wrapped[SEAL_WRAPPED_BYTES];
    const uint8_t untouched[SEAL_KEY_BYTES] = {0};
    count_up(kek, sizeof kek, 7);
    count_up(secret, sizeof secret, 99);
    assert_int_equal(seal_wrap(context, kek, secret, wrapped, NULL), MUSTER_OK);

    for (size_t bit = 0; bit < 8 * sizeof wrapped; bit++) {
        uint8_t back[SEAL_KEY_BYTES] = {0};
        wrapped[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(
            seal_unwrap(context, kek, muster_bytes_of(wrapped, sizeof wrapped), back, NULL),
            MUSTER_ECORRUPT);
        assert_memory_equal(back, untouched, sizeof back);
        wrapped[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

static json_t *load_vectors(const char *name)
{
    char path[1024];
    json_error_t error;
    (void)snprintf(path, sizeof path, "%s/vectors/wycheproof/%s", MUSTER_SHARED_DIR, name);
    json_t *root = json_load_file(path, 0, &error);
    if (root == NULL) {
        print_message("SKIPPED: %s: %s\n", path, error.text);
        skip();
    }
    return root;
}

static size_t hex_field(json_t *test, const char *name, uint8_t *out)
{
    const char *text = json_string_value(json_object_get(test, name));
    assert_non_null(text);
    size_t len = strlen(text) / 2;
    assert_true(len <= VECTOR_BYTES && hex_decode(text, strlen(text), out, len));
    return len;
}

/* We wrap 32-byte secrets under 32-byte keys and nothing else: every other size is refused. */
static bool check_wrap(struct seal_context *context, json_t *test)
{
    uint8_t key[64];
    uint8_t wrapped[512];
    uint8_t secret[512];
    uint8_t out[SEAL_WRAPPED_BYTES];
    size_t key_len = hex_field(test, "key", key);
    size_t wrapped_len = hex_field(test, "ct", wrapped);
    size_t secret_len = hex_field(test, "msg", secret);
    const char *result = json_string_value(json_object_get(test, "result"));
    if (key_len != SEAL_KEY_BYTES) {
        return false; /* the type of our parameter excludes it */
    }
    enum muster_status status =
        seal_unwrap(context, key, muster_bytes_of(wrapped, wrapped_len), out, NULL);
    bool ours = strcmp(result, "valid") == 0 && secret_len == SEAL_KEY_BYTES;
    assert_int_equal(status, ours ? MUSTER_OK : MUSTER_ECORRUPT);
    if (ours) {
        assert_memory_equal(out, secret, SEAL_KEY_BYTES);
        assert_int_equal(seal_wrap(context, key, secret, out, NULL), MUSTER_OK);
        assert_memory_equal(out, wrapped, SEAL_WRAPPED_BYTES);
    }
    return ours;
}

static void test_unwrap_when_wycheproof_then_as_they_say(void **state)
{
    json_t *root = load_vectors("aes_wrap_test.json");
    size_t at = 0;
    size_t in = 0;
    unsigned ours = 0;
    json_t *group = NULL;
    json_t *test = NULL;
    json_array_foreach(json_object_get(root, "testGroups"), at, group)
    {
        json_array_foreach(json_object_get(group, "tests"), in, test)
        {
            ours += check_wrap((struct seal_context *)*state, test) ? 1 : 0;
        }
    }
    assert_int_equal(ours, 4);
    json_decref(root);
}

static void check_hkdf(struct seal_context *context, json_t *test)
{
    static uint8_t secret[VECTOR_BYTES];
    static uint8_t salt[VECTOR_BYTES];
    static uint8_t info[VECTOR_BYTES];
    static uint8_t expected[VECTOR_BYTES];
    static uint8_t out[VECTOR_BYTES];
    size_t secret_len = hex_field(test, "ikm", secret);
    size_t salt_len = hex_field(test, "salt", salt);
    size_t info_len = hex_field(test, "info", info);
    size_t size = (size_t)json_integer_value(json_object_get(test, "size"));
    bool valid = strcmp(json_string_value(json_object_get(test, "result")), "valid") == 0;
    assert_true(size <= sizeof out);
    enum muster_status status =
        seal_hkdf(context, muster_bytes_of(secret, secret_len), muster_bytes_of(salt, salt_len),
                  muster_bytes_of(info, info_len), out, size, NULL);
    assert_int_equal(status, valid ? MUSTER_OK : MUSTER_ETOOBIG);
    if (valid) {
        assert_int_equal(hex_field(test, "okm", expected), size);
        assert_memory_equal(out, expected, size);
    }
}

static void test_hkdf_when_wycheproof_then_as_they_say(void **state)
{
    json_t *root = load_vectors("hkdf_sha256_test.json");
    size_t at = 0;
    size_t in = 0;
    unsigned seen = 0;
    json_t *group = NULL;
    json_t *test = NULL;
    json_array_foreach(json_object_get(root, "testGroups"), at, group)
    {
        json_array_foreach(json_object_get(group, "tests"), in, test)
        {
            check_hkdf((struct seal_context *)*state, test);
            seen++;
        }
    }
    assert_int_equal(seen, 86);
    json_decref(root);
}

static void test_encrypt_when_text_at_and_over_limit_then_taken_and_refused(void **state)
{
    struct seal_context *context = (struct seal_context *)*state;
    static uint8_t text[SEAL_TEXT_BYTES + 1];
    static uint8_t sealed[SEAL_TEXT_BYTES + 1];
    const uint8_t key[SEAL_KEY_BYTES] = {1};
    const uint8_t iv[SEAL_IV_BYTES] = {2};
    uint8_t tag[SEAL_TAG_BYTES];
    struct muster_bytes none = {NULL, 0};

    assert_int_equal(seal_encrypt(context, key, iv, none, muster_bytes_of(text, SEAL_TEXT_BYTES),
                                  sealed, tag, NULL),
                     MUSTER_OK);
    assert_int_equal(seal_encrypt(context, key, iv, none,
                                  muster_bytes_of(text, SEAL_TEXT_BYTES + 1), sealed, tag, NULL),
                     MUSTER_ETOOBIG);
    assert_int_equal(seal_decrypt(context, key, iv, none,
                                  muster_bytes_of(sealed, SEAL_TEXT_BYTES + 1), tag, text, NULL),
                     MUSTER_ETOOBIG);
}

static void test_context_when_out_of_memory_then_said(void **state)
{
    (void)state;
    struct seal_context *context = NULL;
    (void)muster_alloc_fail_at(1);
    assert_int_equal(seal_context_new(&context, NULL), MUSTER_ENOMEM);
    assert_true(muster_alloc_fail_at(0));
    assert_null(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrap_when_rfc3394_example_then_published_bytes),
        cmocka_unit_test(test_unwrap_when_any_bit_differs_then_refused_and_nothing_given),
        cmocka_unit_test(test_unwrap_when_wycheproof_then_as_they_say),
        cmocka_unit_test(test_hkdf_when_wycheproof_then_as_they_say),
        cmocka_unit_test(test_encrypt_when_text_at_and_over_limit_then_taken_and_refused),
        cmocka_unit_test(test_context_when_out_of_memory_then_said),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
