/*
 * One worker's scratch for judging records, shared by matching and explaining. Each
 * field is unfolded at most once a record and each item judged at most once, whatever
 * the number of rules that ask.
 */
#ifndef DETECT_MATCHER_H
#define DETECT_MATCHER_H

#include <stddef.h>
#include <stdint.h>

#include "detect/set.h"

#define MEMORY_SLOTS 8192	/* outcomes of costly items kept by value */

/* One scalar of a field, or an object as text. */
struct leaf {
	struct value	 value;
	struct subject	 raw, folded;
	uint8_t		 has_raw, has_folded;
};

/* A field of the record as leaves, made when the first item asks. */
struct view {
	uint32_t	 epoch;		/* of the record it was made for */
	uint32_t	 first, n;	/* in the pool */
};

struct matcher {
	enum level	 level;		/* rules below it are not judged */
	const struct ruleset *set;
	const struct record *rec;
	struct arena	*scratch;	/* the record's, or own */
	struct arena	*own;
	uint32_t	 epoch;
	struct view	*views;		/* by slot */
	size_t		 nviews;
	struct view	 whole;		/* for keywords: every scalar there is */
	struct leaf	*pool;
	size_t		 npool, pool_cap;
	uint32_t	*memo;		/* by item: epoch * 4 + outcome */
	uint32_t	*seen;		/* by rule: epoch */
	uint32_t	*hits;
	uint64_t	*memory;	/* hash with the outcome in its last bit */
	struct regex_data *regex;
	char		 limit[ERR_MSG_MAX];	/* what the last regex gave up over */
};

/* Outcomes: false, true, and a regular expression that hit its limits. */
enum { OUTCOME_NO = 0, OUTCOME_YES = 1, OUTCOME_LIMIT = -1 };

void	 matcher_begin(struct matcher *, const struct record *);
int	 matcher_item(struct matcher *, const struct item *);
int	 matcher_node(struct matcher *, const struct node *);
/* The item's leaves: how many, from which place in the pool on. */
size_t	 matcher_leaves(struct matcher *, const struct item *, size_t *first);
/* Does the leaf at that place satisfy one of the item's tests? */
int	 matcher_leaf(struct matcher *, const struct item *, size_t at);
/* A leaf's text as the record has it; NULL for null. */
const char *matcher_text(struct matcher *, size_t at, size_t *len);

#endif
