/*
 * Alerts: their ids, and the line they are stored as, there and back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <cjson/cJSON.h>

#include "base/text.h"
#include "model/alert.h"

static const char *const tags[] = { "attack.exfiltration", "attack.t1537",
    NULL };

static struct alert
sample(void)
{
	struct alert a;

	memset(&a, 0, sizeof a);
	memcpy(a.id, "0123456789abcdef0123456789abcdef", 33);
	a.rule.id = "rule-1";
	a.rule.title = "A \"title\"";
	a.rule.level = LEVEL_HIGH;
	a.rule.tags = tags;
	a.kind = KIND_CLOUDTRAIL;
	a.event_time = 1768464750LL * NS_PER_SEC + 250000000;
	a.alert_time = 1768464760LL * NS_PER_SEC;
	a.source = "logs";
	a.object = "/var/log/a.gz";
	a.record = 7;
	a.common[COMMON_ACTOR] = "arn:aws:iam::111122223333:role/app";
	a.common[COMMON_BYTES_OUT] = "25701";
	a.matched = "[{\"selection\":\"s\",\"field\":\"eventName\"}]";
	a.event = "{\"eventName\":\"GetObject\"}";
	return a;
}

static void
same_cause_has_the_same_id(void **state)
{
	static const char *const one[] = { "rule", "a", "bc", NULL };
	static const char *const moved[] = { "rule", "ab", "c", NULL };
	static const char *const shorter[] = { "rule", "abc", NULL };
	char a[33], b[33];

	(void)state;
	alert_id(a, one);
	alert_id(b, one);
	assert_string_equal(a, b);
	assert_int_equal(strlen(a), 32);
	alert_id(b, moved);
	assert_string_not_equal(a, b);
	alert_id(b, shorter);
	assert_string_not_equal(a, b);
	/* printf 'rule\0a\0bc\0' | sha256sum | cut -c1-32 */
	assert_string_equal(a, "6f40eb097d7d5d8a4296339c5c4205ba");
}

static void
line_has_all_that_an_output_needs(void **state)
{
	struct alert a = sample();
	struct buf b = BUF_INIT(100000);

	(void)state;
	alert_json(&a, &b);
	assert_string_equal(buf_text(&b),
	    "{\"id\":\"0123456789abcdef0123456789abcdef\","
	    "\"time\":\"2026-01-15T08:12:30.250Z\","
	    "\"alert_time\":\"2026-01-15T08:12:40Z\","
	    "\"rule\":{\"id\":\"rule-1\",\"title\":\"A \\\"title\\\"\","
	    "\"level\":\"high\",\"author\":null,\"description\":null,"
	    "\"tags\":[\"attack.exfiltration\",\"attack.t1537\"],"
	    "\"references\":[],\"falsepositives\":[]},"
	    "\"source\":\"logs\",\"object\":\"/var/log/a.gz\",\"record\":7,"
	    "\"kind\":\"cloudtrail\","
	    "\"actor\":\"arn:aws:iam::111122223333:role/app\","
	    "\"action\":null,\"bucket\":null,\"key\":null,"
	    "\"source_ip\":null,\"user_agent\":null,\"outcome\":null,"
	    "\"bytes_out\":25701,\"bytes_in\":null,\"tls_version\":null,"
	    "\"account\":null,\"region\":null,"
	    "\"matched\":[{\"selection\":\"s\",\"field\":\"eventName\"}],"
	    "\"event\":{\"eventName\":\"GetObject\"}}");
	buf_clear(&b);
}

static void
line_reads_back_as_the_same_alert(void **state)
{
	struct alert a = sample(), c;
	struct buf b = BUF_INIT(100000), again = BUF_INIT(100000);
	struct arena *arena = arena_new();
	struct err e;

	(void)state;
	alert_json(&a, &b);
	assert_int_equal(alert_parse(b.data, b.len, arena, &c, &e), 0);
	assert_string_equal(c.id, a.id);
	assert_true(c.event_time == a.event_time);
	assert_int_equal(c.rule.level, LEVEL_HIGH);
	assert_string_equal(c.rule.tags[1], "attack.t1537");
	assert_null(c.rule.tags[2]);
	assert_null(c.rule.references);
	assert_string_equal(c.common[COMMON_BYTES_OUT], "25701");
	assert_string_equal(c.common[COMMON_TIME], "2026-01-15T08:12:30.250Z");
	assert_null(c.common[COMMON_KEY]);
	assert_int_equal(c.record, 7);
	assert_string_equal(c.event, a.event);
	alert_json(&c, &again);
	assert_string_equal(buf_text(&again), buf_text(&b));
	buf_clear(&b);
	buf_clear(&again);
	arena_free(arena);
}

struct event_case {
	const char	*event, *printed;
};

/* What a log may hold that no reader of our lines should have to bear. */
static const struct event_case events[] = {
	{ "{\"a\":\"x\ny\"}", "{\"a\":\"x\\u000ay\"}" },
	{ "{\"a\":\"\xff\"}", "{\"a\":\"\\ufffd\"}" },
	{ "{\n \"a\" : 1\n}", "{\"a\":1}" },
	{ "{\"a\":1,,}", "\"{\\\"a\\\":1,,}\"" },
	{ "plain text", "\"plain text\"" },
	{ NULL, "null" }
};

static void
line_is_valid_json_whatever_the_event_holds(void **state)
{
	struct alert a = sample(), c;
	struct buf b = BUF_INIT(100000), again = BUF_INIT(100000);
	struct arena *arena = arena_new();
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof events / sizeof events[0]; i++) {
		cJSON *json, *second;

		a.event = events[i].event;
		a.common[COMMON_KEY] = "k\x1b[31m\xff";
		buf_reset(&b);
		alert_json(&a, &b);
		assert_null(strchr(buf_text(&b), '\n'));
		json = cJSON_ParseWithOpts(buf_text(&b), NULL, 1);
		assert_non_null(json);
		assert_non_null(strstr(buf_text(&b), events[i].printed));
		assert_non_null(strstr(buf_text(&b),
		    "\"key\":\"k\\u001b[31m\\ufffd\""));
		assert_int_equal(alert_parse(b.data, b.len, arena, &c, &e), 0);
		buf_reset(&again);
		alert_json(&c, &again);
		second = cJSON_Parse(buf_text(&again));
		assert_true(cJSON_Compare(json, second, 1));
		cJSON_Delete(json);
		cJSON_Delete(second);
	}
	buf_clear(&b);
	buf_clear(&again);
	arena_free(arena);
}

static void
unknown_time_is_null(void **state)
{
	struct alert a = sample(), c;
	struct buf b = BUF_INIT(100000);
	struct arena *arena = arena_new();
	struct err e;

	(void)state;
	a.event_time = RECORD_TIME_NONE;
	alert_json(&a, &b);
	assert_non_null(strstr(buf_text(&b), "\"time\":null,"));
	assert_int_equal(alert_parse(b.data, b.len, arena, &c, &e), 0);
	assert_true(c.event_time == RECORD_TIME_NONE);
	buf_clear(&b);
	arena_free(arena);
}

static void
other_lines_are_refused(void **state)
{
	static const char *const lines[] = { "", "x", "[]", "{}", "{\"id\":\"x\"}",
	    "{\"id\":\"0123456789abcdef0123456789abcdef\"}",
	    "{\"id\":\"0123456789abcdef0123456789abcdef\","
	    "\"rule\":{\"level\":\"loud\"},\"kind\":\"json\"}",
	    "{\"id\":\"0123456789abcdef0123456789abcdef\","
	    "\"rule\":{\"level\":\"low\"},\"kind\":\"other\"}",
	    "{\"id\":\"0123456789ABCDEF0123456789abcdef\","
	    "\"rule\":{\"level\":\"low\"},\"kind\":\"json\"}" };
	struct arena *arena = arena_new();
	struct alert a;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof lines / sizeof lines[0]; i++)
		assert_int_equal(alert_parse(lines[i], strlen(lines[i]), arena,
		    &a, &e), -1);
	arena_free(arena);
}

static void
levels_have_names(void **state)
{
	enum level level;

	(void)state;
	assert_int_equal(level_parse("critical", &level), 0);
	assert_int_equal(level, LEVEL_CRITICAL);
	assert_int_equal(level_parse("High", &level), -1);
	assert_null(level_names[LEVEL_COUNT]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_cause_has_the_same_id),
		cmocka_unit_test(line_has_all_that_an_output_needs),
		cmocka_unit_test(line_reads_back_as_the_same_alert),
		cmocka_unit_test(line_is_valid_json_whatever_the_event_holds),
		cmocka_unit_test(unknown_time_is_null),
		cmocka_unit_test(other_lines_are_refused),
		cmocka_unit_test(levels_have_names),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
