/*
 * The outbox: alerts, and one delivery of each to every output that wants it. Exactly
 * once in here, in the order of their numbers; how often one is sent is the wire's.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/mem.h"
#include "store/state.h"

#define SEND_BYTES (4 * 1024 * 1024)	/* of the alerts that are taken at a time */
#define EXPIRE_ALERTS 200	/* forgotten in one step */

enum { WAITING, SENT, REFUSED };	/* delivery.state */

/* -- adding ------------------------------------------------------------------- */

static int
add_delivery(struct store *s, const char *alert, const char *output,
    int64_t now, struct err *e)
{
	char id[sizeof ((struct delivery *)0)->id];
	struct db_stmt *q;
	int rc;

	/* By the output's name, so that it is the same whatever else is configured. */
	snprintf(id, sizeof id, "%s-%016" PRIx64, alert,
	    hash64(output, strlen(output), 0));
	q = db_get(s->db, "INSERT INTO delivery (id, alert_id, output, state, "
	    "tries, due, created) VALUES (?, ?, ?, 0, 0, ?, ?)", e);
	if (q == NULL)
		return -1;
	db_bind_text(q, 1, id);
	db_bind_text(q, 2, alert);
	db_bind_text(q, 3, output);
	db_bind_int(q, 4, now);
	db_bind_int(q, 5, now);
	rc = db_step(q, e);
	db_done(q);
	return rc;
}

int
store_alert_add(struct store *s, const char *id, int64_t time, int level,
    const char *json, size_t len, const char *const *outputs, int64_t now,
    int *added, struct err *e)
{
	struct db_stmt *q;
	int rc;

	assert(s->in_transaction);
	*added = 0;
	q = db_get(s->db, "INSERT INTO alert (id, time, level, created, json) "
	    "VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING", e);
	if (q == NULL)
		return -1;
	db_bind_text(q, 1, id);
	db_bind_int(q, 2, time);
	db_bind_int(q, 3, level);
	db_bind_int(q, 4, now);
	db_bind_blob(q, 5, json, len);
	rc = db_step(q, e);
	db_done(q);
	if (rc != 0)
		return -1;
	if (db_changes(s->db) == 0)
		return 0;
	*added = 1;
	for (; outputs != NULL && *outputs != NULL; outputs++)
		if (add_delivery(s, id, *outputs, now, e) != 0)
			return -1;
	return 0;
}

/* -- sending ------------------------------------------------------------------ */

void
delivery_clear(struct delivery *d)
{
	free(d->json);
	memset(d, 0, sizeof *d);
}

static void
take(char *out, size_t size, struct db_stmt *q, int col)
{
	const char *text;

	text = db_text(q, col);
	snprintf(out, size, "%s", text ? text : "");
}

int
store_delivery_many(struct store *s, const char *output,
    struct delivery *out, size_t max, struct err *e)
{
	const char *json;
	struct db_stmt *q;
	size_t n = 0, bytes = 0;
	int rc = 0;

	q = db_get(s->db, "SELECT d.number, d.id, d.alert_id, d.output, "
	    "d.tries, d.due, d.created, a.json FROM delivery d "
	    "JOIN alert a ON a.id = d.alert_id "
	    "WHERE d.output = ? AND d.state = 0 ORDER BY d.number LIMIT ?", e);
	if (q == NULL)
		return -1;
	db_bind_text(q, 1, output);
	db_bind_int(q, 2, (int64_t)max);
	while (n < max && (rc = db_step(q, e)) == 1) {
		out[n].number = db_int(q, 0);
		take(out[n].id, sizeof out[n].id, q, 1);
		take(out[n].alert_id, sizeof out[n].alert_id, q, 2);
		take(out[n].output, sizeof out[n].output, q, 3);
		out[n].tries = (unsigned)db_int(q, 4);
		out[n].due = db_int(q, 5);
		out[n].created = db_int(q, 6);
		json = db_blob(q, 7, &out[n].len);
		out[n].json = xstrndup(json, out[n].len);
		bytes += out[n++].len;
		if (bytes > SEND_BYTES)
			break;
	}
	db_done(q);
	if (rc >= 0)
		return (int)n;
	while (n > 0)
		delivery_clear(&out[--n]);
	return -1;
}

static int
end(struct store *s, int64_t number, int state, int64_t now, const char *why,
    struct err *e)
{
	struct db_stmt *q;
	int rc;

	assert(s->in_transaction);
	q = db_get(s->db, "UPDATE delivery SET state = ?, tries = tries + 1, "
	    "ended = ?, why = ? WHERE number = ?", e);
	if (q == NULL)
		return -1;
	db_bind_int(q, 1, state);
	db_bind_int(q, 2, now);
	db_bind_text(q, 3, why);
	db_bind_int(q, 4, number);
	rc = db_step(q, e);
	db_done(q);
	return rc;
}

int
store_delivery_sent(struct store *s, int64_t number, int64_t now,
    struct err *e)
{
	return end(s, number, SENT, now, NULL, e);
}

int
store_delivery_refused(struct store *s, int64_t number, int64_t now,
    const char *why, struct err *e)
{
	return end(s, number, REFUSED, now, why, e);
}

int
store_delivery_retry(struct store *s, int64_t number, unsigned tries,
    int64_t due, const char *why, struct err *e)
{
	struct db_stmt *q;
	int rc;

	assert(s->in_transaction);
	q = db_get(s->db, "UPDATE delivery SET tries = ?, due = ?, why = ? "
	    "WHERE number = ? AND state = 0", e);
	if (q == NULL)
		return -1;
	db_bind_int(q, 1, tries);
	db_bind_int(q, 2, due);
	db_bind_text(q, 3, why);
	db_bind_int(q, 4, number);
	rc = db_step(q, e);
	db_done(q);
	return rc;
}

/* -- marks -------------------------------------------------------------------- */

int
store_mark_put(struct store *s, const char *output, int64_t mark,
    struct err *e)
{
	struct db_stmt *q;
	int rc;

	assert(s->in_transaction);
	q = db_get(s->db, "INSERT OR REPLACE INTO mark VALUES (?, ?)", e);
	if (q == NULL)
		return -1;
	db_bind_text(q, 1, output);
	db_bind_int(q, 2, mark);
	rc = db_step(q, e);
	db_done(q);
	return rc;
}

int64_t
store_mark_get(struct store *s, const char *output)
{
	struct db_stmt *q;
	int64_t mark = -1;

	q = db_get(s->db, "SELECT mark FROM mark WHERE output = ?", NULL);
	if (q == NULL)
		return -1;
	db_bind_text(q, 1, output);
	if (db_step(q, NULL) == 1)
		mark = db_int(q, 0);
	db_done(q);
	return mark;
}

/* -- what people ask ---------------------------------------------------------- */

static int
count(struct store *s, const char *output, int state, uint64_t *n,
    struct err *e)
{
	struct db_stmt *q;
	int rc;

	q = db_get(s->db, "SELECT count(*) FROM delivery "
	    "WHERE output = ? AND state = ?", e);
	if (q == NULL)
		return -1;
	db_bind_text(q, 1, output);
	db_bind_int(q, 2, state);
	rc = db_step(q, e);
	*n = rc == 1 ? (uint64_t)db_int(q, 0) : 0;
	db_done(q);
	return rc == 1 ? 0 : -1;
}

int
store_output_status(struct store *s, const char *output, uint64_t *n_waiting,
    uint64_t *sent, uint64_t *refused, struct err *e)
{
	if (count(s, output, WAITING, n_waiting, e) != 0 ||
	    count(s, output, SENT, sent, e) != 0 ||
	    count(s, output, REFUSED, refused, e) != 0)
		return -1;
	return 0;
}

/* -- forgetting --------------------------------------------------------------- */

static int
forget(struct store *s, const char *alert, struct err *e)
{
	struct db_stmt *q;
	int rc;

	q = db_get(s->db, "DELETE FROM delivery WHERE alert_id = ?", e);
	if (q == NULL)
		return -1;
	db_bind_text(q, 1, alert);
	rc = db_step(q, e);
	db_done(q);
	if (rc != 0)
		return -1;
	q = db_get(s->db, "DELETE FROM alert WHERE id = ?", e);
	if (q == NULL)
		return -1;
	db_bind_text(q, 1, alert);
	rc = db_step(q, e);
	db_done(q);
	return rc;
}

/*
 * Alerts past their time go with their deliveries, unless one is still to be sent.
 * The pass stands at expire_row, as those that stay may be many: an output may be down
 * for long, or gone from the config.
 */
int
outbox_expire(struct store *s, int64_t now, struct err *e)
{
	char ids[EXPIRE_ALERTS][33];
	struct db_stmt *q;
	int rc = 0, looked = 0, n = 0, i;

	q = db_get(s->db, "SELECT rowid, id, created, EXISTS (SELECT 1 FROM "
	    "delivery WHERE alert_id = alert.id AND state = 0) FROM alert "
	    "WHERE rowid > ? ORDER BY rowid LIMIT ?", e);
	if (q == NULL)
		return -1;
	db_bind_int(q, 1, s->expire_row);
	db_bind_int(q, 2, EXPIRE_ALERTS);
	while (looked < EXPIRE_ALERTS && (rc = db_step(q, e)) == 1) {
		if (db_int(q, 2) >= now - s->options.keep_alerts_ns)
			break;
		s->expire_row = db_int(q, 0);
		looked++;
		if (!db_int(q, 3))
			take(ids[n++], sizeof ids[0], q, 1);
	}
	db_done(q);
	if (rc < 0)
		return -1;
	for (i = 0; i < n; i++)
		if (forget(s, ids[i], e) != 0)
			return -1;
	if (looked == EXPIRE_ALERTS)
		return 1;
	s->expire_row = 0;
	return 0;
}
