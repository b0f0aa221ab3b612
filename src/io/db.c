/*
 * SQLite behind a few calls. Every error says what to do about it, as the one who
 * reads it is woken at night.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/mem.h"
#include "io/db.h"

#define BUSY_TIMEOUT_MS 5000	/* somebody looks into the file with another tool */
#define STATEMENTS_MAX 128
/* The check at open reads the whole file; a larger one would hold up the start, and
   damage in it is found when it is met. */
#define CHECK_BYTES_MAX (1LL << 30)

struct db_stmt {
	const char	*sql;		/* borrowed: a constant */
	sqlite3_stmt	*stmt;
	struct db	*db;
};

struct db {
	sqlite3		*sql;
	char		*path, *lock_path;
	int		 lock_fd;
	struct db_stmt	*stmts[STATEMENTS_MAX];
	size_t		 nstmts;
};

/* -- errors ------------------------------------------------------------------- */

static int
fail(const struct db *db, int rc, const char *doing, struct err *e)
{
	struct err at = { .file = db->path };
	const char *msg;
	int no;

	msg = db->sql != NULL ? sqlite3_errmsg(db->sql) : sqlite3_errstr(rc);
	no = db->sql != NULL ? sqlite3_system_errno(db->sql) : 0;
	switch (rc & 0xff) {
	case SQLITE_FULL:
		return err_at(e, &at, "%s: the disk is full; make room on its "
		    "file system and start again", doing);
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN:
	case SQLITE_PERM:
	case SQLITE_AUTH:
		return err_at(e, &at, "%s: the file or its folder cannot be "
		    "written (%s); check owner, mode and mount", doing,
		    no ? strerror(no) : msg);
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return err_at(e, &at, "%s: the file is damaged (%s) and was "
		    "left as it is; restore a copy, or move it away to begin "
		    "anew", doing, msg);
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return err_at(e, &at, "%s: another program holds the file; "
		    "close it and start again", doing);
	case SQLITE_IOERR:
		return err_at(e, &at, "%s: the disk does not read or write "
		    "(%s: %s)", doing, msg, no ? strerror(no) : "no reason given");
	default:
		return err_at(e, &at, "%s: %s", doing, msg);
	}
}

/* -- opening ------------------------------------------------------------------ */

/* Two daemons on one file would each send every alert. */
static int
take_lock(struct db *db, struct err *e)
{
	struct err at = { .file = db->path };
	char pid[32];
	ssize_t n;
	int fd, no;

	fd = open(db->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
	    0600);
	if (fd == -1)
		return err_at(e, &at, "cannot make the lock file beside it: %s; "
		    "check owner, mode and mount of its folder",
		    strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) == -1) {
		no = errno;
		n = pread(fd, pid, sizeof pid - 1, 0);
		close(fd);
		pid[n > 0 ? n : 0] = '\0';
		pid[strspn(pid, "0123456789")] = '\0';
		if (no != EWOULDBLOCK)
			return err_at(e, &at, "cannot lock it: %s",
			    strerror(no));
		return err_at(e, &at, "in use by process %s; one state file "
		    "serves one daemon", *pid ? pid : "(unknown)");
	}
	db->lock_fd = fd;
	n = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
	/* The lock is what counts; its text is for people. */
	if (ftruncate(fd, 0) == -1 || pwrite(fd, pid, (size_t)n, 0) != n)
		return err_at(e, &at, "cannot write the lock file beside it: "
		    "%s", strerror(errno));
	return 0;
}

/* SQLite would make the file readable for everyone that the umask lets in. */
static int
make_file(struct db *db, int64_t *size, struct err *e)
{
	struct err at = { .file = db->path };
	struct stat st;
	int fd;

	fd = open(db->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1)
		return err_at(e, &at, "cannot open it: %s; check owner, mode "
		    "and mount", strerror(errno));
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode)) {
		close(fd);
		return err_at(e, &at, "not a regular file");
	}
	close(fd);
	*size = st.st_size;
	return 0;
}

/* Runs sql; the first column of its first row, if there is one, into out. */
static int
ask(struct db *db, const char *sql, char *out, size_t len, const char *doing,
    struct err *e)
{
	const unsigned char *text;
	sqlite3_stmt *stmt = NULL;
	int rc;

	*out = '\0';
	rc = sqlite3_prepare_v2(db->sql, sql, -1, &stmt, NULL);
	if (rc == SQLITE_OK) {
		rc = sqlite3_step(stmt);
		text = rc == SQLITE_ROW ? sqlite3_column_text(stmt, 0) : NULL;
		snprintf(out, len, "%s", text ? (const char *)text : "");
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		fail(db, rc, doing, e);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : -1;
}

static int
check_file(struct db *db, int64_t size, struct err *e)
{
	struct err at = { .file = db->path };
	char answer[128];

	if (ask(db, size > CHECK_BYTES_MAX ? "PRAGMA schema_version" :
	    "PRAGMA quick_check(1)", answer, sizeof answer, "checking it", e))
		return -1;
	if (size > CHECK_BYTES_MAX || strcmp(answer, "ok") == 0)
		return 0;
	return err_at(e, &at, "the file is damaged (%.90s) and was left as it "
	    "is; restore a copy, or move it away to begin anew", answer);
}

static int
set_up(struct db *db, struct err *e)
{
	struct err at = { .file = db->path };
	char answer[64];

	if (ask(db, "PRAGMA journal_mode = WAL", answer, sizeof answer,
	    "opening it", e) != 0)
		return -1;
	if (strcmp(answer, "wal") != 0)
		return err_at(e, &at, "its file system cannot hold a write-ahead "
		    "log (no shared memory); use a local one");
	return db_exec(db, "PRAGMA synchronous = FULL;"
	    "PRAGMA temp_store = MEMORY;"
	    "PRAGMA journal_size_limit = 67108864;"
	    "PRAGMA trusted_schema = OFF;", e);
}

struct db *
db_open(const char *path, struct err *e)
{
	struct db *db;
	int64_t size;
	int rc;

	db = xcalloc(1, sizeof *db);
	db->path = xstrdup(path);
	db->lock_path = xasprintf("%s.lock", path);
	db->lock_fd = -1;
	if (take_lock(db, e) != 0 || make_file(db, &size, e) != 0)
		goto fail;
	rc = sqlite3_open_v2(path, &db->sql, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);
	if (rc != SQLITE_OK) {
		fail(db, rc, "opening it", e);
		goto fail;
	}
	sqlite3_extended_result_codes(db->sql, 1);
	sqlite3_busy_timeout(db->sql, BUSY_TIMEOUT_MS);
	/* Until it is known to be sound, closing must not write into it. */
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (check_file(db, size, e) != 0)
		goto fail;
	if (set_up(db, e) != 0)
		goto fail;
	sqlite3_db_config(db->sql, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	return db;
fail:
	/* What e borrows must live on: the caller's own string. */
	if (e != NULL && e->file == db->path)
		e->file = path;
	db_close(db);
	return NULL;
}

void
db_close(struct db *db)
{
	size_t i;

	if (db == NULL)
		return;
	for (i = 0; i < db->nstmts; i++) {
		sqlite3_finalize(db->stmts[i]->stmt);
		free(db->stmts[i]);
	}
	sqlite3_close(db->sql);
	/* The lock file stays: removing it would race with the next one's lock. */
	if (db->lock_fd != -1)
		close(db->lock_fd);
	free(db->lock_path);
	free(db->path);
	free(db);
}

/* -- transactions ------------------------------------------------------------- */

int
db_exec(struct db *db, const char *sql, struct err *e)
{
	int rc;

	rc = sqlite3_exec(db->sql, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : fail(db, rc, "writing to it", e);
}

static int
run(struct db *db, const char *sql, const char *doing, struct err *e)
{
	struct db_stmt *s;
	int rc;

	s = db_get(db, sql, e);
	if (s == NULL)
		return -1;
	rc = sqlite3_step(s->stmt);
	sqlite3_reset(s->stmt);
	return rc == SQLITE_DONE ? 0 : fail(db, rc, doing, e);
}

int
db_begin(struct db *db, struct err *e)
{
	assert(sqlite3_get_autocommit(db->sql));
	return run(db, "BEGIN IMMEDIATE", "beginning a transaction", e);
}

int
db_commit(struct db *db, struct err *e)
{
	struct err at = { .file = db->path };

	/* A full disk may have ended the transaction at an earlier statement. */
	if (sqlite3_get_autocommit(db->sql))
		return err_at(e, &at, "the transaction was lost before its "
		    "commit");
	if (run(db, "COMMIT", "committing", e) == 0)
		return 0;
	db_rollback(db);
	return -1;
}

void
db_rollback(struct db *db)
{
	size_t i;

	for (i = 0; i < db->nstmts; i++)
		sqlite3_reset(db->stmts[i]->stmt);
	if (!sqlite3_get_autocommit(db->sql))
		sqlite3_exec(db->sql, "ROLLBACK", NULL, NULL, NULL);
}

/* -- statements --------------------------------------------------------------- */

struct db_stmt *
db_get(struct db *db, const char *sql, struct err *e)
{
	struct db_stmt *s;
	size_t i;
	int rc;

	for (i = 0; i < db->nstmts; i++) {
		if (db->stmts[i]->sql != sql)
			continue;
		db_done(db->stmts[i]);
		return db->stmts[i];
	}
	assert(db->nstmts < STATEMENTS_MAX);
	s = xcalloc(1, sizeof *s);
	s->sql = sql;
	s->db = db;
	rc = sqlite3_prepare_v3(db->sql, sql, -1, SQLITE_PREPARE_PERSISTENT,
	    &s->stmt, NULL);
	if (rc != SQLITE_OK) {
		fail(db, rc, "reading it", e);
		free(s);
		return NULL;
	}
	db->stmts[db->nstmts++] = s;
	return s;
}

/* Binding fails only for a wrong number or a value over SQLite's own limit. */
static void
bound(int rc)
{
	assert(rc == SQLITE_OK || rc == SQLITE_TOOBIG);
	(void)rc;
}

void
db_bind_int(struct db_stmt *s, int at, int64_t n)
{
	bound(sqlite3_bind_int64(s->stmt, at, n));
}

void
db_bind_text(struct db_stmt *s, int at, const char *text)
{
	bound(sqlite3_bind_text(s->stmt, at, text, -1, SQLITE_TRANSIENT));
}

void
db_bind_blob(struct db_stmt *s, int at, const void *p, size_t len)
{
	/* An empty blob is not null. */
	bound(sqlite3_bind_blob64(s->stmt, at, len ? p : "", len,
	    SQLITE_STATIC));
}

int
db_step(struct db_stmt *s, struct err *e)
{
	int rc;

	rc = sqlite3_step(s->stmt);
	if (rc == SQLITE_ROW)
		return 1;
	if (rc == SQLITE_DONE)
		return 0;
	return fail(s->db, rc, sqlite3_stmt_readonly(s->stmt) ? "reading it" :
	    "writing to it", e);
}

int64_t
db_int(struct db_stmt *s, int col)
{
	return sqlite3_column_int64(s->stmt, col);
}

const char *
db_text(struct db_stmt *s, int col)
{
	return (const char *)sqlite3_column_text(s->stmt, col);
}

const void *
db_blob(struct db_stmt *s, int col, size_t *len)
{
	const void *p;

	p = sqlite3_column_blob(s->stmt, col);
	*len = (size_t)sqlite3_column_bytes(s->stmt, col);
	return p;
}

void
db_done(struct db_stmt *s)
{
	sqlite3_reset(s->stmt);
	sqlite3_clear_bindings(s->stmt);
}

int
db_changes(struct db *db)
{
	return sqlite3_changes(db->sql);
}
