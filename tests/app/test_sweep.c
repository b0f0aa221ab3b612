/*
 * The sweep: entries of files that left are forgotten after a week, and no others.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "app/sweep.h"
#include "base/mem.h"
#include "base/text.h"
#include "lib/folder.h"

#define NOW (2000000 * NS_PER_SEC * 1000)
#define DAY (86400 * NS_PER_SEC)

static enum offer
no_offer(void *arg, struct object *o)
{
	(void)arg;
	object_free(o);
	return OFFER_KNOWN;
}

struct rig {
	struct folder	 folder;
	struct loop	*loop;
	struct source_host host;
	struct source	*source;
	struct store	*store;
	struct yaml	*yaml;
};

static void
rig_open(struct rig *r)
{
	struct errs es = { 0 };
	struct store_options so = { NULL, DAY, 1 << 20, 90 * DAY };
	char *text;
	struct err e;

	memset(r, 0, sizeof *r);
	folder_make(&r->folder);
	so.path = folder_at(&r->folder, "state.db");
	r->store = store_open(&so, NOW, &e);
	assert_non_null(r->store);
	mkdir(folder_at(&r->folder, "in"), 0755);
	text = xasprintf("{name: s, type: directory, path: %s}\n",
	    folder_at(&r->folder, "in"));
	r->yaml = yaml_read("t", text, strlen(text), &es);
	free(text);
	r->loop = loop_new();
	r->host = (struct source_host){ r->loop, NULL, no_offer };
	r->source = source_new(r->yaml, r->yaml->docs[0], &r->host, &es);
	assert_non_null(r->source);
}

static void
rig_close(struct rig *r)
{
	source_free(r->source);
	store_close(r->store);
	yaml_free(r->yaml);
	loop_free(r->loop);
	folder_remove(&r->folder);
}

static void
put_entry(struct rig *r, const char *name, int64_t at)
{
	struct ledger_entry entry = { .state = LEDGER_DONE, .at = at };
	struct err e;

	strcpy(entry.version, "v");
	assert_int_equal(store_begin(r->store, &e), 0);
	assert_int_equal(store_ledger_put(r->store, "s",
	    folder_at(&r->folder, name), &entry, &e), 0);
	assert_int_equal(store_commit(r->store, &e), 0);
}

static int
has_entry(struct rig *r, const char *name)
{
	struct ledger_entry entry;
	struct err e;

	return store_ledger_get(r->store, "s", folder_at(&r->folder, name), &entry,
	    &e);
}

/* Steps until a round is done; how many. */
static int
round_of(struct sweep *s)
{
	struct err e;
	int n = 1, rc;

	while ((rc = sweep_step(s, NOW, &e)) == 1)
		n++;
	assert_int_equal(rc, 0);
	return n;
}

static void
on_later(void *arg)
{
	loop_stop(arg);
}

/* Turns the loop until the source's first walk is over. */
static void
await_walk(struct rig *r)
{
	struct loop_timer *later = loop_timer_new(r->loop, on_later, r->loop);
	struct source_status st;

	do {
		loop_timer_arm(later, NS_PER_SEC / 1000);
		loop_run(r->loop);
		source_status(r->source, &st);
	} while (st.scanning);
	loop_timer_free(later);
}

static void
entries_of_files_that_left_go_after_a_week(void **state)
{
	struct source *sources[1];
	struct sweep s = { 0 };
	struct rig r;
	char name[32];
	int i;

	(void)state;
	rig_open(&r);
	put_file(folder_at(&r.folder, "in/there"), "x\n", 2, O_TRUNC);
	put_entry(&r, "in/there", NOW - 30 * DAY);
	put_entry(&r, "in/left-lately", NOW - 6 * DAY);
	for (i = 0; i < 450; i++) {
		snprintf(name, sizeof name, "in/left%03d", i);
		put_entry(&r, name, NOW - 8 * DAY);
	}
	sources[0] = r.source;
	s.store = r.store;
	s.sources = sources;
	s.nsources = 1;
	/* the source has seen no file yet: it may be an unmounted folder */
	round_of(&s);
	assert_int_equal(has_entry(&r, "in/left000"), 1);

	assert_int_equal(source_start(r.source, NULL), 0);
	await_walk(&r);
	assert_int_equal(round_of(&s), 4);	/* 200 a step */
	assert_int_equal(has_entry(&r, "in/there"), 1);
	assert_int_equal(has_entry(&r, "in/left-lately"), 1);
	for (i = 0; i < 450; i++) {
		snprintf(name, sizeof name, "in/left%03d", i);
		assert_int_equal(has_entry(&r, name), 0);
	}
	rig_close(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(entries_of_files_that_left_go_after_a_week),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
