/*
 * A strict reader of JSON that prints what it reads, mending what can be mended. No
 * recursion: the text is hostile. See jsonline.h.
 */
#include <string.h>

#include "base/text.h"
#include "model/jsonline.h"

struct line {
	struct buf	*out;
	const char	*p, *end;
	const char	*run;	/* text from here to p goes out as it is */
	size_t		 depth;
	char		 open[JSONLINE_DEPTH_MAX];	/* '{' or '[' */
};

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What is as it should be goes out in runs: the most of a text, or all of it. */
static void
flush(struct line *l, const char *upto)
{
	if (upto > l->run)
		buf_add(l->out, l->run, (size_t)(upto - l->run));
	l->run = upto;
}

static int
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
blanks(struct line *l)
{
	if (l->p == l->end || !is_blank(*l->p))
		return;
	flush(l, l->p);
	while (l->p < l->end && is_blank(*l->p))
		l->p++;
	l->run = l->p;
}

/* The code unit of \uXXXX at p, or -1. */
static long
unit(const char *p, const char *end)
{
	long cp = 0;
	int i;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (i = 2; i < 6; i++) {
		char c = p[i];

		if (is_digit(c))
			cp = cp << 4 | (c - '0');
		else if (c >= 'a' && c <= 'f')
			cp = cp << 4 | (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			cp = cp << 4 | (c - 'A' + 10);
		else
			return -1;
	}
	return cp;
}

/* How much of the text at p is one escape that may stay; 0: none. lone: a surrogate
   without its other half. */
static size_t
escape(const char *p, const char *end, int *lone)
{
	long cp = unit(p, end), low;

	*lone = 0;
	if (cp == -1)
		return end - p >= 2 && p[1] != '\0' &&
		    strchr("\"\\/bfnrt", p[1]) != NULL ? 2 : 0;
	if (cp < 0xd800 || cp > 0xdfff)
		return 6;
	low = cp < 0xdc00 ? unit(p + 6, end) : -1;
	if (low >= 0xdc00 && low <= 0xdfff)
		return 12;
	*lone = 1;
	return 6;
}

/* At the opening quote. */
static int
string(struct line *l)
{
	const char *p = l->p + 1;
	uint32_t cp = 0;
	size_t n;
	int lone;

	for (;;) {
		unsigned char c;

		p += text_plain(p, (size_t)(l->end - p));
		if (p == l->end || *p == '"')
			break;
		c = (unsigned char)*p;
		if (c == '\\') {
			n = escape(p, l->end, &lone);
			if (n > 0 && !lone) {
				p += n;
				continue;
			}
			flush(l, p);
			buf_adds(l->out, lone ? "\\ufffd" : "\\\\");
			p += n > 0 ? n : 1;
			l->run = p;
			continue;
		}
		n = c < 0x80 ? 0 : utf8_decode(p, l->end, &cp);
		if (n > 0 && cp > 0x9f && cp != 0x2028 && cp != 0x2029) {
			p += n;
			continue;
		}
		flush(l, p);
		buf_addf(l->out, "\\u%04x",
		    c < 0x80 ? c : n > 0 ? (unsigned)cp : 0xfffdU);
		p += n > 0 ? n : 1;
		l->run = p;
	}
	if (p == l->end)
		return -1;
	l->p = p + 1;
	return 0;
}

static const char *
digits(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

/* -? (0 | [1-9][0-9]*) (. digits)? ([eE] [+-]? digits)? */
static int
is_number(const char *p, const char *end)
{
	const char *from;

	if (p < end && *p == '-')
		p++;
	from = p;
	p = digits(p, end);
	if (p == from || (*from == '0' && p - from > 1))
		return 0;
	if (p < end && *p == '.') {
		from = ++p;
		p = digits(p, end);
		if (p == from)
			return 0;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '-' || *p == '+'))
			p++;
		from = p;
		p = digits(p, end);
		if (p == from)
			return 0;
	}
	return p == end;
}

static int
number(struct line *l)
{
	const char *start = l->p;

	while (l->p < l->end && *l->p != '\0' &&
	    strchr("+-.eE0123456789", *l->p) != NULL)
		l->p++;
	if (l->p == start)
		return -1;
	if (is_number(start, l->p))
		return 0;
	flush(l, start);
	buf_json(l->out, start, (size_t)(l->p - start));
	l->run = l->p;
	return 0;
}

static int
word(struct line *l, const char *w)
{
	size_t n = strlen(w);

	if ((size_t)(l->end - l->p) < n || memcmp(l->p, w, n) != 0)
		return -1;
	l->p += n;
	return 0;
}

static int
scalar(struct line *l)
{
	switch (*l->p) {
	case '"':
		return string(l);
	case 't':
		return word(l, "true");
	case 'f':
		return word(l, "false");
	case 'n':
		return word(l, "null");
	default:
		return number(l);
	}
}

static int
next_is(struct line *l, char c)
{
	blanks(l);
	return l->p < l->end && *l->p == c;
}

static int
take(struct line *l, char c)
{
	if (!next_is(l, c))
		return -1;
	l->p++;
	return 0;
}

/* In front of a member: its key and colon, in an object. */
static int
key(struct line *l)
{
	if (l->depth == 0 || l->open[l->depth - 1] == '[')
		return 0;
	if (!next_is(l, '"') || string(l) == -1)
		return -1;
	return take(l, ':');
}

/* One value, and on until a container wants its next one: 0; 1: all is closed. */
static int
step(struct line *l)
{
	char close;

	if (key(l) == -1)
		return -1;
	blanks(l);
	if (l->p == l->end)
		return -1;
	if (*l->p == '{' || *l->p == '[') {
		if (l->depth == JSONLINE_DEPTH_MAX)
			return -1;
		l->open[l->depth++] = *l->p;
		close = *l->p == '{' ? '}' : ']';
		l->p++;
		if (!next_is(l, close))
			return 0;
	} else if (scalar(l) == -1)
		return -1;
	while (l->depth > 0) {
		if (next_is(l, ',')) {
			/* a trailing comma fails at the next value */
			return take(l, ',');
		}
		close = l->open[l->depth - 1] == '{' ? '}' : ']';
		if (take(l, close) == -1)
			return -1;
		l->depth--;
	}
	return 1;
}

void
jsonline_add(struct buf *out, const char *text, size_t len)
{
	struct line l;
	size_t start = out->len;
	int rc;

	l.out = out;
	l.p = l.run = text;
	l.end = text + len;
	l.depth = 0;
	while ((rc = step(&l)) == 0)
		;
	blanks(&l);
	flush(&l, l.p);
	if (rc == 1 && l.p == l.end)
		return;
	if (out->truncated)
		return;		/* nothing more fits anyway */
	out->len = start;
	if (out->data != NULL)
		out->data[start] = '\0';
	buf_json(out, text, len);
}
