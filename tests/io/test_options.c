/*
 * Option tables: what is read, what is refused and in which words.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "io/options.h"
#include "lib/folder.h"

struct all {
	char		*name, *token;
	int		 on, colour;
	int64_t		 count, every, room;
	char		**list;
	const struct yaml_node *node;
};

static const char *const colours[] = { "red", "green", "blue", NULL };

static const struct option table[] = {
	{ .key = "name", .type = OPTION_STRING, .fallback = "plain",
	    .offset = offsetof(struct all, name) },
	{ .key = "token", .type = OPTION_SECRET,
	    .offset = offsetof(struct all, token) },
	{ .key = "on", .type = OPTION_BOOL, .fallback = "true",
	    .offset = offsetof(struct all, on) },
	{ .key = "colour", .type = OPTION_ENUM, .fallback = "green",
	    .values = colours, .offset = offsetof(struct all, colour) },
	{ .key = "count", .type = OPTION_INT, .fallback = "7", .min = 1,
	    .max = 10, .offset = offsetof(struct all, count) },
	{ .key = "every", .type = OPTION_DURATION, .fallback = "5m",
	    .min = 1000000000, .max = 3600000000000,
	    .offset = offsetof(struct all, every) },
	{ .key = "room", .type = OPTION_SIZE, .fallback = "64MiB",
	    .min = 4096, .max = INT64_MAX, .offset = offsetof(struct all, room) },
	{ .key = "list", .type = OPTION_LIST, .fallback = "[a, '*.b']",
	    .offset = offsetof(struct all, list) },
	{ .key = "node", .type = OPTION_NODE,
	    .offset = offsetof(struct all, node) },
	{ .key = NULL }
};

static const struct option strict[] = {
	{ .key = "name", .type = OPTION_STRING, .required = 1,
	    .offset = offsetof(struct all, name) },
	{ .key = "token", .type = OPTION_SECRET, .required = 1,
	    .offset = offsetof(struct all, token) },
	{ .key = NULL }
};

struct rig {
	struct yaml	*yaml;
	struct errs	 es;
	struct all	 all;
	const struct option *table;
};

static int
rig_read(struct rig *r, const struct option *t, const char *text)
{
	memset(r, 0, sizeof *r);
	r->table = t;
	r->yaml = yaml_read("test.yaml", text, strlen(text), &r->es);
	assert_non_null(r->yaml);
	return options_read(r->yaml, r->yaml->n ? r->yaml->docs[0] : NULL, t,
	    &r->all, "thing", &r->es);
}

static void
rig_clear(struct rig *r)
{
	options_clear(r->table, &r->all);
	errs_clear(&r->es);
	yaml_free(r->yaml);
}

static void
absent_keys_have_their_defaults(void **state)
{
	struct errs es = { 0 };
	struct all all = { 0 };

	(void)state;
	assert_int_equal(options_read(NULL, NULL, table, &all, "thing", &es), 0);
	assert_string_equal(all.name, "plain");
	assert_null(all.token);
	assert_int_equal(all.on, 1);
	assert_int_equal(all.colour, 1);
	assert_int_equal(all.count, 7);
	assert_int_equal(all.every, 300 * 1000000000LL);
	assert_int_equal(all.room, 64 << 20);
	assert_string_equal(all.list[0], "a");
	assert_string_equal(all.list[1], "*.b");
	assert_null(all.list[2]);
	assert_null(all.node);
	assert_int_equal(es.count, 0);
	options_clear(table, &all);
	assert_null(all.name);
	assert_null(all.list);
}

static void
every_type_is_read(void **state)
{
	struct rig r;

	(void)state;
	assert_int_equal(rig_read(&r, table, "name: 007\ntoken: s3cret\n"
	    "on: false\ncolour: blue\ncount: 10\nevery: 90s\nroom: 8KiB\n"
	    "list: [x, 5]\nnode: {a: 1}\n"), 0);
	assert_string_equal(r.all.name, "007");
	assert_string_equal(r.all.token, "s3cret");
	assert_int_equal(r.all.on, 0);
	assert_int_equal(r.all.colour, 2);
	assert_int_equal(r.all.count, 10);
	assert_int_equal(r.all.every, 90000000000);
	assert_int_equal(r.all.room, 8192);
	assert_string_equal(r.all.list[1], "5");
	assert_int_equal(r.all.node->type, YAML_MAP);
	rig_clear(&r);
}

static void
one_text_is_a_list_of_one(void **state)
{
	struct rig r;

	(void)state;
	assert_int_equal(rig_read(&r, table, "list: '*.gz'\n"), 0);
	assert_string_equal(r.all.list[0], "*.gz");
	assert_null(r.all.list[1]);
	rig_clear(&r);
	assert_int_equal(rig_read(&r, table, "list: []\n"), 0);
	assert_null(r.all.list[0]);
	rig_clear(&r);
}

/* Each text has one mistake, and this is what is said of it. */
static const struct { const char *yaml, *said; } mistakes[] = {
	{ "nmae: x\n", "test.yaml:1:1: unknown key 'nmae' in thing; did you "
	    "mean 'name'?" },
	{ "\nzzzzzzzz: x\n", "test.yaml:2:1: unknown key 'zzzzzzzz' in thing" },
	{ "on: yes\n", "test.yaml:1:5: on must be true or false" },
	{ "count: 11\n", "test.yaml:1:8: count must be between 1 and 10" },
	{ "count: many\n", "test.yaml:1:8: count must be a whole number" },
	{ "count: 99999999999999999999\n",
	    "test.yaml:1:8: count must be between 1 and 10" },
	{ "every: 30\n", "test.yaml:1:8: every needs a unit: 30s, 30m, 30h or "
	    "30d" },
	{ "every: soon\n", "test.yaml:1:8: every must be a time such as 500ms, "
	    "30s, 5m, 24h or 7d" },
	{ "every: 2h\n", "test.yaml:1:8: every must be between 1s and 1h" },
	{ "room: 1KiB\n", "test.yaml:1:7: room must be at least 4KiB" },
	{ "room: big\n", "test.yaml:1:7: room must be a size such as 512, "
	    "64KiB, 10MB or 1GiB" },
	{ "colour: gren\n", "test.yaml:1:9: colour cannot be 'gren'; did you "
	    "mean 'green'?" },
	{ "colour: mauvepink\n", "test.yaml:1:9: colour must be one of: red, "
	    "green, blue" },
	{ "name: [a]\n", "test.yaml:1:7: name must be one value, not a list" },
	{ "name:\n", "test.yaml:1:6: name has no value (leave the key out for "
	    "the default)" },
	{ "name: \"a\\0b\"\n", "test.yaml:1:7: name holds a NUL byte" },
	{ "list: [a, [b]]\n", "test.yaml:1:11: entry 2 of list must be text, "
	    "not a list" },
	{ "list: {a: b}\n", "test.yaml:1:7: list must be a list, not a map" },
	{ "- a\n", "test.yaml:1:1: thing must be a map, not a list" },
	{ "token_env: BUCKETWATCH_NOT_THERE\n", "test.yaml:1:12: token_env: "
	    "the environment has no BUCKETWATCH_NOT_THERE" },
	{ "token_file: /not/there\n", "test.yaml:1:13: token_file: cannot open "
	    "/not/there: No such file or directory" },
	{ "token_file: /dev/null\n", "test.yaml:1:13: token_file: /dev/null is "
	    "empty" },
	{ "token: x\ntoken_file: y\n", "test.yaml:2:13: only one of token, "
	    "token_file and token_env can be given" },
	{ "tokn_file: x\n", "test.yaml:1:1: unknown key 'tokn_file' in thing" },
};

static void
mistakes_are_named_with_their_place(void **state)
{
	char text[ERR_TEXT_MAX];
	struct rig r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		assert_int_equal(rig_read(&r, table, mistakes[i].yaml), -1);
		assert_int_equal(r.es.count, 1);
		assert_string_equal(err_text(&r.es.list[0], text, sizeof text),
		    mistakes[i].said);
		rig_clear(&r);
	}
}

static void
all_mistakes_come_in_one_run(void **state)
{
	struct rig r;

	(void)state;
	assert_int_equal(rig_read(&r, table,
	    "count: 0\nfoo_bar_baz: 1\non: 3\ncolour: ''\n"), -1);
	assert_int_equal(r.es.count, 4);
	rig_clear(&r);
}

static void
required_keys_are_missed(void **state)
{
	struct rig r;

	(void)state;
	assert_int_equal(rig_read(&r, strict, "{}\n"), -1);
	assert_int_equal(r.es.count, 2);
	assert_string_equal(r.es.list[0].msg, "thing needs the key 'name'");
	assert_string_equal(r.es.list[1].msg, "thing needs the key 'token'");
	rig_clear(&r);
}

static void
secrets_come_from_files_and_environment(void **state)
{
	struct folder f;
	char text[512];
	struct rig r;

	(void)state;
	folder_make(&f);
	put_file(folder_at(&f, "key"), "from-file\r\n\n", 12, O_TRUNC);
	snprintf(text, sizeof text, "token_file: %s\n", folder_at(&f, "key"));
	assert_int_equal(rig_read(&r, table, text), 0);
	assert_string_equal(r.all.token, "from-file");
	rig_clear(&r);
	setenv("BUCKETWATCH_TEST_TOKEN", "from-env", 1);
	assert_int_equal(rig_read(&r, table,
	    "token_env: BUCKETWATCH_TEST_TOKEN\n"), 0);
	assert_string_equal(r.all.token, "from-env");
	rig_clear(&r);
	folder_remove(&f);
}

static void
a_huge_secret_is_refused(void **state)
{
	struct folder f;
	char text[512];
	struct rig r;
	char *big;

	(void)state;
	folder_make(&f);
	big = malloc(OPTION_SECRET_MAX + 1);
	memset(big, 'k', OPTION_SECRET_MAX + 1);
	put_file(folder_at(&f, "key"), big, OPTION_SECRET_MAX + 1, O_TRUNC);
	snprintf(text, sizeof text, "token_file: %s\n", folder_at(&f, "key"));
	assert_int_equal(rig_read(&r, table, text), -1);
	assert_non_null(strstr(r.es.list[0].msg, "is over 65536 bytes"));
	rig_clear(&r);
	free(big);
	folder_remove(&f);
}

static void
a_wrong_secret_is_never_shown(void **state)
{
	static const char *const wrong[] = { "token: [hunter2]\n",
	    "token: {hunter2: 1}\n", "token: \"hunter2\\0\"\n", NULL };
	struct rig r;
	size_t i;

	(void)state;
	for (i = 0; wrong[i] != NULL; i++) {
		assert_int_equal(rig_read(&r, table, wrong[i]), -1);
		assert_null(strstr(r.es.list[0].msg, "hunter2"));
		rig_clear(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(absent_keys_have_their_defaults),
		cmocka_unit_test(every_type_is_read),
		cmocka_unit_test(one_text_is_a_list_of_one),
		cmocka_unit_test(mistakes_are_named_with_their_place),
		cmocka_unit_test(all_mistakes_come_in_one_run),
		cmocka_unit_test(required_keys_are_missed),
		cmocka_unit_test(secrets_come_from_files_and_environment),
		cmocka_unit_test(a_huge_secret_is_refused),
		cmocka_unit_test(a_wrong_secret_is_never_shown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
