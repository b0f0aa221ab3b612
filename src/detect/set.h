/*
 * What a rule set holds inside. Built by ruleset.c and what it calls, read-only from
 * then on and shared by all workers; everything lives in one arena.
 */
#ifndef DETECT_SET_H
#define DETECT_SET_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/map.h"
#include "base/mem.h"
#include "detect/condition.h"
#include "detect/correlation.h"
#include "detect/dispatch.h"
#include "detect/item.h"
#include "detect/ruleset.h"
#include "io/regex.h"
#include "io/yaml.h"
#include "model/record.h"

#define RULES_MAX 200000		/* documents of one rule set */

/* A field that some rule names, and its slot in each kind of record (-1: none). */
struct field {
	const char	*name;
	int		 common;	/* named by a rule for every kind of storage
					   record: the common field of that name */
	int		 slot[KIND_COUNT];
};

struct logsource {
	const char	*category, *product, *service;	/* NULL: not set */
	const char	*const *others;	/* further "key=value", NULL-ended, or NULL */
};

struct rule {
	struct rule_info info;
	const char	*given_id;	/* the document's own id or NULL */
	struct err	 place;		/* of the document; file lives in the arena */
	struct logsource logsource;
	int		 generate;
	struct node	*root;		/* NULL for a correlation */
	struct correlation *correlation;
	int		 dispatch[KIND_COUNT];	/* field it is found by; -1: it is looked
						   at for every record; -2: never */
	const struct item *implied[KIND_COUNT];	/* true of every record that brings the
						   rule up by that field; or NULL */
};

struct ruleset {
	struct arena	*arena;
	uint64_t	 seed;
	struct rule	**rules;
	size_t		 nrules, rules_cap;
	struct field	*fields;
	size_t		 nfields, fields_cap;
	struct map	*field_index;	/* "0name" or "1name" -> number + 1 */
	struct item	**items;
	size_t		 nitems, items_cap;
	struct map	*item_index;	/* text of an item -> it */
	struct regex	**regexes;
	size_t		 nregexes, regexes_cap;
	struct fieldset	*fieldsets[KIND_COUNT];
	struct dispatch	 dispatch[KIND_COUNT];
};

/* The number of a field; added when it is new. */
int	 set_field(struct ruleset *, const char *name, int common);

/* A document on its way into the set. */
struct compile {
	struct ruleset	*set;
	const struct ruleset_options *options;
	const struct yaml *yaml;
	struct errs	*es;
	struct arena	*scratch;	/* for one item at a time */
	int		 common;	/* the rule sees storage records of every kind */
	unsigned	 kinds;		/* bit (1 << kind) that its logsource names; 0: it
					   names none, or none of ours */
	int		 mistakes;	/* in this document */
};

/* Adds a mistake or a note at a place; compile_mistake() returns -1. */
int	 compile_mistake(struct compile *, const struct err *at, const char *fmt,
	    ...) __attribute__((format(printf, 3, 4)));
void	 compile_note(struct compile *, const struct err *at, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* Text as it may stand in a message: cut, control characters escaped. */
#define SHOWN_MAX 80
const char *compile_shown(char out[SHOWN_MAX], const struct yaml_node *);

#endif
