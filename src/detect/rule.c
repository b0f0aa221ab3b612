/*
 * Documents to rules. See rule.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "detect/rule.h"

static const char *const top_keys[] = { "title", "id", "name", "related",
	"status", "description", "license", "author", "date", "modified",
	"references", "tags", "logsource", "detection", "correlation", "filter",
	"falsepositives", "level", "fields", "scope", "taxonomy", "generate",
	"action", NULL };

static const char *
copy(struct compile *c, const struct yaml_node *n)
{
	return arena_strndup(c->set->arena, n->text, n->len);
}

static int
is_scalar(const struct yaml_node *n)
{
	return n->type != YAML_LIST && n->type != YAML_MAP &&
	    n->type != YAML_NULL;
}

/* A key whose value is one line of text; NULL when absent or empty. */
static const char *
read_text(struct compile *c, const struct yaml_node *doc, const char *key,
    int needed)
{
	const struct yaml_node *n = yaml_get(doc, key);
	struct err at = yaml_place(c->yaml, n != NULL ? n : doc);

	if (n == NULL || n->type == YAML_NULL ||
	    (is_scalar(n) && n->len == 0)) {
		if (needed)
			compile_mistake(c, &at, "the document has no \"%s\"", key);
		return NULL;
	}
	if (!is_scalar(n)) {
		if (needed)
			compile_mistake(c, &at, "\"%s\" is text, not %s", key,
			    yaml_type_name(n->type));
		else
			compile_note(c, &at, "\"%s\" is text, not %s", key,
			    yaml_type_name(n->type));
		return NULL;
	}
	return copy(c, n);
}

/* A key whose value is a list of texts or one text; NULL when there are none. */
static const char *const *
read_list(struct compile *c, const struct yaml_node *doc, const char *key)
{
	const struct yaml_node *n = yaml_get(doc, key);
	const char **list;
	size_t i, count = 0;

	if (n == NULL || n->type == YAML_NULL || n->type == YAML_MAP)
		return NULL;
	list = arena_alloc(c->set->arena, (n->n + 2) * sizeof *list);
	if (n->type != YAML_LIST)
		list[count++] = copy(c, n);
	for (i = 0; i < n->n; i++)
		if (is_scalar(n->items[i]))
			list[count++] = copy(c, n->items[i]);
	list[count] = NULL;
	return count > 0 ? list : NULL;
}

/* Authors may be a list; people see one line. */
static const char *
read_author(struct compile *c, const struct yaml_node *doc)
{
	const char *const *list = read_list(c, doc, "author");
	const char *all = NULL;

	for (; list != NULL && *list != NULL; list++)
		all = all == NULL ? *list : arena_printf(c->set->arena, "%s, %s",
		    all, *list);
	return all;
}

static int
is_uuid(const char *s)
{
	size_t i;

	for (i = 0; s[i] != '\0'; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (s[i] != '-')
				return 0;
		} else if (strchr("0123456789abcdefABCDEF", s[i]) == NULL)
			return 0;
	}
	return i == 36;
}

static void
read_level(struct compile *c, const struct yaml_node *doc, struct rule *r)
{
	const struct yaml_node *n = yaml_get(doc, "level");
	struct err at;
	char shown[SHOWN_MAX];
	const char *near;

	r->info.alert.level = LEVEL_MEDIUM;
	if (n == NULL || n->type == YAML_NULL)
		return;
	at = yaml_place(c->yaml, n);
	if (is_scalar(n) && level_parse(n->text, &r->info.alert.level) == 0)
		return;
	near = is_scalar(n) ? text_nearest(n->text, level_names) : NULL;
	if (near != NULL)
		compile_mistake(c, &at, "level is informational, low, medium, "
		    "high or critical, not %s; \"%s\" was meant?",
		    compile_shown(shown, n), near);
	else
		compile_mistake(c, &at, "level is informational, low, medium, "
		    "high or critical, not %s", compile_shown(shown, n));
}

static void
read_status(struct compile *c, const struct yaml_node *doc, struct rule *r)
{
	static const char *const known[] = { "stable", "test", "experimental",
	    "deprecated", "unsupported", NULL };
	const struct yaml_node *n = yaml_get(doc, "status");
	struct err at;
	size_t i;

	r->info.status = read_text(c, doc, "status", 0);
	if (r->info.status == NULL)
		return;
	for (i = 0; known[i] != NULL; i++)
		if (strcmp(known[i], r->info.status) == 0)
			return;
	at = yaml_place(c->yaml, n);
	compile_note(c, &at, "status is stable, test, experimental, deprecated or "
	    "unsupported");
}

/* Keys that nobody knows may stand there; those that look like typos are told. */
static void
check_keys(struct compile *c, const struct yaml_node *doc)
{
	const char *near;
	struct err at;
	char shown[SHOWN_MAX];
	size_t i, k;

	for (i = 0; i < doc->n; i++) {
		for (k = 0; top_keys[k] != NULL; k++)
			if (strcmp(top_keys[k], doc->keys[i]->text) == 0)
				break;
		if (top_keys[k] != NULL)
			continue;
		if (strcmp(doc->keys[i]->text, "condition") == 0) {
			if (yaml_get(yaml_get(doc, "detection"), "condition")) {
				at = yaml_place(c->yaml, doc->keys[i]);
				compile_note(c, &at, "\"condition\" means nothing "
				    "here; \"detection\" has one");
			}
			continue;
		}
		if ((near = text_nearest(doc->keys[i]->text, top_keys)) == NULL)
			continue;
		at = yaml_place(c->yaml, doc->keys[i]);
		compile_note(c, &at, "the key %s is none of Sigma's; \"%s\" is",
		    compile_shown(shown, doc->keys[i]), near);
	}
}

static void
check_taxonomy(struct compile *c, const struct yaml_node *doc)
{
	const struct yaml_node *n = yaml_get(doc, "taxonomy");
	struct err at;
	char shown[SHOWN_MAX];

	if (n == NULL || n->type == YAML_NULL ||
	    (is_scalar(n) && strcmp(n->text, "sigma") == 0))
		return;
	at = yaml_place(c->yaml, n);
	compile_mistake(c, &at, "the taxonomy %s has no map to the fields of the "
	    "records; only \"sigma\" is known", compile_shown(shown, n));
}

static void
logsource_other(struct compile *c, struct logsource *ls, const char *text)
{
	const char **list;
	size_t n = 0;

	while (ls->others != NULL && ls->others[n] != NULL)
		n++;
	list = arena_alloc(c->set->arena, (n + 2) * sizeof *list);
	if (n > 0)
		memcpy(list, ls->others, n * sizeof *list);
	list[n] = text;
	list[n + 1] = NULL;
	ls->others = list;
}

static void
logsource_key(struct compile *c, const struct yaml_node *key,
    const struct yaml_node *value, struct logsource *ls)
{
	static const char *const known[] = { "category", "product", "service",
	    "definition", NULL };
	struct err at = yaml_place(c->yaml, value);
	char shown[SHOWN_MAX];
	const char *near;

	if (strcmp(key->text, "definition") == 0 || value->type == YAML_NULL)
		return;
	if (!is_scalar(value)) {
		compile_mistake(c, &at, "%s of a logsource is text, not %s",
		    compile_shown(shown, key), yaml_type_name(value->type));
		return;
	}
	if (strcmp(key->text, "category") == 0)
		ls->category = copy(c, value);
	else if (strcmp(key->text, "product") == 0)
		ls->product = copy(c, value);
	else if (strcmp(key->text, "service") == 0)
		ls->service = copy(c, value);
	else {
		logsource_other(c, ls, arena_printf(c->set->arena, "%s=%s",
		    key->text, value->text));
		at = yaml_place(c->yaml, key);
		if ((near = text_nearest(key->text, known)) != NULL)
			compile_note(c, &at, "the logsource key %s is none of "
			    "Sigma's; \"%s\" is", compile_shown(shown, key), near);
	}
}

static void
read_logsource(struct compile *c, const struct yaml_node *doc, int needed,
    struct logsource *ls)
{
	const struct yaml_node *n = yaml_get(doc, "logsource");
	struct err at = yaml_place(c->yaml, n != NULL ? n : doc);
	size_t i;

	if (n == NULL) {
		if (needed)
			compile_mistake(c, &at, "the rule has no \"logsource\"");
		return;
	}
	if (n->type == YAML_NULL)
		return;
	if (n->type != YAML_MAP) {
		compile_mistake(c, &at, "\"logsource\" is a map of product, "
		    "service and category, not %s", yaml_type_name(n->type));
		return;
	}
	for (i = 0; i < n->n; i++)
		logsource_key(c, n->keys[i], n->items[i], ls);
}

static const char *
logsource_text(struct compile *c, const struct logsource *ls)
{
	const char *parts[3][2] = { { "product", ls->product },
	    { "category", ls->category }, { "service", ls->service } };
	const char *all = NULL;
	size_t i;

	for (i = 0; i < 3; i++) {
		if (parts[i][1] == NULL)
			continue;
		all = all == NULL ? arena_printf(c->set->arena, "%s=%s",
		    parts[i][0], parts[i][1]) : arena_printf(c->set->arena,
		    "%s/%s=%s", all, parts[i][0], parts[i][1]);
	}
	for (i = 0; ls->others != NULL && ls->others[i] != NULL; i++)
		all = arena_printf(c->set->arena, "%s%s%s", all ? all : "",
		    all ? "/" : "", ls->others[i]);
	return all != NULL ? all : "";
}

/* Which kinds of record a logsource picks; *common: all kinds, by common fields. */
static unsigned
logsource_kinds(const struct logsource *ls, int *common)
{
	unsigned every = 1u << KIND_CLOUDTRAIL | 1u << KIND_S3ACCESS |
	    1u << KIND_S3NOTIFICATION;
	unsigned kind;

	*common = ls->category != NULL && strcmp(ls->category, "storage") == 0;
	if (ls->product != NULL && strcmp(ls->product, "aws") != 0)
		return 0;
	if (ls->category != NULL && !*common)
		return 0;
	if (ls->service == NULL)
		return every;
	for (kind = KIND_CLOUDTRAIL; kind <= KIND_S3NOTIFICATION; kind++)
		if (strcmp(ls->service, kind_name((enum kind)kind)) == 0)
			return 1u << kind;
	return 0;
}

/* The name of the list that was meant: but for case, or nearly. */
static const char *
nearest(const char *word, const char *const *list)
{
	size_t i;

	for (i = 0; list[i] != NULL; i++)
		if (strcasecmp(word, list[i]) == 0)
			return list[i];
	return text_nearest(word, list);
}

static const struct yaml_node *
key_node(const struct yaml_node *map, const char *key)
{
	size_t i;

	if (map == NULL || map->type != YAML_MAP)
		return NULL;
	for (i = 0; i < map->n; i++)
		if (strcmp(map->keys[i]->text, key) == 0)
			return map->keys[i];
	return NULL;
}

static struct err
value_place(const struct compile *c, const struct yaml_node *map,
    const char *key)
{
	const struct yaml_node *n = yaml_get(map, key);

	return yaml_place(c->yaml, n != NULL ? n : map);
}

static void
check_logsource(struct compile *c, const struct yaml_node *doc,
    const struct logsource *ls, unsigned kinds)
{
	static const char *const services[] = { "cloudtrail", "s3access",
	    "s3notification", NULL };
	static const char *const categories[] = { "storage", NULL };
	const char *near = NULL;
	const struct yaml_node *n = yaml_get(doc, "logsource");
	struct err at;

	if (n == NULL)
		return;
	at = yaml_place(c->yaml, n);
	if (ls->product == NULL && ls->service == NULL && ls->category == NULL &&
	    ls->others == NULL) {
		compile_note(c, &at, "the logsource is empty: the rule sees every "
		    "record of every kind");
		return;
	}
	if (kinds != 0 || (ls->product != NULL &&
	    strcasecmp(ls->product, "aws") != 0))
		return;
	if (ls->product != NULL && strcmp(ls->product, "aws") != 0) {
		at = value_place(c, n, "product");
		compile_note(c, &at, "no record is of that product: the case of "
		    "letters matters; \"aws\" is one");
	}
	if (ls->service != NULL)
		near = nearest(ls->service, services);
	if (ls->service != NULL && (near == NULL ||
	    strcmp(near, ls->service) != 0)) {
		if (near == NULL || (ls->product == NULL &&
		    strcasecmp(near, ls->service) != 0))
			return;		/* another service, which may well be */
		at = value_place(c, n, "service");
		compile_note(c, &at, "no record is of that service; \"%s\" is one",
		    near);
	}
	if (ls->category == NULL || strcmp(ls->category, "storage") == 0 ||
	    (ls->product == NULL && ls->service == NULL))
		return;
	at = value_place(c, n, "category");
	if (nearest(ls->category, categories) != NULL)
		compile_note(c, &at, "no record is of that category; \"storage\" "
		    "is one");
	else if (ls->service != NULL)
		compile_note(c, &at, "no record of %s is of that category: the rule "
		    "never sees one; leave the category out, or write \"storage\" "
		    "for records of every kind", ls->service);
}

/* A map of items: all must hold. */
static struct node *
read_map(struct compile *c, const struct yaml_node *map)
{
	struct err at = yaml_place(c->yaml, map);
	const struct item *item;
	struct node *n;
	size_t i;
	int bad = 0;

	if (map->n == 0) {
		compile_mistake(c, &at, "the search identifier is empty");
		return NULL;
	}
	n = node_new(c, NODE_AND, map->n);
	for (i = 0; i < map->n; i++) {
		item = item_compile(c, map->keys[i], map->items[i]);
		if (item == NULL)
			bad = 1;
		else
			n->kids[n->n++] = node_item(c, item);
	}
	return bad ? NULL : node_finish(n);
}

static struct node *
read_keywords(struct compile *c, const struct yaml_node *value)
{
	const struct item *item = item_compile(c, NULL, value);

	return item != NULL ? node_item(c, item) : NULL;
}

/* A list of maps (one must hold) or a list of keywords. */
static struct node *
read_sequence(struct compile *c, const struct yaml_node *list)
{
	struct err at = yaml_place(c->yaml, list);
	struct node *n, *kid;
	size_t i, maps = 0;
	int bad = 0;

	for (i = 0; i < list->n; i++) {
		maps += list->items[i]->type == YAML_MAP;
		if (list->items[i]->type == YAML_LIST ||
		    (maps > 0 && maps <= i)) {
			at = yaml_place(c->yaml, list->items[i]);
			compile_mistake(c, &at, "a search identifier is a list of "
			    "maps or a list of keywords, not a mixture");
			return NULL;
		}
	}
	if (list->n == 0) {
		compile_mistake(c, &at, "the search identifier is an empty list");
		return NULL;
	}
	if (maps == 0)
		return read_keywords(c, list);
	n = node_new(c, NODE_OR, list->n);
	for (i = 0; i < list->n; i++) {
		if ((kid = read_map(c, list->items[i])) == NULL)
			bad = 1;
		else
			n->kids[n->n++] = kid;
	}
	return bad ? NULL : node_finish(n);
}

static struct node *
read_selection(struct compile *c, const struct yaml_node *key,
    const struct yaml_node *value, const char *prefix)
{
	struct node *inner, *n;
	struct err at = yaml_place(c->yaml, key);
	char shown[SHOWN_MAX];

	if (value->type == YAML_NULL) {
		compile_mistake(c, &at, "the search identifier %s is empty",
		    compile_shown(shown, key));
		return NULL;
	}
	if (value->type == YAML_MAP)
		inner = read_map(c, value);
	else if (value->type == YAML_LIST)
		inner = read_sequence(c, value);
	else
		inner = read_keywords(c, value);
	if (inner == NULL)
		return NULL;
	if (inner->type == NODE_ITEM || inner->label != NULL) {
		n = node_new(c, NODE_AND, 1);
		n->kids[n->n++] = inner;
		inner = node_finish(n);
	}
	inner->label = prefix == NULL ? copy(c, key) : arena_printf(c->set->arena,
	    "%s/%s", prefix, key->text);
	inner->named = 1;
	return inner;
}

static int
is_reserved(const char *key, const char *const *reserved)
{
	for (; *reserved != NULL; reserved++)
		if (strcmp(key, *reserved) == 0)
			return 1;
	return 0;
}

/* All search identifiers of a map. -1 when one was wrong (all are looked at). */
static int
read_selections(struct compile *c, const struct yaml_node *map,
    const char *const *reserved, const char *prefix, struct selections *sel)
{
	struct err at = yaml_place(c->yaml, map);
	struct node *n;
	size_t i;
	int rc = 0;

	memset(sel, 0, sizeof *sel);
	sel->names = arena_alloc(c->set->arena, (map->n + 1) * sizeof *sel->names);
	sel->nodes = arena_alloc(c->set->arena, (map->n + 1) * sizeof *sel->nodes);
	sel->keys = arena_alloc(c->set->arena, (map->n + 1) * sizeof *sel->keys);
	sel->used = arena_alloc(c->set->arena, map->n + 1);
	memset(sel->used, 0, map->n + 1);
	for (i = 0; i < map->n; i++) {
		if (is_reserved(map->keys[i]->text, reserved))
			continue;
		n = read_selection(c, map->keys[i], map->items[i], prefix);
		if (n == NULL) {
			rc = -1;
			/* stands for what is wrong, so that the condition can
			   still be looked at */
			n = node_new(c, NODE_AND, 0);
		}
		sel->names[sel->n] = copy(c, map->keys[i]);
		sel->keys[sel->n] = map->keys[i];
		sel->nodes[sel->n++] = n;
	}
	if (sel->n == 0)
		return compile_mistake(c, &at, "there is no search identifier");
	return rc;
}

static struct node *
read_conditions(struct compile *c, const struct yaml_node *cond,
    struct selections *sel)
{
	struct node *n, *kid;
	struct err at = yaml_place(c->yaml, cond);
	size_t i;
	int bad = 0;

	if (cond->type != YAML_LIST)
		return condition_compile(c, cond, sel, NULL);
	if (cond->n == 0) {
		compile_mistake(c, &at, "the list of conditions is empty");
		return NULL;
	}
	n = node_new(c, NODE_OR, cond->n);
	for (i = 0; i < cond->n; i++) {
		kid = condition_compile(c, cond->items[i], sel, NULL);
		if (kid == NULL)
			bad = 1;
		else
			n->kids[n->n++] = kid;
	}
	return bad ? NULL : node_finish(n);
}

static void
lint_selections(struct compile *c, const struct selections *sel)
{
	struct err at;
	char shown[SHOWN_MAX];
	size_t i;

	for (i = 0; i < sel->n; i++) {
		if (sel->used[i] || sel->names[i][0] == '_')
			continue;
		at = yaml_place(c->yaml, sel->keys[i]);
		compile_note(c, &at, "the search identifier %s is never used",
		    compile_shown(shown, sel->keys[i]));
	}
}

/* Where a detection's condition went: another name, another place? */
static int
no_condition(struct compile *c, const struct yaml_node *doc,
    const struct yaml_node *map)
{
	static const char *const meant[] = { "condition", NULL };
	const struct yaml_node *key = key_node(map, "condition"), *value;
	struct err at = yaml_place(c->yaml, key != NULL ? key : map);
	char shown[SHOWN_MAX];
	size_t i, k;

	if (key != NULL)
		return compile_mistake(c, &at, "the condition is empty; the "
		    "detection has no \"condition\"");
	for (i = 0; i < map->n; i++) {
		key = map->keys[i];
		if (nearest(key->text, meant) == NULL)
			continue;
		at = yaml_place(c->yaml, key);
		return compile_mistake(c, &at, "the detection has no \"condition\"; "
		    "%s was meant as it?", compile_shown(shown, key));
	}
	if ((key = key_node(doc, "condition")) != NULL) {
		at = yaml_place(c->yaml, key);
		return compile_mistake(c, &at, "the detection has no \"condition\"; "
		    "this one belongs inside of \"detection\"");
	}
	for (i = 0; i < map->n; i++) {
		value = map->items[i];
		key = key_node(value, "condition");
		for (k = 0; key == NULL && value->type == YAML_LIST &&
		    k < value->n; k++)
			key = key_node(value->items[k], "condition");
		if (key == NULL)
			continue;
		at = yaml_place(c->yaml, key);
		return compile_mistake(c, &at, "the detection has no \"condition\"; "
		    "this one stands inside of %s and belongs beside it",
		    compile_shown(shown, map->keys[i]));
	}
	return compile_mistake(c, &at, "the detection has no \"condition\"");
}

static void
read_detection(struct compile *c, const struct yaml_node *doc, struct rule *r)
{
	static const char *const reserved[] = { "condition", "timeframe", NULL };
	const struct yaml_node *map = yaml_get(doc, "detection"), *cond, *frame;
	struct err at = yaml_place(c->yaml, map);
	struct selections sel;
	int mistakes = c->mistakes;

	if (map->type != YAML_MAP) {
		compile_mistake(c, &at, "\"detection\" is a map of search "
		    "identifiers and a condition, not %s",
		    yaml_type_name(map->type));
		return;
	}
	read_selections(c, map, reserved, NULL, &sel);
	cond = yaml_get(map, "condition");
	if (cond == NULL || cond->type == YAML_NULL) {
		no_condition(c, doc, map);
		return;
	}
	if (sel.n == 0)
		return;
	r->root = read_conditions(c, cond, &sel);
	if (c->mistakes > mistakes)
		return;
	lint_selections(c, &sel);
	if ((frame = yaml_get(map, "timeframe")) != NULL) {
		at = yaml_place(c->yaml, frame);
		compile_note(c, &at, "\"timeframe\" belongs to old aggregations "
		    "and means nothing here");
	}
}

static void
read_names(struct compile *c, const struct yaml_node *doc, struct rule *r)
{
	struct alert_rule *a = &r->info.alert;
	struct err at;

	a->title = read_text(c, doc, "title", 1);
	r->given_id = read_text(c, doc, "id", 0);
	r->info.name = read_text(c, doc, "name", 0);
	a->id = r->given_id != NULL ? r->given_id : r->info.name != NULL ?
	    r->info.name : a->title;
	if (r->given_id != NULL && !is_uuid(r->given_id)) {
		at = yaml_place(c->yaml, yaml_get(doc, "id"));
		compile_note(c, &at, "the id is no UUID");
	}
}

static struct rule *
rule_new(struct compile *c, const struct yaml_node *doc)
{
	struct rule *r = arena_alloc(c->set->arena, sizeof *r);
	size_t i;

	memset(r, 0, sizeof *r);
	r->place = yaml_place(c->yaml, doc);
	r->place.file = arena_strdup(c->set->arena, c->yaml->file);
	r->info.file = r->place.file;
	r->info.line = doc->line;
	for (i = 0; i < KIND_COUNT; i++)
		r->dispatch[i] = -2;
	return r;
}

static void
read_generate(struct compile *c, const struct yaml_node *doc, struct rule *r)
{
	const struct yaml_node *n = yaml_get(doc, "generate");
	struct err at;

	if (n == NULL)
		return;
	at = yaml_place(c->yaml, n);
	if (n->type != YAML_BOOL)
		compile_mistake(c, &at, "\"generate\" is true or false");
	else
		r->generate = n->i != 0;
}

struct rule *
rule_compile(struct compile *c, const struct yaml_node *doc)
{
	const struct yaml_node *correlation = yaml_get(doc, "correlation");
	struct alert_rule *a;
	struct rule *r;
	unsigned kinds;

	r = rule_new(c, doc);
	a = &r->info.alert;
	read_names(c, doc, r);
	read_level(c, doc, r);
	read_status(c, doc, r);
	a->author = read_author(c, doc);
	a->description = read_text(c, doc, "description", 0);
	a->tags = read_list(c, doc, "tags");
	a->references = read_list(c, doc, "references");
	a->falsepositives = read_list(c, doc, "falsepositives");
	check_keys(c, doc);
	check_taxonomy(c, doc);
	read_logsource(c, doc, correlation == NULL, &r->logsource);
	r->info.logsource = logsource_text(c, &r->logsource);
	if (correlation != NULL) {
		r->info.correlation = 1;
		read_generate(c, doc, r);
		r->correlation = correlation_compile(c, correlation, &r->generate);
	} else {
		kinds = logsource_kinds(&r->logsource, &c->common);
		r->info.kinds = kinds;
		if (r->logsource.product != NULL || r->logsource.service != NULL ||
		    r->logsource.category != NULL)
			c->kinds = kinds;
		check_logsource(c, doc, &r->logsource, kinds);
		read_detection(c, doc, r);
	}
	return c->mistakes > 0 ? NULL : r;
}

static void
read_filter_rules(struct compile *c, const struct yaml_node *map,
    struct filter *f)
{
	const struct yaml_node *n = yaml_get(map, "rules");
	const struct yaml_node *const *items = &n;
	struct err at = yaml_place(c->yaml, n != NULL ? n : map);
	size_t i, count = 1;

	if (n == NULL || n->type == YAML_NULL || n->type == YAML_MAP) {
		compile_mistake(c, &at, "a filter needs \"rules\": a list of ids "
		    "or names, or \"any\"");
		return;
	}
	if (n->type == YAML_LIST) {
		items = (const struct yaml_node *const *)n->items;
		count = n->n;
	}
	f->every = count == 0 || (n->type != YAML_LIST &&
	    strcasecmp(n->text, "any") == 0);
	if (f->every)
		return;
	f->rules = arena_alloc(c->set->arena, count * sizeof *f->rules);
	f->rule_places = arena_alloc(c->set->arena,
	    count * sizeof *f->rule_places);
	for (i = 0; i < count; i++) {
		at = yaml_place(c->yaml, items[i]);
		at.file = f->place.file;
		if (!is_scalar(items[i])) {
			compile_mistake(c, &at, "a filter names rules by id or "
			    "name, not by %s", yaml_type_name(items[i]->type));
			continue;
		}
		f->rules[f->nrules] = copy(c, items[i]);
		f->rule_places[f->nrules++] = at;
	}
}

struct filter *
filter_compile(struct compile *c, const struct yaml_node *doc)
{
	static const char *const reserved[] = { "condition", "rules", NULL };
	const struct yaml_node *map = yaml_get(doc, "filter"), *cond;
	struct err at = yaml_place(c->yaml, map);
	struct selections sel = { 0 };
	struct filter *f;
	unsigned negations = 0, kinds;

	f = arena_alloc(c->set->arena, sizeof *f);
	memset(f, 0, sizeof *f);
	f->place = yaml_place(c->yaml, doc);
	f->place.file = arena_strdup(c->set->arena, c->yaml->file);
	f->title = read_text(c, doc, "title", 1);
	check_keys(c, doc);
	check_taxonomy(c, doc);
	read_logsource(c, doc, 0, &f->logsource);
	kinds = logsource_kinds(&f->logsource, &c->common);
	if (f->logsource.product != NULL || f->logsource.service != NULL ||
	    f->logsource.category != NULL)
		c->kinds = kinds;
	if (map->type != YAML_MAP) {
		compile_mistake(c, &at, "\"filter\" is a map of rules, search "
		    "identifiers and a condition, not %s",
		    yaml_type_name(map->type));
		return NULL;
	}
	read_filter_rules(c, map, f);
	read_selections(c, map, reserved, arena_printf(c->set->arena,
	    "filter %s", f->title != NULL ? f->title : ""), &sel);
	/* the condition speaks of the plain names */
	cond = yaml_get(map, "condition");
	if (cond == NULL || cond->type != YAML_STRING) {
		if (cond != NULL)
			at = yaml_place(c->yaml, cond);
		compile_mistake(c, &at, "a filter needs one condition");
		return NULL;
	}
	if (sel.n == 0)
		return NULL;
	f->root = condition_compile(c, cond, &sel, &negations);
	if (c->mistakes > 0)
		return NULL;
	lint_selections(c, &sel);
	if (negations == 0) {
		at = yaml_place(c->yaml, cond);
		compile_note(c, &at, "the filter's condition has no \"not\": it is "
		    "added to the rule by \"and\", so an exclusion is \"not "
		    "selection\"");
	}
	return f;
}

int
rule_is_called(const struct rule *r, const char *name)
{
	return (r->given_id != NULL && strcmp(r->given_id, name) == 0) ||
	    (r->info.name != NULL && strcmp(r->info.name, name) == 0) ||
	    (r->info.alert.title != NULL &&
	    strcmp(r->info.alert.title, name) == 0);
}

static int
same_or_open(const char *filter, const char *rule)
{
	return filter == NULL || (rule != NULL && strcmp(filter, rule) == 0);
}

int
filter_covers(const struct filter *f, const struct rule *r)
{
	size_t i, k;

	if (!same_or_open(f->logsource.product, r->logsource.product) ||
	    !same_or_open(f->logsource.service, r->logsource.service) ||
	    !same_or_open(f->logsource.category, r->logsource.category))
		return 0;
	for (i = 0; f->logsource.others && f->logsource.others[i]; i++) {
		for (k = 0; r->logsource.others && r->logsource.others[k]; k++)
			if (strcmp(f->logsource.others[i],
			    r->logsource.others[k]) == 0)
				break;
		if (r->logsource.others == NULL || !r->logsource.others[k])
			return 0;
	}
	return 1;
}

void
rule_add_filter(struct compile *c, struct rule *r, const struct filter *f)
{
	struct node *n = node_new(c, NODE_AND, 2);

	n->kids[n->n++] = r->root;
	n->kids[n->n++] = f->root;
	n->label = arena_printf(c->set->arena, "and the filter \"%s\"", f->title);
	r->root = node_finish(n);
}
