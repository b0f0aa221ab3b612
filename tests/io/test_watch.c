/*
 * Folder watching: real folders, real inotify, the real loop. Each step waits for the
 * event that it means.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/watch.h"
#include "lib/folder.h"

#define WAIT_NS 20000000000LL		/* then the event is missing */

struct rig {
	struct folder	 folder;
	struct loop	*loop;
	struct loop_timer *late;
	struct watch	*watch;
	struct err	 e;
	const char	*wanted;	/* the event that ends a wait */
	char		 log[4096];	/* "written a\ngone b\n" ... */
	int		 timed_out;
};

static const char *const names[] = { "written", "growing", "folder", "gone",
    "lost" };

static void
on_event(void *arg, enum watch_what what, const char *path)
{
	struct rig *r = arg;
	char line[PATH_MAX + 16];
	size_t n = strlen(r->log);

	snprintf(line, sizeof line, "%s %s\n", names[what],
	    path != NULL && strlen(path) > strlen(r->folder.path) ?
	    path + strlen(r->folder.path) + 1 : "");
	snprintf(r->log + n, sizeof r->log - n, "%s", line);
	if (r->wanted != NULL && strcmp(line, r->wanted) == 0)
		loop_stop(r->loop);
}

static void
on_late(void *arg)
{
	struct rig *r = arg;

	r->timed_out = 1;
	loop_stop(r->loop);
}

static int
set_up(void **state)
{
	struct rig *r = calloc(1, sizeof *r);

	folder_make(&r->folder);
	r->loop = loop_new();
	r->late = loop_timer_new(r->loop, on_late, r);
	r->watch = watch_new(r->loop, on_event, r, &r->e);
	*state = r;
	return r->watch == NULL ||
	    watch_add(r->watch, r->folder.path, &r->e) != 0;
}

static int
tear_down(void **state)
{
	struct rig *r = *state;

	watch_free(r->watch);
	loop_timer_free(r->late);
	loop_free(r->loop);
	folder_remove(&r->folder);
	free(r);
	return 0;
}

/* Runs until the event wanted ("written a\n") has come. */
static void
await(struct rig *r, const char *wanted)
{
	if (strstr(r->log, wanted) == NULL) {
		r->wanted = wanted;
		loop_timer_arm(r->late, WAIT_NS);
		loop_run(r->loop);
		loop_timer_cancel(r->late);
	}
	if (r->timed_out)
		fail_msg("no \"%s\" among: %s", wanted, r->log);
}

static int
told(const struct rig *r, const char *line)
{
	return strstr(r->log, line) != NULL;
}

static void
mkdir_at(struct rig *r, const char *name)
{
	assert_int_equal(mkdir(folder_at(&r->folder, name), 0755), 0);
}

static void
move_at(struct rig *r, const char *from, const char *to)
{
	assert_int_equal(rename(folder_at(&r->folder, from),
	    folder_at(&r->folder, to)), 0);
}

static void
watch_at(struct rig *r, const char *name)
{
	assert_int_equal(watch_add(r->watch, folder_at(&r->folder, name),
	    &r->e), 0);
}

static void
a_closed_file_is_written(void **state)
{
	struct rig *r = *state;

	put_file(folder_at(&r->folder, "a"), "x", 1, O_TRUNC);
	await(r, "written a\n");
}

static void
an_open_file_grows(void **state)
{
	struct rig *r = *state;
	int fd;

	fd = open(folder_at(&r->folder, "a"), O_WRONLY | O_CREAT, 0644);
	assert_int_equal(write(fd, "x", 1), 1);
	await(r, "growing a\n");
	assert_false(told(r, "written a\n"));
	close(fd);
	await(r, "written a\n");
}

static void
a_file_moved_in_is_written_and_moved_out_is_gone(void **state)
{
	struct rig *r = *state;

	mkdir_at(r, "unwatched");
	put_file(folder_at(&r->folder, "unwatched/a"), "x", 1, O_TRUNC);
	move_at(r, "unwatched/a", "a");
	await(r, "written a\n");
	move_at(r, "a", "unwatched/a");
	await(r, "gone a\n");
}

static void
a_hard_link_is_told(void **state)
{
	struct rig *r = *state;

	mkdir_at(r, "unwatched");
	put_file(folder_at(&r->folder, "unwatched/a"), "x", 1, O_TRUNC);
	assert_int_equal(link(folder_at(&r->folder, "unwatched/a"),
	    folder_at(&r->folder, "b")), 0);
	await(r, "growing b\n");
}

static void
a_deleted_file_is_gone(void **state)
{
	struct rig *r = *state;

	put_file(folder_at(&r->folder, "a"), "x", 1, O_TRUNC);
	await(r, "written a\n");
	unlink(folder_at(&r->folder, "a"));
	await(r, "gone a\n");
}

static void
a_new_folder_is_told_and_watched_when_asked(void **state)
{
	struct rig *r = *state;

	mkdir_at(r, "sub");
	await(r, "folder sub\n");
	watch_at(r, "sub");
	put_file(folder_at(&r->folder, "sub/a"), "x", 1, O_TRUNC);
	await(r, "written sub/a\n");
	assert_int_equal(watch_count(r->watch), 2);
}

static void
watching_twice_is_watching_once(void **state)
{
	struct rig *r = *state;

	mkdir_at(r, "sub");
	watch_at(r, "sub");
	watch_at(r, "sub");
	assert_int_equal(watch_count(r->watch), 2);
}

static void
a_folder_moved_within_tells_its_new_path(void **state)
{
	struct rig *r = *state;

	mkdir_at(r, "a");
	mkdir_at(r, "a/deep");
	watch_at(r, "a");
	watch_at(r, "a/deep");
	move_at(r, "a", "b");
	await(r, "gone a\n");
	await(r, "folder b\n");
	assert_int_equal(watch_count(r->watch), 1);
	watch_at(r, "b");
	watch_at(r, "b/deep");
	put_file(folder_at(&r->folder, "b/deep/f"), "x", 1, O_TRUNC);
	await(r, "written b/deep/f\n");
	assert_false(told(r, "written a/deep/f\n"));
}

/* The walk was faster than the events: it met the folder at its new place. */
static void
a_move_found_before_it_is_told_keeps_the_new_path(void **state)
{
	struct rig *r = *state;

	mkdir_at(r, "a");
	watch_at(r, "a");
	move_at(r, "a", "b");
	watch_at(r, "b");
	await(r, "folder b\n");
	put_file(folder_at(&r->folder, "b/f"), "x", 1, O_TRUNC);
	await(r, "written b/f\n");
	assert_int_equal(watch_count(r->watch), 2);
}

static void
a_folder_moved_out_is_silent(void **state)
{
	struct rig *r = *state;

	mkdir_at(r, "in");
	mkdir_at(r, "in/a");
	mkdir_at(r, "out");
	watch_at(r, "in");
	watch_at(r, "in/a");
	move_at(r, "in/a", "out/a");
	mkdir_at(r, "in/a");		/* another one */
	await(r, "gone in/a\n");
	put_file(folder_at(&r->folder, "out/a/f"), "x", 1, O_TRUNC);
	put_file(folder_at(&r->folder, "in/last"), "x", 1, O_TRUNC);
	await(r, "written in/last\n");
	assert_false(told(r, "written in/a/f\n"));
}

static void
a_deleted_folder_gives_its_watch_back(void **state)
{
	struct rig *r = *state;

	mkdir_at(r, "a");
	watch_at(r, "a");
	rmdir(folder_at(&r->folder, "a"));
	await(r, "gone a\n");
	put_file(folder_at(&r->folder, "last"), "x", 1, O_TRUNC);
	await(r, "written last\n");
	assert_int_equal(watch_count(r->watch), 1);
}

static void
the_topmost_folder_leaving_is_told(void **state)
{
	struct rig *r = *state;
	char away[300];

	snprintf(away, sizeof away, "%s.away", r->folder.path);
	assert_int_equal(rename(r->folder.path, away), 0);
	await(r, "gone \n");
	assert_int_equal(watch_count(r->watch), 0);
	assert_int_equal(rename(away, r->folder.path), 0);
}

static void
a_folder_that_is_not_there_is_an_error(void **state)
{
	struct rig *r = *state;

	assert_int_equal(watch_add(r->watch, folder_at(&r->folder, "no"),
	    &r->e), -1);
	assert_non_null(strstr(r->e.msg, "No such file or directory"));
	put_file(folder_at(&r->folder, "file"), "x", 1, O_TRUNC);
	assert_int_equal(watch_add(r->watch, folder_at(&r->folder, "file"),
	    &r->e), -1);
}

/* More events than the kernel keeps: said, not silently dropped. */
static void
lost_events_are_told(void **state)
{
	struct rig *r = *state;
	long i, max = 16384;
	const char *a, *b;
	FILE *f;

	f = fopen("/proc/sys/fs/inotify/max_queued_events", "r");
	if (f == NULL || fscanf(f, "%ld", &max) != 1 || max > 200000) {
		if (f != NULL)
			fclose(f);
		print_message("# the queue of inotify is too long here\n");
		skip();
	}
	fclose(f);
	a = folder_at(&r->folder, "a");
	b = folder_at(&r->folder, "b");
	put_file(a, "x", 1, O_TRUNC);
	for (i = 0; i <= max / 2; i++)
		assert_int_equal(i % 2 ? rename(b, a) : rename(a, b), 0);
	await(r, "lost \n");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_closed_file_is_written),
		TEST(an_open_file_grows),
		TEST(a_file_moved_in_is_written_and_moved_out_is_gone),
		TEST(a_hard_link_is_told),
		TEST(a_deleted_file_is_gone),
		TEST(a_new_folder_is_told_and_watched_when_asked),
		TEST(watching_twice_is_watching_once),
		TEST(a_folder_moved_within_tells_its_new_path),
		TEST(a_move_found_before_it_is_told_keeps_the_new_path),
		TEST(a_folder_moved_out_is_silent),
		TEST(a_deleted_folder_gives_its_watch_back),
		TEST(the_topmost_folder_leaving_is_told),
		TEST(a_folder_that_is_not_there_is_an_error),
		TEST(lost_events_are_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
