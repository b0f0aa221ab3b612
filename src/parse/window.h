/*
 * A bounded window over an object's decompressed bytes: p..end is what is there and
 * not yet used. It grows for one record that does not fit, up to its maximum, and
 * always has SCAN_PADDING readable bytes behind end. Also serves text in memory.
 */
#ifndef PARSE_WINDOW_H
#define PARSE_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/gunzip.h"

#define WINDOW_SIZE (256 * 1024)

struct window {
	struct gunzip	*gunzip;	/* NULL: text in memory, nothing comes after it */
	char		*buf;		/* owned, unless gunzip is NULL */
	size_t		 first_size;	/* what it shrinks back to */
	size_t		 size, max;
	const char	*p, *end;
	uint64_t	 offset;	/* of buf in the decompressed bytes */
	int		 ended;		/* nothing comes behind end */
	int		 failed;	/* ... because of err */
	struct err	 err;
};

void	 window_init(struct window *, struct gunzip *, size_t size, size_t max);
void	 window_clear(struct window *);
void	 window_start(struct window *);		/* gunzip is at a new object */
/* text has SCAN_PADDING bytes behind it, is borrowed. */
void	 window_memory(struct window *, const char *text, size_t len);

enum window_state {
	WINDOW_MORE,		/* there are more bytes behind end */
	WINDOW_ENDED,		/* no more come: the end, or damage (failed) */
	WINDOW_FULL		/* max bytes are held already */
};
/* Gets more bytes behind end; p..end is kept, but may move. */
enum window_state window_more(struct window *);

static inline uint64_t
window_offset(const struct window *w, const char *at)
{
	return w->offset + (uint64_t)(at - w->buf);
}

static inline const char *
window_at(const struct window *w, uint64_t offset)
{
	return w->buf + (offset - w->offset);
}

#endif
