/*
 * Detection items. See item.h. Modifiers are read in one go and checked against each
 * other before any value is looked at; those that rewrite values are then applied
 * from left to right.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "detect/hint.h"
#include "detect/lint.h"
#include "detect/set.h"

#define KEY_TEXT_MAX (64 * 1024 * 1024)
#define SHOWN_VALUES 6

/* What is being made of one item. */
struct making {
	struct compile	*c;
	struct spec	 spec;
	struct item	*item;
	struct test	*tests;		/* grows */
	size_t		 n, cap;
	struct pattern	*patterns;	/* of the values that are text; grows */
	size_t		 npatterns, patterns_cap;
	struct pattern	*equals;	/* their folded forms, while all are exact */
	size_t		 nequals, equals_cap;
	int		 not_equals;
	int		 wildcards;
};

static struct test *
making_test(struct making *m, enum test_type type, const char *text)
{
	struct test *t;

	m->tests = xgrow(m->tests, &m->cap, m->n + 1, sizeof *m->tests);
	t = &m->tests[m->n++];
	memset(t, 0, sizeof *t);
	t->type = type;
	t->text = text;
	if (type != TEST_TEXT)
		m->not_equals = 1;
	return t;
}

/* The number as people write it: 80, 1.5, 31 for 0x1f, 80 for 80.0. */
static const char *
number_text(struct arena *a, const struct yaml_node *v)
{
	char out[64];
	int digits;

	if (v->type == YAML_INT && v->i != INT64_MAX && v->i > -INT64_MAX)
		return arena_printf(a, "%lld", (long long)v->i);
	if (v->type == YAML_INT)
		return arena_strdup(a, v->text);
	if (isfinite(v->f) && v->f == floor(v->f) && fabs(v->f) < 1e15)
		return arena_printf(a, "%.0f", v->f);
	for (digits = 1; digits < 17; digits++) {
		snprintf(out, sizeof out, "%.*g", digits, v->f);
		if (strtod(out, NULL) == v->f)
			break;
	}
	snprintf(out, sizeof out, "%.*g", digits, v->f);
	return arena_strdup(a, out);
}

static const char *
scalar_text(struct arena *a, const struct yaml_node *v)
{
	switch (v->type) {
	case YAML_BOOL:
		return v->i ? "true" : "false";
	case YAML_INT:
	case YAML_FLOAT:
		return number_text(a, v);
	case YAML_NULL:
		return "null";
	case YAML_STRING:
	case YAML_LIST:
	case YAML_MAP:
		break;
	}
	return v->text;
}

static enum encoding
encoding_of(enum modifier m)
{
	return m == MOD_WIDE ? ENCODING_UTF16LE : m == MOD_UTF16BE ?
	    ENCODING_UTF16BE : ENCODING_UTF16;
}

/* Alternatives of one value, while modifiers are applied. */
struct alternatives {
	struct atoms	*list;
	size_t		 n;
};

/* Every ATOM_DASH becomes five alternatives. 0 or -1. */
static int
alternatives_expand(struct making *m, const struct err *at,
    struct alternatives *alt)
{
	struct atoms *variants, *out = NULL;
	size_t i, n, total = 0, cap = 0;

	for (i = 0; i < alt->n; i++) {
		variants = atoms_variants(m->c->scratch, &alt->list[i], &n);
		if (variants == NULL || total + n > ATOMS_VARIANTS_MAX) {
			free(out);
			return compile_mistake(m->c, at, "too many dashes for "
			    "|windash before an encoding: over %d variants",
			    ATOMS_VARIANTS_MAX);
		}
		out = xgrow(out, &cap, total + n, sizeof *out);
		memcpy(out + total, variants, n * sizeof *out);
		total += n;
	}
	alt->list = arena_alloc(m->c->scratch, (total + 1) * sizeof *out);
	if (total > 0)
		memcpy(alt->list, out, total * sizeof *out);
	alt->n = total;
	free(out);
	return 0;
}

static int
alternatives_base64(struct making *m, const struct err *at,
    struct alternatives *alt, enum encoding enc, int offsets)
{
	struct arena *a = m->c->scratch;
	struct atoms *out;
	size_t i, len, n = 0;
	unsigned k;
	char *bytes;

	if (alternatives_expand(m, at, alt) == -1)
		return -1;
	out = arena_alloc(a, (3 * alt->n + 1) * sizeof *out);
	for (i = 0; i < alt->n; i++) {
		if (atoms_has_wildcard(&alt->list[i]))
			return compile_mistake(m->c, at, "a value with * or ? "
			    "cannot be put into base64; \\* and \\? stand for the "
			    "characters themselves");
		bytes = atoms_bytes(a, &alt->list[i], enc, &len);
		if (!offsets)
			out[n++] = atoms_base64(a, bytes, len);
		else
			for (k = 0; k < 3; k++)
				out[n++] = atoms_base64_offset(a, bytes, len, k);
	}
	alt->list = out;
	alt->n = n;
	return 0;
}

/* Applies the modifiers that rewrite a text. */
static int
alternatives_rewrite(struct making *m, const struct err *at,
    struct alternatives *alt)
{
	const struct spec *s = &m->spec;
	int pending = -1, any = modifier_first(s, modifier_is_encoding);
	enum encoding enc;
	size_t i, k;

	for (i = 0; i < s->n; i++) {
		if (s->order[i] == MOD_WINDASH) {
			for (k = 0; k < alt->n; k++)
				atoms_windash(&alt->list[k]);
		} else if (modifier_is_encoding(s->order[i]))
			pending = (int)s->order[i];
		else if (s->order[i] == MOD_BASE64 ||
		    s->order[i] == MOD_BASE64OFFSET) {
			if (pending < 0)
				pending = any;
			enc = pending < 0 ? ENCODING_UTF8 :
			    encoding_of((enum modifier)pending);
			if (alternatives_base64(m, at, alt, enc,
			    s->order[i] == MOD_BASE64OFFSET) == -1)
				return -1;
			pending = -1;
		}
	}
	if (pending < 0)
		return 0;
	if (alternatives_expand(m, at, alt) == -1)
		return -1;
	for (k = 0; k < alt->n; k++)
		alt->list[k] = atoms_encode(m->c->scratch, &alt->list[k],
		    encoding_of((enum modifier)pending));
	return 0;
}

static void
making_pattern(struct making *m, const struct atoms *as)
{
	struct arena *a = m->c->set->arena;
	struct pattern p;

	pattern_compile(a, m->c->scratch, as, m->item->cased, &p);
	m->patterns = xgrow(m->patterns, &m->patterns_cap, m->npatterns + 1,
	    sizeof *m->patterns);
	m->patterns[m->npatterns++] = p;
	if (p.type == PATTERN_GLOB || p.type == PATTERN_ANY)
		m->wildcards = 1;
	if (p.type != PATTERN_EXACT) {
		m->not_equals = 1;
		return;
	}
	if (m->item->cased)
		pattern_compile(a, m->c->scratch, as, 0, &p);
	m->equals = xgrow(m->equals, &m->equals_cap, m->nequals + 1,
	    sizeof *m->equals);
	m->equals[m->nequals++] = p;
}

/* The patterns gathered so far become one test. */
static void
making_flush(struct making *m, const char *text)
{
	struct test *t;

	if (m->npatterns == 0)
		return;
	t = making_test(m, TEST_TEXT, text);
	t->u.patterns = patternset_new(m->c->set->arena, m->patterns,
	    m->npatterns, m->c->set->seed);
	m->npatterns = 0;
}

static int
make_text(struct making *m, const struct err *at, const char *text, size_t len)
{
	struct arena *a = m->c->scratch;
	const struct spec *s = &m->spec;
	struct alternatives alt;
	struct atoms first, wrapped;
	int before, behind;
	size_t i;

	first = atoms_parse(a, text, len);
	alt.list = &first;
	alt.n = 1;
	if (alternatives_rewrite(m, at, &alt) == -1)
		return -1;
	before = HAS(s, MOD_CONTAINS) || HAS(s, MOD_ENDSWITH);
	behind = HAS(s, MOD_CONTAINS) || HAS(s, MOD_STARTSWITH);
	if (s->field == NULL && !before && !behind)
		before = behind = 1;
	for (i = 0; i < alt.n; i++) {
		wrapped = atoms_wrap(a, &alt.list[i], before, behind);
		making_pattern(m, &wrapped);
	}
	if (m->item->all)
		making_flush(m, text);
	return 0;
}

static int
make_regex(struct making *m, const struct err *at, const char *text, size_t len)
{
	struct ruleset *set = m->c->set;
	const struct spec *s = &m->spec;
	struct regex *re;
	struct test *t;
	struct err e;
	int flags = 0;

	if (HAS(s, MOD_I))
		flags |= REGEX_CASELESS;
	if (HAS(s, MOD_M))
		flags |= REGEX_MULTILINE;
	if (HAS(s, MOD_S))
		flags |= REGEX_DOTALL;
	if ((re = regex_new(text, len, flags, &e)) == NULL)
		return compile_mistake(m->c, at, "regular expression: %s", e.msg);
	set->regexes = xgrow(set->regexes, &set->regexes_cap, set->nregexes + 1,
	    sizeof *set->regexes);
	set->regexes[set->nregexes++] = re;
	t = making_test(m, TEST_REGEX, text);
	t->u.regex.regex = re;
	t->u.regex.folded = HAS(s, MOD_I);
	t->u.regex.literal = hint_literal(set->arena, text, len,
	    &t->u.regex.folded, &t->u.regex.len);
	return 0;
}

/* A number as a rule's value: itself, or (for comparisons) a text that spells it. */
static int
value_as_number(const struct yaml_node *v, const char *text, size_t len,
    int texts, double *n)
{
	struct value spelled = { .text = text, .len = (uint32_t)len,
	    .type = VALUE_STRING };

	if (v->type == YAML_INT || v->type == YAML_FLOAT) {
		*n = v->f;
		return 0;
	}
	if (v->type != YAML_STRING || !texts)
		return -1;
	return value_number(&spelled, n);
}

static int
make_compare(struct making *m, const struct err *at, const struct yaml_node *v,
    const char *text, size_t len)
{
	const struct spec *s = &m->spec;
	int part = modifier_first(s, modifier_is_part);
	char shown[SHOWN_MAX], became[SHOWN_MAX] = "";
	struct test *t;
	double n;

	if (value_as_number(v, text, len, (s->has & MODIFIERS_COMPARE) != 0,
	    &n) == -1) {
		if (HAS(s, MOD_EXPAND) && v->type == YAML_STRING)
			text_printable(became, sizeof became, text, len);
		return compile_mistake(m->c, at, "|%s needs a number, not %s%s%s%s",
		    modifier_name(s->has & MODIFIERS_COMPARE ?
		    (enum modifier)modifier_first(s, modifier_is_operator) :
		    (enum modifier)part), compile_shown(shown, v),
		    *became ? ", which is \"" : "", became, *became ? "\"" : "");
	}
	t = making_test(m, TEST_COMPARE, text);
	t->u.compare.n = n;
	t->u.compare.part = part < 0 ? -1 : part - MOD_MINUTE;
	t->u.compare.op = HAS(s, MOD_GT) ? COMPARE_GT : HAS(s, MOD_GTE) ?
	    COMPARE_GTE : HAS(s, MOD_LT) ? COMPARE_LT : HAS(s, MOD_LTE) ?
	    COMPARE_LTE : COMPARE_EQ;
	return 0;
}

static int
make_fieldref(struct making *m, const struct err *at, const struct yaml_node *v,
    const char *name)
{
	const struct spec *s = &m->spec;
	struct test *t;

	if (v->type == YAML_NULL || *name == '\0')
		return compile_mistake(m->c, at,
		    "|fieldref needs the name of a field");
	t = making_test(m, TEST_FIELD, name);
	t->u.other.field = set_field(m->c->set, name, m->c->common);
	t->u.other.text = HAS(s, MOD_CONTAINS) ? TEXT_CONTAINS :
	    HAS(s, MOD_STARTSWITH) ? TEXT_STARTS : HAS(s, MOD_ENDSWITH) ?
	    TEXT_ENDS : TEXT_EQUALS;
	t->u.other.compare = HAS(s, MOD_GT) ? COMPARE_GT : HAS(s, MOD_GTE) ?
	    COMPARE_GTE : HAS(s, MOD_LT) ? COMPARE_LT : HAS(s, MOD_LTE) ?
	    COMPARE_LTE : -1;
	return 0;
}

static int
make_network(struct making *m, const struct err *at, const struct yaml_node *v,
    const char *text, size_t len)
{
	char shown[SHOWN_MAX];
	struct test *t;
	struct network net;

	if (v->type != YAML_STRING || network_parse(text, len, &net) == -1)
		return compile_mistake(m->c, at, "|cidr needs a network like "
		    "10.0.0.0/8 or 2001:db8::/32, not %s",
		    compile_shown(shown, v));
	t = making_test(m, TEST_NETWORK, text);
	t->u.network = net;
	return 0;
}

static void
make_number(struct making *m, const struct yaml_node *v)
{
	const char *text = number_text(m->c->set->arena, v);
	struct atoms plain, wrapped;
	struct test *t;

	if (m->spec.field == NULL) {		/* a keyword is looked for within */
		plain = atoms_literal(m->c->scratch, text, strlen(text));
		wrapped = atoms_wrap(m->c->scratch, &plain, 1, 1);
		making_pattern(m, &wrapped);
		if (m->item->all)
			making_flush(m, text);
		return;
	}
	t = making_test(m, TEST_NUMBER, text);
	t->u.number.n = v->f;
	t->u.number.text = text;
	t->u.number.len = strlen(text);
}

/* One value; text and len are its text after |expand. */
static int
make_value(struct making *m, const struct yaml_node *v, const char *text,
    size_t len)
{
	const struct spec *s = &m->spec;
	struct err at = yaml_place(m->c->yaml, v);
	char shown[SHOWN_MAX];

	if (HAS(s, MOD_EXISTS)) {
		if (v->type != YAML_BOOL)
			return compile_mistake(m->c, &at, "|exists needs true or "
			    "false, not %s", compile_shown(shown, v));
		making_test(m, TEST_EXISTS, v->i ? "true" : "false")->u.yes =
		    (int)v->i;
		return 0;
	}
	if (HAS(s, MOD_FIELDREF))
		return make_fieldref(m, &at, v, text);
	if (modifier_first(s, modifier_is_part) >= 0 ||
	    (s->has & MODIFIERS_COMPARE) != 0)
		return make_compare(m, &at, v, text, len);
	if (v->type == YAML_NULL && s->n > 0)
		return compile_mistake(m->c, &at, "null has no modifiers");
	if (HAS(s, MOD_RE))
		return make_regex(m, &at, text, len);
	if (HAS(s, MOD_CIDR))
		return make_network(m, &at, v, text, len);
	if (v->type == YAML_NULL) {
		if (s->field == NULL)
			return compile_mistake(m->c, &at,
			    "nothing (null) is no keyword");
		making_test(m, TEST_NULL, "null");
		return 0;
	}
	if (v->type != YAML_STRING && (s->has & MODIFIERS_TEXT) != 0)
		return compile_mistake(m->c, &at, "|%s needs text, not %s; put it "
		    "in quotes", modifier_name(s->order[0]),
		    compile_shown(shown, v));
	if (v->type == YAML_BOOL) {
		making_test(m, TEST_BOOL, v->i ? "true" : "false")->u.yes =
		    (int)v->i;
		return 0;
	}
	if (v->type == YAML_INT || v->type == YAML_FLOAT) {
		make_number(m, v);
		return 0;
	}
	return make_text(m, &at, text, len);
}

static const struct placeholder *
placeholder_find(const struct compile *c, const char *name, size_t len)
{
	const struct ruleset_options *o = c->options;
	size_t i;

	for (i = 0; o != NULL && i < o->nplaceholders; i++)
		if (strlen(o->placeholders[i].name) == len &&
		    memcmp(o->placeholders[i].name, name, len) == 0)
			return &o->placeholders[i];
	return NULL;
}

/* The first %name% from p on that is not \%...: its opening sign, close at its end. */
static const char *
placeholder_next(const char *text, const char *p, const char *end,
    const char **close)
{
	for (; p < end; p++) {
		if (*p != '%' || (p > text && p[-1] == '\\'))
			continue;
		*close = memchr(p + 1, '%', (size_t)(end - p - 1));
		if (*close == NULL)
			return NULL;
		if (*close > p + 1)
			return p;
	}
	return NULL;
}

/* Puts text (with \% taken for %) behind what is in out. */
static void
add_unescaped(struct buf *out, const char *p, const char *end)
{
	for (; p < end; p++) {
		if (*p == '\\' && p + 1 < end && p[1] == '%')
			continue;
		buf_addc(out, *p);
	}
}

static int
expand_value(struct making *m, const struct yaml_node *v, const char *text,
    const char *p, struct buf *before)
{
	const char *end = text + v->len, *open, *close = NULL;
	const struct placeholder *ph;
	struct err at = yaml_place(m->c->yaml, v);
	size_t i, keep;
	char name[64];
	int rc = 0;

	if ((open = placeholder_next(text, p, end, &close)) == NULL) {
		keep = before->len;
		add_unescaped(before, p, end);
		if (before->truncated)
			rc = compile_mistake(m->c, &at,
			    "too long after |expand");
		else if (m->n + m->npatterns >= ITEM_VALUES_MAX)
			rc = compile_mistake(m->c, &at, "over %d values after "
			    "|expand", ITEM_VALUES_MAX);
		else
			rc = make_value(m, v, arena_strndup(m->c->set->arena,
			    buf_text(before), before->len), before->len);
		before->len = keep;
		return rc;
	}
	ph = placeholder_find(m->c, open + 1, (size_t)(close - open - 1));
	if (ph == NULL || ph->values[0] == NULL) {
		text_printable(name, sizeof name, open + 1,
		    (size_t)(close - open - 1));
		at = yaml_place_in(m->c->yaml, v, (size_t)(open - text));
		return compile_mistake(m->c, &at, "the placeholder %%%s%% has no "
		    "values; the config's \"placeholders\" gives them", name);
	}
	keep = before->len;
	add_unescaped(before, p, open);
	for (i = 0; ph->values[i] != NULL && rc == 0; i++) {
		size_t len = before->len;

		buf_adds(before, ph->values[i]);
		rc = expand_value(m, v, text, close + 1, before);
		before->len = len;
	}
	before->len = keep;
	return rc;
}

static int
make_one(struct making *m, const struct yaml_node *v)
{
	struct err at = yaml_place(m->c->yaml, v);
	struct buf before = BUF_INIT(1024 * 1024);
	const char *text;
	size_t i, signs = 0;
	int rc;

	if (v->type == YAML_MAP)
		return compile_mistake(m->c, &at, "a value must be text, a number, "
		    "true, false or null, not a map; a field inside of a field is "
		    "written with a dot");
	if (v->type == YAML_LIST)
		return compile_mistake(m->c, &at,
		    "a list of values holds no further list");
	text = v->type == YAML_STRING ? arena_strndup(m->c->set->arena, v->text,
	    v->len) : scalar_text(m->c->set->arena, v);
	if (!HAS(&m->spec, MOD_EXPAND) || v->type != YAML_STRING)
		return make_value(m, v, text, v->type == YAML_STRING ? v->len :
		    strlen(text));
	for (i = 0; i < v->len; i++)
		signs += v->text[i] == '%';
	if (signs > 64)
		return compile_mistake(m->c, &at,
		    "over 32 placeholders in one value");
	rc = expand_value(m, v, text, text, &before);
	buf_clear(&before);
	return rc;
}

static int
make_values(struct making *m, const struct yaml_node *value)
{
	struct compile *c = m->c;
	struct err at = yaml_place(c->yaml, value);
	size_t i, n = 1;
	int rc = 0;

	if (value->type == YAML_LIST)
		n = value->n;
	if (n == 0)
		return compile_mistake(c, &at, "the list of values is empty");
	if (n > ITEM_VALUES_MAX)
		return compile_mistake(c, &at, "over %d values", ITEM_VALUES_MAX);
	if (HAS(&m->spec, MOD_ALL) && n == 1)
		return compile_mistake(c, &m->spec.mods_at,
		    "|all needs a list of at least two values");
	if (HAS(&m->spec, MOD_EXISTS) && n != 1)
		return compile_mistake(c, &at,
		    "|exists needs one value: true or false");
	if (value->type != YAML_LIST)
		return make_one(m, value);
	for (i = 0; i < n && n > 1; i++)
		if (value->items[i]->type == YAML_NULL) {
			at = yaml_place(c->yaml, value->items[i]);
			return compile_mistake(c, &at, "null cannot be one of "
			    "several values; give it a search identifier of its "
			    "own");
		}
	for (i = 0; i < n; i++)
		if (make_one(m, value->items[i]) == -1)
			rc = -1;
	return rc;
}

static unsigned
set_cost(const struct patternset *set)
{
	return (unsigned)(1 + set->nother * 2 + (set->ninfix ? 8 : 0) +
	    (set->nother > 4 ? 4 : 0));
}

static void
item_weigh(struct item *it)
{
	unsigned cost = 0, one;
	size_t i;

	for (i = 0; i < it->n; i++) {
		const struct test *t = &it->tests[i];

		one = 1;
		switch (t->type) {
		case TEST_TEXT:
			one = set_cost(t->u.patterns);
			it->texts = 1;
			break;
		case TEST_REGEX:
			one = t->u.regex.literal != NULL ? 12 : 40;
			it->texts = 1;
			break;
		case TEST_NETWORK:
		case TEST_COMPARE:
		case TEST_FIELD:
			one = 4;
			break;
		case TEST_NUMBER:
		case TEST_BOOL:
		case TEST_NULL:
		case TEST_EXISTS:
			break;
		}
		cost += one;
	}
	it->remembered = it->field >= 0 && it->texts && cost >= 3;
	if (it->field < 0)
		cost = 250;
	it->cost = (uint8_t)(cost > 250 ? 250 : cost);
}

static void
item_add(struct ruleset *set, struct item *it, const char *text)
{
	it->id = (uint32_t)set->nitems;
	set->items = xgrow(set->items, &set->items_cap, set->nitems + 1,
	    sizeof *set->items);
	set->items[set->nitems++] = it;
	map_set(set->item_index, text, it);
}

static void
item_finish(struct making *m)
{
	struct arena *a = m->c->set->arena;
	struct item *it = m->item;
	struct pattern *equals;

	making_flush(m, "");
	it->n = m->n;
	it->tests = arena_alloc(a, (m->n + 1) * sizeof *it->tests);
	if (m->n > 0)
		memcpy(it->tests, m->tests, m->n * sizeof *it->tests);
	if (!m->not_equals && m->nequals > 0 && it->field >= 0 && !it->negated) {
		it->nequals = it->all ? 1 : m->nequals;
		equals = arena_alloc(a, it->nequals * sizeof *equals);
		memcpy(equals, m->equals, it->nequals * sizeof *equals);
		it->equals = equals;
	}
	item_weigh(it);
}

/* A text that is the same for equal items. */
static void
item_text(const struct spec *s, int field, int common,
    const struct yaml_node *key, const struct yaml_node *value, struct buf *out)
{
	const char *bar = key != NULL ? strchr(key->text, '|') : NULL;
	const struct yaml_node *const *values = &value;
	size_t i, n = 1;

	/* the other field of |fieldref depends on what the rule sees */
	buf_addf(out, "%d %s%s %s", field, s->field != NULL ? "f" : "k",
	    common && HAS(s, MOD_FIELDREF) ? "c" : "",
	    bar != NULL ? bar : "");
	if (value->type == YAML_LIST) {
		values = (const struct yaml_node *const *)value->items;
		n = value->n;
	}
	for (i = 0; i < n; i++) {
		buf_addf(out, " %d", (int)values[i]->type);
		buf_json(out, values[i]->text, values[i]->len);
	}
}

/* "a", "b" or 7 more */
static const char *
item_shown(struct compile *c, const struct item *it,
    const struct yaml_node *value)
{
	const struct yaml_node *const *values = &value;
	const char *joint = it->all ? " and " : " or ";
	struct buf out = BUF_INIT(1024);
	char text[SHOWN_MAX];
	const char *copy;
	size_t i, n = 1;

	if (value->type == YAML_LIST) {
		values = (const struct yaml_node *const *)value->items;
		n = value->n;
	}
	for (i = 0; i < n && i < SHOWN_VALUES; i++)
		buf_addf(&out, "%s%s", i == 0 ? "" : joint,
		    compile_shown(text, values[i]));
	if (n > i)
		buf_addf(&out, "%s%zu more", joint, n - i);
	copy = arena_strdup(c->set->arena, buf_text(&out));
	buf_clear(&out);
	return copy;
}

const struct item *
item_compile(struct compile *c, const struct yaml_node *key,
    const struct yaml_node *value)
{
	struct making m = { .c = c };
	struct buf text = BUF_INIT(KEY_TEXT_MAX);
	struct item *it = NULL;
	int mistakes = c->mistakes, field = -1;

	arena_reset(c->scratch);
	m.spec.at = yaml_place(c->yaml, key != NULL ? key : value);
	if (key != NULL && (modifier_read(c, key, &m.spec) == -1 ||
	    modifier_check(c, &m.spec) == -1))
		goto out;
	if (key == NULL)
		m.spec.mods_at = m.spec.at;
	lint_item(c, &m.spec, value);
	if (m.spec.field != NULL)
		field = set_field(c->set, arena_strdup(c->set->arena,
		    m.spec.field), c->common);
	item_text(&m.spec, field, c->common, key, value, &text);
	if ((it = map_get(c->set->item_index, buf_text(&text))) != NULL)
		goto out;
	it = arena_alloc(c->set->arena, sizeof *it);
	memset(it, 0, sizeof *it);
	m.item = it;
	it->field = field;
	it->field_name = m.spec.field != NULL ? c->set->fields[field].name : "";
	it->name = key != NULL ? arena_strndup(c->set->arena, key->text,
	    key->len) : "";
	it->all = HAS(&m.spec, MOD_ALL);
	it->negated = HAS(&m.spec, MOD_NEQ);
	it->cased = HAS(&m.spec, MOD_CASED);
	if (make_values(&m, value) == -1 || c->mistakes > mistakes) {
		it = NULL;
		goto out;
	}
	it->shown = item_shown(c, it, value);
	item_finish(&m);
	modifier_lint(c, &m.spec, m.wildcards);
	if (!text.truncated)
		item_add(c->set, it, buf_text(&text));
	else
		item_add(c->set, it, arena_printf(c->set->arena, "long %zu",
		    c->set->nitems));
out:
	free(m.tests);
	free(m.patterns);
	free(m.equals);
	buf_clear(&text);
	return it;
}
