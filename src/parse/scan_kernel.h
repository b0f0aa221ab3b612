/*
 * The field scanner's inner loops. Included by scan_plain.c, scan_sse2.c and
 * scan_avx2.c, each of which defines KERNEL (the name of the entry) and one of
 * KERNEL_SSE2 and KERNEL_AVX2 or none.
 *
 * Keys are guessed: each one remembers which key followed it last time, so that a
 * key costs one vector compare. Strings are passed over 32 bytes at a time, unwanted
 * objects and arrays (AVX2) by masks of 64 bytes. Loads may reach SCAN_PADDING bytes behind
 * the end; what is found there is found out when p >= end.
 */
#include <string.h>

#if defined(KERNEL_AVX2) || defined(KERNEL_SSE2)
#include <immintrin.h>
#define KERNEL_VECTORS 1
#endif

#include "parse/scan_impl.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

static const char *object(struct scan_run *, const char *, uint32_t node,
    unsigned depth);

/* The text ends before the object does. */
static const char *
more(struct scan_run *r)
{
	r->bad = NULL;
	return NULL;
}

/* Something is wrong at p, unless the text ends before it. */
static __attribute__((noinline, cold)) const char *
bad(struct scan_run *r, const char *p, const char *why)
{
	r->bad = p < r->end ? p : NULL;
	r->why = why;
	return NULL;
}

/* White space as cJSON sees it: everything up to the blank. */
static inline const char *
blank(const char *p, const char *end)
{
	while (p < end && (unsigned char)*p <= ' ')
		p++;
	return p;
}

/* The brackets that are open in what is passed over: a bit each, 1 for {. */
struct nesting {
	unsigned level, limit;
	uint64_t braces[SCAN_DEPTH_MAX / 64 + 1];
};

static inline int
nesting_open(struct nesting *n, int brace)
{
	uint64_t *word = &n->braces[n->level / 64];
	unsigned at = n->level % 64;

	if (unlikely(n->level == n->limit))
		return 0;
	if (at == 0)
		*word = 0;	/* a new word; nobody cleared it */
	*word = (*word & ~(1ULL << at)) | (uint64_t)brace << at;
	n->level++;
	return 1;
}

static inline int
nesting_close(struct nesting *n, int brace)
{
	n->level--;
	return (n->braces[n->level / 64] >> n->level % 64 & 1) ==
	    (uint64_t)brace;
}

/* -- the vector parts -------------------------------------------------------- */

#ifdef KERNEL_AVX2
static inline int
key_is(const struct scan_key *k, const char *p)
{
	__m256i a = _mm256_loadu_si256((const __m256i *)p);
	__m256i b = _mm256_load_si256((const __m256i *)k->quoted);
	uint32_t eq = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, b));

	return (eq & k->mask) == k->mask;
}

static inline void
quotes32(const char *p, uint32_t *quote, uint32_t *backslash)
{
	__m256i x = _mm256_loadu_si256((const __m256i *)p);

	*quote = (uint32_t)_mm256_movemask_epi8(
	    _mm256_cmpeq_epi8(x, _mm256_set1_epi8('"')));
	*backslash = (uint32_t)_mm256_movemask_epi8(
	    _mm256_cmpeq_epi8(x, _mm256_set1_epi8('\\')));
}
#elif defined(KERNEL_SSE2)
static inline int
key_is(const struct scan_key *k, const char *p)
{
	__m128i a = _mm_loadu_si128((const __m128i *)p);
	__m128i b = _mm_load_si128((const __m128i *)k->quoted);
	__m128i c = _mm_loadu_si128((const __m128i *)p + 1);
	__m128i d = _mm_load_si128((const __m128i *)k->quoted + 1);
	uint32_t eq = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(a, b)) |
	    (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(c, d)) << 16;

	return (eq & k->mask) == k->mask;
}

static inline void
quotes32(const char *p, uint32_t *quote, uint32_t *backslash)
{
	__m128i x = _mm_loadu_si128((const __m128i *)p);
	__m128i y = _mm_loadu_si128((const __m128i *)p + 1);
	__m128i q = _mm_set1_epi8('"');
	__m128i b = _mm_set1_epi8('\\');

	*quote = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, q)) |
	    (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(y, q)) << 16;
	*backslash = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, b)) |
	    (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(y, b)) << 16;
}
#endif

#ifdef KERNEL_VECTORS
/*
 * The closing quote of the string whose text starts at p; at or behind end when it
 * is not there. *escaped becomes 1 when there is a backslash.
 */
static inline const char *
string_end(const char *p, const char *end, int *escaped)
{
	uint32_t quote, backslash;

	while (likely(p < end)) {
		quotes32(p, &quote, &backslash);
		if (unlikely(((quote - 1) & backslash) != 0)) {
			*escaped = 1;
			p += __builtin_ctz(backslash) + 2;
			continue;
		}
		if (quote != 0)
			return p + __builtin_ctz(quote);
		p += 32;
	}
	return end;
}

#else	/* portable C, 8 bytes at a time */
static inline int
key_is(const struct scan_key *k, const char *p)
{
	return *p == k->quoted[0] && k->len <= SCAN_QUOTED_MAX &&
	    memcmp(p, k->quoted, k->len) == 0;
}

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
/* The high bit of each byte of x that is c (and perhaps of some behind it). */
static inline uint64_t
bytes_are(uint64_t x, unsigned char c)
{
	x ^= 0x0101010101010101 * c;
	return (x - 0x0101010101010101) & ~x & 0x8080808080808080;
}
#endif

static inline const char *
string_end(const char *p, const char *end, int *escaped)
{
	while (p < end) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
		uint64_t x, found;

		memcpy(&x, p, 8);
		found = bytes_are(x, '"') | bytes_are(x, '\\');
		if (found == 0) {
			p += 8;
			continue;
		}
		p += __builtin_ctzll(found) / 8;
#endif
		if (*p == '"')
			return p;
		if (*p == '\\') {
			*escaped = 1;
			p++;
		}
		p++;
	}
	return end;
}
#endif

/* -- objects and arrays that nobody wants ---------------------------------------- */

#ifdef KERNEL_AVX2
/* 64 bytes, a bit each. */
struct block {
	uint64_t quote, backslash;
	uint64_t open, close;	/* of both kinds */
	uint64_t brace;		/* bit 5 of each byte: tells { from [ */
};

static inline uint64_t
mask64(__m256i lo, __m256i hi)
{
	return (uint32_t)_mm256_movemask_epi8(lo) |
	    (uint64_t)(uint32_t)_mm256_movemask_epi8(hi) << 32;
}

static inline void
block_load(const char *p, struct block *b)
{
	__m256i x = _mm256_loadu_si256((const __m256i *)p);
	__m256i y = _mm256_loadu_si256((const __m256i *)p + 1);
	__m256i c = _mm256_set1_epi8('"');
	__m256i x5, y5;

	b->quote = mask64(_mm256_cmpeq_epi8(x, c), _mm256_cmpeq_epi8(y, c));
	c = _mm256_set1_epi8('\\');
	b->backslash = mask64(_mm256_cmpeq_epi8(x, c), _mm256_cmpeq_epi8(y, c));
	b->brace = mask64(_mm256_slli_epi16(x, 2), _mm256_slli_epi16(y, 2));
	c = _mm256_set1_epi8(0x20);
	x5 = _mm256_or_si256(x, c);
	y5 = _mm256_or_si256(y, c);
	c = _mm256_set1_epi8('{');
	b->open = mask64(_mm256_cmpeq_epi8(x5, c), _mm256_cmpeq_epi8(y5, c));
	c = _mm256_set1_epi8('}');
	b->close = mask64(_mm256_cmpeq_epi8(x5, c), _mm256_cmpeq_epi8(y5, c));
}

/* Bit i of the result: how many bits up to i are set, odd or even. */
static inline uint64_t
prefix_xor(uint64_t x)
{
	return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(
	    _mm_set_epi64x(0, (int64_t)x), _mm_set1_epi8(-1), 0));
}

/*
 * Bytes that stand behind an odd run of backslashes. *carry: the last byte of the
 * block before escapes the first one of this block.
 */
static inline uint64_t
escaped_bytes(uint64_t backslash, uint64_t *carry)
{
	const uint64_t odd = 0xaaaaaaaaaaaaaaaa;
	uint64_t starts, escaped, code;

	if (likely(backslash == 0)) {
		escaped = *carry;
		*carry = 0;
		return escaped;
	}
	/* Subtracting lets each run's carry ripple to its end: there the parity of
	   its length shows against the alternating bits. */
	starts = backslash & ~*carry;
	code = ((starts << 1 | odd) - starts) ^ odd;
	escaped = code ^ (backslash | *carry);
	*carry = (code & backslash) >> 63;
	return escaped;
}

/* Passes over the object or array at p. depth: containers that it is inside of. */
static __attribute__((noinline)) const char *
container(struct scan_run *r, const char *p, unsigned depth)
{
	const char *end = r->end;
	uint64_t in_string = 0, carry = 0;
	uint64_t open, bits, string;
	struct nesting n;
	struct block b;

	n.level = 0;
	n.limit = SCAN_DEPTH_MAX - depth;
	for (; p < end; p += 64) {
		block_load(p, &b);
		b.quote &= ~escaped_bytes(b.backslash, &carry);
		string = prefix_xor(b.quote) ^ in_string;
		in_string = (uint64_t)((int64_t)string >> 63);
		open = b.open & ~string;
		for (bits = open | (b.close & ~string); bits != 0;
		    bits &= bits - 1) {
			uint64_t bit = bits & -bits;
			const char *at = p + __builtin_ctzll(bits);
			int brace = (b.brace & bit) != 0;

			if (unlikely(at >= end))
				return more(r);
			if (open & bit) {
				if (unlikely(!nesting_open(&n, brace)))
					return bad(r, at, "nesting is too deep");
				continue;
			}
			if (unlikely(!nesting_close(&n, brace)))
				return bad(r, at, "brackets do not match");
			if (n.level == 0)
				return at + 1;
		}
	}
	return more(r);
}
#else
/*
 * Passes over the object or array at p. depth: containers that it is inside of. (The
 * masks that AVX2 uses cost more than they save without its instructions.)
 */
static const char *
container(struct scan_run *r, const char *p, unsigned depth)
{
	const char *end = r->end;
	struct nesting n;
	int escaped = 0;

	n.level = 0;
	n.limit = SCAN_DEPTH_MAX - depth;
	for (; p < end; p++) {
		switch (*p) {
		case '"':
			p = string_end(p + 1, end, &escaped);
			break;
		case '{':
		case '[':
			if (!nesting_open(&n, *p == '{'))
				return bad(r, p, "nesting is too deep");
			break;
		case '}':
		case ']':
			if (!nesting_close(&n, *p == '}'))
				return bad(r, p, "brackets do not match");
			if (n.level == 0)
				return p + 1;
			break;
		}
	}
	return more(r);
}
#endif

/* -- values ------------------------------------------------------------------ */

static inline int
is_number_byte(char c)
{
	return (c >= '0' && c <= '9') || c == '.' || c == 'e' || c == 'E' ||
	    c == '+' || c == '-';
}

static inline const char *
literal(struct scan_run *r, const char *p, const char *word, size_t len)
{
	if ((size_t)(r->end - p) < len)
		return more(r);
	if (memcmp(p, word, len) != 0)
		return bad(r, p, "no JSON value");
	return p + len;
}

/* A number, true, false or null at p (p < end). */
static inline const char *
scalar(struct scan_run *r, const char *p, unsigned *type)
{
	const char *start = p;
	int digits = 0;

	switch (*p) {
	case 't':
		*type = VALUE_TRUE;
		return literal(r, p, "true", 4);
	case 'f':
		*type = VALUE_FALSE;
		return literal(r, p, "false", 5);
	case 'n':
		*type = VALUE_NULL;
		return literal(r, p, "null", 4);
	}
	*type = VALUE_NUMBER;
	if (*p != '-' && (*p < '0' || *p > '9'))
		return bad(r, p, "no JSON value");
	for (; p < r->end && is_number_byte(*p); p++)
		digits |= *p >= '0' && *p <= '9';
	if (p >= r->end)
		return more(r);
	if (!digits)
		return bad(r, start, "no JSON value");
	return p;
}

/* A value that nobody wants. */
static inline const char *
skip(struct scan_run *r, const char *p, unsigned depth)
{
	unsigned type;
	int escaped = 0;

	if (*p == '"') {
		p = string_end(p + 1, r->end, &escaped);
		return likely(p < r->end) ? p + 1 : more(r);
	}
	if (*p == '{' || *p == '[')
		return container(r, p, depth);
	return scalar(r, p, &type);
}

/* An array whose objects are entered at node. */
static const char *
array(struct scan_run *r, const char *p, uint32_t node, unsigned depth)
{
	if (depth > SCAN_DEPTH_MAX)
		return bad(r, p, "nesting is too deep");
	p = blank(p + 1, r->end);
	if (p < r->end && *p == ']')
		return p + 1;
	for (;;) {
		if (p >= r->end)
			return more(r);
		if (*p == '{')
			p = object(r, p, node, depth + 1);
		else if (*p == '[')
			p = array(r, p, node, depth + 1);
		else
			p = skip(r, p, depth);
		if (p == NULL)
			return NULL;
		p = blank(p, r->end);
		if (p >= r->end)
			return more(r);
		if (*p == ']')
			return p + 1;
		if (*p != ',')
			return bad(r, p, "no comma or ] behind an element");
		p = blank(p + 1, r->end);
	}
}

static inline struct value *
value_new(struct scan_run *r, int32_t slot)
{
	struct value *v;

	if (unlikely(r->fields[slot] != NULL))
		return scan_value_chain(r, slot);
	v = &r->st->values[slot];
	v->next = NULL;
	r->fields[slot] = v;
	r->st->tails[slot] = v;
	return v;
}

/* The value of a wanted key. */
static inline const char *
wanted(struct scan_run *r, const char *p, int32_t number, uint64_t here,
    unsigned depth)
{
	const struct scan_edge *edge = &r->st->plan->edges[number];
	const char *start = p;
	struct value *v = NULL;
	unsigned type;
	int escaped = 0;

	if (unlikely(edge->odd)) {
		r->odd = 1;
		return skip(r, p, depth);
	}
	if (unlikely(r->st->seen[number] == here))
		return skip(r, p, depth);	/* doubled: the first one counts */
	r->st->seen[number] = here;
	if (edge->slot >= 0)
		v = value_new(r, edge->slot);
	switch (*p) {
	case '"':
		type = VALUE_STRING;
		start++;
		p = string_end(p + 1, r->end, &escaped);
		if (unlikely(p >= r->end))
			return more(r);
		if (v != NULL) {
			v->text = start;
			v->len = (uint32_t)(p - start);
			v->type = VALUE_STRING;
			v->escaped = (uint8_t)escaped;
		}
		return p + 1;
	case '{':
		type = VALUE_OBJECT;
		if (edge->child >= 0)
			p = object(r, p, (uint32_t)edge->child, depth + 1);
		else
			p = container(r, p, depth);
		break;
	case '[':
		type = VALUE_ARRAY;
		if (edge->child >= 0)
			p = array(r, p, (uint32_t)edge->child, depth + 1);
		else
			p = container(r, p, depth);
		break;
	default:
		p = scalar(r, p, &type);
	}
	if (p != NULL && v != NULL) {
		v->text = start;
		v->len = (uint32_t)(p - start);
		v->type = (uint8_t)type;
		v->escaped = 0;
	}
	return p;
}

/*
 * The object at p, whose keys are those of node. depth: containers, this one
 * included.
 */
static const char *
object(struct scan_run *r, const char *p, uint32_t node, unsigned depth)
{
	struct scan_state *st = r->st;
	const char *const end = r->end;
	uint64_t here = ++st->objects;
	uint32_t *guess = &st->first[node];	/* where the guess is kept */
	uint32_t lost = 0;			/* behind a key that is not kept */
	struct scan_key *key;
	const char *q;
	int escaped;

	if (unlikely(depth > SCAN_DEPTH_MAX))
		return bad(r, p, "nesting is too deep");
	p = blank(p + 1, end);
	if (unlikely(p < end && *p == '}'))
		return p + 1;
	for (;;) {
		if (unlikely(p >= end))
			return more(r);
		key = &st->keys[*guess];
		if (likely(key_is(key, p))) {
			p += key->len;
			guess = &key->next;
		} else {
			if (*p != '"')
				return bad(r, p, "no key where one must be");
			escaped = 0;
			q = string_end(p + 1, end, &escaped);
			if (q >= end)
				return more(r);
			key = st->keys;
			if (escaped)
				r->odd = 1;
			else
				key = scan_key_find(st, node, p + 1,
				    (size_t)(q - p - 1));
			*guess = (uint32_t)(key - st->keys);
			lost = 0;
			guess = key != st->keys ? &key->next : &lost;
			p = q + 1;
		}
		if (unlikely(*p != ':')) {
			p = blank(p, end);
			if (p >= end || *p != ':')
				return bad(r, p, "no colon behind a key");
		}
		p++;
		if (unlikely((unsigned char)*p <= ' '))
			p = blank(p, end);
		if (unlikely(p >= end))
			return more(r);
		if (key->edge < 0)
			p = skip(r, p, depth);
		else
			p = wanted(r, p, key->edge, here, depth);
		if (unlikely(p == NULL))
			return NULL;
		if (unlikely((unsigned char)*p <= ' '))
			p = blank(p, end);
		if (unlikely(*p != ',')) {
			if (p >= end || *p != '}')
				return bad(r, p, "no comma or } behind a value");
			return p + 1;
		}
		p++;
		if (unlikely((unsigned char)*p <= ' '))
			p = blank(p, end);
	}
}

const char *
KERNEL(struct scan_run *r, const char *p)
{
	return object(r, p, 0, 1);
}
