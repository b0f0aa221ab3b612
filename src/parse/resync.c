/*
 * How the JSON reader finds its way: over values that are no records, however long,
 * and behind broken records to the next one.
 */
#include <string.h>

#include "parse/reader_impl.h"

#define LOOK_BACK 256		/* white space between a record's { and its first key */

void
resync_skip_start(struct skipper *s, uint64_t depth, int until)
{
	memset(s, 0, sizeof *s);
	s->depth = depth;
	s->until = until;
}

/* Where it ends, or NULL when it goes on behind end. */
static const char *
skipper_feed(struct skipper *s, const char *p, const char *end)
{
	if (s->until == SKIP_LINE)
		return memchr(p, '\n', (size_t)(end - p));
	for (; p < end; p++) {
		if (s->in_string) {
			if (s->escape)
				s->escape = 0;
			else if (*p == '\\')
				s->escape = 1;
			else if (*p == '"')
				s->in_string = 0;
			continue;
		}
		switch (*p) {
		case '"':
			s->in_string = 1;
			break;
		case '{':
		case '[':
			s->depth++;
			break;
		case '}':
		case ']':
			if (s->depth == 0)
				return p;
			if (--s->depth == 0 && s->until == SKIP_BALANCED)
				return p + 1;
			break;
		case ',':
		case '\n':
			if (s->depth > 0)
				break;
			if (s->until == SKIP_TOKEN ||
			    (s->until == SKIP_MEMBER && *p == ','))
				return p;
			break;
		}
	}
	return NULL;
}

int
resync_skip(struct level *l)
{
	struct window *w = l->w;
	const char *p;

	for (;;) {
		p = skipper_feed(&l->skipper, w->p, w->end);
		if (p != NULL)
			break;
		w->p = w->end;
		if (window_more(w) != WINDOW_MORE)
			return -1;
	}
	w->p = p;
	return 0;
}

void
resync_lose(struct level *l, const char *loose)
{
	l->back = l->where;
	l->where = WHERE_LOST;
	resync_skip_start(&l->skipper, 0, SKIP_BALANCED);
	l->skipped = window_offset(l->w, l->w->p);
	l->balanced = RESYNC_NOWHERE;
	l->search = window_offset(l->w, l->w->p + 1);
	l->loose = loose != NULL ? window_offset(l->w, loose) : RESYNC_NOWHERE;
}

/* Is the { at p, in front of a record's first key, behind a whole record? */
static int
stands_behind_record(const struct window *w, const char *p)
{
	for (p--; p > w->p && (unsigned char)*p <= ' '; p--)
		;
	if (p <= w->p || *p != ',')
		return 0;
	for (p--; p > w->p && (unsigned char)*p <= ' '; p--)
		;
	return *p == '}';
}

/*
 * Where a search from there has something to find that no earlier one looked at: the
 * records of a text may all be broken, and each would be searched over the same bytes.
 */
static const char *
search_from(struct level *l, int what, uint64_t loose, const char *from)
{
	uint64_t at = window_offset(l->w, from);

	if ((int)l->searched.what == what && loose >= l->searched.loose &&
	    at >= l->searched.from && at <= l->searched.to) {
		l->searched.loose = loose;
		return window_at(l->w, l->searched.to);
	}
	l->searched.what = what;
	l->searched.loose = loose;
	l->searched.from = l->searched.to = at;
	return from;
}

/* A search that began at start found nothing before at. */
static void
search_done(struct level *l, const char *start, const char *at)
{
	if (at <= start)
		return;
	l->looked += (uint64_t)(at - start);
	l->searched.to = window_offset(l->w, at);
}

/* The next record in an array: { and the key that the last good one began with. */
static const char *
find_in_array(struct level *l, const char *from)
{
	const struct window *w = l->w;
	const char *start = search_from(l, SEARCH_KEY, l->loose, from);
	const char *p = start, *q;

	while ((p = memmem(p, (size_t)(w->end - p), l->key, l->key_len))) {
		for (q = p; q > from && (unsigned char)q[-1] <= ' '; q--)
			;
		l->looked += (uint64_t)(p - q);
		if (q > from && q[-1] == '{' &&
		    (window_offset(w, q - 1) >= l->loose ||
		    stands_behind_record(w, q - 1))) {
			search_done(l, start, p);
			return q - 1;
		}
		p++;
	}
	if ((size_t)(w->end - start) >= l->key_len)
		search_done(l, start, w->end - l->key_len + 1);
	return NULL;
}

/* The next record on a line of its own. */
static const char *
find_on_line(struct level *l, const char *from)
{
	const struct window *w = l->w;
	const int any = l->lines == 1 && l->loose != RESYNC_NOWHERE;
	const char *start = search_from(l, SEARCH_LINE, any ? 0 :
	    RESYNC_NOWHERE, from);
	const char *p = start, *lf;

	while ((lf = memchr(p, '\n', (size_t)(w->end - p))) != NULL) {
		p = lf + 1;
		if (window_offset(w, p) > l->last_line)
			l->last_line = window_offset(w, p);
		if (any || (p < w->end && (*p == '{' || *p == '['))) {
			search_done(l, start, lf);
			return p;
		}
		if (p == w->end)
			break;		/* its next byte is not there yet */
	}
	search_done(l, start, lf != NULL ? lf : w->end);
	return NULL;
}

const char *
resync_next(struct level *l)
{
	const char *from = window_at(l->w, l->search);
	size_t keep = 1;	/* a newline, whose next byte is not there yet */

	if (l->back == WHERE_RECORDS || l->in_array) {
		const char *found = find_in_array(l, from);

		if (found != NULL)
			return found;
		keep = l->key_len + LOOK_BACK;
	} else {
		const char *found = find_on_line(l, from);

		if (found != NULL)
			return found;
	}
	if ((size_t)(l->w->end - from) > keep)
		l->search = window_offset(l->w, l->w->end - keep);
	return NULL;
}

/*
 * The broken record is balanced up to p: may the next one come there? 1 yes, 0 no,
 * -1 the text must be longer to tell.
 */
static int
may_go_on(const struct level *l, const char *p)
{
	p = reader_blank(p, l->w->end);
	if (p == l->w->end)
		return l->w->ended ? 1 : -1;
	if (l->back == WHERE_RECORDS || l->in_array)
		return *p == ',' || *p == ']';
	return *p == '{' || *p == '[' || *p == ',';
}

/* Is the broken record balanced before end? Behind a next one, it does not matter. */
static void
balance(struct level *l, const char *end)
{
	const char *from = window_at(l->w, l->skipped), *p;

	if (from >= end)
		return;
	p = skipper_feed(&l->skipper, from, end);
	l->skipped = window_offset(l->w, end);
	l->looked += (uint64_t)((p != NULL ? p : end) - from);
	if (p != NULL)
		l->balanced = window_offset(l->w, p);
}

int
resync_find(struct level *l)
{
	struct window *w = l->w;
	const char *p, *next;
	int can;

	for (;;) {
		can = 0;
		next = resync_next(l);
		if (l->balanced == RESYNC_NOWHERE && l->skipped != RESYNC_NOWHERE)
			balance(l, next != NULL ? next : w->end);
		if (l->balanced != RESYNC_NOWHERE) {
			p = window_at(w, l->balanced);
			can = may_go_on(l, p);
			if (can == 1 && (next == NULL || p <= next))
				next = p;
			if (can == 0)
				l->balanced = l->skipped = RESYNC_NOWHERE;
		}
		if (next != NULL && can != -1) {
			if (l->balanced != RESYNC_NOWHERE &&
			    next != window_at(w, l->balanced))
				l->balanced = RESYNC_NOWHERE;
			w->p = next;
			return 0;
		}
		/* What was looked at may go. */
		p = window_at(w, l->search);
		if (l->balanced != RESYNC_NOWHERE && window_at(w, l->balanced) < p)
			p = window_at(w, l->balanced);
		if (l->skipped != RESYNC_NOWHERE && window_at(w, l->skipped) < p)
			p = window_at(w, l->skipped);
		w->p = p;
		switch (window_more(w)) {
		case WINDOW_MORE:
			break;
		case WINDOW_ENDED:
			if (can != -1)
				return 1;
			break;
		case WINDOW_FULL:	/* of white space behind it */
			l->balanced = l->skipped = RESYNC_NOWHERE;
			break;
		}
	}
}

