/*
 * The rule engine alone: records per second over records that are in memory with
 * their fields found.
 *
 *   bench_match [-n ROUNDS] -r RULES... RECORDS.jsonl
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "detect/ruleset.h"

#define RULES_MAX_PATHS 64

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static struct record *
read_records(const char *path, const struct fieldset *fs, enum kind kind,
    size_t *n)
{
	struct arena *keep = arena_new();	/* for the whole run */
	struct record *list = NULL, *r;
	char *line = NULL;
	size_t cap = 0, list_cap = 0, i;
	struct value whole;
	ssize_t len;
	FILE *f;

	*n = 0;
	if ((f = fopen(path, "r")) == NULL) {
		perror(path);
		exit(2);
	}
	while ((len = getline(&line, &cap, f)) > 0) {
		list = xgrow(list, &list_cap, *n + 1, sizeof *list);
		r = &list[(*n)++];
		memset(r, 0, sizeof *r);
		r->kind = kind;
		r->len = (size_t)len;
		r->text = arena_strndup(keep, line, r->len);
		r->nfields = fs->n;
		r->fields = arena_alloc(keep, (fs->n + 1) * sizeof *r->fields);
		memset(r->fields, 0, (fs->n + 1) * sizeof *r->fields);
		if (value_parse(r->text, r->text + r->len, &whole) == NULL)
			continue;
		for (i = 0; i < fs->n; i++)
			r->fields[i] = value_path(&whole, fs->names[i], keep);
	}
	free(line);
	fclose(f);
	return list;
}

int
main(int argc, char **argv)
{
	const char *paths[RULES_MAX_PATHS + 1] = { NULL };
	struct ruleset_options o = { .paths = paths };
	struct errs es = { 0 };
	struct arena *scratch = arena_new();
	struct ruleset *set;
	struct matcher *m;
	struct record *records;
	const uint32_t *hits;
	size_t npaths = 0, n, i, total = 0, rules = 0;
	int rounds = 20, k, active = 0;
	double start, took, best = 1e9;

	for (k = 1; k < argc - 1; k++) {
		if (strcmp(argv[k], "-n") == 0)
			rounds = atoi(argv[++k]);
		else if (strcmp(argv[k], "-r") != 0 && npaths < RULES_MAX_PATHS)
			paths[npaths++] = argv[k];
	}
	if (argc < 3 || (set = ruleset_load(&o, &es)) == NULL) {
		fprintf(stderr, "bench_match [-n ROUNDS] -r RULES... RECORDS\n");
		return 2;
	}
	rules = ruleset_count(set);
	for (i = 0; i < rules; i++)
		active += (ruleset_info(set, i)->kinds & 1u << KIND_CLOUDTRAIL) != 0;
	records = read_records(argv[argc - 1],
	    ruleset_fields(set, KIND_CLOUDTRAIL), KIND_CLOUDTRAIL, &n);
	m = matcher_new(set);
	for (k = 0; k < rounds; k++) {
		total = 0;
		start = now();
		for (i = 0; i < n; i++) {
			arena_reset(scratch);
			records[i].scratch = scratch;
			total += matcher_run(m, &records[i], &hits, NULL, NULL);
		}
		took = now() - start;
		if (took < best)
			best = took;
	}
	printf("%zu rules (%d for CloudTrail), %zu records, %zu hits, %.0f ns a "
	    "record (best of %d)\n", rules, active, n, total, best / (double)n *
	    1e9, rounds);
	matcher_free(m);
	ruleset_free(set);
	errs_clear(&es);
	arena_free(scratch);
	free(records);
	return 0;
}
