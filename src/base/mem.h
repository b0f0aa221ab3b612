/*
 * Memory: allocation that never fails (out of memory ends the process; a size
 * that came from outside meets a named limit first), and arenas, where all of
 * one batch or one record lives and is given back at once.
 */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

void	*xmalloc(size_t) __attribute__((malloc));
void	*xcalloc(size_t n, size_t size) __attribute__((malloc));
/* n * size is checked for overflow. */
void	*xreallocarray(void *, size_t n, size_t size);
char	*xstrdup(const char *) __attribute__((malloc));
char	*xstrndup(const char *, size_t len) __attribute__((malloc));
char	*xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Doubles *cap (from 16 up) until it holds n items of size; returns the array. */
void	*xgrow(void *, size_t *cap, size_t n, size_t size);

/*
 * An arena: blocks of at least 16 KiB, no freeing of single items, not for
 * sharing between threads. What came from it is valid until reset or free.
 */
struct arena;
struct arena *arena_new(void);
void	 arena_free(struct arena *);		/* takes NULL */
void	 arena_reset(struct arena *);		/* keeps the first block */
void	*arena_alloc(struct arena *, size_t);	/* aligned to 16 */
char	*arena_strndup(struct arena *, const char *, size_t len);
char	*arena_strdup(struct arena *, const char *);
char	*arena_printf(struct arena *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
size_t	 arena_used(const struct arena *);	/* bytes handed out */

#endif
