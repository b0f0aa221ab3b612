/*
 * Option tables: each owner of a part of the config has one, and this reads a YAML map
 * by it. Unknown keys are errors that name the nearest known key; every mistake is
 * listed with its place; secrets come from KEY, KEY_file or KEY_env.
 */
#ifndef IO_OPTIONS_H
#define IO_OPTIONS_H

#include <stddef.h>

#include "base/err.h"
#include "io/yaml.h"

enum option_type {
	OPTION_STRING,		/* char * */
	OPTION_SECRET,		/* char *; also KEY_file, KEY_env; never printed */
	OPTION_BOOL,		/* int */
	OPTION_INT,		/* int64_t, min..max */
	OPTION_DURATION,	/* int64_t nanoseconds, min..max */
	OPTION_SIZE,		/* int64_t bytes, min..max */
	OPTION_ENUM,		/* int: index into values */
	OPTION_LIST,		/* char **: a list of strings (or one), NULL-ended */
	OPTION_NODE		/* const struct yaml_node *: the owner reads it itself */
};

struct option {
	const char	*key;
	enum option_type type;
	size_t		 offset;	/* of the field in the struct */
	int64_t		 min, max;	/* INT, DURATION, SIZE; both 0: any */
	const char	*const *values;	/* ENUM: NULL-ended */
	const char	*fallback;	/* default as written in the config; NULL: none */
	int		 required;
};

#define OPTION_SECRET_MAX (64 * 1024)	/* bytes of a secret's file */

/*
 * Reads node (a map, or NULL for an empty one) into *out by the table (ended by a NULL
 * key); fallbacks fill what is absent. Strings and lists are allocated:
 * options_clear(), which the caller owes even after -1. A list's fallback is written as
 * a YAML list. what names the part in messages ("source", "limits"). y may be NULL when
 * node is. 0, or -1 when there were mistakes (all in es).
 */
int	 options_read(const struct yaml *y, const struct yaml_node *node,
	    const struct option *table, void *out, const char *what,
	    struct errs *es);
void	 options_clear(const struct option *table, void *out);

#endif
