/*
 * The field scanner: what it finds, what it refuses and what it passes over; the same
 * by each of its kernels.
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
#include "parse/scan_impl.h"

static const char *const kernel_names[] = { "plain", "SSE2", "AVX2" };
static const char paddings[] = "\0\"}]\\,x";

#define OUT_MAX (1 << 20)

/* "value|value" of one field; strings as they stand, "-" for none. */
static void
render(struct buf *b, const struct value *v)
{
	static const char *const types[] = { "absent", "null", "false", "true",
	    "#", "", "", "" };

	if (v == NULL)
		buf_addc(b, '-');
	for (const struct value *first = v; v != NULL; v = v->next) {
		if (v != first)
			buf_addc(b, '|');
		if (v->type == VALUE_NULL || v->type == VALUE_TRUE ||
		    v->type == VALUE_FALSE) {
			assert_int_equal(v->len, strlen(types[v->type]));
			assert_memory_equal(v->text, types[v->type], v->len);
		}
		if (v->type == VALUE_NUMBER)
			buf_addc(b, '#');
		assert_int_equal(v->escaped, v->type == VALUE_STRING &&
		    memchr(v->text, '\\', v->len) != NULL);
		buf_add(b, v->text, v->len);
	}
}

/*
 * Scans len bytes of text by one kernel; out becomes the fields separated by ';',
 * "more", or "bad: why". *used: how much of the text it took.
 */
static void
scan(enum scan_kernel kernel, const char *const *paths, size_t n,
    const char *text, size_t len, char padding, struct buf *out, size_t *used)
{
	struct scan_plan *plan = scan_plan_new(paths, n);
	struct scan_state *st = scan_state_new(plan);
	struct value **fields = xcalloc(n, sizeof *fields);
	struct arena *a = arena_new();
	char *copy = xmalloc(len + SCAN_PADDING);
	const char *after = NULL;
	struct err e;

	assert_int_equal(scan_state_choose(st, kernel), 0);
	memcpy(copy, text, len);
	memset(copy + len, padding, SCAN_PADDING);
	/* Twice: the second time keys are guessed. */
	for (int i = 0; i < 2; i++) {
		enum scan_status status;

		arena_reset(a);
		status = scan_object(plan, st, copy, copy + len, fields, a,
		    &after, &e);
		buf_reset(out);
		if (status == SCAN_MORE)
			buf_adds(out, "more");
		else if (status == SCAN_BAD)
			buf_addf(out, "bad: %s", e.msg);
		else
			for (size_t f = 0; f < n; f++) {
				if (f > 0)
					buf_addc(out, ';');
				render(out, fields[f]);
			}
		*used = status == SCAN_MORE ? 0 : (size_t)(after - copy);
	}
	free(copy);
	free(fields);
	arena_free(a);
	scan_state_free(st);
	scan_plan_free(plan);
}

static int
have(enum scan_kernel kernel)
{
	const char *path = "a";
	struct scan_plan *plan = scan_plan_new(&path, 1);
	struct scan_state *st = scan_state_new(plan);
	int rc = scan_state_choose(st, kernel);

	scan_state_free(st);
	scan_plan_free(plan);
	return rc == 0;
}

struct row {
	const char	*text;
	const char	*paths[4];
	const char	*want;
};

static void
check_rows(const struct row *rows, size_t nrows)
{
	struct buf out = BUF_INIT(OUT_MAX);
	size_t used, n;

	for (int k = 0; k < 3; k++) {
		if (!have((enum scan_kernel)k))
			continue;
		for (size_t i = 0; i < nrows; i++)
			for (size_t pad = 0; pad < sizeof paddings; pad++) {
				const struct row *r = &rows[i];

				for (n = 0; n < 4 && r->paths[n] != NULL; n++)
					;
				scan((enum scan_kernel)k, r->paths, n, r->text,
				    strlen(r->text), paddings[pad], &out, &used);
				if (strcmp(buf_text(&out), r->want) != 0)
					fail_msg("%s: %s\ngives %s\nnot   %s",
					    kernel_names[k], r->text,
					    buf_text(&out), r->want);
			}
	}
	buf_clear(&out);
}

static void
wanted_values_are_found(void **state)
{
	static const struct row rows[] = {
		{ "{}", { "a" }, "-" },
		{ " {}" + 1, { "a", "b" }, "-;-" },
		{ "{ }", { "a" }, "-" },
		{ "{\"a\":1}", { "a" }, "#1" },
		{ "{\"a\":\"\"}", { "a" }, "" },
		{ "{\"a\":null,\"b\":true,\"c\":false}", { "a", "b", "c" },
		    "null;true;false" },
		{ "{\"b\":\"x\",\"a\":-1.5e+10}", { "a", "b" }, "#-1.5e+10;x" },
		{ "{ \"a\" : \"x\" , \"b\" :\t[ 1 , 2 ]\r\n}", { "a", "b" },
		    "x;[ 1 , 2 ]" },
		{ "{\"a\":{\"b\":{\"c\":\"x\"},\"d\":1},\"e\":2}",
		    { "a.b.c", "a.d", "e", "a.b" }, "x;#1;#2;{\"c\":\"x\"}" },
		{ "{\"a\":{\"b\":1}}", { "a", "a.b" }, "{\"b\":1};#1" },
		{ "{\"a\":{\"b\":1}}", { "a.b", "a.b" }, "#1;#1" },
		{ "{\"a\":\"x\"}", { "a.b" }, "-" },
		{ "{\"a\":null}", { "a.b" }, "-" },
		{ "{\"A\":1}", { "a" }, "-" },
		{ "{\"ab\":1,\"a\":2}", { "a", "abc" }, "#2;-" },
		{ "{\"\":1,\"a\":{\"\":2}}", { "", "a." }, "#1;#2" },
		{ "{\"a\":12345678901234567890123}", { "a" },
		    "#12345678901234567890123" },
		{ "{\"a\":9007199254740993}", { "a" }, "#9007199254740993" },
		{ "{\"a\":\"caf\xc3\xa9 \xff\xfe\"}", { "a" },
		    "caf\xc3\xa9 \xff\xfe" },
		{ "{\"a\":\"x\\\"y\\\\\",\"b\":1}", { "a", "b" },
		    "x\\\"y\\\\;#1" },
		{ "{\"a\":\"\\ud800\",\"b\":\"\\u0000\"}", { "a", "b" },
		    "\\ud800;\\u0000" },
		{ "{\"a\":\"line\nfeed\ttab\001\",\"b\":1}", { "a", "b" },
		    "line\nfeed\ttab\001;#1" },
		{ "{\"a long key that does not fit into a register\":1,"
		    "\"a long key that does not fit into a registeR\":2}",
		    { "a long key that does not fit into a registeR" }, "#2" },
	};

	(void)state;
	check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void
arrays_fan_out_in_document_order(void **state)
{
	static const struct row rows[] = {
		{ "{\"r\":[{\"a\":1},{\"a\":2},{\"b\":3}]}", { "r.a", "r.b" },
		    "#1|#2;#3" },
		{ "{\"r\":[[{\"a\":1}],[[{\"a\":2},7,\"x\",null]],{\"a\":[3]}]}",
		    { "r.a" }, "#1|#2|[3]" },
		{ "{\"r\":[1,2,3]}", { "r", "r.a" }, "[1,2,3];-" },
		{ "{\"r\":[]}", { "r", "r.a" }, "[];-" },
		{ "{\"r\":[ ] }", { "r", "r.a" }, "[ ];-" },
		{ "{\"r\":[{\"a\":[{\"b\":1},{\"b\":2}]},{\"a\":{\"b\":3}}]}",
		    { "r.a.b" }, "#1|#2|#3" },
	};

	(void)state;
	check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void
first_of_doubled_keys_counts(void **state)
{
	static const struct row rows[] = {
		{ "{\"a\":1,\"a\":2}", { "a" }, "#1" },
		{ "{\"a\":1,\"a\":{\"b\":2}}", { "a", "a.b" }, "#1;-" },
		{ "{\"a\":{\"b\":1},\"a\":{\"b\":2}}", { "a.b" }, "#1" },
		{ "{\"r\":[{\"a\":1,\"a\":2},{\"a\":3,\"a\":4}]}", { "r.a" },
		    "#1|#3" },
		{ "{\"a\":{\"b\":1},\"c\":0,\"a\":{\"c\":2}}", { "a.c", "a.b" },
		    "-;#1" },
	};

	(void)state;
	check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void
keys_with_dots_and_escapes_follow_sigma(void **state)
{
	static const struct row rows[] = {
		{ "{\"a.b\":1}", { "a.b" }, "#1" },
		{ "{\"a\":{\"b\":2},\"a.b\":1}", { "a.b" }, "#1" },
		{ "{\"a.b\":1,\"a\":{\"b\":2}}", { "a.b" }, "#1" },
		{ "{\"a.b\":{\"c\":1}}", { "a.b.c" }, "#1" },
		{ "{\"a\":{\"b.c\":1}}", { "a.b.c" }, "#1" },
		{ "{\"a\":{\"x\":1},\"a.b\":{\"c\":2}}", { "a.b.c" }, "#2" },
		{ "{\"a\":[{\"b.c\":1},{\"b\":{\"c\":2}}]}", { "a.b.c" },
		    "#1|#2" },
		{ "{\"\\u0061\":1,\"b\":2}", { "a", "b" }, "#1;#2" },
		{ "{\"\\u0061\":1,\"a\":2}", { "a" }, "#1" },
		{ "{\"o\":{\"x\\\\y\":1}}", { "o.x\\y" }, "#1" },
		{ "{\"n\":{\"\\u0061\":1}}", { "a" }, "-" },
	};

	(void)state;
	check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void
text_inside_values_cannot_pose_as_structure(void **state)
{
	static const struct row rows[] = {
		{ "{\"x\":\"\\\",\\\"a\\\":\\\"evil\",\"a\":1}", { "a" }, "#1" },
		{ "{\"x\":\"\\\\\",\"a\":1}", { "a" }, "#1" },
		{ "{\"x\":{\"k\":\"}}},\\\"a\\\":2\",\"a\":3},\"a\":1}", { "a" },
		    "#1" },
		{ "{\"x\":[\"]\",{\"y\":\"[\\\\\\\"{\"}],\"a\":1}", { "a" },
		    "#1" },
		{ "{\"x\":[\"0123456789012345678901234567890123456789012345678901"
		    "23456789\\\\\",\"\\\"]}\"],\"a\":1}", { "a" }, "#1" },
	};

	(void)state;
	check_rows(rows, sizeof rows / sizeof rows[0]);
}

static void
broken_records_are_refused(void **state)
{
	static const struct row rows[] = {
		{ "{a:1}", { "a" }, "bad: no key where one must be at byte 2 of "
		    "it" },
		{ "{\"a\" 1}", { "a" }, "bad: no colon behind a key at byte 6 of "
		    "it" },
		{ "{\"a\":}", { "a" }, "bad: no JSON value at byte 6 of it" },
		{ "{\"a\":x}", { "b" }, "bad: no JSON value at byte 6 of it" },
		{ "{\"a\":trve}", { "b" }, "bad: no JSON value at byte 6 of it" },
		{ "{\"a\":truex}", { "b" }, "bad: no comma or } behind a value "
		    "at byte 10 of it" },
		{ "{\"a\":+1}", { "b" }, "bad: no JSON value at byte 6 of it" },
		{ "{\"a\":-}", { "b" }, "bad: no JSON value at byte 6 of it" },
		{ "{\"a\":.5}", { "b" }, "bad: no JSON value at byte 6 of it" },
		{ "{\"a\":1 \"b\":2}", { "b" }, "bad: no comma or } behind a "
		    "value at byte 8 of it" },
		{ "{\"a\":1]", { "b" }, "bad: no comma or } behind a value at "
		    "byte 7 of it" },
		{ "{\"a\":1,}", { "b" }, "bad: no key where one must be at byte "
		    "8 of it" },
		{ "{,\"a\":1}", { "b" }, "bad: no key where one must be at byte "
		    "2 of it" },
		{ "{\"a\":[1}}", { "b" }, "bad: brackets do not match at byte 8 "
		    "of it" },
		{ "{\"x\":[{]},\"a\":1}", { "a" }, "bad: brackets do not match "
		    "at byte 8 of it" },
		{ "{\"x\":{\"y\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
		    "[[[[[[[[[[[[[[[[[[[[[[[[{]]]]]]]", { "a" }, "bad: brackets do "
		    "not match at byte 82 of it" },
		{ "{\"a\":[{\"b\":1} {\"b\":2}]}", { "a.b" }, "bad: no comma or "
		    "] behind an element at byte 15 of it" },
		{ "{\"a\":[1,]}", { "a.b" }, "bad: no JSON value at byte 9 of "
		    "it" },
	};

	(void)state;
	check_rows(rows, sizeof rows / sizeof rows[0]);
}

static const char long_record[] =
    "{\"eventVersion\":\"1.11\",\"userIdentity\":{\"type\":\"AssumedRole\","
    "\"sessionContext\":{\"sessionIssuer\":{\"arn\":\"arn:aws:iam::1:role/a\"},"
    "\"attributes\":{\"mfaAuthenticated\":\"false\"}}},\"eventTime\" : "
    "\"2026-01-15T08:12:30Z\",\"n\":-12.5e3,\"t\":true,\"nil\":null,"
    "\"requestParameters\":{\"policy\":\"{\\\"Statement\\\":[{\\\"a\\\":\\\"b"
    "\\\\\\\\\\\"}]}\",\"list\":[1,[2,{\"x\":\"]}\"}],3],\"z\":{}},"
    "\"resources\":[{\"ARN\":\"arn:aws:s3:::b/k\"},{\"ARN\":\"arn:aws:s3:::b\"}"
    "],\"last\":\"end\"}";
static const char *const long_paths[] = { "userIdentity.sessionContext."
    "sessionIssuer.arn", "eventTime", "resources.ARN", "last" };

static void
every_cut_of_a_record_asks_for_more(void **state)
{
	struct buf out = BUF_INIT(OUT_MAX);
	size_t len = sizeof long_record - 1, used;

	(void)state;
	for (int k = 0; k < 3; k++) {
		if (!have((enum scan_kernel)k))
			continue;
		for (size_t cut = 1; cut < len; cut++)
			for (size_t pad = 0; pad < sizeof paddings; pad++) {
				scan((enum scan_kernel)k, long_paths, 4,
				    long_record, cut, paddings[pad], &out, &used);
				assert_string_equal(buf_text(&out), "more");
			}
		scan((enum scan_kernel)k, long_paths, 4, long_record, len, '"',
		    &out, &used);
		assert_int_equal(used, len);
		assert_string_equal(buf_text(&out), "arn:aws:iam::1:role/a;"
		    "2026-01-15T08:12:30Z;arn:aws:s3:::b/k|arn:aws:s3:::b;end");
	}
	buf_clear(&out);
}

static void
what_follows_the_object_is_left_alone(void **state)
{
	struct buf out = BUF_INIT(OUT_MAX);
	const char *path = "a";
	size_t used;

	(void)state;
	for (int k = 0; k < 3; k++) {
		if (!have((enum scan_kernel)k))
			continue;
		scan((enum scan_kernel)k, &path, 1, "{\"a\":1}]}garbage", 16, 0,
		    &out, &used);
		assert_int_equal(used, 7);
		assert_string_equal(buf_text(&out), "#1");
	}
	buf_clear(&out);
}

/* Nested n deep, the record itself counted, the innermost empty. */
static char *
nested(size_t n, const char *open, const char *close, size_t *len)
{
	size_t o = strlen(open), c = strlen(close);
	char *text = xmalloc(n * (o + c) + 16), *p = text;

	p += sprintf(p, "{\"a\":");
	for (size_t i = 1; i < n; i++)
		p = (char *)memcpy(p, open, o) + o;
	p += sprintf(p, "1");
	for (size_t i = 1; i < n; i++)
		p = (char *)memcpy(p, close, c) + c;
	p += sprintf(p, "}");
	*len = (size_t)(p - text);
	return text;
}

static void
nesting_of_1000_is_read_and_1001_refused(void **state)
{
	static const struct { const char *open, *close, *path; } forms[] = {
		{ "{\"a\":", "}", "b" }, { "[", "]", "b" }, { "[", "]", "a.b" },
		{ "{\"a\":[", "]}", "b" }, { "{\"a\":", "}", "a.a.a.a.b" },
	};
	struct buf out = BUF_INIT(OUT_MAX);
	size_t len, used;

	(void)state;
	for (int k = 0; k < 3; k++) {
		if (!have((enum scan_kernel)k))
			continue;
		for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
			size_t step = i == 3 ? 2 : 1;	/* two brackets each */
			size_t deepest = i == 3 ? 500 : 1000;

			for (size_t over = 0; over < 2; over++) {
				char *text = nested(deepest + over,
				    forms[i].open, forms[i].close, &len);
				size_t depth = 1 + step * (deepest + over - 1);
				cJSON *tree = cJSON_ParseWithLength(text, len);

				scan((enum scan_kernel)k, &forms[i].path, 1,
				    text, len, '}', &out, &used);
				if (depth <= 1000)
					assert_string_equal(buf_text(&out), "-");
				else
					assert_ptr_equal(strstr(buf_text(&out),
					    "bad: nesting is too deep"),
					    buf_text(&out));
				assert_true((tree != NULL) == (depth <= 1000));
				cJSON_Delete(tree);
				free(text);
			}
		}
	}
	buf_clear(&out);
}

static void
strings_of_10_mib_are_read(void **state)
{
	size_t n = 10 << 20, len, used;
	char *text = xmalloc(n + 100);
	struct buf out = BUF_INIT(11 << 20);
	const char *paths[] = { "big", "end" };

	(void)state;
	len = (size_t)sprintf(text, "{\"skipped\":{\"x\":\"");
	memset(text + len, 'x', n / 2);
	len += n / 2;
	len += (size_t)sprintf(text + len, "\"},\"big\":\"");
	memset(text + len, 'y', n / 2);
	len += n / 2;
	len += (size_t)sprintf(text + len, "\",\"end\":1}");
	for (int k = 0; k < 3; k++) {
		if (!have((enum scan_kernel)k))
			continue;
		scan((enum scan_kernel)k, paths, 2, text, len, 0, &out, &used);
		assert_int_equal(used, len);
		assert_int_equal(out.len, n / 2 + 3);
		assert_string_equal(out.data + n / 2, ";#1");
	}
	free(text);
	buf_clear(&out);
}

/* More keys than are remembered, in an order that no guess foresees. */
static void
more_keys_than_are_kept_change_nothing(void **state)
{
	struct buf text = BUF_INIT(OUT_MAX);
	const char *paths[] = { "k7", "o.k9", "key of more than thirty-two bytes, "
	    "all of them" };
	struct scan_plan *plan = scan_plan_new(paths, 3);
	struct scan_state *st = scan_state_new(plan);
	struct arena *a = arena_new();

	(void)state;
	for (unsigned round = 0; round < 20; round++) {
		struct value *fields[3];
		const char *after;
		struct err e;

		buf_reset(&text);
		buf_adds(&text, "{\"o\":{");
		for (unsigned i = 0; i < 300; i++)
			buf_addf(&text, "\"k%u\":%u,", i * 7919 % 3001 + round,
			    i);
		buf_adds(&text, "\"k9\":9999,\"x\":{}}");
		for (unsigned i = 0; i < 300; i++)
			buf_addf(&text, ",\"q%u%.*s\":%u", i * 104729 % 9973 +
			    round * 10000, (int)(i % 60), "long long long long "
			    "long long long long long long long long", i);
		buf_addf(&text, ",\"%s\":\"long\",\"k7\":7}", paths[2]);
		buf_add(&text, paddings, sizeof paddings);
		for (size_t i = 0; i < SCAN_PADDING; i++)
			buf_addc(&text, '"');
		arena_reset(a);
		assert_int_equal(scan_object(plan, st, text.data, text.data +
		    text.len - SCAN_PADDING, fields, a, &after, &e), SCAN_OK);
		assert_non_null(fields[0]);
		assert_memory_equal(fields[0]->text, "7", 1);
		assert_non_null(fields[1]);
		assert_non_null(fields[2]);
		assert_memory_equal(fields[2]->text, "long", 4);
	}
	arena_free(a);
	scan_state_free(st);
	scan_plan_free(plan);
	buf_clear(&text);
}

/*
 * Where cJSON and the scanner part: cJSON's word first, then ours. In everything
 * that is not in this table the fuzz test holds them together.
 */
static void
differences_to_cjson_are_these(void **state)
{
	static const struct { const char *text; int cjson; const char *ours; }
	rows[] = {
		/* laxer: nothing is lost for a letter in an escape */
		{ "{\"a\":\"\\x\"}", 0, "\\x" },
		{ "{\"a\":\"\\ud800\"}", 0, "\\ud800" },
		{ "{\"a\":\"\\udc00\\ud800\"}", 0, "\\udc00\\ud800" },
		/* cJSON ends the string there; a NUL byte here */
		{ "{\"a\":\"x\\u0000y\"}", 1, "x\\u0000y" },
		/* cJSON takes hex that is none for zero */
		{ "{\"a\":\"\\uzzzz\"}", 1, "\\uzzzz" },
		/* laxer: number grammar */
		{ "{\"a\":1.2.3}", 0, "#1.2.3" },
		{ "{\"a\":1e}", 0, "#1e" },
		{ "{\"a\":1-2}", 0, "#1-2" },
		/* both lax alike */
		{ "{\"a\":01}", 1, "#01" },
		{ "{\"a\":1.}", 1, "#1." },
		{ "{\"a\":-.5}", 1, "#-.5" },
		{ "{\"a\":\001 1}", 1, "#1" },
		/* laxer: what stands in values that nobody asked for */
		{ "{\"x\":{b:1 2},\"a\":1}", 0, "#1" },
		{ "{\"x\":[1 2,,tru],\"a\":1}", 0, "#1" },
		{ "{\"x\":{\"y\":\"\\q\"},\"a\":1}", 0, "#1" },
	};
	struct buf out = BUF_INIT(OUT_MAX);
	const char *path = "a";
	size_t used;

	(void)state;
	for (int k = 0; k < 3; k++) {
		if (!have((enum scan_kernel)k))
			continue;
		for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
			size_t len = strlen(rows[i].text);
			cJSON *tree = cJSON_ParseWithLength(rows[i].text, len);

			if ((tree != NULL) != rows[i].cjson)
				fail_msg("cJSON on %s", rows[i].text);
			cJSON_Delete(tree);
			scan((enum scan_kernel)k, &path, 1, rows[i].text, len, 0,
			    &out, &used);
			if (strcmp(buf_text(&out), rows[i].ours) != 0)
				fail_msg("%s: %s gives %s", kernel_names[k],
				    rows[i].text, buf_text(&out));
		}
	}
	buf_clear(&out);
}

/* NUL bytes pass through strings, and are white space elsewhere, as for cJSON. */
static void
nul_bytes_pass_through(void **state)
{
	static const char text[] = "{\"a\":\"x\0y\",\"\0k\":{\"\0\":\"\0\"},\0"
	    "\"b\":1}";
	struct buf out = BUF_INIT(OUT_MAX);
	const char *paths[] = { "a", "b" };
	size_t used;

	(void)state;
	for (int k = 0; k < 3; k++) {
		if (!have((enum scan_kernel)k))
			continue;
		scan((enum scan_kernel)k, paths, 2, text, sizeof text - 1, 0,
		    &out, &used);
		assert_int_equal(out.len, 6);
		assert_memory_equal(out.data, "x\0y;#1", 6);
	}
	buf_clear(&out);
}

static void
fanned_out_values_are_bounded(void **state)
{
	struct buf text = BUF_INIT(8 << 20);
	const char *path = "r.a";
	struct scan_plan *plan = scan_plan_new(&path, 1);
	struct scan_state *st = scan_state_new(plan);
	struct arena *a = arena_new();
	struct value *field;
	const char *after;
	size_t n = 0;
	struct err e;

	(void)state;
	buf_adds(&text, "{\"r\":[{\"a\":0}");
	for (int i = 0; i < 2 * VALUE_LEAVES_MAX; i++)
		buf_adds(&text, ",{\"a\":1}");
	buf_adds(&text, "]}");
	for (int i = 0; i < SCAN_PADDING; i++)
		buf_addc(&text, 0);
	assert_int_equal(scan_object(plan, st, text.data, text.data + text.len -
	    SCAN_PADDING, &field, a, &after, &e), SCAN_OK);
	for (; field != NULL; field = field->next)
		n++;
	assert_int_equal(n, VALUE_LEAVES_MAX + 1);
	arena_free(a);
	scan_state_free(st);
	scan_plan_free(plan);
	buf_clear(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wanted_values_are_found),
		cmocka_unit_test(arrays_fan_out_in_document_order),
		cmocka_unit_test(first_of_doubled_keys_counts),
		cmocka_unit_test(keys_with_dots_and_escapes_follow_sigma),
		cmocka_unit_test(text_inside_values_cannot_pose_as_structure),
		cmocka_unit_test(broken_records_are_refused),
		cmocka_unit_test(every_cut_of_a_record_asks_for_more),
		cmocka_unit_test(what_follows_the_object_is_left_alone),
		cmocka_unit_test(nesting_of_1000_is_read_and_1001_refused),
		cmocka_unit_test(strings_of_10_mib_are_read),
		cmocka_unit_test(more_keys_than_are_kept_change_nothing),
		cmocka_unit_test(differences_to_cjson_are_these),
		cmocka_unit_test(nul_bytes_pass_through),
		cmocka_unit_test(fanned_out_values_are_bounded),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
