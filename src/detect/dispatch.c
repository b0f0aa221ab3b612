/*
 * Dispatch. See dispatch.h. What a rule needs follows from its condition: "and" needs
 * what any of its parts needs, "or" only what all of them need, "not" turns the two
 * around. Among the fields that would do, a rule takes the one that tells most rules
 * apart (eventName, in practice), so that few candidates are left for a record.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "detect/set.h"

#define NEEDS_MAX 100000		/* values of one rule that are followed */

struct needs {
	const struct pattern **list;
	size_t		 n, cap;
};

static int
needs_add(struct needs *to, const struct pattern *p, size_t n)
{
	size_t i;

	if (to->n + n > NEEDS_MAX)
		return 0;
	to->list = xgrow(to->list, &to->cap, to->n + n, sizeof *to->list);
	for (i = 0; i < n; i++)
		to->list[to->n++] = &p[i];
	return 1;
}

static int	needs_of(const struct node *, int negated, int field,
		    struct needs *);

/* One of the parts is enough: the one with the fewest values. */
static int
needs_any(const struct node *node, int negated, int field, struct needs *out)
{
	struct needs best = { 0 }, one;
	size_t i;
	int found = 0, ok;

	for (i = 0; i < node->n; i++) {
		memset(&one, 0, sizeof one);
		ok = needs_of(node->kids[i], negated, field, &one);
		if (ok && (!found || one.n < best.n)) {
			free(best.list);
			best = one;
			found = 1;
		} else
			free(one.list);
	}
	for (i = 0; found && i < best.n; i++)
		found = needs_add(out, best.list[i], 1);
	free(best.list);
	return found;
}

/* 1: the record needs one of the values added to out; 0: it needs none */
static int
needs_of(const struct node *node, int negated, int field, struct needs *out)
{
	size_t i;

	switch (node->type) {
	case NODE_ITEM:
		return !negated && node->item->field == field &&
		    node->item->nequals > 0 &&
		    needs_add(out, node->item->equals, node->item->nequals);
	case NODE_NOT:
		return needs_of(node->kids[0], !negated, field, out);
	case NODE_AND:
	case NODE_OR:
		if ((node->type == NODE_AND) != (negated != 0))
			return needs_any(node, negated, field, out);
		for (i = 0; i < node->n; i++)
			if (!needs_of(node->kids[i], negated, field, out))
				return 0;
		return node->n > 0;
	}
	return 0;
}

const struct pattern **
dispatch_needs(const struct ruleset *set, size_t rule, int field, size_t *n)
{
	struct needs needs = { 0 };

	*n = 0;
	if (set->rules[rule]->root == NULL ||
	    !needs_of(set->rules[rule]->root, 0, field, &needs)) {
		free(needs.list);
		return NULL;
	}
	*n = needs.n;
	return needs.list;
}

/* A field that would do for a rule. */
struct choice {
	uint32_t	 rule;
	int		 field;
	const struct pattern **values;
	size_t		 n;
};

struct choices {
	struct choice	*list;
	size_t		 n, cap;
};

/* The fields of items with fixed values, each once. */
static void
collect_fields(const struct node *node, int **fields, size_t *n, size_t *cap)
{
	size_t i;

	if (node->type == NODE_ITEM && node->item->nequals > 0) {
		for (i = 0; i < *n; i++)
			if ((*fields)[i] == node->item->field)
				return;
		*fields = xgrow(*fields, cap, *n + 1, sizeof **fields);
		(*fields)[(*n)++] = node->item->field;
	}
	for (i = 0; i < node->n; i++)
		collect_fields(node->kids[i], fields, n, cap);
}

static void
choices_of_rule(const struct ruleset *set, uint32_t rule, struct choices *out)
{
	const struct pattern **values;
	size_t i, n, nfields = 0, cap = 0;
	int *fields = NULL;

	if (set->rules[rule]->root == NULL)
		return;
	collect_fields(set->rules[rule]->root, &fields, &nfields, &cap);
	for (i = 0; i < nfields; i++) {
		values = dispatch_needs(set, rule, fields[i], &n);
		if (values == NULL)
			continue;
		out->list = xgrow(out->list, &out->cap, out->n + 1,
		    sizeof *out->list);
		out->list[out->n++] = (struct choice) { rule, fields[i], values,
		    n };
	}
	free(fields);
}

/* The item that says just what a choice says, where all of the rule hangs on it. */
static const struct item *
implied_item(const struct node *node, const struct choice *c)
{
	const struct item *it;
	size_t i;

	if (node->type == NODE_ITEM) {
		it = node->item;
		return it->field == c->field && it->nequals == c->n &&
		    c->values[0] == &it->equals[0] && !it->all && !it->cased ?
		    it : NULL;
	}
	for (i = 0; node->type == NODE_AND && i < node->n; i++)
		if ((it = implied_item(node->kids[i], c)) != NULL)
			return it;
	return NULL;
}

static int
takes_part(const struct rule *r, enum kind kind)
{
	return r->root != NULL && !r->info.silent && (kind == KIND_JSON ||
	    (r->info.kinds & (1u << kind)) != 0);
}

/* How many different values the rules of this kind name for each field. */
static size_t *
count_values(const struct ruleset *set, const struct choices *all,
    enum kind kind)
{
	struct map *seen = map_new();
	char key[32];
	size_t *counts, i, k;

	counts = xcalloc(set->nfields + 1, sizeof *counts);
	for (i = 0; i < all->n; i++) {
		const struct choice *c = &all->list[i];

		if (!takes_part(set->rules[c->rule], kind))
			continue;
		for (k = 0; k < c->n; k++) {
			snprintf(key, sizeof key, "%x %016llx", (unsigned)c->field,
			    (unsigned long long)hash64(c->values[k]->text,
			    c->values[k]->len, set->seed));
			if (map_set(seen, key, counts) == NULL)
				counts[c->field]++;
		}
	}
	map_free(seen, NULL);
	return counts;
}

static const struct choice *
choose(const struct choices *all, size_t first, size_t behind,
    const size_t *counts)
{
	const struct choice *best = NULL, *c;
	size_t i;

	for (i = first; i < behind; i++) {
		c = &all->list[i];
		if (best == NULL || counts[c->field] > counts[best->field] ||
		    (counts[c->field] == counts[best->field] && c->n < best->n))
			best = c;
	}
	return best;
}

const struct dispatch_entry *
dispatch_find(const struct dispatch_table *t, const char *text, size_t len,
    uint64_t hash)
{
	const struct dispatch_entry *e;
	size_t at;

	for (at = hash & t->mask; t->entries[at].text != NULL;
	    at = (at + 1) & t->mask) {
		e = &t->entries[at];
		if (e->hash == hash && e->len == len &&
		    memcmp(e->text, text, len) == 0)
			return e;
	}
	return NULL;
}

static struct dispatch_entry *
entry_for(struct dispatch_table *t, const struct pattern *p, uint64_t hash)
{
	struct dispatch_entry *e;
	size_t at;

	e = (struct dispatch_entry *)dispatch_find(t, p->text, p->len, hash);
	if (e != NULL)
		return e;
	for (at = hash & t->mask; t->entries[at].text != NULL;)
		at = (at + 1) & t->mask;
	e = &t->entries[at];
	e->text = p->text;
	e->len = p->len;
	e->hash = hash;
	t->lengths |= 1ULL << (p->len < 63 ? p->len : 63);
	return e;
}

/* One field's table out of the choices made for it. */
static void
table_build(struct ruleset *set, int field, const struct choice *const *chosen,
    size_t n, struct dispatch_table *t)
{
	struct dispatch_entry *e;
	uint32_t *rules;
	size_t i, k, total = 0, size = 16;

	for (i = 0; i < n; i++)
		total += chosen[i]->n;
	while (size < 2 * total)
		size *= 2;
	t->field = field;
	t->mask = size - 1;
	t->lengths = 0;
	t->entries = arena_alloc(set->arena, size * sizeof *t->entries);
	memset(t->entries, 0, size * sizeof *t->entries);
	for (i = 0; i < n; i++)		/* how many rules an entry may get */
		for (k = 0; k < chosen[i]->n; k++)
			entry_for(t, chosen[i]->values[k],
			    hash64(chosen[i]->values[k]->text,
			    chosen[i]->values[k]->len, set->seed))->n++;
	for (i = 0; i < size; i++) {
		if (t->entries[i].text == NULL)
			continue;
		t->entries[i].rules = arena_alloc(set->arena,
		    t->entries[i].n * sizeof *rules);
		t->entries[i].n = 0;
	}
	for (i = 0; i < n; i++)
		for (k = 0; k < chosen[i]->n; k++) {
			e = entry_for(t, chosen[i]->values[k],
			    hash64(chosen[i]->values[k]->text,
			    chosen[i]->values[k]->len, set->seed));
			rules = (uint32_t *)e->rules;
			if (e->n == 0 || rules[e->n - 1] != chosen[i]->rule)
				rules[e->n++] = chosen[i]->rule;
		}
}

/* Tables out of the choices of one kind, field by field. */
static void
tables_build(struct ruleset *set, struct dispatch *d,
    const struct choice **chosen, size_t n)
{
	const struct choice **same;
	unsigned char *done;
	size_t i, k, nsame;

	done = xcalloc(set->nfields + 1, 1);
	same = xcalloc(n + 1, sizeof *same);
	d->tables = arena_alloc(set->arena, (set->nfields + 1) *
	    sizeof *d->tables);
	for (i = 0; i < n; i++) {
		if (done[chosen[i]->field])
			continue;
		done[chosen[i]->field] = 1;
		for (k = i, nsame = 0; k < n; k++)
			if (chosen[k]->field == chosen[i]->field)
				same[nsame++] = chosen[k];
		table_build(set, chosen[i]->field, same, nsame,
		    &d->tables[d->ntables++]);
	}
	free(done);
	free(same);
}

static void
build_kind(struct ruleset *set, const struct choices *all,
    const size_t *first, enum kind kind)
{
	struct dispatch *d = &set->dispatch[kind];
	const struct choice **chosen, *c;
	size_t *counts, i, n = 0;

	memset(d, 0, sizeof *d);
	d->general = arena_alloc(set->arena, (set->nrules + 1) *
	    sizeof *d->general);
	chosen = xcalloc(set->nrules + 1, sizeof *chosen);
	counts = count_values(set, all, kind);
	for (i = 0; i < set->nrules; i++) {
		if (!takes_part(set->rules[i], kind))
			continue;
		c = choose(all, first[i], first[i + 1], counts);
		if (c != NULL) {
			chosen[n++] = c;
			set->rules[i]->dispatch[kind] = c->field;
			set->rules[i]->implied[kind] =
			    implied_item(set->rules[i]->root, c);
		} else {
			d->general[d->ngeneral++] = (uint32_t)i;
			set->rules[i]->dispatch[kind] = -1;
		}
	}
	tables_build(set, d, chosen, n);
	free(counts);
	free(chosen);
}

void
dispatch_build(struct ruleset *set)
{
	struct choices all = { 0 };
	size_t *first, i;
	int kind;

	first = xcalloc(set->nrules + 1, sizeof *first);
	for (i = 0; i < set->nrules; i++) {
		first[i] = all.n;
		choices_of_rule(set, (uint32_t)i, &all);
	}
	first[i] = all.n;
	for (kind = 0; kind < KIND_COUNT; kind++)
		build_kind(set, &all, first, (enum kind)kind);
	for (i = 0; i < all.n; i++)
		free(all.list[i].values);
	free(all.list);
	free(first);
}
