/*
 * The growing buffer: limits, and JSON strings that are valid whatever goes in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

/* A small generator: the same bytes in every run. */
static uint32_t
next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

static void
empty_buffer_reads_as_empty_text(void **state)
{
	struct buf b = BUF_INIT(10);
	char *p;

	(void)state;
	assert_string_equal(buf_text(&b), "");
	buf_reset(&b);
	buf_clear(&b);
	p = buf_take(&b);
	assert_string_equal(p, "");
	free(p);
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	assert_string_equal(buf_text(&b), "");
	buf_clear(&b);
}

static void
text_is_terminated_at_every_length(void **state)
{
	struct buf b = BUF_INIT(10000);
	size_t i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		assert_int_equal(buf_addc(&b, (char)('a' + i % 26)), 0);
		assert_int_equal(b.len, i + 1);
		assert_true(b.cap > b.len);
		assert_int_equal(b.data[b.len], '\0');
	}
	for (i = 0; i < 5000; i++)
		assert_int_equal(b.data[i], 'a' + i % 26);
	buf_clear(&b);
	assert_null(b.data);
}

static void
what_does_not_fit_is_cut_and_told(void **state)
{
	size_t limit;

	(void)state;
	for (limit = 0; limit < 12; limit++) {
		struct buf b = BUF_INIT(limit);

		assert_int_equal(buf_adds(&b, "hello, you"), limit < 10 ? -1 : 0);
		assert_int_equal(b.truncated, limit < 10);
		assert_int_equal(b.len, limit < 10 ? limit : 10);
		assert_memory_equal(buf_text(&b), "hello, you", b.len);
		assert_int_equal(strlen(buf_text(&b)), b.len);
		/* nothing slips in behind a cut */
		if (b.truncated) {
			assert_int_equal(buf_addc(&b, '!'), -1);
			assert_int_equal(buf_add(&b, "", 0), 0);
			assert_int_equal(b.len, limit);
		}
		buf_reset(&b);
		assert_int_equal(b.truncated, 0);
		assert_int_equal(b.limit, limit);
		buf_clear(&b);
		assert_int_equal(b.limit, limit);
	}
}

static void
formatted_text_of_any_length_arrives_whole(void **state)
{
	static const size_t lengths[] = { 0, 1, 510, 511, 512, 513, 5000 };
	struct buf b = BUF_INIT(6000);
	char *long_text;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
		n = lengths[i];
		long_text = xmalloc(n + 1);
		memset(long_text, 'x', n);
		long_text[n] = '\0';
		buf_reset(&b);
		assert_int_equal(buf_addf(&b, "%s%d", long_text, 7), 0);
		assert_int_equal(b.len, n + 1);
		assert_int_equal(b.data[n], '7');
		assert_int_equal(strlen(b.data), n + 1);
		free(long_text);
	}
	/* and what is over the limit is cut, not refused */
	buf_reset(&b);
	b.limit = 700;
	assert_int_equal(buf_addf(&b, "%0*d", 5000, 1), -1);
	assert_int_equal(b.len, 700);
	assert_int_equal(b.truncated, 1);
	buf_clear(&b);
}

static void
taken_memory_is_the_callers(void **state)
{
	struct buf b = BUF_INIT(100);
	char *p;

	(void)state;
	buf_adds(&b, "mine");
	p = buf_take(&b);
	assert_string_equal(p, "mine");
	assert_string_equal(buf_text(&b), "");
	buf_adds(&b, "next");
	assert_string_equal(p, "mine");
	assert_string_equal(buf_text(&b), "next");
	free(p);
	buf_clear(&b);
}

static void
json_strings_are_escaped_as_told(void **state)
{
	static const struct { const char *in; size_t len; const char *out; } cases[] = {
		{ "", 0, "\"\"" },
		{ "plain text", 10, "\"plain text\"" },
		{ "a\"b\\c", 5, "\"a\\\"b\\\\c\"" },
		{ "\n\t\r", 3, "\"\\n\\t\\r\"" },
		{ "\0", 1, "\"\\u0000\"" },
		{ "\x1f\x7f", 2, "\"\\u001f\\u007f\"" },
		{ "/", 1, "\"/\"" },
		{ "\xc3\xa9", 2, "\"\xc3\xa9\"" },
		{ "\xf0\x9f\x98\x80", 4, "\"\xf0\x9f\x98\x80\"" },
		{ "\xe2\x80\xa8\xe2\x80\xa9", 6, "\"\\u2028\\u2029\"" },
		{ "\xff", 1, "\"\\ufffd\"" },
		{ "\xc3", 1, "\"\\ufffd\"" },
		{ "\xc3(", 2, "\"\\ufffd(\"" },
		{ "\xed\xa0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\"" },
		{ "\xc0\xaf", 2, "\"\\ufffd\\ufffd\"" },
		{ "a\xe2\x82", 3, "\"a\\ufffd\\ufffd\"" },
	};
	struct buf b = BUF_INIT(1000);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		buf_reset(&b);
		assert_int_equal(buf_json(&b, cases[i].in, cases[i].len), 0);
		assert_string_equal(buf_text(&b), cases[i].out);
	}
	buf_reset(&b);
	assert_int_equal(buf_json(&b, NULL, 0), 0);
	assert_string_equal(buf_text(&b), "\"\"");
	buf_reset(&b);
	assert_int_equal(buf_json_null(&b, NULL), 0);
	assert_int_equal(buf_json_null(&b, "x"), 0);
	assert_string_equal(buf_text(&b), "null\"x\"");
	buf_clear(&b);
}

/* What a reader should get back: the bytes, with U+FFFD for each that is no UTF-8. */
static size_t
expected(char *out, const char *s, size_t len)
{
	const char *end = s + len;
	size_t o = 0, n;
	uint32_t cp;

	while (s < end) {
		n = utf8_decode(s, end, &cp);
		if (n == 0) {
			memcpy(out + o, "\xef\xbf\xbd", 3);
			o += 3;
			s++;
			continue;
		}
		memcpy(out + o, s, n);
		o += n;
		s += n;
	}
	out[o] = '\0';
	return o;
}

static void
check_round_trip(const char *s, size_t len)
{
	struct buf b = BUF_INIT(100000);
	char want[4096];
	const char *p, *end;
	cJSON *item;
	uint32_t cp;
	size_t n;

	assert_int_equal(buf_json(&b, s, len), 0);
	end = b.data + b.len;
	for (p = b.data; p < end; p += n) {
		n = utf8_decode(p, end, &cp);
		assert_true(n > 0);
		assert_true(cp >= 0x20 && cp != 0x7f && cp != 0x2028 && cp != 0x2029);
	}
	item = cJSON_ParseWithLength(b.data, b.len);
	assert_true(cJSON_IsString(item));
	expected(want, s, len);
	/* both stop at the first NUL */
	assert_string_equal(item->valuestring, want);
	cJSON_Delete(item);
	buf_clear(&b);
}

static void
json_of_hostile_bytes_reads_back_by_cjson(void **state)
{
	/* what breaks encoders, thrown together at random */
	static const char *const pieces[] = { "\"", "\\", "\\u", "\\ud800", "\n", "\x01",
	    "\xc3\xa9", "\xc3", "\xe2\x80", "\xe2\x80\xa8", "\xed\xa0\x80",
	    "\xf0\x9f\x98\x80", "\xf0\x9f", "\xf4\x90\x80\x80", "\xc0\x80", "\xff",
	    "\xfe", "</script>", "abc", "\x7f", "\xc2\x85", "\xef\xbf\xbf" };
	uint32_t seed = 20260115;
	char s[1024];
	size_t i, len, k;
	unsigned a, c;

	(void)state;
	for (a = 0; a < 256; a++)
		for (c = 0; c < 256; c++) {
			s[0] = (char)a;
			s[1] = (char)c;
			check_round_trip(s, 1 + (c != 0));
		}
	for (i = 0; i < 5000; i++) {
		for (len = 0; len < 60;) {
			k = next_random(&seed);
			if (k % 4 == 0) {
				s[len++] = (char)(k >> 8);
				continue;
			}
			k = (k >> 8) % (sizeof pieces / sizeof pieces[0]);
			memcpy(s + len, pieces[k], strlen(pieces[k]));
			len += strlen(pieces[k]);
		}
		check_round_trip(s, len);
	}
}

static void
json_that_was_cut_is_told_at_every_limit(void **state)
{
	static const char in[] = "a\"\xc3\xa9\xff\n\xe2\x80\xa8z";
	struct buf whole = BUF_INIT(1000), b;
	size_t limit;

	(void)state;
	assert_int_equal(buf_json(&whole, in, sizeof in - 1), 0);
	for (limit = 0; limit <= whole.len; limit++) {
		b = (struct buf)BUF_INIT(limit);
		assert_int_equal(buf_json(&b, in, sizeof in - 1),
		    limit < whole.len ? -1 : 0);
		assert_int_equal(b.truncated, limit < whole.len);
		assert_int_equal(b.len, limit);
		assert_memory_equal(buf_text(&b), whole.data, limit);
		buf_clear(&b);
	}
	buf_clear(&whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_buffer_reads_as_empty_text),
		cmocka_unit_test(text_is_terminated_at_every_length),
		cmocka_unit_test(what_does_not_fit_is_cut_and_told),
		cmocka_unit_test(formatted_text_of_any_length_arrives_whole),
		cmocka_unit_test(taken_memory_is_the_callers),
		cmocka_unit_test(json_strings_are_escaped_as_told),
		cmocka_unit_test(json_of_hostile_bytes_reads_back_by_cjson),
		cmocka_unit_test(json_that_was_cut_is_told_at_every_limit),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
