/*
 * RFC 5424: header, one element of structured data, and the alert in one line (or its
 * JSON); and the older RFC 3164, which has no place for structure. A message is
 * exactly one line whatever the log held, and never longer than the receiver takes.
 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/text.h"
#include "output/output.h"

#define SD_ID "bucketwatch@32473"	/* 32473: the number for documentation and such */
#define MSGID "alert"
#define MSG_LEAST 120		/* bytes of MSG that parameters must leave free */
#define VALUE_SHOWN 512		/* bytes of one parameter */

/* Syslog's severities: critical 2, error 3, warning 4, notice 5, informational 6. */
static const int severities[LEVEL_COUNT] = { 6, 5, 4, 3, 2 };

/*
 * Appends name="value": value printable, then with the three escapes that the RFC
 * has. Left out when it would leave less than MSG_LEAST for the text.
 */
static void
put_param(struct buf *out, size_t max, const char *name, const char *value)
{
	struct buf one = BUF_INIT(4 * VALUE_SHOWN);
	char safe[VALUE_SHOWN];
	const char *p;

	if (value == NULL || *value == '\0')
		return;
	buf_addf(&one, " %s=\"", name);
	for (p = text_printable(safe, sizeof safe, value, strlen(value)); *p; p++) {
		if (*p == '"' || *p == '\\' || *p == ']')
			buf_addc(&one, '\\');
		buf_addc(&one, *p);
	}
	buf_addc(&one, '"');
	if (out->len + one.len + MSG_LEAST <= max)
		buf_add(out, one.data, one.len);
	buf_clear(&one);
}

/* The most important ones first: these stay when room is short. */
static void
put_structured(const struct alert *a, size_t max, struct buf *out)
{
	char record[24] = "";

	if (a->record)
		snprintf(record, sizeof record, "%llu",
		    (unsigned long long)a->record);
	buf_adds(out, "[" SD_ID);
	put_param(out, max, "id", a->id);
	put_param(out, max, "rule", a->rule.id);
	put_param(out, max, "level", level_names[a->rule.level]);
	put_param(out, max, "action", a->common[COMMON_ACTION]);
	put_param(out, max, "actor", a->common[COMMON_ACTOR]);
	put_param(out, max, "bucket", a->common[COMMON_BUCKET]);
	put_param(out, max, "source_ip", a->common[COMMON_SOURCE_IP]);
	put_param(out, max, "account", a->common[COMMON_ACCOUNT]);
	put_param(out, max, "region", a->common[COMMON_REGION]);
	put_param(out, max, "title", a->rule.title);
	put_param(out, max, "key", a->common[COMMON_KEY]);
	put_param(out, max, "record", record);
	put_param(out, max, "object", a->object);
	buf_addc(out, ']');
}

/*
 * JSON as MSG: what a terminal could mistake for commands stands in strings only, so
 * it can be written as \uNNNN without changing what the JSON says.
 */
static void
put_json(struct buf *out, const char *s)
{
	const char *end = s + strlen(s);
	uint32_t cp;
	size_t n;

	for (; s < end; s += n) {
		n = utf8_decode(s, end, &cp);
		if (n == 0) {		/* never so in alert_json()'s */
			buf_adds(out, "\\ufffd");
			n = 1;
		} else if (cp < 0x20) {
			buf_addc(out, ' ');
		} else if ((cp >= 0x7f && cp <= 0x9f) ||
		    (cp >= 0x2028 && cp <= 0x202e) ||
		    (cp >= 0x2066 && cp <= 0x2069)) {
			buf_addf(out, "\\u%04x", (unsigned)cp);
		} else {
			buf_add(out, s, n);
		}
	}
}

/* Cuts the buffer to max bytes between two characters. */
static void
cut(struct buf *b, size_t max)
{
	if (b->len <= max)
		return;
	while (max > 0 && ((unsigned char)b->data[max] & 0xc0) == 0x80)
		max--;
	b->len = max;
	b->data[max] = '\0';
}

/*
 * Appends MSG behind the header that is in one, and the whole to out. tail (may be "")
 * stands behind the line.
 */
static void
put_message(const struct alert *a, size_t max, const char *body,
    const char *tail, struct buf *one, struct buf *out)
{
	struct buf msg = BUF_INIT(max + 1);

	if (body)
		put_json(&msg, body);
	if (body == NULL || one->len + msg.len > max) {
		buf_reset(&msg);
		render_line(a, &msg);
		if (one->len + strlen(tail) < max)
			cut(&msg, max - one->len - strlen(tail));
		buf_adds(&msg, tail);
	}
	buf_add(one, buf_text(&msg), msg.len);
	cut(one, max);
	buf_add(out, one->data, one->len);
	buf_clear(&msg);
}

static int64_t
time_of(const struct alert *a)
{
	return a->event_time != RECORD_TIME_NONE ? a->event_time : a->alert_time;
}

static int
priority(const struct alert *a, const struct syslog_sender *from)
{
	return from->facility * 8 + severities[a->rule.level];
}

void
render_syslog(const struct alert *a, const struct syslog_sender *from,
    const char *body, struct buf *out)
{
	struct buf one = BUF_INIT(from->max + 4096);
	char when[32] = "-";

	assert(from->max >= SYSLOG_MESSAGE_MIN);
	if (time_of(a) != RECORD_TIME_NONE)
		text_time_format(time_of(a), when);
	buf_addf(&one, "<%d>1 %s %.255s %.48s %ld " MSGID " ", priority(a, from),
	    when, from->host ? from->host : "-", from->app ? from->app : "-",
	    from->pid);
	put_structured(a, from->max, &one);
	buf_addc(&one, ' ');
	put_message(a, from->max, body, "", &one, out);
	buf_clear(&one);
}

void
render_syslog_old(const struct alert *a, const struct syslog_sender *from,
    const char *body, struct buf *out)
{
	static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	struct buf one = BUF_INIT(from->max + 4096);
	char tail[64];
	time_t seconds = 0;
	struct tm tm;

	assert(from->max >= SYSLOG_MESSAGE_MIN);
	if (time_of(a) != RECORD_TIME_NONE)
		seconds = (time_t)(time_of(a) / NS_PER_SEC);
	localtime_r(&seconds, &tm);
	buf_addf(&one, "<%d>%s %2d %02d:%02d:%02d ", priority(a, from),
	    months[tm.tm_mon], tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	if (from->host)
		buf_addf(&one, "%.255s ", from->host);
	buf_addf(&one, "%.32s[%ld]: ", from->app ? from->app : "bucketwatch",
	    from->pid);
	snprintf(tail, sizeof tail, " (alert %.32s)", a->id);
	put_message(a, from->max, body, tail, &one, out);
	buf_clear(&one);
}
