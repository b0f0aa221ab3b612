/*
 * References of correlations, resolved once all rules are read.
 */
#ifndef DETECT_LINK_H
#define DETECT_LINK_H

#include "base/err.h"
#include "base/map.h"

struct ruleset;
/*
 * Finds the rules that the set's correlations refer to, marks those that alert nobody
 * by themselves, and refuses what refers to nothing or to itself: such correlations
 * leave the set. refused: names of rules that were refused, for the message.
 */
void	 link_correlations(struct ruleset *, const struct map *refused,
	    struct errs *);

#endif
