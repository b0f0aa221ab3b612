/*
 * The ids of records already judged: a table of cache lines, each of eight entries
 * (48 bits of the id, 16 bits of when). One look-up touches one line. Starts small and
 * doubles up to its limit; then a full line gives up its oldest entry and counts that.
 * Two different ids look the same with a chance of the entries held over 2^61: 4e-12 a
 * record with eight million of them.
 */
#ifndef STORE_SEEN_H
#define STORE_SEEN_H

#include <stddef.h>
#include <stdint.h>

#define SEEN_BYTES_MIN (512 * 1024)

struct seen;
/*
 * look_back_ns: entries older than that are gone (in steps of 1/4096 of it). max_bytes:
 * rounded down to a power of two, at least SEEN_BYTES_MIN.
 */
struct seen *seen_new(size_t max_bytes, int64_t look_back_ns);
void	 seen_free(struct seen *);	/* takes NULL */
/*
 * 1 when id was added within the look-back, else adds it: 0. Age counts from the first
 * time, as it does on disk. now: wall clock; an id of 0 is never seen and never added.
 */
int	 seen_add(struct seen *, uint64_t id, int64_t now);
/* The same for n ids: dup[i] is what seen_add() said of ids[i]. */
void	 seen_add_many(struct seen *, const uint64_t *ids, size_t n, uint8_t *dup,
	    int64_t now);
/* capacity: entries that fit at the limit. */
void	 seen_stats(const struct seen *, uint64_t *entries, uint64_t *capacity,
	    uint64_t *evicted);

#endif
