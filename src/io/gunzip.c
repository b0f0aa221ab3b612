/*
 * Decompression as a stream: gzip members by zlib, or by ISA-L with zlib as the one
 * whose word counts. See gunzip.h.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#ifdef HAVE_ISAL
#include <isa-l/igzip_lib.h>
#endif

#include "base/mem.h"
#include "base/text.h"
#include "io/gunzip.h"

#define IN_SIZE (128 * 1024)	/* stored bytes read at once */
#define IN_BACK 16		/* of the bytes before them, kept: ISA-L reads ahead
				   and gives back what was not its own */
#define RATIO_FREE (16 << 20)	/* output below which ratio_max is not asked */

enum phase {
	PHASE_START,		/* nothing read yet */
	PHASE_PLAIN,		/* not gzip: passed through */
	PHASE_MEMBER,		/* inside a gzip member */
	PHASE_BETWEEN,		/* behind one */
	PHASE_END,
	PHASE_FAILED		/* err says why */
};

/* What one engine's step came to. */
enum step { STEP_ON, STEP_MEMBER_END, STEP_DAMAGED, STEP_EARLY_END, STEP_UNREADABLE };

struct gunzip {
	struct gunzip_limits limits;
	struct bytes	*src;
	enum phase	 phase;
	int		 fast;		/* may use ISA-L */
	int		 use_isal;	/* uses it for this object */
	int		 is_gzip;
	int		 ended_early;
	int		 src_end;	/* the source has no more */
	int		 read_errno;
	unsigned char	*in, *in_end;	/* what is still to be inflated */
	uint64_t	 taken;		/* stored bytes read, up to in_end */
	uint64_t	 made;		/* bytes decompressed in this pass */
	uint64_t	 given;		/* bytes handed out */
	struct err	 err;
	z_stream	 z;
#ifdef HAVE_ISAL
	struct inflate_state isal;
#endif
	unsigned char	 buf[IN_BACK + IN_SIZE];
};

const char *
gunzip_version(void)
{
#ifdef HAVE_ISAL
	return "zlib " ZLIB_VERSION ", ISA-L";
#else
	return "zlib " ZLIB_VERSION;
#endif
}

struct gunzip *
gunzip_new(const struct gunzip_limits *limits, int fast)
{
	struct gunzip *g;

	g = xcalloc(1, sizeof *g);
	g->limits = *limits;
	g->fast = fast;
	/* 16: gzip headers and trailers, nothing else. */
	if (inflateInit2(&g->z, 16 + MAX_WBITS) != Z_OK) {
		fputs("bucketwatch: out of memory\n", stderr);
		abort();
	}
	g->phase = PHASE_END;
	return g;
}

void
gunzip_free(struct gunzip *g)
{
	if (g == NULL)
		return;
	inflateEnd(&g->z);
	free(g);
}

static void
start_pass(struct gunzip *g)
{
	g->phase = PHASE_START;
	g->src_end = 0;
	g->in = g->in_end = g->buf + IN_BACK;
	g->taken = 0;
	g->made = 0;
	g->ended_early = 0;
	g->is_gzip = 0;
}

void
gunzip_start(struct gunzip *g, struct bytes *src)
{
	g->src = src;
	g->given = 0;
	g->read_errno = 0;
#ifdef HAVE_ISAL
	g->use_isal = g->fast && bytes_can_rewind(src);
#endif
	start_pass(g);
}

/*
 * Reads more stored bytes behind those not yet used. 1 there are more, 0 the source
 * has ended, -1 it cannot be read (read_errno).
 */
static int
refill(struct gunzip *g)
{
	unsigned char *base = g->buf + IN_BACK;
	size_t left = (size_t)(g->in_end - g->in);
	size_t room = IN_SIZE - left;
	long got;

	if (g->src_end)
		return 0;
	/* Also moves the bytes before g->in; there are always IN_BACK of them. */
	memmove(g->buf, g->in - IN_BACK, IN_BACK + left);
	g->in = base;
	g->in_end = base + left;
	got = bytes_read(g->src, g->in_end, room);
	if (got == -1) {
		g->read_errno = errno;
		return -1;
	}
	if (got == 0)
		g->src_end = 1;
	g->in_end += got;
	g->taken += (uint64_t)got;
	return got > 0;
}

/* Number of the next stored byte to be inflated, from 0. */
static uint64_t
place(const struct gunzip *g)
{
	return g->taken - (uint64_t)(g->in_end - g->in);
}

static long
fail(struct gunzip *g, struct err *e)
{
	g->phase = PHASE_FAILED;
	if (e != NULL)
		*e = g->err;
	return -1;
}

static long
fail_reading(struct gunzip *g, struct err *e)
{
	err_set(&g->err, "reading fails at stored byte %" PRIu64 ": %s", g->taken,
	    strerror(g->read_errno));
	return fail(g, e);
}

static void
begin_member(struct gunzip *g)
{
#ifdef HAVE_ISAL
	if (g->use_isal) {
		isal_inflate_init(&g->isal);
		g->isal.crc_flag = ISAL_GZIP;
		return;
	}
#endif
	inflateReset(&g->z);
}

/* Inflates into out; *n is the room, then the count made. */
static enum step
step_zlib(struct gunzip *g, unsigned char *out, size_t *n)
{
	size_t room = *n;
	int rc;

	for (;;) {
		if (g->in == g->in_end && refill(g) == -1) {
			*n = room - *n;
			return STEP_UNREADABLE;
		}
		g->z.next_in = g->in;
		g->z.avail_in = (uInt)(g->in_end - g->in);
		g->z.next_out = out;
		g->z.avail_out = (uInt)*n;
		rc = inflate(&g->z, Z_NO_FLUSH);
		g->in = g->in_end - g->z.avail_in;
		out = g->z.next_out;
		*n = g->z.avail_out;
		if (rc == Z_STREAM_END || rc == Z_DATA_ERROR || *n == 0 ||
		    (rc != Z_OK && rc != Z_BUF_ERROR) ||
		    (g->in == g->in_end && g->src_end))
			break;
	}
	*n = room - *n;
	if (rc == Z_STREAM_END)
		return STEP_MEMBER_END;
	if (rc == Z_OK || rc == Z_BUF_ERROR) {
		if (*n == room)
			return STEP_ON;
		return STEP_EARLY_END;
	}
	return STEP_DAMAGED;
}

#ifdef HAVE_ISAL
static enum step
step_isal(struct gunzip *g, unsigned char *out, size_t *n)
{
	size_t room = *n;
	size_t ahead;
	int rc;

	for (;;) {
		if (g->in == g->in_end && refill(g) == -1) {
			*n = room - *n;
			return STEP_UNREADABLE;
		}
		g->isal.next_in = g->in;
		g->isal.avail_in = (uint32_t)(g->in_end - g->in);
		g->isal.next_out = out;
		g->isal.avail_out = (uint32_t)*n;
		rc = isal_inflate(&g->isal);
		g->in = g->in_end - g->isal.avail_in;
		out = g->isal.next_out;
		*n = g->isal.avail_out;
		if (rc < 0 || rc == ISAL_NEED_DICT || *n == 0 ||
		    g->isal.block_state == ISAL_BLOCK_FINISH ||
		    (g->in == g->in_end && g->src_end))
			break;
	}
	*n = room - *n;
	if (rc < 0 || rc == ISAL_NEED_DICT)
		return STEP_DAMAGED;
	if (g->isal.block_state != ISAL_BLOCK_FINISH)
		return *n == room ? STEP_ON : STEP_EARLY_END;
	/* Whole bytes that it holds in its bit buffer are of the next member. */
	ahead = (size_t)g->isal.read_in_length / 8;
	if (ahead > IN_BACK)
		return STEP_DAMAGED;
	g->in -= ahead;
	return STEP_MEMBER_END;
}
#endif

static enum step
step(struct gunzip *g, unsigned char *out, size_t *n)
{
#ifdef HAVE_ISAL
	if (g->use_isal)
		return step_isal(g, out, n);
#endif
	return step_zlib(g, out, n);
}

/*
 * Something is not as it should be. With ISA-L, go back and let zlib say what it is:
 * 1, and the read starts over (what was handed out is passed over). 0: it was zlib.
 */
static int
again_by_zlib(struct gunzip *g)
{
	if (!g->use_isal || bytes_rewind(g->src) == -1)
		return 0;
	g->use_isal = 0;
	start_pass(g);
	return 1;
}

/* At the start or behind a member: what comes next? 0, or -1: reading failed. */
static int
look_ahead(struct gunzip *g)
{
	uint64_t behind = place(g);
	int rc = 1;

	while (g->in_end - g->in < 2 && (rc = refill(g)) == 1)
		;
	if (rc == -1)
		return -1;
	if (g->in_end - g->in >= 2 && g->in[0] == 0x1f && g->in[1] == 0x8b) {
		g->is_gzip = 1;
		g->phase = PHASE_MEMBER;
		begin_member(g);
		return 0;
	}
	if (g->phase == PHASE_START) {
		g->phase = g->in == g->in_end ? PHASE_END : PHASE_PLAIN;
		return 0;
	}
	/* Zeros up to the end are padding, as gzip(1) sees it. */
	g->phase = PHASE_END;
	for (;;) {
		for (; g->in < g->in_end; g->in++)
			if (*g->in != 0)
				g->phase = PHASE_FAILED;
		rc = refill(g);
		if (rc == -1)
			return -1;
		if (rc == 0)
			break;
	}
	if (g->phase == PHASE_FAILED)
		err_set(&g->err, "%" PRIu64 " bytes that are not gzip follow the "
		    "stream (from stored byte %" PRIu64 ")", g->taken - behind,
		    behind);
	return 0;
}

static long
read_plain(struct gunzip *g, unsigned char *out, size_t n, struct err *e)
{
	size_t have = (size_t)(g->in_end - g->in);
	long got;

	if (have > 0) {
		if (n > have)
			n = have;
		memcpy(out, g->in, n);
		g->in += n;
		g->made += n;
		return (long)n;
	}
	got = bytes_read(g->src, out, n);
	if (got == -1) {
		g->read_errno = errno;
		return fail_reading(g, e);
	}
	if (got == 0)
		g->phase = PHASE_END;
	g->taken += (uint64_t)got;
	g->made += (uint64_t)got;
	return got;
}

/* What a step that could not go on means, once it is zlib's. Fills g->err. */
static void
explain(struct gunzip *g, enum step what)
{
	g->phase = PHASE_FAILED;
	if (what == STEP_EARLY_END) {
		g->ended_early = 1;
		err_set(&g->err, "gzip stream ends early after %" PRIu64
		    " bytes (stored byte %" PRIu64 ")", g->made, g->taken);
	} else if (what == STEP_UNREADABLE) {
		err_set(&g->err, "reading fails at stored byte %" PRIu64 ": %s",
		    g->taken, strerror(g->read_errno));
	} else {
		err_set(&g->err, "gzip data is damaged at stored byte %" PRIu64
		    " (%s)", place(g), g->z.msg != NULL ? g->z.msg : "no reason "
		    "given");
	}
}

/* Is it more than it may become? Fills g->err. */
static int
over_limit(struct gunzip *g)
{
	char size[16];

	if (g->made > g->limits.out_max) {
		err_set(&g->err, "grows over the limit of %s",
		    text_bytes(g->limits.out_max, size));
		return 1;
	}
	if (g->limits.ratio_max != 0 && g->made > RATIO_FREE &&
	    g->made / g->limits.ratio_max > place(g)) {
		err_set(&g->err, "grows more than %u times", g->limits.ratio_max);
		return 1;
	}
	return 0;
}

/*
 * Up to *n bytes of a member into out. *n is what was made of it (not more than
 * out_max allows). The phase says how it goes on.
 */
static void
read_member(struct gunzip *g, unsigned char *out, size_t *n)
{
	uint64_t room = g->limits.out_max - g->made;
	unsigned char one;
	enum step what;

	if (room == 0) {	/* at the limit: may end here, may not go on */
		*n = 1;
		what = step(g, &one, n);
	} else {
		if (*n > room)
			*n = (size_t)room;
		what = step(g, out, n);
	}
	g->made += *n;
	if (over_limit(g)) {
		g->phase = PHASE_FAILED;
		if (room == 0)
			*n = 0;
		return;
	}
	if (what == STEP_ON)
		return;
	if (what == STEP_MEMBER_END)
		g->phase = PHASE_BETWEEN;
	else
		explain(g, what);
}

long
gunzip_read(struct gunzip *g, void *out, size_t n, struct err *e)
{
	uint64_t known;		/* bytes of this chunk that were handed out before */
	long got;
	size_t made;

	if (n > INT32_MAX)
		n = INT32_MAX;
	while (n > 0) {
		if (g->phase == PHASE_END)
			return 0;
		if (g->phase == PHASE_FAILED) {
			if (g->read_errno == 0 && again_by_zlib(g))
				continue;
			return fail(g, e);
		}
		if (g->phase == PHASE_START || g->phase == PHASE_BETWEEN) {
			if (look_ahead(g) == -1)
				return fail_reading(g, e);
			continue;
		}
		if (g->phase == PHASE_PLAIN) {
			got = read_plain(g, out, n, e);
			if (got > 0)
				g->given += (uint64_t)got;
			return got;
		}
		known = g->given - g->made;
		made = n;
		if (g->made < g->given && made > known)
			made = (size_t)known;	/* up to where it was */
		read_member(g, out, &made);
		if (g->made <= g->given || made == 0)
			continue;
		g->given += made;
		return (long)made;
	}
	return 0;
}

int
gunzip_is_gzip(const struct gunzip *g)
{
	return g->is_gzip;
}

int
gunzip_ended_early(const struct gunzip *g)
{
	return g->ended_early;
}

uint64_t
gunzip_in(const struct gunzip *g)
{
	return g->taken;
}

uint64_t
gunzip_out(const struct gunzip *g)
{
	return g->given;
}
