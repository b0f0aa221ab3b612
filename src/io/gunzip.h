/*
 * Decompression as a stream, in bounded memory whatever the size. Content decides:
 * bytes with the gzip magic are inflated, others passed through. zlib defines what
 * counts as read; a faster inflate (ISA-L) does the work where the build has it, and
 * on any error or surprise of its the object is read again by zlib, whose result
 * counts. One gunzip serves one worker; reused for many objects.
 */
#ifndef IO_GUNZIP_H
#define IO_GUNZIP_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "io/bytes.h"

struct gunzip_limits {
	uint64_t out_max;	/* bytes a gzip object may become */
	unsigned ratio_max;	/* most it may grow by, once past 16 MiB of output;
				   0: no limit */
};

struct gunzip;
/* fast: 1 uses the faster library where the build has it, 0 zlib alone. */
struct gunzip *gunzip_new(const struct gunzip_limits *, int fast);
void	 gunzip_free(struct gunzip *);
/* "zlib 1.2.13, ISA-L" */
const char *gunzip_version(void);

/* Starts on a new object. src is borrowed until the next start. */
void	 gunzip_start(struct gunzip *, struct bytes *src);

/*
 * Up to n decompressed bytes into out: the count; 0 at a proper end; -1 with e filled
 * at damage, when all that could be read has been handed out. e->msg names the
 * damage and its place: "gzip stream ends early after N bytes (stored byte M)", "gzip
 * data is damaged at stored byte M", "N bytes that are not gzip follow the stream",
 * "grows over the limit of ...", "grows more than N times". e->line is 0.
 * Multi-member files are one stream; members may be empty; zero padding behind the
 * last member is no damage; an object of 0 bytes is at its end at once.
 */
long	 gunzip_read(struct gunzip *, void *out, size_t n, struct err *e);

int	 gunzip_is_gzip(const struct gunzip *);	/* known after the first read */
/* 1 when the last error was an early end (a file still being written may look so). */
int	 gunzip_ended_early(const struct gunzip *);
uint64_t gunzip_in(const struct gunzip *);	/* stored bytes read */
uint64_t gunzip_out(const struct gunzip *);	/* bytes handed out */

#endif
