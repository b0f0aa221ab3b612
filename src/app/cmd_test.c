/*
 * bucketwatch test: runs the tests that stand beside the rules.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/cmd.h"
#include "app/config.h"
#include "app/rules.h"
#include "app/ruletest.h"

static const char help_text[] =
"usage: bucketwatch test [--config FILE] [--verbose] [PATH...]\n"
"\n"
"Runs the tests of NAME.test.yaml files beside NAME.yaml rule files, below PATH (default:\n"
"the installed rules): a record goes in, a match is expected or not. See\n"
"bucketwatch-rules(5) for their form.\n"
"\n"
"  --config FILE   placeholders from this config\n"
"  --verbose       print the tests that pass, too\n"
"  --help          this text\n"
"\n"
"exit code: 0 all pass, 1 a test failed, 2 a rule or test file is wrong\n";

int
cmd_test(int argc, char **argv)
{
	static const struct option options[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 }
	};
	struct ruletest_counts counts = { 0 };
	const char *file = NULL;
	struct errs es = { 0 };
	struct config c = { 0 };
	int opt, verbose = 0, rc = EXIT_USAGE;
	char *folder = NULL;

	while ((opt = getopt_long(argc, argv, "c:vh", options, NULL)) != -1) {
		switch (opt) {
		case 'c': file = optarg; break;
		case 'v': verbose = 1; break;
		case 'h': fputs(help_text, stdout); return 0;
		default: return cmd_usage("test", "that is not an option of it");
		}
	}
	if (config_read(&c, file, &es) == -1)
		goto out;
	if (optind >= argc) {
		folder = rules_folder();
		ruletest_run(folder, c.placeholders, c.nplaceholders, verbose, stdout,
		    &counts, &es);
	}
	for (; optind < argc; optind++)
		ruletest_run(argv[optind], c.placeholders, c.nplaceholders, verbose,
		    stdout, &counts, &es);
	printf("%zu tests of %zu rules in %zu files: %zu failed", counts.tests,
	    counts.rules, counts.files, counts.failed);
	if (counts.untested > 0)
		printf(", %zu rules have no test", counts.untested);
	putchar('\n');
	rc = counts.failed > 0 ? 1 : 0;
out:
	errs_print(stderr, &es, 0);
	if (errs_fatal(&es) > 0)
		rc = EXIT_USAGE;
	free(folder);
	config_clear(&c);
	errs_clear(&es);
	return rc;
}
