/*
 * An object's bytes, from a file descriptor or from memory. See bytes.h.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "io/bytes.h"

#define READ_MAX (1 << 30)	/* read(2) takes no more than this anyway */

struct bytes
bytes_fd(int fd)
{
	struct bytes b = { .fd = fd };
	off_t at;

	at = lseek(fd, 0, SEEK_CUR);
	b.start = at > 0 ? (uint64_t)at : 0;
	return b;
}

struct bytes
bytes_mem(const void *mem, size_t len)
{
	struct bytes b = { .fd = -1, .mem = len ? mem : "", .len = len };

	return b;
}

long
bytes_read(struct bytes *b, void *out, size_t n)
{
	ssize_t got;

	if (n > READ_MAX)
		n = READ_MAX;
	if (b->mem != NULL) {
		if (n > b->len - b->pos)
			n = b->len - b->pos;
		if (n > 0)
			memcpy(out, b->mem + b->pos, n);
		b->pos += n;
		b->total += n;
		return (long)n;
	}
	do
		got = read(b->fd, out, n);
	while (got == -1 && errno == EINTR);
	if (got > 0)
		b->total += (uint64_t)got;
	return (long)got;
}

int
bytes_can_rewind(const struct bytes *b)
{
	return b->mem != NULL || lseek(b->fd, 0, SEEK_CUR) != -1;
}

int
bytes_rewind(struct bytes *b)
{
	if (b->mem != NULL)
		b->pos = 0;
	else if (lseek(b->fd, (off_t)b->start, SEEK_SET) == -1)
		return -1;
	b->total = 0;
	return 0;
}
