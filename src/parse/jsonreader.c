/*
 * Walks JSON: containers, arrays, values behind one another or on lines of their
 * own, and what is wrapped in envelopes. What is broken costs as little else as can
 * be: after it, the next record is searched for (resync.c).
 */
#include <string.h>

#include "base/text.h"
#include "parse/reader_impl.h"

static const char default_key[] = "\"eventVersion\"";

static void
level_start(struct level *l, struct window *w)
{
	memset(l, 0, sizeof *l);
	l->w = w;
	l->where = WHERE_TOP;
	l->key_len = sizeof default_key - 1;
	memcpy(l->key, default_key, l->key_len);
}

void
jsonreader_start(struct reader *r)
{
	r->depth = 0;
	r->wasted = 0;
	r->line_used = 0;
	r->no_lf_from = r->no_lf_to = 0;
	level_start(&r->levels[0], &r->w);
}

/* -- what is wrong -------------------------------------------------------------- */

/* The level's text ended in the middle of something. */
static int
ended_inside(struct reader *r, const char *what, struct err *e)
{
	err_set(e, "the text ends inside %s", what);
	if (r->depth > 0)
		return READER_DAMAGED;
	return reader_ended(r, 1, e);
}

/*
 * The record at w->p was found broken at that place, and the next one may begin just
 * behind w->p: made for it, a text could have all of it looked at again and again.
 */
static int
wastes(struct reader *r, const struct level *l, const char *at, struct err *e)
{
	r->wasted += (uint64_t)(at - l->w->p);
	if (r->wasted < READER_WASTE_FREE +
	    READER_WASTE_MAX * window_offset(&r->w, r->w.p))
		return 0;
	err_set(e, "too much of it is broken");
	e->line = (unsigned)(r->number + 1);
	return 1;
}

/* What the search for a next record looked at counts as wasted, too. */
static void
charge(struct reader *r, struct level *l)
{
	r->wasted += l->looked;
	l->looked = 0;
}

static int
lost(struct reader *r, struct level *l, struct err *e)
{
	int last = resync_find(l);

	charge(r, l);
	l->where = l->back;
	if (last == 0) {
		if (r->depth == 0 && r->by_line && l->balanced == RESYNC_NOWHERE)
			reader_consume(r, window_offset(l->w, l->w->p));
		return READER_AGAIN;
	}
	l->w->p = l->w->end;
	/* Values behind one another: the broken one was the last. */
	if (l->where == WHERE_TOP && !l->in_array) {
		if (r->depth == 0 && r->by_line && l->last_line > r->consumed)
			reader_consume(r, l->last_line);
		return READER_AGAIN;
	}
	err_set(e, "no further record is found behind a broken one");
	e->line = (unsigned)r->number;
	if (r->depth == 0 && r->w.failed)
		return reader_ended(r, 1, e);
	return READER_DAMAGED;
}

/* The record at w->p does not end before the text does. */
static int
cut_off(struct reader *r, struct level *l, struct err *e)
{
	const char *next;

	if (wastes(r, l, l->w->end, e))
		return READER_DAMAGED;
	/* Perhaps a quote is missing, and other records stand in what seems to be
	   a string. */
	resync_lose(l, NULL);
	next = resync_next(l);
	charge(r, l);
	l->search = window_offset(l->w, l->w->p + 1);
	if (next != NULL) {
		l->skipped = RESYNC_NOWHERE;
		err_set(e, "the record does not end");
		return reader_bad(r, e);
	}
	l->where = l->back;
	return ended_inside(r, "a record", e);
}

static int
too_big(struct reader *r, struct err *e)
{
	char size[16];

	err_set(e, "record of more than %s", text_bytes(r->o.record_max, size));
	return reader_bad(r, e);
}

/* The window is full and the record at w->p goes on. */
static int
too_long(struct reader *r, struct level *l, struct err *e)
{
	if (wastes(r, l, l->w->end, e))
		return READER_DAMAGED;
	resync_lose(l, NULL);
	return too_big(r, e);
}

static int
broken(struct reader *r, struct level *l, const char *at, struct err *e)
{
	if (wastes(r, l, at, e))
		return READER_DAMAGED;
	resync_lose(l, at);
	return reader_bad(r, e);
}

/* Something at w->p that is no object. */
static int
no_object(struct reader *r, struct level *l, struct err *e)
{
	char c = *l->w->p;

	l->back = l->where;
	l->where = WHERE_SKIP;
	resync_skip_start(&l->skipper, 0, l->back == WHERE_TOP && l->lines != -1 ?
	    SKIP_LINE : SKIP_TOKEN);
	if (c == '}' || c == ']')
		l->w->p++;
	err_set(e, "%s where a record should be", c == '[' ? "an array" :
	    c == '"' ? "a string" : c == '-' || (c >= '0' && c <= '9') ?
	    "a number" : "no JSON object");
	return reader_bad(r, e);
}

/*
 * What is at w->p is wrong: is its line still being written? Then it is no mistake
 * yet.
 */
static int
line_unfinished(struct reader *r, struct level *l)
{
	struct window *w = l->w;
	const char *p = w->p, *lf;
	size_t seen;

	if (!r->growing || !r->by_line || r->depth > 0)
		return 0;
	if (window_offset(w, p) < r->no_lf_from ||
	    window_offset(w, p) > r->no_lf_to)
		r->no_lf_from = r->no_lf_to = window_offset(w, p);
	p = window_at(w, r->no_lf_to);
	for (;;) {
		lf = memchr(p, '\n', (size_t)(w->end - p));
		r->no_lf_to = window_offset(w, lf != NULL ? lf : w->end);
		if (lf != NULL)
			return 0;
		/* All that is kept is moved, for little where much is held. */
		seen = (size_t)(w->end - w->p);
		r->wasted += seen;
		switch (window_more(w)) {
		case WINDOW_MORE:
			p = w->p + seen;
			break;
		case WINDOW_ENDED:
			return 1;
		case WINDOW_FULL:
			return 0;
		}
	}
}

/* -- records ------------------------------------------------------------------ */

static struct value *
mark(const struct reader *r, enum kind kind, enum mark which)
{
	return r->fields[r->plans[kind].nfields + which];
}

static int
is_string(const struct value *v, const char *text)
{
	return v != NULL && v->type == VALUE_STRING &&
	    v->len == strlen(text) && memcmp(v->text, text, v->len) == 0;
}

static enum scan_status
scan(struct reader *r, enum kind kind, const char *p, const char *end,
    const char **after, struct err *e)
{
	struct reader_plan *plan = &r->plans[kind];

	arena_reset(r->scratch);
	return scan_object(plan->scan, plan->state, p, end, r->fields,
	    r->scratch, after, e);
}

/* The kind as which objects are scanned first. */
static enum kind
first_kind(const struct reader *r)
{
	return r->o.mode == INPUT_JSON ? KIND_JSON : KIND_CLOUDTRAIL;
}

/* Hands out the record that scan() just read as kind. */
static int
give(struct reader *r, enum kind kind, const char *text, size_t len,
    struct err *e)
{
	struct record *rec = &r->rec;
	const char *after;

	if (kind == KIND_CLOUDTRAIL &&
	    is_string(mark(r, kind, MARK_SOURCE), "aws:s3")) {
		kind = KIND_S3NOTIFICATION;
		if (scan(r, kind, text, text + len, &after, e) != SCAN_OK)
			return reader_bad(r, e);
	}
	rec->kind = kind;
	rec->number = ++r->number;
	rec->text = text;
	rec->len = len;
	rec->evidence = NULL;
	rec->evidence_len = 0;
	rec->time = RECORD_TIME_NONE;
	rec->id_hash = 0;
	rec->fields = r->fields;
	rec->nfields = r->plans[kind].nfields;
	rec->scratch = r->scratch;
	json_plan_finish(r->plans[kind].json, rec);
	return READER_RECORD;
}

/* A record out of an envelope. */
static int
give_inner(struct reader *r, enum kind kind, const char *text, size_t len,
    struct err *e)
{
	const char *after;

	switch (scan(r, kind, text, text + len, &after, e)) {
	case SCAN_OK:
		return give(r, kind, text, (size_t)(after - text), e);
	case SCAN_MORE:
		err_set(e, "the record does not end");
		break;
	case SCAN_BAD:
		break;
	}
	return reader_bad(r, e);
}

/* Remembers how records begin here. */
static void
learn_key(struct level *l, const char *text, size_t len)
{
	const char *end = text + len, *key, *close;

	if (len > l->key_len && memcmp(text + 1, l->key, l->key_len) == 0)
		return;
	key = reader_blank(text + 1, end);
	if (key == end || *key != '"')
		return;
	close = memchr(key + 1, '"', (size_t)(end - key - 1));
	if (close == NULL || close + 1 - key > READER_KEY_MAX)
		return;
	l->searched.from = l->searched.to = 0;	/* for another key */
	l->key_len = (size_t)(close + 1 - key);
	memcpy(l->key, key, l->key_len);
}

/*
 * Do records follow p (an object's { or a , in it) as its next member, as far as the
 * text is there? Returns the byte behind the [, NULL when it is none; *ends: cannot be
 * told yet.
 */
static const char *
records_at(const char *p, const char *end, int *ends)
{
	static const char key[] = "\"Records\"";
	size_t n = sizeof key - 1;

	*ends = 0;
	p = reader_blank(p + 1, end);
	if ((size_t)(end - p) < n) {
		*ends = memcmp(p, key, (size_t)(end - p)) == 0;
		return NULL;
	}
	if (memcmp(p, key, n) != 0)
		return NULL;
	p = reader_blank(p + n, end);
	if (p < end && *p == ':')
		p = reader_blank(p + 1, end);
	*ends = p == end;
	return p < end && *p == '[' ? p + 1 : NULL;
}

/* The same where other keys come first: walks the members that are there. */
static const char *
records_within(const char *p, const char *end)
{
	struct value v;
	const char *key;
	int ends;

	if (p == end)
		return NULL;
	for (;;) {
		key = reader_blank(p + 1, end);	/* behind { or , */
		if (records_at(p, end, &ends) != NULL)
			return records_at(p, end, &ends);
		p = value_parse(key, end, &v);
		if (p == NULL || v.type != VALUE_STRING)
			return NULL;
		p = reader_blank(p, end);
		if (p == end || *p != ':')
			return NULL;
		p = value_parse(reader_blank(p + 1, end), end, &v);
		if (p == NULL)
			return NULL;
		p = reader_blank(p, end);
		if (p == end || *p != ',')
			return NULL;
	}
}

static void
enter_records(struct reader *r, struct level *l, const char *p)
{
	l->w->p = p;
	l->where = WHERE_RECORDS;
	l->lines = -1;
	if (r->depth == 0)
		r->by_line = 0;
}

/*
 * Does a line end behind after, where a top-level object does? 1 with r->line_end
 * (also at the end of the text, with *open: it has no newline), 0 something else
 * stands there, -1 more text is needed to tell.
 */
static int
line_ends(struct reader *r, struct level *l, const char *after, int *open)
{
	const char *end = l->w->end;

	*open = 0;
	while (after < end && (*after == ' ' || *after == '\t' ||
	    *after == '\r'))
		after++;
	if (after == end && !l->w->ended)
		return -1;
	*open = after == end;
	if (!*open && *after++ != '\n')
		return 0;
	r->line_end = window_offset(l->w, after);
	return 1;
}

/* A top-level object was read up to after and its line, if it has one, ended. */
static void
finish_top(struct reader *r, struct level *l, const char *after)
{
	l->w->p = after;
	if (r->depth == 0 && r->by_line) {
		r->consumed = r->line_end;
		r->line_used = 1;
	}
}

/* A top-level object that may be an envelope. */
static int
open_envelope(struct reader *r, struct level *l, const char *after,
    struct err *e)
{
	const char *text = l->w->p, *inner;
	size_t len = (size_t)(after - text), inner_len;
	int status;

	if (r->depth == 0)
		arena_reset(r->held);
	switch (envelope_open(text, len, r->held, &inner, &inner_len)) {
	case ENVELOPE_NONE:
		finish_top(r, l, after);
		return give(r, KIND_CLOUDTRAIL, text, len, e);
	case ENVELOPE_CLOUDTRAIL:
		finish_top(r, l, after);
		return give_inner(r, KIND_CLOUDTRAIL, inner, inner_len, e);
	case ENVELOPE_S3_EVENT:
		finish_top(r, l, after);
		status = give_inner(r, KIND_S3NOTIFICATION, inner, inner_len, e);
		r->rec.evidence = text;
		r->rec.evidence_len = len;
		return status;
	case ENVELOPE_MESSAGE:
		l->w->p = after;
		if (r->depth + 1 == READER_LEVELS) {
			err_set(e, "messages in messages, too deep");
			return reader_bad(r, e);
		}
		r->depth++;
		window_memory(&r->memory[r->depth], inner, inner_len);
		level_start(&r->levels[r->depth], &r->memory[r->depth]);
		return READER_AGAIN;	/* go on in there */
	case ENVELOPE_DIGEST:
		r->digest = 1;
		break;
	case ENVELOPE_POINTER:
		break;
	}
	finish_top(r, l, after);
	return READER_AGAIN;
}

static int
is_envelope(const struct reader *r)
{
	if (mark(r, KIND_CLOUDTRAIL, MARK_SOURCE) == NULL ||
	    mark(r, KIND_CLOUDTRAIL, MARK_NAME) == NULL)
		return 1;
	for (int i = MARK_ENVELOPE; i < MARK_COUNT; i++)
		if (mark(r, KIND_CLOUDTRAIL, (enum mark)i) != NULL)
			return 1;
	return 0;
}

/* The whole object w->p..after was scanned: what is it? */
static int
top_object(struct reader *r, struct level *l, const char *after, struct err *e)
{
	const char *text = l->w->p;
	struct value *records = mark(r, first_kind(r), MARK_RECORDS);

	if (records != NULL && records->type == VALUE_ARRAY) {
		enter_records(r, l, records->text + 1);
		return READER_AGAIN;
	}
	if ((size_t)(after - text) > r->o.record_max) {
		finish_top(r, l, after);
		return too_big(r, e);
	}
	learn_key(l, text, (size_t)(after - text));
	if (r->o.mode == INPUT_AUTO && is_envelope(r))
		return open_envelope(r, l, after, e);
	finish_top(r, l, after);
	return give(r, first_kind(r), text, (size_t)(after - text), e);
}

/* Settles whether top-level objects stand on lines of their own. 0 for now; 1: more
   text is needed; -1: this one's line is still being written. */
static int
check_lines(struct reader *r, struct level *l, const char *after)
{
	const char *text = l->w->p;
	int alone, open;

	if (l->in_array || r->depth > 0 || l->lines == -1)
		return 0;
	alone = line_ends(r, l, after, &open);
	if (alone == -1)
		return 1;
	if (alone == 0 || memchr(text, '\n', (size_t)(after - text)) != NULL) {
		r->by_line = 0;
		l->lines = -1;
		return 0;
	}
	l->lines = 1;
	if (r->growing && r->by_line && open && !r->w.failed)
		return -1;
	return 0;
}

/* An object at w->p, between top-level values or in an array of them. */
static int
read_top(struct reader *r, struct level *l, struct err *e)
{
	struct window *w = l->w;
	const char *after, *inside;
	int ends;

	for (;;) {
		inside = records_at(w->p, w->end, &ends);
		if (inside != NULL) {
			enter_records(r, l, inside);
			return READER_AGAIN;
		}
		if (ends && window_more(w) == WINDOW_MORE)
			continue;
		switch (scan(r, first_kind(r), w->p, w->end, &after, e)) {
		case SCAN_OK:
			switch (check_lines(r, l, after)) {
			case 1:
				if (window_more(w) == WINDOW_FULL) {
					r->by_line = 0;
					l->lines = -1;
					return top_object(r, l, after, e);
				}
				continue;
			case -1:
				return READER_UNFINISHED;
			}
			return top_object(r, l, after, e);
		case SCAN_BAD:
			ends = (int)(after - w->p);
			if (!l->in_array && line_unfinished(r, l))
				return READER_UNFINISHED;
			return broken(r, l, w->p + ends, e);
		case SCAN_MORE:
			break;
		}
		inside = records_within(w->p, w->end);
		if (inside != NULL) {
			enter_records(r, l, inside);
			return READER_AGAIN;
		}
		switch (window_more(w)) {
		case WINDOW_MORE:
			break;
		case WINDOW_ENDED:
			return cut_off(r, l, e);
		case WINDOW_FULL:
			return too_long(r, l, e);
		}
	}
}

/* An object at w->p in a Records array. */
static int
read_record(struct reader *r, struct level *l, struct err *e)
{
	struct window *w = l->w;
	const char *text, *after;

	for (;;) {
		text = w->p;
		switch (scan(r, first_kind(r), text, w->end, &after, e)) {
		case SCAN_OK:
			w->p = after;
			if ((size_t)(after - text) > r->o.record_max)
				return too_big(r, e);
			learn_key(l, text, (size_t)(after - text));
			return give(r, first_kind(r), text,
			    (size_t)(after - text), e);
		case SCAN_BAD:
			return broken(r, l, after, e);
		case SCAN_MORE:
			break;
		}
		switch (window_more(w)) {
		case WINDOW_MORE:
			break;
		case WINDOW_ENDED:
			return cut_off(r, l, e);
		case WINDOW_FULL:
			return too_long(r, l, e);
		}
	}
}

/* -- the walk ------------------------------------------------------------------- */

/* The next byte that is not white space, at w->p; -1 at the end. */
static int
next_byte(struct reader *r, struct level *l)
{
	struct window *w = l->w;
	const char *p = w->p;

	for (;;) {
		for (; p < w->end && (unsigned char)*p <= ' '; p++)
			if (*p == '\n' && r->by_line && r->depth == 0)
				reader_consume(r, window_offset(w, p + 1));
		w->p = p;
		if (p < w->end)
			return (unsigned char)*p;
		if (window_more(w) != WINDOW_MORE)
			return -1;
		p = w->p;
	}
}

static int
walk_top(struct reader *r, struct level *l, struct err *e)
{
	int c = next_byte(r, l);

	if (c == -1) {
		if (l->in_array)
			return ended_inside(r, "an array of records", e);
		if (r->depth > 0)
			return READER_END;
		return reader_ended(r, 0, e);
	}
	if (c == '{')
		return read_top(r, l, e);
	if (c == ',' || (c == '[' && !l->in_array) ||
	    (c == ']' && l->in_array)) {
		l->w->p++;
		if (c == ',')
			return READER_AGAIN;
		l->in_array = c == '[';
		l->lines = -1;
		if (r->depth == 0)
			r->by_line = 0;
		return READER_AGAIN;
	}
	if (!l->in_array && line_unfinished(r, l))
		return READER_UNFINISHED;
	return no_object(r, l, e);
}

static int
walk_records(struct reader *r, struct level *l, struct err *e)
{
	int c = next_byte(r, l);

	switch (c) {
	case -1:
		return ended_inside(r, "the Records array", e);
	case '{':
		return read_record(r, l, e);
	case ',':
		l->w->p++;
		return READER_AGAIN;
	case ']':
		l->w->p++;
		l->where = WHERE_TAIL;
		l->members = 0;
		return READER_AGAIN;
	}
	return no_object(r, l, e);
}

/* At the , behind a Records array or another member: does one more array follow? */
static int
one_more_array(struct reader *r, struct level *l)
{
	const char *inside;
	int ends;

	do {
		inside = records_at(l->w->p, l->w->end, &ends);
		if (inside != NULL) {
			enter_records(r, l, inside);
			return 1;
		}
	} while (ends && window_more(l->w) == WINDOW_MORE);
	return 0;
}

/* Behind a Records array: other members of its object, then its end. */
static int
walk_tail(struct reader *r, struct level *l, struct err *e)
{
	int c = next_byte(r, l);

	if (c == ',') {
		if (one_more_array(r, l))
			return READER_AGAIN;
		l->w->p++;
		c = next_byte(r, l);
	}
	switch (c) {
	case '{':
		if (l->members)
			break;
		l->where = WHERE_RECORDS;	/* the array's end was none */
		return READER_AGAIN;
	case '}':
	case ']':
		l->w->p++;
		l->where = WHERE_TOP;
		return READER_AGAIN;
	}
	l->members = 1;
	resync_skip_start(&l->skipper, 0, SKIP_MEMBER);
	if (c == -1 || resync_skip(l) == -1)
		return ended_inside(r, "the object around the Records array", e);
	return READER_AGAIN;
}

static int
walk_skip(struct level *l)
{
	if (resync_skip(l) == -1)
		l->w->p = l->w->end;
	l->where = l->back;
	return READER_AGAIN;
}

static int
walk(struct reader *r, struct level *l, struct err *e)
{
	switch (l->where) {
	case WHERE_TOP:
		return walk_top(r, l, e);
	case WHERE_RECORDS:
		return walk_records(r, l, e);
	case WHERE_TAIL:
		return walk_tail(r, l, e);
	case WHERE_SKIP:
		return walk_skip(l);
	case WHERE_LOST:
		return lost(r, l, e);
	}
	return READER_END;
}

enum reader_status
jsonreader_next(struct reader *r, struct err *e)
{
	int status;

	for (;;) {
		status = walk(r, &r->levels[r->depth], e);
		if (r->line_used)
			reader_consume(r, r->consumed);
		r->line_used = 0;
		if (status == READER_AGAIN)
			continue;
		if (r->depth == 0 ||
		    (status != READER_END && status != READER_DAMAGED))
			return (enum reader_status)status;
		/* A message is done: back to what it came in. */
		r->depth--;
		if (status == READER_DAMAGED) {
			err_wrap(e, "in a message");
			status = reader_bad(r, e);
		}
		if (r->depth == 0 && r->by_line)
			reader_consume(r, r->line_end);
		if (status == READER_BAD)
			return READER_BAD;
	}
}
