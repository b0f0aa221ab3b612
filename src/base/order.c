/*
 * Ordered hand-over and the work queue. See order.h.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/order.h"

#define LANE_MAX (ORDER_AHEAD + ORDER_CREDIT)

struct lane {			/* one ticket's items, oldest first */
	void	*items[LANE_MAX];
	size_t	 n;
	int	 last;		/* no more will come */
};

struct order {
	pthread_mutex_t	 lock;
	pthread_cond_t	 room, ready;
	struct lane	*lanes;
	size_t		 window;
	uint64_t	 head;		/* the ticket whose turn it is */
	size_t		 held;		/* items of all lanes */
	int		 fd, signalled, stopped;
};

struct order *
order_new(size_t window)
{
	struct order *o = xcalloc(1, sizeof *o);
	pthread_condattr_t attr;

	o->window = window ? window : 1;
	o->lanes = xcalloc(o->window, sizeof *o->lanes);
	o->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (o->fd == -1) {
		fputs("bucketwatch: cannot make an eventfd\n", stderr);
		abort();
	}
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->room, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&o->ready, &attr);
	pthread_condattr_destroy(&attr);
	return o;
}

void
order_free(struct order *o)
{
	if (o == NULL)
		return;
	close(o->fd);
	pthread_mutex_destroy(&o->lock);
	pthread_cond_destroy(&o->room);
	pthread_cond_destroy(&o->ready);
	free(o->lanes);
	free(o);
}

int
order_fd(const struct order *o)
{
	return o->fd;
}

static int
head_has_item(const struct order *o)
{
	return o->lanes[o->head % o->window].n > 0;
}

/* The eventfd is readable exactly while the head has an item. Lock held. */
static void
show(struct order *o)
{
	int want = head_has_item(o);
	uint64_t one = 1;
	ssize_t n = 0;

	if (want == o->signalled)
		return;
	if (want)
		n = write(o->fd, &one, sizeof one);
	else
		n = read(o->fd, &one, sizeof one);
	(void)n;
	o->signalled = want;
	if (want)
		pthread_cond_signal(&o->ready);
}

/* Whether ticket may have one more item. Lock held. */
static int
has_room(const struct order *o, uint64_t ticket)
{
	const struct lane *lane = &o->lanes[ticket % o->window];

	/* A lane is free for its ticket as soon as the window has come near. */
	if (ticket >= o->head + o->window)
		return 0;
	if (ticket == o->head)
		return lane->n < ORDER_CREDIT;
	return lane->n == 0 || (o->held < ORDER_AHEAD && lane->n < LANE_MAX);
}

int
order_put(struct order *o, uint64_t ticket, void *item, int last)
{
	struct lane *lane = &o->lanes[ticket % o->window];
	int rc = -1;

	pthread_mutex_lock(&o->lock);
	while (!o->stopped && !has_room(o, ticket))
		pthread_cond_wait(&o->room, &o->lock);
	if (!o->stopped) {
		lane->items[lane->n++] = item;
		o->held++;
		lane->last = last;
		show(o);
		rc = 0;
	}
	pthread_mutex_unlock(&o->lock);
	return rc;
}

static void *
take(struct order *o)
{
	struct lane *lane = &o->lanes[o->head % o->window];
	void *item;

	if (lane->n == 0)
		return NULL;
	item = lane->items[0];
	memmove(lane->items, lane->items + 1, --lane->n * sizeof *lane->items);
	o->held--;
	if (lane->n == 0 && lane->last) {
		lane->last = 0;
		o->head++;
	}
	show(o);
	pthread_cond_broadcast(&o->room);
	return item;
}

void *
order_take(struct order *o)
{
	void *item;

	pthread_mutex_lock(&o->lock);
	item = take(o);
	pthread_mutex_unlock(&o->lock);
	return item;
}

void *
order_wait(struct order *o, int timeout_ms)
{
	struct timespec until;
	void *item;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += timeout_ms % 1000 * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_sec++;
		until.tv_nsec -= 1000000000L;
	}
	pthread_mutex_lock(&o->lock);
	while (!head_has_item(o) && !o->stopped) {
		if (timeout_ms < 0)
			pthread_cond_wait(&o->ready, &o->lock);
		else if (pthread_cond_timedwait(&o->ready, &o->lock, &until) != 0)
			break;
	}
	item = take(o);
	pthread_mutex_unlock(&o->lock);
	return item;
}

void
order_stop(struct order *o)
{
	pthread_mutex_lock(&o->lock);
	o->stopped = 1;
	pthread_cond_broadcast(&o->room);
	pthread_cond_broadcast(&o->ready);
	pthread_mutex_unlock(&o->lock);
}

void *
order_drain(struct order *o)
{
	void *item = NULL;
	struct lane *lane;
	size_t i;

	pthread_mutex_lock(&o->lock);
	for (i = 0; o->stopped && i < o->window && item == NULL; i++) {
		lane = &o->lanes[(o->head + i) % o->window];
		if (lane->n == 0)
			continue;
		item = lane->items[0];
		memmove(lane->items, lane->items + 1,
		    --lane->n * sizeof *lane->items);
		o->held--;
	}
	show(o);
	pthread_mutex_unlock(&o->lock);
	return item;
}

struct queue {
	pthread_mutex_t	 lock;
	pthread_cond_t	 ready;
	void		**items;
	size_t		 max, first, n;
	int		 closed;
};

struct queue *
queue_new(size_t max)
{
	struct queue *q = xcalloc(1, sizeof *q);

	q->max = max ? max : 1;
	q->items = xcalloc(q->max, sizeof *q->items);
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->ready, NULL);
	return q;
}

void
queue_free(struct queue *q)
{
	if (q == NULL)
		return;
	pthread_mutex_destroy(&q->lock);
	pthread_cond_destroy(&q->ready);
	free(q->items);
	free(q);
}

int
queue_push(struct queue *q, void *item)
{
	int rc = -1;

	pthread_mutex_lock(&q->lock);
	if (!q->closed && q->n < q->max) {
		q->items[(q->first + q->n++) % q->max] = item;
		pthread_cond_signal(&q->ready);
		rc = 0;
	}
	pthread_mutex_unlock(&q->lock);
	return rc;
}

void *
queue_pop(struct queue *q)
{
	void *item = NULL;

	pthread_mutex_lock(&q->lock);
	while (q->n == 0 && !q->closed)
		pthread_cond_wait(&q->ready, &q->lock);
	if (q->n > 0) {
		item = q->items[q->first];
		q->first = (q->first + 1) % q->max;
		q->n--;
	}
	pthread_mutex_unlock(&q->lock);
	return item;
}

void
queue_close(struct queue *q)
{
	pthread_mutex_lock(&q->lock);
	q->closed = 1;
	pthread_cond_broadcast(&q->ready);
	pthread_mutex_unlock(&q->lock);
}

size_t
queue_len(struct queue *q)
{
	size_t n;

	pthread_mutex_lock(&q->lock);
	n = q->n;
	pthread_mutex_unlock(&q->lock);
	return n;
}
