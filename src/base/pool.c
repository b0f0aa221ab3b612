/*
 * Worker threads over one queue. See pool.h.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"
#include "base/pool.h"

struct worker {
	struct pool	*pool;
	void		*state;
	pthread_t	 thread;
};

struct pool {
	struct queue	*queue;
	struct worker	*workers;
	unsigned	 n;
	void		(*fn)(void *, void *);
};

static void *
work(void *arg)
{
	struct worker *w = arg;
	void *item;

	while ((item = queue_pop(w->pool->queue)) != NULL)
		w->pool->fn(w->state, item);
	return NULL;
}

struct pool *
pool_new(unsigned n, size_t queue_max, void (*fn)(void *, void *),
    void *const *state)
{
	struct pool *p = xcalloc(1, sizeof *p);
	sigset_t all, before;
	unsigned i;

	p->queue = queue_new(queue_max);
	p->workers = xcalloc(n, sizeof *p->workers);
	p->fn = fn;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);	/* signals are the loop's */
	for (i = 0; i < n; i++) {
		p->workers[i].pool = p;
		p->workers[i].state = state[i];
		if (pthread_create(&p->workers[i].thread, NULL, work,
		    &p->workers[i]) != 0) {
			fputs("bucketwatch: cannot start a thread\n", stderr);
			abort();
		}
		p->n++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return p;
}

int
pool_push(struct pool *p, void *item)
{
	return queue_push(p->queue, item);
}

size_t
pool_waiting(struct pool *p)
{
	return queue_len(p->queue);
}

void
pool_free(struct pool *p)
{
	unsigned i;

	if (p == NULL)
		return;
	queue_close(p->queue);
	for (i = 0; i < p->n; i++)
		pthread_join(p->workers[i].thread, NULL);
	queue_free(p->queue);
	free(p->workers);
	free(p);
}
