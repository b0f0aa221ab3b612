/*
 * Patterns: wildcards, escapes, folding, windash, encodings, sets; and a slow
 * matcher that all of it is held against.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/text.h"
#include "detect/pattern.h"

static size_t
fold(char *out, const char *text, size_t len, int cased)
{
	if (!cased)
		return text_fold(out, text, len);
	memcpy(out, text, len);
	return len;
}

static int
match_atoms(struct arena *a, const struct atoms *as, int cased,
    const char *text, size_t len)
{
	char *folded = malloc(3 * len + 1), *exact;
	struct pattern p;
	int rc;

	len = fold(folded, text, len, cased);
	exact = malloc(len + 1);	/* its own size: overreads show */
	memcpy(exact, folded, len);
	pattern_compile(a, a, as, cased, &p);
	rc = pattern_match(&p, exact, len);
	free(folded);
	free(exact);
	return rc;
}

static int
match(const char *pattern, int cased, const char *text)
{
	struct arena *a = arena_new();
	struct atoms as = atoms_parse(a, pattern, strlen(pattern));
	int rc = match_atoms(a, &as, cased, text, strlen(text));

	arena_free(a);
	return rc;
}

static void
patterns_match_whole_values(void **state)
{
	static const struct { const char *pattern, *text; int yes; } cases[] = {
		{ "abc", "ABC", 1 }, { "abc", "abcd", 0 }, { "abc", "xabc", 0 },
		{ "", "", 1 }, { "", "a", 0 }, { "*", "", 1 }, { "*", "a\nb", 1 },
		{ "**", "x", 1 }, { "?", "", 0 }, { "?", "\n", 1 },
		{ "a*", "a", 1 }, { "a*", "ba", 0 }, { "*a", "ba", 1 },
		{ "*a*", "xay", 1 }, { "*a*", "xy", 0 }, { "a*b", "ab", 1 },
		{ "a*b", "axxb", 1 }, { "a*b", "axxbc", 0 },
		{ "a*b*c", "abc", 1 }, { "a*b*c", "acb", 0 },
		{ "*ab*ab", "ab", 0 }, { "*ab*ab", "abab", 1 },
		{ "*aab", "aaab", 1 }, { "a?c", "abc", 1 }, { "a?c", "ac", 0 },
		{ "a?", "a", 0 }, { "?a", "a", 0 }, { "*?", "", 0 },
		{ "*?", "a", 1 }, { "*??", "a", 0 },
		{ "*??", "\xf0\x9f\x94\xa5", 0 },	/* one character */
		{ "?", "\xf0\x9f\x94\xa5", 1 },
		{ "*?\xc3\xa9", "\xc3\xa9\xc3\xa9", 1 },
		{ "a\\*b", "a*b", 1 }, { "a\\*b", "axb", 0 },
		{ "a\\?b", "a?b", 1 }, { "a\\?b", "axb", 0 },
		{ "a\\\\b", "a\\b", 1 }, { "a\\b", "a\\b", 1 },
		{ "a\\\\*", "a\\xyz", 1 }, { "a\\\\*", "a*", 0 },
		{ "a\\\\\\*", "a\\*", 1 }, { "a\\\\\\*", "a\\x", 0 },
		{ "\\\\\\\\", "\\\\", 1 }, { "a\\", "a\\", 1 },
		{ "\\", "\\", 1 }, { "\\x", "\\x", 1 },
		{ "\xc3\x89", "\xc3\xa9", 1 },		/* E acute */
		{ "k", "\xe2\x84\xaa", 1 },		/* Kelvin sign */
		{ "\xe2\x84\xaa", "K", 1 },
		{ "s*", "\xc5\xbf" "t", 1 },		/* long s */
		{ "\xce\xa3", "\xcf\x82", 1 },		/* final sigma */
		{ "stra\xc3\x9f" "e", "STRASSE", 0 },	/* simple folding only */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		if (match(cases[i].pattern, 0, cases[i].text) != cases[i].yes)
			fail_msg("%s on %s", cases[i].pattern, cases[i].text);
	assert_int_equal(match("aB*", 1, "aBc"), 1);
	assert_int_equal(match("aB*", 1, "abc"), 0);
	assert_int_equal(match("k", 1, "\xe2\x84\xaa"), 0);
}

static void
broken_bytes_count_as_one_character(void **state)
{
	(void)state;
	assert_int_equal(match("a?b", 0, "a\xff" "b"), 1);
	assert_int_equal(match("a??b", 0, "a\xff\xfe" "b"), 1);
	assert_int_equal(match("a?b", 0, "a\xff\xfe" "b"), 0);
	assert_int_equal(match("*?", 0, "\xc3"), 1);
	assert_int_equal(match("??", 0, "\xc3\x28"), 1);
	assert_int_equal(match("*a", 0, "\xe2\x84" "a"), 1);
	assert_int_equal(match("???", 0, "\xf0\x9f\x94"), 1);
}

/* The rules of matching written down as plainly as can be. */
static int
slow(const struct atom *p, const struct atom *end, const char *t,
    const char *last)
{
	uint32_t cp;
	size_t n;

	if (p == end)
		return t == last;
	if (p->type == ATOM_STAR) {
		for (;;) {
			if (slow(p + 1, end, t, last))
				return 1;
			if (t == last)
				return 0;
			n = utf8_decode(t, last, &cp);
			t += n ? n : 1;
		}
	}
	if (t == last)
		return 0;
	n = utf8_decode(t, last, &cp);
	if (n == 0) {
		n = 1;
		cp = 0xffffffff;
	}
	if (p->type == ATOM_CHAR && text_fold_cp(p->cp) !=
	    (cp == 0xffffffff ? cp : text_fold_cp(cp)))
		return 0;
	if (p->type == ATOM_DASH && cp != '-' && cp != '/' &&
	    !(cp >= 0x2013 && cp <= 0x2015))
		return 0;
	return slow(p + 1, end, t + n, last);
}

static void
globs_agree_with_the_plain_definition(void **state)
{
	static const char *const parts[] = { "a", "b", "A", "*", "?", "\\*", "-",
	    "/", "\xc3\xa9", "\xc3\x89", "\xf0\x9f\x94\xa5", "\xe2\x80\x93", " ",
	    "ab" };
	static const char *const texts[] = { "a", "b", "A", "B", "*", "-", "/",
	    "\xc3\xa9", "\xf0\x9f\x94\xa5", "\xe2\x80\x93", "\xff", "\xe2\x80",
	    " ", "ab", "\xe2\x80\x95" };
	struct arena *a = arena_new();
	char pattern[128], text[128];
	uint32_t x = 7;
	size_t k, n;
	int i, hits = 0;

	(void)state;
	for (i = 0; i < 200000; i++) {
		struct atoms as;
		int want, got;

		pattern[0] = text[0] = '\0';
		x = x * 1664525 + 1013904223;
		for (n = (x >> 28) % 7, k = 0; k < n; k++) {
			x = x * 1664525 + 1013904223;
			strcat(pattern, parts[(x >> 20) % 14]);
		}
		x = x * 1664525 + 1013904223;
		for (n = (x >> 28) % 8, k = 0; k < n; k++) {
			x = x * 1664525 + 1013904223;
			strcat(text, texts[(x >> 20) % 15]);
		}
		as = atoms_parse(a, pattern, strlen(pattern));
		if (i % 3 == 0)
			atoms_windash(&as);
		want = slow(as.list, as.list + as.n, text, text + strlen(text));
		got = match_atoms(a, &as, 0, text, strlen(text));
		if (want != got)
			fail_msg("%s on %s: %d", pattern, text, got);
		hits += got;
		arena_reset(a);
	}
	assert_true(hits > 1000);
	arena_free(a);
}

static int
windash(const char *pattern, const char *text)
{
	struct arena *a = arena_new();
	struct atoms as = atoms_parse(a, pattern, strlen(pattern));
	int rc;

	atoms_windash(&as);
	rc = match_atoms(a, &as, 0, text, strlen(text));
	arena_free(a);
	return rc;
}

static void
dashes_stand_for_each_other_before_words_only(void **state)
{
	(void)state;
	assert_int_equal(windash("-a", "/a"), 1);
	assert_int_equal(windash("/a", "-a"), 1);
	assert_int_equal(windash("-a", "\xe2\x80\x93" "a"), 1);
	assert_int_equal(windash("-a", "\xe2\x80\x94" "a"), 1);
	assert_int_equal(windash("-a", "\xe2\x80\x95" "a"), 1);
	assert_int_equal(windash("-a", "\xe2\x80\x92" "a"), 0);
	assert_int_equal(windash("-a", "_a"), 0);
	assert_int_equal(windash("a-b", "a/b"), 0);	/* inside of a word */
	assert_int_equal(windash("- a", "/ a"), 0);	/* no word behind */
	assert_int_equal(windash("--a", "-/a"), 1);
	assert_int_equal(windash("--a", "//a"), 0);
	assert_int_equal(windash(" -a -b", " /a \xe2\x80\x94" "b"), 1);
	assert_int_equal(windash("*-a", "xx/a"), 1);
	assert_int_equal(windash("-*", "/x"), 0);
	assert_int_equal(windash("a -", "a /"), 0);
	assert_int_equal(windash("-_", "/_"), 1);
	assert_int_equal(windash("-\xc3\xa9", "/\xc3\xa9"), 1);
	assert_int_equal(windash("\xc3\xa9-a", "\xc3\xa9/a"), 0);
}

static void
many_dashes_need_no_enumeration(void **state)
{
	struct arena *a = arena_new();
	char text[400] = "", pattern[400] = "";
	struct atoms as;
	size_t n;
	int i;

	(void)state;
	for (i = 0; i < 60; i++) {
		strcat(pattern, "-a ");
		strcat(text, i % 2 ? "/a " : "-a ");
	}
	as = atoms_parse(a, pattern, strlen(pattern));
	atoms_windash(&as);
	assert_int_equal(match_atoms(a, &as, 0, text, strlen(text)), 1);
	text[strlen(text) - 3] = '_';
	assert_int_equal(match_atoms(a, &as, 0, text, strlen(text)), 0);
	assert_null(atoms_variants(a, &as, &n));
	as = atoms_parse(a, "-a /b", 5);
	atoms_windash(&as);
	assert_non_null(atoms_variants(a, &as, &n));
	assert_int_equal(n, 25);
	arena_free(a);
}

static void
expect_atoms(const struct atoms *as, const char *want)
{
	char out[256];
	size_t i, n = 0;

	for (i = 0; i < as->n; i++)
		n += utf8_encode(as->list[i].cp, out + n);
	out[n] = '\0';
	assert_string_equal(out, want);
}

static void
base64_follows_rfc_4648_and_its_offsets(void **state)
{
	struct arena *a = arena_new();
	struct atoms as;

	(void)state;
	as = atoms_base64(a, "", 0);
	expect_atoms(&as, "");
	as = atoms_base64(a, "f", 1);
	expect_atoms(&as, "Zg==");
	as = atoms_base64(a, "fo", 2);
	expect_atoms(&as, "Zm8=");
	as = atoms_base64(a, "foobar", 6);
	expect_atoms(&as, "Zm9vYmFy");
	as = atoms_base64(a, "\xfb\xff\xfe", 3);
	expect_atoms(&as, "+//+");
	as = atoms_base64_offset(a, "foobar", 6, 0);
	expect_atoms(&as, "Zm9vYmFy");
	as = atoms_base64_offset(a, "foobar", 6, 1);
	expect_atoms(&as, "Zvb2Jhc");
	as = atoms_base64_offset(a, "foobar", 6, 2);
	expect_atoms(&as, "mb29iYX");
	as = atoms_base64_offset(a, "", 0, 1);
	expect_atoms(&as, "");
	arena_free(a);
}

static void
texts_are_encoded_as_utf_16(void **state)
{
	struct arena *a = arena_new();
	struct atoms as = atoms_parse(a, "A\xf0\x9f\x94\xa5", 5), wide;
	size_t len;
	char *bytes;

	(void)state;
	bytes = atoms_bytes(a, &as, ENCODING_UTF16LE, &len);
	assert_int_equal(len, 6);
	assert_memory_equal(bytes, "A\0\x3d\xd8\x25\xdd", 6);
	bytes = atoms_bytes(a, &as, ENCODING_UTF16BE, &len);
	assert_memory_equal(bytes, "\0A\xd8\x3d\xdd\x25", 6);
	bytes = atoms_bytes(a, &as, ENCODING_UTF16, &len);
	assert_int_equal(len, 8);
	assert_memory_equal(bytes, "\xff\xfe" "A\0", 4);
	as = atoms_parse(a, "a*", 2);
	wide = atoms_encode(a, &as, ENCODING_UTF16LE);
	assert_int_equal(wide.n, 3);
	assert_int_equal(wide.list[2].type, ATOM_STAR);
	assert_int_equal(match_atoms(a, &wide, 0, "a\0b\0", 4), 1);
	arena_free(a);
}

static int
set_match(const struct patternset *set, const char *text)
{
	struct subject s = { .text = text, .len = strlen(text) };

	return patternset_match(set, &s);
}

static void
large_sets_find_what_small_ones_find(void **state)
{
	static const char *const shapes[] = { "%s", "%s*", "*%s", "*%s*",
	    "*%s?" };
	struct arena *a = arena_new();
	struct pattern *list = malloc(5000 * sizeof *list);
	char name[64], text[64];
	struct patternset *set;
	struct atoms as;
	unsigned shape, i;

	(void)state;
	for (shape = 0; shape < 5; shape++) {
		for (i = 0; i < 5000; i++) {
			snprintf(name, sizeof name, "v%ux", i * 7);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			snprintf(text, sizeof text, shapes[shape], name);
#pragma GCC diagnostic pop
			as = atoms_parse(a, text, strlen(text));
			pattern_compile(a, a, &as, 0, &list[i]);
		}
		set = patternset_new(a, list, 5000, 42);
		assert_int_equal(set_match(set, "v34993x"), shape != 4);
		assert_int_equal(set_match(set, "v34993xz"), shape == 1 ||
		    shape == 3 || shape == 4);
		assert_int_equal(set_match(set, "zv7x"), shape == 2 ||
		    shape == 3);
		assert_int_equal(set_match(set, "v34994x"), 0);
		assert_int_equal(set_match(set, "v"), 0);
		assert_int_equal(set_match(set, ""), 0);
	}
	free(list);
	arena_free(a);
}

static void
a_glob_of_stars_stays_quick(void **state)
{
	struct arena *a = arena_new();
	char *pattern = malloc(4001), *text = malloc(20001);
	struct atoms as;
	int i;

	(void)state;
	for (i = 0; i < 2000; i++)
		memcpy(pattern + 2 * i, "a*", 2);
	pattern[4000] = 'b';
	memset(text, 'a', 20000);
	as = atoms_parse(a, pattern, 4001);
	assert_int_equal(match_atoms(a, &as, 0, text, 20000), 0);
	text[20000] = 'b';
	assert_int_equal(match_atoms(a, &as, 0, text, 20001), 1);
	free(pattern);
	free(text);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns_match_whole_values),
		cmocka_unit_test(broken_bytes_count_as_one_character),
		cmocka_unit_test(globs_agree_with_the_plain_definition),
		cmocka_unit_test(dashes_stand_for_each_other_before_words_only),
		cmocka_unit_test(many_dashes_need_no_enumeration),
		cmocka_unit_test(base64_follows_rfc_4648_and_its_offsets),
		cmocka_unit_test(texts_are_encoded_as_utf_16),
		cmocka_unit_test(large_sets_find_what_small_ones_find),
		cmocka_unit_test(a_glob_of_stars_stays_quick),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
