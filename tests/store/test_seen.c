/*
 * The ids of records already judged: look-back, growth, eviction, clocks that step.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "base/map.h"
#include "store/seen.h"

#define HOUR (3600LL * 1000000000)
#define NOW (1768464000LL * 1000000000)		/* 2026-01-15 */

/* The nth id: well mixed, as real ones are. */
static uint64_t
id(uint64_t n)
{
	return hash64(&n, sizeof n, 7);
}

static uint64_t
entries(const struct seen *s)
{
	uint64_t n, capacity, evicted;

	seen_stats(s, &n, &capacity, &evicted);
	return n;
}

static uint64_t
evicted(const struct seen *s)
{
	uint64_t n, capacity, out;

	seen_stats(s, &n, &capacity, &out);
	return out;
}

static void
an_id_is_new_once(void **state)
{
	struct seen *s = seen_new(0, 24 * HOUR);

	(void)state;
	assert_int_equal(seen_add(s, id(1), NOW), 0);
	assert_int_equal(seen_add(s, id(1), NOW), 1);
	assert_int_equal(seen_add(s, id(2), NOW), 0);
	assert_int_equal(entries(s), 2);
	seen_free(s);
}

static void
the_id_zero_is_never_seen(void **state)
{
	struct seen *s = seen_new(0, 24 * HOUR);

	(void)state;
	assert_int_equal(seen_add(s, 0, NOW), 0);
	assert_int_equal(seen_add(s, 0, NOW), 0);
	assert_int_equal(entries(s), 0);
	seen_free(s);
}

static void
an_id_is_new_again_after_the_look_back(void **state)
{
	struct seen *s = seen_new(0, 24 * HOUR);

	(void)state;
	seen_add(s, id(1), NOW);
	assert_int_equal(seen_add(s, id(1), NOW + 24 * HOUR - HOUR / 60), 1);
	/* Seeing it again has not made it younger. */
	assert_int_equal(seen_add(s, id(1), NOW + 24 * HOUR + HOUR / 60), 0);
	assert_int_equal(seen_add(s, id(1), NOW + 24 * HOUR + HOUR / 60), 1);
	seen_free(s);
}

static void
the_sweep_forgets_what_is_past(void **state)
{
	struct seen *s = seen_new(0, 24 * HOUR);
	uint64_t i;

	(void)state;
	for (i = 1; i <= 5000; i++)
		seen_add(s, id(i), NOW);
	for (i = 0; i < 3 * 24; i++)
		seen_add(s, id(100000 + i), NOW + (int64_t)i * HOUR);
	/* A round takes one look-back: nothing outlives two. */
	assert_in_range(entries(s), 24, 49);
	assert_int_equal(evicted(s), 0);
	seen_free(s);
}

/* Sixteen bits of time come round after sixteen look-backs. */
static void
time_that_comes_round_brings_nothing_back(void **state)
{
	struct seen *s = seen_new(0, 24 * HOUR);
	int64_t step = 24 * HOUR / 4096;

	(void)state;
	seen_add(s, id(1), NOW);
	assert_int_equal(seen_add(s, id(2), NOW + 3 * 24 * HOUR), 0);
	assert_int_equal(seen_add(s, id(1), NOW + 65536 * step), 0);
	seen_free(s);
}

static void
a_clock_set_back_keeps_what_is_known(void **state)
{
	struct seen *s = seen_new(0, 24 * HOUR);

	(void)state;
	seen_add(s, id(1), NOW);
	assert_int_equal(seen_add(s, id(1), NOW - HOUR), 1);
	assert_int_equal(seen_add(s, id(2), NOW - HOUR), 0);
	assert_int_equal(seen_add(s, id(2), NOW), 1);
	seen_free(s);
}

static void
it_grows_without_forgetting(void **state)
{
	struct seen *s = seen_new(64 << 20, 24 * HOUR);
	uint64_t i, n = 1000000, again = 0;

	(void)state;
	for (i = 1; i <= n; i++)
		assert_int_equal(seen_add(s, id(i), NOW), 0);
	for (i = 1; i <= n; i++)
		again += (uint64_t)seen_add(s, id(i), NOW);
	assert_int_equal(again, n);
	assert_int_equal(entries(s), n);
	assert_int_equal(evicted(s), 0);
	seen_free(s);
}

static void
at_its_limit_the_oldest_go_first_and_are_counted(void **state)
{
	struct seen *s = seen_new(SEEN_BYTES_MIN, 24 * HOUR);
	uint64_t i, n = SEEN_BYTES_MIN / 8, old = 0, young = 0, capacity, count,
	    out;

	(void)state;
	for (i = 1; i <= n; i++)
		seen_add(s, id(i), NOW);
	for (i = n + 1; i <= n + n / 2; i++)
		seen_add(s, id(i), NOW + HOUR);
	seen_stats(s, &count, &capacity, &out);
	assert_int_equal(capacity, n);
	assert_true(count <= n);
	assert_true(out > 0);
	assert_int_equal(count + out, n + n / 2);
	for (i = n + 1; i <= n + n / 2; i++)
		young += (uint64_t)seen_add(s, id(i), NOW + HOUR);
	assert_true(young > n / 2 * 95 / 100);
	for (i = 1; i <= n; i++)
		old += (uint64_t)seen_add(s, id(i), NOW + HOUR);
	assert_true(old < n * 70 / 100);
	seen_free(s);
}

static void
its_limit_is_a_power_of_two_below_what_was_given(void **state)
{
	static const struct { size_t given, entries; } cases[] = {
		{ 0, 65536 }, { 512 * 1024, 65536 }, { 1024 * 1024 - 1, 65536 },
		{ 1024 * 1024, 131072 }, { 100 << 20, 8 << 20 }
	};
	uint64_t n, capacity, out;
	struct seen *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		s = seen_new(cases[i].given, HOUR);
		seen_stats(s, &n, &capacity, &out);
		assert_int_equal(capacity, cases[i].entries);
		seen_free(s);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_id_is_new_once),
		cmocka_unit_test(the_id_zero_is_never_seen),
		cmocka_unit_test(an_id_is_new_again_after_the_look_back),
		cmocka_unit_test(the_sweep_forgets_what_is_past),
		cmocka_unit_test(time_that_comes_round_brings_nothing_back),
		cmocka_unit_test(a_clock_set_back_keeps_what_is_known),
		cmocka_unit_test(it_grows_without_forgetting),
		cmocka_unit_test(at_its_limit_the_oldest_go_first_and_are_counted),
		cmocka_unit_test(its_limit_is_a_power_of_two_below_what_was_given),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
