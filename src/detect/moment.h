/*
 * Parts of a time as a log writes it: minute, hour, day, week, month, year. Pure
 * functions, any thread.
 */
#ifndef DETECT_MOMENT_H
#define DETECT_MOMENT_H

#include <stddef.h>

enum moment_part { MOMENT_MINUTE, MOMENT_HOUR, MOMENT_DAY, MOMENT_WEEK,
    MOMENT_MONTH, MOMENT_YEAR };
#define MOMENT_PARTS 6
extern const char *const moment_names[MOMENT_PARTS + 1];	/* NULL-ended */

/*
 * The part of a time: ISO 8601 ("2026-01-15T08:12:30Z", T may be a blank), the form of
 * access logs ("[06/Feb/2019:00:00:38 +0000]"), or seconds (above 1e11 milliseconds)
 * since 1970. As written: no zone is applied. week is ISO 8601's. 0 or -1.
 */
int	 moment_part(const char *text, size_t len, enum moment_part, int *out);

#endif
