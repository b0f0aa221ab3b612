/*
 * SQLite behind a few calls: open with the settings that make a commit durable (WAL,
 * synchronous=FULL), prepared statements kept by their text, one transaction at a
 * time. Loop thread.
 */
#ifndef IO_DB_H
#define IO_DB_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct db;
/*
 * Opens or makes the file (mode 0600). Takes an exclusive lock on "<path>.lock" beside
 * it for its lifetime: a second process gets an error that names the first one's pid.
 * A damaged file is an error that says so and is left as it is.
 */
struct db *db_open(const char *path, struct err *e);
void	 db_close(struct db *);		/* takes NULL */

/* An err's file is the path, borrowed from db (from the caller where open fails). */
int	 db_exec(struct db *, const char *sql, struct err *e);
int	 db_begin(struct db *, struct err *e);	/* takes the write lock at once */
int	 db_commit(struct db *, struct err *e);	/* -1: rolled back */
void	 db_rollback(struct db *);		/* no harm outside a transaction */

/* A statement, kept under sql (which must be a string constant); reset when got. */
struct db_stmt;
struct db_stmt *db_get(struct db *, const char *sql, struct err *e);
void	 db_bind_int(struct db_stmt *, int at, int64_t);	/* at from 1 */
void	 db_bind_text(struct db_stmt *, int at, const char *);	/* NULL: null; copied */
/* Borrowed until db_done() or the next db_get() of it. */
void	 db_bind_blob(struct db_stmt *, int at, const void *, size_t);
/* 1 a row, 0 done, -1 with e. A row's text and blobs live until the next step. */
int	 db_step(struct db_stmt *, struct err *e);
int64_t	 db_int(struct db_stmt *, int col);		/* col from 0 */
const char *db_text(struct db_stmt *, int col);		/* NULL for null */
const void *db_blob(struct db_stmt *, int col, size_t *len);
void	 db_done(struct db_stmt *);			/* reset; unbind */
/* Rows changed by the last statement. */
int	 db_changes(struct db *);

#endif
