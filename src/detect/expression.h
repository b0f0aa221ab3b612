/*
 * Boolean conditions of temporal correlations: "failed and (login or not logout)" over
 * the names of the rules they count.
 */
#ifndef DETECT_EXPRESSION_H
#define DETECT_EXPRESSION_H

#include "detect/correlation.h"

struct compile;
/*
 * The tree of a condition's text, or NULL with the mistake told. Where the correlation
 * names no rules of its own, the condition's names become its references.
 */
struct expression *expression_compile(struct compile *,
	    const struct yaml_node *cond, struct correlation *);

#endif
