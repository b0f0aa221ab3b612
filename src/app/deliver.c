/*
 * Outbox to outputs. See deliver.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/deliver.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "io/crypto.h"

#define SEND_MAX 256			/* deliveries in one send */
#define BACKOFF_FIRST_NS (1 * NS_PER_SEC)
#define BACKOFF_MAX_NS (300 * NS_PER_SEC)

enum lane_state { LANE_IDLE, LANE_SENDING, LANE_WAITING };

struct lane {			/* one output's */
	struct deliver		*deliver;
	struct output		*output;
	enum lane_state		 state;
	struct loop_timer	*timer;
	struct delivery		 batch[SEND_MAX];
	size_t			 n;
	unsigned		 tries;
	int64_t			 next_try;
	char			 problem[ERR_MSG_MAX];
};

struct deliver {
	struct deliver_host	 host;
	struct lane		*lanes;
	size_t			 n;
	int			 stopped;
};

static void	lane_go(struct lane *);

int64_t
deliver_backoff(unsigned tries, uint32_t random)
{
	int64_t most = BACKOFF_FIRST_NS;

	while (tries-- > 1 && most < BACKOFF_MAX_NS)
		most *= 2;
	if (most > BACKOFF_MAX_NS)
		most = BACKOFF_MAX_NS;
	return most / 10 + (int64_t)((double)(most - most / 10) * random /
	    4294967296.0);
}

static void
batch_clear(struct lane *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		delivery_clear(&l->batch[i]);
	l->n = 0;
}

static void
on_timer(void *arg)
{
	struct lane *l = arg;

	if (l->state != LANE_WAITING)
		return;
	l->state = LANE_IDLE;
	lane_go(l);
}

/* Writes the batch's fate in one transaction. */
static int
lane_commit(struct lane *l, enum fate fate, int64_t due, const char *why,
    struct err *e)
{
	struct store *store = l->deliver->host.store;
	int64_t now = clock_wall(), mark;
	int rc = 0;
	size_t i;

	if (store_begin(store, e) == -1)
		return -1;
	for (i = 0; i < l->n && rc == 0; i++) {
		switch (fate) {
		case FATE_SENT:
			rc = store_delivery_sent(store, l->batch[i].number, now, e);
			break;
		case FATE_RETRY:
			rc = store_delivery_retry(store, l->batch[i].number,
			    l->batch[i].tries + 1, due, why, e);
			break;
		case FATE_REFUSED:
			rc = store_delivery_refused(store, l->batch[i].number, now,
			    why, e);
			break;
		}
	}
	if (rc == 0 && fate == FATE_SENT && (mark = output_mark(l->output)) >= 0)
		rc = store_mark_put(store, output_name(l->output), mark, e);
	if (rc == -1) {
		store_rollback(store);
		return -1;
	}
	return store_commit(store, e);
}

static void
lane_wait(struct lane *l, int64_t delay)
{
	l->state = LANE_WAITING;
	l->next_try = clock_wall() + delay;
	loop_timer_arm(l->timer, delay);
}

static void
on_sent(void *arg, enum fate fate, int64_t retry_after_ns, const char *why)
{
	struct lane *l = arg;
	int64_t delay = 0;
	uint32_t random;
	struct err e;

	if (fate == FATE_RETRY) {
		crypto_random(&random, sizeof random);
		l->tries = l->batch[0].tries + 1;
		delay = retry_after_ns >= 0 ? retry_after_ns :
		    deliver_backoff(l->tries, random);
		snprintf(l->problem, sizeof l->problem, "%s", why);
		log_warning("output", "%s (%s): %s; trying again in %.1fs (try %u)",
		    output_name(l->output), output_address(l->output), why,
		    (double)delay / NS_PER_SEC, l->tries + 1);
	} else if (fate == FATE_REFUSED) {
		snprintf(l->problem, sizeof l->problem, "%s", why);
		log_error("output", "%s (%s) refused alert %s: %s; it is kept as "
		    "refused and the next one goes out", output_name(l->output),
		    output_address(l->output), l->batch[0].alert_id, why);
		l->tries = 0;
	} else {
		if (l->tries > 0)
			log_info("output", "%s (%s) takes alerts again",
			    output_name(l->output), output_address(l->output));
		l->tries = 0;
		l->problem[0] = '\0';
	}
	if (lane_commit(l, fate, clock_wall() + delay, why, &e) == -1) {
		l->deliver->host.fatal(l->deliver->host.arg, &e);
		return;
	}
	batch_clear(l);
	l->state = LANE_IDLE;
	if (fate == FATE_RETRY)
		lane_wait(l, delay);
	else
		lane_go(l);
}

static void
lane_go(struct lane *l)
{
	struct output_message m[SEND_MAX];
	size_t many = output_many(l->output), i;
	int64_t now = clock_wall();
	struct err e;
	int n;

	if (l->state != LANE_IDLE || l->deliver->stopped)
		return;
	n = store_delivery_many(l->deliver->host.store, output_name(l->output),
	    l->batch, many < SEND_MAX ? many : SEND_MAX, &e);
	if (n == -1) {
		l->deliver->host.fatal(l->deliver->host.arg, &e);
		return;
	}
	l->n = (size_t)n;
	l->next_try = 0;
	if (n == 0)
		return;
	if (l->batch[0].due > now) {		/* after a restart, say */
		int64_t delay = l->batch[0].due - now;

		l->tries = l->batch[0].tries;
		batch_clear(l);
		/* a clock that stepped back must not hold alerts for long */
		lane_wait(l, delay < 3600 * NS_PER_SEC ? delay :
		    3600 * NS_PER_SEC);
		return;
	}
	for (i = 0; i < l->n; i++)
		m[i] = (struct output_message){ l->batch[i].id, l->batch[i].json,
		    l->batch[i].len, now };
	l->state = LANE_SENDING;
	output_send(l->output, m, l->n, on_sent, l);
}

struct deliver *
deliver_new(struct output *const *outputs, size_t n,
    const struct deliver_host *host)
{
	struct deliver *d = xcalloc(1, sizeof *d);
	size_t i;

	d->host = *host;
	d->lanes = xcalloc(n, sizeof *d->lanes);
	d->n = n;
	for (i = 0; i < n; i++) {
		d->lanes[i].deliver = d;
		d->lanes[i].output = outputs[i];
		d->lanes[i].timer = loop_timer_new(host->loop, on_timer,
		    &d->lanes[i]);
	}
	return d;
}

void
deliver_free(struct deliver *d)
{
	size_t i;

	if (d == NULL)
		return;
	for (i = 0; i < d->n; i++) {
		loop_timer_free(d->lanes[i].timer);
		batch_clear(&d->lanes[i]);
	}
	free(d->lanes);
	free(d);
}

void
deliver_kick(struct deliver *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		lane_go(&d->lanes[i]);
}

void
deliver_stop(struct deliver *d)
{
	d->stopped = 1;
}

int
deliver_busy(const struct deliver *d)
{
	size_t i;

	for (i = 0; i < d->n; i++)
		if (d->lanes[i].state == LANE_SENDING)
			return 1;
	return 0;
}

void
deliver_state(const struct deliver *d, size_t i, struct deliver_state *s)
{
	const struct lane *l = &d->lanes[i];

	memset(s, 0, sizeof *s);
	s->sending = l->state == LANE_SENDING;
	s->tries = l->tries;
	s->next_try = l->next_try;
	snprintf(s->problem, sizeof s->problem, "%s", l->problem);
}
