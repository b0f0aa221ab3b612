/*
 * The field scanner around its inner loops: compiles paths into a tree, keeps the
 * keys that were met, and settles by value_path() the rare records whose keys only
 * that can judge. See scan.h; the loops are in scan_kernel.h.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <stdlib.h>
#include <string.h>

#include "parse/scan_impl.h"

/* -- plan -------------------------------------------------------------------- */

static struct scan_edge *
edge_find(const struct scan_plan *plan, uint32_t node, const char *key, size_t len)
{
	for (size_t i = 0; i < plan->nedges; i++) {
		struct scan_edge *e = &plan->edges[i];

		if (e->node == node && e->len == len &&
		    memcmp(e->key, key, len) == 0)
			return e;
	}
	return NULL;
}

/* key is borrowed from a path, which lives as long as the plan. */
static struct scan_edge *
edge_get(struct scan_plan *plan, uint32_t node, const char *key, size_t len)
{
	struct scan_edge *e;

	e = edge_find(plan, node, key, len);
	if (e != NULL)
		return e;
	plan->edges = xgrow(plan->edges, &plan->edges_cap, plan->nedges + 1,
	    sizeof *plan->edges);
	e = &plan->edges[plan->nedges++];
	*e = (struct scan_edge){ .key = key, .len = (uint32_t)len, .node = node,
	    .child = -1, .slot = -1 };
	return e;
}

/*
 * From a node with the path still to go: any two or more of its names may stand
 * there as one key with dots.
 */
static void
add_odd_edges(struct scan_plan *plan, uint32_t node, const char *path)
{
	const char *dot = strchr(path, '.');

	while (dot != NULL) {
		dot = strchr(dot + 1, '.');
		edge_get(plan, node, path,
		    dot != NULL ? (size_t)(dot - path) : strlen(path))->odd = 1;
	}
}

static void
add_path(struct scan_plan *plan, size_t slot)
{
	const char *path = plan->paths[slot], *dot;
	struct scan_edge *e;
	uint32_t node = 0;

	while ((dot = strchr(path, '.')) != NULL) {
		add_odd_edges(plan, node, path);
		e = edge_get(plan, node, path, (size_t)(dot - path));
		if (e->child == -1)
			e->child = (int32_t)plan->nnodes++;
		node = (uint32_t)e->child;
		path = dot + 1;
	}
	e = edge_get(plan, node, path, strlen(path));
	if (e->slot == -1) {
		e->slot = (int32_t)slot;
		return;
	}
	plan->same_as[slot] = e->slot;
	plan->any_same = 1;
}

struct scan_plan *
scan_plan_new(const char *const *paths, size_t n)
{
	struct scan_plan *plan;

	plan = xcalloc(1, sizeof *plan);
	plan->paths = xcalloc(n, sizeof *plan->paths);
	plan->same_as = xcalloc(n, sizeof *plan->same_as);
	plan->n = n;
	plan->nnodes = 1;
	for (size_t i = 0; i < n; i++) {
		plan->paths[i] = xstrdup(paths[i]);
		plan->same_as[i] = -1;
		add_path(plan, i);
	}
	return plan;
}

void
scan_plan_free(struct scan_plan *plan)
{
	if (plan == NULL)
		return;
	for (size_t i = 0; i < plan->n; i++)
		free(plan->paths[i]);
	free(plan->paths);
	free(plan->same_as);
	free(plan->edges);
	free(plan);
}

const char *const *
scan_plan_paths(const struct scan_plan *plan, size_t *n)
{
	*n = plan->n;
	return (const char *const *)plan->paths;
}

/* -- keys -------------------------------------------------------------------- */

/*
 * The state's own address goes into it, so that whoever writes the logs cannot
 * choose keys that collide.
 */
static uint32_t
key_hash(const struct scan_state *st, uint32_t node, const char *key, size_t len)
{
	uint64_t h = (uint64_t)(uintptr_t)st + node * 0x9e3779b97f4a7c15, word;

	for (; len >= 8; len -= 8, key += 8) {
		memcpy(&word, key, 8);
		h = (h ^ word) * 0x9fb21c651e98df25;
		h ^= h >> 32;
	}
	word = len;
	for (; len > 0; len--)
		word = word << 8 | (unsigned char)*key++;
	h = (h ^ word) * 0x9fb21c651e98df25;
	h ^= h >> 29;
	h *= 0xd6e8feb86659fd93;
	return (uint32_t)(h >> 32);
}

static void
key_add(struct scan_state *st, uint32_t node, const char *key, size_t len,
    int32_t edge, uint32_t hash)
{
	struct scan_key *k = &st->keys[st->nkeys];
	uint32_t at = hash & st->table_mask;

	memset(k, 0, sizeof *k);
	k->len = (uint32_t)len + 2;
	k->node = node;
	k->edge = edge;
	k->hash = hash;
	k->text = key;
	if (k->len <= SCAN_QUOTED_MAX) {
		k->quoted[0] = '"';
		memcpy(k->quoted + 1, key, len);
		k->quoted[len + 1] = '"';
		k->mask = (uint32_t)((1ULL << k->len) - 1);
		k->text = k->quoted + 1;
	} else {
		k->quoted[0] = ' ';	/* no key begins like this */
		k->mask = 1;
	}
	while (st->table[at] != 0)
		at = (at + 1) & st->table_mask;
	st->table[at] = st->nkeys++;
}

struct scan_key *
scan_key_find(struct scan_state *st, uint32_t node, const char *key, size_t len)
{
	uint32_t hash = key_hash(st, node, key, len);
	uint32_t at = hash & st->table_mask;

	for (; st->table[at] != 0; at = (at + 1) & st->table_mask) {
		struct scan_key *k = &st->keys[st->table[at]];

		if (k->hash == hash && k->node == node && k->len == len + 2 &&
		    memcmp(k->text, key, len) == 0)
			return k;
	}
	if (len + 2 > SCAN_QUOTED_MAX ||
	    st->nkeys == st->nodds + SCAN_LEARN_MAX)
		return st->keys;
	key_add(st, node, key, len, -1, hash);
	return &st->keys[st->nkeys - 1];
}

/* Only the wanted keys remain. */
static void
forget(struct scan_state *st)
{
	const struct scan_plan *plan = st->plan;

	memset(st->table, 0, (st->table_mask + 1) * sizeof *st->table);
	memset(st->first, 0, plan->nnodes * sizeof *st->first);
	st->keys[0] = (struct scan_key){ .quoted = " ", .mask = 1, .len = 1,
	    .edge = -1 };
	st->nkeys = 1;
	for (size_t i = 0; i < plan->nedges; i++) {
		const struct scan_edge *e = &plan->edges[i];

		key_add(st, e->node, e->key, e->len, (int32_t)i,
		    key_hash(st, e->node, e->key, e->len));
	}
	st->nodds = st->nkeys;
}

/* -- state ------------------------------------------------------------------- */

int
scan_state_choose(struct scan_state *st, enum scan_kernel kernel)
{
	switch (kernel) {
	case SCAN_PLAIN:
		st->kernel = scan_kernel_plain;
		return 0;
	case SCAN_SSE2:
#ifdef __SSE2__
		st->kernel = scan_kernel_sse2;
		return 0;
#else
		return -1;
#endif
	case SCAN_AVX2:
#if defined(HAVE_AVX2) && defined(__x86_64__)
		if (__builtin_cpu_supports("avx2") &&
		    __builtin_cpu_supports("bmi") &&
		    __builtin_cpu_supports("pclmul")) {
			st->kernel = scan_kernel_avx2;
			return 0;
		}
#endif
		return -1;
	}
	return -1;
}

struct scan_state *
scan_state_new(const struct scan_plan *plan)
{
	struct scan_state *st;
	size_t nkeys = 1 + plan->nedges + SCAN_LEARN_MAX;
	uint32_t slots = 1024;

	st = xcalloc(1, sizeof *st);
	st->plan = plan;
	while (slots < 4 * nkeys)
		slots *= 2;
	st->table = xcalloc(slots, sizeof *st->table);
	st->table_mask = slots - 1;
	st->keys = aligned_alloc(64, nkeys * sizeof *st->keys);
	if (st->keys == NULL)
		abort();
	st->first = xcalloc(plan->nnodes, sizeof *st->first);
	st->values = xcalloc(plan->n, sizeof *st->values);
	st->tails = xcalloc(plan->n, sizeof *st->tails);
	st->seen = xcalloc(plan->nedges, sizeof *st->seen);
	forget(st);
	if (scan_state_choose(st, SCAN_AVX2) == -1 &&
	    scan_state_choose(st, SCAN_SSE2) == -1)
		scan_state_choose(st, SCAN_PLAIN);
	return st;
}

void
scan_state_free(struct scan_state *st)
{
	if (st == NULL)
		return;
	free(st->table);
	free(st->keys);
	free(st->first);
	free(st->values);
	free(st->tails);
	free(st->seen);
	free(st);
}

/* -- scanning ---------------------------------------------------------------- */

struct value *
scan_value_chain(struct scan_run *r, int32_t slot)
{
	struct value *v;

	if (r->chained >= VALUE_LEAVES_MAX)
		return NULL;
	r->chained++;
	v = arena_alloc(r->scratch, sizeof *v);
	v->next = NULL;
	r->st->tails[slot]->next = v;
	r->st->tails[slot] = v;
	return v;
}

/* A key with dots or escapes was met: every field again, the exact and slow way. */
static void
redo(struct scan_run *r, const char *p, const char *after)
{
	const struct scan_plan *plan = r->st->plan;
	struct value record = { .text = p, .len = (uint32_t)(after - p),
	    .type = VALUE_OBJECT };

	for (size_t i = 0; i < plan->n; i++)
		if (plan->same_as[i] == -1)
			r->fields[i] = value_path(&record, plan->paths[i],
			    r->scratch);
}

enum scan_status
scan_object(const struct scan_plan *plan, struct scan_state *st, const char *p,
    const char *end, struct value **fields, struct arena *scratch,
    const char **after, struct err *e)
{
	struct scan_run run = { .st = st, .end = end, .fields = fields,
	    .scratch = scratch };

	if ((size_t)(end - p) > UINT32_MAX)
		run.end = p + UINT32_MAX;
	if (st->nkeys == st->nodds + SCAN_LEARN_MAX)
		forget(st);
	if (plan->n > 0)
		memset(fields, 0, plan->n * sizeof *fields);
	*after = st->kernel(&run, p);
	if (*after == NULL) {
		if (run.bad == NULL)
			return SCAN_MORE;
		*after = run.bad;
		err_set(e, "%s at byte %zu of it", run.why,
		    (size_t)(run.bad - p) + 1);
		return SCAN_BAD;
	}
	if (run.odd)
		redo(&run, p, *after);
	if (plan->any_same)
		for (size_t i = 0; i < plan->n; i++)
			if (plan->same_as[i] != -1)
				fields[i] = fields[plan->same_as[i]];
	return SCAN_OK;
}
