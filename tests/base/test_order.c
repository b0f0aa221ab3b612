/*
 * The ordered hand-over, the work queue and the worker pool.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/order.h"
#include "base/pool.h"

static int
readable(const struct order *o)
{
	struct pollfd p = { order_fd(o), POLLIN, 0 };

	return poll(&p, 1, 0) == 1;
}

static void
items_come_by_ticket_and_then_as_they_were_put(void **state)
{
	struct order *o = order_new(4);
	char item[8];

	(void)state;
	assert_null(order_take(o));
	assert_int_equal(order_put(o, 2, &item[5], 1), 0);
	assert_int_equal(order_put(o, 1, &item[3], 0), 0);
	assert_null(order_take(o));		/* ticket 0 has not spoken */
	assert_int_equal(order_put(o, 0, &item[0], 0), 0);
	assert_ptr_equal(order_take(o), &item[0]);
	assert_null(order_take(o));		/* and is not finished */
	assert_int_equal(order_put(o, 0, &item[1], 0), 0);
	assert_int_equal(order_put(o, 0, &item[2], 1), 0);
	assert_int_equal(order_put(o, 1, &item[4], 1), 0);
	assert_ptr_equal(order_take(o), &item[1]);
	assert_ptr_equal(order_take(o), &item[2]);
	assert_ptr_equal(order_take(o), &item[3]);
	assert_ptr_equal(order_take(o), &item[4]);
	assert_ptr_equal(order_take(o), &item[5]);
	assert_null(order_take(o));
	order_free(o);
	order_free(NULL);
}

static void
lanes_are_used_again_round_after_round(void **state)
{
	struct order *o = order_new(3);
	static char item[1000];
	uint64_t t;

	(void)state;
	for (t = 0; t < 999; t += 3) {
		order_put(o, t + 2, &item[t + 2], 1);
		order_put(o, t + 1, &item[t + 1], 1);
		order_put(o, t, &item[t], 1);
		assert_ptr_equal(order_take(o), &item[t]);
		assert_ptr_equal(order_take(o), &item[t + 1]);
		assert_ptr_equal(order_take(o), &item[t + 2]);
		assert_null(order_take(o));
	}
	order_free(o);
}

static void
descriptor_is_readable_while_there_is_an_item(void **state)
{
	struct order *o = order_new(2);
	char item[4];

	(void)state;
	assert_false(readable(o));
	order_put(o, 1, &item[2], 1);
	assert_false(readable(o));
	order_put(o, 0, &item[0], 0);
	assert_true(readable(o));
	order_put(o, 0, &item[1], 1);
	assert_true(readable(o));
	order_take(o);
	assert_true(readable(o));
	order_take(o);
	assert_true(readable(o));		/* ticket 1 was waiting */
	order_take(o);
	assert_false(readable(o));
	assert_null(order_take(o));
	assert_false(readable(o));
	order_free(o);
}

static void
waiting_ends_at_its_time_or_with_a_stop(void **state)
{
	struct order *o = order_new(1);
	char item;

	(void)state;
	assert_null(order_wait(o, 0));
	assert_null(order_wait(o, 1));
	order_put(o, 0, &item, 1);
	assert_ptr_equal(order_wait(o, -1), &item);
	order_put(o, 1, &item, 1);
	assert_ptr_equal(order_wait(o, 1999), &item);
	order_stop(o);
	assert_null(order_wait(o, -1));
	assert_int_equal(order_put(o, 2, &item, 1), -1);
	order_free(o);
}

static void
what_is_held_after_a_stop_can_be_drained(void **state)
{
	struct order *o = order_new(4);
	char item[8];

	(void)state;
	order_put(o, 1, &item[1], 0);
	order_put(o, 1, &item[2], 1);
	order_put(o, 3, &item[3], 0);
	order_put(o, 0, &item[0], 0);
	assert_null(order_drain(o));		/* not before a stop */
	order_stop(o);
	assert_ptr_equal(order_take(o), &item[0]);
	assert_null(order_take(o));		/* ticket 0 never ended */
	assert_ptr_equal(order_drain(o), &item[1]);
	assert_ptr_equal(order_drain(o), &item[2]);
	assert_ptr_equal(order_drain(o), &item[3]);
	assert_null(order_drain(o));
	assert_false(readable(o));
	order_free(o);
}

struct ahead {
	struct order	*order;
	uint64_t	 ticket;
	int		 puts, put;	/* to do, done (atomic) */
	int		 refused;
	char		*items;
};

static void *
put_all(void *arg)
{
	struct ahead *a = arg;
	int i;

	for (i = 0; i < a->puts; i++) {
		if (order_put(a->order, a->ticket, &a->items[i],
		    i == a->puts - 1) == -1) {
			a->refused++;
			continue;
		}
		__atomic_add_fetch(&a->put, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

static void
yield_until(const int *count, int want)
{
	int i;

	while (__atomic_load_n(count, __ATOMIC_SEQ_CST) < want)
		sched_yield();
	for (i = 0; i < 200; i++)	/* a chance to go too far */
		sched_yield();
}

static void
producers_ahead_of_their_turn_share_a_bound(void **state)
{
	static char items[3][50];
	struct order *o = order_new(2);
	struct ahead late = { o, 1, 50, 0, 0, items[1] };
	char first;
	pthread_t thread;
	int i;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, put_all, &late), 0);
	yield_until(&late.put, ORDER_AHEAD);
	assert_int_equal(__atomic_load_n(&late.put, __ATOMIC_SEQ_CST), ORDER_AHEAD);
	assert_null(order_take(o));
	assert_int_equal(order_put(o, 0, &first, 1), 0);
	assert_ptr_equal(order_wait(o, -1), &first);
	for (i = 0; i < 50; i++)
		assert_ptr_equal(order_wait(o, -1), &items[1][i]);
	pthread_join(thread, NULL);
	assert_int_equal(late.put, 50);
	order_free(o);
}

static void
producer_beyond_the_window_waits_for_it(void **state)
{
	static char items[2];
	struct order *o = order_new(2);
	struct ahead far = { o, 2, 1, 0, 0, items };
	char one[2];
	pthread_t thread;
	int i;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, put_all, &far), 0);
	for (i = 0; i < 200; i++)
		sched_yield();
	assert_int_equal(__atomic_load_n(&far.put, __ATOMIC_SEQ_CST), 0);
	order_put(o, 0, &one[0], 1);
	order_put(o, 1, &one[1], 1);
	assert_ptr_equal(order_wait(o, -1), &one[0]);
	assert_ptr_equal(order_wait(o, -1), &one[1]);
	assert_ptr_equal(order_wait(o, -1), &items[0]);
	pthread_join(thread, NULL);
	order_free(o);
}

static void
stop_frees_producers_that_are_blocked(void **state)
{
	static char items[2][60];
	struct order *o = order_new(2);
	struct ahead a = { o, 0, 60, 0, 0, items[0] };
	struct ahead b = { o, 1, 60, 0, 0, items[1] };
	pthread_t one, two;
	int n = 0;

	(void)state;
	assert_int_equal(pthread_create(&one, NULL, put_all, &a), 0);
	yield_until(&a.put, ORDER_CREDIT);
	assert_int_equal(pthread_create(&two, NULL, put_all, &b), 0);
	yield_until(&b.put, ORDER_AHEAD - ORDER_CREDIT);
	order_stop(o);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	assert_int_equal(a.refused, 60 - ORDER_CREDIT);
	assert_int_equal(b.refused, 60 - (ORDER_AHEAD - ORDER_CREDIT));
	while (order_take(o) != NULL)
		n++;
	while (order_drain(o) != NULL)
		n++;
	assert_int_equal(n, ORDER_AHEAD);	/* nothing lost, nothing twice */
	order_free(o);
}

/* Jobs are tickets; a worker puts as many items as the ticket says. */
struct said {
	uint64_t	 ticket;
	unsigned	 number;
	int		 last;
};

struct talker {
	struct order	*order;
	unsigned	 jobs;
};

static unsigned
items_of(uint64_t ticket)
{
	return (unsigned)(ticket * 2654435761u >> 7) % 13 + 1;
}

static void
talk(void *arg, void *item)
{
	struct talker *t = arg;
	uint64_t ticket = *(uint64_t *)item;
	unsigned i, n = items_of(ticket);
	struct said *s;

	t->jobs++;
	for (i = 0; i < n; i++) {
		s = malloc(sizeof *s);
		s->ticket = ticket;
		s->number = i;
		s->last = i == n - 1;
		if (order_put(t->order, ticket, s, s->last) == -1)
			free(s);
		if (ticket % 5 == 0)
			sched_yield();
	}
	free(item);
}

/* The daemon's shape: tickets into a pool, items out of an order, one thread for both. */
static void
run_workers(unsigned threads, size_t window, uint64_t tickets, int by_descriptor)
{
	struct order *o = order_new(window);
	struct talker talkers[8] = { { 0 } };
	void *states[8];
	uint64_t given = 0, done = 0, *job, jobs = 0;
	unsigned number = 0, i;
	struct pool *pool;
	struct said *s;

	for (i = 0; i < threads; i++) {
		talkers[i].order = o;
		states[i] = &talkers[i];
	}
	pool = pool_new(threads, window, talk, states);
	while (done < tickets) {
		while (given < tickets && given < done + window) {
			job = malloc(sizeof *job);
			*job = given++;
			assert_int_equal(pool_push(pool, job), 0);
		}
		if (by_descriptor) {
			struct pollfd p = { order_fd(o), POLLIN, 0 };

			assert_int_equal(poll(&p, 1, 20000), 1);
			s = order_take(o);
		} else {
			s = order_wait(o, -1);
		}
		assert_non_null(s);
		assert_int_equal(s->ticket, done);
		assert_int_equal(s->number, number);
		number++;
		if (s->last) {
			assert_int_equal(number, items_of(done));
			number = 0;
			done++;
		}
		free(s);
	}
	assert_null(order_take(o));
	assert_int_equal(pool_waiting(pool), 0);
	pool_free(pool);
	for (i = 0; i < threads; i++)
		jobs += talkers[i].jobs;
	assert_int_equal(jobs, tickets);
	order_free(o);
}

static void
workers_are_heard_in_the_order_of_their_tickets(void **state)
{
	(void)state;
	run_workers(1, 1, 500, 0);
	run_workers(4, 1, 500, 0);
	run_workers(2, 3, 5000, 0);
	run_workers(4, 8, 5000, 0);
	run_workers(8, 64, 5000, 0);
	run_workers(4, 8, 5000, 1);
}

static void
queue_is_first_in_first_out_and_bounded(void **state)
{
	struct queue *q = queue_new(3);
	char item[200];
	int i, round;

	(void)state;
	for (round = 0; round < 20; round++) {
		for (i = 0; i < 3; i++)
			assert_int_equal(queue_push(q, &item[i]), 0);
		assert_int_equal(queue_push(q, &item[3]), -1);
		assert_int_equal(queue_len(q), 3);
		assert_ptr_equal(queue_pop(q), &item[0]);
		assert_int_equal(queue_push(q, &item[3]), 0);
		for (i = 1; i < 4; i++)
			assert_ptr_equal(queue_pop(q), &item[i]);
		assert_int_equal(queue_len(q), 0);
	}
	queue_push(q, &item[0]);
	queue_close(q);
	assert_int_equal(queue_push(q, &item[1]), -1);
	assert_ptr_equal(queue_pop(q), &item[0]);	/* what was there still comes */
	assert_null(queue_pop(q));
	assert_null(queue_pop(q));
	queue_free(q);
	queue_free(NULL);
}

struct sums {
	struct queue	*q;
	uint64_t	 sum, n;
};

static void *
add_up(void *arg)
{
	struct sums *s = arg;
	uint64_t *item;

	while ((item = queue_pop(s->q)) != NULL) {
		s->sum += *item;
		s->n++;
	}
	return NULL;
}

static void *
give_out(void *arg)
{
	static const uint64_t ones[3] = { 1, 10, 100 };
	struct queue *q = arg;
	unsigned i;

	for (i = 0; i < 3000; i++)
		while (queue_push(q, (void *)(uintptr_t)&ones[i % 3]) == -1)
			sched_yield();
	return NULL;
}

static void
queue_loses_and_doubles_nothing_between_threads(void **state)
{
	struct queue *q = queue_new(5);
	struct sums sums[3] = { { q, 0, 0 }, { q, 0, 0 }, { q, 0, 0 } };
	pthread_t takers[3], givers[3];
	int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_int_equal(pthread_create(&takers[i], NULL, add_up,
		    &sums[i]), 0);
		assert_int_equal(pthread_create(&givers[i], NULL, give_out, q), 0);
	}
	for (i = 0; i < 3; i++)
		pthread_join(givers[i], NULL);
	queue_close(q);
	for (i = 0; i < 3; i++)
		pthread_join(takers[i], NULL);
	assert_int_equal(sums[0].n + sums[1].n + sums[2].n, 9000);
	assert_int_equal(sums[0].sum + sums[1].sum + sums[2].sum, 3 * 1000 * 111);
	queue_free(q);
}

struct gate {
	int	 open, begun, done;
	int	 signals_open;		/* workers that would take a signal */
};

static void
pass_gate(void *arg, void *item)
{
	struct gate *g = arg;
	sigset_t now;

	(void)item;
	pthread_sigmask(SIG_SETMASK, NULL, &now);
	if (!sigismember(&now, SIGTERM) || !sigismember(&now, SIGCHLD))
		__atomic_add_fetch(&g->signals_open, 1, __ATOMIC_SEQ_CST);
	__atomic_add_fetch(&g->begun, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n(&g->open, __ATOMIC_SEQ_CST))
		sched_yield();
	__atomic_add_fetch(&g->done, 1, __ATOMIC_SEQ_CST);
}

static void
pool_refuses_when_full_and_finishes_what_it_took(void **state)
{
	struct gate g = { 0 };
	void *states[2] = { &g, &g };
	struct pool *pool = pool_new(2, 3, pass_gate, states);
	sigset_t now;
	char item;
	int i;

	(void)state;
	for (i = 0; i < 2; i++)
		assert_int_equal(pool_push(pool, &item), 0);
	yield_until(&g.begun, 2);
	for (i = 0; i < 3; i++)
		assert_int_equal(pool_push(pool, &item), 0);
	assert_int_equal(pool_push(pool, &item), -1);
	assert_int_equal(pool_waiting(pool), 3);
	assert_int_equal(__atomic_load_n(&g.begun, __ATOMIC_SEQ_CST), 2);
	__atomic_store_n(&g.open, 1, __ATOMIC_SEQ_CST);
	pool_free(pool);
	assert_int_equal(g.done, 5);
	assert_int_equal(g.signals_open, 0);
	/* the caller's own mask came back */
	pthread_sigmask(SIG_SETMASK, NULL, &now);
	assert_false(sigismember(&now, SIGTERM));
	pool_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(items_come_by_ticket_and_then_as_they_were_put),
		cmocka_unit_test(lanes_are_used_again_round_after_round),
		cmocka_unit_test(descriptor_is_readable_while_there_is_an_item),
		cmocka_unit_test(waiting_ends_at_its_time_or_with_a_stop),
		cmocka_unit_test(what_is_held_after_a_stop_can_be_drained),
		cmocka_unit_test(producers_ahead_of_their_turn_share_a_bound),
		cmocka_unit_test(producer_beyond_the_window_waits_for_it),
		cmocka_unit_test(stop_frees_producers_that_are_blocked),
		cmocka_unit_test(workers_are_heard_in_the_order_of_their_tickets),
		cmocka_unit_test(queue_is_first_in_first_out_and_bounded),
		cmocka_unit_test(queue_loses_and_doubles_nothing_between_threads),
		cmocka_unit_test(pool_refuses_when_full_and_finishes_what_it_took),
	};

	alarm(120);		/* a deadlock is a failure, not a wait */
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
