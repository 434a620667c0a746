/* Published vectors: transparency-dev/merkle's proofs, wycheproof's Ed25519, two signed notes. They
 * are read where they lie; without them the tests say so and pass. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

#include "core/base/arena.h"
#include "core/base/encode.h"
#include "core/base/file.h"
#include "core/tlog/note.h"
#include "core/tlog/verify.h"

#define FILE_MOST (4u * 1024u * 1024u)
#define HASH_ROOM 256u

static const char *shared_folder(void)
{
    const char *given = getenv("MUSTER_SHARED");
    if (given != NULL) {
        return given;
    }
#ifdef MUSTER_SHARED_DIR
    return MUSTER_SHARED_DIR;
#else
    return MUSTER_SOURCE_DIR "/../shared";
#endif
}

/* NULL, after saying so, where the vectors are absent. Released with muster_free. */
static char *read_vector(const char *name, size_t *len)
{
    char path[1024];
    char *text = NULL;
    assert_true((size_t)snprintf(path, sizeof path, "%s/vectors/%s", shared_folder(), name) <
                sizeof path);
    if (file_read(path, FILE_MOST, &text, len, NULL) != MUSTER_OK) {
        fprintf(stderr, "SKIPPED: %s is absent; set MUSTER_SHARED to the folder above vectors/\n",
                path);
        return NULL;
    }
    return text;
}

/* --- proofs ------------------------------------------------------------------------------------*/

/* The numbers are unsigned 64-bit, which jansson cannot read: takes one out of the text and leaves
 * a 0 in its place. */
static uint64_t take_number(char *text, const char *member)
{
    char *at = strstr(text, member);
    assert_non_null(at);
    at += strlen(member);
    char *end = NULL;
    uint64_t number = strtoull(at, &end, 10);
    assert_true(end > at);
    memset(at, ' ', (size_t)(end - at));
    end[-1] = '0';
    return number;
}

struct decoded {
    uint8_t at[HASH_ROOM];
    size_t len;
};

static struct decoded decode(const json_t *string)
{
    struct decoded out = {.len = 0};
    const char *text = json_string_value(string);
    if (text != NULL) {
        assert_true(base64_decode(text, strlen(text), out.at, sizeof out.at, &out.len));
    }
    return out;
}

static bool read_hash(const json_t *json, const char *member, struct muster_hash *out)
{
    struct decoded hash = decode(json_object_get(json, member));
    return tlog_hash_read(out, muster_bytes_of(hash.at, hash.len), NULL, NULL) == MUSTER_OK;
}

static bool read_proof(const json_t *json, struct tlog_proof *proof)
{
    const json_t *list = json_object_get(json, "proof");
    proof->count = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct decoded hash = decode(json_array_get(list, i));
        if (tlog_proof_add(proof, muster_bytes_of(hash.at, hash.len), NULL, NULL) != MUSTER_OK) {
            return false;
        }
    }
    return true;
}

static bool inclusion_accepted(struct tlog_hasher *hasher, char *text, json_t **json)
{
    struct tlog_inclusion claim = {.index = take_number(text, "\"leafIdx\":"),
                                   .size = take_number(text, "\"treeSize\":")};
    struct tlog_proof proof;
    *json = json_loads(text, 0, NULL);
    assert_non_null(*json);
    return read_hash(*json, "leafHash", &claim.leaf) && read_hash(*json, "root", &claim.root) &&
           read_proof(*json, &proof) &&
           tlog_verify_inclusion(hasher, &claim, &proof, NULL, NULL) == MUSTER_OK;
}

static bool consistency_accepted(struct tlog_hasher *hasher, char *text, json_t **json)
{
    struct tlog_consistency claim = {.old_size = take_number(text, "\"size1\":"),
                                     .size = take_number(text, "\"size2\":")};
    struct tlog_proof proof;
    *json = json_loads(text, 0, NULL);
    assert_non_null(*json);
    return read_hash(*json, "root1", &claim.old_root) && read_hash(*json, "root2", &claim.root) &&
           read_proof(*json, &proof) &&
           tlog_verify_consistency(hasher, &claim, &proof, NULL, NULL) == MUSTER_OK;
}

/* "Valid" with roots of 12 bytes: refused here, as every hash that is not 32 bytes long. */
static const char exception[] =
    "merkle/testdata/consistency/additional/sizes-are-equal-one-and-proof-is-empty.json";

struct tally {
    size_t valid;
    size_t invalid;
    size_t exceptions;
};

static void run_probe(struct tlog_hasher *hasher, const char *name, bool inclusion,
                      struct tally *tally)
{
    size_t len = 0;
    json_t *json = NULL;
    char *text = read_vector(name, &len);
    assert_non_null(text);
    bool accepted = inclusion ? inclusion_accepted(hasher, text, &json)
                              : consistency_accepted(hasher, text, &json);
    bool want = !json_is_true(json_object_get(json, "wantErr"));
    if (strcmp(name, exception) == 0) {
        assert_true(want && !accepted);
        tally->exceptions++;
    } else if (accepted != want) {
        fail_msg("%s: %s", name, accepted ? "accepted" : "refused");
    }
    tally->valid += want ? 1 : 0;
    tally->invalid += want ? 0 : 1;
    json_decref(json);
    muster_free(text);
}

/* False where the folder is absent. */
static bool run_folder(struct tlog_hasher *hasher, const char *folder, bool inclusion,
                       struct tally *tally)
{
    char path[1024];
    char name[1024];
    (void)snprintf(path, sizeof path, "%s/vectors/%s", shared_folder(), folder);
    DIR *open = opendir(path);
    if (open == NULL) {
        return false;
    }
    for (const struct dirent *entry = readdir(open); entry != NULL; entry = readdir(open)) {
        if (strstr(entry->d_name, ".json") != NULL) {
            assert_true((size_t)snprintf(name, sizeof name, "%s/%s", folder, entry->d_name) <
                        sizeof name);
            run_probe(hasher, name, inclusion, tally);
        }
    }
    closedir(open);
    return true;
}

static void test_tlog_verify_when_published_proofs_then_their_answers(void **state)
{
    static const char *const kinds[] = {"inclusion", "consistency"};
    static const char *const folders[] = {"0",
                                          "1",
                                          "2",
                                          "3",
                                          "4",
                                          "single-entry",
                                          "additional",
                                          "additional/0",
                                          "additional/1",
                                          "additional/2",
                                          "additional/3"};
    struct tlog_hasher hasher;
    struct tally tally[2] = {{0, 0, 0}, {0, 0, 0}};
    bool found = false;
    (void)state;

    assert_int_equal(tlog_hasher_init(&hasher, NULL), MUSTER_OK);
    for (size_t kind = 0; kind < 2; kind++) {
        for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
            char folder[128];
            (void)snprintf(folder, sizeof folder, "merkle/testdata/%s/%s", kinds[kind], folders[i]);
            found |= run_folder(&hasher, folder, kind == 0, &tally[kind]);
        }
    }
    tlog_hasher_fini(&hasher);

    if (!found) {
        fprintf(stderr, "SKIPPED: %s/vectors/merkle is absent\n", shared_folder());
        return;
    }
    assert_int_equal(tally[0].valid, 6);
    assert_int_equal(tally[0].invalid, 46);
    assert_int_equal(tally[1].valid, 6);
    assert_int_equal(tally[1].invalid, 45);
    assert_int_equal(tally[0].exceptions + tally[1].exceptions, 1);
}

/* --- Ed25519 -----------------------------------------------------------------------------------*/

struct plain {
    uint8_t at[1024];
    size_t len;
};

static struct plain unhex(const json_t *json, const char *member)
{
    struct plain out = {.len = 0};
    const char *text = json_string_value(json_object_get(json, member));
    assert_non_null(text);
    out.len = strlen(text) / 2;
    assert_true(out.len <= sizeof out.at && hex_decode(text, strlen(text), out.at, out.len));
    return out;
}

static void run_signature(const uint8_t key[TLOG_KEY_BYTES], const json_t *test,
                          struct tally *tally)
{
    struct plain message = unhex(test, "msg");
    struct plain signature = unhex(test, "sig");
    bool want = strcmp(json_string_value(json_object_get(test, "result")), "valid") == 0;
    enum muster_status status =
        tlog_key_verify(key, muster_bytes_of(message.at, message.len),
                        muster_bytes_of(signature.at, signature.len), NULL, NULL);
    if (status != (want ? MUSTER_OK : MUSTER_EUNVERIFIED)) {
        fail_msg("test %d: %s", (int)json_integer_value(json_object_get(test, "tcId")),
                 muster_status_name(status));
    }
    tally->valid += want ? 1 : 0;
    tally->invalid += want ? 0 : 1;
}

static void test_tlog_key_when_wycheproof_signatures_then_their_results(void **state)
{
    size_t len = 0;
    struct tally tally = {0, 0, 0};
    char *text = read_vector("wycheproof/ed25519_test.json", &len);
    (void)state;
    if (text == NULL) {
        return;
    }

    json_t *json = json_loads(text, 0, NULL);
    const json_t *groups = json_object_get(json, "testGroups");
    for (size_t g = 0; g < json_array_size(groups); g++) {
        const json_t *group = json_array_get(groups, g);
        struct plain key = unhex(json_object_get(group, "publicKey"), "pk");
        const json_t *tests = json_object_get(group, "tests");
        assert_int_equal(key.len, TLOG_KEY_BYTES);
        for (size_t t = 0; t < json_array_size(tests); t++) {
            run_signature(key.at, json_array_get(tests, t), &tally);
        }
    }

    assert_int_equal(tally.valid, 88);
    assert_int_equal(tally.invalid, 63);
    json_decref(json);
    muster_free(text);
}

/* --- notes -------------------------------------------------------------------------------------*/

static const char peter_secret[] =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
static const char peter_public[] =
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
static const char c2sp_public[] =
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";

static enum tlog_reason open_note(struct muster_bytes bytes, const char *key_text)
{
    struct tlog_key key;
    struct tlog_note note;
    struct tlog_opened opened;
    enum tlog_reason why = TLOG_GOOD;
    assert_int_equal(tlog_key_parse(&key, muster_bytes_of_text(key_text), NULL, NULL), MUSTER_OK);
    if (tlog_note_parse(&note, bytes, &why, NULL) == MUSTER_OK) {
        (void)!tlog_note_open(&note, &key, 1, &opened, &why, NULL);
    }
    return why;
}

static void refuse_every_bit(const char *text, size_t len, const char *key_text)
{
    uint8_t *copy = (uint8_t *)muster_alloc(len);
    assert_non_null(copy);
    for (size_t bit = 0; bit < len * 8; bit++) {
        memcpy(copy, text, len);
        copy[bit / 8] = (uint8_t)(copy[bit / 8] ^ (1u << bit % 8));
        assert_int_not_equal(open_note(muster_bytes_of(copy, len), key_text), TLOG_GOOD);
    }
    muster_free(copy);
}

static void test_tlog_note_when_published_then_opens_and_every_flipped_bit_is_refused(void **state)
{
    static const struct {
        const char *file;
        const char *key;
    } notes[] = {{"note/peter.note", peter_public}, {"note/c2sp-example.note", c2sp_public}};
    (void)state;

    for (size_t i = 0; i < 2; i++) {
        size_t len = 0;
        char *text = read_vector(notes[i].file, &len);
        if (text == NULL) {
            continue;
        }
        assert_int_equal(open_note(muster_bytes_of(text, len), notes[i].key), TLOG_GOOD);
        assert_int_equal(open_note(muster_bytes_of(text, len), notes[1 - i].key), TLOG_FOREIGN_KEY);
        assert_int_equal(open_note(muster_bytes_of(text, len - 1), notes[i].key), TLOG_TRUNCATED);
        refuse_every_bit(text, len, notes[i].key);
        muster_free(text);
    }
}

static void test_tlog_note_when_published_text_is_signed_then_the_same_bytes(void **state)
{
    size_t len = 0;
    char memory[4096];
    struct tlog_text out;
    struct tlog_note note;
    struct tlog_signer signer;
    char *text = read_vector("note/peter.note", &len);
    (void)state;
    if (text == NULL) {
        return;
    }

    assert_int_equal(tlog_signer_parse(&signer, muster_bytes_of_text(peter_secret), NULL, NULL),
                     MUSTER_OK);
    assert_int_equal(tlog_note_parse(&note, muster_bytes_of(text, len), NULL, NULL), MUSTER_OK);
    tlog_text_init(&out, memory, sizeof memory);
    assert_int_equal(tlog_note_sign(&out, note.text, &signer, NULL), MUSTER_OK);
    assert_int_equal(out.len, len);
    assert_memory_equal(memory, text, len);

    tlog_text_init(&out, memory, sizeof memory);
    assert_int_equal(tlog_signer_format(&out, &signer, NULL), MUSTER_OK);
    assert_int_equal(out.len, strlen(peter_secret));
    assert_memory_equal(memory, peter_secret, out.len);
    tlog_text_init(&out, memory, sizeof memory);
    tlog_key_format(&out, &signer.key);
    assert_int_equal(out.len, strlen(peter_public));
    assert_memory_equal(memory, peter_public, out.len);
    tlog_signer_fini(&signer);
    muster_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tlog_verify_when_published_proofs_then_their_answers),
        cmocka_unit_test(test_tlog_key_when_wycheproof_signatures_then_their_results),
        cmocka_unit_test(test_tlog_note_when_published_then_opens_and_every_flipped_bit_is_refused),
        cmocka_unit_test(test_tlog_note_when_published_text_is_signed_then_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
