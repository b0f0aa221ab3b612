/*
 * Alerts for people: what it looks like, and that no text of a log can look like more
 * than it is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "output/rig.h"

static char *
text_of(const struct alert *a, int color)
{
	struct buf out = BUF_INIT(1 << 20);

	render_text(a, color, &out);
	return buf_take(&out);
}

static char *
line_of(const struct alert *a)
{
	struct buf out = BUF_INIT(1 << 20);

	render_line(a, &out);
	return buf_take(&out);
}

static void
an_alert_reads_well(void **state)
{
	struct alert a = rig_alert();
	char *got = text_of(&a, 0);

	(void)state;
	assert_string_equal(got,
	    "2026-01-15 08:12:30Z  HIGH      Trail logging was stopped\n"
	    "    who      alice  arn:aws:iam::111122223333:user/alice\n"
	    "    did      StopLogging in eu-central-1, account 111122223333\n"
	    "    to       my-logs a/b.txt\n"
	    "    from     192.0.2.7  \"aws-cli/2.15.0\"\n"
	    "    because  eventName = \"StopLogging\", "
	    "eventSource = \"cloudtrail.amazonaws.com\"\n"
	    "    log      /var/log/cloudtrail/a.json.gz  record 12\n"
	    "    alert    0123456789abcdef0123456789abcdef  rule "
	    "5f8b1d3e-0f4c-4f7e-9c1a-1f0c8b7f3a11\n");
	free(got);
	got = line_of(&a);
	assert_string_equal(got, "HIGH Trail logging was stopped: "
	    "arn:aws:iam::111122223333:user/alice did StopLogging to my-logs a/b.txt "
	    "from 192.0.2.7 in eu-central-1, account 111122223333");
	free(got);
}

static void
what_a_record_lacks_is_left_out_or_said(void **state)
{
	struct alert a = { .id = "00000000000000000000000000000001",
	    .rule = { .id = "r1", .level = LEVEL_INFORMATIONAL },
	    .event_time = RECORD_TIME_NONE,
	    .alert_time = 1768464750500LL * 1000000LL };
	char *got = text_of(&a, 0);

	(void)state;
	assert_string_equal(got,
	    "2026-01-15 08:12:30.500Z  INFO      r1\n"
	    "    time     is the alert's own: the record has none\n"
	    "    who      (the record does not say)\n"
	    "    did      (the record does not say)\n"
	    "    log      (unknown)\n"
	    "    alert    00000000000000000000000000000001  rule r1\n");
	free(got);
	got = line_of(&a);
	assert_string_equal(got, "INFO r1: somebody did something");
	free(got);
	a.alert_time = RECORD_TIME_NONE;
	a.rule.id = NULL;
	got = text_of(&a, 0);
	assert_memory_equal(got, "(no time)  INFO      (a rule without title)\n", 43);
	free(got);
}

static void
bytes_failures_and_roles_are_told(void **state)
{
	struct alert a = rig_alert();
	char *got;

	(void)state;
	a.common[COMMON_ACTOR] = "arn:aws:iam::111122223333:role/service/app";
	a.common[COMMON_OUTCOME] = "failure";
	a.common[COMMON_BYTES_OUT] = "1800000000";
	a.common[COMMON_BYTES_IN] = "0";
	a.common[COMMON_REGION] = NULL;
	got = text_of(&a, 0);
	assert_non_null(strstr(got, "    who      app  arn:aws:iam::111122223333:"
	    "role/service/app\n"));
	assert_non_null(strstr(got, "    did      StopLogging in account "
	    "111122223333, 1.8 GB out, failure\n"));
	free(got);
}

static void
color_adds_nothing_but_color(void **state)
{
	struct alert a = rig_alert();
	char *plain, *color, *p, *q;
	int level, escapes;

	(void)state;
	for (level = 0; level < LEVEL_COUNT; level++) {
		a.rule.level = (enum level)level;
		plain = text_of(&a, 0);
		color = text_of(&a, 1);
		assert_null(strchr(plain, '\033'));
		for (p = q = color, escapes = 0; *p; p++) {
			if (*p == '\033') {
				p = strchr(p, 'm');
				escapes++;
				continue;
			}
			*q++ = *p;
		}
		*q = '\0';
		assert_string_equal(color, plain);
		assert_true(escapes >= 4 && escapes % 2 == 0);
		free(plain);
		free(color);
	}
}

/* Text that attackers choose, and what must not come of it. */
static const struct { const char *text; size_t len; } hostile[] = {
#define H(s) { s, sizeof s - 1 }
	H("x\n    alert    forged"),
	H("x\r\n2026-01-15 08:12:30Z  CRITICAL  forged"),
	H("\033[2J\033[1;31mforged"),
	H("\xc2\x9b" "2J"),			/* C1: CSI */
	H("a\xe2\x80\xae" "txt.exe"),		/* right-to-left override */
	H("a\xe2\x81\xa6" "b\xe2\x81\xa9"),
	H("a\xe2\x80\xa8" "b\xe2\x80\xa9" "c"),	/* line, paragraph separator */
	H("\xff\xfe\x80 not utf-8 \xc0\xaf \xed\xa0\x80"),
	H("\" from 192.0.2.99 \"x"),
	H("\\\" from 192.0.2.99 \\\"x"),
	H("a, account 999999999999"),
	H("  alert    forged  rule x"),
	H("\", eventName = \"forged"),
	H("%s%n%d"),
	H("\177\b\b\b\b"),
	H("trailing blank "),
	H("\t"),
#undef H
};

static void
check_lines(const char *got, const char *input)
{
	static const char *const labels[] = { "who", "did", "to", "from", "because",
	    "log", "alert", NULL };
	const char *line = got, *end;
	size_t i, n = 0;
	uint32_t cp;
	size_t len;

	for (; *line; line = end + 1, n++) {
		end = strchr(line, '\n');
		if (end == NULL)
			fail_msg("no newline at the end: %s", input);
		if (end > line && end[-1] == ' ')
			fail_msg("trailing blank: %s", got);
		for (i = 0; n && labels[i]; i++)
			if (strncmp(line + 4, labels[i], strlen(labels[i])) == 0)
				break;
		if (n && strncmp(line, "         ", 9) != 0 && labels[i] == NULL)
			fail_msg("a line of no label: %s", got);
	}
	assert_true(n <= 8 + 12);
	for (line = got, end = got + strlen(got); line < end; line += len) {
		len = utf8_decode(line, end, &cp);
		if (len == 0 || (cp < 0x20 && cp != '\n') ||
		    (cp >= 0x7f && cp <= 0x9f) || (cp >= 0x2028 && cp <= 0x202e) ||
		    (cp >= 0x2066 && cp <= 0x2069))
			fail_msg("U+%04X gets through: %s", (unsigned)cp, got);
	}
}

/* Every quote is opened and closed on its line; text outside quotes is ours. */
static void
check_quotes(const char *got, const char *word)
{
	int open = 0;
	size_t n = strlen(word);

	for (; *got; got++) {
		if (open && *got == '\\' && got[1]) {
			got++;
			continue;
		}
		if (*got == '"')
			open = !open;
		if (*got == '\n' && open)
			fail_msg("a quote is not closed");
		if (!open && strncmp(got, word, n) == 0)
			fail_msg("'%s' stands outside quotes", word);
	}
}

static void
no_text_of_a_log_can_pose_as_ours(void **state)
{
	static const enum common where[] = { COMMON_ACTOR, COMMON_ACTION,
	    COMMON_BUCKET, COMMON_KEY, COMMON_SOURCE_IP, COMMON_USER_AGENT,
	    COMMON_OUTCOME, COMMON_ACCOUNT, COMMON_REGION, COMMON_BYTES_OUT };
	size_t i, k;
	char *got;

	(void)state;
	for (i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		for (k = 0; k < sizeof where / sizeof where[0]; k++) {
			struct alert a = rig_alert();

			a.common[where[k]] = hostile[i].text;
			got = text_of(&a, 0);
			check_lines(got, hostile[i].text);
			check_quotes(got, "forged");
			check_quotes(got, "999999999999");
			check_quotes(got, "192.0.2.99");
			free(got);
			got = line_of(&a);
			assert_null(strchr(got, '\n'));
			check_quotes(got, "forged");
			check_quotes(got, "192.0.2.99");
			free(got);
		}
	}
}

static void
no_object_rule_or_match_can_pose_as_ours(void **state)
{
	struct buf json = BUF_INIT(1 << 20);
	size_t i;
	char *got;

	(void)state;
	for (i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		struct alert a = rig_alert();

		buf_reset(&json);
		buf_adds(&json, "[{\"selection\":\"s\",\"field\":");
		buf_json(&json, hostile[i].text, hostile[i].len);
		buf_adds(&json, ",\"value\":");
		buf_json(&json, hostile[i].text, hostile[i].len);
		buf_adds(&json, "}]");
		a.object = hostile[i].text;
		a.rule.id = hostile[i].text;
		a.matched = json.data;
		got = text_of(&a, 0);
		check_lines(got, hostile[i].text);
		check_quotes(got, "forged");
		free(got);
		a.rule.title = hostile[i].text;	/* plain, but still one line */
		got = text_of(&a, 0);
		assert_non_null(got);
		assert_null(strstr(got, "\033"));
		free(got);
	}
	buf_clear(&json);
}

static void
long_values_are_cut(void **state)
{
	struct alert a = rig_alert();
	char *long_text = xmalloc(65537), *got;

	(void)state;
	memset(long_text, 'A', 65536);
	long_text[65536] = '\0';
	a.common[COMMON_USER_AGENT] = long_text;
	a.common[COMMON_KEY] = long_text;
	a.common[COMMON_ACTOR] = long_text;
	a.object = long_text;
	got = text_of(&a, 0);
	assert_true(strlen(got) < 2500);
	assert_non_null(strstr(got, "AAA...\""));
	check_lines(got, "64 KiB");
	free(got);
	got = line_of(&a);
	assert_true(strlen(got) < 1500);
	free(got);
	/* quotes at every place where it may be cut */
	memset(long_text, '"', 65536);
	got = text_of(&a, 0);
	check_quotes(got, "never");
	free(got);
	memset(long_text, '\\', 65536);
	got = text_of(&a, 0);
	check_quotes(got, "never");
	free(got);
	free(long_text);
}

static void
matches_are_shown_as_they_are(void **state)
{
	static const struct { const char *json, *shown; } cases[] = {
		{ "[{\"selection\":\"s\",\"field\":\"errorCode\",\"value\":null}]",
		    "    because  errorCode is null\n" },
		{ "[{\"selection\":\"s\",\"field\":null,\"value\":\"StopLogging\"}]",
		    "    because  keyword \"StopLogging\"\n" },
		{ "[{\"selection\":\"s\",\"field\":\"n\",\"value\":7},"
		    " {\"selection\":\"s\",\"field\":\"b\",\"value\":true}]",
		    "    because  n = \"7\", b = \"true\"\n" },
		{ "[{\"selection\":\"s\",\"field\":\"k\",\"value\":\"x\"},"
		    " {\"selection\":\"s\",\"field\":\"k\",\"value\":\"x\"},"
		    " {\"selection\":\"s\",\"field\":\"k\",\"value\":\"y\"}]",
		    "    because  k = \"x\", k = \"y\"\n" },
		{ "[{\"selection\":\"s\",\"field\":\"o\",\"value\":{\"a\":[1]}}]",
		    "    because  o = \"{\\\"a\\\":[1]}\"\n" },
		{ "[{\"selection\":\"s\",\"field\":\"x\",\"value\":\"a\\u0000b\"}]",
		    "    because  x = \"a\\x00b\"\n" },
		{ "[]", NULL }, { "", NULL }, { "null", NULL }, { "[{", NULL },
		{ "{\"field\":\"x\"}", NULL }, { "[1,2]", NULL },
	};
	struct alert a = rig_alert();
	char *got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		a.matched = cases[i].json;
		got = text_of(&a, 0);
		if (cases[i].shown == NULL)
			assert_null(strstr(got, "because"));
		else if (strstr(got, cases[i].shown) == NULL)
			fail_msg("%s\n%s", cases[i].json, got);
		free(got);
	}
}

static void
many_matches_are_wrapped_and_counted(void **state)
{
	struct buf json = BUF_INIT(1 << 20);
	struct alert a = rig_alert();
	char *got, *line, *end;
	int i;

	(void)state;
	buf_addc(&json, '[');
	for (i = 0; i < 40; i++)
		buf_addf(&json, "%s{\"selection\":\"s\",\"field\":\"field%d\","
		    "\"value\":\"value number %d\"}", i ? "," : "", i, i);
	buf_addc(&json, ']');
	a.matched = json.data;
	got = text_of(&a, 0);
	assert_non_null(strstr(got, "    because  field0 = \"value number 0\", field1"));
	assert_non_null(strstr(got, "\n             and 28 more\n"));
	check_lines(got, "many");
	for (line = got; *line; line = end + 1) {
		end = strchr(line, '\n');
		assert_true(end - line <= 13 + 100);
	}
	free(got);
	buf_clear(&json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_alert_reads_well),
		cmocka_unit_test(what_a_record_lacks_is_left_out_or_said),
		cmocka_unit_test(bytes_failures_and_roles_are_told),
		cmocka_unit_test(color_adds_nothing_but_color),
		cmocka_unit_test(no_text_of_a_log_can_pose_as_ours),
		cmocka_unit_test(no_object_rule_or_match_can_pose_as_ours),
		cmocka_unit_test(long_values_are_cut),
		cmocka_unit_test(matches_are_shown_as_they_are),
		cmocka_unit_test(many_matches_are_wrapped_and_counted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
