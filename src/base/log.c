/*
 * The log line. See log.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"

#define LINE_MAX_BYTES 4096
#define LINE_GROWTH 6		/* JSON makes \u0001 of one byte */

/* Set once before threads start, then only read. */
static enum log_level least = LOG_LEVEL_INFO;
static int as_json, journal;

static const char *const names[] = { "error", "warning", "info", "debug", NULL };

void
log_init(enum log_level level, int json)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long dev, ino;
	struct stat st;

	least = level;
	as_json = json;
	journal = stream != NULL && fstat(STDERR_FILENO, &st) == 0 &&
	    sscanf(stream, "%llu:%llu", &dev, &ino) == 2 &&
	    dev == st.st_dev && ino == st.st_ino;
}

int
log_level_parse(const char *name, enum log_level *out)
{
	int i;

	for (i = 0; names[i] != NULL; i++)
		if (strcmp(name, names[i]) == 0) {
			*out = (enum log_level)i;
			return 0;
		}
	return -1;
}

int
log_enabled(enum log_level level)
{
	return level <= least;
}

static void
log_line(enum log_level level, const char *tag, const char *msg)
{
	char safe[LINE_MAX_BYTES], when[32];
	struct buf line = BUF_INIT(LINE_MAX_BYTES * LINE_GROWTH + 1024);
	ssize_t n;

	text_time_format(clock_wall(), when);
	if (as_json) {
		buf_addf(&line, "{\"time\":\"%s\",\"level\":\"%s\",\"tag\":", when,
		    names[level]);
		buf_json(&line, tag, strlen(tag));
		buf_adds(&line, ",\"message\":");
		buf_json(&line, msg, strlen(msg));
		buf_adds(&line, "}\n");
	} else {
		text_printable(safe, sizeof safe, msg, strlen(msg));
		if (journal)
			buf_addf(&line, "<%d>%s: %s\n", level == LOG_LEVEL_ERROR ? 3 :
			    level == LOG_LEVEL_WARNING ? 4 :
			    level == LOG_LEVEL_INFO ? 6 : 7, tag, safe);
		else
			buf_addf(&line, "%s %-7s %s: %s\n", when, names[level], tag,
			    safe);
	}
	n = write(STDERR_FILENO, line.data, line.len);
	(void)n;			/* nobody is left to tell */
	buf_clear(&line);
}

static void __attribute__((format(printf, 3, 0)))
log_va(enum log_level level, const char *tag, const char *fmt, va_list ap)
{
	char msg[LINE_MAX_BYTES];

	if (level > least)
		return;
	vsnprintf(msg, sizeof msg, fmt, ap);
	log_line(level, tag, msg);
}

#define LOG_FUNCTION(name, level)					\
void									\
name(const char *tag, const char *fmt, ...)				\
{									\
	va_list ap;							\
									\
	va_start(ap, fmt);						\
	log_va(level, tag, fmt, ap);					\
	va_end(ap);							\
}

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warning, LOG_LEVEL_WARNING)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)

void
log_err(enum log_level level, const char *tag, const struct err *e,
    const char *consequence)
{
	char text[ERR_TEXT_MAX], msg[ERR_TEXT_MAX + 256];

	if (level > least)
		return;
	err_text(e, text, sizeof text);
	snprintf(msg, sizeof msg, "%s%s%s", text,
	    consequence != NULL ? "; " : "", consequence != NULL ? consequence : "");
	log_line(level, tag, msg);
}
