/*
 * The log line: one write to stderr each, untrusted text escaped. Under systemd
 * (JOURNAL_STREAM names stderr) with the "<N>" prefix, else with time and level.
 * Any thread.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/err.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG };

/* Before any thread starts. json: one JSON object a line instead of text. */
void	 log_init(enum log_level, int json);
/* "error", "warning", "info", "debug" -> level. 0 or -1. */
int	 log_level_parse(const char *, enum log_level *);
int	 log_enabled(enum log_level);

/* tag is the part that speaks: "source", "store", "output" ... */
void	 log_error(const char *tag, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	 log_warning(const char *tag, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	 log_info(const char *tag, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
void	 log_debug(const char *tag, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* One line for an err: its place, its message and what follows from it. */
void	 log_err(enum log_level, const char *tag, const struct err *,
	    const char *consequence);

#endif
