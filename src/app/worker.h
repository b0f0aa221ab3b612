/*
 * A worker: an object's trip. worker_run() is a pure function of the object's bytes and
 * the rule set: no globals, no locks, no network. Each thread has its own worker.
 */
#ifndef APP_WORKER_H
#define APP_WORKER_H

#include <stdint.h>

#include "detect/ruleset.h"
#include "model/batch.h"
#include "parse/reader.h"

struct worker_options {
	const struct ruleset *rules;		/* borrowed, shared */
	enum input_mode	 mode;
	const char	*time_field;		/* borrowed or NULL */
	size_t		 record_max;
	struct gunzip_limits gunzip;
	int		 slow_inflate;
	uint64_t	 id_seed;
	int64_t		 since, until;		/* event time, RECORD_TIME_NONE: no bound */
	enum level	 level;			/* hits below it are not wanted */
	int		 lines;			/* make each hit's alert_json(), too */
};

struct worker;
struct worker *worker_new(const struct worker_options *);
void	 worker_free(struct worker *);

/*
 * Reads object (its fd, from its offset; its read_at is the alerts' time) and hands each part to emit, which takes it and
 * returns 0, or -1 to stop (the part is then freed here). The last part has an end other
 * than PART_MORE. Returns 0, or -1 when emit stopped it.
 */
int	 worker_run(struct worker *, struct object *object,
	    int (*emit)(void *arg, struct part *), void *arg);

/* What a hit tells people: a borrows from rules, part and hit. Any thread. */
void	 hit_alert(const struct ruleset *rules, const struct part *part,
	    const struct hit *hit, struct alert *a);

#endif
