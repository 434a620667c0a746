/* The same invented children come again, from other agencies too, and can be matched: by a model of
 * the contract's rule that shares nothing with the code that counts them in reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cells.h"
#include "support.h"

#define FOLDERS 2

struct world {
    char other[SUPPORT_PATH_BYTES];
    const char *folders[FOLDERS];
};

static int set_up(void **state)
{
    static struct world world;
    const char *other[] = {"--seed", "5", "--out", world.other, NULL};

    support_make_folder(world.other);
    assert_int_equal(support_run(other), 0);
    world.folders[0] = support_committed();
    world.folders[1] = world.other;
    *state = &world;
    return 0;
}

static int tear_down(void **state)
{
    support_remove(((const struct world *)*state)->other);
    return 0;
}

static const char *const agencies[] = {"police", "health", "school", "council"};

struct person {
    const char *agency;
    const char *id;
    const char *at;
    const char *child_id;
    const char *nhs_number;
    const char *upn;
    char name[160]; /* folded; "" where it is not complete */
    bool accepted;
};

/* Letters alone, in lower case; the two accented ones of the sample lose their accents. */
static size_t fold(const char *text, char *out)
{
    size_t len = 0;

    for (size_t i = 0; text[i] != '\0'; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == 0xC3) {
            unsigned char next = (unsigned char)text[++i];
            out[len++] = next == 0xA7 ? 'c' : 'e';
        } else if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
            out[len++] = (char)(c | 0x20);
        }
    }
    out[len] = '\0';
    return len;
}

static void describe(const struct cells *cells, size_t row, const char *agency,
                     struct person *person)
{
    const char *born = cells_at(cells, row, "date_of_birth");

    person->agency = agency;
    person->id = cells_at(cells, row, "referral_id");
    person->at = cells_at(cells, row, "referral_at");
    person->child_id = cells_at(cells, row, "child_id");
    person->nhs_number = cells_at(cells, row, "nhs_number");
    person->upn = cells_at(cells, row, "upn");
    if (born[0] == '\0') {
        return;
    }
    size_t len = fold(cells_at(cells, row, "family_name"), person->name);
    person->name[len++] = ' ';
    len += fold(cells_at(cells, row, "given_name"), person->name + len);
    if (born[2] == '/') {
        (void)snprintf(person->name + len, sizeof person->name - len, " %.4s-%.2s-%.2s", born + 6,
                       born + 3, born);
    } else {
        (void)snprintf(person->name + len, sizeof person->name - len, " %s", born);
    }
}

enum match {
    MATCH_NONE,
    MATCH_OWN,
    MATCH_NHS,
    MATCH_UPN,
    MATCH_NAME,
    MATCHES,
};

/* The first identifier that both have decides. */
static enum match match(const struct person *a, const struct person *b)
{
    if (strcmp(a->agency, b->agency) == 0 && strcmp(a->child_id, b->child_id) == 0) {
        return MATCH_OWN;
    }
    if (a->nhs_number[0] != '\0' && b->nhs_number[0] != '\0') {
        return strcmp(a->nhs_number, b->nhs_number) == 0 ? MATCH_NHS : MATCH_NONE;
    }
    if (a->upn[0] != '\0' && b->upn[0] != '\0') {
        return strcmp(a->upn, b->upn) == 0 ? MATCH_UPN : MATCH_NONE;
    }
    return a->name[0] != '\0' && strcmp(a->name, b->name) == 0 ? MATCH_NAME : MATCH_NONE;
}

#define PEOPLE 400

/* Points into `cells`, which has one file an agency and the decisions last. */
static size_t collect_people(const char *folder, struct cells cells[5], struct person *people)
{
    static const char *const columns[] = {"referring_agency", "referral_id",
                                          "accepted_as_referral"};
    size_t count = 0;

    cells_load_export(folder, "council", "decisions", &cells[4]);
    for (size_t i = 0; i < 4; i++) {
        cells_load_export(folder, agencies[i], "referrals", &cells[i]);
        for (size_t row = 1; row < cells[i].row_count; row++) {
            if (!cells_is(&cells[i], row, "withdrawn", "no") ||
                !cells_is(&cells[i], row, "origin_agency", "")) {
                continue;
            }
            assert_true(count < PEOPLE);
            struct person *person = &people[count++];
            memset(person, 0, sizeof *person);
            describe(&cells[i], row, agencies[i], person);
            const char *const values[] = {person->agency, person->id, "yes"};
            person->accepted = cells_find(&cells[4], columns, values) != 0;
        }
    }
    return count;
}

static void test_sample_when_children_are_matched_then_a_fifth_come_again(void **state)
{
    static struct person people[PEOPLE];
    const struct world *world = (const struct world *)*state;

    for (size_t f = 0; f < FOLDERS; f++) {
        struct cells cells[5];
        size_t count = collect_people(world->folders[f], cells, people);
        size_t accepted = 0;
        size_t again = 0;
        size_t by[MATCHES] = {0};
        for (size_t i = 0; i < count; i++) {
            bool earlier = false;
            for (size_t j = 0; j < count; j++) {
                /* Written alike but for the end, so that the text's order is that of time; summer
                 * time's hour cannot matter, as nobody is referred again within days. */
                enum match found = strcmp(people[j].at, people[i].at) < 0
                                       ? match(&people[i], &people[j])
                                       : MATCH_NONE;
                by[found]++;
                earlier = earlier || (found != MATCH_NONE && people[j].accepted);
            }
            accepted += people[i].accepted ? 1 : 0;
            again += people[i].accepted && earlier ? 1 : 0;
        }
        cells_assert_share(again, accepted, 160, 250, "re-referrals");
        assert_in_range(by[MATCH_OWN], 5, PEOPLE);
        assert_in_range(by[MATCH_NHS], 5, PEOPLE);
        assert_in_range(by[MATCH_UPN], 2, PEOPLE);
        assert_in_range(by[MATCH_NAME], 5, PEOPLE);
        for (size_t i = 0; i < 5; i++) {
            cells_free(&cells[i]);
        }
    }
}

static void test_sample_when_identifiers_are_read_then_they_are_the_invented_ones(void **state)
{
    const struct world *world = (const struct world *)*state;

    for (size_t f = 0; f < FOLDERS; f++) {
        for (size_t i = 0; i < 4; i++) {
            struct cells cells;
            cells_load_export(world->folders[f], agencies[i], "referrals", &cells);
            for (size_t row = 1; row < cells.row_count; row++) {
                const char *nhs_number = cells_at(&cells, row, "nhs_number");
                assert_memory_equal(cells_at(&cells, row, "child_id"), "INV-", 4);
                assert_memory_equal(cells_at(&cells, row, "concern"), "Invented sample: ", 17);
                if (nhs_number[0] == '\0') {
                    continue;
                }
                unsigned sum = 0;
                assert_int_equal(strlen(nhs_number), 10);
                assert_memory_equal(nhs_number, "99900", 5);
                for (unsigned k = 0; k < 10; k++) {
                    sum += (k == 9 ? 1 : 10 - k) * (unsigned)(nhs_number[k] - '0');
                }
                /* Weights 10 to 2 and the check digit itself: divisible by 11. */
                assert_int_equal(sum % 11, 0);
            }
            cells_free(&cells);
        }
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sample_when_children_are_matched_then_a_fifth_come_again),
        cmocka_unit_test(test_sample_when_identifiers_are_read_then_they_are_the_invented_ones),
    };

    if (argc < 2) {
        fprintf(stderr, "usage: %s MUSTER-SAMPLE\n", argv[0]);
        return 2;
    }
    support_use_program(argv[1]);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
