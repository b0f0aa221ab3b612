/*
 * Wiring and life: sources -> pipeline -> outbox -> outputs on one loop. See daemon.h.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_CONFIG_H
#include <config.h>	/* not app/config.h */
#endif
#include "app/daemon.h"
#include "app/deliver.h"
#include "app/pipeline.h"
#include "app/rules.h"
#include "app/status.h"
#include "app/sweep.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/text.h"
#include "io/http.h"
#include "io/httpd.h"

#define SWEEP_EVERY_NS (600 * NS_PER_SEC)
#define SWEEP_STEP_NS (1 * NS_PER_SEC)		/* while there is more to do */
#define DRAIN_CHECK_NS (20 * 1000000LL)
#define STATUS_MAX (16 * 1024 * 1024)

struct daemon {
	const struct config	*config;
	struct loop		*loop;
	struct http		*http;
	struct ruleset		*rules;
	struct store		*store;
	struct pipeline		*pipeline;
	struct deliver		*deliver;
	struct source		**sources;
	size_t			 nsources;
	struct output		**outputs;
	size_t			 noutputs;
	const char		**heard[LEVEL_COUNT];	/* output names by level */
	struct source_host	 source_host;
	struct httpd		*control;
	struct loop_signal	*signals[3];
	struct loop_timer	*sweeper, *drain;
	struct sweep		 sweep;
	int64_t			 started, drain_until;
	int			 stopping, failed;
};

static void
daemon_fatal(void *arg, const struct err *e)
{
	struct daemon *d = arg;

	log_err(LOG_LEVEL_ERROR, "store", e, "stopping, so that the last commit "
	    "stays what is true; after a restart what came since is read again");
	d->failed = 1;
	loop_stop(d->loop);
}

/* -- what pipeline, sources and outbox tell each other ------------------------ */

static void
on_object_done(void *arg, const char *source, const char *name, int64_t again_ns)
{
	struct daemon *d = arg;
	size_t i;

	for (i = 0; i < d->nsources; i++)
		if (strcmp(source_name(d->sources[i]), source) == 0)
			source_done(d->sources[i], name, again_ns);
}

static void
on_room(void *arg)
{
	struct daemon *d = arg;
	size_t i;

	for (i = 0; i < d->nsources && !d->stopping; i++)
		source_room(d->sources[i]);
}

static void
on_committed(void *arg, uint64_t new_alerts)
{
	struct daemon *d = arg;

	if (new_alerts > 0)
		deliver_kick(d->deliver);
}

static const char *const *
on_outputs(void *arg, enum level level)
{
	struct daemon *d = arg;

	return d->heard[level];
}

static void
on_control(void *arg, const char *method, const char *path, const char *body,
    size_t len, struct httpd_reply *reply)
{
	struct daemon *d = arg;
	struct status_view v = { d->started, clock_wall(), d->config, d->rules,
	    d->pipeline, d->deliver, d->store, d->sources, d->nsources, d->outputs,
	    d->noutputs };
	struct err e;

	(void)body;
	(void)len;
	if (strcmp(path, "/status") != 0) {
		reply->status = 404;
		buf_adds(&reply->body, "{\"error\":\"no such path; there is /status\"}\n");
	} else if (strcmp(method, "GET") != 0) {
		reply->status = 405;
		buf_adds(&reply->body, "{\"error\":\"status is asked for with GET\"}\n");
	} else if (status_json(&v, &reply->body, &e) == -1) {
		reply->status = 500;
		buf_reset(&reply->body);
		buf_adds(&reply->body, "{\"error\":");
		buf_json(&reply->body, e.msg, strlen(e.msg));
		buf_adds(&reply->body, "}\n");
	} else {
		reply->status = 200;
	}
	reply->type = "application/json";
}

static void
on_sweep(void *arg)
{
	struct daemon *d = arg;
	struct err e;
	int more;

	if ((more = sweep_step(&d->sweep, clock_wall(), &e)) == -1) {
		daemon_fatal(d, &e);
		return;
	}
	loop_timer_arm(d->sweeper, more ? SWEEP_STEP_NS : SWEEP_EVERY_NS);
}

/* -- stopping ------------------------------------------------------------------ */

static void
on_drain(void *arg)
{
	struct daemon *d = arg;

	if (pipeline_busy(d->pipeline) == 0 && !deliver_busy(d->deliver)) {
		loop_stop(d->loop);
		return;
	}
	if (clock_mono() >= d->drain_until) {
		log_warning("daemon", "%zu objects were not finished in time; they "
		    "are read again at the next start", pipeline_busy(d->pipeline));
		loop_stop(d->loop);
		return;
	}
	loop_timer_arm(d->drain, DRAIN_CHECK_NS);
}

static void
on_stop(void *arg)
{
	struct daemon *d = arg;

	if (d->stopping) {
		log_warning("daemon", "stopping at once");
		loop_stop(d->loop);
		return;
	}
	d->stopping = 1;
	log_info("daemon", "stopping: finishing what is in flight (%zu objects)",
	    pipeline_busy(d->pipeline));
	pipeline_stop(d->pipeline);
	d->drain_until = clock_mono() + d->config->drain;
	on_drain(d);
}

/*
 * Writes down where outputs stand before anything is sent: a crash in the first send
 * into a new file must find a mark to cut it back to.
 */
static int
save_marks(struct daemon *d, struct err *e)
{
	int64_t mark;
	size_t i;

	if (store_begin(d->store, e) == -1)
		return -1;
	for (i = 0; i < d->noutputs; i++) {
		/* what is being sent is not committed: its lane writes the mark */
		if (d->deliver != NULL) {
			struct deliver_state state;

			deliver_state(d->deliver, i, &state);
			if (state.sending)
				continue;
		}
		mark = output_mark(d->outputs[i]);
		if (mark >= 0 && store_mark_put(d->store,
		    output_name(d->outputs[i]), mark, e) == -1) {
			store_rollback(d->store);
			return -1;
		}
	}
	return store_commit(d->store, e);
}

static void
on_hangup(void *arg)
{
	struct daemon *d = arg;
	struct err e;
	size_t i;

	for (i = 0; i < d->noutputs; i++)
		output_reopen(d->outputs[i]);
	if (save_marks(d, &e) == -1) {
		daemon_fatal(d, &e);
		return;
	}
	log_info("daemon", "output files were reopened");
}

/* -- starting ------------------------------------------------------------------ */

/* All mistakes of rules, sources and outputs in one run. */
static int
read_all(struct daemon *d, struct errs *es)
{
	const struct config *c = d->config;
	struct output_host oh = { d->loop, d->http };
	size_t i;

	d->rules = rules_load(c->rules, c->placeholders, c->nplaceholders, es);
	d->sources = xcalloc(c->nsources, sizeof *d->sources);
	for (i = 0; i < c->nsources; i++) {
		struct source *s = source_new(c->yaml, c->sources[i],
		    &d->source_host, es);

		if (s != NULL)
			d->sources[d->nsources++] = s;
	}
	d->outputs = xcalloc(c->noutputs, sizeof *d->outputs);
	for (i = 0; i < c->noutputs; i++) {
		struct output *o = output_new(c->yaml, c->outputs[i], &oh, es);

		if (o != NULL)
			d->outputs[d->noutputs++] = o;
	}
	if (errs_fatal(es) > 0 || d->rules == NULL)
		return -1;
	return 0;
}

static void
list_heard(struct daemon *d)
{
	size_t i, n;
	int level;

	for (level = 0; level < LEVEL_COUNT; level++) {
		d->heard[level] = xcalloc(d->noutputs + 1, sizeof *d->heard[level]);
		n = 0;
		for (i = 0; i < d->noutputs; i++)
			if ((int)output_level(d->outputs[i]) <= level)
				d->heard[level][n++] = output_name(d->outputs[i]);
	}
}

static int
start(struct daemon *d)
{
	const struct config *c = d->config;
	struct store_options so = { c->state_path, c->look_back,
	    (size_t)c->seen_memory, c->keep_alerts };
	struct pipeline_host ph = { d->loop, NULL, d, on_object_done, on_room,
	    on_committed, on_outputs, daemon_fatal };
	struct deliver_host dh = { d->loop, NULL, d, daemon_fatal };
	struct err e;
	size_t i;

	d->store = store_open(&so, clock_wall(), &e);
	if (d->store == NULL)
		goto fail;
	ph.store = dh.store = d->store;
	for (i = 0; i < d->noutputs; i++)
		if (output_start(d->outputs[i], store_mark_get(d->store,
		    output_name(d->outputs[i])), &e) == -1)
			goto fail;
	if (save_marks(d, &e) == -1)
		goto fail;
	list_heard(d);
	if (c->socket_path[0] != '\0') {
		d->control = httpd_unix(d->loop, c->socket_path, on_control, d, &e);
		if (d->control == NULL)
			goto fail;
	}
	d->deliver = deliver_new(d->outputs, d->noutputs, &dh);
	d->pipeline = pipeline_new(c, d->rules, &ph);
	d->source_host.arg = d->pipeline;
	d->sweep = (struct sweep){ .store = d->store, .sources = d->sources,
	    .nsources = d->nsources };
	d->sweeper = loop_timer_new(d->loop, on_sweep, d);
	d->drain = loop_timer_new(d->loop, on_drain, d);
	loop_timer_arm(d->sweeper, SWEEP_EVERY_NS);
	d->signals[0] = loop_signal_new(d->loop, SIGTERM, on_stop, d);
	d->signals[1] = loop_signal_new(d->loop, SIGINT, on_stop, d);
	d->signals[2] = loop_signal_new(d->loop, SIGHUP, on_hangup, d);
	for (i = 0; i < d->nsources; i++)
		if (source_start(d->sources[i], &e) == -1)
			goto fail;
	return 0;
fail:
	log_err(LOG_LEVEL_ERROR, "daemon", &e, "not started");
	return -1;
}

static void
daemon_clear(struct daemon *d)
{
	size_t i;

	for (i = 0; i < 3; i++)
		loop_signal_free(d->signals[i]);
	httpd_free(d->control);
	for (i = 0; i < d->nsources; i++)
		source_free(d->sources[i]);
	free(d->sources);
	pipeline_free(d->pipeline);
	deliver_free(d->deliver);
	for (i = 0; i < d->noutputs; i++)
		output_free(d->outputs[i]);
	free(d->outputs);
	loop_timer_free(d->sweeper);
	loop_timer_free(d->drain);
	store_close(d->store);
	ruleset_free(d->rules);
	for (i = 0; i < LEVEL_COUNT; i++)
		free(d->heard[i]);
	http_free(d->http);
	loop_free(d->loop);
}

static size_t
rules_active(const struct ruleset *rules)
{
	size_t i, n = 0;

	for (i = 0; i < ruleset_count(rules); i++)
		n += ruleset_info(rules, i)->kinds != 0 &&
		    !ruleset_info(rules, i)->correlation &&
		    !ruleset_info(rules, i)->silent;
	return n;
}

int
daemon_run(const struct config *c)
{
	struct daemon d = { .config = c, .started = clock_wall() };
	char unrun[RULESET_UNRUN_MAX];
	struct errs es = { 0 };
	int rc = 2;

	signal(SIGPIPE, SIG_IGN);	/* a write says EPIPE ... */
	signal(SIGXFSZ, SIG_IGN);	/* ... and EFBIG instead */
	d.loop = loop_new();
	d.http = http_new(d.loop);
	d.source_host = (struct source_host){ d.loop, NULL, pipeline_offer };
	if (read_all(&d, &es) == -1) {
		errs_print(stderr, &es, 0);
		log_error("daemon", "not started: %zu mistakes", errs_fatal(&es));
		goto out;
	}
	rc = 1;
	if (start(&d) == -1)
		goto out;
	log_info("daemon", "bucketwatch %s: %zu rules, %zu sources, %zu outputs, "
	    "%u threads", PACKAGE_VERSION, rules_active(d.rules), d.nsources,
	    d.noutputs, pipeline_threads(d.pipeline));
	if (ruleset_unrun(d.rules, unrun) != NULL)
		log_warning("daemon", "%s", unrun);
	deliver_kick(d.deliver);
	loop_run(d.loop);
	rc = d.failed ? 1 : 0;
	if (!d.failed)
		log_info("daemon", "stopped");
out:
	errs_clear(&es);
	daemon_clear(&d);
	return rc;
}
