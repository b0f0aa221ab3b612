/*
 * Alerts for people: what happened, who did it, to what, from where, why it is told
 * and where the record is. A responder reads hundreds of these, so each thing has its
 * place, and what an attacker chose (a key, a user agent) stays inside its quotes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/value.h"
#include "output/output.h"

#define AGENT_SHOWN 72		/* the rest of an agent tells hardly more */
#define VALUE_SHOWN 200		/* bytes of a value from a log */
#define NAME_SHOWN 400		/* bytes of an ARN, a key, an object's name */
#define MATCHES_SHOWN 12
#define LINE_COLUMNS 100	/* where the list of matches goes on in a new line */

static const char *const level_words[LEVEL_COUNT] = {
	"INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"
};
static const char *const level_colors[LEVEL_COUNT] = {
	"\033[2m", "\033[36m", "\033[33m", "\033[1;31m", "\033[1;37;41m"
};
#define COLOR_TITLE "\033[1m"
#define COLOR_LABEL "\033[2m"
#define COLOR_END "\033[0m"

/* -- pieces ------------------------------------------------------------------------ */

/* Text without quotes: rule titles and other words that are not from a log. */
static void
put_plain(struct buf *out, const char *s)
{
	char safe[VALUE_SHOWN];

	buf_adds(out, text_printable(safe, sizeof safe, s, strlen(s)));
}

/* Words that cannot be taken for anything but themselves. */
static int
is_bare(const char *s, size_t len)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/@+*~%$-";
	size_t i;

	for (i = 0; i < len; i++)
		if (s[i] == '\0' || strchr(ok, s[i]) == NULL)
			return 0;
	return len > 0;
}

/*
 * A value from a log: as it is when it is one harmless word, else in quotes with
 * quotes and backslashes escaped, so that nobody can end the quotes from inside. Long
 * ones are cut with "...".
 */
static void
put_quoted(struct buf *out, const char *s, size_t len, size_t shown)
{
	char escaped[2 * (NAME_SHOWN + 8)], safe[NAME_SHOWN];
	size_t i, n = 0;

	if (shown > sizeof safe)
		shown = sizeof safe;
	for (i = 0; i < len && i < shown + 8; i++) {
		if (s[i] == '"' || s[i] == '\\')
			escaped[n++] = '\\';
		escaped[n++] = s[i];
	}
	buf_addf(out, "\"%s\"", text_printable(safe, shown, escaped, n));
}

static void
put_value(struct buf *out, const char *s, size_t len, size_t shown)
{
	if (len < shown && is_bare(s, len))
		buf_add(out, s, len);
	else
		put_quoted(out, s, len, shown);
}

static void
put_string(struct buf *out, const char *s, size_t shown)
{
	put_value(out, s, strlen(s), shown);
}

static const char *
common(const struct alert *a, enum common which)
{
	const char *s = a->common[which];

	return s && *s ? s : NULL;
}

/* bucket/key, whichever is there. 0 when there is neither. */
static int
put_target(struct buf *out, const struct alert *a)
{
	const char *bucket = common(a, COMMON_BUCKET);
	const char *key = common(a, COMMON_KEY);

	if (bucket)
		put_string(out, bucket, VALUE_SHOWN);
	if (bucket && key)
		buf_addc(out, ' ');
	if (key)
		put_string(out, key, NAME_SHOWN);
	return bucket || key;
}

/* ", in eu-central-1, account 111122223333" */
static void
put_where(struct buf *out, const struct alert *a)
{
	const char *region = common(a, COMMON_REGION);
	const char *account = common(a, COMMON_ACCOUNT);

	if (region) {
		buf_adds(out, " in ");
		put_string(out, region, VALUE_SHOWN);
	}
	if (account) {
		buf_adds(out, region ? ", account " : " in account ");
		put_string(out, account, VALUE_SHOWN);
	}
}

/* ", 1.2 GB out" */
static void
put_bytes(struct buf *out, const struct alert *a, enum common which,
    const char *way)
{
	const char *s = common(a, which);
	char text[16];
	unsigned long long n;

	if (s == NULL || strspn(s, "0123456789") != strlen(s))
		return;
	n = strtoull(s, NULL, 10);
	if (n)
		buf_addf(out, ", %s %s", text_bytes(n, text), way);
}

/* The name at the end of an ARN, as people say it; NULL when there is none. */
static const char *
actor_name(const char *actor)
{
	const char *slash, *colon;

	if (strncmp(actor, "arn:", 4) != 0)
		return NULL;
	slash = strrchr(actor, '/');
	colon = strrchr(actor, ':');
	if (slash == NULL)
		slash = colon;
	return slash && slash[1] ? slash + 1 : NULL;
}

/* -- why it matched ---------------------------------------------------------------- */

/*
 * A member of one match as text; NULL when it is absent or null. Containers come as
 * the JSON that they are.
 */
static const char *
match_member(const struct value *match, const char *key, struct arena *arena,
    size_t *len)
{
	struct value v;

	if (value_member(match, key, strlen(key), &v) == -1)
		return NULL;
	if (v.type == VALUE_OBJECT || v.type == VALUE_ARRAY) {
		*len = v.len;
		return v.text;
	}
	return value_string(&v, arena, len);
}

/* eventName = "StopLogging" */
static void
put_match(struct buf *out, const struct value *match, struct arena *arena)
{
	const char *field, *value;
	size_t flen = 0, vlen = 0;

	field = match_member(match, "field", arena, &flen);
	value = match_member(match, "value", arena, &vlen);
	if (field == NULL) {	/* a keyword: found anywhere in the record */
		buf_adds(out, "keyword ");
	} else {
		put_value(out, field, flen, VALUE_SHOWN);
		buf_adds(out, value ? " = " : " is null");
	}
	if (value)
		put_quoted(out, value, vlen, VALUE_SHOWN);
	else if (field == NULL)
		buf_adds(out, "null");
}

/* Calls fn with each match of the alert, in order; returns how many there are. */
static size_t
each_match(const struct alert *a,
    void (*fn)(void *, const struct value *, size_t), void *arg)
{
	const char *p, *end;
	struct value list, item;
	size_t n = 0;

	if (a->matched == NULL)
		return 0;
	end = a->matched + strlen(a->matched);
	if (value_parse(a->matched, end, &list) == NULL ||
	    list.type != VALUE_ARRAY || list.len < 2)
		return 0;
	p = list.text + 1;
	end = list.text + list.len - 1;		/* without the brackets */
	while ((p = value_parse(p, end, &item))) {
		if (item.type == VALUE_OBJECT)
			fn(arg, &item, n++);
		p += strspn(p, " \t\r\n");
		if (p >= end || *p != ',')
			break;
		p++;
	}
	return n;
}

/* -- a few lines ------------------------------------------------------------------- */

struct page {
	struct buf	*out;
	struct arena	*arena;
	int		 color;
	size_t		 column;	/* of the list of matches */
	struct buf	 last;		/* the match before */
};

static void
label(struct page *p, const char *word)
{
	buf_addf(p->out, "    %s%-8s%s ", p->color ? COLOR_LABEL : "", word,
	    p->color ? COLOR_END : "");
}

static void
on_match(void *arg, const struct value *match, size_t n)
{
	struct page *p = arg;
	struct buf one = BUF_INIT(4096);

	if (n >= MATCHES_SHOWN)
		return;
	put_match(&one, match, p->arena);
	if (n > 0 && one.len == p->last.len &&
	    memcmp(one.data, p->last.data, one.len) == 0) {
		buf_clear(&one);	/* two items of a rule saw the same */
		return;
	}
	if (n == 0) {
		label(p, "because");
		p->column = 0;
	} else if (p->column + one.len + 2 > LINE_COLUMNS) {
		buf_adds(p->out, ",\n             ");
		p->column = 0;
	} else {
		buf_adds(p->out, ", ");
	}
	buf_add(p->out, one.data, one.len);
	p->column += one.len + 2;
	buf_clear(&p->last);
	p->last = one;
}

static void
put_head(struct page *p, const struct alert *a)
{
	int64_t time = a->event_time != RECORD_TIME_NONE ? a->event_time :
	    a->alert_time;
	char when[32] = "(no time)";

	if (time != RECORD_TIME_NONE) {
		text_time_format(time, when);
		when[10] = ' ';		/* the T */
	}
	buf_addf(p->out, "%s  %s%-8s%s  %s", when,
	    p->color ? level_colors[a->rule.level] : "",
	    level_words[a->rule.level], p->color ? COLOR_END : "",
	    p->color ? COLOR_TITLE : "");
	put_plain(p->out, a->rule.title && *a->rule.title ? a->rule.title :
	    a->rule.id && *a->rule.id ? a->rule.id : "(a rule without title)");
	buf_adds(p->out, p->color ? COLOR_END "\n" : "\n");
}

static void
put_who(struct page *p, const struct alert *a)
{
	const char *actor = common(a, COMMON_ACTOR), *name;

	label(p, "who");
	if (actor == NULL) {
		buf_adds(p->out, "(the record does not say)\n");
		return;
	}
	name = actor_name(actor);
	if (name) {
		put_string(p->out, name, VALUE_SHOWN);
		buf_adds(p->out, "  ");
	}
	put_string(p->out, actor, NAME_SHOWN);
	buf_addc(p->out, '\n');
}

static void
put_did(struct page *p, const struct alert *a)
{
	const char *action = common(a, COMMON_ACTION);
	const char *outcome = common(a, COMMON_OUTCOME);

	label(p, "did");
	if (action)
		put_string(p->out, action, VALUE_SHOWN);
	else
		buf_adds(p->out, "(the record does not say)");
	put_where(p->out, a);
	put_bytes(p->out, a, COMMON_BYTES_OUT, "out");
	put_bytes(p->out, a, COMMON_BYTES_IN, "in");
	if (outcome && strcmp(outcome, "success") != 0) {
		buf_adds(p->out, ", ");
		put_string(p->out, outcome, VALUE_SHOWN);
	}
	buf_addc(p->out, '\n');
}

static void
put_from(struct page *p, const struct alert *a)
{
	const char *ip = common(a, COMMON_SOURCE_IP);
	const char *agent = common(a, COMMON_USER_AGENT);

	if (ip == NULL && agent == NULL)
		return;
	label(p, "from");
	if (ip)
		put_string(p->out, ip, VALUE_SHOWN);
	if (agent) {
		buf_adds(p->out, ip ? "  " : "");
		put_quoted(p->out, agent, strlen(agent), AGENT_SHOWN);
	}
	buf_addc(p->out, '\n');
}

static void
put_because(struct page *p, const struct alert *a)
{
	size_t n;

	p->arena = arena_new();
	n = each_match(a, on_match, p);
	if (n > MATCHES_SHOWN)
		buf_addf(p->out, ",\n             and %zu more", n - MATCHES_SHOWN);
	if (n)
		buf_addc(p->out, '\n');
	buf_clear(&p->last);
	arena_free(p->arena);
}

static void
put_place(struct page *p, const struct alert *a)
{
	label(p, "log");
	if (a->object)
		put_string(p->out, a->object, NAME_SHOWN);
	else
		buf_adds(p->out, "(unknown)");
	if (a->record)
		buf_addf(p->out, "  record %llu", (unsigned long long)a->record);
	buf_addc(p->out, '\n');
	label(p, "alert");
	buf_addf(p->out, "%.32s", a->id);
	if (a->rule.id && *a->rule.id) {
		buf_adds(p->out, "  rule ");
		put_string(p->out, a->rule.id, VALUE_SHOWN);
	}
	buf_addc(p->out, '\n');
}

void
render_text(const struct alert *a, int color, struct buf *out)
{
	struct page p = { .out = out, .color = color, .last = BUF_INIT(4096) };

	put_head(&p, a);
	if (a->event_time == RECORD_TIME_NONE) {
		label(&p, "time");
		buf_adds(out, "is the alert's own: the record has none\n");
	}
	put_who(&p, a);
	put_did(&p, a);
	if (common(a, COMMON_BUCKET) || common(a, COMMON_KEY)) {
		label(&p, "to");
		put_target(out, a);
		buf_addc(out, '\n');
	}
	put_from(&p, a);
	put_because(&p, a);
	put_place(&p, a);
}

/* -- one line ---------------------------------------------------------------------- */

void
render_line(const struct alert *a, struct buf *out)
{
	const char *actor = common(a, COMMON_ACTOR);
	const char *action = common(a, COMMON_ACTION);
	const char *ip = common(a, COMMON_SOURCE_IP);

	buf_addf(out, "%s ", level_words[a->rule.level]);
	put_plain(out, a->rule.title && *a->rule.title ? a->rule.title :
	    a->rule.id && *a->rule.id ? a->rule.id : "(a rule without title)");
	buf_adds(out, ": ");
	if (actor)
		put_string(out, actor, NAME_SHOWN);
	else
		buf_adds(out, "somebody");
	buf_adds(out, " did ");
	if (action)
		put_string(out, action, VALUE_SHOWN);
	else
		buf_adds(out, "something");
	if (common(a, COMMON_BUCKET) || common(a, COMMON_KEY)) {
		buf_adds(out, " to ");
		put_target(out, a);
	}
	if (ip) {
		buf_adds(out, " from ");
		put_string(out, ip, VALUE_SHOWN);
	}
	put_where(out, a);
}
