/*
 * Patterns with wildcards. See pattern.h.
 *
 * Globs are matched segment by segment, each at the first place where it fits: every
 * atom but the star takes exactly one character, so an earlier place never spoils a
 * later segment, and no pattern needs more than length times length steps.
 */
#include <string.h>

#include "base/map.h"
#include "base/text.h"
#include "detect/pattern.h"

#define TABLE_FROM 12		/* exact patterns from which on they are hashed */
#define GRAM_FROM 12		/* and infixes from which on they are indexed */
#define GRAM_SLOTS 4096
#define GRAM_MAX 60000		/* infixes that fit the index */

static struct atoms
atoms_new(struct arena *a, size_t room)
{
	struct atoms as;

	as.list = arena_alloc(a, (room + 1) * sizeof *as.list);
	as.n = 0;
	return as;
}

static void
atoms_put(struct atoms *as, enum atom_type type, uint32_t cp)
{
	as->list[as->n].type = type;
	as->list[as->n++].cp = cp;
}

static uint32_t
next_cp(const char **p, const char *end)
{
	uint32_t cp;
	size_t n;

	if ((n = utf8_decode(*p, end, &cp)) == 0) {
		cp = (unsigned char)**p;
		n = 1;
	}
	*p += n;
	return cp;
}

struct atoms
atoms_parse(struct arena *a, const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	struct atoms as = atoms_new(a, len);

	while (p < end) {
		if (*p == '\\' && p + 1 < end && (p[1] == '*' || p[1] == '?' ||
		    p[1] == '\\')) {
			atoms_put(&as, ATOM_CHAR, (unsigned char)p[1]);
			p += 2;
		} else if (*p == '*' || *p == '?') {
			atoms_put(&as, *p == '*' ? ATOM_STAR : ATOM_ONE, 0);
			p++;
		} else
			atoms_put(&as, ATOM_CHAR, next_cp(&p, end));
	}
	return as;
}

struct atoms
atoms_literal(struct arena *a, const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	struct atoms as = atoms_new(a, len);

	while (p < end)
		atoms_put(&as, ATOM_CHAR, next_cp(&p, end));
	return as;
}

int
atoms_has_wildcard(const struct atoms *as)
{
	size_t i;

	for (i = 0; i < as->n; i++)
		if (as->list[i].type == ATOM_STAR || as->list[i].type == ATOM_ONE)
			return 1;
	return 0;
}

/* Letters, digits and _; beyond ASCII all but the blocks of marks and symbols. */
static int
is_word(const struct atom *at)
{
	uint32_t c = at->cp;

	if (at->type != ATOM_CHAR)
		return 0;
	if (c < 0x80)
		return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
		    (c >= 'A' && c <= 'Z') || c == '_';
	if (c < 0xc0)
		return c == 0xaa || c == 0xb2 || c == 0xb3 || c == 0xb5 ||
		    c == 0xb9 || c == 0xba || (c >= 0xbc && c <= 0xbe);
	return c != 0xd7 && c != 0xf7 && !(c >= 0x2000 && c <= 0x206f) &&
	    !(c >= 0x20a0 && c <= 0x20cf) && !(c >= 0x2190 && c <= 0x2bff) &&
	    !(c >= 0x3000 && c <= 0x3004) && !(c >= 0x3008 && c <= 0x3020) &&
	    !(c >= 0xfe10 && c <= 0xfe6f) && !(c >= 0x1f000 && c <= 0x1faff);
}

void
atoms_windash(struct atoms *as)
{
	size_t i;
	int behind_word = 0, is_dash;

	for (i = 0; i < as->n; i++) {
		is_dash = as->list[i].type == ATOM_CHAR &&
		    (as->list[i].cp == '-' || as->list[i].cp == '/') &&
		    !behind_word && i + 1 < as->n && is_word(&as->list[i + 1]);
		behind_word = is_word(&as->list[i]);
		if (is_dash)
			as->list[i].type = ATOM_DASH;
	}
}

static const uint32_t dashes[5] = { '-', '/', 0x2013, 0x2014, 0x2015 };

struct atoms *
atoms_variants(struct arena *a, const struct atoms *as, size_t *n)
{
	struct atoms *out;
	size_t i, v, pick;

	*n = 1;
	for (i = 0; i < as->n; i++)
		if (as->list[i].type == ATOM_DASH && (*n *= 5) >
		    ATOMS_VARIANTS_MAX)
			return NULL;
	out = arena_alloc(a, *n * sizeof *out);
	for (v = 0; v < *n; v++) {
		out[v] = atoms_new(a, as->n);
		pick = v;
		for (i = 0; i < as->n; i++) {
			if (as->list[i].type == ATOM_DASH) {
				atoms_put(&out[v], ATOM_CHAR, dashes[pick % 5]);
				pick /= 5;
			} else
				atoms_put(&out[v], as->list[i].type,
				    as->list[i].cp);
		}
	}
	return out;
}

static size_t
encode_unit(char *out, uint32_t unit, int big)
{
	out[big ? 0 : 1] = (char)(unit >> 8);
	out[big ? 1 : 0] = (char)(unit & 0xff);
	return 2;
}

/* One code point; 4 bytes of room. */
static size_t
encode_cp(char *out, uint32_t cp, enum encoding enc)
{
	int big = enc == ENCODING_UTF16BE;

	if (enc == ENCODING_UTF8)
		return utf8_encode(cp, out);
	if (cp < 0x10000)
		return encode_unit(out, cp, big);
	cp -= 0x10000;
	encode_unit(out, 0xd800 + (cp >> 10), big);
	encode_unit(out + 2, 0xdc00 + (cp & 0x3ff), big);
	return 4;
}

char *
atoms_bytes(struct arena *a, const struct atoms *as, enum encoding enc,
    size_t *len)
{
	char *out = arena_alloc(a, 4 * as->n + 3);
	size_t i;

	*len = 0;
	if (enc == ENCODING_UTF16) {
		memcpy(out, "\xff\xfe", 2);
		*len = 2;
	}
	for (i = 0; i < as->n; i++)
		*len += encode_cp(out + *len, as->list[i].cp, enc);
	return out;
}

struct atoms
atoms_encode(struct arena *a, const struct atoms *as, enum encoding enc)
{
	struct atoms out = atoms_new(a, 4 * as->n + 1);
	char bytes[4];
	size_t i, k, n;

	if (enc == ENCODING_UTF16)
		atoms_put(&out, ATOM_CHAR, 0xfeff);
	for (i = 0; i < as->n; i++) {
		if (as->list[i].type != ATOM_CHAR) {
			atoms_put(&out, as->list[i].type, 0);
			continue;
		}
		n = encode_cp(bytes, as->list[i].cp, enc);
		for (k = 0; k < n; k++)
			atoms_put(&out, ATOM_CHAR, (unsigned char)bytes[k]);
	}
	return out;
}

static char *
base64(struct arena *a, const char *bytes, size_t len, size_t *out_len)
{
	static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = arena_alloc(a, len / 3 * 4 + 5), *to = out;
	uint32_t v;
	size_t i, k;

	for (i = 0; i < len; i += 3) {
		v = 0;
		for (k = 0; k < 3; k++)
			v = v << 8 | (i + k < len ? (unsigned char)bytes[i + k] :
			    0);
		*to++ = abc[v >> 18];
		*to++ = abc[v >> 12 & 63];
		*to++ = i + 1 < len ? abc[v >> 6 & 63] : '=';
		*to++ = i + 2 < len ? abc[v & 63] : '=';
	}
	*out_len = (size_t)(to - out);
	return out;
}

struct atoms
atoms_base64(struct arena *a, const char *bytes, size_t len)
{
	size_t n;
	char *s = base64(a, bytes, len, &n);

	return atoms_literal(a, s, n);
}

struct atoms
atoms_base64_offset(struct arena *a, const char *bytes, size_t len,
    unsigned offset)
{
	static const size_t skip[3] = { 0, 2, 3 }, drop[3] = { 0, 3, 2 };
	char *padded, *s;
	size_t n, cut;

	padded = arena_alloc(a, len + 3);
	memset(padded, ' ', offset);
	memcpy(padded + offset, bytes, len);
	s = base64(a, padded, len + offset, &n);
	cut = skip[offset] + drop[(len + offset) % 3];
	if (n < cut)
		return atoms_literal(a, "", 0);
	return atoms_literal(a, s + skip[offset], n - cut);
}

struct atoms
atoms_wrap(struct arena *a, const struct atoms *as, int before, int behind)
{
	struct atoms out = atoms_new(a, as->n + 2);

	if (before && (as->n == 0 || as->list[0].type != ATOM_STAR))
		atoms_put(&out, ATOM_STAR, 0);
	memcpy(out.list + out.n, as->list, as->n * sizeof *as->list);
	out.n += as->n;
	if (behind && (out.n == 0 || out.list[out.n - 1].type != ATOM_STAR))
		atoms_put(&out, ATOM_STAR, 0);
	return out;
}

/* The characters from at on as (folded) text; *n atoms are taken. */
static const char *
literal(struct arena *a, struct arena *scratch, const struct atom *at,
    size_t left, int cased, size_t *n, size_t *len)
{
	char *raw, *folded;
	size_t i;

	*len = 0;
	for (*n = 0; *n < left && at[*n].type == ATOM_CHAR; (*n)++)
		;
	raw = arena_alloc(scratch, 4 * *n + 1);
	for (i = 0; i < *n; i++)
		*len += utf8_encode(at[i].cp, raw + *len);
	if (cased)
		return arena_strndup(a, raw, *len);
	folded = arena_alloc(scratch, 3 * *len + 1);
	*len = text_fold(folded, raw, *len);
	return arena_strndup(a, folded, *len);
}

static void
segment_add(struct segment *s, enum atom_type type, const char *text, size_t len)
{
	struct piece *p = &s->pieces[s->n++];

	p->type = type;
	p->text = text;
	p->len = len;
	s->min += type == ATOM_CHAR ? len : 1;
	s->max += type == ATOM_CHAR ? len : type == ATOM_ONE ? 4 : 3;
}

/* How many atoms there are up to the next star. */
static size_t
segment_len(const struct atom *at, size_t left)
{
	size_t n;

	for (n = 0; n < left && at[n].type != ATOM_STAR; n++)
		;
	return n;
}

static void
glob_compile(struct arena *a, struct arena *scratch, const struct atoms *as,
    int cased, struct pattern *out)
{
	struct segment *s = NULL;
	const char *text;
	size_t i, n, len;

	out->type = PATTERN_GLOB;
	out->anchored_start = as->list[0].type != ATOM_STAR;
	out->anchored_end = as->list[as->n - 1].type != ATOM_STAR;
	out->segments = arena_alloc(a, (as->n + 1) * sizeof *out->segments);
	for (i = 0; i < as->n; i += n) {
		n = 1;
		if (as->list[i].type == ATOM_STAR) {
			s = NULL;
			continue;
		}
		if (s == NULL) {
			s = &out->segments[out->nsegments++];
			memset(s, 0, sizeof *s);
			s->pieces = arena_alloc(a, segment_len(as->list + i,
			    as->n - i) * sizeof *s->pieces);
		}
		if (as->list[i].type != ATOM_CHAR) {
			segment_add(s, as->list[i].type, "", 0);
			continue;
		}
		text = literal(a, scratch, as->list + i, as->n - i, cased, &n,
		    &len);
		segment_add(s, ATOM_CHAR, text, len);
		if (len > out->len) {
			out->text = text;
			out->len = len;
		}
	}
}

void
pattern_compile(struct arena *a, struct arena *scratch, const struct atoms *as,
    int cased, struct pattern *out)
{
	size_t first = 0, last = as->n, i, n, stars = 0, specials = 0;

	memset(out, 0, sizeof *out);
	out->text = "";
	for (i = 0; i < as->n; i++) {
		specials += as->list[i].type == ATOM_ONE ||
		    as->list[i].type == ATOM_DASH;
		stars += as->list[i].type == ATOM_STAR;
	}
	if (stars > 0 && stars == as->n) {
		out->type = PATTERN_ANY;
		return;
	}
	while (first < last && as->list[first].type == ATOM_STAR)
		first++, stars--;
	while (last > first && as->list[last - 1].type == ATOM_STAR)
		last--, stars--;
	if (specials > 0 || stars > 0) {
		glob_compile(a, scratch, as, cased, out);
		return;
	}
	out->text = literal(a, scratch, as->list + first, last - first, cased,
	    &n, &out->len);
	if (first > 0)
		out->type = last < as->n ? PATTERN_CONTAINS : PATTERN_SUFFIX;
	else
		out->type = last < as->n ? PATTERN_PREFIX : PATTERN_EXACT;
}

static size_t
char_len(const char *p, const char *end)
{
	uint32_t cp;
	size_t n;

	if ((unsigned char)*p < 0x80)
		return 1;
	n = utf8_decode(p, end, &cp);
	return n > 0 ? n : 1;
}

/* Is p where a character starts, and not inside of one? */
static int
is_boundary(const char *start, const char *p, const char *end)
{
	uint32_t cp;
	int k;

	if (p == end || ((unsigned char)*p & 0xc0) != 0x80)
		return 1;
	for (k = 1; k <= 3 && p - k >= start; k++)
		if (((unsigned char)p[-k] & 0xc0) != 0x80)
			return utf8_decode(p - k, end, &cp) <= (size_t)k;
	return 1;
}

static size_t
dash_len(const char *p, const char *end)
{
	if (*p == '-' || *p == '/')
		return 1;
	if (end - p >= 3 && p[0] == '\xe2' && p[1] == '\x80' &&
	    (unsigned char)p[2] >= 0x93 && (unsigned char)p[2] <= 0x95)
		return 3;
	return 0;
}

/* Where the segment ends when it starts at p, or NULL. */
static const char *
segment_at(const struct segment *s, const char *p, const char *end)
{
	const struct piece *piece;
	size_t n;

	for (piece = s->pieces; piece < s->pieces + s->n; piece++) {
		if (piece->type == ATOM_CHAR) {
			if ((size_t)(end - p) < piece->len ||
			    memcmp(p, piece->text, piece->len) != 0)
				return NULL;
			p += piece->len;
			continue;
		}
		if (p == end)
			return NULL;
		n = piece->type == ATOM_ONE ? char_len(p, end) :
		    dash_len(p, end);
		if (n == 0)
			return NULL;
		p += n;
	}
	return p;
}

/* The first place from p on; returns its end. */
static const char *
segment_find(const struct segment *s, const char *start, const char *p,
    const char *end)
{
	const char *at;

	for (; (size_t)(end - p) >= s->min; p++) {
		if (s->pieces[0].type == ATOM_CHAR) {
			p = memmem(p, (size_t)(end - p), s->pieces[0].text,
			    s->pieces[0].len);
			if (p == NULL)
				return NULL;
		} else if (!is_boundary(start, p, end))
			continue;
		if ((at = segment_at(s, p, end)) != NULL)
			return at;
	}
	return NULL;
}

/* Does the segment fit so that it ends at the end of the text? */
static int
segment_last(const struct segment *s, const char *start, const char *p,
    const char *end)
{
	const char *from = end - p > (ptrdiff_t)s->max ? end - s->max : p;

	for (; (size_t)(end - from) >= s->min; from++)
		if (is_boundary(start, from, end) &&
		    segment_at(s, from, end) == end)
			return 1;
	return 0;
}

static int
glob_match(const struct pattern *g, const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	size_t i = 0, n = g->nsegments;

	if (g->len > 0 && (len < g->len ||
	    memmem(text, len, g->text, g->len) == NULL))
		return 0;
	if (g->anchored_start) {
		if ((p = segment_at(&g->segments[i++], p, end)) == NULL)
			return 0;
		if (i == n && g->anchored_end)	/* no star at all */
			return p == end;
	}
	if (g->anchored_end)
		n--;
	for (; i < n; i++)
		if ((p = segment_find(&g->segments[i], text, p, end)) == NULL)
			return 0;
	return !g->anchored_end || segment_last(&g->segments[n], text, p, end);
}

int
pattern_match(const struct pattern *p, const char *text, size_t len)
{
	switch (p->type) {
	case PATTERN_EXACT:
		return len == p->len && memcmp(text, p->text, len) == 0;
	case PATTERN_PREFIX:
		return len >= p->len && memcmp(text, p->text, p->len) == 0;
	case PATTERN_SUFFIX:
		return len >= p->len &&
		    memcmp(text + len - p->len, p->text, p->len) == 0;
	case PATTERN_CONTAINS:
		return len >= p->len &&
		    memmem(text, len, p->text, p->len) != NULL;
	case PATTERN_ANY:
		return 1;
	case PATTERN_GLOB:
		return glob_match(p, text, len);
	}
	return 0;
}

uint64_t
subject_hash(struct subject *s, uint64_t seed)
{
	if (!s->hashed) {
		s->hash = hash64(s->text, s->len, seed);
		s->hashed = 1;
	}
	return s->hash;
}

static void
table_build(struct arena *a, struct patternset *set)
{
	size_t size = 16, i, at;

	while (size < 2 * set->nexact)
		size *= 2;
	set->mask = size - 1;
	set->table = arena_alloc(a, size * sizeof *set->table);
	memset(set->table, 0, size * sizeof *set->table);
	for (i = 0; i < set->nexact; i++) {
		at = hash64(set->exact[i].text, set->exact[i].len, set->seed) &
		    set->mask;
		while (set->table[at] != 0)
			at = (at + 1) & set->mask;
		set->table[at] = (uint32_t)i + 1;
	}
}

static inline size_t
gram_of(const char *p)
{
	return ((size_t)(unsigned char)p[0] * 31 + (unsigned char)p[1] * 131) &
	    (GRAM_SLOTS - 1);
}

static void
grams_build(struct arena *a, struct patternset *set)
{
	size_t i, slot;

	set->gram = arena_alloc(a, GRAM_SLOTS * sizeof *set->gram);
	memset(set->gram, 0, GRAM_SLOTS * sizeof *set->gram);
	set->gram_next = arena_alloc(a, set->ninfix * sizeof *set->gram_next);
	for (i = 0; i < set->ninfix; i++) {
		slot = gram_of(set->infix[i].text);
		set->gram_next[i] = set->gram[slot];
		set->gram[slot] = (uint16_t)(i + 1);
	}
}

struct patternset *
patternset_new(struct arena *a, const struct pattern *list, size_t n,
    uint64_t seed)
{
	struct patternset *set = arena_alloc(a, sizeof *set);
	struct pattern *exact, *other, *infix;
	size_t i, nexact = 0, ninfix = 0, nany = 0;

	memset(set, 0, sizeof *set);
	set->seed = seed;
	for (i = 0; i < n; i++) {
		nexact += list[i].type == PATTERN_EXACT;
		nany += list[i].type == PATTERN_ANY;
		ninfix += list[i].type == PATTERN_CONTAINS && list[i].len >= 2;
	}
	if (ninfix < GRAM_FROM || ninfix > GRAM_MAX)
		ninfix = 0;
	exact = arena_alloc(a, nexact * sizeof *exact);
	infix = arena_alloc(a, ninfix * sizeof *infix);
	other = arena_alloc(a, (n - nexact - nany - ninfix) * sizeof *other);
	for (i = 0; i < n; i++) {
		if (list[i].type == PATTERN_EXACT)
			exact[set->nexact++] = list[i];
		else if (list[i].type == PATTERN_ANY)
			set->any = 1;
		else if (ninfix > 0 && list[i].type == PATTERN_CONTAINS &&
		    list[i].len >= 2)
			infix[set->ninfix++] = list[i];
		else
			other[set->nother++] = list[i];
	}
	set->exact = exact;
	set->other = other;
	set->infix = infix;
	if (set->nexact >= TABLE_FROM)
		table_build(a, set);
	if (set->ninfix > 0)
		grams_build(a, set);
	return set;
}

static int
grams_match(const struct patternset *set, const char *text, size_t len)
{
	const char *p, *last = text + len - 1;
	const struct pattern *infix;
	size_t i;

	for (p = text; p < last; p++)
		for (i = set->gram[gram_of(p)]; i != 0; i = set->gram_next[i - 1]) {
			infix = &set->infix[i - 1];
			if ((size_t)(text + len - p) >= infix->len &&
			    memcmp(p, infix->text, infix->len) == 0)
				return 1;
		}
	return 0;
}

int
patternset_match(const struct patternset *set, struct subject *s)
{
	size_t i;

	if (set->any)
		return 1;
	if (set->table != NULL) {
		for (i = subject_hash(s, set->seed) & set->mask;
		    set->table[i] != 0; i = (i + 1) & set->mask)
			if (pattern_match(&set->exact[set->table[i] - 1],
			    s->text, s->len))
				return 1;
	} else {
		for (i = 0; i < set->nexact; i++)
			if (pattern_match(&set->exact[i], s->text, s->len))
				return 1;
	}
	for (i = 0; i < set->nother; i++)
		if (pattern_match(&set->other[i], s->text, s->len))
			return 1;
	return set->ninfix > 0 && s->len >= 2 &&
	    grams_match(set, s->text, s->len);
}
