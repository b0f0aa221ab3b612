/*
 * The progress line: what it says at the start, in the middle and at the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "app/progress.h"
#include "base/text.h"

static void
says_how_far_how_fast_and_how_long(void **state)
{
	static const struct {
		uint64_t bytes, total, records, findings;
		int64_t elapsed;
		const char *line;
	} cases[] = {
		{ 0, 1000, 0, 0, 0,
		    "[........................] 0 B of 1.0 kB, 0 records/s, 0 findings" },
		{ 250000000, 1000000000, 500000, 12, 10 * NS_PER_SEC,
		    "[######..................] 250 MB of 1.0 GB, 50,000 records/s, 12 "
		    "findings, 30s left" },
		{ 10, 100000, 5, 0, 10 * NS_PER_SEC,
		    "[........................] 10 B of 100 kB, 0 records/s, 0 findings, "
		    "28h left" },
		{ 1000, 1000, 1234567, 1000, NS_PER_SEC,
		    "[########################] 1.0 kB of 1.0 kB, 1,234,567 records/s, "
		    "1,000 findings" },
		{ 5, 0, 1, 0, NS_PER_SEC,
		    "[........................] 0 B of 0 B, 1 records/s, 0 findings" },
	};
	char line[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		progress_line(line, sizeof line, cases[i].bytes, cases[i].total,
		    cases[i].records, cases[i].findings, cases[i].elapsed);
		assert_string_equal(line, cases[i].line);
	}
}

static void
a_short_line_is_cut_not_overrun(void **state)
{
	char line[20];

	(void)state;
	progress_line(line, sizeof line, 1, 2, 3, 4, NS_PER_SEC);
	assert_int_equal(strlen(line), sizeof line - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_how_far_how_fast_and_how_long),
		cmocka_unit_test(a_short_line_is_cut_not_overrun),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
