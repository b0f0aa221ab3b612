/*
 * Rule sets: files and folders to documents, documents to rules, and what can only be
 * said once all of them are read: filters, references, fields, dispatch. See
 * ruleset.h.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/text.h"
#include "detect/link.h"
#include "detect/rule.h"

#define FOLDER_DEPTH_MAX 32
#define FILES_MAX 200000

struct loading {
	struct ruleset	*set;
	const struct ruleset_options *options;
	struct errs	*es;
	struct filter	**filters;
	size_t		 nfilters, filters_cap;
	struct map	*refused;	/* ids, names and titles of refused rules */
	struct arena	*scratch;
	size_t		 files;
};

int
compile_mistake(struct compile *c, const struct err *at, const char *fmt, ...)
{
	struct err e = *at;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e.msg, sizeof e.msg, fmt, ap);
	va_end(ap);
	errs_add(c->es, &e);
	c->mistakes++;
	return -1;
}

void
compile_note(struct compile *c, const struct err *at, const char *fmt, ...)
{
	struct err e = *at;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(e.msg, sizeof e.msg, fmt, ap);
	va_end(ap);
	errs_warn(c->es, &e);
}

const char *
compile_shown(char out[SHOWN_MAX], const struct yaml_node *n)
{
	char text[SHOWN_MAX - 2];

	if (n->type == YAML_LIST || n->type == YAML_MAP || n->type == YAML_NULL) {
		snprintf(out, SHOWN_MAX, "%s", n->type == YAML_NULL ? "null" :
		    yaml_type_name(n->type));
		return out;
	}
	text_printable(text, sizeof text, n->text, n->len);
	if (n->type == YAML_STRING)
		snprintf(out, SHOWN_MAX, "\"%s\"", text);
	else
		snprintf(out, SHOWN_MAX, "%s", text);
	return out;
}

int
set_field(struct ruleset *set, const char *name, int common)
{
	struct field *f;
	char *key;
	size_t at;
	int i;

	if (common_find(name) < 0)
		common = 0;
	key = xasprintf("%d%s", common != 0, name);
	at = (size_t)(uintptr_t)map_get(set->field_index, key);
	if (at == 0) {
		set->fields = xgrow(set->fields, &set->fields_cap,
		    set->nfields + 1, sizeof *set->fields);
		f = &set->fields[set->nfields++];
		f->name = arena_strdup(set->arena, name);
		f->common = common != 0;
		for (i = 0; i < KIND_COUNT; i++)
			f->slot[i] = -1;
		at = set->nfields;
		map_set(set->field_index, key, (void *)(uintptr_t)at);
	}
	free(key);
	return (int)at - 1;
}

static struct ruleset *
ruleset_new(void)
{
	struct ruleset *set = xcalloc(1, sizeof *set);
	int i;

	set->arena = arena_new();
	if (getrandom(&set->seed, sizeof set->seed, 0) != sizeof set->seed)
		abort();
	set->field_index = map_new();
	set->item_index = map_new();
	for (i = 0; i < KIND_COUNT; i++)
		set->fieldsets[i] = fieldset_new((enum kind)i);
	return set;
}

void
ruleset_free(struct ruleset *set)
{
	size_t i;

	if (set == NULL)
		return;
	for (i = 0; i < set->nregexes; i++)
		regex_free(set->regexes[i]);
	for (i = 0; i < KIND_COUNT; i++)
		fieldset_free(set->fieldsets[i]);
	map_free(set->field_index, NULL);
	map_free(set->item_index, NULL);
	free(set->regexes);
	free(set->rules);
	free(set->fields);
	free(set->items);
	arena_free(set->arena);
	free(set);
}

static void
remember_refused(struct loading *l, const struct yaml_node *doc)
{
	static const char *const keys[] = { "title", "id", "name" };
	const struct yaml_node *n;
	size_t i;

	for (i = 0; i < 3; i++) {
		n = yaml_get(doc, keys[i]);
		if (n != NULL && n->type == YAML_STRING)
			map_set(l->refused, n->text, l);
	}
}

static int
no_detection(struct compile *c, const struct yaml_node *doc)
{
	static const char *const meant[] = { "detection", "correlation", "filter",
	    NULL };
	struct err at = yaml_place(c->yaml, doc);
	char shown[SHOWN_MAX];
	const char *near;
	size_t i, k;

	for (i = 0; i < doc->n; i++) {
		near = NULL;
		for (k = 0; meant[k] != NULL && near == NULL; k++)
			if (strcasecmp(doc->keys[i]->text, meant[k]) == 0)
				near = meant[k];
		if (near == NULL && strcmp(doc->keys[i]->text, "condition") != 0)
			near = text_nearest(doc->keys[i]->text, meant);
		if (near == NULL)
			continue;
		at = yaml_place(c->yaml, doc->keys[i]);
		return compile_mistake(c, &at, "the document has no detection, "
		    "correlation or filter; the key %s was meant as \"%s\"?",
		    compile_shown(shown, doc->keys[i]), near);
	}
	return compile_mistake(c, &at,
	    "the document has no detection, correlation or filter");
}

static void
load_document(struct loading *l, const struct yaml *y,
    const struct yaml_node *doc)
{
	struct compile c = { .set = l->set, .options = l->options, .yaml = y,
	    .es = l->es, .scratch = l->scratch };
	const struct yaml_node *detection = yaml_get(doc, "detection");
	const struct yaml_node *correlation = yaml_get(doc, "correlation");
	const struct yaml_node *filter = yaml_get(doc, "filter");
	struct err at = yaml_place(y, doc);
	struct filter *f;
	struct rule *r;

	if (!detection + !correlation + !filter < 2)
		compile_mistake(&c, &at, "a document is one of detection, "
		    "correlation and filter, not several");
	else if (detection == NULL && correlation == NULL && filter == NULL)
		no_detection(&c, doc);
	else if (l->set->nrules + l->nfilters >= RULES_MAX)
		compile_mistake(&c, &at, "over %d rules", RULES_MAX);
	else if (filter != NULL) {
		if ((f = filter_compile(&c, doc)) == NULL)
			return;
		l->filters = xgrow(l->filters, &l->filters_cap, l->nfilters + 1,
		    sizeof *l->filters);
		l->filters[l->nfilters++] = f;
		return;
	} else if ((r = rule_compile(&c, doc)) != NULL) {
		l->set->rules = xgrow(l->set->rules, &l->set->rules_cap,
		    l->set->nrules + 1, sizeof *l->set->rules);
		l->set->rules[l->set->nrules++] = r;
		return;
	}
	remember_refused(l, doc);
}

/* a with b over it, maps inside of maps too; the place is b's. */
static const struct yaml_node *
merge(struct arena *arena, const struct yaml_node *a, const struct yaml_node *b)
{
	struct yaml_node *m, *old;
	size_t i, k;

	if (a == NULL)
		return b;
	m = arena_alloc(arena, sizeof *m);
	*m = *b;
	m->items = arena_alloc(arena, (a->n + b->n + 1) * sizeof *m->items);
	m->keys = arena_alloc(arena, (a->n + b->n + 1) * sizeof *m->keys);
	if (a->n > 0) {
		memcpy(m->items, a->items, a->n * sizeof *m->items);
		memcpy(m->keys, a->keys, a->n * sizeof *m->keys);
	}
	m->n = a->n;
	for (i = 0; i < b->n; i++) {
		for (k = 0; k < a->n; k++)
			if (strcmp(a->keys[k]->text, b->keys[i]->text) == 0)
				break;
		if (k == a->n) {
			k = m->n++;
			m->items[k] = b->items[i];
		} else {
			old = a->items[k];
			m->items[k] = old->type == YAML_MAP &&
			    b->items[i]->type == YAML_MAP ?
			    (struct yaml_node *)merge(arena, old, b->items[i]) :
			    b->items[i];
		}
		m->keys[k] = b->keys[i];
	}
	return m;
}

/* The document without its "action". */
static const struct yaml_node *
without_action(struct arena *arena, const struct yaml_node *doc)
{
	struct yaml_node *m = arena_alloc(arena, sizeof *m);
	size_t i;

	*m = *doc;
	m->items = arena_alloc(arena, (doc->n + 1) * sizeof *m->items);
	m->keys = arena_alloc(arena, (doc->n + 1) * sizeof *m->keys);
	m->n = 0;
	for (i = 0; i < doc->n; i++) {
		if (strcmp(doc->keys[i]->text, "action") == 0)
			continue;
		m->items[m->n] = doc->items[i];
		m->keys[m->n++] = doc->keys[i];
	}
	return m;
}

/* The documents of one file, their actions applied. */
static void
load_documents(struct loading *l, const struct yaml *y)
{
	const struct yaml_node *doc, *action, *global = NULL, *before = NULL;
	struct err at, e;
	char shown[SHOWN_MAX];
	size_t i;

	for (i = 0; i < y->n; i++) {
		doc = y->docs[i];
		at = yaml_place(y, doc);
		if (doc->type == YAML_NULL) {
			err_at(&e, &at, "an empty document");
			errs_warn(l->es, &e);
			continue;
		}
		if (doc->type != YAML_MAP) {
			err_at(&e, &at, "a document is a map (title, logsource, "
			    "detection ...), not %s", yaml_type_name(doc->type));
			errs_add(l->es, &e);
			continue;
		}
		action = yaml_get(doc, "action");
		if (action != NULL)
			doc = without_action(y->arena, doc);
		if (action == NULL)
			doc = merge(y->arena, global, doc);
		else if (strcmp(action->text, "global") == 0) {
			global = merge(y->arena, global, doc);
			continue;
		} else if (strcmp(action->text, "reset") == 0) {
			global = NULL;
			continue;
		} else if (strcmp(action->text, "repeat") == 0)
			doc = merge(y->arena, before, doc);
		else {
			at = yaml_place(y, action);
			err_at(&e, &at, "action is global, repeat or reset, not "
			    "%s", compile_shown(shown, action));
			errs_add(l->es, &e);
			continue;
		}
		before = doc;
		load_document(l, y, doc);
	}
}

static void
load_text(struct loading *l, const char *name, const char *text, size_t len)
{
	struct yaml *y;

	if ((y = yaml_read(name, text, len, l->es)) == NULL)
		return;
	load_documents(l, y);
	yaml_free(y);
}

static int
has_end(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n > k && strcmp(name + n - k, end) == 0;
}

static int
is_rule_file(const char *name)
{
	return (has_end(name, ".yml") || has_end(name, ".yaml")) &&
	    !has_end(name, ".test.yml") && !has_end(name, ".test.yaml");
}

static int
load_failed(struct loading *l, const char *path, const char *what)
{
	struct err at = { path, 0, 0, "" }, e;

	err_at(&e, &at, "%s: %s", what, strerror(errno));
	errs_add(l->es, &e);
	return -1;
}

static int
is_link(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISLNK(st.st_mode);
}

/* A file or folder below depth others. -1 when it cannot be read. */
static int
load_path(struct loading *l, const char *path, unsigned depth)
{
	struct dirent **list;
	struct stat st;
	struct err at = { path, 0, 0, "" }, e;
	char *inner;
	int i, n;

	if (stat(path, &st) == -1)
		return load_failed(l, path, "cannot be read");
	if (depth > 0 && S_ISDIR(st.st_mode) && is_link(path))
		return 0;		/* it may lead in a circle */
	if (!S_ISDIR(st.st_mode)) {
		if (depth > 0 && (!is_rule_file(path) || !S_ISREG(st.st_mode)))
			return 0;
		if (++l->files > FILES_MAX) {
			err_at(&e, &at, "over %d rule files", FILES_MAX);
			errs_add(l->es, &e);
			return -1;
		}
		load_text(l, path, NULL, 0);
		return 0;
	}
	if (depth == FOLDER_DEPTH_MAX) {
		err_at(&e, &at, "folders nest deeper than %d", FOLDER_DEPTH_MAX);
		errs_add(l->es, &e);
		return -1;
	}
	if ((n = scandir(path, &list, NULL, alphasort)) == -1)
		return load_failed(l, path, "cannot be read");
	for (i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.' && l->files <= FILES_MAX) {
			inner = xasprintf("%s/%s", path, list[i]->d_name);
			load_path(l, inner, depth + 1);
			free(inner);
		}
		free(list[i]);
	}
	free(list);
	return 0;
}

static void
link_filter(struct loading *l, struct filter *f)
{
	struct compile c = { .set = l->set, .es = l->es };
	struct err e;
	char shown[SHOWN_MAX];
	size_t i, k;
	unsigned char *known;

	known = xcalloc(f->nrules + 1, 1);
	for (i = 0; i < l->set->nrules; i++) {
		struct rule *r = l->set->rules[i];
		int named = f->every;

		for (k = 0; k < f->nrules; k++)
			if (rule_is_called(r, f->rules[k]))
				known[k] = named = 1;
		if (named && r->root != NULL && filter_covers(f, r))
			rule_add_filter(&c, r, f);
	}
	for (k = 0; k < f->nrules; k++) {
		if (known[k])
			continue;
		text_printable(shown, sizeof shown, f->rules[k],
		    strlen(f->rules[k]));
		err_at(&e, &f->rule_places[k], "the filter names the rule \"%s\", "
		    "which is not there", shown);
		errs_warn(l->es, &e);
	}
	free(known);
}

/* Ids and names are there to be referred to: two of one are told. */
static void
check_twice(struct loading *l)
{
	struct map *ids = map_new(), *names = map_new();
	const struct rule *r, *first;
	struct err e;
	size_t i;

	for (i = 0; i < l->set->nrules; i++) {
		r = l->set->rules[i];
		first = r->given_id != NULL ? map_set(ids, r->given_id,
		    (void *)(uintptr_t)r) : NULL;
		if (first != NULL) {
			err_at(&e, &r->place, "the id %.40s is also that of "
			    "%.120s:%u", r->given_id, first->place.file,
			    first->place.line);
			errs_warn(l->es, &e);
		}
		first = r->info.name != NULL ? map_set(names, r->info.name,
		    (void *)(uintptr_t)r) : NULL;
		if (first != NULL) {
			err_at(&e, &r->place, "the name %.40s is also that of "
			    "%.120s:%u", r->info.name, first->place.file,
			    first->place.line);
			errs_warn(l->es, &e);
		}
	}
	map_free(ids, NULL);
	map_free(names, NULL);
}

static void
field_slot(struct ruleset *set, int field, enum kind kind)
{
	struct field *f = &set->fields[field];
	struct fieldset *fs = set->fieldsets[kind];

	if (f->slot[kind] >= 0)
		return;
	f->slot[kind] = (int)(f->common && kind != KIND_JSON ?
	    fieldset_add_common(fs, (enum common)common_find(f->name)) :
	    fieldset_add(fs, f->name));
}

static void
tree_slots(struct ruleset *set, const struct node *n, unsigned kinds)
{
	const struct item *it = n->item;
	size_t i;
	int kind;

	for (i = 0; i < n->n; i++)
		tree_slots(set, n->kids[i], kinds);
	if (n->type != NODE_ITEM)
		return;
	for (kind = 0; kind < KIND_COUNT; kind++) {
		if (kind != KIND_JSON && (kinds & (1u << kind)) == 0)
			continue;
		if (it->field >= 0)
			field_slot(set, it->field, (enum kind)kind);
		for (i = 0; i < it->n; i++)
			if (it->tests[i].type == TEST_FIELD)
				field_slot(set, it->tests[i].u.other.field,
				    (enum kind)kind);
	}
}

static void
finish(struct loading *l)
{
	struct ruleset *set = l->set;
	size_t i;

	check_twice(l);
	for (i = 0; i < l->nfilters; i++)
		link_filter(l, l->filters[i]);
	link_correlations(set, l->refused, l->es);
	for (i = 0; i < set->nrules; i++)
		if (set->rules[i]->root != NULL)
			tree_slots(set, set->rules[i]->root,
			    set->rules[i]->info.kinds);
	dispatch_build(set);
	free(l->filters);
	map_free(l->refused, NULL);
	arena_free(l->scratch);
}

struct ruleset *
ruleset_load(const struct ruleset_options *options, struct errs *es)
{
	struct loading l = { .options = options, .es = es };
	size_t i;
	int bad = 0;

	l.set = ruleset_new();
	l.refused = map_new();
	l.scratch = arena_new();
	for (i = 0; options->paths[i] != NULL; i++)
		if (load_path(&l, options->paths[i], 0) == -1)
			bad = 1;
	finish(&l);
	if (bad) {
		ruleset_free(l.set);
		return NULL;
	}
	return l.set;
}

struct ruleset *
ruleset_load_text(const char *name, const char *text, size_t len,
    const struct ruleset_options *options, struct errs *es)
{
	struct loading l = { .options = options, .es = es };

	l.set = ruleset_new();
	l.refused = map_new();
	l.scratch = arena_new();
	load_text(&l, name, text, len);
	finish(&l);
	return l.set;
}

size_t
ruleset_count(const struct ruleset *set)
{
	return set->nrules;
}

const struct rule_info *
ruleset_info(const struct ruleset *set, size_t rule)
{
	return &set->rules[rule]->info;
}

const char *
ruleset_unrun(const struct ruleset *set, char out[RULESET_UNRUN_MAX])
{
	size_t i, correlations = 0, counted = 0;
	const struct rule_info *r;
	int n;

	for (i = 0; i < set->nrules; i++) {
		r = &set->rules[i]->info;
		correlations += r->correlation != 0;
		counted += !r->correlation && r->silent;
	}
	if (correlations == 0)
		return NULL;
	n = snprintf(out, RULESET_UNRUN_MAX, correlations == 1 ?
	    "%zu correlation is not run by this version" :
	    "%zu correlations are not run by this version", correlations);
	if (counted > 0)
		snprintf(out + n, RULESET_UNRUN_MAX - (size_t)n, counted == 1 ?
		    ", nor is %zu rule that only correlations count" :
		    ", nor are %zu rules that only correlations count", counted);
	return out;
}

const struct fieldset *
ruleset_fields(const struct ruleset *set, enum kind kind)
{
	return set->fieldsets[kind];
}
