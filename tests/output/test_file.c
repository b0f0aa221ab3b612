/*
 * The file output: each alert once, whatever is killed, full or rotated.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "output/rig.h"

static struct rig r;
static char path[128];

static int
setup(void **state)
{
	(void)state;
	rig_open(&r);
	umask(022);
	snprintf(path, sizeof path, "%s/alerts.jsonl", r.dir);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

static struct output *
start(int64_t mark)
{
	return rig_start(&r, mark, "{name: f, type: file, path: %s}", path);
}

static void
put_file(const char *name, const char *text)
{
	FILE *f = fopen(name, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
check_file(const char *name, const char *text)
{
	char *got = rig_read(name, NULL);

	assert_string_equal(got, text);
	free(got);
}

static void
messages_are_lines_in_order(void **state)
{
	static const char *const lines[] = { "{\"n\":1}", "{\"n\":2}", "{\"n\":3}" };
	const char *many[OUTPUT_MANY_MAX];
	struct output *o = start(-1);
	struct stat st;
	size_t len, i;
	char *got;

	(void)state;
	assert_int_equal(rig_send(&r, o, lines, 3), FATE_SENT);
	assert_string_equal(r.why, "");
	check_file(path, "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	for (i = 0; i < OUTPUT_MANY_MAX; i++)
		many[i] = lines[0];
	assert_int_equal(rig_send(&r, o, many, OUTPUT_MANY_MAX), FATE_SENT);
	got = rig_read(path, &len);
	assert_int_equal(len, 8 * (3 + OUTPUT_MANY_MAX));
	free(got);
	output_free(o);
}

static void
what_is_beyond_the_mark_is_cut_off_at_the_start(void **state)
{
	struct output *o = start(-1);
	int64_t mark;

	(void)state;
	rig_send_one(&r, o, "{\"n\":1}");
	mark = output_mark(o);
	rig_send_one(&r, o, "{\"n\":2}");	/* written, never committed */
	output_free(o);
	check_file(path, "{\"n\":1}\n{\"n\":2}\n");
	o = start(mark);
	check_file(path, "{\"n\":1}\n");
	assert_int_equal(output_mark(o), mark);
	rig_send_one(&r, o, "{\"n\":2}");
	check_file(path, "{\"n\":1}\n{\"n\":2}\n");
	mark = output_mark(o);
	output_free(o);
	o = start(mark);		/* nothing to cut */
	check_file(path, "{\"n\":1}\n{\"n\":2}\n");
	output_free(o);
}

static void
a_mark_from_the_start_covers_the_first_send(void **state)
{
	struct output *o = start(-1);
	int64_t mark = output_mark(o);

	(void)state;
	assert_true(mark >= 0);
	rig_send_one(&r, o, "{\"n\":1}");
	output_free(o);
	output_free(start(mark));
	check_file(path, "");
}

static void
without_a_mark_nothing_is_cut(void **state)
{
	(void)state;
	put_file(path, "{\"n\":1}\n{\"n\":2}\n");
	output_free(start(-1));
	check_file(path, "{\"n\":1}\n{\"n\":2}\n");
}

static void
another_file_is_never_cut(void **state)
{
	char old[160];
	struct output *o = start(-1);
	int64_t mark;

	(void)state;
	rig_send_one(&r, o, "{\"n\":1}");
	mark = output_mark(o);
	output_free(o);
	/* rotated while nobody ran, and a longer file of somebody else's put there */
	snprintf(old, sizeof old, "%s.1", path);
	assert_int_equal(rename(path, old), 0);
	put_file(path, "somebody else's text, longer than the mark\n");
	output_free(start(mark));
	check_file(path, "somebody else's text, longer than the mark\n");
	/* the same mark, another path */
	put_file(path, "");
	unlink(path);
	assert_int_equal(rename(old, path), 0);
	snprintf(old, sizeof old, "%s/other", r.dir);
	put_file(old, "a file that another config line leads to\n");
	output_free(rig_start(&r, mark, "{name: f, type: file, path: %s}", old));
	check_file(old, "a file that another config line leads to\n");
}

static void
a_rotated_file_is_gone_on_with_at_its_end(void **state)
{
	struct output *o = start(-1);
	int64_t mark;

	(void)state;
	rig_send_one(&r, o, "{\"n\":1}");
	rig_send_one(&r, o, "{\"n\":2}");
	mark = output_mark(o);
	output_free(o);
	assert_int_equal(truncate(path, 8), 0);	/* shorter than its mark */
	o = start(mark);
	check_file(path, "{\"n\":1}\n");
	rig_send_one(&r, o, "{\"n\":3}");
	check_file(path, "{\"n\":1}\n{\"n\":3}\n");
	output_free(o);
	unlink(path);			/* absent */
	o = start(mark);
	rig_send_one(&r, o, "{\"n\":4}");
	check_file(path, "{\"n\":4}\n");
	output_free(o);
}

static void
reopening_and_removing_lead_to_the_new_file(void **state)
{
	char old[160];
	struct output *o = start(-1);
	int64_t before;

	(void)state;
	rig_send_one(&r, o, "{\"n\":1}");
	before = output_mark(o);
	snprintf(old, sizeof old, "%s.1", path);
	assert_int_equal(rename(path, old), 0);
	output_reopen(o);
	check_file(path, "");
	assert_true(output_mark(o) != before && output_mark(o) >= 0);
	rig_send_one(&r, o, "{\"n\":2}");
	check_file(old, "{\"n\":1}\n");
	check_file(path, "{\"n\":2}\n");
	/* nobody told us */
	unlink(path);
	assert_int_equal(rig_send_one(&r, o, "{\"n\":3}"), FATE_SENT);
	check_file(path, "{\"n\":3}\n");
	/* nor when a new one was put there */
	snprintf(old, sizeof old, "%s.2", path);
	assert_int_equal(rename(path, old), 0);
	put_file(path, "");
	rig_send_one(&r, o, "{\"n\":3.5}");
	check_file(old, "{\"n\":3}\n");
	check_file(path, "{\"n\":3.5}\n");
	/* emptied in place */
	assert_int_equal(truncate(path, 0), 0);
	rig_send_one(&r, o, "{\"n\":4}");
	check_file(path, "{\"n\":4}\n");
	output_free(o);
}

static void
a_line_without_end_is_ended(void **state)
{
	struct output *o;

	(void)state;
	put_file(path, "{\"torn\":");
	o = start(-1);
	rig_send_one(&r, o, "{\"n\":1}");
	check_file(path, "{\"torn\":\n{\"n\":1}\n");
	output_free(o);
}

static void
a_full_disk_leaves_whole_lines_and_is_retried(void **state)
{
	static const char *const lines[] = { "{\"n\":2}", "{\"n\":3}" };
	struct rlimit old, small = { 18, RLIM_INFINITY };
	struct output *o = start(-1);
	int64_t mark;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	rig_send_one(&r, o, "{\"n\":1}");
	mark = output_mark(o);
	getrlimit(RLIMIT_FSIZE, &old);
	small.rlim_max = old.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(rig_send(&r, o, lines, 2), FATE_RETRY);
	setrlimit(RLIMIT_FSIZE, &old);
	assert_non_null(strstr(r.why, "File too large"));
	assert_non_null(strstr(r.why, path));
	check_file(path, "{\"n\":1}\n");
	assert_int_equal(output_mark(o), mark);
	assert_int_equal(rig_send(&r, o, lines, 2), FATE_SENT);
	check_file(path, "{\"n\":1}\n{\"n\":2}\n{\"n\":3}\n");
	output_free(o);
}

static void
what_is_no_file_is_refused(void **state)
{
	struct output *o;
	struct err e;

	(void)state;
	o = rig_output(&r, "{name: f, type: file, path: /dev/full}");
	assert_int_equal(output_start(o, -1, &e), -1);
	assert_string_equal(e.msg, "output f: /dev/full: is not a regular file");
	output_free(o);
	o = rig_output(&r, "{name: f, type: file, path: %s}", r.dir);
	assert_int_equal(output_start(o, -1, &e), -1);
	output_free(o);
	o = rig_output(&r, "{name: f, type: file, path: %s/no/such}", r.dir);
	assert_int_equal(output_start(o, -1, &e), -1);
	assert_non_null(strstr(e.msg, "No such file or directory"));
	output_free(o);
	mkfifo(path, 0600);
	o = rig_output(&r, "{name: f, type: file, path: %s}", path);
	assert_int_equal(output_start(o, -1, &e), -1);
	output_free(o);
}

static void
a_second_process_is_kept_out(void **state)
{
	struct output *o = start(-1), *other;
	struct err e;
	int status;
	pid_t pid = fork();

	(void)state;
	if (pid == 0) {
		other = rig_output(&r, "{name: f, type: file, path: %s}", path);
		if (output_start(other, -1, &e) == 0)
			_exit(1);
		_exit(strstr(e.msg, "another process") ? 0 : 2);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	output_free(o);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(messages_are_lines_in_order),
		T(what_is_beyond_the_mark_is_cut_off_at_the_start),
		T(a_mark_from_the_start_covers_the_first_send),
		T(without_a_mark_nothing_is_cut),
		T(another_file_is_never_cut),
		T(a_rotated_file_is_gone_on_with_at_its_end),
		T(reopening_and_removing_lead_to_the_new_file),
		T(a_line_without_end_is_ended),
		T(a_full_disk_leaves_whole_lines_and_is_retried),
		T(what_is_no_file_is_refused),
		T(a_second_process_is_kept_out),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
