/*
 * bucketwatch check: reads config and rules, prints every mistake.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/check.h"
#include "app/cmd.h"
#include "app/config.h"
#include "app/rules.h"
#include "base/mem.h"

static const char help_text[] =
"usage: bucketwatch check [--config FILE] [--quiet] [RULES...]\n"
"\n"
"Reads the config (default " CONFIG_FILE ", when no\n"
"RULES are named) and the rules it names, or the rule files and folders RULES, and\n"
"prints every mistake as file:line:col: what is wrong, and what was meant.\n"
"\n"
"  --config FILE   the config to check; with RULES: for its placeholders\n"
"  --quiet         no notes, no counts\n"
"  --help          this text\n"
"\n"
"exit code: 0 all is right (notes may be printed), 2 something must be mended\n";

static void
print_counts(const struct ruleset *rules, const struct errs *es)
{
	size_t i, n = ruleset_count(rules), active = 0, other = 0, counted = 0;

	for (i = 0; i < n; i++) {
		const struct rule_info *r = ruleset_info(rules, i);

		counted += r->correlation != 0;
		other += !r->correlation && r->kinds == 0;
		active += !r->correlation && r->kinds != 0;
	}
	printf("%zu rules", active);
	if (counted > 0)
		printf(", %zu correlations (read and checked; this version does not "
		    "run them)", counted);
	if (other > 0)
		printf(", %zu rules for logsources that are none of ours (never run "
		    "but with scan --input json)", other);
	printf(": %zu mistakes, %zu notes\n", errs_fatal(es), es->warnings);
}

int
cmd_check(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	const char *file = NULL;
	struct ruleset *rules = NULL;
	struct errs es = { 0 };
	struct config c;
	int opt, quiet = 0, rc;

	while ((opt = getopt_long(argc, argv, "c:qh", options, NULL)) != -1) {
		switch (opt) {
		case 'c': file = optarg; break;
		case 'q': quiet = 1; break;
		case 'h': fputs(help_text, stdout); return 0;
		default: return cmd_usage("check", "that is not an option of it");
		}
	}
	if (file == NULL && optind >= argc && access(CONFIG_FILE, F_OK) == 0)
		file = CONFIG_FILE;
	config_read(&c, file, &es);
	if (optind >= argc)
		check_parts(&c, &es);
	rules = rules_load(optind < argc ? argv + optind : c.rules, c.placeholders,
	    c.nplaceholders, &es);
	errs_print(stdout, &es, !quiet);
	if (!quiet && rules != NULL)
		print_counts(rules, &es);
	rc = errs_fatal(&es) > 0 || rules == NULL ? EXIT_USAGE : 0;
	ruleset_free(rules);
	config_clear(&c);
	errs_clear(&es);
	return rc;
}
