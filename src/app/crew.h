/*
 * The crew: worker threads with one rule set. Objects go in, parts come out, all of one
 * object before any of the next, in the order the objects went in. Owner's thread only.
 */
#ifndef APP_CREW_H
#define APP_CREW_H

#include <stddef.h>

#include "app/worker.h"
#include "model/alert.h"

struct crew;
/* threads 0: one a core. */
struct crew *crew_new(const struct worker_options *, unsigned threads);
/* Stops at once; objects not finished are dropped. Takes NULL. */
void	 crew_free(struct crew *);

/* Takes object; -1 when as many are in flight as may be (it is still the caller's). */
int	 crew_push(struct crew *, struct object *);
size_t	 crew_busy(const struct crew *);	/* objects whose last part is not taken */
int	 crew_fd(const struct crew *);		/* readable while crew_take() has one */
/* The next part or NULL; part_free() it. With the last part of an object, the object is
   the caller's too. */
struct part *crew_take(struct crew *);
struct part *crew_wait(struct crew *, int timeout_ms);
unsigned crew_threads(const struct crew *);

#endif
