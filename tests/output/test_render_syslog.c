/*
 * RFC 5424: exactly as the RFC says, held against a reader of its grammar that is
 * written here from the RFC, whatever the log held and however little room there is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "output/rig.h"

static const struct syslog_sender sender = { .facility = 16, .host = "host1",
    .app = "bucketwatch", .pid = 812, .max = 8192 };

static char *
render(const struct alert *a, const struct syslog_sender *from, const char *body,
    size_t *len)
{
	struct buf out = BUF_INIT(1 << 22);

	render_syslog(a, from, body, &out);
	if (len)
		*len = out.len;
	return buf_take(&out);
}

static void
a_message_is_as_the_rfc_says(void **state)
{
	struct alert a = rig_alert();
	char *got = render(&a, &sender, NULL, NULL);

	(void)state;
	assert_string_equal(got,
	    "<131>1 2026-01-15T08:12:30Z host1 bucketwatch 812 alert "
	    "[bucketwatch@32473 id=\"0123456789abcdef0123456789abcdef\" "
	    "rule=\"5f8b1d3e-0f4c-4f7e-9c1a-1f0c8b7f3a11\" level=\"high\" "
	    "action=\"StopLogging\" actor=\"arn:aws:iam::111122223333:user/alice\" "
	    "bucket=\"my-logs\" source_ip=\"192.0.2.7\" account=\"111122223333\" "
	    "region=\"eu-central-1\" title=\"Trail logging was stopped\" "
	    "key=\"a/b.txt\" record=\"12\" "
	    "object=\"/var/log/cloudtrail/a.json.gz\"] "
	    "HIGH Trail logging was stopped: arn:aws:iam::111122223333:user/alice "
	    "did StopLogging to my-logs a/b.txt from 192.0.2.7 in eu-central-1, "
	    "account 111122223333");
	free(got);
}

static void
severity_follows_the_level(void **state)
{
	static const struct { enum level level; int facility; const char *pri; }
	cases[] = {
		{ LEVEL_CRITICAL, 13, "<106>1 " }, { LEVEL_HIGH, 13, "<107>1 " },
		{ LEVEL_MEDIUM, 13, "<108>1 " }, { LEVEL_LOW, 13, "<109>1 " },
		{ LEVEL_INFORMATIONAL, 13, "<110>1 " },
		{ LEVEL_CRITICAL, 0, "<2>1 " }, { LEVEL_INFORMATIONAL, 23, "<190>1 " },
	};
	struct syslog_sender from = sender;
	struct alert a = rig_alert();
	char *got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		a.rule.level = cases[i].level;
		from.facility = cases[i].facility;
		got = render(&a, &from, NULL, NULL);
		assert_memory_equal(got, cases[i].pri, strlen(cases[i].pri));
		free(got);
	}
}

static void
what_is_not_known_is_nil(void **state)
{
	struct syslog_sender from = { .facility = 16, .pid = 1, .max = 480 };
	struct alert a = { .id = "1", .rule = { .id = "r" },
	    .event_time = RECORD_TIME_NONE, .alert_time = RECORD_TIME_NONE };
	char *got = render(&a, &from, NULL, NULL);

	(void)state;
	assert_string_equal(got, "<134>1 - - - 1 alert [bucketwatch@32473 id=\"1\" "
	    "rule=\"r\" level=\"informational\"] INFO r: somebody did something");
	free(got);
	a.alert_time = 1768464750123LL * 1000000LL;
	got = render(&a, &from, NULL, NULL);
	assert_memory_equal(got, "<134>1 2026-01-15T08:12:30.123Z - ", 33);
	free(got);
}

/* -- a reader of the grammar -------------------------------------------------------- */

struct read {
	int		 params;
	char		 names[16][33];
	char		*values[16];
	const char	*msg;
};

static const char *
take_word(const char *p, size_t max)
{
	const char *start = p;

	while (*p >= 33 && *p <= 126)
		p++;
	if (p == start || (size_t)(p - start) > max || *p != ' ')
		return NULL;
	return p + 1;
}

/* NULL, or what is wrong. */
static const char *
read_message(const char *p, struct read *out)
{
	struct buf value = BUF_INIT(1 << 20);
	const char *q;
	size_t n;
	uint32_t cp;

	memset(out, 0, sizeof *out);
	if (*p++ != '<')
		return "PRI";
	n = strspn(p, "0123456789");
	if (n < 1 || n > 3 || atoi(p) > 191 || (n > 1 && *p == '0') || p[n] != '>')
		return "PRI";
	p += n + 1;
	if (strncmp(p, "1 ", 2) != 0)
		return "VERSION";
	if ((p = take_word(p + 2, 32)) == NULL)
		return "TIMESTAMP";
	if ((p = take_word(p, 255)) == NULL)
		return "HOSTNAME";
	if ((p = take_word(p, 48)) == NULL)
		return "APP-NAME";
	if ((p = take_word(p, 128)) == NULL)
		return "PROCID";
	if ((p = take_word(p, 32)) == NULL)
		return "MSGID";
	if (strncmp(p, "[bucketwatch@32473", 18) != 0)
		return "SD-ID";
	for (p += 18; *p == ' ';) {
		q = ++p;
		while (*p > 32 && *p < 127 && !strchr("=]\"", *p))
			p++;
		if (p == q || p - q > 32 || p[0] != '=' || p[1] != '"' ||
		    out->params == 16)
			return "PARAM-NAME";
		memcpy(out->names[out->params], q, (size_t)(p - q));
		for (p += 2; *p != '"'; p++) {
			if (*p == '\0' || *p == ']')
				return "PARAM-VALUE";
			if (*p == '\\') {
				p++;
				if (*p != '"' && *p != '\\' && *p != ']')
					return "escape";
			}
			buf_addc(&value, *p);
		}
		p++;
		out->values[out->params++] = buf_take(&value);
	}
	if (*p++ != ']' || *p++ != ' ')
		return "SD end";
	out->msg = p;
	for (; *p; p += n) {
		n = utf8_decode(p, p + strlen(p), &cp);
		if (n == 0)
			return "UTF-8";
		if (cp < 0x20 || (cp >= 0x7f && cp <= 0x9f))
			return "control character";
	}
	return NULL;
}

static const char *
value_of(const struct read *r, const char *name)
{
	int i;

	for (i = 0; i < r->params; i++)
		if (strcmp(r->names[i], name) == 0)
			return r->values[i];
	return NULL;
}

static void
read_free(struct read *r)
{
	while (r->params)
		free(r->values[--r->params]);
}

static const char *const hostile[] = {
	"x\n<0>1 - - - - - forged",
	"a\"b]c\\d",
	"\"] forged",
	"\" level=\"critical",
	"\\\" level=\"critical",
	"\\",
	"\r\n\t\x01\x1b[2J\x7f",
	"\xc2\x9b;2J \xe2\x80\xae \xe2\x80\xa8",
	"\xff\xc0\xaf\xed\xa0\x80",
	"r\xc3\xa9sum\xc3\xa9 \xf0\x9f\x94\xa5",
	"%s%n",
};

static void
no_text_of_a_log_can_forge_a_field_or_a_line(void **state)
{
	static const enum common where[] = { COMMON_ACTOR, COMMON_ACTION,
	    COMMON_BUCKET, COMMON_KEY, COMMON_SOURCE_IP, COMMON_ACCOUNT,
	    COMMON_REGION };
	const char *wrong;
	struct read r;
	char *got, safe[256];
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		text_printable(safe, sizeof safe, hostile[i], strlen(hostile[i]));
		for (k = 0; k <= sizeof where / sizeof where[0]; k++) {
			struct alert a = rig_alert();

			if (k < sizeof where / sizeof where[0])
				a.common[where[k]] = hostile[i];
			else
				a.object = a.rule.title = a.rule.id = hostile[i];
			got = render(&a, &sender, NULL, NULL);
			wrong = read_message(got, &r);
			if (wrong)
				fail_msg("%s: %s", wrong, got);
			assert_int_equal(r.params, 13);
			assert_string_equal(value_of(&r, "level"), "high");
			if (k < sizeof where / sizeof where[0])
				assert_string_equal(value_of(&r,
				    where[k] == COMMON_SOURCE_IP ? "source_ip" :
				    common_names[where[k]]), safe);
			else
				assert_string_equal(value_of(&r, "object"), safe);
			read_free(&r);
			free(got);
		}
	}
}

static void
it_fits_whatever_the_size(void **state)
{
	struct syslog_sender from = sender;
	struct alert a = rig_alert();
	char *long_text = xmalloc(65537), *got, *json;
	const char *wrong;
	struct read r;
	size_t len, i;

	(void)state;
	for (i = 0; i + 2 < 65537; i += 2)
		memcpy(long_text + i, "\xc3\xa9", 2);
	long_text[65536] = '\0';
	a.common[COMMON_KEY] = a.common[COMMON_ACTOR] = long_text;
	a.common[COMMON_BUCKET] = a.object = a.rule.title = long_text;
	json = rig_json(&a);
	for (from.max = SYSLOG_MESSAGE_MIN; from.max < 5000; from.max += 7) {
		got = render(&a, &from, from.max % 2 ? json : NULL, &len);
		assert_true(len <= from.max);
		wrong = read_message(got, &r);
		if (wrong)
			fail_msg("%zu: %s: %s", from.max, wrong, got);
		assert_string_equal(value_of(&r, "id"), a.id);
		assert_string_equal(value_of(&r, "level"), "high");
		assert_true(strlen(r.msg) >= 100);
		read_free(&r);
		free(got);
	}
	free(json);
	free(long_text);
}

static void
json_is_whole_or_gives_way(void **state)
{
	struct syslog_sender from = sender;
	struct alert a = rig_alert();
	struct read r;
	cJSON *read_back;
	char *json, *got;

	(void)state;
	a.common[COMMON_KEY] = "a\xe2\x80\xae" "b\xc2\x9b\x7f\n\"";
	json = rig_json(&a);
	got = render(&a, &from, json, NULL);
	assert_null(read_message(got, &r));
	read_back = cJSON_Parse(r.msg);
	assert_non_null(read_back);
	assert_string_equal(cJSON_GetObjectItem(read_back, "key")->valuestring,
	    a.common[COMMON_KEY]);
	cJSON_Delete(read_back);
	assert_null(strstr(got, "\xe2\x80\xae"));
	read_free(&r);
	free(got);

	from.max = 900;
	got = render(&a, &from, json, NULL);
	assert_null(read_message(got, &r));
	assert_memory_equal(r.msg, "HIGH Trail", 10);
	read_free(&r);
	free(got);
	free(json);
}

static void
the_old_form_is_one_line_with_the_alerts_id(void **state)
{
	struct syslog_sender from = sender;
	struct alert a = rig_alert();
	struct buf out = BUF_INIT(1 << 20);
	const char *p;
	size_t i;

	(void)state;
	setenv("TZ", "UTC", 1);
	from.host = NULL;
	a.event_time = 1767600750LL * 1000000000LL;	/* the 5th: one digit */
	render_syslog_old(&a, &from, NULL, &out);
	assert_string_equal(out.data, "<131>Jan  5 08:12:30 bucketwatch[812]: HIGH "
	    "Trail logging was stopped: arn:aws:iam::111122223333:user/alice did "
	    "StopLogging to my-logs a/b.txt from 192.0.2.7 in eu-central-1, account "
	    "111122223333 (alert 0123456789abcdef0123456789abcdef)");
	buf_reset(&out);
	from.host = "host1";
	render_syslog_old(&a, &from, NULL, &out);
	assert_memory_equal(out.data, "<131>Jan  5 08:12:30 host1 bucketwatch[812]: ",
	    44);
	for (i = 0; i < sizeof hostile / sizeof hostile[0]; i++) {
		a.common[COMMON_KEY] = a.common[COMMON_ACTOR] = hostile[i];
		for (from.max = 480; from.max < 600; from.max++) {
			buf_reset(&out);
			render_syslog_old(&a, &from, NULL, &out);
			assert_true(out.len <= from.max);
			for (p = out.data; *p; p++)
				assert_true((unsigned char)*p >= 0x20);
			assert_non_null(strstr(out.data, " (alert 0123456789abcdef"
			    "0123456789abcdef)"));
		}
	}
	buf_clear(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_as_the_rfc_says),
		cmocka_unit_test(severity_follows_the_level),
		cmocka_unit_test(what_is_not_known_is_nil),
		cmocka_unit_test(no_text_of_a_log_can_forge_a_field_or_a_line),
		cmocka_unit_test(it_fits_whatever_the_size),
		cmocka_unit_test(json_is_whole_or_gives_way),
		cmocka_unit_test(the_old_form_is_one_line_with_the_alerts_id),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
