/*
 * Delivery: takes what waits in the outbox to the outputs, in order per output, and
 * writes down what became of it. Outputs never wait for one another. Loop thread.
 *
 * Promise: each alert is in the outbox exactly once and on the wire at least once, always
 * under the same ids. Retries wait 1 s, 2 s, 4 s ... 5 min, with full jitter, or what
 * the receiver asked for.
 */
#ifndef APP_DELIVER_H
#define APP_DELIVER_H

#include <stdint.h>

#include "io/loop.h"
#include "output/output.h"
#include "store/store.h"

struct deliver_host {
	struct loop	*loop;
	struct store	*store;
	void		*arg;
	void		(*fatal)(void *arg, const struct err *);
};

struct deliver;
/* outputs: n of them, borrowed, started. */
struct deliver *deliver_new(struct output *const *outputs, size_t n,
	    const struct deliver_host *);
void	 deliver_free(struct deliver *);
/* There may be something new in the outbox. */
void	 deliver_kick(struct deliver *);
/* Nothing more is begun; what is being sent is waited for. */
void	 deliver_stop(struct deliver *);
/* 1 while something is being sent, or is due and will be. */
int	 deliver_busy(const struct deliver *);

struct deliver_state {
	int		 sending;
	unsigned	 tries;		/* of the one that is stuck; 0 when well */
	int64_t		 next_try;	/* wall clock, 0: none is waited for */
	char		 problem[ERR_MSG_MAX];	/* "" when well */
};
void	 deliver_state(const struct deliver *, size_t output,
	    struct deliver_state *);

/* The wait before try number tries (1 ..), by full jitter over random 32 bits. */
int64_t	 deliver_backoff(unsigned tries, uint32_t random);

#endif
