/*
 * The event loop on libevent. This and the files of io/ that hand its event_base to
 * libevent or libcurl are all that know of it.
 */
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

#include "base/log.h"
#include "base/mem.h"
#include "io/loop.h"

struct loop {
	struct event_base *base;
	int		 stop;		/* asked for, and not yet obeyed */
};

/* A timer, descriptor or signal: an event and whom to call. */
struct watcher {
	struct event	*event;
	void		(*fn)(void *);
	void		*arg;
};

struct loop_timer { struct watcher w; };
struct loop_fd { struct watcher w; };
struct loop_signal { struct watcher w; };

static void
on_libevent_log(int severity, const char *msg)
{
	if (severity >= EVENT_LOG_WARN)
		log_warning("loop", "%s", msg);
	else
		log_debug("loop", "%s", msg);
}

/* What only fails when memory or descriptors are out ends the process. */
static void
check(int ok)
{
	if (ok)
		return;
	fputs("bucketwatch: libevent has no memory or no file descriptors left\n",
	    stderr);
	abort();
}

struct loop *
loop_new(void)
{
	struct loop *loop;

	event_set_log_callback(on_libevent_log);
	loop = xcalloc(1, sizeof *loop);
	loop->base = event_base_new();
	check(loop->base != NULL);
	return loop;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	event_base_free(loop->base);
	free(loop);
}

int
loop_run(struct loop *loop)
{
	int rc = 0;

	if (!loop->stop)
		rc = event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
	loop->stop = 0;
	return rc < 0 ? -1 : 0;
}

void
loop_stop(struct loop *loop)
{
	loop->stop = 1;
	event_base_loopbreak(loop->base);
}

struct event_base *
loop_base(struct loop *loop)
{
	return loop->base;
}

static void
on_event(evutil_socket_t fd, short what, void *arg)
{
	struct watcher *w = arg;

	(void)fd;
	(void)what;
	w->fn(w->arg);		/* may free w */
}

static void
watcher_init(struct watcher *w, struct loop *loop, int fd, short what,
    void (*fn)(void *), void *arg)
{
	w->fn = fn;
	w->arg = arg;
	w->event = event_new(loop->base, fd, what, on_event, w);
	check(w->event != NULL);
}

struct loop_timer *
loop_timer_new(struct loop *loop, void (*fn)(void *), void *arg)
{
	struct loop_timer *t;

	t = xcalloc(1, sizeof *t);
	watcher_init(&t->w, loop, -1, 0, fn, arg);
	return t;
}

void
loop_timer_arm(struct loop_timer *t, int64_t delay_ns)
{
	struct timeval tv;

	if (delay_ns < 0)
		delay_ns = 0;
	tv.tv_sec = (time_t)(delay_ns / 1000000000);
	tv.tv_usec = (suseconds_t)(delay_ns % 1000000000 / 1000);
	check(event_add(t->w.event, &tv) == 0);
}

void
loop_timer_cancel(struct loop_timer *t)
{
	event_del(t->w.event);
}

int
loop_timer_armed(const struct loop_timer *t)
{
	return event_pending(t->w.event, EV_TIMEOUT, NULL) != 0;
}

void
loop_timer_free(struct loop_timer *t)
{
	if (t == NULL)
		return;
	event_free(t->w.event);
	free(t);
}

struct loop_fd *
loop_fd_new(struct loop *loop, int fd, int what, void (*fn)(void *), void *arg)
{
	struct loop_fd *f;
	short ev = EV_PERSIST;

	if (what & LOOP_READ)
		ev |= EV_READ;
	if (what & LOOP_WRITE)
		ev |= EV_WRITE;
	f = xcalloc(1, sizeof *f);
	watcher_init(&f->w, loop, fd, ev, fn, arg);
	check(event_add(f->w.event, NULL) == 0);
	return f;
}

void
loop_fd_free(struct loop_fd *f)
{
	if (f == NULL)
		return;
	event_free(f->w.event);
	free(f);
}

struct loop_signal *
loop_signal_new(struct loop *loop, int signo, void (*fn)(void *), void *arg)
{
	struct loop_signal *s;

	s = xcalloc(1, sizeof *s);
	watcher_init(&s->w, loop, signo, EV_SIGNAL | EV_PERSIST, fn, arg);
	check(event_add(s->w.event, NULL) == 0);
	return s;
}

void
loop_signal_free(struct loop_signal *s)
{
	if (s == NULL)
		return;
	event_free(s->w.event);
	free(s);
}
