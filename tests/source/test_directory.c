/*
 * The source "directory": real folders, real inotify, the real loop, and a host that
 * notes what is offered and answers as it is told. Each step waits for the offer that
 * it means; the one fixed time is the deadline after which it is missing.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/map.h"
#include "base/mem.h"
#include "lib/folder.h"
#include "source/kind.h"
#include "source/walk.h"

#define WAIT_NS 20000000000LL

struct rig {
	struct folder	 folder;
	char		 root[300];		/* what the source watches */
	struct loop	*loop;
	struct loop_timer *late, *later;
	struct source_host host;
	struct source	*source;
	struct err	 e;
	/* what the host does */
	enum offer	 answer;
	size_t		 room;			/* then it is full */
	int		 hold;			/* objects stay in flight */
	char		*done[64];		/* to be told in the next turn */
	size_t		 ndone;
	/* what it was offered: "name\n", "name+\n" when growing */
	char		*log;
	size_t		 len, cap, offers;
	const char	*wanted;
	struct object	 last;			/* its numbers alone */
	char		 last_version[64], last_text[64];
	int64_t		 last_at;
	int		 timed_out;
	struct map	*finished;		/* path -> version and size */
};

static void
note(struct rig *r, const struct object *o)
{
	char line[PATH_MAX];
	const char *name = o->name;
	ssize_t n;
	size_t len;

	if (strncmp(name, r->root, strlen(r->root)) == 0)
		name += strlen(r->root) + 1;
	snprintf(line, sizeof line, "%s%s\n", name, o->growing ? "+" : "");
	len = strlen(line);
	r->log = xgrow(r->log, &r->cap, r->len + len + 1, 1);
	memcpy(r->log + r->len, line, len + 1);
	r->len += len;
	r->offers++;
	r->last = *o;
	snprintf(r->last_version, sizeof r->last_version, "%s", o->version);
	n = pread(o->fd, r->last_text, sizeof r->last_text - 1, 0);
	r->last_text[n > 0 ? n : 0] = '\0';
	r->last_at = clock_mono();
	if (r->finished != NULL && !o->growing)
		free(map_set(r->finished, o->name, xasprintf("%s %llu",
		    o->version, (unsigned long long)o->size)));
	if (r->wanted != NULL && strcmp(line, r->wanted) == 0)
		loop_stop(r->loop);
}

static enum offer
on_offer(void *arg, struct object *o)
{
	struct rig *r = arg;

	assert_string_equal(o->source, "test");
	if (r->room == 0)
		return OFFER_FULL;
	r->room--;
	note(r, o);
	if (r->answer == OFFER_TAKEN && !r->hold) {
		assert_true(r->ndone < 64);
		r->done[r->ndone++] = xstrdup(o->name);
		loop_timer_arm(r->later, 0);
		if (r->ndone == 64)
			r->room = 0;
	}
	object_free(o);
	return r->answer;
}

static void
on_later(void *arg)
{
	struct rig *r = arg;

	while (r->ndone > 0) {
		source_done(r->source, r->done[--r->ndone], -1);
		free(r->done[r->ndone]);
	}
	if (r->room == 0 && !r->hold) {
		r->room = SIZE_MAX;
		source_room(r->source);
	}
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
	chmod(r->folder.path, 0755);
	snprintf(r->root, sizeof r->root, "%s/in", r->folder.path);
	mkdir(r->root, 0755);
	mkdir(folder_at(&r->folder, "out"), 0755);
	r->loop = loop_new();
	r->late = loop_timer_new(r->loop, on_late, r);
	r->later = loop_timer_new(r->loop, on_later, r);
	r->host.loop = r->loop;
	r->host.arg = r;
	r->host.offer = on_offer;
	r->answer = OFFER_TAKEN;
	r->room = SIZE_MAX;
	r->log = xstrdup("");
	*state = r;
	return 0;
}

static int
tear_down(void **state)
{
	struct rig *r = *state;

	source_free(r->source);
	while (r->ndone > 0)
		free(r->done[--r->ndone]);
	loop_timer_free(r->late);
	loop_timer_free(r->later);
	loop_free(r->loop);
	folder_remove(&r->folder);
	map_free(r->finished, free);
	free(r->log);
	free(r);
	return 0;
}

/* more: lines of config, such as "settle: 1s\n". */
static void
start(struct rig *r, const char *more)
{
	struct errs es = { 0 };
	struct yaml *y;
	char *text;

	text = xasprintf("name: test\ntype: directory\npath: %s/\n%s", r->root,
	    more);
	y = yaml_read("test.yaml", text, strlen(text), &es);
	assert_non_null(y);
	r->source = source_new(y, y->docs[0], &r->host, &es);
	if (r->source == NULL)
		fail_msg("%s", es.list[0].msg);
	assert_int_equal(source_start(r->source, &r->e), 0);
	yaml_free(y);
	free(text);
}

/* Runs until line ("a\n") is offered, counted from here. */
static void
await(struct rig *r, const char *line)
{
	r->wanted = line;
	loop_timer_arm(r->late, WAIT_NS);
	loop_run(r->loop);
	loop_timer_cancel(r->late);
	r->wanted = NULL;
	if (r->timed_out)
		fail_msg("no %s after: %s", line, r->log);
}

/* Runs until the first walk is over: from then on inotify tells. */
static void
await_walk(struct rig *r)
{
	struct source_status st;
	int64_t end = clock_mono() + WAIT_NS;

	do {
		loop_timer_arm(r->late, 1000000);
		loop_run(r->loop);
		r->timed_out = 0;
		source_status(r->source, &st);
		assert_true(clock_mono() < end);
	} while (st.scanning);
}

/* Runs until what has happened so far must have been told: a last event of ours. */
static void
await_mark(struct rig *r)
{
	static int n;
	char name[32], line[40];

	snprintf(line, sizeof line, "mark%d\n", ++n);
	snprintf(name, sizeof name, "in/mark%d", n);
	put_file(folder_at(&r->folder, name), "m\n", 2, O_TRUNC);
	await(r, line);
}

static void
put(struct rig *r, const char *name, const char *text)
{
	put_file(folder_at(&r->folder, name), text, strlen(text), O_TRUNC);
}

/* As put(), with an mtime an hour ago: no writer can be at work. */
static void
put_old(struct rig *r, const char *name, const char *text)
{
	struct timespec t[2];

	put(r, name, text);
	clock_gettime(CLOCK_REALTIME, &t[0]);
	t[0].tv_sec -= 3600;
	t[1] = t[0];
	utimensat(AT_FDCWD, folder_at(&r->folder, name), t, 0);
}

static void
move(struct rig *r, const char *from, const char *to)
{
	assert_int_equal(rename(folder_at(&r->folder, from),
	    folder_at(&r->folder, to)), 0);
}

static size_t
times(const struct rig *r, const char *line)
{
	const char *at = r->log;
	size_t n = 0;

	while ((at = strstr(at, line)) != NULL) {
		n += at == r->log || at[-1] == '\n';
		at++;
	}
	return n;
}

static void
mkdirs(struct rig *r, const char *name)
{
	assert_int_equal(mkdir(folder_at(&r->folder, name), 0755), 0);
}

/* -- what is there ------------------------------------------------------------ */

static void
what_is_there_is_offered_in_order(void **state)
{
	struct rig *r = *state;

	mkdirs(r, "in/b");
	put_old(r, "in/z", "3\n");
	put_old(r, "in/b/x", "2\n");
	put_old(r, "in/a", "1\n");
	start(r, "");
	await(r, "z\n");
	assert_string_equal(r->log, "a\nb/x\nz\n");
}

static void
an_object_says_what_it_is(void **state)
{
	struct rig *r = *state;
	char inode[64];
	struct stat st;

	put_old(r, "in/a", "hello\n");
	start(r, "");
	await(r, "a\n");
	assert_int_equal(stat(folder_at(&r->folder, "in/a"), &st), 0);
	snprintf(inode, sizeof inode, ":%llx", (unsigned long long)st.st_ino);
	assert_non_null(strstr(r->last_version, inode));
	assert_string_equal(r->last_text, "hello\n");
	assert_int_equal(r->last.size, 6);
	assert_true(r->last.mtime == st.st_mtim.tv_sec * 1000000000LL +
	    st.st_mtim.tv_nsec);
	assert_int_equal(r->last.offset, 0);
}

static void
thousands_of_files_come_each_once_and_in_order(void **state)
{
	struct rig *r = *state;
	char name[32], *at;
	int i, last = -1, got, n = 3000;

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof name, "in/%05d", i * 7919 % n);
		put_old(r, name, "x\n");
	}
	start(r, "rescan: 50ms\n");
	await(r, "02999\n");
	await_mark(r);
	assert_int_equal(r->offers, n + 1);
	for (at = r->log, i = 0; i < n; i++) {
		got = (int)strtol(at, &at, 10);
		assert_true(got > last);
		last = got;
	}
}

static void
what_is_not_to_be_read_is_not_offered(void **state)
{
	struct rig *r = *state;

	put_old(r, "in/.hidden", "x\n");
	put_old(r, "in/a.tmp", "x\n");
	put_old(r, "in/b.part", "x\n");
	put_old(r, "in/c~", "x\n");
	put_old(r, "in/empty", "");
	put_old(r, "out/secret", "x\n");
	assert_int_equal(symlink("../out/secret",
	    folder_at(&r->folder, "in/link")), 0);
	assert_int_equal(symlink("../out", folder_at(&r->folder, "in/dir")), 0);
	put_old(r, "in/z", "x\n");
	start(r, "");
	await(r, "z\n");
	put(r, "in/.later", "x\n");
	put(r, "in/later.tmp", "x\n");
	assert_int_equal(symlink("../out/secret",
	    folder_at(&r->folder, "in/link2")), 0);
	await_mark(r);
	assert_int_equal(r->offers, 2);
}

static void
globs_pick_what_is_watched(void **state)
{
	struct rig *r = *state;

	mkdirs(r, "in/skip");
	put_old(r, "in/a.gz", "x\n");
	put_old(r, "in/a.txt", "x\n");
	put_old(r, "in/skip/b.gz", "x\n");
	start(r, "include: ['*.gz', 'mark*']\nexclude: skip\n");
	await(r, "a.gz\n");
	put(r, "in/c.txt", "x\n");
	put(r, "in/skip/c.gz", "x\n");
	put(r, "in/d.gz", "x\n");
	await(r, "d.gz\n");
	assert_string_equal(r->log, "a.gz\nd.gz\n");
}

/* -- what comes later --------------------------------------------------------- */

static void
a_file_closed_later_is_offered_at_once(void **state)
{
	struct rig *r = *state;

	start(r, "settle: 1h\nrescan: 1h\n");
	await_walk(r);
	put(r, "in/a", "hello\n");
	await(r, "a\n");
	assert_string_equal(r->last_text, "hello\n");
	assert_int_equal(r->last.growing, 0);
}

static void
a_file_moved_in_is_offered_at_once(void **state)
{
	struct rig *r = *state;

	put(r, "out/a", "x\n");
	start(r, "settle: 1h\nrescan: 1h\n");
	await_walk(r);
	move(r, "out/a", "in/a");
	await(r, "a\n");
	put(r, "in/b.tmp", "x\n");
	move(r, "in/b.tmp", "in/b");
	await(r, "b\n");
}

static void
a_whole_tree_moved_in_is_offered(void **state)
{
	struct rig *r = *state;

	mkdirs(r, "out/t");
	mkdirs(r, "out/t/2026");
	put_old(r, "out/t/2026/b", "x\n");
	put_old(r, "out/t/2026/a", "x\n");
	put_old(r, "out/t/z", "x\n");
	start(r, "rescan: 1h\n");
	await_walk(r);
	move(r, "out/t", "in/t");
	await(r, "t/z\n");
	assert_int_equal(times(r, "t/2026/a\n"), 1);
	assert_int_equal(times(r, "t/2026/b\n"), 1);
	/* It is watched at its new place. */
	put(r, "in/t/2026/c", "x\n");
	await(r, "t/2026/c\n");
}

/* Folders and files that appear faster than they can be watched. */
static void
nothing_is_missed_in_new_folders(void **state)
{
	struct rig *r = *state;
	char name[64], line[64];
	int i;

	start(r, "rescan: 1h\nsettle: 50ms\n");
	await_walk(r);
	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof name, "in/%02d", i);
		mkdirs(r, name);
		snprintf(name, sizeof name, "in/%02d/deep", i);
		mkdirs(r, name);
		snprintf(name, sizeof name, "in/%02d/deep/f", i);
		put_old(r, name, "x\n");
	}
	for (i = 0; i < 50; i++) {
		snprintf(line, sizeof line, "%02d/deep/f\n", i);
		if (times(r, line) == 0)
			await(r, line);
	}
}

/* What comes while the walk goes on, before it or behind it. */
static void
nothing_is_missed_between_walk_and_watch(void **state)
{
	struct rig *r = *state;
	char name[64], line[64];
	int i;

	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "in/%03d", i);
		mkdirs(r, name);
		snprintf(name, sizeof name, "in/%03d/a", i);
		put_old(r, name, "x\n");
	}
	r->room = 50;
	r->hold = 1;
	start(r, "rescan: 1h\n");
	await(r, "049/a\n");
	for (i = 0; i < 200; i++) {
		snprintf(name, sizeof name, "in/%03d/b", i);
		put_old(r, name, "x\n");
	}
	r->room = SIZE_MAX;
	source_room(r->source);
	for (i = 0; i < 200; i++) {
		snprintf(line, sizeof line, "%03d/b\n", i);
		if (times(r, line) == 0)
			await(r, line);
		assert_int_equal(times(r, line), 1);
	}
	if (times(r, "199/a\n") == 0)
		await(r, "199/a\n");
}

/* -- files that grow ---------------------------------------------------------- */

static int
open_and_write(struct rig *r, const char *name, const char *text)
{
	int fd;

	fd = open(folder_at(&r->folder, name), O_WRONLY | O_CREAT | O_APPEND |
	    O_CLOEXEC, 0644);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	return fd;
}

static void
a_growing_file_is_followed_then_finished(void **state)
{
	struct rig *r = *state;
	int64_t first;
	int fd;

	start(r, "settle: 1h\nrescan: 1h\n");
	await_walk(r);
	fd = open_and_write(r, "in/log", "one\n");
	await(r, "log+\n");
	first = r->last_at;
	assert_int_equal(write(fd, "two\n", 4), 4);
	await(r, "log+\n");
	assert_string_equal(r->last_text, "one\ntwo\n");
	assert_true(r->last_at - first >= 900000000);	/* once a second */
	close(fd);
	await(r, "log\n");
	assert_int_equal(r->last.growing, 0);
}

static void
an_unclosed_file_that_is_quiet_is_finished(void **state)
{
	struct rig *r = *state;
	int fd;

	start(r, "settle: 300ms\nrescan: 1h\n");
	await_walk(r);
	fd = open_and_write(r, "in/log", "one\n");
	await(r, "log+\n");
	await(r, "log\n");
	await_mark(r);
	assert_int_equal(times(r, "log\n"), 1);
	close(fd);
}

static void
a_young_file_at_the_start_may_be_growing(void **state)
{
	struct rig *r = *state;

	put(r, "in/young", "x\n");
	put_old(r, "in/old", "x\n");
	start(r, "settle: 2s\nrescan: 1h\n");
	await(r, "young\n");
	assert_string_equal(r->log, "old\nyoung+\nyoung\n");
}

static void
a_time_in_the_future_does_not_keep_a_file_growing(void **state)
{
	struct rig *r = *state;
	struct timespec t[2];

	put(r, "in/a", "x\n");
	clock_gettime(CLOCK_REALTIME, &t[0]);
	t[0].tv_sec += 86400;
	t[1] = t[0];
	utimensat(AT_FDCWD, folder_at(&r->folder, "in/a"), t, 0);
	start(r, "settle: 100ms\nrescan: 1h\n");
	await(r, "a\n");
	assert_string_equal(r->log, "a+\na\n");
}

static void
a_growing_gzip_waits_until_it_is_closed(void **state)
{
	struct rig *r = *state;
	int fd;

	start(r, "settle: 1h\nrescan: 1h\n");
	await_walk(r);
	fd = open_and_write(r, "in/a", "\x1f\x8b\x08");
	await_mark(r);
	close(fd);
	await(r, "a\n");
	assert_int_equal(times(r, "a+\n"), 0);
}

static void
a_text_closed_in_mid_line_may_still_grow(void **state)
{
	struct rig *r = *state;

	start(r, "settle: 100ms\nrescan: 1h\n");
	await_walk(r);
	put(r, "in/a", "one\ntw");
	await(r, "a\n");
	assert_string_equal(r->log, "a+\na\n");
}

static void
without_follow_nothing_growing_is_offered(void **state)
{
	struct rig *r = *state;
	int fd;

	start(r, "settle: 1h\nrescan: 1h\nfollow: false\n");
	await_walk(r);
	fd = open_and_write(r, "in/a", "x\n");
	await_mark(r);
	close(fd);
	await(r, "a\n");
	assert_int_equal(times(r, "a+\n"), 0);
}

static void
an_empty_file_waits_for_its_first_byte(void **state)
{
	struct rig *r = *state;

	start(r, "settle: 1h\nrescan: 1h\n");
	await_walk(r);
	put(r, "in/a", "");
	await_mark(r);
	assert_int_equal(times(r, "a\n"), 0);
	put(r, "in/a", "x\n");
	await(r, "a\n");
}

/* -- files that change -------------------------------------------------------- */

static void
a_file_replaced_under_its_name_is_a_new_version(void **state)
{
	struct rig *r = *state;
	char first[64];

	put(r, "in/a", "one\n");
	put(r, "out/a", "two\n");
	start(r, "settle: 20ms\nrescan: 1h\n");
	await(r, "a\n");
	snprintf(first, sizeof first, "%s", r->last_version);
	move(r, "out/a", "in/a");
	await(r, "a\n");
	assert_string_not_equal(r->last_version, first);
	assert_string_equal(r->last_text, "two\n");
}

/* Inode numbers are used again at once; a log that is made anew is still another. */
static void
a_file_made_anew_is_a_new_version(void **state)
{
	struct rig *r = *state;
	char first[64];
	int i;

	start(r, "rescan: 1h\n");
	await_walk(r);
	for (i = 0; i < 5; i++) {
		put(r, "in/a", "one\n");
		await(r, "a\n");
		if (i > 0)
			assert_string_not_equal(r->last_version, first);
		snprintf(first, sizeof first, "%s", r->last_version);
		unlink(folder_at(&r->folder, "in/a"));
		await_mark(r);
	}
}

static void
a_renamed_file_keeps_its_version(void **state)
{
	struct rig *r = *state;
	char first[64];

	put_old(r, "in/a", "one\n");
	start(r, "rescan: 1h\n");
	await(r, "a\n");
	snprintf(first, sizeof first, "%s", r->last_version);
	move(r, "in/a", "in/a.1");
	await(r, "a.1\n");
	assert_string_equal(r->last_version, first);
}

static void
a_deleted_file_is_forgotten(void **state)
{
	struct rig *r = *state;

	put_old(r, "in/a", "one\n");
	start(r, "rescan: 1h\n");
	await(r, "a\n");
	/* The very same file: only by having left is it new. */
	move(r, "in/a", "out/a");
	await_mark(r);
	move(r, "out/a", "in/a");
	await(r, "a\n");
}

static void
a_close_that_changed_nothing_is_no_offer(void **state)
{
	struct rig *r = *state;
	int fd;

	put_old(r, "in/a", "one\n");
	start(r, "rescan: 1h\n");
	await(r, "a\n");
	fd = open(folder_at(&r->folder, "in/a"), O_WRONLY);
	close(fd);
	await_mark(r);
	assert_int_equal(times(r, "a\n"), 1);
}

/* Written through another name outside: inotify tells nothing of it. */
static void
the_rescan_finds_what_inotify_does_not_tell(void **state)
{
	struct rig *r = *state;

	put_old(r, "out/a", "one\n");
	put_old(r, "in/quiet", "x\n");
	assert_int_equal(link(folder_at(&r->folder, "out/a"),
	    folder_at(&r->folder, "in/a")), 0);
	start(r, "settle: 20ms\nrescan: 30ms\n");
	await(r, "quiet\n");
	put_file(folder_at(&r->folder, "out/a"), "two\n", 4, O_APPEND);
	await(r, "a\n");
	assert_string_equal(r->last_text, "one\ntwo\n");
	put_file(folder_at(&r->folder, "out/a"), "three\n", 6, O_APPEND);
	await(r, "a\n");
	assert_int_equal(times(r, "quiet\n"), 1);	/* unchanged */
}

/* -- the pipeline's answers --------------------------------------------------- */

static void
a_full_pipeline_is_waited_for(void **state)
{
	struct rig *r = *state;
	struct source_status st;

	put_old(r, "in/a", "x\n");
	put_old(r, "in/b", "x\n");
	put_old(r, "in/c", "x\n");
	put_old(r, "in/d", "x\n");
	r->room = 2;
	r->hold = 1;
	start(r, "rescan: 20ms\n");
	await(r, "b\n");
	put_old(r, "in/e", "x\n");
	loop_timer_arm(r->late, 100000000);	/* many rescans */
	loop_run(r->loop);
	r->timed_out = 0;
	assert_int_equal(r->offers, 2);
	source_status(r->source, &st);
	assert_true(st.waiting > 0);
	r->room = 1;
	source_room(r->source);
	await(r, "c\n");
	r->room = SIZE_MAX;
	source_room(r->source);
	await(r, "d\n");
	if (times(r, "e\n") == 0)
		await(r, "e\n");
	if (r->offers != 5)
		fail_msg("offered: %s", r->log);
	source_status(r->source, &st);
	assert_int_equal(st.offered, 5);
	assert_int_equal(st.found, 5);
}

static void
what_the_ledger_knows_is_not_offered_again(void **state)
{
	struct rig *r = *state;

	r->answer = OFFER_KNOWN;
	put_old(r, "in/a", "x\n");
	start(r, "rescan: 20ms\n");
	await(r, "a\n");
	loop_timer_arm(r->late, 100000000);
	loop_run(r->loop);
	r->timed_out = 0;
	assert_int_equal(r->offers, 1);
}

static void
a_change_in_flight_is_offered_after_it(void **state)
{
	struct rig *r = *state;

	r->hold = 1;
	put_old(r, "in/a", "one\n");
	start(r, "settle: 20ms\nrescan: 20ms\n");
	await(r, "a\n");
	put(r, "in/a", "two\n");
	put(r, "in/a", "three\n");
	await_mark(r);
	assert_int_equal(times(r, "a\n"), 1);
	r->hold = 0;
	source_done(r->source, folder_at(&r->folder, "in/a"), -1);
	await(r, "a\n");
	assert_string_equal(r->last_text, "three\n");
	await_mark(r);
	assert_int_equal(times(r, "a\n"), 2);
}

static void
a_file_written_again_in_flight_grows_again(void **state)
{
	struct rig *r = *state;
	int fd;

	start(r, "settle: 1h\nrescan: 1h\n");
	await_walk(r);
	r->hold = 1;
	put(r, "in/a", "one\n");
	await(r, "a\n");
	fd = open_and_write(r, "in/a", "two\n");
	await_mark(r);
	source_done(r->source, folder_at(&r->folder, "in/a"), -1);
	await(r, "a+\n");
	source_done(r->source, folder_at(&r->folder, "in/a"), -1);
	close(fd);
	await(r, "a\n");
	assert_int_equal(times(r, "a\n"), 2);
}

static void
a_file_deleted_in_flight_is_let_go(void **state)
{
	struct rig *r = *state;

	r->hold = 1;
	put_old(r, "in/a", "one\n");
	start(r, "rescan: 1h\n");
	await(r, "a\n");
	unlink(folder_at(&r->folder, "in/a"));
	await_mark(r);
	source_done(r->source, folder_at(&r->folder, "in/a"), 0);
	await_mark(r);
	put(r, "in/a", "again\n");
	await(r, "a\n");
	assert_int_equal(times(r, "a\n"), 2);
}

static void
a_failed_object_is_offered_again_when_asked(void **state)
{
	struct rig *r = *state;
	int64_t first;

	r->hold = 1;
	put_old(r, "in/a", "one\n");
	start(r, "rescan: 20ms\n");
	await(r, "a\n");
	first = clock_mono();
	source_done(r->source, folder_at(&r->folder, "in/a"), 200000000);
	await(r, "a\n");
	assert_true(r->last_at - first >= 200000000);
	source_done(r->source, folder_at(&r->folder, "in/a"), -1);
	source_done(r->source, "/never/offered", 0);
	await_mark(r);
	assert_int_equal(times(r, "a\n"), 2);
}

/* -- all of it together ------------------------------------------------------- */

/* One change among few names, so that they meet: files, folders, moves. */
static void
change(struct rig *r, unsigned *seed)
{
	char a[64], b[64];
	const char *dirs[] = { "in", "in/d", "in/d/e", "in/g", "out" };
	unsigned what = (unsigned)rand_r(seed) % 10;

	snprintf(a, sizeof a, "%s/%c", dirs[rand_r(seed) % 5],
	    'p' + rand_r(seed) % 5);
	snprintf(b, sizeof b, "%s/%c", dirs[rand_r(seed) % 5],
	    'p' + rand_r(seed) % 5);
	if (what < 5) {
		int fd = open(folder_at(&r->folder, a), O_WRONLY | O_CREAT |
		    (what < 3 ? O_APPEND : O_TRUNC) | O_CLOEXEC, 0644);

		if (fd != -1 && write(fd, "text", 1 + (size_t)rand_r(seed) % 4) > 0)
			close(fd);
	} else if (what < 7) {
		rename(folder_at(&r->folder, a), folder_at(&r->folder, b));
	} else if (what == 7) {
		unlink(folder_at(&r->folder, a));
	} else {
		rename(folder_at(&r->folder, dirs[1 + rand_r(seed) % 3]),
		    folder_at(&r->folder, what == 8 ? "out/away" : "in/g"));
		rename(folder_at(&r->folder, "out/away"),
		    folder_at(&r->folder, dirs[1 + rand_r(seed) % 3]));
		mkdir(folder_at(&r->folder, dirs[1 + rand_r(seed) % 3]), 0755);
	}
}

/* Every file in the folder was offered as finished, as it is now. */
static int
all_finished(struct rig *r)
{
	static const struct walk_filter everything = { NULL, NULL };
	char version[SOURCE_VERSION_MAX], now[128];
	const char *path, *was;
	enum walk_what what;
	struct walk *w;
	struct stat st;
	struct err e;
	int fd, ok = 1;

	w = walk_new(r->root, r->root, &everything);
	while ((what = walk_next(w, &path, &st, &e)) != WALK_END) {
		if (what != WALK_FILE || st.st_size == 0)
			continue;
		fd = open(path, O_RDONLY | O_CLOEXEC);
		assert_int_not_equal(fd, -1);
		source_version(fd, version);
		close(fd);
		snprintf(now, sizeof now, "%s %llu", version,
		    (unsigned long long)st.st_size);
		was = map_get(r->finished, path);
		ok = ok && was != NULL && strcmp(was, now) == 0;
	}
	walk_free(w);
	return ok;
}

static void
no_change_is_missed_whatever_comes(void **state)
{
	struct rig *r = *state;
	unsigned seed = 20260115, i;
	int64_t end;

	r->finished = map_new();
	start(r, "rescan: 1h\nsettle: 30ms\n");	/* inotify alone */
	for (i = 0; i < 2000; i++) {
		change(r, &seed);
		if (rand_r(&seed) % 4 != 0)
			continue;
		loop_timer_arm(r->late, rand_r(&seed) % 3 * 500000);
		loop_run(r->loop);
	}
	for (end = clock_mono() + WAIT_NS; !all_finished(r);) {
		assert_true(clock_mono() < end);
		loop_timer_arm(r->late, 10000000);
		loop_run(r->loop);
	}
	r->timed_out = 0;
	assert_true(r->offers > 100);
}

/* -- what goes wrong ---------------------------------------------------------- */

/* Runs until the source's problem is (or is no more) there. */
static void
await_problem(struct rig *r, const char *part)
{
	struct source_status st;
	int64_t end = clock_mono() + WAIT_NS;

	for (;;) {
		source_status(r->source, &st);
		if (part != NULL ? strstr(st.problem, part) != NULL :
		    st.problem[0] == '\0')
			return;
		if (clock_mono() > end)
			fail_msg("problem is \"%s\"", st.problem);
		loop_timer_arm(r->late, 5000000);
		loop_run(r->loop);
		r->timed_out = 0;
	}
}

static void
an_unreadable_file_is_shown_and_tried_again(void **state)
{
	struct rig *r = *state;
	int root = geteuid() == 0;

	put_old(r, "in/a", "x\n");
	put_old(r, "in/b", "x\n");
	chmod(folder_at(&r->folder, "in/a"), 0);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	start(r, "rescan: 20ms\n");
	await(r, "b\n");
	await_problem(r, "in/a: Permission denied");
	if (root)
		assert_int_equal(seteuid(0), 0);
	chmod(folder_at(&r->folder, "in/a"), 0644);
	await(r, "a\n");
	await_problem(r, NULL);
	assert_int_equal(times(r, "b\n"), 1);
}

static void
a_folder_that_comes_later_is_found(void **state)
{
	struct rig *r = *state;

	assert_int_equal(rmdir(r->root), 0);
	start(r, "rescan: 20ms\n");
	await_problem(r, "in: No such file or directory");
	mkdirs(r, "in");
	put_old(r, "in/a", "x\n");
	await(r, "a\n");
	await_problem(r, NULL);
	put(r, "in/b", "x\n");
	await(r, "b\n");
}

static void
a_folder_that_leaves_and_returns_is_watched_again(void **state)
{
	struct rig *r = *state;

	put_old(r, "in/a", "x\n");
	start(r, "rescan: 50ms\n");
	await(r, "a\n");
	move(r, "in", "away");
	await_problem(r, "in: No such file or directory");
	move(r, "away", "in");
	await_problem(r, NULL);
	put(r, "in/b", "x\n");
	await(r, "b\n");
	assert_int_equal(times(r, "a\n"), 1);
}

static void
a_file_in_the_folders_place_is_a_problem(void **state)
{
	struct rig *r = *state;

	assert_int_equal(rmdir(r->root), 0);
	put(r, "in", "x\n");
	start(r, "rescan: 1h\n");
	await_problem(r, "in: not a folder");
	assert_int_equal(r->offers, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_there_is_offered_in_order),
		TEST(an_object_says_what_it_is),
		TEST(thousands_of_files_come_each_once_and_in_order),
		TEST(what_is_not_to_be_read_is_not_offered),
		TEST(globs_pick_what_is_watched),
		TEST(a_file_closed_later_is_offered_at_once),
		TEST(a_file_moved_in_is_offered_at_once),
		TEST(a_whole_tree_moved_in_is_offered),
		TEST(nothing_is_missed_in_new_folders),
		TEST(nothing_is_missed_between_walk_and_watch),
		TEST(a_growing_file_is_followed_then_finished),
		TEST(an_unclosed_file_that_is_quiet_is_finished),
		TEST(a_young_file_at_the_start_may_be_growing),
		TEST(a_time_in_the_future_does_not_keep_a_file_growing),
		TEST(a_growing_gzip_waits_until_it_is_closed),
		TEST(without_follow_nothing_growing_is_offered),
		TEST(a_text_closed_in_mid_line_may_still_grow),
		TEST(an_empty_file_waits_for_its_first_byte),
		TEST(a_file_replaced_under_its_name_is_a_new_version),
		TEST(a_file_made_anew_is_a_new_version),
		TEST(a_renamed_file_keeps_its_version),
		TEST(a_deleted_file_is_forgotten),
		TEST(a_close_that_changed_nothing_is_no_offer),
		TEST(the_rescan_finds_what_inotify_does_not_tell),
		TEST(a_full_pipeline_is_waited_for),
		TEST(what_the_ledger_knows_is_not_offered_again),
		TEST(a_change_in_flight_is_offered_after_it),
		TEST(a_file_written_again_in_flight_grows_again),
		TEST(a_file_deleted_in_flight_is_let_go),
		TEST(a_failed_object_is_offered_again_when_asked),
		TEST(no_change_is_missed_whatever_comes),
		TEST(an_unreadable_file_is_shown_and_tried_again),
		TEST(a_folder_that_comes_later_is_found),
		TEST(a_folder_that_leaves_and_returns_is_watched_again),
		TEST(a_file_in_the_folders_place_is_a_problem),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
