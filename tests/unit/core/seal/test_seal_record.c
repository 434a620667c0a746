/* Sealing against the worked example of the log's design, then every part of it changed. */
#include "seal_support.h"

#include <string.h>

#include "core/seal/commit.h"
#include "core/seal/record.h"

#define EXAMPLE       "test payload 1"
#define EXAMPLE_BYTES (sizeof EXAMPLE - 1)

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

static void example_address(struct seal_address *address)
{
    count_up(address->submission.b, sizeof address->submission.b, 0x10);
    address->kind = 1;
    memcpy(address->month, "2044-07", MONTH_TEXT_BYTES);
}

static void test_seal_when_worked_example_then_known_answers(void **state)
{
    struct seal_context *context = (struct seal_context *)*state;
    struct seal_inputs inputs = {.label = "sg/dek/v1"};
    struct seal_address address;
    struct sealed sealed;
    uint8_t kek[SEAL_KEY_BYTES];
    uint8_t ciphertext[EXAMPLE_BYTES];
    count_up(inputs.secret, sizeof inputs.secret, 0x80);
    count_up(inputs.iv, sizeof inputs.iv, 0);
    count_up(kek, sizeof kek, 0);
    example_address(&address);

    enum muster_status status = seal_record_with(
        context, &inputs, kek, &address, muster_bytes_of_text(EXAMPLE), ciphertext, &sealed, NULL);

    assert_int_equal(status, MUSTER_OK);
    assert_hex(ciphertext, sizeof ciphertext, "fb49251fe9ca1bfacdd4a214110f");
    assert_hex(sealed.tag, sizeof sealed.tag, "3b1c6534f9b1923fa0dfca82a736629f");
    assert_hex(sealed.hash.b, sizeof sealed.hash.b,
               "0912bd0658b7a653a802677795b93af139621a59e046c93202e32d9b53b0b2de");
    assert_hex(sealed.wrapped, sizeof sealed.wrapped,
               "0b7f5701329610d45b2c70d136de1198279861fdd332cbf619f650efb935879f7578bd583c5394da");
    assert_hex(sealed.iv, sizeof sealed.iv, "000102030405060708090a0b");
}

static void test_commit_when_worked_example_then_known_answers(void **state)
{
    struct seal_context *context = (struct seal_context *)*state;
    uint8_t secret[SEAL_KEY_BYTES];
    uint8_t dek[SEAL_KEY_BYTES];
    uint8_t opening[SEAL_KEY_BYTES];
    struct muster_hash commitment;
    struct muster_bytes none = {NULL, 0};
    count_up(secret, sizeof secret, 0x80);
    struct muster_bytes ikm = muster_bytes_of(secret, sizeof secret);

    assert_int_equal(
        seal_hkdf(context, ikm, none, muster_bytes_of_text("sg/dek/v1"), dek, sizeof dek, NULL),
        MUSTER_OK);
    assert_int_equal(seal_hkdf(context, ikm, none, muster_bytes_of_text("sg/commit/v1"), opening,
                               sizeof opening, NULL),
                     MUSTER_OK);
    assert_int_equal(commit_make_labelled(context, "sg/commit/v1", opening,
                                          muster_bytes_of_text(EXAMPLE), &commitment, NULL),
                     MUSTER_OK);

    assert_hex(dek, sizeof dek, "bfbf23395f0f56077366dc66a0a2e566c73aefe64d20324b84c0cb3d4d487c4c");
    assert_hex(opening, sizeof opening,
               "3a9c0e2a8ec3fe8367f466493c1739eb9da4d50e494ef842ea82217c473430c9");
    assert_hex(commitment.b, sizeof commitment.b,
               "1934ab6512ac2a37fa6907d39213eee479b17479ed18dc46ccc757eba3de40b9");
}

/* Expected value by Python: hmac.new(bytes(range(32)), b"muster/commit/v1\0" + b"payload",
 * "sha256").hexdigest() */
static void test_commit_when_our_label_then_as_python_computes(void **state)
{
    struct seal_context *context = (struct seal_context *)*state;
    uint8_t salt[COMMIT_SALT_BYTES];
    struct muster_hash commitment;
    count_up(salt, sizeof salt, 0);

    assert_int_equal(commit_make(context, salt, muster_bytes_of_text("payload"), &commitment, NULL),
                     MUSTER_OK);

    assert_hex(commitment.b, sizeof commitment.b,
               "805f0988ee020dc0723878ec80d0e6914836355796e33a0adf47403f06348534");
}

static void test_commit_when_anything_differs_then_unverified(void **state)
{
    struct seal_context *context = (struct seal_context *)*state;
    static uint8_t large[MUSTER_PAYLOAD_BYTES + 1];
    uint8_t salt[COMMIT_SALT_BYTES] = {1};
    const uint8_t other_salt[COMMIT_SALT_BYTES] = {2};
    struct muster_hash commitment;
    struct muster_bytes payload = muster_bytes_of_text("payload");
    assert_int_equal(commit_make(context, salt, payload, &commitment, NULL), MUSTER_OK);

    assert_int_equal(commit_check(context, salt, payload, &commitment, NULL), MUSTER_OK);
    assert_int_equal(commit_check(context, other_salt, payload, &commitment, NULL),
                     MUSTER_EUNVERIFIED);
    assert_int_equal(
        commit_check(context, salt, muster_bytes_of_text("payloae"), &commitment, NULL),
        MUSTER_EUNVERIFIED);
    assert_int_equal(commit_check(context, salt, muster_bytes_of(NULL, 0), &commitment, NULL),
                     MUSTER_EUNVERIFIED);
    assert_int_equal(
        commit_make(context, salt, muster_bytes_of(large, sizeof large), &commitment, NULL),
        MUSTER_ETOOBIG);
    for (size_t i = 0; i < sizeof commitment.b; i++) {
        commitment.b[i] ^= 1;
        assert_int_equal(commit_check(context, salt, payload, &commitment, NULL),
                         MUSTER_EUNVERIFIED);
        commitment.b[i] ^= 1;
    }
}

static void test_open_when_nothing_changed_then_the_text(void **state)
{
    struct seal_context *context = (struct seal_context *)*state;
    static const size_t sizes[] = {0, 1, 15, 16, 17, 4096, SEAL_TEXT_BYTES};
    static uint8_t text[SEAL_TEXT_BYTES];
    static uint8_t ciphertext[SEAL_TEXT_BYTES];
    static uint8_t back[SEAL_TEXT_BYTES];
    const uint8_t kek[SEAL_KEY_BYTES] = {9};
    struct seal_address address;
    example_address(&address);
    count_up(text, sizeof text, 3);

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct sealed sealed;
        memset(back, 0, sizeof back);
        assert_int_equal(seal_record(context, kek, &address, muster_bytes_of(text, sizes[i]),
                                     ciphertext, &sealed, NULL),
                         MUSTER_OK);
        assert_int_equal(seal_open(context, kek, &address, &sealed,
                                   muster_bytes_of(ciphertext, sizes[i]), back, NULL),
                         MUSTER_OK);
        assert_memory_equal(back, text, sizes[i]);
    }
}

static void test_seal_when_done_twice_then_nothing_repeats(void **state)
{
    struct seal_context *context = (struct seal_context *)*state;
    const uint8_t kek[SEAL_KEY_BYTES] = {9};
    struct seal_address address;
    struct sealed sealed[2];
    uint8_t ciphertext[2][EXAMPLE_BYTES];
    example_address(&address);

    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(seal_record(context, kek, &address, muster_bytes_of_text(EXAMPLE),
                                     ciphertext[i], &sealed[i], NULL),
                         MUSTER_OK);
    }

    assert_memory_not_equal(sealed[0].iv, sealed[1].iv, SEAL_IV_BYTES);
    assert_memory_not_equal(sealed[0].wrapped, sealed[1].wrapped, SEAL_WRAPPED_BYTES);
    assert_memory_not_equal(ciphertext[0], ciphertext[1], EXAMPLE_BYTES);
}

/* One sealed record that a test changes in one place. */
struct box {
    uint8_t kek[SEAL_KEY_BYTES];
    struct seal_address address;
    struct sealed sealed;
    uint8_t ciphertext[EXAMPLE_BYTES];
};

static void check_refused(struct seal_context *context, const struct box *box)
{
    const uint8_t nothing[EXAMPLE_BYTES] = {0};
    uint8_t back[EXAMPLE_BYTES] = {0};
    enum muster_status status =
        seal_open(context, box->kek, &box->address, &box->sealed,
                  muster_bytes_of(box->ciphertext, sizeof box->ciphertext), back, NULL);
    assert_int_equal(status, MUSTER_ECORRUPT);
    assert_memory_equal(back, nothing, sizeof back);
}

/* Each byte of a part changed, with the logged hash as it was and with a hash that fits. */
static void change_each(struct seal_context *context, struct box *box, uint8_t *part, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        struct muster_hash kept = box->sealed.hash;
        part[i] ^= 0x40;
        check_refused(context, box);
        assert_int_equal(seal_hash(context, box->sealed.iv,
                                   muster_bytes_of(box->ciphertext, sizeof box->ciphertext),
                                   box->sealed.tag, &box->sealed.hash, NULL),
                         MUSTER_OK);
        check_refused(context, box);
        box->sealed.hash = kept;
        part[i] ^= 0x40;
    }
}

static void test_open_when_any_part_changed_then_refused_and_no_text(void **state)
{
    struct seal_context *context = (struct seal_context *)*state;
    struct box box = {.kek = {5}};
    uint8_t back[EXAMPLE_BYTES];
    example_address(&box.address);
    assert_int_equal(seal_record(context, box.kek, &box.address, muster_bytes_of_text(EXAMPLE),
                                 box.ciphertext, &box.sealed, NULL),
                     MUSTER_OK);

    change_each(context, &box, box.kek, sizeof box.kek);
    change_each(context, &box, box.address.submission.b, sizeof box.address.submission.b);
    change_each(context, &box, box.sealed.iv, sizeof box.sealed.iv);
    change_each(context, &box, box.sealed.tag, sizeof box.sealed.tag);
    change_each(context, &box, box.sealed.wrapped, sizeof box.sealed.wrapped);
    change_each(context, &box, box.ciphertext, sizeof box.ciphertext);
    for (size_t i = 0; i < sizeof box.sealed.hash.b; i++) {
        box.sealed.hash.b[i] ^= 1;
        check_refused(context, &box);
        box.sealed.hash.b[i] ^= 1;
    }
    box.address.kind = 256; /* the same two bytes in the other order */
    check_refused(context, &box);
    box.address.kind = 1;
    memcpy(box.address.month, "2044-08", MONTH_TEXT_BYTES);
    check_refused(context, &box);
    memcpy(box.address.month, "2044-07", MONTH_TEXT_BYTES);

    assert_int_equal(seal_open(context, box.kek, &box.address, &box.sealed,
                               muster_bytes_of(box.ciphertext, sizeof box.ciphertext), back, NULL),
                     MUSTER_OK);
    assert_memory_equal(back, EXAMPLE, sizeof back);
}

static void test_seal_when_month_or_size_is_wrong_then_refused(void **state)
{
    struct seal_context *context = (struct seal_context *)*state;
    static uint8_t text[SEAL_TEXT_BYTES + 1];
    static uint8_t ciphertext[SEAL_TEXT_BYTES + 1];
    const uint8_t kek[SEAL_KEY_BYTES] = {9};
    struct seal_address address;
    struct sealed sealed;
    example_address(&address);

    assert_int_equal(seal_record(context, kek, &address, muster_bytes_of(text, sizeof text),
                                 ciphertext, &sealed, NULL),
                     MUSTER_ETOOBIG);
    memcpy(address.month, "2044-13", MONTH_TEXT_BYTES);
    assert_int_equal(
        seal_record(context, kek, &address, muster_bytes_of(text, 1), ciphertext, &sealed, NULL),
        MUSTER_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_seal_when_worked_example_then_known_answers),
        cmocka_unit_test(test_commit_when_worked_example_then_known_answers),
        cmocka_unit_test(test_commit_when_our_label_then_as_python_computes),
        cmocka_unit_test(test_commit_when_anything_differs_then_unverified),
        cmocka_unit_test(test_open_when_nothing_changed_then_the_text),
        cmocka_unit_test(test_seal_when_done_twice_then_nothing_repeats),
        cmocka_unit_test(test_open_when_any_part_changed_then_refused_and_no_text),
        cmocka_unit_test(test_seal_when_month_or_size_is_wrong_then_refused),
    };
    return cmocka_run_group_tests(tests, open_context, close_context);
}
