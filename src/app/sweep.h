/*
 * The sweep: forgets, in small steps, what the state file need not know any more: ids
 * and alerts past their time, and ledger entries of files that have left. Loop thread.
 */
#ifndef APP_SWEEP_H
#define APP_SWEEP_H

#include <stdint.h>

#include "base/err.h"
#include "source/source.h"
#include "store/store.h"

/* An entry of a file that left stays this long: it may only be moved about. */
#define SWEEP_GONE_NS (7 * 86400 * 1000000000LL)
#define SWEEP_ENTRIES 200		/* looked at in one step */

struct sweep {
	struct store		*store;
	struct source *const	*sources;
	size_t			 nsources, at;	/* at: the one whose turn it is */
	char			 name[OBJECT_NAME_MAX];	/* where in it; "": its start */
};

/* One step. 1 when there is more to do soon, 0 when a round is done, -1 with e. */
int	 sweep_step(struct sweep *, int64_t now, struct err *e);

#endif
