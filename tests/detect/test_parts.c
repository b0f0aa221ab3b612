/*
 * The small parts of items: parts of times, networks, literals of regexes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>

#include "detect/hint.h"
#include "detect/moment.h"
#include "detect/network.h"

static void
times_give_their_parts_as_written(void **state)
{
	static const struct { const char *text; int part[MOMENT_PARTS]; }
	    cases[] = {	/* minute hour day week month year */
		{ "2024-07-10T03:45:00Z", { 45, 3, 10, 28, 7, 2024 } },
		{ "2024-07-10 03:45", { 45, 3, 10, 28, 7, 2024 } },
		{ "2024-07-10T03:45:00+09:00", { 45, 3, 10, 28, 7, 2024 } },
		{ "2024-12-30T23:59:59.123Z", { 59, 23, 30, 1, 12, 2024 } },
		{ "2021-01-03T00:00:00Z", { 0, 0, 3, 53, 1, 2021 } },
		{ "2021-01-04T00:00:00Z", { 0, 0, 4, 1, 1, 2021 } },
		{ "2020-02-29T12:00:00Z", { 0, 12, 29, 9, 2, 2020 } },
		{ "1720583100", { 45, 3, 10, 28, 7, 2024 } },
		{ "1720583100000", { 45, 3, 10, 28, 7, 2024 } },
		{ " 1720583100.5 ", { 45, 3, 10, 28, 7, 2024 } },
		{ "0", { 0, 0, 1, 1, 1, 1970 } },
		{ "-1", { 59, 23, 31, 1, 12, 1969 } },
		{ "[06/Feb/2019:00:00:38 +0000]", { 0, 0, 6, 6, 2, 2019 } },
		{ "06/Feb/2019:23:59:38 +0000", { 59, 23, 6, 6, 2, 2019 } },
	};
	size_t i;
	int k, got;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		for (k = 0; k < MOMENT_PARTS; k++) {
			if (moment_part(cases[i].text, strlen(cases[i].text),
			    (enum moment_part)k, &got) == -1)
				fail_msg("%s is no time", cases[i].text);
			if (got != cases[i].part[k])
				fail_msg("%s %s: %d", cases[i].text,
				    moment_names[k], got);
		}
}

static void
what_is_no_time_has_no_parts(void **state)
{
	static const char *const bad[] = { "", "x", "2024-13-10T03:45:00Z",
	    "2023-02-29T00:00:00Z", "2024-07-10", "2024-07-10T03",
	    "2024-07-10T25:00:00", "2024-07-10T03:60:00", "2024/07/10 03:45",
	    "1e300", "nan", "-1e300", "06/Fxb/2019:00:00:38", "0000-01-01T00:00",
	    "32/Feb/2019:00:00:38" };
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		if (moment_part(bad[i], strlen(bad[i]), MOMENT_HOUR, &got) == 0)
			fail_msg("\"%s\" has the hour %d", bad[i], got);
}

static int
has(const char *network, const char *address)
{
	struct network n;

	if (network_parse(network, strlen(network), &n) == -1)
		return -1;
	return network_has(&n, address, strlen(address));
}

static void
networks_hold_their_addresses(void **state)
{
	(void)state;
	assert_int_equal(has("10.0.0.0/8", "10.255.1.2"), 1);
	assert_int_equal(has("10.0.0.0/8", "11.0.0.0"), 0);
	assert_int_equal(has("10.1.2.3/8", "10.9.9.9"), 1);
	assert_int_equal(has("192.168.0.0/23", "192.168.1.255"), 1);
	assert_int_equal(has("192.168.0.0/23", "192.168.2.0"), 0);
	assert_int_equal(has("0.0.0.0/0", "255.255.255.255"), 1);
	assert_int_equal(has("1.2.3.4", "1.2.3.4"), 1);
	assert_int_equal(has("1.2.3.4/32", "1.2.3.5"), 0);
	assert_int_equal(has("10.0.0.0/255.0.0.0", "10.1.1.1"), 1);
	assert_int_equal(has("2001:db8::/32", "2001:DB8:1::5"), 1);
	assert_int_equal(has("2001:db8::/32", "2001:db9::"), 0);
	assert_int_equal(has("fe80::/10", "fe80::1%eth0"), 1);
	assert_int_equal(has("::/0", "::1"), 1);
	assert_int_equal(has("::/0", "1.2.3.4"), 0);
	assert_int_equal(has("0.0.0.0/0", "::1"), 0);
	assert_int_equal(has("10.0.0.0/8", "10.0.0.1 "), 0);
	assert_int_equal(has("10.0.0.0/8", "10.0.0.01"), 0);
	assert_int_equal(has("10.0.0.0/8", "10.0.0"), 0);
	assert_int_equal(has("10.0.0.0/8", ""), 0);
	assert_int_equal(has("10.0.0.0/8", "s3.amazonaws.com"), 0);
}

static void
what_is_no_network_is_refused(void **state)
{
	static const char *const bad[] = { "", "10.0.0.0/33", "10.0.0.0/",
	    "10.0.0/8", "1.2.3.4.5.6/16", "::/129", "10.0.0.0/-1", "x/8",
	    "10.0.0.0/8/8", "10.0.0.0/255.0.255.0", "2001:db8::/x", "/8",
	    "10.0.0.0 /8" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		if (has(bad[i], "10.0.0.1") != -1)
			fail_msg("\"%s\"", bad[i]);
}

static void
literals_of_regexes_are_certain(void **state)
{
	static const struct { const char *pattern, *literal; int caseless; }
	    cases[] = {
		{ ".+:assumed-role/aws:.+", ":assumed-role/aws:", 0 },
		{ "abc", "abc", 0 }, { "abc?d", "ab", 0 }, { "abc*", "ab", 0 },
		{ "abc+d", "abc", 0 }, { "ab{2}cde", "cde", 0 },
		{ "abc{0,2}", "ab", 0 }, { "a|bcd", NULL, 0 },
		{ "(a|b)cde", "cde", 0 }, { "(abc)?", NULL, 0 },
		{ "[abc]def", "def", 0 }, { "[]x]def", "def", 0 },
		{ "[^\\]]def", "def", 0 }, { "\\.exe$", ".exe", 0 },
		{ "\\d+foo\\s", "foo", 0 }, { "a\\x41b", NULL, 0 },
		{ "(?i)Foo", "foo", 1 }, { "a(?i)bcd", NULL, 0 },
		{ "(?:ab)cd", "cd", 0 }, { "x", NULL, 0 }, { "", NULL, 0 },
		{ "(?=ab)cd", "cd", 0 }, { "\\Qa|b\\E", NULL, 0 },
		{ "a{b}cd", "a{b}cd", 0 }, { "ab{,3}", NULL, 0 },
		{ "(*ACCEPT)abc", NULL, 0 }, { "[[:alpha:]]ab", "ab", 0 },
		{ "ab\\", NULL, 0 }, { "([)])abc", "abc", 0 },
		{ "(\\))abc", "abc", 0 }, { "(abc", NULL, 0 },
	};
	struct arena *a = arena_new();
	const char *got;
	int caseless;
	size_t i, len;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		caseless = 0;
		got = hint_literal(a, cases[i].pattern, strlen(cases[i].pattern),
		    &caseless, &len);
		if ((got == NULL) != (cases[i].literal == NULL))
			fail_msg("%s", cases[i].pattern);
		if (got == NULL)
			continue;
		assert_int_equal(len, strlen(cases[i].literal));
		assert_memory_equal(got, cases[i].literal, len);
		assert_int_equal(caseless, cases[i].caseless);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_give_their_parts_as_written),
		cmocka_unit_test(what_is_no_time_has_no_parts),
		cmocka_unit_test(networks_hold_their_addresses),
		cmocka_unit_test(what_is_no_network_is_refused),
		cmocka_unit_test(literals_of_regexes_are_certain),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
