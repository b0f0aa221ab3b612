/*
 * Allocation that never fails, and arenas. See mem.h.
 */
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define BLOCK_MIN (16 * 1024 - 64)

struct block {
	struct block	*next;
	size_t		 size, used;
	alignas(16) char data[];
};

struct arena {
	struct block	*first, *cur;
	size_t		 used;
};

static void *
check(void *p)
{
	if (p == NULL) {
		fputs("bucketwatch: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *
xmalloc(size_t n)
{
	return check(malloc(n ? n : 1));
}

void *
xcalloc(size_t n, size_t size)
{
	return check(calloc(n ? n : 1, size ? size : 1));
}

void *
xreallocarray(void *p, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		check(NULL);
	return check(realloc(p, total ? total : 1));
}

char *
xstrdup(const char *s)
{
	return check(strdup(s));
}

char *
xstrndup(const char *s, size_t len)
{
	char *p;

	if (len == SIZE_MAX)
		check(NULL);
	p = xmalloc(len + 1);
	if (len)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *
xasprintf(const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&p, fmt, ap);
	va_end(ap);
	return check(n < 0 ? NULL : p);
}

void *
xgrow(void *p, size_t *cap, size_t n, size_t size)
{
	size_t want;

	if (n <= *cap)
		return p;
	if (n > SIZE_MAX / 2)
		check(NULL);
	want = *cap ? *cap : 16;
	while (want < n)
		want *= 2;
	*cap = want;
	return xreallocarray(p, want, size);
}

struct arena *
arena_new(void)
{
	return xcalloc(1, sizeof(struct arena));
}

static struct block *
block_new(size_t need)
{
	struct block *b;
	size_t size;

	size = need > BLOCK_MIN ? need : BLOCK_MIN;
	b = xmalloc(sizeof *b + size);
	b->next = NULL;
	b->size = size;
	b->used = 0;
	return b;
}

void
arena_free(struct arena *a)
{
	struct block *b, *next;

	if (a == NULL)
		return;
	for (b = a->first; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	free(a);
}

void
arena_reset(struct arena *a)
{
	struct block *b, *next;

	a->used = 0;
	if (a->first == NULL)
		return;
	for (b = a->first->next; b != NULL; b = next) {
		next = b->next;
		free(b);
	}
	a->first->next = NULL;
	a->first->used = 0;
	a->cur = a->first;
	if (a->first->size > 4 * BLOCK_MIN) {	/* one giant must not stay */
		free(a->first);
		a->first = a->cur = NULL;
	}
}

void *
arena_alloc(struct arena *a, size_t n)
{
	struct block *b;
	void *p;

	if (n > SIZE_MAX / 2)
		check(NULL);
	n = (n + 15) & ~(size_t)15;
	b = a->cur;
	if (b == NULL || b->size - b->used < n) {
		b = block_new(n);
		if (a->cur == NULL)
			a->first = b;
		else
			a->cur->next = b;
		a->cur = b;
	}
	p = b->data + b->used;
	b->used += n;
	a->used += n;
	return p;
}

char *
arena_strndup(struct arena *a, const char *s, size_t len)
{
	char *p;

	if (len == SIZE_MAX)
		check(NULL);
	p = arena_alloc(a, len + 1);
	if (len)
		memcpy(p, s, len);
	p[len] = '\0';
	return p;
}

char *
arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		check(NULL);
	p = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(p, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return p;
}

size_t
arena_used(const struct arena *a)
{
	return a->used;
}
