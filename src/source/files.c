/*
 * What a source remembers of each file: an open-addressed table with linear probing;
 * keys are hashes, so their low bits pick the slot.
 */
#include <stdlib.h>

#include "base/mem.h"
#include "source/files.h"

#define SLOTS_MIN 256

struct files {
	struct file_mark *slots;
	size_t		 size, count;	/* size: a power of two */
};

struct files *
files_new(void)
{
	struct files *f;

	f = xcalloc(1, sizeof *f);
	f->size = SLOTS_MIN;
	f->slots = xcalloc(f->size, sizeof *f->slots);
	return f;
}

void
files_free(struct files *f)
{
	if (f == NULL)
		return;
	free(f->slots);
	free(f);
}

/* 0 marks a free slot. */
static uint64_t
fix(uint64_t key)
{
	return key ? key : 1;
}

static struct file_mark *
slot(const struct files *f, uint64_t key)
{
	size_t i;

	for (i = key & (f->size - 1);; i = (i + 1) & (f->size - 1))
		if (f->slots[i].key == key || f->slots[i].key == 0)
			return &f->slots[i];
}

/* Into a table of another size, those of one pass alone when pass is not 0. */
static void
rebuild(struct files *f, size_t size, uint32_t pass)
{
	struct file_mark *old = f->slots;
	size_t i, n = f->size;

	f->slots = xcalloc(size, sizeof *f->slots);
	f->size = size;
	f->count = 0;
	for (i = 0; i < n; i++) {
		if (old[i].key == 0 || (pass != 0 && old[i].pass != pass))
			continue;
		*slot(f, old[i].key) = old[i];
		f->count++;
	}
	free(old);
}

struct file_mark *
files_get(struct files *f, uint64_t key)
{
	struct file_mark *m;

	m = slot(f, fix(key));
	return m->key ? m : NULL;
}

struct file_mark *
files_put(struct files *f, uint64_t key)
{
	struct file_mark *m;

	m = slot(f, fix(key));
	if (m->key != 0)
		return m;
	if ((f->count + 1) * 4 > f->size * 3) {
		rebuild(f, f->size * 2, 0);
		m = slot(f, fix(key));
	}
	m->key = fix(key);
	f->count++;
	return m;
}

void
files_remove(struct files *f, uint64_t key)
{
	size_t mask = f->size - 1, hole, i, home;
	struct file_mark *m;

	m = slot(f, fix(key));
	if (m->key == 0)
		return;
	f->count--;
	/* Those behind move up, unless that would put one before its own place. */
	hole = (size_t)(m - f->slots);
	for (i = (hole + 1) & mask; f->slots[i].key != 0; i = (i + 1) & mask) {
		home = f->slots[i].key & mask;
		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		f->slots[hole] = f->slots[i];
		hole = i;
	}
	f->slots[hole] = (struct file_mark){ 0 };
}

void
files_keep(struct files *f, uint32_t pass)
{
	size_t i, n = 0, size = SLOTS_MIN;

	for (i = 0; i < f->size; i++)
		n += f->slots[i].key != 0 && f->slots[i].pass == pass;
	if (n == f->count)
		return;
	while ((n + 1) * 4 > size * 3)
		size *= 2;
	rebuild(f, size, pass);
}

size_t
files_count(const struct files *f)
{
	return f->count;
}
