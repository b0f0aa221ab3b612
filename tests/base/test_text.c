/*
 * UTF-8, case folding, text for people, globs and the nearest word.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/text.h"

static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static int
is_scalar(uint32_t cp)
{
	return cp < 0x110000 && (cp < 0xd800 || cp > 0xdfff);
}

static void
every_code_point_is_encoded_and_decoded(void **state)
{
	uint32_t cp, back;
	char bytes[4];
	size_t n, i;

	(void)state;
	for (cp = 0; cp < 0x110000; cp++) {
		n = utf8_encode(cp, bytes);
		assert_int_equal(n, cp < 0x80 ? 1 : cp < 0x800 ? 2 :
		    cp < 0x10000 ? 3 : 4);
		back = ~cp;
		if (!is_scalar(cp)) {
			assert_int_equal(utf8_decode(bytes, bytes + n, &back), 0);
			continue;
		}
		assert_int_equal(utf8_decode(bytes, bytes + n, &back), n);
		assert_int_equal(back, cp);
		for (i = 0; i < n; i++)		/* cut short it is nothing */
			assert_int_equal(utf8_decode(bytes, bytes + i, &back), 0);
	}
}

/* All there is of up to three bytes and a good part of four: what decodes is right. */
static void
every_byte_sequence_that_decodes_is_the_shortest_form(void **state)
{
	static const unsigned char fourth[] = { 0x7f, 0x80, 0xbf, 0xc0 };
	unsigned valid[5] = { 0 };
	unsigned a, b, c, d;
	char s[4], back[4];
	uint32_t cp;
	size_t n;

	(void)state;
	for (a = 0; a < 256; a++)
		for (b = 0; b < 256; b++)
			for (c = 0; c < 256; c++) {
				s[0] = (char)a;
				s[1] = (char)b;
				s[2] = (char)c;
				n = utf8_decode(s, s + 3, &cp);
				if (n > 0) {
					valid[n]++;
					assert_true(is_scalar(cp));
					assert_int_equal(utf8_encode(cp, back), n);
					assert_memory_equal(back, s, n);
				}
				if (a < 0xf0)
					continue;
				for (d = 0; d < 4; d++) {
					s[3] = (char)fourth[d];
					n = utf8_decode(s, s + 4, &cp);
					if (n == 0)
						continue;
					valid[n]++;
					assert_int_equal(utf8_encode(cp, back), n);
					assert_memory_equal(back, s, n);
				}
			}
	assert_int_equal(valid[1], 128 * 65536);
	assert_int_equal(valid[2], 1920 * 256);
	assert_int_equal(valid[3], 0x10000 - 0x800 - 2048);
	assert_int_equal(valid[4], 0x100000 / 64 * 2);
}

static void
forms_that_are_no_utf8_are_refused(void **state)
{
	static const char *const cases[] = { "\x80", "\xbf", "\xc0\x80", "\xc0\xaf",
	    "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xf0\x80\x80\x80",
	    "\xf0\x8f\xbf\xbf", "\xed\xa0\x80", "\xed\xbf\xbf",
	    "\xed\xa0\x80\xed\xb0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
	    "\xf8\x88\x80\x80\x80", "\xfc\x84\x80\x80\x80\x80", "\xfe", "\xff",
	    "\xc3\x28", "\xe2\x28\xa1", "\xe2\x82\x28", "\xf0\x28\x8c\xbc",
	    "\xf0\x90\x28\xbc", "\xf0\x90\x8c\x28", "\xc2\xc2", "\xe1\x80\xc0" };
	uint32_t cp;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(utf8_decode(cases[i], cases[i] + strlen(cases[i]),
		    &cp), 0);
	assert_int_equal(utf8_decode("", "", &cp), 0);
}

static void
known_letters_fold(void **state)
{
	static const struct { uint32_t from, to; } cases[] = {
		{ 'A', 'a' }, { 'Z', 'z' }, { 'a', 'a' }, { '@', '@' }, { '[', '[' },
		{ '0', '0' }, { 0xc0, 0xe0 }, { 0xd7, 0xd7 }, { 0xde, 0xfe },
		{ 0xdf, 0xdf },			/* sharp s: its folding is full only */
		{ 0x1e9e, 0xdf }, { 0x130, 0x130 }, { 0x131, 0x131 },
		{ 0x17f, 's' }, { 0x212a, 'k' }, { 0x212b, 0xe5 }, { 0x2126, 0x3c9 },
		{ 0x3a3, 0x3c3 }, { 0x3c2, 0x3c3 }, { 0xb5, 0x3bc },
		{ 0x410, 0x430 }, { 0x13a0, 0x13a0 }, { 0xab70, 0x13a0 },
		{ 0x13f8, 0x13f0 }, { 0x10a0, 0x2d00 }, { 0x1f88, 0x1f80 },
		{ 0x23a, 0x2c65 }, { 0xff21, 0xff41 }, { 0x10400, 0x10428 },
		{ 0x1e921, 0x1e943 }, { 0x1f600, 0x1f600 }, { 0x10ffff, 0x10ffff },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		assert_int_equal(text_fold_cp(cases[i].from), cases[i].to);
}

/*
 * Simple folding of every code point, derived anew by Python at run time. Where its
 * character database is another version than the table's, only characters that were
 * there long before are compared.
 */
static const char fold_by_python[] =
    "python3 -c '\n"
    "import unicodedata as u\n"
    "same = u.unidata_version == \"14.0.0\"\n"
    "old = u.ucd_3_2_0\n"
    "for cp in range(0x110000):\n"
    "    c = chr(cp)\n"
    "    if not same and old.category(c) == \"Cn\":\n"
    "        print(-1)\n"
    "        continue\n"
    "    f = c.casefold()\n"
    "    if len(f) > 1:\n"
    "        f = c.lower()\n"
    "    print(ord(f) if len(f) == 1 else cp)\n"
    "' 2>/dev/null";

static void
folding_agrees_with_python(void **state)
{
	FILE *p = popen(fold_by_python, "r");
	uint32_t cp, differ = 0;
	char line[32];
	long want;

	(void)state;
	assert_non_null(p);
	for (cp = 0; cp < 0x110000; cp++) {
		if (fgets(line, sizeof line, p) == NULL)
			break;
		want = strtol(line, NULL, 10);
		if (want == -1 || (long)text_fold_cp(cp) == want)
			continue;
		differ++;
		print_message("# U+%04X folds to U+%04X, Python says U+%04lX\n", cp,
		    text_fold_cp(cp), (unsigned long)want);
	}
	pclose(p);
	if (cp == 0) {
		print_message("# no python3\n");
		skip();
	}
	assert_int_equal(cp, 0x110000);
	assert_int_equal(differ, 0);
}

static void
folding_is_done_once_and_keeps_within_its_room(void **state)
{
	char in[4], out[12], again[12];
	uint32_t cp;
	size_t n, m;

	(void)state;
	for (cp = 0; cp < 0x110000; cp++) {
		if (!is_scalar(cp))
			continue;
		assert_true(is_scalar(text_fold_cp(cp)));
		assert_int_equal(text_fold_cp(text_fold_cp(cp)), text_fold_cp(cp));
		n = utf8_encode(cp, in);
		m = text_fold(out, in, n);
		assert_true(m <= 3 * n && (cp >= 0x80 || m == 1));
		assert_int_equal(text_fold(again, out, m), m);
		assert_memory_equal(again, out, m);
	}
}

static void
folding_copies_what_is_no_utf8(void **state)
{
	static const char in[] = "AB\xff\xc3\x89\xc3X\xed\xa0\x80\0Z\xf0\x90\x90";
	static const char want[] = "ab\xff\xc3\xa9\xc3x\xed\xa0\x80\0z\xf0\x90\x90";
	char out[3 * sizeof in], *exact;
	uint32_t seed = 7;
	size_t i, len, n;

	(void)state;
	assert_int_equal(text_fold(out, in, sizeof in - 1), sizeof want - 1);
	assert_memory_equal(out, want, sizeof want - 1);
	assert_int_equal(text_fold(out, NULL, 0), 0);
	for (i = 0; i < 20000; i++) {
		len = next_random(&seed) % 20;
		exact = malloc(4 * len + 1);
		assert_non_null(exact);
		for (n = 0; n < len; n++)
			exact[3 * len + n] = (char)next_random(&seed);
		assert_true(text_fold(exact, exact + 3 * len, len) <= 3 * len);
		free(exact);
	}
}

static void
text_for_people_shows_what_would_hide(void **state)
{
	static const struct { const char *in, *out; } cases[] = {
		{ "", "" }, { "plain", "plain" }, { "a\\b", "a\\b" },
		{ "a\nb\tc\rd", "a\\nb\\tc\\rd" },
		{ "\x1b[31mred", "\\x1b[31mred" }, { "\x7f\x01", "\\x7f\\x01" },
		{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80",
		    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\xc2\x85|\xc2\x9b", "\\u{0085}|\\u{009b}" },
		{ "\xe2\x80\xa8\xe2\x80\xa9", "\\u{2028}\\u{2029}" },
		{ "\xe2\x80\xae" "evil", "\\u{202e}evil" },
		{ "\xe2\x81\xa6\xe2\x81\xa9", "\\u{2066}\\u{2069}" },
		{ "\xe2\x80\x8b\xe2\x80\x8f\xef\xbb\xbf",
		    "\\u{200b}\\u{200f}\\u{feff}" },
		{ "\xf3\xa0\x80\x81", "\\u{e0001}" },
		{ "\xff\xc3(\xed\xa0\x80", "\\xff\\xc3(\\xed\\xa0\\x80" },
	};
	char out[200];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_ptr_equal(text_printable(out, sizeof out, cases[i].in,
		    strlen(cases[i].in)), out);
		assert_string_equal(out, cases[i].out);
	}
	assert_string_equal(text_printable(out, sizeof out, NULL, 0), "");
	text_printable(out, sizeof out, "a\0b", 3);
	assert_string_equal(out, "a\\x00b");
}

static void
text_for_people_is_cut_with_dots(void **state)
{
	static const struct { size_t size; const char *in, *out; } cases[] = {
		{ 1, "abc", "" }, { 2, "abc", "a" }, { 3, "abc", "ab" },
		{ 4, "abc", "abc" }, { 4, "abcd", "..." }, { 5, "abcd", "abcd" },
		{ 6, "abcde", "abcde" }, { 6, "abcdef", "ab..." },
		{ 7, "abcdef", "abcdef" }, { 6, "a\nbc", "a\\nbc" },
		{ 6, "a\nbcd", "a..." }, { 7, "a\nbcd", "a\\nbcd" },
		{ 5, "\xff", "\\xff" }, { 4, "\xff", "..." }, { 3, "\xff", "" },
		{ 6, "\xff\xff", "..." }, { 8, "\xff\xff", "\\xff..." },
		{ 7, "a\xe2\x82\xac" "bcd", "a..." }, { 8, "a\xe2\x82\xac" "bcd",
		    "a\xe2\x82\xac" "bcd" },
		{ 5, "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80" },
		{ 4, "\xf0\x9f\x98\x80", "..." },
	};
	char out[16], none = 'x';
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		memset(out, '#', sizeof out);
		text_printable(out, cases[i].size, cases[i].in, strlen(cases[i].in));
		if (strcmp(out, cases[i].out) != 0)
			fail_msg("case %zu: \"%s\", not \"%s\"", i, out, cases[i].out);
		assert_int_equal(out[cases[i].size], '#');
	}
	text_printable(&none, 0, "abc", 3);
	assert_int_equal(none, 'x');
}

static void
text_for_people_is_safe_whatever_goes_in(void **state)
{
	uint32_t seed = 99, cp;
	char in[40], *out, whole[400];
	size_t i, k, len, size, n;

	(void)state;
	for (i = 0; i < 20000; i++) {
		len = next_random(&seed) % sizeof in;
		for (k = 0; k < len; k++) {
			in[k] = (char)next_random(&seed);
			if (next_random(&seed) % 3 == 0 && k + 3 <= len) {
				memcpy(in + k, "\xe2\x80\xae", 3);
				k += 2;
			}
		}
		size = next_random(&seed) % 60 + 1;
		out = malloc(size);		/* exact: a sanitizer looks */
		assert_non_null(out);
		text_printable(out, size, in, len);
		n = strlen(out);
		assert_true(n < size);
		text_printable(whole, sizeof whole, in, len);
		if (strlen(whole) < size)	/* what fits is not cut */
			assert_string_equal(out, whole);
		else if (size >= 4)
			assert_string_equal(out + n - 3, "...");
		for (k = 0; whole[k] != '\0'; k += n) {
			n = utf8_decode(whole + k, whole + strlen(whole), &cp);
			assert_true(n > 0 && cp >= 0x20 && cp != 0x7f && cp != 0x202e &&
			    !(cp >= 0x80 && cp < 0xa0));
		}
		free(out);
	}
}

static void
globs_match_as_a_shell_would(void **state)
{
	static const struct { const char *pattern, *name; int match; } cases[] = {
		{ "", "", 1 }, { "", "a", 0 }, { "a", "", 0 }, { "*", "", 1 },
		{ "*", "abc", 1 }, { "*", "x/abc", 1 }, { "**", "x/abc", 1 },
		{ "abc", "abc", 1 }, { "abc", "abcd", 0 }, { "abc", "ab", 0 },
		{ "a?c", "abc", 1 }, { "a?c", "ac", 0 }, { "?", "", 0 },
		{ "*.gz", "a.json.gz", 1 }, { "*.gz", "a.json", 0 },
		{ "*.gz", "2026/01/15/a.gz", 1 }, { "*.gz", ".gz", 1 },
		{ "a*b*c", "aXbYc", 1 }, { "a*b*c", "aXbYcZ", 0 },
		{ "a*b*c", "abcbcc", 1 }, { "*ab", "aab", 1 },
		/* * and ? stop at a slash */
		{ "a/*", "a/b", 1 }, { "a/*", "a/b/c", 0 }, { "a/?", "a/b", 1 },
		{ "a?b", "x/a/b", 0 }, { "a?b/c", "a/b/c", 0 }, { "/a/*/c", "/a/b/c", 1 },
		{ "/a/*/c", "/a/c", 0 }, { "/a/*/c", "/a/b/b/c", 0 },
		{ "/*", "/a/b", 0 }, { "*/b", "/b", 1 },
		/* ** crosses them, and as a whole part takes any number of parts */
		{ "/a/**/c", "/a/c", 1 }, { "/a/**/c", "/a/b/c", 1 },
		{ "/a/**/c", "/a/b/b/c", 1 }, { "/a/**/c", "/a/bc", 0 },
		{ "/a/**/c", "/ac", 0 }, { "/a/**", "/a/b/c", 1 },
		{ "/a/**", "/a/", 1 }, { "/a/**", "/a", 0 }, { "/a/**", "/ab", 0 },
		{ "**/c", "c", 1 }, { "**/c", "a/b/c", 1 }, { "**/c", "a/bc", 0 },
		{ "/**/c", "/c", 1 }, { "/**/c", "/a/c", 1 }, { "/**/c", "/ac", 0 },
		{ "/**/a/**/b", "/x/a/y/z/b", 1 }, { "/**/a/**/b", "/a/b", 1 },
		{ "/**/a/**/b", "/x/b", 0 }, { "/**/*.gz", "/x/y/a.gz", 1 },
		{ "/a**/b", "/ax/y/b", 1 }, { "/a**/b", "/a/b", 1 },
		{ "/a**/b", "/ab", 0 },		/* its slash is not a whole part's */
		{ "/a**b", "/a/x/b", 1 }, { "/a**b", "/ab", 1 },
		{ "/***/b", "/x/y/b", 1 }, { "/**/**/b", "/b", 1 },
		{ "/**/**/b", "/x/y/z/b", 1 }, { "/**/b*", "/x/bc/d", 0 },
		/* a pattern with a slash, but not first, takes any tail */
		{ "CloudTrail/*.gz", "/logs/CloudTrail/a.gz", 1 },
		{ "CloudTrail/*.gz", "/logs/XCloudTrail/a.gz", 0 },
		{ "/CloudTrail/*.gz", "/logs/CloudTrail/a.gz", 0 },
		{ "a/b", "a/b", 1 }, { "a/b", "x/a/b", 1 }, { "a/b", "a/b/c", 0 },
		{ "a/", "a/", 1 }, { "a/", "a", 0 },
		/* classes */
		{ "[abc]", "b", 1 }, { "[abc]", "d", 0 }, { "[a-c]x", "bx", 1 },
		{ "[a-c]x", "dx", 0 }, { "[!a-c]", "d", 1 }, { "[!a-c]", "a", 0 },
		{ "[^a]", "b", 1 }, { "[^a]", "a", 0 }, { "[]a]", "]", 1 },
		{ "[]a]", "a", 1 }, { "[!]a]", "]", 0 }, { "[!]a]", "b", 1 },
		{ "[a-]", "-", 1 }, { "[a-]", "b", 0 }, { "[-a]", "-", 1 },
		{ "[\\]]", "]", 1 }, { "[\\]x]", "x", 1 }, { "[a\\-c]", "b", 0 },
		{ "[a\\-c]", "-", 1 }, { "[!-\\]]", "A", 1 }, { "[z-a]", "m", 0 },
		{ "[0-9][0-9]", "42", 1 }, { "*[0-9]", "a1", 1 },
		{ "/[!a]", "//", 0 }, { "/x[./]y", "/x/y", 0 },
		/* a bracket that has no end is a bracket */
		{ "[", "[", 1 }, { "[a", "[a", 1 }, { "[a", "a", 0 }, { "a[", "a[", 1 },
		{ "[]", "[]", 1 }, { "[!]", "[!]", 1 }, { "[a-", "[a-", 1 },
		{ "[\\", "[\\", 1 }, { "x[*", "x[yz", 1 },
		/* quoting */
		{ "\\*", "*", 1 }, { "\\*", "a", 0 }, { "\\?", "?", 1 },
		{ "\\[a]", "[a]", 1 }, { "\\\\", "\\", 1 }, { "a\\", "a\\", 1 },
		{ "\\a", "a", 1 }, { "*\\*", "ab*", 1 }, { "*\\*", "ab", 0 },
		/* characters, not bytes */
		{ "?", "\xc3\xa9", 1 }, { "??", "\xc3\xa9", 0 },
		{ "[!a]", "\xc3\xa9", 1 }, { "[\xc3\xa0-\xc3\xbf]", "\xc3\xa9", 1 },
		{ "[\xc3\xa0-\xc3\xbf]", "\xc4\x80", 0 }, { "*\xc3\xa9", "x\xc3\xa9", 1 },
		{ "?", "\xf0\x9f\x98\x80", 1 }, { "?", "\xff", 1 }, { "??", "\xff\xc3", 1 },
		{ "\xff", "\xff", 1 }, { "\xff", "\xfe", 0 }, { "*\xa9", "\xc3\xa9", 0 },
		{ "[!a]", "\xff", 1 }, { "\\\xc3\xa9", "\xc3\xa9", 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++)
		if (text_glob(cases[i].pattern, cases[i].name) != cases[i].match)
			fail_msg("\"%s\" on \"%s\" is not %d", cases[i].pattern,
			    cases[i].name, cases[i].match);
}

/* The same language, tried out by brute force. */
static int
slow_match(const char *start, const char *p, const char *s)
{
	int whole;

	if (p[0] == '*' && p[1] == '*') {
		whole = p == start || p[-1] == '/';
		while (*p == '*')
			p++;
		if (whole && *p == '/') {
			if (slow_match(start, p + 1, s))
				return 1;
			for (; *s != '\0'; s++)
				if (*s == '/' && slow_match(start, p + 1, s + 1))
					return 1;
			return 0;
		}
		for (;; s++) {
			if (slow_match(start, p, s))
				return 1;
			if (*s == '\0')
				return 0;
		}
	}
	if (*p == '*') {
		for (;; s++) {
			if (slow_match(start, p + 1, s))
				return 1;
			if (*s == '\0' || *s == '/')
				return 0;
		}
	}
	if (*p == '\0' || *s == '\0')
		return *p == *s;
	return (*p == '?' ? *s != '/' : *p == *s) && slow_match(start, p + 1, s + 1);
}

static int
slow_glob(const char *p, const char *name)
{
	const char *s;

	if (strchr(p, '/') == NULL)
		return slow_match(p, p, strrchr(name, '/') ?
		    strrchr(name, '/') + 1 : name);
	if (slow_match(p, p, name))
		return 1;
	for (s = name; p[0] != '/' && *s != '\0'; s++)
		if (*s == '/' && slow_match(p, p, s + 1))
			return 1;
	return 0;
}

/* The number-th text over letters, shortest first. */
static void
spell(char *out, const char *letters, unsigned number)
{
	unsigned base = (unsigned)strlen(letters);

	for (; number > 0; number = (number - 1) / base)
		*out++ = letters[(number - 1) % base];
	*out = '\0';
}

static void
globs_agree_with_brute_force(void **state)
{
	char pattern[24], name[24];
	uint32_t seed = 5;
	unsigned i, k;

	(void)state;
	/* every pattern of up to 4 over 5 letters, every name of up to 5 over 3 */
	for (i = 0; i < 781; i++)
		for (k = 0; k < 364; k++) {
			spell(pattern, "ab*/?", i);
			spell(name, "ab/", k);
			if (text_glob(pattern, name) != slow_glob(pattern, name))
				fail_msg("\"%s\" on \"%s\"", pattern, name);
		}
	for (i = 0; i < 400000; i++) {
		for (k = 0; k < next_random(&seed) % 6 + 4; k++)
			pattern[k] = "aab*****//?"[next_random(&seed) % 11];
		pattern[k] = '\0';
		for (k = 0; k < next_random(&seed) % 6 + 5; k++)
			name[k] = "aaab//"[next_random(&seed) % 6];
		name[k] = '\0';
		if (text_glob(pattern, name) != slow_glob(pattern, name))
			fail_msg("\"%s\" on \"%s\"", pattern, name);
	}
}

static void
hostile_globs_end_soon(void **state)
{
	static const char *const patterns[] = { "*a*a*a*a*a*a*a*a*a*a*b",
	    "/*a*a*a*a*a*a*a*a*a*a*b", "**a**a**a**a**a**a**a**a**a**b",
	    "**/**/**/**/**/**/**/**/**/**/**/**/**/**/**/**/**/**/**/**/**/b",
	    "/**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/a/**/b",
	    "**/*a*/**/*a*/**/*a*/**/*a*/**/*a*/**/*a*/**/*a*/**/*a*/**/*a*b",
	    "/**?*?**?*?**?*?**?*?**?*?**?*?**?*?**?*?**?*?**b",
	    "/**[!b]*[!b]**[!b]*[!b]**[!b]*[!b]**[!b]*[!b]**b",
	    "a*/a*/a*/a*/a*/a*/a*/a*/b" };
	static char flat[20001], parts[20001];
	char name[1025], pattern[2001];
	size_t i;

	(void)state;
	memset(flat, 'a', sizeof flat - 1);
	for (i = 0; i < sizeof parts - 1; i++)
		parts[i] = i % 2 ? 'a' : '/';
	alarm(60);		/* exponential time must not look like patience */
	for (i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
		assert_int_equal(text_glob(patterns[i], flat), 0);
		/* as long as a key in S3 can be */
		memcpy(name, parts, 1024);
		name[1024] = '\0';
		assert_int_equal(text_glob(patterns[i], name), 0);
	}
	for (i = 0; i < 2000; i += 4)
		memcpy(pattern + i, "**/a", 4);
	pattern[2000] = '\0';
	assert_int_equal(text_glob(pattern, name), 1);	/* 500 of 512 parts */
	pattern[1999] = 'b';
	assert_int_equal(text_glob(pattern, name), 0);
	for (i = 0; i < 2000; i += 2)
		memcpy(pattern + i, "*a", 2);
	assert_int_equal(text_glob(pattern, flat), 1);
	alarm(0);
}

static void
nearest_word_is_named_when_it_can_be_meant(void **state)
{
	static const char *const keys[] = { "sources", "rules", "outputs", "state",
	    "limits", "timeout", "time", "a_rather_long_name_of_a_key", "id", NULL };
	static const char *const none[] = { NULL };
	static const struct { const char *word, *meant; } cases[] = {
		{ "source", "sources" }, { "soruces", "sources" },
		{ "rule", "rules" }, { "ruels", "rules" }, { "rulse", "rules" },
		{ "output", "outputs" }, { "stat", "state" }, { "sate", "state" },
		{ "states", "state" }, { "timeouts", "timeout" }, { "tiem", "time" },
		{ "time", "time" }, { "limit", "limits" }, { "Limits", "limits" },
		{ "a_rather_lnog_naem_of_key", "a_rather_long_name_of_a_key" },
		{ "ix", "id" },
		{ "x", NULL }, { "", NULL }, { "xy", NULL }, { "banana", NULL },
		{ "cookies", NULL }, { "zzzzzzzzzzzzzzzzzzzzzzzzzz", NULL },
	};
	char long_word[300];
	const char *got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		got = text_nearest(cases[i].word, keys);
		if (cases[i].meant == NULL ? got != NULL : got == NULL ||
		    strcmp(got, cases[i].meant) != 0)
			fail_msg("\"%s\" was taken for \"%s\"", cases[i].word,
			    got ? got : "nothing");
	}
	assert_null(text_nearest("rules", none));
	memset(long_word, 'r', sizeof long_word - 1);
	long_word[sizeof long_word - 1] = '\0';
	assert_null(text_nearest(long_word, keys));
}

static void
nearest_of_several_is_the_closest_then_the_first(void **state)
{
	static const char *const keys[] = { "regions", "region", "regios", NULL };

	(void)state;
	assert_string_equal(text_nearest("region", keys), "region");
	assert_string_equal(text_nearest("regiosn", keys), "regions");
	assert_string_equal(text_nearest("regi0n", keys), "region");
	assert_string_equal(text_nearest("regio", keys), "region");
}

static void
plain_text_ends_at_what_json_escapes(void **state)
{
	char text[80];
	size_t at;
	int c;

	(void)state;
	for (c = 0; c < 256; c++)
		for (at = 0; at < 70; at++) {
			int plain = c >= 0x20 && c <= 0x7e && c != '"' && c != '\\';

			memset(text, 'a', sizeof text);
			text[at] = (char)c;
			assert_int_equal(text_plain(text, 70), plain ? 70 : at);
			assert_int_equal(text_plain(text, at), at);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_text_ends_at_what_json_escapes),
		cmocka_unit_test(every_code_point_is_encoded_and_decoded),
		cmocka_unit_test(every_byte_sequence_that_decodes_is_the_shortest_form),
		cmocka_unit_test(forms_that_are_no_utf8_are_refused),
		cmocka_unit_test(known_letters_fold),
		cmocka_unit_test(folding_agrees_with_python),
		cmocka_unit_test(folding_is_done_once_and_keeps_within_its_room),
		cmocka_unit_test(folding_copies_what_is_no_utf8),
		cmocka_unit_test(text_for_people_shows_what_would_hide),
		cmocka_unit_test(text_for_people_is_cut_with_dots),
		cmocka_unit_test(text_for_people_is_safe_whatever_goes_in),
		cmocka_unit_test(globs_match_as_a_shell_would),
		cmocka_unit_test(globs_agree_with_brute_force),
		cmocka_unit_test(hostile_globs_end_soon),
		cmocka_unit_test(nearest_word_is_named_when_it_can_be_meant),
		cmocka_unit_test(nearest_of_several_is_the_closest_then_the_first),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
