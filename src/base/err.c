/*
 * Errors as values and lists of them. See err.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

/* Made aside first: the arguments may point into the old message. */
static void __attribute__((format(printf, 2, 0)))
err_say(struct err *e, const char *fmt, va_list ap)
{
	char msg[ERR_MSG_MAX];

	vsnprintf(msg, sizeof msg, fmt, ap);
	memcpy(e->msg, msg, strlen(msg) + 1);
}

int
err_set(struct err *e, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	err_say(e, fmt, ap);
	va_end(ap);
	e->file = NULL;
	e->line = e->col = 0;
	return -1;
}

int
err_at(struct err *e, const struct err *at, const char *fmt, ...)
{
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	err_say(e, fmt, ap);
	va_end(ap);
	e->file = at->file;	/* e and at may be the same */
	e->line = at->line;
	e->col = at->col;
	return -1;
}

int
err_wrap(struct err *e, const char *fmt, ...)
{
	char before[ERR_MSG_MAX], all[2 * ERR_MSG_MAX + 4];
	va_list ap;

	if (e == NULL)
		return -1;
	va_start(ap, fmt);
	vsnprintf(before, sizeof before, fmt, ap);
	va_end(ap);
	snprintf(all, sizeof all, "%s: %s", before, e->msg);
	all[sizeof e->msg - 1] = '\0';
	memcpy(e->msg, all, strlen(all) + 1);
	return -1;
}

const char *
err_text(const struct err *e, char *out, size_t len)
{
	char where[ERR_WHERE_MAX], msg[ERR_MSG_MAX * 2];

	text_printable(where, sizeof where - 32, e->file ? e->file : "",
	    e->file ? strlen(e->file) : 0);
	text_printable(msg, sizeof msg, e->msg, strlen(e->msg));
	if (e->file == NULL)
		snprintf(out, len, "%s", msg);
	else if (e->line == 0)
		snprintf(out, len, "%s: %s", where, msg);
	else if (e->col == 0)
		snprintf(out, len, "%s:%u: %s", where, e->line, msg);
	else
		snprintf(out, len, "%s:%u:%u: %s", where, e->line, e->col, msg);
	return out;
}

static const char *
errs_file(struct errs *es, const char *file)
{
	size_t i;

	if (file == NULL)
		return NULL;
	for (i = es->nfiles; i-- > 0;)	/* the last one is the likely one */
		if (strcmp(es->files[i], file) == 0)
			return es->files[i];
	es->files = xreallocarray(es->files, es->nfiles + 1, sizeof *es->files);
	es->files[es->nfiles] = xstrdup(file);
	return es->files[es->nfiles++];
}

static void
errs_push(struct errs *es, const struct err *e, int warning)
{
	const struct err copy = *e;	/* e may be one of the list, which moves */

	es->count++;
	es->warnings += warning != 0;
	if (es->n >= ERRS_MAX)
		return;
	es->list = xreallocarray(es->list, es->n + 1, sizeof *es->list);
	es->is_warning = xreallocarray(es->is_warning, es->n + 1, 1);
	es->list[es->n] = copy;
	es->list[es->n].file = errs_file(es, copy.file);
	es->is_warning[es->n++] = warning != 0;
}

void
errs_add(struct errs *es, const struct err *e)
{
	errs_push(es, e, 0);
}

void
errs_warn(struct errs *es, const struct err *e)
{
	errs_push(es, e, 1);
}

size_t
errs_fatal(const struct errs *es)
{
	return es->count - es->warnings;
}

void
errs_clear(struct errs *es)
{
	size_t i;

	for (i = 0; i < es->nfiles; i++)
		free(es->files[i]);
	free(es->files);
	free(es->list);
	free(es->is_warning);
	memset(es, 0, sizeof *es);
}
