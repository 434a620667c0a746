/* Arenas and the heap behind them: budget, alignment, zeroed memory, failure on request. */
#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <core/base/arena.h>

#define UNIT alignof(max_align_t)

static void test_arena_when_used_up_then_gives_exactly_its_budget(void **state)
{
    struct arena arena;
    (void)state;
    arena_init(&arena, 10 * UNIT);

    assert_null(arena_alloc(&arena, 10 * UNIT + 1));
    assert_non_null(arena_alloc(&arena, 6 * UNIT - 1)); /* counts as 6: it is aligned */
    assert_null(arena_alloc(&arena, 4 * UNIT + 1));
    assert_non_null(arena_alloc(&arena, 4 * UNIT));
    assert_null(arena_alloc(&arena, 1));
    assert_non_null(arena_alloc(&arena, 0));
    arena_reset(&arena);
    assert_non_null(arena_alloc(&arena, 10 * UNIT));

    arena_fini(&arena);
    assert_null(arena_alloc(&arena, 1));
}

static void test_arena_when_never_set_up_then_empty_and_harmless(void **state)
{
    struct arena arena = {0};
    (void)state;

    assert_null(arena_alloc(&arena, 1));
    assert_null(arena_text(&arena, ""));
    assert_null(arena_printf(&arena, "%d", 1));
    arena_reset(&arena);
    arena_fini(&arena);
}

static void test_arena_when_many_sizes_then_aligned_zeroed_and_apart(void **state)
{
    enum {
        COUNT = 300
    };
    struct arena arena;
    unsigned char *at[COUNT];
    (void)state;
    arena_init_secret(&arena, 16u * 1024u * 1024u);

    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            size_t size = i * 131 % 9001 + 1;
            at[i] = (unsigned char *)arena_alloc(&arena, size);
            assert_non_null(at[i]);
            assert_int_equal((uintptr_t)at[i] % alignof(max_align_t), 0);
            for (size_t j = 0; j < size; j++) {
                assert_int_equal(at[i][j], 0);
            }
            memset(at[i], (int)(i % 251) + 1, size);
        }
        for (size_t i = 0; i < COUNT; i++) {
            size_t size = i * 131 % 9001 + 1;
            for (size_t j = 0; j < size; j++) {
                assert_int_equal(at[i][j], i % 251 + 1);
            }
        }
        arena_reset(&arena);
    }
    arena_fini(&arena);
}

/* Sizes that wrap around when they are rounded up, multiplied or given a NUL. */
static void test_arena_when_size_overflows_then_null(void **state)
{
    struct arena arena;
    (void)state;
    arena_init(&arena, SIZE_MAX);

    for (size_t less = 0; less < 64; less++) {
        assert_null(arena_alloc(&arena, SIZE_MAX - less));
    }
    assert_null(arena_array(&arena, SIZE_MAX / 2 + 1, 2));
    assert_null(arena_array(&arena, SIZE_MAX / 8 + 2, 8));
    assert_null(arena_array(&arena, 2, SIZE_MAX / 2));
    assert_null(arena_text_n(&arena, "", SIZE_MAX));
    assert_int_equal(arena.used, 0);
    assert_non_null(arena_array(&arena, 0, SIZE_MAX));
    assert_non_null(arena_array(&arena, SIZE_MAX, 0));

    arena_fini(&arena);
}

static void test_arena_when_copying_then_text_ends_and_bytes_are_its_own(void **state)
{
    struct arena arena;
    char source[] = "abcdef";
    (void)state;
    arena_init(&arena, 1000);

    char *text = arena_text(&arena, source);
    char *part = arena_text_n(&arena, source, 3);
    char *bytes = (char *)arena_copy(&arena, source, 6);
    char *printed = arena_printf(&arena, "%s-%04d", source, 7);
    memset(source, 'x', 6);

    assert_string_equal(text, "abcdef");
    assert_string_equal(part, "abc");
    assert_memory_equal(bytes, "abcdef", 6);
    assert_string_equal(printed, "abcdef-0007");
    assert_non_null(arena_copy(&arena, NULL, 0));
    assert_string_equal(arena_text_n(&arena, NULL, 0), "");
    arena_fini(&arena);
}

static void test_alloc_when_nth_fails_then_only_that_one(void **state)
{
    (void)state;

    for (unsigned n = 1; n <= 4; n++) {
        assert_false(muster_alloc_fail_at(n));
        for (unsigned i = 1; i <= 4; i++) {
            void *at = muster_alloc(8);
            assert_int_equal(at == NULL, i == n);
            muster_free(at);
        }
        assert_true(muster_alloc_fail_at(0));
    }
    assert_false(muster_alloc_fail_at(0));
    muster_free(NULL);
}

static void test_arena_when_heap_fails_then_null_and_goes_on(void **state)
{
    struct arena arena;
    (void)state;
    arena_init(&arena, 1u << 20);
    char *first = arena_text(&arena, "first");

    (void)muster_alloc_fail_at(1);
    assert_null(arena_alloc(&arena, 100000));
    assert_true(muster_alloc_fail_at(0));

    assert_non_null(arena_alloc(&arena, 100000));
    assert_string_equal(first, "first");
    assert_int_equal(arena.used, 100000 + UNIT);
    arena_fini(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena_when_used_up_then_gives_exactly_its_budget),
        cmocka_unit_test(test_arena_when_never_set_up_then_empty_and_harmless),
        cmocka_unit_test(test_arena_when_many_sizes_then_aligned_zeroed_and_apart),
        cmocka_unit_test(test_arena_when_size_overflows_then_null),
        cmocka_unit_test(test_arena_when_copying_then_text_ends_and_bytes_are_its_own),
        cmocka_unit_test(test_alloc_when_nth_fails_then_only_that_one),
        cmocka_unit_test(test_arena_when_heap_fails_then_null_and_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
