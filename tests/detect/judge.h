/*
 * Test help: records out of JSON text, and rules put to them, without any parser.
 */
#ifndef TESTS_DETECT_JUDGE_H
#define TESTS_DETECT_JUDGE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "detect/ruleset.h"
#include "model/value.h"

struct judge {
	struct ruleset	*set;
	struct matcher	*matcher;
	struct arena	*arena;
	struct record	 rec;
	char		*text;		/* a copy of its own size: ASan sees overreads */
};

static inline void
judge_start(struct judge *j, struct ruleset *set)
{
	memset(j, 0, sizeof *j);
	j->set = set;
	j->matcher = matcher_new(set);
	j->arena = arena_new();
}

static inline void
judge_end(struct judge *j)
{
	matcher_free(j->matcher);
	arena_free(j->arena);
	free(j->text);
	memset(j, 0, sizeof *j);
}

/* The record of JSON text, its fields found the slow and exact way. */
static inline const struct record *
judge_record(struct judge *j, enum kind kind, const char *json, size_t len)
{
	const struct fieldset *fs = ruleset_fields(j->set, kind);
	struct value whole;
	size_t i;

	arena_reset(j->arena);
	free(j->text);
	j->text = xmalloc(len);
	memcpy(j->text, json, len);
	memset(&j->rec, 0, sizeof j->rec);
	j->rec.kind = kind;
	j->rec.number = 1;
	j->rec.text = j->text;
	j->rec.len = len;
	j->rec.time = RECORD_TIME_NONE;
	j->rec.scratch = j->arena;
	j->rec.nfields = fs->n;
	j->rec.fields = arena_alloc(j->arena, (fs->n + 1) *
	    sizeof *j->rec.fields);
	memset(j->rec.fields, 0, (fs->n + 1) * sizeof *j->rec.fields);
	if (value_parse(j->text, j->text + len, &whole) == NULL)
		return &j->rec;
	for (i = 0; i < fs->n; i++)
		j->rec.fields[i] = value_path(&whole, fs->names[i], j->arena);
	return &j->rec;
}

/* How many rules of the text match the JSON; -1 when the rules are refused. */
static inline int
judge_text(const char *rules, const char *json,
    const struct placeholder *placeholders, size_t nplaceholders)
{
	struct ruleset_options o = { .placeholders = placeholders,
	    .nplaceholders = nplaceholders };
	struct errs es = { 0 };
	struct ruleset *set;
	struct judge j;
	const uint32_t *hits;
	int n = -1;

	set = ruleset_load_text("rules", rules, strlen(rules), &o, &es);
	if (errs_fatal(&es) == 0) {
		judge_start(&j, set);
		n = (int)matcher_run(j.matcher, judge_record(&j, KIND_JSON, json,
		    strlen(json)), &hits, NULL, NULL);
		judge_end(&j);
	}
	ruleset_free(set);
	errs_clear(&es);
	return n;
}

static inline const char *
judge_shared(const char *file, char *out, size_t size)
{
	const char *shared = getenv("BUCKETWATCH_SHARED");
	const char *top = getenv("top_srcdir");

	if (shared != NULL)
		snprintf(out, size, "%s/%s", shared, file);
	else
		snprintf(out, size, "%s/../shared/%s", top ? top : ".", file);
	return out;
}

#endif
