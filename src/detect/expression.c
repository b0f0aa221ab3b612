/*
 * Boolean conditions of correlations. See expression.h.
 */
#include <string.h>

#include "base/text.h"
#include "detect/expression.h"
#include "detect/set.h"

struct expression_parser {
	struct compile	*c;
	const struct yaml_node *node;
	struct correlation *k;
	const char	*at, *rest, *end;
	size_t		 len;
	unsigned	 depth;
	int		 adds;		/* names become references */
};

static struct expression *expression_or(struct expression_parser *);

static void
expression_next(struct expression_parser *p)
{
	while (p->rest < p->end && strchr(" \t\r\n", *p->rest) != NULL)
		p->rest++;
	p->at = p->rest;
	if (p->rest < p->end && (*p->rest == '(' || *p->rest == ')'))
		p->rest++;
	else
		while (p->rest < p->end && strchr(" \t\r\n()", *p->rest) == NULL)
			p->rest++;
	p->len = (size_t)(p->rest - p->at);
}

static int
expression_is(const struct expression_parser *p, const char *word)
{
	return strlen(word) == p->len && memcmp(p->at, word, p->len) == 0;
}

static struct expression *
expression_wrong(struct expression_parser *p, const char *wanted)
{
	struct err at = yaml_place_in(p->c->yaml, p->node,
	    (size_t)(p->at - p->node->text));
	char shown[SHOWN_MAX];

	text_printable(shown, sizeof shown, p->at, p->len);
	if (p->len == 0)
		compile_mistake(p->c, &at, "the condition ends where %s should "
		    "follow", wanted);
	else
		compile_mistake(p->c, &at, "\"%s\" stands where %s should",
		    shown, wanted);
	return NULL;
}

static struct expression *
expression_new(struct expression_parser *p, enum expression_type type,
    struct expression *left, struct expression *right)
{
	struct expression *x = arena_alloc(p->c->set->arena, sizeof *x);

	memset(x, 0, sizeof *x);
	x->type = type;
	x->left = left;
	x->right = right;
	return x;
}

static struct expression *
expression_name(struct expression_parser *p)
{
	struct correlation *k = p->k;
	struct expression *x;
	struct err at = yaml_place_in(p->c->yaml, p->node,
	    (size_t)(p->at - p->node->text));
	char shown[SHOWN_MAX];
	size_t i;

	for (i = 0; i < k->nrefs; i++)
		if (expression_is(p, k->refs[i].text))
			break;
	if (i == k->nrefs) {
		text_printable(shown, sizeof shown, p->at, p->len);
		if (!p->adds) {
			compile_mistake(p->c, &at, "\"%s\" is not one of the "
			    "correlation's rules", shown);
			return NULL;
		}
		if (k->nrefs >= CORRELATION_RULES_MAX) {
			compile_mistake(p->c, &at, "over %d rules",
			    CORRELATION_RULES_MAX);
			return NULL;
		}
		correlation_add_ref(p->c, k, arena_strndup(p->c->set->arena, p->at, p->len),
		    &at);
	}
	x = expression_new(p, EXPRESSION_RULE, NULL, NULL);
	x->ref = i;
	expression_next(p);
	return x;
}

static struct expression *
expression_atom(struct expression_parser *p)
{
	struct expression *x;

	if (!expression_is(p, "(")) {
		if (p->len == 0 || expression_is(p, ")") ||
		    expression_is(p, "and") || expression_is(p, "or"))
			return expression_wrong(p, "a rule");
		return expression_name(p);
	}
	if (++p->depth > CONDITION_DEPTH_MAX)
		return expression_wrong(p, "less nesting");
	expression_next(p);
	if ((x = expression_or(p)) == NULL)
		return NULL;
	p->depth--;
	if (!expression_is(p, ")"))
		return expression_wrong(p, "\")\"");
	expression_next(p);
	return x;
}

static struct expression *
expression_not(struct expression_parser *p)
{
	struct expression *x;
	unsigned nots = 0;

	for (; expression_is(p, "not"); expression_next(p))
		nots++;
	x = expression_atom(p);
	return x != NULL && nots % 2 == 1 ? expression_new(p, EXPRESSION_NOT, x,
	    NULL) : x;
}

static struct expression *
expression_and(struct expression_parser *p)
{
	struct expression *x = expression_not(p), *y;

	while (x != NULL && expression_is(p, "and")) {
		expression_next(p);
		if ((y = expression_not(p)) == NULL)
			return NULL;
		x = expression_new(p, EXPRESSION_AND, x, y);
	}
	return x;
}

static struct expression *
expression_or(struct expression_parser *p)
{
	struct expression *x = expression_and(p), *y;

	while (x != NULL && expression_is(p, "or")) {
		expression_next(p);
		if ((y = expression_and(p)) == NULL)
			return NULL;
		x = expression_new(p, EXPRESSION_OR, x, y);
	}
	return x;
}

struct expression *
expression_compile(struct compile *c, const struct yaml_node *cond,
    struct correlation *k)
{
	struct expression_parser p = { .c = c, .node = cond, .k = k,
	    .rest = cond->text, .end = cond->text + cond->len,
	    .adds = k->nrefs == 0 };
	struct expression *x;

	expression_next(&p);
	x = expression_or(&p);
	if (x != NULL && p.len > 0)
		return expression_wrong(&p, "\"and\", \"or\" or the end");
	return x;
}
