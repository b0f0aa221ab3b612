/*
 * The reader: decides what an object holds and has it walked. See reader.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "model/jsonline.h"
#include "parse/reader_impl.h"
#include "parse/scan_impl.h"

#define EVENT_START 16384	/* bytes shown of a record that is too large */
#define EVENT_KEPT_MAX (1024 * 1024)	/* memory kept for the next event */

static const char *const marks[MARK_COUNT] = {
	"eventSource", "eventName", "Records",
	"detail-type", "Message", "digestS3Bucket", "s3Bucket", "Event",
};

/* Takes json. */
static void
plan_init(struct reader_plan *plan, struct json_plan *json)
{
	const char *const *paths;
	const char **all;
	size_t n;

	plan->json = json;
	paths = scan_plan_paths(json_plan_scan(plan->json), &n);
	plan->nfields = n;
	all = xcalloc(n + MARK_COUNT, sizeof *all);
	memcpy(all, paths, n * sizeof *all);
	memcpy(all + n, marks, sizeof marks);
	plan->scan = scan_plan_new(all, n + MARK_COUNT);
	plan->state = scan_state_new(plan->scan);
	free(all);
}

static void
plan_clear(struct reader_plan *plan)
{
	scan_state_free(plan->state);
	scan_plan_free(plan->scan);
	json_plan_free(plan->json);
}

struct reader *
reader_new_sized(const struct reader_options *o, size_t window_size)
{
	struct reader *r;
	const char *time_field;
	size_t widest = o->fields[KIND_S3ACCESS]->n, looks = 0;

	r = xcalloc(1, sizeof *r);
	r->o = *o;
	r->gunzip = gunzip_new(&o->gunzip, !o->slow_inflate);
	window_init(&r->w, r->gunzip, window_size, o->record_max);
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		struct reader_plan *plan = &r->plans[kind];
		struct reader_plan *whole = &r->whole[kind];

		if (kind == KIND_S3ACCESS)
			continue;
		time_field = kind == KIND_JSON ? o->time_field : NULL;
		plan_init(plan, json_plan_new(o->fields[kind], o->id_seed,
		    time_field));
		plan_init(whole, json_plan_whole((enum kind)kind, o->id_seed,
		    time_field));
		if (plan->nfields + MARK_COUNT > widest)
			widest = plan->nfields + MARK_COUNT;
		if (whole->nfields + MARK_COUNT > looks)
			looks = whole->nfields + MARK_COUNT;
	}
	r->lines = s3access_plan_new(o->fields[KIND_S3ACCESS], o->id_seed);
	r->fields = xcalloc(widest, sizeof *r->fields);
	r->look_fields = xcalloc(looks, sizeof *r->look_fields);
	r->values = xcalloc(o->fields[KIND_S3ACCESS]->n, sizeof *r->values);
	r->event = (struct buf)BUF_INIT(READER_EVENT_MAX * 6 + 64); /* \u00nn */
	r->scratch = arena_new();
	r->look_scratch = arena_new();
	r->held = arena_new();
	return r;
}

struct reader *
reader_new(const struct reader_options *o)
{
	return reader_new_sized(o, WINDOW_SIZE);
}

void
reader_free(struct reader *r)
{
	if (r == NULL)
		return;
	window_clear(&r->w);
	gunzip_free(r->gunzip);
	for (int kind = 0; kind < KIND_COUNT; kind++)
		if (kind != KIND_S3ACCESS) {
			plan_clear(&r->plans[kind]);
			plan_clear(&r->whole[kind]);
		}
	s3access_plan_free(r->lines);
	free(r->fields);
	free(r->look_fields);
	free(r->values);
	buf_clear(&r->event);
	arena_free(r->scratch);
	arena_free(r->look_scratch);
	arena_free(r->held);
	free(r);
}

void
reader_start(struct reader *r, struct bytes *src, uint64_t records_done,
    int growing)
{
	r->src = src;
	r->form = FORM_UNKNOWN;
	r->growing = growing;
	r->digest = 0;
	r->by_line = 0;
	r->consumed = 0;
	r->consumed_number = records_done;
	r->number = records_done;
	r->line_too_long = 0;
	arena_reset(r->scratch);
	arena_reset(r->held);
	gunzip_start(r->gunzip, src);
	window_start(&r->w);
	jsonreader_start(r);
}

enum reader_status
reader_ended(struct reader *r, int in_record, struct err *e)
{
	if (r->w.failed) {
		if (r->growing && gunzip_ended_early(r->gunzip))
			return READER_UNFINISHED;
		*e = r->w.err;
		return READER_DAMAGED;
	}
	if (!in_record)
		return READER_END;
	if (r->growing)
		return READER_UNFINISHED;
	e->file = NULL;
	e->line = (unsigned)(r->number + 1);
	e->col = 0;
	return READER_DAMAGED;
}

void
reader_consume(struct reader *r, uint64_t offset)
{
	r->consumed = offset;
	r->consumed_number = r->number;
}

enum reader_status
reader_bad(struct reader *r, struct err *e)
{
	e->line = (unsigned)++r->number;
	return READER_BAD;
}

/*
 * The text at w->p begins like no JSON: is it the rest of a line, with JSON on the next
 * one? No access log has lines that begin so.
 */
static int
json_on_next_line(struct window *w)
{
	size_t seen = (size_t)(reader_blank(w->p, w->end) - w->p);
	const char *p;

	do {
		p = memchr(w->p + seen, '\n', (size_t)(w->end - w->p) - seen);
		seen = (size_t)((p != NULL ? p : w->end) - w->p);
		p = reader_blank(w->p + seen, w->end);
		if (p < w->end)
			return *p == '{' || *p == '[';
	} while (seen <= READER_LINE_MAX && window_more(w) == WINDOW_MORE);
	return 0;
}

/* Finds out what the object holds. READER_RECORD: go on. */
static enum reader_status
find_form(struct reader *r, struct err *e)
{
	struct window *w = &r->w;
	uint64_t blank_lines = 0;
	const char *p;

	while (w->end - w->p < 3 && window_more(w) == WINDOW_MORE)
		;
	if (w->end - w->p >= 3 && memcmp(w->p, "\xef\xbb\xbf", 3) == 0)
		w->p += 3;	/* a byte order mark */
	for (;;) {
		p = reader_blank(w->p, w->end);
		if (p < w->end)
			break;
		/* All blank: only its lines count. */
		for (p = w->p; p < w->end; p++)
			if (*p == '\n') {
				r->consumed = window_offset(w, p + 1);
				blank_lines++;
			}
		w->p = w->end;
		if (window_more(w) != WINDOW_MORE)
			return reader_ended(r, 0, e);
	}
	r->form = FORM_LINES;
	if (r->o.mode == INPUT_JSON ||
	    (r->o.mode == INPUT_AUTO && (*p == '{' || *p == '[' ||
	    json_on_next_line(w))))
		r->form = FORM_JSON;
	else
		r->number += blank_lines;
	r->consumed_number = r->number;
	r->by_line = !gunzip_is_gzip(r->gunzip);
	return READER_RECORD;
}

enum reader_status
reader_next(struct reader *r, const struct record **rec, struct err *e)
{
	enum reader_status status = READER_RECORD;

	memset(e, 0, sizeof *e);
	*rec = &r->rec;
	r->look.number = 0;		/* of no record yet */
	r->event_number = 0;
	if (r->event.cap > EVENT_KEPT_MAX)
		buf_clear(&r->event);
	if (r->form == FORM_UNKNOWN)
		status = find_form(r, e);
	if (status != READER_RECORD)
		return status;
	if (r->form == FORM_JSON)
		return jsonreader_next(r, e);
	return linereader_next(r, e);
}

/* -- a second look ----------------------------------------------------------- */

/*
 * The record last handed out, scanned once more for all that its kind knows; the first
 * look's fields are left as they are. What is broken where only this look looks counts
 * as absent.
 */
static const struct record *
look_again(struct reader *r)
{
	const struct reader_plan *plan = &r->whole[r->rec.kind];
	const char *text = r->rec.text, *after;
	struct record *look = &r->look;
	struct err e;

	if (look->number == r->rec.number)
		return look;
	arena_reset(r->look_scratch);
	*look = r->rec;
	look->fields = r->look_fields;
	look->nfields = plan->nfields;
	look->scratch = r->look_scratch;
	if (scan_object(plan->scan, plan->state, text, text + r->rec.len,
	    look->fields, look->scratch, &after, &e) != SCAN_OK)
		memset(look->fields, 0, (plan->nfields + MARK_COUNT) *
		    sizeof *look->fields);
	json_plan_finish(plan->json, look);
	return look;
}

void
reader_common(struct reader *r, struct arena *a, const char *out[COMMON_COUNT])
{
	const struct record *rec = &r->rec;

	if (rec->kind == KIND_S3ACCESS)
		s3access_common(&r->line, a, out);
	else
		json_plan_common(r->whole[rec->kind].json, look_again(r), a, out);
}

/* What the scanner lets pass and JSON does not is a string now: {"text":"..."}. */
static void
event_wrap(struct reader *r)
{
	char *text = arena_strndup(r->scratch, r->event.data, r->event.len);
	size_t len = r->event.len;

	buf_reset(&r->event);
	buf_adds(&r->event, "{\"text\":");
	buf_add(&r->event, text, len);
	buf_addc(&r->event, '}');
}

/* A giant record is not taken into an alert whole: its size and its beginning. */
static void
event_cut(struct reader *r, const char *text, size_t len)
{
	buf_addf(&r->event, "{\"truncated\":true,\"bytes\":%zu,\"start\":", len);
	buf_json(&r->event, text, EVENT_START);
	buf_addc(&r->event, '}');
}

static void
event_make(struct reader *r)
{
	const struct record *rec = &r->rec;
	const char *text;
	size_t len;

	buf_reset(&r->event);
	if (rec->kind == KIND_S3ACCESS) {
		buf_adds(&r->event, s3access_json(&r->line, r->scratch));
		return;
	}
	text = rec->evidence != NULL ? rec->evidence : rec->text;
	len = rec->evidence != NULL ? rec->evidence_len : rec->len;
	if (len > READER_EVENT_MAX) {
		event_cut(r, text, len);
		return;
	}
	jsonline_add(&r->event, text, len);
	if (r->event.data[0] != '{')
		event_wrap(r);
}

const char *
reader_event_json(struct reader *r, size_t *len)
{
	if (r->event_number != r->rec.number) {
		event_make(r);
		r->event_number = r->rec.number;
	}
	*len = r->event.len;
	return r->event.data;
}

void
reader_identity(struct reader *r, struct arena *a, const char *out[6])
{
	const struct record *rec = &r->rec;

	memset(out, 0, 6 * sizeof *out);
	if (rec->kind == KIND_S3ACCESS)
		s3access_identity(&r->line, a, out);
	else
		json_plan_identity(r->whole[rec->kind].json, look_again(r), a,
		    out);
}

int
reader_is_digest(const struct reader *r)
{
	return r->digest;
}

int
reader_by_line(const struct reader *r)
{
	return r->by_line;
}

uint64_t
reader_consumed(const struct reader *r)
{
	return r->src->start + r->consumed;
}

uint64_t
reader_consumed_records(const struct reader *r)
{
	return r->consumed_number;
}

uint64_t
reader_bytes_in(const struct reader *r)
{
	return gunzip_in(r->gunzip);
}

uint64_t
reader_bytes_out(const struct reader *r)
{
	return gunzip_out(r->gunzip);
}
