/*
 * Form encoding of object keys. See form.h.
 */
#include <string.h>

#include "parse/form.h"

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int
is_escape(const char *p, const char *end)
{
	return end - p >= 3 && *p == '%' && hex(p[1]) >= 0 && hex(p[2]) >= 0;
}

size_t
form_decode(char *out, const char *p, size_t len)
{
	const char *end = p + len;
	char *to = out;

	while (p < end) {
		if (is_escape(p, end)) {
			*to++ = (char)(hex(p[1]) << 4 | hex(p[2]));
			p += 3;
		} else {
			*to++ = *p == '+' ? ' ' : *p;
			p++;
		}
	}
	return (size_t)(to - out);
}

int
form_has_escape(const char *p, size_t len)
{
	const char *end = p + len;

	while ((p = memchr(p, '%', (size_t)(end - p))) != NULL) {
		if (is_escape(p, end))
			return 1;
		p++;
	}
	return 0;
}

size_t
form_encode(char *out, const char *p, size_t len)
{
	static const char digits[] = "0123456789ABCDEF";
	const char *end = p + len;
	char *to = out;

	for (; p < end; p++) {
		unsigned char c = (unsigned char)*p;

		if ((c >= '0' && c <= '9') || ((c | 0x20) >= 'a' &&
		    (c | 0x20) <= 'z') || (c != 0 && strchr("-_.~*/", c))) {
			*to++ = (char)c;
		} else if (c == ' ') {
			*to++ = '+';
		} else {
			*to++ = '%';
			*to++ = digits[c >> 4];
			*to++ = digits[c & 15];
		}
	}
	return (size_t)(to - out);
}
