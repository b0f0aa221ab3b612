/*
 * A growing buffer with a limit. See buf.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

static void
buf_room(struct buf *b, size_t more)
{
	size_t want;

	if (b->cap - b->len > more)
		return;
	want = b->cap ? b->cap : 128;
	while (want - b->len <= more)
		want *= 2;
	b->data = xreallocarray(b->data, want, 1);
	b->cap = want;
}

int
buf_add_slow(struct buf *b, const void *p, size_t n)
{
	int rc = 0;

	if (b->limit - b->len < n) {
		n = b->limit - b->len;
		b->truncated = 1;
		rc = -1;
	}
	buf_room(b, n);
	if (n)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
	return rc;
}

int
buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int
buf_addf(struct buf *b, const char *fmt, ...)
{
	char small[512], *big;
	size_t want;
	va_list ap;
	int n, rc;

	va_start(ap, fmt);
	n = vsnprintf(small, sizeof small, fmt, ap);
	va_end(ap);
	if (n < 0)
		return -1;
	if ((size_t)n < sizeof small)
		return buf_add(b, small, (size_t)n);
	/* no more memory than the limit leaves, and a byte more to notice the cut */
	want = b->limit - b->len < (size_t)n ? b->limit - b->len + 1 : (size_t)n;
	big = xmalloc(want + 1);
	va_start(ap, fmt);
	vsnprintf(big, want + 1, fmt, ap);
	va_end(ap);
	rc = buf_add(b, big, want);
	free(big);
	return rc;
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->truncated = 0;
	if (b->data != NULL)
		b->data[0] = '\0';
}

void
buf_clear(struct buf *b)
{
	free(b->data);
	b->data = NULL;
	b->len = b->cap = 0;
	b->truncated = 0;
}

const char *
buf_text(const struct buf *b)
{
	return b->data != NULL ? b->data : "";
}

char *
buf_take(struct buf *b)
{
	char *p;

	p = b->data != NULL ? b->data : xstrdup("");
	b->data = NULL;
	b->len = b->cap = 0;
	b->truncated = 0;
	return p;
}

int
buf_json(struct buf *b, const char *s, size_t len)
{
	const char *end = len ? s + len : s, *run = s;	/* s: NULL for nothing */
	unsigned char c;
	uint32_t cp;
	size_t n;

	buf_addc(b, '"');
	while (s < end) {
		s += text_plain(s, (size_t)(end - s));
		if (s == end)
			break;
		c = (unsigned char)*s;
		cp = c;
		n = c < 0x80 ? 1 : utf8_decode(s, end, &cp);	/* 0: no UTF-8 */
		if (n > 0 && cp >= 0x20 && cp != 0x7f && cp != '"' &&
		    cp != '\\' && cp != 0x2028 && cp != 0x2029) {
			s += n;
			continue;
		}
		if (s > run)
			buf_add(b, run, (size_t)(s - run));
		if (n == 0)
			buf_adds(b, "\\ufffd");
		else if (cp == '"')
			buf_add(b, "\\\"", 2);
		else if (cp == '\\')
			buf_add(b, "\\\\", 2);
		else if (cp == '\n')
			buf_adds(b, "\\n");
		else if (cp == '\t')
			buf_adds(b, "\\t");
		else if (cp == '\r')
			buf_adds(b, "\\r");
		else
			buf_addf(b, "\\u%04x", (unsigned)cp);
		s += n ? n : 1;
		run = s;
	}
	if (s > run)
		buf_add(b, run, (size_t)(s - run));
	return buf_addc(b, '"');
}

int
buf_json_null(struct buf *b, const char *s)
{
	return s == NULL ? buf_adds(b, "null") : buf_json(b, s, strlen(s));
}
