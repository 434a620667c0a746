/* The generator writes the same bytes for the same seed, and files that the agents take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agents/formats/reader.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/domain/calendar.h"
#include "support.h"

#define FILE_LIMIT      ((size_t)4 * 1024 * 1024)
#define COMMITTED_LIMIT ((size_t)1536 * 1024)

struct world {
    char again[SUPPORT_PATH_BYTES]; /* the default once more */
    char other[SUPPORT_PATH_BYTES]; /* another seed */
};

static int set_up(void **state)
{
    static struct world world;
    const char *again[] = {"--out", world.again, NULL};
    const char *other[] = {"--seed", "99", "--out", world.other, NULL};

    support_make_folder(world.again);
    support_make_folder(world.other);
    assert_int_equal(support_run(again), 0);
    assert_int_equal(support_run(other), 0);
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    const struct world *world = (const struct world *)*state;

    support_remove(world->again);
    support_remove(world->other);
    return 0;
}

static char *load(const char *folder, const struct support_file *file, size_t *len)
{
    struct muster_err e = {MUSTER_OK, ""};
    char path[SUPPORT_PATH_BYTES];
    char *text = NULL;

    support_path(folder, file, path);
    if (file_read(path, FILE_LIMIT, &text, len, &e) != MUSTER_OK) {
        fail_msg("%s", e.text);
    }
    return text;
}

static bool same_file(const char *left, const char *right, const struct support_file *file)
{
    size_t left_len = 0;
    size_t right_len = 0;
    char *left_text = load(left, file, &left_len);
    char *right_text = load(right, file, &right_len);
    bool same = left_len == right_len && memcmp(left_text, right_text, left_len) == 0;

    muster_free(left_text);
    muster_free(right_text);
    return same;
}

static void test_sample_when_run_with_the_default_seed_then_the_committed_files_come(void **state)
{
    const struct world *world = (const struct world *)*state;

    for (size_t i = 0; i < SUPPORT_FILES; i++) {
        if (!same_file(support_committed(), world->again, &support_files[i])) {
            fail_msg("%s/%s.csv differs: run muster-sample --out agents/sample/exports",
                     support_files[i].agency, support_files[i].kind);
        }
    }
}

static void test_sample_when_files_are_counted_then_there_are_no_others(void **state)
{
    static const char *const agencies[] = {"police", "health", "school", "council"};
    const struct world *world = (const struct world *)*state;
    const char *const folders[] = {support_committed(), world->again, world->other};

    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        size_t count = 0;
        for (size_t j = 0; j < sizeof agencies / sizeof agencies[0]; j++) {
            count += support_count_files(folders[i], agencies[j]);
        }
        assert_int_equal(count, SUPPORT_FILES);
    }
}

static void test_sample_when_committed_then_it_stays_small(void **state)
{
    size_t total = 0;

    (void)state;
    for (size_t i = 0; i < SUPPORT_FILES; i++) {
        size_t len = 0;
        muster_free(load(support_committed(), &support_files[i], &len));
        total += len;
    }
    assert_in_range(total, 1, COMMITTED_LIMIT);
}

static void test_sample_when_the_seed_is_another_then_the_files_are_others(void **state)
{
    /* Returns, actions and audits are the same few rows whatever the seed. */
    static const char *const drawn[] = {"referrals",   "decisions",  "early_help",       "meetings",
                                        "invitations", "attendance", "referrer_feedback"};
    const struct world *world = (const struct world *)*state;

    for (size_t i = 0; i < SUPPORT_FILES; i++) {
        for (size_t j = 0; j < sizeof drawn / sizeof drawn[0]; j++) {
            if (strcmp(support_files[i].kind, drawn[j]) == 0) {
                assert_false(same_file(world->again, world->other, &support_files[i]));
            }
        }
    }
}

/* --- through the agents' reader --- */

/* What may be found: the flaws README.md lists, and nothing else. */
static const char *const expected_findings[] = {"1510", "consent_reason_missing",
                                                "parents_reason_missing", "action_overdue"};

struct seen {
    const struct support_file *file;
    size_t rows;
    size_t mistyped_upns;
    size_t overdue_actions;
    size_t withdrawn;
};

static enum muster_status see_row(void *context, const struct reader_row *row)
{
    struct seen *seen = (struct seen *)context;

    seen->rows++;
    seen->withdrawn += row->record.withdrawn ? 1 : 0;
    for (size_t i = 0; i < row->findings.count; i++) {
        const char *code = row->findings.at[i].code;
        bool expected = false;
        for (size_t j = 0; j < sizeof expected_findings / sizeof expected_findings[0]; j++) {
            expected = expected || strcmp(code, expected_findings[j]) == 0;
        }
        if (!expected) {
            fail_msg("%s/%s.csv row %zu column %s: %s", seen->file->agency, seen->file->kind,
                     row->row, row->findings.at[i].column, code);
        }
        seen->mistyped_upns += strcmp(code, "1510") == 0 ? 1 : 0;
        seen->overdue_actions += strcmp(code, "action_overdue") == 0 ? 1 : 0;
    }
    return MUSTER_OK;
}

static enum muster_status see_note(void *context, const struct reader_note *note)
{
    const struct seen *seen = (const struct seen *)context;

    fail_msg("%s/%s.csv row %zu column %s: %s", seen->file->agency, seen->file->kind, note->row,
             note->column, note->code);
    return MUSTER_OK;
}

static bool agency_known(const void *agencies, const char *id)
{
    (void)agencies;
    return strcmp(id, "police") == 0 || strcmp(id, "health") == 0 || strcmp(id, "school") == 0 ||
           strcmp(id, "council") == 0;
}

static void read_file(const char *folder, const struct support_file *file, struct seen *seen)
{
    static const struct reader_sink sink = {see_row, see_note};
    struct rule_facts facts = {.sender = file->agency,
                               .sender_is_council = strcmp(file->agency, "council") == 0,
                               .agency_known = agency_known};
    struct reader_options options = {NULL, NULL, &facts};
    struct muster_err e = {MUSTER_OK, ""};
    struct arena arena;
    char path[SUPPORT_PATH_BYTES];

    /* The day after the sample's last one. */
    assert_true(calendar_date_of(2026, 4, 6, &facts.today));
    arena_init(&arena, 64u * 1024u * 1024u);
    support_path(folder, file, path);
    seen->file = file;
    if (reader_file(path, &options, &arena, &sink, seen, &e) != MUSTER_OK) {
        fail_msg("%s", e.text);
    }
    arena_fini(&arena);
}

static void read_all(const char *folder, struct seen *seen)
{
    for (size_t i = 0; i < SUPPORT_FILES; i++) {
        size_t before = seen->rows;
        read_file(folder, &support_files[i], seen);
        assert_true(seen->rows > before);
    }
}

static void test_sample_when_committed_files_are_read_then_only_the_known_flaws_show(void **state)
{
    struct seen seen = {0};

    (void)state;
    read_all(support_committed(), &seen);
    assert_in_range(seen.mistyped_upns, 1, 6);
    assert_in_range(seen.withdrawn, 1, 2);
    assert_int_equal(seen.overdue_actions, 1);
}

static void test_sample_when_files_of_another_seed_are_read_then_nothing_is_refused(void **state)
{
    const struct world *world = (const struct world *)*state;
    struct seen seen = {0};

    read_all(world->other, &seen);
    assert_true(seen.rows > 4000);
}

/* --- the command line --- */

static void test_sample_when_the_command_line_is_wrong_then_nothing_is_written(void **state)
{
    static const char *const wrong[][2] = {
        {"--weeks", "0"},         {"--weeks", "53"},
        {"--weeks", "13x"},       {"--weeks", "-1"},
        {"--weeks", ""},          {"--seed", "-1"},
        {"--seed", "1.5"},        {"--seed", "18446744073709551616"},
        {"--from", "2026-02-30"}, {"--from", "5 January 2026"},
        {"--from", "2025-01-06"}, {"--from", "2027-09-06"},
    };
    char folder[SUPPORT_PATH_BYTES];

    (void)state;
    support_make_folder(folder);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        const char *arguments[] = {wrong[i][0], wrong[i][1], "--out", folder, NULL};
        assert_int_equal(support_run(arguments), 2);
    }
    /* rmdir fails on a folder that is not empty. */
    assert_int_equal(remove(folder), 0);
}

static void test_sample_when_asked_for_one_week_or_a_year_then_files_are_written(void **state)
{
    static const char *const right[][4] = {
        {"--weeks", "1", "--seed", "0"},
        {"--weeks", "52", "--seed", "18446744073709551615"},
        {"--weeks", "3", "--from", "30/03/2026"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof right / sizeof right[0]; i++) {
        char folder[SUPPORT_PATH_BYTES];
        support_make_folder(folder);
        const char *arguments[] = {right[i][0], right[i][1], right[i][2], right[i][3],
                                   "--out",     folder,      NULL};
        assert_int_equal(support_run(arguments), 0);
        size_t len = 0;
        muster_free(load(folder, &support_files[0], &len));
        assert_true(len > 0);
        support_remove(folder);
    }
}

static void test_sample_when_the_folder_cannot_be_made_then_it_fails(void **state)
{
    const char *arguments[] = {"--out", "/dev/null/exports", NULL};

    (void)state;
    assert_int_equal(support_run(arguments), 3);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample_when_run_with_the_default_seed_then_the_committed_files_come),
        cmocka_unit_test(test_sample_when_files_are_counted_then_there_are_no_others),
        cmocka_unit_test(test_sample_when_committed_then_it_stays_small),
        cmocka_unit_test(test_sample_when_the_seed_is_another_then_the_files_are_others),
        cmocka_unit_test(test_sample_when_committed_files_are_read_then_only_the_known_flaws_show),
        cmocka_unit_test(test_sample_when_files_of_another_seed_are_read_then_nothing_is_refused),
        cmocka_unit_test(test_sample_when_the_command_line_is_wrong_then_nothing_is_written),
        cmocka_unit_test(test_sample_when_asked_for_one_week_or_a_year_then_files_are_written),
        cmocka_unit_test(test_sample_when_the_folder_cannot_be_made_then_it_fails),
    };

    if (argc < 2) {
        fprintf(stderr, "usage: %s MUSTER-SAMPLE\n", argv[0]);
        return 2;
    }
    support_use_program(argv[1]);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
