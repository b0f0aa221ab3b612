/*
 * YAML trees: what scalars become, where things stand, and what is refused.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "io/yaml.h"

static struct yaml *
read_good(const char *text)
{
	struct errs es = { 0 };
	struct yaml *y;

	y = yaml_read("t.yaml", text, strlen(text), &es);
	if (es.count > 0)
		fail_msg("%u:%u: %s", es.list[0].line, es.list[0].col,
		    es.list[0].msg);
	assert_non_null(y);
	errs_clear(&es);
	return y;
}

static void
expect_mistake(const char *text, size_t len, unsigned line, unsigned col,
    const char *words)
{
	struct errs es = { 0 };
	struct yaml *y;

	y = yaml_read("t.yaml", text, len, &es);
	assert_null(y);
	assert_true(errs_fatal(&es) > 0);
	assert_string_equal(es.list[0].file, "t.yaml");
	if (strstr(es.list[0].msg, words) == NULL)
		fail_msg("\"%s\" has no \"%s\"", es.list[0].msg, words);
	if (line > 0)
		assert_int_equal(es.list[0].line, line);
	if (col > 0)
		assert_int_equal(es.list[0].col, col);
	errs_clear(&es);
}

static void
scalars_follow_the_core_schema_of_yaml_1_2(void **state)
{
	static const struct { const char *text; enum yaml_type type; double f; }
	    cases[] = {
		{ "true", YAML_BOOL, 0 }, { "False", YAML_BOOL, 0 },
		{ "TRUE", YAML_BOOL, 0 }, { "tRue", YAML_STRING, 0 },
		{ "yes", YAML_STRING, 0 }, { "off", YAML_STRING, 0 },
		{ "NO", YAML_STRING, 0 }, { "~", YAML_NULL, 0 },
		{ "null", YAML_NULL, 0 }, { "Null", YAML_NULL, 0 },
		{ "nULL", YAML_STRING, 0 }, { "''", YAML_STRING, 0 },
		{ "0", YAML_INT, 0 }, { "443", YAML_INT, 443 },
		{ "-17", YAML_INT, -17 }, { "+5", YAML_INT, 5 },
		{ "007", YAML_STRING, 0 }, { "00000429", YAML_STRING, 0 },
		{ "0x1F", YAML_INT, 31 }, { "0o17", YAML_INT, 15 },
		{ "0o18", YAML_STRING, 0 }, { "0x", YAML_STRING, 0 },
		{ "1_000", YAML_STRING, 0 }, { "1:30", YAML_STRING, 0 },
		{ "1.5", YAML_FLOAT, 1.5 }, { ".5", YAML_FLOAT, 0.5 },
		{ "12.", YAML_FLOAT, 12 }, { "1e3", YAML_FLOAT, 1000 },
		{ "-1.25E-2", YAML_FLOAT, -0.0125 }, { "01.5", YAML_STRING, 0 },
		{ "1.2.3", YAML_STRING, 0 }, { "1e", YAML_STRING, 0 },
		{ ".", YAML_STRING, 0 }, { "-", YAML_LIST, 0 },
		{ ".inf", YAML_FLOAT, INFINITY },
		{ "-.Inf", YAML_FLOAT, -INFINITY },
		{ "2024-01-01", YAML_STRING, 0 },
		{ "2001-12-14T21:59:43Z", YAML_STRING, 0 },
		{ "'443'", YAML_STRING, 0 }, { "\"true\"", YAML_STRING, 0 },
		{ "!!str 443", YAML_STRING, 0 }, { "!!int 443", YAML_INT, 443 },
		{ "!!float 3", YAML_FLOAT, 3 }, { "! 443", YAML_STRING, 0 },
		{ "9223372036854775808", YAML_INT, 9223372036854775808.0 },
	};
	struct yaml *y;
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		snprintf(text, sizeof text, "k: %s\n", cases[i].text);
		if (cases[i].type == YAML_LIST)
			snprintf(text, sizeof text, "k:\n  %s\n", cases[i].text);
		y = read_good(text);
		if (yaml_get(y->docs[0], "k")->type != cases[i].type)
			fail_msg("%s is %s", cases[i].text, yaml_type_name(
			    yaml_get(y->docs[0], "k")->type));
		if (cases[i].type == YAML_INT || cases[i].type == YAML_FLOAT)
			assert_true(yaml_get(y->docs[0], "k")->f ==
			    cases[i].f);
		yaml_free(y);
	}
}

static void
saturated_integers_keep_their_text(void **state)
{
	struct yaml *y = read_good("k: 99999999999999999999999\n");
	struct yaml_node *n = yaml_get(y->docs[0], "k");

	(void)state;
	assert_int_equal(n->type, YAML_INT);
	assert_true(n->i == INT64_MAX);
	assert_string_equal(n->text, "99999999999999999999999");
	yaml_free(y);
}

static void
nodes_know_their_places(void **state)
{
	struct yaml *y = read_good("a: 1\nlist:\n  - x\n  - 'quoted'\n"
	    "block: |\n  one\n  two\n");
	struct yaml_node *list = yaml_get(y->docs[0], "list"), *n;
	struct err at;

	(void)state;
	assert_int_equal(list->type, YAML_LIST);
	assert_int_equal(list->n, 2);
	assert_int_equal(list->items[0]->line, 3);
	assert_int_equal(list->items[0]->col, 5);
	assert_false(list->items[0]->quoted);
	assert_true(list->items[1]->quoted);
	at = yaml_place_in(y, list->items[0], 0);
	assert_int_equal(at.col, 5);
	at = yaml_place_in(y, list->items[1], 3);	/* behind the quote */
	assert_int_equal(at.line, 4);
	assert_int_equal(at.col, 9);
	n = yaml_get(y->docs[0], "block");
	assert_string_equal(n->text, "one\ntwo\n");
	assert_int_equal(n->inset, -1);
	at = yaml_place_in(y, n, 5);
	assert_int_equal(at.line, 7);
	assert_int_equal(at.col, 4);
	yaml_free(y);
}

/* However a text is written, the place of a word in it is where it stands. */
static void
words_of_long_texts_know_their_places(void **state)
{
	static const struct { const char *text; unsigned line, col; } cases[] = {
		{ "k: >\n  one\n  two WORD\n", 3, 7 },
		{ "k: >-\n  one\n\n\n  two\n  WORD", 6, 3 },
		{ "k: |\n\n  one\n    two\n     WORD\n  x\n", 5, 6 },
		{ "k: |2\r\n  one\r\n  WORD\r\nl: x\r\n", 3, 3 },
		{ "k: one\n  two  \n  three WORD # no\n", 3, 9 },
		{ "k: 'one\n  it''s\n  WORD'\n", 1, 4 },	/* as far as known */
		{ "k: 'one\n  two\n\n  WORD'\n", 4, 3 },
		{ "k: \"one\n  two\n  WORD\"\n", 3, 3 },
		{ "j: [\"a\n  b\", 'c\n  d']\nk: >\n WORD\n", 5, 2 },
	};
	struct yaml_node *n;
	struct yaml *y;
	struct err at;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++) {
		y = read_good(cases[i].text);
		n = yaml_get(y->docs[0], "k");
		at = yaml_place_in(y, n, (size_t)(strstr(n->text, "WORD") -
		    n->text));
		if (at.line != cases[i].line ||
		    (at.col != cases[i].col && at.line > 1))
			fail_msg("%s: %u:%u", cases[i].text, at.line, at.col);
		yaml_free(y);
	}
}

static void
several_documents_are_read(void **state)
{
	struct yaml *y = read_good("a: 1\n---\nb: 2\n---\n---\n- 1\n");

	(void)state;
	assert_int_equal(y->n, 4);
	assert_int_equal(y->docs[2]->type, YAML_NULL);
	assert_int_equal(y->docs[3]->type, YAML_LIST);
	yaml_free(y);
	y = read_good("");
	assert_int_equal(y->n, 0);
	yaml_free(y);
	y = read_good("# only a comment\n");
	assert_int_equal(y->n, 0);
	yaml_free(y);
}

static void
keys_are_found_by_their_text(void **state)
{
	struct yaml *y = read_good("4688: a\n'x y': b\n? z\n: c\ntrue: d\n");

	(void)state;
	assert_string_equal(yaml_get(y->docs[0], "4688")->text, "a");
	assert_string_equal(yaml_get(y->docs[0], "x y")->text, "b");
	assert_string_equal(yaml_get(y->docs[0], "z")->text, "c");
	assert_string_equal(yaml_get(y->docs[0], "true")->text, "d");
	assert_null(yaml_get(y->docs[0], "w"));
	assert_null(yaml_get(NULL, "w"));
	assert_null(yaml_get(y->docs[0]->items[0], "w"));
	yaml_free(y);
}

static void
anchors_and_merge_keys_are_understood(void **state)
{
	struct yaml *y = read_good("base: &b\n  x: 1\n  y: 2\n"
	    "one:\n  <<: *b\n  y: 3\ntwo: *b\n"
	    "three:\n  <<: [*b, {z: 9, x: 7}]\nfour: {'<<': 1}\n");
	struct yaml_node *one = yaml_get(y->docs[0], "one");
	struct yaml_node *three = yaml_get(y->docs[0], "three");

	(void)state;
	assert_int_equal(one->n, 2);
	assert_int_equal(yaml_get(one, "x")->i, 1);
	assert_int_equal(yaml_get(one, "y")->i, 3);
	assert_int_equal(yaml_get(yaml_get(y->docs[0], "two"), "y")->i, 2);
	assert_int_equal(three->n, 3);
	assert_int_equal(yaml_get(three, "x")->i, 1);
	assert_int_equal(yaml_get(three, "z")->i, 9);
	assert_int_equal(yaml_get(yaml_get(y->docs[0], "four"), "<<")->i, 1);
	yaml_free(y);
}

static void
mistakes_have_their_places(void **state)
{
	static const struct { const char *text; unsigned line, col;
	    const char *words; } cases[] = {
		{ "a: 1\nb: 2\na: 3\n", 3, 1, "\"a\" stands twice" },
		{ "x:\n  k: 1\n  'k': 2\n", 3, 3, "stands twice" },
		{ "a: *nobody\n", 1, 4, "no anchor" },
		{ "a: &x\n  b: *x\n", 2, 6, "inside of what it names" },
		{ "a: b\n c: d\n", 2, 3, "not YAML" },
		{ "a:\n\t- b\n", 2, 1, "tab" },
		{ "a: 'open\n", 0, 0, "not YAML" },
		{ "[1, 2", 0, 0, "not YAML" },
		{ "? [1, 2]\n: x\n", 1, 3, "single word" },
		{ "a: !!python/object:os.system x\n", 1, 4, "unknown tag" },
		{ "a: !!int x\n", 1, 4, "not what its tag says" },
		{ "a: !mine [1]\n", 1, 4, "unknown tag" },
		{ "<<: 5\n", 1, 1, "merges maps" },
		{ "a: @x\n", 1, 4, "must be quoted" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof *cases; i++)
		expect_mistake(cases[i].text, strlen(cases[i].text),
		    cases[i].line, cases[i].col, cases[i].words);
	expect_mistake("a: 1\nb: \xff\xfe\n", 10, 2, 4, "not YAML");
	expect_mistake("a: 1\nb: \0\n", 10, 2, 4, "not YAML");
}

static void
all_mistakes_of_a_text_are_told(void **state)
{
	static const char text[] = "a: 1\na: 2\nb: *x\nc: *y\n";
	struct errs es = { 0 };

	(void)state;
	assert_null(yaml_read("t", text, strlen(text), &es));
	assert_int_equal(errs_fatal(&es), 3);
	errs_clear(&es);
}

static void
many_keys_are_checked_too(void **state)
{
	char *text = malloc(64 * 1000), *p = text;
	int i;

	(void)state;
	for (i = 0; i < 1000; i++)
		p += sprintf(p, "key%d: %d\n", i, i);
	yaml_free(read_good(text));
	p += sprintf(p, "key500: again\n");
	expect_mistake(text, strlen(text), 1001, 1, "stands twice");
	free(text);
}

static void
nesting_has_a_limit(void **state)
{
	char text[512];

	(void)state;
	memset(text, '[', 90);
	memset(text + 90, ']', 90);
	text[180] = '\0';
	yaml_free(read_good(text));
	memset(text, '[', 150);
	memset(text + 150, ']', 150);
	expect_mistake(text, 300, 1, 101, "nested deeper");
}

static void
aliases_cannot_blow_up(void **state)
{
	char text[4096], *p = text;
	int i;

	(void)state;
	p += sprintf(p, "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
	for (i = 1; i < 20; i++)
		p += sprintf(p, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d]\n", i,
		    i, i - 1, i - 1, i - 1, i - 1, i - 1);
	expect_mistake(text, strlen(text), 0, 0, "too much");
	p = text + sprintf(text, "a0: &a0 [x]\n");
	for (i = 1; i < 120; i++)
		p += sprintf(p, "a%d: &a%d [*a%d]\n", i, i, i - 1);
	expect_mistake(text, strlen(text), 0, 0, "nested deeper");
}

static void
absent_files_and_folders_are_named(void **state)
{
	struct errs es = { 0 };

	(void)state;
	assert_null(yaml_read("no/such/file.yaml", NULL, 0, &es));
	assert_string_equal(es.list[0].file, "no/such/file.yaml");
	assert_non_null(strstr(es.list[0].msg, "cannot be opened"));
	errs_clear(&es);
	assert_null(yaml_read("/", NULL, 0, &es));
	assert_int_equal(errs_fatal(&es), 1);
	errs_clear(&es);
}

static void
mutated_texts_never_crash(void **state)
{
	static const char seed[] = "title: &t x\nlogsource: {product: aws}\n"
	    "detection:\n  a:\n    - f|re: 'a*'\n    - g: [1, *t, null]\n"
	    "  condition: a\n---\n<<: {a: 1}\nb: |\n  text\n";
	static const char bytes[] = "&*!|>'\"%@`{}[],?:-#\n\t \xff\xc3~<0";
	char text[sizeof seed + 8];
	struct errs es = { 0 };
	uint32_t x = 1;
	size_t len, at;
	int i, k;

	(void)state;
	for (i = 0; i < 20000; i++) {
		len = sizeof seed - 1;
		memcpy(text, seed, len);
		for (k = 0; k < 1 + i % 4; k++) {
			x = x * 1664525 + 1013904223;
			at = (x >> 8) % len;
			text[at] = bytes[(x >> 24) % (sizeof bytes - 1)];
		}
		yaml_free(yaml_read("m", text, len, &es));
		errs_clear(&es);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scalars_follow_the_core_schema_of_yaml_1_2),
		cmocka_unit_test(saturated_integers_keep_their_text),
		cmocka_unit_test(nodes_know_their_places),
		cmocka_unit_test(words_of_long_texts_know_their_places),
		cmocka_unit_test(several_documents_are_read),
		cmocka_unit_test(keys_are_found_by_their_text),
		cmocka_unit_test(anchors_and_merge_keys_are_understood),
		cmocka_unit_test(mistakes_have_their_places),
		cmocka_unit_test(all_mistakes_of_a_text_are_told),
		cmocka_unit_test(many_keys_are_checked_too),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(aliases_cannot_blow_up),
		cmocka_unit_test(absent_files_and_folders_are_named),
		cmocka_unit_test(mutated_texts_never_crash),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
