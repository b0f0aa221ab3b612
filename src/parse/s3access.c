/*
 * S3 server access log lines: splitting, times, keys. See s3access.h; what records and
 * alerts have of a line is in s3access_record.c.
 *
 * A line is looked at once, 64 bytes at a time, for spaces and quotes; all that
 * follows hops from one of these to the next. The request URI, referer and agent
 * are what a client sent, unescaped: the URI ends at the first place that looks like
 * the middle of a record (it cannot hold a raw space), the agent at the last quote of
 * the line (the columns behind it have none).
 */
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "base/mem.h"
#include "base/text.h"
#include "parse/form.h"
#include "parse/s3access_impl.h"

#define WORDS (S3ACCESS_LINE_MAX / 64 + 1)
#define OPERATION_SEARCH 16	/* words of a requester that has spaces */

/* A line with a bit for each space and each quote; pos is where we are. */
struct cursor {
	const char	*line;
	size_t		 len, pos;
	uint64_t	 space[WORDS], quote[WORDS];
};

#ifdef __SSE2__
static void
mark_block(struct cursor *c, size_t word, const char *p)
{
	const __m128i blank = _mm_set1_epi8(' '), quote = _mm_set1_epi8('"');
	uint64_t spaces = 0, quotes = 0;
	int i;

	for (i = 0; i < 4; i++) {
		__m128i x = _mm_loadu_si128((const __m128i *)(p + 16 * i));

		spaces |= (uint64_t)(unsigned)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(x, blank)) << (16 * i);
		quotes |= (uint64_t)(unsigned)_mm_movemask_epi8(
		    _mm_cmpeq_epi8(x, quote)) << (16 * i);
	}
	c->space[word] = spaces;
	c->quote[word] = quotes;
}
#else
static void
mark_block(struct cursor *c, size_t word, const char *p)
{
	uint64_t spaces = 0, quotes = 0;
	int i;

	for (i = 0; i < 64; i++) {
		spaces |= (uint64_t)(p[i] == ' ') << i;
		quotes |= (uint64_t)(p[i] == '"') << i;
	}
	c->space[word] = spaces;
	c->quote[word] = quotes;
}
#endif

static void
cursor_start(struct cursor *c, const char *line, size_t len)
{
	char tail[64];
	size_t i, whole = len / 64;

	c->line = line;
	c->len = len;
	c->pos = 0;
	for (i = 0; i < whole; i++)
		mark_block(c, i, line + 64 * i);
	memset(tail, 0, sizeof tail);
	memcpy(tail, line + 64 * whole, len - 64 * whole);
	mark_block(c, whole, tail);
}

/* The first mark at pos or behind it; len when there is none. */
static inline size_t
next_mark(const struct cursor *c, const uint64_t *marks, size_t pos)
{
	size_t word = pos / 64, last = c->len / 64;
	uint64_t bits;

	if (pos >= c->len)
		return c->len;
	bits = marks[word] & (~0ULL << (pos % 64));
	while (bits == 0) {
		if (word++ == last)
			return c->len;
		bits = marks[word];
	}
	return 64 * word + (size_t)__builtin_ctzll(bits);
}

/* Quotes from pos on; *last receives the place of the last one. */
static size_t
count_quotes(const struct cursor *c, size_t pos, size_t *last)
{
	size_t word, end = c->len / 64, n = 0;
	uint64_t bits;

	*last = 0;
	if (pos >= c->len)
		return 0;
	for (word = pos / 64; word <= end; word++) {
		bits = c->quote[word];
		if (word == pos / 64)
			bits &= ~0ULL << (pos % 64);
		if (bits == 0)
			continue;
		for (uint64_t rest = bits; rest != 0; rest &= rest - 1)
			n++;		/* few: a count instruction is not everywhere */
		*last = 64 * word + 63 - (size_t)__builtin_clzll(bits);
	}
	return n;
}

static inline void
skip_spaces(struct cursor *c)
{
	while (c->pos < c->len && c->line[c->pos] == ' ')
		c->pos++;
}

static inline void
column_set(struct s3access_line *out, unsigned col, const char *text, size_t len)
{
	if (col >= S3ACCESS_COLUMNS)
		return;
	if (len == 1 && *text == '-') {
		text = NULL;
		len = 0;
	}
	out->col[col].text = text;
	out->col[col].len = len;
}

/* The next token: 0, or -1 at the end of the line. */
static inline int
token(struct cursor *c, const char **text, size_t *len)
{
	size_t end;

	skip_spaces(c);
	if (c->pos >= c->len)
		return -1;
	end = next_mark(c, c->space, c->pos);
	*text = c->line + c->pos;
	*len = end - c->pos;
	c->pos = end < c->len ? end + 1 : end;
	return 0;
}

static inline int
token_column(struct cursor *c, struct s3access_line *out, unsigned col)
{
	const char *text;
	size_t len;

	if (token(c, &text, &len) == -1)
		return -1;
	column_set(out, col, text, len);
	return 0;
}

static inline int
two(const char *p)
{
	unsigned a = (unsigned char)p[0] - (unsigned)'0',
	    b = (unsigned char)p[1] - (unsigned)'0';

	return a > 9 || b > 9 ? -1 : (int)(a * 10 + b);
}

static unsigned
month_number(const char *p)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	unsigned i;

	for (i = 0; i < 12; i++)
		if (memcmp(p, months + 3 * i, 3) == 0)
			return i + 1;
	return 0;
}

int
s3access_time(const char *p, size_t len, int64_t *ns)
{
	int day, century, year, hour, minute, second, oh, om, east;
	unsigned month;

	if (len != 26 || p[2] != '/' || p[6] != '/' || p[11] != ':' ||
	    p[14] != ':' || p[17] != ':' || p[20] != ' ' ||
	    (p[21] != '+' && p[21] != '-'))
		return -1;
	day = two(p);
	month = month_number(p + 3);
	century = two(p + 7);
	year = two(p + 9);
	hour = two(p + 12);
	minute = two(p + 15);
	second = two(p + 18);
	oh = two(p + 22);
	om = two(p + 24);
	if ((day | century | year | hour | minute | second | oh | om) < 0)
		return -1;
	if (day < 1 || day > 31 || month == 0 || hour > 23 || minute > 59 ||
	    second > 60 || oh > 23 || om > 59)
		return -1;
	year += 100 * century;
	if (year < 1970 || year > 2261)	/* what 64 bits of nanoseconds hold */
		return -1;
	east = oh * 3600 + om * 60;
	if (p[21] == '-')
		east = -east;
	*ns = (text_days(year, month, (unsigned)day) * 86400 + hour * 3600 +
	    minute * 60 + second - east) * NS_PER_SEC;
	return 0;
}

static int
is_operation(const char *text, size_t len)
{
	return s3access_starts(text, len, "REST.") || s3access_starts(text, len, "BATCH.") ||
	    s3access_starts(text, len, "S3.") || s3access_starts(text, len, "WEBSITE.") ||
	    s3access_starts(text, len, "SOAP.");
}

static int
is_request_id(const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (!((text[i] >= '0' && text[i] <= '9') || text[i] == '-' ||
		    ((text[i] | 0x20) >= 'a' && (text[i] | 0x20) <= 'z')))
			return 0;
	return len >= 8;
}

/*
 * Requester, request id, operation. A requester may have spaces: when the third word
 * is no operation that we know, a request id with an operation behind it is looked
 * for; operations are an open set, so without one the third word is it.
 */
static int
take_requester(struct cursor *c, struct s3access_line *out)
{
	const char *word[OPERATION_SEARCH];
	size_t len[OPERATION_SEARCH], n, after[OPERATION_SEARCH], op = 2;

	for (n = 0; n < 3; n++) {
		if (token(c, &word[n], &len[n]) == -1)
			return -1;
		after[n] = c->pos;
	}
	if (!is_operation(word[2], len[2]))
		for (; n < OPERATION_SEARCH; n++) {
			if (token(c, &word[n], &len[n]) == -1 ||
			    *word[n] == '"')
				break;
			after[n] = c->pos;
			if (is_operation(word[n], len[n]) &&
			    is_request_id(word[n - 1], len[n - 1])) {
				op = n;
				break;
			}
		}
	c->pos = after[op];
	column_set(out, COL_REQUESTER, word[0],
	    (size_t)(word[op - 2] + len[op - 2] - word[0]));
	column_set(out, COL_REQUEST_ID, word[op - 1], len[op - 1]);
	column_set(out, COL_OPERATION, word[op], len[op]);
	return 0;
}

static int
take_leading(struct cursor *c, struct s3access_line *out, int64_t *time,
    struct err *e)
{
	const char *p;
	size_t left;

	if (token_column(c, out, COL_BUCKET_OWNER) == -1 ||
	    token_column(c, out, COL_BUCKET) == -1)
		return err_set(e, "no access-log line: it has too few fields");
	skip_spaces(c);
	p = c->line + c->pos;
	left = c->len - c->pos;
	if (left < 28 || p[0] != '[' || p[27] != ']' ||
	    s3access_time(p + 1, 26, time) == -1)
		return err_set(e, "no access-log line: the third field is no "
		    "[dd/Mon/yyyy:hh:mm:ss +0000]");
	column_set(out, COL_TIME, p + 1, 26);
	c->pos += 28;
	if (token_column(c, out, COL_REMOTE_IP) == -1 ||
	    take_requester(c, out) == -1 ||
	    token_column(c, out, COL_KEY) == -1)
		return err_set(e, "the line ends before the request URI");
	return 0;
}

static inline int
is_count(const char *p, size_t len)
{
	size_t i;

	if (len == 1 && *p == '-')
		return 1;
	for (i = 0; i < len; i++)
		if (p[i] < '0' || p[i] > '9')
			return 0;
	return len > 0;
}

/*
 * The six columns behind the request URI, and that a referer can follow. 0, or -1 when
 * this is not their place; *wrong then is the first one that does not fit.
 */
static int
take_middle(struct cursor *c, struct s3access_line *out, unsigned *wrong)
{
	const char *text;
	size_t len;
	unsigned col;

	for (col = COL_HTTP_STATUS; col <= COL_TURN_AROUND_TIME; col++) {
		*wrong = col;
		if (token(c, &text, &len) == -1)
			return -1;
		if (col != COL_ERROR_CODE && !is_count(text, len))
			return -1;
		if (col == COL_HTTP_STATUS && len != 3 && *text != '-')
			return -1;
		column_set(out, col, text, len);
	}
	*wrong = COL_REFERER;
	skip_spaces(c);
	return c->pos < c->len && (c->line[c->pos] == '"' ||
	    c->line[c->pos] == '-') ? 0 : -1;
}

static int
take_uri(struct cursor *c, struct s3access_line *out, struct err *e)
{
	unsigned wrong = COL_HTTP_STATUS;
	size_t open, quote;

	skip_spaces(c);
	open = c->pos;
	if (open >= c->len)
		return err_set(e, "the line ends before the request URI");
	if (c->line[open] != '"') {
		token_column(c, out, COL_REQUEST_URI);
		if (take_middle(c, out, &wrong) == 0)
			return 0;
		return err_set(e, wrong == COL_REFERER || c->pos >= c->len ?
		    "the line ends at or before %s" :
		    "%s is not what it should be", s3access_names[wrong]);
	}
	for (quote = next_mark(c, c->quote, open + 1); quote < c->len;
	    quote = next_mark(c, c->quote, quote + 1)) {
		if (quote + 1 >= c->len || c->line[quote + 1] != ' ')
			continue;
		c->pos = quote + 2;
		if (take_middle(c, out, &wrong) == 0) {
			column_set(out, COL_REQUEST_URI, c->line + open + 1,
			    quote - open - 1);
			return 0;
		}
		out->ambiguous = 1;	/* a quote inside the URI */
	}
	return err_set(e, "no status and sizes behind the request URI");
}

/* Referer and agent, quoted both, from pos to the last quote of the line. */
static void
take_quoted(struct cursor *c, struct s3access_line *out, size_t quotes,
    size_t last)
{
	const char *line = c->line;
	size_t open = c->pos, q;

	c->pos = last + 1;
	for (q = next_mark(c, c->quote, open + 1); q + 2 < last;
	    q = next_mark(c, c->quote, q + 1)) {
		if (line[q + 1] != ' ' || line[q + 2] != '"')
			continue;
		column_set(out, COL_REFERER, line + open + 1, q - open - 1);
		column_set(out, COL_USER_AGENT, line + q + 3, last - q - 3);
		out->ambiguous |= quotes != 4;
		out->columns = COL_USER_AGENT + 1;
		return;
	}
	column_set(out, COL_REFERER, line + open + 1,
	    last > open ? last - open - 1 : 0);
	if (quotes != 2) {	/* the last one ends the agent all the same */
		out->ambiguous = 1;
		out->columns = COL_USER_AGENT + 1;
		return;
	}
	/* one quoted text only: the referer; the agent is a bare token */
	out->columns = COL_REFERER + 1;
	if (token_column(c, out, COL_USER_AGENT) == 0)
		out->columns++;
}

static void
take_referer_and_agent(struct cursor *c, struct s3access_line *out)
{
	size_t quotes, last;

	quotes = count_quotes(c, c->pos, &last);
	if (c->line[c->pos] == '"') {
		take_quoted(c, out, quotes, last);
		return;
	}
	token_column(c, out, COL_REFERER);
	out->columns = COL_REFERER + 1;
	skip_spaces(c);
	if (c->pos < c->len && c->line[c->pos] == '"' && last > c->pos) {
		column_set(out, COL_USER_AGENT, c->line + c->pos + 1,
		    last - c->pos - 1);
		c->pos = last + 1;
		out->ambiguous |= quotes != 2;
		out->columns++;
	} else if (token_column(c, out, COL_USER_AGENT) == 0) {
		out->ambiguous |= quotes != 0;
		out->columns++;
	}
}

static int
is_signature(const struct s3access_line *l, unsigned col)
{
	return l->col[col].text == NULL ||
	    s3access_starts(l->col[col].text, l->col[col].len, "Sig");
}

/* A host id with a space in it moves what follows by one: put it right again. */
static void
mend_host_id(struct s3access_line *out)
{
	const char *end;
	unsigned col;

	if (out->columns <= COL_CIPHER_SUITE ||
	    is_signature(out, COL_SIGNATURE_VERSION) ||
	    !is_signature(out, COL_CIPHER_SUITE) ||
	    out->col[COL_HOST_ID].text == NULL)
		return;
	end = out->col[COL_SIGNATURE_VERSION].text +
	    out->col[COL_SIGNATURE_VERSION].len;
	out->col[COL_HOST_ID].len =
	    (size_t)(end - out->col[COL_HOST_ID].text);
	for (col = COL_SIGNATURE_VERSION; col + 1 < S3ACCESS_COLUMNS; col++)
		out->col[col] = out->col[col + 1];
	column_set(out, COL_SOURCE_REGION, "-", 1);
	out->columns--;
}

int
s3access_read(const char *line, size_t len, struct s3access_line *out,
    int64_t *time, struct err *e)
{
	struct cursor c;

	while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
		len--;
	if (len > S3ACCESS_LINE_MAX)
		return err_set(e, "access-log line of %zu bytes is over %d",
		    len, S3ACCESS_LINE_MAX);
	memset(out, 0, sizeof *out);
	cursor_start(&c, line, len);
	if (take_leading(&c, out, time, e) == -1 ||
	    take_uri(&c, out, e) == -1)
		return -1;
	take_referer_and_agent(&c, out);
	if (out->columns <= COL_USER_AGENT)
		return err_set(e, "the line ends before the user agent");
	while (token_column(&c, out, out->columns) == 0)
		out->columns++;
	mend_host_id(out);
	return 0;
}

int
s3access_split(const char *line, size_t len, struct s3access_line *out,
    struct err *e)
{
	int64_t time;

	return s3access_read(line, len, out, &time, e);
}

const char *
s3access_key(const char *operation, size_t operation_len, const char *key,
    size_t key_len, struct arena *a, size_t *len)
{
	char *out;

	*len = key_len;
	if (key_len == 0 || (memchr(key, '%', key_len) == NULL &&
	    memchr(key, '+', key_len) == NULL))
		return key;
	out = arena_alloc(a, key_len + 1);
	*len = form_decode(out, key, key_len);
	if (!s3access_starts(operation, operation_len, "BATCH.DELETE.OBJECT") &&
	    !s3access_starts(operation, operation_len, "S3.") && form_has_escape(out, *len))
		*len = form_decode(out, out, *len);
	out[*len] = '\0';
	return out;
}
