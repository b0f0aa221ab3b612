/*
 * Rules explained: what made a rule match, as JSON for alerts, and how it was
 * compiled and what it made of a record, as text for people. See ruleset.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "detect/matcher.h"

#define VALUE_SHOWN 256		/* bytes of a value in "matched" */
#define VALUES_LISTED 12	/* dispatch values that are listed */
#define MATCHED_MAX 200		/* entries of "matched" */

struct matched {
	struct matcher	*m;
	struct buf	*out;
	size_t		 n;
};

/* At most VALUE_SHOWN bytes, not cut inside of a character. */
static size_t
cut(const char *text, size_t len)
{
	size_t n = VALUE_SHOWN;

	if (len <= VALUE_SHOWN)
		return len;
	while (n > VALUE_SHOWN - 3 && ((unsigned char)text[n] & 0xc0) == 0x80)
		n--;
	return n;
}

static void
matched_entry(struct matched *x, const char *selection, const struct item *it,
    const char *value, size_t len)
{
	if (x->n++ >= MATCHED_MAX)
		return;
	buf_adds(x->out, x->n == 1 ? "{\"selection\":" : ",{\"selection\":");
	buf_json(x->out, selection, strlen(selection));
	buf_adds(x->out, ",\"field\":");
	buf_json(x->out, it->field_name, strlen(it->field_name));
	buf_adds(x->out, ",\"value\":");
	if (value == NULL)
		buf_adds(x->out, "null");
	else
		buf_json(x->out, value, cut(value, len));
	buf_addc(x->out, '}');
}

/* Does one of the item's tests, by itself, hold for the leaf? */
static void
matched_item(struct matched *x, const char *selection, const struct item *it)
{
	size_t first, n, i, len = 0, told = 0;
	const char *text = NULL;

	n = matcher_leaves(x->m, it, &first);
	if (it->negated) {
		if (n > 0)
			text = matcher_text(x->m, first, &len);
		matched_entry(x, selection, it, text, len);
		return;
	}
	for (i = first; i < first + n; i++) {
		if (!matcher_leaf(x->m, it, i))
			continue;
		text = matcher_text(x->m, i, &len);
		matched_entry(x, selection, it, text, len);
		told++;
		if (!it->all || told == 16)
			return;
	}
	if (told > 0)
		return;
	if (n > 0 && it->n > 0 && it->tests[0].type == TEST_EXISTS)
		text = matcher_text(x->m, first, &len);
	matched_entry(x, selection, it, text, len);
}

static void
matched_node(struct matched *x, const struct node *n, const char *selection)
{
	size_t i;

	if (n->named)
		selection = n->label;
	switch (n->type) {
	case NODE_ITEM:
		matched_item(x, selection, n->item);
		return;
	case NODE_NOT:
		return;			/* nothing of it is in the record */
	case NODE_AND:
	case NODE_OR:
		for (i = 0; i < n->n; i++)
			if (matcher_node(x->m, n->kids[i]) == OUTCOME_YES)
				matched_node(x, n->kids[i], selection);
		return;
	}
}

void
matcher_matched(struct matcher *m, const struct record *rec, size_t rule,
    struct buf *out)
{
	const struct rule *r = m->set->rules[rule];
	struct matched x = { .m = m, .out = out };

	matcher_begin(m, rec);
	buf_addc(out, '[');
	if (r->root != NULL)
		matched_node(&x, r->root, "");
	buf_addc(out, ']');
}

/* Text for people: nothing of it can move a terminal's cursor. */
static void
print(struct buf *out, const char *text, size_t len)
{
	char shown[512];

	buf_adds(out, text_printable(shown, sizeof shown, text, len));
}

static void
prints(struct buf *out, const char *text)
{
	print(out, text, strlen(text));
}

static void
explain_values(const struct ruleset *set, size_t rule, int field,
    struct buf *out)
{
	const struct pattern **values;
	size_t i, n;

	values = dispatch_needs(set, rule, field, &n);
	buf_addf(out, "found by %s = ", set->fields[field].name);
	for (i = 0; i < n && i < VALUES_LISTED; i++) {
		buf_adds(out, i > 0 ? " or \"" : "\"");
		print(out, values[i]->text, values[i]->len);
		buf_addc(out, '"');
	}
	if (n > i)
		buf_addf(out, " or %zu more", n - i);
	buf_adds(out, " (case does not matter)\n");
	free(values);
}

static void
explain_kind(const struct ruleset *set, size_t rule, enum kind kind,
    struct buf *out)
{
	const struct rule *r = set->rules[rule];

	buf_addf(out, "%s records: ", kind_name(kind));
	if (r->dispatch[kind] >= 0)
		explain_values(set, rule, r->dispatch[kind], out);
	else if (r->dispatch[kind] == -1)
		buf_adds(out, "looked at for every record, as the condition needs "
		    "no field to equal a fixed value\n");
	else
		buf_adds(out, "never looked at\n");
}

static void
explain_head(const struct ruleset *set, size_t rule, struct buf *out)
{
	const struct rule *r = set->rules[rule];
	int kind, any = 0;

	buf_adds(out, "title: ");
	prints(out, r->info.alert.title);
	buf_adds(out, "\nid: ");
	prints(out, r->info.alert.id);
	buf_addf(out, "\nlevel: %s\nfile: ", level_names[r->info.alert.level]);
	prints(out, r->info.file);
	buf_addf(out, ":%u\nlogsource: ", r->info.line);
	prints(out, *r->info.logsource != '\0' ? r->info.logsource : "(empty)");
	buf_addc(out, '\n');
	if (r->info.silent)
		buf_adds(out, "only counted by a correlation: alerts nobody by "
		    "itself, and this version does not run correlations\n");
	if (r->root == NULL)
		return;
	for (kind = 0; kind < KIND_JSON; kind++) {
		if ((r->info.kinds & (1u << kind)) == 0)
			continue;
		any = 1;
		if (!r->info.silent)
			explain_kind(set, rule, (enum kind)kind, out);
	}
	if (!any) {
		buf_adds(out, "none of our records is of that logsource; it sees "
		    "records read with --input json only\n");
		if (!r->info.silent)
			explain_kind(set, rule, KIND_JSON, out);
	}
}

static void
explain_correlation(const struct ruleset *set, const struct rule *r,
    struct buf *out)
{
	const struct correlation *k = r->correlation;
	size_t i, j;

	buf_adds(out, "read and checked; this version does not run "
	    "correlations\n");
	buf_addf(out, "correlation of type %s, over %lld s, of:\n",
	    correlation_types[k->type], (long long)(k->timespan / NS_PER_SEC));
	for (i = 0; i < k->nrefs; i++)
		for (j = 0; j < k->refs[i].n; j++) {
			buf_adds(out, "  ");
			prints(out, set->rules[k->refs[i].rules[j]]->
			    info.alert.title);
			buf_addc(out, '\n');
		}
	if (k->ngroup_by > 0)
		buf_adds(out, "grouped by:\n");
	for (i = 0; i < k->ngroup_by; i++) {
		buf_adds(out, "  ");
		prints(out, k->group_by[i]);
		buf_addc(out, '\n');
	}
}

struct tree {
	struct matcher	*m;		/* NULL: no record beside it */
	struct buf	*out;
};

static void
tree_line(const struct tree *t, unsigned depth, int outcome)
{
	if (t->m != NULL)
		buf_adds(t->out, outcome == OUTCOME_YES ? "yes " :
		    outcome == OUTCOME_NO ? " no " : "  ! ");
	buf_addf(t->out, "%*s", (int)depth * 2 + 2, "");
}

/* What the record has there: up to three values. */
static void
tree_saw(const struct tree *t, const struct item *it)
{
	size_t first, n, i, len, at, shown = 0;
	const char *text;
	char value[100];

	n = matcher_leaves(t->m, it, &first);
	if (it->field < 0) {
		for (i = first; i < first + n; i++)
			if (matcher_leaf(t->m, it, i))
				break;
		if (i == first + n) {
			buf_addf(t->out, "   (%zu values of the record)", n);
			return;
		}
		first = i;
		n = 1;
	}
	if (n == 0) {
		buf_adds(t->out, "   (the record has none)");
		return;
	}
	buf_adds(t->out, "   saw ");
	for (at = first; at < first + n && shown < 3; at++) {
		text = matcher_text(t->m, at, &len);
		if (shown++ > 0)
			buf_adds(t->out, ", ");
		if (text == NULL)
			buf_adds(t->out, "null");
		else
			buf_addf(t->out, "\"%s\"", text_printable(value,
			    sizeof value, text, len));
	}
	if (n > shown)
		buf_addf(t->out, " and %zu more", n - shown);
}

static void
tree_item(const struct tree *t, const struct item *it, unsigned depth)
{
	int outcome = t->m != NULL ? matcher_item(t->m, it) : 0;

	tree_line(t, depth, outcome);
	if (*it->name == '\0' || it->field < 0)
		buf_adds(t->out, "any value");
	prints(t->out, it->name);
	buf_adds(t->out, ": ");
	prints(t->out, it->shown);
	if (t->m != NULL)
		tree_saw(t, it);
	if (outcome == OUTCOME_LIMIT)
		buf_addf(t->out, "   %s", t->m->limit);
	buf_addc(t->out, '\n');
}

static void
tree_node(const struct tree *t, const struct node *n, unsigned depth)
{
	size_t i;

	if (n->type == NODE_ITEM) {
		tree_item(t, n->item, depth);
		return;
	}
	tree_line(t, depth, t->m != NULL ? matcher_node(t->m, n) : 0);
	if (n->label != NULL) {
		prints(t->out, n->label);
		if (n->n > 1 && n->named)
			buf_adds(t->out, n->type == NODE_AND ? ": all of" :
			    ": one of");
	} else
		buf_adds(t->out, n->type == NODE_AND ? "all of" :
		    n->type == NODE_OR ? "one of" : "not");
	buf_addc(t->out, '\n');
	for (i = 0; i < n->n; i++)
		tree_node(t, n->kids[i], depth + 1);
}

static void
explain(const struct ruleset *set, struct matcher *m, size_t rule,
    struct buf *out)
{
	const struct rule *r = set->rules[rule];
	struct tree t = { .m = m, .out = out };
	int outcome;

	explain_head(set, rule, out);
	if (r->correlation != NULL) {
		explain_correlation(set, r, out);
		return;
	}
	if (m == NULL) {
		buf_adds(out, "condition:\n");
		tree_node(&t, r->root, 0);
		return;
	}
	outcome = matcher_node(m, r->root);
	if (m->rec->kind != KIND_JSON &&
	    (r->info.kinds & (1u << m->rec->kind)) == 0)
		buf_addf(out, "the record is of kind %s, which the rule never "
		    "sees\n", kind_name(m->rec->kind));
	else
		buf_addf(out, "the record %s\n", outcome == OUTCOME_YES ?
		    "matches:" : outcome == OUTCOME_NO ? "does not match:" :
		    "does not match, as a regular expression gave up:");
	tree_node(&t, r->root, 0);
}

void
ruleset_explain(const struct ruleset *set, size_t rule, struct buf *out)
{
	explain(set, NULL, rule, out);
}

void
matcher_explain(struct matcher *m, const struct record *rec, size_t rule,
    struct buf *out)
{
	matcher_begin(m, rec);
	explain(m->set, m, rule, out);
}
