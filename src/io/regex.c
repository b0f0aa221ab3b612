/*
 * PCRE2 behind two calls. See regex.h. PCRE2's match limit counts anew from every
 * start in the text, so on a long text a search could still take the limit times the
 * length. Long texts are therefore searched with a twin of the pattern that calls
 * back before each item, and those calls have one limit over the whole search.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "io/regex.h"

struct regex {
	pcre2_code	*code;
	pcre2_code	*counted;	/* the twin for long texts */
};

struct regex_data {
	pcre2_match_data *match;
	pcre2_match_context *limits;	/* for short texts */
	pcre2_match_context *counting;	/* for long ones */
	uint64_t	 steps;
	size_t		 at;		/* where the last step was */
	char		*clean;		/* text with its broken bytes replaced */
	size_t		 cap;
};

#define CLEAN_KEEP (1024 * 1024)	/* bytes of clean that are kept between calls */

static pcre2_code *
compile(const char *pattern, size_t len, uint32_t options, struct err *e)
{
	pcre2_compile_context *ctx;
	pcre2_code *code;
	PCRE2_UCHAR why[160];
	PCRE2_SIZE where = 0;
	int rc = 0;

	if ((ctx = pcre2_compile_context_create(NULL)) == NULL)
		abort();
	pcre2_set_newline(ctx, PCRE2_NEWLINE_LF);
	code = pcre2_compile((PCRE2_SPTR)pattern, len, options, &rc, &where, ctx);
	if (code == NULL && rc == PCRE2_ERROR_UNSUPPORTED_ESCAPE_SEQUENCE) {
		/* \u00e9, as Python and JavaScript have it */
		pcre2_set_compile_extra_options(ctx, PCRE2_EXTRA_ALT_BSUX);
		code = pcre2_compile((PCRE2_SPTR)pattern, len, options, &rc,
		    &where, ctx);
	}
	pcre2_compile_context_free(ctx);
	if (code == NULL) {
		pcre2_get_error_message(rc, why, sizeof why);
		err_set(e, "%s (at byte %zu)", (const char *)why, where + 1);
		if (e != NULL)
			e->col = (unsigned)where + 1;
	}
	return code;
}

struct regex *
regex_new(const char *pattern, size_t len, int flags, struct err *e)
{
	uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C;
	struct regex *re;

	if (len > REGEX_PATTERN_MAX) {
		err_set(e, "longer than %d bytes", REGEX_PATTERN_MAX);
		return NULL;
	}
	if (flags & REGEX_CASELESS)
		options |= PCRE2_CASELESS;
	if (flags & REGEX_MULTILINE)
		options |= PCRE2_MULTILINE;
	if (flags & REGEX_DOTALL)
		options |= PCRE2_DOTALL;
	re = xcalloc(1, sizeof *re);
	re->code = compile(pattern, len, options, e);
	if (re->code != NULL)
		re->counted = compile(pattern, len,
		    options | PCRE2_AUTO_CALLOUT, e);
	if (re->counted == NULL) {
		regex_free(re);
		return NULL;
	}
	return re;
}

void
regex_free(struct regex *re)
{
	if (re == NULL)
		return;
	pcre2_code_free(re->code);
	pcre2_code_free(re->counted);
	free(re);
}

/* Before each item: what the one before it ran over counts too, eight bytes a step. */
static int
on_step(pcre2_callout_block *block, void *arg)
{
	struct regex_data *d = arg;
	size_t at = block->current_position;

	d->steps += 1 + (at > d->at ? at - d->at : d->at - at) / 8;
	d->at = at;
	return d->steps > REGEX_TOTAL_LIMIT ? PCRE2_ERROR_CALLOUT : 0;
}

static pcre2_match_context *
limits_new(void)
{
	pcre2_match_context *ctx;

	if ((ctx = pcre2_match_context_create(NULL)) == NULL)
		abort();
	pcre2_set_match_limit(ctx, REGEX_MATCH_LIMIT);
	pcre2_set_depth_limit(ctx, REGEX_DEPTH_LIMIT);
	pcre2_set_heap_limit(ctx, REGEX_HEAP_KIB);
	return ctx;
}

struct regex_data *
regex_data_new(void)
{
	struct regex_data *d;

	d = xcalloc(1, sizeof *d);
	d->limits = limits_new();
	d->counting = limits_new();
	pcre2_set_callout(d->counting, on_step, d);
	if ((d->match = pcre2_match_data_create(1, NULL)) == NULL)
		abort();
	return d;
}

void
regex_data_free(struct regex_data *d)
{
	if (d == NULL)
		return;
	pcre2_match_data_free(d->match);
	pcre2_match_context_free(d->limits);
	pcre2_match_context_free(d->counting);
	free(d->clean);
	free(d);
}

/* How many bytes from the start are valid UTF-8. */
static size_t
valid_prefix(const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	uint64_t eight;
	uint32_t cp;
	size_t n;

	while (p < end) {
		if (end - p >= 8) {
			memcpy(&eight, p, 8);
			if ((eight & 0x8080808080808080ULL) == 0) {
				p += 8;
				continue;
			}
		}
		if ((unsigned char)*p < 0x80) {
			p++;
			continue;
		}
		if ((n = utf8_decode(p, end, &cp)) == 0)
			break;
		p += n;
	}
	return (size_t)(p - text);
}

/* Each byte that is no UTF-8 becomes U+FFFD. */
static const char *
clean(struct regex_data *d, const char *text, size_t *len)
{
	const char *p = text, *end = text + *len;
	uint32_t cp;
	size_t n, at = 0;

	d->clean = xgrow(d->clean, &d->cap, 3 * *len, 1);
	while (p < end) {
		if ((n = utf8_decode(p, end, &cp)) > 0) {
			memcpy(d->clean + at, p, n);
			at += n;
			p += n;
		} else {
			memcpy(d->clean + at, "\xef\xbf\xbd", 3);
			at += 3;
			p++;
		}
	}
	*len = at;
	return d->clean;
}

static int
result(int rc, struct err *e)
{
	if (rc >= 0)
		return 1;
	switch (rc) {
	case PCRE2_ERROR_NOMATCH:
		return 0;
	case PCRE2_ERROR_MATCHLIMIT:
		return err_set(e, "the regex needs over %d backtracking steps on "
		    "this value", REGEX_MATCH_LIMIT);
	case PCRE2_ERROR_CALLOUT:
		return err_set(e, "the regex needs over %d steps on this long "
		    "value", REGEX_TOTAL_LIMIT);
	case PCRE2_ERROR_DEPTHLIMIT:
		return err_set(e, "the regex nests deeper than %d on this value",
		    REGEX_DEPTH_LIMIT);
	case PCRE2_ERROR_HEAPLIMIT:
	case PCRE2_ERROR_NOMEMORY:
		return err_set(e, "the regex needs over %d KiB on this value",
		    REGEX_HEAP_KIB);
	default:
		return err_set(e, "the regex failed on this value (PCRE2 error "
		    "%d)", rc);
	}
}

int
regex_search(const struct regex *re, struct regex_data *d, const char *text,
    size_t len, struct err *e)
{
	int rc;

	if (len == 0)
		text = "";
	if (valid_prefix(text, len) != len)
		text = clean(d, text, &len);
	if (len < REGEX_LONG) {
		rc = pcre2_match(re->code, (PCRE2_SPTR)text, len, 0,
		    PCRE2_NO_UTF_CHECK, d->match, d->limits);
	} else {
		d->steps = d->at = 0;
		rc = pcre2_match(re->counted, (PCRE2_SPTR)text, len, 0,
		    PCRE2_NO_UTF_CHECK, d->match, d->counting);
	}
	if (d->cap > CLEAN_KEEP) {
		free(d->clean);
		d->clean = NULL;
		d->cap = 0;
	}
	return result(rc, e);
}
