/*
 * Matching. See ruleset.h and matcher.h. What makes it quick: dispatch leaves few
 * rules for a record, cheap items are asked first, and what costly items made of a
 * value is remembered under the value's hash (a user agent comes a million times).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "detect/matcher.h"

#define EPOCH_MAX (UINT32_MAX / 4 - 1)
#define POOL_KEEP 4096		/* leaves kept between records */

struct matcher *
matcher_new(const struct ruleset *set)
{
	struct matcher *m = xcalloc(1, sizeof *m);
	size_t i;

	m->set = set;
	m->own = arena_new();
	for (i = 0; i < KIND_COUNT; i++)
		if (set->fieldsets[i]->n > m->nviews)
			m->nviews = set->fieldsets[i]->n;
	m->views = xcalloc(m->nviews + 1, sizeof *m->views);
	m->memo = xcalloc(set->nitems + 1, sizeof *m->memo);
	m->seen = xcalloc(set->nrules + 1, sizeof *m->seen);
	m->hits = xcalloc(set->nrules + 1, sizeof *m->hits);
	m->memory = xcalloc(MEMORY_SLOTS, sizeof *m->memory);
	m->regex = regex_data_new();
	return m;
}

void
matcher_level(struct matcher *m, enum level level)
{
	m->level = level;
}

void
matcher_free(struct matcher *m)
{
	if (m == NULL)
		return;
	arena_free(m->own);
	free(m->views);
	free(m->pool);
	free(m->memo);
	free(m->seen);
	free(m->hits);
	free(m->memory);
	regex_data_free(m->regex);
	free(m);
}

static void
epoch_restart(struct matcher *m)
{
	memset(m->views, 0, (m->nviews + 1) * sizeof *m->views);
	memset(m->memo, 0, (m->set->nitems + 1) * sizeof *m->memo);
	memset(m->seen, 0, (m->set->nrules + 1) * sizeof *m->seen);
	memset(&m->whole, 0, sizeof m->whole);
	m->epoch = 0;
}

void
matcher_begin(struct matcher *m, const struct record *rec)
{
	if (m->epoch >= EPOCH_MAX)
		epoch_restart(m);
	m->epoch++;
	m->rec = rec;
	m->npool = 0;
	if (m->pool_cap > POOL_KEEP) {
		free(m->pool);
		m->pool = NULL;
		m->pool_cap = 0;
	}
	m->scratch = rec->scratch;
	if (m->scratch == NULL) {
		arena_reset(m->own);
		m->scratch = m->own;
	}
}

static void
pool_add(struct matcher *m, const struct value *v)
{
	struct leaf *leaf;

	if (m->npool == m->pool_cap)
		m->pool = xgrow(m->pool, &m->pool_cap, m->npool + 1,
		    sizeof *m->pool);
	leaf = &m->pool[m->npool++];
	leaf->value = *v;
	leaf->has_raw = leaf->has_folded = 0;
}

static int
on_leaf(void *arg, const struct value *leaf)
{
	struct matcher *m = arg;

	pool_add(m, leaf);
	return m->npool >= VALUE_LEAVES_MAX;
}

static void
add_leaves(struct matcher *m, const struct value *v, int containers)
{
	if (v->type == VALUE_ARRAY || v->type == VALUE_OBJECT)
		value_leaves(v, containers, on_leaf, m);
	else if (v->type != VALUE_ABSENT)
		pool_add(m, v);
}

static inline const struct value *
field_value(const struct matcher *m, int field)
{
	int slot = m->set->fields[field].slot[m->rec->kind];

	if (slot < 0 || (size_t)slot >= m->rec->nfields)
		return NULL;
	return m->rec->fields[slot];
}

static const struct view *
view_field(struct matcher *m, int field)
{
	static const struct view nothing = { 0, 0, 0 };
	int slot = m->set->fields[field].slot[m->rec->kind];
	const struct value *v;
	struct view *view;

	if (slot < 0 || (size_t)slot >= m->rec->nfields)
		return &nothing;
	view = &m->views[slot];
	if (view->epoch == m->epoch)
		return view;
	view->epoch = m->epoch;
	view->first = (uint32_t)m->npool;
	for (v = m->rec->fields[slot]; v != NULL; v = v->next)
		add_leaves(m, v, 1);
	view->n = (uint32_t)m->npool - view->first;
	return view;
}

/* Every scalar of the record; an access-log line is one text. */
static const struct view *
view_whole(struct matcher *m)
{
	struct value v = { .text = m->rec->text, .type = VALUE_STRING,
	    .len = (uint32_t)m->rec->len };

	if (m->whole.epoch == m->epoch)
		return &m->whole;
	m->whole.epoch = m->epoch;
	m->whole.first = (uint32_t)m->npool;
	if (m->rec->kind == KIND_S3ACCESS)
		pool_add(m, &v);
	else if (m->rec->text != NULL && value_parse(m->rec->text,
	    m->rec->text + m->rec->len, &v) != NULL)
		add_leaves(m, &v, 0);
	m->whole.n = (uint32_t)m->npool - m->whole.first;
	return &m->whole;
}

static const struct view *
view_item(struct matcher *m, const struct item *it)
{
	return it->field >= 0 ? view_field(m, it->field) : view_whole(m);
}

static struct subject *
leaf_raw(struct matcher *m, struct leaf *leaf)
{
	struct subject *s = &leaf->raw;

	if (leaf->has_raw)
		return s;
	leaf->has_raw = 1;
	if (leaf->value.type == VALUE_STRING && !leaf->value.escaped) {
		s->text = leaf->value.text;
		s->len = leaf->value.len;
	} else if (leaf->value.type == VALUE_OBJECT)
		s->text = value_compact(&leaf->value, m->scratch, &s->len);
	else
		s->text = value_string(&leaf->value, m->scratch, &s->len);
	if (s->text == NULL) {
		s->text = "";
		s->len = 0;
	}
	s->hashed = 0;
	return s;
}

#define HIGH 0x8080808080808080ULL

/* Bytes 'A' .. 'Z' of eight that are all below 0x80, marked in their high bits. */
static inline uint64_t
upper_bits(uint64_t w)
{
	uint64_t from_a = w + (0x80 - 'A') * 0x0101010101010101ULL;
	uint64_t over_z = w + (0x80 - 'Z' - 1) * 0x0101010101010101ULL;

	return from_a & ~over_z & HIGH;
}

/*
 * Where folding has something to do: the first eight bytes with a capital or a byte
 * beyond ASCII; len when there are none.
 */
static size_t
fold_start(const char *p, size_t len, int *beyond)
{
	uint64_t w, high = 0;
	size_t i, first = len;

	for (i = 0; i + 8 <= len; i += 8) {
		memcpy(&w, p + i, 8);
		high |= w & HIGH;
		if (first == len && upper_bits(w & ~HIGH) != 0)
			first = i;
	}
	for (; i < len; i++) {
		high |= (unsigned char)p[i] & 0x80;
		if (first == len && p[i] >= 'A' && p[i] <= 'Z')
			first = i;
	}
	*beyond = high != 0;
	return first;
}

static void
fold_ascii(char *out, const char *p, size_t len)
{
	uint64_t w;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		memcpy(&w, p + i, 8);
		w |= upper_bits(w) >> 2;
		memcpy(out + i, &w, 8);
	}
	for (; i < len; i++)
		out[i] = (char)(p[i] >= 'A' && p[i] <= 'Z' ? p[i] | 0x20 : p[i]);
}

static struct subject *
leaf_folded(struct matcher *m, struct leaf *leaf)
{
	struct subject *s = &leaf->folded, *raw;
	size_t first;
	char *out;
	int beyond;

	if (leaf->has_folded)
		return s;
	raw = leaf_raw(m, leaf);
	leaf->has_folded = 1;
	s->hashed = 0;
	first = fold_start(raw->text, raw->len, &beyond);
	if (beyond) {
		out = arena_alloc(m->scratch, 3 * raw->len + 1);
		s->len = text_fold(out, raw->text, raw->len);
		s->text = out;
	} else if (first == raw->len) {
		s->text = raw->text;
		s->len = raw->len;
	} else {
		out = arena_alloc(m->scratch, raw->len + 1);
		fold_ascii(out, raw->text, raw->len);
		s->text = out;
		s->len = raw->len;
	}
	return s;
}

static int
is_container(const struct leaf *leaf)
{
	return leaf->value.type == VALUE_OBJECT ||
	    leaf->value.type == VALUE_ARRAY;
}

static int
test_text(struct matcher *m, const struct item *it, const struct test *t,
    struct leaf *leaf)
{
	if (leaf->value.type == VALUE_NULL)
		return 0;
	return patternset_match(t->u.patterns, it->cased ? leaf_raw(m, leaf) :
	    leaf_folded(m, leaf));
}

static int
test_number(struct matcher *m, const struct test *t, struct leaf *leaf)
{
	const struct subject *s;
	const char *p, *end;
	double n;

	if (leaf->value.type != VALUE_NUMBER && leaf->value.type != VALUE_STRING)
		return 0;
	if (value_number(&leaf->value, &n) == 0 && n == t->u.number.n)
		return 1;
	if (leaf->value.type != VALUE_STRING)
		return 0;
	s = leaf_raw(m, leaf);
	p = s->text;
	end = p + s->len;
	while (p < end && strchr(" \t\r\n\v\f", *p) != NULL)
		p++;
	while (end > p && strchr(" \t\r\n\v\f", end[-1]) != NULL)
		end--;
	return (size_t)(end - p) == t->u.number.len &&
	    memcmp(p, t->u.number.text, t->u.number.len) == 0;
}

static int
test_bool(struct matcher *m, const struct test *t, struct leaf *leaf)
{
	const char *word = t->u.yes ? "true" : "false";
	const struct subject *s;

	if (leaf->value.type == VALUE_TRUE || leaf->value.type == VALUE_FALSE)
		return (leaf->value.type == VALUE_TRUE) == (t->u.yes != 0);
	if (leaf->value.type != VALUE_STRING)
		return 0;
	s = leaf_folded(m, leaf);
	return s->len == strlen(word) && memcmp(s->text, word, s->len) == 0;
}

static int
test_regex(struct matcher *m, const struct test *t, struct leaf *leaf)
{
	const struct subject *raw, *s;
	struct err e;
	int rc;

	if (leaf->value.type == VALUE_NULL)
		return 0;
	raw = leaf_raw(m, leaf);
	if (t->u.regex.literal != NULL) {
		s = t->u.regex.folded ? leaf_folded(m, leaf) : raw;
		if (memmem(s->text, s->len, t->u.regex.literal,
		    t->u.regex.len) == NULL)
			return 0;
	}
	rc = regex_search(t->u.regex.regex, m->regex, raw->text, raw->len, &e);
	if (rc != -1)
		return rc;
	memcpy(m->limit, e.msg, sizeof m->limit);
	return OUTCOME_LIMIT;
}

static int
compare(enum compare op, double a, double b)
{
	switch (op) {
	case COMPARE_EQ:
		return a == b;
	case COMPARE_GT:
		return a > b;
	case COMPARE_GTE:
		return a >= b;
	case COMPARE_LT:
		return a < b;
	case COMPARE_LTE:
		return a <= b;
	}
	return 0;
}

static int
test_compare(struct matcher *m, const struct test *t, struct leaf *leaf)
{
	const struct subject *s;
	double n;
	int part;

	if (leaf->value.type != VALUE_NUMBER && leaf->value.type != VALUE_STRING)
		return 0;
	if (t->u.compare.part < 0)
		return value_number(&leaf->value, &n) == 0 &&
		    compare(t->u.compare.op, n, t->u.compare.n);
	s = leaf_raw(m, leaf);
	return moment_part(s->text, s->len, (enum moment_part)t->u.compare.part,
	    &part) == 0 && compare(t->u.compare.op, part, t->u.compare.n);
}

static int
compare_texts(enum text_op op, const struct subject *a, const struct subject *b)
{
	if (b->len > a->len)
		return 0;
	switch (op) {
	case TEXT_EQUALS:
		return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
	case TEXT_CONTAINS:
		return memmem(a->text, a->len, b->text, b->len) != NULL;
	case TEXT_STARTS:
		return memcmp(a->text, b->text, b->len) == 0;
	case TEXT_ENDS:
		return memcmp(a->text + a->len - b->len, b->text, b->len) == 0;
	}
	return 0;
}

static int
test_field(struct matcher *m, const struct item *it, const struct test *t,
    size_t at)
{
	const struct view *view = view_field(m, t->u.other.field);
	struct leaf *leaf, *other;	/* the pool stands still from here on */
	double a, b;
	size_t i;

	leaf = &m->pool[at];
	if (leaf->value.type == VALUE_NULL || is_container(leaf))
		return 0;
	for (i = view->first; i < view->first + view->n; i++) {
		other = &m->pool[i];
		if (other->value.type == VALUE_NULL || is_container(other))
			continue;
		if (t->u.other.compare >= 0) {
			if (value_number(&leaf->value, &a) == 0 &&
			    value_number(&other->value, &b) == 0 &&
			    compare((enum compare)t->u.other.compare, a, b))
				return 1;
		} else if (it->cased ? compare_texts(t->u.other.text,
		    leaf_raw(m, leaf), leaf_raw(m, other)) :
		    compare_texts(t->u.other.text, leaf_folded(m, leaf),
		    leaf_folded(m, other)))
			return 1;
	}
	return 0;
}

/* One test on one leaf. */
static int
test_leaf(struct matcher *m, const struct item *it, const struct test *t,
    size_t at)
{
	struct leaf *leaf = &m->pool[at];
	const struct subject *s;

	switch (t->type) {
	case TEST_TEXT:
		return test_text(m, it, t, leaf);
	case TEST_NUMBER:
		return test_number(m, t, leaf);
	case TEST_BOOL:
		return test_bool(m, t, leaf);
	case TEST_REGEX:
		return test_regex(m, t, leaf);
	case TEST_NETWORK:
		if (leaf->value.type != VALUE_STRING)
			return 0;
		s = leaf_raw(m, leaf);
		return network_has(&t->u.network, s->text, s->len);
	case TEST_COMPARE:
		return test_compare(m, t, leaf);
	case TEST_FIELD:
		return test_field(m, it, t, at);
	case TEST_NULL:
	case TEST_EXISTS:
		break;			/* speak of the field as a whole */
	}
	return 0;
}

static int
test_null(const struct matcher *m, size_t first, size_t n)
{
	size_t i;

	for (i = first; i < first + n; i++)
		if (m->pool[i].value.type != VALUE_NULL &&
		    !is_container(&m->pool[i]))
			return 0;
	return 1;
}

/* One test on all leaves: one that satisfies it is enough. */
static int
test_run(struct matcher *m, const struct item *it, const struct test *t,
    size_t first, size_t n)
{
	size_t i;
	int rc, limit = 0;

	if (t->type == TEST_NULL)
		return test_null(m, first, n);
	if (t->type == TEST_EXISTS)
		return (field_value(m, it->field) != NULL) == (t->u.yes != 0);
	for (i = first; i < first + n; i++) {
		rc = test_leaf(m, it, t, i);
		if (rc == OUTCOME_YES)
			return rc;
		limit |= rc == OUTCOME_LIMIT;
	}
	return limit ? OUTCOME_LIMIT : OUTCOME_NO;
}

static int
tests_run(struct matcher *m, const struct item *it, size_t first, size_t n)
{
	size_t i;
	int rc, limit = 0;

	for (i = 0; i < it->n; i++) {
		rc = test_run(m, it, &it->tests[i], first, n);
		if (rc == OUTCOME_LIMIT)
			limit = 1;
		else if (rc == (it->all ? OUTCOME_NO : OUTCOME_YES))
			return rc;
	}
	if (limit)
		return OUTCOME_LIMIT;
	return it->all ? OUTCOME_YES : OUTCOME_NO;
}

/* The outcome for a single text is kept under its hash. */
static int
tests_remembered(struct matcher *m, const struct item *it, size_t at)
{
	struct leaf *leaf = &m->pool[at];
	uint64_t h, *slot;
	int rc;

	h = subject_hash(leaf_raw(m, leaf), m->set->seed) ^
	    ((uint64_t)it->id + 1) * 0x9e3779b97f4a7c15ULL;
	h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9ULL;
	h |= 2;				/* never 0: an empty slot */
	slot = &m->memory[(h >> 40) % MEMORY_SLOTS];
	if ((*slot | 1) == (h | 1))
		return (int)(*slot & 1);
	rc = tests_run(m, it, at, 1);
	if (rc != OUTCOME_LIMIT)
		*slot = (h & ~(uint64_t)1) | (uint64_t)rc;
	return rc;
}

int
matcher_item(struct matcher *m, const struct item *it)
{
	uint32_t known = m->memo[it->id];
	const struct view *view;
	int rc;

	if (known >> 2 == m->epoch)
		return (known & 3) == 2 ? OUTCOME_LIMIT : (int)(known & 3);
	view = view_item(m, it);
	if (it->remembered && view->n == 1 &&
	    m->pool[view->first].value.type == VALUE_STRING)
		rc = tests_remembered(m, it, view->first);
	else
		rc = tests_run(m, it, view->first, view->n);
	if (it->negated && rc != OUTCOME_LIMIT)
		rc = !rc;
	m->memo[it->id] = m->epoch << 2 | (rc == OUTCOME_LIMIT ? 2 :
	    (uint32_t)rc);
	return rc;
}

int
matcher_node(struct matcher *m, const struct node *n)
{
	size_t i;
	int rc, limit = 0;

	switch (n->type) {
	case NODE_ITEM:
		return matcher_item(m, n->item);
	case NODE_NOT:
		rc = matcher_node(m, n->kids[0]);
		return rc == OUTCOME_LIMIT ? rc : !rc;
	case NODE_AND:
		for (i = 0; i < n->n; i++)
			if ((rc = matcher_node(m, n->quick[i])) != OUTCOME_YES)
				return rc;
		return OUTCOME_YES;
	case NODE_OR:
		for (i = 0; i < n->n; i++) {
			rc = matcher_node(m, n->quick[i]);
			if (rc == OUTCOME_YES)
				return rc;
			limit |= rc == OUTCOME_LIMIT;
		}
		return limit ? OUTCOME_LIMIT : OUTCOME_NO;
	}
	return OUTCOME_NO;
}

size_t
matcher_leaves(struct matcher *m, const struct item *it, size_t *first)
{
	const struct view *view = view_item(m, it);

	*first = view->first;
	return view->n;
}

int
matcher_leaf(struct matcher *m, const struct item *it, size_t at)
{
	size_t i;

	for (i = 0; i < it->n; i++)
		if (it->tests[i].type != TEST_NULL &&
		    it->tests[i].type != TEST_EXISTS &&
		    test_leaf(m, it, &it->tests[i], at) == OUTCOME_YES)
			return 1;
	return 0;
}

const char *
matcher_text(struct matcher *m, size_t at, size_t *len)
{
	const struct subject *s;

	*len = 0;
	if (m->pool[at].value.type == VALUE_NULL)
		return NULL;
	s = leaf_raw(m, &m->pool[at]);
	*len = s->len;
	return s->text;
}

/* Where a run stands, so that each rule is judged once. */
struct run {
	struct matcher	*m;
	size_t		 n;
	void		(*fn)(void *, const char *);
	void		*arg;
};

static void
tell_limit(const struct run *run, uint32_t rule)
{
	char msg[ERR_MSG_MAX * 2 + 16], title[ERR_MSG_MAX];
	const char *name = run->m->set->rules[rule]->info.alert.title;

	if (run->fn == NULL)
		return;
	text_printable(title, sizeof title, name, strlen(name));
	snprintf(msg, sizeof msg, "rule %s: %s", title, run->m->limit);
	run->fn(run->arg, msg);
}

static void
judge(struct run *run, uint32_t rule)
{
	struct matcher *m = run->m;
	int rc;

	if (m->seen[rule] == m->epoch ||
	    m->set->rules[rule]->info.alert.level < m->level)
		return;
	m->seen[rule] = m->epoch;
	rc = matcher_node(m, m->set->rules[rule]->root);
	if (rc == OUTCOME_YES)
		m->hits[run->n++] = rule;
	else if (rc == OUTCOME_LIMIT)
		tell_limit(run, rule);
}

static int
is_ascii(const char *p, size_t len)
{
	uint64_t w, high = 0;
	size_t i;

	for (i = 0; i + 8 <= len; i += 8) {
		memcpy(&w, p + i, 8);
		high |= w;
	}
	for (; i < len; i++)
		high |= (uint64_t)(unsigned char)p[i];
	return (high & HIGH) == 0;
}

/* Can no entry be that long? Folding keeps the length of ASCII. */
static int
is_length_foreign(struct matcher *m, const struct dispatch_table *t,
    struct leaf *leaf)
{
	const struct subject *raw = leaf_raw(m, leaf);

	return (t->lengths >> (raw->len < 63 ? raw->len : 63) & 1) == 0 &&
	    is_ascii(raw->text, raw->len);
}

/* The rules that some value of the table's field brings up. */
static void
run_table(struct run *run, const struct dispatch_table *t)
{
	struct matcher *m = run->m;
	const struct view *view = view_field(m, t->field);
	const struct dispatch_entry *e;
	const struct item *it;
	struct subject *s;
	size_t i, k, first = view->first, n = view->n;

	for (i = first; i < first + n; i++) {
		if (m->pool[i].value.type == VALUE_NULL ||
		    is_length_foreign(m, t, &m->pool[i]))
			continue;
		s = leaf_folded(m, &m->pool[i]);
		e = dispatch_find(t, s->text, s->len, subject_hash(s,
		    m->set->seed));
		for (k = 0; e != NULL && k < e->n; k++) {
			it = m->set->rules[e->rules[k]]->implied[m->rec->kind];
			if (it != NULL)
				m->memo[it->id] = m->epoch << 2 | OUTCOME_YES;
			judge(run, e->rules[k]);
		}
	}
}

size_t
matcher_run(struct matcher *m, const struct record *rec, const uint32_t **hits,
    void (*fn)(void *arg, const char *msg), void *arg)
{
	const struct dispatch *d = &m->set->dispatch[rec->kind];
	struct run run = { .m = m, .fn = fn, .arg = arg };
	uint32_t hit;
	size_t i, k;

	matcher_begin(m, rec);
	for (i = 0; i < d->ntables; i++)
		run_table(&run, &d->tables[i]);
	for (i = 0; i < d->ngeneral; i++)
		judge(&run, d->general[i]);
	for (i = 1; i < run.n; i++) {	/* few: ascending by insertion */
		hit = m->hits[i];
		for (k = i; k > 0 && m->hits[k - 1] > hit; k--)
			m->hits[k] = m->hits[k - 1];
		m->hits[k] = hit;
	}
	*hits = m->hits;
	return run.n;
}
