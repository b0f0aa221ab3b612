/*
 * The field scanner: one pass over a record's JSON text that finds the record's end
 * and picks slices of just the wanted paths. Allocates nothing but chained values of
 * fanned-out arrays (in the record's scratch). Keeps track of quotes, escapes and
 * nesting in all that it passes over, so that no text inside a value can pose as
 * structure. On every valid record it agrees with cJSON about where each wanted value
 * lies (the first of doubled keys counts; white space is every byte up to the blank);
 * what it does not check: number grammar, letters of escapes, UTF-8, and in values
 * nobody asked for all but strings and brackets.
 */
#ifndef PARSE_SCAN_H
#define PARSE_SCAN_H

#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "model/record.h"

/* A compiled list of paths: read-only, shared. */
struct scan_plan;
struct scan_plan *scan_plan_new(const char *const *paths, size_t n);
void	 scan_plan_free(struct scan_plan *);

/* Scratch of one thread for one plan. */
struct scan_state;
struct scan_state *scan_state_new(const struct scan_plan *);
void	 scan_state_free(struct scan_state *);

#define SCAN_PADDING 64		/* bytes behind end that must be readable */

enum scan_status {
	SCAN_OK,		/* *after is the byte behind the object */
	SCAN_MORE,		/* the text ends inside it */
	SCAN_BAD		/* e says what; *after is where it was noticed */
};

/*
 * p points at the '{'. fields[i] receives the value of paths[i] or NULL; fan-outs are
 * chained in document order. Values live in the state (first ones) and scratch (rest);
 * valid until the next call.
 */
enum scan_status scan_object(const struct scan_plan *, struct scan_state *,
	    const char *p, const char *end, struct value **fields,
	    struct arena *scratch, const char **after, struct err *e);

#endif
