/*
 * Dispatch: which rules a record can match at all. A rule that can only match when
 * some field equals one of some values is found by those values in a hash table; the
 * few that know no such field are looked at for every record.
 */
#ifndef DETECT_DISPATCH_H
#define DETECT_DISPATCH_H

#include <stddef.h>
#include <stdint.h>

#include "model/record.h"

struct dispatch_entry {
	const char	*text;		/* folded; NULL: free */
	size_t		 len;
	uint64_t	 hash;
	const uint32_t	*rules;		/* ascending */
	size_t		 n;
};

struct dispatch_table {
	int		 field;
	struct dispatch_entry *entries;
	size_t		 mask;
	uint64_t	 lengths;	/* bit min(len, 63) of each entry */
};

struct dispatch {
	struct dispatch_table *tables;
	size_t		 ntables;
	uint32_t	*general;	/* rules for every record, ascending */
	size_t		 ngeneral;
};

struct ruleset;
/* Builds the dispatch of every kind; rules have their final numbers. */
void	 dispatch_build(struct ruleset *);
/* The entry of a folded value or NULL. */
const struct dispatch_entry *dispatch_find(const struct dispatch_table *,
	    const char *text, size_t len, uint64_t hash);
/*
 * The values of which the rule needs one in that field, with their number; NULL when
 * it needs none. Allocated: free it (the texts are borrowed).
 */
struct pattern;
const struct pattern **dispatch_needs(const struct ruleset *, size_t rule,
	    int field, size_t *n);

#endif
