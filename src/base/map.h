/*
 * Hashing, and a map from strings to pointers. The seed is drawn at start, so
 * that whoever writes the logs cannot choose names that collide.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include <stddef.h>
#include <stdint.h>

/* 64-bit hash of any bytes, the same for the same seed on every machine. */
uint64_t hash64(const void *, size_t len, uint64_t seed);

struct map;
struct map *map_new(void);
void	 map_free(struct map *, void (*free_value)(void *));  /* both may be NULL */
/* Stores value under a copy of key; returns the value that stood there or NULL. */
void	*map_set(struct map *, const char *key, void *value);
void	*map_get(const struct map *, const char *key);
void	*map_getn(const struct map *, const char *key, size_t len);
void	*map_remove(struct map *, const char *key);  /* returns the value or NULL */
size_t	 map_count(const struct map *);
/* Walks in no given order: *pos starts at 0; returns 0 at the end. Key borrowed. */
int	 map_next(const struct map *, size_t *pos, const char **key, void **value);

#endif
