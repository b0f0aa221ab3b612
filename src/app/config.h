/*
 * The config file: read whole, every mistake listed with its place. What a source or an
 * output needs is read by its own file; here are the parts that belong to the program.
 */
#ifndef APP_CONFIG_H
#define APP_CONFIG_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/log.h"
#include "detect/ruleset.h"
#include "io/yaml.h"

#define CONFIG_SOURCES_MAX 1000
#define CONFIG_OUTPUTS_MAX 100
#define CONFIG_PLACEHOLDERS_MAX 10000

struct config {
	struct yaml	*yaml;			/* owns the nodes below; NULL: defaults */
	const struct yaml_node **sources, **outputs;
	size_t		 nsources, noutputs;

	char		**rules;		/* paths, NULL-ended; NULL: the default */
	struct placeholder *placeholders;
	size_t		 nplaceholders;

	char		*state_path;
	int64_t		 keep_alerts;		/* ns */
	int64_t		 look_back;		/* ns */
	int64_t		 seen_memory;		/* bytes */

	int64_t		 record_max, object_max, ratio_max;
	int64_t		 in_flight_max;		/* bytes of objects being read */
	int64_t		 threads;		/* 0: one a core */
	int64_t		 tries_max;
	int64_t		 retry;			/* ns until a failed object's next try */
	int64_t		 drain;			/* ns that a stop may take */
	char		*socket_path;
	int		 log_level;		/* enum log_level */
	int		 log_json;
};

/*
 * Reads file (NULL: the defaults alone). 0, or -1 with every mistake in es. c is to be
 * cleared either way.
 */
int	 config_read(struct config *c, const char *file, struct errs *es);
/* The same from a text under a name. */
int	 config_read_text(struct config *c, const char *name, const char *text,
	    size_t len, struct errs *es);
void	 config_clear(struct config *);

#define CONFIG_FILE SYSCONFDIR "/bucketwatch.yaml"
#define CONFIG_SOCKET RUNDIR "/bucketwatch.sock"

#endif
