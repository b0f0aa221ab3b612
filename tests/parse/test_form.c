/*
 * Form encoding of object keys, there and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "parse/form.h"

static void
decoding_takes_only_what_is_an_escape(void **state)
{
	static const struct { const char *from, *to; } cases[] = {
		{ "a+b", "a b" }, { "a%20b", "a b" }, { "%C3%a9", "\xc3\xa9" },
		{ "%", "%" }, { "%4", "%4" }, { "%4x", "%4x" },
		{ "%%41", "%A" }, { "%2520", "%20" }, { "", "" }
	};
	char out[32];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		n = form_decode(out, cases[i].from, strlen(cases[i].from));
		assert_int_equal(n, strlen(cases[i].to));
		assert_memory_equal(out, cases[i].to, n);
	}
	assert_int_equal(form_has_escape("a%2", 3), 0);
	assert_int_equal(form_has_escape("%a%20", 5), 1);
}

static void
every_byte_survives_both_ways(void **state)
{
	char all[256], encoded[3 * sizeof all], back[3 * sizeof all];
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof all; i++)
		all[i] = (char)i;
	n = form_encode(encoded, all, sizeof all);
	for (i = 0; i < n; i++)
		assert_in_range(encoded[i], '!', '~');
	assert_int_equal(form_decode(back, encoded, n), sizeof all);
	assert_memory_equal(back, all, sizeof all);
	n = form_encode(encoded, "a b/c.d", 7);
	assert_memory_equal(encoded, "a+b/c.d", n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decoding_takes_only_what_is_an_escape),
		cmocka_unit_test(every_byte_survives_both_ways),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
