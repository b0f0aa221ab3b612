/*
 * The ids of records already judged. An id is a hash, so its bits are used as they
 * are: the low ones pick the line, bits 13 to 60 are the tag. The smallest table has
 * 2^13 lines, so a line's number and the tag together always give all low 61 bits
 * back, which is what lets a table be doubled without asking for the ids again.
 *
 * Time is kept in 16 bits of steps, compared with wrap-around: a sweep that goes round
 * once a look-back takes out what is past it long before the steps come round.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/mem.h"
#include "store/seen.h"

#define LINE_ENTRIES 8
#define LINES_MIN_BITS 13
#define STEPS 4096		/* of a look-back */
#define PREFETCH 12		/* ids ahead */

struct line {
	uint64_t	 entry[LINE_ENTRIES];	/* tag << 16 | step; 0: empty */
};

_Static_assert(sizeof(struct line) << LINES_MIN_BITS == SEEN_BYTES_MIN,
    "the smallest table");

struct seen {
	struct line	*lines;
	size_t		 nlines, max_lines;	/* powers of two */
	size_t		 count;		/* entries that are not empty */
	uint64_t	 evicted;
	int64_t		 step_ns;
	uint16_t	 step;		/* of the newest call */
	size_t		 sweep;		/* line where the sweep goes on */
};

/* Mapped, so that it is aligned, zeroed and can grow in place. */
static void *
map_lines(struct line *old, size_t n_old, size_t n)
{
	void *p;

	p = old == NULL ? mmap(NULL, n * sizeof *old, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) :
	    mremap(old, n_old * sizeof *old, n * sizeof *old, MREMAP_MAYMOVE);
	if (p == MAP_FAILED) {
		fprintf(stderr, "bucketwatch: no memory for the ids of records: "
		    "%s\n", strerror(errno));
		abort();
	}
	madvise(p, n * sizeof *old, MADV_HUGEPAGE);
	return p;
}

struct seen *
seen_new(size_t max_bytes, int64_t look_back_ns)
{
	struct seen *s;

	s = xcalloc(1, sizeof *s);
	s->nlines = s->max_lines = (size_t)1 << LINES_MIN_BITS;
	while (s->max_lines <= max_bytes / sizeof(struct line) / 2)
		s->max_lines *= 2;
	s->step_ns = look_back_ns / STEPS;
	if (s->step_ns < 1)
		s->step_ns = 1;
	s->lines = map_lines(NULL, 0, s->nlines);
	return s;
}

void
seen_free(struct seen *s)
{
	if (s == NULL)
		return;
	munmap(s->lines, s->nlines * sizeof *s->lines);
	free(s);
}

static uint64_t
tag_of(uint64_t id)
{
	uint64_t tag;

	tag = id >> LINES_MIN_BITS & 0xffffffffffffULL;
	return tag ? tag : 1;	/* an entry must not look empty */
}

/* Steps since an entry was added; one from the future (the clock was set back) is new. */
static int
age(const struct seen *s, uint64_t entry)
{
	int16_t d;

	d = (int16_t)(uint16_t)(s->step - (uint16_t)entry);
	return d < 0 ? 0 : d;
}

/* Each line's entries part by the next bit of their ids: half stays, half goes up. */
static void
grow(struct seen *s)
{
	struct line *from, *to;
	size_t i, n = s->nlines;
	int j, bit;

	bit = __builtin_ctzll(n) - LINES_MIN_BITS + 16;
	s->lines = map_lines(s->lines, n, n * 2);
	s->nlines = n * 2;
	for (i = 0; i < n; i++) {
		from = &s->lines[i];
		to = &s->lines[i + n];
		for (j = 0; j < LINE_ENTRIES; j++) {
			if ((from->entry[j] >> bit & 1) == 0)
				continue;
			to->entry[j] = from->entry[j];
			from->entry[j] = 0;
		}
	}
}

static void
sweep(struct seen *s, size_t lines)
{
	struct line *l;
	int j;

	if (lines > s->nlines)
		lines = s->nlines;
	for (; lines > 0; lines--) {
		l = &s->lines[s->sweep++ & (s->nlines - 1)];
		for (j = 0; j < LINE_ENTRIES; j++) {
			if (l->entry[j] == 0 || age(s, l->entry[j]) <= STEPS)
				continue;
			l->entry[j] = 0;
			s->count--;
		}
	}
}

static void
tick(struct seen *s, uint16_t step)
{
	int16_t d;

	d = (int16_t)(uint16_t)(step - s->step);
	s->step = step;
	if (d != 0)
		sweep(s, d < 0 ? s->nlines :
		    ((size_t)d * s->nlines + STEPS - 1) / STEPS);
}

int
seen_add(struct seen *s, uint64_t id, int64_t now)
{
	uint64_t tag, *e, *oldest;
	struct line *l;
	uint16_t step;
	int j;

	if (id == 0)
		return 0;
	step = (uint16_t)(uint64_t)(now / s->step_ns);
	if (step != s->step)
		tick(s, step);
	tag = tag_of(id);
	l = &s->lines[id & (s->nlines - 1)];
	oldest = &l->entry[0];
	for (j = 0; j < LINE_ENTRIES; j++) {
		e = &l->entry[j];
		if (*e >> 16 == tag) {
			if (age(s, *e) <= STEPS)
				return 1;
			*e = tag << 16 | step;
			return 0;
		}
		if (*oldest != 0 && (*e == 0 || age(s, *e) > age(s, *oldest)))
			oldest = e;
	}
	if (*oldest == 0) {
		s->count++;
	} else if (age(s, *oldest) <= STEPS) {
		if (s->nlines < s->max_lines) {
			grow(s);
			return seen_add(s, id, now);
		}
		s->evicted++;
	}
	*oldest = tag << 16 | step;
	return 0;
}

void
seen_add_many(struct seen *s, const uint64_t *ids, size_t n, uint8_t *dup,
    int64_t now)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (i + PREFETCH < n)
			__builtin_prefetch(&s->lines[ids[i + PREFETCH] &
			    (s->nlines - 1)], 1);
		dup[i] = (uint8_t)seen_add(s, ids[i], now);
	}
}

void
seen_stats(const struct seen *s, uint64_t *entries, uint64_t *capacity,
    uint64_t *evicted)
{
	*entries = s->count;
	*capacity = s->max_lines * LINE_ENTRIES;
	*evicted = s->evicted;
}
