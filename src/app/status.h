/*
 * Status: what the daemon tells of itself over the control socket, and how the status
 * command prints it. Loop thread.
 */
#ifndef APP_STATUS_H
#define APP_STATUS_H

#include "app/deliver.h"
#include "app/pipeline.h"
#include "base/buf.h"

struct status_view {
	int64_t			 started, now;	/* wall clock */
	const struct config	*config;
	const struct ruleset	*rules;
	const struct pipeline	*pipeline;
	const struct deliver	*deliver;
	struct store		*store;
	struct source *const	*sources;
	size_t			 nsources;
	struct output *const	*outputs;
	size_t			 noutputs;
};

/* One JSON object. 0, or -1 with e when the state file cannot be asked. */
int	 status_json(const struct status_view *, struct buf *, struct err *e);

/* The same JSON as text for people. 0, or -1 with e when it is not status JSON. */
int	 status_text(const char *json, size_t len, struct buf *, struct err *e);

#endif
