/*
 * Regular expressions: what is found, what is refused, and that nothing takes long.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "io/regex.h"

static int
search_n(const char *pattern, int flags, const char *text, size_t len,
    struct err *e)
{
	struct regex_data *d = regex_data_new();
	struct regex *re;
	char *copy = malloc(len + 1);	/* its own size: overreads show */
	int rc;

	memcpy(copy, text, len);
	if ((re = regex_new(pattern, strlen(pattern), flags, e)) == NULL)
		fail_msg("%s: %s", pattern, e->msg);
	rc = regex_search(re, d, copy, len, e);
	regex_free(re);
	regex_data_free(d);
	free(copy);
	return rc;
}

static int
search(const char *pattern, int flags, const char *text)
{
	struct err e;

	return search_n(pattern, flags, text, strlen(text), &e);
}

static void
searches_are_unanchored_and_cased(void **state)
{
	static const struct { const char *pattern; int flags; const char *text;
	    int found; } cases[] = {
		{ "b+", 0, "abbbc", 1 }, { "^b", 0, "abbbc", 0 },
		{ "B", 0, "abc", 0 }, { "B", REGEX_CASELESS, "abc", 1 },
		{ "a.c", 0, "a\nc", 0 }, { "a.c", REGEX_DOTALL, "a\nc", 1 },
		{ "^b$", 0, "a\nb\nc", 0 }, { "^b$", REGEX_MULTILINE, "a\nb\nc", 1 },
		{ "b$", 0, "ab\n", 1 }, { "b\\z", 0, "ab\n", 0 },
		{ "^.$", 0, "\xc3\xa9", 1 }, { "^..$", 0, "\xc3\xa9", 0 },
		{ "\\w+", 0, "\xc3\xa9", 1 }, { "", 0, "", 1 },
		{ "(?i)k", 0, "\xe2\x84\xaa", 1 },	/* the Kelvin sign */
		{ "\\u00e9", 0, "\xc3\xa9", 1 },
		{ "(?P<n>a)", 0, "a", 1 }, { "a{2,3}", 0, "aa", 1 },
		{ "a{2,3}", 0, "a", 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		if (search(cases[i].pattern, cases[i].flags, cases[i].text) !=
		    cases[i].found)
			fail_msg("%s on %s", cases[i].pattern, cases[i].text);
}

static void
broken_bytes_are_one_character_each(void **state)
{
	struct err e;

	(void)state;
	assert_int_equal(search_n("^a..b$", 0, "a\xff\xfe" "b", 4, &e), 1);
	assert_int_equal(search_n("^a.b$", 0, "a\xff\xfe" "b", 4, &e), 0);
	assert_int_equal(search_n("b", 0, "\xc3" "b", 2, &e), 1);
	assert_int_equal(search_n("^a.b$", 0, "a\0b", 3, &e), 1);
}

static void
wrong_patterns_are_named_with_their_place(void **state)
{
	static const char *const bad[] = { "(", "[a", "a{2,1}", "*", "(?<=a*)b",
	    "\\C", "a)", "(?P<n>a)(?P<n>b)" };
	struct err e;
	char *big;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof *bad; i++) {
		memset(&e, 0, sizeof e);
		assert_null(regex_new(bad[i], strlen(bad[i]), 0, &e));
		assert_true(e.col > 0);
		assert_true(e.msg[0] != '\0');
	}
	big = malloc(REGEX_PATTERN_MAX + 1);
	memset(big, 'a', REGEX_PATTERN_MAX + 1);
	assert_null(regex_new(big, REGEX_PATTERN_MAX + 1, 0, &e));
	free(big);
}

static void
limits_end_what_would_take_for_ever(void **state)
{
	char text[2000];
	struct err e;

	(void)state;
	memset(text, 'a', sizeof text);
	assert_int_equal(search_n("(a+)+$x", 0, text, 64, &e), 0);
	text[60] = '!';
	assert_int_equal(search_n("^(a+)+$", 0, text, 61, &e), -1);
	assert_non_null(strstr(e.msg, "regex"));
	text[60] = 'a';
	assert_int_equal(search_n("^(a|aa)+$", 0, "aaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", 88,
	    &e), -1);
}

static void
long_texts_have_one_limit_over_the_whole_search(void **state)
{
	size_t len = 4 * 1024 * 1024;
	char *text = malloc(len);
	struct err e;

	(void)state;
	memset(text, 'a', len);
	/* quadratic: under the limit from each start, hopeless in sum */
	assert_int_equal(search_n("a{0,1000}[bc]", 0, text, len, &e), -1);
	assert_non_null(strstr(e.msg, "steps"));
	assert_int_equal(search_n("a*[bc]", 0, text, len, &e), -1);
	assert_int_equal(search_n("(?s).*?.*?[bc]", 0, text, len, &e), -1);
	assert_int_equal(search_n("zzz", 0, text, len, &e), 0);
	memcpy(text + len - 3, "xyz", 3);
	assert_int_equal(search_n("x.z$", 0, text, len, &e), 1);
	assert_int_equal(search_n("(?i)XYZ", 0, text, len, &e), 1);
	free(text);
}

static void
one_scratch_serves_many_patterns(void **state)
{
	struct regex_data *d = regex_data_new();
	struct regex *a, *b;
	struct err e;
	int i;

	(void)state;
	a = regex_new("(a)(b)(c)", 9, 0, &e);
	b = regex_new("x", 1, 0, &e);
	for (i = 0; i < 100; i++) {
		assert_int_equal(regex_search(a, d, "abc", 3, &e), 1);
		assert_int_equal(regex_search(b, d, "abc", 3, &e), 0);
		assert_int_equal(regex_search(b, d, NULL, 0, &e), 0);
	}
	regex_free(a);
	regex_free(b);
	regex_data_free(d);
	regex_data_free(NULL);
	regex_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(searches_are_unanchored_and_cased),
		cmocka_unit_test(broken_bytes_are_one_character_each),
		cmocka_unit_test(wrong_patterns_are_named_with_their_place),
		cmocka_unit_test(limits_end_what_would_take_for_ever),
		cmocka_unit_test(
		    long_texts_have_one_limit_over_the_whole_search),
		cmocka_unit_test(one_scratch_serves_many_patterns),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
