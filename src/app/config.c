/*
 * The config file by tables. See config.h; every key with its default stands in
 * etc/bucketwatch.yaml.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/config.h"
#include "base/mem.h"
#include "base/text.h"
#include "io/options.h"

#define KIB 1024LL
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define MIN_NS (60 * NS_PER_SEC)
#define DAY_NS (86400 * NS_PER_SEC)

static const char *const level_words[] = { "error", "warning", "info", "debug",
    NULL };
static const char *const format_words[] = { "text", "json", NULL };

struct top {
	const struct yaml_node *sources, *rules, *outputs, *state, *dedup, *limits,
	    *control, *log;
};

#define NODE(key) { #key, OPTION_NODE, offsetof(struct top, key), 0, 0, NULL, NULL, 0 }
static const struct option top_options[] = {
	NODE(sources), NODE(rules), NODE(outputs), NODE(state), NODE(dedup),
	NODE(limits), NODE(control), NODE(log),
	{ .key = NULL }
};

struct rules_part {
	char	**paths;
	const struct yaml_node *placeholders;
};
static const struct option rules_options[] = {
	{ "paths", OPTION_LIST, offsetof(struct rules_part, paths), 0, 0, NULL,
	    NULL, 0 },
	{ "placeholders", OPTION_NODE, offsetof(struct rules_part, placeholders),
	    0, 0, NULL, NULL, 0 },
	{ .key = NULL }
};

static const struct option state_options[] = {
	{ "path", OPTION_STRING, offsetof(struct config, state_path), 0, 0, NULL,
	    STATEDIR "/state.db", 0 },
	{ "keep_alerts", OPTION_DURATION, offsetof(struct config, keep_alerts),
	    3600 * NS_PER_SEC, 3650 * DAY_NS, NULL, "90d", 0 },
	{ .key = NULL }
};
static const struct option dedup_options[] = {
	{ "look_back", OPTION_DURATION, offsetof(struct config, look_back),
	    10 * MIN_NS, 60 * DAY_NS, NULL, "24h", 0 },
	{ "memory", OPTION_SIZE, offsetof(struct config, seen_memory), MIB,
	    64 * GIB, NULL, "32MiB", 0 },
	{ .key = NULL }
};
static const struct option limit_options[] = {
	{ "record", OPTION_SIZE, offsetof(struct config, record_max), 64 * KIB,
	    GIB, NULL, "16MiB", 0 },
	{ "object", OPTION_SIZE, offsetof(struct config, object_max), MIB,
	    1024 * GIB, NULL, "16GiB", 0 },
	{ "ratio", OPTION_INT, offsetof(struct config, ratio_max), 0, 100000,
	    NULL, "200", 0 },
	{ "in_flight", OPTION_SIZE, offsetof(struct config, in_flight_max), MIB,
	    1024 * GIB, NULL, "256MiB", 0 },
	{ "threads", OPTION_INT, offsetof(struct config, threads), 0, 256, NULL,
	    "0", 0 },
	{ "tries", OPTION_INT, offsetof(struct config, tries_max), 1, 100, NULL,
	    "3", 0 },
	{ "retry", OPTION_DURATION, offsetof(struct config, retry), NS_PER_SEC,
	    DAY_NS, NULL, "60s", 0 },
	{ "drain", OPTION_DURATION, offsetof(struct config, drain), NS_PER_SEC,
	    3600 * NS_PER_SEC, NULL, "10s", 0 },
	{ .key = NULL }
};
static const struct option control_options[] = {
	{ "socket", OPTION_STRING, offsetof(struct config, socket_path), 0, 0, NULL,
	    CONFIG_SOCKET, 0 },
	{ .key = NULL }
};
static const struct option log_options[] = {
	{ "level", OPTION_ENUM, offsetof(struct config, log_level), 0, 0,
	    level_words, "info", 0 },
	{ "format", OPTION_ENUM, offsetof(struct config, log_json), 0, 0,
	    format_words, "text", 0 },
	{ .key = NULL }
};

static int
complain(const struct yaml *y, const struct yaml_node *n, struct errs *es,
    const char *msg)
{
	struct err place = yaml_place(y, n), e;

	err_at(&e, &place, "%s", msg);
	errs_add(es, &e);
	return -1;
}

/* A list of maps, each of which its owner reads later. */
static int
read_list(const struct yaml *y, const struct yaml_node *list, size_t max,
    const char *what, const struct yaml_node ***out, size_t *n, struct errs *es)
{
	char msg[128];
	size_t i;
	int rc = 0;

	if (list == NULL || list->type == YAML_NULL)
		return 0;
	if (list->type != YAML_LIST) {
		snprintf(msg, sizeof msg, "%s is %s; a list is meant: one \"- name: "
		    "...\" each", what, yaml_type_name(list->type));
		return complain(y, list, es, msg);
	}
	if (list->n > max) {
		snprintf(msg, sizeof msg, "%s has %zu entries, more than %zu", what,
		    list->n, max);
		return complain(y, list, es, msg);
	}
	*out = xcalloc(list->n, sizeof **out);
	for (i = 0; i < list->n; i++) {
		if (list->items[i]->type != YAML_MAP) {
			snprintf(msg, sizeof msg, "%s has %s as an entry; a map "
			    "with name and type is meant", what,
			    yaml_type_name(list->items[i]->type));
			rc = complain(y, list->items[i], es, msg);
			continue;
		}
		(*out)[(*n)++] = list->items[i];
	}
	return rc;
}

/* No two sources (or outputs) of one name: it is what state is kept under. */
static int
names_differ(const struct yaml *y, const struct yaml_node *const *list, size_t n,
    const char *what, struct errs *es)
{
	const struct yaml_node *a, *b;
	char msg[192];
	size_t i, j;
	int rc = 0;

	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++) {
			a = yaml_get(list[i], "name");
			b = yaml_get(list[j], "name");
			if (a == NULL || b == NULL || strcmp(a->text, b->text) != 0)
				continue;
			snprintf(msg, sizeof msg, "the name %.64s stands for another "
			    "%s already (line %u)", a->text, what, b->line);
			rc = complain(y, a, es, msg);
			break;
		}
	return rc;
}

static int
read_placeholders(struct config *c, const struct yaml_node *n, struct errs *es)
{
	const struct yaml_node *v;
	const char **values;
	size_t i, j, nvalues;
	int rc = 0;

	if (n == NULL || n->type == YAML_NULL)
		return 0;
	if (n->type != YAML_MAP || n->n > CONFIG_PLACEHOLDERS_MAX)
		return complain(c->yaml, n, es, "placeholders is meant to be a map: "
		    "name: [value, ...]");
	c->placeholders = xcalloc(n->n, sizeof *c->placeholders);
	for (i = 0; i < n->n; i++) {
		v = n->items[i];
		if (v->type == YAML_MAP || v->type == YAML_NULL) {
			rc = complain(c->yaml, v, es, "a placeholder has one value "
			    "or a list of them");
			continue;
		}
		nvalues = v->type == YAML_LIST ? v->n : 1;
		values = xcalloc(nvalues + 1, sizeof *values);
		for (j = 0; j < nvalues; j++)
			values[j] = v->type == YAML_LIST ? v->items[j]->text :
			    v->text;
		c->placeholders[c->nplaceholders].name = n->keys[i]->text;
		c->placeholders[c->nplaceholders++].values = values;
	}
	return rc;
}

static int
read_yaml(struct config *c, struct errs *es)
{
	const struct yaml_node *root = NULL;
	struct rules_part rules = { 0 };
	struct top top = { 0 };
	struct yaml *y = c->yaml;
	int rc = 0;

	if (y != NULL && y->n > 1)
		rc = complain(y, y->docs[1], es, "a config is one document; a second "
		    "one begins here");
	if (y != NULL && y->n > 0 && y->docs[0]->type != YAML_NULL)
		root = y->docs[0];
	if (root != NULL && root->type != YAML_MAP)
		return complain(y, root, es, "a config is a map: sources, rules, "
		    "outputs, state ...");
	rc |= options_read(y, root, top_options, &top, "the config", es);
	rc |= options_read(y, top.rules, rules_options, &rules, "rules", es);
	c->rules = rules.paths;
	rc |= read_placeholders(c, rules.placeholders, es);
	rc |= options_read(y, top.state, state_options, c, "state", es);
	rc |= options_read(y, top.dedup, dedup_options, c, "dedup", es);
	rc |= options_read(y, top.limits, limit_options, c, "limits", es);
	rc |= options_read(y, top.control, control_options, c, "control", es);
	rc |= options_read(y, top.log, log_options, c, "log", es);
	rc |= read_list(y, top.sources, CONFIG_SOURCES_MAX, "sources", &c->sources,
	    &c->nsources, es);
	rc |= read_list(y, top.outputs, CONFIG_OUTPUTS_MAX, "outputs", &c->outputs,
	    &c->noutputs, es);
	rc |= names_differ(y, c->sources, c->nsources, "source", es);
	rc |= names_differ(y, c->outputs, c->noutputs, "output", es);
	return rc ? -1 : 0;
}

int
config_read(struct config *c, const char *file, struct errs *es)
{
	memset(c, 0, sizeof *c);
	if (file != NULL && (c->yaml = yaml_read(file, NULL, 0, es)) == NULL)
		return -1;
	return read_yaml(c, es);
}

int
config_read_text(struct config *c, const char *name, const char *text, size_t len,
    struct errs *es)
{
	memset(c, 0, sizeof *c);
	if ((c->yaml = yaml_read(name, text, len, es)) == NULL)
		return -1;
	return read_yaml(c, es);
}

void
config_clear(struct config *c)
{
	size_t i;

	for (i = 0; i < c->nplaceholders; i++)
		free((void *)c->placeholders[i].values);
	free(c->placeholders);
	for (i = 0; c->rules != NULL && c->rules[i] != NULL; i++)
		free(c->rules[i]);
	free(c->rules);
	options_clear(state_options, c);
	options_clear(control_options, c);
	free(c->sources);
	free(c->outputs);
	yaml_free(c->yaml);
	memset(c, 0, sizeof *c);
}
