/*
 * What is wrong with the parts of a config that sources and outputs read themselves.
 */
#ifndef APP_CHECK_H
#define APP_CHECK_H

#include "app/config.h"

/* Builds every source and output of c, only to hear what they say; it is added to es. */
void	 check_parts(const struct config *c, struct errs *es);

#endif
