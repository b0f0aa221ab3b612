/*
 * Hashing and a string map (open addressing, linear probing). See map.h.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/map.h"
#include "base/mem.h"

/* A multiply-and-fold hash in the manner of wyhash: 16 bytes a step. */
static inline uint64_t
fold(uint64_t a, uint64_t b)
{
	unsigned __int128 m = (unsigned __int128)a * b;

	return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static inline uint64_t
read64(const unsigned char *p)
{
	uint64_t v;

	memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static inline uint64_t
read32(const unsigned char *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap32(v);
#endif
	return v;
}

/* 0 .. 8 bytes as a little-endian number, by loads that overlap. */
static inline uint64_t
read_tail(const unsigned char *p, size_t n)
{
	if (n >= 4)
		return read32(p) | read32(p + n - 4) << 8 * (n - 4);
	if (n == 0)
		return 0;
	return p[0] | (uint64_t)p[n / 2] << 8 * (n / 2) |
	    (uint64_t)p[n - 1] << 8 * (n - 1);
}

#define K0 0xa0761d6478bd642fULL
#define K1 0xe7037ed1a0b428dbULL
#define K2 0x8ebc6af09c88c6e3ULL

/*
 * A factor of zero forgets all that came before it. So every factor is mixed with
 * what only the seed tells: were it a constant, a key with that constant inside
 * would collide with as many others as its writer likes, under any seed.
 */
uint64_t
hash64(const void *data, size_t len, uint64_t seed)
{
	const unsigned char *p = data;
	uint64_t h = fold(seed ^ K0, K1), secret = fold(seed ^ K2, K0), a, b;
	size_t n = len;

	while (n > 16) {
		h = fold(read64(p) ^ secret, read64(p + 8) ^ h);
		p += 16;
		n -= 16;
	}
	if (n >= 8) {
		a = read64(p);
		b = read_tail(p + 8, n - 8);
	} else {
		a = read_tail(p, n);
		b = 0;
	}
	h = fold(a ^ secret ^ K1, b ^ h);
	return fold(h ^ secret, (uint64_t)len ^ K0);
}

struct entry {
	char		*key;		/* NULL: free */
	void		*value;
	uint64_t	 hash;
};

struct map {
	struct entry	*table;
	size_t		 size, count;	/* size: a power of two */
	uint64_t	 seed;
};

struct map *
map_new(void)
{
	struct map *m = xcalloc(1, sizeof *m);

	m->size = 16;
	m->table = xcalloc(m->size, sizeof *m->table);
	if (getrandom(&m->seed, sizeof m->seed, 0) != sizeof m->seed)
		m->seed = (uint64_t)(uintptr_t)m;
	return m;
}

void
map_free(struct map *m, void (*free_value)(void *))
{
	size_t i;

	if (m == NULL)
		return;
	for (i = 0; i < m->size; i++) {
		if (m->table[i].key != NULL && free_value != NULL)
			free_value(m->table[i].value);
		free(m->table[i].key);
	}
	free(m->table);
	free(m);
}

static struct entry *
find(const struct map *m, const char *key, size_t len, uint64_t hash)
{
	size_t i = hash & (m->size - 1);
	struct entry *e;

	for (;; i = (i + 1) & (m->size - 1)) {
		e = &m->table[i];
		if (e->key == NULL)
			return e;
		if (e->hash == hash && strlen(e->key) == len &&
		    (len == 0 || memcmp(e->key, key, len) == 0))
			return e;
	}
}

static void
grow(struct map *m)
{
	struct entry *old = m->table;
	size_t n = m->size, i, j;

	m->size *= 2;
	m->table = xcalloc(m->size, sizeof *m->table);
	for (i = 0; i < n; i++) {
		if (old[i].key == NULL)
			continue;
		j = old[i].hash & (m->size - 1);
		while (m->table[j].key != NULL)
			j = (j + 1) & (m->size - 1);
		m->table[j] = old[i];
	}
	free(old);
}

void *
map_set(struct map *m, const char *key, void *value)
{
	size_t len = strlen(key);
	uint64_t hash = hash64(key, len, m->seed);
	struct entry *e;
	void *old;

	if (m->count * 4 >= m->size * 3)
		grow(m);
	e = find(m, key, len, hash);
	if (e->key != NULL) {
		old = e->value;
		e->value = value;
		return old;
	}
	e->key = xstrdup(key);
	e->value = value;
	e->hash = hash;
	m->count++;
	return NULL;
}

void *
map_getn(const struct map *m, const char *key, size_t len)
{
	struct entry *e = find(m, key, len, hash64(key, len, m->seed));

	return e->key != NULL ? e->value : NULL;
}

void *
map_get(const struct map *m, const char *key)
{
	return map_getn(m, key, strlen(key));
}

void *
map_remove(struct map *m, const char *key)
{
	size_t len = strlen(key), i, j, home;
	struct entry *e = find(m, key, len, hash64(key, len, m->seed));
	void *value;

	if (e->key == NULL)
		return NULL;
	value = e->value;
	free(e->key);
	m->count--;
	i = (size_t)(e - m->table);
	for (j = (i + 1) & (m->size - 1); m->table[j].key != NULL;
	    j = (j + 1) & (m->size - 1)) {
		home = m->table[j].hash & (m->size - 1);
		/* move back what the hole would cut off from its home */
		if (((j - home) & (m->size - 1)) >= ((j - i) & (m->size - 1))) {
			m->table[i] = m->table[j];
			i = j;
		}
	}
	m->table[i].key = NULL;
	return value;
}

size_t
map_count(const struct map *m)
{
	return m->count;
}

int
map_next(const struct map *m, size_t *pos, const char **key, void **value)
{
	for (; *pos < m->size; ++*pos)
		if (m->table[*pos].key != NULL) {
			*key = m->table[*pos].key;
			*value = m->table[*pos].value;
			++*pos;
			return 1;
		}
	return 0;
}
