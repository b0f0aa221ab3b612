/*
 * The walk over a folder tree: its order, what it leaves out, what it cannot read.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "lib/folder.h"
#include "source/walk.h"

struct rig {
	struct folder	 folder;
	char		 log[8192];
};

static int
set_up(void **state)
{
	struct rig *r = calloc(1, sizeof *r);

	folder_make(&r->folder);
	*state = r;
	return 0;
}

static int
tear_down(void **state)
{
	struct rig *r = *state;

	folder_remove(&r->folder);
	free(r);
	return 0;
}

/* "a/b/" makes folders, others files of one byte. */
static void
make(struct rig *r, const char *name)
{
	size_t len = strlen(name);

	if (name[len - 1] == '/')
		assert_int_equal(mkdir(folder_at(&r->folder, name), 0755), 0);
	else
		put_file(folder_at(&r->folder, name), "x", 1, O_TRUNC);
}

/* Walks and notes: "+folder", "file", "!problem". */
static const char *
walk(struct rig *r, const char *start, const struct walk_filter *filter)
{
	const char *path, *sign;
	enum walk_what what;
	struct stat st;
	struct err e = { 0 };
	struct walk *w;
	size_t n;

	w = walk_new(r->folder.path, start, filter);
	r->log[0] = '\0';
	while ((what = walk_next(w, &path, &st, &e)) != WALK_END) {
		if (what == WALK_MORE)
			continue;
		sign = what == WALK_FOLDER ? "+" : what == WALK_PROBLEM ? "!" :
		    "";
		path += strlen(r->folder.path);
		path += *path == '/';
		n = strlen(r->log);
		snprintf(r->log + n, sizeof r->log - n, "%s%s%s%s ", sign, path,
		    what == WALK_PROBLEM ? ":" : "",
		    what == WALK_PROBLEM ? e.msg : "");
	}
	walk_free(w);
	return r->log;
}

static const struct walk_filter everything = { NULL, NULL };

static void
files_come_in_order_folder_by_folder(void **state)
{
	struct rig *r = *state;
	static const char *const names[] = { "b/", "a-b", "a/", "b/z", "b/y",
	    "a/2026/", "a/2026/02", "a/2026/01", "c", "a/x", NULL };
	size_t i;

	for (i = 0; names[i] != NULL; i++)
		make(r, names[i]);
	assert_string_equal(walk(r, r->folder.path, &everything),
	    "+ +a +a/2026 a/2026/01 a/2026/02 a/x a-b +b b/y b/z c ");
}

static void
a_folder_of_many_names_is_in_order_too(void **state)
{
	struct rig *r = *state;
	char name[16], *at;
	int i, n = 1000, last = -1, got;

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof name, "%04d", i * 7919 % n);
		make(r, name);
	}
	walk(r, r->folder.path, &everything);
	for (at = r->log + 2, i = 0; *at != '\0'; i++) {
		got = (int)strtol(at, &at, 10);
		assert_true(got > last);
		last = got;
		at++;
	}
	assert_int_equal(i, n);
}

static void
a_walk_can_start_below_its_root(void **state)
{
	struct rig *r = *state;
	static const char *const not_b[] = { "a/b/*", NULL };
	struct walk_filter f = { NULL, not_b };

	make(r, "a/");
	make(r, "a/b/");
	make(r, "a/b/c");
	make(r, "a/d");
	assert_string_equal(walk(r, folder_at(&r->folder, "a"), &f),
	    "+a +a/b a/d ");
}

static void
globs_pick_names(void **state)
{
	struct rig *r = *state;
	static const char *const gz[] = { "*.gz", "logs/**", NULL };
	static const char *const hidden[] = { ".*", "*.tmp", "skip", NULL };
	struct walk_filter f = { gz, hidden };
	static const char *const names[] = { "a.gz", "a.txt", ".a.gz", "b.tmp",
	    "skip/", "skip/c.gz", "logs/", "logs/any", "logs/x.tmp",
	    "logs/.git/", "logs/.git/y", NULL };
	size_t i;

	for (i = 0; names[i] != NULL; i++)
		make(r, names[i]);
	assert_string_equal(walk(r, r->folder.path, &f),
	    "+ a.gz +logs logs/any ");
}

static void
links_pipes_and_loops_are_left_out(void **state)
{
	struct rig *r = *state;

	make(r, "a/");
	make(r, "a/f");
	assert_int_equal(symlink("..", folder_at(&r->folder, "a/up")), 0);
	assert_int_equal(symlink("f", folder_at(&r->folder, "a/g")), 0);
	assert_int_equal(mkfifo(folder_at(&r->folder, "pipe"), 0600), 0);
	assert_string_equal(walk(r, r->folder.path, &everything), "+ +a a/f ");
}

static void
the_root_may_be_a_link(void **state)
{
	struct rig *r = *state;
	struct folder real = r->folder;

	make(r, "real/");
	make(r, "real/f");
	assert_int_equal(symlink("real", folder_at(&real, "link")), 0);
	snprintf(r->folder.path, sizeof r->folder.path, "%s",
	    folder_at(&real, "link"));
	assert_string_equal(walk(r, r->folder.path, &everything), "+ f ");
	r->folder = real;
}

static void
a_missing_root_is_a_problem(void **state)
{
	struct rig *r = *state;

	assert_string_equal(walk(r, folder_at(&r->folder, "no"), &everything),
	    "!no:No such file or directory ");
}

static void
too_deep_is_a_problem_and_the_walk_goes_on(void **state)
{
	struct rig *r = *state;
	char name[512] = "";
	int i;

	for (i = 0; i < WALK_DEPTH_MAX + 2; i++) {
		strcat(name, "d/");
		make(r, name);
	}
	make(r, "z");
	walk(r, r->folder.path, &everything);
	assert_non_null(strstr(r->log, ":folders lie too deep z "));
}

static void
what_leaves_meanwhile_is_passed_over(void **state)
{
	struct rig *r = *state;
	struct walk *w;
	const char *path;
	struct stat st;
	struct err e = { 0 };
	enum walk_what what;

	make(r, "a");
	make(r, "b");
	w = walk_new(r->folder.path, r->folder.path, &everything);
	while ((what = walk_next(w, &path, &st, &e)) != WALK_FILE)
		assert_int_not_equal(what, WALK_END);
	unlink(folder_at(&r->folder, "b"));
	while ((what = walk_next(w, &path, &st, &e)) == WALK_MORE)
		continue;
	assert_int_equal(what, WALK_END);
	walk_free(w);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_come_in_order_folder_by_folder),
		TEST(a_folder_of_many_names_is_in_order_too),
		TEST(a_walk_can_start_below_its_root),
		TEST(globs_pick_names),
		TEST(links_pipes_and_loops_are_left_out),
		TEST(the_root_may_be_a_link),
		TEST(a_missing_root_is_a_problem),
		TEST(too_deep_is_a_problem_and_the_walk_goes_on),
		TEST(what_leaves_meanwhile_is_passed_over),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
