/*
 * YAML trees out of libyaml's events. See yaml.h. Nothing recurses: open lists and
 * maps stand on a stack of YAML_DEPTH_MAX frames, and an alias counts with all that
 * it stands for, so that a small text cannot become a big tree.
 */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/map.h"
#include "io/yaml.h"

struct frame {
	struct yaml_node *node;
	struct yaml_node **items, **keys;
	size_t		 cap, keys_cap;
	struct yaml_node *key;		/* MAP: waits for its value */
	char		*anchor;
	struct map	*seen;		/* MAP: its keys, once they are many */
	size_t		 merges;	/* MAP: values of "<<" */
};

struct reader {
	struct yaml	*y;
	struct errs	*es;
	yaml_parser_t	 parser;
	struct frame	 stack[YAML_DEPTH_MAX];
	size_t		 depth;
	struct map	*anchors;	/* name -> node; NULL value: still open */
	size_t		 docs_cap;
	size_t		 weight;
	int		 mistakes;
	const char	*at, *end;	/* the whole text, from line number line on */
	size_t		 line;
	struct yaml_node open;		/* stands for an anchor not closed yet */
};

#define SEEN_FROM 32	/* keys of a map from which on they are hashed */
#define LINES_MAX 1000	/* of one scalar whose places are kept */

static void	 reader_scalar(struct reader *, const yaml_event_t *);

static void
mistake(struct reader *r, unsigned line, unsigned col, const char *fmt,
    const char *arg)
{
	struct err at = { r->y->file, line, col, "" }, e;
	char shown[64];

	if (arg != NULL)
		snprintf(shown, sizeof shown, "%.48s%s", arg,
		    strlen(arg) > 48 ? "..." : "");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	err_at(&e, &at, fmt, arg != NULL ? shown : "");
#pragma GCC diagnostic pop
	errs_add(r->es, &e);
	r->mistakes++;
}

static struct yaml_node *
node_new(struct reader *r, enum yaml_type type, const yaml_mark_t *at)
{
	struct yaml_node *n;

	n = arena_alloc(r->y->arena, sizeof *n);
	memset(n, 0, sizeof *n);
	n->type = type;
	n->line = (unsigned)at->line + 1;
	n->col = (unsigned)at->column + 1;
	n->text = "";
	n->weight = 1;
	return n;
}

/* 1: goes on; 0: over a limit, reading ends */
static int
reader_weigh(struct reader *r, const struct yaml_node *n, const yaml_mark_t *at)
{
	r->weight += n->weight;
	if (r->weight > YAML_NODES_MAX) {
		mistake(r, (unsigned)at->line + 1, (unsigned)at->column + 1,
		    "too much: over 2,000,000 values, aliases counted with what "
		    "they stand for", NULL);
		return 0;
	}
	if (r->depth + n->depth >= YAML_DEPTH_MAX) {
		mistake(r, (unsigned)at->line + 1, (unsigned)at->column + 1,
		    "nested deeper than 100 levels", NULL);
		return 0;
	}
	return 1;
}

static void
frame_key_seen(struct reader *r, struct frame *f, struct yaml_node *key)
{
	size_t i;
	int twice = 0;

	if (f->seen == NULL && f->node->n < SEEN_FROM) {
		for (i = 0; i < f->node->n && !twice; i++)
			twice = f->keys[i]->len == key->len &&
			    memcmp(f->keys[i]->text, key->text, key->len) == 0;
	} else {
		if (f->seen == NULL) {
			f->seen = map_new();
			for (i = 0; i < f->node->n; i++)
				map_set(f->seen, f->keys[i]->text, key);
		}
		twice = map_getn(f->seen, key->text, key->len) != NULL;
		map_set(f->seen, key->text, key);
	}
	if (twice)
		mistake(r, key->line, key->col,
		    "the key \"%s\" stands twice in this map", key->text);
}

static void
frame_add(struct reader *r, struct frame *f, struct yaml_node *n)
{
	struct yaml_node *map = f->node;

	if (map->type == YAML_LIST) {
		f->items = xgrow(f->items, &f->cap, map->n + 1,
		    sizeof *f->items);
		f->items[map->n++] = n;
	} else if (f->key == NULL) {
		if (n->type == YAML_LIST || n->type == YAML_MAP)
			mistake(r, n->line, n->col,
			    "a key must be a single word or text, not %s",
			    yaml_type_name(n->type));
		f->key = n;
		return;
	} else {
		if (f->key->type == YAML_STRING && !f->key->quoted &&
		    strcmp(f->key->text, "<<") == 0)
			f->merges++;
		else if (f->key->type != YAML_LIST && f->key->type != YAML_MAP)
			frame_key_seen(r, f, f->key);
		f->items = xgrow(f->items, &f->cap, map->n + 1,
		    sizeof *f->items);
		f->keys = xgrow(f->keys, &f->keys_cap, map->n + 1,
		    sizeof *f->keys);
		f->items[map->n] = n;
		f->keys[map->n++] = f->key;
		f->key = NULL;
	}
	map->weight += n->weight;
	if (n->depth + 1 > map->depth)
		map->depth = n->depth + 1;
}

/* A finished value goes where it belongs: the open list or map, or the documents. */
static void
reader_add(struct reader *r, struct yaml_node *n)
{
	if (r->depth > 0) {
		frame_add(r, &r->stack[r->depth - 1], n);
		return;
	}
	r->y->docs = xgrow(r->y->docs, &r->docs_cap, r->y->n + 1,
	    sizeof *r->y->docs);
	r->y->docs[r->y->n++] = n;
}

static int
frame_has(const struct frame *f, const struct yaml_node *key)
{
	size_t i;

	for (i = 0; i < f->node->n; i++)
		if (f->keys[i]->len == key->len &&
		    memcmp(f->keys[i]->text, key->text, key->len) == 0)
			return 1;
	return 0;
}

/* Takes the keys of from that the map does not have itself. */
static void
frame_merge_one(struct reader *r, struct frame *f, const struct yaml_node *key,
    const struct yaml_node *from)
{
	size_t i, n;

	if (from->type == YAML_LIST) {
		for (i = 0; i < from->n; i++)
			if (from->items[i]->type == YAML_MAP)
				frame_merge_one(r, f, key, from->items[i]);
			else
				mistake(r, key->line, key->col,
				    "\"<<\" merges maps, not %s",
				    yaml_type_name(from->items[i]->type));
		return;
	}
	if (from->type != YAML_MAP) {
		mistake(r, key->line, key->col, "\"<<\" merges maps, not %s",
		    yaml_type_name(from->type));
		return;
	}
	for (i = 0; i < from->n; i++) {
		if (frame_has(f, from->keys[i]))
			continue;
		n = f->node->n;
		f->items = xgrow(f->items, &f->cap, n + 1, sizeof *f->items);
		f->keys = xgrow(f->keys, &f->keys_cap, n + 1, sizeof *f->keys);
		f->items[n] = from->items[i];
		f->keys[n] = from->keys[i];
		f->node->n++;
	}
}

static void
frame_merge(struct reader *r, struct frame *f)
{
	struct yaml_node *from[8], *keys[8];
	size_t i, j, n = 0;

	for (i = j = 0; i < f->node->n; i++) {
		if (f->keys[i]->type == YAML_STRING && !f->keys[i]->quoted &&
		    strcmp(f->keys[i]->text, "<<") == 0 && n < 8) {
			from[n] = f->items[i];
			keys[n++] = f->keys[i];
			continue;
		}
		f->items[j] = f->items[i];
		f->keys[j++] = f->keys[i];
	}
	f->node->n = j;
	for (i = 0; i < n; i++)
		frame_merge_one(r, f, keys[i], from[i]);
}

static void
frame_clear(struct frame *f)
{
	free(f->items);
	free(f->keys);
	free(f->anchor);
	map_free(f->seen, NULL);
	memset(f, 0, sizeof *f);
}

static void
reader_open(struct reader *r, enum yaml_type type, const char *anchor,
    const yaml_mark_t *at)
{
	struct frame *f;

	f = &r->stack[r->depth++];
	memset(f, 0, sizeof *f);
	f->node = node_new(r, type, at);
	if (anchor != NULL) {
		f->anchor = xstrdup(anchor);
		map_set(r->anchors, anchor, &r->open);
	}
}

static void
reader_close(struct reader *r)
{
	struct frame *f = &r->stack[r->depth - 1];
	struct yaml_node *n = f->node;

	if (f->merges > 0)
		frame_merge(r, f);
	if (n->n > 0) {
		n->items = arena_alloc(r->y->arena, n->n * sizeof *n->items);
		memcpy(n->items, f->items, n->n * sizeof *n->items);
	}
	if (n->n > 0 && n->type == YAML_MAP) {
		n->keys = arena_alloc(r->y->arena, n->n * sizeof *n->keys);
		memcpy(n->keys, f->keys, n->n * sizeof *n->keys);
	}
	if (f->anchor != NULL)
		map_set(r->anchors, f->anchor, n);
	frame_clear(f);
	r->depth--;
	reader_add(r, n);
}

static void
reader_alias(struct reader *r, const yaml_event_t *ev)
{
	const char *name = (const char *)ev->data.alias.anchor;
	struct yaml_node *n;

	n = map_get(r->anchors, name);
	if (n == NULL) {
		mistake(r, (unsigned)ev->start_mark.line + 1,
		    (unsigned)ev->start_mark.column + 1,
		    "the alias *%s has no anchor before it", name);
		n = node_new(r, YAML_NULL, &ev->start_mark);
	} else if (n == &r->open) {
		mistake(r, (unsigned)ev->start_mark.line + 1,
		    (unsigned)ev->start_mark.column + 1,
		    "the alias *%s stands inside of what it names", name);
		n = node_new(r, YAML_NULL, &ev->start_mark);
	}
	if (reader_weigh(r, n, &ev->start_mark))
		reader_add(r, n);
}

static int
is_one_of(const char *s, size_t len, const char *const *words)
{
	for (; *words != NULL; words++)
		if (strlen(*words) == len && memcmp(*words, s, len) == 0)
			return 1;
	return 0;
}

static size_t
span(const char *s, const char *of)
{
	return strspn(s, of);
}

#define DIGITS "0123456789"

/* [-+]?(0|[1-9][0-9]*) or 0o17 or 0x1f; 007 is none */
static int
scalar_int(const char *s, size_t len, int64_t *out, double *f)
{
	const char *p = s;
	int base = 10, neg = 0;

	if (len > 2 && s[0] == '0' && (s[1] == 'o' || s[1] == 'x')) {
		base = s[1] == 'o' ? 8 : 16;
		p = s + 2;
		if (span(p, base == 8 ? "01234567" :
		    "0123456789abcdefABCDEF") != len - 2)
			return 0;
	} else {
		if (*p == '-' || *p == '+')
			neg = *p++ == '-';
		if (p == s + len || span(p, DIGITS) != len - (size_t)(p - s) ||
		    (*p == '0' && p + 1 != s + len))
			return 0;
	}
	errno = 0;
	*out = strtoll(p, NULL, base);		/* saturates */
	*f = base == 10 ? strtod(p, NULL) : (double)*out;
	if (neg) {
		*out = -*out;
		*f = -*f;
	}
	return 1;
}

/* [-+]?(.5 | 0.5 | 12. )(e-3)? or .inf or .nan */
static int
scalar_float(const char *s, size_t len, double *f)
{
	static const char *const infs[] = { ".inf", ".Inf", ".INF", NULL };
	static const char *const nans[] = { ".nan", ".NaN", ".NAN", NULL };
	const char *p = s, *end = s + len;
	size_t n;

	if (is_one_of(s, len, nans)) {
		*f = NAN;
		return 1;
	}
	if (*p == '-' || *p == '+')
		p++;
	if (is_one_of(p, (size_t)(end - p), infs)) {
		*f = *s == '-' ? -INFINITY : INFINITY;
		return 1;
	}
	if (*p == '.') {
		if ((n = span(++p, DIGITS)) == 0)
			return 0;
		p += n;
	} else {
		if ((n = span(p, DIGITS)) == 0 || (*p == '0' && n > 1))
			return 0;
		p += n;
		if (*p == '.')
			p += 1 + span(p + 1, DIGITS);
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (*p == '-' || *p == '+')
			p++;
		if ((n = span(p, DIGITS)) == 0)
			return 0;
		p += n;
	}
	if (p != end)
		return 0;
	*f = strtod(s, NULL);
	return 1;
}

static void
scalar_resolve(struct yaml_node *n)
{
	static const char *const nulls[] = { "", "~", "null", "Null", "NULL",
	    NULL };
	static const char *const trues[] = { "true", "True", "TRUE", NULL };
	static const char *const falses[] = { "false", "False", "FALSE", NULL };

	if (is_one_of(n->text, n->len, nulls)) {
		n->type = YAML_NULL;
		n->text = "";
		n->len = 0;
	} else if (is_one_of(n->text, n->len, trues)) {
		n->type = YAML_BOOL;
		n->i = 1;
	} else if (is_one_of(n->text, n->len, falses))
		n->type = YAML_BOOL;
	else if (scalar_int(n->text, n->len, &n->i, &n->f))
		n->type = YAML_INT;
	else if (scalar_float(n->text, n->len, &n->f))
		n->type = YAML_FLOAT;
}

static const char *
tag_type(const char *tag, enum yaml_type *type)
{
	static const struct { const char *tag; enum yaml_type type; } known[] = {
		{ "tag:yaml.org,2002:str", YAML_STRING },
		{ "tag:yaml.org,2002:int", YAML_INT },
		{ "tag:yaml.org,2002:float", YAML_FLOAT },
		{ "tag:yaml.org,2002:bool", YAML_BOOL },
		{ "tag:yaml.org,2002:null", YAML_NULL },
		{ "tag:yaml.org,2002:seq", YAML_LIST },
		{ "tag:yaml.org,2002:map", YAML_MAP },
	};
	size_t i;

	for (i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(tag, known[i].tag) == 0) {
			*type = known[i].type;
			return known[i].tag;
		}
	return NULL;
}

static size_t
line_break(const char *p, const char *end)
{
	if (*p == '\r')
		return p + 1 < end && p[1] == '\n' ? 2 : 1;
	return *p == '\n' ? 1 : 0;
}

/* Goes to a line, which is not before that of the last call. */
static void
reader_line(struct reader *r, size_t line)
{
	size_t n;

	for (; r->line < line && r->at < r->end; r->at++)
		if ((n = line_break(r->at, r->end)) > 0) {
			r->at += n - 1;
			r->line++;
		}
}

/*
 * Where the lines of a scalar begin in its text: each line as written, without the
 * blanks around it, must follow there; the first that does not (an escape, a line
 * that is broken in other ways) ends the list.
 */
static void
reader_lines(struct reader *r, struct yaml_node *n, const yaml_event_t *ev)
{
	struct yaml_line *list = NULL;
	size_t count = 0, cap = 0, offset = 0, last = ev->end_mark.line, len;
	yaml_scalar_style_t style = ev->data.scalar.style;
	const char *p, *stop;
	unsigned col;

	if (style == YAML_LITERAL_SCALAR_STYLE ||
	    style == YAML_FOLDED_SCALAR_STYLE)
		reader_line(r, ev->start_mark.line + 1);	/* behind the sign */
	else
		reader_line(r, ev->start_mark.line);
	while (r->at < r->end && count < LINES_MAX) {
		p = r->at;
		if (r->line == ev->start_mark.line) {
			len = n->col - 1;
			len += style != YAML_PLAIN_SCALAR_STYLE;
			p += len < (size_t)(r->end - p) ? len :
			    (size_t)(r->end - p);
		}
		while (p < r->end && (*p == ' ' || *p == '\t'))
			p++;
		col = (unsigned)(p - r->at) + 1;
		for (stop = p; stop < r->end && !line_break(stop, r->end);)
			stop++;
		if (r->line == last)		/* what follows is not of it */
			while (stop > p && (size_t)(stop - r->at) >
			    ev->end_mark.column)
				stop--;
		if (r->line == last && style != YAML_PLAIN_SCALAR_STYLE &&
		    stop > p && (stop[-1] == '\'' || stop[-1] == '"'))
			stop--;
		while (stop > p && (stop[-1] == ' ' || stop[-1] == '\t'))
			stop--;
		while (offset < n->len && strchr(" \t\n", n->text[offset]) &&
		    n->text[offset] != '\0')
			offset++;
		len = (size_t)(stop - p);
		if (len > n->len - offset ||
		    memcmp(n->text + offset, p, len) != 0)
			break;
		if (len > 0) {
			list = xgrow(list, &cap, count + 1, sizeof *list);
			list[count++] = (struct yaml_line){
			    (unsigned)r->line + 1, col, (uint32_t)offset };
		}
		offset += len;
		if (r->line == last)	/* more may begin on it */
			break;
		reader_line(r, r->line + 1);
	}
	if (count > 0) {
		struct yaml_line *kept = arena_alloc(r->y->arena,
		    (count + 1) * sizeof *kept);

		memcpy(kept, list, count * sizeof *list);
		memset(&kept[count], 0, sizeof *kept);
		n->lines = kept;
	}
	free(list);
}

static void
reader_scalar(struct reader *r, const yaml_event_t *ev)
{
	const char *tag = (const char *)ev->data.scalar.tag;
	yaml_scalar_style_t style = ev->data.scalar.style;
	struct yaml_node *n;
	enum yaml_type want;

	n = node_new(r, YAML_STRING, &ev->start_mark);
	n->len = ev->data.scalar.length;
	n->text = arena_strndup(r->y->arena,
	    (const char *)ev->data.scalar.value, n->len);
	n->quoted = style != YAML_PLAIN_SCALAR_STYLE;
	n->inset = -1;
	if (ev->start_mark.line == ev->end_mark.line) {
		if (style == YAML_PLAIN_SCALAR_STYLE)
			n->inset = 0;
		else if (style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
		    style == YAML_DOUBLE_QUOTED_SCALAR_STYLE)
			n->inset = 1;
	} else
		reader_lines(r, n, ev);
	if (tag != NULL && strcmp(tag, "!") != 0) {
		if (tag_type(tag, &want) == NULL || want == YAML_LIST ||
		    want == YAML_MAP)
			mistake(r, n->line, n->col, "unknown tag %s", tag);
		else if (want != YAML_STRING) {
			scalar_resolve(n);
			if (want == YAML_FLOAT && n->type == YAML_INT)
				n->type = YAML_FLOAT;
			if (n->type != want)
				mistake(r, n->line, n->col,
				    "the value is not what its tag says: %s",
				    yaml_type_name(want));
		}
	} else if (!n->quoted && tag == NULL)
		scalar_resolve(n);
	if (ev->data.scalar.anchor != NULL)
		map_set(r->anchors, (const char *)ev->data.scalar.anchor, n);
	if (reader_weigh(r, n, &ev->start_mark))
		reader_add(r, n);
}

static int
reader_start(struct reader *r, const yaml_event_t *ev, enum yaml_type type,
    const char *anchor, const char *tag)
{
	struct yaml_node one = { .weight = 1 };
	enum yaml_type want;

	if (tag != NULL && strcmp(tag, "!") != 0 &&
	    (tag_type(tag, &want) == NULL || want != type))
		mistake(r, (unsigned)ev->start_mark.line + 1,
		    (unsigned)ev->start_mark.column + 1, "unknown tag %s", tag);
	if (!reader_weigh(r, &one, &ev->start_mark))
		return 0;
	reader_open(r, type, anchor, &ev->start_mark);
	return 1;
}

/* 1: goes on, 0: the end of the text or a limit */
static int
reader_event(struct reader *r, const yaml_event_t *ev)
{
	switch (ev->type) {
	case YAML_NO_EVENT:
	case YAML_STREAM_END_EVENT:
		return 0;
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 1;
	case YAML_DOCUMENT_START_EVENT:
		map_free(r->anchors, NULL);	/* they end with their document */
		r->anchors = map_new();
		return 1;
	case YAML_ALIAS_EVENT:
		reader_alias(r, ev);
		break;
	case YAML_SCALAR_EVENT:
		reader_scalar(r, ev);
		break;
	case YAML_SEQUENCE_START_EVENT:
		return reader_start(r, ev, YAML_LIST,
		    (const char *)ev->data.sequence_start.anchor,
		    (const char *)ev->data.sequence_start.tag);
	case YAML_MAPPING_START_EVENT:
		return reader_start(r, ev, YAML_MAP,
		    (const char *)ev->data.mapping_start.anchor,
		    (const char *)ev->data.mapping_start.tag);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		reader_close(r);
		break;
	}
	return r->weight <= YAML_NODES_MAX && r->mistakes < ERRS_MAX;
}

static void
reader_syntax(struct reader *r, const char *text, size_t len)
{
	const yaml_parser_t *p = &r->parser;
	unsigned line = (unsigned)p->problem_mark.line + 1;
	unsigned col = (unsigned)p->problem_mark.column + 1;
	char msg[160];
	size_t i;

	if (p->error == YAML_READER_ERROR) {
		for (line = col = 1, i = 0; i < p->problem_offset && i < len;
		    i++, col++)
			if (text[i] == '\n') {
				line++;
				col = 0;
			}
	}
	if (p->context != NULL)
		snprintf(msg, sizeof msg, "%s %s (line %u)",
		    p->problem ? p->problem : "broken", p->context,
		    (unsigned)p->context_mark.line + 1);
	else
		snprintf(msg, sizeof msg, "%s",
		    p->problem ? p->problem : "broken");
	if (p->problem != NULL && strstr(p->problem, "cannot start any token"))
		snprintf(msg, sizeof msg, "%s (a tab cannot indent, and %% @ ` "
		    "must be quoted)", p->problem);
	{
		struct err at = { r->y->file, line, col, "" }, e;

		err_at(&e, &at, "not YAML: %s", msg);
		errs_add(r->es, &e);
		r->mistakes++;
	}
}

static struct yaml *
read_text(const char *file, const char *text, size_t len, struct errs *es)
{
	struct reader *r;
	struct yaml *y;
	yaml_event_t ev;
	int more = 1;

	y = xcalloc(1, sizeof *y);
	y->file = xstrdup(file);
	y->arena = arena_new();
	r = xcalloc(1, sizeof *r);
	r->y = y;
	r->es = es;
	r->anchors = map_new();
	if (!yaml_parser_initialize(&r->parser)) {
		mistake(r, 0, 0, "out of memory", NULL);
		goto out;
	}
	r->at = text;
	r->end = text + len;
	yaml_parser_set_input_string(&r->parser, (const unsigned char *)text, len);
	while (more) {
		if (!yaml_parser_parse(&r->parser, &ev)) {
			reader_syntax(r, text, len);
			break;
		}
		more = reader_event(r, &ev);
		yaml_event_delete(&ev);
	}
	yaml_parser_delete(&r->parser);
out:
	while (r->depth > 0)
		frame_clear(&r->stack[--r->depth]);
	map_free(r->anchors, NULL);
	if (r->mistakes > 0) {
		yaml_free(y);
		y = NULL;
	}
	free(r);
	return y;
}

/* The file's bytes (allocated) or NULL with e. */
static char *
slurp(const char *file, size_t *len, struct err *e)
{
	struct err at = { file, 0, 0, "" };
	char *text = NULL;
	size_t cap = 0, n;
	FILE *f;

	*len = 0;
	if ((f = fopen(file, "rbe")) == NULL) {
		err_at(e, &at, "cannot be opened: %s", strerror(errno));
		return NULL;
	}
	do {
		text = xgrow(text, &cap, *len + 65536, 1);
		n = fread(text + *len, 1, cap - *len, f);
		*len += n;
	} while (n > 0 && *len <= YAML_BYTES_MAX);
	if (ferror(f)) {
		err_at(e, &at, "cannot be read: %s", strerror(errno));
		free(text);
		text = NULL;
	}
	fclose(f);
	return text;
}

struct yaml *
yaml_read(const char *file, const char *text, size_t len, struct errs *es)
{
	struct err at = { file, 0, 0, "" }, e;
	struct yaml *y;
	char *own = NULL;

	if (text == NULL) {
		if ((own = slurp(file, &len, &e)) == NULL) {
			errs_add(es, &e);
			return NULL;
		}
		text = own;
	}
	if (len > YAML_BYTES_MAX) {
		err_at(&e, &at, "longer than %d bytes", YAML_BYTES_MAX);
		errs_add(es, &e);
		free(own);
		return NULL;
	}
	y = read_text(file, text, len, es);
	free(own);
	return y;
}

void
yaml_free(struct yaml *y)
{
	if (y == NULL)
		return;
	arena_free(y->arena);
	free(y->docs);
	free(y->file);
	free(y);
}

struct yaml_node *
yaml_get(const struct yaml_node *n, const char *key)
{
	size_t i, len;

	if (n == NULL || n->type != YAML_MAP)
		return NULL;
	len = strlen(key);
	for (i = 0; i < n->n; i++)
		if (n->keys[i]->len == len &&
		    memcmp(n->keys[i]->text, key, len) == 0)
			return n->items[i];
	return NULL;
}

struct err
yaml_place(const struct yaml *y, const struct yaml_node *n)
{
	struct err e = { y->file, n->line, n->col, "" };

	return e;
}

struct err
yaml_place_in(const struct yaml *y, const struct yaml_node *n, size_t offset)
{
	struct err e = yaml_place(y, n);
	const struct yaml_line *l;

	if (n->inset >= 0)
		e.col += (unsigned)n->inset + (unsigned)offset;
	for (l = n->lines; l != NULL && l->line != 0 && l->offset <= offset; l++) {
		e.line = l->line;
		e.col = l->col + (unsigned)(offset - l->offset);
	}
	return e;
}

const char *
yaml_type_name(enum yaml_type type)
{
	switch (type) {
	case YAML_NULL:
		return "nothing";
	case YAML_BOOL:
		return "true or false";
	case YAML_INT:
		return "a whole number";
	case YAML_FLOAT:
		return "a number";
	case YAML_STRING:
		return "text";
	case YAML_LIST:
		return "a list";
	case YAML_MAP:
		return "a map";
	}
	return "?";
}
