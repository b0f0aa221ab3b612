/*
 * Sources as the config names them, and the walk of scan.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/folder.h"
#include "source/source.h"

/* -- config ------------------------------------------------------------------- */

static const struct { const char *yaml, *said; } mistakes[] = {
	{ "name: a\npath: /x\n",
	    "c.yaml:1:1: source needs the key 'type' (such as directory)" },
	{ "name: a\ntype: directry\npath: /x\n", "c.yaml:2:7: unknown type of "
	    "source 'directry'; did you mean 'directory'?" },
	{ "type: directory\npath: /x\n",
	    "c.yaml:1:1: source needs the key 'name'" },
	{ "name: a\ntype: directory\n",
	    "c.yaml:1:1: source needs the key 'path'" },
	{ "name: a\ntype: directory\npath: ''\n", "c.yaml:3:7: path is empty" },
	{ "name: 'a b'\ntype: directory\npath: /x\n", "c.yaml:1:7: a source's "
	    "name is up to 63 letters, digits, '.', '_' and '-'" },
	{ "name: a\ntype: directory\npath: /x\nsettel: 5s\n", "c.yaml:4:1: "
	    "unknown key 'settel' in source; did you mean 'settle'?" },
	{ "name: a\ntype: directory\npath: /x\nrescan: 1ms\n", "c.yaml:4:9: "
	    "rescan must be between 10ms and 1d" },
	{ "- a\n", "c.yaml:1:1: a source must be a map, not a list" },
};

static struct source *
from_config(const char *text, struct source_host *host, struct errs *es)
{
	struct source *s = NULL;
	struct yaml *y;

	y = yaml_read("c.yaml", text, strlen(text), es);
	assert_non_null(y);
	s = source_new(y, y->docs[0], host, es);
	yaml_free(y);
	return s;
}

static void
mistakes_are_named_with_their_place(void **state)
{
	char text[ERR_TEXT_MAX];
	struct source_host host = { .loop = loop_new() };
	struct errs es = { 0 };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
		assert_null(from_config(mistakes[i].yaml, &host, &es));
		assert_int_equal(es.count, 1);
		assert_string_equal(err_text(&es.list[0], text, sizeof text),
		    mistakes[i].said);
		errs_clear(&es);
	}
	loop_free(host.loop);
}

static void
a_source_has_its_name(void **state)
{
	struct source_host host = { .loop = loop_new() };
	struct source_status st;
	struct errs es = { 0 };
	struct source *s;

	(void)state;
	s = from_config("name: trail-1\ntype: directory\npath: /x/\n", &host,
	    &es);
	assert_non_null(s);
	assert_string_equal(source_name(s), "trail-1");
	source_status(s, &st);
	assert_int_equal(st.found, 0);
	source_free(s);
	source_free(NULL);
	loop_free(host.loop);
}

/* -- scan's walk -------------------------------------------------------------- */

struct found {
	char	 log[4096];
	const char *below;
};

static void
on_object(void *arg, struct object *o)
{
	struct found *f = arg;
	char bytes[64];
	ssize_t n;
	size_t at = strlen(f->log);
	const char *name = o->name;

	if (f->below != NULL && strncmp(name, f->below, strlen(f->below)) == 0)
		name += strlen(f->below) + 1;
	n = read(o->fd, bytes, sizeof bytes - 1);
	bytes[n > 0 ? n : 0] = '\0';
	snprintf(f->log + at, sizeof f->log - at, "%s=%s/%llu ", name, bytes,
	    (unsigned long long)o->size);
	assert_string_equal(o->source, "scan");
	assert_int_equal(o->growing, 0);
	object_free(o);
}

static void
scan_walks_files_open_and_in_order(void **state)
{
	static const char *const no_tmp[] = { "*.tmp", NULL };
	struct found f = { .log = "" };
	struct errs es = { 0 };
	struct folder at;

	(void)state;
	folder_make(&at);
	f.below = at.path;
	mkdir(folder_at(&at, "d"), 0755);
	put_file(folder_at(&at, "d/1"), "one", 3, O_TRUNC);
	put_file(folder_at(&at, "z"), "zed", 3, O_TRUNC);
	put_file(folder_at(&at, "a"), "", 0, O_TRUNC);
	put_file(folder_at(&at, "x.tmp"), "x", 1, O_TRUNC);
	source_walk(at.path, NULL, no_tmp, on_object, &f, &es);
	assert_string_equal(f.log, "a=/0 d/1=one/3 z=zed/3 ");
	assert_int_equal(es.count, 0);
	folder_remove(&at);
}

static void
a_named_file_is_taken_whatever_the_globs(void **state)
{
	static const char *const all[] = { "*", NULL };
	struct found f = { .log = "" };
	struct errs es = { 0 };
	struct folder at;

	(void)state;
	folder_make(&at);
	f.below = at.path;
	put_file(folder_at(&at, "x.tmp"), "x", 1, O_TRUNC);
	assert_int_equal(symlink("x.tmp", folder_at(&at, "link")), 0);
	source_walk(folder_at(&at, "x.tmp"), NULL, all, on_object, &f, &es);
	source_walk(folder_at(&at, "link"), NULL, all, on_object, &f, &es);
	assert_string_equal(f.log, "x.tmp=x/1 link=x/1 ");
	folder_remove(&at);
}

static void
standard_input_is_a_dash(void **state)
{
	struct found f = { .log = "" };
	struct errs es = { 0 };
	int p[2], kept;

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "in", 2), 2);
	close(p[1]);
	kept = dup(0);
	dup2(p[0], 0);
	source_walk("-", NULL, NULL, on_object, &f, &es);
	dup2(kept, 0);
	close(kept);
	close(p[0]);
	assert_string_equal(f.log, "-=in/0 ");
}

static void
what_cannot_be_read_is_listed(void **state)
{
	struct found f = { .log = "" };
	char text[ERR_TEXT_MAX];
	struct errs es = { 0 };

	(void)state;
	source_walk("/not/there", NULL, NULL, on_object, &f, &es);
	assert_int_equal(es.count, 1);
	assert_string_equal(err_text(&es.list[0], text, sizeof text),
	    "/not/there: No such file or directory");
	errs_clear(&es);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_named_with_their_place),
		cmocka_unit_test(a_source_has_its_name),
		cmocka_unit_test(scan_walks_files_open_and_in_order),
		cmocka_unit_test(a_named_file_is_taken_whatever_the_globs),
		cmocka_unit_test(standard_input_is_a_dash),
		cmocka_unit_test(what_cannot_be_read_is_listed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
