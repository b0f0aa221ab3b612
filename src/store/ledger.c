/*
 * The ledger: what is known of every object that was read or tried.
 */
#include <assert.h>
#include <stdio.h>

#include "store/state.h"

#define COLUMNS "version, state, size, offset, records, mtime, at, tries, error, " \
	"print"

static void
take(char *out, size_t size, struct db_stmt *q, int col)
{
	const char *text;

	text = db_text(q, col);
	snprintf(out, size, "%s", text ? text : "");
}

/* The row of a query whose columns from first are COLUMNS, then the name. */
static int
row(struct db_stmt *q, char *name, struct ledger_entry *out, struct err *e)
{
	int rc;

	rc = db_step(q, e);
	if (rc == 1) {
		take(out->version, sizeof out->version, q, 0);
		out->state = (enum ledger_state)db_int(q, 1);
		out->size = (uint64_t)db_int(q, 2);
		out->offset = (uint64_t)db_int(q, 3);
		out->records = (uint64_t)db_int(q, 4);
		out->mtime = db_int(q, 5);
		out->at = db_int(q, 6);
		out->tries = (unsigned)db_int(q, 7);
		take(out->error, sizeof out->error, q, 8);
		out->print = (uint64_t)db_int(q, 9);
		if (name != NULL)
			take(name, OBJECT_NAME_MAX, q, 10);
	}
	db_done(q);
	return rc;
}

int
store_ledger_get(struct store *s, const char *source, const char *name,
    struct ledger_entry *out, struct err *e)
{
	struct db_stmt *q;

	q = db_get(s->db, "SELECT " COLUMNS " FROM ledger "
	    "WHERE source = ? AND name = ?", e);
	if (q == NULL)
		return -1;
	db_bind_text(q, 1, source);
	db_bind_text(q, 2, name);
	return row(q, NULL, out, e);
}

int
store_ledger_by_version(struct store *s, const char *source,
    const char *version, char *name, struct ledger_entry *out, struct err *e)
{
	struct db_stmt *q;

	q = db_get(s->db, "SELECT " COLUMNS ", name FROM ledger "
	    "WHERE source = ? AND version = ? ORDER BY at DESC LIMIT 1", e);
	if (q == NULL)
		return -1;
	db_bind_text(q, 1, source);
	db_bind_text(q, 2, version);
	return row(q, name, out, e);
}

int
store_ledger_next(struct store *s, const char *source, const char *after,
    char *name, struct ledger_entry *out, struct err *e)
{
	struct db_stmt *q;

	q = db_get(s->db, "SELECT " COLUMNS ", name FROM ledger "
	    "WHERE source = ? AND name > ? ORDER BY name LIMIT 1", e);
	if (q == NULL)
		return -1;
	db_bind_text(q, 1, source);
	db_bind_text(q, 2, after);
	return row(q, name, out, e);
}

int
store_ledger_put(struct store *s, const char *source, const char *name,
    const struct ledger_entry *entry, struct err *e)
{
	struct db_stmt *q;
	int rc;

	assert(s->in_transaction);
	q = db_get(s->db, "INSERT OR REPLACE INTO ledger (source, name, "
	    COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", e);
	if (q == NULL)
		return -1;
	db_bind_text(q, 1, source);
	db_bind_text(q, 2, name);
	db_bind_text(q, 3, entry->version);
	db_bind_int(q, 4, entry->state);
	db_bind_int(q, 5, (int64_t)entry->size);
	db_bind_int(q, 6, (int64_t)entry->offset);
	db_bind_int(q, 7, (int64_t)entry->records);
	db_bind_int(q, 8, entry->mtime);
	db_bind_int(q, 9, entry->at);
	db_bind_int(q, 10, entry->tries);
	db_bind_text(q, 11, entry->error);
	db_bind_int(q, 12, (int64_t)entry->print);
	rc = db_step(q, e);
	db_done(q);
	return rc;
}

int
store_ledger_drop(struct store *s, const char *source, const char *name,
    struct err *e)
{
	struct db_stmt *q;
	int rc;

	assert(s->in_transaction);
	q = db_get(s->db, "DELETE FROM ledger WHERE source = ? AND name = ?", e);
	if (q == NULL)
		return -1;
	db_bind_text(q, 1, source);
	db_bind_text(q, 2, name);
	rc = db_step(q, e);
	db_done(q);
	return rc;
}
