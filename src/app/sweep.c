/*
 * Forgetting in small steps. See sweep.h.
 */
#include <string.h>

#include "app/sweep.h"

/* Some entries of the source whose turn it is. 1 more of it, 0 its end, -1 error. */
static int
sweep_source(struct sweep *s, const struct source *source, int64_t now,
    struct err *e)
{
	struct ledger_entry entry;
	int rc = 1, i;

	for (i = 0; i < SWEEP_ENTRIES; i++) {
		rc = store_ledger_next(s->store, source_name(source), s->name,
		    s->name, &entry, e);
		if (rc != 1)
			return rc;
		if (entry.at >= now - SWEEP_GONE_NS || source_has(source, s->name))
			continue;
		if (store_ledger_drop(s->store, source_name(source), s->name, e) == -1)
			return -1;
	}
	return 1;
}

int
sweep_step(struct sweep *s, int64_t now, struct err *e)
{
	int more, rc;

	if ((more = store_expire(s->store, now, e)) == -1)
		return -1;
	if (s->at >= s->nsources) {
		s->at = 0;
		s->name[0] = '\0';
		return more;
	}
	if (store_begin(s->store, e) == -1)
		return -1;
	rc = sweep_source(s, s->sources[s->at], now, e);
	if (rc == -1 || store_commit(s->store, e) == -1) {
		store_rollback(s->store);
		return -1;
	}
	if (rc == 0) {
		s->at++;
		s->name[0] = '\0';
	}
	return 1;
}
