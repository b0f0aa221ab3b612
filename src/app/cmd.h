/*
 * The subcommands: each gets its own argv (argv[0] is its name) and returns the exit
 * code: 0 well (scan: nothing found), 1 findings or a failed test or run, 2 wrong use,
 * config or rules, 3 some input could not be read.
 */
#ifndef APP_CMD_H
#define APP_CMD_H

#define EXIT_USAGE 2
#define EXIT_INPUT 3

int	 cmd_run(int argc, char **argv);
int	 cmd_scan(int argc, char **argv);
int	 cmd_check(int argc, char **argv);
int	 cmd_test(int argc, char **argv);
int	 cmd_explain(int argc, char **argv);
int	 cmd_status(int argc, char **argv);

/* Says what is wrong with the use of a command, and where help is. EXIT_USAGE. */
int	 cmd_usage(const char *command, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* The argument as a number from min to max; exits the command's way by -1. */
int	 cmd_number(const char *command, const char *option, const char *text,
	    long min, long max, long *out);

#endif
