/*
 * What every match of a regular expression must contain, so that most texts need not
 * be searched at all.
 */
#ifndef DETECT_HINT_H
#define DETECT_HINT_H

#include <stddef.h>

#include "base/mem.h"

/*
 * The longest piece of plain text that stands in every match of the pattern, in the
 * arena; NULL when none is certain. *caseless on entry: the pattern ignores case; on
 * return: the piece is folded and must be looked for in folded text.
 */
const char *hint_literal(struct arena *, const char *pattern, size_t len,
	    int *caseless, size_t *literal_len);

#endif
