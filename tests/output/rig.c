/*
 * See rig.h.
 */
#include <dirent.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "base/mem.h"
#include "output/rig.h"

static void
on_patience(void *arg)
{
	(void)arg;
	fprintf(stderr, "the test waited too long\n");
	abort();
}

void
rig_open(struct rig *r)
{
	memset(r, 0, sizeof *r);
	signal(SIGPIPE, SIG_IGN);
	unsetenv("http_proxy");
	unsetenv("https_proxy");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	strcpy(r->dir, "/tmp/bucketwatch-test-XXXXXX");
	if (mkdtemp(r->dir) == NULL)
		abort();
	r->mistakes = (struct buf)BUF_INIT(1 << 20);
	r->loop = loop_new();
	r->http = http_new(r->loop);
	r->patience = loop_timer_new(r->loop, on_patience, NULL);
	loop_timer_arm(r->patience, 30 * 1000000000LL);
}

void
rig_close(struct rig *r)
{
	char path[512];
	struct dirent *entry;
	DIR *d = opendir(r->dir);

	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", r->dir, entry->d_name);
		unlink(path);
	}
	if (d)
		closedir(d);
	rmdir(r->dir);
	yaml_free(r->yaml);
	errs_clear(&r->errs);
	buf_clear(&r->mistakes);
	http_free(r->http);
	loop_timer_free(r->patience);
	loop_free(r->loop);
}

static struct output *
make(struct rig *r, const char *fmt, va_list ap)
{
	struct output_host host = { r->loop, r->http };
	char text[8192], line[ERR_TEXT_MAX];
	struct output *o = NULL;
	size_t i;

	vsnprintf(text, sizeof text, fmt, ap);
	yaml_free(r->yaml);
	errs_clear(&r->errs);
	buf_reset(&r->mistakes);
	r->yaml = yaml_read("test.yaml", text, strlen(text), &r->errs);
	if (r->yaml && r->yaml->n == 1)
		o = output_new(r->yaml, r->yaml->docs[0], &host, &r->errs);
	for (i = 0; i < r->errs.n; i++)
		buf_addf(&r->mistakes, "%s\n",
		    err_text(&r->errs.list[i], line, sizeof line));
	return o;
}

struct output *
rig_output(struct rig *r, const char *fmt, ...)
{
	struct output *o;
	va_list ap;

	va_start(ap, fmt);
	o = make(r, fmt, ap);
	va_end(ap);
	return o;
}

struct output *
rig_start(struct rig *r, int64_t mark, const char *fmt, ...)
{
	struct output *o;
	struct err e;
	va_list ap;

	va_start(ap, fmt);
	o = make(r, fmt, ap);
	va_end(ap);
	if (o == NULL) {
		fprintf(stderr, "%s", buf_text(&r->mistakes));
		abort();
	}
	if (output_start(o, mark, &e) == -1) {
		fprintf(stderr, "%s\n", e.msg);
		abort();
	}
	return o;
}

void
rig_turn(struct rig *r)
{
	event_base_loop(loop_base(r->loop), EVLOOP_ONCE);
}

void
rig_done(void *arg, enum fate fate, int64_t retry_after, const char *why)
{
	struct rig *r = arg;

	r->calls++;
	r->fate = fate;
	r->retry_after = retry_after;
	snprintf(r->why, sizeof r->why, "%s", why);
	loop_stop(r->loop);
}

enum fate
rig_send(struct rig *r, struct output *o, const char *const *json, size_t n)
{
	struct output_message m[OUTPUT_MANY_MAX];
	char ids[OUTPUT_MANY_MAX][32];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(ids[i], sizeof ids[i], "delivery-%zu", i);
		m[i] = (struct output_message){ ids[i], json[i], strlen(json[i]),
		    1768464750LL * 1000000000LL };
	}
	r->calls = 0;
	output_send(o, m, n, rig_done, r);
	if (r->calls)
		abort();	/* called back from inside */
	loop_run(r->loop);
	if (r->calls != 1)
		abort();
	return r->fate;
}

enum fate
rig_send_one(struct rig *r, struct output *o, const char *json)
{
	return rig_send(r, o, &json, 1);
}

struct alert
rig_alert(void)
{
	static const char *const tags[] = { "attack.defense_evasion", NULL };
	struct alert a = {
		.id = "0123456789abcdef0123456789abcdef",
		.rule = { .id = "5f8b1d3e-0f4c-4f7e-9c1a-1f0c8b7f3a11",
		    .title = "Trail logging was stopped", .author = "the tests",
		    .level = LEVEL_HIGH, .tags = tags },
		.kind = KIND_CLOUDTRAIL,
		.event_time = 1768464750LL * 1000000000LL,
		.alert_time = 1768464760LL * 1000000000LL,
		.source = "trail",
		.object = "/var/log/cloudtrail/a.json.gz",
		.record = 12,
		.matched = "[{\"selection\":\"selection\",\"field\":\"eventName\","
		    "\"value\":\"StopLogging\"},{\"selection\":\"selection\","
		    "\"field\":\"eventSource\","
		    "\"value\":\"cloudtrail.amazonaws.com\"}]",
		.event = "{\"eventName\":\"StopLogging\"}",
	};

	a.common[COMMON_ACTOR] = "arn:aws:iam::111122223333:user/alice";
	a.common[COMMON_ACTION] = "StopLogging";
	a.common[COMMON_BUCKET] = "my-logs";
	a.common[COMMON_KEY] = "a/b.txt";
	a.common[COMMON_SOURCE_IP] = "192.0.2.7";
	a.common[COMMON_USER_AGENT] = "aws-cli/2.15.0";
	a.common[COMMON_OUTCOME] = "success";
	a.common[COMMON_ACCOUNT] = "111122223333";
	a.common[COMMON_REGION] = "eu-central-1";
	return a;
}

char *
rig_json(const struct alert *a)
{
	struct buf b = BUF_INIT(64 << 20);

	alert_json(a, &b);
	return buf_take(&b);
}

char *
rig_read(const char *path, size_t *len)
{
	struct buf b = BUF_INIT(256 << 20);
	char piece[65536];
	size_t n;
	FILE *f = fopen(path, "r");

	while (f && (n = fread(piece, 1, sizeof piece, f)) > 0)
		buf_add(&b, piece, n);
	if (f)
		fclose(f);
	if (len)
		*len = b.len;
	return buf_take(&b);
}
