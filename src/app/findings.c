/*
 * Findings as text, JSON lines or CSV, and their counts. See findings.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "app/findings.h"
#include "base/map.h"
#include "base/mem.h"
#include "base/text.h"
#include "output/output.h"

#define FINDING_MAX (64 * 1024 * 1024)
#define SUMMARY_ROWS 15
#define ACTORS_MAX 100000		/* told apart; the rest counts as one */

const char *const findings_formats[] = { "text", "json", "csv", NULL };

struct tally {
	char		*what;
	enum level	 level;
	uint64_t	 n;
};

struct findings {
	FILE			*out;
	enum findings_format	 format;
	int			 color;
	uint64_t		 count;
	struct tally		*rules;		/* by number */
	size_t			 nrules;
	struct map		*actors;	/* -> struct tally */
	struct buf		 buf;
};

struct findings *
findings_new(FILE *out, enum findings_format format, size_t rules, int color)
{
	struct findings *f = xcalloc(1, sizeof *f);

	f->out = out;
	f->format = format;
	f->color = color;
	f->rules = xcalloc(rules, sizeof *f->rules);
	f->nrules = rules;
	f->actors = map_new();
	f->buf = (struct buf)BUF_INIT(FINDING_MAX);
	if (format == FINDINGS_CSV)
		fputs("id,time,level,rule_id,rule_title,actor,action,bucket,key,"
		    "source_ip,account,region,object,record\r\n", out);
	return f;
}

static void
tally_free(void *arg)
{
	struct tally *t = arg;

	free(t->what);
	free(t);
}

void
findings_free(struct findings *f)
{
	size_t i;

	if (f == NULL)
		return;
	for (i = 0; i < f->nrules; i++)
		free(f->rules[i].what);
	free(f->rules);
	map_free(f->actors, tally_free);
	buf_clear(&f->buf);
	free(f);
}

static void
tally_add(struct tally *t, const char *what, enum level level)
{
	if (t->n++ == 0)
		t->what = xstrdup(what);
	if (level > t->level)
		t->level = level;
}

static void
actor_add(struct map *m, const char *actor, enum level level)
{
	struct tally *t = map_get(m, actor);

	if (t == NULL && map_count(m) >= ACTORS_MAX) {
		actor = "(others)";
		t = map_get(m, actor);
	}
	if (t == NULL) {
		t = xcalloc(1, sizeof *t);
		map_set(m, actor, t);
	}
	tally_add(t, actor, level);
}

/*
 * One CSV cell (RFC 4180). Control characters are made visible, and a cell that a
 * spreadsheet would take for a formula gets an apostrophe in front.
 */
static void
csv_cell(struct buf *b, const char *s, const char *end)
{
	char safe[4096];
	const char *p;

	if (s != NULL) {
		text_printable(safe, sizeof safe, s, strlen(s));
		buf_addc(b, '"');
		if (strchr("=+-@", safe[0]) != NULL && safe[0] != '\0')
			buf_addc(b, '\'');
		for (p = safe; *p != '\0'; p++) {
			if (*p == '"')
				buf_addc(b, '"');
			buf_addc(b, *p);
		}
		buf_addc(b, '"');
	}
	buf_adds(b, end);
}

static void
render_csv(const struct alert *a, struct buf *b)
{
	char number[24], when[32];

	snprintf(number, sizeof number, "%" PRIu64, a->record);
	csv_cell(b, a->id, ",");
	csv_cell(b, a->event_time == RECORD_TIME_NONE ? NULL :
	    text_time_format(a->event_time, when), ",");
	csv_cell(b, level_names[a->rule.level], ",");
	csv_cell(b, a->rule.id, ",");
	csv_cell(b, a->rule.title, ",");
	csv_cell(b, a->common[COMMON_ACTOR], ",");
	csv_cell(b, a->common[COMMON_ACTION], ",");
	csv_cell(b, a->common[COMMON_BUCKET], ",");
	csv_cell(b, a->common[COMMON_KEY], ",");
	csv_cell(b, a->common[COMMON_SOURCE_IP], ",");
	csv_cell(b, a->common[COMMON_ACCOUNT], ",");
	csv_cell(b, a->common[COMMON_REGION], ",");
	csv_cell(b, a->object, ",");
	csv_cell(b, number, "\r\n");
}

int
findings_add(struct findings *f, const struct alert *a, size_t rule)
{
	const char *actor = a->common[COMMON_ACTOR];

	f->count++;
	tally_add(&f->rules[rule], a->rule.title, a->rule.level);
	actor_add(f->actors, actor ? actor : "(no actor named)", a->rule.level);
	buf_reset(&f->buf);
	switch (f->format) {
	case FINDINGS_TEXT:
		render_text(a, f->color, &f->buf);
		break;
	case FINDINGS_JSON:
		return 0;		/* findings_lines() */
	case FINDINGS_CSV:
		render_csv(a, &f->buf);
		break;
	}
	return fwrite(buf_text(&f->buf), 1, f->buf.len, f->out) == f->buf.len ? 0 :
	    -1;
}

int
findings_lines(struct findings *f, const char *lines, size_t len)
{
	return len == 0 || f->format != FINDINGS_JSON ||
	    fwrite(lines, 1, len, f->out) == len ? 0 : -1;
}

uint64_t
findings_count(const struct findings *f)
{
	return f->count;
}

static int
by_weight(const void *pa, const void *pb)
{
	const struct tally *a = *(const struct tally *const *)pa;
	const struct tally *b = *(const struct tally *const *)pb;

	if (a->level != b->level)
		return a->level < b->level ? 1 : -1;
	if (a->n != b->n)
		return a->n < b->n ? 1 : -1;
	return strcmp(a->what, b->what);
}

static void
print_tallies(struct tally **list, size_t n, const char *title, FILE *out)
{
	char safe[128], count[32];
	size_t i, shown = n < SUMMARY_ROWS ? n : SUMMARY_ROWS;

	qsort(list, n, sizeof *list, by_weight);
	fprintf(out, "\n%s\n", title);
	for (i = 0; i < shown; i++)
		fprintf(out, "  %8s  %-13s  %s\n",
		    text_thousands(list[i]->n, count), level_names[list[i]->level],
		    text_printable(safe, sizeof safe, list[i]->what,
		    strlen(list[i]->what)));
	if (n > shown)
		fprintf(out, "  %8s  and %zu more\n", "", n - shown);
}

void
findings_summary(const struct findings *f, FILE *out)
{
	struct tally **list;
	const char *key;
	size_t i, n, pos;
	void *value;

	if (f->count == 0)
		return;
	list = xcalloc(f->nrules + map_count(f->actors), sizeof *list);
	for (i = n = 0; i < f->nrules; i++)
		if (f->rules[i].n > 0)
			list[n++] = &f->rules[i];
	print_tallies(list, n, "By rule (findings, level, title)", out);
	n = pos = 0;
	while (map_next(f->actors, &pos, &key, &value))
		list[n++] = value;
	print_tallies(list, n, "By actor (findings, highest level, who)", out);
	free(list);
}
