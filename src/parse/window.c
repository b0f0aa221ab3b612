/*
 * A bounded window over decompressed bytes. See window.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "parse/scan.h"
#include "parse/window.h"

#define MAX_LEAST 4096		/* below that, searches could not go on */

void
window_init(struct window *w, struct gunzip *gunzip, size_t size, size_t max)
{
	memset(w, 0, sizeof *w);
	w->gunzip = gunzip;
	w->first_size = size;
	w->max = max > MAX_LEAST ? max : MAX_LEAST;
	if (w->max < size)
		w->max = size;
	w->ended = 1;
}

void
window_clear(struct window *w)
{
	if (w->gunzip != NULL)
		free(w->buf);
	w->buf = NULL;
}

void
window_start(struct window *w)
{
	if (w->size != w->first_size) {
		free(w->buf);
		w->size = w->first_size;
		w->buf = xcalloc(1, w->size + SCAN_PADDING);
	}
	w->p = w->end = w->buf;
	w->offset = 0;
	w->ended = w->failed = 0;
}

void
window_memory(struct window *w, const char *text, size_t len)
{
	memset(w, 0, sizeof *w);
	w->buf = (char *)(uintptr_t)text;	/* never written to */
	w->size = len;
	w->p = text;
	w->end = text + len;
	w->ended = 1;
}

enum window_state
window_more(struct window *w)
{
	size_t left = (size_t)(w->end - w->p);
	size_t new = 0;
	char *end;
	long got;

	if (w->ended)
		return WINDOW_ENDED;
	if (left >= w->max)
		return WINDOW_FULL;
	w->offset += (uint64_t)(w->p - w->buf);
	if (w->p != w->buf)
		memmove(w->buf, w->p, left);
	if (left == w->size) {
		w->size = w->size > w->max / 2 ? w->max : w->size * 2;
		w->buf = xreallocarray(w->buf, 1, w->size + SCAN_PADDING);
	}
	end = w->buf + left;
	w->p = w->buf;
	/* What is left will be looked at again from its start: not for less than as
	   much again, or bytes that come in drops would cost their square. */
	do {
		got = gunzip_read(w->gunzip, end, w->size - left - new, &w->err);
		if (got <= 0)
			break;
		end += got;
		new += (size_t)got;
	} while (new < left && left + new < w->size);
	if (got <= 0)
		w->ended = 1;
	if (got < 0)
		w->failed = 1;
	memset(end, 0, SCAN_PADDING);
	w->end = end;
	return new > 0 ? WINDOW_MORE : WINDOW_ENDED;
}
