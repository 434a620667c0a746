/* Files, encodings, headers and kinds: what makes a CSV file readable, and what refuses it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <iconv.h>

#include "collect.h"

#define FEEDBACK "referral_id,received_at,satisfied,comment\n"
#define ROW1     "R1,2026-04-01T10:00:00Z,yes,good\n"

static int set_up(void **state)
{
    struct collect *collect = (struct collect *)malloc(sizeof *collect);
    assert_non_null(collect);
    collect_init(collect);
    *state = collect;
    return 0;
}

static int tear_down(void **state)
{
    struct collect *collect = (struct collect *)*state;
    collect_fini(collect);
    free(collect);
    return 0;
}

struct file_case {
    const char *what;
    const char *text;
    enum muster_status status;
    const char *note; /* NULL: no note */
    size_t rows;
    const char *comment; /* of the first row */
};

/* Everything is read as referrer_feedback by its name. */
static void test_file_when_written_in_many_ways_then_read_or_refused_as_a_whole(void **state)
{
    static const struct file_case cases[] = {
        {"plain", FEEDBACK ROW1, MUSTER_OK, NULL, 1, "good"},
        {"no newline at the end", FEEDBACK "R1,2026-04-01T10:00Z,yes,good", MUSTER_OK, NULL, 1,
         "good"},
        {"CRLF", "referral_id,received_at,satisfied,comment\r\nR1,2026-04-01,yes,good\r\n",
         MUSTER_OK, NULL, 1, "good"},
        {"CR alone", "referral_id,received_at,satisfied,comment\rR1,2026-04-01,yes,good\r",
         MUSTER_OK, NULL, 1, "good"},
        {"byte order mark", "\xEF\xBB\xBF" FEEDBACK ROW1, MUSTER_OK, NULL, 1, "good"},
        {"blank lines", "\n\n" FEEDBACK "\n\n" ROW1 "\n", MUSTER_OK, NULL, 1, "good"},
        {"commas alone", FEEDBACK ",,,\n" ROW1 ",,,\n", MUSTER_OK, NULL, 1, "good"},
        {"headers in other order, case and spaces",
         " Comment ,SATISFIED,Received_At,Referral_ID\ngood,yes,2026-04-01,R1\n", MUSTER_OK, NULL,
         1, "good"},
        {"all quoted",
         "\"referral_id\",\"received_at\",\"satisfied\",\"comment\"\n"
         "\"R1\",\"2026-04-01\",\"yes\",\"good\"\n",
         MUSTER_OK, NULL, 1, "good"},
        {"quotes, comma and newline in a cell",
         FEEDBACK "R1,2026-04-01,yes,\"he said \"\"no\"\",\nthen yes\"\n", MUSTER_OK, NULL, 1,
         "he said \"no\",\nthen yes"},
        {"optional column absent", "referral_id,received_at,satisfied\nR1,2026-04-01,yes\n",
         MUSTER_OK, NULL, 1, ""},
        {"header alone", FEEDBACK, MUSTER_OK, "no_rows", 0, NULL},
        {"empty", "", MUSTER_EREFUSED, "file_empty", 0, NULL},
        {"blank", "\n \n\n", MUSTER_EREFUSED, "file_empty", 0, NULL},
        {"no header", ROW1 ROW1, MUSTER_EREFUSED, "column_missing", 0, NULL},
        {"required column missing", "referral_id,received_at,comment\nR1,2026-04-01,good\n",
         MUSTER_EREFUSED, "column_missing", 0, NULL},
        {"column twice", "referral_id,received_at,satisfied,Satisfied\nR1,2026-04-01,yes,no\n",
         MUSTER_EREFUSED, "column_twice", 0, NULL},
        {"withdrawn twice",
         "referral_id,received_at,satisfied,withdrawn,withdrawn\nR1,2026-04-01,yes,no,no\n",
         MUSTER_EREFUSED, "column_twice", 0, NULL},
        {"unknown column twice", "referral_id,received_at,satisfied,x,x\nR1,2026-04-01,yes,1,2\n",
         MUSTER_OK, "column_unknown", 1, ""},
        {"quote never closed", FEEDBACK ROW1 "R2,2026-04-01,yes,\"open\nR3,2026-04-01,no,\n",
         MUSTER_EMALFORMED, "csv_unreadable", 0, NULL},
        {"text behind a closing quote", FEEDBACK ROW1 "R2,2026-04-01,yes,\"a\"b\n",
         MUSTER_EMALFORMED, "csv_unreadable", 0, NULL},
        {"quote within an unquoted cell", FEEDBACK ROW1 "R2,2026-04-01,yes,a\"b\n",
         MUSTER_EMALFORMED, "csv_unreadable", 0, NULL},
        {"UTF-16",
         "\xFF\xFE"
         "r",
         MUSTER_EMALFORMED, "encoding_utf16", 0, NULL},
        {"UTF-16, other order",
         "\xFE\xFF"
         "r",
         MUSTER_EMALFORMED, "encoding_utf16", 0, NULL},
        {"UTF-8 kept", FEEDBACK "R1,2026-04-01,yes,caf\xC3\xA9\n", MUSTER_OK, NULL, 1,
         "caf\xC3\xA9"},
        {"Windows-1252",
         FEEDBACK "R1,2026-04-01,yes,\x91"
                  "caf\xE9\x92 \x80 5\n",
         MUSTER_OK, "encoding_converted", 1,
         "\xE2\x80\x98"
         "caf\xC3\xA9\xE2\x80\x99 \xE2\x82\xAC 5"},
        {"neither", FEEDBACK "R1,2026-04-01,yes,\x81\n", MUSTER_EMALFORMED, "encoding_unknown", 0,
         NULL},
    };
    struct collect *collect = (struct collect *)*state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].what);

        collect_text(collect, "referrer_feedback.csv", cases[i].text);

        assert_int_equal(collect->status, cases[i].status);
        assert_int_equal(collect->row_count, cases[i].rows);
        assert_int_equal(collect->note_count > 0, cases[i].note != NULL);
        if (cases[i].note != NULL) {
            assert_string_equal(collect->notes[0].code, cases[i].note);
        }
        if (cases[i].status != MUSTER_OK) {
            assert_int_equal(collect->notes[0].level, MUSTER_LEVEL_REFUSAL);
            assert_non_null(strstr(collect->error.text, "referrer_feedback.csv"));
        }
        if (cases[i].comment != NULL) {
            assert_false(collect_refused(collect, 0));
            assert_string_equal(collect_value_text(collect, 0, "comment"), cases[i].comment);
        }
    }
}

static void test_file_when_nul_stands_in_it_then_refused_with_its_line(void **state)
{
    static const char text[] = FEEDBACK "R1,2026-04-01,yes,a\0b\n";
    struct collect *collect = (struct collect *)*state;

    collect_bytes(collect, "referrer_feedback.csv", text, sizeof text - 1);

    assert_int_equal(collect->status, MUSTER_EMALFORMED);
    assert_string_equal(collect->notes[0].code, "nul_byte");
    assert_int_equal(collect->notes[0].line, 2);
    assert_int_equal(collect->row_count, 0);
}

/* The libc's own converter knows Windows-1252 too: every byte of it must agree with ours. */
static void test_windows_1252_when_compared_with_iconv_then_every_byte_agrees(void **state)
{
    struct collect *collect = (struct collect *)*state;
    iconv_t converter = iconv_open("UTF-8", "WINDOWS-1252");
    if (converter == (iconv_t)-1) {
        print_message("SKIPPED: iconv has no WINDOWS-1252 here\n");
        skip();
    }
    for (int byte = 0x80; byte <= 0xFF; byte++) {
        char in[1] = {(char)byte};
        char out[8] = "";
        char text[256];
        char *from = in;
        char *to = out;
        size_t from_left = 1;
        size_t to_left = sizeof out - 1;
        bool known = iconv(converter, &from, &from_left, &to, &to_left) != (size_t)-1;
        *to = '\0';
        (void)snprintf(text, sizeof text, FEEDBACK "R1,2026-04-01,yes,x%cx\n", byte);

        collect_text(collect, "referrer_feedback.csv", text);

        assert_int_equal(collect->status, known ? MUSTER_OK : MUSTER_EMALFORMED);
        if (known) {
            char expected[16];
            (void)snprintf(expected, sizeof expected, "x%sx", out);
            assert_string_equal(collect_value_text(collect, 0, "comment"), expected);
        }
    }
    iconv_close(converter);
}

static void test_row_when_cells_hold_newlines_then_row_counts_records_and_line_lines(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "referrer_feedback.csv",
                 "\n" FEEDBACK "R1,2026-04-01,yes,\"a\nb\nc\"\n\nR2,2026-04-01,yes,d\n");

    assert_int_equal(collect->row_count, 2);
    assert_int_equal(collect->rows[0].row, 2);
    assert_int_equal(collect->rows[0].line, 3);
    assert_int_equal(collect->rows[1].row, 3);
    assert_int_equal(collect->rows[1].line, 7);
    assert_string_equal(collect->rows[1].file, "referrer_feedback.csv");
}

static void test_row_when_cells_are_too_many_or_few_then_found_or_blank(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "referrer_feedback.csv",
                 FEEDBACK "R1,2026-04-01,yes,a,b\n"
                          "R2,2026-04-01,yes,a,\n"
                          "R3,2026-04-01,yes\n"
                          "R4,2026-04-01\n");

    assert_int_equal(collect->row_count, 4);
    assert_true(collect_found(collect, 0, "cells_extra", ""));
    assert_false(collect_found(collect, 1, "cells_extra", NULL));
    assert_false(collect_refused(collect, 2));
    assert_true(collect_refused(collect, 3));
    assert_true(collect_found(collect, 3, "field_missing", "satisfied"));
}

static void test_error_when_file_is_broken_then_names_row_and_column(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "/a/folder/referrer_feedback.csv",
                 FEEDBACK ROW1 "R2,2026-04-01,yes,\"a\"b\n" ROW1);

    assert_int_equal(collect->notes[0].row, 3);
    assert_non_null(strstr(collect->error.text, "row 3"));
    assert_non_null(strstr(collect->error.text, "column number 4"));
    assert_null(strstr(collect->error.text, "/a/folder"));
    /* No value of a record. */
    assert_null(strstr(collect->error.text, "R2"));
}

static void test_header_when_a_column_is_not_ours_then_noted_by_name_and_ignored(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "referrer_feedback.csv",
                 "referral_id,Shoe size,received_at,satisfied\nR1,44,2026-04-01,yes\n");

    assert_int_equal(collect->note_count, 1);
    assert_string_equal(collect->notes[0].code, "column_unknown");
    assert_string_equal(collect->notes[0].column, "Shoe size");
    assert_int_equal(collect->notes[0].level, MUSTER_LEVEL_NOTICE);
    assert_false(collect_refused(collect, 0));
}

/* `census` is set by our own readers: a partner must not be able to. */
static void test_header_when_it_names_a_field_of_our_readers_then_ignored(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_text(collect, "meetings.csv",
                 "meeting_id,type,scheduled_at,status,census\n"
                 "M1,lscb_board,2026-06-01T10:00,scheduled,yes\n");

    assert_true(collect_noted(collect, "column_unknown"));
    assert_false(collect_value(collect, 0, "census")->given);
}

static char *repeat(const char *head, char c, size_t count, const char *tail)
{
    size_t head_len = strlen(head);
    char *text = (char *)malloc(head_len + count + strlen(tail) + 1);
    assert_non_null(text);
    memcpy(text, head, head_len);
    memset(text + head_len, c, count);
    strcpy(text + head_len + count, tail);
    return text;
}

static void test_cell_when_longer_than_a_cell_may_be_then_file_refused(void **state)
{
    static const struct {
        size_t bytes;
        enum muster_status status;
    } cases[] = {{1024 * 1024 - 1, MUSTER_OK},
                 {1024 * 1024, MUSTER_OK},
                 {1024 * 1024 + 1, MUSTER_ETOOBIG},
                 {3 * 1024 * 1024, MUSTER_ETOOBIG}};
    struct collect *collect = (struct collect *)*state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text = repeat("referral_id,received_at,satisfied,x\nR1,2026-04-01,yes,", 'a',
                            cases[i].bytes, "\n");

        collect_text(collect, "referrer_feedback.csv", text);

        assert_int_equal(collect->status, cases[i].status);
        assert_int_equal(collect->row_count, cases[i].status == MUSTER_OK);
        free(text);
    }
}

static void test_row_when_it_has_more_cells_than_a_row_may_then_file_refused(void **state)
{
    struct collect *collect = (struct collect *)*state;
    char *most = repeat(FEEDBACK "R1,2026-04-01,yes", ',', 1021, "\n");
    char *more = repeat(FEEDBACK "R1,2026-04-01,yes", ',', 1022, "\n");

    collect_text(collect, "referrer_feedback.csv", most);
    assert_int_equal(collect->status, MUSTER_OK);
    collect_text(collect, "referrer_feedback.csv", more);
    assert_int_equal(collect->status, MUSTER_ETOOBIG);

    free(most);
    free(more);
}

struct kind_case {
    const char *name;
    const char *header;
    const char *kind; /* --kind */
    enum muster_status status;
    const char *result; /* kind of the row, or code of the refusal */
};

static void test_kind_when_told_by_option_name_or_header_then_in_this_order(void **state)
{
    static const char training[] = "course,period,eligible,trained\nc,2025-26,10,5\n";
    static const char feedback[] = FEEDBACK ROW1;
    static const char actions[] = "return_id,action_id,action,owner_role,due,action_status\n"
                                  "r,a,do it,head,2026-12-01,open\n";
    static const struct kind_case cases[] = {
        {"training.csv", training, NULL, MUSTER_OK, "training"},
        {"TRAINING.CSV", training, NULL, MUSTER_OK, "training"},
        {"training-2026-01.csv", training, NULL, MUSTER_OK, "training"},
        {"training 2026.csv", training, NULL, MUSTER_OK, "training"},
        {"police_training.csv", training, NULL, MUSTER_OK, "training"},
        {"police.training.csv", training, NULL, MUSTER_OK, "training"},
        {"export.csv", training, NULL, MUSTER_OK, "training"},
        {"export", training, NULL, MUSTER_OK, "training"},
        {"export.csv", feedback, NULL, MUSTER_OK, "referrer_feedback"},
        {"section11_actions.csv", actions, NULL, MUSTER_OK, "section11_actions"},
        {"section11_actions-2026.csv", actions, NULL, MUSTER_OK, "section11_actions"},
        {"school-section11_actions.csv", actions, NULL, MUSTER_OK, "section11_actions"},
        {"section11-2026.csv", actions, NULL, MUSTER_EREFUSED, "column_missing"},
        {"meetings.csv", training, NULL, MUSTER_EREFUSED, "column_missing"},
        {"meetings.csv", training, "training", MUSTER_OK, "training"},
        {"training.csv", training, "meetings", MUSTER_EREFUSED, "column_missing"},
        {"meetings-training.csv", training, NULL, MUSTER_OK, "training"},
        {"retraining.csv", training, NULL, MUSTER_OK, "training"},
        {"retraining.csv", "a,b\n1,2\n", NULL, MUSTER_EREFUSED, "kind_unknown"},
        {"export.csv", "meeting_id,agency,role\nm,police,x\n", NULL, MUSTER_EREFUSED,
         "kind_unknown"},
        {"export.csv",
         "course,period,eligible,trained,referral_id,received_at,satisfied,comment\n"
         "c,p,1,1,R1,2026-04-01,yes,\n",
         NULL, MUSTER_EREFUSED, "kind_ambiguous"},
        {"export.csv",
         "course,period,eligible,trained,referral_id,received_at,satisfied\n"
         "c,p,1,1,R1,2026-04-01,yes\n",
         NULL, MUSTER_OK, "training"},
        {"training.csv", training, "nonsense", MUSTER_EREFUSED, "kind_unknown"},
        {"training.csv", training, "annex_a_list4", MUSTER_EREFUSED, "kind_unknown"},
        {"training.csv", training, "annex_a_list22", MUSTER_EREFUSED, "kind_unknown"},
        {"training.csv", training, "annex_a_list2", MUSTER_EREFUSED, "column_missing"},
        {"training.csv", training, "cin_census", MUSTER_EMALFORMED, "xml_unreadable"},
    };
    struct collect *collect = (struct collect *)*state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s %s\n", cases[i].name, cases[i].result);
        collect->kind = cases[i].kind;

        collect_text(collect, cases[i].name, cases[i].header);

        assert_int_equal(collect->status, cases[i].status);
        if (cases[i].status == MUSTER_OK) {
            assert_int_equal(collect->row_count, 1);
            assert_string_equal(collect->rows[0].record.schema->name, cases[i].result);
        } else {
            assert_int_equal(collect->row_count, 0);
            assert_string_equal(collect->notes[0].code, cases[i].result);
        }
    }
}

/* What comes after a fault must not be read, and what comes before it must not be handed out. */
static void test_rows_when_the_last_line_is_broken_then_none_is_handed_out(void **state)
{
    struct collect *collect = (struct collect *)*state;
    char text[8192] = FEEDBACK;
    for (size_t i = 0; i < 100; i++) {
        strcat(text, ROW1);
    }

    collect_text(collect, "referrer_feedback.csv", text);
    assert_int_equal(collect->row_count, 100);
    strcat(text, "R2,2026-04-01,yes,\"a\"b\n");
    collect_text(collect, "referrer_feedback.csv", text);

    assert_int_equal(collect->status, MUSTER_EMALFORMED);
    assert_int_equal(collect->row_count, 0);
}

static void test_sink_when_it_fails_then_reading_ends_with_its_status(void **state)
{
    struct collect *collect = (struct collect *)*state;
    collect->fail_row = 2;

    collect_text(collect, "referrer_feedback.csv", FEEDBACK ROW1 ROW1 ROW1);

    assert_int_equal(collect->status, MUSTER_EFULL);
    assert_int_equal(collect->row_count, 1);
}

static void test_file_when_it_is_not_there_then_says_so(void **state)
{
    struct collect *collect = (struct collect *)*state;

    collect_file(collect, "/nonexistent/referrals.csv");

    assert_int_equal(collect->status, MUSTER_ENOTFOUND);
    assert_int_equal(collect->row_count, 0);
}

/* An export of a council's case system as it is: addresses over several lines, two shapes of date,
 * headers of its own, read through a profile. The record count is that of its published note. */
static void test_profile_when_a_case_system_exports_then_read_through_it(void **state)
{
    static const struct profile_header headers[] = {
        {"Cms ID", "episode_id"},
        {"contact email", "child_id"},
        {"first  name", "given_name"},
        {"Last Name", "family_name"},
        {"Date Of Birth", "date_of_birth"},
        {"Service Involvement", "kind"},
        {"Start Date Of Last Involvement", "started_on"},
        {"Local Authority Organisation", "lead_agency"},
        {"Gender", "sex"},
        {"Date Current As Of", "ended_on"},
    };
    static const struct profile_value values[] = {
        {"kind", "historic", "caf"}, {"kind", "Current", "eha"}, {"sex", "Male", "M"},
        {"sex", "Female", "F"},      {"sex", "Other", "U"},
    };
    static const struct profile profile = {headers, 10, values, 5};
    struct collect *collect = (struct collect *)*state;
    char path[512];
    if (collect_shared("data/family_context_csc.csv", path, sizeof path) == NULL) {
        skip();
    }
    collect->profile = &profile;

    collect_file(collect, path);

    assert_int_equal(collect->status, MUSTER_OK);
    assert_int_equal(collect->row_count, 500);
    assert_int_equal(collect->note_count, 8);
    assert_string_equal(collect_value_text(collect, 0, "episode_id"), "7190247");
    assert_string_equal(collect_value_text(collect, 0, "kind"), "caf");
    assert_string_equal(collect_value_text(collect, 0, "sex"), "M");
    assert_true(collect_value(collect, 0, "ended_on")->given);
    assert_int_equal(collect->rows[1].row, 3);
    assert_true(collect->rows[1].line > collect->rows[0].line + 1);
    /* 239 are Historic, 253 Current, 8 Not Specified, which the profile does not map. */
    assert_int_equal(collect_count(collect, MUSTER_KIND_NONE, "code_not_allowed"), 8);
    assert_int_equal(collect_count(collect, MUSTER_KIND_NONE, "date_unreadable"), 0);
    assert_int_equal(collect_count(collect, MUSTER_KIND_NONE, "value_unreadable"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(test_file_when_written_in_many_ways_then_read_or_refused_as_a_whole),
        T(test_file_when_nul_stands_in_it_then_refused_with_its_line),
        T(test_windows_1252_when_compared_with_iconv_then_every_byte_agrees),
        T(test_row_when_cells_hold_newlines_then_row_counts_records_and_line_lines),
        T(test_row_when_cells_are_too_many_or_few_then_found_or_blank),
        T(test_error_when_file_is_broken_then_names_row_and_column),
        T(test_header_when_a_column_is_not_ours_then_noted_by_name_and_ignored),
        T(test_header_when_it_names_a_field_of_our_readers_then_ignored),
        T(test_cell_when_longer_than_a_cell_may_be_then_file_refused),
        T(test_row_when_it_has_more_cells_than_a_row_may_then_file_refused),
        T(test_kind_when_told_by_option_name_or_header_then_in_this_order),
        T(test_rows_when_the_last_line_is_broken_then_none_is_handed_out),
        T(test_sink_when_it_fails_then_reading_ends_with_its_status),
        T(test_file_when_it_is_not_there_then_says_so),
        T(test_profile_when_a_case_system_exports_then_read_through_it),
#undef T
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
