/*
 * The event loop: timers, descriptors, signals.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io/loop.h"

struct rig {
	struct loop	*loop;
	struct loop_timer *timer, *other;
	struct loop_fd	*fd;
	char		 log[64];
	int		 pipe[2], count;
};

static void
say(struct rig *r, char c)
{
	size_t n = strlen(r->log);

	if (n + 1 < sizeof r->log)
		r->log[n] = c;
}

static int
set_up(void **state)
{
	struct rig *r = calloc(1, sizeof *r);

	r->loop = loop_new();
	*state = r;
	return pipe(r->pipe);
}

static int
tear_down(void **state)
{
	struct rig *r = *state;

	loop_timer_free(r->timer);
	loop_timer_free(r->other);
	loop_fd_free(r->fd);
	loop_free(r->loop);
	close(r->pipe[0]);
	close(r->pipe[1]);
	free(r);
	return 0;
}

static void
on_a(void *arg)
{
	say(arg, 'a');
}

static void
on_stop(void *arg)
{
	struct rig *r = arg;

	say(r, 's');
	loop_stop(r->loop);
}

static void
timers_fire_in_order_and_once(void **state)
{
	struct rig *r = *state;

	r->timer = loop_timer_new(r->loop, on_a, r);
	r->other = loop_timer_new(r->loop, on_stop, r);
	assert_false(loop_timer_armed(r->timer));
	loop_timer_arm(r->other, 20000000);
	loop_timer_arm(r->timer, 1000000);
	assert_true(loop_timer_armed(r->timer));
	assert_int_equal(loop_run(r->loop), 0);
	assert_string_equal(r->log, "as");
	assert_false(loop_timer_armed(r->timer));
}

static void
arming_again_replaces_the_time(void **state)
{
	struct rig *r = *state;

	r->timer = loop_timer_new(r->loop, on_a, r);
	r->other = loop_timer_new(r->loop, on_stop, r);
	loop_timer_arm(r->timer, 1);
	loop_timer_arm(r->timer, 3600LL * 1000000000);
	loop_timer_arm(r->other, 5000000);
	loop_run(r->loop);
	assert_string_equal(r->log, "s");
}

static void
a_cancelled_timer_is_silent(void **state)
{
	struct rig *r = *state;

	r->timer = loop_timer_new(r->loop, on_a, r);
	r->other = loop_timer_new(r->loop, on_stop, r);
	loop_timer_arm(r->timer, 0);
	loop_timer_cancel(r->timer);
	loop_timer_arm(r->other, -5);	/* the past is now */
	loop_run(r->loop);
	assert_string_equal(r->log, "s");
}

static void
on_count(void *arg)
{
	struct rig *r = arg;

	if (++r->count < 3) {
		loop_timer_arm(r->timer, 0);
		return;
	}
	loop_timer_free(r->timer);
	r->timer = NULL;
	loop_stop(r->loop);
}

static void
a_timer_arms_and_frees_itself(void **state)
{
	struct rig *r = *state;

	r->timer = loop_timer_new(r->loop, on_count, r);
	loop_timer_arm(r->timer, 0);
	loop_run(r->loop);
	assert_int_equal(r->count, 3);
}

static void
stop_before_run_is_obeyed_once(void **state)
{
	struct rig *r = *state;

	loop_stop(r->loop);
	assert_int_equal(loop_run(r->loop), 0);
	r->other = loop_timer_new(r->loop, on_stop, r);
	loop_timer_arm(r->other, 0);
	assert_int_equal(loop_run(r->loop), 0);
	assert_string_equal(r->log, "s");
}

static void
on_readable(void *arg)
{
	struct rig *r = arg;
	char c;

	assert_int_equal(read(r->pipe[0], &c, 1), 1);
	say(r, c);
	if (c == 'z')
		loop_stop(r->loop);
}

static void
a_descriptor_calls_as_long_as_it_is_readable(void **state)
{
	struct rig *r = *state;

	r->fd = loop_fd_new(r->loop, r->pipe[0], LOOP_READ, on_readable, r);
	assert_int_equal(write(r->pipe[1], "xyz", 3), 3);
	loop_run(r->loop);
	assert_string_equal(r->log, "xyz");
}

static void
a_writable_descriptor_calls(void **state)
{
	struct rig *r = *state;

	r->fd = loop_fd_new(r->loop, r->pipe[1], LOOP_WRITE, on_stop, r);
	loop_run(r->loop);
	assert_string_equal(r->log, "s");
}

static void
a_signal_is_the_loops(void **state)
{
	struct rig *r = *state;
	struct loop_signal *s;

	s = loop_signal_new(r->loop, SIGUSR1, on_stop, r);
	raise(SIGUSR1);
	loop_run(r->loop);
	assert_string_equal(r->log, "s");
	loop_signal_free(s);
}

static void
freeing_nothing_is_fine(void **state)
{
	(void)state;
	loop_timer_free(NULL);
	loop_fd_free(NULL);
	loop_signal_free(NULL);
	loop_free(NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(timers_fire_in_order_and_once),
		TEST(arming_again_replaces_the_time),
		TEST(a_cancelled_timer_is_silent),
		TEST(a_timer_arms_and_frees_itself),
		TEST(stop_before_run_is_obeyed_once),
		TEST(a_descriptor_calls_as_long_as_it_is_readable),
		TEST(a_writable_descriptor_calls),
		TEST(a_signal_is_the_loops),
		cmocka_unit_test(freeing_nothing_is_fine),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
