/*
 * Offer, ledger, crew, commit. See pipeline.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/crew.h"
#include "app/pipeline.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"

#define TAKE_PARTS_MAX 64		/* parts in one transaction */
#define TAKE_NS_MAX (10 * 1000000LL)	/* time for them, so the loop stays awake */
#define LOGGED_ERRORS_MAX 3		/* of one object; the rest is counted */
#define GROWING_AGAIN_NS (1 * NS_PER_SEC)

struct flight {			/* an object on its way */
	char		*source, *name;
	uint64_t	 bytes;
	uint64_t	 errors;
};

struct finished {		/* told to the source after the commit */
	struct flight	*flight;
	int64_t		 again_ns;
};

struct pipeline {
	const struct config	*config;
	const struct ruleset	*rules;
	struct pipeline_host	 host;
	struct crew		*crew;
	struct loop_fd		*ready;
	struct map		*flights;	/* "source\nname" -> struct flight */
	uint64_t		 flight_bytes;
	int			 full, stopped;
	struct map		*by_source;	/* -> struct pipeline_stats */
	struct pipeline_stats	 stats;
	struct pipeline_error	 errors[PIPELINE_ERRORS_KEPT];
	size_t			 nerrors, next_error;
	struct pipeline_error	 error_list[PIPELINE_ERRORS_KEPT];
	struct finished		*finished;
	size_t			 nfinished, finished_cap;
	uint8_t			*dup;
	size_t			 dup_cap;
};

static void	on_parts(void *);

struct pipeline *
pipeline_new(const struct config *c, const struct ruleset *rules,
    const struct pipeline_host *host)
{
	struct pipeline *p = xcalloc(1, sizeof *p);
	struct worker_options o = {
		.rules = rules,
		.mode = INPUT_AUTO,
		.record_max = (size_t)c->record_max,
		.gunzip = { (uint64_t)c->object_max, (unsigned)c->ratio_max },
		.id_seed = store_seed(host->store),
		.since = RECORD_TIME_NONE,
		.until = RECORD_TIME_NONE,
		.lines = 1,
	};

	p->config = c;
	p->rules = rules;
	p->host = *host;
	p->flights = map_new();
	p->by_source = map_new();
	p->stats.last_event = RECORD_TIME_NONE;
	p->crew = crew_new(&o, (unsigned)c->threads);
	p->ready = loop_fd_new(host->loop, crew_fd(p->crew), LOOP_READ, on_parts, p);
	return p;
}

static void
flight_free(void *arg)
{
	struct flight *f = arg;

	free(f->source);
	free(f->name);
	free(f);
}

void
pipeline_free(struct pipeline *p)
{
	size_t i;

	if (p == NULL)
		return;
	loop_fd_free(p->ready);
	crew_free(p->crew);
	for (i = 0; i < p->nfinished; i++)
		flight_free(p->finished[i].flight);
	free(p->finished);
	map_free(p->flights, flight_free);
	map_free(p->by_source, free);
	free(p->dup);
	free(p);
}

/* Keeps an error for status. */
static void
remember(struct pipeline *p, const char *object, uint64_t record, const char *msg)
{
	struct pipeline_error *e = &p->errors[p->next_error];

	e->at = clock_wall();
	e->record = record;
	text_printable(e->object, sizeof e->object, object, strlen(object));
	text_printable(e->msg, sizeof e->msg, msg, strlen(msg));
	p->next_error = (p->next_error + 1) % PIPELINE_ERRORS_KEPT;
	if (p->nerrors < PIPELINE_ERRORS_KEPT)
		p->nerrors++;
}

/* -- offers ------------------------------------------------------------------ */

static char *
flight_key(const char *source, const char *name)
{
	return xasprintf("%s\n%s", source, name);
}

/*
 * A file that was renamed keeps its version (device, inode, birth), size and time: its
 * entry moves to the new name. 1 when that was so.
 */
static int
renamed(struct pipeline *p, const struct object *o, struct ledger_entry *entry,
    struct err *e)
{
	char old[OBJECT_NAME_MAX];
	int rc;

	rc = store_ledger_by_version(p->host.store, o->source, o->version, old, entry,
	    e);
	if (rc != 1)
		return rc;
	if (entry->size != o->size || entry->mtime != o->mtime ||
	    strcmp(old, o->name) == 0)
		return 0;
	if (store_begin(p->host.store, e) == -1)
		return -1;
	if (store_ledger_put(p->host.store, o->source, o->name, entry, e) == -1 ||
	    store_ledger_drop(p->host.store, o->source, old, e) == -1 ||
	    store_commit(p->host.store, e) == -1) {
		store_rollback(p->host.store);
		return -1;
	}
	log_debug("pipeline", "%s was %s before", o->name, old);
	return 1;
}

/* What the ledger says: 1 something is new (o is told where), 0 nothing, -1 error. */
static int
is_new(struct pipeline *p, struct object *o, struct err *e)
{
	struct ledger_entry entry;
	int rc, same;

	rc = store_ledger_get(p->host.store, o->source, o->name, &entry, e);
	if (rc == 0)
		rc = renamed(p, o, &entry, e);
	if (rc == -1)
		return -1;
	if (rc == 0 || strcmp(entry.version, o->version) != 0)
		return 1;
	same = entry.size == o->size && entry.mtime == o->mtime;
	switch (entry.state) {
	case LEDGER_DONE:
		if (same)
			return 0;
		break;
	case LEDGER_GIVEN_UP:
		return !same;
	case LEDGER_FAILED:
		o->tries = same ? entry.tries : 0;
		return 1;
	case LEDGER_GROWING:
		if (same && o->growing && entry.offset == o->size)
			return 0;
		break;
	}
	/* Another time but the same size: written anew, so from the start. */
	if (entry.state == LEDGER_DONE && entry.size == o->size)
		return 1;
	/* It grew: a text read by line goes on where it was. */
	if (entry.offset > 0 && o->size >= entry.offset && o->size >= entry.size) {
		if (object_print(o->fd, entry.offset) == entry.print) {
			o->offset = entry.offset;
			o->records_done = entry.records;
		} else {
			log_info("pipeline", "%s: was written anew under its name; "
			    "reading it from the start", o->name);
		}
	}
	return 1;
}

enum offer
pipeline_offer(void *arg, struct object *o)
{
	struct pipeline *p = arg;
	struct flight *f;
	struct err e;
	char *key;
	int rc;

	key = flight_key(o->source, o->name);
	if (map_get(p->flights, key) != NULL) {
		free(key);
		object_free(o);
		return OFFER_KNOWN;
	}
	if (p->stopped || (p->flight_bytes > 0 && p->flight_bytes + o->size >
	    (uint64_t)p->config->in_flight_max) ||
	    crew_busy(p->crew) >= 8u * crew_threads(p->crew)) {
		p->full = 1;
		free(key);
		return OFFER_FULL;
	}
	if ((rc = is_new(p, o, &e)) <= 0) {
		if (rc == -1)
			p->host.fatal(p->host.arg, &e);
		free(key);
		object_free(o);
		return OFFER_KNOWN;
	}
	f = xcalloc(1, sizeof *f);
	f->source = xstrdup(o->source);
	f->name = xstrdup(o->name);
	f->bytes = o->size;
	if (crew_push(p->crew, o) == -1) {
		p->full = 1;
		flight_free(f);
		free(key);
		return OFFER_FULL;
	}
	p->flight_bytes += f->bytes;
	map_set(p->flights, key, f);
	free(key);
	return OFFER_TAKEN;
}

/* -- parts ------------------------------------------------------------------- */

static struct pipeline_stats *
source_stats(struct pipeline *p, const char *source)
{
	struct pipeline_stats *s = map_get(p->by_source, source);

	if (s == NULL) {
		s = xcalloc(1, sizeof *s);
		s->last_event = RECORD_TIME_NONE;
		map_set(p->by_source, source, s);
	}
	return s;
}

static void
count(struct pipeline_stats *s, const struct part *part, uint64_t dups,
    uint64_t alerts)
{
	s->records += part->records;
	s->duplicates += dups;
	s->errors += part->error_count;
	s->hits += part->nhits;
	s->alerts += alerts;
	s->bytes_in += part->bytes_in;
	s->bytes_out += part->bytes_out;
	if (part->last_time != RECORD_TIME_NONE && (s->last_event ==
	    RECORD_TIME_NONE || part->last_time > s->last_event))
		s->last_event = part->last_time;
	if (part->end == PART_MORE)
		return;
	s->objects++;
	s->objects_failed += part->end == PART_DAMAGED;
	s->digests += part->digest != 0;
	s->last_read = clock_wall();
}

static void
tell_errors(struct pipeline *p, struct flight *f, const struct part *part)
{
	struct err e;
	size_t i;

	for (i = 0; i < part->nerrors && f->errors < LOGGED_ERRORS_MAX; i++) {
		f->errors++;
		e.file = part->object->name;
		e.line = (unsigned)part->errors[i].record;
		e.col = 0;
		memcpy(e.msg, part->errors[i].msg, sizeof e.msg);
		log_err(LOG_LEVEL_WARNING, "pipeline", &e, NULL);
		remember(p, part->object->name, part->errors[i].record,
		    part->errors[i].msg);
	}
	f->errors += part->error_count - i;
	if (part->end != PART_MORE && f->errors > LOGGED_ERRORS_MAX)
		log_warning("pipeline", "%s: %llu errors in all",
		    part->object->name, (unsigned long long)f->errors);
}

/* The ledger's entry after the last part, and when to try again (-1: when changed). */
static int64_t
settle(struct pipeline *p, const struct part *part, struct ledger_entry *entry)
{
	const struct object *o = part->object;
	int64_t again = -1;

	memset(entry, 0, sizeof *entry);
	snprintf(entry->version, sizeof entry->version, "%s", o->version);
	entry->size = o->size;
	entry->mtime = o->mtime;
	entry->at = clock_wall();
	entry->records = part->record_count;
	if (part->by_line) {
		entry->offset = part->consumed;
		entry->records = part->consumed_records;
		entry->print = part->print;
	}
	if (part->nerrors > 0)
		memcpy(entry->error, part->errors[part->nerrors - 1].msg,
		    sizeof entry->error);
	switch (part->end) {
	case PART_MORE:
	case PART_DONE:
		entry->state = LEDGER_DONE;
		break;
	case PART_UNFINISHED:
		entry->state = LEDGER_GROWING;
		again = GROWING_AGAIN_NS;
		break;
	case PART_DAMAGED:
		entry->tries = o->tries + 1;
		if (entry->tries < (unsigned)p->config->tries_max) {
			entry->state = LEDGER_FAILED;
			again = p->config->retry;
			log_warning("pipeline", "%s: could not be read whole; trying "
			    "again in %llds (%u of %lld)", o->name,
			    (long long)(again / NS_PER_SEC), entry->tries,
			    (long long)p->config->tries_max);
		} else {
			entry->state = LEDGER_GIVEN_UP;
			log_warning("pipeline", "%s: given up after %u tries; what "
			    "could be read was judged", o->name, entry->tries);
		}
		break;
	}
	return again;
}

static int
add_alerts(struct pipeline *p, const struct part *part, uint64_t *added_all,
    struct err *e)
{
	int64_t now = clock_wall();
	enum level level;
	size_t i;
	int added;

	for (i = 0; i < part->nhits; i++) {
		const struct hit *hit = &part->hits[i];

		if (hit->id_index != UINT32_MAX && p->dup[hit->id_index])
			continue;
		level = ruleset_info(p->rules, hit->rule)->alert.level;
		if (store_alert_add(p->host.store, hit->id, hit->time, (int)level,
		    part->lines.data + hit->line, hit->line_len, p->host.outputs(p->host.arg, level),
		    now, &added, e) == -1)
			return -1;
		*added_all += (uint64_t)added;
	}
	return 0;
}

/* Everything that one part means, inside the open transaction. */
static int
take_part(struct pipeline *p, struct part *part, uint64_t *alerts, struct err *e)
{
	const struct object *o = part->object;
	uint64_t dups = 0, added = 0;
	struct ledger_entry entry;
	struct flight *f;
	char *key;
	size_t i;

	key = flight_key(o->source, o->name);
	f = map_get(p->flights, key);
	p->dup = xgrow(p->dup, &p->dup_cap, part->nids + 1, 1);
	if (store_seen(p->host.store, part->ids, part->nids, p->dup, clock_wall(),
	    e) == -1 || add_alerts(p, part, &added, e) == -1) {
		free(key);
		return -1;
	}
	for (i = 0; i < part->nids; i++)
		dups += p->dup[i];
	*alerts += added;
	tell_errors(p, f, part);
	count(&p->stats, part, dups, added);
	count(source_stats(p, o->source), part, dups, added);
	if (part->end != PART_MORE) {
		int64_t again = settle(p, part, &entry);

		if (store_ledger_put(p->host.store, o->source, o->name, &entry,
		    e) == -1) {
			free(key);
			return -1;
		}
		map_remove(p->flights, key);
		p->flight_bytes -= f->bytes;
		p->finished = xgrow(p->finished, &p->finished_cap,
		    p->nfinished + 1, sizeof *p->finished);
		p->finished[p->nfinished++] = (struct finished){ f, again };
		log_debug("pipeline", "%s: %llu records", o->name,
		    (unsigned long long)part->record_count);
	}
	free(key);
	return 0;
}

static void
part_drop(struct part *part)
{
	if (part->end != PART_MORE)
		object_free(part->object);
	part_free(part);
}

static void
on_parts(void *arg)
{
	struct pipeline *p = arg;
	int64_t until = clock_mono() + TAKE_NS_MAX;
	uint64_t alerts = 0;
	struct part *part;
	struct err e;
	size_t i, n = 0;
	int rc;

	if ((part = crew_take(p->crew)) == NULL)
		return;
	if (store_begin(p->host.store, &e) == -1) {
		part_drop(part);
		p->host.fatal(p->host.arg, &e);
		return;
	}
	do {
		rc = take_part(p, part, &alerts, &e);
		part_drop(part);
		if (rc == -1) {
			store_rollback(p->host.store);
			p->host.fatal(p->host.arg, &e);
			return;
		}
	} while (++n < TAKE_PARTS_MAX && clock_mono() < until &&
	    (part = crew_take(p->crew)) != NULL);
	if (store_commit(p->host.store, &e) == -1) {
		p->host.fatal(p->host.arg, &e);
		return;
	}
	/* Only now may anybody else be told. */
	n = p->nfinished;
	p->nfinished = 0;
	for (i = 0; i < n; i++) {
		struct finished *f = &p->finished[i];

		p->host.object_done(p->host.arg, f->flight->source,
		    f->flight->name, f->again_ns);
		flight_free(f->flight);
	}
	p->host.committed(p->host.arg, alerts);
	if (p->full && !p->stopped) {
		p->full = 0;
		p->host.room(p->host.arg);
	}
}

void
pipeline_stop(struct pipeline *p)
{
	p->stopped = 1;
}

size_t
pipeline_busy(const struct pipeline *p)
{
	return crew_busy(p->crew);
}

unsigned
pipeline_threads(const struct pipeline *p)
{
	return crew_threads(p->crew);
}

const struct pipeline_stats *
pipeline_stats(const struct pipeline *p)
{
	return &p->stats;
}

const struct pipeline_stats *
pipeline_source_stats(const struct pipeline *p, const char *source)
{
	return map_get(p->by_source, source);
}

size_t
pipeline_errors(const struct pipeline *cp, const struct pipeline_error **list)
{
	struct pipeline *p = (struct pipeline *)cp;
	size_t i;

	for (i = 0; i < p->nerrors; i++)
		p->error_list[i] = p->errors[(p->next_error + PIPELINE_ERRORS_KEPT -
		    1 - i) % PIPELINE_ERRORS_KEPT];
	*list = p->error_list;
	return p->nerrors;
}
