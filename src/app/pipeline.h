/*
 * The pipeline: from an object that a source offers to the commit of all that came of
 * it. Asks the ledger what of it is new, hands it to the crew, and puts alerts, ids and
 * the ledger's entry into one transaction. Loop thread.
 */
#ifndef APP_PIPELINE_H
#define APP_PIPELINE_H

#include <stdint.h>

#include "app/config.h"
#include "app/worker.h"
#include "io/loop.h"
#include "source/source.h"
#include "store/store.h"

#define PIPELINE_ERRORS_KEPT 20		/* last errors that status shows */

/* What the pipeline tells its owner. */
struct pipeline_host {
	struct loop	*loop;
	struct store	*store;
	void		*arg;
	/* An object of a source is done for now, see source_done(). */
	void		(*object_done)(void *arg, const char *source, const char *name,
			    int64_t again_ns);
	void		(*room)(void *arg);	/* there is room for objects again */
	void		(*committed)(void *arg, uint64_t new_alerts);
	/* Names of the outputs that hear an alert of that level, NULL-ended. */
	const char	*const *(*outputs)(void *arg, enum level);
	/* A commit failed: nothing is lost, but the process must not go on. */
	void		(*fatal)(void *arg, const struct err *);
};

struct pipeline_error {
	int64_t		 at;
	char		 object[256];
	uint64_t	 record;	/* 0: the object as a whole */
	char		 msg[ERR_MSG_MAX];
};

struct pipeline_stats {
	uint64_t	 objects, objects_failed, digests;
	uint64_t	 records, duplicates, errors, hits, alerts;
	uint64_t	 bytes_in, bytes_out;
	int64_t		 last_event;	/* newest event time, RECORD_TIME_NONE */
	int64_t		 last_read;	/* wall clock of the last finished object, 0 */
};

struct pipeline;
struct pipeline *pipeline_new(const struct config *, const struct ruleset *,
	    const struct pipeline_host *);
void	 pipeline_free(struct pipeline *);	/* what is in flight is dropped */

/* struct source_host's offer; arg is the pipeline. */
enum offer pipeline_offer(void *arg, struct object *);
/* No more is taken; what is in flight is finished. */
void	 pipeline_stop(struct pipeline *);
size_t	 pipeline_busy(const struct pipeline *);	/* objects in flight */
unsigned pipeline_threads(const struct pipeline *);
const struct pipeline_stats *pipeline_stats(const struct pipeline *);
/* Of one source; NULL when nothing of it was read yet. */
const struct pipeline_stats *pipeline_source_stats(const struct pipeline *,
	    const char *source);
/* The last errors, newest first; returns how many (at most PIPELINE_ERRORS_KEPT). */
size_t	 pipeline_errors(const struct pipeline *,
	    const struct pipeline_error **list);

#endif
