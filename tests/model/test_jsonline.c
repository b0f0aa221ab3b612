/*
 * JSON from outside, made safe to print.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <cjson/cJSON.h>

#include "model/jsonline.h"

struct line_case {
	const char	*text, *line;
};

static const struct line_case cases[] = {
	{ "{\"a\":1}", "{\"a\":1}" },
	{ " { \"a\" :\n[ 1 ,\t2 ] } \r\n", "{\"a\":[1,2]}" },
	{ "\"x\"", "\"x\"" },
	{ "{}", "{}" }, { "[]", "[]" }, { "[[],{}]", "[[],{}]" },
	{ "null", "null" }, { "-1.5e+3", "-1.5e+3" },
	/* mended */
	{ "{\"a\":\"x\ny\x01\"}", "{\"a\":\"x\\u000ay\\u0001\"}" },
	{ "{\"a\":\"\xff\xc3\"}", "{\"a\":\"\\ufffd\\ufffd\"}" },
	{ "{\"\xff\":1}", "{\"\\ufffd\":1}" },
	{ "\"\\ud800\"", "\"\\ufffd\"" },
	{ "\"\\ud83d\\ude00\"", "\"\\ud83d\\ude00\"" },
	{ "\"\\ude00\\ud83dx\"", "\"\\ufffd\\ufffdx\"" },
	{ "\"\\q\\u12\"", "\"\\\\q\\\\u12\"" },
	{ "\"\\u0000\"", "\"\\u0000\"" },
	{ "\"\xe2\x80\xa8\x7f\xc2\x85\"", "\"\\u2028\\u007f\\u0085\"" },
	{ "\"\xc3\xa9\"", "\"\xc3\xa9\"" },
	{ "[01,1.,.5,+1,-,1e]",
	    "[\"01\",\"1.\",\".5\",\"+1\",\"-\",\"1e\"]" },
	/* no JSON even so */
	{ "", "\"\"" },
	{ "{", "\"{\"" },
	{ "[1,]", "\"[1,]\"" },
	{ "{\"a\":1,}", "\"{\\\"a\\\":1,}\"" },
	{ "{\"a\" 1}", "\"{\\\"a\\\" 1}\"" },
	{ "{a:1}", "\"{a:1}\"" },
	{ "[1}", "\"[1}\"" },
	{ "{\"a\":1}{", "\"{\\\"a\\\":1}{\"" },
	{ "\"a", "\"\\\"a\"" },
	{ "\"a\\", "\"\\\"a\\\\\"" },
	{ "truth", "\"truth\"" }, { "x\xff", "\"x\\ufffd\"" },
	{ "[1 2]", "\"[1 2]\"" }, { "]", "\"]\"" }, { "{\"a\"}", "\"{\\\"a\\\"}\"" }
};

static void
what_comes_out_is_json_on_one_line(void **state)
{
	struct buf b = BUF_INIT(10000);
	size_t i, len;
	char *exact;
	cJSON *json;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		len = strlen(cases[i].text);
		exact = malloc(len ? len : 1);
		assert_non_null(exact);
		memcpy(exact, cases[i].text, len);
		buf_reset(&b);
		jsonline_add(&b, exact, len);
		free(exact);
		assert_string_equal(buf_text(&b), cases[i].line);
		if (strstr(cases[i].line, "\\u0000") != NULL)
			continue;	/* cJSON refuses it */
		json = cJSON_ParseWithOpts(buf_text(&b), NULL, 1);
		assert_non_null(json);
		cJSON_Delete(json);
	}
	buf_clear(&b);
}

static void
too_deep_becomes_a_string(void **state)
{
	enum { DEEP = JSONLINE_DEPTH_MAX + 1 };
	struct buf b = BUF_INIT(100000);
	char text[2 * DEEP];

	(void)state;
	memset(text, '[', DEEP);
	memset(text + DEEP, ']', DEEP);
	jsonline_add(&b, text + 1, sizeof text - 2);
	assert_int_equal(b.len, 2 * DEEP - 2);
	buf_reset(&b);
	jsonline_add(&b, text, sizeof text);
	assert_int_equal(b.len, 2 * DEEP + 2);
	assert_int_equal(b.data[0], '"');
	buf_clear(&b);
}

static void
what_stood_before_stays(void **state)
{
	struct buf b = BUF_INIT(1000);

	(void)state;
	buf_adds(&b, "x:");
	jsonline_add(&b, "[1,", 3);
	assert_string_equal(buf_text(&b), "x:\"[1,\"");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_comes_out_is_json_on_one_line),
		cmocka_unit_test(too_deep_becomes_a_string),
		cmocka_unit_test(what_stood_before_stays),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
