/*
 * One record judged by itself. See judge.h.
 */
#include <stdlib.h>

#include "app/judge.h"
#include "base/mem.h"

struct judge {
	struct reader	*reader;
	struct matcher	*matcher;
	struct bytes	 src;
};

struct judge *
judge_new(const struct ruleset *rules, enum input_mode mode)
{
	struct judge *j = xcalloc(1, sizeof *j);
	struct reader_options o = { .mode = mode,
	    .record_max = READER_RECORD_MAX_DEFAULT,
	    .gunzip = { 1 << 30, 0 }, .id_seed = 1 };
	int k;

	for (k = 0; k < KIND_COUNT; k++)
		o.fields[k] = ruleset_fields(rules, (enum kind)k);
	j->reader = reader_new(&o);
	j->matcher = matcher_new(rules);
	return j;
}

void
judge_free(struct judge *j)
{
	if (j == NULL)
		return;
	reader_free(j->reader);
	matcher_free(j->matcher);
	free(j);
}

const struct record *
judge_next(struct judge *j, struct err *e)
{
	const struct record *rec;

	e->msg[0] = '\0';
	switch (reader_next(j->reader, &rec, e)) {
	case READER_RECORD:
		return rec;
	case READER_END:
		e->msg[0] = '\0';
		return NULL;
	case READER_BAD:
	case READER_UNFINISHED:
	case READER_DAMAGED:
		break;
	}
	return NULL;
}

const struct record *
judge_read(struct judge *j, const char *text, size_t len, struct err *e)
{
	const struct record *rec;

	j->src = (struct bytes){ .fd = -1, .mem = text, .len = len };
	reader_start(j->reader, &j->src, 0, 0);
	rec = judge_next(j, e);
	if (rec == NULL && e->msg[0] == '\0')
		err_set(e, "there is no record in it");
	return rec;
}

size_t
judge_match(struct judge *j, const struct record *rec, const uint32_t **hits)
{
	return matcher_run(j->matcher, rec, hits, NULL, NULL);
}

struct matcher *
judge_matcher(struct judge *j)
{
	return j->matcher;
}
