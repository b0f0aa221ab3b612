/*
 * Tests that stand beside rules. See ruletest.h.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/judge.h"
#include "app/rules.h"
#include "app/ruletest.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"
#include "io/options.h"
#include "io/yaml.h"

#define DEPTH_MAX 32
#define RECORD_MAX (1024 * 1024)
#define EXPLAIN_MAX (64 * 1024)
#define SUFFIX ".test.yaml"

struct run {
	const struct placeholder *placeholders;
	size_t			 nplaceholders;
	int			 verbose;
	FILE			*out;
	struct ruletest_counts	*counts;
	struct errs		*es;
};

struct test {
	char	*name, *rule, *line;
	const struct yaml_node *record;
	int	 match;
};

static const struct option test_options[] = {
	{ "name", OPTION_STRING, offsetof(struct test, name), 0, 0, NULL, NULL, 1 },
	{ "rule", OPTION_STRING, offsetof(struct test, rule), 0, 0, NULL, NULL, 0 },
	{ "line", OPTION_STRING, offsetof(struct test, line), 0, 0, NULL, NULL, 0 },
	{ "record", OPTION_NODE, offsetof(struct test, record), 0, 0, NULL, NULL, 0 },
	{ "match", OPTION_BOOL, offsetof(struct test, match), 0, 0, NULL, NULL, 1 },
	{ .key = NULL }
};

struct file {
	const struct yaml_node *tests;
};
static const struct option file_options[] = {
	{ "tests", OPTION_NODE, offsetof(struct file, tests), 0, 0, NULL, NULL, 1 },
	{ .key = NULL }
};

/* YAML as the JSON that a log would hold. */
static void
node_json(const struct yaml_node *n, struct buf *b)
{
	size_t i;

	switch (n->type) {
	case YAML_NULL: buf_adds(b, "null"); break;
	case YAML_BOOL: buf_adds(b, n->i ? "true" : "false"); break;
	case YAML_INT: buf_addf(b, "%lld", (long long)n->i); break;
	case YAML_FLOAT: buf_addf(b, "%.17g", n->f); break;
	case YAML_STRING: buf_json(b, n->text, n->len); break;
	case YAML_LIST:
		buf_addc(b, '[');
		for (i = 0; i < n->n; i++) {
			if (i > 0)
				buf_addc(b, ',');
			node_json(n->items[i], b);
		}
		buf_addc(b, ']');
		break;
	case YAML_MAP:
		buf_addc(b, '{');
		for (i = 0; i < n->n; i++) {
			if (i > 0)
				buf_addc(b, ',');
			buf_json(b, n->keys[i]->text, n->keys[i]->len);
			buf_addc(b, ':');
			node_json(n->items[i], b);
		}
		buf_addc(b, '}');
		break;
	}
}

static void
mistake(struct run *r, const struct yaml *y, const struct yaml_node *n,
    const char *msg)
{
	struct err place = yaml_place(y, n), e;

	err_at(&e, &place, "%s", msg);
	errs_add(r->es, &e);
}

/* The rule a test means: the one it names, or the only one of its file. */
static long
rule_of(const struct ruleset *rules, const struct test *t)
{
	size_t i;
	long only = -1;

	if (t->rule != NULL)
		return rules_find(rules, t->rule);
	for (i = 0; i < ruleset_count(rules); i++) {
		if (ruleset_info(rules, i)->correlation)
			continue;
		if (only >= 0)
			return -2;
		only = (long)i;
	}
	return only;
}

static void
run_one(struct run *r, const struct yaml *y, const struct yaml_node *n,
    const struct ruleset *rules, uint8_t *tested)
{
	struct buf text = BUF_INIT(RECORD_MAX), why = BUF_INIT(EXPLAIN_MAX);
	struct test t = { 0 };
	const struct record *rec;
	struct judge *j = NULL;
	const uint32_t *hits;
	char msg[ERR_MSG_MAX];
	size_t hit, i;
	struct err e;
	long rule;
	int got = 0;

	if (options_read(y, n, test_options, &t, "test", r->es) == -1)
		goto out;
	if ((t.record != NULL) == (t.line != NULL)) {
		mistake(r, y, n, "a test has either a record or a line");
		goto out;
	}
	if ((rule = rule_of(rules, &t)) < 0) {
		mistake(r, y, n, t.rule != NULL ? "there is no such rule in the file "
		    "beside it" : rule == -2 ? "the file beside it holds several "
		    "rules: say which, by rule: ID" : "the file beside it holds no "
		    "rule");
		goto out;
	}
	r->counts->tests++;
	tested[rule] = 1;
	if (t.record != NULL)
		node_json(t.record, &text);
	else
		buf_adds(&text, t.line);
	j = judge_new(rules, INPUT_AUTO);
	rec = judge_read(j, buf_text(&text), text.len, &e);
	if (rec == NULL) {
		snprintf(msg, sizeof msg, "the record cannot be read: %.180s", e.msg);
		mistake(r, y, n, msg);
		r->counts->failed++;
		goto out;
	}
	hit = judge_match(j, rec, &hits);
	for (i = 0; i < hit; i++)
		if (hits[i] == (uint32_t)rule)
			got = 1;
	if (got != t.match) {
		r->counts->failed++;
		matcher_explain(judge_matcher(j), rec, (size_t)rule, &why);
		fprintf(r->out, "FAIL %s:%u: %s: %s, but %s was expected\n%s", y->file,
		    n->line, t.name, got ? "it matches" : "it does not match",
		    t.match ? "a match" : "none", buf_text(&why));
	} else if (r->verbose) {
		fprintf(r->out, "ok   %s:%u: %s\n", y->file, n->line, t.name);
	}
out:
	options_clear(test_options, &t);
	judge_free(j);
	buf_clear(&text);
	buf_clear(&why);
}

static void
run_file(struct run *r, const char *test_file, const char *rule_file)
{
	const char *paths[2] = { rule_file, NULL };
	struct ruleset_options o = { paths, r->placeholders, r->nplaceholders };
	struct ruleset *rules;
	struct file f = { 0 };
	struct yaml *y = NULL;
	uint8_t *tested = NULL;
	size_t i;

	r->counts->files++;
	rules = ruleset_load(&o, r->es);
	if (rules == NULL)
		return;
	tested = xcalloc(ruleset_count(rules) + 1, 1);
	y = test_file != NULL ? yaml_read(test_file, NULL, 0, r->es) : NULL;
	if (y != NULL && y->n == 1 && options_read(y, y->docs[0], file_options, &f,
	    "the test file", r->es) == 0) {
		if (f.tests->type != YAML_LIST)
			mistake(r, y, f.tests, "tests is meant to be a list");
		for (i = 0; f.tests->type == YAML_LIST && i < f.tests->n; i++)
			run_one(r, y, f.tests->items[i], rules, tested);
	}
	for (i = 0; i < ruleset_count(rules); i++) {
		if (ruleset_info(rules, i)->correlation)
			continue;
		r->counts->rules++;
		r->counts->untested += !tested[i];
	}
	free(tested);
	yaml_free(y);
	ruleset_free(rules);
}

static int
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

/* A rule file with the tests beside it, or with none. */
static void
run_rule_file(struct run *r, const char *path)
{
	char *stem, *test_file;

	stem = xstrndup(path, (size_t)(strrchr(path, '.') - path));
	test_file = xasprintf("%s%s", stem, SUFFIX);
	run_file(r, access(test_file, F_OK) == 0 ? test_file : NULL, path);
	free(stem);
	free(test_file);
}

static int
is_rule_file(const char *name)
{
	return (ends_with(name, ".yaml") || ends_with(name, ".yml")) &&
	    !ends_with(name, SUFFIX);
}

static void
run_folder(struct run *r, const char *path, int depth)
{
	struct dirent **list;
	struct stat st;
	int i, n;

	n = scandir(path, &list, NULL, alphasort);
	for (i = 0; i < n; i++) {
		char *sub = xasprintf("%s/%s", path, list[i]->d_name);

		if (list[i]->d_name[0] != '.' && stat(sub, &st) == 0) {
			if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX)
				run_folder(r, sub, depth + 1);
			else if (S_ISREG(st.st_mode) && is_rule_file(sub))
				run_rule_file(r, sub);
		}
		free(sub);
		free(list[i]);
	}
	if (n >= 0)
		free(list);
}

int
ruletest_run(const char *path, const struct placeholder *placeholders, size_t n,
    int verbose, FILE *out, struct ruletest_counts *counts, struct errs *es)
{
	struct run r = { placeholders, n, verbose, out, counts, es };
	char *rule_file;
	struct stat st;
	struct err e;

	if (stat(path, &st) == -1) {
		e = (struct err){ .file = path };
		err_at(&e, &e, "cannot be read: %m");
		errs_add(es, &e);
		return -1;
	}
	if (S_ISDIR(st.st_mode)) {
		run_folder(&r, path, 0);
	} else if (ends_with(path, SUFFIX)) {
		rule_file = xasprintf("%.*s.yaml", (int)(strlen(path) -
		    strlen(SUFFIX)), path);
		if (access(rule_file, F_OK) == -1)
			strcpy(strrchr(rule_file, '.'), ".yml");
		run_file(&r, path, rule_file);
		free(rule_file);
	} else if (is_rule_file(path)) {
		run_rule_file(&r, path);
	}
	return 0;
}
