/*
 * SQLite behind a few calls: durable settings, statements, the lock, and files that
 * cannot be used.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "io/db.h"
#include "lib/folder.h"

struct rig {
	struct folder	 folder;
	char		*path;
	struct db	*db;
	struct err	 e;
};

static int
set_up(void **state)
{
	struct rig *r = calloc(1, sizeof *r);

	folder_make(&r->folder);
	r->path = strdup(folder_at(&r->folder, "state.db"));
	*state = r;
	return 0;
}

static int
tear_down(void **state)
{
	struct rig *r = *state;

	db_close(r->db);
	folder_remove(&r->folder);
	free(r->path);
	free(r);
	return 0;
}

static void
rig_open(struct rig *r)
{
	r->db = db_open(r->path, &r->e);
	if (r->db == NULL)
		fail_msg("%s", r->e.msg);
}

static void
rig_exec(struct rig *r, const char *sql)
{
	if (db_exec(r->db, sql, &r->e) != 0)
		fail_msg("%s", r->e.msg);
}

/* The number that a query gives. */
static int64_t
ask(struct rig *r, const char *sql)
{
	struct db_stmt *q;
	int64_t n;

	q = db_get(r->db, sql, &r->e);
	assert_non_null(q);
	assert_int_equal(db_step(q, &r->e), 1);
	n = db_int(q, 0);
	db_done(q);
	return n;
}

static void
commits_are_durable_by_its_settings(void **state)
{
	struct rig *r = *state;
	struct db_stmt *q;
	struct stat st;

	rig_open(r);
	q = db_get(r->db, "PRAGMA journal_mode", &r->e);
	assert_int_equal(db_step(q, &r->e), 1);
	assert_string_equal(db_text(q, 0), "wal");
	db_done(q);
	assert_int_equal(ask(r, "PRAGMA synchronous"), 2);
	assert_int_equal(stat(r->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
values_come_back_as_they_went(void **state)
{
	static const char blob[] = "a\0b";
	struct rig *r = *state;
	const char *p;
	size_t len;
	struct db_stmt *q;

	rig_open(r);
	rig_exec(r, "CREATE TABLE t (i INTEGER, s TEXT, b BLOB)");
	q = db_get(r->db, "INSERT INTO t VALUES (?, ?, ?)", &r->e);
	db_bind_int(q, 1, INT64_MIN);
	db_bind_text(q, 2, NULL);
	db_bind_blob(q, 3, blob, sizeof blob);
	assert_int_equal(db_step(q, &r->e), 0);
	assert_int_equal(db_changes(r->db), 1);
	db_done(q);
	q = db_get(r->db, "SELECT i, s, b FROM t", &r->e);
	assert_int_equal(db_step(q, &r->e), 1);
	assert_true(db_int(q, 0) == INT64_MIN);
	assert_null(db_text(q, 1));
	p = db_blob(q, 2, &len);
	assert_int_equal(len, sizeof blob);
	assert_memory_equal(p, blob, len);
	assert_int_equal(db_step(q, &r->e), 0);
	db_done(q);
}

static void
a_statement_is_kept_and_reset(void **state)
{
	static const char sql[] = "SELECT ?";
	struct rig *r = *state;
	struct db_stmt *q;

	rig_open(r);
	q = db_get(r->db, sql, &r->e);
	db_bind_int(q, 1, 5);
	assert_int_equal(db_step(q, &r->e), 1);
	assert_ptr_equal(db_get(r->db, sql, &r->e), q);
	assert_int_equal(db_step(q, &r->e), 1);
	assert_null(db_text(q, 0));	/* unbound again */
	db_done(q);
}

static void
rollback_leaves_nothing(void **state)
{
	struct rig *r = *state;

	rig_open(r);
	rig_exec(r, "CREATE TABLE t (i INTEGER)");
	assert_int_equal(db_begin(r->db, &r->e), 0);
	rig_exec(r, "INSERT INTO t VALUES (1)");
	db_rollback(r->db);
	db_rollback(r->db);
	assert_int_equal(ask(r, "SELECT count(*) FROM t"), 0);
	assert_int_equal(db_begin(r->db, &r->e), 0);
	rig_exec(r, "INSERT INTO t VALUES (1)");
	assert_int_equal(db_commit(r->db, &r->e), 0);
	assert_int_equal(ask(r, "SELECT count(*) FROM t"), 1);
}

static void
a_mistake_in_sql_is_an_error(void **state)
{
	struct rig *r = *state;

	rig_open(r);
	assert_null(db_get(r->db, "SELEC 1", &r->e));
	assert_non_null(strstr(r->e.msg, "syntax error"));
	assert_string_equal(r->e.file, r->path);
}

static void
a_second_process_is_refused_with_the_firsts_pid(void **state)
{
	struct rig *r = *state;
	char want[64];
	int status;
	pid_t pid;

	rig_open(r);
	snprintf(want, sizeof want, "in use by process %ld;", (long)getpid());
	pid = fork();
	if (pid == 0) {
		struct err e = { 0 };

		_exit(db_open(r->path, &e) == NULL &&
		    strstr(e.msg, want) != NULL ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	db_close(r->db);
	rig_open(r);		/* the lock went with the first */
}

static void
the_lock_of_a_killed_process_is_no_hindrance(void **state)
{
	struct rig *r = *state;
	int ready[2], status;
	char c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		if (db_open(r->path, NULL) == NULL || write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	close(ready[0]);
	rig_open(r);
}

static char *
slurp(const char *path, size_t *len)
{
	struct stat st;
	char *p;
	int fd;

	fd = open(path, O_RDONLY);
	assert_int_not_equal(fd, -1);
	fstat(fd, &st);
	*len = (size_t)st.st_size;
	p = malloc(*len + 1);
	assert_int_equal(read(fd, p, *len), (ssize_t)*len);
	close(fd);
	return p;
}

/* Overwrites a place of the file, and expects it refused and unchanged. */
static void
damage(struct rig *r, off_t at, const char *word)
{
	char junk[600], *before, *after;
	size_t len, len_after;
	int fd;

	memset(junk, 0x5a, sizeof junk);
	fd = open(r->path, O_WRONLY);
	assert_int_equal(pwrite(fd, junk, sizeof junk, at), sizeof junk);
	close(fd);
	before = slurp(r->path, &len);
	assert_null(db_open(r->path, &r->e));
	assert_non_null(strstr(r->e.msg, word));
	assert_non_null(strstr(r->e.msg, "left as it is"));
	assert_ptr_equal(r->e.file, r->path);
	after = slurp(r->path, &len_after);
	assert_int_equal(len, len_after);
	assert_memory_equal(before, after, len);
	free(before);
	free(after);
}

static void
damage_with_rows(struct rig *r, off_t at, const char *word)
{
	rig_open(r);
	rig_exec(r, "CREATE TABLE t (i INTEGER PRIMARY KEY, s TEXT);"
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
	    "WHERE i < 2000) INSERT INTO t SELECT i, hex(randomblob(20)) "
	    "FROM n");
	db_close(r->db);
	r->db = NULL;
	damage(r, at, word);
}

static void
a_damaged_page_is_refused_and_kept(void **state)
{
	damage_with_rows(*state, 5 * 4096, "damaged");
}

static void
a_damaged_head_is_refused_and_kept(void **state)
{
	damage_with_rows(*state, 0, "damaged");
}

/* With a write-ahead log beside it: looking must not write that into the file. */
static void
a_damaged_file_of_a_killed_process_is_kept(void **state)
{
	struct rig *r = *state;
	int ready[2], status;
	pid_t pid;
	char c;

	rig_open(r);
	rig_exec(r, "CREATE TABLE u (i INTEGER)");
	db_close(r->db);
	r->db = NULL;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct db *db = db_open(r->path, NULL);

		if (db == NULL ||
		    db_exec(db, "INSERT INTO u VALUES (1)", NULL) != 0 ||
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
	damage(r, 100, "damaged");	/* the root of the schema */
}

static void
a_file_of_something_else_is_refused(void **state)
{
	struct rig *r = *state;

	put_file(r->path, "root:x:0:0:root:/root:/bin/sh\n", 30, O_TRUNC);
	assert_null(db_open(r->path, &r->e));
	assert_non_null(strstr(r->e.msg, "damaged"));
}

static void
a_folder_in_its_place_is_refused(void **state)
{
	struct rig *r = *state;

	assert_int_equal(mkdir(r->path, 0700), 0);
	assert_null(db_open(r->path, &r->e));
	assert_non_null(strstr(r->e.msg, "cannot open it: Is a directory"));
}

static void
a_missing_folder_is_named_as_the_reason(void **state)
{
	struct rig *r = *state;

	assert_null(db_open(folder_at(&r->folder, "no/state.db"), &r->e));
	assert_non_null(strstr(r->e.msg, "No such file or directory; check"));
}

static void
a_full_disk_says_what_to_do(void **state)
{
	struct rig *r = *state;

	rig_open(r);
	rig_exec(r, "CREATE TABLE t (b BLOB); PRAGMA max_page_count = 10");
	assert_int_equal(db_begin(r->db, &r->e), 0);
	assert_int_equal(db_exec(r->db,
	    "INSERT INTO t VALUES (zeroblob(1000000))", &r->e), -1);
	assert_non_null(strstr(r->e.msg, "disk is full; make room"));
	db_rollback(r->db);
	assert_int_equal(ask(r, "SELECT count(*) FROM t"), 0);
}

static void
a_commit_whose_transaction_was_lost_fails(void **state)
{
	struct rig *r = *state;

	rig_open(r);
	assert_int_equal(db_begin(r->db, &r->e), 0);
	rig_exec(r, "ROLLBACK");
	assert_int_equal(db_commit(r->db, &r->e), -1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(commits_are_durable_by_its_settings),
		TEST(values_come_back_as_they_went),
		TEST(a_statement_is_kept_and_reset),
		TEST(rollback_leaves_nothing),
		TEST(a_mistake_in_sql_is_an_error),
		TEST(a_second_process_is_refused_with_the_firsts_pid),
		TEST(the_lock_of_a_killed_process_is_no_hindrance),
		TEST(a_damaged_page_is_refused_and_kept),
		TEST(a_damaged_head_is_refused_and_kept),
		TEST(a_damaged_file_of_a_killed_process_is_kept),
		TEST(a_file_of_something_else_is_refused),
		TEST(a_folder_in_its_place_is_refused),
		TEST(a_missing_folder_is_named_as_the_reason),
		TEST(a_full_disk_says_what_to_do),
		TEST(a_commit_whose_transaction_was_lost_fails),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
