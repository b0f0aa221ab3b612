/*
 * The state file: the ledger, the ids of records, and what a crash leaves.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>

#include "base/map.h"
#include "io/db.h"
#include "store/rig.h"

/* -- ledger ------------------------------------------------------------------- */

static struct ledger_entry
entry(const char *version, uint64_t offset, int64_t at)
{
	struct ledger_entry out = { .state = LEDGER_DONE, .size = 100,
	    .offset = offset, .records = 9, .mtime = -5, .at = at, .tries = 2 };

	snprintf(out.version, sizeof out.version, "%s", version);
	snprintf(out.error, sizeof out.error, "bad \"luck\"");
	return out;
}

static void
put(struct rig *r, const char *source, const char *name,
    struct ledger_entry what)
{
	rig_begin(r);
	assert_int_equal(store_ledger_put(r->store, source, name, &what,
	    &r->e), 0);
	rig_commit(r);
}

static void
the_ledger_gives_back_what_was_put(void **state)
{
	struct rig *r = *state;
	struct ledger_entry got, want = entry("1:2", 55, NOW);

	assert_int_equal(store_ledger_get(r->store, "s", "/a", &got, &r->e), 0);
	put(r, "s", "/a", want);
	rig_reopen(r, NOW);
	memset(&got, 0, sizeof got);
	assert_int_equal(store_ledger_get(r->store, "s", "/a", &got, &r->e), 1);
	assert_memory_equal(&got, &want, sizeof got);
	assert_int_equal(store_ledger_get(r->store, "t", "/a", &got, &r->e), 0);
}

static void
a_second_put_replaces(void **state)
{
	struct rig *r = *state;
	struct ledger_entry got;

	put(r, "s", "/a", entry("1:2", 55, NOW));
	put(r, "s", "/a", entry("1:3", 77, NOW));
	assert_int_equal(store_ledger_get(r->store, "s", "/a", &got, &r->e), 1);
	assert_int_equal(got.offset, 77);
	assert_string_equal(got.version, "1:3");
}

static void
a_renamed_file_is_found_by_its_version(void **state)
{
	struct rig *r = *state;
	struct ledger_entry got;
	char name[OBJECT_NAME_MAX];

	put(r, "s", "/access.log.old", entry("1:2", 1, NOW));
	put(r, "s", "/access.log", entry("1:2", 2, NOW + HOUR));
	assert_int_equal(store_ledger_by_version(r->store, "s", "1:2", name,
	    &got, &r->e), 1);
	assert_string_equal(name, "/access.log");
	assert_int_equal(got.offset, 2);
	assert_int_equal(store_ledger_by_version(r->store, "t", "1:2", name,
	    &got, &r->e), 0);
}

static void
dropped_entries_are_gone_and_the_rest_come_in_order(void **state)
{
	struct rig *r = *state;
	struct ledger_entry got;
	char name[OBJECT_NAME_MAX] = "";

	put(r, "s", "/c", entry("3", 0, NOW));
	put(r, "s", "/a", entry("1", 0, NOW));
	put(r, "s", "/b", entry("2", 0, NOW));
	put(r, "t", "/aa", entry("4", 0, NOW));
	rig_begin(r);
	assert_int_equal(store_ledger_drop(r->store, "s", "/b", &r->e), 0);
	rig_commit(r);
	assert_int_equal(store_ledger_next(r->store, "s", "", name, &got,
	    &r->e), 1);
	assert_string_equal(name, "/a");
	assert_int_equal(store_ledger_next(r->store, "s", "/a", name, &got,
	    &r->e), 1);
	assert_string_equal(name, "/c");
	assert_int_equal(store_ledger_next(r->store, "s", "/c", name, &got,
	    &r->e), 0);
}

static void
failed_objects_are_counted(void **state)
{
	struct rig *r = *state;
	struct ledger_entry bad = entry("1", 0, NOW);
	struct store_status st;

	put(r, "s", "/a", entry("1", 0, NOW));
	bad.state = LEDGER_FAILED;
	put(r, "s", "/b", bad);
	bad.state = LEDGER_GIVEN_UP;
	put(r, "s", "/c", bad);
	assert_int_equal(store_status(r->store, &st, &r->e), 0);
	assert_int_equal(st.objects, 3);
	assert_int_equal(st.failed_objects, 2);
}

/* -- ids of records ----------------------------------------------------------- */

/* How many of the ids from..to-1 were seen before, in one transaction. */
static size_t
add_ids(struct rig *r, uint64_t from, uint64_t to, int64_t now, int commit)
{
	size_t i, n = (size_t)(to - from), dups = 0;
	uint64_t *ids = calloc(n, sizeof *ids), k;
	uint8_t *dup = calloc(n, 1);

	for (i = 0; i < n; i++) {
		k = from + i;
		ids[i] = hash64(&k, sizeof k, store_seed(r->store));
	}
	rig_begin(r);
	assert_int_equal(store_seen(r->store, ids, n, dup, now, &r->e), 0);
	if (commit)
		rig_commit(r);
	else
		store_rollback(r->store);
	for (i = 0; i < n; i++)
		dups += dup[i];
	free(ids);
	free(dup);
	return dups;
}

static void
ids_are_known_across_restarts(void **state)
{
	struct rig *r = *state;

	assert_int_equal(add_ids(r, 1, 1001, NOW, 1), 0);
	assert_int_equal(add_ids(r, 501, 1501, NOW, 1), 500);
	rig_reopen(r, NOW + HOUR);
	assert_int_equal(add_ids(r, 1, 2001, NOW + HOUR, 1), 1500);
}

static void
an_id_twice_in_one_call_is_a_duplicate(void **state)
{
	struct rig *r = *state;
	uint64_t ids[] = { 5, 6, 5, 0, 0, 6 };
	uint8_t dup[6];

	rig_begin(r);
	assert_int_equal(store_seen(r->store, ids, 6, dup, NOW, &r->e), 0);
	rig_commit(r);
	assert_memory_equal(dup, "\0\0\1\0\0\1", 6);
}

static void
no_ids_are_no_work(void **state)
{
	struct rig *r = *state;

	rig_begin(r);
	assert_int_equal(store_seen(r->store, NULL, 0, NULL, NOW, &r->e), 0);
	rig_commit(r);
}

static void
a_rollback_forgets_its_ids(void **state)
{
	struct rig *r = *state;

	assert_int_equal(add_ids(r, 1, 101, NOW, 1), 0);
	assert_int_equal(add_ids(r, 51, 201, NOW, 0), 50);
	assert_int_equal(add_ids(r, 51, 201, NOW, 1), 50);
	assert_int_equal(add_ids(r, 1, 201, NOW, 1), 200);
}

static void
a_rollback_brings_back_what_it_had_evicted(void **state)
{
	struct rig *r = *state;

	r->options.seen_bytes = 0;	/* 65,536 entries */
	rig_reopen(r, NOW);
	assert_int_equal(add_ids(r, 1, 20001, NOW, 1), 0);
	add_ids(r, 100000, 300000, NOW + HOUR, 0);
	/* The same lines as before; what had not fitted then does not now. */
	assert_true(add_ids(r, 1, 20001, NOW + HOUR, 1) > 19900);
}

static void
ids_past_the_look_back_are_new_and_leave_the_disk(void **state)
{
	struct rig *r = *state;
	struct store_status st;

	add_ids(r, 1, 1001, NOW, 1);
	rig_reopen(r, NOW + 25 * HOUR);
	assert_int_equal(store_status(r->store, &st, &r->e), 0);
	assert_int_equal(st.seen, 0);
	assert_int_equal(store_expire(r->store, NOW + 25 * HOUR, &r->e), 0);
	rig_reopen(r, NOW);	/* not even for a clock set back */
	assert_int_equal(add_ids(r, 1, 1001, NOW + 25 * HOUR, 1), 0);
}

static void
ids_are_forgotten_in_small_steps(void **state)
{
	struct rig *r = *state;
	uint64_t i;

	for (i = 0; i < 100; i++)
		add_ids(r, i * 10 + 1, i * 10 + 11, NOW, 1);
	assert_int_equal(store_expire(r->store, NOW + 25 * HOUR, &r->e), 1);
	assert_int_equal(store_expire(r->store, NOW + 25 * HOUR, &r->e), 0);
}

static void
the_disk_keeps_no_more_ids_than_memory_holds(void **state)
{
	struct rig *r = *state;
	struct store_status st;
	uint64_t i;

	r->options.seen_bytes = 0;	/* 65,536 entries */
	rig_reopen(r, NOW);
	for (i = 0; i < 20; i++)
		add_ids(r, i * 8192 + 1, i * 8192 + 8193, NOW + (int64_t)i * HOUR,
		    1);
	assert_int_equal(store_expire(r->store, NOW + 20 * HOUR, &r->e), 0);
	assert_int_equal(store_status(r->store, &st, &r->e), 0);
	assert_true(st.seen_evicted > 0);
	rig_reopen(r, NOW + 20 * HOUR);
	assert_int_equal(store_status(r->store, &st, &r->e), 0);
	assert_in_range(st.seen + st.seen_evicted, 65536, 65536 + 8192);
	/* The youngest are those that stayed. */
	assert_true(add_ids(r, 19 * 8192 + 1, 20 * 8192 + 1, NOW + 20 * HOUR, 1) > 8000);
}

/* -- the file ----------------------------------------------------------------- */

static void
the_seed_is_made_once(void **state)
{
	struct rig *r = *state;
	uint64_t seed = store_seed(r->store);
	char *other;

	rig_reopen(r, NOW);
	assert_true(store_seed(r->store) == seed);
	store_close(r->store);
	other = strdup(folder_at(&r->folder, "other.db"));
	r->options.path = other;
	rig_open_at(r, NOW);
	assert_true(store_seed(r->store) != seed);
	store_close(r->store);
	free(other);
	r->options.path = r->path;
	rig_open_at(r, NOW);
}

static void
edit(struct rig *r, const char *sql)
{
	struct db *db;

	store_close(r->store);
	r->store = NULL;
	db = db_open(r->path, &r->e);
	assert_non_null(db);
	assert_int_equal(db_exec(db, sql, &r->e), 0);
	db_close(db);
}

static void
refused(struct rig *r, const char *word)
{
	r->store = store_open(&r->options, NOW, &r->e);
	assert_null(r->store);
	if (strstr(r->e.msg, word) == NULL)
		fail_msg("no \"%s\" in: %s", word, r->e.msg);
	assert_ptr_equal(r->e.file, r->path);
}

static void
a_newer_schema_is_refused(void **state)
{
	struct rig *r = *state;

	edit(r, "PRAGMA user_version = 2");
	refused(r, "written by a newer bucketwatch (schema 2, this one knows up "
	    "to 1)");
}

static void
another_programs_database_is_refused(void **state)
{
	struct rig *r = *state;

	edit(r, "PRAGMA application_id = 1");
	refused(r, "not one of bucketwatch");
}

static void
a_damaged_file_is_refused(void **state)
{
	struct rig *r = *state;
	char junk[4096];
	int fd;

	add_ids(r, 1, 20001, NOW, 1);
	store_close(r->store);
	memset(junk, 0xff, sizeof junk);
	fd = open(r->path, O_WRONLY);
	assert_int_equal(pwrite(fd, junk, 4096, 2 * 4096), 4096);
	close(fd);
	refused(r, "damaged");
}

static void
two_daemons_on_one_file_are_refused(void **state)
{
	struct rig *r = *state;
	int status;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		struct err e = { 0 };

		_exit(store_open(&r->options, NOW, &e) == NULL &&
		    strstr(e.msg, "in use by process") != NULL ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* -- crashes ------------------------------------------------------------------ */

enum death { BEFORE_COMMIT, AFTER_COMMIT };

/* A process opens the file, does everything that a batch does, and is killed. */
static void
die(struct rig *r, enum death when)
{
	static const char *const outputs[] = { "one", "two", NULL };
	struct ledger_entry done = entry("1:2", 100, NOW);
	int status, ready[2], added;
	uint64_t ids[] = { 11, 12, 13 };
	uint8_t dup[3];
	pid_t pid;
	char c;

	store_close(r->store);
	r->store = NULL;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct store *s = store_open(&r->options, NOW, NULL);

		if (s == NULL || store_begin(s, NULL) != 0 ||
		    store_seen(s, ids, 3, dup, NOW, NULL) != 0 ||
		    store_alert_add(s, "a1", NOW, 3, "{}", 2, outputs, NOW,
		    &added, NULL) != 0 ||
		    store_ledger_put(s, "s", "/a", &done, NULL) != 0 ||
		    store_mark_put(s, "one", 42, NULL) != 0 ||
		    (when == AFTER_COMMIT && store_commit(s, NULL) != 0) ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	rig_open_at(r, NOW);
}

static void
a_crash_before_the_commit_leaves_nothing(void **state)
{
	struct rig *r = *state;
	struct ledger_entry got;
	uint64_t ids[] = { 11, 12, 13 };
	struct store_status st;
	uint8_t dup[3];

	die(r, BEFORE_COMMIT);
	assert_int_equal(store_ledger_get(r->store, "s", "/a", &got, &r->e), 0);
	assert_int_equal(store_status(r->store, &st, &r->e), 0);
	assert_int_equal(st.alerts + st.waiting + st.seen + st.objects, 0);
	assert_int_equal(store_mark_get(r->store, "one"), -1);
	rig_begin(r);
	assert_int_equal(store_seen(r->store, ids, 3, dup, NOW, &r->e), 0);
	assert_memory_equal(dup, "\0\0\0", 3);
	rig_commit(r);
}

static void
a_crash_after_the_commit_loses_nothing(void **state)
{
	struct rig *r = *state;
	struct ledger_entry got;
	uint64_t ids[] = { 11, 12, 13 };
	struct store_status st;
	uint8_t dup[3];

	die(r, AFTER_COMMIT);
	assert_int_equal(store_ledger_get(r->store, "s", "/a", &got, &r->e), 1);
	assert_int_equal(store_status(r->store, &st, &r->e), 0);
	assert_int_equal(st.alerts, 1);
	assert_int_equal(st.waiting, 2);
	assert_int_equal(store_mark_get(r->store, "one"), 42);
	rig_begin(r);
	assert_int_equal(store_seen(r->store, ids, 3, dup, NOW, &r->e), 0);
	assert_memory_equal(dup, "\1\1\1", 3);
	rig_commit(r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(the_ledger_gives_back_what_was_put),
		RIG_TEST(a_second_put_replaces),
		RIG_TEST(a_renamed_file_is_found_by_its_version),
		RIG_TEST(dropped_entries_are_gone_and_the_rest_come_in_order),
		RIG_TEST(failed_objects_are_counted),
		RIG_TEST(ids_are_known_across_restarts),
		RIG_TEST(an_id_twice_in_one_call_is_a_duplicate),
		RIG_TEST(no_ids_are_no_work),
		RIG_TEST(a_rollback_forgets_its_ids),
		RIG_TEST(a_rollback_brings_back_what_it_had_evicted),
		RIG_TEST(ids_past_the_look_back_are_new_and_leave_the_disk),
		RIG_TEST(ids_are_forgotten_in_small_steps),
		RIG_TEST(the_disk_keeps_no_more_ids_than_memory_holds),
		RIG_TEST(the_seed_is_made_once),
		RIG_TEST(a_newer_schema_is_refused),
		RIG_TEST(another_programs_database_is_refused),
		RIG_TEST(a_damaged_file_is_refused),
		RIG_TEST(two_daemons_on_one_file_are_refused),
		RIG_TEST(a_crash_before_the_commit_leaves_nothing),
		RIG_TEST(a_crash_after_the_commit_loses_nothing),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
