/*
 * What a source remembers of each file.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>

#include "source/files.h"

static void
a_mark_is_found_by_its_key(void **state)
{
	struct files *f = files_new();

	(void)state;
	assert_null(files_get(f, 5));
	files_put(f, 5)->stamp = 50;
	assert_int_equal(files_get(f, 5)->stamp, 50);
	assert_int_equal(files_put(f, 5)->stamp, 50);
	assert_int_equal(files_count(f), 1);
	files_remove(f, 5);
	files_remove(f, 5);
	assert_null(files_get(f, 5));
	assert_int_equal(files_count(f), 0);
	files_free(f);
}

static void
the_key_zero_is_a_key(void **state)
{
	struct files *f = files_new();

	(void)state;
	files_put(f, 0)->stamp = 7;
	assert_int_equal(files_get(f, 0)->stamp, 7);
	files_remove(f, 0);
	assert_null(files_get(f, 0));
	files_free(f);
}

/* Against a plain array, with keys that crowd into few slots. */
static void
it_agrees_with_a_plain_array(void **state)
{
	struct files *f = files_new();
	uint64_t stamps[512] = { 0 }, key;
	unsigned seed = 1, i, k;
	size_t count;

	(void)state;
	for (i = 0; i < 200000; i++) {
		k = (unsigned)rand_r(&seed) % 512;
		key = (uint64_t)(k / 8) | (uint64_t)(k % 8 + 1) << 32;
		if (rand_r(&seed) % 3 == 0) {
			files_remove(f, key);
			stamps[k] = 0;
		} else {
			files_put(f, key)->stamp = stamps[k] = i + 1;
		}
		k = (unsigned)rand_r(&seed) % 512;
		key = (uint64_t)(k / 8) | (uint64_t)(k % 8 + 1) << 32;
		if (stamps[k] == 0)
			assert_null(files_get(f, key));
		else
			assert_int_equal(files_get(f, key)->stamp, stamps[k]);
	}
	for (count = 0, i = 0; i < 512; i++)
		count += stamps[i] != 0;
	assert_int_equal(files_count(f), count);
	files_free(f);
}

static void
only_those_of_the_pass_are_kept(void **state)
{
	struct files *f = files_new();
	uint64_t i;

	(void)state;
	for (i = 1; i <= 10000; i++) {
		struct file_mark *m = files_put(f, i * 0x9e3779b97f4a7c15ULL);

		m->stamp = i;
		m->pass = i % 10 == 0 ? 2 : 1;
	}
	files_keep(f, 2);
	assert_int_equal(files_count(f), 1000);
	for (i = 1; i <= 10000; i++)
		assert_int_equal(files_get(f, i * 0x9e3779b97f4a7c15ULL) != NULL,
		    i % 10 == 0);
	files_free(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_mark_is_found_by_its_key),
		cmocka_unit_test(the_key_zero_is_a_key),
		cmocka_unit_test(it_agrees_with_a_plain_array),
		cmocka_unit_test(only_those_of_the_pass_are_kept),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
