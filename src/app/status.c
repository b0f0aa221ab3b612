/*
 * What the daemon tells of itself. See status.h.
 */
#ifdef HAVE_CONFIG_H
#include <config.h>	/* not app/config.h */
#endif
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/status.h"
#include "base/text.h"

static void
add_time(cJSON *o, const char *key, int64_t ns)
{
	char text[32];

	if (ns == RECORD_TIME_NONE || ns == 0)
		cJSON_AddNullToObject(o, key);
	else
		cJSON_AddStringToObject(o, key, text_time_format(ns, text));
}

static void
add_count(cJSON *o, const char *key, uint64_t n)
{
	cJSON_AddNumberToObject(o, key, (double)n);
}

static void
add_stats(cJSON *o, const struct pipeline_stats *s)
{
	add_count(o, "objects", s->objects);
	add_count(o, "objects_failed", s->objects_failed);
	add_count(o, "digests", s->digests);
	add_count(o, "records", s->records);
	add_count(o, "duplicates", s->duplicates);
	add_count(o, "errors", s->errors);
	add_count(o, "hits", s->hits);
	add_count(o, "alerts", s->alerts);
	add_count(o, "bytes_read", s->bytes_in);
	add_count(o, "bytes_decompressed", s->bytes_out);
	add_time(o, "last_event", s->last_event);
	add_time(o, "last_read", s->last_read);
	/* how far the newest event was behind when it was read */
	if (s->last_event == RECORD_TIME_NONE || s->last_read == 0)
		cJSON_AddNullToObject(o, "lag_seconds");
	else
		cJSON_AddNumberToObject(o, "lag_seconds", s->last_read >
		    s->last_event ? (double)((s->last_read - s->last_event) /
		    NS_PER_SEC) : 0);
}

static cJSON *
sources_json(const struct status_view *v)
{
	static const struct pipeline_stats none = { .last_event = RECORD_TIME_NONE };
	const struct pipeline_stats *stats;
	cJSON *list = cJSON_CreateArray(), *o;
	struct source_status s;
	size_t i;

	for (i = 0; i < v->nsources; i++) {
		source_status(v->sources[i], &s);
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "name", source_name(v->sources[i]));
		cJSON_AddStringToObject(o, "state", s.problem[0] ? "problem" :
		    s.scanning ? "scanning" : "watching");
		if (s.problem[0])
			cJSON_AddStringToObject(o, "problem", s.problem);
		add_count(o, "found", s.found);
		add_count(o, "offered", s.offered);
		add_count(o, "waiting", s.waiting);
		stats = pipeline_source_stats(v->pipeline, source_name(v->sources[i]));
		add_stats(o, stats ? stats : &none);
		cJSON_AddItemToArray(list, o);
	}
	return list;
}

static cJSON *
outputs_json(const struct status_view *v, struct err *e)
{
	cJSON *list = cJSON_CreateArray(), *o;
	uint64_t waiting, sent, refused;
	struct deliver_state s;
	size_t i;

	for (i = 0; i < v->noutputs; i++) {
		if (store_output_status(v->store, output_name(v->outputs[i]), &waiting,
		    &sent, &refused, e) == -1) {
			cJSON_Delete(list);
			return NULL;
		}
		deliver_state(v->deliver, i, &s);
		o = cJSON_CreateObject();
		cJSON_AddStringToObject(o, "name", output_name(v->outputs[i]));
		cJSON_AddStringToObject(o, "type", output_type(v->outputs[i]));
		cJSON_AddStringToObject(o, "address", output_address(v->outputs[i]));
		cJSON_AddStringToObject(o, "state", s.tries ? "retrying" :
		    s.sending ? "sending" : "idle");
		add_count(o, "waiting", waiting);
		add_count(o, "sent", sent);
		add_count(o, "refused", refused);
		if (s.problem[0])
			cJSON_AddStringToObject(o, "problem", s.problem);
		add_time(o, "next_try", s.next_try);
		cJSON_AddItemToArray(list, o);
	}
	return list;
}

static cJSON *
rules_json(const struct ruleset *rules)
{
	cJSON *o = cJSON_CreateObject();
	size_t i, n = ruleset_count(rules), active = 0, other = 0, counted = 0;

	for (i = 0; i < n; i++) {
		const struct rule_info *r = ruleset_info(rules, i);

		if (r->correlation)
			counted++;
		else if (r->kinds == 0)
			other++;
		else
			active++;
	}
	add_count(o, "active", active);
	add_count(o, "correlations_not_run", counted);
	add_count(o, "other_logsources", other);
	return o;
}

static cJSON *
errors_json(const struct pipeline *p)
{
	const struct pipeline_error *list;
	size_t i, n = pipeline_errors(p, &list);
	cJSON *a = cJSON_CreateArray(), *o;

	for (i = 0; i < n; i++) {
		o = cJSON_CreateObject();
		add_time(o, "time", list[i].at);
		cJSON_AddStringToObject(o, "object", list[i].object);
		if (list[i].record > 0)
			add_count(o, "record", list[i].record);
		cJSON_AddStringToObject(o, "message", list[i].msg);
		cJSON_AddItemToArray(a, o);
	}
	return a;
}

int
status_json(const struct status_view *v, struct buf *out, struct err *e)
{
	cJSON *root = cJSON_CreateObject(), *o, *list;
	struct store_status s;
	char *text;

	if (store_status(v->store, &s, e) == -1 ||
	    (list = outputs_json(v, e)) == NULL) {
		cJSON_Delete(root);
		return -1;
	}
	cJSON_AddStringToObject(root, "version", PACKAGE_VERSION);
	cJSON_AddNumberToObject(root, "pid", getpid());
	add_time(root, "started", v->started);
	add_time(root, "now", v->now);
	add_count(root, "threads", pipeline_threads(v->pipeline));
	add_count(root, "in_flight", pipeline_busy(v->pipeline));
	cJSON_AddItemToObject(root, "rules", rules_json(v->rules));
	o = cJSON_AddObjectToObject(root, "total");
	add_stats(o, pipeline_stats(v->pipeline));
	cJSON_AddItemToObject(root, "sources", sources_json(v));
	cJSON_AddItemToObject(root, "outputs", list);
	o = cJSON_AddObjectToObject(root, "state");
	cJSON_AddStringToObject(o, "path", v->config->state_path);
	add_count(o, "objects", s.objects);
	add_count(o, "objects_failed", s.failed_objects);
	add_count(o, "alerts", s.alerts);
	add_count(o, "deliveries_waiting", s.waiting);
	add_count(o, "deliveries_sent", s.sent);
	add_count(o, "deliveries_refused", s.refused);
	add_count(o, "ids", s.seen);
	add_count(o, "ids_max", s.seen_max);
	add_count(o, "ids_evicted", s.seen_evicted);
	cJSON_AddItemToObject(root, "last_errors", errors_json(v->pipeline));
	text = cJSON_PrintUnformatted(root);
	cJSON_Delete(root);
	if (text == NULL)
		return err_set(e, "out of memory for the status");
	buf_adds(out, text);
	buf_addc(out, '\n');
	free(text);
	return 0;
}

/* -- for people ------------------------------------------------------------- */

static uint64_t
num(const cJSON *o, const char *key)
{
	const cJSON *n = cJSON_GetObjectItemCaseSensitive(o, key);

	return cJSON_IsNumber(n) && n->valuedouble > 0 ?
	    (uint64_t)n->valuedouble : 0;
}

static const char *
str(const cJSON *o, const char *key, char *out, size_t size)
{
	const cJSON *s = cJSON_GetObjectItemCaseSensitive(o, key);

	if (!cJSON_IsString(s))
		return "-";
	return text_printable(out, size, s->valuestring, strlen(s->valuestring));
}

static void
line(struct buf *b, const char *label, const cJSON *o, const char *const *keys,
    const char *const *words)
{
	char n[32];
	size_t i;

	buf_addf(b, "%-10s", label);
	for (i = 0; keys[i] != NULL; i++)
		buf_addf(b, "%s%s %s", i ? ", " : " ",
		    text_thousands(num(o, keys[i]), n), words[i]);
	buf_addc(b, '\n');
}

static void
lag_text(const cJSON *o, char out[32])
{
	const cJSON *lag = cJSON_GetObjectItemCaseSensitive(o, "lag_seconds");
	double s;

	if (!cJSON_IsNumber(lag)) {
		snprintf(out, 32, "-");
		return;
	}
	s = lag->valuedouble;
	if (s < 120)
		snprintf(out, 32, "%.0fs", s);
	else if (s < 7200)
		snprintf(out, 32, "%.0fm", s / 60);
	else if (s < 172800)
		snprintf(out, 32, "%.0fh", s / 3600);
	else
		snprintf(out, 32, "%.0fd", s / 86400);
}

int
status_text(const char *json, size_t len, struct buf *b, struct err *e)
{
	static const char *const rule_keys[] = { "active", "other_logsources",
	    "correlations_not_run", NULL };
	static const char *const rule_words[] = { "active",
	    "for other logsources", "correlations (read, not run)", NULL };
	static const char *const total_keys[] = { "objects", "records",
	    "duplicates", "errors", "alerts", NULL };
	static const char *const total_words[] = { "objects", "records",
	    "duplicates", "errors", "new alerts", NULL };
	static const char *const box_keys[] = { "deliveries_waiting",
	    "deliveries_sent", "deliveries_refused", NULL };
	static const char *const box_words[] = { "waiting", "sent", "refused",
	    NULL };
	cJSON *root = cJSON_ParseWithLength(json, len);
	const cJSON *o;
	char t1[512], t2[512], t3[512], n[4][32];

	if (!cJSON_IsObject(root) ||
	    cJSON_GetObjectItemCaseSensitive(root, "sources") == NULL) {
		cJSON_Delete(root);
		return err_set(e, "the answer is not a status");
	}
	buf_addf(b, "bucketwatch %s, pid %llu, since %s\n",
	    str(root, "version", t1, sizeof t1),
	    (unsigned long long)num(root, "pid"), str(root, "started", t2,
	    sizeof t2));
	line(b, "rules", cJSON_GetObjectItemCaseSensitive(root, "rules"), rule_keys,
	    rule_words);
	line(b, "read", cJSON_GetObjectItemCaseSensitive(root, "total"), total_keys,
	    total_words);
	line(b, "outbox", cJSON_GetObjectItemCaseSensitive(root, "state"), box_keys,
	    box_words);
	buf_addf(b, "in flight  %llu objects\n\n",
	    (unsigned long long)num(root, "in_flight"));
	buf_addf(b, "%-20s %-9s %8s %10s %12s %8s %8s\n", "SOURCE", "STATE", "LAG",
	    "OBJECTS", "RECORDS", "FAILED", "ALERTS");
	cJSON_ArrayForEach(o, cJSON_GetObjectItemCaseSensitive(root, "sources")) {
		char lag[32];

		lag_text(o, lag);
		buf_addf(b, "%-20s %-9s %8s %10s %12s %8s %8s\n",
		    str(o, "name", t1, 64), str(o, "state", t2, 32), lag,
		    text_thousands(num(o, "objects"), n[0]),
		    text_thousands(num(o, "records"), n[1]),
		    text_thousands(num(o, "objects_failed"), n[2]),
		    text_thousands(num(o, "alerts"), n[3]));
		if (cJSON_GetObjectItemCaseSensitive(o, "problem") != NULL)
			buf_addf(b, "    %s\n", str(o, "problem", t3, sizeof t3));
	}
	buf_addf(b, "\n%-20s %-9s %8s %10s %8s  %s\n", "OUTPUT", "STATE", "WAITING",
	    "SENT", "REFUSED", "ADDRESS");
	cJSON_ArrayForEach(o, cJSON_GetObjectItemCaseSensitive(root, "outputs")) {
		buf_addf(b, "%-20s %-9s %8s %10s %8s  %s\n",
		    str(o, "name", t1, 64), str(o, "state", t2, 32),
		    text_thousands(num(o, "waiting"), n[0]),
		    text_thousands(num(o, "sent"), n[1]),
		    text_thousands(num(o, "refused"), n[2]),
		    str(o, "address", t3, sizeof t3));
		if (cJSON_GetObjectItemCaseSensitive(o, "problem") != NULL)
			buf_addf(b, "    %s\n", str(o, "problem", t3, sizeof t3));
	}
	o = cJSON_GetObjectItemCaseSensitive(root, "last_errors");
	if (cJSON_GetArraySize(o) > 0)
		buf_adds(b, "\nLAST ERRORS\n");
	cJSON_ArrayForEach(o, o) {
		buf_addf(b, "%s  %s", str(o, "time", t1, 64),
		    str(o, "object", t2, sizeof t2));
		if (num(o, "record") > 0)
			buf_addf(b, ":%llu", (unsigned long long)num(o, "record"));
		buf_addf(b, ": %s\n", str(o, "message", t3, sizeof t3));
	}
	cJSON_Delete(root);
	return 0;
}
