/*
 * The daemon: everything that `bucketwatch run` keeps alive, wired to one loop.
 */
#ifndef APP_DAEMON_H
#define APP_DAEMON_H

#include "app/config.h"

/*
 * Runs until SIGTERM or SIGINT. SIGHUP reopens files. Returns the exit code: 0 a clean
 * end, 1 a failure that a restart may mend, 2 config or rules.
 */
int	 daemon_run(const struct config *);

#endif
