/*
 * Correlation documents. See correlation.h.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "detect/expression.h"
#include "detect/set.h"

#define CORRELATION_FIELDS_MAX 64

const char *const correlation_types[] = { "event_count", "value_count",
	"temporal", "temporal_ordered", "value_sum", "value_avg",
	"value_percentile", "value_median", "anomaly_rate", "anomaly_sum",
	"anomaly_distinct", "anomaly_new", "anomaly_rare", "anomaly_silence",
	NULL };
static const char *const ops[CORRELATION_OPS + 1] = { "gt", "gte", "lt", "lte",
	"eq", "neq", NULL };

static int
is_temporal(const struct correlation *k)
{
	return k->type == CORRELATION_TEMPORAL ||
	    k->type == CORRELATION_TEMPORAL_ORDERED;
}

static int
is_anomaly(const struct correlation *k)
{
	return k->type >= CORRELATION_ANOMALY_RATE;
}

/* Types whose condition names a field. */
static int
needs_field(const struct correlation *k)
{
	switch (k->type) {
	case CORRELATION_VALUE_COUNT:
	case CORRELATION_VALUE_SUM:
	case CORRELATION_VALUE_AVG:
	case CORRELATION_VALUE_PERCENTILE:
	case CORRELATION_VALUE_MEDIAN:
	case CORRELATION_ANOMALY_SUM:
	case CORRELATION_ANOMALY_DISTINCT:
	case CORRELATION_ANOMALY_NEW:
	case CORRELATION_ANOMALY_RARE:
		return 1;
	case CORRELATION_EVENT_COUNT:
	case CORRELATION_TEMPORAL:
	case CORRELATION_TEMPORAL_ORDERED:
	case CORRELATION_ANOMALY_RATE:
	case CORRELATION_ANOMALY_SILENCE:
		return 0;
	}
	return 0;
}

static int
find(const char *const *list, const char *word)
{
	int i;

	for (i = 0; list[i] != NULL; i++)
		if (strcmp(list[i], word) == 0)
			return i;
	return -1;
}

static int
is_scalar(const struct yaml_node *n)
{
	return n->type != YAML_LIST && n->type != YAML_MAP &&
	    n->type != YAML_NULL;
}

/* Keys of a map that are not in the list are mistakes. */
static void
check_keys(struct compile *c, const struct yaml_node *map,
    const char *const *known, const char *what)
{
	struct err at;
	char shown[SHOWN_MAX];
	const char *near;
	size_t i;

	for (i = 0; i < map->n; i++) {
		if (find(known, map->keys[i]->text) >= 0)
			continue;
		at = yaml_place(c->yaml, map->keys[i]);
		near = text_nearest(map->keys[i]->text, known);
		if (near != NULL)
			compile_mistake(c, &at, "%s has no key %s; \"%s\" is one",
			    what, compile_shown(shown, map->keys[i]), near);
		else
			compile_mistake(c, &at, "%s has no key %s", what,
			    compile_shown(shown, map->keys[i]));
	}
}

/* A text or a list of texts. 0 with *list and *n, or -1. */
static int
read_texts(struct compile *c, const struct yaml_node *node, const char *what,
    size_t max, const char ***list, const struct yaml_node ***nodes, size_t *n)
{
	const struct yaml_node *one[1] = { node };
	const struct yaml_node *const *items = one;
	struct err at;
	size_t i, count = 1;

	*n = 0;
	if (node == NULL || node->type == YAML_NULL)
		return 0;
	if (node->type == YAML_LIST) {
		items = (const struct yaml_node *const *)node->items;
		count = node->n;
	}
	if (count > max) {
		at = yaml_place(c->yaml, node);
		return compile_mistake(c, &at, "%s: over %zu entries", what, max);
	}
	*list = arena_alloc(c->set->arena, (count + 1) * sizeof **list);
	if (nodes != NULL)
		*nodes = arena_alloc(c->set->arena, (count + 1) *
		    sizeof **nodes);
	for (i = 0; i < count; i++) {
		at = yaml_place(c->yaml, items[i]);
		if (!is_scalar(items[i]) || items[i]->len == 0)
			return compile_mistake(c, &at, "%s holds text, not %s",
			    what, yaml_type_name(items[i]->type));
		(*list)[*n] = arena_strndup(c->set->arena, items[i]->text,
		    items[i]->len);
		if (nodes != NULL)
			(*nodes)[*n] = items[i];
		(*n)++;
	}
	return 0;
}

/* "15m": Sigma's s m h d, and w M y that others use. ns, or -1 */
static int64_t
read_span(struct compile *c, const struct yaml_node *node, const char *what)
{
	static const struct { char unit; int64_t seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 },
		{ 'w', 604800 }, { 'M', 2629746 }, { 'y', 31556952 },
	};
	struct err at = yaml_place(c->yaml, node);
	char shown[SHOWN_MAX];
	const char *p = node->text;
	int64_t n = 0;
	size_t i;

	if (is_scalar(node))
		for (; *p >= '0' && *p <= '9' && n < 100000000; p++)
			n = n * 10 + *p - '0';
	for (i = 0; i < sizeof units / sizeof *units; i++)
		if (p > node->text && n > 0 && *p == units[i].unit &&
		    p[1] == '\0' && n <= 9000000000LL / units[i].seconds)
			return n * units[i].seconds * NS_PER_SEC;
	return compile_mistake(c, &at, "%s is a number with s, m, h or d behind "
	    "it, like 15m, not %s", what, compile_shown(shown, node));
}

void
correlation_add_ref(struct compile *c, struct correlation *k, const char *text,
    const struct err *at)
{
	struct correlation_ref *grown;

	grown = arena_alloc(c->set->arena, (k->nrefs + 1) * sizeof *grown);
	if (k->nrefs > 0)
		memcpy(grown, k->refs, k->nrefs * sizeof *grown);
	k->refs = grown;
	memset(&k->refs[k->nrefs], 0, sizeof *k->refs);
	k->refs[k->nrefs].text = text;
	k->refs[k->nrefs].place = *at;
	k->refs[k->nrefs++].place.file = arena_strdup(c->set->arena,
	    c->yaml->file);
}

static void
read_rules(struct compile *c, const struct yaml_node *map,
    struct correlation *k)
{
	const struct yaml_node *node = yaml_get(map, "rules"), **nodes = NULL;
	const char **list = NULL;
	struct err at;
	size_t i, n;

	if (read_texts(c, node, "\"rules\"", CORRELATION_RULES_MAX, &list, &nodes,
	    &n) == -1)
		return;
	for (i = 0; i < n; i++) {
		at = yaml_place(c->yaml, nodes[i]);
		correlation_add_ref(c, k, list[i], &at);
	}
}

static void
read_expression(struct compile *c, const struct yaml_node *cond,
    struct correlation *k)
{
	struct err at = yaml_place(c->yaml, cond);

	if (!is_temporal(k))
		compile_mistake(c, &at, "only temporal and temporal_ordered have "
		    "a condition of rule names; %s compares a number: gte: 10",
		    correlation_types[k->type]);
	else
		k->expression = expression_compile(c, cond, k);
}

static int
read_number(struct compile *c, const struct yaml_node *node, const char *what,
    double *out)
{
	struct err at = yaml_place(c->yaml, node);
	char shown[SHOWN_MAX];

	if ((node->type != YAML_INT && node->type != YAML_FLOAT) ||
	    !isfinite(node->f))
		return compile_mistake(c, &at, "%s is a number, not %s", what,
		    compile_shown(shown, node));
	*out = node->f;
	return 0;
}

static void
read_field(struct compile *c, const struct yaml_node *cond,
    struct correlation *k)
{
	const struct yaml_node *node = yaml_get(cond, "field");
	struct err at = yaml_place(c->yaml, node != NULL ? node : cond);

	if (read_texts(c, node, "\"field\"", CORRELATION_FIELDS_MAX, &k->fields,
	    NULL, &k->nfields) == -1)
		return;
	if (needs_field(k) && k->nfields == 0)
		compile_mistake(c, &at, "%s needs a \"field\" in its condition",
		    correlation_types[k->type]);
	else if (!needs_field(k) && k->nfields > 0 && is_anomaly(k))
		compile_mistake(c, &at, "%s has no \"field\"",
		    correlation_types[k->type]);
	else if (!needs_field(k) && k->nfields > 0)
		compile_note(c, &at, "%s does not look at a \"field\"",
		    correlation_types[k->type]);
	else if (k->nfields > 1 && k->type != CORRELATION_VALUE_COUNT)
		compile_mistake(c, &at,
		    "only value_count takes several fields");
}

static void
read_comparison(struct compile *c, const struct yaml_node *cond,
    struct correlation *k)
{
	static const char *const known[] = { "gt", "gte", "lt", "lte", "eq",
	    "neq", "field", "percentile", NULL };
	const struct yaml_node *node;
	struct err at = yaml_place(c->yaml, cond);
	int i;

	check_keys(c, cond, known, "a correlation's condition");
	for (i = 0; i < CORRELATION_OPS; i++) {
		if ((node = yaml_get(cond, ops[i])) == NULL)
			continue;
		if (read_number(c, node, ops[i], &k->values[i]) == 0)
			k->ops |= 1u << i;
		else
			return;
	}
	if (k->ops == 0 && is_anomaly(k)) {
		k->ops = 1u << CORRELATION_GTE;
		k->values[CORRELATION_GTE] = 2.0;
	} else if (k->ops == 0)
		compile_mistake(c, &at, "the condition compares nothing: gt, gte, "
		    "lt, lte, eq or neq with a number");
	k->percentile = 50;
	if ((node = yaml_get(cond, "percentile")) != NULL) {
		at = yaml_place(c->yaml, node);
		if (read_number(c, node, "percentile", &k->percentile) == 0 &&
		    !(k->percentile >= 0 && k->percentile <= 100))
			compile_mistake(c, &at, "percentile is from 0 to 100");
		else if (k->type != CORRELATION_VALUE_PERCENTILE)
			compile_note(c, &at, "only value_percentile looks at "
			    "\"percentile\"");
	}
	read_field(c, cond, k);
}

static void
read_condition(struct compile *c, const struct yaml_node *map,
    struct correlation *k)
{
	const struct yaml_node *cond = yaml_get(map, "condition");
	struct err at = yaml_place(c->yaml, cond != NULL ? cond : map);

	if (cond != NULL && cond->type == YAML_STRING) {
		read_expression(c, cond, k);
		return;
	}
	if (cond != NULL && cond->type == YAML_MAP) {
		read_comparison(c, cond, k);
		return;
	}
	if (cond != NULL && cond->type != YAML_NULL) {
		compile_mistake(c, &at, "a correlation's condition is a map like "
		    "\"gte: 10\", not %s", yaml_type_name(cond->type));
		return;
	}
	k->ops = 1u << CORRELATION_GTE;
	if (is_temporal(k))
		k->values[CORRELATION_GTE] = (double)k->nrefs;
	else if (is_anomaly(k) && !needs_field(k))
		k->values[CORRELATION_GTE] = 2.0;
	else
		compile_mistake(c, &at, "%s needs a \"condition\"",
		    correlation_types[k->type]);
}

static void
read_alias(struct compile *c, const struct yaml_node *key,
    const struct yaml_node *value, struct correlation *k,
    struct correlation_alias *a)
{
	struct err at = yaml_place(c->yaml, value);
	char shown[SHOWN_MAX];
	size_t i;

	a->name = arena_strndup(c->set->arena, key->text, key->len);
	if (value->type != YAML_MAP) {
		compile_mistake(c, &at, "the alias %s is a map of rule: field, "
		    "not %s", compile_shown(shown, key),
		    yaml_type_name(value->type));
		return;
	}
	a->refs = arena_alloc(c->set->arena, (value->n + 1) * sizeof *a->refs);
	a->fields = arena_alloc(c->set->arena,
	    (value->n + 1) * sizeof *a->fields);
	for (i = 0; i < value->n; i++) {
		if (!is_scalar(value->items[i])) {
			at = yaml_place(c->yaml, value->items[i]);
			compile_mistake(c, &at, "an alias stands for a field's "
			    "name, not %s",
			    yaml_type_name(value->items[i]->type));
			continue;
		}
		a->refs[a->n] = arena_strdup(c->set->arena,
		    value->keys[i]->text);
		a->fields[a->n++] = arena_strdup(c->set->arena,
		    value->items[i]->text);
	}
	for (i = 0; i < k->ngroup_by; i++)
		if (strcmp(k->group_by[i], a->name) == 0)
			return;
	at = yaml_place(c->yaml, key);
	compile_note(c, &at, "the alias %s is not in \"group-by\"",
	    compile_shown(shown, key));
}

static void
read_aliases(struct compile *c, const struct yaml_node *map,
    struct correlation *k)
{
	const struct yaml_node *node = yaml_get(map, "aliases");
	struct err at;
	size_t i;

	if (node == NULL || node->type == YAML_NULL)
		return;
	if (node->type != YAML_MAP) {
		at = yaml_place(c->yaml, node);
		compile_mistake(c, &at, "\"aliases\" is a map, not %s",
		    yaml_type_name(node->type));
		return;
	}
	k->aliases = arena_alloc(c->set->arena, (node->n + 1) *
	    sizeof *k->aliases);
	memset(k->aliases, 0, (node->n + 1) * sizeof *k->aliases);
	for (i = 0; i < node->n; i++)
		read_alias(c, node->keys[i], node->items[i], k,
		    &k->aliases[k->naliases++]);
}

static void
read_whole(struct compile *c, const struct yaml_node *map, const char *key,
    double min, double max, double *out)
{
	const struct yaml_node *node = yaml_get(map, key);
	struct err at;

	if (node == NULL)
		return;
	at = yaml_place(c->yaml, node);
	if (read_number(c, node, key, out) == 0 && !(*out >= min && *out <= max))
		compile_mistake(c, &at, "%s is from %.0f to %.0f", key, min, max);
}

static void
read_anomaly(struct compile *c, const struct yaml_node *map,
    struct correlation *k)
{
	static const char *const known[] = { "direction", "floor", "warmup",
	    "memory", "lateness", "budget", "entities", NULL };
	static const char *const directions[] = { "up", "down", "both", NULL };
	const struct yaml_node *a = yaml_get(map, "anomaly"), *node;
	struct anomaly *out = &k->anomaly;
	struct err at;
	double entities = 20000;
	int i;

	*out = (struct anomaly) { .direction = DIRECTION_UP, .floor = 20,
	    .budget = 10, .warmup = 7 * 86400 * NS_PER_SEC,
	    .memory = 90 * 86400 * NS_PER_SEC, .lateness = -1,
	    .entities = 20000 };
	if (a == NULL || a->type == YAML_NULL)
		return;
	at = yaml_place(c->yaml, a);
	if (!is_anomaly(k) || a->type != YAML_MAP) {
		compile_mistake(c, &at, is_anomaly(k) ? "\"anomaly\" is a map" :
		    "\"anomaly\" goes with the types anomaly_*");
		return;
	}
	check_keys(c, a, known, "\"anomaly\"");
	if ((node = yaml_get(a, "direction")) != NULL) {
		i = is_scalar(node) ? find(directions, node->text) : -1;
		at = yaml_place(c->yaml, node);
		if (i < 0)
			compile_mistake(c, &at, "direction is up, down or both");
		else
			out->direction = (enum direction)i;
	}
	read_whole(c, a, "floor", 0, 1e12, &out->floor);
	read_whole(c, a, "budget", 0, 1e6, &out->budget);
	read_whole(c, a, "entities", 1, 1e8, &entities);
	out->entities = (int64_t)entities;
	if ((node = yaml_get(a, "warmup")) != NULL)
		out->warmup = read_span(c, node, "warmup");
	if ((node = yaml_get(a, "memory")) != NULL)
		out->memory = read_span(c, node, "memory");
	if ((node = yaml_get(a, "lateness")) != NULL)
		out->lateness = read_span(c, node, "lateness");
}

static int
read_type(struct compile *c, const struct yaml_node *map, struct correlation *k)
{
	const struct yaml_node *node = yaml_get(map, "type");
	struct err at = yaml_place(c->yaml, node != NULL ? node : map);
	char shown[SHOWN_MAX];
	const char *near;
	int i;

	if (node == NULL || node->type == YAML_NULL)
		return compile_mistake(c, &at, "the correlation has no \"type\"");
	i = is_scalar(node) ? find(correlation_types, node->text) : -1;
	if (i >= 0) {
		k->type = (enum correlation_type)i;
		return 0;
	}
	near = is_scalar(node) ? text_nearest(node->text, correlation_types) :
	    NULL;
	if (near != NULL)
		return compile_mistake(c, &at, "unknown correlation type %s; "
		    "\"%s\" is one", compile_shown(shown, node), near);
	return compile_mistake(c, &at, "unknown correlation type %s",
	    compile_shown(shown, node));
}

struct correlation *
correlation_compile(struct compile *c, const struct yaml_node *map,
    int *generate)
{
	static const char *const known[] = { "type", "rules", "group-by",
	    "timespan", "condition", "aliases", "generate", "anomaly", NULL };
	struct correlation *k = arena_alloc(c->set->arena, sizeof *k);
	const struct yaml_node *node;
	struct err at = yaml_place(c->yaml, map);

	memset(k, 0, sizeof *k);
	if (map->type != YAML_MAP) {
		compile_mistake(c, &at, "\"correlation\" is a map, not %s",
		    yaml_type_name(map->type));
		return NULL;
	}
	check_keys(c, map, known, "a correlation");
	if (read_type(c, map, k) == -1)
		return NULL;
	read_rules(c, map, k);
	read_texts(c, yaml_get(map, "group-by"), "\"group-by\"",
	    CORRELATION_FIELDS_MAX, &k->group_by, NULL, &k->ngroup_by);
	read_condition(c, map, k);
	if (k->nrefs == 0 && c->mistakes == 0)
		compile_mistake(c, &at, "the correlation names no \"rules\"");
	read_aliases(c, map, k);
	read_anomaly(c, map, k);
	if ((node = yaml_get(map, "timespan")) != NULL)
		k->timespan = read_span(c, node, "timespan");
	else if (is_anomaly(k))
		k->timespan = 300 * NS_PER_SEC;
	else
		compile_mistake(c, &at, "the correlation has no \"timespan\"");
	if ((node = yaml_get(map, "generate")) != NULL) {
		at = yaml_place(c->yaml, node);
		if (node->type != YAML_BOOL)
			compile_mistake(c, &at, "\"generate\" is true or false");
		else
			*generate = node->i != 0;
	}
	return c->mistakes > 0 ? NULL : k;
}
