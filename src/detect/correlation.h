/*
 * Correlation documents, read and checked. Counting over time is not done here.
 */
#ifndef DETECT_CORRELATION_H
#define DETECT_CORRELATION_H

#include <stddef.h>
#include <stdint.h>

#include "io/yaml.h"

#define CORRELATION_RULES_MAX 1000	/* references of one correlation */

enum correlation_type {
	CORRELATION_EVENT_COUNT,
	CORRELATION_VALUE_COUNT,
	CORRELATION_TEMPORAL,
	CORRELATION_TEMPORAL_ORDERED,
	CORRELATION_VALUE_SUM,
	CORRELATION_VALUE_AVG,
	CORRELATION_VALUE_PERCENTILE,
	CORRELATION_VALUE_MEDIAN,
	CORRELATION_ANOMALY_RATE,
	CORRELATION_ANOMALY_SUM,
	CORRELATION_ANOMALY_DISTINCT,
	CORRELATION_ANOMALY_NEW,
	CORRELATION_ANOMALY_RARE,
	CORRELATION_ANOMALY_SILENCE
};

/* Comparisons of a condition: bit (1 << op) of ops, and the number of each. */
enum correlation_op { CORRELATION_GT, CORRELATION_GTE, CORRELATION_LT,
    CORRELATION_LTE, CORRELATION_EQ, CORRELATION_NEQ };
#define CORRELATION_OPS 6

/* A reference to a rule by id, name or title. */
struct correlation_ref {
	const char	*text;
	struct err	 place;
	uint32_t	*rules;		/* numbers of all that it means */
	size_t		 n;
};

/* A boolean condition over rule names, for the temporal types. */
enum expression_type { EXPRESSION_RULE, EXPRESSION_AND, EXPRESSION_OR,
    EXPRESSION_NOT };
struct expression {
	enum expression_type type;
	size_t		 ref;		/* RULE: number of the reference */
	struct expression *left, *right; /* NOT: left */
};

struct correlation_alias {
	const char	*name;
	const char	**refs, **fields;	/* rule as referred to, field */
	size_t		 n;
};

enum direction { DIRECTION_UP, DIRECTION_DOWN, DIRECTION_BOTH };
struct anomaly {
	enum direction	 direction;
	double		 floor, budget;
	int64_t		 warmup, memory, lateness;	/* ns; -1: as the source */
	int64_t		 entities;
};

struct correlation {
	enum correlation_type type;
	struct correlation_ref *refs;
	size_t		 nrefs;
	const char	**group_by;
	size_t		 ngroup_by;
	int64_t		 timespan;		/* ns */
	struct correlation_alias *aliases;
	size_t		 naliases;
	unsigned	 ops;
	double		 values[CORRELATION_OPS];
	const char	**fields;		/* of value_* and anomaly_* */
	size_t		 nfields;
	double		 percentile;
	struct expression *expression;		/* NULL: ops */
	struct anomaly	 anomaly;
};

struct compile;
/* Reads the document's "correlation" map; *generate may be set. NULL with mistakes
   told. References are only texts yet. */
struct correlation *correlation_compile(struct compile *,
	    const struct yaml_node *map, int *generate);
/* Adds a reference that stands at a place of the document. */
void	 correlation_add_ref(struct compile *, struct correlation *,
	    const char *text, const struct err *at);

extern const char *const correlation_types[];	/* NULL-ended */

#endif
