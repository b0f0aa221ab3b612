/*
 * Rule tests: NAME.test.yaml beside NAME.yaml (or .yml):
 *
 *   tests:
 *     - name: stopping a trail fires
 *       record: {eventSource: cloudtrail.amazonaws.com, eventName: StopLogging}
 *       match: true
 *     - name: one more
 *       rule: <id, name or title>      when the file holds several rules
 *       line: '...'                    an access-log line instead of a record
 *       match: false
 */
#ifndef APP_RULETEST_H
#define APP_RULETEST_H

#include <stdio.h>

#include "base/err.h"
#include "detect/ruleset.h"

struct ruletest_counts {
	size_t	 files, tests, failed, rules, untested;
};

/*
 * Runs every *.test.yaml below path (a folder, or one such file, or a rule file whose
 * tests are meant). Each failed test is printed to out with its place and why; verbose:
 * passed ones too. Mistakes in test files go to es. 0, or -1 when path is not there.
 */
int	 ruletest_run(const char *path, const struct placeholder *, size_t n,
	    int verbose, FILE *out, struct ruletest_counts *, struct errs *es);

#endif
