/*
 * Values: what a slice of JSON says, on good and on hostile text. Each text lies at the
 * end of its own allocation, so that a read behind it is seen by the sanitizer.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "model/value.h"

static int
setup(void **state)
{
	*state = arena_new();
	return 0;
}

static int
teardown(void **state)
{
	arena_free(*state);
	return 0;
}

/* A copy without a NUL behind it; freed by the caller. */
static char *
exact(const char *s, size_t len)
{
	char *p = malloc(len ? len : 1);

	assert_non_null(p);
	memcpy(p, s, len);
	return p;
}

static struct value
parsed(const char *text)
{
	struct value v;

	assert_non_null(value_parse(text, text + strlen(text), &v));
	return v;
}

struct text_case {
	const char	*json, *text;	/* text NULL: no text */
};

/* Numbers as Python's str() prints ints and floats, whole floats as ints. */
static const struct text_case text_cases[] = {
	{ "\"plain\"", "plain" },
	{ "\"\"", "" },
	{ "\"a\\\"b\\\\c\\/d\"", "a\"b\\c/d" },
	{ "\"\\b\\f\\n\\r\\t\"", "\b\f\n\r\t" },
	{ "\"\\u0041\\u00e9\\u20ac\"", "A\xc3\xa9\xe2\x82\xac" },
	{ "\"\\ud83d\\ude00\"", "\xf0\x9f\x98\x80" },
	{ "\"\\ud800\"", "\xef\xbf\xbd" },
	{ "\"\\ude00x\"", "\xef\xbf\xbdx" },
	{ "\"\\ud800\\u0041\"", "\xef\xbf\xbd" "A" },
	{ "\"\\ud800\\ud800\\udc00\"", "\xef\xbf\xbd\xf0\x90\x80\x80" },
	{ "\"\\x\"", "\\x" },
	{ "\"\\u12\"", "\\u12" },
	{ "\"\\uzzzz\"", "\\uzzzz" },
	{ "\"\xff\xfe\"", "\xff\xfe" },
	{ "true", "true" },
	{ "false", "false" },
	{ "null", NULL },
	{ "[1]", NULL },
	{ "{}", NULL },
	{ "25701", "25701" },
	{ "25701.0", "25701" },
	{ "1.5", "1.5" },
	{ "1.50", "1.5" },
	{ "1e3", "1000" },
	{ "1.5e3", "1500" },
	{ "1E+2", "100" },
	{ "0", "0" },
	{ "-0", "0" },
	{ "-0.0", "0" },
	{ "-12", "-12" },
	{ "0.1", "0.1" },
	{ "9.82222E-5", "9.82222e-05" },
	{ "0.0001", "0.0001" },
	{ "1e22", "10000000000000000000000" },
	{ "9007199254740993", "9007199254740993" },
	{ "123456789012345678901234567890", "123456789012345678901234567890" },
	{ "1e999", "1e999" },
	{ "0.30000000000000004", "0.30000000000000004" },
	{ "4.35", "4.35" },
	{ "1e-400", "0" }
};

static void
text_is_what_rules_compare(void **state)
{
	struct arena *a = *state;
	struct value v;
	const char *s;
	size_t i, len;
	char *json;

	for (i = 0; i < sizeof text_cases / sizeof text_cases[0]; i++) {
		const struct text_case *c = &text_cases[i];

		len = strlen(c->json);
		json = exact(c->json, len);
		assert_ptr_equal(value_parse(json, json + len, &v), json + len);
		s = value_string(&v, a, &len);
		if (c->text == NULL) {
			assert_null(s);
		} else {
			if (len != strlen(c->text) || memcmp(s, c->text, len))
				fail_msg("%s gave %.*s", c->json, (int)len, s);
		}
		free(json);
	}
}

static void
escaped_nul_is_a_byte_of_the_text(void **state)
{
	struct value v = parsed("\"a\\u0000b\"");
	size_t len;
	const char *s = value_string(&v, *state, &len);

	assert_int_equal(len, 3);
	assert_memory_equal(s, "a\0b", 3);
	assert_string_equal(value_cstring(&v, *state), "a\xef\xbf\xbd" "b");
}

struct number_case {
	const char	*json;
	int		 rc;
	double		 x;
};

static const struct number_case number_cases[] = {
	{ "1", 0, 1 }, { "-1.5e2", 0, -150 }, { "25701.0", 0, 25701 },
	{ "0.1", 0, 0.1 }, { "1e-5", 0, 1e-5 }, { "1e400", 0, INFINITY },
	{ "123456789012345678901234567890", 0, 123456789012345678901234567890.0 },
	{ "9007199254740993", 0, 9007199254740992.0 },
	{ "17976931348623157e292", 0, 17976931348623157e292 },
	{ "\"443\"", 0, 443 }, { "\" 443\\n\"", 0, 443 },
	{ "\"\\u0034\"", 0, 4 }, { "\"+4\"", 0, 4 }, { "\".5\"", 0, .5 },
	{ "\"5.\"", 0, 5 }, { "\"5e3\"", 0, 5000 }, { "\"-.5E-1\"", 0, -.05 },
	{ "\"\"", -1, 0 }, { "\" \"", -1, 0 }, { "\"x\"", -1, 0 },
	{ "\"1x\"", -1, 0 }, { "\"0x10\"", -1, 0 }, { "\".\"", -1, 0 },
	{ "\"1e\"", -1, 0 }, { "\"inf\"", -1, 0 }, { "\"nan\"", -1, 0 },
	{ "\"1 2\"", -1, 0 }, { "\"--1\"", -1, 0 }, { "1.2.3", -1, 0 },
	{ "true", -1, 0 }, { "null", -1, 0 }, { "[1]", -1, 0 }
};

static void
numbers_and_strings_that_spell_one(void **state)
{
	struct value v;
	double x;
	size_t i, len;
	char *json;

	(void)state;
	for (i = 0; i < sizeof number_cases / sizeof number_cases[0]; i++) {
		const struct number_case *c = &number_cases[i];

		len = strlen(c->json);
		json = exact(c->json, len);
		assert_non_null(value_parse(json, json + len, &v));
		x = 0;
		if (value_number(&v, &x) != c->rc || x != c->x)
			fail_msg("%s gave %.17g", c->json, x);
		free(json);
	}
}

struct parse_case {
	const char	*text;
	int		 taken;		/* bytes, or -1: refused */
	enum value_type	 type;
};

static const struct parse_case parse_cases[] = {
	{ "  {\"a\":[1,{}]} x", 14, VALUE_OBJECT },
	{ "[[[]]]]", 6, VALUE_ARRAY },
	{ "\"a\\\"b\"c", 6, VALUE_STRING },
	{ "12,", 2, VALUE_NUMBER },
	{ "truex", 4, VALUE_TRUE },
	{ "{\"a\":\"}\"}", 9, VALUE_OBJECT },
	{ "{\"a\":\"\\\\\"}", 10, VALUE_OBJECT },
	{ "", -1, 0 }, { "  ", -1, 0 }, { "\"a", -1, 0 }, { "\"a\\", -1, 0 },
	{ "\"a\\\"", -1, 0 }, { "{", -1, 0 }, { "{]", -1, 0 }, { "[}", -1, 0 },
	{ "[{]}", -1, 0 }, { "tru", -1, 0 }, { "-", -1, 0 }, { "x", -1, 0 },
	{ "}", -1, 0 }, { "nul", -1, 0 }, { "{\"a", -1, 0 }
};

static void
slices_end_where_the_value_ends(void **state)
{
	struct value v;
	const char *after;
	size_t i, len;
	char *text;

	(void)state;
	for (i = 0; i < sizeof parse_cases / sizeof parse_cases[0]; i++) {
		const struct parse_case *c = &parse_cases[i];

		len = strlen(c->text);
		text = exact(c->text, len);
		after = value_parse(text, text + len, &v);
		if (c->taken == -1 ? after != NULL : after != text + c->taken)
			fail_msg("%s", c->text);
		assert_int_equal(v.type, c->type);
		free(text);
	}
}

static int
on_leaf(void *arg, const struct value *leaf)
{
	struct buf *b = arg;

	if (b->len > 0)
		buf_addc(b, ' ');
	buf_add(b, leaf->text, leaf->len);
	return leaf->type == VALUE_STRING && leaf->len == 4 &&
	    memcmp(leaf->text, "stop", 4) == 0;
}

struct leaves_case {
	const char	*json;
	int		 containers;
	const char	*leaves;
};

static const struct leaves_case leaves_cases[] = {
	{ "1", 0, "1" },
	{ "null", 0, "null" },
	{ "{\"a\":1,\"b\":[true,null,\"x\"],\"c\":{}}", 0, "1 true null x" },
	{ "{\"a\":{\"b\":1}}", 1, "1 {\"b\":1} {\"a\":{\"b\":1}}" },
	{ "[{\"a\":1},{\"b\":2}]", 1, "1 {\"a\":1} 2 {\"b\":2}" },
	{ "[\"stop\",1]", 0, "stop" },
	{ "{ \"k\" : \"v\" , \"w\" :\n[ ] }", 0, "v" },
	{ "[[[[[]]]],7]", 0, "7" },
	{ "{}", 1, "{}" }
};

static void
leaves_come_in_document_order(void **state)
{
	struct buf b = BUF_INIT(1000);
	size_t i;

	(void)state;
	for (i = 0; i < sizeof leaves_cases / sizeof leaves_cases[0]; i++) {
		const struct leaves_case *c = &leaves_cases[i];
		struct value v = parsed(c->json);

		buf_reset(&b);
		value_leaves(&v, c->containers, on_leaf, &b);
		assert_string_equal(buf_text(&b), c->leaves);
	}
	buf_clear(&b);
}

static void
broken_inside_ends_the_walk(void **state)
{
	static const char *const texts[] = { "{\"a\":1,x}", "{\"a\" 1}",
	    "[1,}", "[1 :2]", "{\"a\":1,\"b\"", "[\"x" };
	struct buf b = BUF_INIT(1000);
	struct value v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		size_t len = strlen(texts[i]);
		char *text = exact(texts[i], len);

		memset(&v, 0, sizeof v);
		v.type = texts[i][0] == '{' ? VALUE_OBJECT : VALUE_ARRAY;
		v.text = text;
		v.len = (uint32_t)len;
		assert_int_equal(value_leaves(&v, 1, on_leaf, &b), 0);
		free(text);
	}
	buf_clear(&b);
}

static int
count_leaf(void *arg, const struct value *leaf)
{
	(void)leaf;
	++*(size_t *)arg;
	return 0;
}

static void
depth_and_leaves_have_bounds(void **state)
{
	enum { DEEP = 200000, MANY = VALUE_LEAVES_MAX + 50 };
	struct value v;
	size_t n = 0, i;
	char *text;

	(void)state;
	text = malloc(2 * DEEP + 1 + 2 * MANY);
	assert_non_null(text);
	memset(text, '[', DEEP);
	text[DEEP] = '1';
	memset(text + DEEP + 1, ']', DEEP);
	assert_non_null(value_parse(text, text + 2 * DEEP + 1, &v));
	assert_int_equal(value_leaves(&v, 1, count_leaf, &n), 0);
	assert_int_equal(n, 0);		/* deeper than is read */
	assert_null(value_path(&v, "a", *state));
	text[0] = '[';
	for (i = 0; i < MANY; i++)
		memcpy(text + 1 + 2 * i, i + 1 < MANY ? "1," : "1]", 2);
	assert_non_null(value_parse(text, text + 1 + 2 * MANY, &v));
	assert_int_equal(value_leaves(&v, 0, count_leaf, &n), 0);
	assert_int_equal(n, VALUE_LEAVES_MAX);
	free(text);
}

struct compact_case {
	const char	*json, *compact;
};

/* Python's json.dumps(v, separators=(",", ":"), ensure_ascii=False) of the same. */
static const struct compact_case compact_cases[] = {
	{ "{\"a\":1}", "{\"a\":1}" },
	{ "{ \"a\" : [ 1 , 2 ] }", "{\"a\":[1,2]}" },
	{ "{\"a b\": \"c  d\"}", "{\"a b\":\"c  d\"}" },
	{ "{\"a\":\"\\/x\"}", "{\"a\":\"/x\"}" },
	{ "{\"a\":\"\\u003c\\u00e9\"}", "{\"a\":\"<\xc3\xa9\"}" },
	{ "{\"a\":\"\\u0022\\u005c\"}", "{\"a\":\"\\\"\\\\\"}" },
	{ "{\"a\":\"\\u0001\\u000a\"}", "{\"a\":\"\\u0001\\n\"}" },
	{ "{\"a\":\"\x01\n\"}", "{\"a\":\"\\u0001\\n\"}" },
	{ "{\"a\":\"\\\"\\n\"}", "{\"a\":\"\\\"\\n\"}" },
	{ "{\"a\":\"\\ud83d\\ude00\"}", "{\"a\":\"\xf0\x9f\x98\x80\"}" },
	{ "{\"a\":\"\\q\"}", "{\"a\":\"\\\\q\"}" },
	{ "{\"a\":25701.0}", "{\"a\":25701.0}" }
};

static void
compact_text_has_no_blanks_and_no_needless_escapes(void **state)
{
	size_t i, len;

	for (i = 0; i < sizeof compact_cases / sizeof compact_cases[0]; i++) {
		const struct compact_case *c = &compact_cases[i];
		struct value v = parsed(c->json);
		const char *s = value_compact(&v, *state, &len);

		if (len != strlen(c->compact) || memcmp(s, c->compact, len))
			fail_msg("%s gave %.*s", c->json, (int)len, s);
		if (strcmp(c->json, c->compact) == 0)
			assert_ptr_equal(s, c->json);
	}
}

static void
compact_text_of_controls_only_fits(void **state)
{
	char text[600];
	struct value v;
	size_t len;

	memset(text, 1, sizeof text);
	memcpy(text, "{\"a\":\"", 6);
	memcpy(text + sizeof text - 2, "\"}", 2);
	assert_non_null(value_parse(text, text + sizeof text, &v));
	value_compact(&v, *state, &len);
	assert_int_equal(len, 8 + 6 * (sizeof text - 8));
}

static void
member_is_the_first_of_its_name(void **state)
{
	struct value o = parsed("{\"a\":1,\"\\u0062\":2,\"a\":3,\"\":4}"), v;

	(void)state;
	assert_int_equal(value_member(&o, "a", 1, &v), 0);
	assert_memory_equal(v.text, "1", 1);
	assert_int_equal(value_member(&o, "b", 1, &v), 0);
	assert_memory_equal(v.text, "2", 1);
	assert_int_equal(value_member(&o, "", 0, &v), 0);
	assert_memory_equal(v.text, "4", 1);
	assert_int_equal(value_member(&o, "A", 1, &v), -1);
	assert_int_equal(v.type, VALUE_ABSENT);
	assert_int_equal(value_member(&o, "aa", 2, &v), -1);
	v = parsed("[1]");
	assert_int_equal(value_member(&v, "a", 1, &o), -1);
}

struct path_case {
	const char	*json, *path, *values;	/* joined by a space; NULL: none */
};

/* The whole remaining path as one key wins, then the shortest prefix that leads to a
   value. */
static const struct path_case path_cases[] = {
	{ "{\"a\":{\"b\":1}}", "a.b", "1" },
	{ "{\"a.b\":2,\"a\":{\"b\":1}}", "a.b", "2" },
	{ "{\"a\":{\"b\":{\"c\":1}},\"a.b\":{\"c\":2}}", "a.b.c", "1" },
	{ "{\"a\":{\"x\":1},\"a.b\":{\"c\":2}}", "a.b.c", "2" },
	{ "{\"a\":[{\"b\":1},{\"c\":9},{\"b\":2}]}", "a.b", "1 2" },
	{ "{\"a\":[[{\"b\":1}],[[{\"b\":2}]]]}", "a.b", "1 2" },
	{ "{\"a\":[{\"b\":[{\"c\":1},{\"c\":2}]},{\"b\":{\"c\":3}}]}", "a.b.c",
	    "1 2 3" },
	{ "{\"a\":[1,2]}", "a", "[1,2]" },
	{ "[{\"a\":1},{\"a\":2}]", "a", "1 2" },
	{ "{\"a\":null}", "a", "null" },
	{ "{\"a\":null}", "a.b", NULL },
	{ "{\"a\":\"x\"}", "a.b", NULL },
	{ "{\"A\":1}", "a", NULL },
	{ "{\"\\u0061\":1}", "a", "1" },
	{ "7", "a", NULL },
	{ "{\"\":{\"\":5}}", ".", "5" }
};

static void
paths_address_values_as_sigma_says(void **state)
{
	struct buf b = BUF_INIT(1000);
	size_t i;

	for (i = 0; i < sizeof path_cases / sizeof path_cases[0]; i++) {
		const struct path_case *c = &path_cases[i];
		struct value whole = parsed(c->json), *v;

		buf_reset(&b);
		for (v = value_path(&whole, c->path, *state); v; v = v->next)
			on_leaf(&b, v);
		if (strcmp(buf_text(&b), c->values ? c->values : ""))
			fail_msg("%s of %s gave %s", c->path, c->json,
			    buf_text(&b));
	}
	buf_clear(&b);
}

/* Every cut of a text, each in its own allocation: nothing is read behind it. */
static void
every_cut_of_a_text_is_safe(void **state)
{
	static const char text[] = " { \"a\\\"\\u0041\" : [ 1.5e3 , \"\\ud83d"
	    "\\ude00\" , { \"b\" : null } , true ] , \"c\" : { } } ";
	struct value v, w;
	size_t n, len;

	for (n = 0; n < sizeof text; n++) {
		char *cut = exact(text, n);

		if (value_parse(cut, cut + n, &v) == NULL && n > 1) {
			memset(&v, 0, sizeof v);	/* a lie about its end */
			v.type = VALUE_OBJECT;
			v.text = cut + 1;
			v.len = (uint32_t)(n - 1);
		}
		value_leaves(&v, 1, count_leaf, &len);
		value_compact(&v, *state, &len);
		value_member(&v, "c", 1, &w);
		value_path(&v, "a\"A.b", *state);
		free(cut);
	}
}

int
main(void)
{
#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(text_is_what_rules_compare),
		T(escaped_nul_is_a_byte_of_the_text),
		T(numbers_and_strings_that_spell_one),
		T(slices_end_where_the_value_ends),
		T(leaves_come_in_document_order),
		T(broken_inside_ends_the_walk),
		T(depth_and_leaves_have_bounds),
		T(compact_text_has_no_blanks_and_no_needless_escapes),
		T(compact_text_of_controls_only_fits),
		T(member_is_the_first_of_its_name),
		T(paths_address_values_as_sigma_says),
		T(every_cut_of_a_text_is_safe),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
