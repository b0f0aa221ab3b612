/*
 * A growing byte buffer, always NUL-terminated behind its length, that cannot be
 * made without a limit: what comes from outside may ask for no more than that.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stddef.h>
#include <string.h>

struct buf {
	char	*data;		/* owned; NULL while empty */
	size_t	 len, cap, limit;
	int	 truncated;	/* something did not fit under limit */
};

#define BUF_INIT(limit_) { NULL, 0, 0, (limit_), 0 }

/* What does not fit under limit is cut there and truncated is set; -1 then. */
int	 buf_add_slow(struct buf *, const void *, size_t);

static inline int
buf_add(struct buf *b, const void *p, size_t n)
{
	/* room for it and the NUL, and p may be anything when there is nothing */
	if (n == 0 || n >= b->cap - b->len || n > b->limit - b->len)
		return buf_add_slow(b, p, n);
	memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

static inline int
buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int	 buf_addc(struct buf *, char);
int	 buf_addf(struct buf *, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	 buf_reset(struct buf *);	/* length 0, memory kept */
void	 buf_clear(struct buf *);	/* memory given back */
/* The text, "" when empty. Borrowed until the next change. */
const char *buf_text(const struct buf *);
/* Takes the memory out of the buffer; the caller frees it. Never NULL. */
char	*buf_take(struct buf *);

/*
 * Adds text as a JSON string with its quotes: control characters escaped, bytes
 * that are no valid UTF-8 as \ufffd, so that what comes out is always valid JSON
 * in UTF-8. buf_json_null() adds null when s is NULL.
 */
int	 buf_json(struct buf *, const char *s, size_t len);
int	 buf_json_null(struct buf *, const char *s);

#endif
