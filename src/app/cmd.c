/*
 * What the subcommands share.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "app/cmd.h"

int
cmd_usage(const char *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "bucketwatch %s: ", command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; bucketwatch %s --help says how it is used\n", command);
	return EXIT_USAGE;
}

int
cmd_number(const char *command, const char *option, const char *text, long min,
    long max, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(text, &end, 10);
	if (errno || end == text || *end != '\0' || *out < min || *out > max) {
		cmd_usage(command, "%s takes a number from %ld to %ld, not \"%s\"",
		    option, min, max, text);
		return -1;
	}
	return 0;
}
