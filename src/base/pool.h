/*
 * Worker threads that share one queue: each item meets fn once, on one of them.
 */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include <stddef.h>

struct pool;
/*
 * Starts n threads with all signals blocked. queue_max bounds the items waiting.
 * state[i] is handed to fn as its own (a worker's scratch); borrowed.
 */
struct pool *pool_new(unsigned n, size_t queue_max,
	    void (*fn)(void *state, void *item), void *const *state);
/* Takes item; on -1 (full) it is still the caller's. */
int	 pool_push(struct pool *, void *item);
size_t	 pool_waiting(struct pool *);	/* items not yet begun */
/* Lets the workers finish what is queued, joins them, frees. */
void	 pool_free(struct pool *);

#endif
