/*
 * Option tables: reads a map of the config into a struct, and lists every mistake in
 * it. What a key means is its owner's; how it is written is decided here.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/text.h"
#include "io/options.h"

#define KEY_MAX 64		/* bytes of a key with its _file or _env */
#define WORDS_MAX 48		/* bytes of a number as people write it */

/* The map that is being read, and where mistakes go. */
struct reading {
	const struct yaml *yaml;
	const struct yaml_node *map;
	const struct option *table;
	const char	*what;
	char		*out;
	struct errs	*es;
};

static struct err
place(const struct reading *r, const struct yaml_node *node)
{
	struct err at = { 0 };

	if (r->yaml == NULL)
		return at;
	if (node == NULL) {
		at.file = r->yaml->file;
		return at;
	}
	return yaml_place(r->yaml, node);
}

/* Adds a mistake at node (or at the file when NULL). Always returns -1. */
__attribute__((format(printf, 3, 4)))
static int
mistake(const struct reading *r, const struct yaml_node *node,
    const char *fmt, ...)
{
	struct err at = place(r, node), e = { 0 };
	char msg[ERR_MSG_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof msg, fmt, ap);
	va_end(ap);
	err_at(&e, &at, "%s", msg);
	errs_add(r->es, &e);
	return -1;
}

static int
is_scalar(const struct yaml_node *n)
{
	return n->type != YAML_LIST && n->type != YAML_MAP &&
	    n->type != YAML_NULL;
}

/* -- numbers as people write them --------------------------------------------- */

struct unit { const char *name; int64_t size; };

static const struct unit durations[] = {
	{ "d", 86400 * NS_PER_SEC }, { "h", 3600 * NS_PER_SEC },
	{ "m", 60 * NS_PER_SEC }, { "s", NS_PER_SEC }, { "ms", 1000000 },
	{ NULL, 0 }
};
static const struct unit sizes[] = {
	{ "GiB", 1 << 30 }, { "MiB", 1 << 20 }, { "KiB", 1 << 10 },
	{ NULL, 0 }
};

/* n in the largest unit that leaves nothing over. */
static const char *
in_units(char out[WORDS_MAX], int64_t n, const struct unit *units,
    const char *one)
{
	for (; n != 0 && units->name != NULL; units++) {
		if (n % units->size)
			continue;
		snprintf(out, WORDS_MAX, "%" PRId64 "%s", n / units->size,
		    units->name);
		return out;
	}
	snprintf(out, WORDS_MAX, "%" PRId64 "%s", n, n ? one : "");
	return out;
}

static const char *
in_words(char out[WORDS_MAX], enum option_type type, int64_t n)
{
	static const struct unit none[] = { { NULL, 0 } };

	if (type == OPTION_DURATION)
		return in_units(out, n, durations, "ns");
	if (type == OPTION_SIZE)
		return in_units(out, n, sizes, "");
	return in_units(out, n, none, "");
}

static int
in_range(const struct reading *r, const struct option *o,
    const struct yaml_node *node, int64_t n)
{
	char least[WORDS_MAX], most[WORDS_MAX];

	if (o->min == 0 && o->max == 0)
		return 0;
	if (n >= o->min && n <= o->max)
		return 0;
	if (o->max == INT64_MAX)
		return mistake(r, node, "%s must be at least %s", o->key,
		    in_words(least, o->type, o->min));
	return mistake(r, node, "%s must be between %s and %s", o->key,
	    in_words(least, o->type, o->min), in_words(most, o->type, o->max));
}

/* -- one value of each type --------------------------------------------------- */

/* Values become C strings: what a NUL would cut short is refused. */
static int
no_nul(const struct reading *r, const struct option *o,
    const struct yaml_node *node)
{
	if (memchr(node->text, '\0', node->len) != NULL)
		return mistake(r, node, "%s holds a NUL byte", o->key);
	return 0;
}

static int
copy_text(const struct yaml_node *node, char **to)
{
	free(*to);
	*to = xstrndup(node->text, node->len);
	return 0;
}

static int
read_bool(const struct reading *r, const struct option *o,
    const struct yaml_node *node, int *to)
{
	if (node->type != YAML_BOOL)
		return mistake(r, node, "%s must be true or false", o->key);
	*to = node->i != 0;
	return 0;
}

static int
read_int(const struct reading *r, const struct option *o,
    const struct yaml_node *node, int64_t *to)
{
	if (node->type != YAML_INT)
		return mistake(r, node, "%s must be a whole number", o->key);
	*to = node->i;
	return in_range(r, o, node, *to);
}

static int
read_duration(const struct reading *r, const struct option *o,
    const struct yaml_node *node, int64_t *to)
{
	if (text_duration(node->text, to) != 0)
		return mistake(r, node, node->type == YAML_INT ?
		    "%s needs a unit: %.*ss, %.*sm, %.*sh or %.*sd" :
		    "%s must be a time such as 500ms, 30s, 5m, 24h or 7d",
		    o->key, (int)node->len, node->text, (int)node->len,
		    node->text, (int)node->len, node->text, (int)node->len,
		    node->text);
	return in_range(r, o, node, *to);
}

static int
read_size(const struct reading *r, const struct option *o,
    const struct yaml_node *node, int64_t *to)
{
	uint64_t n;

	if (text_size(node->text, &n) != 0)
		return mistake(r, node, "%s must be a size such as 512, 64KiB, "
		    "10MB or 1GiB", o->key);
	*to = n > INT64_MAX ? INT64_MAX : (int64_t)n;
	return in_range(r, o, node, *to);
}

static int
read_enum(const struct reading *r, const struct option *o,
    const struct yaml_node *node, int *to)
{
	char known[160];
	const char *near;
	size_t at = 0;
	int i;

	for (i = 0; o->values[i] != NULL; i++) {
		if (strcmp(o->values[i], node->text) == 0) {
			*to = i;
			return 0;
		}
	}
	near = text_nearest(node->text, o->values);
	if (near != NULL)
		return mistake(r, node, "%s cannot be '%.60s'; did you mean "
		    "'%s'?", o->key, node->text, near);
	known[0] = '\0';
	for (i = 0; o->values[i] != NULL && at < sizeof known; i++)
		at += (size_t)snprintf(known + at, sizeof known - at, "%s%s",
		    i ? ", " : "", o->values[i]);
	return mistake(r, node, "%s must be one of: %s", o->key, known);
}

static void
free_list(char **list)
{
	size_t i;

	for (i = 0; list != NULL && list[i] != NULL; i++)
		free(list[i]);
	free(list);
}

static int
read_list(const struct reading *r, const struct option *o,
    const struct yaml_node *node, char ***to)
{
	const struct yaml_node *const *items;
	size_t i, n, kept = 0;
	char **list;
	int rc = 0;

	if (node->type == YAML_MAP)
		return mistake(r, node, "%s must be a list, not %s", o->key,
		    yaml_type_name(node->type));
	items = &node;
	n = node->type == YAML_NULL ? 0 : 1;
	if (node->type == YAML_LIST) {
		items = (const struct yaml_node *const *)node->items;
		n = node->n;
	}
	list = xcalloc(n + 1, sizeof *list);
	for (i = 0; i < n; i++) {
		if (!is_scalar(items[i]))
			rc = mistake(r, items[i], "entry %zu of %s must be "
			    "text, not %s", i + 1, o->key,
			    yaml_type_name(items[i]->type));
		else if (no_nul(r, o, items[i]) != 0)
			rc = -1;
		else
			list[kept++] = xstrndup(items[i]->text, items[i]->len);
	}
	free_list(*to);
	*to = list;
	return rc;
}

static int
read_value(const struct reading *r, const struct option *o,
    const struct yaml_node *node)
{
	char *to = r->out + o->offset;

	if (o->type == OPTION_NODE) {
		*(const struct yaml_node **)(void *)to = node;
		return 0;
	}
	if (o->type == OPTION_LIST)
		return read_list(r, o, node, (char ***)(void *)to);
	if (node->type == YAML_NULL)
		return mistake(r, node, "%s has no value (leave the key out "
		    "for the default)", o->key);
	if (!is_scalar(node))
		return mistake(r, node, "%s must be one value, not %s", o->key,
		    yaml_type_name(node->type));
	if (no_nul(r, o, node) != 0)
		return -1;
	switch (o->type) {
	case OPTION_STRING:
	case OPTION_SECRET:
		return copy_text(node, (char **)(void *)to);
	case OPTION_BOOL:
		return read_bool(r, o, node, (int *)(void *)to);
	case OPTION_INT:
		return read_int(r, o, node, (int64_t *)(void *)to);
	case OPTION_DURATION:
		return read_duration(r, o, node, (int64_t *)(void *)to);
	case OPTION_SIZE:
		return read_size(r, o, node, (int64_t *)(void *)to);
	case OPTION_ENUM:
		return read_enum(r, o, node, (int *)(void *)to);
	case OPTION_LIST:
	case OPTION_NODE:
		break;
	}
	return 0;
}

/* -- secrets ------------------------------------------------------------------ */

/* The whole file without the newlines at its end. No message shows what it holds. */
static int
secret_from_file(const struct reading *r, const struct yaml_node *node,
    const char *key, char **to)
{
	char *text = NULL;
	size_t len = 0;
	ssize_t n;
	int fd, rc = -1;

	fd = open(node->text, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd == -1)
		return mistake(r, node, "%s: cannot open %.150s: %s", key,
		    node->text, strerror(errno));
	text = xmalloc(OPTION_SECRET_MAX + 1);
	while (len <= OPTION_SECRET_MAX) {
		n = read(fd, text + len, OPTION_SECRET_MAX + 1 - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1) {
			mistake(r, node, "%s: cannot read %.150s: %s", key,
			    node->text, strerror(errno));
			goto out;
		}
		if (n == 0)
			break;
		len += (size_t)n;
	}
	if (len > OPTION_SECRET_MAX) {
		mistake(r, node, "%s: %.150s is over %d bytes", key,
		    node->text, OPTION_SECRET_MAX);
		goto out;
	}
	while (len > 0 && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	if (len == 0 || memchr(text, '\0', len) != NULL) {
		mistake(r, node, len == 0 ? "%s: %.150s is empty" :
		    "%s: %.150s holds a NUL byte", key, node->text);
		goto out;
	}
	*to = xstrndup(text, len);
	rc = 0;
out:
	explicit_bzero(text, OPTION_SECRET_MAX + 1);
	free(text);
	close(fd);
	return rc;
}

static int
secret_from_env(const struct reading *r, const struct yaml_node *node,
    const char *key, char **to)
{
	const char *value;

	value = getenv(node->text);
	if (value == NULL || *value == '\0')
		return mistake(r, node, "%s: the environment has no %.100s",
		    key, node->text);
	*to = xstrdup(value);
	return 0;
}

/* 1 when the secret was given in some way (or wrongly: *rc is -1), 0 when not. */
static int
read_secret(const struct reading *r, const struct option *o, int *rc)
{
	char file_key[KEY_MAX], env_key[KEY_MAX], **to;
	const struct yaml_node *plain, *file, *env, *node;

	snprintf(file_key, sizeof file_key, "%s_file", o->key);
	snprintf(env_key, sizeof env_key, "%s_env", o->key);
	plain = yaml_get(r->map, o->key);
	file = yaml_get(r->map, file_key);
	env = yaml_get(r->map, env_key);
	if (plain == NULL && file == NULL && env == NULL)
		return 0;
	if ((plain != NULL) + (file != NULL) + (env != NULL) > 1) {
		*rc = mistake(r, file != NULL ? file : env, "only one of %s, "
		    "%s and %s can be given", o->key, file_key, env_key);
		return 1;
	}
	if (plain != NULL) {
		if (read_value(r, o, plain) != 0)
			*rc = -1;
		return 1;
	}
	node = file != NULL ? file : env;
	if (!is_scalar(node) || node->len == 0 ||
	    memchr(node->text, '\0', node->len) != NULL) {
		*rc = mistake(r, node, file != NULL ? "%s must be a path" :
		    "%s must be the name of a variable",
		    file != NULL ? file_key : env_key);
		return 1;
	}
	to = (char **)(void *)(r->out + o->offset);
	if (file != NULL ? secret_from_file(r, node, file_key, to) :
	    secret_from_env(r, node, env_key, to))
		*rc = -1;
	return 1;
}

/* -- defaults ----------------------------------------------------------------- */

/* A list's default is a YAML list, others are the scalar's text. */
static void
read_fallback(const struct reading *r, const struct option *o)
{
	struct yaml_node scalar = { 0 };
	struct errs es = { 0 };
	struct reading quiet = *r;
	struct yaml *list = NULL;
	char *end;
	int rc;

	quiet.yaml = NULL;
	quiet.es = &es;
	if (o->type == OPTION_LIST) {
		list = yaml_read("default", o->fallback, strlen(o->fallback),
		    &es);
		assert(list != NULL && list->n == 1);
		rc = read_value(&quiet, o, list->docs[0]);
	} else {
		scalar.text = o->fallback;
		scalar.len = strlen(o->fallback);
		scalar.type = YAML_STRING;
		if (o->type == OPTION_BOOL) {
			scalar.type = YAML_BOOL;
			scalar.i = strcmp(o->fallback, "true") == 0;
		} else if (o->type == OPTION_INT) {
			scalar.type = YAML_INT;
			scalar.i = strtoll(o->fallback, &end, 10);
			assert(*end == '\0');
		}
		rc = read_value(&quiet, o, &scalar);
	}
	assert(rc == 0);	/* a table's default is right by itself */
	(void)rc;
	errs_clear(&es);
	yaml_free(list);
}

/* -- the map ------------------------------------------------------------------ */

static const struct option *
find(const struct option *table, const char *key)
{
	size_t len;

	for (; table->key != NULL; table++) {
		if (strcmp(table->key, key) == 0)
			return table;
		len = strlen(table->key);
		if (table->type == OPTION_SECRET &&
		    strncmp(table->key, key, len) == 0 &&
		    (strcmp(key + len, "_file") == 0 ||
		    strcmp(key + len, "_env") == 0))
			return table;
	}
	return NULL;
}

static int
unknown_key(const struct reading *r, const struct yaml_node *key)
{
	const char **names, *near;
	size_t i, n;
	int rc;

	for (n = 0; r->table[n].key != NULL; n++)
		continue;
	names = xcalloc(n + 1, sizeof *names);
	for (i = 0; i < n; i++)
		names[i] = r->table[i].key;
	near = text_nearest(key->text, names);
	if (near != NULL)
		rc = mistake(r, key, "unknown key '%.80s' in %s; did you mean "
		    "'%s'?", key->text, r->what, near);
	else
		rc = mistake(r, key, "unknown key '%.80s' in %s", key->text,
		    r->what);
	free(names);
	return rc;
}

int
options_read(const struct yaml *y, const struct yaml_node *node,
    const struct option *table, void *out, const char *what, struct errs *es)
{
	struct reading r = { y, node, table, what, out, es };
	const struct yaml_node *value;
	const struct option *o;
	int given, rc = 0;
	size_t i;

	if (node != NULL && node->type == YAML_NULL)
		r.map = node = NULL;
	if (node != NULL && node->type != YAML_MAP) {
		rc = mistake(&r, node, "%s must be a map, not %s", what,
		    yaml_type_name(node->type));
		r.map = node = NULL;
	}
	for (i = 0; node != NULL && i < node->n; i++)
		if (find(table, node->keys[i]->text) == NULL)
			rc = unknown_key(&r, node->keys[i]);
	for (o = table; o->key != NULL; o++) {
		value = node ? yaml_get(node, o->key) : NULL;
		if (o->type == OPTION_SECRET) {
			given = node != NULL && read_secret(&r, o, &rc);
		} else {
			/* `key:` with nothing behind it is no list and no map. */
			given = value != NULL && (value->type != YAML_NULL ||
			    (o->type != OPTION_LIST && o->type != OPTION_NODE));
			if (given && read_value(&r, o, value) != 0)
				rc = -1;
		}
		if (given)
			continue;
		if (o->required)
			rc = mistake(&r, node, "%s needs the key '%s'", what,
			    o->key);
		else if (o->fallback != NULL)
			read_fallback(&r, o);
	}
	return rc;
}

void
options_clear(const struct option *table, void *out)
{
	const struct option *o;
	char *at;

	for (o = table; o->key != NULL; o++) {
		at = (char *)out + o->offset;
		if (o->type == OPTION_LIST) {
			free_list(*(char ***)(void *)at);
			*(char ***)(void *)at = NULL;
		} else if (o->type == OPTION_STRING ||
		    o->type == OPTION_SECRET) {
			if (o->type == OPTION_SECRET &&
			    *(char **)(void *)at != NULL)
				explicit_bzero(*(char **)(void *)at,
				    strlen(*(char **)(void *)at));
			free(*(char **)(void *)at);
			*(char **)(void *)at = NULL;
		} else if (o->type == OPTION_NODE) {
			*(const struct yaml_node **)(void *)at = NULL;
		}
	}
}
