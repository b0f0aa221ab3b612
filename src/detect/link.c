/*
 * What correlations refer to. See link.h.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "detect/link.h"
#include "detect/rule.h"

/* Names of rules to their numbers: chains, as titles need not be unique. */
struct index {
	struct map	*map;		/* name -> 1 + first in links */
	struct link { uint32_t rule; size_t next; } *links;
	size_t		 n, cap;
};

static void
index_add(struct index *ix, const char *name, uint32_t rule)
{
	size_t head;

	if (name == NULL)
		return;
	head = (size_t)(uintptr_t)map_get(ix->map, name);
	if (head != 0 && ix->links[head - 1].rule == rule)
		return;			/* its id is its title */
	ix->links = xgrow(ix->links, &ix->cap, ix->n + 1, sizeof *ix->links);
	ix->links[ix->n].rule = rule;
	ix->links[ix->n].next = head;
	map_set(ix->map, name, (void *)(uintptr_t)(++ix->n));
}

static void
index_build(struct index *ix, const struct ruleset *set)
{
	const struct rule *r;
	size_t i;

	memset(ix, 0, sizeof *ix);
	ix->map = map_new();
	for (i = set->nrules; i-- > 0;) {
		r = set->rules[i];
		index_add(ix, r->given_id, (uint32_t)i);
		index_add(ix, r->info.name, (uint32_t)i);
		index_add(ix, r->info.alert.title, (uint32_t)i);
	}
}

static void
index_clear(struct index *ix)
{
	map_free(ix->map, NULL);
	free(ix->links);
}

/*
 * What one reference means: 0 found, -1 nothing. A correlation that bears the title of
 * the rule it counts does not mean itself.
 */
static int
ref_resolve(struct ruleset *set, uint32_t self, struct correlation_ref *ref,
    const struct index *ix)
{
	size_t at, n = 0;

	for (at = (size_t)(uintptr_t)map_get(ix->map, ref->text); at != 0;
	    at = ix->links[at - 1].next)
		n++;
	ref->rules = arena_alloc(set->arena, (n + 1) * sizeof *ref->rules);
	ref->n = 0;
	for (at = (size_t)(uintptr_t)map_get(ix->map, ref->text); at != 0;
	    at = ix->links[at - 1].next)
		if (n == 1 || ix->links[at - 1].rule != self)
			ref->rules[ref->n++] = ix->links[at - 1].rule;
	return n > 0 ? 0 : -1;
}

static int
resolve(struct ruleset *set, uint32_t self, const struct index *ix,
    const struct map *refused, struct errs *es)
{
	struct correlation *k = set->rules[self]->correlation;
	struct correlation_ref *ref;
	char shown[SHOWN_MAX];
	struct err e;
	size_t i;
	int rc = 0;

	for (i = 0; i < k->nrefs; i++) {
		ref = &k->refs[i];
		if (ref_resolve(set, self, ref, ix) == 0)
			continue;
		text_printable(shown, sizeof shown, ref->text,
		    strlen(ref->text));
		if (map_get(refused, ref->text) != NULL)
			err_at(&e, &ref->place, "the rule \"%s\" was refused, so "
			    "this correlation cannot count it", shown);
		else
			err_at(&e, &ref->place, "no rule has the id, name or title "
			    "\"%s\"", shown);
		errs_add(es, &e);
		rc = -1;
	}
	return rc;
}

enum colour { WHITE, GREY, BLACK };

/* Depth first along references; a grey rule met again closes a circle. */
static int
is_circle(const struct ruleset *set, uint32_t from, unsigned char *colours)
{
	struct step { uint32_t rule; size_t ref, k; } *stack;
	size_t depth = 1;
	int found = 0;

	stack = xcalloc(set->nrules + 1, sizeof *stack);
	stack[0].rule = from;
	colours[from] = GREY;
	while (depth > 0 && !found) {
		struct step *s = &stack[depth - 1];
		const struct correlation *k = set->rules[s->rule]->correlation;
		uint32_t to;

		if (k == NULL || s->ref == k->nrefs) {
			colours[s->rule] = BLACK;
			depth--;
			continue;
		}
		if (s->k >= k->refs[s->ref].n) {
			s->ref++;
			s->k = 0;
			continue;
		}
		to = k->refs[s->ref].rules[s->k++];
		if (to == from)
			found = 1;
		else if (colours[to] == WHITE) {
			colours[to] = GREY;
			stack[depth].rule = to;
			stack[depth].ref = stack[depth].k = 0;
			depth++;
		}
	}
	free(stack);
	return found;
}

static void
check_aliases(const struct ruleset *set, const struct rule *r, struct errs *es)
{
	const struct correlation *k = r->correlation;
	const struct correlation_alias *a;
	struct err e;
	size_t i, j, m;

	for (i = 0; i < k->naliases; i++) {
		a = &k->aliases[i];
		for (j = 0; j < k->nrefs; j++) {
			for (m = 0; m < a->n; m++)
				if (rule_is_called(set->rules[
				    k->refs[j].rules[0]], a->refs[m]))
					break;
			if (m < a->n)
				continue;
			err_at(&e, &k->refs[j].place, "the alias \"%.40s\" says "
			    "nothing of this rule; its events will not take part",
			    a->name);
			errs_warn(es, &e);
		}
	}
}

/* Takes rules out of the set that are marked gone; returns how many went. */
static size_t
sweep(struct ruleset *set, const unsigned char *gone)
{
	size_t i, n = 0;

	for (i = 0; i < set->nrules; i++)
		if (!gone[i])
			set->rules[n++] = set->rules[i];
	i = set->nrules - n;
	set->nrules = n;
	return i;
}

/*
 * One round over all correlations; those that are wrong leave. Others may have
 * referred to them, so rounds go on until nothing leaves.
 */
static size_t
link_round(struct ruleset *set, struct map *refused, struct errs *es)
{
	unsigned char *gone, *colours;
	struct index ix;
	struct rule *r;
	struct err e;
	size_t i, left;

	gone = xcalloc(set->nrules + 1, 1);
	colours = xcalloc(set->nrules + 1, 1);
	index_build(&ix, set);
	for (i = 0; i < set->nrules; i++)
		if (set->rules[i]->correlation != NULL)
			gone[i] = resolve(set, (uint32_t)i, &ix, refused,
			    es) == -1;
	for (i = 0; i < set->nrules; i++) {
		r = set->rules[i];
		if (r->correlation == NULL || gone[i])
			continue;
		memset(colours, WHITE, set->nrules);
		if (is_circle(set, (uint32_t)i, colours)) {
			gone[i] = 1;
			err_at(&e, &r->place, "the correlation \"%.80s\" refers to "
			    "itself in a circle", r->info.alert.title);
			errs_add(es, &e);
		}
	}
	for (i = 0; i < set->nrules; i++)
		if (gone[i]) {
			r = set->rules[i];
			map_set(refused, r->info.alert.title, r);
			if (r->info.name != NULL)
				map_set(refused, r->info.name, r);
			if (r->given_id != NULL)
				map_set(refused, r->given_id, r);
		}
	left = sweep(set, gone);
	index_clear(&ix);
	free(gone);
	free(colours);
	return left;
}

/* Who is silent, and which kinds a correlation sees. 1 when something changed. */
static int
mark_round(struct ruleset *set)
{
	const struct correlation *k;
	struct rule *to, *from;
	size_t i, j, m;
	int changed = 0;

	for (i = 0; i < set->nrules; i++) {
		to = set->rules[i];
		if ((k = to->correlation) == NULL)
			continue;
		for (j = 0; j < k->nrefs; j++)
			for (m = 0; m < k->refs[j].n; m++) {
				from = set->rules[k->refs[j].rules[m]];
				if (!to->generate)
					from->info.silent = 1;
				changed |= (from->info.kinds &
				    ~to->info.kinds) != 0;
				to->info.kinds |= from->info.kinds;
			}
	}
	return changed;
}

/* Nobody counts yet: what is not done is said, with the rules that fall silent. */
static void
tell_unrun(const struct ruleset *set, const struct rule *r, struct errs *es)
{
	const struct correlation *k = r->correlation;
	const struct rule *from;
	size_t i, m, counted = 0;
	char shown[SHOWN_MAX], more[64] = "";
	struct err e;

	for (i = 0; i < k->nrefs; i++)
		for (m = 0; m < k->refs[i].n; m++) {
			from = set->rules[k->refs[i].rules[m]];
			counted += from->info.silent && from->root != NULL;
		}
	if (counted > 0)
		snprintf(more, sizeof more, counted == 1 ? ", nor the rule that "
		    "only correlations count" : ", nor the %zu rules "
		    "that only correlations count",
		    counted);
	text_printable(shown, sizeof shown, r->info.alert.title,
	    strlen(r->info.alert.title));
	err_at(&e, &r->place, "the correlation \"%s\" is read and checked; this "
	    "version does not run correlations%s", shown, more);
	errs_warn(es, &e);
}

void
link_correlations(struct ruleset *set, const struct map *refused,
    struct errs *es)
{
	struct map *names = map_new();
	const char *name;
	void *value;
	size_t i, pos = 0;

	while (map_next(refused, &pos, &name, &value))
		map_set(names, name, value);
	while (link_round(set, names, es) > 0)
		;
	map_free(names, NULL);
	for (i = 0; i < set->nrules; i++)
		if (set->rules[i]->correlation != NULL)
			check_aliases(set, set->rules[i], es);
	while (mark_round(set))
		;
	for (i = 0; i < set->nrules; i++)
		if (set->rules[i]->correlation != NULL)
			tell_unrun(set, set->rules[i], es);
}
