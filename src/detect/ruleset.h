/*
 * A rule set: Sigma documents (specification 2.1: rules, filters, correlations) read
 * from files and folders and compiled into one read-only structure that all workers
 * share. A reload builds a new one aside.
 */
#ifndef DETECT_RULESET_H
#define DETECT_RULESET_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "model/alert.h"
#include "model/record.h"

/* Values for |expand: %name% becomes one of them. */
struct placeholder {
	const char	*name;
	const char	*const *values;		/* NULL-ended */
};

struct ruleset_options {
	const char	*const *paths;		/* files and folders, NULL-ended */
	const struct placeholder *placeholders;
	size_t		 nplaceholders;
};

struct ruleset;
/*
 * Reads *.yml and *.yaml below the paths (folders in sorted order; *.test.yaml files,
 * which hold rule tests, are passed over). Every mistake goes to es with file, line and
 * column. Returns the rule set of all rules that are right, even when some are not (the
 * caller decides by errs_fatal() whether it may be used); NULL only when a path cannot
 * be read at all.
 */
struct ruleset *ruleset_load(const struct ruleset_options *, struct errs *es);
/* The same from one text in memory, for tests. */
struct ruleset *ruleset_load_text(const char *name, const char *text, size_t len,
	    const struct ruleset_options *, struct errs *es);
void	 ruleset_free(struct ruleset *);	/* takes NULL */

/* A rule as others see it. Borrowed from the rule set. */
struct rule_info {
	struct alert_rule alert;	/* id (or name, or title), title, level ... */
	const char	*name, *status, *file;
	unsigned	 line;
	int		 correlation;	/* 1: read and checked; counting is not done here */
	int		 silent;	/* only counted by a correlation: alerts nobody */
	unsigned	 kinds;		/* bit (1 << kind): which records it sees; 0: a
					   logsource that is none of ours */
	const char	*logsource;	/* "product=aws/service=cloudtrail" */
};
size_t	 ruleset_count(const struct ruleset *);
const struct rule_info *ruleset_info(const struct ruleset *, size_t rule);
/* What of the rule set nobody runs, for people: "2 correlations are not run ..."; NULL
   when there is nothing of that sort. */
#define RULESET_UNRUN_MAX 128
const char *ruleset_unrun(const struct ruleset *, char out[RULESET_UNRUN_MAX]);
/* The fields of one kind that some rule names. Never NULL. */
const struct fieldset *ruleset_fields(const struct ruleset *, enum kind);

/* One worker's scratch for one rule set. */
struct matcher;
struct matcher *matcher_new(const struct ruleset *);
/* From now on, rules below that level are not judged by matcher_run(). */
void	 matcher_level(struct matcher *, enum level);
void	 matcher_free(struct matcher *);

/*
 * Judges a record. Returns how many rules match; their numbers, ascending, stand in
 * *hits until the next call. A rule whose regex hits a limit does not match; the error
 * is given to fn (may be NULL) as "rule TITLE: ...", at most once a rule and record.
 * rec->kind picks the rules: by logsource, or all of them for KIND_JSON. Silent rules
 * and correlations are not returned.
 */
size_t	 matcher_run(struct matcher *, const struct record *rec,
	    const uint32_t **hits, void (*fn)(void *arg, const char *msg), void *arg);

/*
 * Why a rule matched the record: a JSON array of {"selection", "field", "value"}: each
 * item of each search identifier that made the condition true; values cut at 256 bytes,
 * field "" for a keyword, value null where there is none.
 */
void	 matcher_matched(struct matcher *, const struct record *, size_t rule,
	    struct buf *out);

/* How a rule was compiled, for people: fields, dispatch, condition tree. */
void	 ruleset_explain(const struct ruleset *, size_t rule, struct buf *out);
/* The same beside a record: what each part made of it, and what value it saw. */
void	 matcher_explain(struct matcher *, const struct record *, size_t rule,
	    struct buf *out);

#endif
