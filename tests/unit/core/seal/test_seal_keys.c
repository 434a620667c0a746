/* The key directory: made once, read with care, destroyed for good. */
#include "seal_support.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/seal/key_file.h"
#include "core/seal/keys.h"

#define DIGITS     "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define LINE_BYTES 65

static int open_folder(void **state)
{
    static char folder[SUPPORT_PATH_BYTES];
    make_folder(folder);
    *state = folder;
    return 0;
}

static int close_folder(void **state)
{
    remove_folder((const char *)*state);
    return 0;
}

static void make_through(const char *folder, const char *from, const char *through, size_t expected)
{
    size_t made = 999;
    assert_int_equal(keys_make_through(folder, from, through, &made, NULL), MUSTER_OK);
    assert_int_equal(made, expected);
}

static void read_line(const char *folder, const char *name, char out[LINE_BYTES + 1])
{
    char path[SUPPORT_PATH_BYTES];
    FILE *file = NULL;
    join(path, folder, name);
    file = fopen(path, "r");
    assert_non_null(file);
    memset(out, 0, LINE_BYTES + 1);
    assert_int_equal(fread(out, 1, LINE_BYTES, file), LINE_BYTES);
    assert_int_equal(fgetc(file), EOF);
    assert_int_equal(fclose(file), 0);
}

static void test_make_when_run_twice_then_nothing_is_overwritten(void **state)
{
    const char *folder = (const char *)*state;
    static const char *const names[] = {"index.key", "log.key", "kek-2027-11.key",
                                        "kek-2027-12.key", "kek-2028-01.key"};
    char first[5][LINE_BYTES + 1];
    char second[LINE_BYTES + 1];
    char path[SUPPORT_PATH_BYTES];
    struct stat st;

    make_through(folder, "2027-11", "2028-01", 5);
    for (size_t i = 0; i < 5; i++) {
        read_line(folder, names[i], first[i]);
        join(path, folder, names[i]);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
        assert_int_equal(st.st_nlink, 1);
        assert_int_equal(strspn(first[i], "0123456789abcdef"), 64);
        assert_int_equal(first[i][64], '\n');
        for (size_t j = 0; j < i; j++) {
            assert_string_not_equal(first[i], first[j]);
        }
    }
    make_through(folder, "2027-11", "2028-03", 2);

    for (size_t i = 0; i < 5; i++) {
        read_line(folder, names[i], second);
        assert_string_equal(second, first[i]);
    }
}

static void test_make_when_range_is_wrong_then_refused_and_nothing_made(void **state)
{
    const char *folder = (const char *)*state;
    static const struct {
        const char *from;
        const char *through;
        enum muster_status expected;
    } cases[] = {
        {"2028-01", "2027-12", MUSTER_EUSAGE}, {"2028-1", "2028-02", MUSTER_EUSAGE},
        {"2028-01", "2028-13", MUSTER_EUSAGE}, {"2028-01", "2999-01", MUSTER_ETOOBIG},
        {"2028-01", "", MUSTER_EUSAGE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t made = 999;
        assert_int_equal(keys_make_through(folder, cases[i].from, cases[i].through, &made, NULL),
                         cases[i].expected);
        assert_int_equal(made, 999);
    }
    assert_int_equal(rmdir(folder), 0); /* it is still empty */
    assert_int_equal(mkdir(folder, 0700), 0);
}

static void test_make_when_index_key_was_lost_then_escrow_is_asked_for(void **state)
{
    const char *folder = (const char *)*state;
    char path[SUPPORT_PATH_BYTES];
    struct muster_err e;
    size_t made = 0;
    make_through(folder, "2028-01", "2028-01", 3);
    join(path, folder, "index.key");
    assert_int_equal(unlink(path), 0);

    enum muster_status status = keys_make_through(folder, "2028-01", "2028-02", &made, &e);

    assert_int_equal(status, MUSTER_ECONFIG);
    assert_non_null(strstr(e.text, "escrow"));
    assert_int_equal(access(path, F_OK), -1);
}

static void test_make_when_cut_short_before_any_month_then_completed(void **state)
{
    const char *folder = (const char *)*state;
    char path[SUPPORT_PATH_BYTES];
    char before[LINE_BYTES + 1];
    char after[LINE_BYTES + 1];
    join(path, folder, "index.key");
    assert_int_equal(key_file_make(path, NULL), MUSTER_OK);
    read_line(folder, "index.key", before);

    make_through(folder, "2028-01", "2028-01", 2);

    read_line(folder, "index.key", after);
    assert_string_equal(after, before);
}

static void test_kek_when_month_is_missing_then_the_command_is_named(void **state)
{
    const char *folder = (const char *)*state;
    uint8_t key[SEAL_KEY_BYTES] = {0};
    struct keys *keys = NULL;
    struct muster_err e;
    make_through(folder, "2028-01", "2028-01", 3);
    assert_int_equal(keys_open(folder, &keys, NULL), MUSTER_OK);

    assert_int_equal(keys_kek(keys, "2028-02", key, &e), MUSTER_ECONFIG);
    assert_non_null(strstr(e.text, "musterd keys create --through 2028-02"));
    assert_int_equal(keys_kek(keys, "../../x", key, &e), MUSTER_EUSAGE);
    assert_int_equal(keys_kek(keys, "2028-01", key, &e), MUSTER_OK);
    make_through(folder, "2028-02", "2028-02", 1);
    assert_int_equal(keys_kek(keys, "2028-02", key, &e), MUSTER_OK); /* without a restart */

    keys_close(keys);
}

static void test_keys_when_read_then_the_file_and_from_memory_after(void **state)
{
    const char *folder = (const char *)*state;
    char path[SUPPORT_PATH_BYTES];
    uint8_t expected[SEAL_KEY_BYTES];
    uint8_t key[SEAL_KEY_BYTES];
    struct seal_mac_key index_key;
    struct keys *keys = NULL;
    count_up(expected, sizeof expected, 0);
    join(path, folder, "kek-2028-01.key");
    write_text(path, DIGITS "\n", LINE_BYTES, 0600);
    join(path, folder, "log.key");
    write_text(path, DIGITS "\n", LINE_BYTES, 0400);
    assert_int_equal(keys_open(folder, &keys, NULL), MUSTER_OK);

    assert_int_equal(keys_log(keys, key, NULL), MUSTER_OK);
    assert_memory_equal(key, expected, sizeof key);
    assert_int_equal(keys_index(keys, &index_key, NULL), MUSTER_ECONFIG);
    assert_int_equal(keys_kek(keys, "2028-01", key, NULL), MUSTER_OK);
    assert_memory_equal(key, expected, sizeof key);
    join(path, folder, "kek-2028-01.key");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(keys_kek(keys, "2028-01", key, NULL), MUSTER_OK);

    keys_close(keys);
}

static void test_keys_when_more_months_than_kept_then_all_are_right(void **state)
{
    const char *folder = (const char *)*state;
    struct keys *keys = NULL;
    char month[MONTH_TEXT_BYTES] = "2028-01";
    make_through(folder, "2028-01", "2044-01", 195);
    assert_int_equal(keys_open(folder, &keys, NULL), MUSTER_OK);

    for (size_t i = 0; i < 2 * 193; i++) {
        char name[32];
        char path[SUPPORT_PATH_BYTES];
        uint8_t from_file[SEAL_KEY_BYTES];
        uint8_t key[SEAL_KEY_BYTES];
        (void)snprintf(name, sizeof name, "kek-%s.key", month);
        join(path, folder, name);
        assert_int_equal(key_file_read(path, from_file, NULL), MUSTER_OK);
        assert_int_equal(keys_kek(keys, month, key, NULL), MUSTER_OK);
        assert_memory_equal(key, from_file, sizeof key);
        if (month_distance(month, "2044-01") == 0) {
            memcpy(month, "2028-01", sizeof month);
        } else {
            assert_true(month_next(month, month));
        }
    }
    keys_close(keys);
}

static void test_key_file_when_mode_or_form_is_wrong_then_refused(void **state)
{
    const char *folder = (const char *)*state;
    static const struct {
        const char *text;
        unsigned mode;
        enum muster_status expected;
    } cases[] = {
        {DIGITS "\n", 0600, MUSTER_OK},
        {DIGITS "\n", 0400, MUSTER_OK},
        {DIGITS "\n", 0644, MUSTER_ECONFIG},
        {DIGITS "\n", 0640, MUSTER_ECONFIG},
        {DIGITS "\n", 0601, MUSTER_ECONFIG},
        {DIGITS, 0600, MUSTER_ECONFIG},
        {DIGITS "\n\n", 0600, MUSTER_ECONFIG},
        {DIGITS "\r\n", 0600, MUSTER_ECONFIG},
        {DIGITS "00\n", 0600, MUSTER_ECONFIG},
        {DIGITS DIGITS "\n", 0600, MUSTER_ECONFIG},
        {"g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n", 0600,
         MUSTER_ECONFIG},
        {"", 0600, MUSTER_ECONFIG},
    };
    char path[SUPPORT_PATH_BYTES];
    const uint8_t untouched[SEAL_KEY_BYTES] = {7};
    join(path, folder, "a.key");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t key[SEAL_KEY_BYTES] = {7};
        write_text(path, cases[i].text, strlen(cases[i].text), cases[i].mode);
        assert_int_equal(key_file_read(path, key, NULL), cases[i].expected);
        if (cases[i].expected != MUSTER_OK) {
            assert_memory_equal(key, untouched, sizeof key);
        }
    }
    join(path, folder, "none.key");
    uint8_t key[SEAL_KEY_BYTES];
    assert_int_equal(key_file_read(path, key, NULL), MUSTER_ENOTFOUND);
}

static void test_key_file_when_it_exists_then_not_made_again(void **state)
{
    const char *folder = (const char *)*state;
    char path[SUPPORT_PATH_BYTES];
    char line[LINE_BYTES + 1];
    join(path, folder, "a.key");
    write_text(path, DIGITS "\n", LINE_BYTES, 0600);

    assert_int_equal(key_file_make(path, NULL), MUSTER_EEXISTS);

    read_line(folder, "a.key", line);
    assert_string_equal(line, DIGITS "\n");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(folder), 0); /* no draft stayed behind */
    assert_int_equal(mkdir(folder, 0700), 0);
}

static void test_destroy_when_done_then_gone_from_disk_and_memory(void **state)
{
    const char *folder = (const char *)*state;
    char path[SUPPORT_PATH_BYTES];
    char other_name[SUPPORT_PATH_BYTES];
    char bytes[LINE_BYTES];
    const char zeros[LINE_BYTES] = {0};
    uint8_t key[SEAL_KEY_BYTES];
    struct keys *keys = NULL;
    make_through(folder, "2028-01", "2028-02", 4);
    assert_int_equal(keys_open(folder, &keys, NULL), MUSTER_OK);
    assert_int_equal(keys_kek(keys, "2028-01", key, NULL), MUSTER_OK);
    join(path, folder, "kek-2028-01.key");
    join(other_name, folder, "second-name");
    assert_int_equal(link(path, other_name), 0);

    assert_int_equal(keys_destroy(keys, "2028-01", NULL), MUSTER_OK);

    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(keys_kek(keys, "2028-01", key, NULL), MUSTER_ECONFIG);
    assert_int_equal(keys_kek(keys, "2028-02", key, NULL), MUSTER_OK);
    assert_int_equal(keys_destroy(keys, "2028-01", NULL), MUSTER_ENOTFOUND);
    FILE *file = fopen(other_name, "r");
    assert_non_null(file);
    assert_int_equal(fread(bytes, 1, sizeof bytes, file), sizeof bytes);
    assert_memory_equal(bytes, zeros, sizeof bytes); /* overwritten before the name went */
    assert_int_equal(fclose(file), 0);
    keys_close(keys);
}

static void test_open_when_folder_is_missing_then_said(void **state)
{
    char path[SUPPORT_PATH_BYTES];
    struct keys *keys = NULL;
    struct muster_err e;
    size_t made = 0;
    join(path, (const char *)*state, "none");

    assert_int_equal(keys_open(path, &keys, &e), MUSTER_ECONFIG);
    assert_non_null(strstr(e.text, path));
    assert_int_equal(keys_make_through(path, "2028-01", "2028-01", &made, NULL), MUSTER_ECONFIG);
    assert_null(keys);
    keys_close(NULL);
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, open_folder, close_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(test_make_when_run_twice_then_nothing_is_overwritten),
        EACH(test_make_when_range_is_wrong_then_refused_and_nothing_made),
        EACH(test_make_when_index_key_was_lost_then_escrow_is_asked_for),
        EACH(test_make_when_cut_short_before_any_month_then_completed),
        EACH(test_kek_when_month_is_missing_then_the_command_is_named),
        EACH(test_keys_when_read_then_the_file_and_from_memory_after),
        EACH(test_keys_when_more_months_than_kept_then_all_are_right),
        EACH(test_key_file_when_mode_or_form_is_wrong_then_refused),
        EACH(test_key_file_when_it_exists_then_not_made_again),
        EACH(test_destroy_when_done_then_gone_from_disk_and_memory),
        EACH(test_open_when_folder_is_missing_then_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
