/*
 * Allocation that never fails, and arenas.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/mem.h"

static void
zero_sizes_give_memory_that_can_be_freed(void **state)
{
	char *p;

	(void)state;
	p = xmalloc(0);
	assert_non_null(p);
	free(p);
	p = xcalloc(0, 8);
	assert_non_null(p);
	free(p);
	p = xreallocarray(NULL, 0, 8);
	assert_non_null(p);
	p = xreallocarray(p, 0, 0);
	assert_non_null(p);
	free(p);
}

static void
strings_are_copied_and_terminated(void **state)
{
	char *p;

	(void)state;
	p = xstrdup("abc");
	assert_string_equal(p, "abc");
	free(p);
	p = xstrndup("abcdef", 3);
	assert_string_equal(p, "abc");
	free(p);
	p = xstrndup(NULL, 0);
	assert_string_equal(p, "");
	free(p);
	p = xstrndup("a\0b", 3);		/* a slice, NUL and all */
	assert_memory_equal(p, "a\0b", 4);
	free(p);
	p = xasprintf("%s-%d", "x", 12);
	assert_string_equal(p, "x-12");
	free(p);
}

static void
growing_doubles_and_keeps_what_was_there(void **state)
{
	size_t cap = 0, before, n, i;
	unsigned *p = NULL, grown = 0;

	(void)state;
	for (n = 1; n <= 10000; n++) {
		before = cap;
		p = xgrow(p, &cap, n, sizeof *p);
		assert_true(cap >= n);
		grown += cap != before;
		p[n - 1] = (unsigned)n;
	}
	assert_int_equal(cap, 16384);
	assert_int_equal(grown, 11);		/* 16, 32 ... 16384 */
	for (i = 0; i < 10000; i++)
		assert_int_equal(p[i], i + 1);
	assert_ptr_equal(xgrow(p, &cap, 5, sizeof *p), p);
	assert_int_equal(cap, 16384);
	free(p);
}

/* What a child does that must end in an abort. */
static int
aborts(void (*fn)(void))
{
	const struct rlimit no_core = { 0, 0 };
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		alarm(20);		/* turning in circles is no abort */
		close(STDERR_FILENO);
		fn();
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static volatile size_t huge = SIZE_MAX;		/* hidden from the compiler */

static void
overflowing_product(void)
{
	free(xreallocarray(NULL, huge / 2, 4));
}

static void
overflowing_growth(void)
{
	size_t cap = 0;

	free(xgrow(NULL, &cap, huge, 1));
}

static void
overflowing_growth_by_size(void)
{
	size_t cap = 16;

	free(xgrow(NULL, &cap, huge / 4, 8));
}

static void
overflowing_string(void)
{
	free(xstrndup("x", huge));
}

static void
overflowing_arena(void)
{
	(void)arena_alloc(arena_new(), huge);
}

static void
overflowing_arena_string(void)
{
	(void)arena_strndup(arena_new(), "x", huge);
}

static void
harmless(void)
{
	free(xmalloc(10));
}

static void
sizes_that_overflow_end_the_process(void **state)
{
	(void)state;
	assert_false(aborts(harmless));
	assert_true(aborts(overflowing_product));
	assert_true(aborts(overflowing_growth));
	assert_true(aborts(overflowing_growth_by_size));
	assert_true(aborts(overflowing_string));
	assert_true(aborts(overflowing_arena));
	assert_true(aborts(overflowing_arena_string));
}

static void
arena_memory_is_aligned_at_every_size(void **state)
{
	struct arena *a = arena_new();
	size_t n, used;
	char *p;

	(void)state;
	for (n = 0; n < 3000; n++) {
		used = arena_used(a);
		p = arena_alloc(a, n);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		memset(p, (int)n, n);
		assert_true(arena_used(a) >= used + n);
		assert_true(arena_used(a) < used + n + 16);
	}
	arena_free(a);
	arena_free(NULL);
}

static void
arena_items_do_not_overlap(void **state)
{
	enum { ITEMS = 2000 };
	static unsigned char *items[ITEMS];
	static size_t sizes[ITEMS];
	struct arena *a = arena_new();
	size_t i, k;

	(void)state;
	for (i = 0; i < ITEMS; i++) {
		/* small ones, ones about a block long, and ones beyond it */
		sizes[i] = i % 97 == 0 ? 16 * 1024 - 96 + i % 64 :
		    i % 301 == 0 ? 200000 : i * 7 % 130;
		items[i] = arena_alloc(a, sizes[i]);
		memset(items[i], (int)(i % 251), sizes[i]);
	}
	for (i = 0; i < ITEMS; i++)
		for (k = 0; k < sizes[i]; k++)
			assert_int_equal(items[i][k], i % 251);
	arena_free(a);
}

static void
reset_arena_starts_over(void **state)
{
	struct arena *a = arena_new();
	char *first, *again;
	size_t round, i;

	(void)state;
	arena_reset(a);				/* of nothing */
	first = arena_alloc(a, 100);
	for (round = 0; round < 50; round++) {
		for (i = 0; i < 1000; i++)
			memset(arena_alloc(a, 500), 1, 500);
		assert_true(arena_used(a) >= 500000);
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
		again = arena_alloc(a, 100);
		assert_ptr_equal(again, first);	/* the first block was kept */
	}
	arena_free(a);
	/* a giant as the very first block does not stay */
	a = arena_new();
	memset(arena_alloc(a, 10 << 20), 1, 10 << 20);
	arena_reset(a);
	assert_int_equal(arena_used(a), 0);
	memset(arena_alloc(a, 10), 1, 10);
	arena_reset(a);
	memset(arena_alloc(a, 100), 1, 100);
	arena_free(a);
}

static void
arena_strings_are_copied_and_terminated(void **state)
{
	struct arena *a = arena_new();
	char big[40000], *p;

	(void)state;
	assert_string_equal(arena_strdup(a, ""), "");
	assert_string_equal(arena_strdup(a, "abc"), "abc");
	assert_string_equal(arena_strndup(a, "abcdef", 4), "abcd");
	assert_string_equal(arena_strndup(a, NULL, 0), "");
	assert_memory_equal(arena_strndup(a, "a\0b", 3), "a\0b", 4);
	assert_string_equal(arena_printf(a, "%s", ""), "");
	assert_string_equal(arena_printf(a, "%d/%s", 5, "x"), "5/x");
	memset(big, 'b', sizeof big - 1);
	big[sizeof big - 1] = '\0';
	p = arena_printf(a, "%s!", big);
	assert_int_equal(strlen(p), sizeof big);
	assert_int_equal(p[sizeof big - 1], '!');
	assert_string_equal(arena_strdup(a, big), big);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zero_sizes_give_memory_that_can_be_freed),
		cmocka_unit_test(strings_are_copied_and_terminated),
		cmocka_unit_test(growing_doubles_and_keeps_what_was_there),
		cmocka_unit_test(sizes_that_overflow_end_the_process),
		cmocka_unit_test(arena_memory_is_aligned_at_every_size),
		cmocka_unit_test(arena_items_do_not_overlap),
		cmocka_unit_test(reset_arena_starts_over),
		cmocka_unit_test(arena_strings_are_copied_and_terminated),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
