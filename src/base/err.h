/*
 * Errors as values: where it is wrong, and what to do about it. Functions that
 * can fail return 0 or -1 (or a pointer or NULL) and fill a struct err. Nothing
 * in the middle logs; who gives up does, once.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdarg.h>
#include <stddef.h>

#define ERR_MSG_MAX 256
#define ERR_WHERE_MAX 640	/* the text of a place: file:line:col */
#define ERRS_MAX 1000		/* mistakes kept of one run; more are counted */

/*
 * file is borrowed and must outlive the err (a config path, an object's name);
 * NULL when no file is to blame. line and col are 1-based, 0 is unknown. For
 * logs, file is the object's name and line the record's number.
 */
struct err {
	const char	*file;
	unsigned	 line, col;
	char		 msg[ERR_MSG_MAX];
};

/* Fills e with a message and no place. Always returns -1. e may be NULL. */
int	 err_set(struct err *e, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/* The same at the place of at (its file, line and col). Always returns -1. */
int	 err_at(struct err *e, const struct err *at, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

/* Puts "what it was doing: " in front of e's message. Always returns -1. */
int	 err_wrap(struct err *e, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

/*
 * Writes "file:line:col: message" (as much of the place as is known) into out,
 * control characters escaped. Returns out.
 */
const char *err_text(const struct err *e, char *out, size_t len);
#define ERR_TEXT_MAX (ERR_WHERE_MAX + ERR_MSG_MAX)

/*
 * A list of mistakes, so that one run shows them all. At most ERRS_MAX are kept;
 * count goes on. File names are copied. Not for sharing between threads.
 */
struct errs {
	struct err	*list;
	char		**files;	/* owned copies of file names */
	size_t		 n, nfiles, count;
	size_t		 warnings;	/* of those, how many are only notes */
	unsigned char	*is_warning;	/* one a list entry */
};

/* Appends a copy of e. */
void	 errs_add(struct errs *, const struct err *e);
/* The same for what is worth saying but does not refuse anything. */
void	 errs_warn(struct errs *, const struct err *e);
/* How many of them are mistakes (not notes). */
size_t	 errs_fatal(const struct errs *);
void	 errs_clear(struct errs *);

#endif
