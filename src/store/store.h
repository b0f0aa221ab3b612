/*
 * The state file: ledger of objects, records already seen, outbox, in one SQLite
 * database, changed in one transaction at a time. Loop thread.
 *
 * A batch's results are added between store_begin() and store_commit(): alerts and the
 * deliveries they mean, ids of records, and what the ledger shall know of the object.
 * Crash before the commit: the object is read again. After it: nothing is lost.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "model/alert.h"
#include "model/object.h"

#define STORE_SCHEMA 1

struct store_options {
	const char	*path;
	int64_t		 look_back_ns;	/* how long a record's id is remembered */
	size_t		 seen_bytes;	/* memory for ids, see seen_new(); the file
					   keeps no more of them than fit there */
	int64_t		 keep_alerts_ns; /* sent alerts are forgotten after that */
};

struct store;
/* NULL with e: not to be opened, damaged, in use (by whom), of a newer version. */
struct store *store_open(const struct store_options *, int64_t now,
	    struct err *e);
void	 store_close(struct store *);
uint64_t store_seed(const struct store *);	/* for id_hash; made once, kept */

/* -- ledger ---------------------------------------------------------------- */

enum ledger_state { LEDGER_DONE, LEDGER_GROWING, LEDGER_FAILED, LEDGER_GIVEN_UP };
struct ledger_entry {
	enum ledger_state state;
	char		 version[128];
	uint64_t	 size, offset, records;
	uint64_t	 print;		/* object_print() at offset, 0: none */
	int64_t		 mtime, at;	/* at: when this was written */
	unsigned	 tries;
	char		 error[ERR_MSG_MAX];
};
/* 1 found, 0 not, -1 with e. Here and below name[] of the caller has OBJECT_NAME_MAX. */
int	 store_ledger_get(struct store *, const char *source, const char *name,
	    struct ledger_entry *, struct err *e);
/* Entries of files that were renamed: the newest of that version (dev:inode). */
int	 store_ledger_by_version(struct store *, const char *source,
	    const char *version, char *name, struct ledger_entry *, struct err *e);
/* The entry behind after ("": the first) in the order of names: to go over a source's
   entries in small steps and drop those whose files have left. */
int	 store_ledger_next(struct store *, const char *source, const char *after,
	    char *name, struct ledger_entry *, struct err *e);

/* -- one transaction --------------------------------------------------------- */

int	 store_begin(struct store *, struct err *e);
int	 store_ledger_put(struct store *, const char *source, const char *name,
	    const struct ledger_entry *, struct err *e);
int	 store_ledger_drop(struct store *, const char *source, const char *name,
	    struct err *e);
/* store_begin() .. store_commit(): whatever changes the file stands between them, but
   for store_expire(), which has its own. A failed commit has changed nothing on disk;
   the daemon ends then, as what it holds in memory is ahead of the disk. */
/*
 * Marks which of n ids were seen before (dup[i] = 1), within the look-back or earlier
 * in the same call, and remembers the others, on disk with this transaction. An id of
 * 0 is never a duplicate. 0 or -1.
 */
int	 store_seen(struct store *, const uint64_t *ids, size_t n, uint8_t *dup,
	    int64_t now, struct err *e);
/*
 * Adds an alert (its JSON) and one delivery a named output (NULL-ended list). An alert
 * whose id is there already is not added again: *added = 0, no deliveries.
 */
int	 store_alert_add(struct store *, const char *id, int64_t time, int level,
	    const char *json, size_t len, const char *const *outputs, int64_t now,
	    int *added, struct err *e);
int	 store_commit(struct store *, struct err *e);
void	 store_rollback(struct store *);

/* -- outbox ---------------------------------------------------------------- */

struct delivery {
	int64_t		 number;	/* ascending: the order of sending */
	char		 id[64];	/* the same at every attempt */
	char		 alert_id[33];
	char		 output[64];
	unsigned	 tries;
	int64_t		 due;		/* wall clock, ns */
	int64_t		 created;
	char		*json;		/* the alert; owned: delivery_clear() */
	size_t		 len;
};
void	 delivery_clear(struct delivery *);
/*
 * Up to max of the oldest unsent deliveries of an output, due or not (order is kept, so
 * nothing behind goes first), of some 4 MiB at most. Returns the count, -1 with e.
 */
int	 store_delivery_many(struct store *, const char *output,
	    struct delivery *, size_t max, struct err *e);
/* Their fates; each call stands inside store_begin() .. store_commit(). */
int	 store_delivery_sent(struct store *, int64_t number, int64_t now,
	    struct err *e);
int	 store_delivery_retry(struct store *, int64_t number, unsigned tries,
	    int64_t due, const char *why, struct err *e);
int	 store_delivery_refused(struct store *, int64_t number, int64_t now,
	    const char *why, struct err *e);
/* An output's mark (a file's committed length, 0 or more), in the same transaction.
   -1: none, or not to be read (then the next commit fails too). */
int	 store_mark_put(struct store *, const char *output, int64_t mark,
	    struct err *e);
int64_t	 store_mark_get(struct store *, const char *output);

struct store_status {
	uint64_t	 objects, alerts, waiting, sent, refused, failed_objects;
	uint64_t	 seen, seen_max, seen_evicted;	/* ids of records */
};
int	 store_status(struct store *, struct store_status *, struct err *e);
/* Waiting, sent and refused of one output. */
int	 store_output_status(struct store *, const char *output, uint64_t *waiting,
	    uint64_t *sent, uint64_t *refused, struct err *e);

/*
 * Forgets what is past its time, a little in each call: 1 when there is more to forget
 * (call again soon), 0 when not, -1 with e. Outside a transaction.
 */
int	 store_expire(struct store *, int64_t now, struct err *e);

#endif
