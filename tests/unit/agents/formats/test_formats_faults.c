/* Every allocation fails once, for a file of each reader: the reading ends with MUSTER_ENOMEM and
 * without a leak (the sanitizer looks). Only libcsv may get over it, by asking for less: then every
 * row must be there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "collect.h"

#define MOST_ALLOCATIONS 2000u

static void fail_each(const char *name, const char *text, size_t rows)
{
    struct collect collect;
    collect_init(&collect);
    unsigned n = 1;
    unsigned recovered = 0;
    for (; n < MOST_ALLOCATIONS; n++) {
        (void)muster_alloc_fail_at(n);

        collect_text(&collect, name, text);

        if (!muster_alloc_fail_at(0)) {
            break;
        }
        if (collect.status == MUSTER_OK) {
            recovered++;
            assert_int_equal(collect.row_count, rows);
        } else {
            assert_int_equal(collect.status, MUSTER_ENOMEM);
            assert_true(collect.row_count <= rows);
        }
    }
    assert_true(n > 3 && n < MOST_ALLOCATIONS);
    assert_true(recovered <= 2); /* one buffer of libcsv in each of the two passes */
    assert_int_equal(collect.status, MUSTER_OK);
    assert_int_equal(collect.row_count, rows);
    collect_fini(&collect);
}

static void test_csv_when_an_allocation_fails_then_out_of_memory(void **state)
{
    (void)state;
    fail_each("meetings.csv",
              "meeting_id,type,scheduled_at,status,children,x,quorum_override_reason\n"
              "M1,icpc,2026-06-01T10:00,scheduled,C1;C2,y,\"text \"\"here\"\"\"\n"
              "M2,icpc,2026-06-02T10:00,scheduled,C1;C2,y,caf\xE9\n",
              2);
}

static void test_annex_a_when_an_allocation_fails_then_out_of_memory(void **state)
{
    (void)state;
    fail_each("list3.csv",
              "Child Unique ID,Gender,Date of Referral,Referral Source,Referral NFA?\n"
              "C1,Male,03/06/2024,q) 6: Police,Yes\n",
              2);
}

static void test_census_when_an_allocation_fails_then_out_of_memory(void **state)
{
    (void)state;
    fail_each("census.xml",
              "<Message><Children><Child><ChildIdentifiers><LAchildID>C1</LAchildID>"
              "<UPN>H801200001001</UPN></ChildIdentifiers>stray<CINdetails>"
              "<CINreferralDate>2024-06-03</CINreferralDate><New/><Section47>"
              "<S47ActualStartDate>2024-06-04</S47ActualStartDate></Section47>"
              "<ReferralNFA>1</ReferralNFA><ChildProtectionPlans/></CINdetails></Child></Children>"
              "</Message>",
              3);
}

/* The caller's arena is the caller's memory: when its budget is spent, that is an ordinary error.
 */
static void test_arena_when_its_budget_is_spent_then_out_of_memory(void **state)
{
    struct collect collect;
    (void)state;
    collect_init(&collect);
    arena_fini(&collect.arena);
    arena_init(&collect.arena, 64);

    collect_text(&collect, "training.csv",
                 "course,period,eligible,trained\na-rather-long-course,2025-26,10,5\n"
                 "another-long-course,2025-26,10,5\n");

    assert_int_equal(collect.status, MUSTER_ENOMEM);
    collect_fini(&collect);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_when_an_allocation_fails_then_out_of_memory),
        cmocka_unit_test(test_annex_a_when_an_allocation_fails_then_out_of_memory),
        cmocka_unit_test(test_census_when_an_allocation_fails_then_out_of_memory),
        cmocka_unit_test(test_arena_when_its_budget_is_spent_then_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
