/*
 * Parts of a batch. See batch.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/batch.h"

struct part *
part_new(struct object *object)
{
	struct part *p;

	p = xcalloc(1, sizeof *p);
	p->object = object;
	p->arena = arena_new();
	p->lines = (struct buf)BUF_INIT(PART_LINES_MAX);
	p->end = PART_MORE;
	p->first_time = p->last_time = RECORD_TIME_NONE;
	return p;
}

void
part_free(struct part *p)
{
	if (p == NULL)
		return;
	arena_free(p->arena);
	buf_clear(&p->lines);
	free(p->hits);
	free(p->ids);
	free(p->errors);
	free(p);
}

void
part_error(struct part *p, uint64_t record, const char *fmt, ...)
{
	struct hit_error *error;
	va_list ap;

	p->error_count++;
	if (p->nerrors >= PART_ERRORS_MAX)
		return;
	p->errors = xreallocarray(p->errors, p->nerrors + 1,
	    sizeof *p->errors);
	error = &p->errors[p->nerrors++];
	error->record = record;
	va_start(ap, fmt);
	vsnprintf(error->msg, sizeof error->msg, fmt, ap);
	va_end(ap);
}

struct hit *
part_add_hit(struct part *p)
{
	struct hit *hit;

	p->hits = xgrow(p->hits, &p->hits_cap, p->nhits + 1, sizeof *p->hits);
	hit = &p->hits[p->nhits++];
	memset(hit, 0, sizeof *hit);
	hit->id_index = UINT32_MAX;
	hit->time = RECORD_TIME_NONE;
	return hit;
}

void
part_add_id(struct part *p, uint64_t id_hash)
{
	p->ids = xgrow(p->ids, &p->ids_cap, p->nids + 1, sizeof *p->ids);
	p->ids[p->nids++] = id_hash;
}
