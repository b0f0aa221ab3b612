/*
 * Text: UTF-8, case folding, escaping for people, globs. What people write for
 * durations, sizes and times is in units.c. See text.h.
 */
#include <stdio.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/text.h"

struct fold_range {
	uint32_t	first, last;
	uint32_t	step;
	int32_t		delta;
};

static const struct fold_range fold_ranges[] = {
#include "base/fold.inc"
};
#define FOLD_RANGES (sizeof fold_ranges / sizeof fold_ranges[0])

size_t
utf8_decode(const char *s, const char *end, uint32_t *cp)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t room = (size_t)(end - s), n, i;
	uint32_t c, least;

	if (room == 0)
		return 0;
	c = p[0];
	if (c < 0x80) {
		*cp = c;
		return 1;
	}
	if (c >= 0xc2 && c <= 0xdf) {
		n = 2; c &= 0x1f; least = 0x80;
	} else if (c >= 0xe0 && c <= 0xef) {
		n = 3; c &= 0x0f; least = 0x800;
	} else if (c >= 0xf0 && c <= 0xf4) {
		n = 4; c &= 0x07; least = 0x10000;
	} else {
		return 0;
	}
	if (room < n)
		return 0;
	for (i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (p[i] & 0x3f);
	}
	if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
		return 0;
	*cp = c;
	return n;
}

size_t
utf8_encode(uint32_t cp, char *out)
{
	if (cp < 0x80) {
		out[0] = (char)cp;
		return 1;
	}
	if (cp < 0x800) {
		out[0] = (char)(0xc0 | cp >> 6);
		out[1] = (char)(0x80 | (cp & 0x3f));
		return 2;
	}
	if (cp < 0x10000) {
		out[0] = (char)(0xe0 | cp >> 12);
		out[1] = (char)(0x80 | (cp >> 6 & 0x3f));
		out[2] = (char)(0x80 | (cp & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | cp >> 18);
	out[1] = (char)(0x80 | (cp >> 12 & 0x3f));
	out[2] = (char)(0x80 | (cp >> 6 & 0x3f));
	out[3] = (char)(0x80 | (cp & 0x3f));
	return 4;
}

uint32_t
text_fold_cp(uint32_t cp)
{
	size_t lo = 0, hi = FOLD_RANGES, mid;
	const struct fold_range *r;

	if (cp < 0x80)
		return cp >= 'A' && cp <= 'Z' ? cp + 32 : cp;
	while (lo < hi) {
		mid = (lo + hi) / 2;
		r = &fold_ranges[mid];
		if (cp < r->first)
			hi = mid;
		else if (cp > r->last)
			lo = mid + 1;
		else if ((cp - r->first) % r->step == 0)
			return (uint32_t)((int32_t)cp + r->delta);
		else
			return cp;
	}
	return cp;
}

size_t
text_fold(char *out, const char *s, size_t len)
{
	const char *end = len ? s + len : s;	/* s: NULL for nothing */
	char *o = out;
	uint32_t cp;
	size_t n;

	while (s < end) {
		unsigned char c = (unsigned char)*s;

		if (c < 0x80) {
			*o++ = (char)(c + ((unsigned)(c - 'A') < 26 ? 32 : 0));
			s++;
		} else if ((n = utf8_decode(s, end, &cp)) > 0) {
			o += utf8_encode(text_fold_cp(cp), o);
			s += n;
		} else {
			*o++ = *s++;
		}
	}
	return (size_t)(o - out);
}

size_t
text_plain(const char *s, size_t len)
{
	size_t i = 0;

#ifdef __SSE2__
	const __m128i low = _mm_set1_epi8(0x1f), quote = _mm_set1_epi8('"'),
	    backslash = _mm_set1_epi8('\\'), del = _mm_set1_epi8(0x7f);

	for (; i + 16 <= len; i += 16) {
		__m128i x = _mm_loadu_si128((const __m128i *)(s + i));
		/* signed: bytes over 0x7f are below 0x20, too */
		__m128i ok = _mm_cmpgt_epi8(x, low);
		__m128i no = _mm_or_si128(_mm_cmpeq_epi8(x, del),
		    _mm_or_si128(_mm_cmpeq_epi8(x, quote),
		    _mm_cmpeq_epi8(x, backslash)));
		unsigned bad = (unsigned)_mm_movemask_epi8(
		    _mm_andnot_si128(no, ok)) ^ 0xffff;

		if (bad != 0)
			return i + (size_t)__builtin_ctz(bad);
	}
#endif
	for (; i < len; i++) {
		unsigned char c = (unsigned char)s[i];

		if (c < 0x20 || c > 0x7e || c == '"' || c == '\\')
			break;
	}
	return i;
}

/* What may hide, reorder or break a line: C1, separators, marks, overrides. */
static int
text_unsafe(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x2028 ||
	    cp == 0x2029 || (cp >= 0x202a && cp <= 0x202e) ||
	    (cp >= 0x2066 && cp <= 0x2069) || (cp >= 0x200b && cp <= 0x200f) ||
	    cp == 0x061c || cp == 0xfeff || (cp >= 0xfff9 && cp <= 0xfffb) ||
	    (cp >= 0xe0000 && cp <= 0xe007f);
}

/* cp, whose bytes are the n at s (n 0: a byte that is no UTF-8), as it is shown. */
static size_t
text_piece(char piece[16], const char *s, size_t n, uint32_t cp)
{
	if (n == 0)
		return (size_t)snprintf(piece, 16, "\\x%02x", (unsigned char)*s);
	if (!text_unsafe(cp)) {
		memcpy(piece, s, n);
		return n;
	}
	if (cp == '\n' || cp == '\t' || cp == '\r') {
		piece[0] = '\\';
		piece[1] = cp == '\n' ? 'n' : cp == '\t' ? 't' : 'r';
		return 2;
	}
	if (cp < 0x80)
		return (size_t)snprintf(piece, 16, "\\x%02x", (unsigned)cp);
	return (size_t)snprintf(piece, 16, "\\u{%04x}", (unsigned)cp);
}

char *
text_printable(char *out, size_t size, const char *s, size_t len)
{
	const char *end = len ? s + len : s;	/* s: NULL for nothing */
	size_t o = 0, cut = 0, n, k;
	char piece[16];
	uint32_t cp = 0;

	if (size == 0)
		return out;
	while (s < end) {
		n = utf8_decode(s, end, &cp);
		k = text_piece(piece, s, n, cp);
		if (k >= size - o) {
			/* back to where the dots still have room */
			o = cut;
			if (size >= 4) {
				memcpy(out + o, "...", 3);
				o += 3;
			}
			break;
		}
		memcpy(out + o, piece, k);
		o += k;
		s += n ? n : 1;
		if (size - o >= 4 || size < 4)
			cut = o;
	}
	out[o] = '\0';
	return out;
}

/* One character at *p, moved behind it. A byte that is no UTF-8 is one by itself. */
static uint32_t
glob_char(const char **p)
{
	uint32_t cp;
	size_t n;

	n = utf8_decode(*p, *p + strnlen(*p, 4), &cp);
	if (n == 0) {
		cp = 0x110000 + (unsigned char)**p;
		n = 1;
	}
	*p += n;
	return cp;
}

/* One character of a class or a pattern, which \ may quote. */
static uint32_t
glob_quoted(const char **p)
{
	if (**p == '\\' && (*p)[1] != '\0')
		++*p;
	return glob_char(p);
}

/*
 * One character class "[...]" at *p; moves *p behind it. 1 or 0, or -1 when it has
 * no end: a bracket as such.
 */
static int
glob_class(const char **p, uint32_t c)
{
	const char *s = *p + 1;
	int negate, hit = 0, first;
	uint32_t lo, hi;

	negate = *s == '!' || *s == '^';
	s += negate;
	for (first = 1; *s != ']' || first; first = 0) {
		if (*s == '\0')
			return -1;
		lo = hi = glob_quoted(&s);
		if (*s == '-' && s[1] != ']' && s[1] != '\0') {
			s++;
			hi = glob_quoted(&s);
		}
		if (c >= lo && c <= hi)
			hit = 1;
	}
	*p = s + 1;
	return hit != negate;
}

/* Whether the one character at *s fits what stands at *p; moves both behind it. */
static int
glob_one(const char **p, const char **s)
{
	const char *q = *p;
	uint32_t c = glob_char(s);
	int hit;

	if (*q == '?') {
		++*p;
		return c != '/';
	}
	if (*q == '[') {
		hit = glob_class(p, c);
		if (hit >= 0)
			return hit && c != '/';
		++*p;
		return c == '[';
	}
	return *q != '\0' && glob_quoted(p) == c;
}

/*
 * Goes back to the last * and the last ** only, which is enough: an earlier one could
 * only give away text that the later one can take as well. So the time is bounded by
 * the product of the lengths (times the length of a name's part), whatever the
 * pattern.
 */
static int
glob_match(const char *p, const char *s)
{
	const char *star = NULL, *star_s = NULL, *deep = NULL, *deep_s = NULL;
	const char *start = p;
	int parts = 0;		/* the last ** was a whole part: it takes whole parts */

	for (;;) {
		if (p[0] == '*' && p[1] == '*') {
			parts = p == start || p[-1] == '/';
			while (*p == '*')
				p++;
			parts = parts && *p == '/';
			p += parts;		/* and its slash with them, or nothing */
			deep = p;
			deep_s = s;
			star = NULL;
			continue;
		}
		if (*p == '*') {
			star = ++p;
			star_s = s;
			continue;
		}
		if (*s == '\0')
			return *p == '\0';
		if (glob_one(&p, &s))
			continue;
		if (star != NULL && *star_s != '/' && *star_s != '\0') {
			glob_char(&star_s);
			p = star;
			s = star_s;
			continue;
		}
		star = NULL;
		if (deep == NULL)
			return 0;
		if (parts)
			deep_s = strchr(deep_s, '/');
		if (deep_s == NULL || *deep_s == '\0')
			return 0;
		glob_char(&deep_s);
		p = deep;
		s = deep_s;
	}
}

int
text_glob(const char *pattern, const char *name)
{
	const char *last;

	if (strchr(pattern, '/') == NULL) {
		last = strrchr(name, '/');
		return glob_match(pattern, last != NULL ? last + 1 : name);
	}
	if (glob_match(pattern, name))
		return 1;
	if (pattern[0] == '/')
		return 0;
	while ((name = strchr(name, '/')) != NULL)
		if (glob_match(pattern, ++name))
			return 1;
	return 0;
}

/* Edit distance (insert, delete, change, swap of neighbours), cut at 64 bytes. */
static unsigned
distance(const char *a, const char *b)
{
	unsigned rows[3][66], *cur, *prev, *before, best;
	size_t n = strnlen(a, 64), m = strnlen(b, 64), i, j;

	for (j = 0; j <= m; j++)
		rows[0][j] = (unsigned)j;
	for (i = 1; i <= n; i++) {
		cur = rows[i % 3];
		prev = rows[(i - 1) % 3];
		before = rows[(i + 1) % 3];
		cur[0] = (unsigned)i;
		for (j = 1; j <= m; j++) {
			best = prev[j - 1] + (a[i - 1] != b[j - 1]);
			if (prev[j] + 1 < best)
				best = prev[j] + 1;
			if (cur[j - 1] + 1 < best)
				best = cur[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			cur[j] = best;
		}
	}
	return rows[n % 3][m];
}

const char *
text_nearest(const char *word, const char *const *list)
{
	const char *best = NULL;
	unsigned n = (unsigned)strnlen(word, 64), d, least = n / 3 + 1;

	if (least > 4)
		least = 4;
	if (least >= n)			/* something of the word must be left */
		least = n > 0 ? n - 1 : 0;
	for (; *list != NULL; list++) {
		d = distance(word, *list);
		if (d < least || (d == least && best == NULL)) {
			least = d;
			best = *list;
		}
	}
	return best;
}
