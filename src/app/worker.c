/*
 * Bytes and rules in, hits out: one object's trip. See worker.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/worker.h"
#include "base/buf.h"
#include "base/map.h"

#define MATCHED_MAX (16 * 1024)		/* bytes of why an alert matched */
#define RULE_JSON_MAX (1024 * 1024)
#define COMMON_TEXT_MAX 4096		/* bytes of a common field in an alert */

struct worker {
	struct worker_options	 o;
	struct reader		*reader;
	struct matcher		*matcher;
	struct buf		 matched, rule;
	char			**rule_json;	/* by rule; made when first needed */
	char			**rule_keys;	/* what an alert id is made of, see rule_keys_make() */
};

/*
 * The rule's part in an alert's id: its id. Where several rules bear one id (or, without
 * one, a title), the second is told apart by "#2", and so on.
 */
static void
rule_keys_make(struct worker *w)
{
	size_t n = ruleset_count(w->o.rules), i;
	struct map *seen = map_new();
	uintptr_t times;

	w->rule_keys = xcalloc(n, sizeof *w->rule_keys);
	for (i = 0; i < n; i++) {
		const char *id = ruleset_info(w->o.rules, i)->alert.id;

		times = (uintptr_t)map_get(seen, id) + 1;
		map_set(seen, id, (void *)times);
		w->rule_keys[i] = times == 1 ? xstrdup(id) :
		    xasprintf("%s#%zu", id, (size_t)times);
	}
	map_free(seen, NULL);
}

struct worker *
worker_new(const struct worker_options *o)
{
	struct worker *w = xcalloc(1, sizeof *w);
	struct reader_options ro = { .mode = o->mode, .time_field = o->time_field,
	    .record_max = o->record_max, .gunzip = o->gunzip,
	    .slow_inflate = o->slow_inflate, .id_seed = o->id_seed };
	int k;

	w->o = *o;
	for (k = 0; k < KIND_COUNT; k++)
		ro.fields[k] = ruleset_fields(o->rules, (enum kind)k);
	w->reader = reader_new(&ro);
	w->matcher = matcher_new(o->rules);
	matcher_level(w->matcher, o->level);
	w->matched = (struct buf)BUF_INIT(MATCHED_MAX);
	w->rule = (struct buf)BUF_INIT(RULE_JSON_MAX);
	w->rule_json = xcalloc(ruleset_count(o->rules), sizeof *w->rule_json);
	rule_keys_make(w);
	return w;
}

void
worker_free(struct worker *w)
{
	size_t i;

	if (w == NULL)
		return;
	reader_free(w->reader);
	matcher_free(w->matcher);
	buf_clear(&w->matched);
	buf_clear(&w->rule);
	for (i = 0; i < ruleset_count(w->o.rules); i++) {
		free(w->rule_json[i]);
		free(w->rule_keys[i]);
	}
	free(w->rule_json);
	free(w->rule_keys);
	free(w);
}

struct complaint {
	struct part	*part;
	uint64_t	 record;
};

static void
on_complaint(void *arg, const char *msg)
{
	struct complaint *c = arg;

	part_error(c->part, c->record, "%s", msg);
}

void
hit_alert(const struct ruleset *rules, const struct part *part,
    const struct hit *hit, struct alert *a)
{
	memset(a, 0, sizeof *a);
	memcpy(a->id, hit->id, sizeof a->id);
	a->rule = ruleset_info(rules, hit->rule)->alert;
	a->kind = hit->kind;
	a->event_time = hit->time;
	a->alert_time = part->object->read_at;
	memcpy(a->common, hit->common, sizeof a->common);
	a->source = part->object->source;
	a->object = part->object->name;
	a->record = hit->record;
	a->matched = hit->matched;
	a->ready = 1;		/* by matcher_matched() and reader_event_json() */
}

/* The alert as it is stored and printed; made here, as here there are many threads. */
static void
add_line(struct worker *w, struct part *part, struct hit *hit)
{
	struct alert a;

	hit_alert(w->o.rules, part, hit, &a);
	if (w->rule_json[hit->rule] == NULL) {
		buf_reset(&w->rule);
		alert_rule_json(&a.rule, &w->rule);
		w->rule_json[hit->rule] = xstrdup(buf_text(&w->rule));
	}
	a.rule.json = w->rule_json[hit->rule];
	a.event = reader_event_json(w->reader, &a.event_len);
	hit->line = part->lines.len;
	alert_json(&a, &part->lines);
	hit->line_len = part->lines.len - hit->line;
	buf_addc(&part->lines, '\n');
}

static void
add_hit(struct worker *w, struct part *part, const struct record *rec,
    uint32_t rule, uint32_t id_index)
{
	const char *identity[6], *parts[8], *common[COMMON_COUNT];
	struct hit *hit = part_add_hit(part);
	size_t n = 0, i;

	hit->rule = rule;
	hit->id_index = id_index;
	hit->kind = rec->kind;
	hit->record = rec->number;
	hit->time = rec->time;
	reader_common(w->reader, rec->scratch, common);
	for (i = 0; i < COMMON_COUNT; i++)
		hit->common[i] = common[i] == NULL ? NULL : arena_strndup(part->arena,
		    common[i], strnlen(common[i], COMMON_TEXT_MAX));
	buf_reset(&w->matched);
	matcher_matched(w->matcher, rec, rule, &w->matched);
	hit->matched = w->matched.truncated ? "[]" :
	    arena_strndup(part->arena, buf_text(&w->matched), w->matched.len);
	parts[n++] = w->rule_keys[rule];
	reader_identity(w->reader, rec->scratch, identity);
	for (i = 0; i < 5 && identity[i] != NULL; i++)
		parts[n++] = identity[i];
	if (id_index == UINT32_MAX) {
		/* no identity of its own: where it stands is part of the cause */
		parts[n++] = arena_printf(part->arena, "%s:%llu",
		    part->object->name, (unsigned long long)rec->number);
	}
	parts[n] = NULL;
	alert_id(hit->id, parts);
	if (w->o.lines)
		add_line(w, part, hit);
}

static int
outside(const struct worker *w, const struct record *rec)
{
	if (w->o.since != RECORD_TIME_NONE &&
	    (rec->time == RECORD_TIME_NONE || rec->time < w->o.since))
		return 1;
	return w->o.until != RECORD_TIME_NONE &&
	    (rec->time == RECORD_TIME_NONE || rec->time >= w->o.until);
}

static void
judge(struct worker *w, struct part *part, const struct record *rec)
{
	struct complaint c = { part, rec->number };
	uint32_t id_index = UINT32_MAX;
	const uint32_t *hits;
	size_t n, i;

	part->records++;
	if (outside(w, rec)) {
		part->skipped++;
		return;
	}
	if (rec->time != RECORD_TIME_NONE) {
		if (part->first_time == RECORD_TIME_NONE ||
		    rec->time < part->first_time)
			part->first_time = rec->time;
		if (part->last_time == RECORD_TIME_NONE ||
		    rec->time > part->last_time)
			part->last_time = rec->time;
	}
	if (rec->id_hash != 0) {
		id_index = (uint32_t)part->nids;
		part_add_id(part, rec->id_hash);
	}
	n = matcher_run(w->matcher, rec, &hits, on_complaint, &c);
	for (i = 0; i < n; i++)
		add_hit(w, part, rec, hits[i], id_index);
}

static int
part_full(const struct part *part)
{
	return part->records >= PART_RECORDS_MAX || part->nhits >= PART_HITS_MAX ||
	    arena_used(part->arena) + part->lines.len >= PART_BYTES_MAX ||
	    part->nerrors >= PART_ERRORS_MAX;
}

/* Sets the counts that the reader keeps; base is what earlier parts have told. */
static void
part_counts(struct worker *w, struct part *part, uint64_t *in, uint64_t *out,
    uint64_t records)
{
	part->bytes_in = reader_bytes_in(w->reader) - *in;
	part->bytes_out = reader_bytes_out(w->reader) - *out;
	*in += part->bytes_in;
	*out += part->bytes_out;
	part->record_count = records;
	part->by_line = reader_by_line(w->reader);
	part->consumed = reader_consumed(w->reader);
	part->consumed_records = reader_consumed_records(w->reader);
	part->digest = reader_is_digest(w->reader);
}

static enum part_end
ended(enum reader_status status)
{
	switch (status) {
	case READER_RECORD:
	case READER_BAD:
		break;
	case READER_END:
		return PART_DONE;
	case READER_UNFINISHED:
		return PART_UNFINISHED;
	case READER_DAMAGED:
		return PART_DAMAGED;
	}
	return PART_MORE;
}

int
worker_run(struct worker *w, struct object *object,
    int (*emit)(void *arg, struct part *), void *arg)
{
	struct bytes src;
	uint64_t in = 0, out = 0, last = object->records_done;
	struct part *part = part_new(object);
	const struct record *rec;
	enum reader_status status;
	struct err e;

	if (object->offset > 0 &&
	    lseek(object->fd, (off_t)object->offset, SEEK_SET) < 0) {
		part_error(part, 0, "cannot go to byte %llu: %s",
		    (unsigned long long)object->offset, strerror(errno));
		part->end = PART_DAMAGED;
		goto last;
	}
	src = bytes_fd(object->fd);	/* from where it stands: it may be rewound to */
	reader_start(w->reader, &src, object->records_done, object->growing);
	for (;;) {
		status = reader_next(w->reader, &rec, &e);
		if (status == READER_RECORD) {
			last = rec->number;
			judge(w, part, rec);
		} else if (status == READER_BAD) {
			last = e.line;
			part_error(part, e.line, "%s", e.msg);
		} else {
			break;
		}
		if (!part_full(part))
			continue;
		part_counts(w, part, &in, &out, last);
		if (emit(arg, part) == -1) {
			part_free(part);
			return -1;
		}
		part = part_new(object);
	}
	if (status == READER_DAMAGED)
		part_error(part, e.line, "%s", e.msg);
	part_counts(w, part, &in, &out, last);
	part->end = ended(status);
	if (part->by_line)
		part->print = object_print(object->fd, part->consumed);
last:
	if (emit(arg, part) == -1) {
		part_free(part);
		return -1;
	}
	return 0;
}
