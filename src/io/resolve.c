/*
 * A lookup is a thread that ends with one byte into a pipe. It cannot be interrupted,
 * so it holds its own share of what it works on; whoever lets go last frees that.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "io/resolve.h"

/* Shared with the thread. What it found may be read after the byte has come. */
struct lookup {
	char		*host, port[8];
	int		 fds[2];	/* the thread writes to [1] */
	int		 holders;	/* atomic: the resolver, the thread */
	struct resolve_address found[RESOLVE_MAX];
	size_t		 n;
	char		 error[160];
};

struct resolver {
	struct loop	*loop;
	char		*host;
	uint16_t	 port;
	struct lookup	*lookup;	/* under way, maybe with nobody waiting */
	struct loop_fd	*readable;
	struct loop_timer *done;	/* tells what needs no thread */
	resolve_fn	*fn;		/* NULL: nobody waits */
	void		*arg;
};

static void	on_done(void *);
static void	on_readable(void *);

struct resolver *
resolver_new(struct loop *loop, const char *host, uint16_t port)
{
	struct resolver *r = xcalloc(1, sizeof *r);

	r->loop = loop;
	r->host = xstrdup(host);
	r->port = port;
	r->done = loop_timer_new(loop, on_done, r);
	return r;
}

static void
lookup_release(struct lookup *l)
{
	if (__atomic_sub_fetch(&l->holders, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	if (l->fds[0] != -1)
		close(l->fds[0]);
	if (l->fds[1] != -1)
		close(l->fds[1]);
	free(l->host);
	free(l);
}

static void
lookup_forget(struct resolver *r)
{
	loop_fd_free(r->readable);
	r->readable = NULL;
	if (r->lookup)
		lookup_release(r->lookup);
	r->lookup = NULL;
}

void
resolver_cancel(struct resolver *r)
{
	r->fn = NULL;		/* a thread goes on; its answer may yet serve */
	loop_timer_cancel(r->done);
}

void
resolver_free(struct resolver *r)
{
	if (r == NULL)
		return;
	lookup_forget(r);
	loop_timer_free(r->done);
	free(r->host);
	free(r);
}

/* Any thread. Returns 0 or getaddrinfo()'s error. */
static int
lookup_run(struct lookup *l, int flags)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC,
	    .ai_socktype = SOCK_STREAM, .ai_flags = flags };
	struct addrinfo *list = NULL, *ai;
	int rc = getaddrinfo(l->host, l->port, &hints, &list);

	if (rc != 0) {
		snprintf(l->error, sizeof l->error, "%s",
		    rc == EAI_SYSTEM ? strerror(errno) : gai_strerror(rc));
		return rc;
	}
	for (ai = list; ai && l->n < RESOLVE_MAX; ai = ai->ai_next) {
		if (ai->ai_addrlen > sizeof l->found[0].addr)
			continue;
		memcpy(&l->found[l->n].addr, ai->ai_addr, ai->ai_addrlen);
		l->found[l->n++].len = ai->ai_addrlen;
	}
	freeaddrinfo(list);
	return 0;
}

static void *
lookup_thread(void *arg)
{
	struct lookup *l = arg;
	ssize_t n;

	lookup_run(l, 0);
	do
		n = write(l->fds[1], "", 1);
	while (n == -1 && errno == EINTR);
	lookup_release(l);
	return NULL;
}

/* 0, or -1 with the error in l. */
static int
lookup_start(struct lookup *l)
{
	sigset_t all, before;
	pthread_attr_t attr;
	pthread_t thread;
	int rc;

	if (pipe2(l->fds, O_CLOEXEC | O_NONBLOCK) == -1) {
		snprintf(l->error, sizeof l->error, "pipe: %s", strerror(errno));
		return -1;
	}
	sigfillset(&all);	/* signals are the loop's */
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	l->holders++;
	rc = pthread_create(&thread, &attr, lookup_thread, l);
	if (rc != 0) {
		l->holders--;
		snprintf(l->error, sizeof l->error, "thread: %s", strerror(rc));
	}
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0 ? 0 : -1;
}

void
resolver_ask(struct resolver *r, resolve_fn *fn, void *arg)
{
	struct lookup *l;

	assert(r->fn == NULL);
	r->fn = fn;
	r->arg = arg;
	if (r->readable)
		return;		/* the thread of a question that was cancelled */
	lookup_forget(r);
	l = r->lookup = xcalloc(1, sizeof *l);
	l->host = xstrdup(r->host);
	snprintf(l->port, sizeof l->port, "%u", (unsigned)r->port);
	l->fds[0] = l->fds[1] = -1;
	l->holders = 1;
	/* Addresses need no thread. */
	if (lookup_run(l, AI_NUMERICHOST | AI_NUMERICSERV) != 0 &&
	    lookup_start(l) == 0) {
		r->readable = loop_fd_new(r->loop, l->fds[0], LOOP_READ,
		    on_readable, r);
		return;
	}
	loop_timer_arm(r->done, 0);
}

static void
tell(struct resolver *r)
{
	struct lookup *l = r->lookup;
	resolve_fn *fn = r->fn;

	r->lookup = NULL;	/* fn may ask again, or free r */
	r->fn = NULL;
	if (fn)
		fn(r->arg, l->found, l->n, l->n ? NULL : l->error);
	lookup_release(l);
}

static void
on_done(void *arg)
{
	tell(arg);
}

static void
on_readable(void *arg)
{
	struct resolver *r = arg;
	char byte;

	if (read(r->lookup->fds[0], &byte, 1) != 1)
		return;
	loop_fd_free(r->readable);
	r->readable = NULL;
	tell(r);
}
