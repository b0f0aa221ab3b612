/*
 * Walks S3 server access logs: a record a line.
 */
#include <string.h>

#include "parse/reader_impl.h"

static int
is_blank(const char *p, size_t len)
{
	while (len > 0 && (unsigned char)*p <= ' ') {
		p++;
		len--;
	}
	return len == 0;
}

/* Passes over the rest of a line that is too long. 0, or -1: the window ended. */
static int
skip_line(struct reader *r)
{
	struct window *w = &r->w;
	const char *lf;

	for (;;) {
		lf = memchr(w->p, '\n', (size_t)(w->end - w->p));
		if (lf != NULL)
			break;
		w->p = w->end;
		if (window_more(w) != WINDOW_MORE)
			return -1;
	}
	w->p = lf + 1;
	reader_consume(r, window_offset(w, w->p));
	r->line_too_long = 0;
	return 0;
}

/* Where the line at p ends; NULL: it does not, yet. */
static const char *
line_end(struct window *w)
{
	size_t seen = 0;
	const char *lf;

	for (;;) {
		lf = memchr(w->p + seen, '\n', (size_t)(w->end - w->p) - seen);
		if (lf != NULL)
			return lf;
		seen = (size_t)(w->end - w->p);
		if (seen > READER_LINE_MAX || window_more(w) != WINDOW_MORE)
			return NULL;
	}
}

static enum reader_status
line_record(struct reader *r, const char *line, size_t len, struct err *e)
{
	struct record *rec = &r->rec;

	arena_reset(r->scratch);
	rec->kind = KIND_S3ACCESS;
	rec->number = r->number;
	rec->text = line;
	rec->len = len;
	rec->evidence = NULL;
	rec->evidence_len = 0;
	rec->time = RECORD_TIME_NONE;
	rec->id_hash = 0;
	rec->fields = r->fields;
	rec->nfields = r->o.fields[KIND_S3ACCESS]->n;
	rec->scratch = r->scratch;
	if (s3access_record(r->lines, r->values, &r->line, rec, e) == 0)
		return READER_RECORD;
	e->line = (unsigned)r->number;
	return READER_BAD;
}

enum reader_status
linereader_next(struct reader *r, struct err *e)
{
	struct window *w = &r->w;
	const char *line, *lf;
	size_t len;

	for (;;) {
		if (r->line_too_long && skip_line(r) == -1)
			return reader_ended(r, r->growing, e);
		lf = line_end(w);
		line = w->p;
		len = (size_t)((lf != NULL ? lf : w->end) - line);
		if (lf == NULL && len <= READER_LINE_MAX) {
			if (len == 0 || is_blank(line, len))
				return reader_ended(r, 0, e);
			if (r->growing || w->failed)
				return reader_ended(r, 1, e);
		}
		r->number++;
		if (len > READER_LINE_MAX) {
			r->line_too_long = 1;
			w->p = w->end;
			if (lf != NULL)
				w->p = lf;
			err_set(e, "line of more than %d bytes", READER_LINE_MAX);
			e->line = (unsigned)r->number;
			return READER_BAD;
		}
		w->p = lf != NULL ? lf + 1 : w->end;
		if (lf != NULL)
			reader_consume(r, window_offset(w, w->p));
		if (len > 0 && line[len - 1] == '\r')
			len--;
		if (!is_blank(line, len))
			return line_record(r, line, len, e);
	}
}
