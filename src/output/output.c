/*
 * What all outputs have in common: the table of kinds, the common keys, and the one
 * door through which the end of a send goes back to the outbox.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "output/kind.h"

static const struct output_kind *const output_kinds[] = {
	&output_file, &output_stdout, &output_syslog, &output_webhook
};
#define KINDS (sizeof output_kinds / sizeof output_kinds[0])

/* The same in the same order; the test holds the two together. */
static const char *const output_kind_names[] = {
	"file", "stdout", "syslog", "webhook", NULL
};

static void	on_done(void *);

const char *const *
output_types(void)
{
	return output_kind_names;
}

int
output_mistake(struct errs *es, const struct yaml *y,
    const struct yaml_node *node, const char *key, const char *fmt, ...)
{
	const struct yaml_node *value = key ? yaml_get(node, key) : NULL;
	struct err at = yaml_place(y, value ? value : node), e;
	char msg[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	err_at(&e, &at, "%s", msg);
	errs_add(es, &e);
	return -1;
}

/* The kind that node asks for, or NULL with the mistake in es. */
static const struct output_kind *
kind_of(const struct yaml *y, const struct yaml_node *node, struct errs *es)
{
	const struct yaml_node *type;
	const char *near;
	size_t i;

	if (node->type != YAML_MAP) {
		output_mistake(es, y, node, NULL, "an output must be a map, not %s",
		    yaml_type_name(node->type));
		return NULL;
	}
	type = yaml_get(node, "type");
	if (type == NULL) {
		output_mistake(es, y, node, NULL, "the output has no type: file, "
		    "stdout, syslog or webhook");
		return NULL;
	}
	if (type->type == YAML_LIST || type->type == YAML_MAP) {
		output_mistake(es, y, node, "type", "type must be one value, not %s",
		    yaml_type_name(type->type));
		return NULL;
	}
	for (i = 0; i < KINDS; i++)
		if (strcmp(output_kinds[i]->name, type->text) == 0)
			return output_kinds[i];
	near = text_nearest(type->text, output_kind_names);
	if (near)
		output_mistake(es, y, node, "type", "there is no output type "
		    "'%.60s'; did you mean '%s'?", type->text, near);
	else
		output_mistake(es, y, node, "type", "there is no output type "
		    "'%.60s': it is file, stdout, syslog or webhook", type->text);
	return NULL;
}

/* Names stand in status, in the state file and in URLs of the control socket. */
static int
name_ok(const char *s)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	size_t len = strlen(s);

	return len >= 1 && len <= OUTPUT_NAME_MAX && strspn(s, ok) == len;
}

struct output *
output_new(const struct yaml *y, const struct yaml_node *node,
    const struct output_host *host, struct errs *es)
{
	const struct output_kind *kind = kind_of(y, node, es);
	struct output *o;
	int rc;

	if (kind == NULL)
		return NULL;
	o = xcalloc(1, kind->size);
	o->kind = kind;
	o->many = 1;
	if (host)
		o->host = *host;
	rc = options_read(y, node, kind->options, o, "output", es);
	if (o->name && !name_ok(o->name))
		rc = output_mistake(es, y, node, "name", "a name is up to %d "
		    "letters, digits, '.', '_' and '-'", OUTPUT_NAME_MAX);
	/* Also after a mistake: one run lists them all. */
	if (kind->check(o, y, node, es) == -1)
		rc = -1;
	if (rc == -1) {
		output_free(o);
		return NULL;
	}
	return o;
}

int
output_start(struct output *o, int64_t mark, struct err *e)
{
	assert(o->host.loop && o->done == NULL);
	o->done = loop_timer_new(o->host.loop, on_done, o);
	if (o->kind->start && o->kind->start(o, mark, e) == -1)
		return err_wrap(e, "output %s", o->name);
	return 0;
}

void
output_free(struct output *o)
{
	if (o == NULL)
		return;
	if (o->kind->stop)
		o->kind->stop(o);
	loop_timer_free(o->done);
	options_clear(o->kind->options, o);
	free(o);
}

const char *
output_name(const struct output *o)
{
	return o->name;
}

const char *
output_type(const struct output *o)
{
	return o->kind->name;
}

enum level
output_level(const struct output *o)
{
	return (enum level)o->level;
}

const char *
output_address(const struct output *o)
{
	return o->address;
}

size_t
output_many(const struct output *o)
{
	return o->many;
}

void
output_send(struct output *o, const struct output_message *m, size_t n,
    output_done_fn *fn, void *arg)
{
	assert(o->fn == NULL && fn && n >= 1 && n <= o->many);
	o->fn = fn;
	o->arg = arg;
	o->kind->send(o, m, n);
}

/*
 * Always by way of the timer, so that neither a kind that is done at once nor one
 * that is called back by the loop can surprise the outbox inside its own call.
 */
void
output_done(struct output *o, enum fate fate, int64_t retry_after_ns,
    const char *fmt, ...)
{
	char text[sizeof o->why];
	va_list ap;

	assert(o->fn && !loop_timer_armed(o->done));
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	text_printable(o->why, sizeof o->why, text, strlen(text));
	o->fate = fate;
	o->retry_after = retry_after_ns;
	loop_timer_arm(o->done, 0);
}

void
output_sent(struct output *o)
{
	output_done(o, FATE_SENT, -1, "%s", "");
}

static void
on_done(void *arg)
{
	struct output *o = arg;
	output_done_fn *fn = o->fn;
	char why[sizeof o->why];

	/* fn may send again, which writes a new why, or free the output. */
	memcpy(why, o->why, sizeof why);
	o->fn = NULL;
	fn(o->arg, o->fate, o->retry_after, why);
}

int64_t
output_mark(const struct output *o)
{
	return o->kind->mark ? o->kind->mark(o) : -1;
}

void
output_reopen(struct output *o)
{
	if (o->kind->reopen)
		o->kind->reopen(o);
}
