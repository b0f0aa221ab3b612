/*
 * Back-off: grows, is bounded, and is spread out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "app/deliver.h"
#include "base/text.h"

static void
waits_double_up_to_five_minutes(void **state)
{
	unsigned tries;
	int64_t most = NS_PER_SEC;

	(void)state;
	for (tries = 1; tries < 40; tries++) {
		int64_t least = deliver_backoff(tries, 0);
		int64_t longest = deliver_backoff(tries, UINT32_MAX);

		assert_in_range(least, most / 10, most / 10);
		assert_true(longest <= most && longest > most * 99 / 100);
		most = most * 2 < 300 * NS_PER_SEC ? most * 2 : 300 * NS_PER_SEC;
	}
}

static void
jitter_spreads_over_the_whole_wait(void **state)
{
	int64_t half = deliver_backoff(5, UINT32_MAX / 2);

	(void)state;
	assert_in_range(half, 8 * NS_PER_SEC, 9 * NS_PER_SEC);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_double_up_to_five_minutes),
		cmocka_unit_test(jitter_spreads_over_the_whole_wait),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
