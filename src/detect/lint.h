/*
 * Notes on what is allowed in an item and hardly meant.
 */
#ifndef DETECT_LINT_H
#define DETECT_LINT_H

#include "detect/modifier.h"
#include "io/yaml.h"

struct compile;
/* Fields that only differ by case from one that the rule's records have; lines that
   look like a list and are one text. */
void	 lint_item(struct compile *, const struct spec *,
	    const struct yaml_node *value);

#endif
