/*
 * Form encoding, in which S3 writes object keys: a space is '+', other bytes %XX.
 */
#ifndef PARSE_FORM_H
#define PARSE_FORM_H

#include <stddef.h>

/* One pass of decoding; out has room for len bytes and may be p itself. What is no
   %XX stays as it is. Returns the length. */
size_t	 form_decode(char *out, const char *p, size_t len);
int	 form_has_escape(const char *p, size_t len);	/* is there a %XX? */
/* Encodes all but letters, digits, "-_.~*" and '/'. out: room for 3 * len bytes. */
size_t	 form_encode(char *out, const char *p, size_t len);

#endif
