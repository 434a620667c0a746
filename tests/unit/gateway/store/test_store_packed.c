/* Settled states as bytes: what they look like, that they come back, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/domain/codes.h"
#include "gateway/store/packed.h"

static const struct store_blind children[] = {{{1, 2, 3}}, {{4, 5, 6}}};

static struct store_recorded recorded(uint64_t seq, const char *status, const char *report)
{
    struct store_recorded record = {true, seq, status, report, {false, {0}}};

    return record;
}

/* Two invitations: one with the council's own record, one with three records. */
static struct store_gathering sample(struct store_invited invited[2])
{
    invited[0] = (struct store_invited){.seq = 99,
                                        .invited_at = {true, {-5}},
                                        .active_interest = true,
                                        .expected_to = "both",
                                        .council = recorded(300, "attended", "not_required"),
                                        .own = recorded(300, "attended", "not_required")};
    invited[1] = (struct store_invited){.seq = 101,
                                        .expected_to = "attend",
                                        .council = recorded(301, "apologies", "late"),
                                        .own = recorded(302, "deputy", "on_time"),
                                        .ruling = recorded(303, "no_apologies", "not_received")};
    invited[1].own.report_received_at = (struct store_instant){true, {1700000000000}};
    return (struct store_gathering){.seq = 100,
                                    .type = "icpc",
                                    .status = "held",
                                    .scheduled_at = {true, {1700000000000}},
                                    .held_at = {true, {1700000000001}},
                                    .mode = "video",
                                    .s47_started_on = {true, {-3}},
                                    .reports_shared_at = {true, {INT64_MIN}},
                                    .minutes_sent_at = {true, {INT64_MAX}},
                                    .quorum_override = {true, false},
                                    .census = {true, true},
                                    .children = children,
                                    .child_count = 2,
                                    .invited = invited,
                                    .invited_count = 2};
}

static struct muster_bytes bytes_of(const struct buffer *buffer)
{
    return muster_bytes_of((const uint8_t *)buffer->at, buffer->len);
}

static void assert_recorded(const struct store_recorded *a, const struct store_recorded *b)
{
    assert_int_equal(a->given, b->given);
    if (a->given) {
        assert_int_equal(a->seq, b->seq);
        assert_string_equal(a->status, b->status);
        assert_string_equal(a->report, b->report);
        assert_int_equal(a->report_received_at.given, b->report_received_at.given);
        assert_int_equal(a->report_received_at.at.ms, b->report_received_at.at.ms);
    }
}

static void assert_meeting(const struct store_gathering *a, const struct store_gathering *b)
{
    assert_int_equal(a->seq, b->seq);
    assert_string_equal(a->type, b->type);
    assert_string_equal(a->status, b->status);
    assert_int_equal(a->scheduled_at.at.ms, b->scheduled_at.at.ms);
    assert_int_equal(a->held_at.at.ms, b->held_at.at.ms);
    assert_string_equal(a->mode, b->mode);
    assert_int_equal(a->s47_started_on.on.days, b->s47_started_on.on.days);
    assert_int_equal(a->reports_shared_at.at.ms, b->reports_shared_at.at.ms);
    assert_int_equal(a->minutes_sent_at.at.ms, b->minutes_sent_at.at.ms);
    assert_int_equal(a->quorum_override.given, b->quorum_override.given);
    assert_int_equal(a->quorum_override.yes, b->quorum_override.yes);
    assert_int_equal(a->census.given, b->census.given);
    assert_int_equal(a->census.yes, b->census.yes);
    assert_int_equal(a->child_count, b->child_count);
    assert_memory_equal(a->children, b->children, a->child_count * sizeof *a->children);
    assert_int_equal(a->invited_count, b->invited_count);
}

static void test_packed_when_read_back_then_everything_is_there(void **state)
{
    static const uint64_t parties[2] = {1, UINT64_MAX};
    struct store_invited invited[2];
    struct store_gathering want = sample(invited);
    struct store_gathering got = {0};
    struct packed packed;
    struct buffer out;
    (void)state;
    buffer_init(&out, 0);

    packed_write(&want, parties, &out);
    assert_true(packed_open(&packed, bytes_of(&out), &got));

    assert_meeting(&got, &want);
    for (size_t i = 0; i < 2; i++) {
        struct store_invited row = {0};
        uint64_t party = 0;
        assert_false(packed_done(&packed));
        assert_true(packed_next(&packed, &row, &party));
        assert_int_equal(party, parties[i]);
        assert_int_equal(row.seq, invited[i].seq);
        assert_int_equal(row.invited_at.given, invited[i].invited_at.given);
        assert_int_equal(row.invited_at.at.ms, invited[i].invited_at.at.ms);
        assert_int_equal(row.active_interest, invited[i].active_interest);
        assert_string_equal(row.expected_to, invited[i].expected_to);
        assert_recorded(&row.council, &invited[i].council);
        assert_recorded(&row.own, &invited[i].own);
        assert_recorded(&row.ruling, &invited[i].ruling);
    }
    assert_true(packed_done(&packed));
    buffer_fini(&out);
}

/* What is on somebody's disk must be read in the same way by every later version: these bytes were
 * worked out by hand from packed.h. */
static void test_packed_when_written_then_the_bytes_are_those_of_version_1(void **state)
{
    static const uint8_t want[] = {
        1,  100, 20,   3,    1, /* version, seq 100, time 10 (zigzag), icpc, scheduled */
        1,  0,                  /* only scheduled_at, which is the time */
        0,  1,                  /* no children, one invitation */
        7,  3,   0xC1, 0x0C, 1, /* party 7, seq 98, flags 0x641, attend */
        19,                     /* invited_at 0: 10 before the time */
        6,  4,   2,             /* council: seq 103, apologies, on_time */
        1,  5,   3,             /* ruling: seq 99, no_apologies, late */
    };
    static const uint64_t parties[1] = {7};
    struct store_invited invited = {.seq = 98,
                                    .invited_at = {true, {0}},
                                    .active_interest = true,
                                    .expected_to = "attend",
                                    .council = recorded(103, "apologies", "on_time"),
                                    .ruling = recorded(99, "no_apologies", "late")};
    struct store_gathering row = {.seq = 100,
                                  .type = "icpc",
                                  .status = "scheduled",
                                  .scheduled_at = {true, {10}},
                                  .invited = &invited,
                                  .invited_count = 1};
    struct buffer out;
    (void)state;
    buffer_init(&out, 0);

    packed_write(&row, parties, &out);

    assert_int_equal(out.len, sizeof want);
    assert_memory_equal(out.at, want, sizeof want);
    buffer_fini(&out);
}

static bool reads(struct muster_bytes bytes)
{
    struct store_gathering row = {0};
    struct store_invited invited = {0};
    struct packed packed;
    uint64_t party = 0;
    bool good = packed_open(&packed, bytes, &row);

    while (good && packed.invited > 0) {
        good = packed_next(&packed, &invited, &party);
    }
    return good && packed_done(&packed);
}

static void test_packed_when_cut_short_or_longer_then_refused(void **state)
{
    static const uint64_t parties[2] = {1, 2};
    struct store_invited invited[2];
    struct store_gathering row = sample(invited);
    struct buffer out;
    (void)state;
    buffer_init(&out, 0);
    packed_write(&row, parties, &out);

    assert_true(reads(bytes_of(&out)));
    for (size_t len = 0; len < out.len; len++) {
        assert_false(reads(muster_bytes_of((const uint8_t *)out.at, len)));
    }
    buffer_byte(&out, 0);
    assert_false(reads(bytes_of(&out)));
    buffer_fini(&out);
}

static void test_packed_when_bytes_are_wrong_then_refused(void **state)
{
    /* Each is a good state of a meeting without invitations but for one thing. */
    static const struct {
        const char *bytes;
        size_t len;
        bool good;
    } cases[] = {
        {"\1\144\24\3\1\0\0\0", 8, true},
        {"\2\144\24\3\1\0\0\0", 8, false},         /* version */
        {"\1\144\24\11\1\0\0\0", 8, false},        /* no ninth type */
        {"\1\144\24\0\1x\0\1\0\0\0", 11, true},    /* a written-out type */
        {"\1\144\24\0\1\0\0\1\0\0\0", 11, false},  /* shorter than it says */
        {"\1\144\24\0\1xy\1\0\0\0", 11, false},    /* no NUL */
        {"\1\144\24\0\101x\0\1\0\0\0", 11, false}, /* longer than an id */
        {"\1\144\24\3\1\200\10\0\0", 9, false},    /* an unknown flag */
        {"\1\144\24\3\1\0\1\0", 8, false},         /* a child that is not there */
        {"\1\144\24\3\1\0\0\201\4", 9, false},     /* too many invitations */
        {"\1\377\377\377\377\377\377\377\377\377\1\24\3\1\0\0\0", 17, false},  /* seq too large */
        {"\1\144\377\377\377\377\377\377\377\377\377\2\3\1\0\0\0", 17, false}, /* over 64 bits */
        {"\1\144\24\3\1\10\200\200\200\200\40\0\0", 13, false}, /* a day that is none */
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        if (reads(muster_bytes_of(cases[i].bytes, cases[i].len)) != cases[i].good) {
            fail_msg("case %zu is wrong", i);
        }
    }
}

static size_t packed_size(const char *type, const char *status, const char *mode,
                          const char *expected_to, const char *attendance, const char *report)
{
    static const uint64_t parties[1] = {1};
    struct store_invited invited = {.expected_to = expected_to,
                                    .council = recorded(0, attendance, report)};
    struct store_gathering row = {
        .type = type, .status = status, .mode = mode, .invited = &invited, .invited_count = 1};
    struct buffer out;
    buffer_init(&out, 0);

    packed_write(&row, parties, &out);
    size_t len = out.len;
    buffer_fini(&out);
    return len;
}

/* Codes of our lists take one byte each; one that no list has comes back nevertheless. */
static void test_packed_when_codes_are_ours_then_they_are_short(void **state)
{
    static const char *const lists[] = {"meeting_type", "meeting_status",    "meeting_mode",
                                        "expected_to",  "attendance_status", "report_status"};
    const char *use[6];
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        use[i] = codes_list(lists[i])->codes[0].code;
    }
    size_t shortest = packed_size(use[0], use[1], use[2], use[3], use[4], use[5]);

    for (size_t i = 0; i < 6; i++) {
        const struct code_list *list = codes_list(lists[i]);
        for (size_t k = 0; k < list->count; k++) {
            use[i] = list->codes[k].code;
            assert_int_equal(packed_size(use[0], use[1], use[2], use[3], use[4], use[5]), shortest);
        }
        use[i] = "none of it";
        assert_int_equal(packed_size(use[0], use[1], use[2], use[3], use[4], use[5]),
                         shortest + 1 + 11);
        use[i] = list->codes[0].code;
    }
}

static void test_packed_when_a_code_is_longer_than_an_id_then_it_is_not_written(void **state)
{
    char text[MUSTER_ID_BYTES + 2] = "";
    struct store_gathering row = {.type = text, .status = "held"};
    struct buffer out;
    (void)state;
    buffer_init(&out, 0);

    memset(text, 'x', MUSTER_ID_BYTES + 1);
    packed_write(&row, NULL, &out);

    assert_int_equal(out.failed, MUSTER_ETOOBIG);
    buffer_fini(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_packed_when_read_back_then_everything_is_there),
        cmocka_unit_test(test_packed_when_written_then_the_bytes_are_those_of_version_1),
        cmocka_unit_test(test_packed_when_cut_short_or_longer_then_refused),
        cmocka_unit_test(test_packed_when_bytes_are_wrong_then_refused),
        cmocka_unit_test(test_packed_when_codes_are_ours_then_they_are_short),
        cmocka_unit_test(test_packed_when_a_code_is_longer_than_an_id_then_it_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
