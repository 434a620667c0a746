/* What becomes of a submission: every combination of facts. Source: docs/import-formats.md,
 * "Records, keys, versions". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <core/domain/intake.h>

static void test_intake_when_facts_are_any_then_as_the_contract_says(void **state)
{
    static const struct {
        bool refusable;
        bool same_version;
        bool same_content;
        enum intake_decision expected;
    } cases[] = {
        {false, false, false, INTAKE_ACCEPT},
        {false, true, false, INTAKE_CONFLICT},
        {false, true, true, INTAKE_DUPLICATE},
        {true, false, false, INTAKE_REFUSE},
        {true, true, false, INTAKE_REFUSE},
        /* Accepted once, refusable now: the original outcome and receipt again. */
        {true, true, true, INTAKE_DUPLICATE},
        /* The content counts only where the version is held. */
        {false, false, true, INTAKE_ACCEPT},
        {true, false, true, INTAKE_REFUSE},
    };
    (void)state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct intake_facts facts = {cases[i].refusable, cases[i].same_version,
                                     cases[i].same_content};
        assert_int_equal(intake_decide(&facts), cases[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_intake_when_facts_are_any_then_as_the_contract_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
