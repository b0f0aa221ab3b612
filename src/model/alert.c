/*
 * Alerts: their ids, and the line of JSON in which they are stored, written and
 * printed. See alert.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "io/crypto.h"
#include "model/alert.h"
#include "model/jsonline.h"
#include "model/value.h"

#define ALERT_LIST_MAX 1000	/* tags, references of one rule that are read back */
#define ALERT_ID_PARTS 16

const char *const level_names[LEVEL_COUNT + 1] = {
	"informational", "low", "medium", "high", "critical", NULL
};

int
level_parse(const char *name, enum level *level)
{
	int i;

	for (i = 0; i < LEVEL_COUNT; i++)
		if (strcmp(level_names[i], name) == 0) {
			*level = (enum level)i;
			return 0;
		}
	return -1;
}

void
alert_id(char out[33], const char *const *parts)
{
	struct piece pieces[ALERT_ID_PARTS];
	uint8_t digest[32];
	size_t n;

	/* With their NULs, so that "a", "bc" is not "ab", "c". */
	for (n = 0; parts[n] != NULL && n < ALERT_ID_PARTS; n++) {
		pieces[n].p = parts[n];
		pieces[n].len = strlen(parts[n]) + 1;
	}
	crypto_sha256(pieces, n, digest);
	crypto_hex(out, digest, 16);
}

static void
add_name(struct buf *b, const char *name)
{
	if (b->len > 0 && b->data[b->len - 1] != '{')
		buf_addc(b, ',');
	buf_addc(b, '"');
	buf_adds(b, name);
	buf_add(b, "\":", 2);
}

static void
add_string(struct buf *b, const char *name, const char *s)
{
	add_name(b, name);
	buf_json_null(b, s);
}

static void
add_time(struct buf *b, const char *name, int64_t ns)
{
	char text[32];

	add_string(b, name, ns == RECORD_TIME_NONE ? NULL :
	    text_time_format(ns, text));
}

static void
add_list(struct buf *b, const char *name, const char *const *list)
{
	size_t i;

	add_name(b, name);
	buf_addc(b, '[');
	for (i = 0; list != NULL && list[i] != NULL; i++) {
		if (i > 0)
			buf_addc(b, ',');
		buf_json(b, list[i], strlen(list[i]));
	}
	buf_addc(b, ']');
}

static void
add_json(struct buf *b, const char *name, const char *text, size_t len,
    const char *none, int ready)
{
	add_name(b, name);
	if (text == NULL) {
		buf_adds(b, none);
		return;
	}
	if (len == 0)
		len = strlen(text);
	if (ready)
		buf_add(b, text, len);
	else
		jsonline_add(b, text, len);
}

/* A count: as a number when it is one that every reader of JSON can hold. */
static void
add_count(struct buf *b, const char *name, const char *s)
{
	size_t n = s != NULL ? strspn(s, "0123456789") : 0;

	if (n == 0 || s[n] != '\0' || n > 15 || (s[0] == '0' && n > 1)) {
		add_string(b, name, s);
		return;
	}
	add_name(b, name);
	buf_add(b, s, n);
}

void
alert_rule_json(const struct alert_rule *rule, struct buf *b)
{
	buf_addc(b, '{');
	add_string(b, "id", rule->id);
	add_string(b, "title", rule->title);
	add_string(b, "level", level_names[rule->level]);
	add_string(b, "author", rule->author);
	add_string(b, "description", rule->description);
	add_list(b, "tags", rule->tags);
	add_list(b, "references", rule->references);
	add_list(b, "falsepositives", rule->falsepositives);
	buf_addc(b, '}');
}

void
alert_json(const struct alert *alert, struct buf *b)
{
	int i;

	buf_addc(b, '{');
	add_string(b, "id", alert->id);
	add_time(b, "time", alert->event_time);
	add_time(b, "alert_time", alert->alert_time);
	add_name(b, "rule");
	if (alert->rule.json != NULL)
		buf_adds(b, alert->rule.json);
	else
		alert_rule_json(&alert->rule, b);
	add_string(b, "source", alert->source);
	add_string(b, "object", alert->object);
	add_name(b, "record");
	buf_addf(b, "%llu", (unsigned long long)alert->record);
	add_string(b, "kind", kind_name(alert->kind));
	for (i = 0; i < COMMON_COUNT; i++) {
		if (i == COMMON_TIME)
			continue;	/* it is "time" above */
		if (i == COMMON_BYTES_OUT || i == COMMON_BYTES_IN)
			add_count(b, common_names[i], alert->common[i]);
		else
			add_string(b, common_names[i], alert->common[i]);
	}
	add_json(b, "matched", alert->matched, 0, "[]", alert->ready);
	add_json(b, "event", alert->event, alert->event_len, "null",
	    alert->ready);
	buf_addc(b, '}');
}

static int
member(const struct value *object, const char *name, struct value *out)
{
	return value_member(object, name, strlen(name), out);
}

/* A member as NUL-terminated text in a; NULL when it is absent or null. */
static const char *
read_string(const struct value *object, const char *name, struct arena *a)
{
	struct value v;

	return member(object, name, &v) == 0 ? value_cstring(&v, a) : NULL;
}

static int64_t
read_time(const struct value *object, const char *name, struct arena *a)
{
	const char *s = read_string(object, name, a);
	int64_t ns;

	if (s == NULL || text_time(s, strlen(s), &ns) == -1)
		return RECORD_TIME_NONE;
	return ns;
}

struct strings {
	const char	*list[ALERT_LIST_MAX + 1];
	size_t		 n;
	struct arena	*arena;
};

static int
on_list_item(void *arg, const struct value *leaf)
{
	struct strings *strings = arg;
	const char *s = value_cstring(leaf, strings->arena);

	if (s != NULL)
		strings->list[strings->n++] = s;
	return strings->n == ALERT_LIST_MAX;
}

static const char *const *
read_list(const struct value *object, const char *name, struct arena *a)
{
	struct strings strings;
	struct value v;
	const char **list;

	strings.n = 0;
	strings.arena = a;
	if (member(object, name, &v) == -1 || v.type != VALUE_ARRAY)
		return NULL;
	value_leaves(&v, 0, on_list_item, &strings);
	if (strings.n == 0)
		return NULL;
	list = arena_alloc(a, (strings.n + 1) * sizeof *list);
	memcpy(list, strings.list, strings.n * sizeof *list);
	list[strings.n] = NULL;
	return list;
}

/* JSON inside the line; what jsonline_add() had to wrap is unwrapped again. */
static const char *
read_json(const struct value *object, const char *name, struct arena *a)
{
	struct value v;

	if (member(object, name, &v) == -1 || v.type == VALUE_NULL)
		return NULL;
	if (v.type == VALUE_STRING)
		return read_string(object, name, a);
	return arena_strndup(a, v.text, v.len);
}

static int
read_rule(const struct value *line, struct arena *a, struct alert_rule *rule)
{
	struct value v;
	const char *level;

	if (member(line, "rule", &v) == -1 || v.type != VALUE_OBJECT)
		return -1;
	rule->id = read_string(&v, "id", a);
	rule->title = read_string(&v, "title", a);
	rule->author = read_string(&v, "author", a);
	rule->description = read_string(&v, "description", a);
	rule->tags = read_list(&v, "tags", a);
	rule->references = read_list(&v, "references", a);
	rule->falsepositives = read_list(&v, "falsepositives", a);
	level = read_string(&v, "level", a);
	return level != NULL ? level_parse(level, &rule->level) : -1;
}

static int
read_kind(const struct value *line, struct arena *a, enum kind *kind)
{
	const char *name = read_string(line, "kind", a);
	int i;

	for (i = 0; name != NULL && i < KIND_COUNT; i++)
		if (strcmp(kind_name((enum kind)i), name) == 0) {
			*kind = (enum kind)i;
			return 0;
		}
	return -1;
}

int
alert_parse(const char *json, size_t len, struct arena *a,
    struct alert *alert, struct err *e)
{
	struct value line;
	const char *id, *record;
	int i;

	memset(alert, 0, sizeof *alert);
	if (value_parse(json, json + len, &line) == NULL ||
	    line.type != VALUE_OBJECT)
		return err_set(e, "an alert is one JSON object a line");
	id = read_string(&line, "id", a);
	if (id == NULL || strlen(id) != 32 ||
	    strspn(id, "0123456789abcdef") != 32)
		return err_set(e, "an alert's id is 32 hex digits");
	memcpy(alert->id, id, 33);
	if (read_rule(&line, a, &alert->rule) == -1)
		return err_set(e, "alert %s: no rule with a level", id);
	if (read_kind(&line, a, &alert->kind) == -1)
		return err_set(e, "alert %s: no kind of record", id);
	alert->event_time = read_time(&line, "time", a);
	alert->alert_time = read_time(&line, "alert_time", a);
	alert->source = read_string(&line, "source", a);
	alert->object = read_string(&line, "object", a);
	record = read_string(&line, "record", a);
	alert->record = record != NULL ? strtoull(record, NULL, 10) : 0;
	for (i = 0; i < COMMON_COUNT; i++)
		alert->common[i] = read_string(&line, common_names[i], a);
	alert->matched = read_json(&line, "matched", a);
	alert->event = read_json(&line, "event", a);
	return 0;
}
