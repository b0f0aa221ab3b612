/*
 * A bounded hand-over between workers and the loop that keeps order: every
 * producer speaks under a ticket (0, 1, 2 ...), the consumer hears all items of
 * ticket n before any of n + 1. The producer whose turn it is may have CREDIT items
 * waiting, then it blocks until the consumer takes. Those ahead of their turn share
 * AHEAD items among them (and one each, so that a short ticket is never held up); then
 * they block until their turn comes. So the memory held is bounded, and nobody can wait
 * in a circle as long as tickets are given to producers in ascending order.
 * Beside it, the bounded queue that hands work to workers.
 */
#ifndef BASE_ORDER_H
#define BASE_ORDER_H

#include <stddef.h>
#include <stdint.h>

#define ORDER_CREDIT 4
#define ORDER_AHEAD 40

struct order;
/* window: the most tickets that are in flight at once (the caller keeps to it). */
struct order *order_new(size_t window);
void	 order_free(struct order *);
/* A file descriptor (eventfd) that is readable while order_take() has an item. */
int	 order_fd(const struct order *);
/*
 * Any thread. Takes item. last: the ticket is finished with this one. Returns 0, or
 * -1 after order_stop() (the item is still the caller's).
 */
int	 order_put(struct order *, uint64_t ticket, void *item, int last);
/* The consumer's thread. The next item in order or NULL when none is ready. */
void	*order_take(struct order *);
/* The same, but waits up to timeout_ms (-1: as long as it takes). */
void	*order_wait(struct order *, int timeout_ms);
/* Producers stop blocking and get -1. */
void	 order_stop(struct order *);
/*
 * After order_stop(): an item that is still held, ticket by ticket but whether or not
 * those before it are whole, so for freeing only; NULL when none is left (and always
 * before order_stop()). order_free() frees no items.
 */
void	*order_drain(struct order *);

struct queue;
struct queue *queue_new(size_t max);
void	 queue_free(struct queue *);
/* Takes item; on -1 (full or closed) it is still the caller's. Any thread. */
int	 queue_push(struct queue *, void *item);
/* Blocks until there is an item; NULL when closed and empty. Any thread. */
void	*queue_pop(struct queue *);
void	 queue_close(struct queue *);
size_t	 queue_len(struct queue *);

#endif
