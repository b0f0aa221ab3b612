/*
 * The stdout output, with standard output turned into a pipe or a file of the test.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "output/rig.h"

static struct rig r;
static char path[128];
static int saved;

static int
setup(void **state)
{
	(void)state;
	rig_open(&r);
	snprintf(path, sizeof path, "%s/out", r.dir);
	fflush(stdout);
	saved = dup(STDOUT_FILENO);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	rig_close(&r);
	return 0;
}

static void
divert(int fd)
{
	fflush(stdout);
	dup2(fd, STDOUT_FILENO);
	close(fd);
}

static void
restore(void)
{
	dup2(saved, STDOUT_FILENO);
	close(saved);
}

static void
text_and_json_are_written(void **state)
{
	struct alert a = rig_alert();
	char *json = rig_json(&a), *got, *wanted;
	struct buf text = BUF_INIT(65536);
	struct output *o;
	enum fate one, two, three;

	(void)state;
	divert(open(path, O_RDWR | O_CREAT, 0600));
	o = rig_start(&r, -1, "{name: o, type: stdout}");
	one = rig_send_one(&r, o, json);
	output_free(o);
	o = rig_start(&r, -1, "{name: o, type: stdout, format: json}");
	two = rig_send_one(&r, o, json);
	output_free(o);
	o = rig_start(&r, -1, "{name: o, type: stdout, color: always}");
	three = rig_send_one(&r, o, json);
	output_free(o);
	restore();

	assert_int_equal(one, FATE_SENT);
	assert_int_equal(two, FATE_SENT);
	assert_int_equal(three, FATE_SENT);
	render_text(&a, 0, &text);	/* a file is no terminal: no color */
	buf_addf(&text, "%s\n", json);
	render_text(&a, 1, &text);
	wanted = buf_take(&text);
	got = rig_read(path, NULL);
	assert_string_equal(got, wanted);
	free(got);
	free(wanted);
	free(json);
}

static void
what_cannot_be_read_does_not_take_others_with_it(void **state)
{
	struct alert a = rig_alert();
	char *json = rig_json(&a), *got;
	const char *lines[2] = { "no json", json };
	struct output *o;
	enum fate fate;

	(void)state;
	divert(open(path, O_RDWR | O_CREAT, 0600));
	o = rig_start(&r, -1, "{name: o, type: stdout}");
	fate = rig_send(&r, o, lines, 2);
	output_free(o);
	restore();
	assert_int_equal(fate, FATE_SENT);
	got = rig_read(path, NULL);
	assert_non_null(strstr(got, "delivery delivery-0 cannot be shown: "));
	assert_non_null(strstr(got, "StopLogging"));
	free(got);
	free(json);
}

/* A reader that takes what is there, and ends the loop when the send is done. */
struct reader {
	int		 fd;
	struct loop_timer *slow;
	struct buf	 got;
};

static void
on_slow(void *arg)
{
	struct reader *rd = arg;
	char piece[10000];
	ssize_t n = read(rd->fd, piece, sizeof piece);

	if (n > 0)
		buf_add(&rd->got, piece, (size_t)n);
	loop_timer_arm(rd->slow, 1000000);
}

static void
a_slow_reader_holds_up_nothing_but_this(void **state)
{
	struct reader rd = { .got = BUF_INIT(4 << 20) };
	char *line = xmalloc(300001);
	struct output *o;
	enum fate fate;
	int fds[2], i;
	ssize_t n;
	char piece[65536];

	(void)state;
	memset(line, 'a', 300000);
	line[300000] = '\0';
	assert_int_equal(pipe(fds), 0);
	fcntl(fds[0], F_SETFL, O_NONBLOCK);
	rd.fd = fds[0];
	divert(fds[1]);			/* in blocking mode, as a shell gives it */
	rd.slow = loop_timer_new(r.loop, on_slow, &rd);
	loop_timer_arm(rd.slow, 1000000);
	o = rig_start(&r, -1, "{name: o, type: stdout, format: json}");
	for (i = 0, fate = FATE_SENT; i < 2 && fate == FATE_SENT; i++)
		fate = rig_send_one(&r, o, line);
	output_free(o);
	restore();
	loop_timer_free(rd.slow);
	while ((n = read(rd.fd, piece, sizeof piece)) > 0)
		buf_add(&rd.got, piece, (size_t)n);
	close(rd.fd);
	assert_int_equal(fate, FATE_SENT);
	assert_int_equal(rd.got.len, 2 * 300001);
	assert_int_equal(rd.got.data[300000], '\n');
	buf_clear(&rd.got);
	free(line);
}

static void
a_reader_that_left_is_an_error_to_retry(void **state)
{
	struct output *o;
	enum fate fate;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	close(fds[0]);
	divert(fds[1]);
	o = rig_start(&r, -1, "{name: o, type: stdout, format: json}");
	fate = rig_send_one(&r, o, "{}");
	output_free(o);
	restore();
	assert_int_equal(fate, FATE_RETRY);
	assert_string_equal(r.why, "standard output: Broken pipe");
}

static void
a_full_device_is_an_error_to_retry(void **state)
{
	struct output *o;
	enum fate fate;

	(void)state;
	divert(open("/dev/full", O_WRONLY));
	o = rig_start(&r, -1, "{name: o, type: stdout, format: json}");
	fate = rig_send_one(&r, o, "{}");
	output_free(o);
	restore();
	assert_int_equal(fate, FATE_RETRY);
	assert_string_equal(r.why, "standard output: No space left on device");
}

static void
a_send_that_is_dropped_says_nothing(void **state)
{
	char *line = xmalloc(300001);
	struct output_message m = { "d", line, 300000, 0 };
	struct output *o;
	int fds[2];

	(void)state;
	memset(line, 'a', 300000);
	assert_int_equal(pipe(fds), 0);
	divert(fds[1]);
	o = rig_start(&r, -1, "{name: o, type: stdout, format: json}");
	r.calls = 0;
	output_send(o, &m, 1, rig_done, &r);
	output_free(o);
	restore();
	assert_int_equal(r.calls, 0);
	close(fds[0]);
	free(line);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(text_and_json_are_written),
		T(what_cannot_be_read_does_not_take_others_with_it),
		T(a_slow_reader_holds_up_nothing_but_this),
		T(a_reader_that_left_is_an_error_to_retry),
		T(a_full_device_is_an_error_to_retry),
		T(a_send_that_is_dropped_says_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
