/*
 * JSON text from outside made safe to print: valid JSON in UTF-8 on one line.
 */
#ifndef MODEL_JSONLINE_H
#define MODEL_JSONLINE_H

#include <stddef.h>

#include "base/buf.h"

#define JSONLINE_DEPTH_MAX 1000	/* what other readers of JSON still open */

/*
 * Adds one JSON value. White space outside strings goes; inside strings raw control
 * characters are escaped, bytes that are no UTF-8 and lone surrogates become \ufffd,
 * and a backslash before what is no escape is doubled; a number that JSON has not
 * ("01", "1.") becomes a string. Text that is no JSON even so (a comma too many, no
 * end, something behind it, too deep) is added as one string that holds it.
 */
void	 jsonline_add(struct buf *, const char *text, size_t len);

#endif
