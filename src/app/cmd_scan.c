/*
 * bucketwatch scan: the daemon's judgement over files and folders, once.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/cmd.h"
#include "app/config.h"
#include "app/crew.h"
#include "app/findings.h"
#include "app/progress.h"
#include "app/rules.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/text.h"
#include "io/crypto.h"
#include "source/source.h"
#include "store/seen.h"
#include "store/store.h"

/* Set by SIGINT and SIGTERM: end at the next part, with what is known so far. */
static volatile sig_atomic_t interrupted;

static void
on_interrupt(int signo)
{
	interrupted = signo;
}

#define GLOBS_MAX 64
#define RULES_MAX 256
#define SHOWN_ERRORS_MAX 3		/* of one object */
#define WAIT_MS 100			/* for a part, between looks at the clock */

static const char help_text[] =
"usage: bucketwatch scan [OPTION]... PATH...\n"
"\n"
"Reads files, folders or - (standard input), judges every record, prints findings on\n"
"standard output; progress, errors and a summary on standard error.\n"
"\n"
"  --rules PATH        rules from this file or folder only (may be repeated)\n"
"  --config FILE       limits and rule placeholders from this config\n"
"  --input MODE        auto (default), json (any JSON lines; every rule runs, whatever\n"
"                      its logsource; nothing is a duplicate) or s3access\n"
"  --time-field NAME   with --input json: the field that holds a record's time\n"
"                      (ISO 8601 or epoch seconds)\n"
"  --since TIME        only records from that time on: 2026-01-15, 2026-01-15T08:00Z,\n"
"  --until TIME        or an age like 7d; and only those before\n"
"  --level LEVEL       only findings of that level or above\n"
"  --include GLOB      only files of a folder that match (may be repeated)\n"
"  --exclude GLOB      not these (may be repeated)\n"
"  --format FORMAT     text (default), json (one object a line) or csv\n"
"  --color WHEN        auto (default), always, never\n"
"  --summary FILE      counts as one JSON object (- for standard error)\n"
"  --state FILE        remember objects and records there, and what was found: a\n"
"                      second scan tells only what is new\n"
"  --threads N         workers (default: one a core)\n"
"  --inflate HOW       auto (default: the fastest library of this build) or zlib\n"
"  --quiet             no summary for people\n"
"  --help              this text\n"
"\n"
"exit code: 0 nothing found, 1 findings, 2 wrong use, config or rules, 3 some input\n"
"could not be read (wins over 1; findings are printed all the same)\n";

struct scan_args {
	char		*rules[RULES_MAX + 1];
	const char	*include[GLOBS_MAX + 1], *exclude[GLOBS_MAX + 1];
	size_t		 nrules, ninclude, nexclude;
	const char	*config, *time_field, *summary, *state;
	enum input_mode	 mode;
	enum findings_format format;
	enum level	 level;
	int64_t		 since, until;
	long		 threads;
	int		 color, quiet;	/* color: -1 auto */
	int		 zlib_alone;
};

struct scan {
	const struct scan_args	*args;
	struct config		 config;
	struct ruleset		*rules;
	struct crew		*crew;
	struct findings		*findings;
	struct seen		*seen;		/* without --state */
	struct store		*store;		/* with it */
	struct object		**objects;
	size_t			 nobjects, cap, next;
	struct progress		 progress;
	uint64_t		 total_bytes;
	uint64_t		 read, skipped_objects, digests, failed;
	uint64_t		 bytes_in, bytes_out, records, dups, errors, outside;
	uint64_t		 object_errors;	/* of the object being read */
	uint8_t			*dup;
	size_t			 dup_cap;
	int			 broken;	/* standard output is gone */
};

/* -- arguments ----------------------------------------------------------------- */

static int
time_arg(const char *option, const char *text, int64_t now, int64_t *out)
{
	int64_t age;

	if (text_time(text, strlen(text), out) == 0)
		return 0;
	if (text_duration(text, &age) == 0) {
		*out = now - age;
		return 0;
	}
	cmd_usage("scan", "%s takes a time like 2026-01-15T08:00:00Z or an age like "
	    "7d, not \"%s\"", option, text);
	return -1;
}

static int
word_arg(const char *option, const char *text, const char *const *words)
{
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], text) == 0)
			return i;
	cmd_usage("scan", "%s does not take \"%s\"", option, text);
	return -1;
}

static int
list_arg(const char *option, const char **list, size_t *n, size_t max,
    const char *text)
{
	if (*n >= max) {
		cmd_usage("scan", "%s was given more than %zu times", option, max);
		return -1;
	}
	list[(*n)++] = text;
	return 0;
}

/* 0 go on, 1 end with *rc. */
static int
scan_args_read(struct scan_args *a, int argc, char **argv, int *rc)
{
	static const struct option options[] = {
		{ "rules", required_argument, NULL, 'r' },
		{ "config", required_argument, NULL, 'c' },
		{ "input", required_argument, NULL, 'i' },
		{ "time-field", required_argument, NULL, 'T' },
		{ "since", required_argument, NULL, 's' },
		{ "until", required_argument, NULL, 'u' },
		{ "level", required_argument, NULL, 'l' },
		{ "include", required_argument, NULL, 'n' },
		{ "exclude", required_argument, NULL, 'x' },
		{ "format", required_argument, NULL, 'f' },
		{ "color", required_argument, NULL, 'C' },
		{ "summary", required_argument, NULL, 'S' },
		{ "state", required_argument, NULL, 'd' },
		{ "threads", required_argument, NULL, 't' },
		{ "inflate", required_argument, NULL, 'I' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	static const char *const inputs[] = { "auto", "json", "s3access", NULL };
	static const char *const inflates[] = { "auto", "zlib", NULL };
	static const char *const colors[] = { "never", "always", "auto", NULL };
	int64_t now = clock_wall();
	int opt, word, bad = 0;

	*rc = EXIT_USAGE;
	while (!bad && (opt = getopt_long(argc, argv, "hq", options, NULL)) != -1) {
		switch (opt) {
		case 'r':
			bad = list_arg("--rules", (const char **)a->rules, &a->nrules,
			    RULES_MAX, optarg);
			break;
		case 'n':
			bad = list_arg("--include", a->include, &a->ninclude,
			    GLOBS_MAX, optarg);
			break;
		case 'x':
			bad = list_arg("--exclude", a->exclude, &a->nexclude,
			    GLOBS_MAX, optarg);
			break;
		case 'i':
			if ((word = word_arg("--input", optarg, inputs)) == -1)
				return 1;
			a->mode = (enum input_mode)word;
			break;
		case 'f':
			word = word_arg("--format", optarg, findings_formats);
			if (word == -1)
				return 1;
			a->format = (enum findings_format)word;
			break;
		case 'l':
			if (level_parse(optarg, &a->level) == -1)
				bad = cmd_usage("scan", "--level takes informational, "
				    "low, medium, high or critical");
			break;
		case 'C':
			if ((word = word_arg("--color", optarg, colors)) == -1)
				return 1;
			a->color = word == 2 ? -1 : word;
			break;
		case 'I':
			if ((word = word_arg("--inflate", optarg, inflates)) == -1)
				return 1;
			a->zlib_alone = word;
			break;
		case 's': bad = time_arg("--since", optarg, now, &a->since); break;
		case 'u': bad = time_arg("--until", optarg, now, &a->until); break;
		case 't':
			bad = cmd_number("scan", "--threads", optarg, 1, 256,
			    &a->threads);
			break;
		case 'c': a->config = optarg; break;
		case 'T': a->time_field = optarg; break;
		case 'S': a->summary = optarg; break;
		case 'd': a->state = optarg; break;
		case 'q': a->quiet = 1; break;
		case 'h':
			fputs(help_text, stdout);
			*rc = 0;
			return 1;
		default:
			bad = cmd_usage("scan", "that is not an option of it");
			break;
		}
	}
	if (!bad && optind >= argc)
		bad = cmd_usage("scan", "what shall be read? Name files, folders or -");
	if (!bad && a->time_field != NULL && a->mode != INPUT_JSON)
		bad = cmd_usage("scan", "--time-field goes with --input json");
	return bad != 0;
}

/* -- objects ------------------------------------------------------------------- */

/*
 * A folder may hold more files than may be open at a time: each is opened again when
 * its turn has come. Not so what can be read only once: standard input, a pipe.
 */
static void
close_for_now(struct object *o)
{
	struct stat st;

	if (o->fd == -1 || strcmp(o->name, "-") == 0 || fstat(o->fd, &st) == -1 ||
	    !S_ISREG(st.st_mode))
		return;
	close(o->fd);
	o->fd = -1;
}

static void
on_object(void *arg, struct object *o)
{
	struct scan *s = arg;

	close_for_now(o);
	s->objects = xgrow(s->objects, &s->cap, s->nobjects + 1,
	    sizeof *s->objects);
	s->objects[s->nobjects++] = o;
	s->total_bytes += o->size;
}

static void
tell(struct scan *s, const char *file, uint64_t record, const char *msg)
{
	struct err e = { .file = file, .line = (unsigned)record };
	char text[ERR_TEXT_MAX];

	s->errors++;
	if (s->object_errors++ >= SHOWN_ERRORS_MAX)
		return;
	snprintf(e.msg, sizeof e.msg, "%s", msg);
	progress_clear(&s->progress);
	fprintf(stderr, "%s\n", err_text(&e, text, sizeof text));
}

static void
tell_sum(struct scan *s, const char *file)
{
	struct err e = { .file = file };
	char text[ERR_TEXT_MAX];

	err_set(&e, "%" PRIu64 " errors in all", s->object_errors);
	e.file = file;
	progress_clear(&s->progress);
	fprintf(stderr, "%s\n", err_text(&e, text, sizeof text));
}

/* With --state: has this very object been read already? */
static int
known(struct scan *s, const struct object *o)
{
	struct ledger_entry entry;
	struct err e;
	int rc;

	if (s->store == NULL)
		return 0;
	rc = store_ledger_get(s->store, o->source, o->name, &entry, &e);
	if (rc == -1) {		/* told; it is read, as if it were new */
		s->object_errors = 0;
		tell(s, s->args->state, 0, e.msg);
	}
	if (rc != 1)
		return 0;
	return entry.state == LEDGER_DONE && entry.size == o->size &&
	    entry.mtime == o->mtime && strcmp(entry.version, o->version) == 0;
}

/* Hands out objects until the crew has enough. */
static void
push_objects(struct scan *s)
{
	char msg[ERR_MSG_MAX];
	struct object *o;

	while (s->next < s->nobjects) {
		o = s->objects[s->next];
		if (known(s, o)) {
			s->skipped_objects++;
			s->total_bytes -= o->size;
			object_free(o);
			s->next++;
			continue;
		}
		if (o->fd == -1)
			o->fd = open(o->name, O_RDONLY | O_CLOEXEC);
		if (o->fd == -1) {
			snprintf(msg, sizeof msg, "cannot be opened: %s",
			    strerror(errno));
			s->object_errors = 0;
			tell(s, o->name, 0, msg);
			s->failed++;
			object_free(o);
			s->next++;
			continue;
		}
		if (crew_push(s->crew, o) == -1) {
			close_for_now(o);
			return;
		}
		s->next++;
	}
}

/* -- parts --------------------------------------------------------------------- */

/* 1 it is a finding, 0 it is known already, -1 with e. */
static int
add_hit(struct scan *s, const struct part *part, const struct hit *hit, int64_t now,
    struct err *e)
{
	const char *none[1] = { NULL };
	struct alert a;
	int added = 1;

	hit_alert(s->rules, part, hit, &a);
	if (s->store != NULL && store_alert_add(s->store, a.id, hit->time,
	    (int)a.rule.level, part->lines.data + hit->line, hit->line_len, none, now,
	    &added, e) == -1)
		return -1;
	if (added && findings_add(s->findings, &a, hit->rule) == -1)
		s->broken = 1;
	return added;
}

/* All hits of a part but those of duplicates; their lines are printed in runs. */
static int
add_hits(struct scan *s, const struct part *part, int64_t now, struct err *e)
{
	size_t from = 0, to = 0, i;
	int rc;

	for (i = 0; i < part->nhits; i++) {
		const struct hit *hit = &part->hits[i];

		if (hit->id_index != UINT32_MAX && s->dup[hit->id_index])
			continue;
		if ((rc = add_hit(s, part, hit, now, e)) == -1)
			return -1;
		if (rc == 0)
			continue;
		if (hit->line != to) {
			s->broken |= findings_lines(s->findings,
			    part->lines.data + from, to - from) == -1;
			from = hit->line;
		}
		to = hit->line + hit->line_len + 1;
	}
	if (part->lines.len > 0)
		s->broken |= findings_lines(s->findings, part->lines.data + from,
		    to - from) == -1;
	return 0;
}

static int
mark_dups(struct scan *s, const struct part *part, int64_t now, struct err *e)
{
	size_t i;

	s->dup = xgrow(s->dup, &s->dup_cap, part->nids + 1, 1);
	if (s->store != NULL) {
		if (store_seen(s->store, part->ids, part->nids, s->dup, now, e) == -1)
			return -1;
	} else {
		seen_add_many(s->seen, part->ids, part->nids, s->dup, now);
	}
	for (i = 0; i < part->nids; i++)
		s->dups += s->dup[i];
	return 0;
}

static int
write_ledger(struct scan *s, const struct part *part, int64_t now, struct err *e)
{
	const struct object *o = part->object;
	struct ledger_entry entry = { .state = part->end == PART_DONE ? LEDGER_DONE :
	    LEDGER_FAILED, .size = o->size, .mtime = o->mtime, .at = now,
	    .records = part->record_count, .tries = part->end != PART_DONE };

	/* what was only looked at in part is to be read again another time */
	if (s->store == NULL || strcmp(o->name, "-") == 0 ||
	    s->args->since != RECORD_TIME_NONE ||
	    s->args->until != RECORD_TIME_NONE ||
	    s->args->level > LEVEL_INFORMATIONAL)
		return 0;
	snprintf(entry.version, sizeof entry.version, "%s", o->version);
	if (part->by_line)
		entry.offset = part->consumed;
	return store_ledger_put(s->store, o->source, o->name, &entry, e);
}

static int
take_part(struct scan *s, struct part *part, struct err *e)
{
	int64_t now = clock_wall();
	size_t i;
	int rc = -1;

	if (s->store != NULL && store_begin(s->store, e) == -1)
		return -1;
	if (mark_dups(s, part, now, e) == -1)
		goto out;
	if (part->nhits > 0)
		progress_clear(&s->progress);
	if (add_hits(s, part, now, e) == -1)
		goto out;
	s->records += part->records;
	s->outside += part->skipped;
	s->bytes_in += part->bytes_in;
	s->bytes_out += part->bytes_out;
	for (i = 0; i < part->nerrors; i++)
		tell(s, part->object->name, part->errors[i].record,
		    part->errors[i].msg);
	s->errors += part->error_count - part->nerrors;
	s->object_errors += part->error_count - part->nerrors;
	if (part->end != PART_MORE) {
		if (write_ledger(s, part, now, e) == -1)
			goto out;
		if (s->object_errors > SHOWN_ERRORS_MAX)
			tell_sum(s, part->object->name);
		s->object_errors = 0;
		s->read++;
		s->digests += part->digest != 0;
		s->failed += part->end == PART_DAMAGED;
	}
	if (s->progress.on)
		fflush(stdout);		/* not after the bar */
	/* What is committed must have been told. */
	if (s->store != NULL && (fflush(stdout) != 0 || s->broken)) {
		s->broken = 1;
		rc = 0;
		goto out;
	}
	rc = s->store != NULL ? store_commit(s->store, e) : 0;
	return rc;
out:
	if (s->store != NULL)
		store_rollback(s->store);
	return rc;
}

static int
scan_all(struct scan *s, struct err *e)
{
	struct part *part;
	int rc;

	push_objects(s);
	while (crew_busy(s->crew) > 0 && !s->broken && !interrupted) {
		part = crew_wait(s->crew, WAIT_MS);
		if (part != NULL) {
			rc = take_part(s, part, e);
			if (part->end != PART_MORE)
				object_free(part->object);
			part_free(part);
			if (rc == -1)
				return -1;
			push_objects(s);
		}
		progress_show(&s->progress, s->bytes_in, s->records,
		    findings_count(s->findings), clock_mono());
	}
	return 0;
}

/* -- the end ------------------------------------------------------------------- */

static size_t
rules_active(const struct scan *s)
{
	size_t i, n = 0;

	for (i = 0; i < ruleset_count(s->rules); i++) {
		const struct rule_info *r = ruleset_info(s->rules, i);

		n += !r->correlation && !r->silent && (r->kinds != 0 ||
		    s->args->mode == INPUT_JSON);
	}
	return n;
}

static int
write_summary(const struct scan *s, double seconds)
{
	FILE *f = strcmp(s->args->summary, "-") == 0 ? stderr :
	    fopen(s->args->summary, "we");

	if (f == NULL) {
		fprintf(stderr, "bucketwatch scan: cannot write %s: %m\n",
		    s->args->summary);
		return -1;
	}
	fprintf(f, "{\"objects\":%" PRIu64 ",\"objects_known\":%" PRIu64
	    ",\"objects_failed\":%" PRIu64 ",\"digests\":%" PRIu64
	    ",\"bytes_read\":%" PRIu64 ",\"bytes_decompressed\":%" PRIu64
	    ",\"records\":%" PRIu64 ",\"outside_time\":%" PRIu64
	    ",\"duplicates\":%" PRIu64 ",\"errors\":%" PRIu64 ",\"findings\":%" PRIu64
	    ",\"rules\":%zu,\"seconds\":%.3f}\n", s->read, s->skipped_objects,
	    s->failed, s->digests, s->bytes_in, s->bytes_out, s->records, s->outside,
	    s->dups, s->errors, findings_count(s->findings), rules_active(s),
	    seconds);
	if (f != stderr && fclose(f) != 0) {
		fprintf(stderr, "bucketwatch scan: cannot write %s: %m\n",
		    s->args->summary);
		return -1;
	}
	return 0;
}

static void
people_summary(const struct scan *s, double seconds)
{
	char a[32], b[16], c[32], d[32], e[32];

	findings_summary(s->findings, stderr);
	fprintf(stderr, "\n%s records in %" PRIu64 " objects (%s) in %.1fs: %s "
	    "findings", text_thousands(s->records, a), s->read,
	    text_bytes(s->bytes_out, b), seconds,
	    text_thousands(findings_count(s->findings), c));
	if (s->dups > 0)
		fprintf(stderr, ", %s duplicates", text_thousands(s->dups, d));
	if (s->skipped_objects > 0)
		fprintf(stderr, ", %" PRIu64 " objects known already",
		    s->skipped_objects);
	if (s->errors > 0)
		fprintf(stderr, ", %s errors", text_thousands(s->errors, e));
	fputc('\n', stderr);
}

static int
scan_open(struct scan *s, struct errs *es)
{
	const struct scan_args *a = s->args;
	struct worker_options o = { .mode = a->mode, .time_field = a->time_field,
	    .slow_inflate = a->zlib_alone, .since = a->since, .until = a->until,
	    .level = a->level,
	    .lines = a->format == FINDINGS_JSON || a->state != NULL };
	struct store_options so;
	struct err e;

	if (config_read(&s->config, a->config, es) == -1)
		return -1;
	s->rules = rules_load(a->nrules > 0 ? (char *const *)a->rules :
	    s->config.rules, s->config.placeholders, s->config.nplaceholders, es);
	if (s->rules == NULL || errs_fatal(es) > 0)
		return -1;
	if (a->state != NULL) {
		so = (struct store_options){ a->state, s->config.look_back,
		    (size_t)s->config.seen_memory, s->config.keep_alerts };
		s->store = store_open(&so, clock_wall(), &e);
		if (s->store == NULL) {
			errs_add(es, &e);
			return -1;
		}
		o.id_seed = store_seed(s->store);
	} else {
		crypto_random(&o.id_seed, sizeof o.id_seed);
		s->seen = seen_new((size_t)s->config.seen_memory,
		    s->config.look_back);
	}
	o.rules = s->rules;
	o.record_max = (size_t)s->config.record_max;
	o.gunzip.out_max = (uint64_t)s->config.object_max;
	o.gunzip.ratio_max = (unsigned)s->config.ratio_max;
	s->crew = crew_new(&o, (unsigned)(a->threads ? a->threads :
	    s->config.threads));
	s->findings = findings_new(stdout, a->format, ruleset_count(s->rules),
	    a->color == -1 ?
	    isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL : a->color);
	return 0;
}

/* A state file that no daemon sweeps must not grow for ever. */
static void
expire(struct scan *s)
{
	int64_t until = clock_mono() + NS_PER_SEC;
	struct err e;

	while (s->store != NULL && clock_mono() < until &&
	    store_expire(s->store, clock_wall(), &e) == 1)
		;
}

static void
scan_close(struct scan *s)
{
	expire(s);
	crew_free(s->crew);
	for (; s->next < s->nobjects; s->next++)
		object_free(s->objects[s->next]);
	free(s->objects);
	findings_free(s->findings);
	seen_free(s->seen);
	store_close(s->store);
	ruleset_free(s->rules);
	config_clear(&s->config);
	free(s->dup);
}

int
cmd_scan(int argc, char **argv)
{
	struct scan_args a = { .since = RECORD_TIME_NONE, .until = RECORD_TIME_NONE,
	    .color = -1 };
	struct scan s = { .args = &a };
	struct errs es = { 0 }, unread = { 0 };
	char unrun[RULESET_UNRUN_MAX];
	int64_t started;
	double seconds;
	struct err e;
	size_t j;
	int i, rc;

	if (scan_args_read(&a, argc, argv, &rc))
		return rc;
	rc = EXIT_USAGE;
	started = clock_mono();
	if (scan_open(&s, &es) == -1) {
		errs_print(stderr, &es, 0);
		goto out;
	}
	if (!a.quiet && ruleset_unrun(s.rules, unrun) != NULL)
		fprintf(stderr, "bucketwatch scan: %s\n", unrun);
	for (i = optind; i < argc; i++)
		source_walk(argv[i], a.ninclude ? a.include : NULL,
		    a.nexclude ? a.exclude : NULL, on_object, &s, &unread);
	for (j = 0; j < unread.n; j++) {
		s.object_errors = 0;
		tell(&s, unread.list[j].file, 0, unread.list[j].msg);
		s.failed++;
	}
	s.object_errors = 0;
	if (s.nobjects == 0 && s.failed == 0)
		fputs("bucketwatch scan: there is no file to read (symbolic links "
		    "inside folders are not followed)\n", stderr);
	signal(SIGINT, on_interrupt);
	signal(SIGTERM, on_interrupt);
	progress_start(&s.progress, s.total_bytes, clock_mono());
	rc = EXIT_INPUT;
	if (scan_all(&s, &e) == -1) {
		fprintf(stderr, "bucketwatch scan: %s\n", e.msg);
		goto out;
	}
	if (fflush(stdout) != 0 || s.broken) {
		fprintf(stderr, "bucketwatch scan: standard output cannot be "
		    "written: %m\n");
		goto out;
	}
	seconds = (double)(clock_mono() - started) / NS_PER_SEC;
	progress_clear(&s.progress);
	if (!a.quiet && (a.format == FINDINGS_TEXT || s.progress.on))
		people_summary(&s, seconds);
	if (a.summary != NULL && write_summary(&s, seconds) == -1) {
		rc = EXIT_USAGE;
		goto out;
	}
	if (interrupted) {
		fprintf(stderr, "bucketwatch scan: ended by a signal; not all was "
		    "read\n");
		rc = EXIT_INPUT;
		goto out;
	}
	rc = s.errors > 0 || s.failed > 0 ? EXIT_INPUT :
	    findings_count(s.findings) > 0 ? 1 : 0;
out:
	errs_clear(&es);
	errs_clear(&unread);
	scan_close(&s);
	return rc;
}
