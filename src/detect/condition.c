/*
 * Conditions. See condition.h. The grammar: or < and < not < atom, operators in lower
 * case; "1 of", "any of" and "all of" a pattern of search identifiers or "them".
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "detect/set.h"

#define QUANTIFIED_MAX 100000	/* search identifiers one condition can stand for */

struct parser {
	struct compile	*c;
	const struct yaml_node *node;
	struct selections *sel;
	const char	*at;		/* the token */
	size_t		 len;
	const char	*rest, *end;
	unsigned	 depth, negations;
	size_t		 quantified;
};

static struct node *parse_or(struct parser *);

struct node *
node_new(struct compile *c, enum node_type type, size_t kids)
{
	struct node *n = arena_alloc(c->set->arena, sizeof *n);

	memset(n, 0, sizeof *n);
	n->type = type;
	if (kids > 0) {
		n->kids = arena_alloc(c->set->arena, kids * sizeof *n->kids);
		n->quick = arena_alloc(c->set->arena, kids * sizeof *n->quick);
	}
	return n;
}

struct node *
node_item(struct compile *c, const struct item *item)
{
	struct node *n = node_new(c, NODE_ITEM, 0);

	n->item = item;
	n->cost = item->cost;
	return n;
}

struct node *
node_finish(struct node *n)
{
	struct node *kid;
	size_t i, k;

	for (i = 0; i < n->n; i++) {
		kid = n->kids[i];
		n->cost += kid->cost;
		for (k = i; k > 0 && n->quick[k - 1]->cost > kid->cost; k--)
			n->quick[k] = n->quick[k - 1];
		n->quick[k] = kid;
	}
	if (n->cost > 1000000)
		n->cost = 1000000;
	return n;
}

static int
is_space(char ch)
{
	return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

static void
next(struct parser *p)
{
	while (p->rest < p->end && is_space(*p->rest))
		p->rest++;
	p->at = p->rest;
	if (p->rest < p->end && (*p->rest == '(' || *p->rest == ')'))
		p->rest++;
	else
		while (p->rest < p->end && !is_space(*p->rest) &&
		    *p->rest != '(' && *p->rest != ')')
			p->rest++;
	p->len = (size_t)(p->rest - p->at);
}

static int
is(const struct parser *p, const char *word)
{
	return strlen(word) == p->len && memcmp(p->at, word, p->len) == 0;
}

static struct err
place(const struct parser *p, const char *at)
{
	return yaml_place_in(p->c->yaml, p->node, (size_t)(at - p->node->text));
}

static const char *
shown(const struct parser *p, char out[SHOWN_MAX])
{
	return text_printable(out, SHOWN_MAX, p->at, p->len);
}

/* A word that was meant as an operator? */
static const char *
operator_meant(const struct parser *p)
{
	static const char *const words[] = { "and", "or", "not", "of", "all",
	    "any", "them", NULL };
	size_t i;

	for (i = 0; words[i] != NULL; i++)
		if (strlen(words[i]) == p->len &&
		    strncasecmp(words[i], p->at, p->len) == 0 &&
		    !is(p, words[i]))
			return words[i];
	return NULL;
}

static struct node *
unexpected(struct parser *p, const char *wanted)
{
	struct err at = place(p, p->at);
	char word[SHOWN_MAX];

	if (p->len == 0)
		compile_mistake(p->c, &at, "the condition ends where %s should "
		    "follow", wanted);
	else if (*p->at == '&' || *p->at == '!')
		compile_mistake(p->c, &at, "\"%s\": \"%s\" was meant?",
		    shown(p, word), *p->at == '&' ? "and" : "not");
	else if (operator_meant(p) != NULL)
		compile_mistake(p->c, &at, "\"%s\": operators are written in "
		    "lower case: \"%s\"", shown(p, word), operator_meant(p));
	else
		compile_mistake(p->c, &at, "\"%s\" stands where %s should",
		    shown(p, word), wanted);
	return NULL;
}

static int
star_match(const char *pattern, const char *name)
{
	const char *star = NULL, *again = NULL;

	while (*name != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			again = name;
		} else if (*pattern == *name) {
			pattern++;
			name++;
		} else if (star != NULL) {
			pattern = star + 1;
			name = ++again;
		} else
			return 0;
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}

int
condition_pattern(const char *pattern, const char *name)
{
	if (*name == '_' && *pattern != '_')
		return 0;
	return strcmp(pattern, "them") == 0 || star_match(pattern, name);
}

static struct node *
parse_quantified(struct parser *p, const char *start, size_t quantifier_len)
{
	struct err at = place(p, start);
	char word[SHOWN_MAX], *pattern;
	struct node *n;
	size_t i, count = 0;
	int all;

	text_printable(word, sizeof word, start, quantifier_len);
	if (strcmp(word, "1") != 0 && strcmp(word, "any") != 0 &&
	    strcmp(word, "all") != 0) {
		compile_mistake(p->c, &at, "\"%s of\": only \"1 of\", \"any of\" "
		    "and \"all of\" are known", word);
		return NULL;
	}
	all = strcmp(word, "all") == 0;
	next(p);				/* of */
	if (p->len == 0 || is(p, "(") || is(p, ")"))
		return unexpected(p, "a pattern or \"them\"");
	pattern = arena_strndup(p->c->set->arena, p->at, p->len);
	for (i = 0; i < p->sel->n; i++)
		count += condition_pattern(pattern, p->sel->names[i]) != 0;
	if (count == 0) {
		at = place(p, p->at);
		compile_mistake(p->c, &at, "no search identifier fits \"%s\"",
		    shown(p, word));
		return NULL;
	}
	if ((p->quantified += count) > QUANTIFIED_MAX) {
		compile_mistake(p->c, &at, "the condition is too long");
		return NULL;
	}
	n = node_new(p->c, all ? NODE_AND : NODE_OR, count);
	n->label = arena_strndup(p->c->set->arena, start,
	    (size_t)(p->at + p->len - start));
	for (i = 0; i < p->sel->n; i++)
		if (condition_pattern(pattern, p->sel->names[i])) {
			p->sel->used[i] = 1;
			n->kids[n->n++] = p->sel->nodes[i];
		}
	next(p);
	return node_finish(n);
}

/* Signs of other languages and patterns that lack their "of": tells what was meant. */
static int
tell_slip(struct parser *p, const char *name, size_t len, const char *word)
{
	struct err at = place(p, name);
	const char *sign;

	if ((sign = memchr(name, '&', len)) != NULL) {
		at = place(p, sign);
		compile_mistake(p->c, &at, "\"%s\": \"and\" was meant?", word);
	} else if (*name == '!')
		compile_mistake(p->c, &at, "\"%s\": \"not\" was meant?", word);
	else if (memchr(name, '*', len) != NULL ||
	    (len == 4 && memcmp(name, "them", 4) == 0))
		compile_mistake(p->c, &at, "\"%s\": \"1 of %s\" or \"all of %s\" "
		    "was meant?", word, word, word);
	else
		return 0;
	return 1;
}

static struct node *
parse_name(struct parser *p, const char *name, size_t len)
{
	struct err at = place(p, name);
	const char **names, *near;
	char word[SHOWN_MAX];
	size_t i;

	for (i = 0; i < p->sel->n; i++)
		if (strlen(p->sel->names[i]) == len &&
		    memcmp(p->sel->names[i], name, len) == 0) {
			p->sel->used[i] = 1;
			return p->sel->nodes[i];
		}
	text_printable(word, sizeof word, name, len);
	if (tell_slip(p, name, len, word))
		return NULL;
	names = xcalloc(p->sel->n + 1, sizeof *names);
	for (i = 0; i < p->sel->n; i++)
		names[i] = p->sel->names[i];
	near = text_nearest(word, names);
	if (near != NULL)
		compile_mistake(p->c, &at, "there is no search identifier \"%s\"; "
		    "\"%s\" is one", word, near);
	else
		compile_mistake(p->c, &at, "there is no search identifier \"%s\"",
		    word);
	free(names);
	return NULL;
}

static struct node *
parse_group(struct parser *p)
{
	struct err at = place(p, p->at);
	struct node *n;

	if (++p->depth > CONDITION_DEPTH_MAX) {
		compile_mistake(p->c, &at, "parentheses nest deeper than %d",
		    CONDITION_DEPTH_MAX);
		return NULL;
	}
	next(p);
	if ((n = parse_or(p)) == NULL)
		return NULL;
	p->depth--;
	if (!is(p, ")")) {
		if (p->len > 0)
			return unexpected(p, "\"and\", \"or\" or \")\"");
		compile_mistake(p->c, &at, "\"(\" is never closed");
		return NULL;
	}
	next(p);
	return n;
}

static int
is_selection(const struct parser *p)
{
	size_t i;

	for (i = 0; i < p->sel->n; i++)
		if (is(p, p->sel->names[i]))
			return 1;
	return 0;
}

/* "all sel_*" without its "of"? p is at what follows the word. Tells so. */
static int
lacks_of(struct parser *p, const char *start, size_t len)
{
	static const struct { const char *word, *meant; } words[] = {
		{ "1", "1" }, { "one", "1" }, { "any", "any" }, { "all", "all" } };
	struct err at = place(p, start);
	const char *meant = NULL;
	char word[SHOWN_MAX];
	size_t i;

	for (i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i].word) == len &&
		    memcmp(words[i].word, start, len) == 0)
			meant = words[i].meant;
	if (meant == NULL || p->len == 0 || !(is(p, "them") || is_selection(p) ||
	    memchr(p->at, '*', p->len) != NULL))
		return 0;
	for (i = 0; i < p->sel->n; i++)
		if (strlen(p->sel->names[i]) == len &&
		    memcmp(p->sel->names[i], start, len) == 0)
			return 0;		/* it is one's name */
	shown(p, word);
	compile_mistake(p->c, &at, "\"%.*s %s\": \"%s of %s\" was meant?",
	    (int)len, start, word, meant, word);
	return 1;
}

static struct node *
parse_atom(struct parser *p)
{
	const char *start = p->at;
	size_t len = p->len;

	if (is(p, "("))
		return parse_group(p);
	if (len == 0 || is(p, ")") || is(p, "and") || is(p, "or"))
		return unexpected(p, "a search identifier");
	if (operator_meant(p) != NULL && !is_selection(p))
		return unexpected(p, "a search identifier");
	next(p);
	if (is(p, "of"))
		return parse_quantified(p, start, len);
	if (lacks_of(p, start, len))
		return NULL;
	return parse_name(p, start, len);
}

static struct node *
parse_not(struct parser *p)
{
	struct node *n, *inner;
	unsigned nots = 0;

	for (; is(p, "not"); next(p))
		nots++;
	p->negations += nots;
	if ((inner = parse_atom(p)) == NULL || nots % 2 == 0)
		return inner;
	n = node_new(p->c, NODE_NOT, 1);
	n->kids[n->n++] = inner;
	return node_finish(n);
}

/* A row of what next_level parses, joined by word. */
static struct node *
parse_row(struct parser *p, enum node_type type, const char *word,
    struct node *(*next_level)(struct parser *))
{
	struct node **list = NULL, *n;
	size_t count = 0, cap = 0, i;

	for (;;) {
		if ((n = next_level(p)) == NULL)
			break;
		list = xgrow(list, &cap, count + 1, sizeof *list);
		list[count++] = n;
		if (!is(p, word))
			break;
		next(p);
	}
	if (n != NULL && count > 1) {
		n = node_new(p->c, type, count);
		for (i = 0; i < count; i++)
			n->kids[n->n++] = list[i];
		node_finish(n);
	}
	free(list);
	return n;
}

static struct node *
parse_and(struct parser *p)
{
	return parse_row(p, NODE_AND, "and", parse_not);
}

static struct node *
parse_or(struct parser *p)
{
	return parse_row(p, NODE_OR, "or", parse_and);
}

/* What old Sigma put behind a bar. */
static void
refuse_aggregation(struct parser *p, const char *bar)
{
	struct err at = place(p, bar);
	const char *word = bar + 1, *instead;
	size_t n = 0;
	char name[32];

	if (word < p->end && *word == '|') {
		compile_mistake(p->c, &at, "\"||\": \"or\" was meant?");
		return;
	}
	while (word < p->end && is_space(*word))
		word++;
	while (word + n < p->end && !is_space(word[n]) && word[n] != ')')
		n++;
	p->at = word;
	p->len = n;
	if (is_selection(p)) {
		compile_mistake(p->c, &at, "\"|\": \"or\" was meant?");
		return;
	}
	for (n = 0; word + n < p->end && word[n] >= 'a' && word[n] <= 'z';)
		n++;
	text_printable(name, sizeof name, word, n);
	instead = strcmp(name, "near") == 0 ? "temporal" :
	    strcmp(name, "sum") == 0 ? "value_sum" :
	    strcmp(name, "avg") == 0 ? "value_avg" :
	    "event_count or value_count";
	compile_mistake(p->c, &at, "the old aggregation \"| %s%s\" is not part of "
	    "Sigma 2; write a correlation of type %s instead",
	    n > 0 ? name : "...", word + n < p->end && word[n] == '(' ? "()" :
	    "", instead);
}

struct node *
condition_compile(struct compile *c, const struct yaml_node *text,
    struct selections *sel, unsigned *negations)
{
	struct parser p = { .c = c, .node = text, .sel = sel };
	struct err at = yaml_place(c->yaml, text);
	const char *bar;
	struct node *n;

	if (text->type != YAML_STRING) {
		compile_mistake(c, &at, "a condition is text like \"selection and "
		    "not filter\", not %s", yaml_type_name(text->type));
		return NULL;
	}
	p.rest = text->text;
	p.end = text->text + text->len;
	if ((bar = memchr(p.rest, '|', text->len)) != NULL) {
		refuse_aggregation(&p, bar);
		return NULL;
	}
	next(&p);
	if ((n = parse_or(&p)) == NULL)
		return NULL;
	if (p.len > 0) {
		unexpected(&p, "\"and\", \"or\" or the end");
		return NULL;
	}
	if (negations != NULL)
		*negations += p.negations;
	return n;
}
