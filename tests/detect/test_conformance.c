/*
 * Other engines' cases: rules and records with the answer that is expected, rules
 * that must be refused, and SigmaHQ's recorded events. Read from the reference data;
 * skipped where that is absent.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <cjson/cJSON.h>

#include "detect/judge.h"

#define PLACEHOLDERS 8
#define VALUES 8

struct given {
	struct placeholder list[PLACEHOLDERS];
	const char	*values[PLACEHOLDERS][VALUES + 1];
	size_t		 n;
};

static void
read_placeholders(const cJSON *c, struct given *g)
{
	const cJSON *map = cJSON_GetObjectItem(c, "placeholders"), *one, *v;
	size_t k;

	memset(g, 0, sizeof *g);
	cJSON_ArrayForEach(one, map) {
		k = 0;
		cJSON_ArrayForEach(v, one)
			if (k < VALUES)
				g->values[g->n][k++] = v->valuestring;
		g->list[g->n].name = one->string;
		g->list[g->n].values = g->values[g->n];
		if (++g->n == PLACEHOLDERS)
			break;
	}
}

static void
print_mistakes(const char *rules, const struct given *g)
{
	struct ruleset_options o = { .placeholders = g->list,
	    .nplaceholders = g->n };
	struct errs es = { 0 };
	char text[ERR_TEXT_MAX];
	size_t i;

	ruleset_free(ruleset_load_text("rules", rules, strlen(rules), &o, &es));
	for (i = 0; i < es.n; i++)
		if (!es.is_warning[i])
			printf("# %s\n", err_text(&es.list[i], text,
			    sizeof text));
	errs_clear(&es);
}

/* 1 when the case agrees */
static int
run_case(const cJSON *c, int number)
{
	const char *rules = cJSON_GetObjectItem(c, "rule_yaml")->valuestring;
	const cJSON *event = cJSON_GetObjectItem(c, "event_json");
	const cJSON *want = cJSON_GetObjectItem(c, "expected_match");
	struct given g;
	int got, wanted;

	read_placeholders(c, &g);
	got = judge_text(rules, event ? event->valuestring : "{}", g.list, g.n);
	wanted = event == NULL ? -1 : want == NULL || cJSON_IsTrue(want);
	if (event == NULL ? got == -1 : got >= 0 && (got > 0) == wanted)
		return 1;
	printf("# line %d: expected %s, got %s (%s)\n", number,
	    wanted < 0 ? "a refusal" : wanted ? "a match" : "no match",
	    got < 0 ? "a refusal" : got ? "a match" : "no match",
	    cJSON_GetObjectItem(c, "origin") ?
	    cJSON_GetObjectItem(c, "origin")->valuestring : "");
	if (got < 0)
		print_mistakes(rules, &g);
	printf("# %s\n", event ? event->valuestring : rules);
	return 0;
}

static void
run_file(const char *name)
{
	char path[4096], *line = NULL;
	size_t cap = 0;
	int n = 0, wrong = 0;
	cJSON *c;
	FILE *f;

	if ((f = fopen(judge_shared(name, path, sizeof path), "r")) == NULL) {
		print_message("reference data is absent: %s\n", path);
		skip();
	}
	while (getline(&line, &cap, f) > 0) {
		n++;
		c = cJSON_Parse(line);
		assert_non_null(c);
		wrong += !run_case(c, n);
		cJSON_Delete(c);
	}
	free(line);
	fclose(f);
	printf("# %s: %d cases, %d disagree\n", name, n, wrong);
	assert_true(n > 0);
	assert_int_equal(wrong, 0);
}

static void
conformance_cases_agree(void **state)
{
	(void)state;
	run_file("conformance/sigma_conformance.jsonl");
}

static void
invalid_rules_are_refused(void **state)
{
	(void)state;
	run_file("conformance/sigma_invalid.jsonl");
}

static void
recorded_events_match_their_rules(void **state)
{
	(void)state;
	run_file("conformance/sigma_regression.jsonl");
}

static void
correlation_documents_load(void **state)
{
	struct errs es = { 0 };
	char path[4096], *line = NULL;
	struct ruleset_options o = { 0 };
	struct ruleset *set;
	size_t cap = 0, i, correlations;
	int wrong = 0;
	cJSON *c;
	FILE *f;

	(void)state;
	f = fopen(judge_shared("conformance/sigma_correlation.jsonl", path,
	    sizeof path), "r");
	if (f == NULL)
		skip();
	while (getline(&line, &cap, f) > 0) {
		char *rules;

		c = cJSON_Parse(line);
		rules = cJSON_GetObjectItem(c, "rule_yaml")->valuestring;
		set = ruleset_load_text("rules", rules, strlen(rules), &o, &es);
		correlations = 0;
		for (i = 0; i < ruleset_count(set); i++)
			correlations += ruleset_info(set, i)->correlation != 0;
		if (errs_fatal(&es) > 0 || correlations == 0) {
			wrong++;
			printf("# refused or no correlation:\n");
			print_mistakes(rules, &(struct given) { 0 });
		}
		errs_clear(&es);
		ruleset_free(set);
		cJSON_Delete(c);
	}
	free(line);
	fclose(f);
	assert_int_equal(wrong, 0);
}

/* Counts what a folder's rules bring; prints what is refused. */
static size_t
load_folder(const char *name, size_t *fatal)
{
	struct errs es = { 0 };
	char path[4096], text[ERR_TEXT_MAX];
	const char *paths[2] = { judge_shared(name, path, sizeof path), NULL };
	struct ruleset_options o = { .paths = paths };
	struct ruleset *set;
	size_t n, i;
	FILE *f;

	if ((f = fopen(path, "r")) == NULL) {
		print_message("reference data is absent: %s\n", path);
		skip();
	}
	fclose(f);
	set = ruleset_load(&o, &es);
	assert_non_null(set);
	for (i = 0; i < es.n; i++)
		if (!es.is_warning[i])
			printf("# %s\n", err_text(&es.list[i], text,
			    sizeof text));
	n = ruleset_count(set);
	*fatal = errs_fatal(&es);
	printf("# %s: %zu rules, %zu mistakes, %zu notes\n", name, n, *fatal,
	    es.warnings);
	ruleset_free(set);
	errs_clear(&es);
	return n;
}

static void
public_rules_load(void **state)
{
	size_t fatal;

	(void)state;
	assert_true(load_folder("corpus/suzaku-rules/rules", &fatal) > 100);
	assert_int_equal(fatal, 0);
}

static void
rules_that_need_placeholders_say_so_and_nothing_else(void **state)
{
	struct errs es = { 0 };
	char path[4096];
	const char *paths[2] = { judge_shared("corpus/sigma/rules/rules", path,
	    sizeof path), NULL };
	struct ruleset_options o = { .paths = paths };
	struct ruleset *set;
	size_t i;
	FILE *f;

	(void)state;
	if ((f = fopen(path, "r")) == NULL)
		skip();
	fclose(f);
	set = ruleset_load(&o, &es);
	assert_non_null(set);
	printf("# %zu rules, %zu mistakes\n", ruleset_count(set),
	    errs_fatal(&es));
	for (i = 0; i < es.n; i++)
		if (!es.is_warning[i] && strstr(es.list[i].msg,
		    "placeholder") == NULL)
			fail_msg("%s:%u: %s", es.list[i].file, es.list[i].line,
			    es.list[i].msg);
	ruleset_free(set);
	errs_clear(&es);
}

static void
old_aggregations_are_refused_by_name(void **state)
{
	size_t fatal;

	(void)state;
	assert_int_equal(load_folder("corpus/sigma/rules/unsupported", &fatal),
	    0);
	assert_int_equal(fatal, 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conformance_cases_agree),
		cmocka_unit_test(invalid_rules_are_refused),
		cmocka_unit_test(recorded_events_match_their_rules),
		cmocka_unit_test(correlation_documents_load),
		cmocka_unit_test(public_rules_load),
		cmocka_unit_test(
		    rules_that_need_placeholders_say_so_and_nothing_else),
		cmocka_unit_test(old_aggregations_are_refused_by_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
