/*
 * A state file of a test's own.
 */
#ifndef STORE_RIG_H
#define STORE_RIG_H

#include <stdlib.h>
#include <string.h>

#include "lib/folder.h"
#include "store/store.h"

#define HOUR (3600LL * 1000000000)
#define NOW (1768464000LL * 1000000000)		/* 2026-01-15 */

struct rig {
	struct folder	 folder;
	char		*path;
	struct store	*store;
	struct store_options options;
	struct err	 e;
};

static inline void
rig_open_at(struct rig *r, int64_t now)
{
	r->store = store_open(&r->options, now, &r->e);
	if (r->store == NULL)
		fail_msg("%s", r->e.msg);
}

static inline int
rig_set_up(void **state)
{
	struct rig *r = calloc(1, sizeof *r);

	folder_make(&r->folder);
	r->path = strdup(folder_at(&r->folder, "state.db"));
	r->options.path = r->path;
	r->options.look_back_ns = 24 * HOUR;
	r->options.seen_bytes = 1 << 20;
	r->options.keep_alerts_ns = 48 * HOUR;
	rig_open_at(r, NOW);
	*state = r;
	return 0;
}

static inline int
rig_tear_down(void **state)
{
	struct rig *r = *state;

	store_close(r->store);
	folder_remove(&r->folder);
	free(r->path);
	free(r);
	return 0;
}

static inline void
rig_reopen(struct rig *r, int64_t now)
{
	store_close(r->store);
	rig_open_at(r, now);
}

static inline void
rig_begin(struct rig *r)
{
	if (store_begin(r->store, &r->e) != 0)
		fail_msg("%s", r->e.msg);
}

static inline void
rig_commit(struct rig *r)
{
	if (store_commit(r->store, &r->e) != 0)
		fail_msg("%s", r->e.msg);
}

#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, rig_set_up, rig_tear_down)

#endif
