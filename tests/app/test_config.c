/*
 * The config: defaults, places of mistakes, and every mistake in one run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "app/config.h"
#include "base/text.h"

static int
read_text(struct config *c, const char *text, struct errs *es)
{
	memset(es, 0, sizeof *es);
	return config_read_text(c, "t.yaml", text, strlen(text), es);
}

static void
no_file_means_the_defaults(void **state)
{
	struct errs es = { 0 };
	struct config c;

	(void)state;
	assert_int_equal(config_read(&c, NULL, &es), 0);
	assert_int_equal(c.look_back, 24LL * 3600 * NS_PER_SEC);
	assert_int_equal(c.record_max, 16 << 20);
	assert_int_equal(c.ratio_max, 200);
	assert_int_equal(c.nsources, 0);
	assert_null(c.rules);
	assert_int_equal(c.log_level, LOG_LEVEL_INFO);
	config_clear(&c);
	errs_clear(&es);
}

static void
what_is_written_is_read(void **state)
{
	struct errs es;
	struct config c;

	(void)state;
	assert_int_equal(read_text(&c,
	    "sources: [{name: a, type: directory, path: /x}]\n"
	    "outputs: [{name: o, type: stdout}]\n"
	    "rules:\n  paths: [/r1, /r2]\n  placeholders: {nets: [a, b], one: c}\n"
	    "dedup: {look_back: 36h, memory: 64MiB}\n"
	    "limits: {record: 1MiB, threads: 3}\n"
	    "control: {socket: \"\"}\n"
	    "log: {level: debug, format: json}\n", &es), 0);
	assert_int_equal(c.nsources, 1);
	assert_int_equal(c.noutputs, 1);
	assert_string_equal(c.rules[1], "/r2");
	assert_null(c.rules[2]);
	assert_int_equal(c.nplaceholders, 2);
	assert_string_equal(c.placeholders[0].values[1], "b");
	assert_string_equal(c.placeholders[1].values[0], "c");
	assert_int_equal(c.look_back, 36LL * 3600 * NS_PER_SEC);
	assert_int_equal(c.threads, 3);
	assert_string_equal(c.socket_path, "");
	assert_int_equal(c.log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(c.log_json, 1);
	config_clear(&c);
	errs_clear(&es);
}

static void
mistakes_name_their_place_and_what_was_meant(void **state)
{
	static const struct {
		const char	*text;
		unsigned	 line, col;
		const char	*says;
	} cases[] = {
		{ "sourcs: []\n", 1, 1, "sources" },
		{ "limits:\n  recrd: 1MiB\n", 2, 3, "record" },
		{ "limits:\n  record: lots\n", 2, 11, "size" },
		{ "limits:\n  record: 1\n", 2, 11, "64" },
		{ "dedup: {look_back: soon}\n", 1, 20, "time such" },
		{ "log:\n  level: loud\n", 2, 10, "debug" },
		{ "sources: here\n", 1, 10, "list" },
		{ "sources:\n  - a\n", 2, 5, "map" },
		{ "sources:\n  - {name: a}\n  - {name: a}\n", 3, 12, "already" },
		{ "rules: {placeholders: [a]}\n", 1, 23, "map" },
		{ "rules: {placeholders: {a: {b: c}}}\n", 1, 27, "list" },
		{ "log: {}\n---\nlog: {}\n", 3, 1, "one document" },
		{ "- a\n", 1, 1, "map" },
	};
	char text[ERR_TEXT_MAX];
	struct errs es;
	struct config c;
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int found = 0;

		assert_int_equal(read_text(&c, cases[i].text, &es), -1);
		for (j = 0; j < es.n; j++)
			if (es.list[j].line == cases[i].line &&
			    es.list[j].col == cases[i].col &&
			    strstr(es.list[j].msg, cases[i].says) != NULL)
				found = 1;
		if (!found)
			for (j = 0; j < es.n; j++)
				print_error("%s", err_text(&es.list[j], text,
				    sizeof text));
		if (!found)
			fail_msg("case %zu: %s", i, cases[i].text);
		config_clear(&c);
		errs_clear(&es);
	}
}

static void
one_run_lists_every_mistake(void **state)
{
	struct errs es;
	struct config c;

	(void)state;
	assert_int_equal(read_text(&c, "limits: {record: x, object: y, ratio: z}\n"
	    "nonsense: 1\nlog: {level: 7}\n", &es), -1);
	assert_int_equal(errs_fatal(&es), 5);
	config_clear(&c);
	errs_clear(&es);
}

static void
a_file_that_is_not_there_is_a_mistake(void **state)
{
	struct errs es = { 0 };
	struct config c;

	(void)state;
	assert_int_equal(config_read(&c, "/nonexistent/x.yaml", &es), -1);
	assert_int_equal(errs_fatal(&es), 1);
	assert_string_equal(es.list[0].file, "/nonexistent/x.yaml");
	config_clear(&c);
	errs_clear(&es);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_file_means_the_defaults),
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(mistakes_name_their_place_and_what_was_meant),
		cmocka_unit_test(one_run_lists_every_mistake),
		cmocka_unit_test(a_file_that_is_not_there_is_a_mistake),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
