/*
 * Where an object's bytes come from: an open file or memory (what a download left).
 */
#ifndef IO_BYTES_H
#define IO_BYTES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
	int		 fd;		/* used when mem is NULL; borrowed */
	const char	*mem;		/* borrowed */
	size_t		 len, pos;	/* of mem */
	uint64_t	 start;		/* file offset where reading began */
	uint64_t	 total;		/* bytes read so far */
};

/* A source that reads fd from where it stands (start is set to that). */
struct bytes bytes_fd(int fd);
struct bytes bytes_mem(const void *, size_t len);

/* Up to n bytes into out: the count, 0 at the end, -1 with errno. Any thread. */
long	 bytes_read(struct bytes *, void *out, size_t n);
/* 1 when bytes_rewind() can work. Any thread. */
int	 bytes_can_rewind(const struct bytes *);
/* Back to where reading began. 0, or -1 when that cannot be (a pipe). Any thread. */
int	 bytes_rewind(struct bytes *);

#endif
