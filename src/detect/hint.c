/*
 * Literals of regular expressions. See hint.h. Only what stands outside of groups and
 * classes is looked at; whatever is not plainly understood gives no hint.
 */
#include <string.h>

#include "base/text.h"
#include "detect/hint.h"

struct scan {
	const char	*p, *end;
	char		*run;		/* the plain text being collected */
	size_t		 len, last;	/* last: where its last character begins */
	char		*best;
	size_t		 best_len;
	int		 caseless;
};

static void
run_end(struct scan *s)
{
	if (s->len > s->best_len) {
		memcpy(s->best, s->run, s->len);
		s->best_len = s->len;
	}
	s->len = s->last = 0;
}

static void
run_add(struct scan *s, const char *p, size_t n)
{
	if (s->caseless && (unsigned char)*p >= 0x80) {
		run_end(s);
		return;
	}
	s->last = s->len;
	memcpy(s->run + s->len, p, n);
	s->len += n;
}

/* Behind a class that starts at p ('['), or NULL. */
static const char *
skip_class(const char *p, const char *end)
{
	p++;
	if (p < end && *p == '^')
		p++;
	if (p < end && *p == ']')
		p++;
	for (; p < end && *p != ']'; p++) {
		if (*p == '\\')
			p++;
		else if (*p == '[' && p + 1 < end && (p[1] == ':' ||
		    p[1] == '.' || p[1] == '=')) {
			const char *close = memchr(p + 2, p[1],
			    (size_t)(end - p - 2));

			if (close != NULL && close + 1 < end && close[1] == ']')
				p = close + 1;
		}
	}
	return p < end ? p + 1 : NULL;
}

/* Behind a group that starts at p ('('), or NULL. */
static const char *
skip_group(const char *p, const char *end)
{
	int depth = 0;

	while (p < end) {
		if (*p == '\\') {
			if (p + 1 < end && (p[1] == 'Q' || p[1] == 'E'))
				return NULL;
			p += 2;
			continue;
		}
		if (*p == '[') {
			if ((p = skip_class(p, end)) == NULL)
				return NULL;
			continue;
		}
		if (*p == '(') {
			depth++;
			if (p + 1 < end && p[1] == '*')
				return NULL;
			if (p + 2 < end && p[1] == '?' && p[2] == '#')
				return NULL;
		} else if (*p == ')' && --depth == 0)
			return p + 1;
		p++;
	}
	return NULL;
}

/* "(?i)" and the like at the very start. 1 taken, 0 there is none, -1 no hint */
static int
leading_flags(struct scan *s)
{
	const char *p = s->p;

	if (s->end - p < 3 || p[0] != '(' || p[1] != '?')
		return 0;
	for (p += 2; p < s->end && (*p == 'i' || *p == 's' || *p == 'm'); p++)
		if (*p == 'i')
			s->caseless = 1;
	if (p == s->p + 2)
		return 0;
	if (p == s->end || *p != ')')
		return -1;
	s->p = p + 1;
	return 1;
}

/* A quantifier at p: 1 with its end and whether it allows none; 0; -1 no hint */
static int
quantifier(const char *p, const char *end, const char **behind, int *none)
{
	const char *q = p + 1;

	*none = *p == '*' || *p == '?';
	if (*p == '{') {
		*none = 1;
		if (q < end && *q == ',')
			return -1;
		for (; q < end && *q >= '0' && *q <= '9'; q++)
			if (*q != '0')
				*none = 0;
		if (q == p + 1)
			return 0;
		if (q < end && *q == ',')
			for (q++; q < end && *q >= '0' && *q <= '9'; q++)
				;
		if (q == end || *q != '}')
			return 0;
		q++;
	}
	if (q < end && (*q == '?' || *q == '+'))
		q++;
	*behind = q;
	return 1;
}

/* 0 goes on, -1 no hint at all */
static int
step(struct scan *s)
{
	const char *p = s->p, *behind;
	uint32_t cp;
	size_t n;
	int rc, none;

	switch (*p) {
	case '|':
	case ')':
		return -1;
	case '\\':
		if (s->end - p < 2)
			return -1;
		if (strchr("dDsSwWbBAzZtnrfae", p[1]) != NULL && p[1] != '\0')
			run_end(s);
		else if ((unsigned char)p[1] < 0x80 && p[1] > ' ' &&
		    strchr("0123456789", p[1]) == NULL &&
		    !((p[1] | 32) >= 'a' && (p[1] | 32) <= 'z'))
			run_add(s, p + 1, 1);
		else
			return -1;
		s->p += 2;
		return 0;
	case '[':
		run_end(s);
		s->p = skip_class(p, s->end);
		return s->p != NULL ? 0 : -1;
	case '(':
		run_end(s);
		if (s->end - p > 2 && p[1] == '?' && p[2] != ':' && p[2] != '=' &&
		    p[2] != '!' && p[2] != '<' && p[2] != '>' && p[2] != 'P')
			return -1;
		s->p = skip_group(p, s->end);
		return s->p != NULL ? 0 : -1;
	case '.':
	case '^':
	case '$':
		run_end(s);
		s->p++;
		return 0;
	case '*':
	case '+':
	case '?':
	case '{':
		rc = quantifier(p, s->end, &behind, &none);
		if (rc == -1)
			return -1;
		if (rc == 1) {
			if (none && s->len > 0)
				s->len = s->last;
			run_end(s);
			s->p = behind;
			return 0;
		}
		break;
	default:
		break;
	}
	n = utf8_decode(p, s->end, &cp);
	if (n == 0 || cp == 0xfffd)
		return -1;
	run_add(s, p, n);
	s->p += n;
	return 0;
}

const char *
hint_literal(struct arena *a, const char *pattern, size_t len, int *caseless,
    size_t *literal_len)
{
	struct scan s = { .p = pattern, .end = pattern + len,
	    .caseless = *caseless };
	char *folded;

	s.run = arena_alloc(a, len + 1);
	s.best = arena_alloc(a, len + 1);
	if (leading_flags(&s) == -1)
		return NULL;
	while (s.p < s.end)
		if (step(&s) == -1)
			return NULL;
	run_end(&s);
	if (s.best_len < 2)
		return NULL;
	*caseless = s.caseless;
	*literal_len = s.best_len;
	if (!s.caseless)
		return s.best;
	folded = arena_alloc(a, 3 * s.best_len + 1);
	*literal_len = text_fold(folded, s.best, s.best_len);
	return folded;
}
