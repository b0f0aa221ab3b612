/*
 * bucketwatch: picks a subcommand, nothing else.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#include "app/cmd.h"
#include "io/gunzip.h"

static const struct {
	const char	*name, *what;
	int		(*fn)(int argc, char **argv);
} commands[] = {
	{ "run", "the daemon: watch sources, judge every record, send alerts",
	    cmd_run },
	{ "scan", "the same judgement over files and folders, once", cmd_scan },
	{ "check", "read config and rules, print every mistake", cmd_check },
	{ "test", "run the tests that stand beside the rules", cmd_test },
	{ "explain", "how a rule was compiled; why a record matched or not",
	    cmd_explain },
	{ "status", "ask the running daemon how it is", cmd_status },
};
#define COMMANDS (sizeof commands / sizeof commands[0])

static void
help(FILE *f)
{
	size_t i;

	fputs("bucketwatch watches who touches the data in Amazon S3: it reads "
	    "CloudTrail\nfiles and S3 server access logs, judges every record by "
	    "Sigma rules, and\nraises alerts.\n\nusage: bucketwatch COMMAND "
	    "[OPTION]... (bucketwatch COMMAND --help says more)\n\n", f);
	for (i = 0; i < COMMANDS; i++)
		fprintf(f, "  %-9s %s\n", commands[i].name, commands[i].what);
	fputs("\n  --version  which version this is\n  --help     this text\n", f);
}

int
main(int argc, char **argv)
{
	size_t i;

	setlocale(LC_TIME, "C");
	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		help(stdout);
		return 0;
	}
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		printf("bucketwatch %s (inflates with %s)\n", PACKAGE_VERSION,
		    gunzip_version());
		return 0;
	}
	for (i = 0; i < COMMANDS; i++)
		if (strcmp(argv[1], commands[i].name) == 0)
			return commands[i].fn(argc - 1, argv + 1);
	fprintf(stderr, "bucketwatch: there is no command \"%s\"; bucketwatch --help "
	    "lists them\n", argv[1]);
	return EXIT_USAGE;
}
