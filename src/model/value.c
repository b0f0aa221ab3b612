/*
 * JSON values as slices of a record's text. See value.h.
 *
 * The text is hostile: nothing here reads behind a slice, nesting is walked without
 * recursion, and what is not JSON ends the walk instead of being guessed at.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/value.h"

#define NUMBER_DIGITS 40	/* significant digits that can still count */
#define NUMBER_EXP_MAX 100000	/* exponents are cut there: 0 or infinite anyway */
#define NUMBER_TEXT_MAX 400	/* a double written out has 309 digits at most */
#define NUMBER_STRING_MAX 128	/* a string with escapes that may spell a number */

static int
is_blank(char c)
{
	return (unsigned char)c <= ' ';	/* as cJSON sees it, and the field scanner */
}

static int
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && is_blank(*p))
		p++;
	return p;
}

static int
hex4(const char *p, const char *end, uint32_t *out)
{
	uint32_t cp = 0;
	int i;

	if (end - p < 4)
		return -1;
	for (i = 0; i < 4; i++) {
		char c = p[i];

		cp <<= 4;
		if (is_digit(c))
			cp |= (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f')
			cp |= (uint32_t)(c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			cp |= (uint32_t)(c - 'A' + 10);
		else
			return -1;
	}
	*out = cp;
	return 0;
}

/*
 * Reads one escape at p (a backslash). Returns how many bytes it takes and the code
 * point; what is no escape of JSON's stands for itself: the backslash alone.
 */
static size_t
escape_read(const char *p, const char *end, uint32_t *cp)
{
	static const char letters[] = "\"\\/bfnrt";
	static const char meanings[] = "\"\\/\b\f\n\r\t";
	const char *at;
	uint32_t low;

	*cp = '\\';
	if (end - p < 2)
		return 1;
	if (p[1] != 'u') {
		at = p[1] != '\0' ? strchr(letters, p[1]) : NULL;
		if (at == NULL)
			return 1;
		*cp = (unsigned char)meanings[at - letters];
		return 2;
	}
	if (hex4(p + 2, end, cp) == -1) {
		*cp = '\\';
		return 1;
	}
	if (*cp < 0xd800 || *cp > 0xdfff)
		return 6;
	if (*cp < 0xdc00 && end - p >= 12 && p[6] == '\\' && p[7] == 'u' &&
	    hex4(p + 8, end, &low) == 0 && low >= 0xdc00 && low <= 0xdfff) {
		*cp = 0x10000 + ((*cp - 0xd800) << 10) + (low - 0xdc00);
		return 12;
	}
	*cp = 0xfffd;		/* a lone surrogate */
	return 6;
}

/* Unescapes into out, which has room for as much as there is; no escape grows. */
static size_t
unescape(char *out, const char *p, const char *end)
{
	const char *back;
	char *to = out;
	uint32_t cp;

	while (p < end) {
		back = memchr(p, '\\', (size_t)(end - p));
		if (back == NULL)
			back = end;
		memcpy(to, p, (size_t)(back - p));
		to += back - p;
		p = back;
		if (p < end) {
			p += escape_read(p, end, &cp);
			to += utf8_encode(cp, to);
		}
	}
	return (size_t)(to - out);
}

int
value_is(const struct value *v, const char *text, size_t len)
{
	const char *p = v->text, *end = v->text + v->len;
	char utf8[4];
	uint32_t cp;
	size_t n;

	if (v->type != VALUE_STRING)
		return 0;
	if (!v->escaped)
		return v->len == len && memcmp(v->text, text, len) == 0;
	while (p < end) {
		if (*p == '\\') {
			p += escape_read(p, end, &cp);
			n = utf8_encode(cp, utf8);
		} else {
			utf8[0] = *p++;
			n = 1;
		}
		if (n > len || memcmp(utf8, text, n) != 0)
			return 0;
		text += n;
		len -= n;
	}
	return len == 0;
}

/* p is behind the opening quote. Returns the closing one or NULL. */
static const char *
string_end(const char *p, const char *end, uint8_t *escaped)
{
	*escaped = 0;
	for (; p < end; p++) {
		if (*p == '"')
			return p;
		if (*p == '\\') {
			*escaped = 1;
			if (++p == end)
				break;
		}
	}
	return NULL;
}

/* p is at the opening bracket. Returns the byte behind the closing one or NULL. */
static const char *
container_end(const char *p, const char *end)
{
	uint64_t brace[VALUE_DEPTH_MAX / 64 + 1];	/* a bit a level: '{' */
	size_t depth = 0;
	uint8_t escaped;
	int open;

	for (; p < end; p++) {
		switch (*p) {
		case '"':
			p = string_end(p + 1, end, &escaped);
			if (p == NULL)
				return NULL;
			break;
		case '{':
		case '[':
			if (depth < VALUE_DEPTH_MAX) {
				uint64_t bit = 1ULL << (depth % 64);

				if (*p == '{')
					brace[depth / 64] |= bit;
				else
					brace[depth / 64] &= ~bit;
			}
			depth++;
			break;
		case '}':
		case ']':
			depth--;
			if (depth < VALUE_DEPTH_MAX) {
				open = (brace[depth / 64] >> (depth % 64)) & 1;
				if (open != (*p == '}'))
					return NULL;
			}
			if (depth == 0)
				return p + 1;
			break;
		default:
			break;
		}
	}
	return NULL;
}

static const char *
literal(const char *p, const char *end, const char *word, size_t len)
{
	if ((size_t)(end - p) < len || memcmp(p, word, len) != 0)
		return NULL;
	return p + len;
}

static const char *
number_end(const char *p, const char *end)
{
	const char *start = p;

	if (p < end && *p == '-')
		p++;
	if (p == end || !is_digit(*p))
		return NULL;
	while (p < end && (is_digit(*p) || *p == '.' || *p == 'e' ||
	    *p == 'E' || *p == '+' || *p == '-'))
		p++;
	return p > start ? p : NULL;
}

const char *
value_parse(const char *p, const char *end, struct value *out)
{
	const char *after, *start;
	size_t len;

	memset(out, 0, sizeof *out);
	p = start = skip_blanks(p, end);
	if (p == end)
		return NULL;
	switch (*p) {
	case '"':
		start = p + 1;
		after = string_end(start, end, &out->escaped);
		out->type = VALUE_STRING;
		break;
	case '{':
	case '[':
		after = container_end(p, end);
		out->type = *p == '{' ? VALUE_OBJECT : VALUE_ARRAY;
		break;
	case 't':
		after = literal(p, end, "true", 4);
		out->type = VALUE_TRUE;
		break;
	case 'f':
		after = literal(p, end, "false", 5);
		out->type = VALUE_FALSE;
		break;
	case 'n':
		after = literal(p, end, "null", 4);
		out->type = VALUE_NULL;
		break;
	default:
		after = number_end(p, end);
		out->type = VALUE_NUMBER;
		break;
	}
	len = after != NULL ? (size_t)(after - start) : 0;
	if (after == NULL || len > UINT32_MAX) {
		memset(out, 0, sizeof *out);
		return NULL;
	}
	out->text = start;
	out->len = (uint32_t)len;
	return out->type == VALUE_STRING ? after + 1 : after;
}

/*
 * A number's text taken apart: value = digits * 10^exp. At most NUMBER_DIGITS
 * significant digits are kept; what is cut only moves exp.
 */
struct decimal {
	char	 digits[NUMBER_DIGITS];
	size_t	 n;
	int64_t	 exp;
	int	 negative;
	int	 integer;	/* written without fraction and exponent */
};

static void
decimal_digit(struct decimal *d, char c, int behind_point)
{
	if (d->n == 0 && c == '0') {
		d->exp -= behind_point;
		return;
	}
	if (d->n < NUMBER_DIGITS) {
		d->digits[d->n++] = c;
		d->exp -= behind_point;
	} else
		d->exp += !behind_point;
}

/* [+-]? (digits [. digits?]? | . digits) ([eE] [+-]? digits)? and nothing else. */
static int
decimal_parse(const char *p, const char *end, struct decimal *d)
{
	int64_t exp = 0;
	size_t seen = 0;
	int minus;

	memset(d, 0, sizeof *d);
	d->integer = 1;
	if (p < end && (*p == '-' || *p == '+'))
		d->negative = *p++ == '-';
	for (; p < end && is_digit(*p); p++, seen++)
		decimal_digit(d, *p, 0);
	if (p < end && *p == '.') {
		d->integer = 0;
		for (p++; p < end && is_digit(*p); p++, seen++)
			decimal_digit(d, *p, 1);
	}
	if (seen == 0)
		return -1;
	if (p < end && (*p == 'e' || *p == 'E')) {
		d->integer = 0;
		p++;
		minus = p < end && *p == '-';
		if (p < end && (*p == '-' || *p == '+'))
			p++;
		if (p == end)
			return -1;
		for (; p < end && is_digit(*p); p++)
			if (exp < NUMBER_EXP_MAX)
				exp = exp * 10 + (*p - '0');
		d->exp += minus ? -exp : exp;
	}
	return p == end ? 0 : -1;
}

static double
decimal_double(const struct decimal *d)
{
	static const double tens[] = { 1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7,
	    1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
	    1e19, 1e20, 1e21, 1e22 };
	char text[NUMBER_DIGITS + 32];
	double x = 0;
	size_t i;

	if (d->n <= 15 && d->exp >= -22 && d->exp <= 22) {
		/* Both factors are exact, so one rounding is the right one. */
		for (i = 0; i < d->n; i++)
			x = x * 10 + (d->digits[i] - '0');
		x = d->exp < 0 ? x / tens[-d->exp] : x * tens[d->exp];
	} else if (d->n > 0) {
		snprintf(text, sizeof text, "%.*se%lld", (int)d->n, d->digits,
		    (long long)d->exp);
		x = strtod(text, NULL);
	}
	return d->negative ? -x : x;
}

/* White space as sigma's numbers in strings may have around them. */
static int
is_space(char c)
{
	return is_blank(c) || c == '\f' || c == '\v';
}

int
value_number(const struct value *v, double *out)
{
	char plain[NUMBER_STRING_MAX];
	const char *p = v->text, *end = v->text + v->len;
	struct decimal d;

	if (v->type != VALUE_NUMBER && v->type != VALUE_STRING)
		return -1;
	if (v->type == VALUE_STRING) {
		if (v->escaped) {
			if (v->len > sizeof plain)
				return -1;
			end = plain + unescape(plain, p, end);
			p = plain;
		}
		while (p < end && is_space(*p))
			p++;
		while (p < end && is_space(end[-1]))
			end--;
	}
	if (decimal_parse(p, end, &d) == -1)
		return -1;
	*out = decimal_double(&d);
	return 0;
}

/*
 * Numbers that are no plain integers, as rules compare them: a whole one without
 * its fraction or exponent, others by the shortest digits that say the same number.
 */
static const char *
number_string(const struct value *v, struct arena *a, size_t *len)
{
	char text[NUMBER_TEXT_MAX];
	struct decimal d;
	double x;
	int n, digits;

	*len = v->len;
	if (decimal_parse(v->text, v->text + v->len, &d) == -1)
		return v->text;
	if (d.n == 0) {
		*len = 1;
		return "0";
	}
	if (d.integer)
		return v->text;
	x = decimal_double(&d);
	if (!isfinite(x))
		return v->text;
	if (x == floor(x)) {
		n = snprintf(text, sizeof text, "%.0f", x);
	} else {
		for (digits = 1; digits < 17; digits++) {
			snprintf(text, sizeof text, "%.*g", digits, x);
			if (strtod(text, NULL) == x)
				break;
		}
		n = snprintf(text, sizeof text, "%.*g", digits, x);
	}
	if (n == (int)v->len && memcmp(text, v->text, (size_t)n) == 0)
		return v->text;
	*len = (size_t)n;
	return arena_strndup(a, text, (size_t)n);
}

static int
all_digits(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!is_digit(p[i]))
			return 0;
	return n > 0;
}

const char *
value_string(const struct value *v, struct arena *a, size_t *len)
{
	char *out;

	*len = 0;
	switch ((enum value_type)v->type) {
	case VALUE_STRING:
		if (!v->escaped) {
			*len = v->len;
			return v->text;
		}
		out = arena_alloc(a, (size_t)v->len + 1);
		*len = unescape(out, v->text, v->text + v->len);
		out[*len] = '\0';
		return out;
	case VALUE_NUMBER:
		if (all_digits(v->text, v->len) && v->text[0] != '0') {
			*len = v->len;
			return v->text;
		}
		return number_string(v, a, len);
	case VALUE_TRUE:
		*len = 4;
		return "true";
	case VALUE_FALSE:
		*len = 5;
		return "false";
	case VALUE_ABSENT:
	case VALUE_NULL:
	case VALUE_OBJECT:
	case VALUE_ARRAY:
		break;
	}
	return NULL;
}

const char *
value_cstring(const struct value *v, struct arena *a)
{
	const char *s, *nul;
	char *out, *to;
	size_t len;

	s = value_string(v, a, &len);
	if (s == NULL)
		return NULL;
	if (memchr(s, '\0', len) == NULL)
		return arena_strndup(a, s, len);
	to = out = arena_alloc(a, 3 * len + 1);
	for (; len > 0 && (nul = memchr(s, '\0', len)) != NULL; s = nul + 1) {
		memcpy(to, s, (size_t)(nul - s));
		to += nul - s;
		to += utf8_encode(0xfffd, to);
		len -= (size_t)(nul + 1 - s);
	}
	memcpy(to, s, len);
	to[len] = '\0';
	return out;
}

/*
 * The walk over all that is inside a container. open[] holds where each container
 * that we are in begins; a key is passed over when the byte behind it is a colon.
 */
int
value_leaves(const struct value *v, int containers,
    int (*fn)(void *arg, const struct value *leaf), void *arg)
{
	const char *open[VALUE_DEPTH_MAX];
	const char *p = v->text, *end = v->text + v->len, *colon;
	struct value item;
	size_t depth = 0, leaves = 0, texts = 0;
	int rc;

	if (v->type == VALUE_ABSENT)
		return 0;
	if (v->type != VALUE_OBJECT && v->type != VALUE_ARRAY)
		return fn(arg, v);
	do {
		p = skip_blanks(p, end);
		if (p == end)
			return 0;
		switch (*p) {
		case '{':
		case '[':
			if (depth < VALUE_DEPTH_MAX) {
				open[depth++] = p++;
				continue;
			}
			p = value_parse(p, end, &item);
			if (p == NULL)
				return 0;
			continue;
		case '}':
		case ']':
			if ((*open[--depth] == '{') != (*p == '}'))
				return 0;
			p++;
			if (!containers || p[-1] == ']')
				continue;
			memset(&item, 0, sizeof item);
			item.type = VALUE_OBJECT;
			item.text = open[depth];
			item.len = (uint32_t)(p - open[depth]);
			texts += item.len;
			if (texts > VALUE_TEXTS_MAX)
				containers = 0;
			else if ((rc = fn(arg, &item)) != 0)
				return rc;
			continue;
		case ',':
			p++;
			continue;
		default:
			break;
		}
		p = value_parse(p, end, &item);
		if (p == NULL)
			return 0;
		colon = skip_blanks(p, end);
		if (*open[depth - 1] == '{' && colon < end && *colon == ':') {
			p = colon + 1;
			continue;
		}
		if (leaves++ >= VALUE_LEAVES_MAX)
			return 0;
		if ((rc = fn(arg, &item)) != 0)
			return rc;
	} while (depth > 0);
	return 0;
}

/* Writes one code point of a string the way that compact text has it. */
static char *
compact_cp(char *to, uint32_t cp)
{
	static const char letters[] = "bfnrt", meanings[] = "\b\f\n\r\t";
	const char *at;

	if (cp == '"' || cp == '\\') {
		*to++ = '\\';
		*to++ = (char)cp;
		return to;
	}
	if (cp >= 0x20)
		return to + utf8_encode(cp, to);
	at = cp != 0 ? strchr(meanings, (int)cp) : NULL;
	if (at == NULL)
		return to + sprintf(to, "\\u%04x", (unsigned)cp);
	*to++ = '\\';
	*to++ = letters[at - meanings];
	return to;
}

/* How many bytes compacting may add, or -1 when the text is compact already. */
static long
compact_growth(const char *p, const char *end)
{
	int in_string = 0, change = 0;
	long grow = 0;

	for (; p < end; p++) {
		if (!in_string) {
			in_string = *p == '"';
			change |= is_blank(*p);
			continue;
		}
		if (*p == '"')
			in_string = 0;
		else if (*p == '\\') {
			p++;
			if (p == end || *p == 'u' || *p == '/' ||
			    strchr("\"\\bfnrt", *p) == NULL || *p == '\0') {
				change = 1;
				grow += 5;
			}
		} else if ((unsigned char)*p < 0x20) {
			change = 1;
			grow += 5;
		}
	}
	return change ? grow : -1;
}

static char *
compact_string(char *to, const char **text, const char *end)
{
	const char *p = *text;
	uint32_t cp;

	while (p < end && *p != '"') {
		if (*p == '\\') {
			p += escape_read(p, end, &cp);
			to = compact_cp(to, cp);
		} else if ((unsigned char)*p < 0x20)
			to = compact_cp(to, (unsigned char)*p++);
		else
			*to++ = *p++;
	}
	*text = p;
	return to;
}

const char *
value_compact(const struct value *v, struct arena *a, size_t *len)
{
	const char *p = v->text, *end = v->text + v->len;
	char *out, *to;
	long grow;

	if (v->type != VALUE_OBJECT && v->type != VALUE_ARRAY)
		return value_string(v, a, len);
	*len = v->len;
	grow = compact_growth(p, end);
	if (grow == -1)
		return v->text;
	/* compact_cp() writes a NUL behind \uNNNN: hence the 8. */
	to = out = arena_alloc(a, (size_t)v->len + (size_t)grow + 8);
	while (p < end) {
		if (*p == '"') {
			*to++ = *p++;
			to = compact_string(to, &p, end);
			if (p < end)
				*to++ = *p++;
		} else if (is_blank(*p))
			p++;
		else
			*to++ = *p++;
	}
	*to = '\0';
	*len = (size_t)(to - out);
	return out;
}

int
value_each(const struct value *object, const char **pos, struct value *key,
    struct value *out)
{
	const char *p = *pos, *end;

	memset(out, 0, sizeof *out);
	if (object->type != VALUE_OBJECT || object->len < 2)
		return 0;
	end = object->text + object->len - 1;	/* the closing brace */
	if (p == NULL) {
		p = object->text + 1;
	} else {
		p = skip_blanks(p, end);
		if (p == end || *p++ != ',')
			return 0;
	}
	p = value_parse(p, end, key);
	if (p == NULL || key->type != VALUE_STRING)
		return 0;
	p = skip_blanks(p, end);
	if (p == end || *p++ != ':')
		return 0;
	*pos = value_parse(p, end, out);
	return *pos != NULL;
}

int
value_member(const struct value *object, const char *key, size_t len,
    struct value *out)
{
	const char *pos = NULL;
	struct value name;

	while (value_each(object, &pos, &name, out))
		if (value_is(&name, key, len))
			return 0;
	memset(out, 0, sizeof *out);
	return -1;
}

/* A chain under construction. */
struct chain {
	struct value	*first, **last;
	size_t		 n;
	struct arena	*arena;
};

static void
chain_add(struct chain *c, const struct value *v)
{
	struct value *copy;

	if (c->n >= VALUE_LEAVES_MAX)
		return;
	copy = arena_alloc(c->arena, sizeof *copy);
	*copy = *v;
	copy->next = NULL;
	*c->last = copy;
	c->last = &copy->next;
	c->n++;
}

static void path_resolve(const struct value *, const char *path, size_t depth,
    struct chain *);

/* Every object in an array, and in the arrays in it: no recursion for brackets. */
static void
path_array(const struct value *v, const char *path, size_t depth,
    struct chain *c)
{
	const char *p = v->text, *end = v->text + v->len;
	struct value item;
	size_t open = 0;

	do {
		p = skip_blanks(p, end);
		if (p == end)
			return;
		if (*p == '[') {
			open++;
			p++;
		} else if (*p == ']') {
			open--;
			p++;
		} else if (*p == ',') {
			p++;
		} else {
			p = value_parse(p, end, &item);
			if (p == NULL)
				return;
			if (item.type == VALUE_OBJECT)
				path_resolve(&item, path, depth, c);
		}
	} while (open > 0 && c->n < VALUE_LEAVES_MAX);
}

/* Recursion ends with the path: each step takes a piece of it. */
static void
path_resolve(const struct value *v, const char *path, size_t depth,
    struct chain *c)
{
	const char *dot;
	struct value member;
	size_t before = c->n;

	if (v->type == VALUE_ARRAY) {
		path_array(v, path, depth, c);
		return;
	}
	if (v->type != VALUE_OBJECT || depth >= VALUE_DEPTH_MAX)
		return;
	if (value_member(v, path, strlen(path), &member) == 0) {
		chain_add(c, &member);
		return;
	}
	for (dot = strchr(path, '.'); dot != NULL && c->n == before;
	    dot = strchr(dot + 1, '.'))
		if (value_member(v, path, (size_t)(dot - path), &member) == 0)
			path_resolve(&member, dot + 1, depth + 1, c);
}

struct value *
value_path(const struct value *v, const char *path, struct arena *a)
{
	struct chain c = { NULL, NULL, 0, a };

	c.last = &c.first;
	path_resolve(v, path, 0, &c);
	return c.first;
}
