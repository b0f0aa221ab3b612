/*
 * Worker threads, objects in, parts out in order. See crew.h.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/crew.h"
#include "base/clock.h"
#include "base/order.h"
#include "base/pool.h"

#define WINDOW_PER_THREAD 8
#define KEEP_BYTES (8 * 1024 * 1024)

struct hand {			/* one thread's own */
	struct crew	*crew;
	struct worker	*worker;
};

struct job {
	struct object	*object;
	uint64_t	 ticket;
};

struct crew {
	struct hand	*hands;
	unsigned	 threads;
	struct pool	*pool;
	struct order	*order;
	size_t		 window, busy;
	uint64_t	 next_ticket;
	int		 stopping;	/* set before the order is stopped */
};

struct speaker {
	struct order	*order;
	uint64_t	 ticket;
};

static int
on_part(void *arg, struct part *part)
{
	struct speaker *s = arg;

	return order_put(s->order, s->ticket, part, part->end != PART_MORE);
}

static void
on_job(void *state, void *item)
{
	struct hand *hand = state;
	struct job *job = item;
	struct speaker s = { hand->crew->order, job->ticket };

	if (__atomic_load_n(&hand->crew->stopping, __ATOMIC_ACQUIRE) ||
	    worker_run(hand->worker, job->object, on_part, &s) == -1)
		object_free(job->object);
	free(job);
}

struct crew *
crew_new(const struct worker_options *o, unsigned threads)
{
	struct crew *c = xcalloc(1, sizeof *c);
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	void **states;
	unsigned i;

	/* Parts are made and freed by the thousand: their memory is to be kept, not
	   given back to the kernel and zeroed again each time. */
	mallopt(M_TRIM_THRESHOLD, KEEP_BYTES);
	mallopt(M_MMAP_THRESHOLD, KEEP_BYTES);
	c->threads = threads ? threads : cores > 0 ? (unsigned)cores : 1;
	c->window = (size_t)c->threads * WINDOW_PER_THREAD;
	c->order = order_new(c->window);
	c->hands = xcalloc(c->threads, sizeof *c->hands);
	states = xcalloc(c->threads, sizeof *states);
	for (i = 0; i < c->threads; i++) {
		c->hands[i].crew = c;
		c->hands[i].worker = worker_new(o);
		states[i] = &c->hands[i];
	}
	c->pool = pool_new(c->threads, c->window, on_job, states);
	free(states);
	return c;
}

void
crew_free(struct crew *c)
{
	struct part *part;
	unsigned i;

	if (c == NULL)
		return;
	__atomic_store_n(&c->stopping, 1, __ATOMIC_RELEASE);
	order_stop(c->order);
	pool_free(c->pool);
	while ((part = order_drain(c->order)) != NULL) {
		if (part->end != PART_MORE)
			object_free(part->object);
		part_free(part);
	}
	order_free(c->order);
	for (i = 0; i < c->threads; i++)
		worker_free(c->hands[i].worker);
	free(c->hands);
	free(c);
}

int
crew_push(struct crew *c, struct object *object)
{
	struct job *job;

	if (c->busy >= c->window)
		return -1;
	job = xmalloc(sizeof *job);
	job->object = object;
	object->read_at = clock_wall();
	job->ticket = c->next_ticket;
	if (pool_push(c->pool, job) == -1) {
		free(job);
		return -1;
	}
	c->next_ticket++;
	c->busy++;
	return 0;
}

size_t
crew_busy(const struct crew *c)
{
	return c->busy;
}

int
crew_fd(const struct crew *c)
{
	return order_fd(c->order);
}

static struct part *
taken(struct crew *c, struct part *part)
{
	if (part != NULL && part->end != PART_MORE)
		c->busy--;
	return part;
}

struct part *
crew_take(struct crew *c)
{
	return taken(c, order_take(c->order));
}

struct part *
crew_wait(struct crew *c, int timeout_ms)
{
	return taken(c, order_wait(c->order, timeout_ms));
}

unsigned
crew_threads(const struct crew *c)
{
	return c->threads;
}
