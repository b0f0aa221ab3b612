/*
 * Regular expressions: PCRE2 with match limits, so that neither a rule nor a log line
 * can stall a worker. A compiled pattern is read-only and shared; match data belongs
 * to one thread. No just-in-time compiler: the daemon may not make memory executable.
 */
#ifndef IO_REGEX_H
#define IO_REGEX_H

#include <stddef.h>

#include "base/err.h"

#define REGEX_MATCH_LIMIT 200000	/* backtracking steps from one start */
#define REGEX_TOTAL_LIMIT 20000000	/* items tried in one search of a long text */
#define REGEX_LONG 4096			/* bytes from which on a text is long */
#define REGEX_DEPTH_LIMIT 20000
#define REGEX_HEAP_KIB 4096
#define REGEX_PATTERN_MAX 65536		/* bytes of a pattern */

enum { REGEX_CASELESS = 1, REGEX_MULTILINE = 2, REGEX_DOTALL = 4 };

struct regex;
/* e->msg names what is wrong and where in the pattern; e->col is the offset + 1. */
struct regex *regex_new(const char *pattern, size_t len, int flags,
	    struct err *e);
void	 regex_free(struct regex *);	/* takes NULL */

struct regex_data;			/* one per thread, serves every pattern */
struct regex_data *regex_data_new(void);
void	 regex_data_free(struct regex_data *);	/* takes NULL */

/* Unanchored search: 1 found, 0 not, -1 a limit was hit (e says which). Bytes that
   are not UTF-8 are matched as single characters. */
int	 regex_search(const struct regex *, struct regex_data *, const char *text,
	    size_t len, struct err *e);

#endif
