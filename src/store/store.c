/*
 * The state file: its schema, its one transaction at a time, and the ids of records
 * already seen. The ledger and the outbox have files of their own.
 */
#include <assert.h>
#include <endian.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "io/crypto.h"
#include "store/state.h"

#define APPLICATION_ID 0x424b5457	/* "BKTW": what file(1) may know it by */
#define EXPIRE_ROWS 64			/* rows of ids (of 64 KiB) in one step */

static const char schema[] =
    "CREATE TABLE meta ("
    "	key TEXT PRIMARY KEY NOT NULL,"
    "	value INTEGER NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE TABLE ledger ("
    "	source TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,"
    "	state INTEGER NOT NULL,"	/* enum ledger_state */
    "	size INTEGER NOT NULL, offset INTEGER NOT NULL,"
    "	records INTEGER NOT NULL, mtime INTEGER NOT NULL,"
    "	at INTEGER NOT NULL, tries INTEGER NOT NULL, error TEXT NOT NULL,"
    "	print INTEGER NOT NULL,"
    "	PRIMARY KEY (source, name)"
    ") WITHOUT ROWID;"
    "CREATE INDEX ledger_version ON ledger (source, version, at);"
    "CREATE INDEX ledger_failed ON ledger (state) WHERE state >= 2;"
    "CREATE TABLE alert ("
    "	id TEXT UNIQUE NOT NULL, time INTEGER NOT NULL,"
    "	level INTEGER NOT NULL, created INTEGER NOT NULL,"
    "	json BLOB NOT NULL);"
    "CREATE TABLE delivery ("
    "	number INTEGER PRIMARY KEY AUTOINCREMENT,"	/* never given twice */
    "	id TEXT NOT NULL, alert_id TEXT NOT NULL, output TEXT NOT NULL,"
    "	state INTEGER NOT NULL,"	/* 0 waiting, 1 sent, 2 refused */
    "	tries INTEGER NOT NULL, due INTEGER NOT NULL,"
    "	created INTEGER NOT NULL, ended INTEGER, why TEXT);"
    "CREATE INDEX delivery_waiting ON delivery (output, number)"
    "	WHERE state = 0;"
    "CREATE INDEX delivery_state ON delivery (output, state);"
    "CREATE INDEX delivery_alert ON delivery (alert_id);"
    "CREATE TABLE mark ("
    "	output TEXT PRIMARY KEY NOT NULL, mark INTEGER NOT NULL"
    ") WITHOUT ROWID;"
    "CREATE TABLE seen ("		/* ids: n of 8 bytes, little-endian */
    "	row INTEGER PRIMARY KEY, time INTEGER NOT NULL,"
    "	n INTEGER NOT NULL, ids BLOB NOT NULL);";

/* -- opening ------------------------------------------------------------------ */

/* The single number that sql gives; fallback when it gives none. 0 or -1. */
static int
number(struct store *s, const char *sql, int64_t *n, int64_t fallback,
    struct err *e)
{
	struct db_stmt *q;
	int rc;

	q = db_get(s->db, sql, e);
	if (q == NULL)
		return -1;
	rc = db_step(q, e);
	*n = rc == 1 ? db_int(q, 0) : fallback;
	db_done(q);
	return rc < 0 ? -1 : 0;
}

static int
create(struct store *s, struct err *e)
{
	struct db_stmt *q;
	uint64_t seed;
	char *pragmas;
	int rc;

	crypto_random(&seed, sizeof seed);
	pragmas = xasprintf("PRAGMA application_id = %d;"
	    "PRAGMA user_version = %d;", APPLICATION_ID, STORE_SCHEMA);
	rc = db_begin(s->db, e);
	if (rc != 0)
		goto out;
	rc = -1;
	if (db_exec(s->db, schema, e) != 0 || db_exec(s->db, pragmas, e) != 0)
		goto out;
	q = db_get(s->db, "INSERT INTO meta VALUES ('seed', ?)", e);
	if (q == NULL)
		goto out;
	db_bind_int(q, 1, (int64_t)seed);
	rc = db_step(q, e);
	db_done(q);
	if (rc == 0)
		rc = db_commit(s->db, e);
out:
	if (rc != 0)
		db_rollback(s->db);
	free(pragmas);
	return rc;
}

static int
check_schema(struct store *s, struct err *e)
{
	struct err at = { .file = s->path };
	int64_t version, application, tables;

	if (number(s, "PRAGMA user_version", &version, 0, e) != 0 ||
	    number(s, "PRAGMA application_id", &application, 0, e) != 0 ||
	    number(s, "SELECT count(*) FROM sqlite_schema", &tables, 0, e) != 0)
		return -1;
	if (version == 0 && tables == 0)
		return create(s, e);
	if (application != APPLICATION_ID)
		return err_at(e, &at, "an SQLite database, but not one of "
		    "bucketwatch; name another state file");
	if (version > STORE_SCHEMA)
		return err_at(e, &at, "written by a newer bucketwatch (schema %"
		    PRId64 ", this one knows up to %d); run that one, or name "
		    "another state file", version, STORE_SCHEMA);
	if (version < 1)
		return err_at(e, &at, "schema %" PRId64 " is unknown", version);
	return 0;
}

/* Fills the table of ids from the disk: what is within the look-back. */
static int
load_seen(struct store *s, int64_t now, struct err *e)
{
	const unsigned char *p;
	struct db_stmt *q;
	uint64_t id;
	size_t len, i;
	int rc;

	seen_free(s->seen);
	s->seen = seen_new(s->options.seen_bytes, s->options.look_back_ns);
	q = db_get(s->db, "SELECT time, ids FROM seen WHERE time >= ? "
	    "ORDER BY row", e);
	if (q == NULL)
		return -1;
	db_bind_int(q, 1, now - s->options.look_back_ns);
	while ((rc = db_step(q, e)) == 1) {
		p = db_blob(q, 1, &len);
		for (i = 0; i + sizeof id <= len; i += sizeof id) {
			memcpy(&id, p + i, sizeof id);
			seen_add(s->seen, le64toh(id), db_int(q, 0));
		}
	}
	db_done(q);
	return rc;
}

struct store *
store_open(const struct store_options *options, int64_t now, struct err *e)
{
	uint64_t entries, evicted;
	struct store *s;
	int64_t n;

	s = xcalloc(1, sizeof *s);
	s->options = *options;
	s->options.path = s->path = xstrdup(options->path);
	s->db = db_open(s->path, e);
	if (s->db == NULL || check_schema(s, e) != 0)
		goto fail;
	if (number(s, "SELECT value FROM meta WHERE key = 'seed'", &n, 0, e))
		goto fail;
	s->seed = (uint64_t)n;
	if (number(s, "SELECT sum(n) FROM seen", &n, 0, e) != 0)
		goto fail;
	s->ids_on_disk = (uint64_t)n;
	if (load_seen(s, now, e) != 0)
		goto fail;
	seen_stats(s->seen, &entries, &s->ids_max, &evicted);
	return s;
fail:
	if (e != NULL && e->file != NULL)
		e->file = options->path;	/* what it borrowed goes now */
	store_close(s);
	return NULL;
}

void
store_close(struct store *s)
{
	if (s == NULL)
		return;
	if (s->db != NULL)
		db_rollback(s->db);
	db_close(s->db);
	seen_free(s->seen);
	free(s->fresh);
	free(s->path);
	free(s);
}

uint64_t
store_seed(const struct store *s)
{
	return s->seed;
}

/* -- one transaction ---------------------------------------------------------- */

int
store_begin(struct store *s, struct err *e)
{
	struct err at = { .file = s->path };

	assert(!s->in_transaction);
	if (s->broken)
		return err_at(e, &at, "the ids of records could not be read "
		    "back; start again");
	if (db_begin(s->db, e) != 0)
		return -1;
	s->in_transaction = 1;
	s->ids_added = 0;
	return 0;
}

int
store_commit(struct store *s, struct err *e)
{
	assert(s->in_transaction);
	if (db_commit(s->db, e) != 0) {
		store_rollback(s);
		return -1;
	}
	s->in_transaction = 0;
	return 0;
}

void
store_rollback(struct store *s)
{
	int64_t n;

	if (!s->in_transaction)
		return;
	db_rollback(s->db);
	s->in_transaction = 0;
	if (!s->ids_added)
		return;
	/* The table holds ids that the disk does not, and may have given up others
	   for them: it is read anew, with all that the disk has. */
	if (number(s, "SELECT sum(n) FROM seen", &n, 0, NULL) != 0 ||
	    load_seen(s, s->options.look_back_ns, NULL) != 0)
		s->broken = 1;
	else
		s->ids_on_disk = (uint64_t)n;
}

static int
put_ids(struct store *s, size_t n, int64_t now, struct err *e)
{
	struct db_stmt *q;
	int rc;

	q = db_get(s->db, "INSERT INTO seen (time, n, ids) VALUES (?, ?, ?)",
	    e);
	if (q == NULL)
		return -1;
	db_bind_int(q, 1, now);
	db_bind_int(q, 2, (int64_t)n);
	db_bind_blob(q, 3, s->fresh, n * sizeof *s->fresh);
	rc = db_step(q, e);
	db_done(q);
	s->ids_on_disk += n;
	return rc;
}

int
store_seen(struct store *s, const uint64_t *ids, size_t n, uint8_t *dup,
    int64_t now, struct err *e)
{
	size_t i, fresh = 0;

	assert(s->in_transaction);
	if (n == 0)
		return 0;
	s->fresh = xgrow(s->fresh, &s->fresh_cap, n, sizeof *s->fresh);
	s->ids_added = 1;
	seen_add_many(s->seen, ids, n, dup, now);
	for (i = 0; i < n; i++) {
		s->fresh[fresh] = htole64(ids[i]);
		fresh += !dup[i] && ids[i] != 0;
	}
	return fresh == 0 ? 0 : put_ids(s, fresh, now, e);
}

/* -- what people ask ---------------------------------------------------------- */

int
store_status(struct store *s, struct store_status *out, struct err *e)
{
	int64_t objects, failed, alerts, waiting, sent, refused;

	if (number(s, "SELECT count(*) FROM ledger", &objects, 0, e) != 0 ||
	    number(s, "SELECT count(*) FROM ledger WHERE state >= 2", &failed,
	    0, e) != 0 ||
	    number(s, "SELECT count(*) FROM alert", &alerts, 0, e) != 0 ||
	    number(s, "SELECT count(*) FROM delivery WHERE state = 0",
	    &waiting, 0, e) != 0 ||
	    number(s, "SELECT count(*) FROM delivery WHERE state = 1", &sent,
	    0, e) != 0 ||
	    number(s, "SELECT count(*) FROM delivery WHERE state = 2",
	    &refused, 0, e) != 0)
		return -1;
	out->objects = (uint64_t)objects;
	out->failed_objects = (uint64_t)failed;
	out->alerts = (uint64_t)alerts;
	out->waiting = (uint64_t)waiting;
	out->sent = (uint64_t)sent;
	out->refused = (uint64_t)refused;
	seen_stats(s->seen, &out->seen, &out->seen_max, &out->seen_evicted);
	return 0;
}

/* -- forgetting --------------------------------------------------------------- */

/* Rows of ids go when they are older than the look-back, or when younger ones alone
   fill the table: a restart could not hold more. */
static int
expire_ids(struct store *s, int64_t now, struct err *e)
{
	struct db_stmt *q;
	int64_t row, n, time;
	int rc, i;

	for (i = 0; i < EXPIRE_ROWS; i++) {
		q = db_get(s->db, "SELECT row, n, time FROM seen ORDER BY row "
		    "LIMIT 1", e);
		if (q == NULL)
			return -1;
		rc = db_step(q, e);
		if (rc != 1) {
			db_done(q);
			return rc;
		}
		row = db_int(q, 0);
		n = db_int(q, 1);
		time = db_int(q, 2);
		db_done(q);
		if (time >= now - s->options.look_back_ns &&
		    s->ids_on_disk - (uint64_t)n < s->ids_max)
			return 0;
		q = db_get(s->db, "DELETE FROM seen WHERE row = ?", e);
		if (q == NULL)
			return -1;
		db_bind_int(q, 1, row);
		rc = db_step(q, e);
		db_done(q);
		if (rc != 0)
			return -1;
		s->ids_on_disk -= (uint64_t)n;
	}
	return 1;
}

int
store_expire(struct store *s, int64_t now, struct err *e)
{
	uint64_t before = s->ids_on_disk;
	int ids, alerts;

	if (store_begin(s, e) != 0)
		return -1;
	ids = expire_ids(s, now, e);
	alerts = ids < 0 ? -1 : outbox_expire(s, now, e);
	if (alerts < 0 || store_commit(s, e) != 0) {
		store_rollback(s);
		s->ids_on_disk = before;
		return -1;
	}
	return ids || alerts;
}
